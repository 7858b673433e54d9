/* SPDX-License-Identifier: MIT
 *
 * Energy: joules, or the reason why there are none. A meter is one way to read energy (a table of
 * the system's, a bus of the chip); it has a counter for each quantity that it reads. A counter
 * gives numbers only once it was seen to move with work and not without: one that stands still looks
 * like an engine that takes nothing.
 */
#ifndef ANEPROBE_METER_METER_H
#define ANEPROBE_METER_METER_H

#include "device/device.h"

/* What a counter counts. They are different things, and every figure says which it is of. */
enum meter_quantity {
    METER_ENGINE,  /* the engine's rail */
    METER_PACKAGE, /* the chip: engine, CPU, GPU, caches, on some machines memory */
    METER_CPU,     /* the cores */
    METER_MEMORY,  /* DRAM */
    METER_SYSTEM,  /* the whole computer */
    METER_QUANTITIES
};
const char *meter_quantity_name(enum meter_quantity quantity); /* "engine", "package", ... */

/* From the most to the least that can be done with it. */
enum meter_state {
    METER_LIVE,      /* moves with work and less without: its numbers count */
    METER_UNPROVEN,  /* it may be right; what is missing is in the reason */
    METER_FROZEN,    /* stood still while work surely ran */
    METER_FORBIDDEN, /* there, but not for this user */
    METER_ABSENT,    /* not there, or it cannot be understood */
    METER_STATES
};
const char *meter_state_name(enum meter_state state);

struct meter_verdict {
    enum meter_state state;
    char reason[256]; /* "" when live */
    char remedy[200]; /* what would help; "" when live, and of counters of activity.h */
};

struct meter_counter {
    bool there;        /* the meter has one for this quantity */
    char channels[96]; /* as the source names them: "package-0 + package-1" */
    char unit[8];      /* the source's: "uJ" */
    struct meter_verdict verdict;
    /* Measured by meters_prove; 0 = not known. */
    double step_j;      /* the smallest change seen */
    uint64_t period_ns; /* between two updates */
    /* Of a meter of power rather than energy: how long its readings lag. 0 of all others. */
    uint64_t settle_ns;
};

struct meter;
struct meters;

/* All meters that bear on the device: of a simulated one its own, else those of this system. What cannot be
 * read is there as well, with the reason. NULL = out of memory. Close before the device. */
struct meters *meters_open(struct device *device);
void meters_close(struct meters *meters); /* NULL is allowed */

int meters_count(const struct meters *meters);
const char *meters_name(const struct meters *meters, int meter); /* "powercap" */
/* Of the meter as a whole: METER_UNPROVEN when it has counters, else why it has none. */
const struct meter_verdict *meters_verdict(const struct meters *meters, int meter);
const struct meter_counter *meters_counter(
    const struct meters *meters, int meter, enum meter_quantity quantity);
/* What else shows that the engine works (activity.h): names, "" = nothing. */
void meters_controls(const struct meters *meters, char *out, size_t size);

/* The counter of a quantity that numbers come from: of all meters' the one with the best state; *name is its
 * meter's. NULL = no meter has one. */
const struct meter_counter *meters_best(
    const struct meters *meters, enum meter_quantity quantity, const char **name);
/* Whether any counter may still give numbers, or does. If not, `reason` says why in one line. */
bool meters_any(const struct meters *meters, char *reason, size_t size);

/* About so long later. Unlike device_host_pause it sleeps to the end, which takes no energy and is less
 * exact. */
void meter_rest(struct device *device, uint64_t rest_ns);

/* One piece of work, such as an eval: 0; 1 when there was none left to do; -1 to give up. */
struct meter_work {
    int (*step)(void *context);
    void *context;
};

/* Decides what every counter is. A core is kept busy by this process, which all but the engine's counter must
 * show; then `work` is done, which must have been seen to run, and the engine's must show that; then
 * nothing is done, and all must show less. A counter of the engine that stands still is frozen only if a live counter
 * of what the engine does (activity.h) moved with the work; otherwise the work may have run elsewhere, and it is
 * unproven. Measures steps and periods meanwhile. Each part lasts limit_ns at most. `work` NULL: the engine's counter stays unproven. Returns 0, or -1 when work gave up. */
int meters_prove(struct meters *meters, const struct meter_work *work, uint64_t limit_ns);

/* What was read of a quantity in a window, from an update of the counter to another. */
struct meter_energy {
    bool there; /* else `reason` says why not */
    double joules;
    uint64_t elapsed_ns, n_steps; /* time, and pieces of work, between the two */
    unsigned updates;
    char reason[480]; /* with the remedy */
};
struct meter_window {
    uint64_t elapsed_ns, n_steps;
    struct meter_energy of[METER_QUANTITIES];
};
/* Twenty periods of a counter, so that neither end matters. */
enum { METER_WINDOW_UPDATES = 20 };

/* Does `work` for at least least_ns, and for as long as the live counters need for a figure good to 1 %,
 * within limit_ns, or until there is none left: then a counter that had too few updates has no figure. `work` NULL:
 * nothing is done meanwhile. Returns 0, or -1 when work gave up. */
int meters_window(struct meters *meters, const struct meter_work *work, uint64_t least_ns,
    uint64_t limit_ns, struct meter_window *out);

/* What work took of a quantity, as read and less what an idle machine takes in that time (net). */
struct meter_joules {
    const char *reason; /* why it is unknown, of one of the windows; else NULL */
    uint64_t n_steps, elapsed_ns;
    double work_j, net_j, power_w, idle_w;
    double step_j, net_step_j; /* of a piece of work */
};
void meter_joules_of(const struct meter_window *idle, const struct meter_window *work,
    enum meter_quantity quantity, struct meter_joules *out);

#endif
