/* SPDX-License-Identifier: MIT
 *
 * Building a MIL program from C. Errors stick: after the first one every call returns -1, and
 * mil_builder_finish gives its text, so that callers check once. Values are small non-negative
 * ints.
 */
#ifndef ANEPROBE_MIL_BUILD_H
#define ANEPROBE_MIL_BUILD_H

#include "mil/mil.h"

/* Header forms that engine compilers accept: program(1.3)/ios18 with bare scalars (macOS 15 and
 * 26), program(1.0)/ios16 with tensor<T, []> scalars (M1 fallback; skyfallsin field guide). */
enum mil_header { MIL_HEADER_IOS18, MIL_HEADER_IOS17, MIL_HEADER_IOS16 };

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

/* Any operator by its arguments; the type of the result follows from them. `extra` is only read
 * where an operator's result type does not follow from its arguments (quantize: output dtype const
 * is an argument; so today never), pass NULL. */
struct mil_build_arg {
    const char *name;
    const int *values; /* one value, or a tuple's */
    int n_values;
};
int mil_build_op(struct mil_builder *b, enum mil_opcode code, const char *name,
    const struct mil_build_arg *args, int n_args);

/* The common operators, each with the consts it needs. */
struct mil_type mil_tensor4(enum mil_dtype dtype, int64_t n, int64_t c, int64_t h, int64_t w);
int mil_build_conv1x1(struct mil_builder *b, const char *name, int x, int weight);
int mil_build_matmul(
    struct mil_builder *b, const char *name, int x, int y, bool transpose_x, bool transpose_y);
int mil_build_unary(struct mil_builder *b, enum mil_opcode code, const char *name, int x);
int mil_build_binary(struct mil_builder *b, enum mil_opcode code, const char *name, int x, int y);
int mil_build_cast(struct mil_builder *b, const char *name, int x, enum mil_dtype dtype);

/* The finished program, or NULL and *error. Frees the builder either way. */
struct mil_program *mil_builder_finish(struct mil_builder *b, struct mil_error *error);

#endif
