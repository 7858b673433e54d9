/* SPDX-License-Identifier: MIT
 *
 * The order of trials: shuffled within blocks, every place equally likely, the same for the same seed.
 */
#include "record/order.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Each of three arms is first in a third of the blocks: of 6000, 2000 with a standard deviation of
 * 36.5. A shuffle that favours a place is off by hundreds. The seed is fixed, so the result is always the same.
 * */
Test(order, every_place_is_as_likely) {
    enum { BLOCKS = 6000 };
    static const struct order_arm three[] = {{BLOCKS, false}, {BLOCKS, false}, {BLOCKS, false}};
    const uint64_t seed = 42;
    int n[3][3] = {{0}};
    size_t n_trials;
    struct order_trial *trials = order_make(three, 3, &seed, &n_trials);
    cr_assert_eq(n_trials, 3 * BLOCKS);
    for (size_t i = 0; i < n_trials; i++) {
        cr_assert_eq(trials[i].block, i / 3);
        n[trials[i].arm][i % 3]++;
    }
    for (int arm = 0; arm < 3; arm++)
        for (int place = 0; place < 3; place++)
            cr_assert(n[arm][place] > 1850 && n[arm][place] < 2150, "arm %d place %d: %d", arm,
                place, n[arm][place]);
    free(trials);
}

Test(order, as_listed_without_a_seed) {
    static const struct order_arm arms[] = {{2, false}, {0, false}, {3, false}};
    static const struct order_trial expected[] = {{0, 0}, {2, 0}, {0, 1}, {2, 1}, {2, 2}};
    size_t n;
    struct order_trial *trials = order_make(arms, 3, NULL, &n);
    cr_assert_eq(n, 5);
    for (size_t i = 0; i < n; i++)
        cr_assert(trials[i].arm == expected[i].arm && trials[i].block == expected[i].block);
    free(trials);
}

Test(order, last_arms_come_last) {
    static const struct order_arm arms[] = {{3, true}, {1, false}, {2, false}};
    const uint64_t seed = 5;
    size_t n;
    struct order_trial *trials = order_make(arms, 3, &seed, &n);
    cr_assert_eq(n, 6);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(trials[i].arm == 0, i >= 3);
    free(trials);
}
