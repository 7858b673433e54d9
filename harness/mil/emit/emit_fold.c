/* SPDX-License-Identifier: MIT
 *
 * What is left out of the compiled program: operators that no output depends on, and operators on
 * constants, which the evaluator computes here once.
 */
#include "mil/emit/emit_lowering.h"

#include <stdlib.h>
#include <string.h>

int emit_matmul_operand(const struct emit_lowering *lowering, const struct mil_op *op,
    const char *arg_name, bool *transposed) {
    const struct mil_function *f = lowering->function;
    int value = op_operand((struct op_ref){f, op}, arg_name);
    const struct mil_value *v = &f->values[value];
    if (v->op < 0 || lowering->is_constant[value] || f->ops[v->op].code != MIL_OP_TRANSPOSE)
        return value;
    const int32_t *perm = op_ints((struct op_ref){f, &f->ops[v->op]}, "perm", NULL);
    for (int i = 0; i < v->type.rank; i++) {
        int axis = perm[i] < 0 ? perm[i] + v->type.rank : perm[i];
        int swapped = i == v->type.rank - 1 ? i - 1 : i == v->type.rank - 2 ? i + 1 : i;
        if (axis != swapped)
            return value;
    }
    *transposed = !*transposed;
    return op_operand((struct op_ref){f, &f->ops[v->op]}, "x");
}

/* Products of constants with more multiply-adds than this are left to the compiled program: folding
 * them would take seconds or more. */
#define FOLD_WORK_MAX ((double)(1 << 28))

static void mark_constants(struct emit_lowering *lowering) {
    const struct mil_function *f = lowering->function;
    for (int i = 0; i < f->n_ops; i++) {
        bool constant = op_flop((struct op_ref){f, &f->ops[i]}) <= 2 * FOLD_WORK_MAX;
        for (int a = 0; a < f->ops[i].n_args; a++)
            for (int j = 0; j < f->ops[i].args[a].n_values; j++)
                constant = constant && lowering->is_constant[f->ops[i].args[a].values[j]];
        lowering->is_constant[f->ops[i].result] = constant;
    }
}

static void mark_needed(struct emit_lowering *lowering) {
    const struct mil_function *f = lowering->function;
    for (int i = 0; i < f->n_outputs; i++)
        lowering->is_needed[f->outputs[i]] = true;
    for (int i = f->n_ops - 1; i >= 0; i--) {
        const struct mil_op *op = &f->ops[i];
        if (!lowering->is_needed[op->result])
            continue;
        if (op->code == MIL_OP_MATMUL && !lowering->is_constant[op->result]) {
            bool ignored = false;
            lowering->is_needed[emit_matmul_operand(lowering, op, "x", &ignored)] = true;
            lowering->is_needed[emit_matmul_operand(lowering, op, "y", &ignored)] = true;
            continue;
        }
        for (int a = 0; a < op->n_args; a++)
            for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
                lowering->is_needed[op->args[a].values[j]] = true;
    }
}

static union mil_cell *fold_allocate(struct emit_lowering *lowering, int value) {
    const struct mil_value *v = &lowering->function->values[value];
    uint64_t bytes = (uint64_t)mil_type_elements(&v->type) * sizeof(union mil_cell);
    lowering->folded_bytes += bytes;
    if (lowering->folded_bytes > EMIT_CONSTANTS_BYTES_MAX) {
        mil_fail(lowering->error, v->place,
            "computing \"%.80s\" from constants takes more than 1 GiB: make it an input", v->name);
        return NULL;
    }
    lowering->folded[value] = malloc((size_t)bytes);
    if (!lowering->folded[value])
        mil_fail(lowering->error, v->place, "out of memory");
    return lowering->folded[value];
}

/* The elements of a constant operand, from the literal or already folded. */
static int fold_operand(struct emit_lowering *lowering, int value, union mil_cell **cells) {
    const struct mil_function *f = lowering->function;
    const struct mil_literal *literal = mil_value_literal(f, value);
    int root = lowering->values[value].root;
    if (root != value) {
        if (fold_operand(lowering, root, cells) != 0)
            return -1;
        cells[value] = cells[root] + lowering->values[value].root_offset;
        return 0;
    }
    if (!lowering->folded[value] && literal) {
        if (!fold_allocate(lowering, value))
            return -1;
        if (eval_literal(lowering->folded[value], literal, lowering->weights, lowering->error) != 0)
            return -1;
    }
    cells[value] = lowering->folded[value];
    return 0;
}

static int fold_op(
    struct emit_lowering *lowering, const struct mil_op *op, union mil_cell **cells) {
    const struct mil_function *f = lowering->function;
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
            if (fold_operand(lowering, op->args[a].values[j], cells) != 0)
                return -1;
    if (!fold_allocate(lowering, op->result))
        return -1;
    struct eval_step step = {
        {f, op}, cells, lowering->folded[op->result], lowering->weights, lowering->error};
    return eval_op(&step);
}

int emit_lowering_fold(struct emit_lowering *lowering) {
    const struct mil_function *f = lowering->function;
    union mil_cell **cells = calloc((size_t)f->n_values + 1, sizeof *cells);
    int status = -1;
    if (!cells)
        return mil_fail(lowering->error, f->place, "out of memory");
    mark_constants(lowering);
    mark_needed(lowering);
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        struct op_ref ref = {f, op};
        enum mil_dtype dtype = op_result_type(ref)->dtype;
        if (!lowering->is_needed[op->result])
            continue;
        if (op_size_check(ref, 0, lowering->error) != 0)
            goto done;
        if (!mil_dtype_is_computed(dtype)) {
            mil_fail(lowering->error, op->place,
                "%s: strings and uint64 can only be settings of operators; found %s",
                mil_op_name(op), mil_dtype_name(dtype));
            goto done;
        }
        if (!lowering->is_constant[op->result] || op->code == MIL_OP_CONST)
            continue;
        if (op_is_alias(op->code)) {
            int x = op_operand(ref, "x");
            lowering->values[op->result].root = lowering->values[x].root;
            lowering->values[op->result].root_offset = lowering->values[x].root_offset;
        } else if (fold_op(lowering, op, cells) != 0) {
            goto done;
        }
    }
    status = 0;
done:
    free(cells);
    return status;
}
