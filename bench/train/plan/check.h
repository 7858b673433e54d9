/* SPDX-License-Identifier: MIT
 *
 * Predictions compared with published figures, leaving out each chip in turn, and each source of a
 * chip that has several: results/plan_check.csv.
 */
#ifndef ANEPROBE_TRAIN_PLAN_CHECK_H
#define ANEPROBE_TRAIN_PLAN_CHECK_H

#include "table/table.h"
#include "train/plan/host.h"

/* Adds rows of the form plan_check: for each quantity of host_checked and each chip that has it, the
 * published figure, the prediction without it, and whether the 90 % interval covers it; empty where
 * two chips alone have the quantity, since no errors are left to make an interval of. When a chip
 * is left out, none of its training rows are used; when a source is, the prediction is the median of
 * the chip's other sources. A forward pass by the rule for programs (program.h) is checked, too. The
 * last rows hold, for each quantity and for both kinds of step together, the median absolute error
 * and the share of intervals that cover. `published` is results/published.csv. Returns -1 and *error
 * on failure. */
int check_table(const struct host *host, const struct csv_table *published, struct table *table,
    struct device_error *error);

#endif
