/* SPDX-License-Identifier: MIT
 *
 * Types of results: operators that move or convert elements.
 */
#include "mil/op/infer.h"

#include <inttypes.h>
#include <string.h>

/* A const int32 list that must have one element per axis. */
static const int32_t *axis_ints(
    struct op_ref ref, const char *name, int rank, struct mil_error *error) {
    int n;
    const int32_t *ints = op_ints(ref, name, &n);
    if (ints && n == rank)
        return ints;
    op_fail(
        ref, error, name, "'%s' must have %d elements, one per axis of x; found %d", name, rank, n);
    return NULL;
}

int mil_infer_identity(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    *result = *op_type(ref, "x");
    if (result->dtype == MIL_STRING)
        return op_fail(ref, error, "x", "'x' must not be a string");
    return 0;
}

int mil_infer_reshape(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int64_t elements = mil_type_elements(x), known = 1;
    int n, open = -1;
    const int32_t *shape = op_ints(ref, "shape", &n);
    char text[MIL_TYPE_TEXT_MAX];
    mil_type_format(text, x);
    if (n > MIL_RANK_MAX)
        return op_fail(ref, error, "shape", "'shape' has %d axes, at most 8 are allowed", n);
    *result = (struct mil_type){.dtype = x->dtype, .rank = n};
    for (int i = 0; i < n; i++) {
        result->dim[i] = shape[i];
        if (shape[i] == -1 && open < 0) {
            open = i;
            continue;
        }
        if (shape[i] < 1)
            return op_fail(ref, error, "shape",
                "'shape' must be positive, with at most one -1; found %d", shape[i]);
        known = known > elements / shape[i] ? elements + 1 : known * shape[i];
    }
    if (open >= 0 && known <= elements)
        result->dim[open] = elements / known;
    if (known > elements || known * (open < 0 ? 1 : result->dim[open]) != elements)
        return op_fail(ref, error, "shape",
            "x %s has %" PRId64 " elements; 'shape' has another number", text, elements);
    return 0;
}

int mil_infer_transpose(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const int32_t *perm = axis_ints(ref, "perm", x->rank, error);
    bool used[MIL_RANK_MAX] = {false};
    if (!perm)
        return -1;
    *result = *x;
    for (int i = 0; i < x->rank; i++) {
        int axis = perm[i] < 0 ? perm[i] + x->rank : perm[i];
        if (axis < 0 || axis >= x->rank || used[axis])
            return op_fail(ref, error, "perm",
                "'perm' must name each of the %d axes once; %d is out of range or listed twice",
                x->rank, perm[i]);
        used[axis] = true;
        result->dim[i] = x->dim[axis];
    }
    return 0;
}

int mil_infer_concat(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_arg *values = mil_op_arg(ref.op, "values");
    int axis;
    const struct mil_type *first;
    int64_t along = 0;
    char found[MIL_TYPE_TEXT_MAX], want[MIL_TYPE_TEXT_MAX];
    if (values->n_values < 1)
        return op_fail(ref, error, "values", "'values' is empty");
    first = ref.function->values[values->values[0]].type;
    *result = *first;
    /* scalars make a vector */
    axis = infer_axis(ref, "axis", 0, first->rank > 0 ? first->rank : 1, error);
    if (axis < 0)
        return -1;
    if (first->rank == 0)
        result->rank = 1;
    for (int i = 0; i < values->n_values; i++) {
        struct mil_type type = *ref.function->values[values->values[i]].type;
        int64_t dim = first->rank > 0 ? type.dim[axis] : 1;
        type.dim[axis] = first->dim[axis];
        if (!mil_type_equal(&type, first)) {
            type.dim[axis] = dim;
            return op_fail(ref, error, "values",
                "value %d is %s, which differs from the first, %s, in more than axis %d", i,
                mil_type_format(found, &type), mil_type_format(want, first), axis);
        }
        along += dim; /* cannot overflow: below 2^31 values of below 2^31 */
    }
    result->dim[axis] = along;
    return 0;
}

int mil_infer_slice_by_size(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const int32_t *begin = axis_ints(ref, "begin", x->rank, error);
    const int32_t *size = begin ? axis_ints(ref, "size", x->rank, error) : NULL;
    if (!size)
        return -1;
    *result = *x;
    for (int i = 0; i < x->rank; i++) {
        int64_t length = size[i] == -1 ? x->dim[i] - begin[i] : size[i]; /* -1: all the rest */
        if (begin[i] < 0 || length < 1 || begin[i] + length > x->dim[i])
            return op_fail(ref, error, "size",
                "axis %d: begin %d and size %d do not lie within its %" PRId64 " elements", i,
                begin[i], size[i], x->dim[i]);
        result->dim[i] = length;
    }
    return 0;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

int op_slice_resolve(struct op_ref ref, struct op_slice *out, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const int32_t *begin = axis_ints(ref, "begin", x->rank, error);
    const int32_t *end = begin ? axis_ints(ref, "end", x->rank, error) : NULL;
    const int32_t *stride = NULL;
    const bool *mask[3] = {NULL};
    static const char *const mask_name[3] = {"begin_mask", "end_mask", "squeeze_mask"};
    if (!end)
        return -1;
    if (mil_op_arg(ref.op, "stride") && !(stride = axis_ints(ref, "stride", x->rank, error)))
        return -1;
    for (int i = 0; i < 3; i++) {
        int n;
        mask[i] = op_bools(ref, mask_name[i], &n);
        if (mask[i] && n != x->rank)
            return op_fail(ref, error, mask_name[i],
                "'%s' must have %d elements, one per axis of x; found %d", mask_name[i], x->rank,
                n);
    }
    for (int i = 0; i < x->rank; i++) {
        int64_t dim = x->dim[i], step = stride ? stride[i] : 1;
        int64_t from = begin[i] < 0 ? begin[i] + dim : begin[i];
        int64_t to = end[i] < 0 ? end[i] + dim : end[i];
        out->squeeze[i] = mask[2] && mask[2][i];
        if (step == 0)
            return op_fail(ref, error, "stride", "axis %d: stride must not be 0", i);
        if (out->squeeze[i]) { /* one element; end and stride are ignored */
            step = 1;
            to = from + 1;
        } else {
            from = clamp(from, step > 0 ? 0 : -1, step > 0 ? dim : dim - 1);
            to = clamp(to, step > 0 ? 0 : -1, step > 0 ? dim : dim - 1);
            if (mask[0] && mask[0][i])
                from = step > 0 ? 0 : dim - 1;
            if (mask[1] && mask[1][i])
                to = step > 0 ? dim : -1;
        }
        out->begin[i] = from;
        out->step[i] = step;
        out->size[i] = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
        if (from < 0 || from >= dim || out->size[i] < 1)
            return op_fail(ref, error, "end",
                "axis %d: begin %d and end %d select nothing of its %" PRId64 " elements", i,
                begin[i], end[i], dim);
    }
    return 0;
}

int mil_infer_slice_by_index(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    struct op_slice slice;
    if (op_slice_resolve(ref, &slice, error) < 0)
        return -1;
    result->dtype = x->dtype;
    for (int i = 0; i < x->rank; i++)
        if (!slice.squeeze[i])
            result->dim[result->rank++] = slice.size[i];
    return 0;
}

int mil_infer_tile(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const int32_t *reps = axis_ints(ref, "reps", x->rank, error);
    if (!reps)
        return -1;
    *result = *x;
    for (int i = 0; i < x->rank; i++)
        result->dim[i] *= reps[i]; /* below 2^62; the caller checks the whole */
    return 0;
}

/* The type named by a dtype argument, -1 and *error when it is not one of those. */
int infer_dtype(struct op_ref ref, const char *name, bool is_quantized, struct mil_error *error) {
    const char *text = op_string(ref, name, NULL);
    int dtype = mil_dtype_find(text, strlen(text));
    bool fits = dtype >= 0 && dtype != MIL_STRING &&
                (!is_quantized || dtype == MIL_INT8 || dtype == MIL_UINT8 || dtype == MIL_INT4 ||
                    dtype == MIL_UINT4);
    if (fits)
        return dtype;
    return op_fail(ref, error, name, "'%s' must be %s, found '%.40s'", name,
        is_quantized ? "int8, uint8, int4 or uint4" : "a numeric type, such as fp16 or int32",
        text);
}

int mil_infer_cast(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int dtype = infer_dtype(ref, "dtype", false, error);
    if (dtype < 0)
        return -1;
    if (x->dtype == MIL_STRING || x->kind != MIL_TENSOR)
        return op_fail(ref, error, "x", "'x' must not be %s", mil_dtype_name(x->dtype));
    *result = *x;
    result->dtype = (enum mil_dtype)dtype;
    return 0;
}
