/* SPDX-License-Identifier: MIT */
#include "element.h"
#include "plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t plain_count(const struct plain *t) {
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= t->dim[i];
    return n;
}

struct plain plain_new(int rank, const int64_t *dim) {
    struct plain t = {.rank = rank};
    for (int i = 0; i < rank; i++)
        t.dim[i] = dim[i];
    t.data = calloc((size_t)plain_count(&t) + 1, sizeof *t.data);
    if (!t.data)
        abort();
    return t;
}

bool plain_next(int rank, const int64_t *dim, int64_t *index) {
    for (int i = rank; i-- > 0; index[i] = 0)
        if (++index[i] < dim[i])
            return true;
    return false;
}

static int64_t place_of(const struct plain *t, const int64_t *index) {
    int64_t place = 0;
    for (int i = 0; i < t->rank; i++) {
        if (index[i] < 0 || index[i] >= t->dim[i])
            abort();
        place = place * t->dim[i] + index[i];
    }
    return place;
}

double plain_at(const struct plain *t, const int64_t *index) {
    return t->data[place_of(t, index)];
}

void plain_put(struct plain *t, const int64_t *index, double value) {
    t->data[place_of(t, index)] = value;
}

static struct plain literal_take(
    const struct mil_literal *literal, const struct mil_weights *weights) {
    struct plain t = plain_new(literal->type->rank, literal->type->dim);
    struct mil_blob blob = {.data = literal->data};
    struct mil_error error;
    if (literal->blob_path && mil_literal_blob(literal, weights, &blob, &error) != 0)
        abort();
    for (int64_t i = 0; blob.data && i < plain_count(&t); i++)
        t.data[i] = element_at(blob.data, literal->type->dtype, i);
    return t;
}

/* ---- arguments -------------------------------------------------------------------------------- */

static const struct mil_arg *argument(const struct plain_call *c, const char *name) {
    for (int i = 0; i < c->op->n_args; i++)
        if (strcmp(c->op->args[i].name, name) == 0)
            return &c->op->args[i];
    return NULL;
}

const struct plain *plain_arg(const struct plain_call *c, const char *name) {
    const struct mil_arg *arg = argument(c, name);
    return arg && arg->n_values > 0 ? &c->values[arg->values[0]] : NULL;
}

struct plain plain_part(const struct plain_call *c, const char *name) {
    const struct plain *arg = plain_arg(c, name);
    if (arg) {
        struct plain copy = plain_new(arg->rank, arg->dim);
        memcpy(copy.data, arg->data, (size_t)plain_count(arg) * sizeof *copy.data);
        return copy;
    }
    for (int i = 0; i < c->op->n_attrs; i++)
        if (strcmp(c->op->attrs[i].name, name) == 0)
            return literal_take(&c->op->attrs[i].literal, NULL);
    return (struct plain){.data = NULL};
}

double plain_number(const struct plain_call *c, const char *name, double absent) {
    const struct plain *t = plain_arg(c, name);
    return t ? t->data[0] : absent;
}

bool plain_bool(const struct plain_call *c, const char *name, bool absent) {
    return plain_number(c, name, absent) != 0;
}

const char *plain_text(const struct plain_call *c, const char *name, const char *absent) {
    const struct mil_arg *arg = argument(c, name);
    return arg ? c->function->values[arg->values[0]].literal->string : absent;
}

int64_t plain_int(const struct plain_call *c, const char *name, int i, int64_t absent) {
    const struct plain *t = plain_arg(c, name);
    return t ? (int64_t)t->data[i] : absent;
}

int plain_length(const struct plain_call *c, const char *name) {
    const struct plain *t = plain_arg(c, name);
    return t ? (int)plain_count(t) : 0;
}

int plain_axis(const struct plain_call *c, const char *name, int absent, int rank) {
    const int axis = (int)plain_int(c, name, 0, absent);
    return axis < 0 ? axis + rank : axis;
}

/* ---- programs --------------------------------------------------------------------------------- */

static bool has_declared_shape(const struct plain *t, const struct mil_type *type) {
    bool same = t->data && t->rank == type->rank;
    for (int i = 0; same && i < t->rank; i++)
        same = t->dim[i] == type->dim[i];
    return same;
}

static int op_run(const struct plain_call *c) {
    static plain_family *const families[] = {plain_list, plain_elementwise, plain_product,
        plain_window, plain_reduce, plain_norm, plain_move, plain_index, plain_image,
        plain_quantize, plain_constexpr, plain_rest, plain_recurrent};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i](c)) {
            for (int r = 0; r < c->op->n_results; r++) {
                const struct mil_type *type = c->function->values[c->op->result + r].type;
                if (type->kind != MIL_LIST && !has_declared_shape(&c->out[r], type))
                    return -1;
            }
            return 0;
        }
    return 1;
}

/* A state is an input that statements write to. */
static bool state_run(const struct mil_function *f, const struct mil_op *op, struct plain *values,
    struct plain *out) {
    const struct plain_call call = {f, op, values, out};
    const bool updates = op->code == MIL_OP_COREML_UPDATE_STATE;
    const struct plain *written = updates                          ? plain_arg(&call, "value")
                                  : op->code == MIL_OP_WRITE_STATE ? plain_arg(&call, "data")
                                                                   : NULL;
    if (!written && op->code != MIL_OP_READ_STATE)
        return false;
    struct plain *state =
        (struct plain *)plain_arg(&call, updates ? "state" : "input"); /* one of `values` */
    const size_t bytes = (size_t)plain_count(state) * sizeof *state->data;
    if (written)
        memcpy(state->data, written->data, bytes);
    if (op->n_results > 0) {
        out[0] = plain_new(state->rank, state->dim);
        memcpy(out[0].data, state->data, bytes);
    }
    return true;
}

void plain_value_set(const struct plain_run *run, int value, struct plain t) {
    free(run->values[value].data);
    run->values[value] = t;
}

int plain_ops_run(const struct plain_run *run, const struct mil_op *ops, int n_ops) {
    int result = 0;
    for (int i = 0; i < n_ops && result == 0; i++) {
        const struct mil_op *op = &ops[i];
        struct plain out[PLAIN_RESULTS] = {0};
        const struct plain_call call = {run->function, op, run->values, out};
        *run->missing = mil_op_name(op);
        if (op->code == MIL_OP_CONST)
            continue;
        if (op->n_results > PLAIN_RESULTS)
            return 1;
        if (op->n_blocks > 0)
            result = plain_block_run(run, op, out);
        else if (!state_run(run->function, op, run->values, out))
            result = op_run(&call);
        for (int r = 0; r < op->n_results; r++)
            plain_value_set(run, op->result + r, out[r]);
    }
    return result;
}

int plain_run(const struct mil_program *program, int number, const struct mil_weights *weights,
    const double *const *inputs, struct plain *outputs, const char **missing) {
    const struct mil_function *f = &program->functions[number];
    struct plain *values = calloc((size_t)f->n_values + 1, sizeof *values);
    int result = 0;
    if (!values)
        abort();
    for (int i = 0; i < f->n_inputs; i++) {
        values[i] = plain_new(f->values[i].type->rank, f->values[i].type->dim);
        memcpy(values[i].data, inputs[i], (size_t)plain_count(&values[i]) * sizeof(double));
    }
    for (int i = 0; i < f->n_values; i++)
        if (f->values[i].literal)
            values[i] = literal_take(f->values[i].literal, weights);
    const struct plain_run run = {f, values, missing};
    result = plain_ops_run(&run, f->ops, f->n_ops);
    for (int i = 0; i < f->n_outputs; i++) {
        const struct plain *t = &values[f->outputs[i]];
        outputs[i] = (struct plain){0};
        if (result == 0) {
            outputs[i] = plain_new(t->rank, t->dim);
            memcpy(outputs[i].data, t->data, (size_t)plain_count(t) * sizeof(double));
        }
    }
    for (int i = 0; i < f->n_values; i++)
        free(values[i].data);
    free(values);
    return result;
}
