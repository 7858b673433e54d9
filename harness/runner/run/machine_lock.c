/* SPDX-License-Identifier: MIT */
#include "runner/run/machine_lock.h"

#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char prefix[] = "aneprobe-run.";

static const char *folder(void) {
    const char *chosen = getenv("ANEPROBE_LOCKS");
    return chosen != NULL && chosen[0] != '\0' ? chosen : "/tmp";
}

/* Opens it only if it is a regular file, whatever others have put there. -1 and errno otherwise. */
static int lock_open(const char *path, int flags) {
    struct stat status;
    int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

/* "process 4711 since 2026-11-30 10:46:15 UTC, in /home/..."; printable for any file content. */
static int held_error(int fd, struct error *error) {
    char who[1024];
    ssize_t n = pread(fd, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = '\0';
    who[strcspn(who, "\n")] = '\0';
    for (char *c = who; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    return error_set(error, EXIT_USAGE,
        "another run is in progress on this machine: %s; wait for its end, or give --share to run "
        "beside it, although they disturb each other",
        who[0] != '\0' ? who : "it has just begun");
}

/* Whether another user's lock is held. */
static int others_check(const char *own, struct error *error) {
    DIR *directory = opendir(folder());
    const struct dirent *entry;
    int failed = 0;
    while (directory && !failed && (entry = readdir(directory)) != NULL) {
        char path[4096];
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0 ||
            snprintf(path, sizeof path, "%s/%s", folder(), entry->d_name) >= (int)sizeof path ||
            strcmp(path, own) == 0)
            continue;
        int fd = lock_open(path, O_RDONLY);
        if (fd < 0)
            continue;
        if (file_lock(fd, LOCK_SH) != 0 && errno == EWOULDBLOCK)
            failed = held_error(fd, error);
        close(fd);
    }
    if (directory)
        closedir(directory);
    return failed;
}

int machine_lock_take(struct error *error) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s%lu", folder(), prefix, (unsigned long)getuid()) >=
        (int)sizeof path)
        return error_set(error, EXIT_USAGE, "the folder that ANEPROBE_LOCKS names is too long");
    int fd = lock_open(path, O_RDWR | O_CREAT);
    if (fd < 0)
        return error_set(error, EXIT_BROKEN,
            "cannot make the lock %s: %s; remove what is there, or give --share to run without it",
            path, strerror(errno));
    if (file_lock(fd, LOCK_EX) != 0)
        held_error(fd, error);
    else if (others_check(path, error) == 0) {
        machine_lock_tell(fd, "");
        return fd;
    }
    close(fd);
    return -1;
}

void machine_lock_tell(int lock_fd, const char *directory) {
    char utc[40] = "", text[1024], here[512] = "";
    time_t now = time(NULL);
    struct tm parts;
    if (lock_fd < 0)
        return;
    if (gmtime_r(&now, &parts))
        strftime(utc, sizeof utc, "%Y-%m-%d %H:%M:%S UTC", &parts);
    if (directory[0] != '\0' && directory[0] != '/' && !getcwd(here, sizeof here - 1))
        here[0] = '\0';
    int n = snprintf(text, sizeof text, "process %ld since %s%s%s%s%.400s\n", (long)getpid(), utc,
        directory[0] != '\0' ? ", in " : "", here, here[0] != '\0' ? "/" : "", directory);
    ssize_t written = pwrite(lock_fd, text, (size_t)n, 0);
    (void)written; /* a lock without its holder's details is still a lock */
}

void machine_lock_release(int lock_fd) {
    if (lock_fd >= 0)
        close(lock_fd);
}
