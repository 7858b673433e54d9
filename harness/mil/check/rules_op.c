/* SPDX-License-Identifier: MIT
 *
 * Rules about operators.
 */
#include "mil/check/rules.h"

#include <inttypes.h>
#include <string.h>

void mil_rule_rank_over_5(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_value *result = op->n_results > 0 ? &c->function->values[op->result] : NULL;
    if (result && result->type->rank > 5)
        mil_complain(c, op->place, "'%.60s' has rank %d", mil_rule_name(op), result->type->rank);
}

/* Only computed values; consts have axes of their own. */
static void axis_complain(
    struct mil_checker *c, const struct mil_op *op, int64_t above, int64_t up_to) {
    const struct mil_type *type;
    if (op->n_results < 1 || !c->is_runtime[op->result])
        return;
    type = c->function->values[op->result].type;
    for (int i = 0; i < type->rank; i++)
        if (type->dim[i] > above && type->dim[i] <= up_to) {
            mil_complain(c, op->place, "'%.60s' has %" PRId64 " elements along axis %d",
                mil_rule_name(op), type->dim[i], i);
            return;
        }
}

void mil_rule_axis_16384(struct mil_checker *c, const struct mil_op *op) {
    axis_complain(c, op, 16384, 65536);
}

void mil_rule_axis_65536(struct mil_checker *c, const struct mil_op *op) {
    axis_complain(c, op, 65536, INT64_MAX);
}

void mil_rule_conv_bias(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_CONV && mil_op_arg(op, "bias"))
        mil_complain(c, mil_op_arg(op, "bias")->place, "'%.60s' has a bias", mil_rule_name(op));
}

void mil_rule_conv_runtime_weight(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_arg *weight = op->code == MIL_OP_CONV ? mil_op_arg(op, "weight") : NULL;
    if (weight && c->is_runtime[weight->values[0]])
        mil_complain(c, weight->place, "'%.60s' takes its weight from '%.60s'", mil_rule_name(op),
            c->function->values[weight->values[0]].name);
}

void mil_rule_conv_input_channels(struct mil_checker *c, const struct mil_op *op) {
    int64_t channels =
        op->code == MIL_OP_CONV ? op_type((struct op_ref){c->function, op}, "x")->dim[1] : 0;
    if (channels >= 32000)
        mil_complain(c, op->place, "'%.60s' has %" PRId64 " of them", mil_rule_name(op), channels);
}

void mil_rule_conv_kernel_width(struct mil_checker *c, const struct mil_op *op) {
    int64_t width = op->code == MIL_OP_CONV
                        ? op_type((struct op_ref){c->function, op}, "weight")
                              ->dim[op_type((struct op_ref){c->function, op}, "weight")->rank - 1]
                        : 0;
    if (width > 15)
        mil_complain(
            c, op->place, "'%.60s' has a kernel %" PRId64 " wide", mil_rule_name(op), width);
}

void mil_rule_conv_1d(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_CONV && op_type((struct op_ref){c->function, op}, "x")->rank == 3)
        mil_complain(c, op->place, "'%.60s'", mil_rule_name(op));
}

static int ops_count(const struct mil_checker *c, enum mil_opcode code) {
    int n = 0;
    for (int i = 0; i < c->n_ops; i++)
        n += c->ops[i]->code == code;
    return n;
}

void mil_rule_convs_over_256(struct mil_checker *c) {
    int n = ops_count(c, MIL_OP_CONV);
    if (n > 256 && n < 512)
        mil_complain(c, c->function->place, "%d convs", n);
}

void mil_rule_convs_512(struct mil_checker *c) {
    int n = ops_count(c, MIL_OP_CONV);
    if (n >= 512)
        mil_complain(c, c->function->place, "%d convs", n);
}

void mil_rule_tile(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_TILE)
        mil_complain(c, op->place, "'%.60s'", mil_rule_name(op));
}

static bool is_rsqrt_or_log(const struct mil_op *op) {
    return op->code == MIL_OP_RSQRT || op->code == MIL_OP_LOG;
}

void mil_rule_rsqrt_log(struct mil_checker *c, const struct mil_op *op) {
    if (is_rsqrt_or_log(op) && !mil_op_arg(op, "epsilon"))
        mil_complain(c, op->place, "%s has no epsilon", mil_op_name(op));
}

void mil_rule_rsqrt_after_reduce(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_op *maker =
        is_rsqrt_or_log(op) ? mil_rule_maker(c, mil_op_arg(op, "x")->values[0]) : NULL;
    if (maker && (maker->code == MIL_OP_REDUCE_SUM || maker->code == MIL_OP_REDUCE_MEAN ||
                     maker->code == MIL_OP_REDUCE_MAX))
        mil_complain(c, op->place, "'%.60s' is %s of %s '%.60s'", mil_rule_name(op),
            mil_opcode_name(op->code), mil_opcode_name(maker->code), mil_rule_name(maker));
}

void mil_rule_gelu(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_GELU)
        mil_complain(c, op->place, "'%.60s'", mil_rule_name(op));
}

void mil_rule_silu(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_SILU)
        mil_complain(c, op->place, "'%.60s'", mil_rule_name(op));
}

/* The function's only op besides consts, when it is of this kind. */
static void alone_complain(struct mil_checker *c, enum mil_opcode code) {
    const struct mil_op *only = NULL;
    for (int i = 0; i < c->n_ops; i++) {
        const struct mil_op *op = c->ops[i];
        if (op->code == MIL_OP_CONST)
            continue;
        if (only)
            return;
        only = op;
    }
    if (only && only->code == code)
        mil_complain(c, only->place, "'%.60s' is all that '%.60s' computes", mil_op_name(only),
            c->function->name);
}

/* The type of op's first result; NULL when it has none that depends on an input. */
static const struct mil_type *computed(const struct mil_checker *c, const struct mil_op *op) {
    if (op->n_results < 1 || !c->is_runtime[op->result])
        return NULL;
    return c->function->values[op->result].type;
}

void mil_rule_rank_5(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_type *type = computed(c, op);
    if (type && type->rank == 5 && (op->code == MIL_OP_TRANSPOSE || op->code == MIL_OP_MATMUL))
        mil_complain(c, op->place, "%s makes a tensor of rank 5", mil_op_name(op));
}

/* Once per function, at the first case. */
void mil_rule_fp32_compute(struct mil_checker *c) {
    for (int i = 0; i < c->n_ops; i++) {
        const struct mil_op *op = c->ops[i];
        const struct mil_type *type = computed(c, op);
        if (type && type->dtype == MIL_FP32 && op->code != MIL_OP_CAST &&
            op->code != MIL_OP_IDENTITY) {
            mil_complain(c, op->place, "%s makes fp32", mil_op_name(op));
            return;
        }
    }
}

void mil_rule_element_type(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_type *type = computed(c, op);
    if (type && type->kind == MIL_TENSOR && !mil_dtype_is_float(type->dtype) &&
        type->dtype != MIL_STRING && type->dtype != MIL_INT8 && type->dtype != MIL_INT32 &&
        type->dtype != MIL_BOOL)
        mil_complain(c, op->place, "%s makes %s", mil_op_name(op), mil_dtype_name(type->dtype));
}

void mil_rule_cast_to_int32(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_type *type = op->code == MIL_OP_CAST ? computed(c, op) : NULL;
    if (type && type->dtype == MIL_INT32 &&
        op_type((struct op_ref){c->function, op}, "x")->dtype == MIL_FP16)
        mil_complain(c, op->place, "'%.60s'", c->function->values[op->result].name);
}

void mil_rule_batch_stretch(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_type *type = op->code == MIL_OP_MUL ? computed(c, op) : NULL;
    static const char *const names[] = {"x", "y"};
    for (int i = 0; type && type->rank == 4 && i < 2; i++) {
        const struct mil_type *operand = op_type((struct op_ref){c->function, op}, names[i]);
        if (operand->rank == 4 && operand->dim[0] == 1 && type->dim[0] > 1)
            mil_complain(
                c, op->place, "'%s' of batch 1 meets batch %" PRId64, names[i], type->dim[0]);
    }
}

void mil_rule_softmax_channels(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_type *type = op->code == MIL_OP_SOFTMAX ? computed(c, op) : NULL;
    int64_t n = type && type->rank == 4 ? type->dim[1] : 1;
    if (n > 1 && (n & (n - 1)) != 0 &&
        op_axis((struct op_ref){c->function, op}, "axis", -1, type->rank) == 1)
        mil_complain(c, op->place, "%" PRId64 " channels", n);
}

void mil_rule_op_refused(struct mil_checker *c, const struct mil_op *op) {
    static const enum mil_opcode refused[] = {MIL_OP_MOD, MIL_OP_SIN, MIL_OP_COS, MIL_OP_TAN,
        MIL_OP_ASIN, MIL_OP_ACOS, MIL_OP_SINH, MIL_OP_COSH, MIL_OP_BATCH_NORM, MIL_OP_REDUCE_PROD,
        MIL_OP_LOGICAL_AND, MIL_OP_LOGICAL_OR, MIL_OP_LOGICAL_XOR};
    bool by_name =
        op->unknown && (strcmp(op->unknown, "neg") == 0 || strcmp(op->unknown, "where") == 0);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        by_name = by_name || op->code == refused[i];
    if (by_name)
        mil_complain(c, op->place, "%s", mil_op_name(op));
}

void mil_rule_control_flow(struct mil_checker *c, const struct mil_op *op) {
    const char *name = mil_op_name(op);
    if (op->code == MIL_OP_COND || op->code == MIL_OP_WHILE_LOOP ||
        (op->code != MIL_OP_UNKNOWN &&
            (strncmp(name, "list_", 5) == 0 || strncmp(name, "random_", 7) == 0 ||
                op->code == MIL_OP_MAKE_LIST)))
        mil_complain(c, op->place, "%s", name);
}

void mil_rule_matmul_alone(struct mil_checker *c) {
    alone_complain(c, MIL_OP_MATMUL);
}

void mil_rule_move_alone(struct mil_checker *c) {
    alone_complain(c, MIL_OP_RESHAPE);
    alone_complain(c, MIL_OP_SLICE_BY_INDEX);
    alone_complain(c, MIL_OP_TILE);
}

void mil_rule_concat_alone(struct mil_checker *c) {
    alone_complain(c, MIL_OP_CONCAT);
}

void mil_rule_concat(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_CONCAT)
        mil_complain(c, op->place, "'%.60s'", mil_rule_name(op));
}

void mil_rule_attn_mask(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_arg *mask = mil_op_arg(op, "attn_mask");
    if (mask)
        mil_complain(c, mask->place, "'%.60s' has an attn_mask", mil_rule_name(op));
}
