/* SPDX-License-Identifier: MIT
 *
 * One line on a terminal that says what runs and what is left; nothing anywhere else.
 */
#ifndef ANEPROBE_RUNNER_RUN_PROGRESS_H
#define ANEPROBE_RUNNER_RUN_PROGRESS_H

#include "runner/run/journal.h"

#include <stdio.h>

/* Time left after the jobs of the journal: each job left is expected to take as long as its arm's
 * jobs took so far, or as the mean job where its arm has had none. 0 when nothing has been done. */
uint64_t progress_left_ms(const struct schedule *schedule, const struct journal *journal);

/* The line for the job about to start, over the last one. `out` that is no terminal stays silent.
 */
void progress_show(FILE *out, const struct schedule *schedule, const struct journal *journal);
void progress_clear(FILE *out);

#endif
