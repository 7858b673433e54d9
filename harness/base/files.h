/* SPDX-License-Identifier: MIT
 *
 * Files that survive a crash: replaced as a whole or not at all, appended and forced to disk.
 * Errors name the path and the system's reason; their code is EXIT_BROKEN.
 */
#ifndef ANEPROBE_BASE_FILES_H
#define ANEPROBE_BASE_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* "A/B" in memory the caller frees; NULL when out of memory. */
char *path_join(const char *directory, const char *name);

/* "cannot WHAT PATH: " and errno's reason, with what to do about a full disk. Returns -1. */
int path_error(struct error *error, const char *what, const char *path);
/* All of it, whatever interrupts. Returns 0, or -1 with errno set. */
int file_write_all(int fd, const void *data, size_t n_bytes);
int file_sync(int fd, const char *path, struct error *error);
int directory_sync(const char *path, struct error *error);
int parent_sync(const char *path, struct error *error); /* the directory that a path is in */
/* With its parents, all 0777 less the umask. Already there is fine. */
int directory_make(const char *path, struct error *error);

/* Whole or not at all: see output_file.h. */
int file_replace(const char *path, const char *bytes, size_t n_bytes, struct error *error);
/* Appends and forces to disk. When that fails the file is cut back to what it was. */
int file_append(const char *path, const char *bytes, size_t n_bytes, struct error *error);

/* The whole file, NUL-terminated, at most `most` bytes; the caller frees *bytes. A file that is not
 * there: *bytes = NULL, *n_bytes = 0 and 0 is returned. */
int file_read(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error);

/* The same of a file that must be there and need not be a regular one; text of at most `most` bytes,
 * *bytes is never NULL. */
int file_take(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error);

/* A whole file, mapped read-only; *data is NULL for an empty one. */
int file_map(const char *path, const void **data, size_t *n_bytes, struct error *error);
void file_unmap(const void *data, size_t n_bytes);

/* The directory of the command line's `option`, where a program is to put its own files: made when it
 * is not there, and otherwise empty, but for the files `own` (ends with NULL) where the first of them
 * shows that an earlier attempt of ours has left them. Returns 0, or -1 and a usage error. */
int directory_claim(
    const char *path, const char *option, const char *const *own, struct error *error);
/* Can a file be made at that path? If not, -1 and a usage error; nothing is made. */
int output_check(const char *path, const char *option, struct error *error);

/* Is there something at the path that the command line names? If not, -1 and a usage error. */
int path_check(const char *path, struct error *error);
bool file_exists(const char *path);

#endif
