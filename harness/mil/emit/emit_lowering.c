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

/* Adds a value with memory of its own, or -1. */
static int value_add(struct emit_lowering *lowering, struct mil_type type) {
    struct emit_value *values =
        mil_grow(lowering->values, lowering->n_values, &lowering->values_room, sizeof *values);
    if (!values)
        return mil_fail(lowering->error, lowering->function->place, "out of memory");
    lowering->values = values;
    values[lowering->n_values] =
        (struct emit_value){.type = type, .root = lowering->n_values, .step = -1, .last_step = -1};
    return lowering->n_values++;
}

/* Adds a view of a value under another shape, or -1. */
static int value_view(struct emit_lowering *lowering, int value, struct mil_type type) {
    int view = value_add(lowering, type);
    if (view < 0)
        return -1;
    lowering->values[view].root = lowering->values[value].root;
    lowering->values[view].root_offset = lowering->values[value].root_offset;
    return view;
}

static int read_add(struct emit_lowering *lowering, struct emit_step *step, int value) {
    int *reads = mil_grow(lowering->reads, lowering->n_reads, &lowering->reads_room, sizeof *reads);
    if (!reads)
        return mil_fail(lowering->error, lowering->function->place, "out of memory");
    lowering->reads = reads;
    reads[lowering->n_reads++] = value;
    step->n_reads++;
    return 0;
}

/* Records the step in the values it makes; `result` is -1 when there is none. */
static struct emit_step *step_add(
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
    return &steps[lowering->n_steps++];
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

/* Adds an operator to the open loop, or to a new one. */
static int loop_add(struct emit_lowering *lowering, struct emit_expr expr) {
    if (!loop_takes(lowering, &expr) && !step_add(lowering, EMIT_LOOP, NULL, -1))
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
            read_add(lowering, step, expr.operand[i]) != 0)
            return -1;
    lowering->values[expr.result].step = lowering->n_steps - 1;
    return 0;
}

static void alias(struct emit_lowering *lowering, int result, int value, int64_t offset) {
    lowering->values[result].root = lowering->values[value].root;
    lowering->values[result].root_offset = lowering->values[value].root_offset + offset;
}

/* Conversions that do not change the cell: to a wider type of the same kind. */
static bool cast_is_alias(enum mil_dtype from, enum mil_dtype to) {
    return from == to || (from == MIL_FP16 && to == MIL_FP32) ||
           (from == MIL_BOOL && (to == MIL_INT8 || to == MIL_INT32)) ||
           (from == MIL_INT8 && to == MIL_INT32);
}

static int add_elementwise(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    static const char *const names[] = {"x", "y", "input", "scale", "zero_point"};
    static const char *const choice[] = {"cond", "a", "b"};
    struct emit_expr expr = {.code = op->code, .op = op, .result = op->result};
    int64_t axis = op_int(ref, "axis", 0);
    for (int i = 0; op->code == MIL_OP_SELECT && i < 3; i++)
        expr.operand[expr.n_operands++] = op_operand(ref, choice[i]);
    for (int i = 0; op->code != MIL_OP_SELECT && i < 5; i++) {
        int value = op_operand(ref, names[i]);
        if (value < 0)
            continue;
        if (i >= 3) { /* one per index of an axis */
            struct mil_type placed =
                op_channel_type(&lowering->values[value].type, op_result_type(ref), axis);
            value = value_view(lowering, value, placed);
            if (value < 0)
                return -1;
        }
        expr.operand[expr.n_operands++] = value;
    }
    return loop_add(lowering, expr);
}

/* The end of a product: + bias, then rounded to the result's type, in the next loop. */
static int add_rounding(
    struct emit_lowering *lowering, const struct mil_op *op, int sum, int bias, int64_t bias_axis) {
    const struct mil_type *type = &lowering->values[op->result].type;
    struct mil_type sum_type = *type;
    sum_type.dtype = MIL_FP32;
    if (bias >= 0) {
        struct mil_type placed = op_channel_type(&lowering->values[bias].type, type, bias_axis);
        int view = value_view(lowering, bias, placed);
        int total = type->dtype == MIL_FP32 ? op->result : value_add(lowering, sum_type);
        if (view < 0 || total < 0)
            return -1;
        struct emit_expr add = {MIL_OP_ADD, NULL, {sum, view}, 2, total};
        if (loop_add(lowering, add) != 0)
            return -1;
        sum = total;
    }
    if (sum == op->result)
        return 0;
    return loop_add(lowering, (struct emit_expr){MIL_OP_CAST, NULL, {sum}, 1, op->result});
}

/* matmul, linear, conv, attention. */
static int add_product(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    struct mil_type type = *op_result_type(ref);
    int bias = op_operand(ref, "bias"), sum = op->result;
    bool ignored = false;
    if (type.dtype != MIL_FP32 || bias >= 0) {
        type.dtype = MIL_FP32;
        sum = value_add(lowering, type);
    }
    struct emit_step *step = sum < 0 ? NULL
                                     : step_add(lowering,
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
        int value = op->code == MIL_OP_MATMUL
                        ? emit_matmul_operand(lowering, op, names[i], &ignored)
                        : op_operand(ref, names[i]);
        if (read_add(lowering, step, value) != 0)
            return -1;
    }
    if (op->code == MIL_OP_SDPA) {
        struct op_matmul scores = op_sdpa_scores(ref);
        type.rank = 2;
        type.dim[0] = scores.m;
        type.dim[1] = scores.n;
        int scratch = value_add(lowering, type);
        if (scratch < 0)
            return -1;
        step->scratch = scratch;
        lowering->values[scratch].step = lowering->n_steps - 1;
    }
    return add_rounding(lowering, op, sum, bias, op->code == MIL_OP_CONV ? 1 : -1);
}

/* Copies, reductions, softmax, layer_norm: one step, which rounds as it stores. */
static int add_plain(
    struct emit_lowering *lowering, enum emit_step_kind kind, const struct mil_op *op) {
    struct emit_step *step = step_add(lowering, kind, op, op->result);
    if (!step)
        return -1;
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
            if (read_add(lowering, step, op->args[a].values[j]) != 0)
                return -1;
    return 0;
}

/* The concat that makes this output, if nothing else reads it and each operand is one contiguous
 * run: its operands are written out one after the other, without building the whole. Otherwise
 * NULL. */
static const struct mil_op *output_in_parts(const struct emit_lowering *lowering, int value) {
    const struct mil_function *f = lowering->function;
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
    if (!is_output || !made_by || made_by->code != MIL_OP_CONCAT || lowering->is_constant[value])
        return NULL;
    const struct mil_arg *parts = mil_op_arg(made_by, "values");
    for (int part = 0; part < parts->n_values; part++) {
        const struct op_copy copy = op_copy((struct op_ref){f, made_by}, part);
        if (copy.rank != 1 || copy.to_stride[0] != 1)
            return NULL;
    }
    return made_by;
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
        if (reads && op->code != MIL_OP_SLICE_BY_SIZE && op->code != MIL_OP_SLICE_BY_INDEX)
            return false;
        is_sliced = is_sliced || reads;
    }
    return is_sliced;
}

static int add_input_part(struct emit_lowering *lowering, const struct mil_op *op, int index) {
    struct emit_step *step = step_add(lowering, EMIT_WIDEN, op, op->result);
    if (!step)
        return -1;
    step->index = index;
    return 0;
}

/* A slice that is one contiguous run is a view; so is a transpose that moves no element. */
static int add_copy(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    const int x = op_operand(ref, "x");
    if (x >= 0 && lowering->values[x].place == EMIT_IN_PARTS)
        return add_input_part(lowering, op, x);
    if (output_in_parts(lowering, op->result))
        return 0;
    if (op->code != MIL_OP_CONCAT && op->code != MIL_OP_TILE) {
        struct op_copy copy = op_copy(ref, 0);
        if (copy.rank == 1 && copy.from_stride[0] == 1) {
            alias(lowering, op->result, x, copy.from_offset);
            return 0;
        }
    }
    return add_plain(lowering, EMIT_COPY, op);
}

static int add_op(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    switch (op->code) {
    case MIL_OP_RESHAPE:
    case MIL_OP_IDENTITY:
    case MIL_OP_EXPAND_DIMS:
    case MIL_OP_SQUEEZE:
    case MIL_OP_FLATTEN2D:
        alias(lowering, op->result, op_operand(ref, "x"), 0);
        return 0;
    case MIL_OP_CAST:
        if (cast_is_alias(op_type(ref, "x")->dtype, op_result_type(ref)->dtype)) {
            alias(lowering, op->result, op_operand(ref, "x"), 0);
            return 0;
        }
        return add_elementwise(lowering, op);
    case MIL_OP_CONV:
    case MIL_OP_MATMUL:
    case MIL_OP_LINEAR:
    case MIL_OP_SDPA:
        return add_product(lowering, op);
    case MIL_OP_TRANSPOSE:
    case MIL_OP_CONCAT:
    case MIL_OP_SLICE_BY_SIZE:
    case MIL_OP_SLICE_BY_INDEX:
    case MIL_OP_TILE:
        return add_copy(lowering, op);
    case MIL_OP_REDUCE_SUM:
    case MIL_OP_REDUCE_MEAN:
    case MIL_OP_REDUCE_MAX:
        return add_plain(lowering, EMIT_REDUCE, op);
    case MIL_OP_SOFTMAX:
        return add_plain(lowering, EMIT_SOFTMAX, op);
    case MIL_OP_LAYER_NORM:
        return add_plain(lowering, EMIT_LAYER_NORM, op);
    default:
        return add_elementwise(lowering, op);
    }
}

static bool is_float(struct op_ref ref, const char *arg_name) {
    const struct mil_type *type = op_type(ref, arg_name);
    return type && dtype_is_float(type->dtype);
}

/* Operators that are evaluated but not emitted as C. */
static bool op_is_emitted(struct op_ref ref) {
    enum mil_dtype to = ref.op->n_results == 1 ? op_result_type(ref)->dtype : MIL_STRING;
    if (ref.op->n_results != 1)
        return false;
    switch (ref.op->code) {
    case MIL_OP_CONST:
    case MIL_OP_RESHAPE:
    case MIL_OP_IDENTITY:
    case MIL_OP_EXPAND_DIMS:
    case MIL_OP_SQUEEZE:
    case MIL_OP_FLATTEN2D:
    case MIL_OP_TRANSPOSE:
    case MIL_OP_CONCAT:
    case MIL_OP_SLICE_BY_SIZE:
    case MIL_OP_SLICE_BY_INDEX:
    case MIL_OP_TILE:
    case MIL_OP_MATMUL:
    case MIL_OP_LINEAR:
    case MIL_OP_SDPA:
    case MIL_OP_SOFTMAX:
    case MIL_OP_LAYER_NORM:
    case MIL_OP_SELECT:
        return true;
    case MIL_OP_CONV:
        return op_type(ref, "x")->rank <= 4;
    case MIL_OP_REDUCE_SUM:
    case MIL_OP_REDUCE_MEAN:
    case MIL_OP_REDUCE_MAX:
        return is_float(ref, "x");
    case MIL_OP_CAST:
        return dtype_is_float(to) || to == MIL_INT8 || to == MIL_INT32 || to == MIL_BOOL;
    case MIL_OP_QUANTIZE:
        return to == MIL_INT8;
    case MIL_OP_DEQUANTIZE:
        return true;
    default:
        return emit_expr_is_known(ref);
    }
}

static int emitted_check(struct emit_lowering *lowering) {
    const struct mil_function *f = lowering->function;
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        bool is_folded = op->n_results == 1 &&
                         (lowering->is_constant[op->result] || !lowering->is_needed[op->result]);
        if (!is_folded && !op_is_emitted((struct op_ref){f, op}))
            return mil_fail(lowering->error, op->place,
                "%s can be evaluated, but not emitted as C with these types", mil_op_name(op));
    }
    return 0;
}

/* Inputs whose cells differ from their form in memory go through the arena. */
static int add_input(struct emit_lowering *lowering, int index) {
    struct emit_value *value = &lowering->values[index];
    if ((value->type.dtype != MIL_FP16 && value->type.dtype != MIL_FP32 &&
            value->type.dtype != MIL_INT8 && value->type.dtype != MIL_INT32 &&
            value->type.dtype != MIL_BOOL) ||
        value->type.kind != MIL_TENSOR || mil_type_elements(&value->type) > OP_ELEMENTS_MAX)
        return mil_fail(lowering->error, lowering->function->values[index].place,
            "an input must be fp16, fp32, int8, int32 or bool, of at most 2^30 elements");
    if (value->type.dtype == MIL_FP32 || value->type.dtype == MIL_INT32) {
        value->place = EMIT_INPUT;
        value->offset = (uint64_t)index;
        return 0;
    }
    if (value->type.dtype == MIL_FP16 && input_in_parts(lowering, index)) {
        value->place = EMIT_IN_PARTS;
        return 0;
    }
    struct emit_step *step = step_add(lowering, EMIT_WIDEN, NULL, index);
    if (!step)
        return -1;
    step->index = index;
    return 0;
}

static int add_output(struct emit_lowering *lowering, int index) {
    int value = lowering->function->outputs[index];
    const struct mil_op *concat = output_in_parts(lowering, value);
    const struct mil_arg *parts = concat ? mil_op_arg(concat, "values") : NULL;
    struct emit_step *step = step_add(lowering, EMIT_NARROW, NULL, -1);
    if (!step)
        return -1;
    step->index = index;
    for (int i = 0; i < (parts ? parts->n_values : 1); i++)
        if (read_add(lowering, step, parts ? parts->values[i] : value) != 0)
            return -1;
    return 0;
}

/* Finds last uses, and which values need memory. */
static void settle(struct emit_lowering *lowering) {
    for (int i = 0; i < lowering->n_steps; i++)
        for (int r = 0; r < lowering->steps[i].n_reads; r++)
            lowering
                ->values[lowering->values[lowering->reads[lowering->steps[i].first_read + r]].root]
                .last_step = i;
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
    if (!lowering->is_constant || !lowering->is_needed || !lowering->folded)
        return mil_fail(error, function->place, "out of memory");
    for (int i = 0; i < function->n_values; i++)
        if (value_add(lowering, function->values[i].type) < 0)
            return -1;
    for (int i = 0; i < function->n_ops; i++)
        if (function->ops[i].n_results != 1)
            return mil_fail(error, function->ops[i].place,
                "%s can be evaluated, but operators with %d results cannot be emitted as C",
                mil_op_name(&function->ops[i]), function->ops[i].n_results);
    if (emit_lowering_fold(lowering) != 0 || emitted_check(lowering) != 0)
        return -1;
    for (int i = 0; i < function->n_inputs; i++)
        if (lowering->is_needed[i] && add_input(lowering, i) != 0)
            return -1;
    for (int i = 0; i < function->n_ops; i++) {
        int result = function->ops[i].result;
        if (lowering->is_needed[result] && !lowering->is_constant[result] &&
            add_op(lowering, &function->ops[i]) != 0)
            return -1;
    }
    for (int i = 0; i < function->n_outputs; i++)
        if (add_output(lowering, i) != 0)
            return -1;
    settle(lowering);
    emit_lowering_halves(lowering);
    return 0;
}

void emit_lowering_free(struct emit_lowering *lowering) {
    for (int i = 0; lowering->folded && i < lowering->function->n_values; i++)
        free(lowering->folded[i]);
    free(lowering->folded);
    free(lowering->is_constant);
    free(lowering->is_needed);
    free(lowering->values);
    free(lowering->exprs);
    free(lowering->steps);
    free(lowering->reads);
    *lowering = (struct emit_lowering){0};
}
