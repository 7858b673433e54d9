/* SPDX-License-Identifier: MIT */
#include "bench_file/trial_energy.h"

#include "base/conditions.h"

#include <math.h>
#include <stdio.h>

const char *const energy_metric_names[ENERGY_METRICS] = {
    "idle_power", "power", "per_eval", "net_per_eval"};

static const uint64_t prove_ns = 3000000000, prove_virtual_ns = 1000000000;
static const uint64_t window_ns = 1000000000, limit_ns = UINT64_C(60000000000);

struct evals {
    struct bench_session *session;
    struct device_error *error;
};

static int eval_step(void *context) {
    const struct evals *evals = context;
    uint64_t elapsed_ns;
    return session_eval(evals->session, &elapsed_ns, evals->error);
}

static void quantity_tell(struct bench_session *s, enum meter_quantity quantity,
    const struct meter_window *idle, const struct meter_window *work) {
    const char *name = meter_quantity_name(quantity);
    struct meter_joules joules;
    meter_joules_of(idle, work, quantity, &joules);
    if (joules.reason) {
        report_row(s->report, "energy", name, NAN, joules.reason);
        return;
    }
    const double values[ENERGY_METRICS] = {
        joules.idle_w, joules.power_w, joules.step_j, joules.net_step_j};
    for (int metric = 0; metric < ENERGY_METRICS; metric++) {
        char what[48];
        snprintf(what, sizeof what, "%s %s", name, energy_metric_names[metric]);
        report_row(s->report, "energy", what, values[metric], NULL);
    }
}

/* What else the figures depend on; of a simulated machine nothing. */
static void conditions_tell(struct bench_session *s) {
    struct conditions now;
    if (device_is_virtual(s->device))
        return;
    conditions_read(&now);
    report_row(s->report, "note", "power_source", NAN, now.source);
    report_row(s->report, "note", "power_mode", NAN, now.mode);
    report_row(s->report, "note", "thermal", NAN, now.thermal);
}

static int windows_run(struct bench_session *s, struct meters *meters, struct device_error *error) {
    struct evals context = {s, error};
    const struct meter_work work = {eval_step, &context};
    struct meter_window idle, busy;
    if (meters_prove(meters, &work, device_is_virtual(s->device) ? prove_virtual_ns : prove_ns) !=
            0 ||
        meters_window(meters, NULL, window_ns, limit_ns, &idle) != 0 ||
        meters_window(meters, &work, window_ns, limit_ns, &busy) != 0)
        return -1;
    conditions_tell(s);
    for (int q = 0; q < METER_QUANTITIES; q++) {
        const char *name;
        if (q == METER_ENGINE || meters_best(meters, (enum meter_quantity)q, &name))
            quantity_tell(s, (enum meter_quantity)q, &idle, &busy);
    }
    return 0;
}

int energy_measure(struct bench_session *s, struct device_error *error) {
    struct meters *meters = meters_open(s->device);
    char reason[500];
    int result = 0;
    report_step(s->report, "energy");
    if (!meters) {
        device_error_set(error, DEVICE_BROKEN, "energy", "out of memory");
        return -1;
    }
    if (meters_any(meters, reason, sizeof reason))
        result = windows_run(s, meters, error);
    else
        report_row(s->report, "energy", "", NAN, reason);
    meters_close(meters);
    return result;
}
