/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include "meter/meter.h"

#include <stdio.h>

static const uint64_t limit_ns = 500000000;

static void counter_row(const struct meters *meters, int meter, enum meter_quantity quantity) {
    const struct meter_counter *counter = meters_counter(meters, meter, quantity);
    char item[48];
    if (!counter->there)
        return;
    snprintf(item, sizeof item, "%s %s", meters_name(meters, meter), meter_quantity_name(quantity));
    if (counter->verdict.state == METER_LIVE)
        doctor_row("energy", item, "ok", "", "%s, in %s: updated every %.3g ms, by %.3g mJ or more",
            counter->channels, counter->unit, (double)counter->period_ns / 1e6,
            1e3 * counter->step_j);
    else
        doctor_row("energy", item, meter_state_name(counter->verdict.state),
            counter->verdict.remedy, "%s: %s", counter->channels, counter->verdict.reason);
}

void doctor_meters_rows(const struct meters *meters) {
    char controls[256];
    for (int i = 0; i < meters_count(meters); i++) {
        const struct meter_verdict *verdict = meters_verdict(meters, i);
        if (verdict->state > METER_UNPROVEN)
            doctor_row("energy", meters_name(meters, i), meter_state_name(verdict->state),
                verdict->remedy, "%s", verdict->reason);
        for (int q = 0; q < METER_QUANTITIES; q++)
            counter_row(meters, i, (enum meter_quantity)q);
    }
    meters_controls(meters, controls, sizeof controls);
    if (controls[0])
        doctor_row("energy", "control", "ok", "",
            "%s: said to move when the engine works, and only then", controls);
}

int doctor_meters(void) {
    struct device *device;
    struct device_error error;
    if (device_open("cpu", 0, &device, &error) != DEVICE_OK) {
        doctor_row("energy", "meters", "failed", "see the device cpu", "%s", error.text);
        return 0;
    }
    struct meters *meters = meters_open(device);
    if (meters)
        (void)meters_prove(meters, NULL, limit_ns);
    if (meters)
        doctor_meters_rows(meters);
    meters_close(meters);
    device_close(device);
    return 0;
}
