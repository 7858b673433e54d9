/* SPDX-License-Identifier: MIT */
#include "experiment/output.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static bool on_disk(const struct output_file *file) {
    return file->path && strcmp(file->path, "-") != 0;
}

/* /dev/null and pipes are written as they are: a file moved into their place would replace them. */
static bool is_replaceable(const struct output_file *file) {
    struct stat st;
    return on_disk(file) && (stat(file->path, &st) != 0 || S_ISREG(st.st_mode));
}

static int part_path(const struct output_file *file, char *path) {
    int n = snprintf(path, PATH_BYTES, is_replaceable(file) ? "%s.part" : "%s", file->path);
    if (n < PATH_BYTES)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static int part_write(const struct output_file *file) {
    char path[PATH_BYTES];
    if (part_path(file, path) != 0)
        return -1;
    FILE *out = fopen(path, "w");
    if (!out)
        return -1;
    bool written = fwrite(file->bytes, 1, file->n_bytes, out) == file->n_bytes &&
                   fflush(out) == 0 && (!is_replaceable(file) || fsync(fileno(out)) == 0);
    int error = errno;
    if (fclose(out) != 0 && written) {
        error = errno;
        written = false;
    }
    errno = error;
    return written ? 0 : -1;
}

int output_write_all(const struct output_file *files, size_t n, char *reason, size_t size) {
    char path[PATH_BYTES];
    size_t failed = n;
    for (size_t i = 0; i < n && failed == n; i++)
        if (on_disk(&files[i]) && part_write(&files[i]) != 0)
            failed = i;
    for (size_t i = 0; i < n && failed == n; i++)
        if (is_replaceable(&files[i]) &&
            (part_path(&files[i], path) != 0 || rename(path, files[i].path) != 0))
            failed = i;
    for (size_t i = 0; i < n && failed == n; i++)
        if (files[i].path && !on_disk(&files[i]) &&
            (fwrite(files[i].bytes, 1, files[i].n_bytes, stdout) != files[i].n_bytes ||
                fflush(stdout) != 0))
            failed = i;
    if (failed == n)
        return 0;
    snprintf(reason, size, "%.300s: %s; give it a place that can be written", files[failed].path,
        strerror(errno));
    for (size_t i = 0; i < n; i++)
        if (is_replaceable(&files[i]) && part_path(&files[i], path) == 0)
            unlink(path);
    return -1;
}
