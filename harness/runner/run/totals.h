/* SPDX-License-Identifier: MIT
 *
 * The last lines of a run: how many findings came out which way, and what to know before any of them
 * is quoted.
 */
#ifndef ANEPROBE_RUNNER_RUN_TOTALS_H
#define ANEPROBE_RUNNER_RUN_TOTALS_H

#include "runner/run/session.h"

/* From verdicts.csv as it is. Returns 0, or -1 and *error. */
int totals_put(FILE *out, const struct session *session, struct error *error);

#endif
