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
    for (int i = 0; i < v->type->rank; i++) {
        int axis = perm[i] < 0 ? perm[i] + v->type->rank : perm[i];
        int swapped = i == v->type->rank - 1 ? i - 1 : i == v->type->rank - 2 ? i + 1 : i;
        if (axis != swapped)
            return value;
    }
    *transposed = !*transposed;
    return op_operand((struct op_ref){f, &f->ops[v->op]}, "x");
}

/* Products of constants with more multiply-adds than this are left to the compiled program: folding
 * them would take seconds or more. */
#define FOLD_WORK_MAX ((double)(1 << 28))

/* Operators whose result follows from the types of their operands. */
static bool reads_no_elements(enum mil_opcode code) {
    return code == MIL_OP_SHAPE || code == MIL_OP_FILL_LIKE;
}

static void mark_constants(struct emit_lowering *lowering, const struct mil_op *ops, int n_ops) {
    const struct mil_function *f = lowering->function;
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        bool constant = op->n_blocks == 0 && op->code != MIL_OP_MAKE_LIST &&
                        op_flop((struct op_ref){f, op}) <= 2 * FOLD_WORK_MAX;
        for (int a = 0; !reads_no_elements(op->code) && a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++)
                constant = constant && lowering->is_constant[op->args[a].values[j]];
        for (int r = 0; r < op->n_results; r++)
            lowering->is_constant[op->result + r] = constant;
        for (int b = 0; b < op->n_blocks; b++)
            mark_constants(lowering, op->blocks[b].ops, op->blocks[b].n_ops);
    }
}

static void mark_values(struct emit_lowering *lowering, const int *values, int n) {
    for (int i = 0; i < n; i++)
        lowering->is_needed[values[i]] = true;
}

static void mark_needed(struct emit_lowering *lowering, const struct mil_op *ops, int n_ops) {
    for (int i = n_ops - 1; i >= 0; i--) {
        const struct mil_op *op = &ops[i];
        if (!emit_op_is_needed(lowering, op))
            continue;
        bool is_constant = op->n_results > 0 && lowering->is_constant[op->result];
        if (is_constant && reads_no_elements(op->code))
            continue;
        if (op->code == MIL_OP_MATMUL && !is_constant) {
            bool ignored = false;
            lowering->is_needed[emit_matmul_operand(lowering, op, "x", &ignored)] = true;
            lowering->is_needed[emit_matmul_operand(lowering, op, "y", &ignored)] = true;
            continue;
        }
        for (int r = 0; op->n_blocks > 0 && r < op->n_results; r++)
            lowering->is_needed[op->result + r] = true;
        for (int b = 0; b < op->n_blocks; b++)
            mark_values(lowering, op->blocks[b].outputs, op->blocks[b].n_outputs);
        for (int b = op->n_blocks - 1; b >= 0; b--)
            mark_needed(lowering, op->blocks[b].ops, op->blocks[b].n_ops);
        for (int a = 0; a < op->n_args; a++)
            if (op_arg_is_data(op, &op->args[a]))
                mark_values(lowering, op->args[a].values, op->args[a].n_values);
    }
}

static union mil_cell *fold_allocate(struct emit_lowering *lowering, int value) {
    const struct mil_value *v = &lowering->function->values[value];
    uint64_t bytes = (uint64_t)mil_type_elements(v->type) * sizeof(union mil_cell);
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
    for (int a = 0; a < op->n_args && !reads_no_elements(op->code); a++)
        for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
            if (fold_operand(lowering, op->args[a].values[j], cells) != 0)
                return -1;
    for (int r = 0; r < op->n_results; r++)
        if (!(cells[op->result + r] = fold_allocate(lowering, op->result + r)))
            return -1;
    struct eval_step step = {
        {f, op}, cells, lowering->folded[op->result], lowering->weights, lowering->error, NULL};
    return eval_op(&step);
}

static int result_check(struct emit_lowering *lowering, const struct mil_op *op, int r) {
    enum mil_dtype dtype = lowering->function->values[op->result + r].type->dtype;
    if (op_size_check((struct op_ref){lowering->function, op}, r, lowering->error) != 0)
        return -1;
    return mil_dtype_is_computed(dtype)
               ? 0
               : mil_fail(lowering->error, op->place,
                     "%s: strings and uint64 can only be settings of operators; found %s",
                     mil_op_name(op), mil_dtype_name(dtype));
}

static int fold_ops(
    struct emit_lowering *lowering, const struct mil_op *ops, int n_ops, union mil_cell **cells) {
    const struct mil_function *f = lowering->function;
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        if (!emit_op_is_needed(lowering, op))
            continue;
        for (int r = 0; r < op->n_results; r++)
            if (result_check(lowering, op, r) != 0)
                return -1;
        for (int b = 0; b < op->n_blocks; b++)
            if (fold_ops(lowering, op->blocks[b].ops, op->blocks[b].n_ops, cells) != 0)
                return -1;
        if (op->n_results == 0 || !lowering->is_constant[op->result] || op->code == MIL_OP_CONST)
            continue;
        if (op_is_alias(op->code))
            emit_alias(lowering, op->result, op_operand((struct op_ref){f, op}, "x"), 0);
        else if (fold_op(lowering, op, cells) != 0)
            return -1;
    }
    return 0;
}

int emit_lowering_fold(struct emit_lowering *lowering) {
    const struct mil_function *f = lowering->function;
    union mil_cell **cells = calloc((size_t)f->n_values + 1, sizeof *cells);
    if (!cells)
        return mil_fail(lowering->error, f->place, "out of memory");
    mark_constants(lowering, f->ops, f->n_ops);
    mark_values(lowering, f->outputs, f->n_outputs);
    mark_needed(lowering, f->ops, f->n_ops);
    int status = fold_ops(lowering, f->ops, f->n_ops, cells);
    free(cells);
    return status;
}
