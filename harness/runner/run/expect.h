/* SPDX-License-Identifier: MIT
 *
 * Estimates how long a run will take, from the same trials in earlier runs on this machine.
 */
#ifndef ANEPROBE_RUNNER_RUN_EXPECT_H
#define ANEPROBE_RUNNER_RUN_EXPECT_H

#include "runner/run/session.h"

struct expectation {
    uint64_t known_ms;  /* for trials whose arm ran before: the arm's mean in the newest such run */
    size_t n_known;     /* trials */
    uint64_t limits_ms; /* for the others, if each reached its time limit */
};

/* For the remaining jobs. Reads the newest runs of the same device and preset in `results`, the
 * machine's folder; unreadable ones are skipped. */
void expect_make(
    const struct session *session, const char *results, struct expectation *expectation);

#endif
