/* SPDX-License-Identifier: MIT
 *
 * The parts of the evaluator, one function per kind of operator. Internal to the library.
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

/* One operator in its context: cells[v] are the elements of the function's value v. */
struct eval_step {
    struct op_ref ref;
    union mil_cell *const *cells;
    union mil_cell *out; /* the first result's elements, already allocated */
    const struct mil_weights *weights;
    struct mil_error *error;
    const int64_t *rooms; /* by value: of lists (op_list.h); NULL: there are none */
};

/* Computes step->out, and the cells of further results. Returns 0, or -1 and *step->error. */
int eval_op(const struct eval_step *step);
/* Whether eval_op supports the operator. */
bool eval_op_is_known(enum mil_opcode code);

static inline bool dtype_is_float(enum mil_dtype dtype) {
    return dtype == MIL_FP16 || dtype == MIL_FP32;
}

/* A computed number, rounded to the declared type. */
float eval_round(enum mil_dtype dtype, float value);
/* To an integer type: towards zero, clamped to the type, NaN becomes 0. */
int32_t eval_to_int(enum mil_dtype dtype, float value);
/* A double to a cell of that type, and back. */
void eval_set(union mil_cell *cell, enum mil_dtype dtype, double value);
double eval_get(const union mil_cell *cell, enum mil_dtype dtype);

/* Arrays in memory to cells and back; the cells are rounded already. */
void eval_widen(union mil_cell *out, enum mil_dtype dtype, const void *in, int64_t n);
void eval_narrow(void *out, enum mil_dtype dtype, const union mil_cell *in, int64_t n);
/* A literal's elements, from its text or from its blob. */
int eval_literal(union mil_cell *out, const struct mil_literal *literal,
    const struct mil_weights *weights, struct mil_error *error);

/* The operand by argument name; NULL when the argument is absent. */
const union mil_cell *eval_operand(const struct eval_step *step, const char *arg_name);

/* Walks an array in row-major order, with operands by their broadcast strides. */
struct eval_walk {
    const struct mil_type *shape;
    int64_t index[MIL_RANK_MAX], stride[3][MIL_RANK_MAX], offset[3];
};
void eval_walk_operand(struct eval_walk *walk, int operand, const struct mil_type *type);
void eval_walk_next(struct eval_walk *walk);
void eval_walk_row(struct eval_walk *walk); /* from the start of one row to the next */

/* Element i of an array of that shape, axis by axis, and back. */
void eval_unravel(const struct mil_type *type, int64_t i, int64_t index[MIL_RANK_MAX]);
int64_t eval_ravel(const struct mil_type *type, const int64_t index[MIL_RANK_MAX]);

/* Strides of rows and columns. */
struct eval_matrix {
    const union mil_cell *cells;
    int64_t row_step, column_step;
};
/* c[m,n] = a[m,k] b[k,n], sums in fp32 in index order, not rounded further. */
void eval_gemm(
    int64_t m, int64_t n, int64_t k, struct eval_matrix a, struct eval_matrix b, float *c);
/* The same with a[m,k] in fp16, row after row; -1 when out of memory. */
int eval_gemm_halves(
    int64_t m, int64_t n, int64_t k, const void *a, struct eval_matrix b, float *c);
/* Whether the operator reads this argument from its blob, some rows at a time: its cells need not be there. */
bool eval_streams(struct op_ref ref, const struct mil_arg *arg);

typedef int eval_operator(const struct eval_step *step);
eval_operator eval_unary, eval_binary, eval_compare, eval_select, eval_cast, eval_quantize,
    eval_dequantize, eval_affine, eval_blockwise, eval_lut_to_dense, eval_sparse_to_dense,
    eval_sparse_blockwise, eval_lut_to_sparse, eval_reshape_like, eval_constexpr_cast,
    eval_product /* matmul, linear */, eval_conv, eval_conv_transpose, eval_pool, eval_sdpa,
    eval_einsum, eval_copy /* operators that are strided copies */,
    eval_map /* others that only move elements */, eval_reduce, eval_reduce_arg, eval_softmax,
    eval_layer_norm, eval_channel_norm, eval_l2_norm, eval_local_response_norm, eval_gather,
    eval_gather_along_axis, eval_gather_nd, eval_scatter, eval_scatter_along_axis, eval_scatter_nd,
    eval_sort, eval_one_hot, eval_cumsum, eval_fill, eval_range, eval_shape, eval_resize,
    eval_state, eval_recurrent, eval_make_list, eval_list_length,
    eval_list_get /* list_read, list_gather */, eval_list_set /* list_write, list_scatter */;

/* The part of a list that it uses. */
void eval_list_copy(union mil_cell *to, const union mil_cell *from, const struct mil_type *type);

/* One row: n numbers `step` apart; subtracts the maximum first. */
void eval_softmax_row(float *out, int64_t out_step, const float *in, int64_t in_step, int64_t n);

#endif
