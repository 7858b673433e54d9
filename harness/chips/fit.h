/* SPDX-License-Identifier: MIT
 *
 * Fits of the simulated engine's parameters to latencies of programs of known work.
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
    /* Every point has about the same FLOP a byte, so arithmetic and memory cannot be told apart:
     * all time is booked as arithmetic, and the bandwidth is the least that agrees with that. */
    bool bandwidth_is_bound;
    double median_error_pct; /* of the points' latencies, as |predicted / measured - 1| */
};

/* Latency of a point on an engine, ms; no spill. */
double fit_engine_ms(const struct fit_engine *engine, const struct fit_point *point);

/* The least mean |log(predicted / measured)|: a few slow runs do not pull it. -1 when the points
 * are of fewer than two amounts of work, so that nothing separates dispatch from work, or memory
 * is out. The same points give the same result. */
int fit_engine(const struct fit_point *points, size_t n, struct fit_engine *out);

/* y = at_zero + slope * x with the least squares of relative errors; at_zero and slope are at
 * least 0. -1 with fewer than two different x. */
int fit_line(const double *x, const double *y, size_t n, double *at_zero, double *slope);

/* To three significant digits, so that a result does not hang on the last bits of libm. */
double fit_round3(double value);

#endif
