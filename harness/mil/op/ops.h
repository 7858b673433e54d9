/* SPDX-License-Identifier: MIT
 *
 * The table of operators: what each takes, and the types of its results.
 */
#ifndef ANEPROBE_MIL_OP_OPS_H
#define ANEPROBE_MIL_OP_OPS_H

#include "mil/type.h"

/* What an argument must be. All but values and lists determine the result's type or the kernel's shape, so
 * they must be consts with inline elements. */
enum mil_arg_kind {
    MIL_ARG_VALUE,  /* any value; the operator's own function looks at its type */
    MIL_ARG_VALUES, /* a tuple of values */
    MIL_ARG_LIST,   /* any value that is a list */
    MIL_ARG_DIMS,   /* a tuple of const int32, or strings: sizes without a number */
    MIL_ARG_INT,    /* const int32 */
    MIL_ARG_INTS,   /* const tensor<int32, [n]> */
    MIL_ARG_BOOL,
    MIL_ARG_BOOLS,
    MIL_ARG_FLOAT,  /* const fp16 or fp32 */
    MIL_ARG_NUMBER, /* const scalar of any numeric type, or bool */
    MIL_ARG_STRING
};

enum {
    MIL_ARG_OPTIONAL = 1,
    MIL_ARG_RUNTIME = 2, /* may be computed at run time; then the declared type counts */
    MIL_ARG_EITHER = 4   /* may also be an attribute, as up to iOS 17 */
};

/* Whether a tuple stands there. */
static inline bool mil_arg_is_tuple(enum mil_arg_kind kind) {
    return kind == MIL_ARG_VALUES || kind == MIL_ARG_DIMS;
}
/* Whether it carries elements, as opposed to settings. */
static inline bool mil_arg_is_data(enum mil_arg_kind kind) {
    return kind == MIL_ARG_VALUE || kind == MIL_ARG_VALUES || kind == MIL_ARG_LIST;
}

struct mil_arg_spec {
    const char *name;
    enum mil_arg_kind kind;
    int flags;
};

/* The maximum number of arguments, or attributes besides `name`, of a statement. */
enum { MIL_ARGS_MAX = 24 };
/* More variables than this in a loop are read, but not run. */
enum { MIL_RESULTS_MAX = 64 };

/* An operator in its function. */
struct op_ref {
    const struct mil_function *function;
    const struct mil_op *op;
};

/* Infers the types of op's results from its arguments, which exist and are of the right kinds.
 * Returns 0, MIL_INFER_DECLARED when they do not follow from the text, or -1 and *error. */
typedef int mil_infer(struct op_ref ref, struct mil_type *results, struct mil_error *error);
enum { MIL_INFER_DECLARED = 1 };

struct mil_op_spec {
    const char *name;
    int since; /* the first iOS that has it */
    mil_infer *infer;
    const struct mil_arg_spec *args; /* ends with a NULL name */
};

/* MIL_OP_UNKNOWN has a spec too, without arguments. */
const struct mil_op_spec *mil_op_spec(enum mil_opcode code);
/* -1 when there is no operator with that name. */
int mil_opcode_find(const char *name, size_t bytes);
/* NULL when the list lacks that name. */
const struct mil_arg_spec *mil_arg_spec_find(
    const struct mil_arg_spec *specs, const char *name, size_t bytes);

/* Checks that op has the arguments it needs, each of the right kind, and infers the types of its
 * results, n_results of them, which must be zeroed, like a mil_infer. Values and ops of `function` that op refers to
 * must exist. */
int mil_op_infer(struct op_ref ref, struct mil_type *results, struct mil_error *error);

/* Fails at that argument's place; the text is put after "OP: ". Returns -1. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
int op_fail(
    struct op_ref ref, struct mil_error *error, const char *arg_name, const char *format, ...);

#define MIL_OPERATOR(code, name, since, infer, ...) extern mil_infer mil_infer_##infer;
#include "mil/op/op_table.inc"
#undef MIL_OPERATOR

#endif
