/* SPDX-License-Identifier: MIT
 *
 * From operators to steps. What is one loop, one call of sgemm or one copy becomes a step; what
 * only looks at the same memory in another shape becomes none.
 */
#include "mil/emit/emit_plan.h"

#include <stdlib.h>
#include <string.h>

/* A loop of more operators than this runs out of registers. */
enum { LOOP_EXPRS_MAX = 24 };

/* Room for element n of the array; NULL when out of memory. */
static void *grown(void *array, int *room, int n, size_t element_bytes) {
    if (n < *room)
        return array;
    void *larger = realloc(array, (size_t)(2 * n + 16) * element_bytes);
    if (larger)
        *room = 2 * n + 16;
    return larger;
}

/* Adds a value with memory of its own, or -1. */
static int value_add(struct emit_plan *plan, struct mil_type type) {
    struct emit_value *values =
        grown(plan->values, &plan->values_room, plan->n_values, sizeof *values);
    if (!values)
        return mil_fail(plan->error, plan->function->place, "out of memory");
    plan->values = values;
    values[plan->n_values] =
        (struct emit_value){.type = type, .root = plan->n_values, .step = -1, .last_step = -1};
    return plan->n_values++;
}

/* Adds a view of a value under another shape, or -1. */
static int value_view(struct emit_plan *plan, int value, struct mil_type type) {
    int view = value_add(plan, type);
    if (view < 0)
        return -1;
    plan->values[view].root = plan->values[value].root;
    plan->values[view].root_offset = plan->values[value].root_offset;
    return view;
}

static int read_add(struct emit_plan *plan, struct emit_step *step, int value) {
    int *reads = grown(plan->reads, &plan->reads_room, plan->n_reads, sizeof *reads);
    if (!reads)
        return mil_fail(plan->error, plan->function->place, "out of memory");
    plan->reads = reads;
    reads[plan->n_reads++] = value;
    step->n_reads++;
    return 0;
}

/* The values a step makes know it; -1 as `result` is none. */
static struct emit_step *step_add(
    struct emit_plan *plan, enum emit_step_kind kind, const struct mil_op *op, int result) {
    struct emit_step *steps = grown(plan->steps, &plan->steps_room, plan->n_steps, sizeof *steps);
    if (!steps) {
        mil_fail(plan->error, plan->function->place, "out of memory");
        return NULL;
    }
    plan->steps = steps;
    if (result >= 0)
        plan->values[result].step = plan->n_steps;
    steps[plan->n_steps] = (struct emit_step){.kind = kind,
        .op = op,
        .result = result,
        .scratch = -1,
        .first_expr = plan->n_exprs,
        .first_read = plan->n_reads};
    return &steps[plan->n_steps++];
}

/* Is that operand made by an earlier expr of this loop? */
static bool is_local(const struct emit_plan *plan, int step, int value) {
    return plan->steps[step].kind == EMIT_LOOP &&
           plan->values[plan->values[value].root].step == step;
}

static bool same_shape(const struct mil_type *a, const struct mil_type *b) {
    struct mil_type same = *a;
    same.dtype = b->dtype;
    return mil_type_equal(&same, b);
}

/* Can expr join the loop that is the last step? Only when it reads what the loop makes at the very
 * index where it is made. */
static bool loop_takes(const struct emit_plan *plan, const struct emit_expr *expr) {
    int last = plan->n_steps - 1;
    if (last < 0 || plan->steps[last].kind != EMIT_LOOP ||
        plan->steps[last].n_exprs >= LOOP_EXPRS_MAX)
        return false;
    const struct mil_type *shape =
        &plan->values[plan->exprs[plan->steps[last].first_expr].result].type;
    if (!same_shape(&plan->values[expr->result].type, shape))
        return false;
    for (int i = 0; i < expr->n_operands; i++) {
        const struct emit_value *operand = &plan->values[expr->operand[i]];
        if (is_local(plan, last, expr->operand[i]) &&
            (operand->root_offset != 0 || !same_shape(&operand->type, shape)))
            return false;
    }
    return true;
}

/* Adds an operator to the open loop, or to a new one. */
static int loop_add(struct emit_plan *plan, struct emit_expr expr) {
    if (!loop_takes(plan, &expr) && !step_add(plan, EMIT_LOOP, NULL, -1))
        return -1;
    struct emit_step *step = &plan->steps[plan->n_steps - 1];
    struct emit_expr *exprs = grown(plan->exprs, &plan->exprs_room, plan->n_exprs, sizeof *exprs);
    if (!exprs)
        return mil_fail(plan->error, plan->function->place, "out of memory");
    plan->exprs = exprs;
    exprs[plan->n_exprs++] = expr;
    step->n_exprs++;
    for (int i = 0; i < expr.n_operands; i++)
        if (!is_local(plan, plan->n_steps - 1, expr.operand[i]) &&
            read_add(plan, step, expr.operand[i]) != 0)
            return -1;
    plan->values[expr.result].step = plan->n_steps - 1;
    return 0;
}

static void alias(struct emit_plan *plan, int result, int value, int64_t offset) {
    plan->values[result].root = plan->values[value].root;
    plan->values[result].root_offset = plan->values[value].root_offset + offset;
}

/* Conversions that leave the cell as it is: to a wider type of the same kind. */
static bool cast_is_alias(enum mil_dtype from, enum mil_dtype to) {
    return from == to || (from == MIL_FP16 && to == MIL_FP32) ||
           (from == MIL_BOOL && (to == MIL_INT8 || to == MIL_INT32)) ||
           (from == MIL_INT8 && to == MIL_INT32);
}

static int add_elementwise(struct emit_plan *plan, const struct mil_op *op) {
    struct op_ref ref = {plan->function, op};
    static const char *const names[] = {"x", "y", "input", "scale", "zero_point"};
    struct emit_expr expr = {.code = op->code, .op = op, .result = op->result};
    int64_t axis = op_int(ref, "axis", 0);
    for (int i = 0; i < 5; i++) {
        int value = op_operand(ref, names[i]);
        if (value < 0)
            continue;
        if (i >= 3) { /* one for each index of an axis */
            struct mil_type placed =
                op_channel_type(&plan->values[value].type, op_result_type(ref), axis);
            value = value_view(plan, value, placed);
            if (value < 0)
                return -1;
        }
        expr.operand[expr.n_operands++] = value;
    }
    return loop_add(plan, expr);
}

/* The end of a product: + bias, then rounded to the result's type, in the next loop. */
static int add_rounding(
    struct emit_plan *plan, const struct mil_op *op, int sum, int bias, int64_t bias_axis) {
    const struct mil_type *type = &plan->values[op->result].type;
    struct mil_type sum_type = *type;
    sum_type.dtype = MIL_FP32;
    if (bias >= 0) {
        struct mil_type placed = op_channel_type(&plan->values[bias].type, type, bias_axis);
        int view = value_view(plan, bias, placed);
        int total = type->dtype == MIL_FP32 ? op->result : value_add(plan, sum_type);
        if (view < 0 || total < 0)
            return -1;
        struct emit_expr add = {MIL_OP_ADD, NULL, {sum, view}, 2, total};
        if (loop_add(plan, add) != 0)
            return -1;
        sum = total;
    }
    if (sum == op->result)
        return 0;
    return loop_add(plan, (struct emit_expr){MIL_OP_CAST, NULL, {sum}, 1, op->result});
}

/* matmul, linear, conv, attention. */
static int add_product(struct emit_plan *plan, const struct mil_op *op) {
    struct op_ref ref = {plan->function, op};
    struct mil_type type = *op_result_type(ref);
    int bias = op_operand(ref, "bias"), sum = op->result;
    bool ignored = false;
    if (type.dtype != MIL_FP32 || bias >= 0) {
        type.dtype = MIL_FP32;
        sum = value_add(plan, type);
    }
    struct emit_step *step = sum < 0 ? NULL
                                     : step_add(plan,
                                           op->code == MIL_OP_CONV   ? EMIT_CONV
                                           : op->code == MIL_OP_SDPA ? EMIT_SDPA
                                                                     : EMIT_PRODUCT,
                                           op, sum);
    if (!step)
        return -1;
    static const char *const names[] = {"x", "y", "weight", "query", "key", "value", "attn_mask"};
    for (int i = 0; i < 7; i++) {
        if (op_operand(ref, names[i]) < 0)
            continue;
        int value = op->code == MIL_OP_MATMUL ? emit_matmul_operand(plan, op, names[i], &ignored)
                                              : op_operand(ref, names[i]);
        if (read_add(plan, step, value) != 0)
            return -1;
    }
    if (op->code == MIL_OP_SDPA) {
        struct op_matmul scores = op_sdpa_scores(ref);
        type.rank = 2;
        type.dim[0] = scores.m;
        type.dim[1] = scores.n;
        int scratch = value_add(plan, type);
        if (scratch < 0)
            return -1;
        step->scratch = scratch;
        plan->values[scratch].step = plan->n_steps - 1;
    }
    return add_rounding(plan, op, sum, bias, op->code == MIL_OP_CONV ? 1 : -1);
}

/* Copies, reductions, softmax, layer_norm: one step that rounds as it stores. */
static int add_plain(struct emit_plan *plan, enum emit_step_kind kind, const struct mil_op *op) {
    struct emit_step *step = step_add(plan, kind, op, op->result);
    if (!step)
        return -1;
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; op_arg_is_data(op->args[a].name) && j < op->args[a].n_values; j++)
            if (read_add(plan, step, op->args[a].values[j]) != 0)
                return -1;
    return 0;
}

/* The concat that makes this output, where nothing else reads it and each operand is one run of it:
 * its operands are put out one after the other and never put together. NULL when it is not so. */
static const struct mil_op *output_in_parts(const struct emit_plan *plan, int value) {
    const struct mil_function *f = plan->function;
    const struct mil_op *made_by = NULL;
    bool is_output = false;
    for (int i = 0; i < f->n_outputs; i++)
        is_output = is_output || f->outputs[i] == value;
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        if (op->result == value)
            made_by = op;
        for (int a = 0; a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++)
                if (op->args[a].values[j] == value)
                    return NULL;
    }
    if (!is_output || !made_by || made_by->code != MIL_OP_CONCAT || plan->is_constant[value])
        return NULL;
    const struct mil_arg *parts = mil_op_arg(made_by, "values");
    for (int part = 0; part < parts->n_values; part++)
        if (op_copy((struct op_ref){f, made_by}, part).rank != 1)
            return NULL;
    return made_by;
}

/* An input often holds several operands side by side: to widen each slice of it for itself saves a
 * pass over all of it. */
static bool input_in_parts(const struct emit_plan *plan, int index) {
    const struct mil_function *f = plan->function;
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
        if (reads && op->code != MIL_OP_SLICE_BY_SIZE && op->code != MIL_OP_SLICE_BY_INDEX)
            return false;
        is_sliced = is_sliced || reads;
    }
    return is_sliced;
}

static int add_input_part(struct emit_plan *plan, const struct mil_op *op, int index) {
    struct emit_step *step = step_add(plan, EMIT_WIDEN, op, op->result);
    if (!step)
        return -1;
    step->index = index;
    return 0;
}

/* A slice of one run of elements is that run; a transpose that moves no element is its operand. */
static int add_copy(struct emit_plan *plan, const struct mil_op *op) {
    struct op_ref ref = {plan->function, op};
    const int x = op_operand(ref, "x");
    if (x >= 0 && plan->values[x].place == EMIT_IN_PARTS)
        return add_input_part(plan, op, x);
    if (output_in_parts(plan, op->result))
        return 0;
    if (op->code != MIL_OP_CONCAT && op->code != MIL_OP_TILE) {
        struct op_copy copy = op_copy(ref, 0);
        if (copy.rank == 1 && copy.from_stride[0] == 1) {
            alias(plan, op->result, x, copy.from_offset);
            return 0;
        }
    }
    return add_plain(plan, EMIT_COPY, op);
}

static int add_op(struct emit_plan *plan, const struct mil_op *op) {
    struct op_ref ref = {plan->function, op};
    switch (op->code) {
    case MIL_OP_RESHAPE:
    case MIL_OP_IDENTITY:
        alias(plan, op->result, op_operand(ref, "x"), 0);
        return 0;
    case MIL_OP_CAST:
        if (cast_is_alias(op_type(ref, "x")->dtype, op_result_type(ref)->dtype)) {
            alias(plan, op->result, op_operand(ref, "x"), 0);
            return 0;
        }
        return add_elementwise(plan, op);
    case MIL_OP_CONV:
    case MIL_OP_MATMUL:
    case MIL_OP_LINEAR:
    case MIL_OP_SDPA:
        return add_product(plan, op);
    case MIL_OP_TRANSPOSE:
    case MIL_OP_CONCAT:
    case MIL_OP_SLICE_BY_SIZE:
    case MIL_OP_SLICE_BY_INDEX:
    case MIL_OP_TILE:
        return add_copy(plan, op);
    case MIL_OP_REDUCE_SUM:
    case MIL_OP_REDUCE_MEAN:
    case MIL_OP_REDUCE_MAX:
        return add_plain(plan, EMIT_REDUCE, op);
    case MIL_OP_SOFTMAX:
        return add_plain(plan, EMIT_SOFTMAX, op);
    case MIL_OP_LAYER_NORM:
        return add_plain(plan, EMIT_LAYER_NORM, op);
    default:
        return add_elementwise(plan, op);
    }
}

/* Inputs whose cells are not as they are in memory go through the arena. */
static int add_input(struct emit_plan *plan, int index) {
    struct emit_value *value = &plan->values[index];
    if (value->type.dtype == MIL_UINT64 || value->type.dtype == MIL_STRING ||
        mil_type_elements(&value->type) > OP_ELEMENTS_MAX)
        return mil_fail(plan->error, plan->function->values[index].place,
            "an input must be fp16, fp32, int8, int32 or bool, of at most 2^30 elements");
    if (value->type.dtype == MIL_FP32 || value->type.dtype == MIL_INT32) {
        value->place = EMIT_INPUT;
        value->offset = (uint64_t)index;
        return 0;
    }
    if (value->type.dtype == MIL_FP16 && input_in_parts(plan, index)) {
        value->place = EMIT_IN_PARTS;
        return 0;
    }
    struct emit_step *step = step_add(plan, EMIT_WIDEN, NULL, index);
    if (!step)
        return -1;
    step->index = index;
    return 0;
}

static int add_output(struct emit_plan *plan, int index) {
    int value = plan->function->outputs[index];
    const struct mil_op *concat = output_in_parts(plan, value);
    const struct mil_arg *parts = concat ? mil_op_arg(concat, "values") : NULL;
    struct emit_step *step = step_add(plan, EMIT_NARROW, NULL, -1);
    if (!step)
        return -1;
    step->index = index;
    for (int i = 0; i < (parts ? parts->n_values : 1); i++)
        if (read_add(plan, step, parts ? parts->values[i] : value) != 0)
            return -1;
    return 0;
}

/* Last uses, and which values are memory at all. */
static void settle(struct emit_plan *plan) {
    for (int i = 0; i < plan->n_steps; i++)
        for (int r = 0; r < plan->steps[i].n_reads; r++)
            plan->values[plan->values[plan->reads[plan->steps[i].first_read + r]].root].last_step =
                i;
    for (int v = 0; v < plan->n_values; v++) {
        struct emit_value *value = &plan->values[v];
        if (value->root != v || value->place != EMIT_NOWHERE)
            continue;
        if (v < plan->function->n_values && plan->is_constant[v])
            value->place = value->last_step >= 0 ? EMIT_CONSTANT : EMIT_NOWHERE;
        else if (value->step >= 0 &&
                 (value->last_step >= 0 || plan->steps[value->step].scratch == v))
            value->place = EMIT_ARENA;
        if (value->place == EMIT_ARENA && value->last_step < value->step)
            value->last_step = value->step;
    }
}

int emit_plan_make(struct emit_plan *plan, const struct mil_function *function,
    const struct mil_weights *weights, struct mil_error *error) {
    size_t n = (size_t)function->n_values + 1;
    *plan = (struct emit_plan){.function = function, .weights = weights, .error = error};
    plan->is_constant = calloc(n, sizeof *plan->is_constant);
    plan->is_needed = calloc(n, sizeof *plan->is_needed);
    plan->folded = calloc(n, sizeof *plan->folded);
    if (!plan->is_constant || !plan->is_needed || !plan->folded)
        return mil_fail(error, function->place, "out of memory");
    for (int i = 0; i < function->n_values; i++)
        if (value_add(plan, function->values[i].type) < 0)
            return -1;
    if (emit_plan_fold(plan) != 0)
        return -1;
    for (int i = 0; i < function->n_inputs; i++)
        if (plan->is_needed[i] && add_input(plan, i) != 0)
            return -1;
    for (int i = 0; i < function->n_ops; i++) {
        int result = function->ops[i].result;
        if (plan->is_needed[result] && !plan->is_constant[result] &&
            add_op(plan, &function->ops[i]) != 0)
            return -1;
    }
    for (int i = 0; i < function->n_outputs; i++)
        if (add_output(plan, i) != 0)
            return -1;
    settle(plan);
    return 0;
}

void emit_plan_free(struct emit_plan *plan) {
    for (int i = 0; plan->folded && i < plan->function->n_values; i++)
        free(plan->folded[i]);
    free(plan->folded);
    free(plan->is_constant);
    free(plan->is_needed);
    free(plan->values);
    free(plan->exprs);
    free(plan->steps);
    free(plan->reads);
    *plan = (struct emit_plan){0};
}
