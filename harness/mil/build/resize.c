/* SPDX-License-Identifier: MIT
 *
 * Fixes the open sizes of a program: its own text is parsed again with other types.
 */
#include "mil/op/op_args.h"

#include <stdlib.h>
#include <string.h>

static bool agrees(const struct mil_type *declared, const struct mil_type *given) {
    struct mil_type closed = *declared;
    for (int i = 0; i < closed.rank && i < given->rank; i++)
        if (closed.dim[i] < 0)
            closed.dim[i] = given->dim[i];
    return mil_type_is_sized(given) && mil_type_equal(&closed, given);
}

static int ops_size(struct mil_function *f, struct mil_value *values, const struct mil_op *ops,
    int n_ops, struct mil_error *error);

/* A loop's blocks take what the loop takes. */
static int blocks_size(struct mil_function *f, struct mil_value *values, const struct mil_op *op,
    struct mil_error *error) {
    const struct mil_arg *vars = op->code == MIL_OP_WHILE_LOOP ? mil_op_arg(op, "loop_vars") : NULL;
    for (int b = 0; b < op->n_blocks; b++) {
        const struct mil_block *block = &op->blocks[b];
        for (int i = 0; vars && i < block->n_inputs && i < vars->n_values; i++) {
            struct mil_type *type = &values[block->first_input + i].type;
            if (agrees(type, &values[vars->values[i]].type))
                *type = values[vars->values[i]].type;
        }
        if (ops_size(f, values, block->ops, block->n_ops, error) < 0)
            return -1;
    }
    return 0;
}

static int op_size(struct mil_function *f, struct mil_value *values, const struct mil_op *op,
    struct mil_error *error) {
    if (blocks_size(f, values, op, error) < 0)
        return -1;
    struct mil_type *types = calloc((size_t)op->n_results + 1, sizeof *types);
    if (!types)
        return mil_fail(error, op->place, "out of memory");
    int status = mil_op_infer((struct op_ref){f, op}, types, error);
    for (int r = 0; status == 0 && r < op->n_results; r++) {
        struct mil_value *value = &values[op->result + r];
        if (agrees(&value->type, &types[r]))
            value->type = types[r];
        else
            status = mil_fail(error, value->place,
                "the declared sizes of '%.40s' do not follow from the given ones", value->name);
    }
    free(types);
    return status < 0 ? -1 : 0;
}

/* Infers the types of all values from those of the inputs. */
static int ops_size(struct mil_function *f, struct mil_value *values, const struct mil_op *ops,
    int n_ops, struct mil_error *error) {
    for (int i = 0; i < n_ops; i++)
        if (op_size(f, values, &ops[i], error) < 0)
            return -1;
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
    for (int i = 0; i < f->n_inputs && status == 0; i++) {
        char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
        if (!agrees(&values[i].type, &inputs[i]))
            status = mil_fail(error, values[i].place, "'%.40s' is declared %.90s, given %.90s",
                values[i].name, mil_type_format(want, &values[i].type),
                mil_type_format(found, &inputs[i]));
        else
            values[i].type = inputs[i];
    }
    if (status == 0)
        status = ops_size(f, values, f->ops, f->n_ops, error);
    if (status == 0)
        return 0;
    mil_program_free(*out);
    *out = NULL;
    return -1;
}
