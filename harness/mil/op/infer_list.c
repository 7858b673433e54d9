/* SPDX-License-Identifier: MIT
 *
 * Types of results: lists, and what is read from them.
 */
#include "mil/op/infer.h"
#include "mil/op/op_list.h"

#include <inttypes.h>
#include <string.h>

/* A tensor like an element, or `n` of them. */
static struct mil_type element_of(const struct mil_type *list) {
    struct mil_type element = *list;
    element.kind = MIL_TENSOR;
    element.spelling = NULL;
    return element;
}

static int elements_of(
    struct op_ref ref, int64_t n, struct mil_type *out, struct mil_error *error) {
    const struct mil_type *list = op_type(ref, "ls");
    *out = element_of(list);
    if (list->rank == MIL_RANK_MAX)
        return op_fail(ref, error, "ls", "its elements have %d axes, one too many", list->rank);
    out->rank = list->rank + 1;
    out->dim[0] = n;
    memcpy(out->dim + 1, list->dim, (size_t)list->rank * sizeof *list->dim);
    return 0;
}

static int index_check(struct op_ref ref, const char *name, int rank, struct mil_error *error) {
    const struct mil_type *type = op_type(ref, name);
    char found[MIL_TYPE_TEXT_MAX];
    return type->dtype == MIL_INT32 && type->rank == rank
               ? 0
               : op_fail(ref, error, name, "'%s' must be %s, found %s", name,
                     rank ? "tensor<int32, [n]>" : "int32", mil_type_format(found, type));
}

/* The sizes of an element: those that are strings are open. */
static int dims_take(struct op_ref ref, struct mil_type *out, struct mil_error *error) {
    const struct mil_arg *arg = mil_op_arg(ref.op, "elem_shape");
    if (arg->n_values > MIL_RANK_MAX)
        return op_fail(ref, error, arg->name, "more than %d axes", MIL_RANK_MAX);
    for (int i = 0; i < arg->n_values; i++) {
        const struct mil_literal *literal = mil_value_literal(ref.function, arg->values[i]);
        const int64_t dim = literal->string ? MIL_DIM_OPEN : (int64_t)literal_number(literal, 0);
        if (dim != MIL_DIM_OPEN && (dim < 1 || dim > INT32_MAX))
            return op_fail(ref, error, arg->name, "a size of %" PRId64, dim);
        out->dim[out->rank++] = dim;
    }
    return 0;
}

int mil_infer_make_list(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const char *dtype = op_string(ref, "dtype", "fp32");
    const int found = mil_dtype_find(dtype, strlen(dtype));
    const bool is_given = mil_op_arg(ref.op, "init_length") != NULL;
    const struct mil_literal *length = op_literal(ref, "init_length");
    if (found < 0 || found == MIL_STRING)
        return op_fail(ref, error, "dtype", "no element type '%.20s'", dtype);
    if (is_given && index_check(ref, "init_length", 0, error) < 0)
        return -1;
    if (!mil_op_arg(ref.op, "elem_shape"))
        return MIL_INFER_DECLARED;
    results[0] =
        (struct mil_type){.dtype = (enum mil_dtype)found, .kind = MIL_LIST, .length = MIL_DIM_OPEN};
    if (dims_take(ref, &results[0], error) < 0)
        return -1;
    for (int i = 0; i < results[0].rank; i++)
        if (results[0].dim[i] == MIL_DIM_OPEN)
            return MIL_INFER_DECLARED;
    const char *fault = mil_type_fault(&results[0]);
    int64_t n;
    if (fault)
        return op_fail(ref, error, "elem_shape", "an element %s", fault);
    if (op_list_length(ref, &results[0], &n, error) < 0)
        return -1;
    if (!op_bool(ref, "dynamic_length", true) && (!is_given || length))
        results[0].length = n;
    return 0;
}

int mil_infer_list_length(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    (void)ref, (void)error;
    results[0].dtype = MIL_INT32;
    return 0;
}

int mil_infer_list_read(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = element_of(op_type(ref, "ls"));
    return index_check(ref, "index", 0, error);
}

int mil_infer_list_gather(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    return index_check(ref, "indices", 1, error) < 0
               ? -1
               : elements_of(ref, op_type(ref, "indices")->dim[0], &results[0], error);
}

int mil_infer_list_write(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type element = element_of(op_type(ref, "ls"));
    results[0] = *op_type(ref, "ls");
    if (index_check(ref, "index", 0, error) < 0)
        return -1;
    return infer_exact_check(ref, "value", &element, error);
}

int mil_infer_list_scatter(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    struct mil_type elements;
    results[0] = *op_type(ref, "ls");
    if (index_check(ref, "indices", 1, error) < 0 ||
        elements_of(ref, op_type(ref, "indices")->dim[0], &elements, error) < 0)
        return -1;
    return infer_exact_check(ref, "value", &elements, error);
}
