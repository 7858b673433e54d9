/* SPDX-License-Identifier: MIT
 *
 * Files that survive a crash: replaced atomically, or appended and synced to disk. Errors name the
 * path and the system's reason; their code is EXIT_BROKEN.
 */
#ifndef ANEPROBE_BASE_FILES_H
#define ANEPROBE_BASE_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* "A/B" in memory the caller frees; NULL when out of memory. */
char *path_join(const char *directory, const char *name);

/* "cannot WHAT PATH: " and errno's reason, with what to do about a full disk. Returns -1. */
int path_error(struct error *error, const char *what, const char *path);
/* Writes everything, despite interruptions. Returns 0, or -1 with errno set. */
int file_write_all(int fd, const void *data, size_t n_bytes);
int file_sync(int fd, const char *path, struct error *error);
int directory_sync(const char *path, struct error *error);
int parent_sync(const char *path, struct error *error); /* the directory of a path */
/* flock() with `kind`, LOCK_EX or LOCK_SH, and half a second of patience: a process that is killed while it starts
 * another leaves its locks with that one until it runs its program. -1 and errno, EWOULDBLOCK when another holds it. */
int file_lock(int fd, int kind);
/* With its parents, all 0777 less the umask. It may already exist. */
int directory_make(const char *path, struct error *error);

/* Atomic: see output_file.h. */
int file_replace(const char *path, const char *bytes, size_t n_bytes, struct error *error);
/* Appends, and syncs to disk where asked to. On failure the file is truncated to its old length. */
int file_append(
    const char *path, const char *bytes, size_t n_bytes, bool synced, struct error *error);

/* The whole file, NUL-terminated, at most `most` bytes; the caller frees *bytes. For a missing
 * file, *bytes = NULL, *n_bytes = 0 and 0 is returned. */
int file_read(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error);

/* The same for a file that must exist but need not be regular; text of at most `most` bytes, *bytes
 * is never NULL. */
int file_take(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error);

/* A whole file, mapped read-only; *data is NULL for an empty one. */
int file_map(const char *path, const void **data, size_t *n_bytes, struct error *error);
void file_unmap(const void *data, size_t n_bytes);

/* Prepares the output directory given with `option`: it is created if missing, and must otherwise
 * be empty, except for the files `own` (ends with NULL) if the first of them shows that an earlier
 * attempt of ours left them. Returns 0, or -1 and a usage error. */
int directory_claim(
    const char *path, const char *option, const char *const *own, struct error *error);
/* Checks that a file can be created at that path, without creating it. A file that exists and is not
 * empty is somebody's, and is refused, unless it may be replaced. If not, -1 and a usage error. */
int output_check(const char *path, const char *option, bool may_replace, struct error *error);
/* Opens it for writing, under the same rule; a device or a pipe is accepted, too. NULL and *error. */
FILE *output_open(const char *path, const char *option, struct error *error);

/* Checks that the path named on the command line exists. If not, -1 and a usage error. */
int path_check(const char *path, struct error *error);
bool file_exists(const char *path);

#endif
