/* SPDX-License-Identifier: MIT
 *
 * Exact null distributions of the rank statistics, by counting. Only additions of positive numbers,
 * so nothing cancels; counts beyond 2^53 are accurate to a double's relative precision.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* Counts to cumulative probabilities. */
static void accumulate(double *count, size_t n, double total) {
    double sum = 0;
    for (size_t v = 0; v < n; v++) {
        sum += count[v];
        count[v] = sum / total;
    }
}

/* Orders of i a's and j b's with u pairs (a > b): either the largest is a b, or it is an a and
 * exceeds all j: f(i, j, u) = f(i, j - 1, u) + f(i - 1, j, u - j). */
double *stats_null_mann_whitney(size_t n_a, size_t n_b, size_t *n_values) {
    size_t rows = n_a < n_b ? n_a : n_b, columns = n_a < n_b ? n_b : n_a;
    size_t n = rows * columns / 2 + 1;
    double *f = stats_alloc((rows + 1) * n, sizeof *f); /* f[j][u], for the current i */
    double *result = stats_alloc(n, sizeof *result);
    if (!f || !result)
        goto fail;
    for (size_t j = 0; j <= rows; j++)
        f[j * n] = 1;
    double total = 1;
    for (size_t i = 1; i <= columns; i++) {
        total *= (double)(rows + i) / (double)i;
        for (size_t j = 1; j <= rows; j++) {
            double *at = f + j * n;
            const double *shorter = at - n;
            size_t top = i * j < n - 1 ? i * j : n - 1;
            for (size_t u = top; u >= j; u--) /* downwards: at[u - j] is still that of i - 1 */
                at[u] = shorter[u] + at[u - j];
            for (size_t u = 0; u < j && u <= top; u++)
                at[u] = shorter[u];
        }
    }
    for (size_t u = 0; u < n; u++)
        result[u] = f[rows * n + u];
    accumulate(result, n, total);
    free(f);
    *n_values = n;
    return result;
fail:
    free(f);
    free(result);
    return NULL;
}

/* Sums of subsets of 1..n. */
double *stats_null_signed_rank(size_t n, size_t *n_values) {
    size_t half = n * (n + 1) / 4 + 1;
    double *count = stats_alloc(half, sizeof *count);
    if (!count)
        return NULL;
    count[0] = 1;
    for (size_t rank = 1; rank <= n; rank++)
        for (size_t v = half - 1; v >= rank; v--)
            count[v] += count[v - rank];
    accumulate(count, half, pow(2, (double)n));
    *n_values = half;
    return count;
}

/* Inversions of permutations: the i-th element adds 0..i - 1 of them, equally likely. */
double *stats_null_discordant(size_t n, size_t *n_values) {
    size_t half = n * (n - 1) / 4 + 1;
    double *p = stats_alloc(half, sizeof *p), *next = stats_alloc(half, sizeof *next);
    if (!p || !next)
        goto fail;
    p[0] = 1;
    for (size_t i = 2; i <= n; i++) {
        for (size_t v = 0; v < half; v++) {
            double sum = 0;
            for (size_t k = 0; k < i && k <= v; k++)
                sum += p[v - k];
            next[v] = sum / (double)i;
        }
        double *swap = p;
        p = next;
        next = swap;
    }
    accumulate(p, half, 1);
    free(next);
    *n_values = half;
    return p;
fail:
    free(p);
    free(next);
    return NULL;
}

size_t stats_cut_exact(const double *cumulative, size_t n_values, double tail) {
    size_t cut = 0;
    while (cut < n_values && cumulative[cut] <= tail * (1 + 1e-12))
        cut++;
    return cut;
}

/* With continuity correction. */
size_t stats_cut_normal(double mean, double sd, double tail) {
    double cut = floor(mean + gsl_cdf_ugaussian_Pinv(tail) * sd + 0.5);
    return cut > 0 ? (size_t)cut : 0;
}
