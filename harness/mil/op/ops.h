/* SPDX-License-Identifier: MIT
 *
 * The one table of operators: what each takes, and what type comes out of it.
 */
#ifndef ANEPROBE_MIL_OP_OPS_H
#define ANEPROBE_MIL_OP_OPS_H

#include "mil/type.h"

/* What an argument or attribute must be. All but values are needed to know the result's type or
 * the kernel's shape, so they must be consts with inline elements. */
enum mil_arg_kind {
    MIL_ARG_VALUE,  /* any value; the operator's own function looks at its type */
    MIL_ARG_VALUES, /* a tuple of values */
    MIL_ARG_INT,    /* const int32 */
    MIL_ARG_INTS,   /* const tensor<int32, [n]> */
    MIL_ARG_BOOL,
    MIL_ARG_BOOLS,
    MIL_ARG_FLOAT, /* const fp16 or fp32 */
    MIL_ARG_STRING
};

struct mil_arg_spec {
    const char *name;
    enum mil_arg_kind kind;
    bool optional;
};

/* The most arguments, or attributes besides `name`, that an operator has. */
enum { MIL_ARGS_MAX = 8 };

/* An operator in its function. */
struct op_ref {
    const struct mil_function *function;
    const struct mil_op *op;
};

/* Finds the type of op's result from its arguments, which exist and are of their kinds. */
typedef int mil_infer(struct op_ref ref, struct mil_type *result, struct mil_error *error);

/* Ends of `args` and `attrs`: a NULL name. */
struct mil_op_spec {
    const char *name;
    mil_infer *infer;
    struct mil_arg_spec args[MIL_ARGS_MAX + 1];
    struct mil_arg_spec attrs[MIL_ARGS_MAX + 1];
};

const struct mil_op_spec *mil_op_spec(enum mil_opcode code);
/* -1 when there is no operator of that name. */
int mil_opcode_find(const char *name, size_t bytes);
/* NULL when the list has no such name. */
const struct mil_arg_spec *mil_arg_spec_find(
    const struct mil_arg_spec *specs, const char *name, size_t bytes);

/* Checks that op has what it needs, each of its kind, and infers the type of its result. Values
 * and ops of `function` that op refers to must be there already. */
int mil_op_infer(struct op_ref ref, struct mil_type *result, struct mil_error *error);

/* Fails at the place of that argument; the text goes after "OP: ". Returns -1. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
int op_fail(
    struct op_ref ref, struct mil_error *error, const char *arg_name, const char *format, ...);

mil_infer mil_infer_const, mil_infer_conv, mil_infer_matmul, mil_infer_binary, mil_infer_unary,
    mil_infer_gelu, mil_infer_softmax, mil_infer_reduce, mil_infer_reshape, mil_infer_transpose,
    mil_infer_concat, mil_infer_slice_by_size, mil_infer_slice_by_index, mil_infer_tile,
    mil_infer_cast, mil_infer_identity, mil_infer_linear, mil_infer_layer_norm, mil_infer_sdpa,
    mil_infer_affine, mil_infer_quantize, mil_infer_dequantize;

#endif
