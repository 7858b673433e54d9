/* SPDX-License-Identifier: MIT
 *
 * Weight images: all weight files of a program as they are in one place (the source on disk, the
 * compiled data, the loaded program). An image is shared until somebody writes to it.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_IMAGE_H
#define ANEPROBE_DEVICE_SIM_SIM_IMAGE_H

#include "mil/blob.h"

struct sim_image {
    int references;
    struct mil_weights weights;  /* what mil/ takes */
    struct mil_blob_file *files; /* the same; paths are the image's, every file is `shared` */
};

/* Holds what is shared, copies the rest. NULL when out of memory. */
struct sim_image *sim_image_new(const struct mil_weights *weights);
struct sim_image *sim_image_share(struct sim_image *image);
void sim_image_free(struct sim_image *image); /* drops one reference; NULL is fine */

/* Overwrites the data of a blob: *image becomes an image of its own if it was shared. -1 and *error
 * when there is no such blob, its size is another, or out of memory; nothing has changed then. */
int sim_image_write(struct sim_image **image, const char *path, uint64_t offset, const void *data,
    size_t bytes, struct mil_error *error);

/* Of text and weights, the identity of a program. */
struct mil_hash sim_image_hash(const struct sim_image *image, const char *text, size_t text_bytes);

#endif
