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
    return mil_type_equal(&a->type, &b->type) && string_equal(a->string, b->string) &&
           string_equal(a->blob_path, b->blob_path) && a->blob_offset == b->blob_offset &&
           !a->data == !b->data &&
           (!a->data || memcmp(a->data, b->data, mil_type_bytes(&a->type)) == 0);
}

static bool op_equal(const struct mil_op *a, const struct mil_op *b) {
    if (a->code != b->code || !string_equal(a->name, b->name) || a->result != b->result ||
        a->n_args != b->n_args || a->n_attrs != b->n_attrs)
        return false;
    for (int i = 0; i < a->n_args; i++) {
        const struct mil_arg *x = &a->args[i], *y = &b->args[i];
        if (!string_equal(x->name, y->name) || x->is_tuple != y->is_tuple ||
            !ints_equal(x->values, x->n_values, y->values, y->n_values))
            return false;
    }
    for (int i = 0; i < a->n_attrs; i++)
        if (!string_equal(a->attrs[i].name, b->attrs[i].name) ||
            !literal_equal(&a->attrs[i].literal, &b->attrs[i].literal))
            return false;
    return true;
}

static bool function_equal(const struct mil_function *a, const struct mil_function *b) {
    if (!string_equal(a->name, b->name) || !string_equal(a->target, b->target) ||
        a->n_values != b->n_values || a->n_inputs != b->n_inputs || a->n_ops != b->n_ops ||
        !ints_equal(a->outputs, a->n_outputs, b->outputs, b->n_outputs))
        return false;
    for (int i = 0; i < a->n_values; i++)
        if (!string_equal(a->values[i].name, b->values[i].name) ||
            !mil_type_equal(&a->values[i].type, &b->values[i].type) ||
            a->values[i].op != b->values[i].op)
            return false;
    for (int i = 0; i < a->n_ops; i++)
        if (!op_equal(&a->ops[i], &b->ops[i]))
            return false;
    return true;
}

bool mil_program_equal(const struct mil_program *a, const struct mil_program *b) {
    if (!string_equal(a->version, b->version) || a->scalar_form != b->scalar_form ||
        a->n_build_info != b->n_build_info || a->n_functions != b->n_functions)
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
