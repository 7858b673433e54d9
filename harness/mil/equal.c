/* SPDX-License-Identifier: MIT */
#include "mil/mil.h"

#include <string.h>

static bool string_equal(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool ints_equal(const int *a, int n_a, const int *b, int n_b) {
    return n_a == n_b && memcmp(a, b, (size_t)n_a * sizeof *a) == 0;
}

static bool literal_equal(const struct mil_literal *a, const struct mil_literal *b) {
    return mil_type_equal(a->type, b->type) && string_equal(a->string, b->string) &&
           string_equal(a->blob_path, b->blob_path) && a->blob_offset == b->blob_offset &&
           !a->data == !b->data &&
           (!a->data || a->type->kind != MIL_TENSOR ||
               memcmp(a->data, b->data, mil_type_bytes(a->type)) == 0);
}

static bool attrs_equal(const struct mil_attr *a, int n_a, const struct mil_attr *b, int n_b) {
    if (n_a != n_b)
        return false;
    for (int i = 0; i < n_a; i++)
        if (!string_equal(a[i].name, b[i].name) || !literal_equal(&a[i].literal, &b[i].literal))
            return false;
    return true;
}

static bool ops_equal(const struct mil_op *a, int n_a, const struct mil_op *b, int n_b);

static bool blocks_equal(const struct mil_block *a, const struct mil_block *b) {
    return string_equal(a->name, b->name) && a->first_input == b->first_input &&
           a->n_inputs == b->n_inputs && ops_equal(a->ops, a->n_ops, b->ops, b->n_ops) &&
           ints_equal(a->outputs, a->n_outputs, b->outputs, b->n_outputs);
}

static bool op_equal(const struct mil_op *a, const struct mil_op *b) {
    if (a->code != b->code || !string_equal(a->unknown, b->unknown) ||
        !string_equal(a->name, b->name) || a->result != b->result || a->n_results != b->n_results ||
        a->n_args != b->n_args || a->n_blocks != b->n_blocks || a->is_inline != b->is_inline)
        return false;
    for (int i = 0; i < a->n_args; i++) {
        const struct mil_arg *x = &a->args[i], *y = &b->args[i];
        if (!string_equal(x->name, y->name) || x->is_tuple != y->is_tuple ||
            !ints_equal(x->values, x->n_values, y->values, y->n_values))
            return false;
    }
    for (int i = 0; i < a->n_blocks; i++)
        if (!blocks_equal(&a->blocks[i], &b->blocks[i]))
            return false;
    return attrs_equal(a->attrs, a->n_attrs, b->attrs, b->n_attrs);
}

static bool ops_equal(const struct mil_op *a, int n_a, const struct mil_op *b, int n_b) {
    if (n_a != n_b)
        return false;
    for (int i = 0; i < n_a; i++)
        if (!op_equal(&a[i], &b[i]))
            return false;
    return true;
}

static bool function_equal(const struct mil_function *a, const struct mil_function *b) {
    if (!string_equal(a->name, b->name) || !string_equal(a->target, b->target) ||
        a->n_values != b->n_values || a->n_inputs != b->n_inputs ||
        !ints_equal(a->outputs, a->n_outputs, b->outputs, b->n_outputs))
        return false;
    for (int i = 0; i < a->n_values; i++)
        if (!string_equal(a->values[i].name, b->values[i].name) ||
            !mil_type_equal(a->values[i].type, b->values[i].type) ||
            a->values[i].op != b->values[i].op)
            return false;
    return ops_equal(a->ops, a->n_ops, b->ops, b->n_ops) &&
           attrs_equal(a->attrs, a->n_attrs, b->attrs, b->n_attrs);
}

bool mil_program_equal(const struct mil_program *a, const struct mil_program *b) {
    if (!string_equal(a->version, b->version) || a->scalar_form != b->scalar_form ||
        a->n_build_info != b->n_build_info || a->has_build_info != b->has_build_info ||
        !attrs_equal(a->attrs, a->n_attrs, b->attrs, b->n_attrs) ||
        a->n_functions != b->n_functions)
        return false;
    for (int i = 0; i < a->n_build_info; i++)
        if (!string_equal(a->build_info[i].key, b->build_info[i].key) ||
            !string_equal(a->build_info[i].value, b->build_info[i].value))
            return false;
    for (int i = 0; i < a->n_functions; i++)
        if (!function_equal(&a->functions[i], &b->functions[i]))
            return false;
    return true;
}
