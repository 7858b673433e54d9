/* SPDX-License-Identifier: MIT
 *
 * Weight images: all weight files of a program in one place (the source on disk, the compiled data,
 * the loaded program). An image is shared until it is written to.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_IMAGE_H
#define ANEPROBE_DEVICE_SIM_SIM_IMAGE_H

#include "mil/blob.h"

struct sim_image {
    int references;
    struct mil_weights weights;  /* as mil/ takes them */
    struct mil_blob_file *files; /* the same; paths are the image's, every file is `shared` */
};

/* References shared files, copies the rest. NULL when out of memory. */
struct sim_image *sim_image_new(const struct mil_weights *weights);
struct sim_image *sim_image_share(struct sim_image *image);
void sim_image_free(struct sim_image *image); /* drops one reference; NULL is allowed */

/* Overwrites the data of a blob: *image becomes a separate image if it was shared. -1 and *error
 * when there is no such blob, its size differs, or out of memory; nothing is changed then. */
int sim_image_write(struct sim_image **image, const char *path, uint64_t offset, const void *data,
    size_t bytes, struct mil_error *error);

/* The hash of text and weights, a program's identity. */
struct mil_hash sim_image_hash(const struct sim_image *image, const char *text, size_t text_bytes);

#endif
