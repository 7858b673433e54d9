/* SPDX-License-Identifier: MIT
 *
 * Types of results: the operators with blocks.
 */
#include "mil/op/infer.h"

static const struct mil_type *type_of(struct op_ref ref, int value) {
    return ref.function->values[value].type;
}

static int block_count_check(struct op_ref ref, struct mil_error *error) {
    return ref.op->n_blocks == 2
               ? 0
               : op_fail(ref, error, "", "it has two blocks, found %d", ref.op->n_blocks);
}

static int truth_check(struct op_ref ref, const char *what, int value, struct mil_error *error) {
    const struct mil_type *type = type_of(ref, value);
    char found[MIL_TYPE_TEXT_MAX];
    return type->kind == MIL_TENSOR && type->dtype == MIL_BOOL && type->rank == 0
               ? 0
               : op_fail(ref, error, "pred", "%s must be bool, found %s", what,
                     mil_type_format(found, type));
}

/* `n` values must have these types. */
static int types_check(struct op_ref ref, const char *what, const int *values, int first, int n,
    const struct mil_type *types, int n_types, struct mil_error *error) {
    char want[MIL_TYPE_TEXT_MAX], found[MIL_TYPE_TEXT_MAX];
    if (n != n_types)
        return op_fail(ref, error, "", "%d values are needed as %s, found %d", n_types, what, n);
    for (int i = 0; i < n; i++) {
        const struct mil_type *type = type_of(ref, values ? values[i] : first + i);
        if (!mil_type_equal(type, &types[i]))
            return op_fail(ref, error, "", "number %d of %s must be %.70s, found %.70s", i + 1,
                what, mil_type_format(want, &types[i]), mil_type_format(found, type));
    }
    return 0;
}

int mil_infer_cond(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    if (block_count_check(ref, error) < 0 ||
        truth_check(ref, "'pred'", op_operand(ref, "pred"), error) < 0)
        return -1;
    const struct mil_block *yes = &ref.op->blocks[0], *no = &ref.op->blocks[1];
    if (yes->n_inputs + no->n_inputs > 0)
        return op_fail(ref, error, "", "its blocks take no inputs");
    if (yes->n_outputs != ref.op->n_results)
        return op_fail(ref, error, "", "%d results are declared, its blocks make %d",
            ref.op->n_results, yes->n_outputs);
    for (int r = 0; r < ref.op->n_results; r++)
        results[r] = *type_of(ref, yes->outputs[r]);
    for (int r = 0; r < ref.op->n_results; r++)
        if (!mil_type_is_sized(&results[r]) || !mil_type_is_sized(type_of(ref, no->outputs[r])))
            return MIL_INFER_DECLARED;
    return types_check(ref, "the second block's outputs", no->outputs, 0, no->n_outputs, results,
        ref.op->n_results, error);
}

int mil_infer_while_loop(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_arg *vars = mil_op_arg(ref.op, "loop_vars");
    struct mil_type types[MIL_RESULTS_MAX];
    int n = vars->n_values;
    if (block_count_check(ref, error) < 0)
        return -1;
    const struct mil_block *test = &ref.op->blocks[0], *body = &ref.op->blocks[1];
    if (n > MIL_RESULTS_MAX && n == ref.op->n_results)
        return MIL_INFER_DECLARED;
    if (n != ref.op->n_results)
        return op_fail(ref, error, "loop_vars", "%d results are declared for %d variables",
            ref.op->n_results, n);
    for (int i = 0; i < n; i++)
        types[i] = *type_of(ref, vars->values[i]);
    if (types_check(ref, "the first block's inputs", NULL, test->first_input, test->n_inputs, types,
            n, error) < 0 ||
        types_check(ref, "the second block's inputs", NULL, body->first_input, body->n_inputs,
            types, n, error) < 0 ||
        types_check(ref, "the second block's outputs", body->outputs, 0, body->n_outputs, types, n,
            error) < 0)
        return -1;
    if (test->n_outputs != 1)
        return op_fail(ref, error, "", "its first block makes one bool, found %d", test->n_outputs);
    for (int i = 0; i < n; i++)
        results[i] = types[i];
    return truth_check(ref, "what its first block makes", test->outputs[0], error);
}
