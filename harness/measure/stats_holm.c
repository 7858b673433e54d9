/* SPDX-License-Identifier: MIT
 *
 * Holm's step-down procedure: bounds the chance of any false rejection among n tests, whatever
 * their dependence.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

void stats_holm(double *p, size_t n) {
    size_t *order = n ? stats_alloc(n, sizeof *order) : NULL;
    for (size_t i = 0; i < n; i++)
        if (isnan(p[i]) || !order)
            p[i] = 1; /* a test that could not be made rejects nothing */
    if (!order)
        return;
    gsl_sort_index(order, p, 1, n);
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fmin(1, (double)(n - i) * p[order[i]]));
        p[order[i]] = largest;
    }
    free(order);
}
