/* SPDX-License-Identifier: MIT
 *
 * The engine's counters of IOReport, which need no root: bytes (AMC Stats, M1 to M4), interrupts, and on newer chips
 * how long its traffic was in each of several bands (PMP). Each group has a subscription of its own, since some are
 * refused (M5: AMC Stats). SoC Stats' ANE*_TRIG is left alone: it counts the time.
 *
 * Not verified on a Mac. The tests run it against a stand-in of these functions.
 */
#include "meter/activity_ioreport.h"

#include "device/apple/apple_entry.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UTF8 = 0x08000100 /* kCFStringEncodingUTF8 */, NAME_BYTES = 64 };

/* Channels whose subgroup and name begin so (`ane 0`, `ane0 0`); of a name also a part that it must have. A group that
 * is not there may be there by its other name (PMP0: M5 Max). Of channels of states all states but the first, the
 * lowest, count. */
static const struct {
    const char *label, *groups[2], *subgroup, *name, *part;
} rows[] = {
    {"AMC Stats, Perf Counters", {"AMC Stats"}, "Perf Counters", "ANE", ""},
    {"Interrupt Statistics", {"Interrupt Statistics (by index)"}, "ane", "Second Level", "Count"},
    {"PMP, AF BW", {"PMP", "PMP0"}, "AF BW", "ANE", ""},
    {"PMP, SOC Floor", {"PMP", "PMP0"}, "SOC Floor", "ANE", ""},
    {"PMP, DCS Floor", {"PMP", "PMP0"}, "DCS Floor", "ANE", ""},
    {"PMP, DCS BW", {"PMP", "PMP0"}, "DCS BW", "ANE", ""},
};
enum { N_ROWS = sizeof rows / sizeof *rows };
_Static_assert((int)N_ROWS <= (int)ACTIVITY_SOURCES, "room for all counters");

struct ioreport_activity {
    struct activity base;
    struct ioreport_activity_entry entry;
    void *channels_key;
    void *subscriptions[N_ROWS], *subscribed[N_ROWS];
};

static bool begins_with(
    const struct ioreport_activity *r, const void *string, const char *begin, const char *part) {
    char text[NAME_BYTES];
    return string && r->entry.report.CFStringGetCString(string, text, NAME_BYTES, UTF8) &&
           strncmp(text, begin, strlen(begin)) == 0 && strstr(text, part);
}

static bool is_counted(const struct ioreport_activity *r, const void *channel, int row) {
    return begins_with(
               r, r->entry.report.IOReportChannelGetGroup(channel), rows[row].groups[0], "") &&
           begins_with(r, r->entry.IOReportChannelGetSubGroup(channel), rows[row].subgroup, "") &&
           begins_with(r, r->entry.report.IOReportChannelGetChannelName(channel), rows[row].name,
               rows[row].part);
}

/* False where it has no value, or is of another format. */
static bool channel_count(const struct ioreport_activity *r, const void *channel, double *count) {
    const int format = r->entry.report.IOReportChannelGetFormat(channel);
    if (format == IOREPORT_FORMAT_SIMPLE) {
        const int64_t value = r->entry.report.IOReportSimpleGetIntegerValue(channel, 0);
        *count += value == IOREPORT_NO_VALUE ? 0 : (double)value;
        return value != IOREPORT_NO_VALUE;
    }
    if (format != IOREPORT_FORMAT_STATE)
        return false;
    const int32_t n = r->entry.IOReportStateGetCount(channel);
    for (int32_t state = 1; state < n; state++) {
        const int64_t ticks = r->entry.IOReportStateGetResidency(channel, state);
        *count += ticks == IOREPORT_NO_VALUE ? 0 : (double)ticks;
    }
    return n > 1;
}

/* The channels of a row that have a value; *count is their sum. 0: none, or no sample. */
static int row_count(const struct ioreport_activity *r, int row, double *count) {
    const struct ioreport_entry *e = &r->entry.report;
    void *sample = e->IOReportCreateSamples(r->subscriptions[row], r->subscribed[row], NULL);
    const void *channels = sample ? e->CFDictionaryGetValue(sample, r->channels_key) : NULL;
    const long n = channels ? e->CFArrayGetCount(channels) : 0;
    int n_counted = 0;
    *count = 0;
    for (long i = 0; i < n; i++) {
        const void *channel = e->CFArrayGetValueAtIndex(channels, i);
        n_counted += is_counted(r, channel, row) && channel_count(r, channel, count);
    }
    if (sample)
        e->CFRelease(sample);
    return n_counted;
}

static void ioreport_read(struct activity *activity) {
    struct ioreport_activity *r = (struct ioreport_activity *)activity;
    for (int i = 0; i < N_ROWS; i++)
        if (activity->sources[i].verdict.state == METER_UNPROVEN &&
            row_count(r, i, &activity->sources[i].count) == 0)
            meter_decide(&activity->sources[i].verdict, METER_ABSENT, "", "has no values any more");
}

static void ioreport_close(struct activity *activity) {
    struct ioreport_activity *r = (struct ioreport_activity *)activity;
    for (int i = 0; i < N_ROWS; i++) {
        if (r->subscriptions[i])
            r->entry.report.CFRelease(r->subscriptions[i]);
        if (r->subscribed[i])
            r->entry.report.CFRelease(r->subscribed[i]);
    }
    if (r->channels_key)
        r->entry.report.CFRelease(r->channels_key);
    free(r);
}

/* NULL, or why the row cannot be read. */
static const char *row_subscribe(struct ioreport_activity *r, int row) {
    const struct ioreport_entry *e = &r->entry.report;
    double count;
    void *desired = NULL;
    for (int i = 0; i < 2 && !desired && rows[row].groups[i]; i++) {
        void *group = e->CFStringCreateWithCString(NULL, rows[row].groups[i], UTF8);
        desired = group ? e->IOReportCopyChannelsInGroup(group, NULL, 0, 0, 0) : NULL;
        if (group)
            e->CFRelease(group);
    }
    if (!desired)
        return "is not there";
    r->subscriptions[row] =
        e->IOReportCreateSubscription(NULL, desired, &r->subscribed[row], 0, NULL);
    e->CFRelease(desired);
    if (!r->subscriptions[row] || !r->subscribed[row])
        return "is refused";
    return row_count(r, row, &count) > 0 ? NULL : "has no channel of the engine";
}

static const char *function_absent(const struct ioreport_activity_entry *entry) {
#define IOREPORT_ABSENT(library, result, name, parameters)                                         \
    if (!entry->name)                                                                              \
        return #name;
    IOREPORT_ACTIVITY_FUNCTIONS(IOREPORT_ABSENT)
#undef IOREPORT_ABSENT
    return ioreport_absent(&entry->report);
}

struct activity *ioreport_activity_open_with(const struct ioreport_activity_entry *entry) {
    struct ioreport_activity *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->entry = *entry;
    const char *absent = function_absent(entry);
    if (!absent)
        r->channels_key = entry->report.CFStringCreateWithCString(NULL, "IOReportChannels", UTF8);
    for (int i = 0; i < N_ROWS; i++) {
        struct meter_verdict *verdict = activity_source_add(&r->base, rows[i].label);
        const char *why = absent            ? NULL
                          : r->channels_key ? row_subscribe(r, i)
                                            : "cannot be asked for: out of memory";
        if (absent)
            meter_decide(verdict, METER_ABSENT, "", "the function %s is not there", absent);
        else if (why)
            meter_decide(verdict, METER_ABSENT, "", "%s", why);
    }
    return &r->base;
}

static struct activity *ioreport_open(struct device *device) {
    const char *standin = getenv(APPLE_STANDIN_VARIABLE);
    const bool is_standin = standin && *standin;
    struct ioreport_activity_entry entry = {.IOReportChannelGetSubGroup = NULL};
    (void)device;
    ioreport_entry_find(is_standin ? standin : NULL, &entry.report);
#define IOREPORT_OPEN(name, path)                                                                  \
    void *const library_##name = dlopen(is_standin ? standin : path, RTLD_NOW);
    IOREPORT_LIBRARIES(IOREPORT_OPEN)
#undef IOREPORT_OPEN
#define IOREPORT_FIND(library, result, name, parameters)                                           \
    *(void **)(void *)&entry.name = library_##library ? dlsym(library_##library, #name) : NULL;
    IOREPORT_ACTIVITY_FUNCTIONS(IOREPORT_FIND)
#undef IOREPORT_FIND
    (void)library_CF;
    return ioreport_activity_open_with(&entry);
}

const struct activity_table activity_ioreport = {
    .open = ioreport_open, .read = ioreport_read, .close = ioreport_close};
