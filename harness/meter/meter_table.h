/* SPDX-License-Identifier: MIT
 *
 * What a meter fills in. To add one: a file here, and a row in meters.c.
 */
#ifndef ANEPROBE_METER_METER_TABLE_H
#define ANEPROBE_METER_METER_TABLE_H

#include "meter/meter.h"

/* An open meter. Each kind has its own fields after these. */
struct meter {
    const struct meter_table *table;
    struct device *device; /* for its clock */
    struct meter_verdict verdict;
    struct meter_counter counters[METER_QUANTITIES];
    /* Of the last read: joules since open; and what shows whether the counter was updated. */
    double joules[METER_QUANTITIES];
    uint64_t mark[METER_QUANTITIES];
};

struct meter_table {
    const char *name;
    bool simulated; /* of simulated devices, and of no other */
    /* Sets the verdict and the counters. NULL only when out of memory. */
    struct meter *(*open)(struct device *device);
    /* Sets joules and mark of every counter that can be read; the verdict of one that no longer can becomes
     * something other than live. */
    void (*read)(struct meter *meter);
    void (*close)(struct meter *meter);
    const char *wakes; /* what may help when counters stand still */
};

extern const struct meter_table meter_sim, meter_powercap;

/* Remedies of several meters. */
#define METER_BARE "run it on the machine itself"
#define METER_PROVE "run 'aneprobe run energy'"
#define METER_AGAIN "try again"
#define METER_TELL "send what 'aneprobe doctor --format csv' prints, in an issue"

/* Fills a verdict in. */
void meter_decide(struct meter_verdict *verdict, enum meter_state state, const char *remedy,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The counter of a quantity, unproven: adds one channel to its name. */
struct meter_counter *meter_counter_add(
    struct meter *meter, enum meter_quantity quantity, const char *channel, const char *unit);

#endif
