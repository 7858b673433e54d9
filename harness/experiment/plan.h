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

/* Same options, same plan. Returns an array to free(), its length in *n; NULL when out of memory.
 */
struct plan_trial *plan_make(
    const struct experiment *experiment, const struct options *options, size_t *n);

/* The seed of one trial. It depends on nothing but these three, so that a trial done again, alone
 * or in another order, is the same trial. */
uint64_t plan_trial_seed(uint64_t run_seed, const char *arm, unsigned block);

#endif
