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

/* Infers the types of all values from those of the inputs. */
static int sizes_find(struct mil_function *f, struct mil_value *values, struct mil_error *error) {
    struct mil_type types[MIL_RESULTS_MAX];
    for (int i = 0; i < f->n_ops; i++) {
        const struct mil_op *op = &f->ops[i];
        int status;
        if (op->n_results > MIL_RESULTS_MAX)
            continue;
        memset(types, 0, (size_t)op->n_results * sizeof *types);
        status = mil_op_infer((struct op_ref){f, op}, types, error);
        if (status < 0)
            return -1;
        for (int r = 0; status == 0 && r < op->n_results; r++) {
            struct mil_value *value = &values[op->result + r];
            if (!agrees(&value->type, &types[r]))
                return mil_fail(error, value->place,
                    "the declared sizes of '%.40s' do not follow from the given ones", value->name);
            value->type = types[r];
        }
    }
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
        status = sizes_find(f, values, error);
    if (status == 0)
        return 0;
    mil_program_free(*out);
    *out = NULL;
    return -1;
}
