/* SPDX-License-Identifier: MIT
 *
 * A program run by hand: all its trials, then its judgement.
 */
#ifndef ANEPROBE_EXPERIMENT_RUN_H
#define ANEPROBE_EXPERIMENT_RUN_H

#include "experiment/options.h"

/* Returns the program's exit code. `program` is argv[0], to start trials with. */
int run_all(
    const struct experiment *experiment, const struct options *options, const char *program);

/* The claims that verdicts are about. */
const char *run_findings_path(const struct options *options);

#endif
