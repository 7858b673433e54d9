/* SPDX-License-Identifier: MIT
 *
 * Looks at growing samples: by simulation, the intervals of all looks hold the truth at once as often as
 * they say. Seeds are fixed: a test passes always or never.
 */
#include "measure/stats.h"
#include "record/looks.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static void near(double value, double expected, double tolerance) {
    cr_assert(fabs(value - expected) <= tolerance, "%.12g is not %.12g", value, expected);
}

/* By each look 5 % of t^1.5 is spent, and by the last one all of it. */
Test(stats_looks, spends_what_it_says) {
    static const double fraction[] = {0.25, 7.0 / 12, 0.75, 1};
    double spent = 0;
    for (size_t n = 1; n <= 4; n++) {
        spent += 1 - stats_looks_level(0.95, fraction, n);
        near(spent, 0.05 * pow(fraction[n - 1], 1.5), 1e-12);
    }
    near(spent, 0.05, 1e-12);
}

Test(stats_looks, one_look_is_the_level) {
    static const double all[] = {1}, falls[] = {0.5, 0.5}, beyond[] = {1.5};
    near(stats_looks_level(0.95, all, 1), 0.95, 0);
    near(stats_looks_level(0.99, NULL, 0), 0.99, 0);
    /* an interval that claims nothing */
    near(stats_looks_level(0.95, falls, 2), 1, 0);
    near(stats_looks_level(0.95, beyond, 1), 1, 0);
}

/* Medians of processes are what many experiments judge by: an interval must exist at the looks that are
 * to stop at, and at the end of a short plan. */
Test(stats_looks, medians_have_intervals) {
    static const double twelve[] = {3.0 / 12, 7.0 / 12, 1}, six[] = {3.0 / 6, 1};
    static const double x[] = {1, 2, 3, 4, 5, 6, 7};
    cr_assert(isfinite(stats_median_interval(x, 7, stats_looks_level(0.95, twelve, 2)).low));
    cr_assert(isfinite(stats_median_interval(x, 6, stats_looks_level(0.95, six, 2)).low));
}

enum { ROUNDS = 4000, MOST_BLOCKS = 36 };

/* How often any of the planned looks at samples of up to `planned`, or the end, misses: with the level
 * that a look has or, to see that looking matters, as if each were the only one. */
static double miss_rate(unsigned planned, bool is_median, bool only_look) {
    double fraction[LOOKS_MOST], level[LOOKS_MOST], x[MOST_BLOCKS];
    struct looks looks = {.planned = planned};
    unsigned missed = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20261130);
    for (unsigned blocks = 1; blocks <= planned; blocks++)
        if (looks_after(blocks, planned))
            looks_add(&looks, blocks);
    looks_add_end(&looks);
    for (unsigned k = 0; k < looks.n; k++) {
        fraction[k] = (double)looks.blocks[k] / planned;
        level[k] = only_look ? 0.95 : stats_looks_level(0.95, fraction, k + 1);
    }
    for (int round = 0; round < ROUNDS; round++) {
        bool miss = false;
        for (unsigned i = 0; i < planned; i++)
            x[i] = is_median ? exp(gsl_ran_gaussian(rng, 0.5)) - 1 : gsl_ran_gaussian(rng, 1);
        for (unsigned k = 0; k < looks.n; k++) {
            const struct stats_interval v =
                is_median ? stats_median_interval(x, looks.blocks[k], level[k])
                          : stats_mean_interval(x, looks.blocks[k], level[k]);
            miss = miss || v.low > 0 || v.high < 0;
        }
        missed += miss;
    }
    gsl_rng_free(rng);
    return (double)missed / ROUNDS;
}

Test(stats_looks, intervals_hold_at_all_looks) {
    static const unsigned planned[] = {3, 4, 6, 8, 10, 12, 18, 36};
    const double error = 3 * sqrt(0.05 * 0.95 / ROUNDS);
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++) {
        const double mean = miss_rate(planned[i], false, false);
        const double median = miss_rate(planned[i], true, false);
        cr_assert(mean <= 0.05 + error, "means of %u: %.4f", planned[i], mean);
        cr_assert(mean >= 0.035, "means of %u: %.4f, more could be used", planned[i], mean);
        cr_assert(median <= 0.05 + error, "medians of %u: %.4f", planned[i], median);
    }
    cr_assert(miss_rate(12, false, true) > 0.05 + 2 * error, "three looks at 95 %% each must show");
}
