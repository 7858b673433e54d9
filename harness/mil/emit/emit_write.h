/* SPDX-License-Identifier: MIT
 *
 * From a lowering to C text. Loops and copies become functions ("kernels") with all sizes in their
 * text; equal ones are written once, so that ninety-six equal layers compile as quickly as one.
 * Internal to the library.
 */
#ifndef ANEPROBE_MIL_EMIT_EMIT_WRITE_H
#define ANEPROBE_MIL_EMIT_EMIT_WRITE_H

#include "mil/emit/emit_lowering.h"
#include "mil/code.h"

/* The pieces of prelude.c and the files after it. */
enum emit_need {
    EMIT_NEED_ALWAYS = 1 << 0,
    EMIT_NEED_MATH = 1 << 1,
    EMIT_NEED_ROUND = 1 << 2,
    EMIT_NEED_EXP = 1 << 3,
    EMIT_NEED_VECTORS = 1 << 4,
    EMIT_NEED_TO_INT = 1 << 5,
    EMIT_NEED_SUM = 1 << 6,
    EMIT_NEED_SOFTMAX_ROWS = 1 << 7,
    EMIT_NEED_SOFTMAX_PLANES = 1 << 8,
    EMIT_NEED_WIDEN = 1 << 9,
    EMIT_NEED_NARROW = 1 << 10,
    EMIT_NEED_BYTES = 1 << 11,
    EMIT_NEED_MASK = 1 << 12,
    EMIT_NEED_INTEGER = 1 << 13,
    EMIT_NEED_MOD = 1 << 14,
    EMIT_NEED_EACH = 1 << 15,
    EMIT_NEED_COLUMNS = 1 << 16,
    EMIT_NEED_TRANSPOSED = 1 << 17,
    EMIT_NEED_POOL = 1 << 18,
    EMIT_NEED_NORM = 1 << 19,
    EMIT_NEED_LOOKUP = 1 << 20,
    EMIT_NEED_RESIZE = 1 << 21,
    EMIT_NEED_PICK = 1 << 22,
    EMIT_NEED_ARG = 1 << 23,
    EMIT_NEED_SORT = 1 << 24,
    EMIT_NEED_CUMSUM = 1 << 25,
    EMIT_NEED_ONE_HOT = 1 << 26,
    EMIT_NEED_HALF_ROWS = 1 << 27,
    EMIT_NEED_REVERSED = 1 << 28,
    EMIT_NEED_RECURRENT = 1 << 29,
    EMIT_NEED_LIST = 1 << 30
};

struct emit_kernel {
    size_t start, bytes; /* of its text after the name, in `kernels` */
};

struct emit_writer {
    struct code kernels, functions;
    struct emit_kernel *kernel;
    int n_kernels, kernels_room;
    unsigned needs;
    bool failed; /* out of memory */
};

/* The pieces of prelude.c that are needed. */
void emit_write_prelude(struct code *out, unsigned needs);

/* Function number `index` of the program. */
void emit_write_function(
    struct emit_writer *writer, const struct emit_lowering *lowering, int index);

/* Adds a kernel's text, "(parameters) { ... }", unless an equal one exists; returns its number.
 * Frees the text. */
int emit_kernel(struct emit_writer *writer, struct code *body);

/* "float" or "int32_t". */
const char *emit_cell_name(enum mil_dtype dtype);
/* The address of a value, as a pointer to its cells. */
void emit_write_pointer(struct code *out, const struct emit_lowering *lowering, int value);
/* The same as a further argument of a call; 0 for a value that is not there, or that nothing reads. */
void emit_write_argument(struct code *out, const struct emit_lowering *lowering, int value);

/* The steps, each one statement or block in the function's text. */
void emit_write_loop(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_copy(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
/* EMIT_WIDEN of a slice. */
void emit_write_widen_slice(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_reduce(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_layer_norm(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_call(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_list(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
/* Of rnn, gru and lstm, without the last bracket. */
void emit_write_recurrent(
    struct code *out, const struct emit_lowering *lowering, const struct emit_step *step);
/* conv and conv_transpose, before bias and rounding. */
void emit_write_conv(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_assign(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
void emit_write_control(struct emit_writer *writer, const struct emit_lowering *lowering, int step);

/* EMIT_PRODUCT, and convolutions that are one. */
void emit_write_product(struct emit_writer *writer, const struct emit_lowering *lowering, int step);
/* ", &(const struct window){...}" */
void emit_write_window(struct code *out, struct op_ref ref);

/* Nested loops over several arrays at once. Axes of size 1 are dropped; neighbouring axes that are
 * contiguous in every array are joined. */
enum { EMIT_NEST_ARRAYS_MAX = 80 };
struct emit_nest {
    int rank, n_arrays;
    int64_t dim[OP_COPY_RANK_MAX];
    int64_t stride[OP_COPY_RANK_MAX][EMIT_NEST_ARRAYS_MAX];
};
void emit_nest_add(struct emit_nest *nest, int64_t dim, const int64_t *strides);
/* "for (...)" of axes first..last-1, one inside the other, with counters PREFIX0, PREFIX1, ... */
void emit_write_for(
    struct code *out, const struct emit_nest *nest, char prefix, int first, int last);
/* The index into one array: "d0*64+d1". */
void emit_write_index(struct code *out, const struct emit_nest *nest, char prefix, int array);

#endif
