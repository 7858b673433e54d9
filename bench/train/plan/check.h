/* SPDX-License-Identifier: MIT
 *
 * Predictions against published figures, leaving out each chip in turn, and each source of a chip that
 * has several: results/plan_check.csv.
 */
#ifndef ANEPROBE_TRAIN_PLAN_CHECK_H
#define ANEPROBE_TRAIN_PLAN_CHECK_H

#include "train/plan/host.h"

/* Writes the table: for each quantity of host_checked and each chip that has it the published figure,
 * what is predicted without it, and whether the 90 % interval holds it. With a chip left out none of
 * its training rows is used; with a source, the median of the chip's other sources is the prediction.
 * The last rows hold, for each quantity and for both kinds of step together, the median absolute error
 * and the share of intervals that hold. `published` is results/published.csv. -1 and *error; the
 * stream's own errors are for the caller to find. */
int check_write(const struct host *host, const struct csv_table *published, FILE *file,
    struct device_error *error);

#endif
