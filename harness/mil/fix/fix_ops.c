/* SPDX-License-Identifier: MIT
 *
 * Rewrites of one operator.
 */
#include "mil/check/stated.h"
#include "mil/fix/fixer.h"

#include <string.h>

enum { MOST_AXES = 2 * MIL_RANK_MAX };

/* The value that the row says, for op; -2 when it cannot be said without another result. */
static int stated_value(struct fixer *x, const struct mil_op *op, const struct mil_stated *row) {
    const struct mil_type *type = op_type((struct op_ref){x->function, op}, "x");
    const float epsilon = 1e-5f;
    int32_t list[MOST_AXES];
    int n = 0;
    switch (row->kind) {
    case MIL_STATED_FALSE:
        return fix_const_bool(x, false);
    case MIL_STATED_INT:
        return fix_const_int(x, row->value);
    case MIL_STATED_LIST:
        for (; n < row->per_axis * (type->rank - 2); n++)
            list[n] = row->value;
        return fix_const_ints(x, list, n);
    case MIL_STATED_VALID:
        return fix_const_string(x, "valid");
    case MIL_STATED_ALL_AXES:
        for (; n < type->rank; n++)
            list[n] = n;
        return fix_const_ints(x, list, n);
    default: /* fp16 rounds 1e-5, which the evaluation of what leaves it out does not */
        return type->dtype == MIL_FP32
                   ? fix_const(x, &(struct mil_type){.dtype = MIL_FP32}, &epsilon)
                   : -2;
    }
}

int fix_defaults(struct fixer *x, const struct mil_op *op, struct mil_arg *args, int n_args) {
    const struct mil_stated *row;
    for (int i = 0; (row = mil_stated_at(i)) != NULL; i++) {
        int value =
            row->code == op->code && !mil_op_arg(op, row->arg) ? stated_value(x, op, row) : -2;
        if (value == -1)
            return -1;
        if (value < 0)
            continue;
        int *values = mil_arena_copy(&x->draft.arena, &value, 1, sizeof *values);
        if (!values)
            return mil_draft_no_memory(&x->draft);
        args[n_args++] = (struct mil_arg){.name = row->arg, .values = values, .n_values = 1};
        x->out->counts[FIX_DEFAULT]++;
    }
    return n_args;
}

/* Equal in every bit for all x of fp16 but -inf: the default epsilon, 1e-12, is too small to be seen. */
int fix_rsqrt(struct fixer *x, const struct mil_op *op) {
    const uint16_t minus_half = 0xb800;
    if (op->code != MIL_OP_RSQRT || mil_op_arg(op, "epsilon") ||
        x->function->values[op->result].type->dtype != MIL_FP16)
        return 0;
    int base = fix_value(x, mil_op_arg(op, "x")->values[0]);
    int power = fix_const(x, &(struct mil_type){.dtype = MIL_FP16}, &minus_half);
    const struct mil_arg args[] = {{.name = "x", .values = &base, .n_values = 1},
        {.name = "y", .values = &power, .n_values = 1}};
    x->out->counts[FIX_RSQRT]++;
    return fix_op_for(x, op, MIL_OP_POW, args, 2) < 0 ? -1 : 1;
}

/* An engine that refuses a program of one such operator takes it among others. */
int fix_alone(struct fixer *x, const struct mil_op *op) {
    static const enum mil_opcode codes[] = {
        MIL_OP_MATMUL, MIL_OP_CONCAT, MIL_OP_RESHAPE, MIL_OP_SLICE_BY_INDEX, MIL_OP_TILE};
    const uint16_t one = 0x3c00;
    bool is_one = false;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        is_one = is_one || op->code == codes[i];
    if (!x->is_alone || !is_one || x->function->values[op->result].type->dtype != MIL_FP16)
        return 0;
    struct mil_arg *args = fix_args(x, op);
    int n_args =
        args && x->wanted[FIX_DEFAULT] ? fix_defaults(x, op, args, op->n_args) : op->n_args;
    int value = args && n_args >= 0 ? fix_op(x, op->code, NULL, args, n_args) : -1;
    int factor = value < 0 ? -1 : fix_const(x, &(struct mil_type){.dtype = MIL_FP16}, &one);
    const struct mil_arg product[] = {{.name = "x", .values = &value, .n_values = 1},
        {.name = "y", .values = &factor, .n_values = 1}};
    x->out->counts[FIX_ALONE]++;
    return fix_op_for(x, op, MIL_OP_MUL, product, 2) < 0 ? -1 : 1;
}

/* [N,C,W] as [N,C,1,W]. */
static struct mil_type widened(const struct mil_type *type) {
    struct mil_type wide = *type;
    wide.rank = 4;
    wide.dim[2] = 1;
    wide.dim[3] = type->dim[2];
    return wide;
}

/* A convolution of [N,C,W] with a constant weight, not within a block. */
static bool is_conv_1d(const struct fixer *x, const struct mil_op *op) {
    if (op->code != MIL_OP_CONV)
        return false;
    const struct mil_type *type = op_type((struct op_ref){x->function, op}, "x");
    const struct mil_value *weight =
        &x->function->values[op_operand((struct op_ref){x->function, op}, "weight")];
    return type->rank == 3 && mil_type_is_sized(type) && weight->literal &&
           x->function->values[op->result].op >= 0;
}

/* Whether the const is a weight of such convolutions and nothing else. */
static bool is_only_weight(const struct fixer *x, int value) {
    int n = 0;
    for (int i = 0; i < x->function->n_ops; i++) {
        const struct mil_op *op = &x->function->ops[i];
        if (op->n_blocks > 0)
            return false; /* a block may use it */
        for (int a = 0; a < op->n_args; a++)
            for (int k = 0; k < op->args[a].n_values; k++)
                if (op->args[a].values[k] == value) {
                    if (!is_conv_1d(x, op) || strcmp(op->args[a].name, "weight") != 0)
                        return false;
                    n++;
                }
    }
    for (int i = 0; i < x->function->n_outputs; i++)
        n = x->function->outputs[i] == value ? 0 : n;
    return n > 0;
}

/* The const with another type, under its own name or (NULL) a new one. */
static int weight_widen(struct fixer *x, const struct mil_op *op, const struct mil_op *as) {
    struct mil_attr val = op->attrs[0];
    if (fix_literal(x, op, &val.literal) < 0)
        return -1;
    const struct mil_type wide = widened(val.literal.type);
    val.literal.type = &wide;
    const char *id = as ? x->function->values[as->result].name : fix_name(x);
    const struct mil_op copy = {.code = MIL_OP_CONST,
        .name = as && as->name ? as->name : id,
        .n_results = 1,
        .attrs = &val,
        .n_attrs = 1};
    return id ? mil_draft_op_inferred(&x->draft, &copy, (struct mil_span){id, strlen(id)}) : -1;
}

/* The list with `first` before it `n` times; what is left out is `absent`. */
static int list_widen(struct fixer *x, const struct mil_op *op, const char *name, int n,
    int32_t first, int32_t absent) {
    int32_t list[4];
    const int32_t *from = op_ints((struct op_ref){x->function, op}, name, NULL);
    for (int i = 0; i < n; i++) {
        list[i] = first;
        list[n + i] = from ? from[i] : absent;
    }
    return fix_const_ints(x, list, 2 * n);
}

int fix_conv_1d(struct fixer *x, const struct mil_op *op) {
    const struct op_ref ref = {x->function, op};
    if (op->code == MIL_OP_CONST && op->attrs[0].literal.type->rank == 3 && !op->is_inline &&
        is_only_weight(x, op->result)) {
        x->shaped[op->result] = weight_widen(x, op, op);
        return x->shaped[op->result] < 0 ? -1 : 1;
    }
    if (!is_conv_1d(x, op))
        return 0;
    const int from = op_operand(ref, "x"), kernel = op_operand(ref, "weight");
    const struct mil_type type = widened(op_type(ref, "x"));
    const struct mil_type made = widened(x->function->values[op->result].type);
    int input = x->shaped[from] >= 0 ? x->shaped[from] : fix_value(x, from);
    int weight = x->shaped[kernel];
    if (input >= 0 && !mil_type_equal(x->draft.values[input].type, &type))
        input = fix_reshape(x, NULL, input, &type);
    if (weight < 0)
        weight = weight_widen(x, &x->function->ops[x->function->values[kernel].op], NULL);
    int pad_type = fix_const_string(x, op_string(ref, "pad_type", "valid"));
    int strides = list_widen(x, op, "strides", 1, 1, 1);
    int pad = list_widen(x, op, "pad", 2, 0, 0);
    int dilations = list_widen(x, op, "dilations", 1, 1, 1);
    int groups = fix_const_int(x, (int32_t)op_int(ref, "groups", 1));
    const int bias_before = op_operand(ref, "bias");
    int bias = bias_before >= 0 ? fix_value(x, bias_before) : 0;
    const struct mil_arg args[] = {{.name = "x", .values = &input, .n_values = 1},
        {.name = "weight", .values = &weight, .n_values = 1},
        {.name = "strides", .values = &strides, .n_values = 1},
        {.name = "pad_type", .values = &pad_type, .n_values = 1},
        {.name = "pad", .values = &pad, .n_values = 1},
        {.name = "dilations", .values = &dilations, .n_values = 1},
        {.name = "groups", .values = &groups, .n_values = 1},
        {.name = "bias", .values = &bias, .n_values = 1}};
    int wide =
        fix_op(x, MIL_OP_CONV, fix_output_id(x, op->result, &made), args, 7 + (bias_before >= 0));
    x->shaped[op->result] = wide;
    x->out->counts[FIX_CONV_1D]++;
    return wide < 0 ? -1 : 1;
}
