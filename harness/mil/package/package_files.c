/* SPDX-License-Identifier: MIT */
#include "mil/package/package_files.h"
#include "mil/type.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct mil_place nowhere;
enum { NAME_BYTES = 256 };

static int path_fail(struct mil_error *error, const char *path, const char *why) {
    return mil_fail(error, nowhere, "'%.120s': %s", path, why);
}

static const char *open_reason(int code) {
    switch (code) {
    case ENOENT:
        return "no such file in this folder; is the model complete?";
    case ELOOP:
    case EMLINK: /* what some systems return for O_NOFOLLOW */
        return "a symbolic link; put the file itself there";
    case ENOTDIR:
        return "a folder in the path is not a folder or is a symbolic link";
    default:
        return strerror(code);
    }
}

/* Copies the path's next name and moves *path past it and the slash. False when the name is not
 * plain. */
static bool name_next(const char **path, char name[NAME_BYTES]) {
    size_t bytes = strcspn(*path, "/");
    if (bytes == 0 || bytes >= NAME_BYTES)
        return false;
    memcpy(name, *path, bytes);
    name[bytes] = '\0';
    *path += bytes;
    if (**path == '/' && *++*path == '\0')
        return false;
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Opens all folders of the path and leaves the last name in `name`. */
static int walk(int folder, const char *path, char name[NAME_BYTES], struct mil_error *error) {
    const char *rest = path;
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return path_fail(error, path, strerror(errno));
    for (;;) {
        if (!name_next(&rest, name)) {
            close(fd);
            return path_fail(error, path,
                "not a plain path: it must be names joined by '/', without '.' and '..', inside "
                "the model's folder");
        }
        if (*rest == '\0')
            return fd;
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int code = errno;
        close(fd);
        if (next < 0)
            return path_fail(error, path, open_reason(code));
        fd = next;
    }
}

/* What a repository has in place of a large file that was not fetched. */
static bool is_pointer(const struct package_file *file) {
    static const char start[] = "version https://git-lfs.github.com/spec/";
    return file->bytes >= sizeof start - 1 && memcmp(file->data, start, sizeof start - 1) == 0;
}

static int fd_map(
    int fd, const char *path, size_t most, struct package_file *out, struct mil_error *error) {
    struct stat status;
    *out = (struct package_file){0};
    if (fstat(fd, &status) != 0)
        return path_fail(error, path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return path_fail(error, path, "not a regular file");
    if ((uintmax_t)status.st_size > most)
        return mil_fail(error, nowhere, "'%.120s': %jd bytes; the limit is %zu", path,
            (intmax_t)status.st_size, most);
    if (status.st_size == 0)
        return 0;
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return path_fail(error, path, strerror(errno));
    *out = (struct package_file){data, (size_t)status.st_size};
    if (!is_pointer(out))
        return 0;
    package_file_unmap(out);
    return path_fail(error, path,
        "a Git LFS pointer, which only names the file; fetch the file itself with git lfs pull");
}

int package_file_map(
    int folder, const char *path, size_t most, struct package_file *out, struct mil_error *error) {
    char name[NAME_BYTES];
    int within = walk(folder, path, name, error);
    if (within < 0)
        return -1;
    /* Non-blocking: opening a named pipe would wait for a writer. */
    int fd = openat(within, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int code = errno;
    close(within);
    if (fd < 0)
        return path_fail(error, path, open_reason(code));
    int result = fd_map(fd, path, most, out, error);
    close(fd);
    return result;
}

void package_file_unmap(struct package_file *file) {
    if (file->data)
        munmap((void *)file->data, file->bytes);
    *file = (struct package_file){0};
}

int package_folder_of(int folder, const char *path, struct mil_error *error) {
    char name[NAME_BYTES];
    return walk(folder, path, name, error);
}

int package_file_write(int folder, const char *name, const void *data, size_t bytes) {
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    const char *at = data;
    if (fd < 0)
        return -1;
    while (bytes > 0) {
        ssize_t n = write(fd, at, bytes < (1u << 30) ? bytes : 1u << 30);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = errno;
            close(fd);
            unlinkat(folder, name, 0);
            errno = code;
            return -1;
        }
        at += n;
        bytes -= (size_t)n;
    }
    return close(fd);
}
