/* SPDX-License-Identifier: MIT */
#include "experiment/plan.h"

#include "measure/random.h"

#include <stdlib.h>
#include <string.h>

uint64_t plan_trial_seed(uint64_t run_seed, const char *arm, unsigned block) {
    uint64_t state = run_seed;
    uint64_t seed = random_next(&state);
    for (const char *c = arm; *c; c++) {
        state = seed ^ (unsigned char)*c;
        seed = random_next(&state);
    }
    state = seed ^ block;
    return random_next(&state);
}

struct plan_trial *plan_make(
    const struct experiment *experiment, const struct options *options, size_t *n) {
    size_t count = 0;
    unsigned n_blocks = 0;
    for (size_t i = 0; i < experiment->n_arms; i++) {
        if (!options_arm_chosen(options, &experiment->arms[i]))
            continue;
        unsigned blocks = options_arm_blocks(options, &experiment->arms[i]);
        count += blocks;
        n_blocks = blocks > n_blocks ? blocks : n_blocks;
    }
    struct plan_trial *plan = calloc(count ? count : 1, sizeof *plan);
    if (!plan)
        return NULL;
    uint64_t state = options->seed;
    size_t at = 0;
    for (unsigned block = 0; block < n_blocks; block++) {
        size_t first = at;
        for (size_t i = 0; i < experiment->n_arms; i++)
            if (options_arm_chosen(options, &experiment->arms[i]) &&
                block < options_arm_blocks(options, &experiment->arms[i]))
                plan[at++] = (struct plan_trial){.arm = (unsigned)i, .block = block};
        for (size_t left = at - first; left > 1 && !options->listed_order; left--) {
            size_t pick = first + random_below(&state, left);
            struct plan_trial swap = plan[pick];
            plan[pick] = plan[first + left - 1];
            plan[first + left - 1] = swap;
        }
    }
    *n = at;
    return plan;
}
