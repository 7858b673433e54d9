/* SPDX-License-Identifier: MIT */
#include "mil/op/op_args.h"

#include "mil/fp16.h"

#include <string.h>

bool op_arg_is_data(const struct mil_op *op, const struct mil_arg *arg) {
    const struct mil_arg_spec *spec =
        mil_arg_spec_find(mil_op_spec(op->code)->args, arg->name, strlen(arg->name));
    return spec && (spec->kind == MIL_ARG_VALUE || spec->kind == MIL_ARG_VALUES);
}

int op_operand(struct op_ref ref, const char *arg_name) {
    const struct mil_arg *arg = mil_op_arg(ref.op, arg_name);
    return arg && arg->n_values > 0 ? arg->values[0] : -1;
}

const struct mil_type *op_type(struct op_ref ref, const char *arg_name) {
    int value = op_operand(ref, arg_name);
    return value < 0 ? NULL : &ref.function->values[value].type;
}

const struct mil_type *op_result_type(struct op_ref ref) {
    return &ref.function->values[ref.op->result].type;
}

int op_size_check(struct op_ref ref, struct mil_error *error) {
    if (mil_type_elements(op_result_type(ref)) <= OP_ELEMENTS_MAX)
        return 0;
    return mil_fail(error, ref.op->place, "%s: its result has more than 2^30 elements; split it",
        mil_opcode_name(ref.op->code));
}

double literal_number(const struct mil_literal *literal, int64_t i) {
    switch (literal->type.dtype) {
    case MIL_FP16:
        return (double)fp16_to_float(((const uint16_t *)literal->data)[i]);
    case MIL_FP32:
        return (double)((const float *)literal->data)[i];
    case MIL_INT8:
        return ((const int8_t *)literal->data)[i];
    case MIL_INT32:
        return ((const int32_t *)literal->data)[i];
    case MIL_UINT64:
        return (double)((const uint64_t *)literal->data)[i];
    case MIL_BOOL:
        return ((const uint8_t *)literal->data)[i] != 0;
    case MIL_STRING:
        break;
    }
    return 0;
}

/* Settings are arguments of most operators, attributes of the constexpr ones. */
static const struct mil_literal *setting(struct op_ref ref, const char *arg_name) {
    const struct mil_arg *arg = mil_op_arg(ref.op, arg_name);
    const struct mil_attr *attr = mil_op_attr(ref.op, arg_name);
    if (arg)
        return mil_value_literal(ref.function, arg->values[0]);
    return attr ? &attr->literal : NULL;
}

static const void *elements(struct op_ref ref, const char *arg_name, int *n) {
    const struct mil_literal *literal = setting(ref, arg_name);
    if (n)
        *n = literal ? (int)mil_type_elements(&literal->type) : 0;
    return literal ? literal->data : NULL;
}

const int32_t *op_ints(struct op_ref ref, const char *arg_name, int *n) {
    return elements(ref, arg_name, n);
}

const bool *op_bools(struct op_ref ref, const char *arg_name, int *n) {
    return elements(ref, arg_name, n);
}

bool op_bool(struct op_ref ref, const char *arg_name, bool absent) {
    const struct mil_literal *literal = setting(ref, arg_name);
    return literal ? literal_number(literal, 0) != 0 : absent;
}

int64_t op_int(struct op_ref ref, const char *arg_name, int64_t absent) {
    const struct mil_literal *literal = setting(ref, arg_name);
    return literal ? (int64_t)literal_number(literal, 0) : absent;
}

float op_float(struct op_ref ref, const char *arg_name, float absent) {
    const struct mil_literal *literal = setting(ref, arg_name);
    return literal ? (float)literal_number(literal, 0) : absent;
}

const char *op_string(struct op_ref ref, const char *arg_name, const char *absent) {
    const struct mil_literal *literal = setting(ref, arg_name);
    return literal ? literal->string : absent;
}
