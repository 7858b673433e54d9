/* SPDX-License-Identifier: MIT
 *
 * What was found out, one number a row, and the forms in which it is printed.
 */
#ifndef ANEPROBE_BENCH_FILE_TABLE_H
#define ANEPROBE_BENCH_FILE_TABLE_H

#include "bench_file/arm.h"

#include <stdio.h>

struct bench_row {
    const char *file, *operator_name;
    const char *device, *chip, *os, *clock;
    const char *metric, *unit;
    double value, low, high; /* NaN: not known; low and high at 95 % */
    size_t n;                /* values that it is the median of */
    const char *n_unit;      /* "processes", "evals"; NULL: none */
    const char *provenance;  /* "measured", "simulated" */
    const char *outcome;     /* "right", "unchecked", "wrong", "failed" */
    const char *reason;      /* NULL: none */
};

struct bench_table {
    struct bench_row *rows;
    size_t n, room;
    bool failed; /* memory was out */
    struct bench_arm **kept;
    int n_kept;
};

/* The arm's rows: its outcome with the error of its outputs, then, unless it is wrong, its times, each
 * the median over its processes with the order-statistic interval; throughput and ratios to `first`
 * (NULL: none) only of what is right. The arms must outlive the table. */
void bench_table_add_arm(struct bench_table *table, const struct bench_arm *arm,
    const struct bench_arm *first, const struct bench_settings *settings);
/* The arm, with its operator's name and its work's, becomes the table's. */
void bench_table_keep_arm(struct bench_table *table, struct bench_arm *arm);
void bench_table_free(struct bench_table *table);

/* Returns 0, or -1 and *error. */
int bench_table_print(
    const struct bench_table *table, enum table_format format, FILE *out, struct error *error);

#endif
