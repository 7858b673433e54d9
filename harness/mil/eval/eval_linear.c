/* SPDX-License-Identifier: MIT
 *
 * Products: matmul, linear, attention, einsum. Sums in fp32, in index order, rounded once at the end.
 */
#include "mil/eval/eval.h"
#include "mil/eval/eval_ops.h"
#include "mil/type.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The offsets of both operands at step `batch` of a product. */
static void batch_offsets(const struct op_matmul *p, int64_t batch, int64_t *x, int64_t *y) {
    *x = *y = 0;
    for (int i = p->batch_rank - 1; i >= 0; i--) {
        *x += batch % p->batch_dim[i] * p->x_stride[i];
        *y += batch % p->batch_dim[i] * p->y_stride[i];
        batch /= p->batch_dim[i];
    }
}

static struct eval_matrix matrix_of(
    const union mil_cell *cells, int64_t rows, int64_t columns, bool transposed) {
    return transposed ? (struct eval_matrix){cells, 1, rows}
                      : (struct eval_matrix){cells, columns, 1};
}

int eval_product(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    bool linear = step->ref.op->code == MIL_OP_LINEAR;
    const union mil_cell *x = eval_operand(step, "x"), *bias = eval_operand(step, "bias");
    const union mil_cell *y = eval_operand(step, linear ? "weight" : "y");
    struct op_matmul p = op_matmul(step->ref);
    int64_t n = mil_type_elements(type);
    for (int64_t batch = 0; batch < n / (p.m * p.n); batch++) {
        int64_t x_offset, y_offset;
        batch_offsets(&p, batch, &x_offset, &y_offset);
        eval_gemm(p.m, p.n, p.k, matrix_of(x + x_offset, p.m, p.k, p.transpose_x),
            matrix_of(y + y_offset, p.k, p.n, p.transpose_y), &step->out[batch * p.m * p.n].f);
    }
    for (int64_t i = 0; i < n; i++)
        step->out[i].f = eval_round(type->dtype, step->out[i].f + (bias ? bias[i % p.n].f : 0));
    return 0;
}

/* softmax(query key^T / sqrt(width) + mask) value; a boolean mask says where to look. */
int eval_sdpa(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref), *mask_type;
    struct op_matmul scores = op_sdpa_scores(step->ref), mix = op_sdpa_mix(step->ref);
    const union mil_cell *query = eval_operand(step, "query"), *key = eval_operand(step, "key");
    const union mil_cell *value = eval_operand(step, "value");
    const union mil_cell *mask = eval_operand(step, "attn_mask");
    int64_t n = mil_type_elements(type), size = mix.m * mix.n, cells = scores.m * scores.n;
    int64_t mask_stride[MIL_RANK_MAX] = {0};
    struct mil_type scores_type = *type;
    /* the scores are not a value of the program, so their size is not checked yet */
    if ((uint64_t)cells > MIL_EVAL_BYTES_MAX / sizeof(union mil_cell))
        return mil_fail(step->error, step->ref.op->place,
            "its scores are %" PRId64 " by %" PRId64 ": make query or key smaller", scores.m,
            scores.n);
    union mil_cell *row = malloc((size_t)cells * sizeof *row);
    if (!row)
        return mil_fail(step->error, step->ref.op->place, "out of memory");
    scores_type.dim[type->rank - 1] = scores.n;
    mask_type = op_type(step->ref, "attn_mask");
    if (mask)
        op_broadcast_strides(mask_type, &scores_type, mask_stride);
    float scale = op_float(step->ref, "scale", 1 / sqrtf((float)scores.k));
    for (int64_t batch = 0; batch < n / size; batch++) {
        int64_t q, k, p, v, m = 0, left = batch;
        batch_offsets(&scores, batch, &q, &k);
        batch_offsets(&mix, batch, &p, &v);
        for (int i = type->rank - 3; i >= 0; i--) {
            m += left % type->dim[i] * mask_stride[i];
            left /= type->dim[i];
        }
        eval_gemm(scores.m, scores.n, scores.k, matrix_of(query + q, scores.m, scores.k, false),
            matrix_of(key + k, scores.k, scores.n, true), &row->f);
        for (int64_t i = 0; i < cells; i++) {
            row[i].f *= scale;
            if (!mask)
                continue;
            union mil_cell at = mask[m + i / scores.n * mask_stride[type->rank - 2] +
                                     i % scores.n * mask_stride[type->rank - 1]];
            row[i].f += mask_type->dtype == MIL_BOOL ? (at.i ? 0 : -INFINITY) : at.f;
        }
        for (int64_t i = 0; i < scores.m; i++)
            eval_softmax_row(&row[i * scores.n].f, 1, &row[i * scores.n].f, 1, scores.n);
        eval_gemm(mix.m, mix.n, mix.k, matrix_of(row, mix.m, mix.k, false),
            matrix_of(value + v, mix.k, mix.n, false), &step->out[batch * size].f);
    }
    for (int64_t i = 0; i < n; i++)
        step->out[i].f = eval_round(type->dtype, step->out[i].f);
    free(row);
    return 0;
}

/* Sums over every letter missing from the result, in alphabetical order, in fp32. */
int eval_einsum(const struct eval_step *step) {
    const struct mil_arg *values = mil_op_arg(step->ref.op, "values");
    const struct mil_type *type = op_result_type(step->ref);
    int64_t summed = 1;
    if (values->n_values > MIL_ARGS_MAX)
        return mil_fail(step->error, step->ref.op->place, "einsum: more than 24 operands");
    struct op_einsum l = op_einsum(step->ref);
    for (int i = l.n_result; i < l.n_order; i++)
        summed *= l.size[l.order[i] - 'a'];
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        int64_t base[MIL_ARGS_MAX] = {0}, rest = i;
        float sum = 0;
        for (int a = l.n_result - 1; a >= 0; a--) {
            int letter = l.order[a] - 'a';
            for (int v = 0; v < l.n_operands; v++)
                base[v] += rest % l.size[letter] * l.stride[v][letter];
            rest /= l.size[letter];
        }
        for (int64_t s = 0; s < summed; s++) {
            float term = 1;
            for (int v = 0; v < l.n_operands; v++) {
                int64_t at = base[v];
                rest = s;
                for (int a = l.n_order - 1; a >= l.n_result; a--) {
                    int letter = l.order[a] - 'a';
                    at += rest % l.size[letter] * l.stride[v][letter];
                    rest /= l.size[letter];
                }
                term *= step->cells[values->values[v]][at].f;
            }
            sum += term;
        }
        step->out[i].f = eval_round(type->dtype, sum);
    }
    return 0;
}
