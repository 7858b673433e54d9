/* SPDX-License-Identifier: MIT
 *
 * The trials of a run by hand, in the order in which they are done.
 */
#ifndef ANEPROBE_EXPERIMENT_ORDER_H
#define ANEPROBE_EXPERIMENT_ORDER_H

#include "experiment/options.h"
#include "record/order.h"

/* Same options, same order; that of a run of this experiment alone by the runner. Returns an array to
 * free(), its length in *n; NULL when out of memory. */
struct order_trial *order_by_hand(
    const struct experiment *experiment, const struct options *options, size_t *n);

#endif
