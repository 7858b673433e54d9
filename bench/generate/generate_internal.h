/* SPDX-License-Identifier: MIT
 *
 * Shared by generate's files.
 */
#ifndef ANEPROBE_GENERATE_GENERATE_INTERNAL_H
#define ANEPROBE_GENERATE_GENERATE_INTERNAL_H

#include "generate/generate.h"

struct generate_surface {
    struct device_surface *handle;
    struct device_layout layout;
};

/* A part on the device. */
struct generate_program {
    struct generate_part part;
    struct device_program *handle;
    struct generate_surface in[GENERATE_SLOTS_MAX], out[GENERATE_SLOTS_MAX];
    /* WHOLE: the second takes the first one's cache output as its input, and the reverse. */
    struct device_request *requests[2];
};

struct generate {
    struct device *device;
    const struct train_parameters *model;
    struct generate_way way;
    struct generate_program *programs;
    struct generate_costs costs;
    int n_programs;
    int position; /* the next one */
    int turn;     /* WHOLE: the request that is next */
    /* On the host, all in one allocation. Cells are what the programs compute with, fp16 or fp32. */
    void *memory;
    float *x;             /* [dim][positions] */
    float *floats;        /* an input before it becomes cells, or an output after */
    float *keys, *values; /* HOST: [layers][capacity][kv_dim] */
    float *scores;        /* HOST: room for those of a position */
    float *attended;      /* [dim] */
    void *rows;           /* cells, [layers][2 kv_dim][positions] of the last eval */
    uint16_t *halves;     /* fp16: an input or output as cells */
};

/* Bytes of a cell. */
static inline size_t generate_cell_bytes(const struct generate *g) {
    return mil_dtype_bytes(generate_dtype(g->way.format));
}

/* The surface that holds a role; NULL if the part has none. */
struct generate_surface *generate_in(struct generate_program *program, enum generate_role role);
struct generate_surface *generate_out(struct generate_program *program, enum generate_role role);

/* Writes the inputs that follow from the next position. */
enum device_status generate_position_write(
    struct generate *g, struct generate_program *program, struct device_error *error);
/* Puts `rows` of `n` positions, cells [layers][2 kv_dim][n], into the cache at `first`. */
enum device_status generate_rows_put(
    struct generate *g, const void *rows, int first, int n, struct device_error *error);

#endif
