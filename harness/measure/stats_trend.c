/* SPDX-License-Identifier: MIT
 *
 * Theil-Sen: the median slope of all pairs of points, with Sen's (1968) interval.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_POINTS = 4096 }; /* 67 MB of slopes */

/* Every (n / used)-th point in the order of x, or all of them. */
static size_t take_points(
    const double *x, const double *y, size_t n, double *point_x, double *point_y, size_t *order) {
    size_t used = n < MAX_POINTS ? n : MAX_POINTS;
    gsl_sort_index(order, x, 1, n);
    for (size_t i = 0; i < used; i++) {
        size_t from = order[(size_t)((double)i * (double)n / (double)used)];
        point_x[i] = x[from];
        point_y[i] = y[from];
    }
    return used;
}

/* Slopes of all pairs with different x. */
static size_t find_slopes(const double *x, const double *y, size_t n, double *slope) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            if (x[k] != x[i])
                slope[count++] = (y[k] - y[i]) / (x[k] - x[i]);
    return count;
}

/* The number of slopes to leave out on each side, plus one; x is sorted. */
static size_t find_cut(const double *x, size_t n, size_t n_slopes, double tail) {
    double d = (double)n, variance = d * (d - 1) * (2 * d + 5);
    bool ties = false;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && x[end] == x[i])
            end++;
        double t = (double)(end - i);
        variance -= t * (t - 1) * (2 * t + 5);
        ties = ties || end - i > 1;
        i = end;
    }
    if (ties || n > EXACT_POINTS)
        return stats_cut_normal((double)n_slopes / 2, sqrt(variance / 18) / 2, tail);
    size_t n_values;
    double *cumulative = stats_null_discordant(n, &n_values);
    if (!cumulative)
        return 0;
    size_t cut = stats_cut_exact(cumulative, n_values, tail);
    free(cumulative);
    return cut;
}

struct stats_interval stats_theil_sen(const double *x, const double *y, size_t n, double level) {
    struct stats_interval result = stats_unbounded(NAN);
    if (n < 2)
        return result;
    size_t most = n < MAX_POINTS ? n : MAX_POINTS;
    double *points = stats_alloc(2 * most, sizeof *points);
    double *slope = stats_alloc(most * (most - 1) / 2, sizeof *slope);
    size_t *order = stats_alloc(n, sizeof *order);
    if (!points || !slope || !order)
        goto done;
    size_t used = take_points(x, y, n, points, points + most, order);
    size_t n_slopes = find_slopes(points, points + most, used, slope);
    if (n_slopes == 0)
        goto done;
    size_t cut = find_cut(points, used, n_slopes, (1 - level) / 2);
    result.estimate = gsl_stats_median(slope, 1, n_slopes);
    if (cut > 0 && cut <= n_slopes) {
        result.low = gsl_stats_select(slope, 1, n_slopes, cut - 1);
        result.high = gsl_stats_select(slope, 1, n_slopes, n_slopes - cut);
    }
done:
    free(points);
    free(slope);
    free(order);
    return result;
}
