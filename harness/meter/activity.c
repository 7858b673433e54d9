/* SPDX-License-Identifier: MIT */
#include "meter/activity_table.h"

#include <stdio.h>
#include <string.h>

/* Without work a counter may move at this share of its rate with work. */
static const double idle_share = 0.1;
/* At least so many counts for each piece of work are of that work; fewer than the other are of none. */
static const double moved_least = 1, still_most = 0.1;
static const uint64_t gap_ns = 1000000;

const char *activity_place_name(enum activity_place place) {
    static const char *const names[] = {"unproven", "engine", "elsewhere"};
    return names[place];
}

struct meter_verdict *activity_source_add(struct activity *activity, const char *name) {
    if (activity->n == ACTIVITY_SOURCES)
        return NULL;
    const int i = activity->n++;
    snprintf(activity->sources[i].name, sizeof activity->sources[i].name, "%s", name);
    meter_decide(&activity->sources[i].verdict, METER_UNPROVEN, "", "was not tried yet");
    return &activity->sources[i].verdict;
}

struct activity *activity_open(struct device *device) {
    const bool simulated = strcmp(device_kind(device), "sim") == 0;
    const struct activity_table *table = simulated ? &activity_sim : &activity_ioreport;
    struct activity *a = table->open(device);
    if (a) {
        a->table = table;
        a->device = device;
    }
    return a;
}

void activity_close(struct activity *activity) {
    if (activity)
        activity->table->close(activity);
}

void activity_names(const struct activity *activity, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < activity->n && used < size; i++)
        if (activity->sources[i].verdict.state == METER_UNPROVEN)
            used += (size_t)snprintf(
                out + used, size - used, "%s%s", used > 0 ? "; " : "", activity->sources[i].name);
}

void activity_span_begin(struct activity *a, struct activity_span *span) {
    *span = (struct activity_span){.seconds = 0};
    a->table->read(a);
    for (int i = 0; i < a->n; i++)
        span->count[i] = a->sources[i].count;
    span->begin_ns = device_clock_ns(a->device);
}

void activity_span_end(struct activity *a, struct activity_span *span) {
    span->seconds = (double)(device_clock_ns(a->device) - span->begin_ns) / 1e9;
    a->table->read(a);
    for (int i = 0; i < a->n; i++) {
        span->count[i] = a->sources[i].count - span->count[i];
        span->per_s[i] = span->seconds > 0 ? span->count[i] / span->seconds : 0;
    }
}

/* The rates of all sources while work is done, or nothing (`work` NULL). */
struct window {
    struct activity_span span;
    uint64_t n_steps;
};

static int window_watch(
    struct activity *a, const struct meter_work *work, uint64_t window_ns, struct window *out) {
    out->n_steps = 0;
    activity_span_begin(a, &out->span);
    while (device_clock_ns(a->device) - out->span.begin_ns < window_ns) {
        if (!work)
            meter_rest(a->device, gap_ns);
        else if (work->step(work->context) != 0)
            return -1;
        out->n_steps += work != NULL;
    }
    activity_span_end(a, &out->span);
    return 0;
}

/* Both windows, one after the other. */
static int windows_watch(struct activity *a, const struct meter_work *work, uint64_t window_ns,
    struct window *busy, struct window *idle) {
    return window_watch(a, work, window_ns, busy) == 0 ? window_watch(a, NULL, window_ns, idle)
                                                       : -1;
}

static void source_judge(struct activity_source *s, double seconds) {
    if (s->verdict.state != METER_UNPROVEN)
        return;
    if (s->busy_per_s <= 0)
        meter_decide(&s->verdict, METER_FROZEN, "",
            "stood still for %.2g s while work ran on the engine", seconds);
    else if (s->idle_per_s > s->busy_per_s * idle_share)
        meter_decide(&s->verdict, METER_UNPROVEN, "close other programs, then try again",
            "counts %.3g a second while work ran on the engine, and %.3g with nothing to do",
            s->busy_per_s, s->idle_per_s);
    else
        meter_decide(&s->verdict, METER_LIVE, "", "%s", "");
}

void activity_judge(const struct activity *a, const struct activity_span *busy,
    const struct activity_span *idle, struct activity_control *out) {
    *out = (struct activity_control){.n = a->n};
    for (int i = 0; i < a->n; i++) {
        struct activity_source *s = &out->sources[i];
        snprintf(s->name, sizeof s->name, "%s", a->sources[i].name);
        s->verdict = a->sources[i].verdict;
        s->busy_per_s = busy->per_s[i];
        s->idle_per_s = idle->per_s[i];
        source_judge(s, busy->seconds);
    }
}

int activity_prove(struct device *device, const struct meter_work *work, uint64_t window_ns,
    struct activity_control *out) {
    struct activity *a = activity_open(device);
    struct window busy = {.n_steps = 0}, idle = busy;
    char readable[256];
    *out = (struct activity_control){.n = 0};
    if (!a)
        return 0; /* nothing is live */
    activity_names(a, readable, sizeof readable);
    const bool is_shown = readable[0] != '\0';
    const int result = is_shown ? windows_watch(a, work, window_ns, &busy, &idle) : 0;
    if (result == 0)
        activity_judge(a, &busy.span, &idle.span, out);
    activity_close(a);
    return result;
}

bool activity_is_live(const struct activity_control *control, char *reason, size_t size) {
    size_t used = (size_t)snprintf(
        reason, size, "%s", control->n ? "no counter follows the engine:" : "out of memory");
    for (int i = 0; i < control->n; i++) {
        const struct activity_source *s = &control->sources[i];
        if (s->verdict.state == METER_LIVE)
            return true;
        if (used < size)
            used += (size_t)snprintf(reason + used, size - used, "%s %s %s%s%s", i ? ";" : "",
                s->name, s->verdict.reason, *s->verdict.remedy ? "; " : "", s->verdict.remedy);
    }
    return false;
}

/* Of one live counter. */
static enum activity_place place_of(
    const struct window *busy, const struct window *idle, int source) {
    const double each = busy->span.count[source] / (double)busy->n_steps;
    const double busy_per_s = busy->span.per_s[source], idle_per_s = idle->span.per_s[source];
    if (each >= moved_least && idle_per_s <= busy_per_s * idle_share)
        return ACTIVITY_ENGINE;
    return each < still_most || busy_per_s - idle_per_s <= idle_per_s ? ACTIVITY_ELSEWHERE
                                                                      : ACTIVITY_UNPROVEN;
}

static void found_decide(const struct activity_control *control, const struct activity *a,
    const struct window *busy, const struct window *idle, struct activity_found *out) {
    bool is_still = true, is_seen = false;
    int shown = 0;
    for (int i = 0; i < control->n && i < a->n && out->place != ACTIVITY_ENGINE; i++) {
        if (control->sources[i].verdict.state != METER_LIVE)
            continue;
        const enum activity_place place = a->sources[i].verdict.state == METER_UNPROVEN
                                              ? place_of(busy, idle, i)
                                              : ACTIVITY_UNPROVEN;
        shown = !is_seen || place == ACTIVITY_ENGINE ? i : shown;
        is_seen = true;
        is_still = is_still && place == ACTIVITY_ELSEWHERE;
        if (place == ACTIVITY_ENGINE)
            out->place = place;
    }
    if (out->place != ACTIVITY_ENGINE && is_seen && is_still)
        out->place = ACTIVITY_ELSEWHERE;
    snprintf(out->reason, sizeof out->reason,
        "%s counts %.3g a second with the work, %.3g without, and %.3g with the control",
        a->sources[shown].name, busy->span.per_s[shown], idle->span.per_s[shown],
        control->sources[shown].busy_per_s);
}

int activity_find(struct device *device, const struct activity_control *control,
    const struct meter_work *work, uint64_t window_ns, struct activity_found *out) {
    struct window busy, idle;
    *out = (struct activity_found){.place = ACTIVITY_UNPROVEN};
    if (!activity_is_live(control, out->reason, sizeof out->reason))
        return 0;
    struct activity *a = activity_open(device);
    if (!a) {
        snprintf(out->reason, sizeof out->reason, "out of memory");
        return 0;
    }
    const int result = windows_watch(a, work, window_ns, &busy, &idle);
    if (result == 0)
        found_decide(control, a, &busy, &idle, out);
    activity_close(a);
    return result;
}
