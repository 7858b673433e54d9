/* SPDX-License-Identifier: MIT
 *
 * The parts of the experiment `generate` in separate files.
 */
#ifndef ANEPROBE_BENCH_GENERATE_EXPERIMENT_H
#define ANEPROBE_BENCH_GENERATE_EXPERIMENT_H

#include "experiment/experiment.h"
#include "meter/meter.h"
#include "train/model/parameters.h"

/* The decision rules of the header comment of generate.c. */
int generate_judge(struct judgement *j);
/* The arm `stream`, for a model of that shape. */
int generate_stream_run(struct trial *t, const char *chip, const struct train_shape *shape);

/* The arms `energy`: what a token took of each quantity, a row of those that are known and of the engine in any case;
 * `reads` reads that many tokens. `factors` sets the other cells of a row. -1: reads gave up. */
int generate_energy_run(struct trial *t, struct meters *meters, const struct meter_work *reads,
    int tokens, void (*factors)(void *context), void *context);

#endif
