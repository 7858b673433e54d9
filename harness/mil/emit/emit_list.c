/* SPDX-License-Identifier: MIT
 *
 * Lists: op_list.h says how they are held. A list is changed in place where nothing reads it any more as it was:
 * a loop that fills one does not copy it.
 */
#include "mil/emit/emit_write.h"
#include "mil/op/op_list.h"

#include <inttypes.h>

static bool is_change(enum mil_opcode code) {
    return code == MIL_OP_LIST_WRITE || code == MIL_OP_LIST_SCATTER;
}

bool emit_list_is_known(enum mil_opcode code) {
    return is_change(code) || code == MIL_OP_MAKE_LIST || code == MIL_OP_LIST_LENGTH ||
           code == MIL_OP_LIST_READ || code == MIL_OP_LIST_GATHER;
}

static bool is_among(const int *values, int n, int value) {
    for (int i = 0; i < n; i++)
        if (values[i] == value)
            return true;
    return false;
}

/* Itself or in its blocks. */
static bool reads(const struct mil_op *op, int value) {
    for (int a = 0; a < op->n_args; a++)
        if (is_among(op->args[a].values, op->args[a].n_values, value))
            return true;
    for (int b = 0; b < op->n_blocks; b++) {
        if (is_among(op->blocks[b].outputs, op->blocks[b].n_outputs, value))
            return true;
        for (int i = 0; i < op->blocks[b].n_ops; i++)
            if (reads(&op->blocks[b].ops[i], value))
                return true;
    }
    return false;
}

/* Whether the list is made by the statements that `op` is among, and nothing after it reads the list. */
static bool is_last_use(const struct emit_lowering *lowering, const struct mil_op *op, int list) {
    const struct emit_scope *scope = &lowering->scope;
    const int at = (int)(op - scope->ops);
    bool is_own = list >= scope->first_input && list < scope->first_input + scope->n_inputs;
    for (int i = 0; i < at && !is_own; i++)
        is_own = scope->ops[i].n_results > 0 && list >= scope->ops[i].result &&
                 list < scope->ops[i].result + scope->ops[i].n_results;
    if (!is_own || is_among(scope->outputs, scope->n_outputs, list))
        return false;
    for (int i = at + 1; i < scope->n_ops; i++)
        if (reads(&scope->ops[i], list))
            return false;
    return true;
}

int emit_lower_list(struct emit_lowering *lowering, const struct mil_op *op) {
    const int list = op_operand((struct op_ref){lowering->function, op}, "ls");
    const bool changes = is_change(op->code);
    if (changes && is_last_use(lowering, op, list))
        emit_alias(lowering, op->result, list, 0);
    else if (changes && emit_copy_add(lowering, op->result, list) != 0)
        return -1;
    struct emit_step *step = emit_step_add(lowering, EMIT_LIST, op, changes ? -1 : op->result);
    if (!step)
        return -1;
    for (int a = 0; a < op->n_args; a++)
        if (op_arg_is_data(op, &op->args[a]) &&
            emit_read_add(lowering, step, op->args[a].values[0]) != 0)
            return -1;
    return changes ? emit_read_add(lowering, step, op->result) : 0;
}

static void argument(struct code *out, const struct emit_lowering *lowering,
    const struct emit_step *s, const char *name) {
    code_add(out, ", ");
    emit_write_pointer(out, lowering, op_operand((struct op_ref){lowering->function, s->op}, name));
}

static void write_make(struct code *out, const struct emit_lowering *lowering,
    const struct emit_step *s, int64_t each) {
    const struct op_ref ref = {lowering->function, s->op};
    code_add(out, "if (list_make(");
    emit_write_pointer(out, lowering, s->op->result);
    code_add(out, ", ");
    if (mil_op_arg(s->op, "init_length")) {
        code_add(out, "*(");
        emit_write_pointer(out, lowering, op_operand(ref, "init_length"));
        code_add(out, ")");
    } else {
        code_add(out, "1");
    }
    code_add(out, ", %d, %" PRId64 ", %" PRId64 ", fault))\nreturn 1;\n",
        op_bool(ref, "dynamic_length", true), lowering->values[s->op->result].room, each);
}

/* Elements out of a list, or into it: one, or as many as there are indices. */
static void write_move(struct code *out, const struct emit_lowering *lowering,
    const struct emit_step *s, int64_t each) {
    const bool changes = is_change(s->op->code), is_one = mil_op_arg(s->op, "index") != NULL;
    const struct mil_type *indices = op_type((struct op_ref){lowering->function, s->op}, "indices");
    code_add(out, "if (%s(", changes ? "list_set" : "list_get");
    emit_write_pointer(out, lowering, s->op->result);
    argument(out, lowering, s, changes ? "value" : "ls");
    argument(out, lowering, s, is_one ? "index" : "indices");
    code_add(out, ", %" PRId64, is_one ? 1 : indices->dim[0]);
    if (changes)
        code_add(out, ", %" PRId64, lowering->values[s->op->result].room);
    code_add(out, ", %" PRId64 ", \"%s\", fault))\nreturn 1;\n", each, mil_op_name(s->op));
}

void emit_write_list(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const struct op_ref ref = {lowering->function, s->op};
    const struct emit_value *result = &lowering->values[s->op->result];
    struct code *out = &writer->functions;
    if (lowering->values[result->root].place == EMIT_NOWHERE)
        return;
    writer->needs |= EMIT_NEED_LIST;
    if (s->op->code == MIL_OP_MAKE_LIST) {
        write_make(out, lowering, s, mil_type_elements(&result->type));
    } else if (s->op->code == MIL_OP_LIST_LENGTH) {
        code_add(out, "*(");
        emit_write_pointer(out, lowering, s->op->result);
        code_add(out, ") = list_length((const void *)(");
        emit_write_pointer(out, lowering, op_operand(ref, "ls"));
        code_add(out, "));\n");
    } else {
        write_move(out, lowering, s, mil_type_elements(op_type(ref, "ls")));
    }
}
