/* SPDX-License-Identifier: MIT
 *
 * The programs whose times a plan adds up. With weights as constants they are the trainer's own
 * (train/kernel/), six a layer. With weights as inputs they are the ten that maderix/ANE
 * training/training_dynamic has, whose steps are published, as MIL text of any shape. No weight
 * files: a plan asks what programs cost, not what they compute.
 */
#ifndef ANEPROBE_TRAIN_PLAN_KERNELS_H
#define ANEPROBE_TRAIN_PLAN_KERNELS_H

#include "train/kernel/cut.h"

enum { PLAN_DYNAMIC_KERNELS = 10, PLAN_KERNELS_MAX = 10 };

int plan_n_kernels(enum train_weights_place place);
const char *plan_kernel_name(enum train_weights_place place, int kernel);
/* Whether one program serves all layers and versions of the weights. */
bool plan_kernel_is_shared(enum train_weights_place place, int kernel);

/* The text of one program, its function named "main", to free(). NULL and *error when out of memory
 * or the shape makes no program. */
char *plan_kernel_text(const struct train_shape *shape, enum train_weights_place place, int kernel,
    size_t *bytes, struct mil_error *error);

#endif
