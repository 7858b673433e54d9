/* SPDX-License-Identifier: MIT */
#include "bench_file/trial_lanes.h"

#include "measure/stats.h"

#include <stdlib.h>

/* Windows of each kind; they share the iterations and seconds of the evals one by one. */
enum { WINDOWS = 7 };

/* Evals of each request in a window: -1 and *error, or the time of `n` evals of as many requests. */
static double window_run(
    struct bench_session *s, int n_lanes, int n, uint64_t *end_ns, struct device_error *error) {
    struct device_lane lanes[DEVICE_LANES_MAX];
    uint64_t last = 0;
    for (int i = 0; i < n_lanes; i++)
        lanes[i] = (struct device_lane){s->bound[i].request, end_ns + (size_t)i * (size_t)n};
    const uint64_t begin = device_clock_ns(s->device);
    if (device_eval_lanes(s->device, lanes, n_lanes, n, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
        return -1;
    for (int i = 0; i < n_lanes; i++)
        last = lanes[i].end_ns[n - 1] > last ? lanes[i].end_ns[n - 1] : last;
    return (double)(last - begin);
}

/* A window after poisoned outputs: 1 and its rate, 0 when an output is wrong, -1 and *error. */
static int rate_measure(struct bench_session *s, int n_lanes, int n, uint64_t *end_ns, double *rate,
    struct device_error *error) {
    int right = 1;
    if (session_outputs_spoil(s, error) < 0)
        return -1;
    const double elapsed_ns = window_run(s, n_lanes, n, end_ns, error);
    if (elapsed_ns < 0)
        return -1;
    *rate = elapsed_ns > 0 ? (double)n_lanes * n * 1e9 / elapsed_ns : 0;
    for (int i = 0; i < n_lanes && right > 0; i++)
        right = session_check(s, i, s->expected, false, error);
    return right;
}

/* As many evals as keep all windows within the iterations and seconds of the settings. */
static int window_evals(struct bench_session *s, struct device_error *error) {
    uint64_t one;
    if (session_eval(s, &one, error) < 0)
        return -1;
    const double most = s->settings->seconds * 1e9 / WINDOWS / (double)(one > 0 ? one : 1);
    const int share = s->settings->iterations / WINDOWS;
    const int n = most < share ? (int)most : share;
    return n > 1 ? n : 1;
}

int lanes_measure(struct bench_session *s, struct device_error *error) {
    const int lanes[2] = {1, s->n_bound};
    double rates[2][WINDOWS];
    report_step(s->report, "in flight");
    const int n = window_evals(s, error);
    uint64_t *end_ns = n > 0 ? calloc((size_t)s->n_bound * (size_t)n, sizeof *end_ns) : NULL;
    if (n > 0 && !end_ns)
        device_error_set(error, DEVICE_BROKEN, "in flight", "out of memory");
    int right = end_ns ? 1 : -1;
    for (int i = -1; i < WINDOWS && right > 0; i++) /* the first warms up */
        for (int kind = 0; kind < 2 && right > 0; kind++)
            right = rate_measure(s, lanes[kind], n, end_ns, &rates[kind][i < 0 ? 0 : i], error);
    free(end_ns);
    if (right > 0) {
        const double one = stats_median(rates[0], WINDOWS), all = stats_median(rates[1], WINDOWS);
        report_fact(s->report, "in_flight_per_s", all);
        if (one > 0)
            report_fact(s->report, "in_flight_gain", all / one);
    }
    return right;
}
