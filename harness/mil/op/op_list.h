/* SPDX-License-Identifier: MIT
 *
 * Lists, as the evaluator and compiled programs hold them. A list has a length that may change, and whether it
 * may is said where it is made (make_list's dynamic_length): types say neither. An element that was
 * not written is zeros.
 */
#ifndef ANEPROBE_MIL_OP_OP_LIST_H
#define ANEPROBE_MIL_OP_OP_LIST_H

#include "mil/op/op_args.h"

/* A list's cells: the first is its length, the second whether it grows; then, from OP_LIST_HEAD on, where
 * an element begins on a cache line, its elements. */
enum { OP_LIST_HEAD = 16, OP_LIST_LENGTH = 0, OP_LIST_GROWS = 1 };
/* A list that grows holds at most this many numbers, and at least one element. */
#define OP_LIST_NUMBERS_MAX ((int64_t)1 << 22)

/* make_list: the length that it begins with, 0 when that is not a constant. Returns 0, or -1 and *error when
 * so many of those elements, whose sizes must be known, are too many. */
int op_list_length(
    struct op_ref ref, const struct mil_type *list, int64_t *length, struct mil_error *error);

/* For each value of the function, the most elements that it may hold as a list; 0 for other values. `rooms` has
 * n_values. */
void op_list_rooms(const struct mil_function *function, int64_t *rooms);

/* The cells of a value of that type, with that room. */
static inline int64_t op_cells(const struct mil_type *type, int64_t room) {
    const int64_t elements = mil_type_elements(type);
    return type->kind == MIL_LIST ? OP_LIST_HEAD + room * elements : elements;
}

#endif
