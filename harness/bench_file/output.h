/* SPDX-License-Identifier: MIT
 *
 * The folder of --out: samples.csv (every eval), table.csv and latency.svg.
 */
#ifndef ANEPROBE_BENCH_FILE_OUTPUT_H
#define ANEPROBE_BENCH_FILE_OUTPUT_H

#include "bench_file/table.h"

/* Creates the folder; it must be new or empty, so that nothing is overwritten, otherwise *error. */
int out_folder_check(const char *out, struct error *error);
/* Returns 0, or -1 and *error; the figure needs gnuplot, and without it is omitted with a message.
 */
int output_write(const char *out, const struct bench_settings *settings,
    const struct bench_arm *arms, int n_arms, const struct bench_table *table, struct error *error);

#endif
