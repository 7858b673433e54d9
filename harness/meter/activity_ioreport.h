/* SPDX-License-Identifier: MIT
 *
 * What the engine's counters need of IOReport beside what the meter of energy does.
 */
#ifndef ANEPROBE_METER_ACTIVITY_IOREPORT_H
#define ANEPROBE_METER_ACTIVITY_IOREPORT_H

#include "meter/activity_table.h"
#include "meter/meter_ioreport.h"

/* As IOREPORT_FUNCTIONS. Of a channel of states: how many, and how long it was in one, in ticks of a clock. */
#define IOREPORT_ACTIVITY_FUNCTIONS(X)                                                             \
    X(REPORT, const void *, IOReportChannelGetSubGroup, (const void *channel))                     \
    X(REPORT, int32_t, IOReportStateGetCount, (const void *channel))                               \
    X(REPORT, int64_t, IOReportStateGetResidency, (const void *channel, int32_t state))

struct ioreport_activity_entry {
    struct ioreport_entry report;
#define IOREPORT_FIELD(library, result, name, parameters) result(*name) parameters;
    IOREPORT_ACTIVITY_FUNCTIONS(IOREPORT_FIELD)
#undef IOREPORT_FIELD
};

/* The counters by these functions; one that is NULL is absent. */
struct activity *ioreport_activity_open_with(const struct ioreport_activity_entry *entry);

#endif
