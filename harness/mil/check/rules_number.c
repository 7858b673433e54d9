/* SPDX-License-Identifier: MIT
 *
 * Rules about fp16 arithmetic.
 */
#include "mil/fp16.h"
#include "mil/check/rules.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The elements of a const written in the text as fp16, and their number; else NULL. */
static const uint16_t *fp16_elements(const struct mil_op *op, int64_t *n) {
    const struct mil_literal *literal = op->code == MIL_OP_CONST ? &op->attrs[0].literal : NULL;
    if (!literal || literal->type->dtype != MIL_FP16 || !literal->data)
        return NULL;
    *n = mil_type_elements(literal->type);
    return literal->data;
}

void mil_rule_not_finite(struct mil_checker *c, const struct mil_op *op) {
    int64_t n = 0;
    const uint16_t *bits = fp16_elements(op, &n);
    for (int64_t i = 0; bits && i < n; i++)
        if ((bits[i] & 0x7c00) == 0x7c00) {
            mil_complain(c, op->place, "element %" PRId64 " of '%.60s'", i, mil_rule_name(op));
            return;
        }
}

void mil_rule_subnormal(struct mil_checker *c, const struct mil_op *op) {
    int64_t n = 0;
    const uint16_t *bits = fp16_elements(op, &n);
    for (int64_t i = 0; bits && i < n; i++)
        if ((bits[i] & 0x7c00) == 0 && (bits[i] & 0x3ff) != 0) {
            mil_complain(c, op->place, "element %" PRId64 " of '%.60s' is %.3g", i,
                mil_rule_name(op), (double)fp16_to_float(bits[i]));
            return;
        }
}

void mil_rule_small_epsilon(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_arg *arg = mil_op_arg(op, "epsilon");
    const struct mil_literal *literal = arg ? mil_value_literal(c->function, arg->values[0]) : NULL;
    if (!literal || !literal->data || !mil_dtype_is_float(literal->type->dtype) ||
        mil_type_elements(literal->type) < 1)
        return;
    const double epsilon = literal_number(literal, 0);
    if (epsilon < 7.6e-6)
        mil_complain(c, arg->place, "'%.60s' has an epsilon of %.3g", mil_rule_name(op), epsilon);
}

/* Elements of x summed into one element; 0 when op is not an fp16 reduce_sum. */
static int64_t summed(const struct mil_checker *c, const struct mil_op *op) {
    const struct mil_type *result = c->function->values[op->result].type;
    if (op->code != MIL_OP_REDUCE_SUM || result->dtype != MIL_FP16)
        return 0;
    return mil_type_elements(op_type((struct op_ref){c->function, op}, "x")) /
           mil_type_elements(result);
}

void mil_rule_long_sum(struct mil_checker *c, const struct mil_op *op) {
    int64_t n = summed(c, op);
    if (n > 2048)
        mil_complain(c, op->place, "'%.60s' sums %" PRId64, mil_rule_name(op), n);
}

void mil_rule_sum_of_squares(struct mil_checker *c, const struct mil_op *op) {
    int64_t n = summed(c, op);
    const struct mil_op *square = n > 0 ? mil_rule_maker(c, mil_op_arg(op, "x")->values[0]) : NULL;
    if (square && square->code == MIL_OP_MUL &&
        mil_op_arg(square, "x")->values[0] == mil_op_arg(square, "y")->values[0])
        mil_complain(c, op->place,
            "'%.60s' sums %" PRId64 " squares, too many when their root mean exceeds %.1f",
            mil_rule_name(op), n, sqrt(65504.0 / (double)n));
}

void mil_rule_mask_lowest(struct mil_checker *c, const struct mil_op *op) {
    int64_t n = 0;
    const uint16_t *bits = fp16_elements(op, &n);
    for (int64_t i = 0; bits && i < n; i++)
        if (bits[i] == 0xfbff) {
            mil_complain(c, op->place, "element %" PRId64 " of '%.60s'", i, mil_rule_name(op));
            return;
        }
}

/* Complains once per function, at the first case: the outcome depends on values, which the text
 * does not show. */
static void first_complain(struct mil_checker *c, enum mil_opcode code, enum mil_opcode or_code) {
    const struct mil_op *first = NULL;
    int n = 0;
    for (int i = 0; i < c->n_ops; i++) {
        const struct mil_op *op = c->ops[i];
        if ((op->code != code && op->code != or_code) ||
            c->function->values[op->result].type->dtype != MIL_FP16)
            continue;
        first = first ? first : op;
        n++;
    }
    if (first)
        mil_complain(
            c, first->place, "'%.60s'%s", mil_rule_name(first), n > 1 ? " and others" : "");
}

void mil_rule_matmul_range(struct mil_checker *c) {
    first_complain(c, MIL_OP_MATMUL, MIL_OP_MATMUL);
}

void mil_rule_slice_range(struct mil_checker *c) {
    first_complain(c, MIL_OP_SLICE_BY_SIZE, MIL_OP_SLICE_BY_INDEX);
}
