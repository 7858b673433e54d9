/* SPDX-License-Identifier: MIT
 *
 * Whole files in private directories. An incompletely written file is removed.
 */
#include "device/host/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int bytes_write(int file, const char *data, size_t bytes) {
    while (bytes > 0) {
        ssize_t n = write(file, data, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        bytes -= (size_t)n;
    }
    return 0;
}

static int file_finish(int file, int code, int fd, const char *name) {
    int saved = errno;
    if (close(file) != 0 && code == 0) {
        code = -1;
        saved = errno;
    }
    if (code != 0)
        (void)unlinkat(fd, name, 0);
    errno = saved;
    return code;
}

/* Remove the old file first: never write into what others have mapped or linked. */
static int file_make(int fd, const char *name) {
    if (unlinkat(fd, name, 0) != 0 && errno != ENOENT)
        return -1;
    return openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int file_write_at(int fd, const char *name, const void *data, size_t bytes) {
    int file = file_make(fd, name);
    if (file < 0)
        return -1;
    return file_finish(file, bytes_write(file, data, bytes), fd, name);
}

int file_read_at(int fd, const char *name, void **data, size_t *bytes) {
    *data = NULL;
    struct stat info;
    int saved;
    int file = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return -1;
    if (fstat(file, &info) != 0)
        goto fail;
    if (!S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t)info.st_size > SIZE_MAX / 2) {
        errno = EINVAL;
        goto fail;
    }
    *bytes = (size_t)info.st_size;
    *data = malloc(*bytes + 1);
    if (!*data)
        goto fail;
    for (size_t done = 0; done < *bytes;) {
        ssize_t n = read(file, (char *)*data + done, *bytes - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            goto fail;
        }
        done += (size_t)n;
    }
    close(file);
    return 0;

fail:
    saved = errno;
    free(*data);
    *data = NULL;
    close(file);
    errno = saved;
    return -1;
}

/* Faulting pages in one by one would cost more than the rest of emitting. */
#ifdef MAP_POPULATE
enum { MAP_AT_ONCE = MAP_POPULATE };
#else
enum { MAP_AT_ONCE = 0 };
#endif

int file_map_at(int fd, const char *name, const void **data, size_t *bytes) {
    *data = "";
    *bytes = 0;
    struct stat info;
    int file = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return -1;
    int code = fstat(file, &info);
    if (code == 0 && info.st_size > 0) {
        void *memory =
            mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE | MAP_AT_ONCE, file, 0);
        code = memory == MAP_FAILED ? -1 : 0;
        if (code == 0) {
            *data = memory;
            *bytes = (size_t)info.st_size;
        }
    }
    int saved = errno;
    close(file);
    errno = saved;
    return code;
}

int file_copy(int from_file, int to_fd, const char *to_name) {
    enum { CHUNK_BYTES = 1 << 20 };
    char *chunk = malloc(CHUNK_BYTES);
    int to_file = chunk ? file_make(to_fd, to_name) : -1;
    if (to_file < 0) {
        free(chunk);
        return -1;
    }
    int code = 0;
    for (off_t at = 0;;) {
        ssize_t n = pread(from_file, chunk, CHUNK_BYTES, at);
        if (n < 0 && errno == EINTR)
            continue;
        code = n < 0 ? -1 : 0;
        if (n <= 0)
            break;
        code = bytes_write(to_file, chunk, (size_t)n);
        if (code != 0)
            break;
        at += n;
    }
    free(chunk);
    return file_finish(to_file, code, to_fd, to_name);
}

int file_patch(int fd, const char *name, const void *data, size_t bytes, size_t at) {
    int file = openat(fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return -1;
    int code = 0;
    while (bytes > 0) {
        ssize_t n = pwrite(file, data, bytes, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            code = -1;
            break;
        }
        data = (const char *)data + n;
        bytes -= (size_t)n;
        at += (size_t)n;
    }
    int saved = errno;
    if (close(file) != 0 && code == 0) {
        code = -1;
        saved = errno;
    }
    errno = saved;
    return code;
}
