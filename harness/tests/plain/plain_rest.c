/* SPDX-License-Identifier: MIT
 *
 * What fills, crops, writes into a slice, and moves blocks between batch and space.
 */
#include "plain.h"

#include <string.h>

static void fill(const struct plain_call *c) {
    const struct plain *like = plain_arg(c, "ref_tensor");
    int64_t dim[PLAIN_RANK] = {0};
    const int rank = like ? like->rank : plain_length(c, "shape");
    for (int i = 0; i < rank; i++)
        dim[i] = like ? like->dim[i] : plain_int(c, "shape", i, 0);
    c->out[0] = plain_new(rank, dim);
    for (int64_t i = 0; i < plain_count(&c->out[0]); i++)
        c->out[0].data[i] = plain_number(c, "value", 0);
}

static void range_1d(const struct plain_call *c) {
    const double start = plain_number(c, "start", 0), end = plain_number(c, "end", 0),
                 step = plain_number(c, "step", 1);
    int64_t n = 0;
    while (step > 0 ? start + (double)n * step < end : start + (double)n * step > end)
        n++;
    c->out[0] = plain_new(1, &n);
    for (int64_t i = 0; i < n; i++)
        c->out[0].data[i] = start + (double)i * step;
}

static void shape(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int64_t n = x->rank;
    c->out[0] = plain_new(1, &n);
    for (int i = 0; i < x->rank; i++)
        c->out[0].data[i] = (double)x->dim[i];
}

/* Axes before `axis` are one, and those from it on the other. */
static void flatten2d(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int axis = plain_axis(c, "axis", 1, x->rank);
    int64_t dim[2] = {1, 1};
    for (int i = 0; i < x->rank; i++)
        dim[i >= axis] *= x->dim[i];
    c->out[0] = plain_new(2, dim);
    memcpy(c->out[0].data, x->data, (size_t)plain_count(x) * sizeof *x->data);
}

static void crop(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    static const char *const names[] = {"crop_height", "crop_width"};
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    for (int i = 0; i < x->rank; i++)
        dim[i] = i < x->rank - 2 ? x->dim[i]
                                 : x->dim[i] - plain_int(c, names[i - x->rank + 2], 0, 0) -
                                       plain_int(c, names[i - x->rank + 2], 1, 0);
    c->out[0] = plain_new(x->rank, dim);
    do {
        for (int i = 0; i < x->rank; i++)
            from[i] = index[i] + (i < x->rank - 2 ? 0 : plain_int(c, names[i - x->rank + 2], 0, 0));
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank, dim, index));
}

static void reverse_sequence(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int sequence = plain_axis(c, "seq_axis", 0, x->rank),
              batch = plain_axis(c, "batch_axis", 0, x->rank);
    int64_t index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        const int64_t length = plain_int(c, "lengths", (int)index[batch], 0);
        memcpy(from, index, sizeof from);
        if (index[sequence] < length)
            from[sequence] = length - 1 - index[sequence];
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank, x->dim, index));
}

/* Where a slice begins along an axis, from the front. */
static int64_t begin_of(const struct plain_call *c, int axis, int64_t size, int64_t stride) {
    const int64_t begin = plain_int(c, "begin", axis, 0);
    if (plain_int(c, "begin_mask", axis, 0))
        return stride < 0 ? size - 1 : 0;
    return begin < 0 ? begin + size : begin;
}

static void slice_update(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *update = plain_arg(c, "update");
    int64_t index[PLAIN_RANK] = {0}, to[PLAIN_RANK];
    c->out[0] = plain_new(x->rank, x->dim);
    memcpy(c->out[0].data, x->data, (size_t)plain_count(x) * sizeof *x->data);
    do {
        for (int i = 0; i < x->rank; i++) {
            const int64_t stride = plain_int(c, "stride", i, 1);
            to[i] = begin_of(c, i, x->dim[i], stride) + index[i] * stride;
        }
        plain_put(&c->out[0], to, plain_at(update, index));
    } while (plain_next(update->rank, update->dim, index));
}

/* space_to_batch: block row and column lead the batch; what the padding adds is zeros. */
static void space_to_batch(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int64_t rows = plain_int(c, "block_shape", 0, 1),
                  columns = plain_int(c, "block_shape", 1, 1);
    int64_t index[PLAIN_RANK] = {0},
            dim[4] = {x->dim[0] * rows * columns, x->dim[1],
                (x->dim[2] + plain_int(c, "paddings", 0, 0) + plain_int(c, "paddings", 1, 0)) /
                    rows,
                (x->dim[3] + plain_int(c, "paddings", 2, 0) + plain_int(c, "paddings", 3, 0)) /
                    columns};
    c->out[0] = plain_new(4, dim);
    do {
        const int64_t block = index[0] / x->dim[0];
        const int64_t from[4] = {index[0] % x->dim[0], index[1],
            index[2] * rows + block / columns - plain_int(c, "paddings", 0, 0),
            index[3] * columns + block % columns - plain_int(c, "paddings", 2, 0)};
        const bool inside =
            from[2] >= 0 && from[2] < x->dim[2] && from[3] >= 0 && from[3] < x->dim[3];
        plain_put(&c->out[0], index, inside ? plain_at(x, from) : 0);
    } while (plain_next(4, dim, index));
}

static void batch_to_space(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int64_t rows = plain_int(c, "block_shape", 0, 1),
                  columns = plain_int(c, "block_shape", 1, 1);
    int64_t index[PLAIN_RANK] = {0},
            dim[4] = {x->dim[0] / (rows * columns), x->dim[1],
                x->dim[2] * rows - plain_int(c, "crops", 0, 0) - plain_int(c, "crops", 1, 0),
                x->dim[3] * columns - plain_int(c, "crops", 2, 0) - plain_int(c, "crops", 3, 0)};
    c->out[0] = plain_new(4, dim);
    do {
        const int64_t h = index[2] + plain_int(c, "crops", 0, 0),
                      w = index[3] + plain_int(c, "crops", 2, 0);
        const int64_t from[4] = {(h % rows * columns + w % columns) * dim[0] + index[0], index[1],
            h / rows, w / columns};
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(4, dim, index));
}

/* Setting number i of a tuple. */
static int64_t of_tuple(const struct plain_call *c, const char *name, int i) {
    return (int64_t)c->values[mil_op_arg(c->op, name)->values[i]].data[0];
}

/* Some axes of each tensor, one after the other. */
static void reshape_like(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const struct mil_arg *like = mil_op_arg(c->op, "ref_tensors");
    int64_t dim[PLAIN_RANK];
    int rank = 0;
    for (int i = 0; i < like->n_values; i++) {
        const struct plain *t = &c->values[like->values[i]];
        const int64_t end = of_tuple(c, "end_masks", i) ? t->rank : of_tuple(c, "ends", i);
        for (int64_t axis = of_tuple(c, "begins", i); axis < end; axis++)
            dim[rank++] = t->dim[axis];
    }
    c->out[0] = plain_new(rank, dim);
    memcpy(c->out[0].data, x->data, (size_t)plain_count(x) * sizeof *x->data);
}

bool plain_rest(const struct plain_call *c) {
    static const struct {
        enum mil_opcode code;
        void (*run)(const struct plain_call *c);
    } rest[] = {{MIL_OP_FILL, fill}, {MIL_OP_FILL_LIKE, fill}, {MIL_OP_RANGE_1D, range_1d},
        {MIL_OP_RESHAPE_LIKE, reshape_like}, {MIL_OP_SHAPE, shape}, {MIL_OP_FLATTEN2D, flatten2d},
        {MIL_OP_CROP, crop}, {MIL_OP_REVERSE_SEQUENCE, reverse_sequence},
        {MIL_OP_SLICE_UPDATE, slice_update}, {MIL_OP_SPACE_TO_BATCH, space_to_batch},
        {MIL_OP_BATCH_TO_SPACE, batch_to_space}};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (rest[i].code == c->op->code)
            return rest[i].run(c), true;
    return false;
}
