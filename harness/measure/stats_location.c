/* SPDX-License-Identifier: MIT
 *
 * Hodges-Lehmann estimates: the median of all differences a - b, or of all averages of two samples,
 * with the interval of values that the corresponding rank test does not reject.
 *
 * There are n * n such values, so they are not stored: in sorted samples those below a bound are
 * counted in O(n), and the k-th is found by bisecting the bound over all doubles, which ends after
 * 64 steps at a value that occurs.
 */
#include "measure/stats_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pairwise values of sorted samples. */
struct pairs {
    const double *a, *b; /* b = NULL: averages within a */
    size_t n_a, n_b;
};

static size_t count_differences(const struct pairs *p, double bound) {
    size_t count = 0, j = 0;
    for (size_t i = 0; i < p->n_a; i++) {
        while (j < p->n_b && p->a[i] - p->b[j] > bound)
            j++;
        if (j == p->n_b)
            break;
        count += p->n_b - j;
    }
    return count;
}

static double average(double x, double y) {
    return 0.5 * x + 0.5 * y;
}

static size_t count_averages(const struct pairs *p, double bound) {
    size_t count = 0, end = p->n_a; /* x[i] with x[end - 1] and all before it is within the bound */
    for (size_t i = 0; i < end; i++) {
        while (end > i && average(p->a[i], p->a[end - 1]) > bound)
            end--;
        count += end - i;
    }
    return count;
}

/* Integers in the order of the doubles they stand for, and back. */
static uint64_t key_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double double_of(uint64_t key) {
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The k-th smallest, from 1. */
static double select_pair(const struct pairs *p, size_t k) {
    double least = p->b ? p->a[0] - p->b[p->n_b - 1] : p->a[0];
    double most = p->b ? p->a[p->n_a - 1] - p->b[0] : p->a[p->n_a - 1];
    uint64_t low = key_of(least), high = key_of(most);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        double bound = double_of(middle);
        size_t count = p->b ? count_differences(p, bound) : count_averages(p, bound);
        if (count >= k)
            high = middle;
        else
            low = middle + 1;
    }
    return double_of(low) + 0.0; /* avoid -0 */
}

/* Median, and the values with `cut` - 1 of them outside on each side. */
static struct stats_interval interval_of(const struct pairs *p, size_t n_pairs, size_t cut) {
    double median = select_pair(p, (n_pairs + 1) / 2);
    if (n_pairs % 2 == 0)
        median = average(median, select_pair(p, n_pairs / 2 + 1));
    if (cut == 0)
        return stats_unbounded(median);
    return (struct stats_interval){median, select_pair(p, cut), select_pair(p, n_pairs + 1 - cut)};
}

struct stats_interval stats_hodges_lehmann(
    const double *a, size_t n_a, const double *b, size_t n_b, double level) {
    struct stats_interval result = stats_unbounded(NAN);
    double tail = (1 - level) / 2;
    double *sorted_a = stats_sorted(a, n_a), *sorted_b = stats_sorted(b, n_b);
    if (!sorted_a || !sorted_b)
        goto done;
    size_t n_pairs = n_a * n_b, cut = 0;
    if (n_pairs <= EXACT_PAIRS) {
        size_t n_values;
        double *cumulative = stats_null_mann_whitney(n_a, n_b, &n_values);
        if (!cumulative)
            goto done;
        cut = stats_cut_exact(cumulative, n_values, tail);
        free(cumulative);
    } else {
        double n = (double)n_a + (double)n_b, product = (double)n_a * (double)n_b;
        cut = stats_cut_normal(product / 2, sqrt(product * (n + 1) / 12), tail);
    }
    struct pairs pairs = {sorted_a, sorted_b, n_a, n_b};
    result = interval_of(&pairs, n_pairs, cut);
done:
    free(sorted_a);
    free(sorted_b);
    return result;
}

struct stats_interval stats_pseudomedian(const double *x, size_t n, double level) {
    struct stats_interval result = stats_unbounded(NAN);
    double tail = (1 - level) / 2;
    double *sorted = stats_sorted(x, n);
    if (!sorted)
        return result;
    size_t cut = 0;
    if (n <= EXACT_SIGNED) {
        size_t n_values;
        double *cumulative = stats_null_signed_rank(n, &n_values);
        if (!cumulative)
            goto done;
        cut = stats_cut_exact(cumulative, n_values, tail);
        free(cumulative);
    } else {
        double d = (double)n;
        cut = stats_cut_normal(d * (d + 1) / 4, sqrt(d * (d + 1) * (2 * d + 1) / 24), tail);
    }
    struct pairs pairs = {sorted, NULL, n, 0};
    result = interval_of(&pairs, n * (n + 1) / 2, cut);
done:
    free(sorted);
    return result;
}
