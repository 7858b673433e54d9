/* SPDX-License-Identifier: MIT */
#include "record/order.h"

#include "measure/random.h"

#include <stdlib.h>

static void block_shuffle(struct order_trial *trials, size_t n, uint64_t *state) {
    for (size_t left = n; left > 1; left--) {
        size_t pick = random_below(state, left);
        struct order_trial swap = trials[pick];
        trials[pick] = trials[left - 1];
        trials[left - 1] = swap;
    }
}

struct order_trial *order_make(
    const struct order_arm *arms, size_t n_arms, const uint64_t *seed, size_t *n) {
    size_t count = 0, at = 0;
    unsigned n_blocks = 0;
    for (size_t i = 0; i < n_arms; i++) {
        count += arms[i].blocks;
        n_blocks = arms[i].blocks > n_blocks ? arms[i].blocks : n_blocks;
    }
    *n = count;
    struct order_trial *trials = calloc(count + 1, sizeof *trials);
    uint64_t state = seed ? *seed : 0;
    for (int part = 0; trials && part < 2; part++)
        for (unsigned block = 0; block < n_blocks; block++) {
            size_t first = at;
            for (size_t i = 0; i < n_arms; i++)
                if (arms[i].last == (part == 1) && block < arms[i].blocks)
                    trials[at++] = (struct order_trial){.arm = i, .block = block};
            if (seed)
                block_shuffle(trials + first, at - first, &state);
        }
    return trials;
}
