/* SPDX-License-Identifier: MIT
 *
 * Types of results: convolutions, pooling, einsum, recurrent layers.
 */
#include "mil/op/infer.h"

#include <string.h>

/* One spatial axis of a convolution or pooling; -1 when the kernel does not fit. */
static int64_t window_out(const char *pad_type, int64_t in, int64_t kernel, int64_t stride,
    int64_t dilation, int64_t pad, bool ceil_mode) {
    int64_t reach = (kernel - 1) * dilation + 1, out, padded = in;
    if (strcmp(pad_type, "same") == 0 || strcmp(pad_type, "same_lower") == 0)
        return (in + stride - 1) / stride;
    if (strcmp(pad_type, "custom") == 0)
        padded += pad;
    if (padded < reach)
        return -1;
    out = (padded - reach + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    return out;
}

static int pad_type_check(struct op_ref ref, struct mil_error *error) {
    const char *pad_type = op_string(ref, "pad_type", "valid");
    if (strcmp(pad_type, "valid") == 0 || strcmp(pad_type, "custom") == 0 ||
        strcmp(pad_type, "same") == 0 || strcmp(pad_type, "same_lower") == 0)
        return 0;
    return op_fail(ref, error, "pad_type",
        "'pad_type' must be valid, custom, same or same_lower, found '%.40s'", pad_type);
}

static int64_t at(const int32_t *ints, int i, int64_t absent) {
    return ints ? ints[i] : absent;
}

int mil_infer_conv(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x"), *weight = op_type(ref, "weight");
    int axes = x->rank - 2;
    int64_t groups = op_int(ref, "groups", 1);
    struct mil_type bias = {.rank = 1};
    char x_text[MIL_TYPE_TEXT_MAX], w_text[MIL_TYPE_TEXT_MAX];
    mil_type_format(x_text, x);
    mil_type_format(w_text, weight);
    if (infer_float_check(ref, "x", x, error) < 0 || pad_type_check(ref, error) < 0)
        return -1;
    if (axes < 1 || axes > 3 || weight->rank != x->rank || x->dtype != weight->dtype)
        return op_fail(ref, error, "weight",
            "x [N,C,H,W] and weight [out,in,kh,kw] (or with 1 or 3 spatial axes) must have one "
            "rank "
            "and one element type, found %.40s and %.40s",
            x_text, w_text);
    if (infer_ints_check(ref, "strides", axes, 1, error) < 0 ||
        infer_ints_check(ref, "pad", axes * 2, 0, error) < 0 ||
        infer_ints_check(ref, "dilations", axes, 1, error) < 0)
        return -1;
    if (groups < 1 || weight->dim[0] % groups != 0 || weight->dim[1] * groups != x->dim[1])
        return op_fail(ref, error, "weight",
            "weight's input channels times groups %d must be x's channels, and groups divide its "
            "output channels; found %.40s and %.40s",
            (int)groups, x_text, w_text);
    results[0] = *x;
    results[0].dim[1] = weight->dim[0];
    for (int i = 0; i < axes; i++) {
        const int32_t *pad = op_ints(ref, "pad", NULL);
        results[0].dim[2 + i] =
            window_out(op_string(ref, "pad_type", "valid"), x->dim[2 + i], weight->dim[2 + i],
                at(op_ints(ref, "strides", NULL), i, 1), at(op_ints(ref, "dilations", NULL), i, 1),
                at(pad, 2 * i, 0) + at(pad, 2 * i + 1, 0), false);
        if (results[0].dim[2 + i] < 1)
            return op_fail(ref, error, "weight", "the kernel of %.60s does not fit into x %.60s",
                w_text, x_text);
    }
    bias.dtype = x->dtype;
    bias.dim[0] = weight->dim[0];
    return infer_exact_check(ref, "bias", &bias, error);
}

/* weight [in, out / groups, kernel...]. */
int mil_infer_conv_transpose(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x"), *weight = op_type(ref, "weight");
    const int32_t *strides = op_ints(ref, "strides", NULL), *pad = op_ints(ref, "pad", NULL);
    const int32_t *dilations = op_ints(ref, "dilations", NULL);
    const char *pad_type = op_string(ref, "pad_type", "valid");
    int n_shape, axes = x->rank - 2;
    const int32_t *shape = op_ints(ref, "output_shape", &n_shape);
    int64_t groups = op_int(ref, "groups", 1);
    struct mil_type bias = {.dtype = x->dtype, .rank = 1};
    if (infer_float_check(ref, "x", x, error) < 0 || pad_type_check(ref, error) < 0)
        return -1;
    if (axes < 1 || axes > 3 || weight->rank != x->rank || x->dtype != weight->dtype ||
        weight->dim[0] != x->dim[1] || groups < 1 || x->dim[1] % groups != 0)
        return op_fail(ref, error, "weight",
            "weight must be [in, out / groups, kernel...] with x's channels, rank and element "
            "type");
    if (infer_ints_check(ref, "strides", axes, 1, error) < 0 ||
        infer_ints_check(ref, "pad", axes * 2, 0, error) < 0 ||
        infer_ints_check(ref, "dilations", axes, 1, error) < 0)
        return -1;
    results[0] = *x;
    results[0].dim[1] = bias.dim[0] = weight->dim[1] * groups;
    for (int i = 0; i < axes; i++) {
        int64_t reach = (weight->dim[2 + i] - 1) * at(dilations, i, 1) + 1;
        int64_t *out = &results[0].dim[2 + i];
        *out = (x->dim[2 + i] - 1) * at(strides, i, 1) + reach;
        if (shape)
            *out = shape[n_shape - axes + i];
        else if (strcmp(pad_type, "custom") == 0)
            *out -= at(pad, 2 * i, 0) + at(pad, 2 * i + 1, 0);
        else if (strncmp(pad_type, "same", 4) == 0)
            *out = x->dim[2 + i] * at(strides, i, 1);
    }
    return infer_exact_check(ref, "bias", &bias, error);
}

int mil_infer_pool(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int axes = x->rank - 2;
    bool ceil_mode = op_bool(ref, "ceil_mode", false);
    const int32_t *kernel = op_ints(ref, "kernel_sizes", NULL), *pad = op_ints(ref, "pad", NULL);
    if (infer_float_check(ref, "x", x, error) < 0 || pad_type_check(ref, error) < 0 ||
        infer_rank_check(ref, "x", 3, 5, error) < 0 ||
        infer_ints_check(ref, "kernel_sizes", axes, 1, error) < 0 ||
        infer_ints_check(ref, "strides", axes, 1, error) < 0 ||
        infer_ints_check(ref, "pad", axes * 2, 0, error) < 0)
        return -1;
    results[0] = *x;
    for (int i = 0; i < axes; i++) {
        int64_t stride = at(op_ints(ref, "strides", NULL), i, 1);
        int64_t before = at(pad, 2 * i, 0), in = x->dim[2 + i];
        int64_t *out = &results[0].dim[2 + i];
        const char *pad_type = op_string(ref, "pad_type", "valid");
        *out = window_out(
            pad_type, in, kernel[i], stride, 1, before + at(pad, 2 * i + 1, 0), ceil_mode);
        /* a window must start within the input or the padding before it */
        if (ceil_mode && strcmp(pad_type, "custom") == 0 && (*out - 1) * stride >= in + before)
            (*out)--;
        if (*out < 1)
            return op_fail(
                ref, error, "kernel_sizes", "the kernel does not fit along axis %d", 2 + i);
    }
    return 0;
}

/* "abc,cde->abde": letters; every letter of the result occurs in an operand. */
int mil_infer_einsum(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_arg *values = mil_op_arg(ref.op, "values");
    const char *equation = op_string(ref, "equation", "");
    int64_t size[26] = {0};
    int operand = 0, axis = 0;
    const char *p = equation;
    for (; *p && *p != '-'; p++) {
        const struct mil_type *type =
            operand < values->n_values ? ref.function->values[values->values[operand]].type : NULL;
        if (*p == ' ')
            continue;
        if (*p == ',') {
            if (!type || axis != type->rank)
                break;
            operand++, axis = 0;
            continue;
        }
        if (*p < 'a' || *p > 'z' || !type || axis >= type->rank)
            return MIL_INFER_DECLARED;
        if (size[*p - 'a'] > 1 && type->dim[axis] > 1 && size[*p - 'a'] != type->dim[axis])
            return op_fail(ref, error, "equation", "'%c' stands for axes of different sizes", *p);
        if (type->dim[axis] > size[*p - 'a'])
            size[*p - 'a'] = type->dim[axis];
        axis++;
    }
    if (p[0] != '-' || p[1] != '>' || operand != values->n_values - 1 ||
        axis != ref.function->values[values->values[operand]].type->rank)
        return op_fail(
            ref, error, "equation", "the equation '%.60s' does not match the operands", equation);
    results[0].dtype = ref.function->values[values->values[0]].type->dtype;
    for (p += 2; *p; p++) {
        if (*p == ' ')
            continue;
        if (*p < 'a' || *p > 'z' || size[*p - 'a'] == 0 || results[0].rank == MIL_RANK_MAX)
            return op_fail(ref, error, "equation",
                "the result in '%.60s' must name axes of the operands, at most 8", equation);
        results[0].dim[results[0].rank++] = size[*p - 'a'];
    }
    return 0;
}

/* x [time, batch, in], initial_h [batch, hidden (times 2 where it runs both ways)]. */
int mil_infer_recurrent(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x"), *h = op_type(ref, "initial_h");
    int states = ref.op->code == MIL_OP_LSTM ? 2 : 1;
    if (infer_rank_check(ref, "x", 3, 3, error) < 0 ||
        infer_rank_check(ref, "initial_h", 2, 2, error) < 0)
        return -1;
    if (ref.op->n_results != states + 1)
        return op_fail(ref, error, "x", "it makes %d results, but %d are declared", states + 1,
            ref.op->n_results);
    results[0] = *x;
    results[0].dim[0] = op_bool(ref, "output_sequence", false) ? x->dim[0] : 1;
    results[0].dim[2] = h->dim[1];
    for (int i = 1; i <= states; i++)
        results[i] = *h;
    return 0;
}
