/* SPDX-License-Identifier: MIT
 *
 * From operators to steps. One loop, one call of sgemm or one copy is a step; an operator that only
 * views the same memory in another shape needs none.
 */
#include "mil/emit/emit_lowering.h"

#include "mil/arena.h"

#include <stdlib.h>
#include <string.h>

/* A loop with more operators than this runs out of registers. */
enum { LOOP_EXPRS_MAX = 24 };

int emit_value_add(struct emit_lowering *lowering, struct mil_type type) {
    struct emit_value *values =
        mil_grow(lowering->values, lowering->n_values, &lowering->values_room, sizeof *values);
    if (!values)
        return mil_fail(lowering->error, lowering->function->place, "out of memory");
    lowering->values = values;
    values[lowering->n_values] =
        (struct emit_value){.type = type, .root = lowering->n_values, .step = -1, .last_step = -1};
    return lowering->n_values++;
}

int emit_value_view(struct emit_lowering *lowering, int value, struct mil_type type) {
    int view = emit_value_add(lowering, type);
    if (view < 0)
        return -1;
    lowering->values[view].root = lowering->values[value].root;
    lowering->values[view].root_offset = lowering->values[value].root_offset;
    return view;
}

int emit_table_add(struct emit_lowering *lowering, enum mil_dtype dtype, int64_t elements) {
    int table =
        emit_value_add(lowering, (struct mil_type){.dtype = dtype, .rank = 1, .dim = {elements}});
    if (table < 0)
        return -1;
    lowering->values[table].table = malloc((size_t)elements * sizeof(union mil_cell) + 1);
    lowering->values[table].place = EMIT_CONSTANT;
    return lowering->values[table].table
               ? table
               : mil_fail(lowering->error, lowering->function->place, "out of memory");
}

int emit_read_add(struct emit_lowering *lowering, struct emit_step *step, int value) {
    int *reads = mil_grow(lowering->reads, lowering->n_reads, &lowering->reads_room, sizeof *reads);
    if (!reads)
        return mil_fail(lowering->error, lowering->function->place, "out of memory");
    lowering->reads = reads;
    reads[lowering->n_reads++] = value;
    step->n_reads++;
    return 0;
}

struct emit_step *emit_step_add(
    struct emit_lowering *lowering, enum emit_step_kind kind, const struct mil_op *op, int result) {
    struct emit_step *steps =
        mil_grow(lowering->steps, lowering->n_steps, &lowering->steps_room, sizeof *steps);
    if (!steps) {
        mil_fail(lowering->error, lowering->function->place, "out of memory");
        return NULL;
    }
    lowering->steps = steps;
    if (result >= 0)
        lowering->values[result].step = lowering->n_steps;
    steps[lowering->n_steps] = (struct emit_step){.kind = kind,
        .op = op,
        .result = result,
        .scratch = -1,
        .first_expr = lowering->n_exprs,
        .first_read = lowering->n_reads};
    for (int r = 1; r < emit_step_results(&steps[lowering->n_steps]); r++)
        lowering->values[result + r].step = lowering->n_steps;
    return &steps[lowering->n_steps++];
}

int emit_scratch_add(struct emit_lowering *lowering, int64_t cells) {
    int last = lowering->n_steps - 1;
    int scratch =
        emit_value_add(lowering, (struct mil_type){.dtype = MIL_FP32, .rank = 1, .dim = {cells}});
    if (scratch < 0)
        return -1;
    lowering->steps[last].scratch = scratch;
    lowering->values[scratch].step = last;
    return 0;
}

/* Is that operand made by an earlier expr of this loop? */
static bool is_local(const struct emit_lowering *lowering, int step, int value) {
    return lowering->steps[step].kind == EMIT_LOOP &&
           lowering->values[lowering->values[value].root].step == step;
}

static bool same_shape(const struct mil_type *a, const struct mil_type *b) {
    struct mil_type same = *a;
    same.dtype = b->dtype;
    return mil_type_equal(&same, b);
}

/* Whether expr can join the loop of the last step: it must read the loop's results only at the
 * index where they are made. */
static bool loop_takes(const struct emit_lowering *lowering, const struct emit_expr *expr) {
    int last = lowering->n_steps - 1;
    if (last < 0 || lowering->steps[last].kind != EMIT_LOOP ||
        lowering->steps[last].n_exprs >= LOOP_EXPRS_MAX)
        return false;
    const struct mil_type *shape =
        &lowering->values[lowering->exprs[lowering->steps[last].first_expr].result].type;
    if (!same_shape(&lowering->values[expr->result].type, shape))
        return false;
    for (int i = 0; i < expr->n_operands; i++) {
        const struct emit_value *operand = &lowering->values[expr->operand[i]];
        if (is_local(lowering, last, expr->operand[i]) &&
            (operand->root_offset != 0 || !same_shape(&operand->type, shape)))
            return false;
    }
    return true;
}

int emit_loop_add(struct emit_lowering *lowering, struct emit_expr expr) {
    if (!loop_takes(lowering, &expr) && !emit_step_add(lowering, EMIT_LOOP, NULL, -1))
        return -1;
    struct emit_step *step = &lowering->steps[lowering->n_steps - 1];
    struct emit_expr *exprs =
        mil_grow(lowering->exprs, lowering->n_exprs, &lowering->exprs_room, sizeof *exprs);
    if (!exprs)
        return mil_fail(lowering->error, lowering->function->place, "out of memory");
    lowering->exprs = exprs;
    exprs[lowering->n_exprs++] = expr;
    step->n_exprs++;
    for (int i = 0; i < expr.n_operands; i++)
        if (!is_local(lowering, lowering->n_steps - 1, expr.operand[i]) &&
            emit_read_add(lowering, step, expr.operand[i]) != 0)
            return -1;
    lowering->values[expr.result].step = lowering->n_steps - 1;
    return 0;
}

void emit_alias(struct emit_lowering *lowering, int result, int value, int64_t offset) {
    lowering->values[result].root = lowering->values[value].root;
    lowering->values[result].root_offset = lowering->values[value].root_offset + offset;
}

/* An input often holds several operands side by side: widening each slice separately saves a pass
 * over the whole. */
static bool input_in_parts(const struct emit_lowering *lowering, int index) {
    const struct mil_function *f = lowering->function;
    bool is_sliced = false;
    for (int i = 0; i < f->n_outputs; i++)
        if (f->outputs[i] == index)
            return false;
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        bool reads = false;
        for (int a = 0; a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++)
                reads = reads || op->args[a].values[j] == index;
        if ((reads && op->code != MIL_OP_SLICE_BY_SIZE && op->code != MIL_OP_SLICE_BY_INDEX) ||
            op->n_blocks > 0)
            return false;
        is_sliced = is_sliced || reads;
    }
    return is_sliced;
}

/* Inputs whose cells differ from their form in memory go through the arena, as do states, which are
 * written back at the end. */
static int add_input(struct emit_lowering *lowering, int index) {
    struct emit_value *value = &lowering->values[index];
    bool is_state = value->type.kind == MIL_STATE;
    if (!mil_dtype_is_computed(value->type.dtype) ||
        mil_type_elements(&value->type) > OP_ELEMENTS_MAX)
        return mil_fail(lowering->error, lowering->function->values[index].place,
            "an input must be fp16, fp32, bool or an integer of at most 32 bits, and have at most "
            "2^30 elements");
    if (mil_dtype_bytes(value->type.dtype) == sizeof(union mil_cell) && !is_state) {
        value->place = EMIT_INPUT;
        value->offset = (uint64_t)index;
        return 0;
    }
    if (value->type.dtype == MIL_FP16 && !is_state && input_in_parts(lowering, index)) {
        value->place = EMIT_IN_PARTS;
        return 0;
    }
    struct emit_step *step = emit_step_add(lowering, EMIT_WIDEN, NULL, index);
    if (!step)
        return -1;
    step->index = index;
    return 0;
}

static int add_output(struct emit_lowering *lowering, int index) {
    int value = lowering->function->outputs[index];
    const struct mil_op *concat = emit_output_in_parts(lowering, value);
    const struct mil_arg *parts = concat ? mil_op_arg(concat, "values") : NULL;
    struct emit_step *step = emit_step_add(lowering, EMIT_NARROW, NULL, -1);
    if (!step)
        return -1;
    step->index = index;
    for (int i = 0; i < (parts ? parts->n_values : 1); i++)
        if (emit_read_add(lowering, step, parts ? parts->values[i] : value) != 0)
            return -1;
    return 0;
}

/* What a state became goes back to where it came from. */
static int add_state(struct emit_lowering *lowering, int index) {
    if (lowering->function->values[index].type->kind != MIL_STATE ||
        (lowering->current[index] == index && !lowering->is_in_place[index]))
        return 0;
    struct emit_step *step = emit_step_add(lowering, EMIT_NARROW, NULL, -1);
    if (!step)
        return -1;
    step->index = index;
    step->is_state = true;
    return emit_read_add(lowering, step, lowering->current[index]);
}

static int rooms_find(struct emit_lowering *lowering) {
    const struct mil_function *f = lowering->function;
    int64_t *rooms = malloc(((size_t)f->n_values + 1) * sizeof *rooms);
    if (!rooms)
        return mil_fail(lowering->error, f->place, "out of memory");
    op_list_rooms(f, rooms);
    for (int i = 0; i < f->n_values; i++)
        lowering->values[i].room = rooms[i];
    free(rooms);
    return 0;
}

/* Marks the states that are written in blocks. */
static void states_mark(
    struct emit_lowering *lowering, const struct mil_op *ops, int n_ops, bool in_block) {
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        for (int b = 0; b < op->n_blocks; b++)
            states_mark(lowering, op->blocks[b].ops, op->blocks[b].n_ops, true);
        if (in_block && op->n_blocks == 0 && op_writes_state(op))
            lowering->is_in_place[op_state((struct op_ref){lowering->function, op})] = true;
    }
}

/* What is written to a state, and over before anything reads it, is made all the same: it needs memory. Loops
 * and copies leave out what has none. */
static void unread_keep(struct emit_lowering *lowering) {
    for (int i = 0; i < lowering->n_steps; i++) {
        const struct emit_step *step = &lowering->steps[i];
        bool is_read = step->kind == EMIT_LOOP || step->kind == EMIT_ASSIGN ||
                       step->kind == EMIT_CONTROL || step->kind == EMIT_LIST || step->result < 0;
        for (int r = 0; r < emit_step_results(step) && !is_read; r++)
            is_read = lowering->values[step->result + r].last_step >= 0;
        if (!is_read)
            lowering->values[step->result].last_step = i;
    }
}

/* Finds last uses, and which values need memory. */
static void settle(struct emit_lowering *lowering) {
    for (int i = 0; i < lowering->n_steps; i++)
        for (int r = 0; r < lowering->steps[i].n_reads; r++)
            lowering
                ->values[lowering->values[lowering->reads[lowering->steps[i].first_read + r]].root]
                .last_step = i;
    unread_keep(lowering);
    for (int v = 0; v < lowering->n_values; v++) {
        struct emit_value *value = &lowering->values[v];
        if (value->root != v || value->place != EMIT_NOWHERE)
            continue;
        if (v < lowering->function->n_values && lowering->is_constant[v])
            value->place = value->last_step >= 0 ? EMIT_CONSTANT : EMIT_NOWHERE;
        else if (value->step >= 0 &&
                 (value->last_step >= 0 || lowering->steps[value->step].scratch == v))
            value->place = EMIT_ARENA;
        if (value->place == EMIT_ARENA && value->last_step < value->step)
            value->last_step = value->step;
    }
}

int emit_lower(struct emit_lowering *lowering, const struct mil_function *function,
    const struct mil_weights *weights, struct mil_error *error) {
    size_t n = (size_t)function->n_values + 1;
    *lowering = (struct emit_lowering){.function = function, .weights = weights, .error = error};
    lowering->is_constant = calloc(n, sizeof *lowering->is_constant);
    lowering->is_needed = calloc(n, sizeof *lowering->is_needed);
    lowering->folded = calloc(n, sizeof *lowering->folded);
    lowering->current = calloc(n, sizeof *lowering->current);
    lowering->is_in_place = calloc(n, sizeof *lowering->is_in_place);
    if (!lowering->is_constant || !lowering->is_needed || !lowering->folded || !lowering->current ||
        !lowering->is_in_place)
        return mil_fail(error, function->place, "out of memory");
    for (int i = 0; i < function->n_values; i++) {
        lowering->current[i] = i;
        if (emit_value_add(lowering, *function->values[i].type) < 0)
            return -1;
    }
    states_mark(lowering, function->ops, function->n_ops, false);
    if (rooms_find(lowering) != 0)
        return -1;
    if (emit_lowering_fold(lowering) != 0 ||
        emit_ops_check(lowering, function->ops, function->n_ops) != 0)
        return -1;
    for (int i = 0; i < function->n_inputs; i++)
        if (lowering->is_needed[i] && add_input(lowering, i) != 0)
            return -1;
    const struct emit_scope scope = {.ops = function->ops,
        .n_ops = function->n_ops,
        .outputs = function->outputs,
        .n_outputs = function->n_outputs};
    if (emit_lower_ops(lowering, scope) != 0)
        return -1;
    for (int i = 0; i < function->n_outputs; i++)
        if (add_output(lowering, i) != 0)
            return -1;
    for (int i = 0; i < function->n_inputs; i++)
        if (add_state(lowering, i) != 0)
            return -1;
    settle(lowering);
    emit_lowering_halves(lowering);
    return 0;
}

void emit_lowering_free(struct emit_lowering *lowering) {
    for (int i = 0; lowering->folded && i < lowering->function->n_values; i++)
        free(lowering->folded[i]);
    for (int i = 0; i < lowering->n_values; i++)
        free(lowering->values[i].table);
    free(lowering->folded);
    free(lowering->current);
    free(lowering->is_in_place);
    free(lowering->is_constant);
    free(lowering->is_needed);
    free(lowering->values);
    free(lowering->exprs);
    free(lowering->steps);
    free(lowering->reads);
    *lowering = (struct emit_lowering){0};
}
