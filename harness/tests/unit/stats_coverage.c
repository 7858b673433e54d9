/* SPDX-License-Identifier: MIT
 *
 * Intervals by simulation: each must contain the truth as often as its level says, within three standard errors
 * of the simulation. If the true coverage is known to differ from the level (ranks are whole numbers), it must
 * have that value. Seeds are fixed: a test passes always or never.
 */
#include "measure/stats.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static gsl_rng *rng;

static void set_up(void) {
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20260301);
}

static void tear_down(void) {
    gsl_rng_free(rng);
}

TestSuite(stats_coverage, .init = set_up, .fini = tear_down);

/* skewed, with median 1 */
static double draw_skewed(void) {
    return exp(gsl_ran_gaussian(rng, 0.5));
}

static int holds(struct stats_interval v, double truth) {
    return v.low <= truth && truth <= v.high;
}

static void covers(int hits, int rounds, double low, double high) {
    double rate = (double)hits / rounds, coverage = 0.5 * (low + high);
    double error = 3 * sqrt(coverage * (1 - coverage) / rounds);
    cr_assert(rate >= low - error, "%.4f is below %.4f", rate, low);
    cr_assert(rate <= high + error, "%.4f is above %.4f", rate, high);
}

enum { ROUNDS = 4000 };

/* P(2 <= B <= 8) for B ~ Bin(10, 1/2) is 0.97852. */
Test(stats_coverage, median) {
    int hits = 0;
    double x[10];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 10; i++)
            x[i] = draw_skewed();
        hits += holds(stats_median_interval(x, 10, 0.95), 1);
    }
    covers(hits, ROUNDS, 0.97852, 0.97852);
}

/* Lower quartile of 40: at least 0.9, each side missed at most 0.05. */
Test(stats_coverage, quartile) {
    int below = 0, above = 0;
    double x[40];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 40; i++)
            x[i] = gsl_rng_uniform(rng);
        struct stats_interval v = stats_quantile_interval(x, 40, 0.25, 0.9);
        below += v.high < 0.25;
        above += v.low > 0.25;
    }
    covers(ROUNDS - below, ROUNDS, 0.95, 0.975);
    covers(ROUNDS - above, ROUNDS, 0.95, 0.975);
}

Test(stats_coverage, mean) {
    int hits = 0;
    double x[4];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 4; i++)
            x[i] = 5 + gsl_ran_gaussian(rng, 3);
        hits += holds(stats_mean_interval(x, 4, 0.95), 5);
    }
    covers(hits, ROUNDS, 0.95, 0.95);
}

Test(stats_coverage, difference_of_means) {
    int hits = 0;
    double a[6], b[12];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 6; i++)
            a[i] = 2 + gsl_ran_gaussian(rng, 3);
        for (int i = 0; i < 12; i++)
            b[i] = gsl_ran_gaussian(rng, 1);
        hits += holds(stats_difference_of_means(a, 6, b, 12, 0.9), 2);
    }
    covers(hits, ROUNDS, 0.895, 0.905); /* Welch is close, not exact */
}

Test(stats_coverage, ratio_of_medians) {
    enum { FEW = 300 };
    int hits[2] = {0};
    double a[15], b[15];
    for (int round = 0; round < FEW; round++)
        for (int size = 0; size < 2; size++) {
            size_t n = size ? 15 : 5;
            for (size_t i = 0; i < n; i++) {
                a[i] = 3 * draw_skewed();
                b[i] = draw_skewed();
            }
            hits[size] += holds(stats_ratio_of_medians(a, n, b, n, 0.95, (uint64_t)round), 3);
        }
    covers(hits[0], FEW, 0.95, 0.98);
    covers(hits[1], FEW, 0.95, 0.98);
}

/* Of the 252 orders of 5 and 5, 1 + 1 + 2 have U <= 2: coverage 1 - 2 * 4 / 252. */
Test(stats_coverage, hodges_lehmann) {
    int hits = 0;
    double a[5], b[5];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 5; i++) {
            a[i] = 10 + draw_skewed();
            b[i] = draw_skewed();
        }
        hits += holds(stats_hodges_lehmann(a, 5, b, 5, 0.95), 10);
    }
    covers(hits, ROUNDS, 1 - 8.0 / 252, 1 - 8.0 / 252);
}

/* Beyond counting, the normal distribution: 150 against 100. */
Test(stats_coverage, hodges_lehmann_of_many) {
    enum { FEW = 600 };
    int hits = 0;
    double a[150], b[100];
    for (int round = 0; round < FEW; round++) {
        for (int i = 0; i < 150; i++)
            a[i] = gsl_rng_uniform(rng);
        for (int i = 0; i < 100; i++)
            b[i] = gsl_rng_uniform(rng);
        hits += holds(stats_hodges_lehmann(a, 150, b, 100, 0.9), 0);
    }
    covers(hits, FEW, 0.9, 0.905);
}

/* Of the 256 signs of 8, 5 have V <= 3. */
Test(stats_coverage, pseudomedian) {
    int hits = 0;
    double x[8];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 8; i++)
            x[i] = 4 + gsl_ran_cauchy(rng, 1);
        hits += holds(stats_pseudomedian(x, 8, 0.95), 4);
    }
    covers(hits, ROUNDS, 1 - 10.0 / 256, 1 - 10.0 / 256);
}

/* Of the 720 orders of 6, 1 + 5 have at most one inversion, 14 more have two: 1 - 2 * 6 / 720. */
Test(stats_coverage, theil_sen) {
    int hits = 0;
    double x[6], y[6];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 6; i++) {
            x[i] = i * i;
            y[i] = 1 - 2 * x[i] + gsl_ran_cauchy(rng, 1);
        }
        hits += holds(stats_theil_sen(x, y, 6, 0.95), -2);
    }
    covers(hits, ROUNDS, 1 - 12.0 / 720, 1 - 12.0 / 720);
}

/* Every x three times. */
Test(stats_coverage, theil_sen_with_ties) {
    enum { FEW = 2000 };
    int hits = 0;
    double x[24], y[24];
    for (int round = 0; round < FEW; round++) {
        for (int i = 0; i < 24; i++) {
            x[i] = i / 3;
            y[i] = x[i] + gsl_ran_gaussian(rng, 5);
        }
        hits += holds(stats_theil_sen(x, y, 24, 0.95), 1);
    }
    covers(hits, FEW, 0.95, 0.96);
}

/* Summed, not simulated: P(interval holds p) over all k. */
Test(stats_coverage, rate) {
    for (int n = 1; n <= 40; n += 13)
        for (double p = 0.01; p < 1; p += 0.033) {
            double covered = 0;
            for (int k = 0; k <= n; k++)
                if (holds(stats_rate((uint64_t)k, (uint64_t)n, 0.95), p))
                    covered += gsl_ran_binomial_pdf((unsigned)k, p, (unsigned)n);
            cr_assert(covered >= 0.95, "n = %d, p = %g: %g", n, p, covered);
        }
}

/* A jump and a bend, with relative errors; the truth lies between two x values. */
Test(stats_coverage, two_lines) {
    enum { FEW = 200, N = 24 };
    int at[2] = {0}, slowdown = 0;
    double x[N], y[N];
    for (int round = 0; round < FEW; round++)
        for (int jump = 0; jump < 2; jump++) {
            struct stats_lines s;
            for (int i = 0; i < N; i++) {
                x[i] = 1 + i / 2; /* all x twice */
                y[i] = 3 + x[i] + (x[i] > 7.3 ? (jump ? 2 : 2 * (x[i] - 7.3)) : 0);
                y[i] *= 1 + gsl_ran_gaussian(rng, jump ? 0.06 : 0.03);
            }
            cr_assert(stats_two_lines(x, y, N, 0.9, (uint64_t)round, &s) == 0);
            at[jump] += holds(s.at, 7.3);
            slowdown += jump && holds(s.slowdown, 17.0 / 15);
        }
    covers(at[1], FEW, 0.9, 1); /* a gap is not cut in two */
    covers(at[0], FEW, 0.9, 1);
    covers(slowdown, FEW, 0.85, 0.95); /* residuals are few */
}
