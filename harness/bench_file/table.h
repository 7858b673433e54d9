/* SPDX-License-Identifier: MIT
 *
 * The results, one number per row, and the formats in which they are printed.
 */
#ifndef ANEPROBE_BENCH_FILE_TABLE_H
#define ANEPROBE_BENCH_FILE_TABLE_H

#include "bench_file/arm.h"

#include <stdio.h>

struct bench_row {
    const char *file, *size, *operator_name;
    const char *device, *chip, *os, *clock;
    const char *metric, *unit;
    double value, low, high;                         /* NaN: unknown; low and high at 95 % */
    size_t n;                                        /* number of values behind the median */
    const char *n_unit;                              /* "processes", "evals"; NULL: none */
    const char *provenance;                          /* "measured", "simulated" */
    const char *outcome;                             /* "right", "unchecked", "wrong", "failed" */
    const char *reason;                              /* NULL: none */
    const char *power_source, *power_mode, *thermal; /* "": not asked */
};

struct bench_table {
    struct bench_row *rows;
    size_t n, room;
    bool failed; /* out of memory */
    struct bench_arm **kept;
    int n_kept;
};

/* The arm's rows: its outcome with the error of its outputs, then, unless it is wrong, its times,
 * each the median over its processes with the order-statistic interval; throughput and ratios to
 * `first` (NULL: none) only if it is right. The arms must outlive the table. */
void bench_table_add_arm(struct bench_table *table, const struct bench_arm *arm,
    const struct bench_arm *first, const struct bench_settings *settings);
/* The table takes over the arm, with the names of its operator and folder. */
void bench_table_keep_arm(struct bench_table *table, struct bench_arm *arm);
void bench_table_free(struct bench_table *table);

/* Returns 0, or -1 and *error. */
int bench_table_print(
    const struct bench_table *table, enum table_format format, FILE *out, struct error *error);

#endif
