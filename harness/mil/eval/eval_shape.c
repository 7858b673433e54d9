/* SPDX-License-Identifier: MIT
 *
 * Operators that only move elements.
 */
#include "mil/eval/eval_ops.h"

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
    const struct mil_arg *values = mil_op_arg(step->ref.op, "values");
    enum mil_opcode code = step->ref.op->code;
    if (op_is_alias(code)) {
        size_t n = (size_t)mil_type_elements(op_result_type(step->ref));
        memcpy(step->out, eval_operand(step, "x"), n * sizeof *step->out);
        return 0;
    }
    for (int part = 0; part < (values ? values->n_values : 1); part++) {
        struct op_copy copy = op_copy(step->ref, part);
        copy_strided(
            step->out, values ? step->cells[values->values[part]] : eval_operand(step, "x"), &copy);
    }
    return 0;
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
