/* SPDX-License-Identifier: MIT
 *
 * Matrix products, and the matrices among constants that are best kept as fp16.
 */
#include "mil/emit/emit_lowering.h"

/* Rows of x that are multiplied by the same y form one taller matrix. */
static void join_rows(struct op_matmul *p) {
    int64_t rows = p->m;
    if (p->transpose_x)
        return;
    for (int i = p->batch_rank - 1; i >= 0; i--) {
        bool follows = p->batch_dim[i] == 1 || p->x_stride[i] == rows * p->k;
        if ((p->batch_dim[i] > 1 && p->y_stride[i] != 0) || !follows)
            return;
        rows *= p->batch_dim[i];
    }
    p->m = rows;
    p->batch_rank = 0;
}

struct emit_product emit_product_of(
    const struct emit_lowering *lowering, const struct emit_step *step) {
    const struct op_ref ref = {lowering->function, step->op};
    struct emit_product out = {.x = op_operand(ref, "x"), .y = op_operand(ref, "weight")};
    if (step->op->code == MIL_OP_CONV) {
        const struct op_window w = op_window(ref);
        const int64_t plane = op_window_product(w.in);
        out.x = op_operand(ref, "weight");
        out.y = op_operand(ref, "x");
        out.shape = (struct op_matmul){.m = w.out_channels,
            .n = plane,
            .k = w.in_channels,
            .batch_rank = 1,
            .batch_dim = {w.batch},
            .y_stride = {w.in_channels * plane}};
        return out;
    }
    out.shape = op_matmul(ref);
    if (step->op->code == MIL_OP_MATMUL) {
        out.x = emit_matmul_operand(lowering, step->op, "x", &out.shape.transpose_x);
        out.y = emit_matmul_operand(lowering, step->op, "y", &out.shape.transpose_y);
    }
    join_rows(&out.shape);
    return out;
}

/* The value that this step multiplies by a vector, row by row; -1 when it does anything else. */
static int matrix_of(const struct emit_lowering *lowering, const struct emit_step *step) {
    if (step->kind == EMIT_CONV) {
        const struct op_window w = op_window((struct op_ref){lowering->function, step->op});
        if (step->op->code != MIL_OP_CONV || !op_window_is_matmul(&w))
            return -1;
    } else if (step->kind != EMIT_PRODUCT) {
        return -1;
    }
    const struct emit_product p = emit_product_of(lowering, step);
    if (lowering->values[p.x].root == lowering->values[p.y].root)
        return -1;
    return p.shape.n == 1 && !p.shape.transpose_x  ? p.x
           : p.shape.m == 1 && p.shape.transpose_y ? p.y
                                                   : -1;
}

/* All its elements are fp16: it is declared so, or cast from what is. */
static bool holds_halves(const struct emit_lowering *lowering, int value) {
    const struct mil_function *f = lowering->function;
    const struct mil_op *op =
        value < f->n_values && f->values[value].op >= 0 ? &f->ops[f->values[value].op] : NULL;
    if (lowering->values[value].type.dtype == MIL_FP16)
        return true;
    return lowering->values[value].type.dtype == MIL_FP32 && op && op->code == MIL_OP_CAST &&
           op_type((struct op_ref){f, op}, "x")->dtype == MIL_FP16;
}

void emit_lowering_halves(struct emit_lowering *lowering) {
    struct emit_value *values = lowering->values;
    for (int v = 0; v < lowering->n_values; v++)
        values[v].is_half =
            values[v].root == v && values[v].place == EMIT_CONSTANT && holds_halves(lowering, v);
    for (int i = 0; i < lowering->n_steps; i++) {
        const struct emit_step *step = &lowering->steps[i];
        const int matrix = matrix_of(lowering, step);
        for (int r = 0; r < step->n_reads; r++) {
            const int read = lowering->reads[step->first_read + r];
            if (read != matrix)
                values[values[read].root].is_half = false;
        }
    }
}
