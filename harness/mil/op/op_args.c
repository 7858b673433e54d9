/* SPDX-License-Identifier: MIT */
#include "mil/op/op_args.h"

#include "mil/fp16.h"

#include <string.h>

bool op_arg_is_data(const struct mil_op *op, const struct mil_arg *arg) {
    const struct mil_arg_spec *spec =
        mil_arg_spec_find(mil_op_spec(op->code)->args, arg->name, strlen(arg->name));
    return !spec || mil_arg_is_data(spec->kind);
}

bool op_writes_state(const struct mil_op *op) {
    bool writes = op->code == MIL_OP_WRITE_STATE || op->code == MIL_OP_COREML_UPDATE_STATE;
    for (int b = 0; b < op->n_blocks; b++)
        for (int i = 0; i < op->blocks[b].n_ops; i++)
            writes = writes || op_writes_state(&op->blocks[b].ops[i]);
    return writes;
}

int op_state(struct op_ref ref) {
    return op_operand(ref, ref.op->code == MIL_OP_COREML_UPDATE_STATE ? "state" : "input");
}

int op_operand(struct op_ref ref, const char *arg_name) {
    const struct mil_arg *arg = mil_op_arg(ref.op, arg_name);
    return arg && arg->n_values > 0 ? arg->values[0] : -1;
}

const struct mil_type *op_type(struct op_ref ref, const char *arg_name) {
    const struct mil_attr *attr = mil_op_attr(ref.op, arg_name);
    int value = op_operand(ref, arg_name);
    return value >= 0 ? ref.function->values[value].type : attr ? attr->literal.type : NULL;
}

const struct mil_type *op_result_type(struct op_ref ref) {
    return ref.function->values[ref.op->result].type;
}

int op_size_check(struct op_ref ref, int result, struct mil_error *error) {
    if (mil_type_elements(ref.function->values[ref.op->result + result].type) <= OP_ELEMENTS_MAX)
        return 0;
    return mil_fail(error, ref.op->place, "%s: its result has more than 2^30 elements; split it",
        mil_op_name(ref.op));
}

double literal_number(const struct mil_literal *literal, int64_t i) {
    const void *data = literal->data;
    switch (literal->type->dtype) {
    case MIL_FP16:
        return (double)fp16_to_float(((const uint16_t *)data)[i]);
    case MIL_FP32:
        return (double)((const float *)data)[i];
    case MIL_FP64:
        return ((const double *)data)[i];
    case MIL_INT4:
    case MIL_INT8:
        return ((const int8_t *)data)[i];
    case MIL_INT16:
        return ((const int16_t *)data)[i];
    case MIL_INT32:
        return ((const int32_t *)data)[i];
    case MIL_INT64:
        return (double)((const int64_t *)data)[i];
    case MIL_UINT16:
        return ((const uint16_t *)data)[i];
    case MIL_UINT32:
        return ((const uint32_t *)data)[i];
    case MIL_UINT64:
        return (double)((const uint64_t *)data)[i];
    case MIL_BOOL:
        return ((const uint8_t *)data)[i] != 0;
    case MIL_UINT1:
    case MIL_UINT2:
    case MIL_UINT3:
    case MIL_UINT4:
    case MIL_UINT6:
    case MIL_UINT8:
        return ((const uint8_t *)data)[i];
    default:
        return 0;
    }
}

/* Settings are arguments of most operators, attributes of the constexpr ones. */
const struct mil_literal *op_literal(struct op_ref ref, const char *arg_name) {
    const struct mil_arg *arg = mil_op_arg(ref.op, arg_name);
    const struct mil_attr *attr = mil_op_attr(ref.op, arg_name);
    if (arg)
        return mil_value_literal(ref.function, arg->values[0]);
    return attr ? &attr->literal : NULL;
}

static const void *elements(struct op_ref ref, const char *arg_name, int *n) {
    const struct mil_literal *literal = op_literal(ref, arg_name);
    if (n)
        *n = literal ? (int)mil_type_elements(literal->type) : 0;
    return literal ? literal->data : NULL;
}

const int32_t *op_ints(struct op_ref ref, const char *arg_name, int *n) {
    return elements(ref, arg_name, n);
}

const bool *op_bools(struct op_ref ref, const char *arg_name, int *n) {
    return elements(ref, arg_name, n);
}

bool op_bool(struct op_ref ref, const char *arg_name, bool absent) {
    const struct mil_literal *literal = op_literal(ref, arg_name);
    return literal ? literal_number(literal, 0) != 0 : absent;
}

int64_t op_int(struct op_ref ref, const char *arg_name, int64_t absent) {
    const struct mil_literal *literal = op_literal(ref, arg_name);
    return literal ? (int64_t)literal_number(literal, 0) : absent;
}

double op_number(struct op_ref ref, const char *arg_name, double absent) {
    const struct mil_literal *literal = op_literal(ref, arg_name);
    return literal ? literal_number(literal, 0) : absent;
}

float op_float(struct op_ref ref, const char *arg_name, float absent) {
    const struct mil_literal *literal = op_literal(ref, arg_name);
    return literal ? (float)literal_number(literal, 0) : absent;
}

const char *op_string(struct op_ref ref, const char *arg_name, const char *absent) {
    const struct mil_literal *literal = op_literal(ref, arg_name);
    return literal ? literal->string : absent;
}

int op_axis(struct op_ref ref, const char *arg_name, int absent, int rank) {
    int64_t axis = op_int(ref, arg_name, absent);
    if (axis < -rank || axis >= rank)
        return -1;
    return (int)(axis < 0 ? axis + rank : axis);
}

int op_axes_mark(struct op_ref ref, int rank, bool marked[MIL_RANK_MAX], struct mil_error *error) {
    int n;
    const int32_t *axes = op_ints(ref, "axes", &n);
    for (int i = 0; i < MIL_RANK_MAX; i++)
        marked[i] = !axes;
    for (int i = 0; i < n; i++) {
        int64_t axis = axes[i] < 0 ? (int64_t)axes[i] + rank : axes[i];
        bool is_inside = axis >= 0 && axis < rank;
        if (!is_inside || marked[axis])
            return op_fail(ref, error, "axes", "axis %d is %s a tensor of rank %d", axes[i],
                is_inside ? "listed twice for" : "outside", rank);
        marked[axis] = true;
    }
    return 0;
}
