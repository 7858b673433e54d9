/* SPDX-License-Identifier: MIT
 *
 * What the files that find types share. Internal to the library.
 */
#ifndef ANEPROBE_MIL_OP_INFER_H
#define ANEPROBE_MIL_OP_INFER_H

#include "mil/op/op_args.h"

/* 0 when argument `arg_name`, of this type, is fp16 or fp32; else -1 and *error. */
int infer_float_check(
    struct op_ref ref, const char *arg_name, const struct mil_type *type, struct mil_error *error);
/* The argument, where present, must have exactly this type. */
int infer_exact_check(struct op_ref ref, const char *arg_name, const struct mil_type *expected,
    struct mil_error *error);
/* The argument must have this rank. */
int infer_rank_check(
    struct op_ref ref, const char *arg_name, int least, int most, struct mil_error *error);
/* A whole list setting of `n` elements, each at least `least`; absent is fine. */
int infer_ints_check(
    struct op_ref ref, const char *arg_name, int n, int32_t least, struct mil_error *error);
/* Size-1 axes stretch; -1 when the sizes do not go together. */
int64_t infer_dim_broadcast(int64_t a, int64_t b);
/* Shapes, right-aligned; false when they do not go together. Leaves the element type alone. */
bool infer_broadcast(const struct mil_type *a, const struct mil_type *b, struct mil_type *out);
/* op_axis, or -1 and *error. */
int infer_axis(
    struct op_ref ref, const char *arg_name, int absent, int rank, struct mil_error *error);
/* The element type that a string setting names, or -1 and *error. `is_quantized`: only what quantize
 * makes. */
int infer_dtype(
    struct op_ref ref, const char *arg_name, bool is_quantized, struct mil_error *error);

#endif
