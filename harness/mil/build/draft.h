/* SPDX-License-Identifier: MIT
 *
 * A program under construction, shared by the parser and the builder. Only complete, checked parts
 * are added, so both make the same programs and report the same errors.
 */
#ifndef ANEPROBE_MIL_BUILD_DRAFT_H
#define ANEPROBE_MIL_BUILD_DRAFT_H

#include "mil/arena.h"
#include "mil/names.h"
#include "mil/op/ops.h"

/* A piece of text, not owned. */
struct mil_span {
    const char *text;
    size_t bytes;
};

/* Types that are in the arena already, by hash; one that another has taken the place of is stored again. */
enum { MIL_DRAFT_TYPES = 256 };

struct mil_draft {
    struct mil_arena arena;
    const struct mil_type *types[MIL_DRAFT_TYPES];
    struct mil_error *error;
    const char *version;
    enum mil_scalar_form scalar_form;
    struct mil_pair *pairs;
    int n_pairs, pairs_room;
    struct mil_function *functions;
    int n_functions, functions_room;
    struct mil_names function_names;
    /* The function under construction. Its values and ops stay in these growing arrays until it
     * ends. */
    struct mil_function function;
    struct mil_value *values;
    struct mil_op *ops;
    int values_room, ops_room;
    struct mil_names value_names;
    int *named; /* by name number: its value, -1 after its block has ended */
    int named_room;
    int depth;                    /* in open blocks */
    const struct mil_attr *attrs; /* of the program */
    int n_attrs;
    bool has_build_info;
};

/* One result of a statement. */
struct mil_draft_result {
    struct mil_span name;
    struct mil_place place;
    struct mil_type type;
};

/* State saved while a block's statements are read. */
struct mil_draft_outer {
    struct mil_op *ops;
    int n_ops, ops_room, n_names, first_input;
};

/* Each returns -1 and *error on failure; those that make a value return its index. */
int mil_draft_pair(struct mil_draft *draft, struct mil_span key, struct mil_span value);
int mil_draft_function(
    struct mil_draft *draft, struct mil_span name, struct mil_span target, struct mil_place place);
int mil_draft_input(struct mil_draft *draft, struct mil_span name, const struct mil_type *type,
    struct mil_place place);
/* Copies `op` with its arguments, attributes and their types, but neither its name nor what else the attributes'
 * literals point to: those must be in the arena. `results` declares its op->n_results results; with
 * `trusts`, the declared types are not checked. */
int mil_draft_op(struct mil_draft *draft, const struct mil_op *op,
    const struct mil_draft_result *results, bool trusts);
/* The same with one result, whose type is inferred. */
int mil_draft_op_inferred(struct mil_draft *draft, const struct mil_op *op, struct mil_span result);
/* A literal given as an argument: a const without a name. */
int mil_draft_inline(
    struct mil_draft *draft, const struct mil_literal *literal, struct mil_place place);
/* The value with that name, or -1. */
int mil_draft_find(const struct mil_draft *draft, struct mil_span name);

/* Starts an operator's block; its inputs come next, then statements, then its end. */
void mil_draft_block_open(struct mil_draft *draft, struct mil_draft_outer *outer);
int mil_draft_block_input(
    struct mil_draft *draft, const struct mil_draft_result *input, int *n_inputs);
int mil_draft_block_close(struct mil_draft *draft, const struct mil_draft_outer *outer,
    struct mil_span name, int n_inputs, const int *outputs, int n_outputs, struct mil_block *out);
/* After a failure within the block. */
void mil_draft_block_drop(struct mil_draft *draft, const struct mil_draft_outer *outer);
/* Ends the function. */
int mil_draft_outputs(struct mil_draft *draft, const int *values, int n_values);
/* The program, which takes over the arena; NULL and *error on failure. */
struct mil_program *mil_draft_program(struct mil_draft *draft);
/* Frees everything the program does not own. */
void mil_draft_free(struct mil_draft *draft);

/* The type in the arena, where values and literals share it, but for one with open sizes: that is its value's own, so
 * that mil_program_resize can close it. NULL and *error when out of memory. */
const struct mil_type *mil_draft_type(struct mil_draft *draft, const struct mil_type *type);
int mil_draft_no_memory(struct mil_draft *draft);
/* The type must be valid and not a tensor of strings. */
int mil_draft_type_check(
    struct mil_draft *draft, const struct mil_type *type, struct mil_place place);

#endif
