/* SPDX-License-Identifier: MIT
 *
 * A program that is copied statement by statement, with rewrites: shared by the files of this folder.
 */
#ifndef ANEPROBE_MIL_FIX_FIXER_H
#define ANEPROBE_MIL_FIX_FIXER_H

#include "mil/build/draft.h"
#include "mil/fix/fix.h"
#include "mil/op/op_args.h"

/* The order of the table in fix.c. */
enum fix_kind {
    FIX_BUILD_INFO,
    FIX_HEADER,
    FIX_NAME,
    FIX_UNIQUE_NAME,
    FIX_INLINE_ARGUMENT,
    FIX_INLINE_TENSOR,
    FIX_ONE_FILE,
    FIX_DEFAULT,
    FIX_RSQRT,
    FIX_CONV_1D,
    FIX_ALONE,
    FIX_FOUR_AXES,
    FIX_PAD,
    FIX_ORDER
};

struct fixer {
    const struct mil_program *from;
    const struct mil_function *function; /* of `from` */
    const struct mil_weights *weights;
    struct mil_draft draft;
    struct mil_error *error;
    struct mil_fixed *out;
    bool wanted[MIL_FIX_KINDS];
    int *map;             /* by value of before: the new one; -1: not there yet */
    int *shaped;          /* the same elements in another shape; -1: none */
    bool is_alone;        /* one operator computes, the others are consts */
    const char **ids_new; /* by value of before: its identifier, if that changes; else NULL */
    int *outputs;         /* of the new function; in the arena */
    struct mil_names ids, op_names; /* of the function of before */
    struct mil_names op_names_out;  /* of the statements written so far */
    unsigned n_made;
    bool collects; /* all blobs go into one file */
    struct mil_blob_writer *writer;
    bool has_blobs; /* in the file that is made */
};

/* Each returns -1 and *error on failure; those that make a value return its index. Indices of
 * values among arguments may be -1 after a failure, which is then passed on. */

/* A name that nothing in the function has, in the arena; NULL and *error. */
const char *fix_name(struct fixer *x);
/* Consts, as statements. The elements are copied, strings are not. */
int fix_const(struct fixer *x, const struct mil_type *type, const void *elements);
int fix_const_ints(struct fixer *x, const int32_t *elements, int n);
int fix_const_int(struct fixer *x, int32_t value);
int fix_const_bool(struct fixer *x, bool value);
int fix_const_string(struct fixer *x, const char *string);
/* An operator with one result, whose type is inferred, with that identifier (NULL: made up). */
int fix_op(
    struct fixer *x, enum mil_opcode code, const char *id, const struct mil_arg *args, int n_args);
/* The same, which makes the result of `of`, an operator of before. */
int fix_op_for(struct fixer *x, const struct mil_op *of, enum mil_opcode code,
    const struct mil_arg *args, int n_args);
int fix_reshape(struct fixer *x, const char *id, int value, const struct mil_type *type);
/* The new value, which may have to be made first, of one of before. */
int fix_value(struct fixer *x, int before);
/* The arguments of op with new values, in the arena, and room for all others; NULL and *error. */
struct mil_arg *fix_args(struct fixer *x, const struct mil_op *op);
/* Copies op with these arguments in place of its own. */
int fix_copy(struct fixer *x, const struct mil_op *op, const struct mil_arg *args, int n_args);

/* Chooses the new weight file. */
int fix_weights_begin(struct fixer *x);
/* Makes a literal of op what it is in the new program: perhaps a blob of that file. */
int fix_literal(struct fixer *x, const struct mil_op *op, struct mil_literal *literal);

/* Adds the arguments that are left out: returns the number of all. */
int fix_defaults(struct fixer *x, const struct mil_op *op, struct mil_arg *args, int n_args);

/* A rewrite of one operator: 1 when it has written it, 0 when it does not apply. */
typedef int fix_rewrite(struct fixer *x, const struct mil_op *op);
fix_rewrite fix_rsqrt, fix_conv_1d, fix_alone;

/* The function's inputs, first; its outputs, last. */
int fix_inputs(struct fixer *x);
/* The identifier of an output that is to have that type; NULL: it is none, or not of that type. */
const char *fix_output_id(const struct fixer *x, int before, const struct mil_type *type);
int fix_outputs(struct fixer *x);

#endif
