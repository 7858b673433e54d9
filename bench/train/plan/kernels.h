/* SPDX-License-Identifier: MIT
 *
 * The programs of a transformer layer's forward and backward pass, as the public trainers cut them
 * (maderix/ANE training/stories_mil.h and training/training_dynamic), as MIL text of any shape.
 * Without weight files: a plan asks what programs cost, not what they compute.
 */
#ifndef ANEPROBE_PLAN_KERNELS_H
#define ANEPROBE_PLAN_KERNELS_H

#include "mil/mil.h"

#include <stdbool.h>
#include <stddef.h>

struct plan_shape {
    const char *name; /* "stories110m" */
    int dim, hidden, heads, seq, layers;
};

/* The models there are; stories110m is the one that has published step times. */
extern const struct plan_shape plan_shapes[];
extern const int plan_n_shapes;

enum plan_set {
    PLAN_BAKED, /* weights are constants: six programs a layer, five of them with weights */
    PLAN_INPUT  /* weights are part of the input: ten programs that all layers share */
};

int plan_n_kernels(enum plan_set set);
const char *plan_kernel_name(enum plan_set set, int kernel);
bool plan_kernel_has_weights(enum plan_set set, int kernel);

/* The text of one program, to free(). `serial` goes into the text, so that a program with another
 * serial is another program, as one with other weights would be. NULL and *error when memory is
 * out or the shape makes no program. */
char *plan_kernel_text(const struct plan_shape *shape, enum plan_set set, int kernel,
    unsigned serial, size_t *bytes, struct mil_error *error);

#endif
