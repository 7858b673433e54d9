/* SPDX-License-Identifier: MIT
 *
 * A model by what the user calls it.
 */
#ifndef ANEPROBE_GENERATE_MODEL_H
#define ANEPROBE_GENERATE_MODEL_H

#include "device/device.h"
#include "train/model/parameters.h"

/* `what` is a folder (folder.h), a file of llama2.c (train/model/llama2.h) or else a shape
 * (train_shape_parse), whose weights are drawn from the seed: a classifier and biases of its own where the named
 * model has them. In fp32, to be released with train_parameters_free; shape.seq is the model's own, or
 * `positions` if that is less. DEVICE_BROKEN and the reason when it cannot be read or is more than the memory. */
enum device_status model_open(const char *what, int32_t positions, uint64_t seed,
    struct train_parameters *out, struct device_error *error);
/* The check of model_positions_set for a model that would be drawn, which takes minutes; nothing is said of others. */
enum device_status model_drawn_check(
    const char *what, int32_t positions, struct device_error *error);
/* Makes shape.seq `positions`; DEVICE_BROKEN and the reason when the model has fewer. */
enum device_status model_positions_set(struct train_parameters *model, const char *what,
    int32_t positions, struct device_error *error);

#endif
