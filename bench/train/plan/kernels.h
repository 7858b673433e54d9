/* SPDX-License-Identifier: MIT
 *
 * The programs whose times a plan adds up. With weights as constants they are the trainer's own
 * (train/kernel/), six per layer. With weights as inputs they are the ten of maderix/ANE
 * training/training_dynamic, whose step times are published, as MIL text of any shape. There are no
 * weight files: a plan needs what programs cost, not what they compute.
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
 * or the shape is not possible. */
char *plan_kernel_text(const struct train_shape *shape, enum train_weights_place place, int kernel,
    size_t *bytes, struct mil_error *error);

#endif
