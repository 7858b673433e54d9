/* SPDX-License-Identifier: MIT
 *
 * The statistics in the cases that go wrong most easily: few, equal, tied or many samples; and against slow
 * computations straight from the definitions.
 */
#include "measure/stats.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

static bool is_unbounded(struct stats_interval v) {
    return v.low == -INFINITY && v.high == INFINITY;
}

static bool is(struct stats_interval v, double estimate, double low, double high) {
    return v.estimate == estimate && v.low == low && v.high == high;
}

static const double some[] = {3, 1, 2};

Test(stats_edges, no_samples) {
    cr_assert(isnan(stats_median(some, 0)) && isnan(stats_mean(some, 0)));
    cr_assert(isnan(stats_sd(some, 0)) && isnan(stats_quantile(some, 0, 0.9)));
    cr_assert(stats_outliers(some, 0) == 0);
    struct stats_interval all[] = {stats_median_interval(some, 0, 0.95),
        stats_mean_interval(some, 0, 0.95), stats_difference_of_means(some, 0, some, 3, 0.95),
        stats_ratio_of_medians(some, 3, some, 0, 0.95, 1),
        stats_hodges_lehmann(some, 0, some, 3, 0.95), stats_hodges_lehmann(some, 3, some, 0, 0.95),
        stats_pseudomedian(some, 0, 0.95), stats_theil_sen(some, some, 0, 0.95)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cr_assert(isnan(all[i].estimate) && is_unbounded(all[i]), "%zu", i);
    cr_assert(stats_mann_whitney(some, 0, some, 3) == 1);
    cr_assert(stats_mann_whitney(some, 3, some, 0) == 1);
    cr_assert(stats_signed_rank(some, 0) == 1);
    cr_assert(stats_tost(some, 0, some, 3, 100) == 1);
    cr_assert(stats_tost_paired(some, 0, -100, 100) == 1);
    struct stats_interval rate = stats_rate(0, 0, 0.95);
    cr_assert(isnan(rate.estimate) && rate.low == 0 && rate.high == 1);
    struct stats_lines s;
    cr_assert(stats_two_lines(some, some, 0, 0.95, 1, &s) == -1);
    stats_holm(NULL, 0);
}

Test(stats_edges, one_sample_estimates_and_claims_nothing) {
    cr_assert(stats_median(some, 1) == 3 && stats_mean(some, 1) == 3 && isnan(stats_sd(some, 1)));
    struct stats_interval all[] = {stats_median_interval(some, 1, 0.95),
        stats_mean_interval(some, 1, 0.95), stats_pseudomedian(some, 1, 0.95)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cr_assert(all[i].estimate == 3 && is_unbounded(all[i]), "%zu", i);
    struct stats_interval v = stats_hodges_lehmann(some, 1, some + 1, 1, 0.95);
    cr_assert(v.estimate == 2 && is_unbounded(v));
    v = stats_difference_of_means(some, 1, some, 3, 0.95);
    cr_assert(v.estimate == 1 && is_unbounded(v));
    v = stats_ratio_of_medians(some, 1, some + 2, 1, 0.95, 1);
    cr_assert(v.estimate == 1.5 && is_unbounded(v));
    v = stats_theil_sen(some, some, 1, 0.95);
    cr_assert(isnan(v.estimate) && is_unbounded(v));
    cr_assert(stats_mann_whitney(some, 1, some + 1, 1) == 1);
    cr_assert(stats_signed_rank(some, 1) == 1);
    cr_assert(stats_tost(some, 1, some, 3, 100) == 1);
    cr_assert(stats_tost_paired(some, 1, -100, 100) == 1);
}

Test(stats_edges, equal_samples) {
    double x[20], index[20];
    for (int i = 0; i < 20; i++) {
        x[i] = 7;
        index[i] = i;
    }
    cr_assert(is(stats_median_interval(x, 20, 0.95), 7, 7, 7));
    cr_assert(is(stats_mean_interval(x, 20, 0.95), 7, 7, 7));
    cr_assert(is(stats_pseudomedian(x, 20, 0.95), 7, 7, 7));
    cr_assert(is(stats_ratio_of_medians(x, 20, x, 9, 0.95, 1), 1, 1, 1));
    cr_assert(is(stats_hodges_lehmann(x, 20, x, 9, 0.95), 0, 0, 0));
    cr_assert(is(stats_difference_of_means(x, 20, x, 9, 0.95), 0, 0, 0));
    cr_assert(is(stats_theil_sen(index, x, 20, 0.95), 0, 0, 0));
    cr_assert(isnan(stats_theil_sen(x, index, 20, 0.95).estimate)); /* a vertical line */
    cr_assert(stats_outliers(x, 20) == 0);
    x[3] = 7.5;
    cr_assert(stats_outliers(x, 20) == 1); /* the MAD is 0 */
    x[3] = 7;
    cr_assert(stats_mann_whitney(x, 20, x, 9) == 1);
    cr_assert(stats_signed_rank(x, 20) < 0.01);
    cr_assert(stats_tost(x, 20, x, 9, 0.1) == 0);
    cr_assert(stats_tost_paired(x, 20, 6.9, 7.1) == 0);
    cr_assert(stats_tost_paired(x, 20, 7, 7.1) == 1); /* the margin itself is not inside */
    struct stats_lines s;
    cr_assert(stats_two_lines(x, x, 20, 0.95, 1, &s) == -1);
    cr_assert(stats_two_lines(index, x, 20, 0.95, 1, &s) == 0);
    cr_assert(isnan(s.at.estimate) && is_unbounded(s.at) && s.p == 1);
    cr_assert(
        is(s.slowdown, 1, 1, 1) && fabs(s.slope_before) < 1e-12 && fabs(s.slope_after) < 1e-12);
}

Test(stats_edges, ratio_of_medians) {
    static const double a[] = {10, 11, 12, 13, 14}, b[] = {1, 2, 3, 4, 5};
    struct stats_interval v = stats_ratio_of_medians(a, 5, b, 5, 0.95, 7);
    cr_assert(v.estimate == 4);
    cr_assert(v.low >= 2 && v.low < 4 && v.high > 4 && v.high <= 14);
    struct stats_interval again = stats_ratio_of_medians(a, 5, b, 5, 0.95, 7);
    cr_assert(v.low == again.low && v.high == again.high); /* same seed, same numbers */
    /* A wider level gives a wider interval. */
    struct stats_interval half = stats_ratio_of_medians(a, 5, b, 5, 0.5, 7);
    cr_assert(half.low > v.low && half.high < v.high);
    cr_assert(is_unbounded(stats_ratio_of_medians(a, 4, b, 5, 0.95, 7)));
    cr_assert(is_unbounded(stats_ratio_of_medians(a, 5, b, 4, 0.95, 7)));
    static const double zero[] = {1, 2, 0, 4, 5};
    v = stats_ratio_of_medians(a, 5, zero, 5, 0.95, 7);
    cr_assert(isnan(v.estimate) && is_unbounded(v));
}

/* GSL takes 32 bits; the upper half of the seed must not be lost. */
Test(stats_edges, every_bit_of_the_seed_counts) {
    double a[50], b[50];
    for (int i = 0; i < 50; i++) {
        a[i] = 100 + i * i * 0.37;
        b[i] = 50 + i * 1.1;
    }
    struct stats_interval v = stats_ratio_of_medians(a, 50, b, 50, 0.5, 1);
    struct stats_interval w = stats_ratio_of_medians(a, 50, b, 50, 0.5, 1 | UINT64_C(1) << 40);
    cr_assert(v.estimate == w.estimate);
    cr_assert(v.low != w.low || v.high != w.high);
}

/* Random samples, every third time with many ties. */
static void draw(gsl_rng *rng, double *x, size_t n, bool tied) {
    for (size_t i = 0; i < n; i++)
        x[i] = tied ? (double)gsl_rng_uniform_int(rng, 5) : gsl_ran_cauchy(rng, 1);
}

static double middle(const double *sorted, size_t n) {
    return n % 2 ? sorted[n / 2] : 0.5 * sorted[n / 2 - 1] + 0.5 * sorted[n / 2];
}

Test(stats_edges, hodges_lehmann_is_the_median_of_all_pairs) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    static double a[40], b[40], pairs[40 * 41];
    for (int round = 0; round < 200; round++) {
        size_t n_a = 1 + gsl_rng_uniform_int(rng, 40), n_b = 1 + gsl_rng_uniform_int(rng, 40),
               n = 0;
        draw(rng, a, n_a, round % 3 == 0);
        draw(rng, b, n_b, round % 3 == 0);
        for (size_t i = 0; i < n_a; i++)
            for (size_t k = 0; k < n_b; k++)
                pairs[n++] = a[i] - b[k];
        gsl_sort(pairs, 1, n);
        cr_assert(stats_hodges_lehmann(a, n_a, b, n_b, 0.95).estimate == middle(pairs, n));
        n = 0;
        for (size_t i = 0; i < n_a; i++)
            for (size_t k = i; k < n_a; k++)
                pairs[n++] = 0.5 * a[i] + 0.5 * a[k];
        gsl_sort(pairs, 1, n);
        cr_assert(stats_pseudomedian(a, n_a, 0.95).estimate == middle(pairs, n));
    }
    gsl_rng_free(rng);
}

/* Theil-Sen over two x values is the Hodges-Lehmann shift; here both count alike. */
Test(stats_edges, slope_between_two_groups_is_their_shift) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double x[24], y[24];
    for (int round = 0; round < 20; round++) {
        draw(rng, y, 24, false);
        for (int i = 0; i < 24; i++)
            x[i] = i < 12;
        struct stats_interval slope = stats_theil_sen(x, y, 24, 0.95);
        struct stats_interval shift = stats_hodges_lehmann(y, 12, y + 12, 12, 0.95);
        cr_assert(is(slope, shift.estimate, shift.low, shift.high));
    }
    gsl_rng_free(rng);
}

/* The bounds against resampling by hand, for odd and even n. */
Test(stats_edges, bootstrap_is_that_of_resampling) {
    enum { RESAMPLES = 20000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    static double ratio[RESAMPLES];
    double a[40], b[41], drawn[41];
    for (int i = 0; i < 40; i++)
        a[i] = exp(gsl_ran_gaussian(rng, 1));
    for (int i = 0; i < 41; i++)
        b[i] = exp(gsl_ran_gaussian(rng, 1));
    for (int swap = 0; swap < 2; swap++) {
        const double *top = swap ? b : a, *bottom = swap ? a : b;
        size_t n_top = swap ? 41 : 40, n_bottom = swap ? 40 : 41;
        for (int k = 0; k < RESAMPLES; k++) {
            gsl_ran_sample(rng, drawn, n_top, (void *)(uintptr_t)top, n_top, sizeof *top);
            ratio[k] = stats_median(drawn, n_top);
            gsl_ran_sample(
                rng, drawn, n_bottom, (void *)(uintptr_t)bottom, n_bottom, sizeof *bottom);
            ratio[k] /= stats_median(drawn, n_bottom);
        }
        struct stats_interval v = stats_ratio_of_medians(top, n_top, bottom, n_bottom, 0.8, 3);
        size_t below = 0, above = 0;
        for (int k = 0; k < RESAMPLES; k++) {
            below += ratio[k] < v.low;
            above += ratio[k] > v.high;
        }
        /* 0.1 within three standard errors of 5000 resamples there */
        cr_assert(fabs((double)below / RESAMPLES - 0.1) < 0.013, "%zu", below);
        cr_assert(fabs((double)above / RESAMPLES - 0.1) < 0.013, "%zu", above);
    }
    gsl_rng_free(rng);
}

/* The interval holds the shifts that the test of the same name does not reject at 1 - level. */
Test(stats_edges, rank_intervals_invert_their_tests) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double a[12], b[9], shifted[12];
    for (int round = 0; round < 60; round++) {
        draw(rng, a, 12, false);
        draw(rng, b, 9, false);
        struct stats_interval v = stats_hodges_lehmann(a, 12, b, 9, 0.9);
        struct stats_interval w = stats_pseudomedian(a, 12, 0.9);
        static const double off[] = {-1e-9, 1e-9};
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < 12; i++)
                shifted[i] = a[i] - (v.low + off[side]);
            cr_assert((stats_mann_whitney(shifted, 12, b, 9) > 0.1) == (side == 1));
            for (int i = 0; i < 12; i++)
                shifted[i] = a[i] - (v.high - off[side]);
            cr_assert((stats_mann_whitney(shifted, 12, b, 9) > 0.1) == (side == 1));
            for (int i = 0; i < 12; i++)
                shifted[i] = a[i] - (w.low + off[side]);
            cr_assert((stats_signed_rank(shifted, 12) > 0.1) == (side == 1));
        }
    }
    gsl_rng_free(rng);
}

/* Where counting gives way to the normal distribution, both must agree. */
Test(stats_edges, exact_and_normal_meet) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    static double a[201], b[101];
    draw(rng, a, 201, false);
    draw(rng, b, 101, false);
    for (int i = 0; i < 201; i++)
        a[i] += 0.35;
    double exact = stats_mann_whitney(a, 100, b, 100), normal = stats_mann_whitney(a, 100, b, 101);
    cr_assert(exact > 0.001 && exact < 0.5 && normal > exact / 2 && normal < exact * 2);
    struct stats_interval v = stats_hodges_lehmann(a, 100, b, 100, 0.95);
    struct stats_interval w = stats_hodges_lehmann(a, 100, b, 101, 0.95);
    cr_assert(fabs((v.high - v.low) / (w.high - w.low) - 1) < 0.05);
    exact = stats_signed_rank(a, 200);
    normal = stats_signed_rank(a, 201);
    cr_assert(exact < 0.5 && normal > exact / 2 && normal < exact * 2);
    v = stats_pseudomedian(a, 200, 0.95);
    w = stats_pseudomedian(a, 201, 0.95);
    cr_assert(fabs((v.high - v.low) / (w.high - w.low) - 1) < 0.05);
    static double x[61];
    for (int i = 0; i < 61; i++)
        x[i] = i;
    v = stats_theil_sen(x, b, 60, 0.95);
    w = stats_theil_sen(x, b, 61, 0.95);
    cr_assert(fabs((v.high - v.low) / (w.high - w.low) - 1) < 0.1);
    gsl_rng_free(rng);
}

Test(stats_edges, many_samples) {
    enum { MANY = 20000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double *a = malloc(MANY * sizeof *a), *b = malloc(MANY * sizeof *b);
    for (int i = 0; i < MANY; i++) {
        a[i] = 100 + gsl_ran_gaussian(rng, 1);
        b[i] = a[i] + i * 0.001;
    }
    double se = 1 / sqrt(MANY);
    struct stats_interval v = stats_pseudomedian(a, MANY, 0.95);
    cr_assert(fabs(v.estimate - 100) < 5 * se);
    cr_assert(fabs((v.high - v.low) / (2 * 1.96 * se) - 1) < 0.1); /* 0.955 efficient */
    v = stats_hodges_lehmann(a, MANY / 2, a + MANY / 2, MANY / 2, 0.95);
    cr_assert(fabs((v.high - v.low) / (2 * 1.96 * 2 * se) - 1) < 0.1);
    for (int i = 0; i < MANY; i++)
        a[i] = i;
    v = stats_theil_sen(a, b, MANY, 0.95); /* thinned to 4096 points */
    cr_assert(v.low < 0.001 && v.high > 0.001 && v.high - v.low < 2e-5);
    struct stats_interval rate = stats_rate(UINT64_C(1) << 40, UINT64_C(1) << 41, 0.95);
    cr_assert(rate.low < 0.5 && rate.high > 0.5);
    free(a);
    free(b);
    gsl_rng_free(rng);
}

/* Clopper-Pearson by its definition: at the bounds, k is just as extreme as the level allows. */
Test(stats_edges, rate_bounds_have_exact_tails) {
    for (unsigned n = 1; n <= 60; n += 7)
        for (unsigned k = 0; k <= n; k++) {
            struct stats_interval v = stats_rate(k, n, 0.9);
            double upper = gsl_cdf_binomial_P(k, v.high, n);
            double lower = k ? gsl_cdf_binomial_Q(k - 1, v.low, n) : 0.05;
            cr_assert(k == n ? v.high == 1 : fabs(upper - 0.05) < 1e-9);
            cr_assert(k == 0 ? v.low == 0 : fabs(lower - 0.05) < 1e-9);
        }
}
