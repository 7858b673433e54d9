/* SPDX-License-Identifier: MIT
 *
 * Rules about how the text is written, and about the program as a whole.
 */
#include "mil/check/rules.h"
#include "mil/check/stated.h"
#include "mil/names.h"

#include <inttypes.h>
#include <string.h>

void mil_rule_no_build_info(struct mil_checker *c) {
    if (!c->program->has_build_info && c->function == &c->program->functions[0])
        mil_complain(c, c->function->place, "the program");
}

/* Blocks have names of their own. */
static void names_check(struct mil_checker *c, const struct mil_op *ops, int n_ops) {
    struct mil_names names = {.n_names = 0};
    for (int i = 0; i < n_ops; i++) {
        const struct mil_op *op = &ops[i];
        for (int b = 0; b < op->n_blocks; b++)
            names_check(c, op->blocks[b].ops, op->blocks[b].n_ops);
        if (!op->name)
            continue;
        if (mil_names_find(&names, op->name, strlen(op->name)) >= 0)
            mil_complain(c, op->place, "'%.60s' is already used", op->name);
        else
            c->failed |= mil_names_add(&names, op->name, strlen(op->name)) < 0;
    }
    mil_names_free(&names);
}

void mil_rule_names_unique(struct mil_checker *c) {
    names_check(c, c->function->ops, c->function->n_ops);
}

void mil_rule_no_name(struct mil_checker *c, const struct mil_op *op) {
    if (!op->name && !op->is_inline && !(op->code == MIL_OP_UNKNOWN))
        mil_complain(c, op->place, "%.60s", mil_op_name(op));
}

void mil_rule_inline_argument(struct mil_checker *c, const struct mil_op *op) {
    if (op->is_inline)
        mil_complain(c, op->place, "a %s", mil_dtype_name(op->attrs[0].literal.type->dtype));
}

void mil_rule_default_argument(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_stated *stated;
    for (int i = 0; (stated = mil_stated_at(i)) != NULL; i++)
        if (stated->code == op->code && !mil_op_arg(op, stated->arg))
            mil_complain(c, op->place, "%s leaves out '%s'", mil_op_name(op), stated->arg);
}

void mil_rule_inline_tensor(struct mil_checker *c, const struct mil_op *op) {
    const struct mil_literal *literal = op->code == MIL_OP_CONST ? &op->attrs[0].literal : NULL;
    if (literal && literal->data && literal->type->dtype == MIL_FP16 && literal->type->rank > 0 &&
        mil_type_elements(literal->type) > 1)
        mil_complain(c, op->place, "'%.60s' has %" PRId64 " elements",
            op->name ? op->name : "(literal)", mil_type_elements(literal->type));
}

/* The blobs that the function names: number of files and bytes. */
static int blob_files(const struct mil_checker *c, double *bytes) {
    struct mil_names names = {.n_names = 0};
    int n;
    *bytes = 0;
    for (int i = 0; i < c->n_ops; i++)
        for (int a = 0; a < c->ops[i]->n_attrs; a++) {
            const struct mil_literal *literal = &c->ops[i]->attrs[a].literal;
            if (!literal->blob_path)
                continue;
            *bytes += (double)mil_type_blob_bytes(literal->type);
            if (mil_names_find(&names, literal->blob_path, strlen(literal->blob_path)) < 0)
                mil_names_add(&names, literal->blob_path, strlen(literal->blob_path));
        }
    n = names.n_names;
    mil_names_free(&names);
    return n;
}

void mil_rule_weight_files(struct mil_checker *c) {
    double bytes;
    int n = blob_files(c, &bytes);
    if (n > 16)
        mil_complain(c, c->function->place, "%d weight files", n);
}

void mil_rule_weights_window(struct mil_checker *c) {
    double bytes;
    blob_files(c, &bytes);
    if (bytes > 0x1p32)
        mil_complain(c, c->function->place, "%.1f GiB of weights", bytes / 0x1p30);
}

void mil_rule_layers(struct mil_checker *c) {
    int n = 0;
    for (int i = 0; i < c->n_ops; i++)
        n += c->ops[i]->n_results > 0 && c->is_runtime[c->ops[i]->result];
    if (n > 386)
        mil_complain(c, c->function->place, "%d operators depend on inputs", n);
}

void mil_rule_int8_weights(struct mil_checker *c, const struct mil_op *op) {
    if (op->code == MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE)
        mil_complain(c, op->place, "'%.60s'", op->name ? op->name : mil_op_name(op));
}
