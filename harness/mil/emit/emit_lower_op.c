/* SPDX-License-Identifier: MIT
 *
 * What each operator becomes: steps, or a view of memory that is there.
 */
#include "mil/emit/emit.h"
#include "mil/emit/emit_lowering.h"

/* How an operator is emitted. */
enum way {
    WAY_NONE,   /* it is evaluated, but not emitted with these types */
    WAY_FOLDED, /* its result is a constant */
    WAY_ALIAS,
    WAY_STATE,
    WAY_LOOP,
    WAY_PRODUCT,
    WAY_COPY,
    WAY_REDUCE,
    WAY_SOFTMAX,
    WAY_LAYER_NORM,
    WAY_CALL,
    WAY_LIST,
    WAY_BLOCKS
};

/* Conversions that do not change the cell: to a wider type of the same kind. */
static bool cast_is_alias(enum mil_dtype from, enum mil_dtype to) {
    return from == to || (from == MIL_FP16 && to == MIL_FP32) ||
           (from == MIL_BOOL && (to == MIL_INT8 || to == MIL_INT32)) ||
           (from == MIL_INT8 && to == MIL_INT32);
}

static int add_elementwise(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    static const char *const names[] = {"x", "y", "input", "scale", "zero_point", "alpha", "beta"};
    static const char *const choice[] = {"cond", "a", "b"};
    struct emit_expr expr = {.code = op->code, .op = op, .result = op->result};
    bool by_channel = op->code == MIL_OP_PRELU || op->code == MIL_OP_SOFTPLUS_PARAMETRIC;
    int64_t axis = by_channel ? 1 : op_int(ref, "axis", 0);
    for (int i = 0; op->code == MIL_OP_SELECT && i < 3; i++)
        expr.operand[expr.n_operands++] = op_operand(ref, choice[i]);
    for (int i = 0; op->code != MIL_OP_SELECT && i < (by_channel ? 7 : 5); i++) {
        int value = op_operand(ref, names[i]);
        if (value < 0)
            continue;
        if (i >= 3) { /* one per index of an axis */
            struct mil_type placed =
                op_channel_type(&lowering->values[value].type, op_result_type(ref), axis);
            value = emit_value_view(lowering, value, placed);
            if (value < 0)
                return -1;
        }
        expr.operand[expr.n_operands++] = value;
    }
    return emit_loop_add(lowering, expr);
}

/* The end of a product: + bias, then rounded to the result's type, in the next loop. */
static int add_rounding(
    struct emit_lowering *lowering, const struct mil_op *op, int sum, int bias, int64_t bias_axis) {
    const struct mil_type *type = &lowering->values[op->result].type;
    struct mil_type sum_type = *type;
    sum_type.dtype = MIL_FP32;
    if (bias >= 0) {
        struct mil_type placed = op_channel_type(&lowering->values[bias].type, type, bias_axis);
        int view = emit_value_view(lowering, bias, placed);
        int total = type->dtype == MIL_FP32 ? op->result : emit_value_add(lowering, sum_type);
        if (view < 0 || total < 0)
            return -1;
        struct emit_expr add = {MIL_OP_ADD, NULL, {sum, view}, 2, total};
        if (emit_loop_add(lowering, add) != 0)
            return -1;
        sum = total;
    }
    if (sum == op->result)
        return 0;
    return emit_loop_add(lowering, (struct emit_expr){MIL_OP_CAST, NULL, {sum}, 1, op->result});
}

/* matmul, linear, conv, attention. */
static int add_product(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    struct mil_type type = *op_result_type(ref);
    int bias = op_operand(ref, "bias"), sum = op->result;
    bool ignored = false, is_conv = op->code == MIL_OP_CONV || op->code == MIL_OP_CONV_TRANSPOSE;
    if (type.dtype != MIL_FP32 || bias >= 0) {
        type.dtype = MIL_FP32;
        sum = emit_value_add(lowering, type);
    }
    struct emit_step *step = sum < 0 ? NULL
                                     : emit_step_add(lowering,
                                           is_conv                   ? EMIT_CONV
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
        if (emit_read_add(lowering, step, value) != 0)
            return -1;
    }
    int64_t room = 0;
    if (op->code == MIL_OP_SDPA) {
        struct op_matmul scores = op_sdpa_scores(ref);
        room = scores.m * scores.n;
    } else if (is_conv) {
        room = emit_conv_room(ref);
    }
    if (room > 0 && emit_scratch_add(lowering, room) != 0)
        return -1;
    return add_rounding(lowering, op, sum, bias, is_conv ? 1 : -1);
}

/* Copies, reductions, softmax, layer_norm: one step, which rounds as it stores. */
static int add_plain(
    struct emit_lowering *lowering, enum emit_step_kind kind, const struct mil_op *op, int result) {
    struct emit_step *step = emit_step_add(lowering, kind, op, result);
    if (!step)
        return -1;
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
            if (emit_read_add(lowering, step, op->args[a].values[j]) != 0)
                return -1;
    return 0;
}

const struct mil_op *emit_output_in_parts(const struct emit_lowering *lowering, int value) {
    const struct mil_function *f = lowering->function;
    const struct mil_op *made_by = NULL;
    bool is_output = false;
    for (int i = 0; i < f->n_outputs; i++)
        is_output = is_output || f->outputs[i] == value;
    for (int i = 0; is_output && i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        if (op->n_blocks > 0)
            return NULL;
        if (op->result == value)
            made_by = op;
        for (int a = 0; a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++)
                if (op->args[a].values[j] == value)
                    return NULL;
    }
    if (!made_by || made_by->code != MIL_OP_CONCAT || lowering->is_constant[value])
        return NULL;
    const struct mil_arg *parts = mil_op_arg(made_by, "values");
    for (int part = 0; part < parts->n_values; part++) {
        const struct op_copy copy = op_copy((struct op_ref){f, made_by}, part);
        if (copy.rank != 1 || copy.to_stride[0] != 1)
            return NULL;
    }
    return made_by;
}

static int add_input_part(struct emit_lowering *lowering, const struct mil_op *op, int index) {
    struct emit_step *step = emit_step_add(lowering, EMIT_WIDEN, op, op->result);
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
    if (emit_output_in_parts(lowering, op->result))
        return 0;
    for (int part = 0; part < op->n_results; part++) {
        int result = op->result + part;
        struct op_copy copy = op_copy(ref, part);
        bool is_view = op->code != MIL_OP_CONCAT && op->code != MIL_OP_STACK &&
                       op->code != MIL_OP_TILE && op->code != MIL_OP_SLICE_UPDATE &&
                       copy.rank == 1 && copy.from_stride[0] == 1;
        if (!lowering->is_needed[result])
            continue;
        if (is_view)
            emit_alias(lowering, result, x, copy.from_offset);
        else if (add_plain(lowering, EMIT_COPY, op, result) != 0)
            return -1;
    }
    return 0;
}

/* Where a block writes the state, what it is depends on the way through the program: it stays in one
 * place, reads copy from it, and writes to it. */
static int add_state_in_place(
    struct emit_lowering *lowering, const struct mil_op *op, int state, int written) {
    if (op->code == MIL_OP_READ_STATE)
        return emit_copy_add(lowering, op->result, state);
    if (op->n_results > 0)
        emit_alias(lowering, op->result, written, 0);
    return emit_assign_add(lowering, state, written);
}

/* A state is the value that was last written to it. */
static int add_state(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    int state = op_state(ref);
    int written = op->code == MIL_OP_READ_STATE
                      ? -1
                      : op_operand(ref, op->code == MIL_OP_WRITE_STATE ? "data" : "value");
    if (lowering->is_in_place[state])
        return add_state_in_place(lowering, op, state, written);
    if (written >= 0)
        lowering->current[state] = written;
    if (op->n_results > 0)
        emit_alias(lowering, op->result, lowering->current[state], 0);
    return 0;
}

/* Whatever the types. */
static enum way way_of_code(enum mil_opcode code) {
    switch (code) {
    case MIL_OP_RESHAPE:
    case MIL_OP_RESHAPE_LIKE:
    case MIL_OP_IDENTITY:
    case MIL_OP_EXPAND_DIMS:
    case MIL_OP_SQUEEZE:
    case MIL_OP_FLATTEN2D:
        return WAY_ALIAS;
    case MIL_OP_READ_STATE:
    case MIL_OP_WRITE_STATE:
    case MIL_OP_COREML_UPDATE_STATE:
        return WAY_STATE;
    case MIL_OP_CONST:
    case MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE:
    case MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE:
    case MIL_OP_CONSTEXPR_CAST:
    case MIL_OP_CONSTEXPR_LUT_TO_DENSE:
    case MIL_OP_CONSTEXPR_LUT_TO_SPARSE:
    case MIL_OP_CONSTEXPR_SPARSE_BLOCKWISE_SHIFT_SCALE:
    case MIL_OP_CONSTEXPR_SPARSE_TO_DENSE:
    case MIL_OP_FILL:
    case MIL_OP_FILL_LIKE:
    case MIL_OP_RANGE_1D:
    case MIL_OP_SHAPE:
        return WAY_FOLDED;
    case MIL_OP_CAST:
    case MIL_OP_SELECT:
    case MIL_OP_QUANTIZE:
    case MIL_OP_DEQUANTIZE:
        return WAY_LOOP;
    case MIL_OP_CONV:
    case MIL_OP_CONV_TRANSPOSE:
    case MIL_OP_MATMUL:
    case MIL_OP_LINEAR:
    case MIL_OP_SDPA:
        return WAY_PRODUCT;
    case MIL_OP_TRANSPOSE:
    case MIL_OP_CONCAT:
    case MIL_OP_SLICE_BY_SIZE:
    case MIL_OP_SLICE_BY_INDEX:
    case MIL_OP_SLICE_UPDATE:
    case MIL_OP_SPLIT:
    case MIL_OP_STACK:
    case MIL_OP_TILE:
        return WAY_COPY;
    case MIL_OP_SOFTMAX:
        return WAY_SOFTMAX;
    case MIL_OP_LAYER_NORM:
        return WAY_LAYER_NORM;
    case MIL_OP_COND:
    case MIL_OP_WHILE_LOOP:
        return WAY_BLOCKS;
    default:
        return emit_reduce_is_known(code) ? WAY_REDUCE
               : emit_list_is_known(code) ? WAY_LIST
               : emit_call_is_known(code) ? WAY_CALL
               : emit_expr_is_known(code) ? WAY_LOOP
                                          : WAY_NONE;
    }
}

bool mil_emit_knows(enum mil_opcode code) {
    return way_of_code(code) != WAY_NONE;
}

static enum way way_of(struct op_ref ref) {
    const enum way way = way_of_code(ref.op->code);
    if (ref.op->code == MIL_OP_CAST &&
        cast_is_alias(op_type(ref, "x")->dtype, op_result_type(ref)->dtype))
        return WAY_ALIAS;
    return (way == WAY_CALL && !emit_call_fits(ref)) || (way == WAY_LOOP && !emit_expr_fits(ref))
               ? WAY_NONE
               : way;
}

static int add_op(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    switch (way_of(ref)) {
    case WAY_ALIAS:
        emit_alias(lowering, op->result, op_operand(ref, "x"), 0);
        return 0;
    case WAY_STATE:
        return add_state(lowering, op);
    case WAY_PRODUCT:
        return add_product(lowering, op);
    case WAY_COPY:
        return add_copy(lowering, op);
    case WAY_REDUCE:
        return add_plain(lowering, EMIT_REDUCE, op, op->result);
    case WAY_SOFTMAX:
        return add_plain(lowering, EMIT_SOFTMAX, op, op->result);
    case WAY_LAYER_NORM:
        return add_plain(lowering, EMIT_LAYER_NORM, op, op->result);
    case WAY_CALL:
        return add_plain(lowering, EMIT_CALL, op, op->result) != 0 ? -1
                                                                   : emit_call_rooms(lowering, op);
    case WAY_LIST:
        return emit_lower_list(lowering, op);
    case WAY_BLOCKS:
        return emit_lower_blocks(lowering, op);
    default:
        return add_elementwise(lowering, op);
    }
}

bool emit_op_is_needed(const struct emit_lowering *lowering, const struct mil_op *op) {
    bool needed = op_writes_state(op);
    for (int i = 0; i < op->n_results; i++)
        needed = needed || lowering->is_needed[op->result + i];
    return needed;
}

/* Whether a step is to be made for it. */
static bool is_left(const struct emit_lowering *lowering, const struct mil_op *op) {
    return emit_op_is_needed(lowering, op) &&
           (op->n_results == 0 || !lowering->is_constant[op->result]);
}

int emit_ops_check(struct emit_lowering *lowering, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        if (!is_left(lowering, op))
            continue;
        const enum way way = way_of((struct op_ref){lowering->function, op});
        if (way == WAY_NONE || way == WAY_FOLDED)
            return mil_fail(lowering->error, op->place,
                "%s can be evaluated, but not emitted as C with these types", mil_op_name(op));
        for (int b = 0; b < op->n_blocks; b++)
            if (emit_ops_check(lowering, op->blocks[b].ops, op->blocks[b].n_ops) != 0)
                return -1;
    }
    return 0;
}

int emit_lower_ops(struct emit_lowering *lowering, struct emit_scope scope) {
    const struct emit_scope outer = lowering->scope;
    int status = 0;
    for (int i = 0; i < scope.n_ops && status == 0; i++) {
        lowering->scope = scope;
        if (is_left(lowering, &scope.ops[i]))
            status = add_op(lowering, &scope.ops[i]);
    }
    lowering->scope = outer;
    return status;
}
