/* SPDX-License-Identifier: MIT */
#include "mil/check/summary.h"

#include "mil/eval/eval_ops.h"
#include "mil/op/op_args.h"

#include <stdlib.h>

static double value_bytes(const struct mil_function *f, int value, struct mil_summary *out) {
    const struct mil_type *type = f->values[value].type;
    if (type->kind == MIL_LIST && mil_type_is_sized(type) && type->length >= 0)
        return (double)mil_type_bytes(type) * (double)type->length;
    if (type->kind != MIL_LIST && mil_type_is_sized(type))
        return (double)mil_type_bytes(type);
    out->is_whole = out->is_whole && type->kind == MIL_OTHER;
    return 0;
}

static void literal_count(struct mil_summary *out, const struct mil_literal *literal) {
    if (literal->type->kind != MIL_TENSOR || literal->type->dtype == MIL_STRING)
        return;
    out->weights[literal->type->dtype] += mil_type_elements(literal->type);
    out->weight_bytes += (double)mil_type_blob_bytes(literal->type);
}

static void op_count(
    const struct mil_function *f, const struct mil_op *op, struct mil_summary *out) {
    for (int a = 0; a < op->n_attrs; a++)
        literal_count(out, &op->attrs[a].literal);
    if (op->code == MIL_OP_CONST) {
        out->n_consts++;
        return;
    }
    out->n_ops++;
    out->by_code[op->code]++;
    out->n_unknown += op->code == MIL_OP_UNKNOWN;
    out->n_not_evaluated += op->code != MIL_OP_UNKNOWN && !eval_op_is_known(op->code);
    for (int r = 0; r < op->n_results; r++)
        out->moved_bytes += value_bytes(f, op->result + r, out);
    for (int a = 0; a < op->n_args; a++)
        for (int i = 0; i < op->args[a].n_values; i++)
            out->moved_bytes += value_bytes(f, op->args[a].values[i], out);
    out->flop += op_flop((struct op_ref){f, op});
    for (int b = 0; b < op->n_blocks; b++)
        for (int i = 0; i < op->blocks[b].n_ops; i++)
            op_count(f, &op->blocks[b].ops[i], out);
}

/* What the blocks of an operator read is read by it. */
static void uses_mark(const struct mil_op *op, int index, int *last_use) {
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; j < op->args[a].n_values; j++)
            last_use[op->args[a].values[j]] = index;
    for (int b = 0; b < op->n_blocks; b++) {
        for (int i = 0; i < op->blocks[b].n_ops; i++)
            uses_mark(&op->blocks[b].ops[i], index, last_use);
        for (int i = 0; i < op->blocks[b].n_outputs; i++)
            last_use[op->blocks[b].outputs[i]] = index;
    }
}

/* The largest block's; within a block, values stay until it ends. */
static double blocks_bytes(
    const struct mil_function *f, const struct mil_op *op, struct mil_summary *out) {
    double most = 0;
    for (int b = 0; b < op->n_blocks; b++) {
        double bytes = 0;
        for (int i = 0; i < op->blocks[b].n_ops; i++) {
            const struct mil_op *inner = &op->blocks[b].ops[i];
            for (int r = 0; inner->code != MIL_OP_CONST && r < inner->n_results; r++)
                bytes += value_bytes(f, inner->result + r, out);
            bytes += blocks_bytes(f, inner, out);
        }
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* Values live from the op that makes them to the last op that reads them. */
static int peak_find(const struct mil_function *f, struct mil_summary *out) {
    int *last_use = malloc(((size_t)f->n_values + 1) * sizeof *last_use);
    double live = 0;
    if (!last_use)
        return -1;
    for (int v = 0; v < f->n_values; v++)
        last_use[v] = -1;
    for (int i = 0; i < f->n_ops; i++)
        uses_mark(&f->ops[i], i, last_use);
    for (int i = 0; i < f->n_outputs; i++)
        last_use[f->outputs[i]] = f->n_ops;
    for (int v = 0; v < f->n_inputs; v++)
        live += value_bytes(f, v, out);
    out->peak_bytes = live;
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        if (op->code == MIL_OP_CONST)
            continue;
        for (int r = 0; r < op->n_results; r++)
            live += value_bytes(f, op->result + r, out);
        const double peak = live + blocks_bytes(f, op, out);
        out->peak_bytes = peak > out->peak_bytes ? peak : out->peak_bytes;
        for (int r = 0; r < op->n_results; r++)
            if (last_use[op->result + r] < 0)
                live -= value_bytes(f, op->result + r, out);
        for (int a = 0; a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++) {
                int value = op->args[a].values[j];
                if (last_use[value] != i || f->values[value].literal)
                    continue;
                live -= value_bytes(f, value, out);
                last_use[value] = -1; /* count an operand that is read twice only once */
            }
    }
    free(last_use);
    return 0;
}

int mil_summarize(const struct mil_function *function, struct mil_summary *out) {
    *out = (struct mil_summary){.is_whole = true};
    for (int i = 0; i < function->n_ops; i++)
        op_count(function, &function->ops[i], out);
    for (int i = 0; i < function->n_inputs; i++)
        out->io_bytes += value_bytes(function, i, out);
    for (int i = 0; i < function->n_outputs; i++)
        out->io_bytes += value_bytes(function, function->outputs[i], out);
    return peak_find(function, out);
}
