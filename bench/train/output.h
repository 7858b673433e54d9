/* SPDX-License-Identifier: MIT
 *
 * What a training says while it runs and at its end, and what it gives: texts and the model.
 */
#ifndef ANEPROBE_TRAIN_OUTPUT_H
#define ANEPROBE_TRAIN_OUTPUT_H

#include "train/run/training.h"

#include <signal.h>

struct train_progress_times {
    const volatile sig_atomic_t *stop; /* the user asked for the end */
    uint64_t next_ns;                  /* of the training's clock */
    uint64_t said_ns;
};

/* To stderr, only now and then, since it runs between timed steps. `context`: struct train_progress_times. */
void train_progress_print(void *context, const struct training_progress *p);
void train_summary_print(const struct run_options *o, const struct training *training);
/* Joules an update, whose and with what; or why there are none. */
void train_energy_print(const struct run_options *o, const struct training *training);

/* Exports the model and prints texts that it writes, as the command line asks. 0, or -1 and *error. */
int train_results_give(
    const struct run_options *o, const struct training *training, struct error *error);

#endif
