/* SPDX-License-Identifier: MIT
 *
 * The order in which the trials of a run are done: block after block, the trials of a block shuffled
 * among each other, so that drift of the machine hits all arms alike.
 */
#ifndef ANEPROBE_RECORD_ORDER_H
#define ANEPROBE_RECORD_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of a run's first job. Jobs are numbered in the order in which they are started; that number
 * is a trial's place in its run, and there is no other. */
enum { ORDER_FIRST_JOB = 1 };

struct order_arm {
    unsigned blocks; /* trials of this arm, one in each of the first so many blocks */
    bool last;       /* its trials come after those of all arms that are not */
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
