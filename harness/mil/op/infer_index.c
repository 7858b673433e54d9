/* SPDX-License-Identifier: MIT
 *
 * Types of results: operators that look up, sort or generate elements.
 */
#include "mil/op/infer.h"

#include <inttypes.h>
#include <string.h>

static int integer_check(struct op_ref ref, const char *name, struct mil_error *error) {
    const struct mil_type *type = op_type(ref, name);
    char text[MIL_TYPE_TEXT_MAX];
    if (!mil_dtype_is_float(type->dtype) && type->dtype != MIL_STRING && type->dtype != MIL_BOOL)
        return 0;
    return op_fail(
        ref, error, name, "'%s' must be integers, found %s", name, mil_type_format(text, type));
}

/* x[:axis] + indices[batch_dims:] + x[axis+1:]. */
static int gather_shape(
    struct op_ref ref, const struct mil_type *x, struct mil_type *out, struct mil_error *error) {
    const struct mil_type *indices = op_type(ref, "indices");
    int axis = infer_axis(ref, "axis", 0, x->rank, error);
    int64_t batch = op_int(ref, "batch_dims", 0);
    if (axis < 0 || integer_check(ref, "indices", error) < 0)
        return -1;
    if (batch < 0 || batch > axis || batch > indices->rank)
        return op_fail(ref, error, "batch_dims",
            "'batch_dims' %" PRId64 " must be at most 'axis' and the rank of 'indices'", batch);
    for (int i = 0; i < batch; i++)
        if (x->dim[i] != indices->dim[i])
            return op_fail(
                ref, error, "indices", "the first %" PRId64 " axes of x and indices differ", batch);
    if (x->rank - 1 + indices->rank - batch > MIL_RANK_MAX)
        return op_fail(ref, error, "indices", "the result has more than 8 dimensions");
    out->dtype = x->dtype;
    out->rank = 0;
    for (int i = 0; i < axis; i++)
        out->dim[out->rank++] = x->dim[i];
    for (int i = (int)batch; i < indices->rank; i++)
        out->dim[out->rank++] = indices->dim[i];
    for (int i = axis + 1; i < x->rank; i++)
        out->dim[out->rank++] = x->dim[i];
    return 0;
}

int mil_infer_gather(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return gather_shape(ref, op_type(ref, "x"), results, error);
}

static int updates_check(
    struct op_ref ref, const struct mil_type *expected, struct mil_error *error) {
    static const char *const modes[] = {"add", "sub", "mul", "div", "max", "min", "update"};
    const char *mode = op_string(ref, "mode", "add");
    bool known = false;
    for (int i = 0; i < 7; i++)
        known = known || strcmp(mode, modes[i]) == 0;
    if (!known)
        return op_fail(ref, error, "mode",
            "'mode' must be add, sub, mul, div, max, min or update, found '%.20s'", mode);
    return infer_exact_check(ref, "updates", expected, error);
}

int mil_infer_scatter(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    struct mil_type updates = {.rank = 0};
    results[0] = *op_type(ref, "data");
    if (gather_shape(ref, results, &updates, error) < 0)
        return -1;
    return updates_check(ref, &updates, error);
}

static int along_axis_check(struct op_ref ref, const struct mil_type *x, struct mil_error *error) {
    const struct mil_type *indices = op_type(ref, "indices");
    int axis = infer_axis(ref, "axis", 0, x->rank, error);
    if (axis < 0 || integer_check(ref, "indices", error) < 0)
        return -1;
    for (int i = 0; i < x->rank; i++)
        if (indices->rank != x->rank || (i != axis && indices->dim[i] != x->dim[i]))
            return op_fail(
                ref, error, "indices", "'indices' must have the data's shape except along 'axis'");
    return 0;
}

int mil_infer_gather_along_axis(
    struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    results[0] = *op_type(ref, "indices");
    results[0].dtype = x->dtype;
    return along_axis_check(ref, x, error);
}

int mil_infer_scatter_along_axis(
    struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    struct mil_type updates = *op_type(ref, "indices");
    results[0] = *op_type(ref, "data");
    updates.dtype = results[0].dtype;
    if (along_axis_check(ref, results, error) < 0)
        return -1;
    return updates_check(ref, &updates, error);
}

/* indices [batch..., k] name k axes of x behind its batch. */
static int gather_nd_shape(
    struct op_ref ref, const struct mil_type *x, struct mil_type *out, struct mil_error *error) {
    const struct mil_type *indices = op_type(ref, "indices");
    int64_t batch = op_int(ref, "batch_dims", 0), k;
    if (integer_check(ref, "indices", error) < 0 ||
        infer_rank_check(ref, "indices", 1, MIL_RANK_MAX, error) < 0)
        return -1;
    k = indices->dim[indices->rank - 1];
    if (batch < 0 || batch >= indices->rank || batch + k > x->rank ||
        indices->rank - 1 + x->rank - batch - k > MIL_RANK_MAX)
        return op_fail(ref, error, "indices",
            "the last axis of 'indices' names %" PRId64 " axes, more than x has", k);
    for (int i = 0; i < batch; i++)
        if (x->dim[i] != indices->dim[i])
            return op_fail(
                ref, error, "indices", "the first %" PRId64 " axes of x and indices differ", batch);
    out->dtype = x->dtype;
    out->rank = 0;
    for (int i = 0; i < indices->rank - 1; i++)
        out->dim[out->rank++] = indices->dim[i];
    for (int i = (int)(batch + k); i < x->rank; i++)
        out->dim[out->rank++] = x->dim[i];
    return 0;
}

int mil_infer_gather_nd(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return gather_nd_shape(ref, op_type(ref, "x"), results, error);
}

int mil_infer_scatter_nd(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    struct mil_type updates = {.rank = 0};
    results[0] = *op_type(ref, "data");
    if (gather_nd_shape(ref, results, &updates, error) < 0)
        return -1;
    return updates_check(ref, &updates, error);
}

int mil_infer_argsort(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "x");
    results[0].dtype = MIL_INT32;
    return infer_axis(ref, "axis", -1, results[0].rank, error) < 0 ? -1 : 0;
}

int mil_infer_topk(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const char *dtype = op_string(ref, "output_indices_dtype", "int32");
    int axis = infer_axis(ref, "axis", -1, x->rank, error), n = ref.op->n_results;
    int found = mil_dtype_find(dtype, strlen(dtype));
    int64_t k = op_int(ref, "k", 1);
    if (axis < 0)
        return -1;
    if (found < 0)
        return op_fail(ref, error, "output_indices_dtype", "unknown type '%.20s'", dtype);
    if (k == -1)
        k = x->dim[axis];
    if (k < 1 || k > x->dim[axis])
        return op_fail(ref, error, "k", "k %" PRId64 " is not within the %" PRId64 " elements", k,
            x->dim[axis]);
    if (n != 1 + op_bool(ref, "return_indices", true))
        return op_fail(ref, error, "return_indices", "%d results are declared", n);
    results[0] = *x;
    results[0].dim[axis] = k;
    if (n > 1) {
        results[1] = results[0];
        results[1].dtype = (enum mil_dtype)found;
    }
    return 0;
}

int mil_infer_one_hot(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *indices = op_type(ref, "indices"), *on = op_type(ref, "on_value");
    const struct mil_type *off = op_type(ref, "off_value");
    int axis = infer_axis(ref, "axis", -1, indices->rank + 1, error);
    if (axis < 0 || infer_rank_check(ref, "indices", 0, MIL_RANK_MAX - 1, error) < 0)
        return -1;
    results[0].dtype = on ? on->dtype : off ? off->dtype : MIL_INT32;
    for (int i = 0; i <= indices->rank; i++)
        results[0].dim[results[0].rank++] = i == axis  ? op_int(ref, "one_hot_vector_size", 1)
                                            : i < axis ? indices->dim[i]
                                                       : indices->dim[i - 1];
    return 0;
}

static int shape_setting(struct op_ref ref, struct mil_type *out, struct mil_error *error) {
    int n;
    const int32_t *shape = op_ints(ref, "shape", &n);
    if (n > MIL_RANK_MAX)
        return op_fail(ref, error, "shape", "'shape' has %d axes, at most 8 are allowed", n);
    out->rank = n;
    for (int i = 0; i < n; i++)
        out->dim[i] = shape[i];
    return 0;
}

int mil_infer_fill(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *value = op_type(ref, "value");
    results[0].dtype = value ? value->dtype : MIL_FP32;
    return shape_setting(ref, results, error);
}

int mil_infer_fill_like(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *value = op_type(ref, "value");
    (void)error;
    results[0] = *op_type(ref, "ref_tensor");
    results[0].dtype = value ? value->dtype : MIL_FP32;
    return 0;
}

int mil_infer_random(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    static const char *const names[] = {"prob", "mean", "stddev", "low", "high"};
    results[0].dtype = MIL_FP32;
    for (int i = 0; i < 5; i++)
        if (op_type(ref, names[i]))
            results[0].dtype = op_type(ref, names[i])->dtype;
    return shape_setting(ref, results, error);
}

int mil_infer_range_1d(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    double start = op_number(ref, "start", 0), end = op_number(ref, "end", 0);
    double step = op_number(ref, "step", 1), n = step != 0 ? (end - start) / step : 0;
    if (!(n > 0 && n < INT32_MAX))
        return op_fail(
            ref, error, "step", "from %g to %g by %g gives no elements", start, end, step);
    results[0] = (struct mil_type){.dtype = op_type(ref, "start")->dtype, .rank = 1};
    results[0].dim[0] = (int64_t)n + ((double)(int64_t)n < n);
    return 0;
}

int mil_infer_shape(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = (struct mil_type){.dtype = MIL_INT32, .rank = 1};
    results[0].dim[0] = op_type(ref, "x")->rank;
    return results[0].dim[0] > 0 ? 0 : op_fail(ref, error, "x", "a scalar has no shape");
}
