/* SPDX-License-Identifier: MIT
 *
 * Parts of the experiment `train` in separate files.
 */
#ifndef ANEPROBE_BENCH_TRAIN_EXPERIMENT_H
#define ANEPROBE_BENCH_TRAIN_EXPERIMENT_H

#include "experiment/experiment.h"
#include "train/model/shape.h"

#include <math.h>

/* The decision rules of the header comment of train.c. */
int train_judge(struct judgement *j);

/* Writes rows of joules from a training's energy.csv; `factors` sets the other cells of each. */
int train_energy_put(
    struct trial *t, const char *path, void (*factors)(void *context), void *context);

/* The host's work in virtual time.
 *
 * For a chip of results/chips.csv: what published steps of Stories110M leave for the host, times
 * (compile of a set of this shape) / (compile of a set of Stories110M) * 10 / accum, both compiles
 * simulated, so that the ratio of a batch to a compile is that of ten steps of the large model. For
 * other sim files, round numbers; with a real clock, nothing. */
struct train_host_work {
    double step_ms, update_ms;
};
int train_host_work_of(struct device *device, const struct train_shape *shape, int accum,
    struct train_host_work *out, struct device_error *error);

#endif
