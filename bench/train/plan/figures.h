/* SPDX-License-Identifier: MIT
 *
 * Every time that a plan is made from, each with its interval.
 */
#ifndef ANEPROBE_TRAIN_PLAN_FIGURES_H
#define ANEPROBE_TRAIN_PLAN_FIGURES_H

#include "table/table.h"
#include "train/plan/host.h"

/* Adds a row of table_form_plan_figures for each of host_checked: the chip's own figure, or that of its relatives. One
 * that is not predicted has a reason. Returns 0. */
int figures_table(const struct host *host, const char *chip, struct table *table);

#endif
