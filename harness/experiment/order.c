/* SPDX-License-Identifier: MIT */
#include "experiment/order.h"

#include <stdlib.h>

struct order_trial *order_by_hand(
    const struct experiment *experiment, const struct options *options, size_t *n) {
    struct order_arm *arms = calloc(experiment->n_arms + 1, sizeof *arms);
    if (!arms)
        return NULL;
    for (size_t i = 0; i < experiment->n_arms; i++)
        if (options_arm_chosen(options, &experiment->arms[i]))
            arms[i].blocks = options_arm_blocks(options, &experiment->arms[i]);
    struct order_trial *trials =
        order_make(arms, experiment->n_arms, options->listed_order ? NULL : &options->seed, n);
    free(arms);
    return trials;
}
