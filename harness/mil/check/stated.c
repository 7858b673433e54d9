/* SPDX-License-Identifier: MIT */
#include "mil/check/stated.h"

#define REDUCTION(code)                                                                            \
    {code, "axes", MIL_STATED_ALL_AXES, 0, 0}, {                                                   \
        code, "keep_dims", MIL_STATED_FALSE, 0, 0                                                  \
    }

static const struct mil_stated rows[] = {
    {MIL_OP_MATMUL, "transpose_x", MIL_STATED_FALSE, 0, 0},
    {MIL_OP_MATMUL, "transpose_y", MIL_STATED_FALSE, 0, 0},
    {MIL_OP_CONV, "strides", MIL_STATED_LIST, 1, 1},
    {MIL_OP_CONV, "pad_type", MIL_STATED_VALID, 0, 0},
    {MIL_OP_CONV, "pad", MIL_STATED_LIST, 0, 2},
    {MIL_OP_CONV, "dilations", MIL_STATED_LIST, 1, 1},
    {MIL_OP_CONV, "groups", MIL_STATED_INT, 1, 0},
    {MIL_OP_SOFTMAX, "axis", MIL_STATED_INT, -1, 0},
    {MIL_OP_CONCAT, "interleave", MIL_STATED_FALSE, 0, 0},
    REDUCTION(MIL_OP_REDUCE_SUM),
    REDUCTION(MIL_OP_REDUCE_MEAN),
    REDUCTION(MIL_OP_REDUCE_MAX),
    {MIL_OP_LAYER_NORM, "axes", MIL_STATED_ALL_AXES, 0, 0},
    {MIL_OP_LAYER_NORM, "epsilon", MIL_STATED_EPSILON, 0, 0},
    {MIL_OP_GATHER, "axis", MIL_STATED_INT, 0, 0},
};

const struct mil_stated *mil_stated_at(int index) {
    return index >= 0 && index < (int)(sizeof rows / sizeof *rows) ? &rows[index] : NULL;
}
