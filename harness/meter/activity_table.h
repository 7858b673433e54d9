/* SPDX-License-Identifier: MIT
 *
 * What a reader of counters fills in. To add one: a file here, and a row in activity.c.
 */
#ifndef ANEPROBE_METER_ACTIVITY_TABLE_H
#define ANEPROBE_METER_ACTIVITY_TABLE_H

#include "meter/activity.h"
#include "meter/meter_table.h"

/* Open counters. Each kind has its own fields after these. */
struct activity {
    const struct activity_table *table;
    struct device *device; /* for its clock */
    int n;
    struct {
        char name[64];
        struct meter_verdict verdict; /* unproven, or why it cannot be read */
        double count;                 /* of the last read; never falls */
    } sources[ACTIVITY_SOURCES];
};

struct activity_table {
    /* Sets the sources. NULL only when out of memory. */
    struct activity *(*open)(struct device *device);
    /* Sets the count of each source; the verdict of one that no longer can be read becomes absent. */
    void (*read)(struct activity *activity);
    void (*close)(struct activity *activity);
};

/* Adds a source; NULL when there is no room. */
struct meter_verdict *activity_source_add(struct activity *activity, const char *name);

extern const struct activity_table activity_sim, activity_ioreport;

#endif
