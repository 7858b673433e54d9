/* SPDX-License-Identifier: MIT
 *
 * Products: matmul, linear, conv, attention. Sums in fp32, in index order, rounded once at the end.
 */
#include "mil/eval/eval.h"
#include "mil/eval/eval_ops.h"
#include "mil/type.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Steps between rows and between columns. */
struct matrix {
    const union mil_cell *cells;
    int64_t row_step, column_step;
};

/* A strip of columns at a time keeps the sums in registers without changing their order. */
enum { STRIP = 16 };

static void gemm(int64_t m, int64_t n, int64_t k, struct matrix a, struct matrix b, float *c) {
    for (int64_t row = 0; row < m; row++) {
        int64_t column = 0;
        for (; b.column_step == 1 && column + STRIP <= n; column += STRIP) {
            float sum[STRIP] = {0};
            for (int64_t i = 0; i < k; i++) {
                float x = a.cells[row * a.row_step + i * a.column_step].f;
                const union mil_cell *y = b.cells + i * b.row_step + column;
                for (int j = 0; j < STRIP; j++)
                    sum[j] += x * y[j].f;
            }
            for (int j = 0; j < STRIP; j++)
                c[row * n + column + j] = sum[j];
        }
        for (; column < n; column++) {
            float sum = 0;
            for (int64_t i = 0; i < k; i++)
                sum += a.cells[row * a.row_step + i * a.column_step].f *
                       b.cells[i * b.row_step + column * b.column_step].f;
            c[row * n + column] = sum;
        }
    }
}

/* Where both operands are at step `batch` of a product. */
static void batch_offsets(const struct op_matmul *p, int64_t batch, int64_t *x, int64_t *y) {
    *x = *y = 0;
    for (int i = p->batch_rank - 1; i >= 0; i--) {
        *x += batch % p->batch_dim[i] * p->x_stride[i];
        *y += batch % p->batch_dim[i] * p->y_stride[i];
        batch /= p->batch_dim[i];
    }
}

static struct matrix matrix_of(
    const union mil_cell *cells, int64_t rows, int64_t columns, bool transposed) {
    return transposed ? (struct matrix){cells, 1, rows} : (struct matrix){cells, columns, 1};
}

void eval_product(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    bool linear = step->ref.op->code == MIL_OP_LINEAR;
    const union mil_cell *x = eval_operand(step, "x"), *bias = eval_operand(step, "bias");
    const union mil_cell *y = eval_operand(step, linear ? "weight" : "y");
    struct op_matmul p = op_matmul(step->ref);
    int64_t n = mil_type_elements(type);
    for (int64_t batch = 0; batch < n / (p.m * p.n); batch++) {
        int64_t x_offset, y_offset;
        batch_offsets(&p, batch, &x_offset, &y_offset);
        gemm(p.m, p.n, p.k, matrix_of(x + x_offset, p.m, p.k, p.transpose_x),
            matrix_of(y + y_offset, p.k, p.n, p.transpose_y), &step->out[batch * p.m * p.n].f);
    }
    for (int64_t i = 0; i < n; i++)
        step->out[i].f = eval_round(type->dtype, step->out[i].f + (bias ? bias[i % p.n].f : 0));
}

static float conv_at(const struct op_conv *conv, const union mil_cell *x, const union mil_cell *w,
    int64_t out_y, int64_t out_x) {
    float sum = 0;
    for (int64_t c = 0; c < conv->in_channels / conv->groups; c++)
        for (int64_t i = 0; i < conv->kernel_h; i++)
            for (int64_t j = 0; j < conv->kernel_w; j++, w++) {
                int64_t in_y = out_y * conv->stride_h - conv->pad_top + i * conv->dilation_h;
                int64_t in_x = out_x * conv->stride_w - conv->pad_left + j * conv->dilation_w;
                if (in_y >= 0 && in_y < conv->in_h && in_x >= 0 && in_x < conv->in_w)
                    sum += w->f * x[(c * conv->in_h + in_y) * conv->in_w + in_x].f;
            }
    return sum;
}

void eval_conv(const struct eval_step *step) {
    enum mil_dtype dtype = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x"), *weight = eval_operand(step, "weight");
    const union mil_cell *bias = eval_operand(step, "bias");
    struct op_conv conv = op_conv(step->ref);
    int64_t plane = conv.in_h * conv.in_w, out_plane = conv.out_h * conv.out_w;
    int64_t group_in = conv.in_channels / conv.groups;
    int64_t filter = group_in * conv.kernel_h * conv.kernel_w;
    for (int64_t b = 0; b < conv.batch; b++) {
        union mil_cell *out = step->out + b * conv.out_channels * out_plane;
        const union mil_cell *in = x + b * conv.in_channels * plane;
        if (op_conv_is_matmul(&conv))
            gemm(conv.out_channels, plane, group_in, (struct matrix){weight, group_in, 1},
                (struct matrix){in, plane, 1}, &out->f);
        for (int64_t o = 0; o < conv.out_channels; o++) {
            int64_t group = o / (conv.out_channels / conv.groups);
            for (int64_t s = 0; s < out_plane; s++) {
                float *y = &out[o * out_plane + s].f;
                if (!op_conv_is_matmul(&conv))
                    *y = conv_at(&conv, in + group * group_in * plane, weight + o * filter,
                        s / conv.out_w, s % conv.out_w);
                *y = eval_round(dtype, *y + (bias ? bias[o].f : 0));
            }
        }
    }
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
    /* the scores are no value of the program, so nobody has looked at their size */
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
    float scale = 1 / sqrtf((float)scores.k);
    for (int64_t batch = 0; batch < n / size; batch++) {
        int64_t q, k, p, v, m = 0, left = batch;
        batch_offsets(&scores, batch, &q, &k);
        batch_offsets(&mix, batch, &p, &v);
        for (int i = type->rank - 3; i >= 0; i--) {
            m += left % type->dim[i] * mask_stride[i];
            left /= type->dim[i];
        }
        gemm(scores.m, scores.n, scores.k, matrix_of(query + q, scores.m, scores.k, false),
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
        gemm(mix.m, mix.n, mix.k, matrix_of(row, mix.m, mix.k, false),
            matrix_of(value + v, mix.k, mix.n, false), &step->out[batch * size].f);
    }
    for (int64_t i = 0; i < n; i++)
        step->out[i].f = eval_round(type->dtype, step->out[i].f);
    free(row);
    return 0;
}
