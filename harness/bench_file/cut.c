/* SPDX-License-Identifier: MIT */
#include "bench_file/cut.h"

#include "mil/arena.h"
#include "mil/package/package.h"

#include <stdlib.h>
#include <string.h>

static const char weights_path[] = "@model_path/weights/weight.bin";

bool *cut_computing_ops(const struct mil_function *f) {
    bool *computes = calloc((size_t)f->n_ops + 1, sizeof *computes);
    for (int i = 0; computes && i < f->n_ops; i++) {
        computes[i] = f->ops[i].n_blocks > 0;
        for (int j = 0; j < f->ops[i].n_args; j++)
            for (int k = 0; k < f->ops[i].args[j].n_values; k++) {
                int made_by = f->values[f->ops[i].args[j].values[k]].op;
                computes[i] = computes[i] || made_by < 0 || computes[made_by];
            }
    }
    return computes;
}

struct cut {
    const struct mil_function *from;
    const struct mil_weights *weights;
    struct mil_arena arena;
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
        for (int j = 0; c->kept[i] && j < c->from->ops[i].n_args; j++)
            for (int k = 0; k < c->from->ops[i].args[j].n_values; k++) {
                int made_by = c->from->values[c->from->ops[i].args[j].values[k]].op;
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
        for (int j = 0; c->kept[i] && j < c->from->ops[i].n_args; j++)
            for (int k = 0; k < c->from->ops[i].args[j].n_values; k++) {
                int old = c->from->ops[i].args[j].values[k], made_by = c->from->values[old].op;
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

static int op_keep(struct cut *c, const struct mil_op *from, struct error *error) {
    struct mil_op *op = &c->ops[c->n_ops];
    struct mil_arg *args =
        mil_arena_copy(&c->arena, from->args, (size_t)from->n_args, sizeof *args);
    struct mil_attr *attrs =
        mil_arena_copy(&c->arena, from->attrs, (size_t)from->n_attrs, sizeof *attrs);
    if (!args || !attrs)
        return memory_fail(error);
    *op = *from;
    op->args = args;
    op->attrs = attrs;
    for (int i = 0; i < op->n_args; i++) {
        int *values =
            mil_arena_copy(&c->arena, args[i].values, (size_t)args[i].n_values, sizeof *values);
        if (!values)
            return memory_fail(error);
        for (int j = 0; j < args[i].n_values; j++)
            values[j] = c->place[values[j]];
        args[i].values = values;
    }
    for (int i = 0; i < op->n_attrs; i++)
        if (blob_keep(c, &attrs[i].literal, error) < 0)
            return -1;
    for (int i = 0; i < from->n_results; i++)
        value_keep(c, from->result + i, c->n_ops);
    if (from->n_results > 0)
        op->result = c->place[from->result];
    c->n_ops++;
    return 0;
}

/* Whether the value is used outside the part. */
static bool is_wanted(const struct cut *c, int value) {
    for (int i = 0; i < c->from->n_outputs; i++)
        if (c->from->outputs[i] == value)
            return true;
    for (int i = 0; i < c->from->n_ops; i++)
        for (int j = 0; !c->kept[i] && j < c->from->ops[i].n_args; j++)
            for (int k = 0; k < c->from->ops[i].args[j].n_values; k++)
                if (c->from->ops[i].args[j].values[k] == value)
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
    for (int i = 0; i < f->n_ops; i++)
        if (f->ops[i].n_blocks > 0)
            return error_set(error, EXIT_UNSUPPORTED,
                "%s contains blocks, so parts of the program cannot be extracted",
                mil_op_name(&f->ops[i]));
    c->computes = cut_computing_ops(f);
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
        if (c->kept[i] && op_keep(c, &f->ops[i], error) < 0)
            return -1;
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
    free(c.computes);
    free(c.kept);
    free(c.place);
    free(c.values);
    free(c.ops);
    free(c.outputs);
    mil_arena_free(c.arena.chunks);
    return result;
}
