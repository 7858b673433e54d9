/* SPDX-License-Identifier: MIT */
#include "placement_ran.h"

#include <stdio.h>

enum { WINDOW_NS = 500000000, WINDOW_VIRTUAL_NS = 20000000 };

static uint64_t window_of(const struct device *device) {
    return device_is_virtual(device) ? WINDOW_VIRTUAL_NS : WINDOW_NS;
}

int ran_evals_step(void *context) {
    struct ran_evals *e = context;
    return subject_eval(e->subject, DEVICE_QOS_DEFAULT, &e->error) == DEVICE_OK ? 0 : -1;
}

/* A right output is what shows that it ran. */
static enum device_status control_run(
    struct trial *direct, struct ran_control *out, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = 64,
        .spatial = 64,
        .depth = 4,
        .weight_seed = 1,
        .check_positions = 4};
    struct ran_evals evals = {.subject = NULL};
    const struct meter_work work = {ran_evals_step, &evals};
    bool right = false;
    double worst;
    enum device_status status = subject_create(direct, &spec, &evals.subject, error);
    if (status == DEVICE_OK)
        status = subject_compile(evals.subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_load(evals.subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_verify(evals.subject, DEVICE_QOS_DEFAULT, &right, &worst, error);
    if (status == DEVICE_OK && !right)
        status = device_error_set(error, DEVICE_FAILED, "eval", "its output is wrong");
    if (status == DEVICE_OK &&
        activity_prove(direct->device, &work, window_of(direct->device), &out->counters) != 0) {
        *error = evals.error;
        status = error->status;
    }
    subject_free(evals.subject);
    return status;
}

void ran_control_take(struct trial *t, struct ran_control *out) {
    struct trial direct = *t;
    struct device_error error;
    *out = (struct ran_control){.there = false};
    enum device_status status =
        device_way_open(t->device, DEVICE_WAY_DIRECT, t->seed, &direct.device, &error);
    if (status == DEVICE_OK) {
        status = control_run(&direct, out, &error);
        device_close(direct.device);
    }
    if (status != DEVICE_OK)
        snprintf(out->reason, sizeof out->reason,
            "no program ran on the engine for sure, so that no counter is to be believed: %s: "
            "%.400s",
            error.stage, error.text);
    else
        out->there = activity_is_live(&out->counters, out->reason, sizeof out->reason);
}

int ran_find(struct trial *machine, const struct ran_control *control,
    const struct meter_work *work, struct ran *out) {
    struct activity_found found;
    *out = (struct ran){.place = ACTIVITY_UNPROVEN};
    if (!control->there) {
        snprintf(out->reason, sizeof out->reason, "%s", control->reason);
        return 0;
    }
    if (activity_find(
            machine->device, &control->counters, work, window_of(machine->device), &found) != 0)
        return -1;
    out->place = found.place;
    snprintf(out->reason, sizeof out->reason, "%s", found.reason);
    return 0;
}

void ran_confirm(struct trial *t, struct ran *ran) {
    struct ran_control again;
    if (ran->place != ACTIVITY_ELSEWHERE)
        return;
    ran_control_take(t, &again);
    if (again.there)
        return;
    ran->place = ACTIVITY_UNPROVEN;
    snprintf(ran->reason, sizeof ran->reason, "no counter moved, nor did one afterwards: %.500s",
        again.reason);
}
