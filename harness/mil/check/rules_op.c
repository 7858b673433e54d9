/* SPDX-License-Identifier: MIT
 *
 * Rules about operators.
 */
#include "mil/check/rules.h"

#include <inttypes.h>
#include <string.h>

void mil_rule_rank_over_5(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_value *result = &c->function->values[op->result];
    if (result->type.rank > 5)
        mil_complain(c, op->place, "'%.60s' has rank %d", op->name, result->type.rank);
}

/* What is computed; consts have axes of their own. */
static void axis_complain(
    struct mil_checker *c, const struct mil_op *op, int64_t above, int64_t up_to) {
    const struct mil_type *type = &c->function->values[op->result].type;
    if (!c->is_runtime[op->result])
        return;
    for (int i = 0; i < type->rank; i++)
        if (type->dim[i] > above && type->dim[i] <= up_to) {
            mil_complain(c, op->place, "'%.60s' has %" PRId64 " elements along axis %d", op->name,
                type->dim[i], i);
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
        mil_complain(c, mil_op_arg(op, "bias")->place, "'%.60s' has a bias", op->name);
}

void mil_rule_conv_runtime_weight(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_arg *weight = op->code == MIL_OP_CONV ? mil_op_arg(op, "weight") : NULL;
    if (weight && c->is_runtime[weight->values[0]])
        mil_complain(c, weight->place, "'%.60s' takes its weight from '%.60s'", op->name,
            c->function->values[weight->values[0]].name);
}

void mil_rule_conv_input_channels(struct mil_checker *c, const struct mil_op *op) {
    int64_t channels =
        op->code == MIL_OP_CONV ? op_type((struct op_ref){c->function, op}, "x")->dim[1] : 0;
    if (channels >= 32000)
        mil_complain(c, op->place, "'%.60s' has %" PRId64 " of them", op->name, channels);
}

void mil_rule_conv_kernel_width(struct mil_checker *c, const struct mil_op *op) {
    int64_t width =
        op->code == MIL_OP_CONV ? op_type((struct op_ref){c->function, op}, "weight")->dim[3] : 0;
    if (width > 15)
        mil_complain(c, op->place, "'%.60s' has a kernel %" PRId64 " wide", op->name, width);
}

static int ops_count(const struct mil_checker *c, enum mil_opcode code) {
    int n = 0;
    for (int i = 0; i < c->function->n_ops; i++)
        n += c->function->ops[i].code == code;
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
        mil_complain(c, op->place, "'%.60s'", op->name);
}

static bool is_rsqrt_or_log(const struct mil_op *op) {
    return op->code == MIL_OP_RSQRT || op->code == MIL_OP_LOG;
}

void mil_rule_rsqrt_log(struct mil_checker *c, const struct mil_op *op) {
    if (is_rsqrt_or_log(op))
        mil_complain(c, op->place, "'%.60s' is %s", op->name, mil_opcode_name(op->code));
}

void mil_rule_rsqrt_after_reduce(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_op *maker =
        is_rsqrt_or_log(op) ? mil_rule_maker(c, mil_op_arg(op, "x")->values[0]) : NULL;
    if (maker && (maker->code == MIL_OP_REDUCE_SUM || maker->code == MIL_OP_REDUCE_MEAN ||
                     maker->code == MIL_OP_REDUCE_MAX))
        mil_complain(c, op->place, "'%.60s' is %s of %s '%.60s'", op->name,
            mil_opcode_name(op->code), mil_opcode_name(maker->code), maker->name);
}

void mil_rule_gelu(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_GELU)
        mil_complain(c, op->place, "'%.60s'", op->name);
}

void mil_rule_silu(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_SILU)
        mil_complain(c, op->place, "'%.60s'", op->name);
}

/* The function's one op besides consts, when it is of this kind. */
static void alone_complain(struct mil_checker *c, enum mil_opcode code) {
    const struct mil_op *only = NULL;
    for (int i = 0; i < c->function->n_ops; i++) {
        const struct mil_op *op = &c->function->ops[i];
        if (op->code == MIL_OP_CONST)
            continue;
        if (only)
            return;
        only = op;
    }
    if (only && only->code == code)
        mil_complain(
            c, only->place, "'%.60s' is all that '%.60s' computes", only->name, c->function->name);
}

void mil_rule_matmul_alone(struct mil_checker *c) {
    alone_complain(c, MIL_OP_MATMUL);
}

void mil_rule_concat_alone(struct mil_checker *c) {
    alone_complain(c, MIL_OP_CONCAT);
}

void mil_rule_concat(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_CONCAT)
        mil_complain(c, op->place, "'%.60s'", op->name);
}

void mil_rule_attn_mask(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_arg *mask = mil_op_arg(op, "attn_mask");
    if (mask)
        mil_complain(c, mask->place, "'%.60s' has an attn_mask", op->name);
}
