/* SPDX-License-Identifier: MIT
 *
 * Of stacks whose operations are all alike, so that a plan is of one unit.
 */
#include "truth_by.h"

#include <string.h>

/* Whether so many operations, as wide, are planned for the engine. */
static bool is_planned(const struct sim_params *p, double operations, double width, bool few_bits) {
    return operations >= p->plan_ops_min &&
           (p->plan_ops_max <= 0 || operations <= p->plan_ops_max) &&
           (p->plan_width_max <= 0 || width <= p->plan_width_max) &&
           !(few_bits && p->plan_few_bits);
}

static struct truth placed(const struct sim_params *p, bool on_engine, bool claimed) {
    if (!p->plan)
        return (struct truth){"nothing is planned", TRUTH_EXACT, UNSUPPORTED, NULL};
    return (struct truth){on_engine ? "planned for the engine" : "planned for the processor",
        TRUTH_EXACT, on_engine == claimed ? REPRODUCED : CONTRADICTED, NULL};
}

/* The control: 32 operations of 256 positions. */
static struct truth engine_idle(const struct sim_params *p) {
    if (!p->plan || !is_planned(p, 32, 256, false))
        return (struct truth){"not planned for the engine", TRUTH_EXACT, UNSUPPORTED, NULL};
    if (p->traffic != SIM_TRAFFIC_WORKS)
        return (struct truth){"no counter follows the engine", TRUTH_EXACT, UNSUPPORTED, NULL};
    return p->plan_declined ? (struct truth){"idle", TRUTH_EXACT, REPRODUCED, NULL}
                            : (struct truth){"at work", TRUTH_EXACT, CONTRADICTED, NULL};
}

struct truth truth_placement(const char *finding, const struct sim_params *p) {
    if (!strcmp(finding, "placement.tiny"))
        return placed(p, is_planned(p, 1, 16, false), false);
    if (!strcmp(finding, "placement.386-layers"))
        return placed(p, is_planned(p, 386, 64, false), true);
    if (!strcmp(finding, "placement.388-layers"))
        return placed(p, is_planned(p, 1000, 64, false), false);
    if (!strcmp(finding, "placement.width"))
        return placed(p, is_planned(p, 4, 16448, false), false);
    if (!strcmp(finding, "placement.width-within"))
        return placed(p, is_planned(p, 4, 16384, false), true);
    if (!strcmp(finding, "placement.int8"))
        return placed(p, is_planned(p, 4, 256, true), true);
    return engine_idle(p);
}
