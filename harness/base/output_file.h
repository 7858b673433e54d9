/* SPDX-License-Identifier: MIT
 *
 * Replaces a file atomically: written under another name in the same directory, synced to disk,
 * then renamed. If the writer is stopped, the old file stays.
 */
#ifndef ANEPROBE_BASE_OUTPUT_FILE_H
#define ANEPROBE_BASE_OUTPUT_FILE_H

#include "base/error.h"

#include <stddef.h>

struct output_file {
    int fd;
    char *path, *temporary;
    struct error error; /* the first; code EXIT_DONE = none */
};

/* Begins writing the new content of `path`. If that is a directory, device or pipe, it is refused.
 * Errors here and in writes are reported by output_file_finish(). */
void output_file_open(struct output_file *file, const char *path);
void output_file_write(struct output_file *file, const void *data, size_t bytes);
/* Syncs it to disk and renames it; the old file is kept as `previous`, a path in the same
 * directory, unless that is NULL. Ends the file even on failure; `path` is then unchanged. Returns
 * 0, or -1 and *error. */
int output_file_finish(struct output_file *file, const char *previous, struct error *error);
/* Gives up and removes the new file. */
void output_file_abandon(struct output_file *file);

#endif
