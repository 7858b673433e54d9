/* SPDX-License-Identifier: MIT
 *
 * How long a run will take, from what the same trials took in earlier runs of this machine.
 */
#ifndef ANEPROBE_RUNNER_RUN_EXPECT_H
#define ANEPROBE_RUNNER_RUN_EXPECT_H

#include "runner/run/session.h"

struct expectation {
    uint64_t
        known_ms;   /* of the trials whose arm ran before: the arm's mean in the newest such run */
    size_t n_known; /* trials */
    uint64_t limits_ms; /* of the others, if each ran into its time limit */
};

/* Of the jobs that are still to be done. Looks at the newest runs of the same device and preset in
 * `results`, the machine's folder; what cannot be read there is passed over. */
void expect_make(
    const struct session *session, const char *results, struct expectation *expectation);

#endif
