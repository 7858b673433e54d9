/* SPDX-License-Identifier: MIT
 *
 * Types of results: operators that rearrange axes.
 */
#include "mil/op/infer.h"

#include <inttypes.h>

int mil_infer_expand_dims(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    bool added[MIL_RANK_MAX] = {false};
    int n, rank, from = 0;
    const int32_t *axes = op_ints(ref, "axes", &n);
    rank = x->rank + n;
    if (rank > MIL_RANK_MAX)
        return op_fail(ref, error, "axes", "the result has more than 8 dimensions");
    for (int i = 0; i < n; i++) {
        int64_t axis = axes[i] < 0 ? (int64_t)axes[i] + rank : axes[i];
        if (axis < 0 || axis >= rank || added[axis])
            return op_fail(ref, error, "axes",
                "axis %d is out of range for rank %d or listed twice", axes[i], rank);
        added[axis] = true;
    }
    results[0] = (struct mil_type){.dtype = x->dtype, .rank = rank};
    for (int i = 0; i < rank; i++)
        results[0].dim[i] = added[i] ? 1 : x->dim[from++];
    return 0;
}

/* Without axes: all those of size 1. */
int mil_infer_squeeze(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    bool marked[MIL_RANK_MAX], all = !mil_op_arg(ref.op, "axes");
    if (op_axes_mark(ref, x->rank, marked, error) < 0)
        return -1;
    results[0].dtype = x->dtype;
    for (int i = 0; i < x->rank; i++) {
        if (marked[i] && x->dim[i] != 1 && !all)
            return op_fail(
                ref, error, "axes", "axis %d has %" PRId64 " elements, not 1", i, x->dim[i]);
        if (!marked[i] || x->dim[i] != 1)
            results[0].dim[results[0].rank++] = x->dim[i];
    }
    return 0;
}

int mil_infer_flatten2d(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int64_t axis = op_int(ref, "axis", 1);
    if (axis < 0)
        axis += x->rank;
    if (axis < 0 || axis > x->rank)
        return op_fail(
            ref, error, "axis", "axis %" PRId64 " is out of range for rank %d", axis, x->rank);
    results[0] = (struct mil_type){.dtype = x->dtype, .rank = 2, .dim = {1, 1}};
    for (int i = 0; i < x->rank; i++)
        results[0].dim[i >= axis] *= x->dim[i];
    return 0;
}

int mil_infer_split(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int axis = infer_axis(ref, "axis", 0, x->rank, error), n, n_results = ref.op->n_results;
    const int32_t *sizes = op_ints(ref, "split_sizes", &n);
    int64_t parts = sizes ? n : op_int(ref, "num_splits", 0), sum = 0;
    if (axis < 0)
        return -1;
    if (parts != n_results)
        return op_fail(ref, error, sizes ? "split_sizes" : "num_splits",
            "%d results are declared, but it makes %" PRId64, n_results, parts);
    for (int i = 0; i < n_results; i++) {
        results[i] = *x;
        results[i].dim[axis] = sizes ? sizes[i] : x->dim[axis] / parts;
        sum += results[i].dim[axis];
    }
    return sum == x->dim[axis]
               ? 0
               : op_fail(ref, error, "x",
                     "the parts have %" PRId64 " elements along axis %d, x %" PRId64, sum, axis,
                     x->dim[axis]);
}

int mil_infer_stack(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_arg *values = mil_op_arg(ref.op, "values");
    const struct mil_type *first;
    int axis;
    if (values->n_values < 1)
        return op_fail(ref, error, "values", "'values' is empty");
    first = ref.function->values[values->values[0]].type;
    if (first->rank >= MIL_RANK_MAX)
        return op_fail(ref, error, "values", "the result has more than 8 dimensions");
    axis = infer_axis(ref, "axis", 0, first->rank + 1, error);
    if (axis < 0)
        return -1;
    for (int i = 1; i < values->n_values; i++)
        if (!mil_type_equal(first, ref.function->values[values->values[i]].type))
            return op_fail(ref, error, "values", "value %d differs from the first", i);
    results[0].dtype = first->dtype;
    for (int i = 0; i <= first->rank; i++)
        results[0].dim[results[0].rank++] = i == axis  ? values->n_values
                                            : i < axis ? first->dim[i]
                                                       : first->dim[i - 1];
    return 0;
}

/* Channels to and from the two spatial axes. */
static int blocks(struct op_ref ref, struct mil_type *results, const char *name, bool to_space,
    struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int64_t block = op_int(ref, name, 1), square = block * block;
    char text[MIL_TYPE_TEXT_MAX];
    if (infer_rank_check(ref, "x", 4, 4, error) < 0)
        return -1;
    if (block < 1 || block > 4096 ||
        (to_space ? x->dim[1] % square : x->dim[2] % block + x->dim[3] % block) != 0)
        return op_fail(ref, error, name, "a block of %" PRId64 " does not divide %s", block,
            mil_type_format(text, x));
    results[0] = *x;
    results[0].dim[1] = to_space ? x->dim[1] / square : x->dim[1] * square;
    for (int i = 2; i < 4; i++)
        results[0].dim[i] = to_space ? x->dim[i] * block : x->dim[i] / block;
    return 0;
}

int mil_infer_depth_to_space(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return blocks(ref, results, "block_size", true, error);
}

int mil_infer_space_to_depth(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return blocks(ref, results, "block_size", false, error);
}

int mil_infer_pixel_shuffle(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return blocks(ref, results, "upscale_factor", true, error);
}

int mil_infer_pixel_unshuffle(
    struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return blocks(ref, results, "downscale_factor", false, error);
}

/* [2, 2] int32: before and after each of the two spatial axes. */
static const int32_t *margins(struct op_ref ref, const char *name, struct mil_error *error) {
    const struct mil_literal *literal = op_literal(ref, name);
    if (literal && literal->data && literal->type->dtype == MIL_INT32 &&
        mil_type_elements(literal->type) == 4)
        return literal->data;
    op_fail(ref, error, name, "'%s' must be an inline tensor<int32, [2, 2]>", name);
    return NULL;
}

int mil_infer_space_to_batch(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const int32_t *block = op_ints(ref, "block_shape", NULL);
    const int32_t *pad = margins(ref, "paddings", error);
    if (!pad || infer_rank_check(ref, "x", 4, 4, error) < 0 ||
        infer_ints_check(ref, "block_shape", 2, 1, error) < 0)
        return -1;
    results[0] = *x;
    for (int i = 0; i < 2; i++) {
        int64_t padded = x->dim[2 + i] + pad[i * 2] + pad[i * 2 + 1];
        if (pad[i * 2] < 0 || pad[i * 2 + 1] < 0 || padded % block[i] != 0)
            return op_fail(
                ref, error, "block_shape", "axis %d is not a multiple of the block", 2 + i);
        results[0].dim[2 + i] = padded / block[i];
        results[0].dim[0] *= block[i];
    }
    return 0;
}

int mil_infer_batch_to_space(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    const int32_t *block = op_ints(ref, "block_shape", NULL);
    const int32_t *crop = margins(ref, "crops", error);
    if (!crop || infer_rank_check(ref, "x", 4, 4, error) < 0 ||
        infer_ints_check(ref, "block_shape", 2, 1, error) < 0)
        return -1;
    results[0] = *x;
    if (x->dim[0] % ((int64_t)block[0] * block[1]) != 0)
        return op_fail(ref, error, "block_shape", "the batch is not a multiple of the blocks");
    results[0].dim[0] = x->dim[0] / ((int64_t)block[0] * block[1]);
    for (int i = 0; i < 2; i++) {
        if (crop[i * 2] < 0 || crop[i * 2 + 1] < 0)
            return op_fail(ref, error, "crops", "'crops' must not be negative");
        results[0].dim[2 + i] = x->dim[2 + i] * block[i] - crop[i * 2] - crop[i * 2 + 1];
    }
    return 0;
}

int mil_infer_sliding_windows(
    struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int axis = infer_axis(ref, "axis", 0, x->rank, error), to = 0;
    int64_t size = op_int(ref, "size", 1), stride = op_int(ref, "stride", 1);
    if (axis < 0 || infer_rank_check(ref, "x", 1, MIL_RANK_MAX - 1, error) < 0)
        return -1;
    if (size < 1 || stride < 1 || size > x->dim[axis])
        return op_fail(ref, error, "size", "windows of %" PRId64 " do not fit axis %d", size, axis);
    results[0] = (struct mil_type){.dtype = x->dtype, .rank = x->rank + 1};
    for (int i = 0; i < x->rank; i++) {
        results[0].dim[to++] = i == axis ? (x->dim[i] - size) / stride + 1 : x->dim[i];
        if (i == axis)
            results[0].dim[to++] = size;
    }
    return 0;
}

/* Pairs for the last axes; reflect needs more elements than it adds. */
int mil_infer_pad(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int n;
    const int32_t *pad = op_ints(ref, "pad", &n);
    if (n % 2 != 0 || n / 2 > x->rank)
        return op_fail(ref, error, "pad",
            "'pad' must have two elements per axis, for at most %d axes", x->rank);
    results[0] = *x;
    for (int i = 0; i < n / 2; i++) {
        int axis = x->rank - n / 2 + i;
        if (pad[i * 2] < 0 || pad[i * 2 + 1] < 0)
            return op_fail(ref, error, "pad", "'pad' must not be negative");
        results[0].dim[axis] += (int64_t)pad[i * 2] + pad[i * 2 + 1];
    }
    return 0;
}

int mil_infer_crop(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    static const char *const names[] = {"crop_height", "crop_width"};
    if (infer_rank_check(ref, "x", 3, MIL_RANK_MAX, error) < 0)
        return -1;
    results[0] = *op_type(ref, "x");
    for (int i = 0; i < 2; i++) {
        const int32_t *crop = op_ints(ref, names[i], NULL);
        if (infer_ints_check(ref, names[i], 2, 0, error) < 0)
            return -1;
        results[0].dim[results[0].rank - 2 + i] -= (int64_t)crop[0] + crop[1];
    }
    return 0;
}

int mil_infer_read_state(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "input");
    if (results[0].kind != MIL_STATE)
        return op_fail(ref, error, "input", "'input' must be a state");
    results[0].kind = MIL_TENSOR;
    return 0;
}

/* coreml_update_state gives the new value; write_state of compiled programs gives nothing. */
int mil_infer_update_state(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    bool is_write = ref.op->code == MIL_OP_WRITE_STATE;
    const char *state_name = is_write ? "input" : "state",
               *value_name = is_write ? "data" : "value";
    struct mil_type type = *op_type(ref, state_name);
    if (type.kind != MIL_STATE)
        return op_fail(ref, error, state_name, "'%s' must be a state", state_name);
    type.kind = MIL_TENSOR;
    if (ref.op->n_results > 0)
        results[0] = type;
    return infer_exact_check(ref, value_name, &type, error);
}

int mil_infer_slice_update(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    struct mil_type part = {.rank = 0};
    results[0] = *op_type(ref, "x");
    if (mil_infer_slice_by_index(ref, &part, error) < 0)
        return -1;
    return infer_exact_check(ref, "update", &part, error);
}
