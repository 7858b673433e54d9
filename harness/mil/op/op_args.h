/* SPDX-License-Identifier: MIT
 *
 * An operator's constant arguments, as the numbers that loops need: shared by the evaluator and the
 * emitter. Defaults are those of the MIL operators (coremltools, ops/defs). Internal to the
 * library.
 */
#ifndef ANEPROBE_MIL_OP_OP_ARGS_H
#define ANEPROBE_MIL_OP_OP_ARGS_H

#include "mil/op/ops.h"

/* Arguments that carry elements (x, weight, scale, ...) as opposed to settings (axes, perm, ...).
 */
bool op_arg_is_data(const struct mil_op *op, const struct mil_arg *arg);

/* Larger values are refused: at 4 bytes per element, products of the sizes below must not overflow.
 */
#define OP_ELEMENTS_MAX ((int64_t)1 << 30)
/* 0, or -1 and *error. */
int op_size_check(struct op_ref ref, int result, struct mil_error *error);

int op_operand(struct op_ref ref, const char *arg_name); /* value index, -1 when absent */
const struct mil_type *op_type(struct op_ref ref, const char *arg_name); /* NULL when absent */
const struct mil_type *op_result_type(struct op_ref ref);

/* The elements of a const int32 or bool argument and their number; NULL when it is absent. */
const int32_t *op_ints(struct op_ref ref, const char *arg_name, int *n);
const bool *op_bools(struct op_ref ref, const char *arg_name, int *n);
/* The value of a setting, argument or attribute; NULL when it is absent or not a constant. */
const struct mil_literal *op_literal(struct op_ref ref, const char *arg_name);
bool op_bool(struct op_ref ref, const char *arg_name, bool absent);
int64_t op_int(struct op_ref ref, const char *arg_name, int64_t absent);
float op_float(struct op_ref ref, const char *arg_name, float absent);
double op_number(struct op_ref ref, const char *arg_name, double absent);
const char *op_string(struct op_ref ref, const char *arg_name, const char *absent);
/* Element i of an inline literal as a number. */
double literal_number(const struct mil_literal *literal, int64_t i);

/* result[m,n] = x[m,k] y[k,n] for each step of the batch; strides in elements, 0 = broadcast. */
struct op_matmul {
    int64_t m, n, k;
    bool transpose_x, transpose_y;
    int batch_rank;
    int64_t batch_dim[MIL_RANK_MAX], x_stride[MIL_RANK_MAX], y_stride[MIL_RANK_MAX];
};
/* matmul and linear (rows of x by rows of the weight). */
struct op_matmul op_matmul(struct op_ref ref);
/* The two products of scaled_dot_product_attention: query by key, and probabilities by value. */
struct op_matmul op_sdpa_scores(struct op_ref ref);
struct op_matmul op_sdpa_mix(struct op_ref ref);

/* The letters of an equation, and the stride of each operand along each; at most MIL_ARGS_MAX operands. */
struct op_einsum {
    int64_t size[26], stride[MIL_ARGS_MAX][26];
    char order[26]; /* the result's, then those summed over */
    int n_order, n_result, n_operands;
};
struct op_einsum op_einsum(struct op_ref ref);

/* A window that slides over one to three axes of [batch, channels, axes...]: conv, conv_transpose and
 * the poolings. Missing axes are the first ones and of size 1. */
enum { OP_WINDOW_AXES = 3 };
struct op_window {
    int64_t batch, groups, in_channels, out_channels;
    int64_t in[OP_WINDOW_AXES], out[OP_WINDOW_AXES], kernel[OP_WINDOW_AXES], stride[OP_WINDOW_AXES],
        dilation[OP_WINDOW_AXES], before[OP_WINDOW_AXES], after[OP_WINDOW_AXES]; /* padding */
};
struct op_window op_window(struct op_ref ref);
int64_t op_window_product(const int64_t size[OP_WINDOW_AXES]);
/* 1x1, one group, no stride or padding. */
bool op_window_is_matmul(const struct op_window *window);

/* The state that read_state, write_state or coreml_update_state is about: the index of its value. */
int op_state(struct op_ref ref);
/* Whether it, or an operator in its blocks, writes to a state. */
bool op_writes_state(const struct mil_op *op);

/* The elements of x unchanged, under another shape. */
bool op_is_alias(enum mil_opcode code);

/* Floating-point operations of a product or convolution, two per multiply-add; 0 for other
 * operators and when sizes are open. */
double op_flop(struct op_ref ref);

/* A copy between two arrays, strides and offsets in elements. */
enum { OP_COPY_RANK_MAX = 2 * MIL_RANK_MAX };
struct op_copy {
    int rank;
    int64_t dim[OP_COPY_RANK_MAX], from_stride[OP_COPY_RANK_MAX], to_stride[OP_COPY_RANK_MAX];
    int64_t from_offset, to_offset;
};
/* transpose, the slices, tile; part `part` of concat, stack (of its operands), split (of its results)
 * and slice_update (x, then the update). Axes of size 1 are dropped, neighbouring
 * axes that are contiguous in both arrays joined. The rank is at least 1. */
struct op_copy op_copy(struct op_ref ref, int part);

/* Other operators whose elements are those of x or a constant: pad, reverse, depth_to_space, ... */
bool op_is_map(enum mil_opcode code);
/* For each element of the result, the element of x, or -1 for the constant. `lengths`:
 * reverse_sequence's. Returns 0, or -1 and *error. */
int op_map(struct op_ref ref, const int32_t *lengths, int32_t *from, struct mil_error *error);

/* The resizes of [..., height, width]: where sample `i` of the result lies in x, in samples, along the
 * axis (0 height, 1 width). A whole number when is_nearest. */
struct op_resize {
    struct op_ref ref;
    const char *mode;
    bool is_nearest;
};
struct op_resize op_resize(struct op_ref ref);
double op_resize_at(const struct op_resize *resize, int axis, int64_t i);

/* The axes of x, kept and reduced, with x's strides: reductions and layer_norm. */
struct op_split {
    int n_kept, n_reduced;
    int64_t kept_dim[MIL_RANK_MAX], kept_stride[MIL_RANK_MAX];
    int64_t reduced_dim[MIL_RANK_MAX], reduced_stride[MIL_RANK_MAX];
    int64_t kept, reduced; /* elements of either */
};
struct op_split op_split(struct op_ref ref);

/* What a slice_by_index selects: element i of an axis is x[begin + i * step]. */
struct op_slice {
    int64_t begin[MIL_RANK_MAX], step[MIL_RANK_MAX], size[MIL_RANK_MAX];
    bool squeeze[MIL_RANK_MAX]; /* the axis, of one element, is dropped from the result */
};

/* Resolves negative indices, masks and strides of a slice_by_index, one entry per axis of x.
 * Returns 0; -1 and *error only when the program is not valid. */
int op_slice_resolve(struct op_ref ref, struct op_slice *out, struct mil_error *error);

/* The axis that a setting names, counted from the front; -1 when out of range for `rank`. */
int op_axis(struct op_ref ref, const char *arg_name, int absent, int rank);
/* Marks the axes that `axes` lists, all when it is absent. Returns 0; -1 and *error when one is out
 * of range or listed twice. */
int op_axes_mark(struct op_ref ref, int rank, bool marked[MIL_RANK_MAX], struct mil_error *error);

/* softmax: x is [outer, n, inner]. */
struct op_softmax {
    int64_t outer, n, inner;
};
struct op_softmax op_softmax(struct op_ref ref);

/* Strides by which `type` is read at each axis of `shape`: right-aligned, 0 where broadcast. */
void op_broadcast_strides(
    const struct mil_type *type, const struct mil_type *shape, int64_t stride[MIL_RANK_MAX]);
/* `type` (a scale or zero point: one element or one per channel) applied along `axis` of `shape`.
 */
struct mil_type op_channel_type(
    const struct mil_type *type, const struct mil_type *shape, int64_t axis);

#endif
