/* SPDX-License-Identifier: MIT
 *
 * Which trials a run has and in what order: block after block, each block's arms shuffled.
 */
#ifndef ANEPROBE_EXPERIMENT_PLAN_H
#define ANEPROBE_EXPERIMENT_PLAN_H

#include "experiment/options.h"

struct plan_trial {
    unsigned arm; /* index */
    unsigned block;
};

/* Same options, same plan. Returns an array to free(), its length in *n; NULL when memory is out.
 */
struct plan_trial *plan_make(
    const struct experiment *experiment, const struct options *options, size_t *n);

/* The seed of one trial. It depends on nothing but these three, so that a trial done again, alone
 * or in another order, is the same trial. */
uint64_t plan_trial_seed(uint64_t run_seed, const char *arm, unsigned block);

/* The stream behind every seeded choice here: splitmix64 (Steele, Lea, Flood 2014). */
uint64_t random_next(uint64_t *state);
/* By which it counts its state up. */
#define RANDOM_STEP UINT64_C(0x9E3779B97F4A7C15)
/* 0 .. n-1, each equally likely; n > 0. */
uint64_t random_below(uint64_t *state, uint64_t n);

#endif
