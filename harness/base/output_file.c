/* SPDX-License-Identifier: MIT */
#include "base/output_file.h"

#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void output_file_open(struct output_file *file, const char *path) {
    struct stat info;
    const size_t n = strlen(path) + sizeof ".tmp";
    *file = (struct output_file){.fd = -1, .path = strdup(path), .temporary = malloc(n)};
    if (!file->path || !file->temporary) {
        error_set(&file->error, EXIT_BROKEN, "out of memory");
        return;
    }
    snprintf(file->temporary, n, "%s.tmp", path);
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        error_set(&file->error, EXIT_BROKEN,
            "%s exists and is not a regular file, so it is not replaced; give another name", path);
        return;
    }
    /* Removes what a killed run may have left, then creates a new file, never through a link: the
     * directory may come from someone else. */
    if (unlink(file->temporary) == 0 || errno == ENOENT)
        file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0)
        path_error(&file->error, "write", file->temporary);
}

void output_file_write(struct output_file *file, const void *data, size_t bytes) {
    if (file->error.code == EXIT_DONE && file_write_all(file->fd, data, bytes) != 0)
        path_error(&file->error, "write", file->path);
}

/* Releases the names and the descriptor; the file is removed unless it was renamed. */
static void file_end(struct output_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    free(file->temporary);
    *file = (struct output_file){.fd = -1};
}

void output_file_abandon(struct output_file *file) {
    if (file->fd >= 0)
        unlink(file->temporary);
    file_end(file);
}

static int file_rename(struct output_file *file, const char *previous) {
    struct error *error = &file->error;
    if (error->code != EXIT_DONE || file_sync(file->fd, file->temporary, error) != 0)
        return -1;
    const int closed = close(file->fd);
    file->fd = -1;
    /* If killed between the two renames, only the previous file exists. */
    if (closed != 0 || (previous && rename(file->path, previous) != 0 && errno != ENOENT) ||
        rename(file->temporary, file->path) != 0) {
        path_error(error, "write", file->path);
        unlink(file->temporary);
        return -1;
    }
    return parent_sync(file->path, error);
}

int output_file_finish(struct output_file *file, const char *previous, struct error *error) {
    const int failed = file_rename(file, previous);
    if (failed)
        *error = file->error;
    output_file_abandon(file);
    return failed;
}
