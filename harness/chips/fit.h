/* SPDX-License-Identifier: MIT
 *
 * Fits the simulated engine's parameters to latencies of programs of known work.
 */
#ifndef ANEPROBE_CHIPS_FIT_H
#define ANEPROBE_CHIPS_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* One latency, alone: eval = dispatch + max(flop / rate, bytes / bandwidth). */
struct fit_point {
    double flop, bytes, weight_bytes;
    double latency_ms;
};

struct fit_engine {
    double dispatch_us, tflops, bandwidth_gbs;
    /* All points have about the same FLOP per byte, so arithmetic and memory cannot be separated:
     * all time is attributed to arithmetic, and the bandwidth is the lowest that agrees with that.
     */
    bool bandwidth_is_bound;
    double median_error_pct; /* the points' error, |predicted / measured - 1| */
};

/* Latency of a point on an engine, ms; no spill. */
double fit_engine_ms(const struct fit_engine *engine, const struct fit_point *point);

/* Minimises the mean |log(predicted / measured)|, which is robust to a few slow runs. -1 when the
 * points have fewer than two amounts of work, so that dispatch and work cannot be separated, or
 * when out of memory. The same points give the same result. */
int fit_engine(const struct fit_point *points, size_t n, struct fit_engine *out);

/* y = at_zero + slope * x with the least squares of relative errors; at_zero and slope are at
 * least 0. -1 with fewer than two different x. */
int fit_line(const double *x, const double *y, size_t n, double *at_zero, double *slope);

/* Rounds to three significant digits, so that results do not depend on the last bits of libm. */
double fit_round3(double value);

#endif
