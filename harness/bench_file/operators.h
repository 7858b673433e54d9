/* SPDX-License-Identifier: MIT
 *
 * Which operator is slow, refused or wrong.
 */
#ifndef ANEPROBE_BENCH_FILE_OPERATORS_H
#define ANEPROBE_BENCH_FILE_OPERATORS_H

#include "bench_file/table.h"

/* Each operator of each arm's program, compiled and timed alone on the arm's device, adds its rows.
 * Where an arm has failed or is wrong, the smallest run of its operators that still does is looked for
 * by bisection and written as smallest-N.mil beside its weights into a folder of that name: of --out,
 * else of the working directory. `work` is a private folder. Returns 0, or -1 and *error. */
int operators_run(const struct bench_settings *settings, const char *program, const char *work,
    const struct bench_arm *arms, int n_arms, struct bench_table *table, struct error *error);

#endif
