/* SPDX-License-Identifier: MIT
 *
 * A program's source as files, which all real devices have: model.mil and weights/NAME.bin in a
 * directory of the program's own.
 */
#ifndef ANEPROBE_DEVICE_HOST_SOURCE_H
#define ANEPROBE_DEVICE_HOST_SOURCE_H

#include "device/device.h"

/* "weights/NAME.bin" of "@model_path/weights/NAME.bin"; NULL when it is not of that form or NAME is
 * not a plain file name. */
const char *source_weights_file(const char *blob_path);

/* Parses the text; every weight must be there and fit, every weight file have a plain name that no
 * other has in another case. */
enum device_status source_parse(
    const struct device_source *source, struct mil_program **out, struct device_error *error);
/* Into an empty directory. Returns 0, or -1 with errno set: EEXIST when two weight files have one
 * name. */
int source_write(const struct device_source *source, int directory_fd);

/* The names that a program's weight files have in its text. */
struct source_names {
    char **paths;
    int n;
};
/* Returns 0, or -1 when out of memory; source_names_free is fine either way. */
int source_names_copy(const struct mil_weights *weights, struct source_names *out);
void source_names_free(struct source_names *names);

/* Where the data of the blob whose metadata is at `blob_offset` are: *file in the directory, from
 * byte *at. `bytes` must be the blob's size. */
enum device_status source_blob_find(const struct source_names *names, int directory_fd,
    const char *blob_path, uint64_t blob_offset, size_t bytes, const char **file, size_t *at,
    struct device_error *error);

#endif
