/* SPDX-License-Identifier: MIT
 *
 * Joules a piece of work, such as an update or a token, in the samples and the summary of an experiment.
 */
#ifndef ANEPROBE_BENCH_JOULES_H
#define ANEPROBE_BENCH_JOULES_H

#include "experiment/experiment.h"

/* A row a quantity: of those that are known, and of the engine in any case. */
#define JOULES_COLUMNS(piece)                                                                      \
    {"quantity", EXPERIMENT_FACTOR}, {"energy_reason", EXPERIMENT_FACTOR}, /* why it is unknown */ \
        {"energy_" piece "s", EXPERIMENT_NUMBER}, {"energy_ns", EXPERIMENT_NUMBER},                \
        {"energy_j", EXPERIMENT_NUMBER}, {"idle_w", EXPERIMENT_NUMBER},                            \
        {piece "_j", EXPERIMENT_NUMBER}, {                                                         \
        "net_" piece "_j", EXPERIMENT_NUMBER                                                       \
    }

/* Of an arm the metrics QUANTITY_energy_per_PIECE, and net_ those, in J; n_unit: of what a row is. */
void joules_summarize(struct judgement *j, const char *arm, const char *piece, const char *n_unit);

#endif
