/* SPDX-License-Identifier: MIT
 *
 * Results kept between evaluations, keyed by their origin. Internal to the library; the memo itself
 * is declared in eval.h.
 */
#ifndef ANEPROBE_MIL_EVAL_EVAL_MEMO_H
#define ANEPROBE_MIL_EVAL_EVAL_MEMO_H

#include "mil/eval/eval.h"
#include "mil/eval/eval_ops.h"

/* What a value depends on, and the elements read and written to compute it. */
struct eval_origin {
    bool known; /* false: it depends on weights that are not shared or do not fit */
    struct mil_hash hash;
    double work;
};

/* One for each value of the function. */
void eval_origins(const struct mil_function *function, const struct mil_weights *weights,
    const void *const *inputs, struct eval_origin *origins);

/* The elements of the value with that origin; NULL when not in the memo. */
const union mil_cell *eval_memo_find(
    struct mil_eval_memo *memo, const struct eval_origin *origin, size_t bytes);
/* Stores the elements if that is worth it, replacing the least recently used. */
void eval_memo_keep(struct mil_eval_memo *memo, const struct eval_origin *origin,
    const union mil_cell *cells, size_t bytes);

#endif
