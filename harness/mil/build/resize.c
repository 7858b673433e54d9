/* SPDX-License-Identifier: MIT
 *
 * Fixes the open sizes of a program: its own text is parsed again with other types. Sizes follow from the
 * inputs forwards, and those of a list also from what is written to it later. What the program works out from sizes,
 * such as where a slice ends, becomes a const: other sizes follow from it.
 */
#include "mil/arena.h"
#include "mil/eval/eval_ops.h"

#include <stdlib.h>
#include <string.h>

/* The most elements of a value that is worked out from sizes. */
enum { SIZES_MOST = 64 };

struct sizing {
    struct mil_function *function;
    struct mil_value *values; /* the function's */
    bool *from_sizes;         /* by value: a const now, worked out from sizes */
    union mil_cell **cells;   /* by value; NULL: not needed so far */
    struct mil_arena arena;   /* the program's */
    struct mil_error *error;
};

static bool agrees(const struct mil_type *declared, const struct mil_type *given) {
    return mil_type_is_sized(given) && mil_type_agrees(declared, given);
}

/* Gives a value the sizes of `type` where its own are open; whether that changed any. */
static bool close(struct sizing *s, int value, const struct mil_type *type) {
    struct mil_type *own = (struct mil_type *)s->values[value].type; /* open, so not shared */
    if (mil_type_is_sized(own) || !agrees(own, type))
        return false;
    memcpy(own->dim, type->dim, sizeof own->dim);
    return true;
}

static int ops_size(struct sizing *s, const struct mil_op *ops, int n_ops);

/* A loop's blocks take what the loop takes. */
static int blocks_size(struct sizing *s, const struct mil_op *op) {
    const struct mil_arg *vars = op->code == MIL_OP_WHILE_LOOP ? mil_op_arg(op, "loop_vars") : NULL;
    for (int b = 0; b < op->n_blocks; b++) {
        const struct mil_block *block = &op->blocks[b];
        for (int i = 0; vars && i < block->n_inputs && i < vars->n_values; i++)
            close(s, block->first_input + i, s->values[vars->values[i]].type);
        if (ops_size(s, block->ops, block->n_ops) < 0)
            return -1;
    }
    return 0;
}

static bool is_open(const struct sizing *s, int value) {
    const struct mil_type *type = s->values[value].type;
    return type->kind != MIL_OTHER && !mil_type_is_sized(type);
}

/* Whether what its blocks take or make is still open: the result then is, too. */
static bool waits(const struct sizing *s, const struct mil_op *op) {
    for (int b = 0; b < op->n_blocks; b++) {
        const struct mil_block *block = &op->blocks[b];
        for (int i = 0; i < block->n_inputs; i++)
            if (is_open(s, block->first_input + i))
                return true;
        for (int i = 0; i < block->n_outputs; i++)
            if (is_open(s, block->outputs[i]))
                return true;
    }
    return false;
}

static int op_size(struct sizing *s, const struct mil_op *op) {
    if (blocks_size(s, op) < 0)
        return -1;
    if (waits(s, op))
        return 0;
    struct mil_type *types = calloc((size_t)op->n_results + 1, sizeof *types);
    if (!types)
        return mil_fail(s->error, op->place, "out of memory");
    int status = mil_op_infer((struct op_ref){s->function, op}, types, s->error);
    for (int r = 0; status == 0 && r < op->n_results; r++) {
        const struct mil_value *value = &s->values[op->result + r];
        if (agrees(value->type, &types[r]))
            close(s, op->result + r, &types[r]);
        else if (value->type->kind != MIL_OTHER)
            status = mil_fail(s->error, value->place,
                "the declared sizes of '%.40s' do not follow from the given ones", value->name);
    }
    free(types);
    return status < 0 ? -1 : 0;
}

/* Whether the operator's result follows from sizes, and from consts in the text. */
static bool follows_from_sizes(const struct sizing *s, const struct mil_op *op) {
    bool follows = false;
    if (op->code == MIL_OP_CONST || op->n_results != 1 || op->n_blocks > 0 ||
        !eval_op_is_known(op->code))
        return false;
    const struct mil_type *type = s->values[op->result].type;
    if (type->kind != MIL_TENSOR || !mil_type_is_sized(type) ||
        !mil_dtype_is_computed(type->dtype) || mil_type_elements(type) > SIZES_MOST)
        return false;
    if (op->code == MIL_OP_SHAPE)
        return !is_open(s, op_operand((struct op_ref){s->function, op}, "x"));
    for (int a = 0; a < op->n_args; a++)
        for (int i = 0; i < op->args[a].n_values; i++) {
            const int value = op->args[a].values[i];
            const struct mil_literal *literal = s->values[value].literal;
            if (!literal || literal->blob_path ||
                (literal->data && !mil_dtype_is_computed(literal->type->dtype)))
                return false;
            follows = follows || s->from_sizes[value];
        }
    return follows;
}

static bool cells_take(struct sizing *s, int value) {
    const struct mil_literal *literal = s->values[value].literal;
    const int64_t n = mil_type_elements(s->values[value].type);
    if (s->cells[value])
        return true;
    s->cells[value] = malloc(((size_t)n + 1) * sizeof *s->cells[value]);
    if (s->cells[value] && literal)
        eval_widen(s->cells[value], literal->type->dtype, literal->data, n);
    return s->cells[value] != NULL;
}

/* The operator becomes a const, if that is what it is for these sizes. */
static int op_fold(struct sizing *s, struct mil_op *op) {
    const struct op_ref ref = {s->function, op};
    if (!follows_from_sizes(s, op))
        return 0;
    const struct mil_type *type = s->values[op->result].type;
    const int64_t n = mil_type_elements(type);
    struct mil_attr *val = mil_arena_take(&s->arena, sizeof *val);
    void *data = mil_arena_take(&s->arena, mil_type_bytes(type));
    bool has_room = val && data && cells_take(s, op->result);
    for (int a = 0; a < op->n_args && op->code != MIL_OP_SHAPE; a++)
        for (int i = 0; i < op->args[a].n_values; i++) {
            const struct mil_literal *literal = s->values[op->args[a].values[i]].literal;
            if (literal->data)
                has_room = has_room && cells_take(s, op->args[a].values[i]);
        }
    if (!has_room)
        return mil_fail(s->error, op->place, "out of memory");
    const struct eval_step step = {ref, s->cells, s->cells[op->result], NULL, s->error, NULL};
    if (op_is_alias(op->code))
        memcpy(step.out, s->cells[op_operand(ref, "x")], (size_t)n * sizeof *step.out);
    else if (eval_op(&step) < 0)
        return -1;
    eval_narrow(data, type->dtype, step.out, n);
    *val = (struct mil_attr){
        .name = "val", .literal = {.type = type, .data = data}, .place = op->place};
    op->code = MIL_OP_CONST;
    op->n_args = 0;
    op->attrs = val;
    op->n_attrs = 1;
    s->values[op->result].literal = &val->literal;
    s->from_sizes[op->result] = true;
    return 0;
}

/* Infers the types of values from those of the inputs; those that follow from an open list wait. */
static int ops_size(struct sizing *s, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++)
        if (op_size(s, &ops[i]) < 0 || op_fold(s, (struct mil_op *)&ops[i]) < 0)
            return -1;
    return 0;
}

/* These lists are one: what is known of one holds for all. */
static bool lists_join(struct sizing *s, const int *lists, int n) {
    bool changed = false;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n && s->values[lists[i]].type->kind == MIL_LIST; j++)
            changed |= close(s, lists[j], s->values[lists[i]].type);
    return changed;
}

/* A list takes its sizes from what is written to it. */
static bool list_write_size(struct sizing *s, const struct mil_op *op) {
    const struct op_ref ref = {s->function, op};
    const int list = op_operand(ref, "ls"), both[] = {list, op->result};
    struct mil_type element = *op_type(ref, "value");
    if (op->code == MIL_OP_LIST_SCATTER && element.rank > 0) {
        element.rank--;
        memmove(element.dim, element.dim + 1, (size_t)element.rank * sizeof *element.dim);
    }
    element.kind = MIL_LIST;
    bool changed = close(s, list, &element);
    changed |= lists_join(s, both, 2);
    return changed;
}

static bool lists_size(struct sizing *s, const struct mil_op *ops, int n_ops);

/* A list that a loop changes is the loop's variable, before, in and after it; a branch's is its result. */
static bool block_lists_size(struct sizing *s, const struct mil_op *op) {
    const struct mil_arg *vars = op->code == MIL_OP_WHILE_LOOP ? mil_op_arg(op, "loop_vars") : NULL;
    bool changed = false;
    for (int b = 0; b < op->n_blocks; b++)
        changed |= lists_size(s, op->blocks[b].ops, op->blocks[b].n_ops);
    for (int r = 0; r < op->n_results; r++) {
        int same[8] = {op->result + r}, n = 1;
        if (vars && r < vars->n_values)
            same[n++] = vars->values[r];
        for (int b = 0; b < op->n_blocks && b < 2; b++) {
            if (vars && r < op->blocks[b].n_inputs)
                same[n++] = op->blocks[b].first_input + r;
            if ((!vars || b == 1) && r < op->blocks[b].n_outputs)
                same[n++] = op->blocks[b].outputs[r];
        }
        changed |= lists_join(s, same, n);
    }
    return changed;
}

/* What follows backwards, from a list's later uses to where it is made. */
static bool lists_size(struct sizing *s, const struct mil_op *ops, int n_ops) {
    bool changed = false;
    for (int i = n_ops - 1; i >= 0; i--)
        if (ops[i].n_blocks > 0)
            changed |= block_lists_size(s, &ops[i]);
        else if (ops[i].code == MIL_OP_LIST_WRITE || ops[i].code == MIL_OP_LIST_SCATTER)
            changed |= list_write_size(s, &ops[i]);
    return changed;
}

static int function_size(struct sizing *s) {
    const struct mil_function *f = s->function;
    s->from_sizes = calloc((size_t)f->n_values + 1, sizeof *s->from_sizes);
    s->cells = calloc((size_t)f->n_values + 1, sizeof *s->cells);
    if (!s->from_sizes || !s->cells)
        return mil_fail(s->error, f->place, "out of memory");
    do
        if (ops_size(s, f->ops, f->n_ops) < 0)
            return -1;
    while (lists_size(s, f->ops, f->n_ops));
    for (int v = 0; v < f->n_values; v++)
        if (is_open(s, v))
            return mil_fail(s->error, s->values[v].place,
                "the declared sizes of '%.40s' do not follow from the given ones",
                s->values[v].name);
    return 0;
}

int mil_program_resize(const struct mil_program *program, int function,
    const struct mil_type *inputs, struct mil_program **out, struct mil_error *error) {
    struct mil_function *f;
    struct mil_value *values;
    struct mil_error own = {.text = ""};
    size_t bytes;
    char *text;
    *out = NULL;
    error = error ? error : &own;
    if (function < 0 || function >= program->n_functions)
        return mil_fail(
            error, (struct mil_place){0}, "the program has no function with that index");
    text = mil_print(program, &bytes);
    if (!text)
        return mil_fail(error, (struct mil_place){0}, "out of memory");
    struct mil_finding *findings;
    int n_findings, status = mil_read(text, bytes, out, &findings, &n_findings, error);
    free(findings);
    free(text);
    if (status < 0)
        return -1;
    /* our own copy, not shared yet */
    f = (struct mil_function *)&(*out)->functions[function];
    values = (struct mil_value *)f->values;
    struct sizing sizing = {.function = f,
        .values = values,
        .arena = {.chunks = (*out)->memory, .limit_bytes = SIZE_MAX},
        .error = error};
    for (int i = 0; i < f->n_inputs && status == 0; i++) {
        char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
        if (!agrees(values[i].type, &inputs[i]))
            status = mil_fail(error, values[i].place, "'%.40s' is declared %.90s, given %.90s",
                values[i].name, mil_type_format(want, values[i].type),
                mil_type_format(found, &inputs[i]));
        else
            close(&sizing, i, &inputs[i]);
    }
    if (status == 0)
        status = function_size(&sizing);
    (*out)->memory = sizing.arena.chunks;
    for (int v = 0; sizing.cells && v < f->n_values; v++)
        free(sizing.cells[v]);
    free(sizing.cells);
    free(sizing.from_sizes);
    if (status == 0)
        return 0;
    mil_program_free(*out);
    *out = NULL;
    return -1;
}
