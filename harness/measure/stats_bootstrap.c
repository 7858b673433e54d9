/* SPDX-License-Identifier: MIT
 *
 * Percentile bootstrap of a ratio of medians.
 *
 * A resample's median is drawn directly: the k-th smallest of n random indices is where the k-th
 * smallest of n uniform numbers falls, which is beta distributed, and the next one is the least of
 * n - k uniform numbers above it. The same distribution as resampling and sorting, at O(1) each.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { RESAMPLES = 5000 };

gsl_rng *stats_rng_new(uint64_t seed) {
    gsl_set_error_handler_off(); /* otherwise running out of memory ends the program */
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng)
        stats_memory_fail();
    else
        gsl_rng_set(rng, (unsigned long)((seed ^ seed >> 32) & 0xffffffffu)); /* it takes 32 bits */
    return rng;
}

static double at_uniform(const double *sorted, size_t n, double u) {
    size_t i = (size_t)(u * (double)n);
    return sorted[i < n ? i : n - 1];
}

static double resample_median(gsl_rng *rng, const double *sorted, size_t n) {
    size_t k = (n + 1) / 2;
    double u = gsl_ran_beta(rng, (double)k, (double)(n - k + 1));
    double median = at_uniform(sorted, n, u);
    if (n % 2 == 0) {
        double next = 1 - (1 - u) * pow(gsl_rng_uniform_pos(rng), 1 / (double)(n - k));
        median = (median + at_uniform(sorted, n, next)) / 2;
    }
    return median;
}

struct stats_interval stats_ratio_of_medians(
    const double *a, size_t n_a, const double *b, size_t n_b, double level, uint64_t seed) {
    struct stats_interval result = stats_unbounded(NAN);
    double *sorted_a = stats_sorted(a, n_a), *sorted_b = stats_sorted(b, n_b);
    double *ratio = stats_alloc(RESAMPLES, sizeof *ratio);
    gsl_rng *rng = stats_rng_new(seed);
    if (!sorted_a || !sorted_b || !ratio || !rng || !(sorted_b[0] > 0))
        goto done;
    result.estimate = gsl_stats_median_from_sorted_data(sorted_a, 1, n_a) /
                      gsl_stats_median_from_sorted_data(sorted_b, 1, n_b);
    if (n_a < STATS_BOOTSTRAP_MIN || n_b < STATS_BOOTSTRAP_MIN)
        goto done;
    for (int i = 0; i < RESAMPLES; i++) {
        double numerator = resample_median(rng, sorted_a, n_a);
        ratio[i] = numerator / resample_median(rng, sorted_b, n_b);
    }
    gsl_sort(ratio, 1, RESAMPLES);
    result.low = gsl_stats_quantile_from_sorted_data(ratio, 1, RESAMPLES, (1 - level) / 2);
    result.high = gsl_stats_quantile_from_sorted_data(ratio, 1, RESAMPLES, (1 + level) / 2);
done:
    if (rng)
        gsl_rng_free(rng);
    free(ratio);
    free(sorted_a);
    free(sorted_b);
    return result;
}
