/* SPDX-License-Identifier: MIT
 *
 * Functions of one operator each, drawn at random: shapes, strides, paddings, groups, dilations, axes from either
 * end, indices from either end.
 */
#ifndef ANEPROBE_TESTS_DRAW_H
#define ANEPROBE_TESTS_DRAW_H

#include "mil/build/build.h"

#include <stdio.h>

enum { DRAW_ARGS = 16 };

struct draw {
    uint64_t state;
    struct mil_builder *builder;
    struct mil_build_arg args[DRAW_ARGS];
    int values[DRAW_ARGS + 8], n_args, n_values, n_names;
};

/* Sets the operator of this draw, with its arguments in *d. */
typedef void draw_fn(struct draw *d);

struct draw_kind {
    enum mil_opcode code;
    draw_fn *draw;
    enum draw_input {
        DRAW_ANY,   /* any number from -2 to 2 */
        DRAW_WIDE,  /* from -40 to 40 */
        DRAW_TIES,  /* few numbers, many of them equal */
        DRAW_NANS,  /* some are NaN */
        DRAW_ABOVE, /* above 0 */
        DRAW_UNIT   /* from -1 to 1 */
    } input;
};
extern const struct draw_kind draw_windows[], draw_products[], draw_moves[], draw_indices[],
    draw_others[], draw_truths[], draw_rests[];
extern const int draw_n_windows, draw_n_products, draw_n_moves, draw_n_indices, draw_n_others,
    draw_n_truths, draw_n_rests;

/* A program of one layer over time: rnn, gru or lstm. */
void draw_layer(struct draw *d, enum mil_opcode code, FILE *out);

/* A function f<number> of x, one number, to which a weight is added that the constexpr operator makes. */
void draw_weights(struct draw *d, enum mil_opcode code, int number, FILE *out);

/* A function f<number> of x that fills and reads a list in a loop, perhaps by a branch; one that reads and writes a
 * state. */
void draw_lists(struct draw *d, int number, FILE *out);
/* A function f<number> of x: split, topk or reshape_like. */
void draw_several(struct draw *d, int number, FILE *out);
void draw_states(struct draw *d, int number, FILE *out);

/* A number for an input of that kind. */
float draw_element(enum draw_input input, uint64_t *state);

/* 0 .. n - 1; from low to high. */
int draw_below(struct draw *d, int n);
int draw_from(struct draw *d, int low, int high);
/* An axis of that many, perhaps from the end. */
int draw_axis(struct draw *d, int rank);
/* A tensor of fp32 with sizes of 1 to `most`. */
struct mil_type draw_type(struct draw *d, int rank, int most);
struct mil_type draw_shape(int rank, const int64_t *dim);

/* Arguments: an input of the function, a constant of fp32 from -1 to 1, and settings. */
int draw_input(struct draw *d, const char *name, struct mil_type type);
void draw_weight(struct draw *d, const char *name, struct mil_type type);
/* A mask: the first of every last axis is true. */
void draw_mask(struct draw *d, const char *name, struct mil_type type);
/* Above 0.1: a variance. */
void draw_spread(struct draw *d, const char *name, struct mil_type type);
void draw_ints(struct draw *d, const char *name, int n, const int32_t *ints);
void draw_int(struct draw *d, const char *name, int32_t value);
void draw_bool(struct draw *d, const char *name, bool value);
void draw_bools(struct draw *d, const char *name, int n, const bool *values);
void draw_number(struct draw *d, const char *name, double value);
void draw_text(struct draw *d, const char *name, const char *text);
/* int8, from -20 to 20. */
void draw_bytes(struct draw *d, const char *name, struct mil_type type);
/* A tensor of indices of an axis of that size, some below 0. */
void draw_places(struct draw *d, const char *name, struct mil_type type, int64_t size);
void draw_tuple(struct draw *d, const char *name, const int *values, int n);
/* An operator in front of this one, of the arguments so far, which are used up; its value. */
int draw_before(struct draw *d, enum mil_opcode code);
/* An argument that is such a value. */
void draw_value(struct draw *d, const char *name, int value);

#endif
