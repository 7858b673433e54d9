/* SPDX-License-Identifier: MIT */
#include "draw.h"

#include "measure/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int draw_below(struct draw *d, int n) {
    return (int)random_below(&d->state, (uint64_t)n);
}

int draw_from(struct draw *d, int low, int high) {
    return low + draw_below(d, high - low + 1);
}

float draw_element(enum draw_input input, uint64_t *state) {
    const double number = 4 * random_unit(state) - 2;
    switch (input) {
    case DRAW_WIDE:
        return (float)(20 * number);
    case DRAW_TIES:
        return (float)(floor(2 * number) / 2);
    case DRAW_NANS:
        return random_below(state, 24) == 0 ? NAN : (float)number;
    case DRAW_UNIT:
        return (float)(number / 2.0001);
    case DRAW_ABOVE:
        return (float)(fabs(number) + 1e-3);
    default:
        return (float)number;
    }
}

int draw_axis(struct draw *d, int rank) {
    return draw_below(d, 2 * rank) - rank;
}

struct mil_type draw_shape(int rank, const int64_t *dim) {
    struct mil_type type = {.dtype = MIL_FP32, .rank = rank};
    for (int i = 0; i < rank; i++)
        type.dim[i] = dim[i];
    return type;
}

struct mil_type draw_type(struct draw *d, int rank, int most) {
    int64_t dim[MIL_RANK_MAX];
    for (int i = 0; i < rank; i++)
        dim[i] = draw_from(d, 1, most);
    return draw_shape(rank, dim);
}

static const char *name_next(struct draw *d, char *name, size_t bytes) {
    snprintf(name, bytes, "c%d", d->n_names++);
    return name;
}

void draw_tuple(struct draw *d, const char *name, const int *values, int n) {
    memcpy(d->values + d->n_values, values, (size_t)n * sizeof *values);
    d->args[d->n_args++] = (struct mil_build_arg){name, d->values + d->n_values, n};
    d->n_values += n;
}

int draw_input(struct draw *d, const char *name, struct mil_type type) {
    const int value = mil_build_input(d->builder, name, type);
    draw_tuple(d, name, &value, 1);
    return value;
}

static void constant(struct draw *d, const char *name, struct mil_type type, const void *data) {
    char own[16];
    const int value = mil_build_const(d->builder, name_next(d, own, sizeof own), type, data);
    draw_tuple(d, name, &value, 1);
}

static void numbers(
    struct draw *d, const char *name, struct mil_type type, double low, double high) {
    const int64_t n = mil_type_elements(&type);
    float *data = malloc((size_t)n * sizeof *data);
    for (int64_t i = 0; data && i < n; i++)
        data[i] = (float)(low + (high - low) * random_unit(&d->state));
    constant(d, name, type, data);
    free(data);
}

void draw_weight(struct draw *d, const char *name, struct mil_type type) {
    numbers(d, name, type, -1, 1);
}

void draw_mask(struct draw *d, const char *name, struct mil_type type) {
    const int64_t n = mil_type_elements(&type);
    bool *data = malloc((size_t)n * sizeof *data);
    type.dtype = MIL_BOOL;
    for (int64_t i = 0; data && i < n; i++)
        data[i] = i % type.dim[type.rank - 1] == 0 || draw_below(d, 2);
    constant(d, name, type, data);
    free(data);
}

void draw_spread(struct draw *d, const char *name, struct mil_type type) {
    numbers(d, name, type, 0.1, 2);
}

void draw_ints(struct draw *d, const char *name, int n, const int32_t *ints) {
    constant(d, name, (struct mil_type){.dtype = MIL_INT32, .rank = 1, .dim = {n}}, ints);
}

void draw_int(struct draw *d, const char *name, int32_t value) {
    constant(d, name, (struct mil_type){.dtype = MIL_INT32}, &value);
}

void draw_bools(struct draw *d, const char *name, int n, const bool *values) {
    constant(d, name, (struct mil_type){.dtype = MIL_BOOL, .rank = 1, .dim = {n}}, values);
}

void draw_bool(struct draw *d, const char *name, bool value) {
    constant(d, name, (struct mil_type){.dtype = MIL_BOOL}, &value);
}

void draw_number(struct draw *d, const char *name, double value) {
    const float number = (float)value;
    constant(d, name, (struct mil_type){.dtype = MIL_FP32}, &number);
}

void draw_text(struct draw *d, const char *name, const char *text) {
    char own[16];
    const int value = mil_build_const_string(d->builder, name_next(d, own, sizeof own), text);
    draw_tuple(d, name, &value, 1);
}

void draw_places(struct draw *d, const char *name, struct mil_type type, int64_t size) {
    const int64_t n = mil_type_elements(&type);
    int32_t *data = malloc((size_t)n * sizeof *data);
    type.dtype = MIL_INT32;
    for (int64_t i = 0; data && i < n; i++)
        data[i] = draw_axis(d, (int)size);
    constant(d, name, type, data);
    free(data);
}

void draw_bytes(struct draw *d, const char *name, struct mil_type type) {
    int8_t data[16];
    type.dtype = MIL_INT8;
    for (int64_t i = 0; i < mil_type_elements(&type) && i < 16; i++)
        data[i] = (int8_t)draw_from(d, -20, 20);
    constant(d, name, type, data);
}

int draw_before(struct draw *d, enum mil_opcode code) {
    char own[16];
    const int value =
        mil_build_op(d->builder, code, name_next(d, own, sizeof own), d->args, d->n_args);
    d->n_args = 0;
    return value;
}

void draw_value(struct draw *d, const char *name, int value) {
    draw_tuple(d, name, &value, 1);
}
