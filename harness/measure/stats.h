/* SPDX-License-Identifier: MIT
 *
 * Statistics of the suite. Every function takes samples in any order, does not modify them, and
 * documents its interval. Distributions and random numbers are GSL's. `level` is the coverage, 0.95
 * for a 95 % interval. Resampling is seeded: same samples and seed, same numbers.
 *
 * Samples must be finite. Too few of them (or running out of memory) give a NaN estimate, bounds of
 * -inf and inf, and a p value of 1: never a claim. Constant samples give intervals of zero width.
 */
#ifndef ANEPROBE_MEASURE_STATS_H
#define ANEPROBE_MEASURE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* estimate with a two-sided interval; low = -inf or high = inf if n is too small for a bound */
struct stats_interval {
    double estimate, low, high;
};

double stats_median(const double *x, size_t n);             /* NaN for n = 0 */
double stats_quantile(const double *x, size_t n, double q); /* Hyndman-Fan type 7 */
double stats_mean(const double *x, size_t n);
double stats_sd(const double *x, size_t n); /* n - 1 in the divisor; NaN for n < 2 */
/* Samples beyond 3 scaled MADs from the median (if most are equal, all others). Counted, never
 * dropped. */
size_t stats_outliers(const double *x, size_t n);

/* Order-statistic (distribution-free, binomial) interval of a quantile; coverage at least `level`,
 * half of the rest on each side; if that bounds only one side, the rest is divided unequally where
 * that bounds both. At 0.95 the median needs 6 samples; p99 needs 299 for a finite upper bound. */
struct stats_interval stats_quantile_interval(const double *x, size_t n, double q, double level);
struct stats_interval stats_median_interval(const double *x, size_t n, double level);

/* Mean, and mean of a - b, with Student's and Welch's t interval; n >= 2 for bounds. The 1 - 2
 * alpha interval lies within the margin exactly when the TOST below rejects at alpha. */
struct stats_interval stats_mean_interval(const double *x, size_t n, double level);
struct stats_interval stats_difference_of_means(
    const double *a, size_t n_a, const double *b, size_t n_b, double level);

/* median(a) / median(b), independent groups, percentile bootstrap of 5000 resamples. Every b must
 * be above 0; bounded from STATS_BOOTSTRAP_MIN samples per group. */
enum { STATS_BOOTSTRAP_MIN = 5 };
struct stats_interval stats_ratio_of_medians(
    const double *a, size_t n_a, const double *b, size_t n_b, double level, uint64_t seed);
/* Hodges-Lehmann shift a - b with its interval from the Mann-Whitney distribution (exact up to
 * n_a*n_b = 10000, then normal). Any n: O(n) memory. */
struct stats_interval stats_hodges_lehmann(
    const double *a, size_t n_a, const double *b, size_t n_b, double level);
/* One-sample Hodges-Lehmann (median of Walsh averages) with its signed-rank interval (exact up
 * to n = 200, then normal). */
struct stats_interval stats_pseudomedian(const double *x, size_t n, double level);

/* Two-sided Mann-Whitney p value: exact without ties and n_a*n_b <= 10000, else normal with tie and
 * continuity correction. */
double stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b);

/* Two-sided Wilcoxon signed-rank p value of paired differences: exact without ties and zeros and
 * n <= 200, else zeros are left out and it is normal with tie and continuity correction. */
double stats_signed_rank(const double *difference, size_t n);

/* Two one-sided t tests (Welch) that the mean of a - b lies in (-margin, margin); the larger p.
 * 1 for n < 2. */
double stats_tost(const double *a, size_t n_a, const double *b, size_t n_b, double margin);
/* Two one-sided t tests on paired differences that their mean lies in (low, high). */
double stats_tost_paired(const double *difference, size_t n, double low, double high);

/* Holm's step-down: adjusted p values in place of p, NaN counting as 1. */
void stats_holm(double *p, size_t n);

/* Clopper-Pearson interval of a rate, k of n. [0, 1] for n = 0, and when n is too large for GSL
 * (about 10^7; the order-statistic intervals above have the same limit). */
struct stats_interval stats_rate(uint64_t k, uint64_t n, double level);

/* Theil-Sen slope of y on x with Sen's interval (Kendall; exact up to n = 60 without ties in x,
 * then normal). Of more than 4096 points, 4096 evenly spaced in the order of x are used. */
struct stats_interval stats_theil_sen(const double *x, const double *y, size_t n, double level);

/* Two separate lines, before and after a change, fitted by least squares of relative residuals.
 * Every gap between neighbouring x values is tried that leaves each line a sixth of them, and at
 * least 3. `at` is the middle of the gap; its interval spans the gaps chosen by a bootstrap of
 * residuals (1999 resamples), ends included. `slowdown` is the second line at the largest x divided
 * by the first line there. `p` tests two lines against one, by 1999 simulated lines (so it is at
 * least 0.0005). If one line fits exactly, `at` is NaN, the slowdown 1 and p 1. Time O(4000 n):
 * meant for n up to about 10^3. */
struct stats_lines {
    struct stats_interval at, slowdown;
    double slope_before, slope_after;
    double p;
};
/* -1: fewer than 6 different x, a y that is not above 0, or out of memory */
int stats_two_lines(const double *x, const double *y, size_t n, double level, uint64_t seed,
    struct stats_lines *out);

/* The level of the interval to take at the last of n looks at samples that are still growing, so that the
 * intervals of all looks, past and to come, hold the truth at once with a chance of at least `level`.
 * `fraction` says how much of the plan each look had, rising, in (0, 1]; fixed by the plan, not by what came
 * out. One look at all of it takes `level` itself, as do no looks. 1, which bounds nothing, where the
 * fractions do not rise. How the chance is spent, and after whom: stats_looks.c. */
double stats_looks_level(double level, const double *fraction, size_t n);

/* Whether any of these has run out of memory in this process. Its result was then NaN or unbounded,
 * as if there were no values, and must not be taken for that. */
bool stats_memory_is_out(void);

#endif
