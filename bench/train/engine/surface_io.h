/* SPDX-License-Identifier: MIT
 *
 * Blocks of surfaces: reading and writing, fp16 to fp32 and back, and checks that a surface is
 * finite.
 */
#ifndef ANEPROBE_TRAIN_SURFACE_IO_H
#define ANEPROBE_TRAIN_SURFACE_IO_H

#include "device/device.h"
#include "train/kernel/kernels.h"

/* A surface as the device laid it out. */
struct train_surface {
    struct device_surface *handle;
    struct device_layout layout;
};

/* A locked surface; memory is NULL when locking failed. */
struct train_view {
    char *memory;
    size_t row_bytes; /* from one channel to the next */
};

struct train_view train_view_open(struct device *device, const struct train_surface *s, bool write);
void train_view_close(struct device *device, const struct train_surface *s, bool write);

/* `scratch` is room for one row of floats. */
void train_view_put(const struct train_view *view, const struct train_block *block, const float *x,
    float scale, float *scratch);
void train_view_get(const struct train_view *view, const struct train_block *block, float *x);
/* sum = x + block */
void train_view_get_sum(const struct train_view *view, const struct train_block *block,
    const float *x, float *sum, float *scratch);
/* Blocks of equal size. */
void train_view_copy(const struct train_view *to, const struct train_block *to_block,
    const struct train_view *from, const struct train_block *from_block);
/* A matrix in fp16, transposed if the block is. */
void train_view_put16(const struct train_view *view, const struct train_block *block,
    bool transposed, const uint16_t *x);

/* The largest magnitude of all elements, as fp16 bits: 0 when all are zero, TRAIN_FP16_INFINITY or
 * more when one is not finite. */
enum { TRAIN_FP16_INFINITY = 0x7c00 };
int train_view_largest(const struct train_view *view, int64_t rows, int64_t columns);

#endif
