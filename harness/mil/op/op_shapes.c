/* SPDX-License-Identifier: MIT
 *
 * The products: matmul, linear, attention, einsum. And broadcasting.
 */
#include "mil/op/op_args.h"

#include <string.h>

void op_broadcast_strides(
    const struct mil_type *type, const struct mil_type *shape, int64_t stride[MIL_RANK_MAX]) {
    int64_t step = 1;
    int lead = shape->rank - type->rank;
    for (int i = shape->rank - 1; i >= 0; i--) {
        int64_t dim = i < lead ? 1 : type->dim[i - lead];
        stride[i] = dim == 1 ? 0 : step;
        step *= dim;
    }
}

struct mil_type op_channel_type(
    const struct mil_type *type, const struct mil_type *shape, int64_t axis) {
    struct mil_type placed = {.dtype = type->dtype, .rank = shape->rank};
    for (int i = 0; i < shape->rank; i++)
        placed.dim[i] = 1;
    if (axis < 0)
        axis += shape->rank;
    if (axis >= 0 && axis < shape->rank)
        placed.dim[axis] = mil_type_elements(type);
    return placed;
}

static struct op_matmul product(
    const struct mil_type *x, const struct mil_type *y, bool transpose_x, bool transpose_y) {
    struct op_matmul p = {.transpose_x = transpose_x, .transpose_y = transpose_y};
    const int64_t *x_dim = x->dim + x->rank - 2, *y_dim = y->dim + y->rank - 2;
    int64_t x_step = x_dim[0] * x_dim[1], y_step = y_dim[0] * y_dim[1];
    p.m = x_dim[p.transpose_x];
    p.k = x_dim[!p.transpose_x];
    p.n = y_dim[!p.transpose_y];
    p.batch_rank = (x->rank > y->rank ? x->rank : y->rank) - 2;
    for (int i = p.batch_rank - 1; i >= 0; i--) {
        int x_axis = i + x->rank - 2 - p.batch_rank, y_axis = i + y->rank - 2 - p.batch_rank;
        int64_t x_batch = x_axis < 0 ? 1 : x->dim[x_axis],
                y_batch = y_axis < 0 ? 1 : y->dim[y_axis];
        p.batch_dim[i] = x_batch > y_batch ? x_batch : y_batch;
        p.x_stride[i] = x_batch == 1 ? 0 : x_step;
        p.y_stride[i] = y_batch == 1 ? 0 : y_step;
        x_step *= x_batch;
        y_step *= y_batch;
    }
    return p;
}

struct op_matmul op_matmul(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x");
    if (ref.op->code == MIL_OP_LINEAR) {
        /* every row of x is one row of one matrix */
        const struct mil_type *weight = op_type(ref, "weight");
        int64_t k = weight->dim[1];
        return (struct op_matmul){
            .m = mil_type_elements(x) / k, .n = weight->dim[0], .k = k, .transpose_y = true};
    }
    return product(x, op_type(ref, "y"), op_bool(ref, "transpose_x", false),
        op_bool(ref, "transpose_y", false));
}

struct op_matmul op_sdpa_scores(struct op_ref ref) {
    return product(op_type(ref, "query"), op_type(ref, "key"), false, true);
}

struct op_matmul op_sdpa_mix(struct op_ref ref) {
    const struct mil_type *query = op_type(ref, "query"), *key = op_type(ref, "key");
    struct mil_type probabilities = *op_result_type(ref);
    probabilities.dim[probabilities.rank - 2] = query->dim[query->rank - 2];
    probabilities.dim[probabilities.rank - 1] = key->dim[key->rank - 2];
    return product(&probabilities, op_type(ref, "value"), false, false);
}

struct op_einsum op_einsum(struct op_ref ref) {
    const struct mil_arg *values = mil_op_arg(ref.op, "values");
    const char *equation = op_string(ref, "equation", ""), *p = equation;
    struct op_einsum l = {.n_operands = values->n_values};
    for (int v = 0; v < values->n_values; v++) {
        const struct mil_type *type = ref.function->values[values->values[v]].type;
        int64_t stride = mil_type_elements(type);
        for (int axis = 0; *p && *p != ',' && *p != '-'; p++) {
            if (*p == ' ')
                continue;
            int64_t dim = type->dim[axis++];
            stride /= dim;
            l.size[*p - 'a'] = dim > l.size[*p - 'a'] ? dim : l.size[*p - 'a'];
            l.stride[v][*p - 'a'] += dim == 1 ? 0 : stride;
        }
        p += *p == ',';
    }
    for (p = strchr(equation, '>') + 1; *p; p++)
        if (*p != ' ')
            l.order[l.n_order++] = *p;
    l.n_result = l.n_order;
    for (int c = 'a'; c <= 'z'; c++)
        if (l.size[c - 'a'] > 0 && !memchr(l.order, c, (size_t)l.n_result))
            l.order[l.n_order++] = (char)c;
    return l;
}

double op_flop(struct op_ref ref) {
    const struct mil_type *y = ref.op->n_results > 0 ? op_result_type(ref) : NULL;
    const struct mil_type *weight = op_type(ref, "weight"), *x = op_type(ref, "x");
    if (!y || !mil_type_is_sized(y) || (x && !mil_type_is_sized(x)))
        return 0;
    double results = (double)mil_type_elements(y);
    switch (ref.op->code) {
    case MIL_OP_CONV:
    case MIL_OP_LINEAR:
        return 2 * results * (double)mil_type_elements(weight) / (double)weight->dim[0];
    case MIL_OP_CONV_TRANSPOSE: /* every element of x meets every filter of its group */
        return 2 * (double)mil_type_elements(x) * (double)mil_type_elements(weight) /
               (double)weight->dim[0];
    case MIL_OP_MATMUL:
        return 2 * results * (double)op_matmul(ref).k;
    case MIL_OP_SDPA: {
        const struct mil_type *key = op_type(ref, "key"), *value = op_type(ref, "value");
        if (!mil_type_is_sized(key) || !mil_type_is_sized(value))
            return 0;
        struct op_matmul scores = op_sdpa_scores(ref), mix = op_sdpa_mix(ref);
        return 2 * results * (double)mix.k * (1 + (double)scores.k / (double)mix.n);
    }
    default:
        return 0;
    }
}
