/* SPDX-License-Identifier: MIT */
#include "bench_file/classifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The operator that makes the value, if that is `classify`. */
static const struct mil_op *maker_of(const struct mil_function *f, int value) {
    const int op = f->values[value].op;
    return op >= 0 && f->ops[op].code == MIL_OP_CLASSIFY ? &f->ops[op] : NULL;
}

static int operand_of(const struct mil_op *classify, const char *name) {
    const struct mil_arg *arg = mil_op_arg(classify, name);
    return arg && arg->n_values == 1 ? arg->values[0] : -1;
}

bool function_classifies(const struct mil_function *f) {
    for (int i = 0; i < f->n_outputs; i++)
        if (maker_of(f, f->outputs[i]))
            return true;
    return false;
}

/* Whether the operator is `classify`, or the const of its classes. */
static bool is_dropped(const struct mil_function *f, const struct mil_op *op) {
    if (op->code == MIL_OP_CLASSIFY)
        return true;
    for (int i = 0; op->code == MIL_OP_CONST && i < f->n_outputs; i++) {
        const struct mil_op *classify = maker_of(f, f->outputs[i]);
        if (classify && operand_of(classify, "classes") == op->result)
            return true;
    }
    return false;
}

static bool is_among(const int *values, int n, int value) {
    for (int i = 0; i < n; i++)
        if (values[i] == value)
            return true;
    return false;
}

bool classifier_cut(struct mil_function *f, struct mil_op **ops, int **outputs) {
    int n_ops = 0, n_outputs = 0;
    *ops = malloc(((size_t)f->n_ops + 1) * sizeof **ops);
    *outputs = malloc(((size_t)f->n_outputs + 1) * sizeof **outputs);
    if (!*ops || !*outputs)
        return false;
    for (int i = 0; i < f->n_ops; i++)
        if (!is_dropped(f, &f->ops[i]))
            (*ops)[n_ops++] = f->ops[i];
    for (int i = 0; i < f->n_outputs; i++) {
        const struct mil_op *classify = maker_of(f, f->outputs[i]);
        const int value = classify ? operand_of(classify, "probabilities") : f->outputs[i];
        if (value >= 0 && !is_among(*outputs, n_outputs, value))
            (*outputs)[n_outputs++] = value;
    }
    f->ops = *ops;
    f->n_ops = n_ops;
    f->outputs = *outputs;
    f->n_outputs = n_outputs;
    return true;
}

const char *classifier_describe(const struct mil_function *f, char *text, size_t bytes) {
    size_t used = 0;
    int probabilities = -1, n = 0;
    for (int i = 0; i < f->n_outputs; i++) {
        const struct mil_op *classify = maker_of(f, f->outputs[i]);
        if (!classify)
            continue;
        probabilities = operand_of(classify, "probabilities");
        used += (size_t)snprintf(text + used, bytes - used, "%s%.60s", n++ ? " and " : "",
            f->values[f->outputs[i]].name);
        if (used > bytes / 2)
            break;
    }
    if (probabilities < 0)
        return NULL;
    snprintf(text + used, bytes - used,
        " %s text, made by classify, and left out; the output is %.60s, which it is made from",
        n > 1 ? "are" : "is", f->values[probabilities].name);
    return text;
}
