/* SPDX-License-Identifier: MIT
 *
 * Parts of the experiment `train` that have files of their own.
 */
#ifndef ANEPROBE_BENCH_TRAIN_EXPERIMENT_H
#define ANEPROBE_BENCH_TRAIN_EXPERIMENT_H

#include "experiment/experiment.h"
#include "train/model/shape.h"

#include <math.h>

/* The decision rules of the header comment of train.c. */
int train_judge(struct judgement *j);

/* What the host does in virtual time.
 *
 * For a chip of results/chips.csv: what published steps of Stories110M leave to the host there, times
 * (compile of a set of this shape) / (compile of a set of Stories110M) * 10 / accum, both compiles
 * modelled: a batch is then as long beside a compile as ten steps of the large model are. Any other
 * model has a host of round numbers, and a real clock needs none. */
struct train_host_work {
    double step_ms, update_ms;
};
int train_host_work_of(struct device *device, const struct train_shape *shape, int accum,
    struct train_host_work *out, struct device_error *error);

#endif
