/* SPDX-License-Identifier: MIT
 *
 * The evaluator's parts, one function for each kind of operator. Internal to the library.
 */
#ifndef ANEPROBE_MIL_EVAL_EVAL_OPS_H
#define ANEPROBE_MIL_EVAL_EVAL_OPS_H

#include "mil/blob.h"
#include "mil/op/op_args.h"

/* One element: f for fp16 and fp32, i for int8, int32 and bool. */
union mil_cell {
    float f;
    int32_t i;
};

/* One operator with its surroundings: cells[v] are the elements of the function's value v. */
struct eval_step {
    struct op_ref ref;
    union mil_cell *const *cells;
    union mil_cell *out; /* the result's elements, already allocated */
    const struct mil_weights *weights;
    struct mil_error *error;
};

/* Computes step->out. 0, or -1 and *step->error. */
int eval_op(const struct eval_step *step);

static inline bool dtype_is_float(enum mil_dtype dtype) {
    return dtype == MIL_FP16 || dtype == MIL_FP32;
}

/* A computed number as the declared type holds it. */
float eval_round(enum mil_dtype dtype, float value);

/* A literal's elements, from its text or from its blob. */
int eval_literal(union mil_cell *out, const struct mil_literal *literal,
    const struct mil_weights *weights, struct mil_error *error);

/* Operand by argument name; NULL when the argument is absent. */
const union mil_cell *eval_operand(const struct eval_step *step, const char *arg_name);

void eval_unary(const struct eval_step *step);
void eval_binary(const struct eval_step *step);
void eval_cast(const struct eval_step *step);
void eval_quantize(const struct eval_step *step);
void eval_dequantize(const struct eval_step *step);
int eval_constexpr_dequantize(const struct eval_step *step);
void eval_product(const struct eval_step *step); /* matmul, linear */
void eval_conv(const struct eval_step *step);
int eval_sdpa(const struct eval_step *step);
void eval_copy(const struct eval_step *step); /* whatever only moves elements */
void eval_reduce(const struct eval_step *step);
void eval_softmax(const struct eval_step *step);
void eval_layer_norm(const struct eval_step *step);

/* One row: n numbers `step` apart, greatest one subtracted. */
void eval_softmax_row(float *out, int64_t out_step, const float *in, int64_t in_step, int64_t n);

#endif
