/* SPDX-License-Identifier: MIT
 *
 * Operators along axes: sums, means, maxima, softmax, layer_norm. All in fp32, in index order,
 * rounded at the end.
 */
#include "mil/eval/eval_ops.h"

#include <math.h>

/* Offset of element i of a set of axes. */
static int64_t offset_of(int64_t i, int rank, const int64_t *dim, const int64_t *stride) {
    int64_t offset = 0;
    for (int axis = rank - 1; axis >= 0; axis--) {
        offset += i % dim[axis] * stride[axis];
        i /= dim[axis];
    }
    return offset;
}

static const union mil_cell *reduced_at(
    const struct op_split *split, const union mil_cell *x, int64_t i) {
    return x + offset_of(i, split->n_reduced, split->reduced_dim, split->reduced_stride);
}

static float sum_of(const struct op_split *split, const union mil_cell *x) {
    float sum = 0;
    for (int64_t i = 0; i < split->reduced; i++)
        sum += reduced_at(split, x, i)->f;
    return sum;
}

/* If an element is NaN, so is the result, as in numpy. */
static float max_of(const struct op_split *split, const union mil_cell *x) {
    float max = -INFINITY;
    for (int64_t i = 0; i < split->reduced; i++) {
        float at = reduced_at(split, x, i)->f;
        max = at > max || isnan(at) ? at : max;
    }
    return max;
}

/* Loops of a fixed length are vectorised even when the compiler optimises for size. */
enum { BLOCK = 32 };

static void row_add(union mil_cell *restrict sums, const union mil_cell *restrict row, int64_t n) {
    int64_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        for (int j = 0; j < BLOCK; j++)
            sums[i + j].f += row[i + j].f;
    for (; i < n; i++)
        sums[i].f += row[i].f;
}

/* Sums over one axis while inner axes are kept: adds row after row, each sum still in index order.
 */
static bool sums_by_rows(
    const struct op_split *split, const union mil_cell *x, union mil_cell *out) {
    int last = split->n_kept - 1;
    if (split->n_reduced != 1 || last < 0 || split->kept_stride[last] != 1)
        return false;
    int64_t row = split->kept_dim[last];
    for (int64_t i = 0; i < split->kept; i += row) {
        const union mil_cell *from =
            x + offset_of(i, split->n_kept, split->kept_dim, split->kept_stride);
        for (int64_t j = 0; j < row; j++)
            out[i + j].f = 0;
        for (int64_t r = 0; r < split->reduced; r++, from += split->reduced_stride[0])
            row_add(out + i, from, row);
    }
    return true;
}

/* All but sums, means and maxima: in double, rounded once. */
static double gathered(enum mil_opcode code, enum mil_dtype dtype, const struct op_split *split,
    const union mil_cell *x) {
    double total = code == MIL_OP_REDUCE_PROD ? 1 : 0,
           first = eval_get(reduced_at(split, x, 0), dtype);
    double extreme = first;
    for (int64_t i = 0; i < split->reduced; i++) {
        double at = eval_get(reduced_at(split, x, i), dtype);
        switch (code) {
        case MIL_OP_REDUCE_L1_NORM:
            total += fabs(at);
            break;
        case MIL_OP_REDUCE_L2_NORM:
        case MIL_OP_REDUCE_SUM_SQUARE:
            total += at * at;
            break;
        case MIL_OP_REDUCE_PROD:
            total *= at;
            break;
        case MIL_OP_REDUCE_MIN:
            extreme = at < extreme || isnan(at) ? at : extreme;
            break;
        case MIL_OP_REDUCE_MAX:
        case MIL_OP_REDUCE_LOG_SUM_EXP:
            extreme = at > extreme || isnan(at) ? at : extreme;
            break;
        default:
            total += at;
            break;
        }
    }
    switch (code) {
    case MIL_OP_REDUCE_L2_NORM:
        return sqrt(total);
    case MIL_OP_REDUCE_LOG_SUM:
        return log(total);
    case MIL_OP_REDUCE_LOG_SUM_EXP:
        for (int64_t i = 0; i < split->reduced; i++)
            total += exp(eval_get(reduced_at(split, x, i), dtype) - extreme);
        return extreme + log(total);
    case MIL_OP_REDUCE_MEAN:
        return total / (double)split->reduced;
    case MIL_OP_REDUCE_MAX:
    case MIL_OP_REDUCE_MIN:
        return extreme;
    default:
        return total;
    }
}

int eval_reduce(const struct eval_step *step) {
    enum mil_dtype dtype = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x");
    enum mil_opcode code = step->ref.op->code;
    struct op_split split = op_split(step->ref);
    bool sums = code == MIL_OP_REDUCE_SUM || code == MIL_OP_REDUCE_MEAN;
    bool is_float = dtype_is_float(dtype);
    if (is_float && sums && sums_by_rows(&split, x, step->out)) {
        for (int64_t i = 0; i < split.kept; i++)
            step->out[i].f =
                eval_round(dtype, code == MIL_OP_REDUCE_MEAN ? step->out[i].f / (float)split.reduced
                                                             : step->out[i].f);
        return 0;
    }
    for (int64_t i = 0; i < split.kept; i++) {
        const union mil_cell *from =
            x + offset_of(i, split.n_kept, split.kept_dim, split.kept_stride);
        if (!is_float || !(sums || code == MIL_OP_REDUCE_MAX)) {
            eval_set(&step->out[i], dtype, gathered(code, dtype, &split, from));
            continue;
        }
        float value = code == MIL_OP_REDUCE_MAX ? max_of(&split, from) : sum_of(&split, from);
        if (code == MIL_OP_REDUCE_MEAN)
            value /= (float)split.reduced;
        step->out[i].f = eval_round(dtype, value);
    }
    return 0;
}

void eval_softmax_row(float *out, int64_t out_step, const float *in, int64_t in_step, int64_t n) {
    float max = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        max = in[i * in_step] > max ? in[i * in_step] : max;
    for (int64_t i = 0; i < n; i++) {
        out[i * out_step] = (float)exp((double)(in[i * in_step] - max));
        sum += out[i * out_step];
    }
    for (int64_t i = 0; i < n; i++)
        out[i * out_step] /= sum;
}

int eval_softmax(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    struct op_softmax shape = op_softmax(step->ref);
    int64_t n = mil_type_elements(type);
    for (int64_t i = 0; i < shape.outer; i++)
        for (int64_t j = 0; j < shape.inner; j++) {
            int64_t at = i * shape.n * shape.inner + j;
            eval_softmax_row(&step->out[at].f, shape.inner, &x[at].f, shape.inner, shape.n);
        }
    for (int64_t i = 0; i < n; i++)
        step->out[i].f = eval_round(type->dtype, step->out[i].f);
    return 0;
}

/* (x - mean) / sqrt(variance + epsilon) * gamma + beta over the axes; gamma and beta have the
 * axes' shape. */
int eval_layer_norm(const struct eval_step *step) {
    enum mil_dtype dtype = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x");
    const union mil_cell *gamma = eval_operand(step, "gamma"), *beta = eval_operand(step, "beta");
    float epsilon = op_float(step->ref, "epsilon", 1e-5f);
    struct op_split split = op_split(step->ref);
    for (int64_t i = 0; i < split.kept; i++) {
        int64_t at = offset_of(i, split.n_kept, split.kept_dim, split.kept_stride);
        float mean = sum_of(&split, x + at) / (float)split.reduced, squares = 0;
        for (int64_t j = 0; j < split.reduced; j++) {
            float off = reduced_at(&split, x + at, j)->f - mean;
            squares += off * off;
        }
        float scale = 1 / sqrtf(squares / (float)split.reduced + epsilon);
        for (int64_t j = 0; j < split.reduced; j++) {
            const union mil_cell *from = reduced_at(&split, x + at, j);
            float value = (from->f - mean) * scale;
            if (gamma)
                value *= gamma[j].f;
            if (beta)
                value += beta[j].f;
            step->out[from - x].f = eval_round(dtype, value);
        }
    }
    return 0;
}
