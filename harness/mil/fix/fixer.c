/* SPDX-License-Identifier: MIT
 *
 * Statements of the new program.
 */
#include "mil/fix/fixer.h"

#include <stdio.h>
#include <string.h>

static struct mil_span span_of(const char *text) {
    return (struct mil_span){text, strlen(text)};
}

static int no_memory(struct fixer *x) {
    return mil_draft_no_memory(&x->draft);
}

const char *fix_name(struct fixer *x) {
    char name[32];
    size_t bytes;
    do
        bytes = (size_t)snprintf(name, sizeof name, "fixed_%u", x->n_made++);
    while (mil_names_find(&x->ids, name, bytes) >= 0 ||
           mil_names_find(&x->op_names, name, bytes) >= 0);
    const char *copy = mil_arena_string(&x->draft.arena, name, bytes);
    if (!copy)
        no_memory(x);
    return copy;
}

/* The name= of a statement that stands for `op` of before. */
static const char *statement_name(struct fixer *x, const struct mil_op *op, const char *id) {
    const char *name = op->name;
    if (!name && x->wanted[FIX_NAME] && op->code != MIL_OP_UNKNOWN) {
        x->out->counts[FIX_NAME] += !op->is_inline;
        name = id && mil_names_find(&x->op_names, id, strlen(id)) < 0 ? id : fix_name(x);
    }
    if (!name || !x->wanted[FIX_UNIQUE_NAME])
        return name;
    if (mil_names_find(&x->op_names_out, name, strlen(name)) >= 0) {
        x->out->counts[FIX_UNIQUE_NAME]++;
        return fix_name(x);
    }
    if (mil_names_add(&x->op_names_out, name, strlen(name)) < 0)
        no_memory(x);
    return name;
}

static int const_write(struct fixer *x, const struct mil_literal *literal) {
    const struct mil_attr val = {.name = "val", .literal = *literal};
    const struct mil_op op = {
        .code = MIL_OP_CONST, .name = fix_name(x), .n_results = 1, .attrs = &val, .n_attrs = 1};
    return op.name ? mil_draft_op_inferred(&x->draft, &op, span_of(op.name)) : -1;
}

int fix_const(struct fixer *x, const struct mil_type *type, const void *elements) {
    const void *copy = mil_arena_copy(
        &x->draft.arena, elements, (size_t)mil_type_elements(type), mil_dtype_bytes(type->dtype));
    if (!copy)
        return no_memory(x);
    return const_write(x, &(struct mil_literal){.type = type, .data = copy});
}

int fix_const_ints(struct fixer *x, const int32_t *elements, int n) {
    return fix_const(x, &(struct mil_type){.dtype = MIL_INT32, .rank = 1, .dim = {n}}, elements);
}

int fix_const_int(struct fixer *x, int32_t value) {
    return fix_const(x, &(struct mil_type){.dtype = MIL_INT32}, &value);
}

int fix_const_bool(struct fixer *x, bool value) {
    return fix_const(x, &(struct mil_type){.dtype = MIL_BOOL}, &value);
}

int fix_const_string(struct fixer *x, const char *string) {
    const struct mil_type type = {.dtype = MIL_STRING};
    return const_write(x, &(struct mil_literal){.type = &type, .string = string});
}

static const char *id_of(const struct fixer *x, int before) {
    return x->ids_new[before] ? x->ids_new[before] : x->function->values[before].name;
}

static int op_write(struct fixer *x, enum mil_opcode code, const char *id, const char *name,
    const struct mil_arg *args, int n_args) {
    const struct mil_op op = {
        .code = code, .name = name, .n_results = 1, .args = args, .n_args = n_args};
    for (int i = 0; i < n_args; i++)
        for (int k = 0; k < args[i].n_values; k++)
            if (args[i].values[k] < 0)
                return -1;
    return mil_draft_op_inferred(&x->draft, &op, span_of(id));
}

int fix_op(
    struct fixer *x, enum mil_opcode code, const char *id, const struct mil_arg *args, int n_args) {
    const char *name = fix_name(x);
    return name ? op_write(x, code, id ? id : name, name, args, n_args) : -1;
}

int fix_op_for(struct fixer *x, const struct mil_op *of, enum mil_opcode code,
    const struct mil_arg *args, int n_args) {
    const char *id = id_of(x, of->result);
    return x->map[of->result] = op_write(x, code, id, statement_name(x, of, id), args, n_args);
}

int fix_reshape(struct fixer *x, const char *id, int value, const struct mil_type *type) {
    int32_t shape[MIL_RANK_MAX];
    for (int i = 0; i < type->rank; i++)
        shape[i] = (int32_t)type->dim[i];
    int to = fix_const_ints(x, shape, type->rank);
    const struct mil_arg args[] = {{.name = "x", .values = &value, .n_values = 1},
        {.name = "shape", .values = &to, .n_values = 1}};
    return fix_op(x, MIL_OP_RESHAPE, id, args, 2);
}

int fix_value(struct fixer *x, int before) {
    const struct mil_value *value = &x->function->values[before];
    const char *id = before < x->function->n_inputs ? NULL : id_of(x, before);
    if (x->map[before] < 0 && x->shaped[before] >= 0)
        x->map[before] = fix_reshape(x, id, x->shaped[before], value->type);
    else if (x->map[before] < 0)
        mil_fail(x->error, value->place, "'%.60s' is not there yet", value->name);
    return x->map[before];
}

struct mil_arg *fix_args(struct fixer *x, const struct mil_op *op) {
    struct mil_arg *args =
        mil_arena_take(&x->draft.arena, ((size_t)op->n_args + MIL_ARGS_MAX) * sizeof *args);
    if (!args) {
        no_memory(x);
        return NULL;
    }
    for (int i = 0; i < op->n_args; i++) {
        const struct mil_arg *from = &op->args[i];
        int *values =
            mil_arena_copy(&x->draft.arena, from->values, (size_t)from->n_values, sizeof *values);
        if (!values) {
            no_memory(x);
            return NULL;
        }
        for (int k = 0; k < from->n_values; k++)
            if ((values[k] = fix_value(x, from->values[k])) < 0)
                return NULL;
        args[i] = *from;
        args[i].values = values;
    }
    return args;
}

int fix_copy(struct fixer *x, const struct mil_op *op, const struct mil_arg *args, int n_args) {
    struct mil_arena *arena = &x->draft.arena;
    struct mil_op copy = *op;
    struct mil_attr *attrs = mil_arena_copy(arena, op->attrs, (size_t)op->n_attrs, sizeof *attrs);
    struct mil_draft_result *results =
        mil_arena_take(arena, ((size_t)op->n_results + 1) * sizeof *results);
    if (!attrs || !results)
        return no_memory(x);
    for (int i = 0; i < op->n_attrs; i++)
        if (fix_literal(x, op, &attrs[i].literal) < 0)
            return -1;
    for (int i = 0; i < op->n_results; i++) {
        const struct mil_value *value = &x->function->values[op->result + i];
        const char *id = op->is_inline ? fix_name(x) : id_of(x, op->result + i);
        if (!id)
            return -1;
        results[i] = (struct mil_draft_result){span_of(id), {0}, *value->type};
    }
    copy.name = op->is_inline
                    ? results[0].name.text
                    : statement_name(x, op, op->n_results > 0 ? results[0].name.text : NULL);
    x->out->counts[FIX_INLINE_ARGUMENT] += op->is_inline;
    copy.is_inline = false;
    copy.args = args;
    copy.n_args = n_args;
    copy.attrs = attrs;
    int value = mil_draft_op(&x->draft, &copy, results, true);
    for (int i = 0; i < op->n_results && value >= 0; i++)
        x->map[op->result + i] = value + i;
    return value;
}
