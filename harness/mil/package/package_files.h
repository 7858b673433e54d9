/* SPDX-License-Identifier: MIT
 *
 * Files of a package, by paths that come from the package itself and are not trusted.
 */
#ifndef ANEPROBE_MIL_PACKAGE_PACKAGE_FILES_H
#define ANEPROBE_MIL_PACKAGE_PACKAGE_FILES_H

#include "mil/mil.h"

#include <stddef.h>

struct package_file {
    const void *data; /* mapped; NULL for an empty file */
    size_t bytes;
};

/* Maps the regular file at `path`, plain names joined by '/', below the open folder. Absolute
 * paths, ".", "..", symbolic links and files of more than `most` bytes are refused. Returns 0 and a
 * file to unmap, or -1 and *error. */
int package_file_map(
    int folder, const char *path, size_t most, struct package_file *out, struct mil_error *error);
void package_file_unmap(struct package_file *file);

/* Opens the folder of the file at `path` (as above); -1 and *error on failure. */
int package_folder_of(int folder, const char *path, struct mil_error *error);

/* Writes a new file in the folder. Returns 0, or -1 with errno set. */
int package_file_write(int folder, const char *name, const void *data, size_t bytes);

#endif
