/* SPDX-License-Identifier: MIT
 *
 * A MIL program in memory, and the ways in and out of it: parse, build, print.
 *
 * MIL is the text that the engine's compiler takes. Every device of the suite takes the same text
 * and the same weight files. A program that was parsed or built is valid: every name is resolved,
 * every operator has the arguments it needs, and every declared type is the inferred one. Code
 * downstream need not check this again.
 *
 * There are two ways to read a text. mil_parse accepts what can be computed here and rejects the
 * rest by name; devices use it. mil_read accepts the whole language: unknown operators keep their
 * declared types, sizes may be open ("?"), and errors are listed instead of stopping the parser.
 */
#ifndef ANEPROBE_MIL_MIL_H
#define ANEPROBE_MIL_MIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The element types of the format, in the order of the table in type.c. */
enum mil_dtype {
    MIL_FP16,
    MIL_FP32,
    MIL_INT8,
    MIL_INT32,
    MIL_UINT64,
    MIL_BOOL,
    MIL_STRING,
    MIL_FP64,
    MIL_BF16,
    MIL_FP8_E4M3FN,
    MIL_FP8_E5M2,
    MIL_INT4,
    MIL_INT16,
    MIL_INT64,
    MIL_UINT1,
    MIL_UINT2,
    MIL_UINT3,
    MIL_UINT4,
    MIL_UINT6,
    MIL_UINT8,
    MIL_UINT16,
    MIL_UINT32,
    MIL_DTYPE_COUNT
};

/* Bytes per element in memory: fp16 2, fp32 4, int8 1, ...; types of less than 8 bits take one
 * byte, bool 1, string 0. */
size_t mil_dtype_bytes(enum mil_dtype dtype);
/* Bits per element in a blob file, where elements of less than 8 bits are packed. */
int mil_dtype_bits(enum mil_dtype dtype);
const char *mil_dtype_name(enum mil_dtype dtype);
/* Whether the evaluator computes with it: fp16, fp32, bool and the integers that fit an int32. */
bool mil_dtype_is_computed(enum mil_dtype dtype);

enum { MIL_RANK_MAX = 8 };

/* A size that is unknown until the program runs, written "?". */
enum { MIL_DIM_OPEN = -1 };

enum mil_type_kind {
    MIL_TENSOR,
    MIL_STATE, /* state<tensor<...>>: memory that outlives an evaluation */
    MIL_LIST,  /* list<tensor<...>, length>: dtype and sizes are those of an element */
    MIL_OTHER  /* dict, tuple, other lists, tensors of strings: kept as text */
};

/* rank 0 is a scalar. Layout is always row-major, last axis contiguous. */
struct mil_type {
    enum mil_dtype dtype;
    int rank;
    int64_t dim[MIL_RANK_MAX];
    enum mil_type_kind kind;
    union {
        const char *spelling; /* of MIL_OTHER: "tuple<tensor<int32, [2]>>" */
        int64_t length;       /* of MIL_LIST as declared; MIL_DIM_OPEN: not known */
    };
};

/* Lists are equal when their elements are: how long they are is not known before the program runs. */
bool mil_type_equal(const struct mil_type *a, const struct mil_type *b);
/* A tensor, state or list whose elements have known sizes. */
bool mil_type_is_sized(const struct mil_type *type);
/* 1 for a scalar; of a list, in each of its elements. The type must be sized. */
int64_t mil_type_elements(const struct mil_type *type);
size_t mil_type_bytes(const struct mil_type *type);      /* in memory */
size_t mil_type_blob_bytes(const struct mil_type *type); /* in a blob file */

/* A place in the text; both count from 1, 0 = none (a program that was built). */
struct mil_place {
    uint32_t line, column;
};

/* Why a call failed. `text` is one sentence: what is wrong and what to do. */
struct mil_error {
    struct mil_place place;
    char text[256];
};

/* Payload of a const or of an attribute: inline elements, a string, or a place in a blob file. */
struct mil_literal {
    const struct mil_type *type;
    const void *data; /* inline: elements as in memory, fp16 as uint16_t bit patterns; else NULL */
    const char *string;    /* MIL_STRING; MIL_OTHER: the value as written; else NULL */
    const char *blob_path; /* BLOBFILE: "@model_path/weights/NAME.bin", else NULL */
    uint64_t blob_offset;  /* of the blob's *metadata* in that file (see blob.h) */
};

/* The operators of Core ML's opsets up to iOS 26, by name. */
enum mil_opcode {
#define MIL_OPERATOR(code, name, since, infer, ...) MIL_OP_##code,
#include "mil/op/op_table.inc"
#undef MIL_OPERATOR
    MIL_OP_UNKNOWN, /* mil_op_name says which */
    MIL_OP_COUNT
};
const char *mil_opcode_name(enum mil_opcode code);

/* `values` index the function's values. A literal in place of a name is a value of its own, made by
 * a const with is_inline set. */
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

struct mil_block;

struct mil_op {
    enum mil_opcode code;
    int result;          /* index of its first result; -1 = none */
    const char *unknown; /* MIL_OP_UNKNOWN: the operator as written, else NULL */
    const char *name;    /* the attribute name=string("..."), NULL when omitted */
    const struct mil_arg *args;
    const struct mil_attr *attrs;   /* without `name` */
    const struct mil_block *blocks; /* cond and while_loop */
    int n_results;                  /* values result, result + 1, ... */
    int n_blocks;
    uint8_t n_args, n_attrs; /* at most MIL_ARGS_MAX */
    bool is_inline;          /* a const written as a literal among the arguments of the next op */
    struct mil_place place;
};
/* The operator as written. */
const char *mil_op_name(const struct mil_op *op);

/* Statements inside an operator. Its values belong to the function. */
struct mil_block {
    const char *name;
    int first_input, n_inputs; /* values first_input, first_input + 1, ... */
    const struct mil_op *ops;
    int n_ops;
    const int *outputs; /* indices of values */
    int n_outputs;
};

/* The argument with that name, or NULL. */
const struct mil_arg *mil_op_arg(const struct mil_op *op, const char *name);
const struct mil_attr *mil_op_attr(const struct mil_op *op, const char *name);

struct mil_value {
    const char *name;
    const struct mil_type *type;
    int op; /* the op that makes it, -1 = an input of the function, or defined in a block */
    const struct mil_literal *literal; /* the literal of a const, else NULL */
    struct mil_place place;
};

struct mil_function {
    const char *name;
    const char *target;             /* ios15, ios16, ios17, ios18, ios26 */
    const struct mil_value *values; /* the first n_inputs are the inputs, in order */
    int n_values, n_inputs;
    const struct mil_op *ops;
    int n_ops;
    const int *outputs; /* indices of values */
    int n_outputs;
    const struct mil_attr *attrs; /* FlexibleShapeInformation and the like */
    int n_attrs;
    struct mil_place place;
};

/* The literal of a value made by `const`; NULL for other values. */
const struct mil_literal *mil_value_literal(const struct mil_function *function, int value);

struct mil_pair {
    const char *key, *value;
};

/* How scalars are written: fp16 x = const()[val=fp16(1.0)], or as tensor<fp16, []>. */
enum mil_scalar_form { MIL_SCALARS_BARE, MIL_SCALARS_TENSOR };

struct mil_program {
    const char *version; /* "1.0", "1.3", ... */
    enum mil_scalar_form scalar_form;
    const struct mil_pair *build_info;
    int n_build_info;
    bool has_build_info;
    const struct mil_attr *attrs; /* without buildInfo */
    int n_attrs;
    const struct mil_function *functions;
    int n_functions;
    void *memory; /* owns everything above */
};

/* The longest text that mil_parse accepts. */
enum { MIL_TEXT_MAX_BYTES = 256 << 20 };

/* Parses `bytes` of text (need not be NUL-terminated). The text is untrusted: any input gives a
 * program or one error with line and column, in time and memory linear in its length. Returns 0 and
 * a program to free with mil_program_free, or -1 and *error. */
int mil_parse(const char *text, size_t bytes, struct mil_program **out, struct mil_error *error);

/* Something wrong or unknown that mil_read skipped. */
struct mil_finding {
    enum mil_finding_kind { MIL_FINDING_ERROR, MIL_FINDING_UNKNOWN } kind;
    struct mil_place place;
    char text[256];
};

/* Reads the whole language. A wrong or unknown statement is skipped; its results keep their
 * declared types. *findings is an array to free(), in order of place. Returns like mil_parse; -1
 * when the text is not a program at all. */
int mil_read(const char *text, size_t bytes, struct mil_program **out,
    struct mil_finding **findings, int *n_findings, struct mil_error *error);

/* Returns 0 when the evaluator can run the function: all sizes known, every operator and element
 * type supported. Otherwise -1, and *error names the first that is not, with its place. */
int mil_function_runs(const struct mil_function *function, struct mil_error *error);

/* The program with these types for the inputs of function number `function` (dtype and rank as
 * declared), and all other sizes inferred from them. Returns 0 and a new program, or -1. */
int mil_program_resize(const struct mil_program *program, int function,
    const struct mil_type *inputs, struct mil_program **out, struct mil_error *error);

/* The program as text; parse(print(p)) equals p. Floats are printed as hex floats so that no bit is
 * lost. Returns a NUL-terminated string to free(), its length in *bytes; NULL only when out of
 * memory. */
char *mil_print(const struct mil_program *program, size_t *bytes);

/* Equal except for places. */
bool mil_program_equal(const struct mil_program *a, const struct mil_program *b);
void mil_program_free(struct mil_program *program); /* NULL is allowed */

#endif
