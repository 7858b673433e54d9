/* SPDX-License-Identifier: MIT
 *
 * Two segments: exact on exact data, the best there is on noisy data, and the same in any units.
 */
#include "measure/stats.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static double bent(double x, double at) {
    return 3 + 0.5 * x + (x > at ? 2 * (x - at) : 0);
}

static void near(double value, double expected, double tolerance) {
    cr_assert(fabs(value - expected) <= tolerance, "%.12g is not %.12g", value, expected);
}

Test(stats_segments, data_without_noise) {
    static const double breaks[] = {1, 1.25, 4, 7.999, 8, 9, 18};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        double x[20], y[20];
        for (int k = 0; k < 20; k++) {
            x[k] = (k * 7) % 20; /* in any order */
            y[k] = bent(x[k], breaks[i]);
        }
        struct stats_segments s;
        cr_assert(stats_two_segments(x, y, 20, 0.95, &s) == 0);
        near(s.at.estimate, breaks[i], 1e-6);
        near(s.intercept, 3, 1e-6);
        near(s.slope_before, 0.5, 1e-6);
        near(s.slope_after, 2.5, 1e-6);
        near(s.at.estimate, breaks[i], 1e-6);
        cr_assert(s.p == 1.0 / 2000);
        if (breaks[i] > 1 && breaks[i] < 18) {
            near(s.at.low, breaks[i], 1e-4);
            near(s.at.high, breaks[i], 1e-4);
        }
    }
}

/* Nothing but the two outermost points could tell a break beyond them. */
Test(stats_segments, breaks_at_the_ends_are_not_bounded) {
    double x[20], y[20];
    struct stats_segments s;
    for (int k = 0; k < 20; k++) {
        x[k] = k;
        y[k] = bent(x[k], 0.5); /* left of the second point */
    }
    cr_assert(stats_two_segments(x, y, 20, 0.95, &s) == 0);
    cr_assert(s.at.low == -INFINITY && s.at.high < 2);
    for (int k = 0; k < 20; k++)
        y[k] = bent(x[k], 18.5);
    cr_assert(stats_two_segments(x, y, 20, 0.95, &s) == 0);
    cr_assert(s.at.low > 17 && s.at.high == INFINITY);
}

/* Residual sum of squares for a given break, by GSL's general least squares. */
static double rss_of(const double *x, const double *y, size_t n, double at) {
    gsl_matrix *m = gsl_matrix_alloc(n, 3), *cov = gsl_matrix_alloc(3, 3);
    gsl_vector *v = gsl_vector_alloc(n), *c = gsl_vector_alloc(3);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, 3);
    double rss;
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(m, i, 0, 1);
        gsl_matrix_set(m, i, 1, x[i]);
        gsl_matrix_set(m, i, 2, fmax(0, x[i] - at));
        gsl_vector_set(v, i, y[i]);
    }
    gsl_multifit_linear(m, v, c, cov, &rss, work);
    gsl_multifit_linear_free(work);
    gsl_vector_free(c);
    gsl_vector_free(v);
    gsl_matrix_free(cov);
    gsl_matrix_free(m);
    return rss;
}

Test(stats_segments, no_break_is_better_and_the_interval_is_that_of_the_f_test) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int round = 0; round < 12; round++) {
        enum { N = 16 };
        double x[N], y[N];
        for (int i = 0; i < N; i++) {
            x[i] = round % 2 ? 100 + i / 2 : 1000 * gsl_rng_uniform(rng); /* odd: all x twice */
            y[i] = bent(x[i], round % 2 ? 104 : 500) * (round % 3) + gsl_ran_gaussian(rng, 0.4);
        }
        struct stats_segments s;
        cr_assert(stats_two_segments(x, y, N, 0.9, &s) == 0);
        double sorted[N];
        size_t n = 0;
        for (int i = 0; i < N; i++) { /* distinct, sorted */
            size_t k = 0;
            while (k < n && sorted[k] < x[i])
                k++;
            if (k < n && sorted[k] == x[i])
                continue;
            for (size_t j = n++; j > k; j--)
                sorted[j] = sorted[j - 1];
            sorted[k] = x[i];
        }
        double from = sorted[1], to = sorted[n - 2];
        double best = rss_of(x, y, N, s.at.estimate);
        double f = gsl_cdf_fdist_Pinv(0.9, 1, N - 4), allowed = best * (1 + f / (N - 4));
        for (int i = 0; i <= 300; i++) {
            double at = from + (to - from) * i / 300, rss = rss_of(x, y, N, at);
            cr_assert(rss >= best * (1 - 1e-9), "better at %g than at %g", at, s.at.estimate);
            if (rss < allowed * (1 - 1e-6))
                cr_assert(at >= s.at.low && at <= s.at.high, "%g is left out", at);
        }
        if (isfinite(s.at.low))
            near(rss_of(x, y, N, s.at.low) / allowed, 1, 1e-6);
        else
            cr_assert(rss_of(x, y, N, from) <= allowed * (1 + 1e-6));
        if (isfinite(s.at.high))
            near(rss_of(x, y, N, s.at.high) / allowed, 1, 1e-6);
        else
            cr_assert(rss_of(x, y, N, to) <= allowed * (1 + 1e-6));
    }
    gsl_rng_free(rng);
}

Test(stats_segments, units_do_not_matter) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double x[30], y[30], x2[30], y2[30];
    for (int i = 0; i < 30; i++) {
        x[i] = i;
        y[i] = bent(x[i], 12) + gsl_ran_gaussian(rng, 2);
        x2[i] = 1e6 + 1e-3 * x[i];
        y2[i] = 1e9 * y[i] - 1e9;
    }
    struct stats_segments s, s2;
    cr_assert(stats_two_segments(x, y, 30, 0.95, &s) == 0);
    cr_assert(stats_two_segments(x2, y2, 30, 0.95, &s2) == 0);
    near((s2.at.estimate - 1e6) * 1e3, s.at.estimate, 1e-4);
    near((s2.at.low - 1e6) * 1e3, s.at.low, 1e-4);
    near((s2.at.high - 1e6) * 1e3, s.at.high, 1e-4);
    near(s2.slope_after / 1e12, s.slope_after, 1e-4);
    near(s2.p, s.p, 1e-12);
    gsl_rng_free(rng);
}

Test(stats_segments, too_little_to_tell) {
    static const double x[] = {1, 2, 3, 1, 2, 3, 1, 2, 3}, y[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const double seven[] = {1, 2, 3, 4, 5, 6, 7};
    struct stats_segments s;
    cr_assert(stats_two_segments(x, y, 9, 0.95, &s) == -1);
    cr_assert(stats_two_segments(seven, y, 7, 0.95, &s) == -1);
    cr_assert(stats_two_segments(y, y, 9, 0.95, &s) == 0);
    cr_assert(isnan(s.at.estimate) && s.p == 1); /* one line, without rest */
    near(s.slope_before, 1, 1e-12);
    near(s.intercept, 0, 1e-12);
}
