/* SPDX-License-Identifier: MIT
 *
 * The counters of a simulated machine: virtual joules, of known truth.
 */
#include "meter/meter_table.h"

#include "device/sim/sim.h"

#include <math.h>
#include <stdlib.h>

static const struct {
    enum meter_quantity quantity;
    enum sim_rail rail;
    const char *channel;
} rails[] = {{METER_ENGINE, SIM_RAIL_ENGINE, "engine"}, {METER_CPU, SIM_RAIL_CPU, "cpu"},
    {METER_PACKAGE, SIM_RAIL_PACKAGE, "package"}};
enum { N_RAILS = sizeof rails / sizeof *rails };

static void sim_read(struct meter *meter) {
    for (int i = 0; i < N_RAILS; i++) {
        const double joules = sim_meter_joules(meter->device, rails[i].rail);
        meter->joules[rails[i].quantity] = joules;
        meter->mark[rails[i].quantity] = (uint64_t)llround(joules * 1e9);
    }
}

static void sim_close(struct meter *meter) {
    free(meter);
}

static struct meter *sim_open(struct device *device) {
    struct meter *meter = calloc(1, sizeof *meter);
    if (!meter)
        return NULL;
    const enum sim_meter kind = sim_meter_kind(device);
    meter_decide(&meter->verdict, METER_UNPROVEN, METER_PROVE, "was not tried yet");
    for (int i = 0; i < N_RAILS && kind != SIM_METER_NONE; i++) {
        if (kind == SIM_METER_ENGINE_ABSENT && rails[i].rail == SIM_RAIL_ENGINE)
            continue;
        struct meter_counter *counter =
            meter_counter_add(meter, rails[i].quantity, rails[i].channel, "J");
        if (kind == SIM_METER_FORBIDDEN)
            meter_decide(&counter->verdict, METER_FORBIDDEN, "set the key meter to works",
                "this simulated machine keeps its counters from users");
    }
    if (kind == SIM_METER_NONE)
        meter_decide(&meter->verdict, METER_ABSENT, "set the key meter",
            "this simulated machine has no counters of energy");
    return meter;
}

const struct meter_table meter_sim = {.name = "sim",
    .simulated = true,
    .open = sim_open,
    .read = sim_read,
    .close = sim_close,
    .wakes = "set the key meter to works"};
