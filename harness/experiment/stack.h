/* SPDX-License-Identifier: MIT
 *
 * The same stack of 1x1 convolutions in fp16 and in W8A8: int8 weights that become fp16 when the program is
 * compiled, and activations that are quantised to int8 and back before each convolution, as in
 * ane_int8_bench (maderix/ANE).
 */
#ifndef ANEPROBE_EXPERIMENT_STACK_H
#define ANEPROBE_EXPERIMENT_STACK_H

#include "experiment/specimen.h"

enum stack_type { STACK_FP16, STACK_W8A8, STACK_TYPES };
extern const char *const stack_type_names[STACK_TYPES]; /* "fp16", "w8a8" */

struct stack_shape {
    int depth, channels, positions;
};

/* Created, compiled and loaded, with random weights, and random data or zeros as input. Unless it returns
 * DEVICE_OK, *out is what must be freed, or NULL. */
enum device_status stack_open(struct trial *t, const struct stack_shape *shape,
    enum stack_type type, bool zeros, struct specimen **out, struct device_error *error);

#endif
