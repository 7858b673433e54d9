/* SPDX-License-Identifier: MIT
 *
 * Fakes of IOReport's functions and CoreFoundation's: counted objects, channels as published for several chips,
 * and values that follow, or do not follow, a simulated machine of known energy.
 */
#ifndef ANEPROBE_TESTS_UNIT_IOREPORT_KIT_H
#define ANEPROBE_TESTS_UNIT_IOREPORT_KIT_H

#include "meter/activity_ioreport.h"
#include "meter/meters.h"
#include "sim_kit.h"

#include <math.h>

/* ---- the fake */

enum kind { STRING, ARRAY, DICTIONARY, CHANNEL, SUBSCRIPTION };
struct object {
    enum kind kind;
    int references; /* 0 = borrowed: must not be released */
    char text[64];
    struct object *items[16]; /* of an array: channels; of a dictionary: its array */
    int n_items;
    int row; /* of a channel */
    int64_t value;
};

struct row {
    const char *group, *subgroup, *name, *unit;
    int format;
    enum sim_rail rail;
    double share; /* of the rail's energy, or of what the engine moves */
};

static struct stand_in {
    const struct row *rows;
    int n_rows;
    struct device *device;
    const char *refused;            /* a group whose subscription is refused; NULL = none */
    bool runs_elsewhere;            /* the engine's controls stand still */
    int n_live, n_created, fail_at; /* the creating call of that number gives NULL; 0 = none */
    uint64_t late_ns, late_from_ns; /* from then on a sample takes so long itself */
    double scale;                   /* counts a joule */
    int64_t (*value)(const struct row *row, int sample); /* of counters of energy */
    int64_t (*count)(const struct row *row);             /* of the others */
    int n_samples;
    struct object names[16][4]; /* borrowed */
} s;

static struct object *made(enum kind kind) {
    if (++s.n_created == s.fail_at)
        return NULL;
    struct object *object = calloc(1, sizeof *object);
    cr_assert(object);
    object->kind = kind;
    object->references = 1;
    s.n_live++;
    return object;
}

static void fake_CFRelease(const void *pointer) {
    struct object *object = (struct object *)pointer;
    cr_assert(object && object->references > 0, "released once too often, or borrowed");
    if (--object->references > 0)
        return;
    for (int i = 0; i < object->n_items; i++)
        fake_CFRelease(object->items[i]);
    free(object);
    s.n_live--;
}

static void *fake_CFStringCreateWithCString(
    const void *allocator, const char *text, uint32_t encoding) {
    struct object *string = made(STRING);
    cr_assert(!allocator && encoding == 0x08000100);
    if (string)
        snprintf(string->text, sizeof string->text, "%s", text);
    return string;
}

static unsigned char fake_CFStringGetCString(
    const void *pointer, char *text, long bytes, uint32_t encoding) {
    const struct object *string = pointer;
    cr_assert(string && string->kind == STRING && encoding == 0x08000100);
    return snprintf(text, (size_t)bytes, "%s", string->text) < bytes;
}

static int64_t true_value(const struct row *row, int sample) {
    (void)sample;
    return (int64_t)floor(sim_true_joules(s.device, row->rail) * row->share * s.scale);
}

static bool is_control(const char *group) {
    return strcmp(group, "Energy Model") != 0 && strncmp(group, "PMP", 3) != 0;
}

/* Of bytes that the engine moved. */
static int64_t true_count(const struct row *row) {
    uint64_t bytes;
    (void)sim_traffic_bytes(s.device, &bytes);
    return s.runs_elsewhere ? 7 : (int64_t)(row->share * (double)bytes);
}

static int64_t value_of(const struct row *row) {
    const bool is_energy = !strcmp(row->group, "Energy Model") || strstr(row->subgroup, "Energy");
    return is_energy ? s.value(row, s.n_samples) : s.count(row);
}

/* A dictionary with an array of the channels of a group; they have values in samples. */
static struct object *channels_made(const char *group, const char *subgroup, bool values) {
    struct object *dictionary = made(DICTIONARY);
    if (!dictionary)
        return NULL;
    struct object *array = calloc(1, sizeof *array);
    array->kind = ARRAY;
    array->references = 1;
    s.n_live++;
    dictionary->items[dictionary->n_items++] = array;
    if (group) /* so that a subscription to controls is known by it */
        snprintf(dictionary->text, sizeof dictionary->text, "%s", is_control(group) ? group : "");
    for (int i = 0; i < s.n_rows; i++) {
        if ((group ? strcmp(group, s.rows[i].group) : is_control(s.rows[i].group)) ||
            (subgroup && strcmp(subgroup, s.rows[i].subgroup)))
            continue;
        struct object *channel = calloc(1, sizeof *channel);
        channel->kind = CHANNEL;
        channel->references = 1;
        channel->row = i;
        channel->value = values ? value_of(&s.rows[i]) : 0;
        s.n_live++;
        array->items[array->n_items++] = channel;
    }
    return dictionary;
}

static void *fake_IOReportCopyChannelsInGroup(
    const void *group, const void *subgroup, uint64_t a, uint64_t b, uint64_t c) {
    const struct object *name = group, *sub = subgroup;
    bool there = false;
    cr_assert(name && a == 0 && b == 0 && c == 0);
    for (int i = 0; i < s.n_rows; i++)
        there = there || (!strcmp(s.rows[i].group, name->text) &&
                             (!sub || !strcmp(s.rows[i].subgroup, sub->text)));
    return there ? channels_made(name->text, sub ? sub->text : NULL, false) : NULL;
}

static void fake_IOReportMergeChannels(void *into, void *from, const void *unused) {
    cr_assert(into && from && into != from && !unused);
}

static void *fake_IOReportCreateSubscription(
    void *unused, void *desired, void **subscribed, uint64_t id, const void *more) {
    cr_assert(!unused && desired && id == 0 && !more);
    const char *group = ((const struct object *)desired)->text;
    struct object *subscription =
        s.refused && !strcmp(group, s.refused) ? NULL : made(SUBSCRIPTION);
    struct object *dictionary = subscription ? made(DICTIONARY) : NULL;
    if (dictionary)
        snprintf(dictionary->text, sizeof dictionary->text, "%s", group);
    *subscribed = dictionary;
    return subscription;
}

static void *fake_IOReportCreateSamples(void *subscription, void *channels, const void *more) {
    cr_assert(subscription && channels && !more);
    if (s.late_ns > 0 && device_clock_ns(s.device) >= s.late_from_ns)
        device_host_pause(s.device, s.late_ns);
    s.n_samples++;
    const char *group = ((const struct object *)channels)->text;
    return channels_made(group[0] ? group : NULL, NULL, true);
}

static const void *fake_CFDictionaryGetValue(const void *dictionary, const void *key) {
    const struct object *object = dictionary, *name = key;
    cr_assert(object->kind == DICTIONARY && !strcmp(name->text, "IOReportChannels"));
    return object->n_items ? object->items[0] : NULL;
}

static long fake_CFArrayGetCount(const void *array) {
    return ((const struct object *)array)->n_items;
}

static const void *fake_CFArrayGetValueAtIndex(const void *array, long index) {
    const struct object *object = array;
    cr_assert(object->kind == ARRAY && index < object->n_items);
    return object->items[index];
}

static const void *borrowed(const void *channel, int which, const char *text) {
    struct object *string = &s.names[((const struct object *)channel)->row][which];
    if (!text)
        return NULL;
    string->kind = STRING;
    snprintf(string->text, sizeof string->text, "%s", text);
    return string;
}

static const struct row *row_of(const void *channel) {
    cr_assert_eq(((const struct object *)channel)->kind, CHANNEL);
    return &s.rows[((const struct object *)channel)->row];
}

static const void *fake_IOReportChannelGetGroup(const void *channel) {
    return borrowed(channel, 0, row_of(channel)->group);
}

static const void *fake_IOReportChannelGetChannelName(const void *channel) {
    return borrowed(channel, 1, row_of(channel)->name);
}

static const void *fake_IOReportChannelGetUnitLabel(const void *channel) {
    return borrowed(channel, 2, row_of(channel)->unit);
}

static int fake_IOReportChannelGetFormat(const void *channel) {
    return row_of(channel)->format;
}

static int64_t fake_IOReportSimpleGetIntegerValue(const void *channel, int32_t index) {
    cr_assert(index == 0 && row_of(channel)->format == IOREPORT_FORMAT_SIMPLE);
    return ((const struct object *)channel)->value;
}

static const void *fake_IOReportChannelGetSubGroup(const void *channel) {
    return borrowed(channel, 3, row_of(channel)->subgroup);
}

/* Of three states; the lowest says nothing. */
static int32_t fake_IOReportStateGetCount(const void *channel) {
    cr_assert_eq(row_of(channel)->format, IOREPORT_FORMAT_STATE);
    return 3;
}

static int64_t fake_IOReportStateGetResidency(const void *channel, int32_t state) {
    cr_assert(state >= 0 && state < 3 && row_of(channel)->format == IOREPORT_FORMAT_STATE);
    return state == 0 ? 1000000 : ((const struct object *)channel)->value;
}

#define FAKE(library, result, name, parameters) .name = fake_##name,
static const struct ioreport_entry stand_in_entry = {IOREPORT_FUNCTIONS(FAKE)};
static const struct ioreport_activity_entry activity_entry = {
    .report = {IOREPORT_FUNCTIONS(FAKE)}, IOREPORT_ACTIVITY_FUNCTIONS(FAKE)};
#undef FAKE

/* ---- machines */

#define SIMPLE IOREPORT_FORMAT_SIMPLE
#define MODEL "Energy Model", ""
static const struct row base_rows[] = {{MODEL, "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
    {MODEL, "CPU Energy", "mJ", SIMPLE, SIM_RAIL_CPU, 1},
    {MODEL, "GPU Energy", "nJ", SIMPLE, SIM_RAIL_PACKAGE, 1},
    {MODEL, "EACC_CPU", "mJ", SIMPLE, SIM_RAIL_CPU, 0.3},
    {MODEL, "DRAM", "mJ", SIMPLE, SIM_RAIL_PACKAGE, 0.25}};

/* The same with what shows that the engine works. */
static const struct row control_rows[] = {{MODEL, "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
    {MODEL, "CPU Energy", "mJ", SIMPLE, SIM_RAIL_CPU, 1},
    {MODEL, "DRAM", "mJ", SIMPLE, SIM_RAIL_PACKAGE, 0.25},
    {"AMC Stats", "Perf Counters", "ANE0 RD", "B", SIMPLE, SIM_RAIL_ENGINE, 0.1},
    {"AMC Stats", "Perf Counters", "ANE0 DCS WR", "B", SIMPLE, SIM_RAIL_ENGINE, 0.2},
    {"AMC Stats", "Perf Counters", "GFX RD", "B", SIMPLE, SIM_RAIL_ENGINE, 9},
    {"Interrupt Statistics (by index)", "ane0 0", "Second Level Interrupt Handler Count", "",
        SIMPLE, SIM_RAIL_ENGINE, 0.02}};

static const char truth[] = "traffic,works\nengine_dispatch_w,2\nengine_idle_w,1\ncpu_idle_w,0.5\n"
                            "cpu_busy_w,4\npackage_rest_w,1\n";

struct machine {
    struct kit kit;
    struct meters meters;
    struct meter_work work;
};

static int eval_step(void *context) {
    struct kit *kit = context;
    struct device_error error;
    return device_eval(kit->device, kit->request, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK ? 0 : -1;
}

static struct meter *meter_by(const struct ioreport_entry *entry) {
    struct meter *meter = ioreport_open_with(s.device, entry);
    cr_assert(meter);
    meter->table = &meter_ioreport;
    meter->device = s.device;
    return meter;
}

static const char *machine_lines = ""; /* of the sim file, beside the truth */
#define MACHINE(m, table) machine_open(m, table, (int)(sizeof(table) / sizeof *(table)))
static void machine_open(struct machine *m, const struct row *rows, int n_rows) {
    char text[256];
    snprintf(text, sizeof text, "%s%s", truth, machine_lines);
    m->kit = kit_loaded(kit_open(text), 1, 4, 4, 1);
    s = (struct stand_in){.rows = rows,
        .n_rows = n_rows,
        .device = m->kit.device,
        .scale = 1000,
        .value = true_value,
        .count = true_count};
    m->meters = (struct meters){.device = m->kit.device};
    m->work = (struct meter_work){eval_step, &m->kit};
}

static struct activity *activity_by(const struct ioreport_activity_entry *entry) {
    struct activity *activity = ioreport_activity_open_with(entry);
    cr_assert(activity);
    activity->table = &activity_ioreport;
    activity->device = s.device;
    return activity;
}

static inline struct meter *machine_meter(struct machine *m) {
    m->meters.list[0] = meter_by(&stand_in_entry);
    m->meters.n = 1;
    m->meters.activity = activity_by(&activity_entry);
    return m->meters.list[0];
}

static void machine_close(struct machine *m) {
    struct device *device = m->kit.device;
    for (int i = 0; i < m->meters.n; i++)
        meter_ioreport.close(m->meters.list[i]);
    activity_close(m->meters.activity);
    cr_assert_eq(s.n_live, 0, "%d objects are left", s.n_live);
    kit_free(&m->kit);
    device_close(device);
}

static inline const struct meter_verdict *verdict_of(
    const struct machine *m, enum meter_quantity q) {
    return &m->meters.list[0]->counters[q].verdict;
}

static inline double work_watts(struct machine *m, enum meter_quantity quantity) {
    struct meter_window window;
    cr_assert_eq(meters_prove(&m->meters, &m->work, UINT64_C(30000000000)), 0);
    cr_assert_eq(
        meters_window(&m->meters, &m->work, 1000000000, UINT64_C(60000000000), &window), 0);
    const struct meter_energy *energy = &window.of[quantity];
    return energy->there ? energy->joules / ((double)energy->elapsed_ns / 1e9) : NAN;
}

#define NEAR(a, b)                                                                                 \
    do {                                                                                           \
        const double a_ = (a), b_ = (b);                                                           \
        cr_assert(fabs(a_ - b_) <= 0.01 * fabs(b_), "%g is not within 1 %% of %g", a_, b_);        \
    } while (0)

#endif
