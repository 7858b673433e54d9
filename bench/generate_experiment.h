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

/* The process beside step-gpu-busy is an arm that only such a trial starts: `value` ms of evals on the GPU. Its first row says
 * when they began or why they did not, its last when they ended, by the machine's clock. */
#define GENERATE_GPU_ARM "gpu-busy"
int generate_gpu_run(struct trial *t, const char *chip);
/* 1: a row says why there is no GPU to keep busy, where that is known without trying. */
int generate_gpu_absent(struct trial *t, const char *chip);
/* Calls `work`, which takes alone_ns when the GPU is idle, beside that process, and gives the GPU's evals meanwhile. 1: a
 * row says why the work does not count; -1 as a trial. */
int generate_gpu_beside(struct trial *t, const char *chip, uint64_t alone_ns,
    int (*work)(void *context), void *context, double *evals);

/* The arms `energy`: what a token took of each quantity, a row of those that are known and of the engine in any case;
 * `reads` reads that many tokens. `factors` sets the other cells of a row. -1: reads gave up. */
int generate_energy_run(struct trial *t, struct meters *meters, const struct meter_work *reads,
    int tokens, void (*factors)(void *context), void *context);

#endif
