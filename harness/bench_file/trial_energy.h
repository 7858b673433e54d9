/* SPDX-License-Identifier: MIT
 *
 * The energy of a session's evals, reported as rows `energy`: a number named QUANTITY METRIC, or a quantity
 * without numbers and the reason why; and as notes what powered the machine after the window, its power mode and its
 * heat.
 */
#ifndef ANEPROBE_BENCH_FILE_TRIAL_ENERGY_H
#define ANEPROBE_BENCH_FILE_TRIAL_ENERGY_H

#include "bench_file/session.h"
#include "meter/meter.h"

/* For each quantity. */
enum energy_metric {
    ENERGY_IDLE_POWER, /* W */
    ENERGY_POWER,      /* W, during evals back to back */
    ENERGY_PER_EVAL,   /* J, as read */
    ENERGY_NET,        /* J, less what an idle machine takes in that time */
    ENERGY_METRICS
};
/* "idle_power", "power", "per_eval", "net_per_eval". */
extern const char *const energy_metric_names[ENERGY_METRICS];

/* After the outputs were found right. Returns 0, or -1 and *error. */
int energy_measure(struct bench_session *s, struct device_error *error);

#endif
