/* SPDX-License-Identifier: MIT
 *
 * Operators that move elements and compute none.
 */
#include "plain.h"

#include <string.h>

/* The same elements in the same order, in another shape. */
static void reshaped(const struct plain_call *c, int rank, const int64_t *dim) {
    const struct plain *x = plain_arg(c, "x");
    c->out[0] = plain_new(rank, dim);
    if (plain_count(&c->out[0]) == plain_count(x))
        memcpy(c->out[0].data, x->data, (size_t)plain_count(x) * sizeof(double));
    else
        c->out[0].rank = -1; /* no shape that is declared */
}

static void reshape(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int n = plain_length(c, "shape");
    int64_t dim[PLAIN_RANK], known = 1;
    for (int i = 0; i < n; i++) {
        dim[i] = plain_int(c, "shape", i, 0);
        known *= dim[i] > 0 ? dim[i] : 1;
    }
    for (int i = 0; i < n; i++)
        dim[i] = dim[i] > 0 ? dim[i] : plain_count(x) / known;
    reshaped(c, n, dim);
}

static bool is_listed(const struct plain_call *c, const char *name, int axis, int rank) {
    for (int i = 0; i < plain_length(c, name); i++)
        if (plain_int(c, name, i, 0) == axis || plain_int(c, name, i, 0) + rank == axis)
            return true;
    return false;
}

static void expand_dims(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int rank = x->rank + plain_length(c, "axes");
    int64_t dim[PLAIN_RANK];
    int from = 0;
    for (int i = 0; i < rank; i++)
        dim[i] = is_listed(c, "axes", i, rank) ? 1 : x->dim[from++];
    reshaped(c, rank, dim);
}

static void squeeze(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t dim[PLAIN_RANK];
    int rank = 0;
    for (int i = 0; i < x->rank; i++)
        if (plain_arg(c, "axes") ? !is_listed(c, "axes", i, x->rank) : x->dim[i] != 1)
            dim[rank++] = x->dim[i];
    reshaped(c, rank, dim);
}

static void transpose(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    int axis[PLAIN_RANK];
    for (int i = 0; i < x->rank; i++) {
        axis[i] = (int)plain_int(c, "perm", i, 0);
        axis[i] = axis[i] < 0 ? axis[i] + x->rank : axis[i];
        dim[i] = x->dim[axis[i]];
    }
    c->out[0] = plain_new(x->rank, dim);
    do {
        for (int i = 0; i < x->rank; i++)
            from[axis[i]] = index[i];
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank, dim, index));
}

static void slice_by_size(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    for (int i = 0; i < x->rank; i++) {
        dim[i] = plain_int(c, "size", i, 0);
        dim[i] = dim[i] == -1 ? x->dim[i] - plain_int(c, "begin", i, 0) : dim[i];
    }
    c->out[0] = plain_new(x->rank, dim);
    do {
        for (int i = 0; i < x->rank; i++)
            from[i] = index[i] + plain_int(c, "begin", i, 0);
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank, dim, index));
}

/* Counted one by one: from `begin` in steps of `stride` while before `end`. */
static void slice_by_index(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t first[PLAIN_RANK], step[PLAIN_RANK], n[PLAIN_RANK], dim[PLAIN_RANK],
        index[PLAIN_RANK] = {0};
    int rank = 0;
    for (int i = 0; i < x->rank; i++) {
        int64_t from = plain_int(c, "begin", i, 0), to = plain_int(c, "end", i, 0);
        const bool squeezed = plain_int(c, "squeeze_mask", i, 0) != 0;
        step[i] = squeezed ? 1 : plain_int(c, "stride", i, 1);
        from += from < 0 ? x->dim[i] : 0;
        to += to < 0 ? x->dim[i] : 0;
        if (plain_int(c, "begin_mask", i, 0) != 0 && !squeezed)
            from = step[i] > 0 ? 0 : x->dim[i] - 1;
        if (plain_int(c, "end_mask", i, 0) != 0)
            to = step[i] > 0 ? x->dim[i] : -1;
        if (squeezed)
            to = from + 1;
        first[i] = from;
        n[i] = 0;
        for (int64_t at = from; step[i] > 0 ? at < to && at < x->dim[i] : at > to && at >= 0;
             at += step[i])
            n[i]++;
        if (!squeezed)
            dim[rank++] = n[i];
    }
    c->out[0] = plain_new(rank, dim);
    int64_t place = 0;
    do {
        int64_t at[PLAIN_RANK];
        for (int i = 0; i < x->rank; i++)
            at[i] = first[i] + index[i] * step[i];
        c->out[0].data[place++] = plain_at(x, at);
    } while (plain_next(x->rank, n, index));
}

static const struct mil_arg *tuple_of(const struct plain_call *c) {
    for (int i = 0; i < c->op->n_args; i++)
        if (strcmp(c->op->args[i].name, "values") == 0)
            return &c->op->args[i];
    return NULL;
}

/* One after the other along an axis, or interleaved. */
static void concat(const struct plain_call *c) {
    const struct mil_arg *parts = tuple_of(c);
    const struct plain *first = &c->values[parts->values[0]];
    if (first->rank == 0) { /* scalars make a vector */
        const int64_t n = parts->n_values;
        c->out[0] = plain_new(1, &n);
        for (int p = 0; p < parts->n_values; p++)
            c->out[0].data[p] = c->values[parts->values[p]].data[0];
        return;
    }
    const int axis = plain_axis(c, "axis", 0, first->rank);
    const bool in_turns = plain_bool(c, "interleave", false);
    int64_t dim[PLAIN_RANK], before = 0;
    for (int i = 0; i < first->rank; i++)
        dim[i] = i == axis ? 0 : first->dim[i];
    for (int p = 0; p < parts->n_values; p++)
        dim[axis] += c->values[parts->values[p]].dim[axis];
    c->out[0] = plain_new(first->rank, dim);
    for (int p = 0; p < parts->n_values; p++) {
        const struct plain *part = &c->values[parts->values[p]];
        int64_t index[PLAIN_RANK] = {0}, to[PLAIN_RANK];
        do {
            for (int i = 0; i < part->rank; i++)
                to[i] = index[i];
            to[axis] = in_turns ? index[axis] * parts->n_values + p : before + index[axis];
            plain_put(&c->out[0], to, plain_at(part, index));
        } while (plain_next(part->rank, part->dim, index));
        before += part->dim[axis];
    }
}

static void stack(const struct plain_call *c) {
    const struct mil_arg *parts = tuple_of(c);
    const struct plain *first = &c->values[parts->values[0]];
    const int axis = plain_axis(c, "axis", 0, first->rank + 1);
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    for (int i = 0; i <= first->rank; i++)
        dim[i] = i < axis ? first->dim[i] : i == axis ? parts->n_values : first->dim[i - 1];
    c->out[0] = plain_new(first->rank + 1, dim);
    do {
        for (int i = 0; i < first->rank; i++)
            from[i] = index[i < axis ? i : i + 1];
        plain_put(&c->out[0], index, plain_at(&c->values[parts->values[index[axis]]], from));
    } while (plain_next(first->rank + 1, dim, index));
}

static void split(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int axis = plain_axis(c, "axis", 0, x->rank);
    int64_t before = 0;
    for (int r = 0; r < c->op->n_results; r++) {
        int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
        for (int i = 0; i < x->rank; i++)
            dim[i] = i != axis                     ? x->dim[i]
                     : plain_arg(c, "split_sizes") ? plain_int(c, "split_sizes", r, 0)
                                                   : x->dim[i] / plain_int(c, "num_splits", 0, 1);
        c->out[r] = plain_new(x->rank, dim);
        do {
            for (int i = 0; i < x->rank; i++)
                from[i] = i == axis ? before + index[i] : index[i];
            plain_put(&c->out[r], index, plain_at(x, from));
        } while (plain_next(x->rank, dim, index));
        before += dim[axis];
    }
}

static void tile(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    for (int i = 0; i < x->rank; i++)
        dim[i] = x->dim[i] * plain_int(c, "reps", i, 1);
    c->out[0] = plain_new(x->rank, dim);
    do {
        for (int i = 0; i < x->rank; i++)
            from[i] = index[i] % x->dim[i];
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank, dim, index));
}

static void reverse(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t index[PLAIN_RANK] = {0}, from[PLAIN_RANK];
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        for (int i = 0; i < x->rank; i++)
            from[i] = !plain_arg(c, "axes") || is_listed(c, "axes", i, x->rank)
                          ? x->dim[i] - 1 - index[i]
                          : index[i];
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank, x->dim, index));
}

/* Pairs of paddings of the last axes. */
static void pad(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const char *mode = plain_text(c, "mode", "constant");
    const int n = plain_length(c, "pad") / 2, unpadded = x->rank - n;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < x->rank; i++)
        dim[i] = x->dim[i] + (i < unpadded ? 0
                                           : plain_int(c, "pad", 2 * (i - unpadded), 0) +
                                                 plain_int(c, "pad", 2 * (i - unpadded) + 1, 0));
    c->out[0] = plain_new(x->rank, dim);
    do {
        int64_t from[PLAIN_RANK];
        bool inside = true;
        for (int i = 0; i < x->rank; i++) {
            int64_t at = index[i] - (i < unpadded ? 0 : plain_int(c, "pad", 2 * (i - unpadded), 0));
            inside = inside && at >= 0 && at < x->dim[i];
            if (strcmp(mode, "reflect") == 0) /* the edge is not repeated */
                at = at < 0               ? -at
                     : at > x->dim[i] - 1 ? x->dim[i] - 1 - (at - (x->dim[i] - 1))
                                          : at;
            at = at < 0 ? 0 : at;
            from[i] = at > x->dim[i] - 1 ? x->dim[i] - 1 : at;
        }
        plain_put(&c->out[0], index,
            inside || strcmp(mode, "constant") != 0 ? plain_at(x, from)
                                                    : plain_number(c, "constant_val", 0));
    } while (plain_next(x->rank, dim, index));
}

/* Keeps a band of each matrix. */
static void band_part(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int64_t lower = plain_int(c, "lower", 0, -1), upper = plain_int(c, "upper", 0, -1);
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        const int64_t below = index[x->rank - 2] - index[x->rank - 1];
        const bool kept = (lower < 0 || below <= lower) && (upper < 0 || -below <= upper);
        plain_put(&c->out[0], index, kept ? plain_at(x, index) : 0);
    } while (plain_next(x->rank, x->dim, index));
}

static void sliding_windows(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int axis = plain_axis(c, "axis", 0, x->rank);
    const int64_t size = plain_int(c, "size", 0, 1), stride = plain_int(c, "stride", 0, 1);
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, from[PLAIN_RANK], n = 0;
    for (int64_t at = 0; at + size <= x->dim[axis]; at += stride)
        n++;
    for (int i = 0; i <= x->rank; i++)
        dim[i] = i < axis ? x->dim[i] : i == axis ? n : i == axis + 1 ? size : x->dim[i - 1];
    c->out[0] = plain_new(x->rank + 1, dim);
    do {
        for (int i = 0; i < x->rank; i++)
            from[i] = i < axis    ? index[i]
                      : i == axis ? index[i] * stride + index[i + 1]
                                  : index[i + 1];
        plain_put(&c->out[0], index, plain_at(x, from));
    } while (plain_next(x->rank + 1, dim, index));
}

bool plain_move(const struct plain_call *c) {
    static const struct {
        enum mil_opcode code;
        void (*run)(const struct plain_call *c);
    } moves[] = {{MIL_OP_RESHAPE, reshape}, {MIL_OP_EXPAND_DIMS, expand_dims},
        {MIL_OP_SQUEEZE, squeeze}, {MIL_OP_TRANSPOSE, transpose},
        {MIL_OP_SLICE_BY_SIZE, slice_by_size}, {MIL_OP_SLICE_BY_INDEX, slice_by_index},
        {MIL_OP_CONCAT, concat}, {MIL_OP_STACK, stack}, {MIL_OP_SPLIT, split}, {MIL_OP_TILE, tile},
        {MIL_OP_REVERSE, reverse}, {MIL_OP_PAD, pad}, {MIL_OP_BAND_PART, band_part},
        {MIL_OP_SLIDING_WINDOWS, sliding_windows}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (moves[i].code == c->op->code)
            return moves[i].run(c), true;
    return false;
}
