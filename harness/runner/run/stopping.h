/* SPDX-License-Identifier: MIT
 *
 * Drops a run's trials when nothing depends on them any more. At the planned looks (record/looks.h)
 * an experiment judges its samples so far; when every claim is decided, its remaining trials are
 * dropped, with that status in jobs.csv. Everything else follows from schedule.csv and jobs.csv, so
 * that a run that is resumed, judged again or submitted has the same looks.
 */
#ifndef ANEPROBE_RUNNER_RUN_STOPPING_H
#define ANEPROBE_RUNNER_RUN_STOPPING_H

#include "record/looks.h"
#include "runner/run/journal.h"

/* How far an experiment got. */
struct standing {
    struct looks looks;                  /* made, the last being the present */
    unsigned blocks;                     /* done when it stopped; planned, when it did not */
    size_t n_planned, n_done, n_dropped; /* trials */
};

/* The value of `trials` in settings.csv. */
const char *stopping_setting(bool fixed);
bool stopping_is_fixed(const struct csv_table *settings);

/* `fixed`: no looks but the one at the end. */
void stopping_find(const struct schedule *schedule, const struct journal *journal,
    const char *experiment, bool fixed, struct standing *standing);

#endif
