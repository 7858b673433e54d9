/* SPDX-License-Identifier: MIT
 *
 * Types and errors, for the files of this folder only.
 */
#ifndef ANEPROBE_MIL_TYPE_H
#define ANEPROBE_MIL_TYPE_H

#include "mil/mil.h"

/* Long enough for a list of eight dimensions of ten digits. */
enum { MIL_TYPE_TEXT_MAX = 160 };

/* The type as bare-scalar MIL writes it: "fp16", "tensor<fp16, [1, 2]>". Returns `out`. */
const char *mil_type_format(char out[MIL_TYPE_TEXT_MAX], const struct mil_type *type);

/* NULL when rank and dimensions are in range (each open or 0..2^31-1, at most 2^56 elements, so
 * that later products cannot overflow), else what is wrong. */
const char *mil_type_fault(const struct mil_type *type);

/* Equal, if each size that is open in one of them is what the other has. */
bool mil_type_agrees(const struct mil_type *a, const struct mil_type *b);

/* -1 when there is no type with that name. */
int mil_dtype_find(const char *name, size_t bytes);
bool mil_dtype_is_float(enum mil_dtype dtype); /* fp16 or fp32 */
/* The smallest and largest value of an integer type (uint64: up to 2^62) or bool. */
void mil_dtype_range(enum mil_dtype dtype, int64_t *low, int64_t *high);

/* Fills *error (may be NULL) and returns -1. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int mil_fail(struct mil_error *error, struct mil_place place, const char *format, ...);

#endif
