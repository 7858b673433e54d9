/* SPDX-License-Identifier: MIT
 *
 * A MIL program in memory, and the ways in and out of it: parse, build, print.
 *
 * MIL is the text that the engine's compiler takes. Every device of the suite takes the same text
 * and the same weight files. A program that parsed or was built is whole: every name is resolved,
 * every operator has the arguments it needs, every declared type is the one that follows from the
 * operator. Nothing downstream needs to check that again.
 */
#ifndef ANEPROBE_MIL_MIL_H
#define ANEPROBE_MIL_MIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mil_dtype { MIL_FP16, MIL_FP32, MIL_INT8, MIL_INT32, MIL_UINT64, MIL_BOOL, MIL_STRING };

/* Bytes of one element in memory: fp16 2, fp32 4, int8 1, int32 4, uint64 8, bool 1; 0 for string.
 */
size_t mil_dtype_bytes(enum mil_dtype dtype);
const char *mil_dtype_name(enum mil_dtype dtype);

enum { MIL_RANK_MAX = 8 };

/* rank 0 is a scalar. Layout is always row-major, last axis contiguous. */
struct mil_type {
    enum mil_dtype dtype;
    int rank;
    int64_t dim[MIL_RANK_MAX];
};

bool mil_type_equal(const struct mil_type *a, const struct mil_type *b);
int64_t mil_type_elements(const struct mil_type *type); /* 1 for a scalar */
size_t mil_type_bytes(const struct mil_type *type);

/* Where in the text; both from 1, 0 = nowhere (a program that was built). */
struct mil_place {
    uint32_t line, column;
};

/* Why a call failed. `text` is one sentence that says what is wrong and what to do. */
struct mil_error {
    struct mil_place place;
    char text[256];
};

/* Payload of a const or of an attribute: inline elements, a string, or a place in a blob file. */
struct mil_literal {
    struct mil_type type;
    const void *data; /* inline: elements as in memory, fp16 as uint16_t bit patterns; else NULL */
    const char *string;    /* MIL_STRING, else NULL */
    const char *blob_path; /* BLOBFILE: "@model_path/weights/NAME.bin", else NULL */
    uint64_t blob_offset;  /* of the blob's *metadata* in that file (see blob.h) */
};

/* The operators. tile, rsqrt and log are understood so that they can be complained about. */
enum mil_opcode {
    MIL_OP_CONST,
    MIL_OP_CONV,
    MIL_OP_MATMUL,
    MIL_OP_ADD,
    MIL_OP_SUB,
    MIL_OP_MUL,
    MIL_OP_REAL_DIV,
    MIL_OP_POW,
    MIL_OP_SIGMOID,
    MIL_OP_TANH,
    MIL_OP_RELU,
    MIL_OP_GELU,
    MIL_OP_SILU,
    MIL_OP_EXP,
    MIL_OP_SQRT,
    MIL_OP_RSQRT,
    MIL_OP_LOG,
    MIL_OP_SOFTMAX,
    MIL_OP_REDUCE_SUM,
    MIL_OP_REDUCE_MEAN,
    MIL_OP_REDUCE_MAX,
    MIL_OP_RESHAPE,
    MIL_OP_TRANSPOSE,
    MIL_OP_CONCAT,
    MIL_OP_SLICE_BY_SIZE,
    MIL_OP_SLICE_BY_INDEX,
    MIL_OP_TILE,
    MIL_OP_CAST,
    MIL_OP_IDENTITY,
    MIL_OP_LINEAR,
    MIL_OP_LAYER_NORM,
    MIL_OP_SDPA, /* scaled_dot_product_attention */
    MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE,
    MIL_OP_QUANTIZE,
    MIL_OP_DEQUANTIZE,
    MIL_OP_COUNT
};
const char *mil_opcode_name(enum mil_opcode code);

/* `values` index the function's values. Only concat's `values` argument may be a tuple. */
struct mil_arg {
    const char *name;
    const int *values;
    int n_values;
    bool is_tuple;
    struct mil_place place;
};

struct mil_attr {
    const char *name;
    struct mil_literal literal;
    struct mil_place place;
};

struct mil_op {
    enum mil_opcode code;
    const char *name; /* the attribute name=string("...") */
    int result;       /* index of the value it makes */
    const struct mil_arg *args;
    int n_args;
    const struct mil_attr *attrs; /* without `name` */
    int n_attrs;
    struct mil_place place;
};

/* The argument of that name, or NULL. */
const struct mil_arg *mil_op_arg(const struct mil_op *op, const char *name);
const struct mil_attr *mil_op_attr(const struct mil_op *op, const char *name);

struct mil_value {
    const char *name;
    struct mil_type type;
    int op; /* the op that makes it, -1 = an input of the function */
    struct mil_place place;
};

struct mil_function {
    const char *name;
    const char *target;             /* ios16, ios17, ios18 */
    const struct mil_value *values; /* the first n_inputs of them are the inputs, in order */
    int n_values, n_inputs;
    const struct mil_op *ops;
    int n_ops;
    const int *outputs; /* indices of values */
    int n_outputs;
    struct mil_place place;
};

/* The literal of a value made by `const`; NULL when it is not one. */
const struct mil_literal *mil_value_literal(const struct mil_function *function, int value);

struct mil_pair {
    const char *key, *value;
};

/* How scalars are written: fp16 x = const()[val=fp16(1.0)], or tensor<fp16, []> everywhere. */
enum mil_scalar_form { MIL_SCALARS_BARE, MIL_SCALARS_TENSOR };

struct mil_program {
    const char *version; /* "1.0", "1.3", ... */
    enum mil_scalar_form scalar_form;
    const struct mil_pair *build_info;
    int n_build_info;
    const struct mil_function *functions;
    int n_functions;
    void *memory; /* owns everything above */
};

/* The longest text that mil_parse takes. */
enum { MIL_TEXT_MAX_BYTES = 256 << 20 };

/* Parse `bytes` of text (need not be NUL-terminated). Text is untrusted: any input gives a program
 * or one error with line and column, in time and memory linear in its length. Returns 0 and a
 * program to free with mil_program_free, or -1 and *error. */
int mil_parse(const char *text, size_t bytes, struct mil_program **out, struct mil_error *error);

/* Program as text; parse(print(p)) equals p, floats are printed as hex floats so that no bit is
 * lost. Returns a NUL-terminated string to free(), its length in *bytes; NULL only when memory is
 * out. */
char *mil_print(const struct mil_program *program, size_t *bytes);

/* Equal in everything but places. */
bool mil_program_equal(const struct mil_program *a, const struct mil_program *b);
void mil_program_free(struct mil_program *program); /* NULL is fine */

#endif
