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

int file_sync(int fd, const char *path, struct error *error);
int directory_sync(const char *path, struct error *error);
/* With its parents, all 0777 less the umask. Already there is fine. */
int directory_make(const char *path, struct error *error);

/* Writes PATH.tmp, forces it to disk, renames it over PATH, forces the directory to disk. */
int file_replace(const char *path, const char *bytes, size_t n_bytes, struct error *error);
/* Appends and forces to disk. When that fails the file is cut back to what it was. */
int file_append(const char *path, const char *bytes, size_t n_bytes, struct error *error);

/* The whole file, NUL-terminated, at most `most` bytes; the caller frees *bytes. A file that is not
 * there: *bytes = NULL, *n_bytes = 0 and 0 is returned. */
int file_read(const char *path, size_t most, char **bytes, size_t *n_bytes, struct error *error);

bool file_exists(const char *path);

#endif
