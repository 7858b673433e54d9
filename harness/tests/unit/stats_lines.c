/* SPDX-License-Identifier: MIT
 *
 * Two lines: exact for exact data, the best possible for noisy data, and the same in any units.
 */
#include "measure/stats.h"

#include <criterion/criterion.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

/* A jump of 4 and a steeper line past `at`. */
static double broken(double x, double at) {
    return 3 + 0.5 * x + (x > at ? 4 + 2 * (x - at) : 0);
}

static void near(double value, double expected, double tolerance) {
    cr_assert(fabs(value - expected) <= tolerance, "%.12g is not %.12g", value, expected);
}

Test(stats_lines, data_without_noise) {
    for (int at = 2; at <= 16; at++) { /* the last of the first line */
        double x[20], y[20];
        struct stats_lines s;
        for (int k = 0; k < 20; k++) {
            x[k] = (k * 7) % 20; /* in any order */
            y[k] = broken(x[k], at);
        }
        cr_assert(stats_two_lines(x, y, 20, 0.95, 1, &s) == 0);
        near(s.at.estimate, at + 0.5, 1e-9);
        near(s.at.low, at, 1e-9);
        near(s.at.high, at + 1, 1e-9);
        near(s.slope_before, 0.5, 1e-6);
        near(s.slope_after, 2.5, 1e-6);
        near(s.slowdown.estimate, broken(19, at) / (3 + 0.5 * 19), 1e-6);
        near(s.slowdown.low, s.slowdown.estimate, 1e-6);
        near(s.slowdown.high, s.slowdown.estimate, 1e-6);
        cr_assert(s.p == 1.0 / 2000);
    }
}

/* Residuals, relative to y, of one line through x[from] .. x[to - 1], by GSL. */
static double rss_of(const double *x, const double *y, size_t from, size_t to) {
    double weight[40], c0, c1, v00, v01, v11, rss;
    for (size_t i = from; i < to; i++)
        weight[i] = 1 / (y[i] * y[i]);
    gsl_fit_wlinear(
        x + from, 1, weight + from, 1, y + from, 1, to - from, &c0, &c1, &v00, &v01, &v11, &rss);
    return rss;
}

Test(stats_lines, no_gap_is_better) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int round = 0; round < 12; round++) {
        enum { N = 40 };
        double x[N], y[N], least = INFINITY;
        size_t best = 0;
        struct stats_lines s;
        for (int i = 0; i < N; i++) { /* odd: all x twice */
            x[i] = round % 2 ? 100 + i / 2 : 2 * i;
            y[i] = broken(x[i], round % 2 ? 104 : 40) * (1 + gsl_ran_gaussian(rng, 0.2));
        }
        const size_t step = round % 2 ? 2 : 1, groups = N / step;
        for (size_t k = groups / 6; k + groups / 6 <= groups; k++) {
            const double rss = rss_of(x, y, 0, k * step) + rss_of(x, y, k * step, N);
            if (rss < least) {
                least = rss;
                best = k * step;
            }
        }
        cr_assert(stats_two_lines(x, y, N, 0.9, 1, &s) == 0);
        near(s.at.estimate, (x[best - 1] + x[best]) / 2, 1e-9);
        cr_assert(s.at.low <= x[best - 1] && s.at.high >= x[best]);
    }
    gsl_rng_free(rng);
}

Test(stats_lines, units_do_not_matter) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double x[30], y[30], x2[30], y2[30];
    struct stats_lines s, s2;
    for (int i = 0; i < 30; i++) {
        x[i] = i;
        y[i] = broken(x[i], 12) * (1 + gsl_ran_gaussian(rng, 0.1));
        x2[i] = 1e6 + 1e-3 * x[i];
        y2[i] = 1e9 * y[i];
    }
    cr_assert(stats_two_lines(x, y, 30, 0.95, 1, &s) == 0);
    cr_assert(stats_two_lines(x2, y2, 30, 0.95, 1, &s2) == 0);
    near((s2.at.estimate - 1e6) * 1e3, s.at.estimate, 1e-4);
    near((s2.at.low - 1e6) * 1e3, s.at.low, 1e-4);
    near((s2.at.high - 1e6) * 1e3, s.at.high, 1e-4);
    near(s2.slope_after / 1e12, s.slope_after, 1e-4);
    near(s2.slowdown.low, s.slowdown.low, 1e-4);
    near(s2.p, s.p, 1e-12);
    gsl_rng_free(rng);
}

Test(stats_lines, too_little_to_tell) {
    static const double five[] = {1, 2, 3, 4, 5, 1, 2, 3, 4, 5}, y[] = {1, 2, 3, 4, 5, 6};
    static const double zero[] = {0, 2, 3, 4, 5, 6};
    struct stats_lines s;
    cr_assert(stats_two_lines(five, five, 10, 0.95, 1, &s) == -1);
    cr_assert(stats_two_lines(y, zero, 6, 0.95, 1, &s) == -1);
    cr_assert(stats_two_lines(y, y, 6, 0.95, 1, &s) == 0);
    cr_assert(isnan(s.at.estimate) && s.p == 1); /* one line, without rest */
    near(s.slope_before, 1, 1e-12);
    near(s.slowdown.high, 1, 1e-12);
}
