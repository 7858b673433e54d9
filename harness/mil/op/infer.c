/* SPDX-License-Identifier: MIT
 *
 * Types of results: operators that compute.
 */
#include "mil/op/infer.h"

#include <inttypes.h>

#include <string.h>

int infer_float_check(
    struct op_ref ref, const char *arg_name, const struct mil_type *type, struct mil_error *error) {
    char text[MIL_TYPE_TEXT_MAX];
    if (mil_dtype_is_float(type->dtype) && type->kind == MIL_TENSOR)
        return 0;
    return op_fail(ref, error, arg_name, "'%s' must be fp16 or fp32, found %s", arg_name,
        mil_type_format(text, type));
}

int infer_exact_check(struct op_ref ref, const char *arg_name, const struct mil_type *expected,
    struct mil_error *error) {
    const struct mil_type *type = op_type(ref, arg_name);
    char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
    if (!type || mil_type_equal(type, expected))
        return 0;
    return op_fail(ref, error, arg_name, "'%s' must be %s, found %s", arg_name,
        mil_type_format(want, expected), mil_type_format(found, type));
}

int infer_rank_check(
    struct op_ref ref, const char *arg_name, int least, int most, struct mil_error *error) {
    const struct mil_type *type = op_type(ref, arg_name);
    char text[MIL_TYPE_TEXT_MAX];
    if (type->rank >= least && type->rank <= most)
        return 0;
    return op_fail(ref, error, arg_name, "'%s' must have %d to %d axes, found %s", arg_name, least,
        most, mil_type_format(text, type));
}

int infer_ints_check(struct op_ref ref, const char *arg_name, int n_expected, int32_t least,
    struct mil_error *error) {
    int n;
    const int32_t *ints = op_ints(ref, arg_name, &n);
    if (!ints)
        return 0;
    if (n != n_expected)
        return op_fail(
            ref, error, arg_name, "'%s' must have %d elements, found %d", arg_name, n_expected, n);
    for (int i = 0; i < n; i++)
        if (ints[i] < least)
            return op_fail(ref, error, arg_name, "'%s' must be at least %d, found %d", arg_name,
                least, ints[i]);
    return 0;
}

int64_t infer_dim_broadcast(int64_t a, int64_t b) {
    return a == b || b == 1 ? a : a == 1 ? b : -1;
}

bool infer_broadcast(const struct mil_type *a, const struct mil_type *b, struct mil_type *out) {
    int rank = a->rank > b->rank ? a->rank : b->rank;
    out->rank = rank;
    for (int i = 0; i < rank; i++) {
        int in_a = i - (rank - a->rank), in_b = i - (rank - b->rank);
        out->dim[i] = infer_dim_broadcast(in_a < 0 ? 1 : a->dim[in_a], in_b < 0 ? 1 : b->dim[in_b]);
        if (out->dim[i] < 0)
            return false;
    }
    return true;
}

int infer_axis(
    struct op_ref ref, const char *arg_name, int absent, int rank, struct mil_error *error) {
    int axis = op_axis(ref, arg_name, absent, rank);
    if (axis < 0)
        op_fail(ref, error, arg_name, "axis %" PRId64 " is outside a tensor of rank %d",
            op_int(ref, arg_name, absent), rank);
    return axis;
}

int mil_infer_declared(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    (void)ref, (void)results, (void)error;
    return MIL_INFER_DECLARED;
}

int mil_infer_const(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    (void)error;
    results[0] = *ref.op->attrs[0].literal.type;
    return 0;
}

int mil_infer_same(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    (void)error;
    results[0] = *op_type(ref, "x");
    return 0;
}

int mil_infer_unary_number(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "x");
    if (results[0].dtype == MIL_INT32)
        return 0;
    return infer_float_check(ref, "x", results, error);
}

/* alpha and beta: one element per channel (axis 1). */
int mil_infer_channel_unary(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    struct mil_type channel = {.dtype = x->dtype, .rank = 1};
    if (infer_float_check(ref, "x", x, error) < 0 ||
        infer_rank_check(ref, "x", 2, MIL_RANK_MAX, error) < 0)
        return -1;
    results[0] = *x;
    channel.dim[0] = x->dim[1];
    if (infer_exact_check(ref, "alpha", &channel, error) < 0)
        return -1;
    return infer_exact_check(ref, "beta", &channel, error);
}

int mil_infer_compare(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x"), *y = op_type(ref, "y");
    char x_text[MIL_TYPE_TEXT_MAX], y_text[MIL_TYPE_TEXT_MAX];
    results[0].dtype = MIL_BOOL;
    if (x->dtype == y->dtype && infer_broadcast(x, y, results))
        return 0;
    return op_fail(ref, error, "y",
        "x and y must have the same element type, and each axis equal or of size 1; found %s and "
        "%s",
        mil_type_format(x_text, x), mil_type_format(y_text, y));
}

int mil_infer_select(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *cond = op_type(ref, "cond"), *a = op_type(ref, "a");
    const struct mil_type *b = op_type(ref, "b");
    struct mil_type both = {.dtype = a->dtype};
    char a_text[MIL_TYPE_TEXT_MAX], b_text[MIL_TYPE_TEXT_MAX], c_text[MIL_TYPE_TEXT_MAX];
    results[0].dtype = a->dtype;
    if (cond->dtype == MIL_BOOL && a->dtype == b->dtype && infer_broadcast(a, b, &both) &&
        infer_broadcast(&both, cond, results))
        return 0;
    return op_fail(ref, error, "cond",
        "cond must be bool, a and b of one element type, each axis equal or of size 1; found "
        "%.60s, %.60s, %.60s",
        mil_type_format(c_text, cond), mil_type_format(a_text, a), mil_type_format(b_text, b));
}

/* One element per channel (axis 1). */
static int channel_params_check(struct op_ref ref, struct mil_error *error) {
    static const char *const names[] = {"mean", "variance", "gamma", "beta"};
    const struct mil_type *x = op_type(ref, "x");
    struct mil_type channel = {.dtype = x->dtype, .rank = 1};
    if (infer_float_check(ref, "x", x, error) < 0 || infer_rank_check(ref, "x", 3, 5, error) < 0)
        return -1;
    channel.dim[0] = x->dim[1];
    for (int i = 0; i < 4; i++)
        if (infer_exact_check(ref, names[i], &channel, error) < 0)
            return -1;
    return 0;
}

int mil_infer_batch_norm(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "x");
    return channel_params_check(ref, error);
}

int mil_infer_instance_norm(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "x");
    return channel_params_check(ref, error);
}

int mil_infer_cumsum(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "x");
    return infer_axis(ref, "axis", 0, results[0].rank, error) < 0 ? -1 : 0;
}

int mil_infer_unary(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    *result = *op_type(ref, "x");
    return infer_float_check(ref, "x", result, error);
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
    const struct mil_type *x = op_type(ref, "x"), *y = op_type(ref, "y");
    char x_text[MIL_TYPE_TEXT_MAX], y_text[MIL_TYPE_TEXT_MAX];
    if (x->dtype != MIL_INT32 && infer_float_check(ref, "x", x, error) < 0)
        return -1;
    result->dtype = x->dtype;
    if (x->dtype == y->dtype && x->kind == MIL_TENSOR && y->kind == MIL_TENSOR &&
        infer_broadcast(x, y, result))
        return 0;
    return op_fail(ref, error, "y",
        "x and y must have the same element type, and each axis, counted from the last, equal or "
        "of size 1; found %s and %s",
        mil_type_format(x_text, x), mil_type_format(y_text, y));
}

int mil_infer_matmul(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const struct mil_type *y = op_type(ref, "y");
    int transpose_x = op_bool(ref, "transpose_x", false);
    int transpose_y = op_bool(ref, "transpose_y", false);
    int rank = x->rank > y->rank ? x->rank : y->rank;
    char x_text[MIL_TYPE_TEXT_MAX], y_text[MIL_TYPE_TEXT_MAX];
    mil_type_format(x_text, x);
    mil_type_format(y_text, y);
    if (infer_float_check(ref, "x", x, error) < 0)
        return -1;
    if (x->rank < 2 || y->rank < 2 || x->dtype != y->dtype)
        return op_fail(ref, error, "y",
            "x and y must have the same element type and rank 2 or more, found %s and %s", x_text,
            y_text);
    if (x->dim[x->rank - 1 - transpose_x] != y->dim[y->rank - 2 + transpose_y])
        return op_fail(ref, error, "y",
            "the inner sizes differ: x %s with transpose_x=%s, y %s with transpose_y=%s", x_text,
            transpose_x ? "true" : "false", y_text, transpose_y ? "true" : "false");
    *result = (struct mil_type){.dtype = x->dtype, .rank = rank};
    for (int i = 0; i < rank - 2; i++) {
        int x_axis = i - (rank - x->rank), y_axis = i - (rank - y->rank);
        result->dim[i] =
            infer_dim_broadcast(x_axis < 0 ? 1 : x->dim[x_axis], y_axis < 0 ? 1 : y->dim[y_axis]);
        if (result->dim[i] < 0)
            return op_fail(ref, error, "y",
                "the leading axes of x %s and y %s are neither equal nor 1", x_text, y_text);
    }
    result->dim[rank - 2] = x->dim[x->rank - 2 + transpose_x];
    result->dim[rank - 1] = y->dim[y->rank - 1 - transpose_y];
    return 0;
}

int mil_infer_softmax(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    *result = *op_type(ref, "x");
    if (infer_axis(ref, "axis", -1, result->rank, error) < 0)
        return -1;
    return infer_float_check(ref, "x", result, error);
}

int mil_infer_reduce_arg(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const char *dtype = op_string(ref, "output_dtype", "int32");
    int axis = infer_axis(ref, "axis", -1, x->rank, error);
    int found = mil_dtype_find(dtype, strlen(dtype));
    if (axis < 0)
        return -1;
    if (found < 0)
        return op_fail(ref, error, "output_dtype", "unknown type '%.20s'", dtype);
    result->dtype = (enum mil_dtype)found;
    for (int i = 0; i < x->rank; i++)
        if (i != axis || op_bool(ref, "keep_dims", false))
            result->dim[result->rank++] = i == axis ? 1 : x->dim[i];
    return 0;
}

int mil_infer_reduce(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    bool keep = op_bool(ref, "keep_dims", false);
    bool reduced[MIL_RANK_MAX];
    if (x->dtype != MIL_INT32 && infer_float_check(ref, "x", x, error) < 0)
        return -1;
    if (op_axes_mark(ref, x->rank, reduced, error) < 0)
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
    if (infer_float_check(ref, "x", x, error) < 0)
        return -1;
    if (x->rank < 1 || weight->rank != 2 || weight->dtype != x->dtype ||
        weight->dim[1] != x->dim[x->rank - 1])
        return op_fail(ref, error, "weight",
            "weight must be [out, in] of x's element type, with `in` x's last axis; found x %s and "
            "weight %s",
            mil_type_format(x_text, x), mil_type_format(w_text, weight));
    *result = *x;
    result->dim[x->rank - 1] = bias.dim[0] = weight->dim[0];
    return infer_exact_check(ref, "bias", &bias, error);
}

int mil_infer_layer_norm(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    struct mil_type scale = {0};
    bool normed[MIL_RANK_MAX];
    *result = *op_type(ref, "x");
    if (infer_float_check(ref, "x", result, error) < 0 ||
        op_axes_mark(ref, result->rank, normed, error) < 0)
        return -1;
    scale.dtype = result->dtype;
    for (int i = 0; i < result->rank; i++)
        if (normed[i])
            scale.dim[scale.rank++] = result->dim[i];
    if (infer_exact_check(ref, "gamma", &scale, error) < 0)
        return -1;
    return infer_exact_check(ref, "beta", &scale, error);
}

int mil_infer_sdpa(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *query = op_type(ref, "query");
    const struct mil_type *key = op_type(ref, "key");
    const struct mil_type *value = op_type(ref, "value");
    const struct mil_type *mask = op_type(ref, "attn_mask");
    int rank = query->rank;
    char text[MIL_TYPE_TEXT_MAX];
    struct mil_type expected = *key;
    if (infer_float_check(ref, "query", query, error) < 0)
        return -1;
    if (rank < 3)
        return op_fail(ref, error, "query", "query must be [batch..., length, width], found %s",
            mil_type_format(text, query));
    expected = *query;
    if (key->rank == rank)
        expected.dim[rank - 2] = key->dim[rank - 2];
    if (infer_exact_check(ref, "key", &expected, error) < 0)
        return -1;
    if (value->rank == rank)
        expected.dim[rank - 1] = value->dim[rank - 1];
    if (infer_exact_check(ref, "value", &expected, error) < 0)
        return -1;
    *result = *query;
    result->dim[rank - 1] = value->dim[rank - 1];
    if (!mask)
        return 0;
    expected = *query; /* the scores, to which the mask is broadcast */
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
        "attn_mask must be bool or query's type, have query's rank, and broadcast to [batch..., "
        "query length, key length]; found %s",
        text);
}
