/* SPDX-License-Identifier: MIT
 *
 * Private to stats_*.c.
 */
#ifndef ANEPROBE_MEASURE_STATS_PRIVATE_H
#define ANEPROBE_MEASURE_STATS_PRIVATE_H

#include "measure/stats.h"

#include <gsl/gsl_rng.h>

/* Like calloc; a failure is recorded, see stats_memory_is_out(). */
void *stats_alloc(size_t n, size_t bytes);
void stats_memory_fail(void);
/* A sorted copy, to be freed; NULL when n = 0 or out of memory. */
double *stats_sorted(const double *x, size_t n);
/* `estimate` with both bounds infinite. */
struct stats_interval stats_unbounded(double estimate);
/* Mersenne Twister; NULL when out of memory. */
gsl_rng *stats_rng_new(uint64_t seed);

/* Up to these sizes (n_a*n_b; n) null distributions are exact, beyond them normal.
 */
enum { EXACT_PAIRS = 10000, EXACT_SIGNED = 200, EXACT_POINTS = 60 };

/* Null distributions of rank statistics, whose values run from 0 to a maximum and are symmetric
 * about its half. Arrays of P(V <= v) for v up to that half; to be freed, NULL = out of memory. */
double *stats_null_mann_whitney(size_t n_a, size_t n_b, size_t *n_values);
double *stats_null_signed_rank(size_t n, size_t *n_values);
double *stats_null_discordant(size_t n, size_t *n_values); /* pairs, of Kendall's statistic */

/* The number of values v with P(V <= v) <= tail. That many of the smallest (and of the largest)
 * pairwise values lie outside an interval with `tail` on either side; 0 = unbounded. */
size_t stats_cut_exact(const double *cumulative, size_t n_values, double tail);
size_t stats_cut_normal(double mean, double sd, double tail);

#endif
