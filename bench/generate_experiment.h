/* SPDX-License-Identifier: MIT
 *
 * The part of the experiment `generate` in a separate file.
 */
#ifndef ANEPROBE_BENCH_GENERATE_EXPERIMENT_H
#define ANEPROBE_BENCH_GENERATE_EXPERIMENT_H

#include "experiment/experiment.h"

/* The decision rules of the header comment of generate.c. */
int generate_judge(struct judgement *j);

#endif
