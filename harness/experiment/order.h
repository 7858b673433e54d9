/* SPDX-License-Identifier: MIT
 *
 * The trials of a run by hand, in run order.
 */
#ifndef ANEPROBE_EXPERIMENT_ORDER_H
#define ANEPROBE_EXPERIMENT_ORDER_H

#include "experiment/options.h"
#include "record/order.h"

/* The same options give the same order, which is also the runner's for this experiment alone.
 * Returns an array to free(), its length in *n; NULL when out of memory. */
struct order_trial *order_by_hand(
    const struct experiment *experiment, const struct options *options, size_t *n);

#endif
