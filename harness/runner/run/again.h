/* SPDX-License-Identifier: MIT
 *
 * Trials that were disturbed are asked again when the plan is done: each is a further row of
 * schedule.csv, with a job number of its own.
 */
#ifndef ANEPROBE_RUNNER_RUN_AGAIN_H
#define ANEPROBE_RUNNER_RUN_AGAIN_H

#include "runner/run/journal.h"

#include <stdbool.h>

/* Which job's trial is the next to be asked again, of a schedule whose jobs are all done? Each once, then
 * each that was disturbed again; only those of programs whose times are wanted (record/claims.h) and not
 * decided. False when there is none, when all have been asked as
 * often as DISTURBED_ASKS_AGAIN, and when the last DISTURBED_IN_VAIN were disturbed all the same. */
bool again_next(const struct schedule *schedule, const struct journal *journal,
    const struct csv_table *claims, size_t *index);

/* How trials came out: an arm of a program in a block is one trial. */
struct again_count {
    size_t n_disturbed; /* when they were first asked */
    size_t n_again;     /* jobs beyond the plan */
    size_t n_left;      /* disturbed each time */
};
struct again_count again_count(const struct schedule *schedule, const struct journal *journal);

#endif
