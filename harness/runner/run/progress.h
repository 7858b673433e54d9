/* SPDX-License-Identifier: MIT
 *
 * One line on a terminal that says what runs and what is left; elsewhere one line per minute.
 */
#ifndef ANEPROBE_RUNNER_RUN_PROGRESS_H
#define ANEPROBE_RUNNER_RUN_PROGRESS_H

#include "runner/run/journal.h"

#include <stdbool.h>
#include <stdio.h>

/* What is known of a job before the run, from other runs. */
struct progress_prior {
    double ms;       /* if it is done; NaN = not known */
    bool is_dropped; /* by a look */
};

struct progress {
    const struct schedule *schedule;
    const struct journal *journal;
    const bool *dropped; /* jobs that will not be done; NULL = all will be, without looks */
    unsigned n_claims, n_decided;        /* of the run's experiments, as of their last looks */
    const struct progress_prior *priors; /* of the schedule's first n_priors jobs; NULL = none */
    size_t n_priors;
    size_t n_before;            /* jobs that were done when it began */
    uint64_t begun_ns, said_ns; /* by the host's clock; said_ns is 0 at first */
};

/* Time left after the jobs of the journal. Each job left is expected to take as long as its arm's jobs took
 * so far; where its arm has had none, as long as before, times what this run's jobs took for each ms that
 * theirs took before; or as the mean job. It is less likely to be done past each look that is still to come: where it was dropped
 * before, that look is expected to stop its experiment, and where it was not, to go on; otherwise by the share of
 * looks that stopped an experiment so far. All of it times what the jobs that began with the run took for each ms of theirs,
 * `elapsed_ms`: in virtual time some run side by side, and looks take time, too. 0 when nothing is known. */
uint64_t progress_left_ms(const struct progress *progress, uint64_t elapsed_ms);

/* The line for the job about to start, over the last one. If `out` is not a terminal, prints a line when the
 * last one, or the first call, was a minute ago. */
void progress_show(FILE *out, struct progress *progress);
void progress_clear(FILE *out);

#endif
