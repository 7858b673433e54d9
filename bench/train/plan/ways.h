/* SPDX-License-Identifier: MIT
 *
 * A training on a simulated chip, one row for each way of updating the weights, side by side.
 */
#ifndef ANEPROBE_TRAIN_PLAN_WAYS_H
#define ANEPROBE_TRAIN_PLAN_WAYS_H

#include "device/sim/sim.h"
#include "table/table.h"
#include "train/plan/host.h"
#include "train/update/budget.h"

#include <stdio.h>

struct plan_training {
    const char *model; /* its name, as given */
    struct train_shape shape;
    int accum, max_stale; /* as of plan_spec */
    int way;              /* TRAIN_WAYS: all */
};

/* Appends to a table of table_form_plan. `timeline` may be NULL: it gets the spans as CSV. -1 and *error when a figure is
 * known of no chip, or the device fails. */
int ways_table(const struct plan_training *training, const struct sim_chip *chip,
    const struct host *host, struct table *table, FILE *timeline, struct error *error);

#endif
