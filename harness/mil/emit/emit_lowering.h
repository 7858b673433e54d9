/* SPDX-License-Identifier: MIT
 *
 * The emitter's decisions about one function before it writes C: which values share memory, which
 * operators share a loop, what is constant, where everything lives. Internal to the library.
 */
#ifndef ANEPROBE_MIL_EMIT_EMIT_LOWERING_H
#define ANEPROBE_MIL_EMIT_EMIT_LOWERING_H

#include "mil/emit/emit.h"
#include "mil/eval/eval_ops.h"
#include "mil/op/op_list.h"

/* Positions in the constants are 32-bit displacements in the code that reads them. */
#define EMIT_CONSTANTS_BYTES_MAX ((uint64_t)1 << 30)

enum emit_place {
    EMIT_NOWHERE,
    EMIT_CONSTANT,
    EMIT_INPUT,
    EMIT_IN_PARTS, /* an input of which only slices are read, each widened separately */
    EMIT_ARENA
};

/* A value of the function, or one that the emitter adds after those (sums before rounding, views).
 */
struct emit_value {
    struct mil_type type;
    int root;            /* the value whose memory this one uses, often itself */
    int64_t root_offset; /* in elements */
    int step;            /* roots: the step that makes it, -1 = exists from the start */
    int last_step;       /* roots: the last step that reads it, -1 = only its own loop */
    enum emit_place place;
    uint64_t offset;       /* roots: byte offset in constants or arena, or the index of the input */
    union mil_cell *table; /* of a constant that the emitter adds, else NULL */
    bool is_half;          /* roots that are constants: stored as fp16 */
    int64_t room;          /* of a list (op_list.h) */
};

/* One operator inside a fused loop. */
struct emit_expr {
    enum mil_opcode code;
    const struct mil_op *op; /* NULL: a sum or rounding that the emitter added */
    int operand[3], n_operands;
    int result;
};

enum emit_step_kind {
    EMIT_WIDEN,  /* an input, or its slice `op`, into the arena */
    EMIT_NARROW, /* an output from the arena */
    EMIT_LOOP,
    EMIT_PRODUCT,
    EMIT_CONV,
    EMIT_SDPA,
    EMIT_COPY,
    EMIT_REDUCE,
    EMIT_SOFTMAX,
    EMIT_LAYER_NORM,
    EMIT_CALL,   /* a function of the prelude, by operator */
    EMIT_LIST,   /* an operator on lists; those that change one have no result */
    EMIT_ASSIGN, /* a copy to the value `index`, which exists or is made by it */
    EMIT_CONTROL /* of cond and while_loop: see `control` */
};

/* Where a branch or a loop begins, changes and ends. The results of the operator exist from the first
 * of its steps to the last. */
enum emit_control { EMIT_IF, EMIT_ELSE, EMIT_LOOP_OPEN, EMIT_LOOP_TEST, EMIT_BEGIN, EMIT_END };

struct emit_step {
    enum emit_step_kind kind;
    const struct mil_op *op;
    int result;    /* the value it makes; EMIT_LOOP: see its exprs; -1 = none */
    int scratch;   /* a value that lives only during the step, -1 = none */
    int index;     /* of the input or output */
    bool is_state; /* EMIT_NARROW: to the input, a state */
    enum emit_control control;
    int first_expr, n_exprs;
    int first_read, n_reads; /* operands, into `reads` */
};

/* The values whose memory begins with the step: first, and how many. */
static inline int emit_step_result(const struct emit_step *step) {
    return step->kind == EMIT_CONTROL ? step->op->result : step->result;
}
static inline int emit_step_results(const struct emit_step *step) {
    if (step->kind == EMIT_CONTROL)
        return step->control == EMIT_IF || step->control == EMIT_BEGIN ? step->op->n_results : 0;
    return step->result < 0 ? 0 : step->kind == EMIT_CALL ? step->op->n_results : 1;
}

/* The statements being lowered, of the function or of a block. */
struct emit_scope {
    const struct mil_op *ops;
    int n_ops;
    const int *outputs;
    int n_outputs;
    int first_input,
        n_inputs; /* those that a list may be changed in: a loop's variables in its body */
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
    bool *is_constant;       /* by value: independent of all inputs */
    bool *is_needed;         /* by value: an output depends on it */
    int *current;            /* by value: of a state, the value that it has now */
    bool *is_in_place;       /* by value: a state that blocks write: it has memory of its own */
    union mil_cell **folded; /* by value: elements folded at emit time */
    struct emit_scope scope;
    uint64_t folded_bytes;
    uint64_t arena_bytes;
};

/* Fills in steps and values, everything but places in constants and arena. Returns 0, or -1 and
 * *error. Release with emit_lowering_free either way. */
int emit_lower(struct emit_lowering *lowering, const struct mil_function *function,
    const struct mil_weights *weights, struct mil_error *error);
void emit_lowering_free(struct emit_lowering *lowering);

/* ---- the parts of emit_lower: each returns -1 and the lowering's error when memory is out */

int emit_value_add(struct emit_lowering *lowering, struct mil_type type); /* its number */
/* Another shape for the same elements. */
int emit_value_view(struct emit_lowering *lowering, int value, struct mil_type type);
/* A constant of that many int32 or fp32, to be filled in: values[...].table. */
int emit_table_add(struct emit_lowering *lowering, enum mil_dtype dtype, int64_t elements);
/* Memory of that many cells that lives only during the last step. */
int emit_scratch_add(struct emit_lowering *lowering, int64_t cells);
void emit_alias(struct emit_lowering *lowering, int result, int value, int64_t offset);
/* NULL when memory is out. The pointer is good until the next step; `result` may be -1. */
struct emit_step *emit_step_add(
    struct emit_lowering *lowering, enum emit_step_kind kind, const struct mil_op *op, int result);
/* Of the last step. */
int emit_read_add(struct emit_lowering *lowering, struct emit_step *step, int value);
/* To the last step, if that is a loop that can take it, or to a new one. */
int emit_loop_add(struct emit_lowering *lowering, struct emit_expr expr);

/* The needed operators of a function or block; not those that are constant. */
int emit_lower_ops(struct emit_lowering *lowering, struct emit_scope scope);
int emit_lower_list(struct emit_lowering *lowering, const struct mil_op *op);
int emit_lower_blocks(struct emit_lowering *lowering, const struct mil_op *op);
/* Copies a value to one that exists, or to a new one. */
int emit_assign_add(struct emit_lowering *lowering, int to, int from);
int emit_copy_add(struct emit_lowering *lowering, int to, int from);
/* Whether all that are needed can be emitted: -1 names the first that cannot. */
int emit_ops_check(struct emit_lowering *lowering, const struct mil_op *ops, int n_ops);
/* Whether a needed value depends on it, or it writes to a state. */
bool emit_op_is_needed(const struct emit_lowering *lowering, const struct mil_op *op);
/* The concat that makes this output, if nothing else reads it and each operand is one contiguous
 * run: its operands are written out one after the other, without building the whole. Otherwise
 * NULL. */
const struct mil_op *emit_output_in_parts(const struct emit_lowering *lowering, int value);

/* Whether loops support this elementwise operator, and with its types. */
bool emit_expr_is_known(enum mil_opcode code);
bool emit_expr_fits(struct op_ref ref);
bool emit_reduce_is_known(enum mil_opcode code);
bool emit_list_is_known(enum mil_opcode code);
/* Whether it is a call of the prelude, and takes these types; the scratch and tables of the last step,
 * such a call. */
bool emit_call_is_known(enum mil_opcode code);
bool emit_call_fits(struct op_ref ref);
int emit_call_rooms(struct emit_lowering *lowering, const struct mil_op *op);
/* The same of rnn, gru and lstm. */
bool emit_recurrent_fits(struct op_ref ref);
int emit_recurrent_rooms(struct emit_lowering *lowering, struct op_ref ref);
/* The scratch of a convolution, in cells; 0 = none. */
int64_t emit_conv_room(struct op_ref ref);

/* Places every root that lives in the arena. */
int emit_lowering_arena(struct emit_lowering *lowering);

/* Decides which constants are stored as fp16. */
void emit_lowering_halves(struct emit_lowering *lowering);

/* The product of a step EMIT_PRODUCT or of a convolution that is one, and the values that it multiplies. */
struct emit_product {
    struct op_matmul shape;
    int x, y;
};
struct emit_product emit_product_of(
    const struct emit_lowering *lowering, const struct emit_step *step);

/* Marks constants and needed values; folds operators on constants. */
int emit_lowering_fold(struct emit_lowering *lowering);

/* The memory a matmul operand is read from. If the operand is a transpose of the last two axes,
 * that is the transpose's own operand, and *transposed is flipped. */
int emit_matmul_operand(const struct emit_lowering *lowering, const struct mil_op *op,
    const char *arg_name, bool *transposed);

#endif
