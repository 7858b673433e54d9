/* SPDX-License-Identifier: MIT */
#include "generate/model/model.h"

#include "base/files.h"
#include "generate/model/folder.h"
#include "train/model/llama2.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum device_status model_draw(
    const char *text, uint64_t seed, struct train_parameters *out, struct device_error *error) {
    const struct train_named_shape *named = train_shape_named(text);
    struct train_shape shape;
    char why[256];
    if (train_shape_parse(text, &shape, why, sizeof why) != 0) {
        char usage[sizeof error->text];
        snprintf(usage, sizeof usage,
            "%s; else give a llama2.c file, or a folder with config.json and safetensors files",
            why);
        return device_error_usage(error, usage);
    }
    /* Narrow models need larger weights for activations of the same size. */
    const double deviation = TRAIN_INIT_DEVIATION * sqrt(288.0 / shape.dim);
    if (train_parameters_create(&shape, out) != 0 ||
        (named && train_parameters_extend(out, named->has_classifier, named->has_biases) != 0))
        return device_error_set(error, DEVICE_BROKEN, "model",
            "out of memory for the %zu parameters of %s", train_parameter_count(&shape), text);
    train_parameters_spread(out, deviation, seed);
    return DEVICE_OK;
}

enum kind { KIND_FOLDER, KIND_FILE, KIND_DRAWN };

static enum kind kind_of(const char *what) {
    char *inside = path_join(what, ".");
    const bool is_folder = inside && file_exists(inside);
    free(inside);
    return is_folder                                ? KIND_FOLDER
           : strchr(what, '/') || file_exists(what) ? KIND_FILE
                                                    : KIND_DRAWN;
}

static enum device_status positions_check(
    int32_t has, const char *what, int32_t positions, struct device_error *error) {
    return has < positions ? device_error_set(error, DEVICE_BROKEN, "model",
                                 "%s has %d positions, and %d are needed: ask for a shorter text",
                                 what, (int)has, (int)positions)
                           : DEVICE_OK;
}

enum device_status model_drawn_check(
    const char *what, int32_t positions, struct device_error *error) {
    struct train_shape shape;
    char why[256];
    const bool is_drawn =
        kind_of(what) == KIND_DRAWN && train_shape_parse(what, &shape, why, sizeof why) == 0;
    return is_drawn ? positions_check(shape.seq, what, positions, error) : DEVICE_OK;
}

enum device_status model_open(const char *what, int32_t positions, uint64_t seed,
    struct train_parameters *out, struct device_error *error) {
    enum device_status status;
    *out = (struct train_parameters){0};
    switch (kind_of(what)) {
    case KIND_FOLDER:
        status = folder_read(what, positions, out, error);
        break;
    case KIND_FILE:
        status = llama2_read(what, LLAMA2_GENERATE, out, error);
        break;
    default:
        status = model_draw(what, seed, out, error);
    }
    if (status == DEVICE_OK && out->shape.seq > positions)
        out->shape.seq = positions;
    return status;
}

enum device_status model_positions_set(struct train_parameters *model, const char *what,
    int32_t positions, struct device_error *error) {
    const enum device_status status = positions_check(model->shape.seq, what, positions, error);
    if (status == DEVICE_OK)
        model->shape.seq = positions;
    return status;
}
