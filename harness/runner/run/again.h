/* SPDX-License-Identifier: MIT
 *
 * Trials that were disturbed are repeated when the plan is done: each repetition is a further row of
 * schedule.csv, with a job number of its own.
 */
#ifndef ANEPROBE_RUNNER_RUN_AGAIN_H
#define ANEPROBE_RUNNER_RUN_AGAIN_H

#include "runner/run/journal.h"

#include <stdbool.h>

/* The job whose trial is the next to be repeated, in a schedule whose jobs are all done. Every disturbed trial is
 * repeated once, then those that were disturbed again; only those of experiments whose times are wanted
 * (record/claims.h) and not decided. False when there is none, when all have been repeated
 * DISTURBED_ASKS_AGAIN times, and when the last DISTURBED_IN_VAIN repetitions were disturbed as well. */
bool again_next(const struct schedule *schedule, const struct journal *journal,
    const struct csv_table *claims, size_t *index);

/* Counts of trials: an arm of an experiment in a block is one trial. */
struct again_count {
    size_t n_disturbed; /* in their first job */
    size_t n_again;     /* jobs beyond the plan */
    size_t n_left;      /* disturbed each time */
};
struct again_count again_count(const struct schedule *schedule, const struct journal *journal);

#endif
