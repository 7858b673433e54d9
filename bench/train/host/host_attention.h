/* SPDX-License-Identifier: MIT
 *
 * Attention of one position over the ones before it and itself, on the host in fp32.
 */
#ifndef ANEPROBE_TRAIN_HOST_ATTENTION_H
#define ANEPROBE_TRAIN_HOST_ATTENTION_H

#include "train/model/shape.h"

/* All heads of the position: `query` and `out` are [dim]; `keys` and `values` are [position + 1][kv_dim],
 * already rotated. `scores` is room for position + 1 floats. */
void host_attend(const struct train_shape *shape, int position, const float *query,
    const float *keys, const float *values, float *scores, float *out);

#endif
