/* SPDX-License-Identifier: MIT
 *
 * Fits find the parameters of known engines, and lines that were worked out by hand.
 */
#include "chips/fit.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static struct fit_point point(const struct fit_engine *engine, double flop, double intensity) {
    struct fit_point p = {
        .flop = flop, .bytes = flop / intensity, .weight_bytes = flop / intensity};
    p.latency_ms = fit_engine_ms(engine, &p);
    return p;
}

static bool near(double value, double wanted, double share) {
    return fabs(value / wanted - 1) <= share;
}

/* 0.1 ms + max(2e9 / 10e12, 30e6 / 100e9) = 0.1 ms + max(0.2, 0.3) ms. */
Test(chips_fit, an_eval_is_dispatch_and_the_longer_of_work_and_memory) {
    struct fit_engine engine = {.dispatch_us = 100, .tflops = 10, .bandwidth_gbs = 100};
    struct fit_point p = {.flop = 2e9, .bytes = 30e6};
    cr_assert(near(fit_engine_ms(&engine, &p), 0.4, 1e-12));
    p.flop = 5e9;
    cr_assert(near(fit_engine_ms(&engine, &p), 0.6, 1e-12));
}

Test(chips_fit, a_known_engine_is_found) {
    struct fit_engine truth = {.dispatch_us = 130, .tflops = 12, .bandwidth_gbs = 150}, found;
    struct fit_point points[12];
    for (int i = 0; i < 12; i++)
        points[i] = point(&truth, 1e8 * pow(2, i % 6), i < 6 ? 20 : 300);
    points[3].latency_ms *= 5; /* one slow run */
    cr_assert_eq(fit_engine(points, 12, &found), 0);
    cr_assert(near(found.dispatch_us, 130, 0.02), "%g", found.dispatch_us);
    cr_assert(near(found.tflops, 12, 0.02), "%g", found.tflops);
    cr_assert(near(found.bandwidth_gbs, 150, 0.02), "%g", found.bandwidth_gbs);
    cr_assert(!found.bandwidth_is_bound && found.median_error_pct < 2);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The error that a fit tells is that of its predictions, in percent of what was measured, with three digits. */
Test(chips_fit, the_error_that_is_told) {
    const struct fit_engine truth = {.dispatch_us = 130, .tflops = 12, .bandwidth_gbs = 150};
    struct fit_engine found;
    struct fit_point points[9];
    double errors[9];
    for (int i = 0; i < 9; i++) {
        points[i] = point(&truth, 1e8 * pow(2, i % 6), i < 5 ? 20 : 300);
        points[i].latency_ms *= 1 + 0.2 * (i * 5 % 9);
    }
    cr_assert_eq(fit_engine(points, 9, &found), 0);
    for (int i = 0; i < 9; i++)
        errors[i] = 100 * fabs(fit_engine_ms(&found, &points[i]) - points[i].latency_ms) /
                    points[i].latency_ms;
    qsort(errors, 9, sizeof *errors, ascending);
    cr_assert(errors[4] > 5 && near(found.median_error_pct, errors[4], 0.006), "%g, not %g",
        found.median_error_pct, errors[4]);
}

/* At 64 FLOP a byte 8 TFLOPS need 125 GB/s. */
Test(chips_fit, one_intensity_leaves_only_a_bound_on_bandwidth) {
    struct fit_engine truth = {.dispatch_us = 200, .tflops = 8, .bandwidth_gbs = 1000}, found;
    struct fit_point points[5];
    for (int i = 0; i < 5; i++)
        points[i] = point(&truth, 1e9 * (i + 1), 64);
    cr_assert_eq(fit_engine(points, 5, &found), 0);
    cr_assert(found.bandwidth_is_bound);
    cr_assert(near(found.tflops, 8, 0.01) && near(found.bandwidth_gbs, 125, 0.02));
}

Test(chips_fit, one_amount_of_work_fits_nothing) {
    struct fit_engine truth = {.dispatch_us = 200, .tflops = 8, .bandwidth_gbs = 1000}, found;
    struct fit_point points[3];
    for (int i = 0; i < 3; i++)
        points[i] = point(&truth, 1e9, 64);
    cr_assert_eq(fit_engine(points, 3, &found), -1);
    cr_assert_eq(fit_engine(points, 0, &found), -1);
}

Test(chips_fit, lines) {
    double at_zero, slope;
    const double x[] = {0, 10, 20}, exact[] = {5, 25, 45}, steep[] = {1, 19, 49},
                 falling[] = {9, 6, 3}, same[] = {4, 4, 4};
    cr_assert_eq(fit_line(x, exact, 3, &at_zero, &slope), 0);
    cr_assert(near(at_zero, 5, 1e-9) && near(slope, 2, 1e-9));
    /* through (10, 10) and (20, 40) a line would meet zero below: no compile takes less than no
     * time, and relative least squares through zero give (1/10 * 10 + 1/40 * 20) : (1 + 1/4) = 1.2 */
    const double late_x[] = {10, 20}, late[] = {10, 40};
    cr_assert_eq(fit_line(late_x, late, 2, &at_zero, &slope), 0);
    cr_assert(at_zero == 0 && near(slope, 1.2, 1e-9), "%g + %g x", at_zero, slope);
    cr_assert_eq(fit_line(x, falling, 3, &at_zero, &slope), 0);
    cr_assert(slope == 0 && at_zero == 6);
    cr_assert_eq(fit_line(same, steep, 3, &at_zero, &slope), -1);
    cr_assert_eq(fit_line(x, exact, 1, &at_zero, &slope), -1);
}

Test(chips_fit, three_digits) {
    cr_assert(fit_round3(123456) == 123000 && fit_round3(0.0012345) == 0.00123);
    cr_assert(fit_round3(0) == 0 && fit_round3(-42.345) == -42.3);
}
