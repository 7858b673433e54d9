/* SPDX-License-Identifier: MIT
 *
 * One program on one device, from its file to a request that can be evaluated.
 */
#ifndef ANEPROBE_BENCH_FILE_SESSION_H
#define ANEPROBE_BENCH_FILE_SESSION_H

#include "bench_file/trial.h"
#include "device/device.h"
#include "mil/package/package.h"

/* A request with surfaces of its own. */
struct bench_binding {
    struct device_surface **inputs, **outputs;
    struct device_request *request;
};

struct bench_session {
    const struct bench_settings *settings;
    struct report *report;
    struct device *device;
    struct mil_package *package;
    int number; /* of the function */
    const struct mil_function *function;
    struct device_program *program;
    struct bench_binding bound[DEVICE_LANES_MAX]; /* the first is evaluated alone */
    int n_bound;                                  /* as many as are to be in flight */
    /* One per output; NULL without a reference. `again`: of a second eval, if there are states. */
    void **expected, **again;
};

/* Opens, reads, compiles twice (cold, then possibly from the device's cache), loads and binds,
 * reporting each step and its time. Returns 0, or -1 and *error with the step in `stage`. Close in
 * either case. */
int session_open(struct bench_session *s, const struct bench_settings *settings,
    struct report *report, struct device_error *error);
void session_close(struct bench_session *s);

/* One eval of the first request: returns 0 and its time, or -1. */
int session_eval(struct bench_session *s, uint64_t *elapsed_ns, struct device_error *error);
/* Poisons the outputs of all requests. */
int session_outputs_spoil(struct bench_session *s, struct device_error *error);

/* Puts into states what they start with. Returns 0, or -1 and *error. */
int session_states_reset(struct bench_session *s, struct device_error *error);

/* Compares the outputs of request number `at` with `expected`, the session's own or its `again`, and
 * reports if `tells`. Returns 1 when all are right or there is no reference, 0 when one is wrong, -1
 * and *error. */
int session_check(
    struct bench_session *s, int at, void *const *expected, bool tells, struct device_error *error);

#endif
