/* SPDX-License-Identifier: MIT */
#include "device/host/directory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char lock_name[] = "lock";

static int directory_open_at(int fd, const char *name) {
    return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Run directories are three levels deep; deeper ones are not ours, and recursion must end. */
enum { TREE_DEPTH_MAX = 8 };

static void tree_remove_below(int fd, const char *name, int depth) {
    int inner = depth < TREE_DEPTH_MAX ? directory_open_at(fd, name) : -1;
    DIR *entries = inner >= 0 ? fdopendir(inner) : NULL;
    /* Out of memory: try once more, otherwise a later run removes the folder. */
    if (!entries && inner >= 0)
        entries = fdopendir(inner);
    if (!entries) {
        if (inner >= 0)
            close(inner);
        (void)unlinkat(fd, name, 0);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            tree_remove_below(inner, entry->d_name, depth + 1);
    closedir(entries);
    (void)unlinkat(fd, name, AT_REMOVEDIR);
}

void tree_remove(int fd, const char *name) {
    tree_remove_below(fd, name, 0);
}

/* Whether run_directory_open makes such names: digits, '-', six letters or digits. */
static bool run_name_is(const char *name) {
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || name[digits] != '-' || strlen(name + digits + 1) != 6)
        return false;
    for (const char *c = name + digits + 1; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c))
            return false;
    return true;
}

/* Called with the base locked, so that no run is between creating its directory and locking it. */
static bool run_is_dead(int base_fd, const char *name) {
    int fd = directory_open_at(base_fd, name);
    if (fd < 0)
        return false;
    int lock_fd = openat(fd, lock_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    bool dead = lock_fd < 0 ? errno == ENOENT : flock(lock_fd, LOCK_EX | LOCK_NB) == 0;
    if (lock_fd >= 0)
        close(lock_fd);
    close(fd);
    return dead;
}

/* A run's files outside its directory are recorded in it as symbolic links, the only ones there. */
static void outside_of_dead_remove(int base_fd, const char *run_name) {
    int fd = directory_open_at(base_fd, run_name);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[DIRECTORY_PATH_MAX];
        ssize_t n = readlinkat(fd, entry->d_name, path, sizeof path);
        if (n <= 0 || (size_t)n == sizeof path)
            continue;
        path[n] = '\0';
        tree_remove(AT_FDCWD, path);
    }
    closedir(entries);
}

static void dead_runs_remove(int base_fd) {
    int fd = openat(base_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (run_name_is(entry->d_name) && run_is_dead(base_fd, entry->d_name)) {
            outside_of_dead_remove(base_fd, entry->d_name);
            tree_remove(base_fd, entry->d_name);
        }
    closedir(entries);
}

/* Opens or creates $TMPDIR/aneprobe-UID, and refuses it unless it is ours alone. */
static int base_open(char path[DIRECTORY_PATH_MAX], char *reason, size_t reason_bytes) {
    const char *tmp = getenv("TMPDIR");
    if (!tmp || tmp[0] == '\0')
        tmp = "/tmp";
    char *absolute = realpath(tmp, NULL);
    if (!absolute) {
        snprintf(reason, reason_bytes,
            "the temporary directory %s: %s; set TMPDIR to a writable directory", tmp,
            strerror(errno));
        return -1;
    }
    int n = snprintf(path, DIRECTORY_PATH_MAX, "%s/aneprobe-%ld", absolute, (long)geteuid());
    free(absolute);
    if (n < 0 || n >= DIRECTORY_PATH_MAX - 64) {
        snprintf(reason, reason_bytes, "TMPDIR is too long; set it to a shorter path");
        return -1;
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        snprintf(reason, reason_bytes, "cannot make %s: %s; set TMPDIR to a writable directory",
            path, strerror(errno));
        return -1;
    }
    struct stat info;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        snprintf(reason, reason_bytes,
            "%s is not a trusted directory (%s); remove it, or set TMPDIR elsewhere", path,
            errno == ELOOP ? "it is a symbolic link" : strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
        snprintf(reason, reason_bytes,
            "%s %s, so its contents cannot be trusted; remove it, or set TMPDIR elsewhere", path,
            info.st_uid != geteuid() ? "belongs to another user" : "is accessible to other users");
        close(fd);
        return -1;
    }
    return fd;
}

static int lock_take(int fd) {
    int lock_fd = openat(fd, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock_fd < 0)
        return -1;
    int code;
    while ((code = flock(lock_fd, LOCK_EX)) != 0 && errno == EINTR)
        ;
    if (code != 0) {
        close(lock_fd);
        return -1;
    }
    return lock_fd;
}

int run_directory_open(struct run_directory *run, char *reason, size_t reason_bytes) {
    *run = (struct run_directory){.fd = -1, .base_fd = -1, .lock_fd = -1};
    bool made = false;
    int base_lock = -1;
    run->base_fd = base_open(run->path, reason, reason_bytes);
    if (run->base_fd < 0)
        return -1;
    base_lock = lock_take(run->base_fd);
    if (base_lock < 0)
        goto fail;
    dead_runs_remove(run->base_fd);
    size_t base_length = strlen(run->path);
    snprintf(
        run->path + base_length, sizeof run->path - base_length, "/%ld-XXXXXX", (long)getpid());
    /* The base is ours alone, so nobody else can have changed the path. */
    if (!mkdtemp(run->path))
        goto fail;
    made = true;
    run->name = run->path + base_length + 1;
    run->fd = directory_open_at(run->base_fd, run->name);
    if (run->fd < 0)
        goto fail;
    run->lock_fd = lock_take(run->fd);
    if (run->lock_fd < 0)
        goto fail;
    close(base_lock);
    return 0;

fail:
    snprintf(reason, reason_bytes,
        "cannot make a private directory in %s: %s; free some space or set TMPDIR elsewhere",
        run->path, strerror(errno));
    if (made)
        tree_remove(run->base_fd, run->path + base_length + 1);
    if (run->fd >= 0)
        close(run->fd);
    if (base_lock >= 0)
        close(base_lock);
    close(run->base_fd);
    return -1;
}

void run_directory_close(struct run_directory *run) {
    tree_remove(run->base_fd, run->name);
    close(run->fd);
    close(run->lock_fd);
    close(run->base_fd);
}

/* The lock around the runs has no other content; its time of change is the failure's. */
void run_directory_failure_note(const struct run_directory *run) {
    static const char words[] = "a compile failed\n";
    const int fd = openat(run->base_fd, lock_name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!pwrite(fd, words, sizeof words - 1, 0);
    close(fd);
}

double run_directory_failure_age_s(void) {
    char path[DIRECTORY_PATH_MAX], reason[256];
    struct stat info;
    struct timespec now;
    const int fd = base_open(path, reason, sizeof reason);
    if (fd < 0)
        return -1;
    const bool noted = fstatat(fd, lock_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_size > 0;
    close(fd);
    if (!noted || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    return difftime(now.tv_sec, info.st_mtime);
}

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int run_directory_outside_make(struct run_directory *run, const char *path) {
    if (strlen(path) >= DIRECTORY_PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    /* Check first: recording something not ours would remove it with this run. */
    struct stat info;
    if (lstat(path, &info) == 0) {
        errno = EEXIST;
        return -1;
    }
    if (symlinkat(path, run->fd, last_part(path)) != 0)
        return -1;
    int fd = -1;
    if (mkdir(path, 0700) == 0)
        fd = directory_open_at(AT_FDCWD, path);
    if (fd < 0) {
        int saved = errno;
        (void)unlinkat(run->fd, last_part(path), 0);
        errno = saved;
    }
    return fd;
}

void run_directory_outside_remove(struct run_directory *run, const char *path) {
    tree_remove(AT_FDCWD, path);
    (void)unlinkat(run->fd, last_part(path), 0);
}
