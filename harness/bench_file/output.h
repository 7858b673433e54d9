/* SPDX-License-Identifier: MIT
 *
 * The folder of --out: samples.csv (every eval), table.csv and latency.svg.
 */
#ifndef ANEPROBE_BENCH_FILE_OUTPUT_H
#define ANEPROBE_BENCH_FILE_OUTPUT_H

#include "bench_file/table.h"

/* New or empty, or *error: nothing that is there is overwritten. Makes it. */
int out_folder_check(const char *out, struct error *error);
/* Returns 0, or -1 and *error; a figure needs gnuplot, and is left out with a word where there is
 * none. */
int output_write(const char *out, const struct bench_settings *settings,
    const struct bench_arm *arms, int n_arms, const struct bench_table *table, struct error *error);

#endif
