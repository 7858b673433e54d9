/* SPDX-License-Identifier: MIT
 *
 * An experiment run by hand: all its trials, then its judgement.
 */
#ifndef ANEPROBE_EXPERIMENT_RUN_H
#define ANEPROBE_EXPERIMENT_RUN_H

#include "experiment/options.h"

/* Leaves the experiment's exit code in *error, and a text if it is not printed yet. Returns 0, or -1
 * when it did not complete. */
int run_all(
    const struct experiment *experiment, const struct options *options, struct error *error);

/* The path of the claims that are judged. */
const char *run_findings_path(const struct options *options);

#endif
