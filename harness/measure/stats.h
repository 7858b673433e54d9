/* SPDX-License-Identifier: MIT
 *
 * Statistics of the suite. Every function takes samples in any order, leaves them as they are, and
 * says what its interval is. Distributions and random numbers are GSL's. `level` is the coverage,
 * 0.95 for a 95 % interval. Resampling is seeded: same samples and seed, same numbers.
 */
#ifndef ANEPROBE_MEASURE_STATS_H
#define ANEPROBE_MEASURE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* estimate with a two-sided interval; low = -inf or high = inf where n does not allow a bound */
struct stats_interval {
    double estimate, low, high;
};

double stats_median(const double *x, size_t n);             /* NaN for n = 0 */
double stats_quantile(const double *x, size_t n, double q); /* Hyndman-Fan type 7 */
double stats_mean(const double *x, size_t n);
double stats_sd(const double *x, size_t n); /* n - 1 in the divisor */
/* Samples beyond 3 scaled MADs from the median. Counted, never dropped. */
size_t stats_outliers(const double *x, size_t n);

/* Order-statistic (distribution-free, binomial) interval of a quantile; coverage at least `level`.
 * For p99 this needs 299 samples for a finite upper bound. */
struct stats_interval stats_quantile_interval(const double *x, size_t n, double q, double level);
struct stats_interval stats_median_interval(const double *x, size_t n, double level);

/* median(a) / median(b), independent groups, percentile bootstrap. */
struct stats_interval stats_ratio_of_medians(
    const double *a, size_t n_a, const double *b, size_t n_b, double level, uint64_t seed);
/* Hodges-Lehmann shift a - b with its interval from the Mann-Whitney distribution. */
struct stats_interval stats_hodges_lehmann(
    const double *a, size_t n_a, const double *b, size_t n_b, double level);
/* One-sample Hodges-Lehmann (median of Walsh averages) with its signed-rank interval. */
struct stats_interval stats_pseudomedian(const double *x, size_t n, double level);

/* Two-sided Mann-Whitney p value: exact without ties and n_a*n_b <= 10000, else normal with tie and
 * continuity correction. */
double stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b);

/* Two one-sided t tests (Welch) that the mean of a - b lies in (-margin, margin); the larger p. */
double stats_tost(const double *a, size_t n_a, const double *b, size_t n_b, double margin);
/* Two one-sided t tests on paired differences that their mean lies in (low, high). */
double stats_tost_paired(const double *difference, size_t n, double low, double high);

/* Holm's step-down: adjusted p values in place of p. */
void stats_holm(double *p, size_t n);

/* Clopper-Pearson interval of a rate, k of n. */
struct stats_interval stats_rate(uint64_t k, uint64_t n, double level);

/* Theil-Sen slope of y on x with Sen's interval (Kendall). */
struct stats_interval stats_theil_sen(const double *x, const double *y, size_t n, double level);

/* Two line segments that meet at `at`, fitted by least squares over all breaks between x values;
 * the break's interval is the set of breaks that an F test at `level` does not reject. `p` tests
 * two segments against one line. */
struct stats_segments {
    struct stats_interval at;
    double intercept, slope_before, slope_after;
    double p;
};
int stats_two_segments(const double *x, const double *y, size_t n, double level,
    struct stats_segments *out); /* -1 when n < 8 or x has fewer than 4 distinct values */

#endif
