/* SPDX-License-Identifier: MIT
 *
 * Rank tests: Mann-Whitney for two groups, Wilcoxon's signed ranks for paired differences.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* Ranks from 1, tied values sharing their mean rank. *ties = sum of t^3 - t over groups of t. */
static int rank(const double *x, size_t n, double *ranks, double *ties) {
    size_t *order = stats_alloc(n, sizeof *order);
    if (!order)
        return -1;
    gsl_sort_index(order, x, 1, n);
    *ties = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && x[order[end]] == x[order[i]])
            end++;
        double t = (double)(end - i);
        *ties += t * t * t - t;
        for (size_t k = i; k < end; k++)
            ranks[order[k]] = ((double)i + 1 + (double)end) / 2;
        i = end;
    }
    free(order);
    return 0;
}

static double p_normal(double statistic, double mean, double sd) {
    if (!(sd > 0))
        return 1;
    double z = (fabs(statistic - mean) - 0.5) / sd;
    return z > 0 ? 2 * gsl_cdf_ugaussian_Q(z) : 1;
}

/* `statistic` is a whole number, symmetric about mean. Frees `cumulative`. */
static double p_exact(double *cumulative, double statistic, double mean) {
    if (!cumulative)
        return 1;
    double smaller = statistic <= mean ? statistic : 2 * mean - statistic;
    double p = 2 * cumulative[(size_t)(smaller + 0.25)];
    free(cumulative);
    return fmin(p, 1);
}

double stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b) {
    if (n_a == 0 || n_b == 0)
        return 1;
    size_t n = n_a + n_b, n_values;
    double ties, p = 1;
    double *all = stats_alloc(n, sizeof *all), *ranks = stats_alloc(n, sizeof *ranks);
    if (!all || !ranks)
        goto done;
    for (size_t i = 0; i < n; i++)
        all[i] = i < n_a ? a[i] : b[i - n_a];
    if (rank(all, n, ranks, &ties) != 0)
        goto done;
    double da = (double)n_a, db = (double)n_b, u = -da * (da + 1) / 2;
    for (size_t i = 0; i < n_a; i++)
        u += ranks[i];
    double mean = da * db / 2;
    if (ties == 0 && da * db <= EXACT_PAIRS) {
        p = p_exact(stats_null_mann_whitney(n_a, n_b, &n_values), u, mean);
    } else {
        double dn = da + db;
        p = p_normal(u, mean, sqrt(da * db / 12 * (dn + 1 - ties / (dn * (dn - 1)))));
    }
done:
    free(all);
    free(ranks);
    return p;
}

double stats_signed_rank(const double *difference, size_t n) {
    size_t n_used = 0, n_values;
    double ties, p = 1;
    double *size = n ? stats_alloc(n, sizeof *size) : NULL,
           *ranks = n ? stats_alloc(n, sizeof *ranks) : NULL;
    if (!size || !ranks)
        goto done;
    for (size_t i = 0; i < n; i++)
        if (difference[i] != 0)
            size[n_used++] = fabs(difference[i]);
    if (n_used == 0 || rank(size, n_used, ranks, &ties) != 0)
        goto done;
    double v = 0, d = (double)n_used, mean = d * (d + 1) / 4;
    for (size_t i = 0, k = 0; i < n; i++)
        if (difference[i] != 0)
            v += difference[i] > 0 ? ranks[k++] : (k++, 0);
    if (ties == 0 && n_used == n && n <= EXACT_SIGNED)
        p = p_exact(stats_null_signed_rank(n, &n_values), v, mean);
    else
        p = p_normal(v, mean, sqrt(d * (d + 1) * (2 * d + 1) / 24 - ties / 48));
done:
    free(size);
    free(ranks);
    return p;
}
