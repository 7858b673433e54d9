/* SPDX-License-Identifier: MIT */
#include "mil/build/draft.h"

#include <stdlib.h>
#include <string.h>

/* Names can be long; messages are not. */
static int shown(struct mil_span span) {
    return span.bytes < 40 ? (int)span.bytes : 40;
}

int mil_draft_no_memory(struct mil_draft *draft) {
    return mil_fail(draft->error, (struct mil_place){0},
        "out of memory after %zu bytes of program; free some or split the program",
        draft->arena.taken_bytes);
}

int mil_draft_type_check(
    struct mil_draft *draft, const struct mil_type *type, struct mil_place place) {
    const char *fault = mil_type_fault(type);
    if (fault)
        return mil_fail(draft->error, place, "the type %s", fault);
    if (type->dtype == MIL_STRING && type->rank > 0)
        return mil_fail(draft->error, place, "a tensor of strings: only single strings are known");
    return 0;
}

int mil_draft_pair(struct mil_draft *draft, struct mil_span key, struct mil_span value) {
    struct mil_pair *pairs =
        mil_grow(draft->pairs, draft->n_pairs, &draft->pairs_room, sizeof *pairs);
    struct mil_pair pair;
    if (!pairs)
        return mil_draft_no_memory(draft);
    draft->pairs = pairs;
    pair.key = mil_arena_string(&draft->arena, key.text, key.bytes);
    pair.value = mil_arena_string(&draft->arena, value.text, value.bytes);
    if (!pair.key || !pair.value)
        return mil_draft_no_memory(draft);
    pairs[draft->n_pairs++] = pair;
    return 0;
}

/* Enters a name that is in the arena; -1 and *error when the table has it already. */
static int name_enter(struct mil_draft *draft, struct mil_names *names, const char *what,
    struct mil_span name, struct mil_place place) {
    if (mil_names_find(names, name.text, name.bytes) >= 0)
        return mil_fail(draft->error, place, "the %s '%.*s' is there already; each must be unique",
            what, shown(name), name.text);
    if (mil_names_add(names, name.text, name.bytes) < 0)
        return mil_draft_no_memory(draft);
    return 0;
}

/* The same with a copy of a name that is not; NULL and *error. */
static const char *name_copy_enter(struct mil_draft *draft, struct mil_names *names,
    const char *what, struct mil_span name, struct mil_place place) {
    struct mil_span copy = {mil_arena_string(&draft->arena, name.text, name.bytes), name.bytes};
    if (!copy.text) {
        mil_draft_no_memory(draft);
        return NULL;
    }
    return name_enter(draft, names, what, copy, place) < 0 ? NULL : copy.text;
}

int mil_draft_function(
    struct mil_draft *draft, struct mil_span name, struct mil_span target, struct mil_place place) {
    struct mil_function *functions =
        mil_grow(draft->functions, draft->n_functions, &draft->functions_room, sizeof *functions);
    if (!functions)
        return mil_draft_no_memory(draft);
    draft->functions = functions;
    mil_names_free(&draft->value_names);
    mil_names_free(&draft->op_names);
    draft->function = (struct mil_function){
        .values = draft->values,
        .ops = draft->ops,
        .place = place,
        .name = name_copy_enter(draft, &draft->function_names, "function", name, place),
    };
    if (!draft->function.name)
        return -1;
    draft->function.target = mil_arena_string(&draft->arena, target.text, target.bytes);
    return draft->function.target ? 0 : mil_draft_no_memory(draft);
}

/* Appends a value; its name is entered last, so that a failure leaves no name without a value. */
static int value_add(struct mil_draft *draft, struct mil_span name, const struct mil_type *type,
    int op, struct mil_place place) {
    int index = draft->function.n_values;
    struct mil_value *values = mil_grow(draft->values, index, &draft->values_room, sizeof *values);
    if (!values)
        return mil_draft_no_memory(draft);
    draft->function.values = draft->values = values;
    values[index] = (struct mil_value){.type = *type, .op = op, .place = place};
    values[index].name = name_copy_enter(draft, &draft->value_names, "value", name, place);
    if (!values[index].name)
        return -1;
    draft->function.n_values++;
    return index;
}

int mil_draft_input(struct mil_draft *draft, struct mil_span name, const struct mil_type *type,
    struct mil_place place) {
    int index;
    if (mil_draft_type_check(draft, type, place) < 0)
        return -1;
    if (type->dtype == MIL_STRING)
        return mil_fail(draft->error, place, "an input cannot be a string");
    index = value_add(draft, name, type, -1, place);
    if (index >= 0)
        draft->function.n_inputs++;
    return index;
}

static bool op_copy(struct mil_draft *draft, const struct mil_op *op, struct mil_op *out) {
    struct mil_arena *arena = &draft->arena;
    struct mil_arg *args = mil_arena_copy(arena, op->args, (size_t)op->n_args, sizeof *args);
    struct mil_attr *attrs = mil_arena_copy(arena, op->attrs, (size_t)op->n_attrs, sizeof *attrs);
    if (!args || !attrs)
        return false;
    *out = *op;
    out->args = args;
    out->attrs = attrs;
    for (int i = 0; i < op->n_args; i++) {
        args[i].values =
            mil_arena_copy(arena, args[i].values, (size_t)args[i].n_values, sizeof *args[i].values);
        if (!args[i].values)
            return false;
    }
    return true;
}

int mil_draft_op(struct mil_draft *draft, const struct mil_op *op, struct mil_span result,
    struct mil_place result_place, const struct mil_type *declared) {
    struct mil_type type;
    struct mil_op *ops, *copy;
    char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
    int value, index = draft->function.n_ops;
    if (mil_op_infer((struct op_ref){&draft->function, op}, &type, draft->error) < 0)
        return -1;
    if (declared && !mil_type_equal(declared, &type))
        return mil_fail(draft->error, result_place, "'%.*s' is declared %.90s, but %s makes %.90s",
            result.bytes < 24 ? (int)result.bytes : 24, result.text,
            mil_type_format(found, declared), mil_opcode_name(op->code),
            mil_type_format(want, &type));
    ops = mil_grow(draft->ops, index, &draft->ops_room, sizeof *ops);
    if (!ops)
        return mil_draft_no_memory(draft);
    draft->function.ops = draft->ops = ops;
    copy = &ops[index];
    if (!op_copy(draft, op, copy))
        return mil_draft_no_memory(draft);
    if (name_enter(draft, &draft->op_names, "operator name",
            (struct mil_span){op->name, strlen(op->name)}, op->place) < 0)
        return -1;
    value = value_add(draft, result, &type, index, result_place);
    if (value < 0)
        return -1;
    copy->result = value;
    draft->function.n_ops++;
    return value;
}

int mil_draft_outputs(struct mil_draft *draft, const int *values, int n_values) {
    struct mil_function *f = &draft->function;
    for (int i = 0; i < n_values; i++)
        if (f->values[values[i]].type.dtype == MIL_STRING)
            return mil_fail(draft->error, f->place, "the output '%.40s' of '%.40s' is a string",
                f->values[values[i]].name, f->name);
    f->values = mil_arena_copy(&draft->arena, f->values, (size_t)f->n_values, sizeof *f->values);
    f->ops = mil_arena_copy(&draft->arena, f->ops, (size_t)f->n_ops, sizeof *f->ops);
    f->outputs = mil_arena_copy(&draft->arena, values, (size_t)n_values, sizeof *values);
    f->n_outputs = n_values;
    if (!f->values || !f->ops || !f->outputs)
        return mil_draft_no_memory(draft);
    draft->functions[draft->n_functions++] = *f;
    return 0;
}

struct mil_program *mil_draft_program(struct mil_draft *draft) {
    struct mil_arena *arena = &draft->arena;
    struct mil_program *program = mil_arena_take(arena, sizeof *program);
    struct mil_function *functions =
        mil_arena_copy(arena, draft->functions, (size_t)draft->n_functions, sizeof *functions);
    struct mil_pair *pairs =
        mil_arena_copy(arena, draft->pairs, (size_t)draft->n_pairs, sizeof *pairs);
    if (!program || !functions || !pairs) {
        mil_draft_no_memory(draft);
        return NULL;
    }
    *program = (struct mil_program){
        .version = draft->version,
        .scalar_form = draft->scalar_form,
        .build_info = pairs,
        .n_build_info = draft->n_pairs,
        .functions = functions,
        .n_functions = draft->n_functions,
        .memory = arena->chunks,
    };
    arena->chunks = NULL;
    return program;
}

void mil_draft_free(struct mil_draft *draft) {
    mil_arena_free(draft->arena.chunks);
    mil_names_free(&draft->function_names);
    mil_names_free(&draft->value_names);
    mil_names_free(&draft->op_names);
    free(draft->pairs);
    free(draft->functions);
    free(draft->values);
    free(draft->ops);
}

void mil_program_free(struct mil_program *program) {
    if (program)
        mil_arena_free(program->memory); /* in which the program itself lies */
}
