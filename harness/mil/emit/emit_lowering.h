/* SPDX-License-Identifier: MIT
 *
 * What the emitter decides about one function before it writes a line of C: which values are the
 * same memory, which operators share a loop, what is constant, where everything lives. Internal to
 * the library.
 */
#ifndef ANEPROBE_MIL_EMIT_EMIT_LOWERING_H
#define ANEPROBE_MIL_EMIT_EMIT_LOWERING_H

#include "mil/emit/emit.h"
#include "mil/eval/eval_ops.h"

/* Positions in the constants are 32-bit displacements in the code that reads them. */
#define EMIT_CONSTANTS_BYTES_MAX ((uint64_t)1 << 30)

enum emit_place {
    EMIT_NOWHERE,
    EMIT_CONSTANT,
    EMIT_INPUT,
    EMIT_IN_PARTS, /* an input of which each slice is widened for itself, and nothing else is read */
    EMIT_ARENA
};

/* A value of the function, or one of the emitter's own behind those (sums before rounding, views).
 */
struct emit_value {
    struct mil_type type;
    int root;            /* the value whose memory this is, often itself */
    int64_t root_offset; /* in elements */
    int step;            /* roots: the step that makes it, -1 = there from the start */
    int last_step;       /* roots: the last step that reads it, -1 = none but its own loop */
    enum emit_place place;
    uint64_t offset; /* roots: bytes into constants or arena, or the index of the input */
};

/* One operator inside a fused loop. */
struct emit_expr {
    enum mil_opcode code;
    const struct mil_op *op; /* NULL: a sum or rounding of the emitter's own */
    int operand[3], n_operands;
    int result;
};

enum emit_step_kind {
    EMIT_WIDEN,  /* an input into the arena, or the slice of it that is op */
    EMIT_NARROW, /* an output from it */
    EMIT_LOOP,
    EMIT_PRODUCT,
    EMIT_CONV,
    EMIT_SDPA,
    EMIT_COPY,
    EMIT_REDUCE,
    EMIT_SOFTMAX,
    EMIT_LAYER_NORM
};

struct emit_step {
    enum emit_step_kind kind;
    const struct mil_op *op;
    int result;  /* the value it makes; EMIT_LOOP: see its exprs; -1 = none */
    int scratch; /* a value that is only there during the step, -1 = none */
    int index;   /* of the input or output */
    int first_expr, n_exprs;
    int first_read, n_reads; /* operands, into `reads` */
};

struct emit_lowering {
    const struct mil_function *function;
    const struct mil_weights *weights;
    struct mil_error *error;
    struct emit_value *values;
    struct emit_expr *exprs;
    struct emit_step *steps;
    int *reads;
    int n_values, n_exprs, n_steps, n_reads;
    int values_room, exprs_room, steps_room, reads_room;
    bool *is_constant;       /* by value of the function: known without any input */
    bool *is_needed;         /* by value of the function: an output depends on it */
    union mil_cell **folded; /* by value of the function: elements worked out here */
    uint64_t folded_bytes;
    uint64_t arena_bytes;
};

/* Steps and values, everything but places in constants and arena. 0, or -1 and *error. Release with
 * emit_lowering_free either way. */
int emit_lower(struct emit_lowering *lowering, const struct mil_function *function,
    const struct mil_weights *weights, struct mil_error *error);
void emit_lowering_free(struct emit_lowering *lowering);

/* Whether an operator on single elements is written in loops, with the types it has. */
bool emit_expr_is_known(struct op_ref ref);

/* Gives every root that lives in the arena its place. */
int emit_lowering_arena(struct emit_lowering *lowering);

/* Marks constants and what is needed; works out operators on constants. */
int emit_lowering_fold(struct emit_lowering *lowering);

/* The memory a matmul operand is read from: what a transpose of the last two axes reads, when there
 * is one, with *transposed flipped. */
int emit_matmul_operand(const struct emit_lowering *lowering, const struct mil_op *op,
    const char *arg_name, bool *transposed);

#endif
