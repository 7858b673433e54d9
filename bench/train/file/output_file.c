/* SPDX-License-Identifier: MIT */
#include "train/file/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum device_status file_error(
    struct device_error *error, const char *what, const char *path) {
    int code = errno;
    bool is_full = code == ENOSPC || code == EFBIG || code == EDQUOT;
    return device_error_set(error, DEVICE_BROKEN, "file", "cannot %s %s: %s%s", what, path,
        strerror(code), is_full ? "; make room, or choose another directory" : "");
}

enum device_status output_file_open(
    struct output_file *file, const char *path, struct device_error *error) {
    struct stat info;
    file->fd = -1;
    size_t n = strlen(path);
    if (n >= sizeof file->path)
        return device_error_set(
            error, DEVICE_BROKEN, "file", "the path %.60s... is too long", path);
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return device_error_set(error, DEVICE_BROKEN, "file",
            "%s is there and no regular file: it is not replaced; give another name", path);
    memcpy(file->path, path, n + 1);
    snprintf(file->temporary, sizeof file->temporary, "%s.tmp", file->path);
    memcpy(file->directory, path, n + 1);
    char *slash = strrchr(file->directory, '/');
    if (slash == NULL)
        strcpy(file->directory, ".");
    else
        slash[slash == file->directory] = '\0';
    /* what a killed run has left; then a new file, never through a link */
    if (unlink(file->temporary) != 0 && errno != ENOENT)
        return file_error(error, "remove", file->temporary);
    file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return file_error(error, "write", file->temporary);
    return DEVICE_OK;
}

enum device_status output_file_write(
    struct output_file *file, const void *data, size_t bytes, struct device_error *error) {
    const char *at = data;
    while (bytes > 0) {
        /* some systems refuse to write 2 GiB at once */
        ssize_t n = write(file->fd, at, bytes < 1u << 30 ? bytes : 1u << 30);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(error, "write", file->path);
        at += n;
        bytes -= (size_t)n;
    }
    return DEVICE_OK;
}

static int sync_to_disk(int fd) {
#ifdef F_FULLFSYNC
    /* On macOS fsync leaves data in the drive's cache. Not every file system has the stronger
     * call. */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    /* EINVAL, ENOTSUP: a file system that cannot, such as some network ones. */
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -1;
}

static int directory_sync(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int code = sync_to_disk(fd), saved = errno;
    close(fd);
    errno = saved;
    return code;
}

void output_file_abandon(struct output_file *file) {
    if (file->fd < 0)
        return;
    close(file->fd);
    file->fd = -1;
    unlink(file->temporary);
}

enum device_status output_file_finish(
    struct output_file *file, const char *previous, struct device_error *error) {
    enum device_status status;
    if (sync_to_disk(file->fd) != 0) {
        status = file_error(error, "write to disk", file->temporary);
        output_file_abandon(file);
        return status;
    }
    int closed = close(file->fd);
    file->fd = -1;
    /* Who is killed between the two leaves the file under its previous name only. */
    if (closed != 0 || (previous != NULL && rename(file->path, previous) != 0 && errno != ENOENT) ||
        rename(file->temporary, file->path) != 0) {
        status = file_error(error, "write", file->path);
        unlink(file->temporary);
        return status;
    }
    if (directory_sync(file->directory) != 0)
        return file_error(error, "write to disk", file->directory);
    return DEVICE_OK;
}

enum device_status input_file_map(
    const char *path, const void **data, size_t *bytes, struct device_error *error) {
    struct stat info;
    enum device_status status = DEVICE_OK;
    *data = NULL;
    *bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_error(error, "read", path);
    if (fstat(fd, &info) != 0) {
        status = file_error(error, "read", path);
    } else if (!S_ISREG(info.st_mode)) {
        status = device_error_set(error, DEVICE_BROKEN, "file", "%s is not a file", path);
    } else if (info.st_size > 0 && (uintmax_t)info.st_size <= SIZE_MAX) {
        void *memory = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (memory == MAP_FAILED) {
            status = file_error(error, "read", path);
        } else {
            *data = memory;
            *bytes = (size_t)info.st_size;
        }
    }
    close(fd);
    return status;
}

void input_file_unmap(const void *data, size_t bytes) {
    if (bytes > 0)
        munmap((void *)data, bytes);
}
