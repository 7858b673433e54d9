/* SPDX-License-Identifier: MIT
 *
 * Types of results: operators that compute.
 */
#include "mil/op/op_args.h"

#include <string.h>

static bool is_float(const struct mil_type *type) {
    return type->dtype == MIL_FP16 || type->dtype == MIL_FP32;
}

/* Argument `name` must be fp16 or fp32. */
static int float_check(
    struct op_ref ref, const char *name, const struct mil_type *type, struct mil_error *error) {
    char text[MIL_TYPE_TEXT_MAX];
    if (is_float(type))
        return 0;
    return op_fail(
        ref, error, name, "'%s' must be fp16 or fp32, found %s", name, mil_type_format(text, type));
}

/* Argument `name`, where present, must have exactly this type. */
static int exact_check(
    struct op_ref ref, const char *name, const struct mil_type *expected, struct mil_error *error) {
    const struct mil_type *type = op_type(ref, name);
    char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
    if (!type || mil_type_equal(type, expected))
        return 0;
    return op_fail(ref, error, name, "'%s' must be %s, found %s", name,
        mil_type_format(want, expected), mil_type_format(found, type));
}

/* Size-1 axes stretch; -1 when the sizes do not go together. */
static int64_t dim_broadcast(int64_t a, int64_t b) {
    return a == b || b == 1 ? a : a == 1 ? b : -1;
}

/* The axis counted from the front, -1 when it is out of range. */
static int axis_resolve(int32_t axis, int rank) {
    if (axis < -rank || axis >= rank)
        return -1;
    return axis < 0 ? axis + rank : axis;
}

int mil_infer_const(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    (void)ref;
    (void)error;
    *result = ref.op->attrs[0].literal.type;
    return 0;
}

int mil_infer_unary(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    *result = *op_type(ref, "x");
    return float_check(ref, "x", result, error);
}

int mil_infer_gelu(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const char *mode = op_string(ref, "mode", NULL);
    if (mode && strcmp(mode, "EXACT") != 0 && strcmp(mode, "TANH_APPROXIMATION") != 0 &&
        strcmp(mode, "SIGMOID_APPROXIMATION") != 0)
        return op_fail(ref, error, "mode",
            "'mode' must be EXACT, TANH_APPROXIMATION or SIGMOID_APPROXIMATION, found '%.40s'",
            mode);
    return mil_infer_unary(ref, result, error);
}

int mil_infer_binary(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const struct mil_type *y = op_type(ref, "y");
    char x_text[MIL_TYPE_TEXT_MAX], y_text[MIL_TYPE_TEXT_MAX];
    if (float_check(ref, "x", x, error) < 0 || float_check(ref, "y", y, error) < 0)
        return -1;
    *result = x->rank ? *x : *y;
    if (x->dtype == y->dtype && (x->rank == 0 || y->rank == 0))
        return 0;
    if (x->dtype != y->dtype || x->rank != y->rank)
        goto fail;
    for (int i = 0; i < x->rank; i++) {
        result->dim[i] = dim_broadcast(x->dim[i], y->dim[i]);
        if (result->dim[i] < 0)
            goto fail;
    }
    return 0;
fail:
    return op_fail(ref, error, "y",
        "x and y must have the same element type, and the same rank with equal or size-1 axes "
        "unless one is a scalar; found %s and %s",
        mil_type_format(x_text, x), mil_type_format(y_text, y));
}

/* One spatial axis of a conv's result; -1 when the kernel does not fit. */
static int64_t conv_out(const char *pad_type, int64_t in, int64_t kernel, int64_t stride,
    int64_t dilation, int64_t pad) {
    int64_t reach = (kernel - 1) * dilation + 1;
    if (strcmp(pad_type, "same") == 0)
        return (in + stride - 1) / stride;
    if (strcmp(pad_type, "custom") == 0)
        in += pad;
    return in < reach ? -1 : (in - reach) / stride + 1;
}

static int conv_ints_check(
    struct op_ref ref, const char *name, int n_expected, int32_t least, struct mil_error *error) {
    int n;
    const int32_t *ints = op_ints(ref, name, &n);
    if (n != n_expected)
        return op_fail(
            ref, error, name, "'%s' must have %d elements, found %d", name, n_expected, n);
    for (int i = 0; i < n; i++)
        if (ints[i] < least)
            return op_fail(
                ref, error, name, "'%s' must be at least %d, found %d", name, least, ints[i]);
    return 0;
}

int mil_infer_conv(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const struct mil_type *weight = op_type(ref, "weight");
    const char *pad_type = op_string(ref, "pad_type", NULL);
    const int32_t *strides = op_ints(ref, "strides", NULL);
    const int32_t *pad = op_ints(ref, "pad", NULL);
    const int32_t *dilations = op_ints(ref, "dilations", NULL);
    int32_t groups = *op_ints(ref, "groups", NULL);
    struct mil_type bias = {.rank = 1};
    char x_text[MIL_TYPE_TEXT_MAX], w_text[MIL_TYPE_TEXT_MAX];
    if (float_check(ref, "x", x, error) < 0 || conv_ints_check(ref, "strides", 2, 1, error) < 0 ||
        conv_ints_check(ref, "pad", 4, 0, error) < 0 ||
        conv_ints_check(ref, "dilations", 2, 1, error) < 0)
        return -1;
    if (strcmp(pad_type, "valid") != 0 && strcmp(pad_type, "custom") != 0 &&
        strcmp(pad_type, "same") != 0)
        return op_fail(ref, error, "pad_type",
            "'pad_type' must be valid, custom or same, found '%.40s'", pad_type);
    mil_type_format(x_text, x);
    mil_type_format(w_text, weight);
    if (x->rank != 4 || weight->rank != 4 || x->dtype != weight->dtype)
        return op_fail(ref, error, "weight",
            "x [N,C,H,W] and weight [out,in,kh,kw] must have rank 4 and one element type, found %s "
            "and %s",
            x_text, w_text);
    if (groups < 1 || weight->dim[0] % groups != 0 || weight->dim[1] * groups != x->dim[1])
        return op_fail(ref, error, "weight",
            "weight's input channels times groups %d must be x's channels, and groups divide its "
            "output channels; found %s and %s",
            groups, x_text, w_text);
    *result = *x;
    result->dim[1] = weight->dim[0];
    for (ptrdiff_t i = 0; i < 2; i++) {
        result->dim[2 + i] = conv_out(pad_type, x->dim[2 + i], weight->dim[2 + i], strides[i],
            dilations[i], (int64_t)pad[2 * i] + pad[2 * i + 1]);
        if (result->dim[2 + i] < 1)
            return op_fail(
                ref, error, "weight", "the kernel of %s does not fit into x %s", w_text, x_text);
    }
    bias.dtype = x->dtype;
    bias.dim[0] = weight->dim[0];
    return exact_check(ref, "bias", &bias, error);
}

int mil_infer_matmul(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const struct mil_type *y = op_type(ref, "y");
    int transpose_x = *op_bools(ref, "transpose_x", NULL);
    int transpose_y = *op_bools(ref, "transpose_y", NULL);
    int rank = x->rank > y->rank ? x->rank : y->rank;
    char x_text[MIL_TYPE_TEXT_MAX], y_text[MIL_TYPE_TEXT_MAX];
    mil_type_format(x_text, x);
    mil_type_format(y_text, y);
    if (float_check(ref, "x", x, error) < 0)
        return -1;
    if (x->rank < 2 || y->rank < 2 || x->dtype != y->dtype)
        return op_fail(ref, error, "y",
            "x and y must have one element type and rank 2 or more, found %s and %s", x_text,
            y_text);
    if (x->dim[x->rank - 1 - transpose_x] != y->dim[y->rank - 2 + transpose_y])
        return op_fail(ref, error, "y",
            "the inner sizes differ: x %s with transpose_x=%s, y %s with transpose_y=%s", x_text,
            transpose_x ? "true" : "false", y_text, transpose_y ? "true" : "false");
    *result = (struct mil_type){.dtype = x->dtype, .rank = rank};
    for (int i = 0; i < rank - 2; i++) {
        int x_axis = i - (rank - x->rank), y_axis = i - (rank - y->rank);
        result->dim[i] =
            dim_broadcast(x_axis < 0 ? 1 : x->dim[x_axis], y_axis < 0 ? 1 : y->dim[y_axis]);
        if (result->dim[i] < 0)
            return op_fail(ref, error, "y",
                "the leading axes of x %s and y %s are neither equal nor 1", x_text, y_text);
    }
    result->dim[rank - 2] = x->dim[x->rank - 2 + transpose_x];
    result->dim[rank - 1] = y->dim[y->rank - 1 - transpose_y];
    return 0;
}

int mil_infer_softmax(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    int32_t axis = *op_ints(ref, "axis", NULL);
    *result = *op_type(ref, "x");
    if (axis_resolve(axis, result->rank) < 0)
        return op_fail(
            ref, error, "axis", "axis %d is outside a tensor of rank %d", axis, result->rank);
    return float_check(ref, "x", result, error);
}

/* Marks the axes listed in `axes`; each must exist and come once. */
static int axes_mark(
    struct op_ref ref, int rank, bool marked[MIL_RANK_MAX], struct mil_error *error) {
    int n;
    const int32_t *axes = op_ints(ref, "axes", &n);
    memset(marked, 0, MIL_RANK_MAX * sizeof *marked);
    for (int i = 0; i < n; i++) {
        int axis = axis_resolve(axes[i], rank);
        if (axis < 0 || marked[axis])
            return op_fail(ref, error, "axes", "axis %d is %s a tensor of rank %d", axes[i],
                axis < 0 ? "outside" : "listed twice for", rank);
        marked[axis] = true;
    }
    return 0;
}

int mil_infer_reduce(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    bool keep = *op_bools(ref, "keep_dims", NULL);
    bool reduced[MIL_RANK_MAX];
    if (float_check(ref, "x", x, error) < 0 || axes_mark(ref, x->rank, reduced, error) < 0)
        return -1;
    result->dtype = x->dtype;
    for (int i = 0; i < x->rank; i++)
        if (!reduced[i] || keep)
            result->dim[result->rank++] = reduced[i] ? 1 : x->dim[i];
    return 0;
}

int mil_infer_linear(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const struct mil_type *weight = op_type(ref, "weight");
    struct mil_type bias = {.dtype = x->dtype, .rank = 1};
    char x_text[MIL_TYPE_TEXT_MAX], w_text[MIL_TYPE_TEXT_MAX];
    if (float_check(ref, "x", x, error) < 0)
        return -1;
    if (x->rank < 1 || weight->rank != 2 || weight->dtype != x->dtype ||
        weight->dim[1] != x->dim[x->rank - 1])
        return op_fail(ref, error, "weight",
            "weight must be [out, in] of x's element type, with `in` x's last axis; found x %s and "
            "weight %s",
            mil_type_format(x_text, x), mil_type_format(w_text, weight));
    *result = *x;
    result->dim[x->rank - 1] = bias.dim[0] = weight->dim[0];
    return exact_check(ref, "bias", &bias, error);
}

int mil_infer_layer_norm(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    struct mil_type scale = {0};
    bool normed[MIL_RANK_MAX];
    *result = *op_type(ref, "x");
    if (float_check(ref, "x", result, error) < 0 || axes_mark(ref, result->rank, normed, error) < 0)
        return -1;
    scale.dtype = result->dtype;
    for (int i = 0; i < result->rank; i++)
        if (normed[i])
            scale.dim[scale.rank++] = result->dim[i];
    if (exact_check(ref, "gamma", &scale, error) < 0)
        return -1;
    return exact_check(ref, "beta", &scale, error);
}

int mil_infer_sdpa(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *query = op_type(ref, "query");
    const struct mil_type *key = op_type(ref, "key");
    const struct mil_type *value = op_type(ref, "value");
    const struct mil_type *mask = op_type(ref, "attn_mask");
    int rank = query->rank;
    char text[MIL_TYPE_TEXT_MAX];
    struct mil_type expected = *key;
    if (float_check(ref, "query", query, error) < 0)
        return -1;
    if (rank < 3)
        return op_fail(ref, error, "query", "query must be [batch..., length, width], found %s",
            mil_type_format(text, query));
    expected = *query;
    if (key->rank == rank)
        expected.dim[rank - 2] = key->dim[rank - 2];
    if (exact_check(ref, "key", &expected, error) < 0)
        return -1;
    if (value->rank == rank)
        expected.dim[rank - 1] = value->dim[rank - 1];
    if (exact_check(ref, "value", &expected, error) < 0)
        return -1;
    *result = *query;
    result->dim[rank - 1] = value->dim[rank - 1];
    if (!mask)
        return 0;
    expected = *query; /* the scores, to which the mask is stretched */
    expected.dim[rank - 1] = key->dim[rank - 2];
    if (mask->dtype != query->dtype && mask->dtype != MIL_BOOL)
        goto mask_fail;
    if (mask->rank != rank)
        goto mask_fail;
    for (int i = 0; i < rank; i++)
        if (mask->dim[i] != expected.dim[i] && mask->dim[i] != 1)
            goto mask_fail;
    return 0;
mask_fail:
    mil_type_format(text, mask);
    return op_fail(ref, error, "attn_mask",
        "attn_mask must be bool or query's type, of query's rank, and stretch to [batch..., query "
        "length, key length]; found %s",
        text);
}
