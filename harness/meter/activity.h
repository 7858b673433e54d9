/* SPDX-License-Identifier: MIT
 *
 * Whether the engine works: counters of the bytes that it moves, and of its interrupts, for the whole machine. A
 * counter that stands still looks like an idle engine, so that each must first be seen to follow work that surely
 * ran on the engine (the control), and to stand still without any. Which counters a chip has, others have published
 * (4rg0naut/silicon-ledger-public, metaspartan/mactop#72, sbryngelson/ane-guide).
 */
#ifndef ANEPROBE_METER_ACTIVITY_H
#define ANEPROBE_METER_ACTIVITY_H

#include "meter/meter.h"

enum { ACTIVITY_SOURCES = 8 };

/* What the control shows of one counter; live: it is to be believed. */
struct activity_source {
    char name[64]; /* "AMC Stats, Perf Counters" */
    struct meter_verdict verdict;
    double busy_per_s, idle_per_s; /* what it counted with the work, and without */
};
struct activity_control {
    int n;
    struct activity_source sources[ACTIVITY_SOURCES];
};

/* Counters to be read at times of the caller's choice, who also does the work and waits. NULL = out of memory. Close
 * before the device. */
struct activity;
struct activity *activity_open(struct device *device);
void activity_close(struct activity *activity); /* NULL is allowed */
/* The names of the counters that can be read, "; " between them; "" = none. */
void activity_names(const struct activity *activity, char *out, size_t size);
/* What each of them counts from begin to end. */
struct activity_span {
    double count[ACTIVITY_SOURCES], per_s[ACTIVITY_SOURCES], seconds;
    uint64_t begin_ns;
};
void activity_span_begin(struct activity *activity, struct activity_span *span);
void activity_span_end(struct activity *activity, struct activity_span *span);
/* What a span with work that surely ran on the engine, and one without any, show. */
void activity_judge(const struct activity *activity, const struct activity_span *busy,
    const struct activity_span *idle, struct activity_control *out);

/* Does `work`, which surely runs on the engine, again and again for window_ns, and then nothing for as long; where
 * no counter can be read, neither. Returns 0, or -1 when work gave up. */
int activity_prove(struct device *device, const struct meter_work *work, uint64_t window_ns,
    struct activity_control *out);
/* Whether any counter is live; if not, `reason` says why in one line. */
bool activity_is_live(const struct activity_control *control, char *reason, size_t size);

enum activity_place {
    ACTIVITY_UNPROVEN, /* the reason says why */
    ACTIVITY_ENGINE,   /* a live counter moved with the work, and not without */
    ACTIVITY_ELSEWHERE /* every live counter stood still; believe it only if a second control moves them again */
};
const char *activity_place_name(enum activity_place place); /* "unproven", "engine", "elsewhere" */
struct activity_found {
    enum activity_place place;
    char reason[256]; /* of each place: what was counted, or why nothing is known */
};
/* The same for work of which it is not known where it runs. */
int activity_find(struct device *device, const struct activity_control *control,
    const struct meter_work *work, uint64_t window_ns, struct activity_found *out);

#endif
