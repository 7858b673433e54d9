/* SPDX-License-Identifier: MIT
 *
 * Order statistics: median, quantiles, outliers, and intervals that hold for any distribution.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double *stats_sorted(const double *x, size_t n) {
    if (n == 0 || n > SIZE_MAX / sizeof *x)
        return NULL;
    double *copy = stats_alloc(n, sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, x, n * sizeof *copy);
    gsl_sort(copy, 1, n);
    return copy;
}

struct stats_interval stats_unbounded(double estimate) {
    return (struct stats_interval){estimate, -INFINITY, INFINITY};
}

double stats_median(const double *x, size_t n) {
    return stats_quantile(x, n, 0.5);
}

double stats_quantile(const double *x, size_t n, double q) {
    double *sorted = stats_sorted(x, n);
    if (!sorted)
        return NAN;
    double value = gsl_stats_quantile_from_sorted_data(sorted, 1, n, q);
    free(sorted);
    return value;
}

size_t stats_outliers(const double *x, size_t n) {
    double median = stats_median(x, n);
    double *distance = n ? stats_alloc(n, sizeof *distance) : NULL;
    if (!distance)
        return 0;
    for (size_t i = 0; i < n; i++)
        distance[i] = fabs(x[i] - median);
    /* 1.4826 makes the MAD of normal samples their standard deviation. */
    double limit = 3 * 1.4826 * stats_median(distance, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += distance[i] > limit;
    free(distance);
    return count;
}

/* Rounding in the distribution function must not move a rank. */
static const double slack = 1e-12;

/* The rank of the lower bound, 0 = none: one more than the largest k for which the probability that
 * at most k of n samples lie below the quantile is at most `tail`. It grows with k, so k is
 * bisected. */
static size_t rank_low(size_t n, double q, double tail) {
    size_t low = 0, high = n; /* P(B <= low - 1) <= tail < P(B <= high) = 1 */
    while (low < high) {
        size_t k = low + (high - low) / 2;
        if (gsl_cdf_binomial_P((unsigned)k, q, (unsigned)n) <= tail + slack)
            low = k + 1;
        else
            high = k;
    }
    return low;
}

/* By symmetry; n + 1 = none. */
static size_t rank_high(size_t n, double q, double tail) {
    return n + 1 - rank_low(n, 1 - q, tail);
}

struct stats_interval stats_quantile_interval(const double *x, size_t n, double q, double level) {
    double *sorted = stats_sorted(x, n);
    if (!sorted)
        return stats_unbounded(NAN);
    double alpha = 1 - level;
    size_t low = rank_low(n, q, alpha / 2), high = rank_high(n, q, alpha / 2);
    /* If one side has no bound, dividing alpha unequally may give it one. */
    if (high > n && low >= 1 && pow(q, (double)n) <= alpha + slack) {
        high = n;
        low = rank_low(n, q, alpha - pow(q, (double)n));
    } else if (low < 1 && high <= n && pow(1 - q, (double)n) <= alpha + slack) {
        low = 1;
        high = rank_high(n, q, alpha - pow(1 - q, (double)n));
    }
    struct stats_interval interval = {gsl_stats_quantile_from_sorted_data(sorted, 1, n, q),
        low >= 1 ? sorted[low - 1] : -INFINITY, high <= n ? sorted[high - 1] : INFINITY};
    free(sorted);
    return interval;
}

struct stats_interval stats_median_interval(const double *x, size_t n, double level) {
    return stats_quantile_interval(x, n, 0.5, level);
}
