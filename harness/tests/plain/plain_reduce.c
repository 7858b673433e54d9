/* SPDX-License-Identifier: MIT
 *
 * Operators over some axes: reductions, softmax, running sums, places of the largest.
 */
#include "plain.h"

#include <math.h>

/* In the order of the axes; NaN counts as the largest and as the least. */
static double reduced(
    enum mil_opcode code, const struct plain *x, const bool *over, int64_t *index) {
    int64_t steps[PLAIN_RANK], step[PLAIN_RANK] = {0}, at[PLAIN_RANK], n = 0;
    double sum = 0, product = 1, squares = 0, sizes = 0, exps = 0, most = -INFINITY,
           least = INFINITY;
    for (int i = 0; i < x->rank; i++)
        steps[i] = over[i] ? x->dim[i] : 1;
    do {
        for (int i = 0; i < x->rank; i++)
            at[i] = over[i] ? step[i] : index[i];
        const double value = plain_at(x, at);
        sum += value, product *= value, squares += value * value, sizes += fabs(value),
            exps += exp(value), n++;
        most = value > most || isnan(value) ? value : most;
        least = value < least || isnan(value) ? value : least;
    } while (plain_next(x->rank, steps, step));
    switch (code) {
    case MIL_OP_REDUCE_SUM:
        return sum;
    case MIL_OP_REDUCE_MEAN:
        return sum / (double)n;
    case MIL_OP_REDUCE_MAX:
        return most;
    case MIL_OP_REDUCE_MIN:
        return least;
    case MIL_OP_REDUCE_PROD:
        return product;
    case MIL_OP_REDUCE_SUM_SQUARE:
        return squares;
    case MIL_OP_REDUCE_L1_NORM:
        return sizes;
    case MIL_OP_REDUCE_L2_NORM:
        return sqrt(squares);
    case MIL_OP_REDUCE_LOG_SUM:
        return log(sum);
    default:
        return log(exps);
    }
}

static void reduce(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const bool keep = plain_bool(c, "keep_dims", false), all = !plain_arg(c, "axes");
    bool over[PLAIN_RANK] = {false};
    for (int i = 0; i < x->rank; i++)
        over[i] = all;
    for (int i = 0; i < plain_length(c, "axes"); i++) {
        const int axis = (int)plain_int(c, "axes", i, 0);
        over[axis < 0 ? axis + x->rank : axis] = true;
    }
    int64_t dim[PLAIN_RANK], kept[PLAIN_RANK], index[PLAIN_RANK] = {0};
    int rank = 0;
    for (int i = 0; i < x->rank; i++) {
        kept[i] = over[i] ? 1 : x->dim[i];
        if (!over[i] || keep)
            dim[rank++] = kept[i];
    }
    c->out[0] = plain_new(rank, dim);
    int64_t place = 0;
    do
        c->out[0].data[place++] = reduced(c->op->code, x, over, index);
    while (plain_next(x->rank, kept, index));
}

/* Element i of the line along an axis through `index`. */
static double along(const struct plain *x, const int64_t *index, int axis, int64_t i) {
    int64_t at[PLAIN_RANK];
    for (int a = 0; a < x->rank; a++)
        at[a] = a == axis ? i : index[a];
    return plain_at(x, at);
}

static void softmax(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int axis = plain_axis(c, "axis", -1, x->rank);
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        double most = -INFINITY, total = 0;
        for (int64_t i = 0; i < x->dim[axis]; i++)
            most = fmax(most, along(x, index, axis, i));
        for (int64_t i = 0; i < x->dim[axis]; i++)
            total += exp(along(x, index, axis, i) - most);
        plain_put(&c->out[0], index, exp(plain_at(x, index) - most) / total);
    } while (plain_next(x->rank, x->dim, index));
}

static void cumsum(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int axis = plain_axis(c, "axis", 0, x->rank);
    const bool back = plain_bool(c, "reverse", false), before = plain_bool(c, "exclusive", false);
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        double sum = 0;
        for (int64_t i = 0; i < x->dim[axis]; i++)
            if ((back ? i > index[axis] : i < index[axis]) || (!before && i == index[axis]))
                sum += along(x, index, axis, i);
        plain_put(&c->out[0], index, sum);
    } while (plain_next(x->rank, x->dim, index));
}

/* The number of elements of the line before element i when sorted; equal ones keep their order. */
static int64_t place_in_line(
    const struct plain *x, const int64_t *index, int axis, int64_t i, bool ascending) {
    const double own = along(x, index, axis, i);
    int64_t place = 0;
    for (int64_t k = 0; k < x->dim[axis]; k++) {
        const double other = along(x, index, axis, k);
        place += (ascending ? other < own : other > own) || (other == own && k < i);
    }
    return place;
}

static void sorted(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const bool is_topk = c->op->code == MIL_OP_TOPK, ascending = plain_bool(c, "ascending", false);
    const int axis = plain_axis(c, "axis", -1, x->rank);
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < x->rank; i++)
        dim[i] = is_topk && i == axis ? plain_int(c, "k", 0, 1) : x->dim[i];
    for (int r = 0; r < c->op->n_results; r++)
        c->out[r] = plain_new(x->rank, dim);
    do
        for (int64_t i = 0; i < x->dim[axis]; i++)
            if (place_in_line(x, index, axis, i, ascending) == index[axis]) {
                plain_put(&c->out[0], index, is_topk ? along(x, index, axis, i) : (double)i);
                if (c->op->n_results > 1)
                    plain_put(&c->out[1], index, (double)i);
            }
    while (plain_next(x->rank, dim, index));
}

static void place_of_extreme(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int axis = plain_axis(c, "axis", -1, x->rank);
    int64_t kept[PLAIN_RANK], dim[PLAIN_RANK], index[PLAIN_RANK] = {0}, place = 0;
    int rank = 0;
    for (int i = 0; i < x->rank; i++) {
        kept[i] = i == axis ? 1 : x->dim[i];
        if (i != axis || plain_bool(c, "keep_dims", false))
            dim[rank++] = kept[i];
    }
    c->out[0] = plain_new(rank, dim);
    do
        for (int64_t i = 0; i < x->dim[axis]; i++)
            if (place_in_line(x, index, axis, i, c->op->code == MIL_OP_REDUCE_ARGMIN) == 0)
                c->out[0].data[place++] = (double)i;
    while (plain_next(x->rank, kept, index));
}

bool plain_reduce(const struct plain_call *c) {
    switch (c->op->code) {
    case MIL_OP_REDUCE_SUM:
    case MIL_OP_REDUCE_MEAN:
    case MIL_OP_REDUCE_MAX:
    case MIL_OP_REDUCE_MIN:
    case MIL_OP_REDUCE_PROD:
    case MIL_OP_REDUCE_SUM_SQUARE:
    case MIL_OP_REDUCE_L1_NORM:
    case MIL_OP_REDUCE_L2_NORM:
    case MIL_OP_REDUCE_LOG_SUM:
    case MIL_OP_REDUCE_LOG_SUM_EXP:
        reduce(c);
        return true;
    case MIL_OP_SOFTMAX:
        softmax(c);
        return true;
    case MIL_OP_CUMSUM:
        cumsum(c);
        return true;
    case MIL_OP_TOPK:
    case MIL_OP_ARGSORT:
        sorted(c);
        return true;
    case MIL_OP_REDUCE_ARGMAX:
    case MIL_OP_REDUCE_ARGMIN:
        place_of_extreme(c);
        return true;
    default:
        return false;
    }
}
