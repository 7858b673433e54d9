/* SPDX-License-Identifier: MIT
 *
 * The order of a run's trials: block after block, with the trials of a block shuffled, so that
 * drift of the machine affects all arms alike.
 */
#ifndef ANEPROBE_RECORD_ORDER_H
#define ANEPROBE_RECORD_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of a run's first job. Jobs are numbered in the order in which they start; that number
 * alone is a trial's place in its run. */
enum { ORDER_FIRST_JOB = 1 };

struct order_arm {
    unsigned blocks; /* trials of this arm, one in each of that many first blocks */
    bool last;       /* its trials come after those of all other arms */
};

struct order_trial {
    size_t arm;     /* index */
    unsigned block; /* from 0 */
};

/* The same arms and seed give the same order. Shuffled as Fisher and Yates do, with SplitMix64 started at
 * *seed; seed NULL = as listed. Returns an array to free(), its length in *n; NULL when out of memory. */
struct order_trial *order_make(
    const struct order_arm *arms, size_t n_arms, const uint64_t *seed, size_t *n);

#endif
