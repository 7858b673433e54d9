/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of this folder.
 */
#ifndef ANEPROBE_METER_METERS_H
#define ANEPROBE_METER_METERS_H

#include "meter/activity_table.h"
#include "meter/meter_table.h"

enum { METERS_MAX = 6 };

struct meters {
    struct device *device;
    struct meter *list[METERS_MAX];
    int n;
    /* A positive control of the engine's counters; NULL = nothing else shows whether it works. */
    struct activity *activity;
};

/* The meter of meters_best, or NULL. */
struct meter *meters_source(const struct meters *meters, enum meter_quantity quantity);

/* Reads all of them; the time is taken after, on the device's clock. */
void meters_read(struct meters *meters, uint64_t *at_ns);

/* ---- watching one counter, from its first update to its last (watch.c) */

/* Fewer updates than these tell neither a period nor where a window may begin and end. */
enum { WATCH_GAPS = 16, WATCH_UPDATES = 3 };
struct watch {
    bool is_read;
    double read_joules, first_joules,
        last_joules; /* of the first read; of the first and last update */
    uint64_t read_ns, first_ns, last_ns, mark;
    uint64_t first_step, last_step, read_step; /* pieces of work done by then */
    double now_joules;
    uint64_t now_ns, now_step;
    unsigned updates;
    double step_j; /* the smallest change seen, 0 = none */
    uint64_t gaps_ns[WATCH_GAPS];
};

/* Takes the last read of the meter's counter into account. */
void watch_note(struct watch *watch, const struct meter *meter, enum meter_quantity quantity,
    uint64_t at_ns, uint64_t n_steps);
/* The median of the first gaps between updates, 0 = too few updates. */
uint64_t watch_period_ns(const struct watch *watch);
/* Joules and time between the first and the last update if there are enough of those, else between the first
 * and the last read. */
void watch_energy(const struct watch *watch, struct meter_energy *out);

#endif
