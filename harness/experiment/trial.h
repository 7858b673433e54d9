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
    unsigned asked_before; /* how often this trial was done and found disturbed */
    uint64_t value;        /* what the trial that started this one asks for; 0 = nothing */
};

/* Writes header, rows and end row to `out`, row by row. The device is open only during the trial.
 * Returns its exit code; unless that is EXIT_DONE, `reason` has a sentence. */
enum exit_code trial_run(const struct experiment *experiment, const struct options *options,
    const struct trial_place *place, FILE *out, char *reason, size_t reason_size);

/* What the trial runs; must live as long as it. */
struct trial_origin {
    const struct experiment *experiment;
    const struct options *options;
    const struct trial_place *place;
};
const struct trial_origin *trial_origin(const struct trial *t);
/* From now on each row is flushed, also in virtual time: others wait for it. */
void trial_rows_flushed(struct trial *t);

/* The seed of one trial. It depends only on these three, so that a trial repeated alone or in
 * another order is the same trial. */
uint64_t trial_seed(uint64_t run_seed, const char *arm, unsigned block);

#endif
