/* SPDX-License-Identifier: MIT */
#include "base/files.h"

#include "base/output_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

char *path_join(const char *directory, const char *name) {
    size_t n = strlen(directory) + strlen(name) + 2;
    char *path = malloc(n);
    if (path)
        snprintf(path, n, "%s/%s", directory, name);
    return path;
}

int path_error(struct error *error, const char *what, const char *path) {
    int code = errno;
    error_set(error, EXIT_BROKEN, "cannot %s %s: %s", what, path, strerror(code));
    if (code == ENOSPC || code == EFBIG || code == EDQUOT)
        error_add(error, "; make room for it");
    return -1;
}

int file_sync(int fd, const char *path, struct error *error) {
#ifdef F_FULLFSYNC
    /* On macOS fsync leaves data in the drive's cache. Not every file system supports the stronger
     * call.
     */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    /* EINVAL, ENOTSUP: a file system that cannot, such as some network ones. */
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return path_error(error, "write to disk", path);
    return 0;
}

int directory_sync(const char *path, struct error *error) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return path_error(error, "open", path);
    int result = file_sync(fd, path, error);
    close(fd);
    return result;
}

int parent_sync(const char *path, struct error *error) {
    char *parent = strdup(path);
    if (!parent)
        return error_set(error, EXIT_BROKEN, "out of memory");
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    int result = directory_sync(slash ? parent : ".", error);
    free(parent);
    return result;
}

int file_lock(int fd, int kind) {
    enum { TRIES = 20, PAUSE_NS = 25000000 };
    for (int i = 1; flock(fd, kind | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK || i == TRIES)
            return -1;
        (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    return 0;
}

int directory_make(const char *path, struct error *error) {
    char *partial = strdup(path);
    if (!partial)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int result = 0;
    for (char *slash = partial + 1; result == 0; slash++) {
        bool last = *slash == '\0';
        if (!last && *slash != '/')
            continue;
        *slash = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            result = path_error(error, "make the directory", partial);
        if (last)
            break;
        *slash = '/';
    }
    struct stat status;
    if (result == 0 && (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)))
        result = error_set(
            error, EXIT_USAGE, "%s is a file; name a directory that is new or empty", path);
    free(partial);
    return result;
}

int file_write_all(int fd, const void *data, size_t n_bytes) {
    const char *bytes = data;
    while (n_bytes > 0) {
        /* some systems refuse to write 2 GiB at once */
        ssize_t n = write(fd, bytes, n_bytes < 1u << 30 ? n_bytes : 1u << 30);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes += n;
        n_bytes -= (size_t)n;
    }
    return 0;
}

int file_replace(const char *path, const char *bytes, size_t n_bytes, struct error *error) {
    struct output_file file;
    output_file_open(&file, path);
    output_file_write(&file, bytes, n_bytes);
    return output_file_finish(&file, NULL, error);
}

int file_append(
    const char *path, const char *bytes, size_t n_bytes, bool synced, struct error *error) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return path_error(error, "write", path);
    struct stat status;
    if (fstat(fd, &status) != 0) {
        path_error(error, "read the size of", path);
        goto fail;
    }
    if (file_write_all(fd, bytes, n_bytes) != 0) {
        path_error(error, "write", path);
        if (ftruncate(fd, status.st_size) != 0)
            error_add(error, " (and its torn end could not be cut off)");
        goto fail;
    }
    if (synced && file_sync(fd, path, error) != 0)
        goto fail;
    if (close(fd) != 0)
        return path_error(error, "write", path);
    return synced && status.st_size == 0 ? parent_sync(path, error) : 0;
fail:
    close(fd);
    return -1;
}

int file_read(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error) {
    *bytes = NULL;
    *n_bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : path_error(error, "read", path);
    char *text = NULL;
    struct stat status;
    if (fstat(fd, &status) != 0) {
        path_error(error, "read", path);
        goto fail;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(error, EXIT_BROKEN, "%s is not a file", path);
        goto fail;
    }
    if ((uintmax_t)status.st_size > most) {
        error_set(error, EXIT_BROKEN, "%s has %jd bytes, more than the limit of %zu", path,
            (intmax_t)status.st_size, most);
        goto fail;
    }
    size_t size = (size_t)status.st_size, n = 0;
    text = malloc(size + 1);
    if (!text) {
        error_set(error, EXIT_BROKEN, "out of memory reading %s", path);
        goto fail;
    }
    while (n < size) {
        ssize_t got = read(fd, text + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            path_error(error, "read", path);
            goto fail;
        }
        if (got == 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    text[n] = '\0';
    *bytes = text;
    *n_bytes = n;
    return 0;
fail:
    free(text);
    close(fd);
    return -1;
}

int file_take(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error) {
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 16, n = 0;
    char *text = NULL, *larger = NULL;
    if (!file)
        return path_error(error, "read", path);
    do {
        larger = n + 1 < room && text ? text : realloc(text, room *= 2);
        if (!larger) {
            error_set(error, EXIT_BROKEN, "out of memory reading %s", path);
            goto fail;
        }
        text = larger;
        n += fread(text + n, 1, room - 1 - n, file);
        if (n > most) {
            error_set(error, EXIT_BROKEN, "%s: longer than the limit of %zu MiB", path, most >> 20);
            goto fail;
        }
    } while (!feof(file) && !ferror(file));
    if (ferror(file)) {
        path_error(error, "read", path);
        goto fail;
    }
    fclose(file); /* read only: nothing to lose */
    text[n] = '\0';
    *bytes = text;
    *n_bytes = n;
    return 0;
fail:
    free(text);
    fclose(file);
    return -1;
}

int file_map(const char *path, const void **data, size_t *n_bytes, struct error *error) {
    struct stat info;
    int result = 0;
    *data = NULL;
    *n_bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return path_error(error, "read", path);
    if (fstat(fd, &info) != 0) {
        result = path_error(error, "read", path);
    } else if (!S_ISREG(info.st_mode)) {
        result = error_set(error, EXIT_BROKEN, "%s is not a file", path);
    } else if (info.st_size > 0 && (uintmax_t)info.st_size <= SIZE_MAX) {
        void *memory = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (memory == MAP_FAILED) {
            result = path_error(error, "read", path);
        } else {
            *data = memory;
            *n_bytes = (size_t)info.st_size;
        }
    }
    close(fd);
    return result;
}

void file_unmap(const void *data, size_t n_bytes) {
    if (n_bytes > 0)
        munmap((void *)data, n_bytes);
}

static bool is_among(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

int directory_claim(
    const char *path, const char *option, const char *const *own, struct error *error) {
    if (directory_make(path, error) != 0)
        return -1;
    DIR *directory = opendir(path);
    char *mark = own[0] ? path_join(path, own[0]) : NULL;
    int failed = directory && (mark || !own[0]) ? 0 : path_error(error, "read", path);
    const bool is_ours = !failed && mark && file_exists(mark);
    const struct dirent *entry;
    while (!failed && (entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !(is_ours && is_among(entry->d_name, own)))
            failed = error_set(error, EXIT_USAGE,
                "%s is not empty: it contains '%s'; give %s a new or empty directory", path,
                entry->d_name, option);
    free(mark);
    if (directory)
        closedir(directory);
    return failed;
}

static int output_taken(const char *path, const char *option, struct error *error) {
    return error_set(error, EXIT_USAGE,
        "%s already exists and is not replaced; give %s another name, or remove that file", path,
        option);
}

int output_check(const char *path, const char *option, bool may_replace, struct error *error) {
    struct stat status;
    char *parent = strdup(path);
    if (!parent)
        return error_set(error, EXIT_BROKEN, "out of memory");
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    const char *directory = slash ? parent : ".";
    const bool is_there = stat(path, &status) == 0;
    int failed = 0;
    if (is_there && !S_ISREG(status.st_mode))
        failed = error_set(error, EXIT_USAGE,
            "%s is not a regular file and is not replaced; give %s another name", path, option);
    else if (is_there && status.st_size > 0 && !may_replace)
        failed = output_taken(path, option, error);
    else if (access(directory, W_OK | X_OK) != 0)
        failed = error_set(error, EXIT_USAGE, "%s: %s; give %s a writable path", directory,
            strerror(errno), option);
    free(parent);
    return failed;
}

FILE *output_open(const char *path, const char *option, struct error *error) {
    struct stat status;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    FILE *file = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0) {
        if (S_ISREG(status.st_mode) && status.st_size > 0) {
            close(fd);
            output_taken(path, option, error);
            return NULL;
        }
        file = fdopen(fd, "w");
    }
    if (!file) {
        error_set(
            error, EXIT_BROKEN, "%s: %s; give %s a writable path", path, strerror(errno), option);
        if (fd >= 0)
            close(fd);
    }
    return file;
}

int path_check(const char *path, struct error *error) {
    struct stat status;
    return stat(path, &status) == 0
               ? 0
               : error_set(error, EXIT_USAGE, "%s: %s; check the path", path, strerror(errno));
}

bool file_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0;
}
