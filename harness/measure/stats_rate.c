/* SPDX-License-Identifier: MIT
 *
 * Clopper-Pearson: the rates that neither one-sided binomial test rejects.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* Quantile of the beta distribution. Bisection, because gsl_cdf_beta_Pinv may give up and call
 * GSL's error handler, which ends the program. Returns `otherwise` when GSL has no value (a and b
 * in the millions). */
static double beta_quantile(double p, double a, double b, double otherwise) {
    double low = 0, high = 1;
    for (int i = 0; i < 200 && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle == low || middle == high)
            break;
        double probability = gsl_cdf_beta_P(middle, a, b);
        if (isnan(probability))
            return otherwise;
        if (probability < p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct stats_interval stats_rate(uint64_t k, uint64_t n, double level) {
    if (n == 0 || k > n)
        return (struct stats_interval){NAN, 0, 1};
    double tail = (1 - level) / 2, dk = (double)k, dn = (double)n;
    return (struct stats_interval){dk / dn, k == 0 ? 0 : beta_quantile(tail, dk, dn - dk + 1, 0),
        k == n ? 1 : beta_quantile(1 - tail, dk + 1, dn - dk, 1)};
}
