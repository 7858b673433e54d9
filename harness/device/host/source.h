/* SPDX-License-Identifier: MIT
 *
 * A program's source as files, used by all real devices: model.mil and weights/NAME.bin in the
 * program's own directory.
 */
#ifndef ANEPROBE_DEVICE_HOST_SOURCE_H
#define ANEPROBE_DEVICE_HOST_SOURCE_H

#include "device/device.h"

/* "weights/NAME.bin" of "@model_path/weights/NAME.bin"; NULL for another form or if NAME is not a
 * plain file name. */
const char *source_weights_file(const char *blob_path);

/* Parses the text. Every weight must exist and fit; every weight file must have a plain name, and
 * no two may differ only in case. */
enum device_status source_parse(
    const struct device_source *source, struct mil_program **out, struct device_error *error);
/* Writes into an empty directory. Returns 0, or -1 with errno set: EEXIST when two weight files
 * have the same name. */
int source_write(const struct device_source *source, int directory_fd);

/* The names of a program's weight files in its text. */
struct source_names {
    char **paths;
    int n;
};
/* Returns 0, or -1 when out of memory; call source_names_free either way. */
int source_names_copy(const struct mil_weights *weights, struct source_names *out);
void source_names_free(struct source_names *names);

/* Says of `file`, by errno, that it cannot be rewritten. Returns DEVICE_BROKEN. */
enum device_status source_refuse(const char *file, struct device_error *error);
/* Writes `data` over the blob whose metadata is at `blob_offset`, in the weight file on disk. `bytes`
 * must be the blob's size. */
enum device_status source_rewrite(const struct source_names *names, int directory_fd,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
/* Finds the data of the blob whose metadata is at `blob_offset`: *file in the directory, from byte
 * *at. `bytes` must be the blob's size. */
enum device_status source_blob_find(const struct source_names *names, int directory_fd,
    const char *blob_path, uint64_t blob_offset, size_t bytes, const char **file, size_t *at,
    struct device_error *error);

#endif
