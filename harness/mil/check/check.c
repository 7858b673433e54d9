/* SPDX-License-Identifier: MIT
 *
 * The walk over a program that applies the rules.
 */
#include "mil/check/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mil_complain(struct mil_checker *c, struct mil_place place, const char *format, ...) {
    struct mil_complaint *complaint;
    char detail[160];
    va_list list;
    if (c->failed)
        return;
    va_start(list, format);
    vsnprintf(detail, sizeof detail, format, list);
    va_end(list);
    complaint = mil_grow(c->complaints, c->n_complaints, &c->room, sizeof *complaint);
    if (!complaint) {
        c->failed = true;
        return;
    }
    c->complaints = complaint;
    complaint = &c->complaints[c->n_complaints++];
    complaint->rule = c->rule;
    complaint->place = place;
    complaint->detail = mil_arena_string(&c->details, detail, strlen(detail));
    c->failed = !complaint->detail;
}

const char *mil_rule_name(const struct mil_op *op) {
    return op->name ? op->name : mil_op_name(op);
}

const struct mil_op *mil_rule_maker(const struct mil_checker *c, int value) {
    return c->makers[value];
}

/* Lists the operators in the order of the text, and what makes each value. */
static void ops_list(struct mil_checker *c, const struct mil_op *ops, int n_ops) {
    for (int i = 0; i < n_ops; i++) {
        c->ops[c->n_ops++] = &ops[i];
        for (int r = 0; r < ops[i].n_results; r++)
            c->makers[ops[i].result + r] = &ops[i];
        for (int b = 0; b < ops[i].n_blocks; b++)
            ops_list(c, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops);
    }
}

static int ops_count(const struct mil_op *ops, int n_ops) {
    int n = n_ops;
    for (int i = 0; i < n_ops; i++)
        for (int b = 0; b < ops[i].n_blocks; b++)
            n += ops_count(ops[i].blocks[b].ops, ops[i].blocks[b].n_ops);
    return n;
}

static bool set(bool *flag, bool value) {
    const bool changes = value && !*flag;
    *flag |= value;
    return changes;
}

/* Whether anything was marked. What a loop's body makes is a variable of its next iteration. */
static bool runtime_mark(
    const struct mil_function *f, const struct mil_op *ops, int n_ops, bool *is_runtime) {
    bool changed = false;
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        const struct mil_arg *vars =
            op->code == MIL_OP_WHILE_LOOP ? mil_op_arg(op, "loop_vars") : NULL;
        for (int b = 0; b < op->n_blocks; b++) {
            const struct mil_block *block = &op->blocks[b];
            for (int v = 0; vars && v < block->n_inputs && v < vars->n_values; v++)
                changed |= set(&is_runtime[block->first_input + v],
                    is_runtime[vars->values[v]] ||
                        (v < op->n_results && is_runtime[op->result + v]));
            changed |= runtime_mark(f, block->ops, block->n_ops, is_runtime);
            for (int r = 0; r < op->n_results && r < block->n_outputs; r++)
                changed |= set(&is_runtime[op->result + r], is_runtime[block->outputs[r]]);
        }
        for (int j = 0; j < op->n_args; j++)
            for (int k = 0; k < op->args[j].n_values; k++)
                for (int r = 0; r < op->n_results; r++)
                    changed |= set(&is_runtime[op->result + r], is_runtime[op->args[j].values[k]]);
    }
    return changed;
}

/* Types whose size the rules can check. */
static bool is_surface(const struct mil_type *type) {
    return type->kind == MIL_TENSOR && type->dtype != MIL_STRING && mil_type_is_sized(type);
}

static void function_check(struct mil_checker *c) {
    const struct mil_function *f = c->function;
    const struct mil_rule_entry *entry;
    for (int r = 0; (entry = mil_rule_entry_at(r)) != NULL; r++) {
        c->rule = &entry->rule;
        if (entry->on_function && (c->is_sized || !entry->needs_sizes))
            entry->on_function(c);
        for (int i = 0; entry->on_op && i < c->n_ops; i++)
            entry->on_op(c, c->ops[i]);
        for (int i = 0; entry->on_io && i < f->n_inputs; i++)
            if (is_surface(f->values[i].type))
                entry->on_io(c, &f->values[i], true);
        for (int i = 0; entry->on_io && i < f->n_outputs; i++)
            if (is_surface(f->values[f->outputs[i]].type))
                entry->on_io(c, &f->values[f->outputs[i]], false);
    }
}

/* By place, then by rule: pointers into one array, so the order is the table's. */
static int complaint_compare(const void *left, const void *right) {
    const struct mil_complaint *a = left, *b = right;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return strcmp(a->detail, b->detail);
}

/* Moves the details behind the complaints, so that one free() is enough: many programs have many complaints, with few
 * words each. */
static bool details_move(struct mil_checker *c) {
    const size_t list_bytes = (size_t)c->n_complaints * sizeof *c->complaints;
    size_t bytes = list_bytes;
    for (int i = 0; i < c->n_complaints; i++)
        bytes += strlen(c->complaints[i].detail) + 1;
    struct mil_complaint *grown = realloc(c->complaints, bytes);
    if (!grown)
        return false;
    c->complaints = grown;
    char *to = (char *)grown + list_bytes;
    for (int i = 0; i < c->n_complaints; i++) {
        const size_t n = strlen(grown[i].detail) + 1;
        grown[i].detail = memcpy(to, grown[i].detail, n);
        to += n;
    }
    return true;
}

static void function_begin(struct mil_checker *c, bool *is_runtime) {
    const struct mil_function *f = c->function;
    c->is_sized = true;
    for (int v = 0; v < f->n_inputs; v++)
        c->is_sized = c->is_sized && is_surface(f->values[v].type);
    for (int v = 0; v < f->n_outputs; v++)
        c->is_sized = c->is_sized && is_surface(f->values[f->outputs[v]].type);
    c->n_ops = 0;
    ops_list(c, f->ops, f->n_ops);
    for (int i = 0; i < f->n_inputs; i++)
        is_runtime[i] = true;
    while (runtime_mark(f, f->ops, f->n_ops, is_runtime) && c->n_ops > f->n_ops)
        ; /* without blocks, one pass is enough */
}

struct mil_complaint *mil_check(const struct mil_program *program, int *n) {
    struct mil_checker c = {.program = program, .details = {.limit_bytes = SIZE_MAX}};
    for (int i = 0; i < program->n_functions && !c.failed; i++) {
        const struct mil_function *f = &program->functions[i];
        const size_t n_values = (size_t)f->n_values + 1;
        bool *is_runtime = calloc(n_values, sizeof *is_runtime);
        c.function = f;
        c.is_runtime = is_runtime;
        c.makers = calloc(n_values, sizeof *c.makers);
        c.ops = malloc(((size_t)ops_count(f->ops, f->n_ops) + 1) * sizeof *c.ops);
        c.failed |= !is_runtime || !c.makers || !c.ops;
        if (!c.failed) {
            function_begin(&c, is_runtime);
            function_check(&c);
        }
        free(is_runtime);
        free(c.makers);
        free(c.ops);
    }
    c.failed = c.failed || (c.n_complaints > 0 && !details_move(&c));
    mil_arena_free(c.details.chunks);
    *n = c.failed ? -1 : c.n_complaints;
    if (c.failed || c.n_complaints == 0) {
        free(c.complaints);
        return NULL;
    }
    qsort(c.complaints, (size_t)c.n_complaints, sizeof *c.complaints, complaint_compare);
    return c.complaints;
}
