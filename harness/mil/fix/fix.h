/* SPDX-License-Identifier: MIT
 *
 * Rewrites what a rule complains about into a form that is known to be accepted, where that does not
 * change a single bit of the results. What no rewrite answers stays a complaint. A `struct mil_fixed` must
 * not be copied.
 */
#ifndef ANEPROBE_MIL_FIX_FIX_H
#define ANEPROBE_MIL_FIX_FIX_H

#include "mil/blob.h"

enum { MIL_FIX_RULES = 12, MIL_FIX_KINDS = 14 };

/* A kind of rewrite: the rules that it answers, and what it does. */
struct mil_fix_kind {
    const char *rules[MIL_FIX_RULES]; /* ids; ends with NULL */
    const char *text;
};
/* NULL past the last. */
const struct mil_fix_kind *mil_fix_kind_at(int index);

/* Where an input or output of the rewritten program has the elements of one from before: in row-major
 * order, in a block of these sizes that begins at element 0 of every axis of `type`. The rest of an
 * input is ignored, the rest of an output has no meaning. */
struct mil_fixed_slot {
    int before; /* its index before */
    struct mil_type type;
    int64_t block[MIL_RANK_MAX];
};

struct mil_fixed {
    char *text; /* NUL-terminated, as mil_print writes it */
    size_t text_bytes;
    struct mil_program *program;   /* of that text */
    struct mil_weights weights;    /* the files that it names: those of before, and its own */
    struct mil_fixed_slot **slots; /* of each function: its inputs, then its outputs */
    int n_functions;
    int counts[MIL_FIX_KINDS]; /* rewrites of each kind */
    /* Behind `weights`: */
    struct mil_blob_file *files;
    char blob_path[64]; /* of the file that was made */
    void *blob;
};

/* Rewrites a program that was read without errors. Only complaints of rules about `limits` (see
 * mil_rule_is_within; NULL: all) are answered. `weights` must outlive *out. Returns 0 and *out, to
 * free with mil_fixed_free; or -1 and *error. */
int mil_fix(const struct mil_program *program, const struct mil_weights *weights,
    const char *limits, struct mil_fixed *out, struct mil_error *error);
void mil_fixed_free(struct mil_fixed *fixed);

/* Evaluates every function of both with random inputs; where sizes are open, with one that fits. Returns
 * 0 when all outputs and states have the same bits (any NaN equals any other), 1 when a function cannot
 * be evaluated, and *error says why, or -1 and *error. */
int mil_fixed_check(const struct mil_program *program, const struct mil_weights *weights,
    const struct mil_fixed *fixed, uint64_t seed, struct mil_error *error);

/* Copies the elements of an input of before, of type `type`, to their places in one of the rewritten
 * program, whose other elements are left as they are; and those of an output back. */
void mil_fixed_put(
    const struct mil_fixed_slot *slot, const struct mil_type *type, const void *from, void *to);
void mil_fixed_take(
    const struct mil_fixed_slot *slot, const struct mil_type *type, const void *from, void *to);

#endif
