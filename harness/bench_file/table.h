/* SPDX-License-Identifier: MIT
 *
 * What was found out, one number a row, and the forms in which it is printed.
 */
#ifndef ANEPROBE_BENCH_FILE_TABLE_H
#define ANEPROBE_BENCH_FILE_TABLE_H

#include "bench_file/arm.h"

#include <stdio.h>

struct table_row {
    const char *file, *operator_name, *device;
    const char *metric, *unit;
    double value, low, high; /* NaN: not known; low and high at 95 % */
    size_t n;                /* values that it is the median of */
    const char *n_unit;      /* "processes", "evals"; NULL: none */
    const char *provenance;  /* "measured", "simulated", "counted" */
    const char *outcome;     /* "right", "unchecked", "wrong", "failed" */
    const char *reason;      /* NULL: none */
};

struct table {
    struct table_row *rows;
    size_t n, room;
    bool failed; /* memory was out */
    struct bench_arm **kept;
    int n_kept;
};

/* The arm's rows: its outcome with the error of its outputs, then, unless it is wrong, its times, each
 * the median over its processes with the order-statistic interval; throughput and ratios to `first`
 * (NULL: none) only of what is right. The arms must outlive the table. */
void table_add_arm(struct table *table, const struct bench_arm *arm, const struct bench_arm *first,
    const struct bench_settings *settings);
/* The arm, with its operator's name and its work's, becomes the table's. */
void table_keep_arm(struct table *table, struct bench_arm *arm);
void table_free(struct table *table);

/* Returns 0, or -1 and *error. */
int table_print(
    const struct table *table, enum bench_format format, FILE *out, struct error *error);

#endif
