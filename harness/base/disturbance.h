/* SPDX-License-Identifier: MIT
 *
 * The load from others on this machine during a measurement: processor time not our own, time
 * stolen from a guest, time our threads were ready but did not run, clock frequency, thermal
 * pressure.
 *
 * Take one reading before and one after; the difference counts. Each figure says whether it is
 * known: in a container or on another system some cannot be read, which is not 0.
 */
#ifndef ANEPROBE_BASE_DISTURBANCE_H
#define ANEPROBE_BASE_DISTURBANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Counters since the machine or the process began. */
struct disturbance_reading {
    uint64_t at_ns;     /* monotonic clock */
    uint64_t busy_ns;   /* all processors together, not idle, in the kernel's steps of step_ns */
    uint64_t stolen_ns; /* of a guest, by its hypervisor */
    uint64_t step_ns;   /* what busy_ns and stolen_ns are counted in: 10 ms on Linux */
    uint64_t own_ns;    /* this process and the children it has waited for */
    uint64_t waited_ns; /* its threads were ready but did not run */
    uint64_t switches;  /* involuntary context switches */
    double frequency_mhz;
    uint64_t thermal_pressure; /* macOS: 0 nominal to 4 sleeping (OSThermalNotification.h) */
    unsigned n_processors;     /* that busy_ns counts */
    bool has_busy, has_stolen, has_waited, has_switches, has_frequency, has_thermal_pressure;
};

/* From the system: Linux /proc/stat, /proc/self/task, /sys and getrusage; macOS host_processor_info,
 * notify(3) and getrusage (macOS: not run so far). Always fills at_ns, own_ns and switches. */
void disturbance_read(struct disturbance_reading *reading);
/* The same with files below `root` in place of / (Linux), for tests. */
void disturbance_read_below(const char *root, struct disturbance_reading *reading);

/* Between two readings. */
struct disturbance {
    uint64_t wall_ns;
    double others_cpus; /* processors kept busy by others, on average, including stolen time */
    double stolen_cpus; /* of those, by the hypervisor */
    /* share of the wall time that a thread was ready but did not run; may exceed 1 with several */
    double waited_share;
    uint64_t switches;
    double frequency_mhz;      /* the lower of the two readings */
    uint64_t thermal_pressure; /* the higher of the two readings */
    double error_cpus;         /* the possible error of others_cpus due to the kernel's steps */
    unsigned n_processors;     /* of which others_cpus are a part; 0 where that is not known */
    bool has_others, has_stolen, has_waited, has_switches, has_frequency, has_thermal_pressure;
};

/* Counters that ran backwards (a clock that was set, a processor taken away) make a figure unknown. */
void disturbance_between(const struct disturbance_reading *begin,
    const struct disturbance_reading *end, struct disturbance *out);

#endif
