/* SPDX-License-Identifier: MIT
 *
 * Predictions against published figures, leaving out each chip in turn: results/plan_check.csv.
 */
#ifndef ANEPROBE_TRAIN_PLAN_CHECK_H
#define ANEPROBE_TRAIN_PLAN_CHECK_H

#include "train/plan/host.h"

/* Writes the table. Of the chip that is predicted only convolutions, dispatches and compiles are
 * used (for its simulated engine), no training row. Rows: whole steps of both trainers, and the
 * engine's part of the forward pass, which no fit has seen. The last rows hold, for each quantity
 * and for both kinds of step together, the median absolute error. -1 and *error; the stream's own
 * errors are for the caller to find. */
int check_write(const struct host *host, const struct train_shape *shape, FILE *file,
    struct device_error *error);

#endif
