/* SPDX-License-Identifier: MIT
 *
 * Rotary embedding as in llama2.c: in each head, channels 2i and 2i + 1 are a point that is rotated
 * by an angle proportional to the position.
 */
#ifndef ANEPROBE_TRAIN_ROTATION_H
#define ANEPROBE_TRAIN_ROTATION_H

#include "train/model/shape.h"

#include <math.h>

/* In radians; `pair` is 0 .. head dim / 2 - 1. */
static inline double train_rotation_angle(
    const struct train_shape *shape, double base, int position, int pair) {
    return position * pow(base, -2.0 * pair / train_head_dim(shape));
}

#endif
