/* SPDX-License-Identifier: MIT
 *
 * Shared by the files that infer types. Internal to the library.
 */
#ifndef ANEPROBE_MIL_OP_INFER_H
#define ANEPROBE_MIL_OP_INFER_H

#include "mil/op/op_args.h"

/* 0 when `type`, that of argument `arg_name`, is fp16 or fp32; else -1 and *error. */
int infer_float_check(
    struct op_ref ref, const char *arg_name, const struct mil_type *type, struct mil_error *error);
/* The argument, where present, must have exactly this type. */
int infer_exact_check(struct op_ref ref, const char *arg_name, const struct mil_type *expected,
    struct mil_error *error);
/* The argument must have this rank. */
int infer_rank_check(
    struct op_ref ref, const char *arg_name, int least, int most, struct mil_error *error);
/* A list of `n` integers, each at least `least`; may be absent. */
int infer_ints_check(
    struct op_ref ref, const char *arg_name, int n, int32_t least, struct mil_error *error);
/* Size-1 axes broadcast; -1 when the sizes do not match. */
int64_t infer_dim_broadcast(int64_t a, int64_t b);
/* Broadcasts shapes, right-aligned; false when they do not match. Ignores the element type. */
bool infer_broadcast(const struct mil_type *a, const struct mil_type *b, struct mil_type *out);
/* op_axis, or -1 and *error. */
int infer_axis(
    struct op_ref ref, const char *arg_name, int absent, int rank, struct mil_error *error);
/* The element type that a string setting names, or -1 and *error. `is_quantized`: only the types
 * that quantize makes. */
int infer_dtype(
    struct op_ref ref, const char *arg_name, bool is_quantized, struct mil_error *error);

#endif
