/* SPDX-License-Identifier: MIT
 *
 * Says what can be evaluated and names what cannot.
 */
#include "mil/eval/eval.h"
#include "mil/eval/eval_ops.h"
#include "mil/op/op_list.h"

/* Settings computed at run time are not supported. */
static int settings_check(
    const struct mil_function *f, const struct mil_op *op, struct mil_error *error) {
    const struct mil_arg_spec *spec = mil_op_spec(op->code)->args;
    for (; spec->name; spec++) {
        const struct mil_arg *arg = mil_op_arg(op, spec->name);
        if (!arg || mil_arg_is_data(spec->kind) || spec->kind == MIL_ARG_DIMS)
            continue;
        const struct mil_literal *literal = mil_value_literal(f, arg->values[0]);
        if (!literal || literal->blob_path ||
            (spec->kind == MIL_ARG_INTS && literal->type->dtype != MIL_INT32))
            return mil_fail(error, arg->place,
                "%s: '%s' must be a const with its elements inline, because the shape of the "
                "result or of the kernel depends on it; settings computed at run time are not "
                "evaluated here",
                mil_op_name(op), spec->name);
    }
    return 0;
}

static int op_check(
    const struct mil_function *f, const struct mil_op *op, struct mil_error *error) {
    if (op->code == MIL_OP_UNKNOWN)
        return mil_fail(error, op->place, "unknown operator '%.40s'", op->unknown);
    if (!eval_op_is_known(op->code))
        return mil_fail(error, op->place, "%s is known but not evaluated here", mil_op_name(op));
    for (int i = 0; i < op->n_results; i++)
        if (!mil_type_is_sized(f->values[op->result + i].type) && op->code != MIL_OP_CONST)
            return mil_fail(error, f->values[op->result + i].place,
                "'%.40s' has unknown sizes: give those of the inputs",
                f->values[op->result + i].name);
    if (op->code == MIL_OP_MAKE_LIST) {
        const struct op_ref ref = {f, op};
        const char *fault = mil_type_fault(op_result_type(ref));
        int64_t length;
        if (fault)
            return op_fail(ref, error, "elem_shape", "an element %s", fault);
        if (op_list_length(ref, op_result_type(ref), &length, error) < 0)
            return -1;
    }
    if (op->n_blocks > 0 && op->n_results > MIL_RESULTS_MAX)
        return mil_fail(error, op->place, "%s: at most %d results are evaluated here, found %d",
            mil_op_name(op), MIL_RESULTS_MAX, op->n_results);
    if (op->code == MIL_OP_CONST && f->values[op->result].type->kind == MIL_LIST)
        return mil_fail(error, op->place, "a const list is known but not evaluated here");
    for (int b = 0; b < op->n_blocks; b++)
        for (int i = 0; i < op->blocks[b].n_ops; i++)
            if (op_check(f, &op->blocks[b].ops[i], error) != 0)
                return -1;
    return settings_check(f, op, error);
}

int mil_function_runs(const struct mil_function *function, struct mil_error *error) {
    for (int i = 0; i < function->n_inputs; i++)
        if (!mil_type_is_sized(function->values[i].type))
            return mil_fail(error, function->values[i].place,
                "input '%.40s' has unknown sizes: give them", function->values[i].name);
    for (int i = 0; i < function->n_inputs + function->n_outputs; i++) {
        const int value = i < function->n_inputs ? i : function->outputs[i - function->n_inputs];
        const struct mil_type *type = function->values[value].type;
        if (type->kind == MIL_LIST || type->dtype == MIL_STRING)
            return mil_fail(error, function->values[value].place,
                "%s '%.40s' is a %s; only tensors of numbers are evaluated here",
                i < function->n_inputs ? "input" : "output", function->values[value].name,
                type->kind == MIL_LIST ? "list" : "string");
    }
    for (int i = 0; i < function->n_ops; i++)
        if (op_check(function, &function->ops[i], error) != 0)
            return -1;
    return 0;
}

int mil_inputs_check(const struct mil_function *function, struct mil_error *error) {
    for (int i = 0; i < function->n_inputs; i++)
        if (mil_type_elements(function->values[i].type) > OP_ELEMENTS_MAX)
            return mil_fail(error, function->values[i].place,
                "input '%.40s' has more than 2^30 elements, the most that are evaluated here",
                function->values[i].name);
    return 0;
}
