/* SPDX-License-Identifier: MIT
 *
 * Operators that only move elements.
 */
#include "mil/eval/eval_ops.h"

#include <stdlib.h>
#include <string.h>

static void copy_strided(
    union mil_cell *to, const union mil_cell *from, const struct op_copy *copy) {
    int64_t index[OP_COPY_RANK_MAX] = {0};
    from += copy->from_offset;
    to += copy->to_offset;
    for (;;) {
        int axis = copy->rank - 1;
        *to = *from;
        for (; axis >= 0; axis--) {
            from += copy->from_stride[axis];
            to += copy->to_stride[axis];
            if (++index[axis] < copy->dim[axis])
                break;
            from -= copy->from_stride[axis] * copy->dim[axis];
            to -= copy->to_stride[axis] * copy->dim[axis];
            index[axis] = 0;
        }
        if (axis < 0)
            return;
    }
}

int eval_copy(const struct eval_step *step) {
    const struct mil_op *op = step->ref.op;
    const struct mil_arg *values = mil_op_arg(op, "values");
    if (op_is_alias(op->code)) {
        size_t n = (size_t)mil_type_elements(op_result_type(step->ref));
        memcpy(step->out, eval_operand(step, "x"), n * sizeof *step->out);
        return 0;
    }
    if (op->code == MIL_OP_SPLIT) {
        for (int part = 0; part < op->n_results; part++) {
            struct op_copy copy = op_copy(step->ref, part);
            copy_strided(step->cells[op->result + part], eval_operand(step, "x"), &copy);
        }
        return 0;
    }
    int parts = values ? values->n_values : op->code == MIL_OP_SLICE_UPDATE ? 2 : 1;
    for (int part = 0; part < parts; part++) {
        struct op_copy copy = op_copy(step->ref, part);
        copy_strided(step->out,
            values      ? step->cells[values->values[part]]
            : part == 0 ? eval_operand(step, "x")
                        : eval_operand(step, "update"),
            &copy);
    }
    return 0;
}

int eval_map(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x"), *lengths = eval_operand(step, "lengths");
    double constant = op_number(step->ref, "constant_val", 0);
    int64_t n = mil_type_elements(type);
    int32_t *from = malloc((size_t)n * sizeof *from + 1);
    int status = from ? op_map(step->ref, lengths ? &lengths->i : NULL, from, step->error)
                      : mil_fail(step->error, step->ref.op->place, "out of memory");
    for (int64_t i = 0; status == 0 && i < n; i++)
        if (from[i] >= 0)
            step->out[i] = x[from[i]];
        else
            eval_set(&step->out[i], type->dtype, constant);
    free(from);
    return status;
}

/* The sizes are taken from the result's declaration. */
int eval_reshape_like(const struct eval_step *step) {
    int64_t n = mil_type_elements(op_result_type(step->ref));
    if (n != mil_type_elements(op_type(step->ref, "x")) ||
        op_type(step->ref, "x")->dtype != op_result_type(step->ref)->dtype)
        return mil_fail(step->error, step->ref.op->place,
            "reshape_like: its result is declared with another number of elements than x");
    memcpy(step->out, eval_operand(step, "x"), (size_t)n * sizeof *step->out);
    return 0;
}
