/* SPDX-License-Identifier: MIT */
#include "mil/op/ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SPEC(name, kind, flags) {#name, MIL_ARG_##kind, flags},
#define V(name) SPEC(name, VALUE, 0)
#define O(name) SPEC(name, VALUE, MIL_ARG_OPTIONAL)
#define VS(name) SPEC(name, VALUES, 0)
#define L(name) SPEC(name, LIST, 0)
#define OD(name) SPEC(name, DIMS, MIL_ARG_OPTIONAL)
#define I(name) SPEC(name, INT, 0)
#define OI(name) SPEC(name, INT, MIL_ARG_OPTIONAL)
#define RI(name) SPEC(name, INT, MIL_ARG_RUNTIME)
#define ORI(name) SPEC(name, INT, MIL_ARG_OPTIONAL | MIL_ARG_RUNTIME)
#define IS(name) SPEC(name, INTS, 0)
#define OIS(name) SPEC(name, INTS, MIL_ARG_OPTIONAL)
#define RIS(name) SPEC(name, INTS, MIL_ARG_RUNTIME)
#define ORIS(name) SPEC(name, INTS, MIL_ARG_OPTIONAL | MIL_ARG_RUNTIME)
#define B(name) SPEC(name, BOOL, 0)
#define OB(name) SPEC(name, BOOL, MIL_ARG_OPTIONAL)
#define OBS(name) SPEC(name, BOOLS, MIL_ARG_OPTIONAL)
#define F(name) SPEC(name, FLOAT, 0)
#define OF(name) SPEC(name, FLOAT, MIL_ARG_OPTIONAL)
#define A(name) SPEC(name, NUMBER, 0)
#define OA(name) SPEC(name, NUMBER, MIL_ARG_OPTIONAL)
#define RA(name) SPEC(name, NUMBER, MIL_ARG_RUNTIME)
#define S(name) SPEC(name, STRING, 0)
#define OS(name) SPEC(name, STRING, MIL_ARG_OPTIONAL)
#define E(name) SPEC(name, VALUE, MIL_ARG_EITHER)
#define OE(name) SPEC(name, VALUE, MIL_ARG_EITHER | MIL_ARG_OPTIONAL)
#define EI(name) SPEC(name, INT, MIL_ARG_EITHER)
#define OEI(name) SPEC(name, INT, MIL_ARG_EITHER | MIL_ARG_OPTIONAL)
#define ES(name) SPEC(name, STRING, MIL_ARG_EITHER)

#define MIL_OPERATOR(code, name, since, infer, ...)                                                \
    static const struct mil_arg_spec args_##code[] = {__VA_ARGS__{NULL, MIL_ARG_VALUE, 0}};
#include "mil/op/op_table.inc"
#undef MIL_OPERATOR

static const struct mil_arg_spec no_args[] = {{NULL, MIL_ARG_VALUE, 0}};

/* Sorted by name, which mil_opcode_find relies on. */
static const struct mil_op_spec specs[MIL_OP_COUNT] = {
#define MIL_OPERATOR(code, name, since, infer, ...)                                                \
    [MIL_OP_##code] = {#name, since, mil_infer_##infer, args_##code},
#include "mil/op/op_table.inc"
#undef MIL_OPERATOR
    [MIL_OP_UNKNOWN] = {"?", 0, mil_infer_declared, no_args},
};

const struct mil_op_spec *mil_op_spec(enum mil_opcode code) {
    return &specs[code];
}

const char *mil_opcode_name(enum mil_opcode code) {
    return specs[code].name;
}

/* Compares the first byte before any call: lists are searched for every word of a text. */
static bool name_equal(const char *known, const char *name, size_t bytes) {
    return *known == *name && strncmp(known, name, bytes) == 0 && known[bytes] == '\0';
}

const char *mil_op_name(const struct mil_op *op) {
    return op->unknown ? op->unknown : mil_opcode_name(op->code);
}

int mil_opcode_find(const char *name, size_t bytes) {
    int low = 0, high = MIL_OP_UNKNOWN;
    if (name_equal(specs[MIL_OP_CONST].name, name, bytes)) /* by far the most */
        return MIL_OP_CONST;
    while (low < high) {
        int middle = (low + high) / 2;
        int order = strncmp(specs[middle].name, name, bytes);
        if (order == 0 && specs[middle].name[bytes] == '\0')
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
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
    return function->values[value].literal;
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
        "%.60s: %.180s", mil_op_name(op), text);
}

/* What a const of that kind must look like, for messages. */
static const char *const kind_text[] = {
    [MIL_ARG_INT] = "int32",
    [MIL_ARG_INTS] = "tensor<int32, [n]>",
    [MIL_ARG_BOOL] = "bool",
    [MIL_ARG_BOOLS] = "tensor<bool, [n]>",
    [MIL_ARG_FLOAT] = "fp16 or fp32",
    [MIL_ARG_NUMBER] = "a number",
    [MIL_ARG_STRING] = "string",
};

static bool kind_matches(enum mil_arg_kind kind, const struct mil_type *type) {
    if (type->kind != MIL_TENSOR)
        return false;
    switch (kind) {
    case MIL_ARG_INT:
        return type->dtype != MIL_BOOL && type->dtype != MIL_STRING &&
               !mil_dtype_is_float(type->dtype) && type->rank == 0;
    case MIL_ARG_INTS:
        return type->dtype == MIL_INT32 && type->rank == 1;
    case MIL_ARG_BOOL:
        return type->dtype == MIL_BOOL && type->rank == 0;
    case MIL_ARG_BOOLS:
        return type->dtype == MIL_BOOL && type->rank == 1;
    case MIL_ARG_FLOAT:
        return mil_dtype_is_float(type->dtype) && type->rank == 0;
    case MIL_ARG_NUMBER:
        return type->dtype != MIL_STRING && type->rank == 0;
    case MIL_ARG_STRING:
        return type->dtype == MIL_STRING && type->rank == 0;
    default:
        return true;
    }
}

/* Sizes: each a number, or a name for one that is not known. */
static int dims_check(struct op_ref ref, const struct mil_arg *arg, struct mil_error *error) {
    for (int i = 0; i < arg->n_values; i++) {
        const struct mil_literal *literal = mil_value_literal(ref.function, arg->values[i]);
        const struct mil_type *type = ref.function->values[arg->values[i]].type;
        char found[MIL_TYPE_TEXT_MAX];
        if (!literal || literal->blob_path ||
            (!kind_matches(MIL_ARG_INT, type) && !kind_matches(MIL_ARG_STRING, type)))
            return op_fail(ref, error, arg->name, "'%s' must be const int32 or strings, found %s",
                arg->name, mil_type_format(found, type));
    }
    return 0;
}

/* Lists stand where lists are taken, and nowhere else. */
static int value_check(
    struct op_ref ref, const char *name, bool takes_list, int value, struct mil_error *error) {
    const struct mil_type *type = ref.function->values[value].type;
    char found[MIL_TYPE_TEXT_MAX];
    if (type->kind != MIL_OTHER && (type->kind == MIL_LIST) != takes_list)
        return op_fail(ref, error, name, "'%s' must %sbe a list, found %s", name,
            takes_list ? "" : "not ", mil_type_format(found, type));
    return mil_type_is_sized(type) ? 0 : MIL_INFER_DECLARED;
}

static int values_check(struct op_ref ref, const struct mil_arg *arg, struct mil_error *error) {
    for (int i = 0; i < arg->n_values; i++)
        if (ref.op->code != MIL_OP_WHILE_LOOP &&
            value_check(ref, arg->name, false, arg->values[i], error) < 0)
            return -1;
    return 0;
}

/* 0, MIL_INFER_DECLARED when the argument is computed at run time, or -1. */
static int arg_check(struct op_ref ref, const struct mil_arg_spec *spec, struct mil_error *error) {
    const struct mil_arg *arg = mil_op_arg(ref.op, spec->name);
    const struct mil_attr *attr =
        spec->flags & MIL_ARG_EITHER ? mil_op_attr(ref.op, spec->name) : NULL;
    const struct mil_literal *literal;
    const struct mil_type *type;
    char found[MIL_TYPE_TEXT_MAX];
    if (!arg && !attr)
        return spec->flags & MIL_ARG_OPTIONAL
                   ? 0
                   : op_fail(ref, error, spec->name, "argument '%s' is missing", spec->name);
    if (spec->kind == MIL_ARG_VALUES)
        return values_check(ref, arg, error);
    if (spec->kind == MIL_ARG_DIMS)
        return dims_check(ref, arg, error);
    if (arg && (arg->is_tuple || arg->n_values != 1))
        return op_fail(ref, error, spec->name, "'%s' takes one value, not a tuple", spec->name);
    literal = arg ? mil_value_literal(ref.function, arg->values[0]) : &attr->literal;
    type = arg ? ref.function->values[arg->values[0]].type : attr->literal.type;
    if (arg && mil_arg_is_data(spec->kind))
        return value_check(ref, spec->name, spec->kind == MIL_ARG_LIST, arg->values[0], error);
    if (spec->kind == MIL_ARG_VALUE)
        return mil_type_is_sized(type) ? 0 : MIL_INFER_DECLARED;
    if ((!literal || literal->blob_path) && spec->flags & MIL_ARG_RUNTIME)
        return MIL_INFER_DECLARED;
    if (!literal || literal->blob_path)
        return op_fail(ref, error, spec->name,
            "'%s' must be a const with its elements inline, because the shape of the result or of "
            "the kernel depends on it; '%.40s' is not",
            spec->name, arg ? ref.function->values[arg->values[0]].name : spec->name);
    if (spec->kind == MIL_ARG_INTS && spec->flags & MIL_ARG_RUNTIME && type->dtype != MIL_INT32)
        return MIL_INFER_DECLARED; /* int16 and the like */
    if (!kind_matches(spec->kind, type))
        return op_fail(ref, error, spec->name, "'%s' must be %s, found %s", spec->name,
            kind_text[spec->kind], mil_type_format(found, type));
    return 0;
}

/* Whether every value of a tuple has known sizes. */
static bool tuples_sized(struct op_ref ref) {
    for (int a = 0; a < ref.op->n_args; a++)
        for (int i = 0; i < ref.op->args[a].n_values; i++)
            if (!mil_type_is_sized(ref.function->values[ref.op->args[a].values[i]].type))
                return false;
    return true;
}

static bool makes_values(enum mil_opcode code) {
    return code != MIL_OP_WRITE_STATE && code != MIL_OP_COREML_UPDATE_STATE &&
           code != MIL_OP_UNKNOWN;
}

int mil_op_infer(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_op_spec *spec = &specs[ref.op->code];
    const char *fault;
    int status = 0;
    if (ref.op->n_results == 0 && ref.op->n_blocks == 0 && makes_values(ref.op->code))
        return mil_fail(
            error, ref.op->place, "%s: its result needs a type and a name", mil_op_name(ref.op));
    for (const struct mil_arg_spec *arg = spec->args; arg->name; arg++) {
        int checked = arg_check(ref, arg, error);
        if (checked < 0)
            return -1;
        status |= checked;
    }
    if (ref.op->code == MIL_OP_CONST) {
        results[0] = *ref.op->attrs[0].literal.type;
        return 0;
    }
    if (status != 0 || !tuples_sized(ref))
        return MIL_INFER_DECLARED;
    status = spec->infer(ref, results, error);
    for (int i = 0; status == 0 && i < ref.op->n_results; i++) {
        fault = mil_type_fault(&results[i]);
        for (int a = 0; !fault && a < results[i].rank; a++)
            fault = results[i].dim[a] < 1 ? "has a dimension below 1" : NULL;
        if (fault)
            return mil_fail(error, ref.op->place, "%s: its result %s", spec->name, fault);
    }
    return status;
}
