/* SPDX-License-Identifier: MIT
 *
 * The report of a judged run, by plots/report.sh.
 */
#ifndef ANEPROBE_RUNNER_RUN_REPORT_H
#define ANEPROBE_RUNNER_RUN_REPORT_H

#include "runner/run/run_directory.h"

/* Starts the script and waits for it; its messages go to our stderr. -1 and *error with the
 * script's exit code when it did not write the report. */
int report_write(const struct run *run, struct error *error);

#endif
