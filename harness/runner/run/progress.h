/* SPDX-License-Identifier: MIT
 *
 * One line on a terminal that says what runs and what is left; elsewhere one line per minute.
 */
#ifndef ANEPROBE_RUNNER_RUN_PROGRESS_H
#define ANEPROBE_RUNNER_RUN_PROGRESS_H

#include "runner/run/journal.h"

#include <stdio.h>

/* Time left after the jobs of the journal: each remaining job is expected to take as long as its
 * arm's mean so far, or the mean of all jobs if its arm has had none. 0 when nothing is done. */
uint64_t progress_left_ms(const struct schedule *schedule, const struct journal *journal);

/* The line for the job about to start, over the last one. Where `out` is no terminal: a line, when the
 * last one, or the first call, is a minute ago by the host's clock; *said_ns is its time, 0 at first. */
void progress_show(
    FILE *out, const struct schedule *schedule, const struct journal *journal, uint64_t *said_ns);
void progress_clear(FILE *out);

#endif
