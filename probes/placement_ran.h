/* SPDX-License-Identifier: MIT
 *
 * For placement: whether the engine worked while a program ran, by counters that first followed a program of the
 * private framework, which the engine alone runs.
 */
#ifndef ANEPROBE_PROBES_PLACEMENT_RAN_H
#define ANEPROBE_PROBES_PLACEMENT_RAN_H

#include "experiment/experiment.h"
#include "meter/activity.h"

/* Outcomes of where a program ran. */
#define RAN_ENGINE "engine"
#define RAN_ELSEWHERE "elsewhere"

/* Evals of a subject as a meter's work; the error is why it gave up. */
struct ran_evals {
    struct subject *subject;
    struct device_error error;
};
int ran_evals_step(void *context);

/* The control. Without it nothing is known, for this reason. */
struct ran_control {
    bool there;
    struct activity_control counters;
    char reason[600];
};
/* On the machine's device there must be no programs. */
void ran_control_take(struct trial *t, struct ran_control *out);

/* What the counters say of work on `machine`, and why. Of RAN_ELSEWHERE only a second control is proof. */
struct ran {
    enum activity_place place;
    char reason[600];
};
/* 0, or -1 when the work gave up. */
int ran_find(struct trial *machine, const struct ran_control *control,
    const struct meter_work *work, struct ran *out);
/* Afterwards, when there are no programs: an engine that was idle counts only if the control still moves. */
void ran_confirm(struct trial *t, struct ran *ran);

#endif
