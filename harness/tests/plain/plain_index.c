/* SPDX-License-Identifier: MIT
 *
 * Operators that read and write by indices; indices below 0 count from the end.
 */
#include "plain.h"

#include <math.h>
#include <string.h>

static int64_t from_front(double index, int64_t size) {
    return (int64_t)index + (index < 0 ? size : 0);
}

/* x without its axis, with the axes of the indices there. */
static void gather(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *indices = plain_arg(c, "indices");
    const int axis = plain_axis(c, "axis", 0, x->rank),
              batch = (int)plain_int(c, "batch_dims", 0, 0);
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    int rank = 0;
    for (int i = 0; i < axis; i++)
        dim[rank++] = x->dim[i];
    for (int i = batch; i < indices->rank; i++)
        dim[rank++] = indices->dim[i];
    for (int i = axis + 1; i < x->rank; i++)
        dim[rank++] = x->dim[i];
    c->out[0] = plain_new(rank, dim);
    do {
        int64_t at[PLAIN_RANK], of[PLAIN_RANK];
        const int more = indices->rank - batch;
        for (int i = 0; i < batch; i++)
            of[i] = index[i];
        for (int i = 0; i < more; i++)
            of[batch + i] = index[axis + i];
        for (int i = 0; i < x->rank; i++)
            at[i] = i < axis    ? index[i]
                    : i == axis ? from_front(plain_at(indices, of), x->dim[i])
                                : index[i - 1 + more];
        plain_put(&c->out[0], index, plain_at(x, at));
    } while (plain_next(rank, dim, index));
}

static void gather_along_axis(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *indices = plain_arg(c, "indices");
    const int axis = plain_axis(c, "axis", 0, x->rank);
    int64_t index[PLAIN_RANK] = {0}, at[PLAIN_RANK];
    c->out[0] = plain_new(indices->rank, indices->dim);
    do {
        for (int i = 0; i < x->rank; i++)
            at[i] = i == axis ? from_front(plain_at(indices, index), x->dim[i]) : index[i];
        plain_put(&c->out[0], index, plain_at(x, at));
    } while (plain_next(indices->rank, indices->dim, index));
}

/* Each row of indices is a place in the first axes of x. */
static void gather_nd(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *indices = plain_arg(c, "indices");
    const int n = (int)indices->dim[indices->rank - 1], rows = indices->rank - 1;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, of[PLAIN_RANK], at[PLAIN_RANK];
    int rank = 0;
    for (int i = 0; i < rows; i++)
        dim[rank++] = indices->dim[i];
    for (int i = n; i < x->rank; i++)
        dim[rank++] = x->dim[i];
    c->out[0] = plain_new(rank, dim);
    do {
        for (int i = 0; i < rows; i++)
            of[i] = index[i];
        for (int i = 0; i < x->rank; i++) {
            of[rows] = i;
            at[i] = i < n ? from_front(plain_at(indices, of), x->dim[i]) : index[rows + i - n];
        }
        plain_put(&c->out[0], index, plain_at(x, at));
    } while (plain_next(rank, dim, index));
}

static double updated(const char *mode, double old, double update) {
    return strcmp(mode, "add") == 0   ? old + update
           : strcmp(mode, "sub") == 0 ? old - update
           : strcmp(mode, "mul") == 0 ? old * update
           : strcmp(mode, "div") == 0 ? old / update
           : strcmp(mode, "max") == 0 ? fmax(old, update)
           : strcmp(mode, "min") == 0 ? fmin(old, update)
                                      : update;
}

/* The three forms of scatter write where gather, gather_along_axis and gather_nd would read. */
static void scatter(const struct plain_call *c) {
    const struct plain *data = plain_arg(c, "data"), *indices = plain_arg(c, "indices");
    const struct plain *updates = plain_arg(c, "updates");
    const char *mode = plain_text(c, "mode", "add");
    const int axis = plain_axis(c, "axis", 0, data->rank), n = (int)indices->dim[indices->rank - 1];
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(data->rank, data->dim);
    memcpy(c->out[0].data, data->data, (size_t)plain_count(data) * sizeof(double));
    do {
        int64_t of[PLAIN_RANK], to[PLAIN_RANK];
        for (int i = 0; i < data->rank; i++)
            if (c->op->code == MIL_OP_SCATTER_ALONG_AXIS) {
                to[i] = i == axis ? from_front(plain_at(indices, index), data->dim[i]) : index[i];
            } else if (c->op->code == MIL_OP_SCATTER) {
                for (int k = 0; k < indices->rank; k++)
                    of[k] = index[axis + k];
                to[i] = i < axis    ? index[i]
                        : i == axis ? from_front(plain_at(indices, of), data->dim[i])
                                    : index[i - 1 + indices->rank];
            } else {
                for (int k = 0; k < indices->rank - 1; k++)
                    of[k] = index[k];
                of[indices->rank - 1] = i;
                to[i] = i < n ? from_front(plain_at(indices, of), data->dim[i])
                              : index[indices->rank - 1 + i - n];
            }
        plain_put(
            &c->out[0], to, updated(mode, plain_at(&c->out[0], to), plain_at(updates, index)));
    } while (plain_next(updates->rank, updates->dim, index));
}

/* An index outside the vector sets no element. */
static void one_hot(const struct plain_call *c) {
    const struct plain *indices = plain_arg(c, "indices");
    const int axis = plain_axis(c, "axis", -1, indices->rank + 1);
    const int64_t size = plain_int(c, "one_hot_vector_size", 0, 1);
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, of[PLAIN_RANK];
    for (int i = 0; i <= indices->rank; i++)
        dim[i] = i < axis ? indices->dim[i] : i == axis ? size : indices->dim[i - 1];
    c->out[0] = plain_new(indices->rank + 1, dim);
    do {
        for (int i = 0; i < indices->rank; i++)
            of[i] = index[i < axis ? i : i + 1];
        plain_put(&c->out[0], index,
            plain_at(indices, of) == (double)index[axis] ? plain_number(c, "on_value", 1)
                                                         : plain_number(c, "off_value", 0));
    } while (plain_next(indices->rank + 1, dim, index));
}

bool plain_index(const struct plain_call *c) {
    switch (c->op->code) {
    case MIL_OP_GATHER:
        return gather(c), true;
    case MIL_OP_GATHER_ALONG_AXIS:
        return gather_along_axis(c), true;
    case MIL_OP_GATHER_ND:
        return gather_nd(c), true;
    case MIL_OP_SCATTER:
    case MIL_OP_SCATTER_ALONG_AXIS:
    case MIL_OP_SCATTER_ND:
        return scatter(c), true;
    case MIL_OP_ONE_HOT:
        return one_hot(c), true;
    default:
        return false;
    }
}
