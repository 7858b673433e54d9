/* SPDX-License-Identifier: MIT
 *
 * Finds the operator that is slow, refused or wrong.
 */
#ifndef ANEPROBE_BENCH_FILE_OPERATORS_H
#define ANEPROBE_BENCH_FILE_OPERATORS_H

#include "bench_file/table.h"

/* Compiles and times each operator of each arm's program alone on the arm's device, and adds its
 * rows. If an arm has failed or is wrong, the smallest run of its operators that still fails is
 * found by bisection and written with its weights into a folder smallest-N in --out, else in the
 * working directory. `work` is a private folder. Returns 0, or -1 and *error. */
int operators_run(const struct bench_settings *settings, const char *program, const char *work,
    const struct bench_arm *arms, int n_arms, struct bench_table *table, struct error *error);

#endif
