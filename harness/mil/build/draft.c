/* SPDX-License-Identifier: MIT */
#include "mil/build/draft.h"

#include <stdlib.h>
#include <string.h>

/* Names can be long; messages must stay short. */
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
    return 0;
}

static size_t type_slot(const struct mil_type *type) {
    uint64_t hash = (uint64_t)type->dtype * 31 + (uint64_t)type->rank;
    for (int i = 0; i < type->rank; i++)
        hash = (hash ^ (uint64_t)type->dim[i]) * 0x9e3779b97f4a7c15u;
    return (hash ^ hash >> 32) % MIL_DRAFT_TYPES;
}

const struct mil_type *mil_draft_type(struct mil_draft *draft, const struct mil_type *type) {
    const struct mil_type **slot = &draft->types[type_slot(type)];
    if (type == *slot)
        return type;
    if (!*slot || type->kind != MIL_TENSOR || !mil_type_is_sized(type) ||
        !mil_type_equal(*slot, type))
        *slot = mil_arena_copy(&draft->arena, type, 1, sizeof *type);
    if (!*slot)
        mil_draft_no_memory(draft);
    return *slot;
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

int mil_draft_find(const struct mil_draft *draft, struct mil_span name) {
    int number = mil_names_find(&draft->value_names, name.text, name.bytes);
    return number < 0 ? -1 : draft->named[number];
}

/* Copies the name and enters it for value number `value`; NULL and *error when it is taken. */
static const char *value_name_enter(
    struct mil_draft *draft, struct mil_span name, int value, struct mil_place place) {
    int number = mil_names_find(&draft->value_names, name.text, name.bytes), *named;
    const char *copy;
    if (number >= 0 && draft->named[number] >= 0) {
        mil_fail(draft->error, place, "the value '%.*s' is already defined; names must be unique",
            shown(name), name.text);
        return NULL;
    }
    if (number >= 0) { /* of a block that has ended */
        draft->named[number] = value;
        return draft->value_names.names[number].text;
    }
    copy = mil_arena_string(&draft->arena, name.text, name.bytes);
    named =
        copy ? mil_grow(draft->named, draft->value_names.n_names, &draft->named_room, sizeof *named)
             : NULL;
    if (named)
        draft->named = named;
    number = named ? mil_names_add(&draft->value_names, copy, name.bytes) : -1;
    if (number < 0) {
        mil_draft_no_memory(draft);
        return NULL;
    }
    draft->named[number] = value;
    return copy;
}

/* Copies the function's name; NULL and *error when it is taken. */
static const char *function_name_enter(
    struct mil_draft *draft, struct mil_span name, struct mil_place place) {
    char *copy = mil_arena_string(&draft->arena, name.text, name.bytes);
    if (copy && mil_names_find(&draft->function_names, name.text, name.bytes) >= 0) {
        mil_fail(draft->error, place,
            "the function '%.*s' is already defined; names must be unique", shown(name), name.text);
        return NULL;
    }
    if (copy && mil_names_add(&draft->function_names, copy, name.bytes) >= 0)
        return copy;
    mil_draft_no_memory(draft);
    return NULL;
}

int mil_draft_function(
    struct mil_draft *draft, struct mil_span name, struct mil_span target, struct mil_place place) {
    struct mil_function *functions =
        mil_grow(draft->functions, draft->n_functions, &draft->functions_room, sizeof *functions);
    if (!functions)
        return mil_draft_no_memory(draft);
    draft->functions = functions;
    mil_names_free(&draft->value_names);
    draft->function = (struct mil_function){
        .values = draft->values,
        .ops = draft->ops,
        .place = place,
        .name = function_name_enter(draft, name, place),
    };
    if (!draft->function.name)
        return -1;
    draft->function.target = mil_arena_string(&draft->arena, target.text, target.bytes);
    return draft->function.target ? 0 : mil_draft_no_memory(draft);
}

/* Appends a value. Its name is entered last, so that a failure leaves no name without a value. */
static int value_add(struct mil_draft *draft, struct mil_span name, const struct mil_type *type,
    int op, struct mil_place place) {
    int index = draft->function.n_values;
    struct mil_value *values = mil_grow(draft->values, index, &draft->values_room, sizeof *values);
    if (!values)
        return mil_draft_no_memory(draft);
    draft->function.values = draft->values = values;
    values[index] =
        (struct mil_value){.type = mil_draft_type(draft, type), .op = op, .place = place};
    if (!values[index].type)
        return -1;
    values[index].name = name.text ? value_name_enter(draft, name, index, place) : "(literal)";
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
    if (type->dtype == MIL_STRING && type->kind == MIL_TENSOR)
        return mil_fail(draft->error, place, "an input cannot be a string");
    for (int i = 0; i < type->rank; i++)
        if (type->dim[i] == 0)
            return mil_fail(draft->error, place, "the type of an input has a dimension below 1");
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
    for (int i = 0; i < op->n_attrs; i++)
        if (!(attrs[i].literal.type = mil_draft_type(draft, attrs[i].literal.type)))
            return false;
    for (int i = 0; i < op->n_args; i++) {
        args[i].values =
            mil_arena_copy(arena, args[i].values, (size_t)args[i].n_values, sizeof *args[i].values);
        if (!args[i].values)
            return false;
    }
    return true;
}

/* Appends the op, with its arguments, to the growing array; NULL and *error on failure. */
static struct mil_op *op_add(struct mil_draft *draft, const struct mil_op *op) {
    struct mil_op *ops = mil_grow(draft->ops, draft->function.n_ops, &draft->ops_room, sizeof *ops);
    if (ops) {
        draft->function.ops = draft->ops = ops;
        if (op_copy(draft, op, &ops[draft->function.n_ops]))
            return &ops[draft->function.n_ops];
    }
    mil_draft_no_memory(draft);
    return NULL;
}

/* Appends op and its results. Returns the first result, or -1: with *error on failure, without it
 * when op has no results. */
static int op_enter(struct mil_draft *draft, const struct mil_op *op,
    const struct mil_draft_result *results, const struct mil_type *types) {
    struct mil_op *copy = op_add(draft, op);
    int value = -1, first = draft->function.n_values;
    int made_by = draft->depth > 0 ? -1 : draft->function.n_ops;
    if (!copy)
        return -1;
    for (int i = 0; i < op->n_results; i++) {
        value = value_add(draft, results[i].name, &types[i], made_by, results[i].place);
        if (value < 0)
            return -1;
    }
    copy->result = op->n_results > 0 ? first : -1;
    if (op->code == MIL_OP_CONST)
        draft->values[first].literal = &copy->attrs[0].literal;
    draft->function.n_ops++;
    return op->n_results > 0 ? first : 0;
}

static int results_check(struct mil_draft *draft, const struct mil_op *op,
    const struct mil_draft_result *results, const struct mil_type *types) {
    char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
    for (int i = 0; i < op->n_results; i++)
        if (!mil_type_agrees(&results[i].type, &types[i]))
            return mil_fail(draft->error, results[i].place,
                "'%.*s' is declared %.90s, but %.40s makes %.90s",
                results[i].name.bytes < 24 ? (int)results[i].name.bytes : 24, results[i].name.text,
                mil_type_format(found, &results[i].type), mil_op_name(op),
                mil_type_format(want, &types[i]));
    return 0;
}

int mil_draft_op(struct mil_draft *draft, const struct mil_op *op,
    const struct mil_draft_result *results, bool trusts) {
    struct mil_type few[MIL_RESULTS_MAX], *types = few;
    int status = MIL_INFER_DECLARED, value;
    if (op->n_results > MIL_RESULTS_MAX) {
        types = malloc((size_t)op->n_results * sizeof *types);
        if (!types)
            return mil_draft_no_memory(draft);
    }
    memset(types, 0, (size_t)op->n_results * sizeof *types);
    if (!trusts) {
        status = mil_op_infer((struct op_ref){&draft->function, op}, types, draft->error);
        /* of a list's elements, some sizes may be known */
        const bool is_known = status == 0 || (status > 0 && types[0].kind == MIL_LIST);
        if (is_known && results_check(draft, op, results, types) < 0)
            status = -1;
    }
    if (status < 0) {
        if (types != few)
            free(types);
        return -1;
    }
    for (int i = 0; i < op->n_results; i++)
        if (status == MIL_INFER_DECLARED || !mil_type_is_sized(&results[i].type) ||
            types[i].kind == MIL_LIST)
            types[i] = results[i].type; /* as written */
    value = op_enter(draft, op, results, types);
    if (types != few)
        free(types);
    return value;
}

int mil_draft_op_inferred(
    struct mil_draft *draft, const struct mil_op *op, struct mil_span result) {
    struct mil_draft_result one = {.name = result};
    struct mil_op whole = *op;
    whole.n_results = 1;
    int status = mil_op_infer((struct op_ref){&draft->function, &whole}, &one.type, draft->error);
    if (status < 0)
        return -1;
    if (status == MIL_INFER_DECLARED)
        return mil_fail(draft->error, op->place,
            "%s: the type of its result cannot be inferred from its arguments", mil_op_name(op));
    return op_enter(draft, &whole, &one, &one.type);
}

int mil_draft_inline(
    struct mil_draft *draft, const struct mil_literal *literal, struct mil_place place) {
    const struct mil_attr val = {.name = "val", .literal = *literal, .place = place};
    const struct mil_draft_result result = {.place = place};
    const struct mil_op op = {.code = MIL_OP_CONST,
        .n_results = 1,
        .attrs = &val,
        .n_attrs = 1,
        .is_inline = true,
        .place = place};
    return op_enter(draft, &op, &result, literal->type);
}

void mil_draft_block_open(struct mil_draft *draft, struct mil_draft_outer *outer) {
    *outer = (struct mil_draft_outer){.ops = draft->ops,
        .n_ops = draft->function.n_ops,
        .ops_room = draft->ops_room,
        .n_names = draft->value_names.n_names,
        .first_input = draft->function.n_values};
    draft->ops = NULL;
    draft->function.ops = NULL;
    draft->function.n_ops = draft->ops_room = 0;
    draft->depth++;
}

int mil_draft_block_input(
    struct mil_draft *draft, const struct mil_draft_result *input, int *n_inputs) {
    int value = value_add(draft, input->name, &input->type, -1, input->place);
    *n_inputs += value >= 0;
    return value;
}

void mil_draft_block_drop(struct mil_draft *draft, const struct mil_draft_outer *outer) {
    free(draft->ops);
    draft->function.ops = draft->ops = outer->ops;
    draft->function.n_ops = outer->n_ops;
    draft->ops_room = outer->ops_room;
    draft->depth--;
    for (int i = outer->n_names; i < draft->value_names.n_names; i++)
        draft->named[i] = -1;
}

int mil_draft_block_close(struct mil_draft *draft, const struct mil_draft_outer *outer,
    struct mil_span name, int n_inputs, const int *outputs, int n_outputs, struct mil_block *out) {
    struct mil_arena *arena = &draft->arena;
    *out = (struct mil_block){.first_input = outer->first_input,
        .n_inputs = n_inputs,
        .n_ops = draft->function.n_ops,
        .n_outputs = n_outputs};
    out->name = mil_arena_string(arena, name.text, name.bytes);
    out->ops = mil_arena_copy(arena, draft->ops, (size_t)draft->function.n_ops, sizeof *out->ops);
    out->outputs = mil_arena_copy(arena, outputs, (size_t)n_outputs, sizeof *outputs);
    mil_draft_block_drop(draft, outer);
    return out->name && out->ops && out->outputs ? 0 : mil_draft_no_memory(draft);
}

int mil_draft_outputs(struct mil_draft *draft, const int *values, int n_values) {
    struct mil_function *f = &draft->function;
    /* one array before the other, so that the program is never in memory twice */
    f->values =
        mil_arena_adopt(&draft->arena, draft->values, (size_t)f->n_values, sizeof *f->values);
    if (!f->values)
        return mil_draft_no_memory(draft);
    draft->values = NULL;
    draft->values_room = 0;
    f->ops = mil_arena_adopt(&draft->arena, draft->ops, (size_t)f->n_ops, sizeof *f->ops);
    if (!f->ops)
        return mil_draft_no_memory(draft);
    draft->ops = NULL;
    draft->ops_room = 0;
    f->outputs = mil_arena_copy(&draft->arena, values, (size_t)n_values, sizeof *values);
    f->n_outputs = n_values;
    if (!f->outputs)
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
        .has_build_info = draft->has_build_info || draft->n_pairs > 0,
        .attrs = draft->attrs,
        .n_attrs = draft->n_attrs,
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
    free(draft->named);
    free(draft->pairs);
    free(draft->functions);
    free(draft->values);
    free(draft->ops);
}

void mil_program_free(struct mil_program *program) {
    if (program)
        mil_arena_free(program->memory); /* the arena holds the program itself */
}
