/* SPDX-License-Identifier: MIT
 *
 * A file that is there whole or not at all: written under another name in the same directory,
 * forced to disk, then renamed. Whatever stops the writer, the old file stays.
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

/* Begins to write what will be `path`. A directory, device or pipe of that name is refused. What
 * goes wrong here and in writes is told by output_file_finish(). */
void output_file_open(struct output_file *file, const char *path);
void output_file_write(struct output_file *file, const void *data, size_t bytes);
/* Forces it to disk and gives it its name; what had the name before is kept as `previous`, a path
 * in the same directory, unless that is NULL. Ends the file, also when it fails: then `path` is
 * what it was. Returns 0, or -1 and *error. */
int output_file_finish(struct output_file *file, const char *previous, struct error *error);
/* Gives up: nothing stays. */
void output_file_abandon(struct output_file *file);

#endif
