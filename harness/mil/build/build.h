/* SPDX-License-Identifier: MIT
 *
 * Builds a MIL program from C. Errors are sticky: after the first one every call returns -1, and
 * mil_builder_finish returns its text, so callers check once. Values are small non-negative ints.
 *
 * `name` is both the value's identifier and the op's name attribute, so it must be an identifier,
 * unique in the function. Names that start with "shared_" are reserved for the builder.
 */
#ifndef ANEPROBE_MIL_BUILD_BUILD_H
#define ANEPROBE_MIL_BUILD_BUILD_H

#include "mil/mil.h"

/* Header forms that engine compilers accept: program(1.3)/ios18 with bare scalars (macOS 15 and
 * 26), program(1.0)/ios16 with tensor<T, []> scalars (M1 fallback; skyfallsin field guide). */
enum mil_header { MIL_HEADER_IOS18, MIL_HEADER_IOS17, MIL_HEADER_IOS16 };
/* "ios18", ... */
const char *mil_header_name(enum mil_header header);
/* The header with that name, or -1. */
int mil_header_find(const char *name);
/* Gives a whole program another header: its version, the form of its scalars, the target of each
 * function. What it computes does not change. */
void mil_header_set(struct mil_program *program, enum mil_header header);

struct mil_builder;
struct mil_builder *mil_builder_new(enum mil_header header);

void mil_build_function(struct mil_builder *b, const char *name);
int mil_build_input(struct mil_builder *b, const char *name, struct mil_type type);
/* The values are the function's outputs, in this order; ends the function. */
void mil_build_outputs(struct mil_builder *b, const int *values, int n_values);

/* Constants. `name` must be unique in the function. */
int mil_build_const(
    struct mil_builder *b, const char *name, struct mil_type type, const void *data);
int mil_build_const_string(struct mil_builder *b, const char *name, const char *string);
int mil_build_const_blob(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, uint64_t blob_offset);

/* int8 weights in a blob file, converted to fp16 as scale * (q - zero_point) at compile time.
 */
int mil_build_dequantized(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, uint64_t blob_offset, float scale, int8_t zero_point);

/* Weights that are values of a palette, fp16 in a blob file, by an index each, `indices` in the same file: uint1
 * to uint8, which gives the palette's size. */
int mil_build_palettized(struct mil_builder *b, const char *name, struct mil_type type,
    const char *blob_path, enum mil_dtype indices, uint64_t indices_offset,
    uint64_t palette_offset);

/* Any operator, given its arguments; the result's type follows from them. */
struct mil_build_arg {
    const char *name;
    const int *values; /* one value, or a tuple's */
    int n_values;
};
int mil_build_op(struct mil_builder *b, enum mil_opcode code, const char *name,
    const struct mil_build_arg *args, int n_args);

/* The common operators, with the consts they need; each const is made once per function and shared.
 * Axes may count from the end. */
struct mil_type mil_tensor4(enum mil_dtype dtype, int64_t n, int64_t c, int64_t h, int64_t w);
int mil_build_conv1x1(struct mil_builder *b, const char *name, int x, int weight);
int mil_build_matmul(
    struct mil_builder *b, const char *name, int x, int y, bool transpose_x, bool transpose_y);
int mil_build_unary(struct mil_builder *b, enum mil_opcode code, const char *name, int x);
int mil_build_binary(struct mil_builder *b, enum mil_opcode code, const char *name, int x, int y);
int mil_build_cast(struct mil_builder *b, const char *name, int x, enum mil_dtype dtype);
/* A scalar const of fp16 (rounded), fp32 or int32 (must be whole). */
int mil_build_scalar(struct mil_builder *b, const char *name, enum mil_dtype dtype, double value);
int mil_build_softmax(struct mil_builder *b, const char *name, int x, int axis);
/* reduce_sum, reduce_mean, reduce_max over one axis, which is kept with size 1. */
int mil_build_reduce(
    struct mil_builder *b, enum mil_opcode code, const char *name, int x, int axis);
/* `shape`, `perm`, `begin`, `size` have `rank` elements. */
int mil_build_reshape(
    struct mil_builder *b, const char *name, int x, const int32_t *shape, int rank);
int mil_build_transpose(
    struct mil_builder *b, const char *name, int x, const int32_t *perm, int rank);
int mil_build_slice(struct mil_builder *b, const char *name, int x, const int32_t *begin,
    const int32_t *size, int rank);
int mil_build_concat(
    struct mil_builder *b, const char *name, const int *values, int n_values, int axis);
/* The type of a value; an fp16 scalar after an error. */
struct mil_type mil_build_type(const struct mil_builder *b, int value);

/* The finished program, or NULL and *error. Frees the builder either way. */
struct mil_program *mil_builder_finish(struct mil_builder *b, struct mil_error *error);

#endif
