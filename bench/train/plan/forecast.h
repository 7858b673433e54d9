/* SPDX-License-Identifier: MIT
 *
 * What is known of a training on a chip before any of it is played: the host's part of a step and of an update,
 * and the compiles. Published figures are of Stories110M; for another model the host's part of a step is scaled
 * by its multiply-adds there, and that of an update by its parameters.
 */
#ifndef ANEPROBE_TRAIN_PLAN_FORECAST_H
#define ANEPROBE_TRAIN_PLAN_FORECAST_H

#include "train/plan/host.h"
#include "train/plan/timeline.h"

struct forecast {
    struct host_work step, update, compile; /* a whole step; all programs' compiles */
    struct host_parts parts;
    double host_step_ms, engine_scale; /* for plan_spec */
};

/* For a model of `shape` on a chip ("M4") that `device` ("sim:m4") simulates. -1 and *error when no chip has a
 * figure, or the device fails. */
int forecast_make(const struct host *host, const char *device, const char *chip,
    const struct train_shape *shape, enum train_weights_place place, struct forecast *f,
    struct device_error *error);

/* Sets the compile times of *spec for a chip without published ones: its relatives' time for a set, in place of the
 * device's default. */
void forecast_compile_times(
    const struct forecast *f, const struct sim_chip *chip, struct plan_spec *spec);

#endif
