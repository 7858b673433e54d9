/* SPDX-License-Identifier: MIT
 *
 * The last lines of a run: the number of findings by verdict, and caveats before quoting any.
 */
#ifndef ANEPROBE_RUNNER_RUN_TOTALS_H
#define ANEPROBE_RUNNER_RUN_TOTALS_H

#include "runner/run/session.h"

/* From the existing verdicts.csv. Returns 0, or -1 and *error. */
int totals_put(FILE *out, const struct session *session, struct error *error);

#endif
