/* SPDX-License-Identifier: MIT
 *
 * verdicts.csv shown to people and to test harnesses.
 */
#ifndef ANEPROBE_RUNNER_RUN_VERDICTS_H
#define ANEPROBE_RUNNER_RUN_VERDICTS_H

#include "runner/run/journal.h"
#include "runner/run/run_directory.h"
#include "table/table.h"

#include <stdio.h>

/* One row per finding: its verdict and the measured value with its interval. */
int verdicts_table(const struct run *run, enum table_format format, FILE *out, struct error *error);

/* TAP 13: one line per finding, then one for each failed job. Contradicted is not a failure of this
 * suite, so it is an expected `not ok`; inconclusive and unsupported are skipped; untrusted fails.
 * `judge_error` ("" = none) is a failure of its own. */
int verdicts_tap(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const char *judge_error, FILE *out, struct error *error);

#endif
