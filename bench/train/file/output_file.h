/* SPDX-License-Identifier: MIT
 *
 * A file that is there whole or not at all: written under another name in the same directory,
 * forced to disk, then renamed. Whatever stops the writer, the old file stays.
 */
#ifndef ANEPROBE_TRAIN_OUTPUT_FILE_H
#define ANEPROBE_TRAIN_OUTPUT_FILE_H

#include "device/device.h"

#include <stdio.h>

struct output_file {
    int fd;
    char path[1024], temporary[1040], directory[1024];
};

/* Begins to write what will be `path`. A directory, device or pipe of that name is refused. */
enum device_status output_file_open(
    struct output_file *file, const char *path, struct device_error *error);
enum device_status output_file_write(
    struct output_file *file, const void *data, size_t bytes, struct device_error *error);
/* Forces it to disk and gives it its name; what had the name before is kept as `previous`, a path
 * in the same directory, unless that is NULL. Ends the file, also when it fails: then `path` is
 * what it was. */
enum device_status output_file_finish(
    struct output_file *file, const char *previous, struct device_error *error);
/* Gives up: nothing stays. */
void output_file_abandon(struct output_file *file);

/* A whole file, mapped read-only; *data is NULL for an empty one. */
enum device_status input_file_map(
    const char *path, const void **data, size_t *bytes, struct device_error *error);
void input_file_unmap(const void *data, size_t bytes);

#endif
