/* SPDX-License-Identifier: MIT
 *
 * The parts of the experiment `generate` in separate files.
 */
#ifndef ANEPROBE_BENCH_GENERATE_EXPERIMENT_H
#define ANEPROBE_BENCH_GENERATE_EXPERIMENT_H

#include "experiment/experiment.h"
#include "train/model/parameters.h"

/* The decision rules of the header comment of generate.c. */
int generate_judge(struct judgement *j);
/* The arm `stream`, for a model of that shape. */
int generate_stream_run(struct trial *t, const char *chip, const struct train_shape *shape);

#endif
