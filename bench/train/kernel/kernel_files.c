/* SPDX-License-Identifier: MIT
 *
 * The weight files of a program.
 */
#include "mil/fp16.h"
#include "train/kernel/kernels.h"
#include "train/model/rotation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The mask's value. -65504 plus a negative score would be infinite; this sum is finite for any
 * score above -35504, and its exponential is still 0. */
static const float masked = -30000;

void train_transpose16(uint16_t *to, const uint16_t *from, size_t rows, size_t columns) {
    enum { TILE = 32 };
    for (size_t i = 0; i < rows; i += TILE)
        for (size_t j = 0; j < columns; j += TILE)
            for (size_t c = j; c < j + TILE && c < columns; c++)
                for (size_t r = i; r < i + TILE && r < rows; r++)
                    to[c * rows + r] = from[r * columns + c];
}

/* One blob under "@model_path/weights/NAME.bin". */
static int file_add(
    struct train_kernel_files *out, const char *name, const uint16_t *data, size_t n) {
    struct mil_blob_file *file = &out->files[out->n_files];
    struct mil_blob_writer *writer = mil_blob_writer_new();
    size_t room = strlen("@model_path/weights/.bin") + strlen(name) + 1;
    char *path = malloc(room);
    (void)mil_blob_writer_add(writer, MIL_FP16, data, n * sizeof *data);
    void *bytes = mil_blob_writer_finish(writer, &file->bytes);
    if (!path || !bytes) {
        free(path);
        free(bytes);
        return -1;
    }
    snprintf(path, room, "@model_path/weights/%s.bin", name);
    file->path = path;
    file->data = bytes;
    out->n_files++;
    return 0;
}

static int weight_add(const struct train_shape *shape, enum train_tensor tensor, bool transposed,
    const uint16_t *data, struct train_kernel_files *out) {
    struct train_extent e = train_tensor_extent(shape, tensor);
    size_t n = train_tensor_elements(shape, tensor);
    char name[32];
    snprintf(name, sizeof name, "%s%s", train_tensor_name(tensor), transposed ? "_t" : "");
    if (!transposed)
        return file_add(out, name, data, n);
    uint16_t *turned = malloc(n * sizeof *turned);
    if (!turned)
        return -1;
    train_transpose16(turned, data, (size_t)e.rows, (size_t)e.columns);
    int status = file_add(out, name, turned, n);
    free(turned);
    return status;
}

static float mask_at(const struct train_shape *shape, size_t i) {
    size_t query = i / (size_t)shape->seq, key = i % (size_t)shape->seq;
    return key > query ? masked : 0;
}

static double angle_at(const struct train_shape *shape, size_t i) {
    size_t pair = i / (size_t)shape->seq, position = i % (size_t)shape->seq;
    return train_rotation_angle(shape, TRAIN_ROTATION_BASE, (int)position, (int)pair);
}

static float cos_at(const struct train_shape *shape, size_t i) {
    return (float)cos(angle_at(shape, i));
}

static float sin_at(const struct train_shape *shape, size_t i) {
    return (float)sin(angle_at(shape, i));
}

static int table_add(const struct train_shape *shape, const char *name, size_t rows,
    float (*value)(const struct train_shape *, size_t), struct train_kernel_files *out) {
    size_t n = rows * (size_t)shape->seq;
    uint16_t *data = malloc(n * sizeof *data);
    if (!data)
        return -1;
    for (size_t i = 0; i < n; i++)
        data[i] = fp16_from_float(value(shape, i));
    int status = file_add(out, name, data, n);
    free(data);
    return status;
}

int train_kernel_files_make(const struct train_shape *shape, enum train_kind kind,
    enum train_weights_place place, const struct train_layer_weights *layer,
    struct train_kernel_files *out) {
    bool attends = kind != TRAIN_FWD_FFN && kind != TRAIN_FFN_BWD && kind != TRAIN_QKV_BWD;
    size_t pairs = (size_t)train_head_dim(shape) / 2;
    struct train_layout layout;
    int status = 0;
    *out = (struct train_kernel_files){0};
    train_layout_make(shape, kind, place, &layout);
    for (int i = 0; place == TRAIN_WEIGHTS_BAKED && status == 0 && i < layout.n_weights; i++) {
        enum train_tensor tensor = layout.weights[i].tensor;
        status =
            weight_add(shape, tensor, layout.weights[i].transposed, layer->tensor[tensor], out);
    }
    if (status == 0 && attends && kind != TRAIN_SDPA_BWD2)
        status = table_add(shape, "mask", (size_t)shape->seq, mask_at, out);
    if (status == 0 && attends && kind != TRAIN_SDPA_BWD1)
        status = table_add(shape, "cos", pairs, cos_at, out);
    if (status == 0 && attends && kind != TRAIN_SDPA_BWD1)
        status = table_add(shape, "sin", pairs, sin_at, out);
    if (status != 0)
        train_kernel_files_free(out);
    return status;
}

void train_kernel_files_free(struct train_kernel_files *files) {
    for (int i = 0; i < files->n_files; i++) {
        free((void *)(uintptr_t)files->files[i].path);
        free((void *)(uintptr_t)files->files[i].data);
    }
    *files = (struct train_kernel_files){0};
}
