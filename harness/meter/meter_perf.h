/* SPDX-License-Identifier: MIT
 *
 * Linux perf's PMU `power`: the same counters as powercap, through perf_event_open.
 */
#ifndef ANEPROBE_METER_METER_PERF_H
#define ANEPROBE_METER_METER_PERF_H

#include "meter/meter_table.h"

/* The system's calls. */
struct perf_entry {
    /* A counter of that PMU's type and event on a processor: a descriptor, or -1 with errno set. */
    int (*open)(uint32_t type, uint64_t event, int processor);
    /* Its count; 0, or -1 with errno set. */
    int (*read)(int descriptor, uint64_t *count);
    void (*close)(int descriptor);
};

struct meter *perf_open_with(struct device *device, const struct perf_entry *entry);
extern const struct meter_table meter_perf;

#endif
