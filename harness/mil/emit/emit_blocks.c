/* SPDX-License-Identifier: MIT
 *
 * cond and while_loop: the steps of their blocks stand between steps that branch. The results have
 * memory of their own, which blocks assign to.
 */
#include "mil/emit/emit_write.h"
#include "mil/op/op_fault.h"

#include <inttypes.h>

static int control_add(
    struct emit_lowering *lowering, const struct mil_op *op, enum emit_control control, int read) {
    struct emit_step *step = emit_step_add(lowering, EMIT_CONTROL, op, -1);
    if (!step)
        return -1;
    step->control = control;
    return read < 0 ? 0 : emit_read_add(lowering, step, read);
}

static int assign_step(struct emit_lowering *lowering, int to, int from, int result) {
    struct emit_step *step = emit_step_add(lowering, EMIT_ASSIGN, NULL, result);
    if (!step)
        return -1;
    step->index = to;
    return emit_read_add(lowering, step, from);
}

int emit_assign_add(struct emit_lowering *lowering, int to, int from) {
    return assign_step(lowering, to, from, -1);
}

int emit_copy_add(struct emit_lowering *lowering, int to, int from) {
    return assign_step(lowering, to, from, to);
}

static void results_open(struct emit_lowering *lowering, const struct mil_op *op) {
    for (int r = 0; r < op->n_results; r++)
        lowering->values[op->result + r].step = lowering->n_steps - 1;
}

static struct emit_scope scope_of(const struct mil_block *block) {
    return (struct emit_scope){.ops = block->ops,
        .n_ops = block->n_ops,
        .outputs = block->outputs,
        .n_outputs = block->n_outputs,
        .first_input = block->first_input,
        .n_inputs = block->n_inputs};
}

static int cond_lower(struct emit_lowering *lowering, const struct mil_op *op) {
    int pred = op_operand((struct op_ref){lowering->function, op}, "pred");
    for (int b = 0; b < 2; b++) {
        const struct mil_block *block = &op->blocks[b];
        if (control_add(lowering, op, b ? EMIT_ELSE : EMIT_IF, b ? -1 : pred) != 0)
            return -1;
        if (b == 0)
            results_open(lowering, op);
        if (emit_lower_ops(lowering, scope_of(block)) != 0)
            return -1;
        for (int r = 0; r < op->n_results; r++)
            if (emit_assign_add(lowering, op->result + r, block->outputs[r]) != 0)
                return -1;
    }
    return control_add(lowering, op, EMIT_END, -1);
}

/* What the loop reads and did not make itself is read again by the next iteration: until the end. */
static int loop_reads_keep(struct emit_lowering *lowering, const struct mil_op *op, int first) {
    const int last = lowering->n_steps - 1, end = lowering->n_reads;
    for (int i = lowering->steps[first].first_read; i < end; i++) {
        const struct emit_value *root =
            &lowering->values[lowering->values[lowering->reads[i]].root];
        if (root->step < first &&
            emit_read_add(lowering, &lowering->steps[last], lowering->reads[i]) != 0)
            return -1;
    }
    for (int r = 0; r < op->n_results; r++)
        if (emit_read_add(lowering, &lowering->steps[last], op->result + r) != 0)
            return -1;
    return 0;
}

/* The results are the loop's variables. */
static int while_lower(struct emit_lowering *lowering, const struct mil_op *op) {
    const struct mil_arg *vars = mil_op_arg(op, "loop_vars");
    const struct mil_block *test = &op->blocks[0], *body = &op->blocks[1];
    if (control_add(lowering, op, EMIT_BEGIN, -1) != 0)
        return -1;
    results_open(lowering, op);
    for (int r = 0; r < op->n_results; r++) {
        if (emit_assign_add(lowering, op->result + r, vars->values[r]) != 0)
            return -1;
        emit_alias(lowering, test->first_input + r, op->result + r, 0);
        emit_alias(lowering, body->first_input + r, op->result + r, 0);
    }
    const int first = lowering->n_steps;
    struct emit_scope tests = scope_of(test);
    tests.n_inputs = 0; /* the body finds the variables as they were */
    if (control_add(lowering, op, EMIT_LOOP_OPEN, -1) != 0 ||
        emit_lower_ops(lowering, tests) != 0 ||
        control_add(lowering, op, EMIT_LOOP_TEST, test->outputs[0]) != 0 ||
        emit_lower_ops(lowering, scope_of(body)) != 0)
        return -1;
    /* all are made before any variable changes: they may be each other's old values */
    int made[MIL_RESULTS_MAX];
    for (int r = 0; r < op->n_results; r++) {
        int root = lowering->values[body->outputs[r]].root;
        made[r] = body->outputs[r];
        if (root < op->result || root >= op->result + op->n_results || root == op->result + r)
            continue;
        made[r] = emit_value_add(lowering, lowering->values[op->result + r].type);
        if (made[r] >= 0)
            lowering->values[made[r]].room = lowering->values[op->result + r].room;
        if (made[r] < 0 || emit_copy_add(lowering, made[r], body->outputs[r]) != 0)
            return -1;
    }
    for (int r = 0; r < op->n_results; r++)
        if (lowering->values[made[r]].root != op->result + r &&
            emit_assign_add(lowering, op->result + r, made[r]) != 0)
            return -1;
    return control_add(lowering, op, EMIT_END, -1) != 0 ? -1 : loop_reads_keep(lowering, op, first);
}

int emit_lower_blocks(struct emit_lowering *lowering, const struct mil_op *op) {
    return op->code == MIL_OP_COND ? cond_lower(lowering, op) : while_lower(lowering, op);
}

void emit_write_assign(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const struct emit_value *to = &lowering->values[s->index];
    const bool is_list = to->type.kind == MIL_LIST;
    if (to->place != EMIT_ARENA)
        return;
    writer->needs |= is_list ? EMIT_NEED_LIST : 0;
    code_add(&writer->functions, is_list ? "list_copy(" : "__builtin_memcpy(");
    emit_write_pointer(&writer->functions, lowering, s->index);
    code_add(&writer->functions, ", ");
    emit_write_pointer(&writer->functions, lowering, lowering->reads[s->first_read]);
    code_add(&writer->functions, ", %" PRId64 ");\n",
        mil_type_elements(&to->type) * (is_list ? 1 : (int64_t)sizeof(union mil_cell)));
}

void emit_write_control(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    static const struct {
        const char *before, *after;
    } texts[] = {
        [EMIT_IF] = {"if (*(", ")) {\n"},
        [EMIT_ELSE] = {"} else {\n", NULL},
        [EMIT_BEGIN] = {"", NULL},
        [EMIT_LOOP_OPEN] = {"for (long turn = 0;; turn++) {\n", NULL},
        [EMIT_LOOP_TEST] = {"if (!*(", "))\nbreak;\n"},
        [EMIT_END] = {"}\n", NULL},
    };
    const struct emit_step *s = &lowering->steps[step];
    code_add(&writer->functions, "%s", texts[s->control].before);
    if (s->control == EMIT_LOOP_OPEN)
        code_add(&writer->functions, "if (turn > %d)\nreturn stop(fault, %d, \"%s\", turn, %d);\n",
            OP_ITERATIONS_MAX, OP_FAULT_ENDLESS, mil_op_name(s->op), OP_ITERATIONS_MAX);
    if (!texts[s->control].after)
        return;
    emit_write_pointer(&writer->functions, lowering, lowering->reads[s->first_read]);
    code_add(&writer->functions, "%s", texts[s->control].after);
}
