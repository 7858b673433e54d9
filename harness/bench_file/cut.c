/* SPDX-License-Identifier: MIT */
#include "bench_file/cut.h"

#include "mil/arena.h"
#include "mil/package/package.h"

#include <stdlib.h>
#include <string.h>

static const char weights_path[] = "@model_path/weights/weight.bin";

/* The values from outside that each operator and the statements in its blocks use: those of operator i are
 * values[first[i]] to values[first[i + 1] - 1]. */
struct uses {
    int *first, *values, n, room;
    bool failed;
};

static void use_add(struct uses *u, const struct mil_function *f, int value) {
    if (value >= f->n_inputs && f->values[value].op < 0)
        return; /* made in a block */
    int *values = mil_grow(u->values, u->n, &u->room, sizeof *values);
    u->failed = u->failed || !values;
    if (!values)
        return;
    u->values = values;
    values[u->n++] = value;
}

static void op_uses_add(struct uses *u, const struct mil_function *f, const struct mil_op *op) {
    for (int j = 0; j < op->n_args; j++)
        for (int k = 0; k < op->args[j].n_values; k++)
            use_add(u, f, op->args[j].values[k]);
    for (int b = 0; b < op->n_blocks; b++) {
        for (int i = 0; i < op->blocks[b].n_ops; i++)
            op_uses_add(u, f, &op->blocks[b].ops[i]);
        for (int i = 0; i < op->blocks[b].n_outputs; i++)
            use_add(u, f, op->blocks[b].outputs[i]);
    }
}

static bool uses_find(struct uses *u, const struct mil_function *f) {
    u->first = calloc((size_t)f->n_ops + 1, sizeof *u->first);
    u->failed = !u->first;
    for (int i = 0; !u->failed && i < f->n_ops; i++) {
        op_uses_add(u, f, &f->ops[i]);
        u->first[i + 1] = u->n;
    }
    return !u->failed;
}

static void uses_free(struct uses *u) {
    free(u->first);
    free(u->values);
}

/* Whether each operator depends on the function's inputs, or has blocks; NULL when out of memory. */
static bool *computing_find(const struct mil_function *f, const struct uses *u) {
    bool *computes = calloc((size_t)f->n_ops + 1, sizeof *computes);
    for (int i = 0; computes && i < f->n_ops; i++) {
        computes[i] = f->ops[i].n_blocks > 0;
        for (int k = u->first[i]; k < u->first[i + 1]; k++) {
            const int made_by = f->values[u->values[k]].op;
            computes[i] = computes[i] || made_by < 0 || computes[made_by];
        }
    }
    return computes;
}

/* For each operator, the last one that uses a list of its making: no program takes or gives a list. NULL when
 * out of memory. */
static int *lists_reach(const struct mil_function *f, const struct uses *u) {
    int *reach = calloc((size_t)f->n_ops + 1, sizeof *reach);
    for (int i = 0; reach && i < f->n_ops; i++) {
        reach[i] = i;
        for (int k = u->first[i]; k < u->first[i + 1]; k++) {
            const struct mil_value *value = &f->values[u->values[k]];
            if (value->type->kind == MIL_LIST && value->op >= 0)
                reach[value->op] = i;
        }
    }
    return reach;
}

int cut_pieces(const struct mil_function *f, struct cut_piece **pieces) {
    struct uses u = {.first = NULL};
    const bool found = uses_find(&u, f);
    bool *computes = found ? computing_find(f, &u) : NULL;
    int *reach = found ? lists_reach(f, &u) : NULL, n = -1, until = -1;
    *pieces = calloc((size_t)f->n_ops + 1, sizeof **pieces);
    if (computes && reach && *pieces)
        n = 0;
    for (int i = 0; n >= 0 && i < f->n_ops; i++) {
        if (!computes[i])
            continue;
        if (i > until)
            (*pieces)[n++] = (struct cut_piece){.first = i, .shown = i};
        struct cut_piece *piece = &(*pieces)[n - 1];
        piece->last = i;
        piece->n_ops++;
        if (f->ops[i].n_blocks > 0 && f->ops[piece->shown].n_blocks == 0)
            piece->shown = i;
        until = reach[i] > until ? reach[i] : until;
    }
    uses_free(&u);
    free(computes);
    free(reach);
    if (n < 0) {
        free(*pieces);
        *pieces = NULL;
    }
    return n;
}

struct cut {
    const struct mil_function *from;
    const struct mil_weights *weights;
    struct mil_arena arena;
    struct uses uses;
    bool *computes, *kept; /* by op */
    int *place;            /* by old value: its new index, -1 */
    struct mil_value *values;
    int n_values, n_inputs;
    struct mil_op *ops;
    int n_ops;
    int *outputs, n_outputs;
    struct mil_blob_writer *writer;
    bool has_blobs;
};

static int memory_fail(struct error *error) {
    return error_set(error, EXIT_BROKEN, "out of memory for a part of the program");
}

/* The constants that the kept ops need, found backwards. */
static void constants_keep(struct cut *c) {
    for (int i = c->from->n_ops - 1; i >= 0; i--)
        for (int k = c->uses.first[i]; c->kept[i] && k < c->uses.first[i + 1]; k++) {
            const int made_by = c->from->values[c->uses.values[k]].op;
            if (made_by >= 0 && !c->computes[made_by])
                c->kept[made_by] = true;
        }
}

static void value_keep(struct cut *c, int old, int op) {
    c->values[c->n_values] = c->from->values[old];
    c->values[c->n_values].op = op;
    c->place[old] = c->n_values++;
}

static void inputs_find(struct cut *c) {
    for (int i = 0; i < c->from->n_ops; i++)
        for (int k = c->uses.first[i]; c->kept[i] && k < c->uses.first[i + 1]; k++) {
            const int old = c->uses.values[k], made_by = c->from->values[old].op;
            if (c->place[old] < 0 && (made_by < 0 || !c->kept[made_by]))
                value_keep(c, old, -1);
        }
    c->n_inputs = c->n_values;
}

/* A blob of the program, copied to the part's own file. */
static int blob_keep(struct cut *c, struct mil_literal *literal, struct error *error) {
    struct mil_blob blob;
    struct mil_error why;
    if (!literal->blob_path)
        return 0;
    if (mil_literal_blob(literal, c->weights, &blob, &why) < 0)
        return error_set(error, EXIT_BROKEN, "%s", why.text);
    literal->blob_path = weights_path;
    literal->blob_offset = mil_blob_writer_add(c->writer, blob.dtype, blob.data, blob.bytes);
    c->has_blobs = true;
    return literal->blob_offset ? 0 : memory_fail(error);
}

/* A copy of `n` indices of values, as they are in the part; NULL when out of memory. */
static int *places_copy(struct cut *c, const int *values, int n) {
    int *own = mil_arena_copy(&c->arena, values, (size_t)n, sizeof *own);
    for (int i = 0; own && i < n; i++)
        own[i] = c->place[own[i]];
    return own;
}

static int blocks_copy(
    struct cut *c, const struct mil_op *from, struct mil_op *op, struct error *error);

/* `made_by`: the operator of the part that its results are of, -1 in a block. */
static int op_copy(
    struct cut *c, const struct mil_op *from, struct mil_op *op, int made_by, struct error *error) {
    struct mil_arg *args =
        mil_arena_copy(&c->arena, from->args, (size_t)from->n_args, sizeof *args);
    struct mil_attr *attrs =
        mil_arena_copy(&c->arena, from->attrs, (size_t)from->n_attrs, sizeof *attrs);
    if (!args || !attrs)
        return memory_fail(error);
    *op = *from;
    op->args = args;
    op->attrs = attrs;
    for (int i = 0; i < op->n_args; i++)
        if (!(args[i].values = places_copy(c, args[i].values, args[i].n_values)))
            return memory_fail(error);
    for (int i = 0; i < op->n_attrs; i++)
        if (blob_keep(c, &attrs[i].literal, error) < 0)
            return -1;
    if (blocks_copy(c, from, op, error) < 0)
        return -1;
    for (int i = 0; i < from->n_results; i++)
        value_keep(c, from->result + i, made_by);
    if (from->n_results > 0)
        op->result = c->place[from->result];
    return 0;
}

static int block_copy(
    struct cut *c, const struct mil_block *from, struct mil_block *to, struct error *error) {
    struct mil_op *ops = mil_arena_copy(&c->arena, from->ops, (size_t)from->n_ops, sizeof *ops);
    if (!ops)
        return memory_fail(error);
    to->ops = ops;
    to->first_input = c->n_values;
    for (int i = 0; i < from->n_inputs; i++)
        value_keep(c, from->first_input + i, -1);
    for (int i = 0; i < from->n_ops; i++)
        if (op_copy(c, &from->ops[i], &ops[i], -1, error) < 0)
            return -1;
    to->outputs = places_copy(c, from->outputs, from->n_outputs);
    return to->outputs ? 0 : memory_fail(error);
}

static int blocks_copy(
    struct cut *c, const struct mil_op *from, struct mil_op *op, struct error *error) {
    struct mil_block *blocks =
        mil_arena_copy(&c->arena, from->blocks, (size_t)from->n_blocks, sizeof *blocks);
    if (!blocks)
        return memory_fail(error);
    op->blocks = blocks;
    for (int i = 0; i < from->n_blocks; i++)
        if (block_copy(c, &from->blocks[i], &blocks[i], error) < 0)
            return -1;
    return 0;
}

/* Whether the value is used outside the part. */
static bool is_wanted(const struct cut *c, int value) {
    for (int i = 0; i < c->from->n_outputs; i++)
        if (c->from->outputs[i] == value)
            return true;
    for (int i = 0; i < c->from->n_ops; i++)
        for (int k = c->uses.first[i]; !c->kept[i] && k < c->uses.first[i + 1]; k++)
            if (c->uses.values[k] == value)
                return true;
    return false;
}

static void outputs_find(struct cut *c, int first, int last) {
    for (int i = first; i <= last; i++)
        for (int j = 0; c->computes[i] && j < c->from->ops[i].n_results; j++)
            if (is_wanted(c, c->from->ops[i].result + j))
                c->outputs[c->n_outputs++] = c->place[c->from->ops[i].result + j];
    for (int j = 0; c->n_outputs == 0 && j < c->from->ops[last].n_results; j++)
        c->outputs[c->n_outputs++] = c->place[c->from->ops[last].result + j];
}

static int cut_make(struct cut *c, int first, int last, struct error *error) {
    const struct mil_function *f = c->from;
    if (!uses_find(&c->uses, f))
        return memory_fail(error);
    c->computes = computing_find(f, &c->uses);
    c->kept = calloc((size_t)f->n_ops + 1, sizeof *c->kept);
    c->place = malloc(((size_t)f->n_values + 1) * sizeof *c->place);
    c->values = calloc((size_t)f->n_values + 1, sizeof *c->values);
    c->ops = calloc((size_t)f->n_ops + 1, sizeof *c->ops);
    c->outputs = calloc((size_t)f->n_values + 1, sizeof *c->outputs);
    c->writer = mil_blob_writer_new();
    if (!c->computes || !c->kept || !c->place || !c->values || !c->ops || !c->outputs || !c->writer)
        return memory_fail(error);
    for (int i = 0; i < f->n_values; i++)
        c->place[i] = -1;
    for (int i = first; i <= last; i++)
        c->kept[i] = c->computes[i];
    c->kept[last] = true;
    constants_keep(c);
    inputs_find(c);
    for (int i = 0; i < f->n_ops; i++)
        if (c->kept[i]) {
            if (op_copy(c, &f->ops[i], &c->ops[c->n_ops], c->n_ops, error) < 0)
                return -1;
            c->n_ops++;
        }
    outputs_find(c, first, last);
    return 0;
}

int cut_write(const struct mil_program *program, int function, const struct mil_weights *weights,
    int first, int last, const char *path, struct error *error) {
    struct cut c = {.from = &program->functions[function],
        .weights = weights,
        .arena = {.limit_bytes = SIZE_MAX}};
    int result = cut_make(&c, first, last, error);
    size_t bytes = 0;
    void *blobs = c.writer ? mil_blob_writer_finish(c.writer, &bytes) : NULL;
    if (result == 0 && !blobs)
        result = memory_fail(error);
    if (result == 0) {
        struct mil_function f = *c.from;
        f.values = c.values;
        f.n_values = c.n_values;
        f.n_inputs = c.n_inputs;
        f.ops = c.ops;
        f.n_ops = c.n_ops;
        f.outputs = c.outputs;
        f.n_outputs = c.n_outputs;
        struct mil_program part = *program;
        part.functions = &f;
        part.n_functions = 1;
        const struct mil_blob_file file = {.path = weights_path, .data = blobs, .bytes = bytes};
        const struct mil_weights own = {&file, c.has_blobs};
        struct mil_error why;
        if (mil_package_write(path, &part, &own, &why) < 0)
            result = error_set(error, EXIT_BROKEN, "%s: %s", path, why.text);
    }
    free(blobs);
    uses_free(&c.uses);
    free(c.computes);
    free(c.kept);
    free(c.place);
    free(c.values);
    free(c.ops);
    free(c.outputs);
    mil_arena_free(c.arena.chunks);
    return result;
}
