/* SPDX-License-Identifier: MIT */
#include "bench_file/session.h"
#include "bench_file/trial_energy.h"
#include "bench_file/trial_lanes.h"

#include "device/sim/sim_work.h"
#include "measure/random.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Warm-up ends after this time, and at least some evals. */
enum { WARM_EVALS = 3 };
#define WARM_NS 50e6

/* The process's peak resident size. */
static double memory_bytes(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return NAN;
#ifdef __APPLE__
    return (double)usage.ru_maxrss;
#else
    return (double)usage.ru_maxrss * 1024;
#endif
}

static void work_tell(struct bench_session *s) {
    report_fact(s->report, "flop", sim_work_flop(s->function));
    report_fact(
        s->report, "weight_bytes", sim_work_weight_bytes(s->package->program, s->number, 1));
}

static int warm(struct bench_session *s, struct device_error *error) {
    uint64_t one, total = 0;
    report_step(s->report, "warm-up");
    for (int i = 0; i < WARM_EVALS || (double)total < WARM_NS; i++) {
        if (session_eval(s, &one, error) < 0)
            return -1;
        total += one;
        if (i >= s->settings->iterations && i >= WARM_EVALS)
            break;
    }
    return 0;
}

/* Back-to-back evals: `times` gets the ns of each. Returns their number, or -1. */
static int evals_time(struct bench_session *s, double *times, struct device_error *error) {
    double total = 0;
    int n = 0;
    report_step(s->report, "evals");
    while (n < s->settings->iterations && total < s->settings->seconds * 1e9) {
        uint64_t one;
        if (session_eval(s, &one, error) < 0)
            return -1;
        times[n++] = (double)one;
        total += (double)one;
    }
    return n;
}

static void sleep_until(struct device *device, uint64_t when) {
    for (uint64_t now; (now = device_clock_ns(device)) < when;) {
        struct timespec rest = {
            (time_t)((when - now) / 1000000000), (long)((when - now) % 1000000000)};
        nanosleep(&rest, NULL);
    }
}

/* Random arrivals (exponential gaps) at the rate, whether the device keeps up or not: `times` gets
 * the ns from each arrival to its response. In virtual time nothing can wait: arrivals after the
 * end of the previous eval start at once. */
static int requests_time(struct bench_session *s, double *times, struct device_error *error) {
    bool is_virtual = strcmp(device_clock(s->device), "virtual") == 0;
    uint64_t seed = (s->settings->seed ^ 0x5e47e) + (uint64_t)s->settings->block * RANDOM_STEP;
    double arrival = 0, end = 0;
    int n = 0;
    report_step(s->report, "requests");
    uint64_t begin = device_clock_ns(s->device);
    while (n < s->settings->iterations && arrival < s->settings->seconds * 1e9) {
        uint64_t one;
        arrival += -log1p(-random_unit(&seed)) / s->settings->rate * 1e9;
        if (!is_virtual)
            sleep_until(s->device, begin + (uint64_t)arrival);
        double start =
            is_virtual ? fmax(arrival, end) : (double)(device_clock_ns(s->device) - begin);
        if (session_eval(s, &one, error) < 0)
            return -1;
        end = start + (double)one;
        times[n++] = end - arrival;
    }
    return n;
}

/* The outputs of the first eval; with states also those of a second, which finds the first one's. */
static int first_check(struct bench_session *s, struct device_error *error) {
    uint64_t ignored;
    report_step(s->report, "check");
    int right = session_check(s, 0, s->expected, true, error);
    if (right <= 0 || !function_has_states(s->function))
        return right;
    if (session_outputs_spoil(s, error) < 0 || session_eval(s, &ignored, error) < 0)
        return -1;
    return session_check(s, 0, s->again, true, error);
}

/* Still right after all evals? States begin again for that. */
static int last_check(struct bench_session *s, struct device_error *error) {
    uint64_t ignored;
    if (function_has_states(s->function) &&
        (session_states_reset(s, error) < 0 || session_eval(s, &ignored, error) < 0))
        return -1;
    return session_check(s, 0, s->expected, false, error);
}

static int time_all(struct bench_session *s, struct device_error *error) {
    const struct bench_settings *settings = s->settings;
    double *times = malloc(((size_t)settings->iterations + 1) * sizeof *times);
    uint64_t first;
    if (!times) {
        device_error_set(
            error, DEVICE_BROKEN, "evals", "out of memory for %d times", settings->iterations);
        return -1;
    }
    report_step(s->report, "first eval");
    int n = -1, right = -1;
    if (session_outputs_spoil(s, error) == 0 && session_eval(s, &first, error) == 0) {
        report_fact(s->report, "first_eval_ns", (double)first);
        right = first_check(s, error);
    }
    if (right > 0 && warm(s, error) == 0 &&
        (n = settings->rate > 0 ? requests_time(s, times, error) : evals_time(s, times, error)) >=
            0 &&
        (!settings->energy || energy_measure(s, error) == 0 || (n = -1) == 0))
        right = last_check(s, error);
    const char *drifted = "right at first, wrong after the evals";
    if (right > 0 && settings->in_flight > 1) {
        drifted = "right alone, wrong with several requests in flight";
        right = lanes_measure(s, error);
    }
    s->report->csv.buffered = true;
    for (int i = 0; i < n; i++)
        report_row(s->report, settings->rate > 0 ? "response" : "latency", "ns", times[i], NULL);
    s->report->csv.buffered = false;
    free(times);
    if (right == 0 && n >= 0)
        report_row(s->report, "note", "drifted", NAN, drifted);
    return n < 0 && right != 0 ? -1 : right < 0 ? -1 : 0;
}

enum exit_code trial_time(const struct bench_settings *settings, struct report *report) {
    struct bench_session s;
    struct device_error error = {.status = DEVICE_OK};
    int result = session_open(&s, settings, report, &error);
    if (result == 0) {
        work_tell(&s);
        result = time_all(&s, &error);
    }
    report_fact(report, "memory_bytes", memory_bytes());
    report_row(report, "end",
        result == 0                          ? "done"
        : error.status == DEVICE_UNSUPPORTED ? "unsupported"
                                             : "failed",
        NAN, error.text);
    session_close(&s);
    return result == 0 ? EXIT_DONE : EXIT_FAILED;
}
