/* SPDX-License-Identifier: MIT */
#include "mil/build/builder.h"
#include "mil/fp16.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mil_span span_of(const char *text) {
    return (struct mil_span){text, strlen(text)};
}

int mil_builder_fail(struct mil_builder *b, const char *format, ...) {
    va_list list;
    if (b->error.text[0])
        return -1;
    va_start(list, format);
    vsnprintf(b->error.text, sizeof b->error.text, format, list);
    va_end(list);
    return -1;
}

/* Whether more can be added: no error so far, and inside a function. */
static bool ready(struct mil_builder *b, const char *what) {
    if (!b || b->error.text[0])
        return false;
    if (!b->in_function)
        mil_builder_fail(b, "'%.60s' is outside a function; call mil_build_function first", what);
    return b->in_function;
}

static bool is_word(const char *name) {
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *name && !strchr("0123456789", *name) && name[strspn(name, word)] == '\0';
}

static bool word_check(struct mil_builder *b, const char *name) {
    if (is_word(name))
        return true;
    mil_builder_fail(b, "'%.60s' is not an identifier; use letters, digits and _", name);
    return false;
}

static const char *text_copy(struct mil_builder *b, const char *text) {
    const char *copy;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) {
            mil_builder_fail(b, "a string holds control byte 0x%02x", (unsigned char)*p);
            return NULL;
        }
    copy = mil_arena_string(&b->draft.arena, text, strlen(text));
    if (!copy)
        mil_draft_no_memory(&b->draft);
    return copy;
}

static const struct {
    const char *version, *target;
    enum mil_scalar_form form;
} headers[] = {
    [MIL_HEADER_IOS18] = {"1.3", "ios18", MIL_SCALARS_BARE},
    [MIL_HEADER_IOS17] = {"1.3", "ios17", MIL_SCALARS_BARE},
    [MIL_HEADER_IOS16] = {"1.0", "ios16", MIL_SCALARS_TENSOR},
};

const char *mil_header_name(enum mil_header header) {
    return headers[header].target;
}

int mil_header_find(const char *name) {
    for (int i = 0; i < (int)(sizeof headers / sizeof headers[0]); i++)
        if (strcmp(headers[i].target, name) == 0)
            return i;
    return -1;
}

void mil_header_set(struct mil_program *program, enum mil_header header) {
    struct mil_function *functions = (struct mil_function *)program->functions;
    program->version = headers[header].version;
    program->scalar_form = headers[header].form;
    for (int i = 0; i < program->n_functions; i++)
        functions[i].target = headers[header].target;
}

struct mil_builder *mil_builder_new(enum mil_header header) {
    /* As in published kernels; the engine's compiler does not require any particular value. */
    static const char *const info[][2] = {{"coremlc-component-MIL", "3510.2.1"},
        {"coremlc-version", "3505.4.1"}, {"coremltools-component-milinternal", ""},
        {"coremltools-version", "9.0"}};
    struct mil_builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->target = headers[header].target;
    b->draft.error = &b->error;
    b->draft.arena.limit_bytes = SIZE_MAX;
    b->draft.version = headers[header].version;
    b->draft.scalar_form = headers[header].form;
    for (size_t i = 0; i < sizeof info / sizeof *info; i++)
        mil_draft_pair(&b->draft, span_of(info[i][0]), span_of(info[i][1]));
    return b;
}

void mil_build_function(struct mil_builder *b, const char *name) {
    if (!b || b->error.text[0])
        return;
    if (b->in_function)
        mil_builder_fail(b, "'%.60s': the previous function has no outputs yet", name);
    else if (word_check(b, name))
        b->in_function = mil_draft_function(&b->draft, span_of(name), span_of(b->target),
                             (struct mil_place){0}) == 0;
}

int mil_build_input(struct mil_builder *b, const char *name, struct mil_type type) {
    if (!ready(b, name) || !word_check(b, name))
        return -1;
    if (b->draft.function.n_ops > 0)
        return mil_builder_fail(b, "input '%.60s' must come before the first op", name);
    return mil_draft_input(&b->draft, span_of(name), &type, (struct mil_place){0});
}

/* Whether these are the function's values. */
static bool values_check(struct mil_builder *b, const char *what, const int *values, int n_values) {
    for (int i = 0; i < n_values; i++)
        if (values[i] < 0 || values[i] >= b->draft.function.n_values) {
            mil_builder_fail(b, "%.60s: this function has no value number %d", what, values[i]);
            return false;
        }
    return true;
}

void mil_build_outputs(struct mil_builder *b, const int *values, int n_values) {
    if (!ready(b, "outputs"))
        return;
    if (n_values < 1)
        mil_builder_fail(b, "a function needs at least one output");
    else if (values_check(b, "outputs", values, n_values))
        b->in_function = mil_draft_outputs(&b->draft, values, n_values) < 0;
}

int mil_builder_op(struct mil_builder *b, enum mil_opcode code, const char *name,
    const struct mil_arg *args, int n_args, const struct mil_attr *attrs, int n_attrs) {
    struct mil_op op = {.code = code,
        .name = name,
        .args = args,
        .n_args = n_args,
        .attrs = attrs,
        .n_attrs = n_attrs};
    char text[sizeof b->error.text];
    int value;
    if (!ready(b, name) || !word_check(b, name))
        return -1;
    for (int i = 0; i < n_args; i++)
        if (!values_check(b, name, args[i].values, args[i].n_values))
            return -1;
    op.name = text_copy(b, name);
    if (!op.name)
        return -1;
    value = mil_draft_op_inferred(&b->draft, &op, span_of(name));
    if (value < 0) { /* there is no line to point at, so name the op */
        memcpy(text, b->error.text, sizeof text);
        snprintf(b->error.text, sizeof b->error.text, "'%.40s': %.200s", name, text);
    }
    return value;
}

int mil_build_op(struct mil_builder *b, enum mil_opcode code, const char *name,
    const struct mil_build_arg *args, int n_args) {
    const struct mil_arg_spec *specs = mil_op_spec(code)->args, *spec;
    struct mil_arg list[MIL_ARGS_MAX];
    if (!ready(b, name))
        return -1;
    if (n_args > MIL_ARGS_MAX)
        return mil_builder_fail(b, "'%.60s': too many arguments", name);
    for (int i = 0; i < n_args; i++) {
        spec = mil_arg_spec_find(specs, args[i].name, strlen(args[i].name));
        if (!spec)
            return mil_builder_fail(b, "'%.60s': %s has no argument '%.40s'", name,
                mil_opcode_name(code), args[i].name);
        for (int j = 0; j < i; j++)
            if (list[j].name == spec->name)
                return mil_builder_fail(
                    b, "'%.60s': argument '%s' is given twice", name, spec->name);
        list[i] = (struct mil_arg){.name = spec->name,
            .values = args[i].values,
            .n_values = args[i].n_values,
            .is_tuple = mil_arg_is_tuple(spec->kind)};
    }
    return mil_builder_op(b, code, name, list, n_args, NULL, 0);
}

static int const_make(struct mil_builder *b, const char *name, const struct mil_literal *literal) {
    struct mil_attr val = {.name = "val", .literal = *literal};
    return mil_builder_op(b, MIL_OP_CONST, name, NULL, 0, &val, 1);
}

/* Check the type first: its size is used next. */
static bool type_check(struct mil_builder *b, const struct mil_type *type) {
    return mil_draft_type_check(&b->draft, type, (struct mil_place){0}) == 0;
}

int mil_build_const(
    struct mil_builder *b, const char *name, struct mil_type type, const void *data) {
    struct mil_literal literal = {.type = &type};
    if (!ready(b, name) || !type_check(b, &type))
        return -1;
    if (type.dtype == MIL_STRING)
        return mil_builder_fail(b, "'%.60s': use mil_build_const_string", name);
    literal.data = mil_arena_copy(&b->draft.arena, data, mil_type_bytes(&type), 1);
    return literal.data ? const_make(b, name, &literal) : mil_draft_no_memory(&b->draft);
}

int mil_build_const_string(struct mil_builder *b, const char *name, const char *string) {
    const struct mil_type type = {.dtype = MIL_STRING};
    struct mil_literal literal = {.type = &type};
    if (!ready(b, name))
        return -1;
    literal.string = text_copy(b, string);
    return literal.string ? const_make(b, name, &literal) : -1;
}

/* A literal in a blob file. */
static bool blob_literal(struct mil_builder *b, const char *name, const struct mil_type *type,
    const char *blob_path, uint64_t blob_offset, struct mil_literal *out) {
    if (!ready(b, name) || !type_check(b, type))
        return false;
    if (type->dtype == MIL_STRING || type->dtype == MIL_BOOL || type->dtype == MIL_UINT64) {
        mil_builder_fail(
            b, "'%.60s': a blob file cannot hold %s", name, mil_dtype_name(type->dtype));
        return false;
    }
    *out = (struct mil_literal){
        .type = type, .blob_path = text_copy(b, blob_path), .blob_offset = blob_offset};
    return out->blob_path != NULL;
}

int mil_build_const_blob(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, uint64_t blob_offset) {
    struct mil_literal literal;
    if (!blob_literal(b, name, &type, blob_path, blob_offset, &literal))
        return -1;
    return const_make(b, name, &literal);
}

int mil_build_dequantized(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, uint64_t blob_offset, float scale, int8_t zero_point) {
    const uint16_t scale_bits = fp16_from_float(scale);
    const int32_t axis = 0;
    const struct mil_type of_scale = {.dtype = MIL_FP16}, of_zero_point = {.dtype = MIL_INT8},
                          of_axis = {.dtype = MIL_INT32};
    struct mil_attr attrs[] = {
        {.name = "quantized_data"},
        {.name = "scale", .literal = {.type = &of_scale}},
        {.name = "zero_point", .literal = {.type = &of_zero_point}},
        {.name = "axis", .literal = {.type = &of_axis}},
    };
    struct mil_arena *arena;
    type.dtype = MIL_INT8;
    if (!blob_literal(b, name, &type, blob_path, blob_offset, &attrs[0].literal))
        return -1;
    arena = &b->draft.arena;
    attrs[1].literal.data = mil_arena_copy(arena, &scale_bits, 1, sizeof scale_bits);
    attrs[2].literal.data = mil_arena_copy(arena, &zero_point, 1, sizeof zero_point);
    attrs[3].literal.data = mil_arena_copy(arena, &axis, 1, sizeof axis);
    if (!attrs[1].literal.data || !attrs[2].literal.data || !attrs[3].literal.data)
        return mil_draft_no_memory(&b->draft);
    return mil_builder_op(b, MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE, name, NULL, 0, attrs, 4);
}

/* A literal in place of an argument: compilers print weights so. */
static int inline_blob(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, uint64_t blob_offset) {
    struct mil_literal literal;
    if (!blob_literal(b, name, &type, blob_path, blob_offset, &literal))
        return -1;
    return mil_draft_inline(&b->draft, &literal, (struct mil_place){0});
}

int mil_build_palettized(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, enum mil_dtype indices, uint64_t indices_offset,
    uint64_t palette_offset) {
    struct mil_type palette = {.dtype = MIL_FP16, .rank = type.rank + 2};
    if (type.rank + 2 > MIL_RANK_MAX)
        return b ? mil_builder_fail(b, "'%.60s': a palette's weights have at most 6 axes", name)
                 : -1;
    for (int i = 0; i < palette.rank; i++)
        palette.dim[i] = i == type.rank ? 1 << mil_dtype_bits(indices) : 1;
    type.dtype = indices;
    const int of_each = inline_blob(b, name, type, blob_path, indices_offset),
              values = inline_blob(b, name, palette, blob_path, palette_offset);
    const struct mil_build_arg args[] = {{"indices", &of_each, 1}, {"lut", &values, 1}};
    return mil_build_op(b, MIL_OP_CONSTEXPR_LUT_TO_DENSE, name, args, 2);
}

struct mil_type mil_build_type(const struct mil_builder *b, int value) {
    if (!b || value < 0 || value >= b->draft.function.n_values)
        return (struct mil_type){0};
    return *b->draft.function.values[value].type;
}

struct mil_program *mil_builder_finish(struct mil_builder *b, struct mil_error *error) {
    struct mil_program *program = NULL;
    if (!b) {
        mil_fail(error, (struct mil_place){0}, "out of memory");
        return NULL;
    }
    if (b->in_function)
        mil_builder_fail(b, "'%.60s' has no outputs yet", b->draft.function.name);
    if (b->draft.n_functions == 0)
        mil_builder_fail(b, "a program needs at least one function");
    if (!b->error.text[0])
        program = mil_draft_program(&b->draft);
    if (!program && error)
        *error = b->error;
    mil_draft_free(&b->draft);
    free(b);
    return program;
}
