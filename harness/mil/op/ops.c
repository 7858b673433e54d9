/* SPDX-License-Identifier: MIT */
#include "mil/op/ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define X                                                                                          \
    { "x", MIL_ARG_VALUE, false }
#define Y                                                                                          \
    { "y", MIL_ARG_VALUE, false }
#define UNARY(text)                                                                                \
    {                                                                                              \
        text, mil_infer_unary, {X}, {                                                              \
            { 0 }                                                                                  \
        }                                                                                          \
    }
#define BINARY(text)                                                                               \
    {                                                                                              \
        text, mil_infer_binary, {X, Y}, {                                                          \
            { 0 }                                                                                  \
        }                                                                                          \
    }
#define REDUCE(text)                                                                               \
    {                                                                                              \
        text, mil_infer_reduce,                                                                    \
            {X, {"axes", MIL_ARG_INTS, false}, {"keep_dims", MIL_ARG_BOOL, false}}, {              \
            { 0 }                                                                                  \
        }                                                                                          \
    }
#define EPSILON                                                                                    \
    { "epsilon", MIL_ARG_FLOAT, true }

/* Argument lists: those of the texts that engine compilers take. Where Core ML has a default that
 * no such text relies on, the argument is required here. */
static const struct mil_op_spec specs[MIL_OP_COUNT] = {
    [MIL_OP_CONST] = {"const", mil_infer_const, {{0}}, {{"val", MIL_ARG_VALUE, false}}},
    [MIL_OP_CONV] = {"conv", mil_infer_conv,
        {X, {"weight", MIL_ARG_VALUE, false}, {"bias", MIL_ARG_VALUE, true},
            {"strides", MIL_ARG_INTS, false}, {"pad_type", MIL_ARG_STRING, false},
            {"pad", MIL_ARG_INTS, false}, {"dilations", MIL_ARG_INTS, false},
            {"groups", MIL_ARG_INT, false}},
        {{0}}},
    [MIL_OP_MATMUL] = {"matmul", mil_infer_matmul,
        {X, Y, {"transpose_x", MIL_ARG_BOOL, false}, {"transpose_y", MIL_ARG_BOOL, false}}, {{0}}},
    [MIL_OP_ADD] = BINARY("add"),
    [MIL_OP_SUB] = BINARY("sub"),
    [MIL_OP_MUL] = BINARY("mul"),
    [MIL_OP_REAL_DIV] = BINARY("real_div"),
    [MIL_OP_POW] = BINARY("pow"),
    [MIL_OP_SIGMOID] = UNARY("sigmoid"),
    [MIL_OP_TANH] = UNARY("tanh"),
    [MIL_OP_RELU] = UNARY("relu"),
    [MIL_OP_GELU] = {"gelu", mil_infer_gelu, {X, {"mode", MIL_ARG_STRING, true}}, {{0}}},
    [MIL_OP_SILU] = UNARY("silu"),
    [MIL_OP_EXP] = UNARY("exp"),
    [MIL_OP_SQRT] = UNARY("sqrt"),
    [MIL_OP_RSQRT] = {"rsqrt", mil_infer_unary, {X, EPSILON}, {{0}}},
    [MIL_OP_LOG] = {"log", mil_infer_unary, {X, EPSILON}, {{0}}},
    [MIL_OP_SOFTMAX] = {"softmax", mil_infer_softmax, {X, {"axis", MIL_ARG_INT, false}}, {{0}}},
    [MIL_OP_REDUCE_SUM] = REDUCE("reduce_sum"),
    [MIL_OP_REDUCE_MEAN] = REDUCE("reduce_mean"),
    [MIL_OP_REDUCE_MAX] = REDUCE("reduce_max"),
    [MIL_OP_RESHAPE] = {"reshape", mil_infer_reshape, {X, {"shape", MIL_ARG_INTS, false}}, {{0}}},
    [MIL_OP_TRANSPOSE] = {"transpose", mil_infer_transpose, {X, {"perm", MIL_ARG_INTS, false}},
        {{0}}},
    [MIL_OP_CONCAT] = {"concat", mil_infer_concat,
        {{"values", MIL_ARG_VALUES, false}, {"axis", MIL_ARG_INT, false},
            {"interleave", MIL_ARG_BOOL, false}},
        {{0}}},
    [MIL_OP_SLICE_BY_SIZE] = {"slice_by_size", mil_infer_slice_by_size,
        {X, {"begin", MIL_ARG_INTS, false}, {"size", MIL_ARG_INTS, false}}, {{0}}},
    [MIL_OP_SLICE_BY_INDEX] = {"slice_by_index", mil_infer_slice_by_index,
        {X, {"begin", MIL_ARG_INTS, false}, {"end", MIL_ARG_INTS, false},
            {"stride", MIL_ARG_INTS, true}, {"begin_mask", MIL_ARG_BOOLS, true},
            {"end_mask", MIL_ARG_BOOLS, true}, {"squeeze_mask", MIL_ARG_BOOLS, true}},
        {{0}}},
    [MIL_OP_TILE] = {"tile", mil_infer_tile, {X, {"reps", MIL_ARG_INTS, false}}, {{0}}},
    [MIL_OP_CAST] = {"cast", mil_infer_cast, {X, {"dtype", MIL_ARG_STRING, false}}, {{0}}},
    [MIL_OP_IDENTITY] = {"identity", mil_infer_identity, {X}, {{0}}},
    [MIL_OP_LINEAR] = {"linear", mil_infer_linear,
        {X, {"weight", MIL_ARG_VALUE, false}, {"bias", MIL_ARG_VALUE, true}}, {{0}}},
    [MIL_OP_LAYER_NORM] = {"layer_norm", mil_infer_layer_norm,
        {X, {"axes", MIL_ARG_INTS, false}, {"gamma", MIL_ARG_VALUE, true},
            {"beta", MIL_ARG_VALUE, true}, EPSILON},
        {{0}}},
    [MIL_OP_SDPA] = {"scaled_dot_product_attention", mil_infer_sdpa,
        {{"query", MIL_ARG_VALUE, false}, {"key", MIL_ARG_VALUE, false},
            {"value", MIL_ARG_VALUE, false}, {"attn_mask", MIL_ARG_VALUE, true}},
        {{0}}},
    [MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE] = {"constexpr_affine_dequantize", mil_infer_affine, {{0}},
        {{"quantized_data", MIL_ARG_VALUE, false}, {"scale", MIL_ARG_VALUE, false},
            {"zero_point", MIL_ARG_VALUE, false}, {"axis", MIL_ARG_INT, false}}},
    [MIL_OP_QUANTIZE] = {"quantize", mil_infer_quantize,
        {{"input", MIL_ARG_VALUE, false}, {"scale", MIL_ARG_VALUE, false},
            {"output_dtype", MIL_ARG_STRING, false}, {"zero_point", MIL_ARG_VALUE, true},
            {"axis", MIL_ARG_INT, true}},
        {{0}}},
    [MIL_OP_DEQUANTIZE] = {"dequantize", mil_infer_dequantize,
        {{"input", MIL_ARG_VALUE, false}, {"scale", MIL_ARG_VALUE, false},
            {"zero_point", MIL_ARG_VALUE, true}, {"axis", MIL_ARG_INT, true}},
        {{0}}},
};

const struct mil_op_spec *mil_op_spec(enum mil_opcode code) {
    return &specs[code];
}

const char *mil_opcode_name(enum mil_opcode code) {
    return specs[code].name;
}

/* Looks at the first byte before it calls anything: lists are searched for every word of a text. */
static bool name_equal(const char *known, const char *name, size_t bytes) {
    return *known == *name && strncmp(known, name, bytes) == 0 && known[bytes] == '\0';
}

int mil_opcode_find(const char *name, size_t bytes) {
    for (int i = 0; i < MIL_OP_COUNT; i++)
        if (name_equal(specs[i].name, name, bytes))
            return i;
    return -1;
}

const struct mil_arg_spec *mil_arg_spec_find(
    const struct mil_arg_spec *list, const char *name, size_t bytes) {
    for (; list->name; list++)
        if (name_equal(list->name, name, bytes))
            return list;
    return NULL;
}

const struct mil_arg *mil_op_arg(const struct mil_op *op, const char *name) {
    for (int i = 0; i < op->n_args; i++)
        if (op->args[i].name[0] == name[0] && strcmp(op->args[i].name, name) == 0)
            return &op->args[i];
    return NULL;
}

const struct mil_attr *mil_op_attr(const struct mil_op *op, const char *name) {
    for (int i = 0; i < op->n_attrs; i++)
        if (op->attrs[i].name[0] == name[0] && strcmp(op->attrs[i].name, name) == 0)
            return &op->attrs[i];
    return NULL;
}

const struct mil_literal *mil_value_literal(const struct mil_function *function, int value) {
    int op = function->values[value].op;
    if (op < 0 || function->ops[op].code != MIL_OP_CONST)
        return NULL;
    return &function->ops[op].attrs[0].literal;
}

int op_fail(
    struct op_ref ref, struct mil_error *error, const char *arg_name, const char *format, ...) {
    const struct mil_op *op = ref.op;
    const struct mil_arg *arg = mil_op_arg(op, arg_name);
    const struct mil_attr *attr = mil_op_attr(op, arg_name);
    char text[sizeof error->text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return mil_fail(error,
        arg    ? arg->place
        : attr ? attr->place
               : op->place,
        "%s: %.200s", mil_opcode_name(op->code), text);
}

/* What a const of that kind must look like, for messages. */
static const char *const kind_text[] = {
    [MIL_ARG_INT] = "int32",
    [MIL_ARG_INTS] = "tensor<int32, [n]>",
    [MIL_ARG_BOOL] = "bool",
    [MIL_ARG_BOOLS] = "tensor<bool, [n]>",
    [MIL_ARG_FLOAT] = "fp16 or fp32",
    [MIL_ARG_STRING] = "string",
};

static bool kind_matches(enum mil_arg_kind kind, const struct mil_type *type) {
    switch (kind) {
    case MIL_ARG_INT:
        return type->dtype == MIL_INT32 && type->rank == 0;
    case MIL_ARG_INTS:
        return type->dtype == MIL_INT32 && type->rank == 1;
    case MIL_ARG_BOOL:
        return type->dtype == MIL_BOOL && type->rank == 0;
    case MIL_ARG_BOOLS:
        return type->dtype == MIL_BOOL && type->rank == 1;
    case MIL_ARG_FLOAT:
        return (type->dtype == MIL_FP16 || type->dtype == MIL_FP32) && type->rank == 0;
    case MIL_ARG_STRING:
        return type->dtype == MIL_STRING && type->rank == 0;
    default:
        return true;
    }
}

static int arg_check(struct op_ref ref, const struct mil_arg_spec *spec, struct mil_error *error) {
    const struct mil_arg *arg = mil_op_arg(ref.op, spec->name);
    const struct mil_value *value;
    const struct mil_literal *literal;
    char found[MIL_TYPE_TEXT_MAX];
    if (!arg && spec->optional)
        return 0;
    if (!arg)
        return op_fail(ref, error, spec->name, "argument '%s' is missing", spec->name);
    if (spec->kind == MIL_ARG_VALUES)
        return 0;
    if (arg->is_tuple || arg->n_values != 1)
        return op_fail(ref, error, spec->name, "'%s' takes one value, not a tuple", spec->name);
    if (spec->kind == MIL_ARG_VALUE)
        return 0;
    value = &ref.function->values[arg->values[0]];
    literal = mil_value_literal(ref.function, arg->values[0]);
    if (!literal || literal->blob_path)
        return op_fail(ref, error, spec->name,
            "'%s' must be a const with its elements inline, because the shape of the result or of "
            "the kernel depends on it; '%.40s' is not",
            spec->name, value->name);
    if (!kind_matches(spec->kind, &value->type))
        return op_fail(ref, error, spec->name, "'%s' must be %s, found %s", spec->name,
            kind_text[spec->kind], mil_type_format(found, &value->type));
    return 0;
}

static int attr_check(struct op_ref ref, const struct mil_arg_spec *spec, struct mil_error *error) {
    const struct mil_attr *attr = mil_op_attr(ref.op, spec->name);
    char found[MIL_TYPE_TEXT_MAX];
    if (!attr)
        return op_fail(ref, error, spec->name, "attribute '%s' is missing", spec->name);
    if (spec->kind == MIL_ARG_VALUE)
        return 0;
    if (attr->literal.blob_path || !kind_matches(spec->kind, &attr->literal.type))
        return op_fail(ref, error, spec->name, "'%s' must be an inline %s, found %s", spec->name,
            kind_text[spec->kind], mil_type_format(found, &attr->literal.type));
    return 0;
}

int mil_op_infer(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_op_spec *spec = &specs[ref.op->code];
    const char *fault;
    for (const struct mil_arg_spec *arg = spec->args; arg->name; arg++)
        if (arg_check(ref, arg, error) < 0)
            return -1;
    for (const struct mil_arg_spec *attr = spec->attrs; attr->name; attr++)
        if (attr_check(ref, attr, error) < 0)
            return -1;
    *result = (struct mil_type){0};
    if (spec->infer(ref, result, error) < 0)
        return -1;
    fault = mil_type_fault(result);
    if (fault)
        return mil_fail(error, ref.op->place, "%s: its result %s", spec->name, fault);
    return 0;
}
