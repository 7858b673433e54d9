/* SPDX-License-Identifier: MIT
 *
 * One trial: open the device, run the arm, write its rows and its end row.
 */
#ifndef ANEPROBE_EXPERIMENT_TRIAL_H
#define ANEPROBE_EXPERIMENT_TRIAL_H

#include "base/exit_code.h"
#include "experiment/options.h"

struct trial_place {
    const struct experiment_arm *arm;
    unsigned block, job;
};

/* Writes header, rows and end row to `out`, row by row. The device is open for the trial only.
 * Returns its exit code; anything but EXIT_DONE leaves a sentence in `reason`. */
enum exit_code trial_run(const struct experiment *experiment, const struct options *options,
    const struct trial_place *place, FILE *out, char *reason, size_t reason_size);

/* What a trial is of; lives as long as it. */
struct trial_origin {
    const struct experiment *experiment;
    const struct options *options;
    const struct trial_place *place;
};
const struct trial_origin *trial_origin(const struct trial *t);

/* The seed of one trial. It depends on nothing but these three, so that a trial done again, alone
 * or in another order, is the same trial. */
uint64_t trial_seed(uint64_t run_seed, const char *arm, unsigned block);

#endif
