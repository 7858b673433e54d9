/* SPDX-License-Identifier: MIT */
#include "device/sim/sim_work.h"

#include "base/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct mil_type *arg_type(
    const struct mil_function *function, const struct mil_op *op, const char *name) {
    const struct mil_arg *arg = mil_op_arg(op, name);
    return arg ? function->values[arg->values[0]].type : NULL;
}

static bool arg_is_true(
    const struct mil_function *function, const struct mil_op *op, const char *name) {
    const struct mil_arg *arg = mil_op_arg(op, name);
    const struct mil_literal *literal = arg ? mil_value_literal(function, arg->values[0]) : NULL;
    return literal && literal->data && *(const unsigned char *)literal->data;
}

/* From the end: axis 0 is the last. */
static double dim_from_end(const struct mil_type *type, int axis) {
    return type && axis < type->rank ? (double)type->dim[type->rank - 1 - axis] : 1;
}

/* Multiply-adds per element of the result. */
static double op_depth(const struct mil_function *function, const struct mil_op *op) {
    const struct mil_type *weight;

    switch (op->code) {
    case MIL_OP_CONV:
    case MIL_OP_LINEAR:
        weight = arg_type(function, op, "weight");
        return weight && weight->rank > 0 && weight->dim[0] > 0
                   ? (double)mil_type_elements(weight) / (double)weight->dim[0]
                   : 0;
    case MIL_OP_MATMUL:
        return dim_from_end(
            arg_type(function, op, "x"), arg_is_true(function, op, "transpose_x") ? 1 : 0);
    case MIL_OP_SDPA: {
        /* [.., L, E] x [.., S, E] -> [.., L, S], then x [.., S, Ev]; per element of [.., L, Ev] */
        const struct mil_type *query = arg_type(function, op, "query");
        const struct mil_type *key = arg_type(function, op, "key");
        const struct mil_type *value = arg_type(function, op, "value");
        double positions = dim_from_end(key, 1);
        return positions * (1 + dim_from_end(query, 0) / dim_from_end(value, 0));
    }
    default:
        return 0;
    }
}

static double op_flop(const struct mil_function *function, const struct mil_op *op) {
    const double depth = op_depth(function, op);
    return depth > 0 ? 2 * depth * (double)mil_type_elements(function->values[op->result].type) : 0;
}

static int ops_products(const struct mil_function *function, const struct mil_op *ops, int n_ops) {
    int n = 0;
    for (int i = 0; i < n_ops; i++) {
        n += op_flop(function, &ops[i]) > 0;
        for (int b = 0; b < ops[i].n_blocks; b++)
            n += ops_products(function, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops);
    }
    return n;
}

int sim_work_products(const struct mil_function *function) {
    return ops_products(function, function->ops, function->n_ops);
}

/* Of all blocks, each once: how often a loop turns is not known before. */
static double ops_flop(const struct mil_function *function, const struct mil_op *ops, int n_ops) {
    double flop = 0;
    for (int i = 0; i < n_ops; i++) {
        flop += op_flop(function, &ops[i]);
        for (int b = 0; b < ops[i].n_blocks; b++)
            flop += ops_flop(function, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops);
    }
    return flop;
}

double sim_work_flop(const struct mil_function *function) {
    return ops_flop(function, function->ops, function->n_ops);
}

double sim_work_int8_flop(const struct mil_function *function) {
    double flop = 0;
    for (int i = 0; i < function->n_ops; i++) {
        const double one = op_flop(function, &function->ops[i]);
        const struct mil_arg *x = one > 0 ? mil_op_arg(&function->ops[i], "x") : NULL;
        for (int k = 0; x && k < i; k++)
            if (function->ops[k].code == MIL_OP_DEQUANTIZE &&
                function->ops[k].result == x->values[0])
                flop += one;
    }
    return flop;
}

double sim_work_io_bytes(const struct mil_function *function) {
    double bytes = 0;
    for (int i = 0; i < function->n_inputs; i++)
        bytes += (double)mil_type_bytes(function->values[i].type);
    for (int i = 0; i < function->n_outputs; i++)
        bytes += (double)mil_type_bytes(function->values[function->outputs[i]].type);
    return bytes;
}

static int literal_compare(const void *a, const void *b) {
    const struct mil_literal *x = *(const struct mil_literal *const *)a;
    const struct mil_literal *y = *(const struct mil_literal *const *)b;
    int order = strcmp(x->blob_path, y->blob_path);
    return order ? order : (x->blob_offset > y->blob_offset) - (x->blob_offset < y->blob_offset);
}

/* As stored, or as if every element were fp16. */
static double blob_bytes(const struct mil_type *type, const struct sim_params *params) {
    const double stored = (double)mil_type_blob_bytes(type);
    return params && params->formats_expand ? fmax(stored, 2 * (double)mil_type_elements(type))
                                            : stored;
}

/* How often the bytes of a blob count; `params` NULL: once. */
static double notch_factor(const struct mil_type *type, const struct sim_params *params) {
    int axis = 0;
    while (axis + 1 < type->rank && type->dim[axis] == 1)
        axis++;
    if (!params || params->notch_mb <= 0 || type->rank < 2 || type->dim[axis] < 1)
        return 1;
    const double rows = (double)type->dim[axis], period = params->notch_mb * 1048576;
    const double core_bytes = ceil(rows / params->engine_cores) * blob_bytes(type, params) / rows;
    const double multiple = fmax(1, round(core_bytes / period));
    const double away = fabs(core_bytes - multiple * period) / (params->notch_kb * 1024);
    return 1 + (params->notch_slowdown - 1) * fmax(0, 1 - away);
}

/* A growing list; `failed`: out of memory. */
struct blobs {
    const struct mil_literal **list;
    size_t n, room;
    bool failed;
};

static void blobs_add(struct blobs *blobs, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        for (int a = 0; a < op->n_attrs && !blobs->failed; a++) {
            if (!op->attrs[a].literal.blob_path)
                continue;
            const struct mil_literal **list =
                array_room(blobs->list, blobs->n, &blobs->room, sizeof *list);
            blobs->failed = !list;
            if (!list)
                return;
            blobs->list = list;
            blobs->list[blobs->n++] = &op->attrs[a].literal;
        }
        for (int b = 0; b < op->n_blocks; b++)
            blobs_add(blobs, op->blocks[b].ops, op->blocks[b].n_ops);
    }
}

static double blobs_bytes(
    const struct mil_program *program, int first, int n, const struct sim_params *params) {
    struct blobs blobs = {.list = NULL};
    double bytes = 0;

    for (int f = first; f < first + n; f++)
        blobs_add(&blobs, program->functions[f].ops, program->functions[f].n_ops);
    if (blobs.n > 1 && !blobs.failed)
        qsort(blobs.list, blobs.n, sizeof *blobs.list, literal_compare);
    for (size_t i = 0; i < blobs.n; i++) {
        const struct mil_type *type = blobs.list[i]->type;
        if (i == 0 || literal_compare(&blobs.list[i - 1], &blobs.list[i]) != 0)
            bytes += blob_bytes(type, params) * notch_factor(type, params);
    }
    free(blobs.list);
    return blobs.failed ? -1 : bytes;
}

double sim_work_weight_bytes(const struct mil_program *program, int first, int n) {
    return blobs_bytes(program, first, n, NULL);
}

double sim_work_stream_bytes(
    const struct mil_program *program, int function, const struct sim_params *params) {
    return blobs_bytes(program, function, 1, params);
}
