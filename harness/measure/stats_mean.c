/* SPDX-License-Identifier: MIT
 *
 * Means, by Student's and Welch's t.
 */
#include "measure/stats_private.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

double stats_mean(const double *x, size_t n) {
    return n ? gsl_stats_mean(x, 1, n) : NAN;
}

double stats_sd(const double *x, size_t n) {
    return n >= 2 ? gsl_stats_sd(x, 1, n) : NAN;
}

/* A mean, or a difference of two, with its standard error and degrees of freedom (0 = unknown). */
struct t_estimate {
    double mean, se, df;
};

static struct t_estimate estimate_mean(const double *x, size_t n) {
    if (n < 2)
        return (struct t_estimate){stats_mean(x, n), NAN, 0};
    return (struct t_estimate){stats_mean(x, n), stats_sd(x, n) / sqrt((double)n), (double)n - 1};
}

static struct t_estimate estimate_difference(
    const double *a, size_t n_a, const double *b, size_t n_b) {
    struct t_estimate ea = estimate_mean(a, n_a), eb = estimate_mean(b, n_b);
    struct t_estimate difference = {ea.mean - eb.mean, NAN, 0};
    if (ea.df == 0 || eb.df == 0)
        return difference;
    double va = ea.se * ea.se, vb = eb.se * eb.se;
    difference.se = sqrt(va + vb);
    /* Welch-Satterthwaite; without any spread, any number will do */
    difference.df =
        va + vb > 0 ? (va + vb) * (va + vb) / (va * va / ea.df + vb * vb / eb.df) : ea.df + eb.df;
    return difference;
}

static struct stats_interval interval_of(struct t_estimate e, double level) {
    if (e.df == 0)
        return stats_unbounded(e.mean);
    double half = gsl_cdf_tdist_Pinv(0.5 + level / 2, e.df) * e.se;
    return (struct stats_interval){e.mean, e.mean - half, e.mean + half};
}

/* The larger p of the tests against mean <= low and against mean >= high. */
static double tost_of(struct t_estimate e, double low, double high) {
    if (e.df == 0)
        return 1;
    if (e.se == 0)
        return low < e.mean && e.mean < high ? 0 : 1;
    double p_low = gsl_cdf_tdist_Q((e.mean - low) / e.se, e.df);
    double p_high = gsl_cdf_tdist_P((e.mean - high) / e.se, e.df);
    return fmax(p_low, p_high);
}

struct stats_interval stats_mean_interval(const double *x, size_t n, double level) {
    return interval_of(estimate_mean(x, n), level);
}

struct stats_interval stats_difference_of_means(
    const double *a, size_t n_a, const double *b, size_t n_b, double level) {
    return interval_of(estimate_difference(a, n_a, b, n_b), level);
}

double stats_tost(const double *a, size_t n_a, const double *b, size_t n_b, double margin) {
    return tost_of(estimate_difference(a, n_a, b, n_b), -margin, margin);
}

double stats_tost_paired(const double *difference, size_t n, double low, double high) {
    return tost_of(estimate_mean(difference, n), low, high);
}
