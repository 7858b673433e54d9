/* SPDX-License-Identifier: MIT
 *
 * Results kept between evaluations, by what they follow from. Internal to the library; the memo
 * itself is eval.h's.
 */
#ifndef ANEPROBE_MIL_EVAL_EVAL_MEMO_H
#define ANEPROBE_MIL_EVAL_EVAL_MEMO_H

#include "mil/eval/eval.h"
#include "mil/eval/eval_ops.h"

/* What a value of a function follows from, and the elements read and written on the way to it. */
struct eval_origin {
    bool known; /* false: it comes from weights that are not shared, or from none that fit */
    struct mil_hash hash;
    double work;
};

/* Of all values of a function, one each. */
void eval_origins(const struct mil_function *function, const struct mil_weights *weights,
    const void *const *inputs, struct eval_origin *origins);

/* The elements of a value of that origin; NULL when they are not kept. */
const union mil_cell *eval_memo_find(
    struct mil_eval_memo *memo, const struct eval_origin *origin, size_t bytes);
/* Keeps them, where that is worth it, replacing the least recently used. */
void eval_memo_keep(struct mil_eval_memo *memo, const struct eval_origin *origin,
    const union mil_cell *cells, size_t bytes);

#endif
