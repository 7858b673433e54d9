/* SPDX-License-Identifier: MIT
 *
 * IOReport, which macOS's own tools read, without root. Groups, names and units are published by others
 * (vladkens/macmon, kennss/SiliconScope): in `Energy Model` the engine's channels begin with ANE, one an
 * engine, to be added up (ANE0_0 to ANE1_1 on an Ultra), the CPU's end in `CPU Energy`, memory is DRAM; names
 * may have a token such as DIE0 before them. A base M1 has the engine in `PMP`, `Energy Counters` instead.
 * On macOS 27 many stand still, which is why nothing here is believed before it has moved.
 *
 * Not verified on a Mac. The tests run it against a stand-in of these functions.
 */
#include "meter/meter_ioreport.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UTF8 = 0x08000100 }; /* kCFStringEncodingUTF8 */
enum { NAME_BYTES = 64 };

static const struct {
    const char *group, *subgroup; /* NULL = any */
} groups[] = {{"Energy Model", NULL}, {"PMP", "Energy Counters"}, {"PMP0", "Energy Counters"}};
enum { N_GROUPS = sizeof groups / sizeof *groups };

struct ioreport {
    struct meter base;
    struct ioreport_entry entry;
    void *subscription, *subscribed, *channels_key;
    bool engine_in_model;                                         /* else in PMP */
    int64_t first[METER_QUANTITIES][3], now[METER_QUANTITIES][3]; /* by unit, see units[] */
    int n_channels[METER_QUANTITIES];
};

static const struct {
    const char *label;
    double joules;
} units[] = {{"mJ", 1e-3}, {"uJ", 1e-6}, {"nJ", 1e-9}};
enum { N_UNITS = sizeof units / sizeof *units };

/* ---- names */

static void text_of(const struct ioreport *r, const void *string, char out[NAME_BYTES]) {
    out[0] = '\0';
    if (string && !r->entry.CFStringGetCString(string, out, NAME_BYTES, UTF8))
        out[0] = '\0';
}

/* Labels come padded. */
static void trim(char *text) {
    size_t from = strspn(text, " "), n = strlen(text);
    while (n > from && text[n - 1] == ' ')
        n--;
    memmove(text, text + from, n - from);
    text[n - from] = '\0';
}

static bool is_numbered(const char *name, const char *word) {
    const size_t n = strlen(word);
    return strncmp(name, word, n) == 0 && strspn(name + n, "0123456789_") == strlen(name + n);
}

static bool ends_in(const char *name, const char *end) {
    const size_t n = strlen(name), n_end = strlen(end);
    return n >= n_end && strcmp(name + n - n_end, end) == 0;
}

/* METER_QUANTITIES = none of ours. */
static enum meter_quantity quantity_of(const char *group, const char *name, bool *in_model) {
    const char *space = strchr(name, ' ');
    *in_model = strcmp(group, "Energy Model") == 0;
    if (is_numbered(name, "ANE") || (space && is_numbered(space + 1, "ANE")))
        return METER_ENGINE;
    if (!*in_model)
        return METER_QUANTITIES;
    if (ends_in(name, "CPU Energy"))
        return METER_CPU;
    return is_numbered(name, "DRAM") || (space && is_numbered(space + 1, "DRAM"))
               ? METER_MEMORY
               : METER_QUANTITIES;
}

/* ---- samples */

/* A channel of a sample that counts energy of ours; METER_QUANTITIES = another. */
static enum meter_quantity channel_read(
    const struct ioreport *r, const void *channel, char name[NAME_BYTES], bool *in_model) {
    char group[NAME_BYTES];
    text_of(r, r->entry.IOReportChannelGetGroup(channel), group);
    text_of(r, r->entry.IOReportChannelGetChannelName(channel), name);
    const enum meter_quantity quantity = quantity_of(group, name, in_model);
    if (quantity == METER_QUANTITIES ||
        r->entry.IOReportChannelGetFormat(channel) != IOREPORT_FORMAT_SIMPLE)
        return METER_QUANTITIES;
    return quantity;
}

static int unit_of(const struct ioreport *r, const void *channel, char label[NAME_BYTES]) {
    text_of(r, r->entry.IOReportChannelGetUnitLabel(channel), label);
    trim(label);
    for (int i = 0; i < N_UNITS; i++)
        if (strcmp(label, units[i].label) == 0)
            return i;
    return -1;
}

static const void *channels_of(const struct ioreport *r, const void *sample) {
    return r->entry.CFDictionaryGetValue(sample, r->channels_key);
}

static bool is_chosen(const struct ioreport *r, enum meter_quantity quantity, bool in_model) {
    return quantity != METER_QUANTITIES &&
           (quantity != METER_ENGINE || in_model == r->engine_in_model);
}

static void all_fail(struct ioreport *r, const char *reason) {
    for (int q = 0; q < METER_QUANTITIES; q++)
        if (r->base.counters[q].there)
            meter_decide(&r->base.counters[q].verdict, METER_ABSENT, METER_AGAIN, "%s", reason);
}

/* Adds up a sample. What has no value now though it had one before makes its counter absent. */
static void sample_add(struct ioreport *r, const void *sample) {
    const void *channels = channels_of(r, sample);
    const long n = channels ? r->entry.CFArrayGetCount(channels) : 0;
    int seen[METER_QUANTITIES] = {0};
    memset(r->now, 0, sizeof r->now);
    for (long i = 0; i < n; i++) {
        const void *channel = r->entry.CFArrayGetValueAtIndex(channels, i);
        char name[NAME_BYTES], label[NAME_BYTES];
        bool in_model;
        const enum meter_quantity q = channel_read(r, channel, name, &in_model);
        const int unit = is_chosen(r, q, in_model) ? unit_of(r, channel, label) : -1;
        if (unit < 0)
            continue;
        const int64_t value = r->entry.IOReportSimpleGetIntegerValue(channel, 0);
        if (value == IOREPORT_NO_VALUE)
            continue;
        r->now[q][unit] += value;
        seen[q]++;
    }
    for (int q = 0; q < METER_QUANTITIES; q++)
        if (r->base.counters[q].there && r->base.counters[q].verdict.state <= METER_FROZEN &&
            seen[q] != r->n_channels[q])
            meter_decide(&r->base.counters[q].verdict, METER_ABSENT, METER_AGAIN,
                "of its %d channels %d have a value", r->n_channels[q], seen[q]);
}

static void ioreport_read(struct meter *meter) {
    struct ioreport *r = (struct ioreport *)meter;
    void *sample = r->entry.IOReportCreateSamples(r->subscription, r->subscribed, NULL);
    if (!sample) {
        all_fail(r, "IOReportCreateSamples gave nothing");
        return;
    }
    sample_add(r, sample);
    r->entry.CFRelease(sample);
    for (int q = 0; q < METER_QUANTITIES; q++) {
        meter->joules[q] = 0;
        meter->mark[q] = 0;
        for (int unit = 0; unit < N_UNITS; unit++) {
            meter->joules[q] += (double)(r->now[q][unit] - r->first[q][unit]) * units[unit].joules;
            meter->mark[q] = meter->mark[q] * 31 + (uint64_t)r->now[q][unit];
        }
    }
}

/* ---- opening */

static void ioreport_close(struct meter *meter) {
    struct ioreport *r = (struct ioreport *)meter;
    void *const objects[] = {r->subscription, r->subscribed, r->channels_key};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        if (objects[i])
            r->entry.CFRelease(objects[i]);
    free(r);
}

const char *ioreport_absent(const struct ioreport_entry *entry) {
#define IOREPORT_ABSENT(library, result, name, parameters)                                         \
    if (!entry->name)                                                                              \
        return #name;
    IOREPORT_FUNCTIONS(IOREPORT_ABSENT)
#undef IOREPORT_ABSENT
    return NULL;
}

static void *string_make(const struct ioreport *r, const char *text) {
    return text ? r->entry.CFStringCreateWithCString(NULL, text, UTF8) : NULL;
}

/* The channels of all groups that are there, merged; NULL = of none. */
static void *channels_copy(const struct ioreport *r) {
    void *all = NULL;
    for (int i = 0; i < N_GROUPS; i++) {
        void *group = string_make(r, groups[i].group),
             *subgroup = string_make(r, groups[i].subgroup);
        void *some = group ? r->entry.IOReportCopyChannelsInGroup(group, subgroup, 0, 0, 0) : NULL;
        if (group)
            r->entry.CFRelease(group);
        if (subgroup)
            r->entry.CFRelease(subgroup);
        if (some && all) {
            r->entry.IOReportMergeChannels(all, some, NULL);
            r->entry.CFRelease(some);
        } else if (some) {
            all = some;
        }
    }
    return all;
}

/* Finds the counters in a first sample. */
static void counters_find(struct ioreport *r, const void *sample) {
    const void *channels = channels_of(r, sample);
    const long n = channels ? r->entry.CFArrayGetCount(channels) : 0;
    char name[NAME_BYTES], label[NAME_BYTES];
    bool in_model;
    for (long i = 0; i < n && !r->engine_in_model; i++)
        r->engine_in_model = channel_read(r, r->entry.CFArrayGetValueAtIndex(channels, i), name,
                                 &in_model) == METER_ENGINE &&
                             in_model;
    for (long i = 0; i < n; i++) {
        const void *channel = r->entry.CFArrayGetValueAtIndex(channels, i);
        const enum meter_quantity q = channel_read(r, channel, name, &in_model);
        if (!is_chosen(r, q, in_model))
            continue;
        const int unit = unit_of(r, channel, label);
        if (unit >= 0 && r->entry.IOReportSimpleGetIntegerValue(channel, 0) == IOREPORT_NO_VALUE)
            continue;
        struct meter_counter *counter =
            meter_counter_add(&r->base, q, name, unit < 0 ? "?" : units[unit].label);
        if (unit < 0)
            meter_decide(&counter->verdict, METER_ABSENT, METER_TELL,
                "the channel %s has the unit '%.20s', which is not known here", name, label);
        else
            r->n_channels[q]++;
    }
    sample_add(r, sample);
    memcpy(r->first, r->now, sizeof r->first);
}

/* NULL, or the step that failed. */
static const char *subscribe(struct ioreport *r) {
    void *desired = channels_copy(r);
    if (!desired)
        return "IOReport has no group Energy Model and no PMP";
    r->subscription = r->entry.IOReportCreateSubscription(NULL, desired, &r->subscribed, 0, NULL);
    r->entry.CFRelease(desired);
    if (!r->subscription || !r->subscribed)
        return "IOReportCreateSubscription was refused";
    r->channels_key = string_make(r, "IOReportChannels");
    void *sample = r->channels_key
                       ? r->entry.IOReportCreateSamples(r->subscription, r->subscribed, NULL)
                       : NULL;
    if (!sample)
        return "IOReportCreateSamples gave nothing";
    counters_find(r, sample);
    r->entry.CFRelease(sample);
    for (int q = 0; q < METER_QUANTITIES; q++)
        if (r->base.counters[q].there)
            return NULL;
    return "IOReport has no channel of the engine, the CPU or memory";
}

struct meter *ioreport_open_with(struct device *device, const struct ioreport_entry *entry) {
    struct ioreport *r = calloc(1, sizeof *r);
    (void)device;
    if (!r)
        return NULL;
    r->entry = *entry;
    meter_decide(&r->base.verdict, METER_UNPROVEN, METER_PROVE, "was not tried yet");
    const char *absent = ioreport_absent(entry);
    const char *failed = absent ? NULL : subscribe(r);
    if (absent)
        meter_decide(
            &r->base.verdict, METER_ABSENT, METER_TELL, "the function %s is not there", absent);
    else if (failed)
        meter_decide(&r->base.verdict, METER_ABSENT,
            "try it as root; if that is no better, " METER_TELL, "%s", failed);
    return &r->base;
}

void ioreport_entry_find(const char *library, struct ioreport_entry *out) {
#define IOREPORT_OPEN(name, path)                                                                  \
    void *const library_##name = dlopen(library ? library : path, RTLD_NOW);
    IOREPORT_LIBRARIES(IOREPORT_OPEN)
#undef IOREPORT_OPEN
#define IOREPORT_FIND(library, result, name, parameters)                                           \
    *(void **)(void *)&out->name = library_##library ? dlsym(library_##library, #name) : NULL;
    IOREPORT_FUNCTIONS(IOREPORT_FIND)
#undef IOREPORT_FIND
}

static struct meter *ioreport_open(struct device *device) {
    struct ioreport_entry entry;
    ioreport_entry_find(NULL, &entry);
    return ioreport_open_with(device, &entry);
}

const struct meter_table meter_ioreport = {.name = "ioreport",
    .open = ioreport_open,
    .read = ioreport_read,
    .close = ioreport_close,
    /* metaspartan/mactop (commit 53e5f90): on an M5 with macOS 27 the counters move only then */
    .wakes = "start Activity Monitor or 'sudo powermetrics', then try again"};
