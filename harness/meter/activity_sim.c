/* SPDX-License-Identifier: MIT
 *
 * What a simulated engine moves.
 */
#include "meter/activity_table.h"

#include "device/sim/sim.h"

#include <stdlib.h>

static void sim_read(struct activity *activity) {
    uint64_t bytes;
    (void)sim_traffic_bytes(activity->device, &bytes);
    activity->sources[0].count = (double)bytes;
}

static void sim_close(struct activity *activity) {
    free(activity);
}

static struct activity *sim_open(struct device *device) {
    struct activity *activity = calloc(1, sizeof *activity);
    uint64_t bytes;
    if (!activity)
        return NULL;
    struct meter_verdict *verdict = activity_source_add(activity, "traffic");
    if (!sim_traffic_bytes(device, &bytes))
        meter_decide(verdict, METER_ABSENT, "set the key traffic",
            "this simulated machine does not count what its engine moves");
    return activity;
}

const struct activity_table activity_sim = {.open = sim_open, .read = sim_read, .close = sim_close};
