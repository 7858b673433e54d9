/* SPDX-License-Identifier: MIT */
#include "mil/build/builder.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct mil_type mil_tensor4(enum mil_dtype dtype, int64_t n, int64_t c, int64_t h, int64_t w) {
    return (struct mil_type){.dtype = dtype, .rank = 4, .dim = {n, c, h, w}};
}

/* The const with that name, if this function has one. */
static int shared_find(const struct mil_builder *b, const char *name) {
    if (!b || !b->in_function)
        return -1;
    return mil_draft_find(&b->draft, (struct mil_span){name, strlen(name)});
}

static int shared_bool(struct mil_builder *b, bool value) {
    const char *name = value ? "shared_true" : "shared_false";
    int found = shared_find(b, name);
    struct mil_type type = {.dtype = MIL_BOOL};
    return found >= 0 ? found : mil_build_const(b, name, type, &value);
}

/* Lower-case letters and digits only, so that the text can be part of a name. */
static int shared_string(struct mil_builder *b, const char *value) {
    char name[64];
    int found;
    snprintf(name, sizeof name, "shared_%s", value);
    found = shared_find(b, name);
    return found >= 0 ? found : mil_build_const_string(b, name, value);
}

static size_t name_number(char *name, size_t used, size_t room, int32_t value) {
    int n = snprintf(name + used, room - used, value < 0 ? "_m%u" : "_%u",
        value < 0 ? 0u - (unsigned)value : (unsigned)value);
    return used + (size_t)n;
}

/* Named after its elements: shared_ints_1_m1. */
static int shared_ints(struct mil_builder *b, const int32_t *values, int n) {
    struct mil_type type = {.dtype = MIL_INT32, .rank = 1, .dim = {n}};
    char name[16 + 13 * MIL_RANK_MAX] = "shared_ints";
    size_t used = strlen(name);
    int found;
    if (n < 1 || n > MIL_RANK_MAX)
        return b ? mil_builder_fail(b, "a list of %d ints; it must have 1 to 8", n) : -1;
    for (int i = 0; i < n; i++)
        used = name_number(name, used, sizeof name, values[i]);
    found = shared_find(b, name);
    return found >= 0 ? found : mil_build_const(b, name, type, values);
}

static int shared_int(struct mil_builder *b, int32_t value) {
    struct mil_type type = {.dtype = MIL_INT32};
    char name[32] = "shared_int";
    int found;
    name_number(name, strlen(name), sizeof name, value);
    found = shared_find(b, name);
    return found >= 0 ? found : mil_build_const(b, name, type, &value);
}

int mil_build_scalar(struct mil_builder *b, const char *name, enum mil_dtype dtype, double value) {
    struct mil_type type = {.dtype = dtype};
    float single = (float)value;
    uint16_t half = fp16_from_float(single);
    int32_t whole = fabs(value) <= INT32_MAX ? (int32_t)value : 0;
    switch (dtype) {
    case MIL_FP16:
        return mil_build_const(b, name, type, &half);
    case MIL_FP32:
        return mil_build_const(b, name, type, &single);
    case MIL_INT32:
        if (whole == value)
            return mil_build_const(b, name, type, &whole);
        return b ? mil_builder_fail(b, "'%.60s': %g is not an int32", name, value) : -1;
    default:
        return b ? mil_builder_fail(b, "'%.60s': a scalar is fp16, fp32 or int32", name) : -1;
    }
}

int mil_build_conv1x1(struct mil_builder *b, const char *name, int x, int weight) {
    const int32_t ones[2] = {1, 1}, zeros[4] = {0};
    int strides = shared_ints(b, ones, 2), pad = shared_ints(b, zeros, 4);
    int pad_type = shared_string(b, "valid"), groups = shared_int(b, 1);
    struct mil_build_arg args[] = {{"dilations", &strides, 1}, {"groups", &groups, 1},
        {"pad", &pad, 1}, {"pad_type", &pad_type, 1}, {"strides", &strides, 1},
        {"weight", &weight, 1}, {"x", &x, 1}};
    return mil_build_op(b, MIL_OP_CONV, name, args, 7);
}

int mil_build_matmul(
    struct mil_builder *b, const char *name, int x, int y, bool transpose_x, bool transpose_y) {
    int t_x = shared_bool(b, transpose_x), t_y = shared_bool(b, transpose_y);
    struct mil_build_arg args[] = {
        {"transpose_x", &t_x, 1}, {"transpose_y", &t_y, 1}, {"x", &x, 1}, {"y", &y, 1}};
    return mil_build_op(b, MIL_OP_MATMUL, name, args, 4);
}

int mil_build_unary(struct mil_builder *b, enum mil_opcode code, const char *name, int x) {
    struct mil_build_arg args[] = {{"x", &x, 1}};
    return mil_build_op(b, code, name, args, 1);
}

int mil_build_binary(struct mil_builder *b, enum mil_opcode code, const char *name, int x, int y) {
    struct mil_build_arg args[] = {{"x", &x, 1}, {"y", &y, 1}};
    return mil_build_op(b, code, name, args, 2);
}

int mil_build_cast(struct mil_builder *b, const char *name, int x, enum mil_dtype dtype) {
    int to = shared_string(b, mil_dtype_name(dtype));
    struct mil_build_arg args[] = {{"dtype", &to, 1}, {"x", &x, 1}};
    return mil_build_op(b, MIL_OP_CAST, name, args, 2);
}

int mil_build_softmax(struct mil_builder *b, const char *name, int x, int axis) {
    int at = shared_int(b, axis);
    struct mil_build_arg args[] = {{"axis", &at, 1}, {"x", &x, 1}};
    return mil_build_op(b, MIL_OP_SOFTMAX, name, args, 2);
}

int mil_build_reduce(
    struct mil_builder *b, enum mil_opcode code, const char *name, int x, int axis) {
    const int32_t list[1] = {axis};
    int axes = shared_ints(b, list, 1), keep = shared_bool(b, true);
    struct mil_build_arg args[] = {{"axes", &axes, 1}, {"keep_dims", &keep, 1}, {"x", &x, 1}};
    return mil_build_op(b, code, name, args, 3);
}

int mil_build_reshape(
    struct mil_builder *b, const char *name, int x, const int32_t *shape, int rank) {
    int to = shared_ints(b, shape, rank);
    struct mil_build_arg args[] = {{"shape", &to, 1}, {"x", &x, 1}};
    return mil_build_op(b, MIL_OP_RESHAPE, name, args, 2);
}

int mil_build_transpose(
    struct mil_builder *b, const char *name, int x, const int32_t *perm, int rank) {
    int order = shared_ints(b, perm, rank);
    struct mil_build_arg args[] = {{"perm", &order, 1}, {"x", &x, 1}};
    return mil_build_op(b, MIL_OP_TRANSPOSE, name, args, 2);
}

int mil_build_slice(struct mil_builder *b, const char *name, int x, const int32_t *begin,
    const int32_t *size, int rank) {
    int from = shared_ints(b, begin, rank), length = shared_ints(b, size, rank);
    struct mil_build_arg args[] = {{"begin", &from, 1}, {"size", &length, 1}, {"x", &x, 1}};
    return mil_build_op(b, MIL_OP_SLICE_BY_SIZE, name, args, 3);
}

int mil_build_concat(
    struct mil_builder *b, const char *name, const int *values, int n_values, int axis) {
    int at = shared_int(b, axis), interleave = shared_bool(b, false);
    struct mil_build_arg args[] = {
        {"axis", &at, 1}, {"interleave", &interleave, 1}, {"values", values, n_values}};
    return mil_build_op(b, MIL_OP_CONCAT, name, args, 3);
}
