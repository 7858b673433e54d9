/* SPDX-License-Identifier: MIT
 *
 * Lists, branches and loops. A list is a tensor of its elements, one a row; whether it grows is not looked at: what
 * is drawn stays inside.
 */
#include "plain.h"

#include <stdlib.h>
#include <string.h>

static int64_t row_of(const struct plain *list) {
    return list->dim[0] > 0 ? plain_count(list) / list->dim[0] : 0;
}

/* A list of `rows` with the elements of another, and zeros after them. */
static struct plain list_of(const struct plain *list, int64_t rows) {
    struct plain out = *list;
    out.dim[0] = rows;
    out = plain_new(out.rank, out.dim);
    const int64_t least = rows < list->dim[0] ? rows : list->dim[0];
    memcpy(out.data, list->data, (size_t)(least * row_of(list)) * sizeof *out.data);
    return out;
}

static bool list_make(const struct plain_call *c) {
    const struct mil_arg *shape = mil_op_arg(c->op, "elem_shape");
    int64_t dim[PLAIN_RANK] = {plain_int(c, "init_length", 0, 1)};
    for (int i = 0; shape && i < shape->n_values; i++)
        dim[i + 1] = (int64_t)c->values[shape->values[i]].data[0];
    c->out[0] = plain_new(shape ? shape->n_values + 1 : 1, dim);
    return true;
}

/* One element, or several below each other. */
static bool list_get(const struct plain_call *c, bool one) {
    const struct plain *list = plain_arg(c, "ls");
    const struct plain *at = plain_arg(c, one ? "index" : "indices");
    struct plain out = *list;
    const int64_t n = plain_count(at), row = row_of(list);
    out.dim[0] = n;
    if (one)
        memmove(out.dim, out.dim + 1, (size_t)--out.rank * sizeof *out.dim);
    c->out[0] = plain_new(out.rank, out.dim);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < row; j++)
            c->out[0].data[i * row + j] = list->data[(int64_t)at->data[i] * row + j];
    return true;
}

static bool list_set(const struct plain_call *c, bool one) {
    const struct plain *list = plain_arg(c, "ls"), *value = plain_arg(c, "value");
    const struct plain *at = plain_arg(c, one ? "index" : "indices");
    int64_t rows = list->dim[0];
    for (int64_t i = 0; i < plain_count(at); i++)
        rows = (int64_t)at->data[i] < rows ? rows : (int64_t)at->data[i] + 1;
    c->out[0] = list_of(list, rows);
    const int64_t row = row_of(&c->out[0]);
    for (int64_t i = 0; i < plain_count(at); i++)
        for (int64_t j = 0; j < row; j++)
            c->out[0].data[(int64_t)at->data[i] * row + j] = value->data[i * row + j];
    return true;
}

bool plain_list(const struct plain_call *c) {
    switch (c->op->code) {
    case MIL_OP_MAKE_LIST:
        return list_make(c);
    case MIL_OP_LIST_LENGTH:
        c->out[0] = plain_new(0, NULL);
        c->out[0].data[0] = (double)plain_arg(c, "ls")->dim[0];
        return true;
    case MIL_OP_LIST_READ:
    case MIL_OP_LIST_GATHER:
        return list_get(c, c->op->code == MIL_OP_LIST_READ);
    case MIL_OP_LIST_WRITE:
    case MIL_OP_LIST_SCATTER:
        return list_set(c, c->op->code == MIL_OP_LIST_WRITE);
    default:
        return false;
    }
}

static struct plain copy_of(const struct plain *t) {
    struct plain copy = plain_new(t->rank, t->dim);
    memcpy(copy.data, t->data, (size_t)plain_count(t) * sizeof *copy.data);
    return copy;
}

static int branch_run(const struct plain_run *run, const struct mil_op *op, struct plain *out) {
    const int pred = mil_op_arg(op, "pred")->values[0];
    const struct mil_block *block = &op->blocks[run->values[pred].data[0] != 0 ? 0 : 1];
    const int result = plain_ops_run(run, block->ops, block->n_ops);
    for (int r = 0; result == 0 && r < op->n_results; r++)
        out[r] = copy_of(&run->values[block->outputs[r]]);
    return result;
}

static void block_enter(
    const struct plain_run *run, const struct mil_block *block, const struct plain *variables) {
    for (int i = 0; i < block->n_inputs; i++)
        plain_value_set(run, block->first_input + i, copy_of(&variables[i]));
}

static int loop_run(const struct plain_run *run, const struct mil_op *op, struct plain *out) {
    const struct mil_arg *vars = mil_op_arg(op, "loop_vars");
    const struct mil_block *test = &op->blocks[0], *body = &op->blocks[1];
    for (int r = 0; r < op->n_results; r++)
        out[r] = copy_of(&run->values[vars->values[r]]);
    for (;;) {
        block_enter(run, test, out);
        int result = plain_ops_run(run, test->ops, test->n_ops);
        if (result != 0 || run->values[test->outputs[0]].data[0] == 0)
            return result;
        block_enter(run, body, out);
        if ((result = plain_ops_run(run, body->ops, body->n_ops)) != 0)
            return result;
        for (int r = 0; r < op->n_results; r++) {
            free(out[r].data);
            out[r] = copy_of(&run->values[body->outputs[r]]);
        }
    }
}

int plain_block_run(const struct plain_run *run, const struct mil_op *op, struct plain *out) {
    return op->code == MIL_OP_COND ? branch_run(run, op, out) : loop_run(run, op, out);
}
