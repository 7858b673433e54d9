/* SPDX-License-Identifier: MIT
 *
 * Estimates how long a run will take: from the same trials in earlier runs on this machine and, for
 * those that it has not had, from what such trials took elsewhere (results/durations.csv).
 */
#ifndef ANEPROBE_RUNNER_RUN_EXPECT_H
#define ANEPROBE_RUNNER_RUN_EXPECT_H

#include "runner/run/progress.h"
#include "runner/run/session.h"

enum { EXPECT_ON_SIZE = 96 };

struct expectation {
    struct progress_prior *priors; /* of the schedule's jobs; NULL when out of memory */
    size_t n;
    /* Of the remaining jobs. */
    uint64_t here_ms, elsewhere_ms;
    size_t n_here, n_elsewhere, n_unknown;
    char elsewhere[EXPECT_ON_SIZE]; /* "cpu (AMD EPYC)" */
};

/* Reads the newest runs of the same device and preset in `results`, the machine's folder; unreadable
 * ones are skipped. Free it. */
void expect_make(
    const struct session *session, const char *results, struct expectation *expectation);
void expect_free(struct expectation *expectation);

#endif
