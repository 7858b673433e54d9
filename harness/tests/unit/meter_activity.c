/* SPDX-License-Identifier: MIT
 *
 * Whether the engine works, by the counters of simulated machines on which that is known; and by a fake of IOReport
 * whose channels are those published of several chips.
 */
#include "meter/activity_ioreport.h"
#include "sim_kit.h"

enum { WINDOW_NS = 20000000 };

struct machine {
    struct kit kit;
    struct meter_work work;
    struct activity_control control;
};

static int eval_step(void *context) {
    struct kit *kit = context;
    struct device_error error;
    return device_eval(kit->device, kit->request, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK ? 0 : -1;
}

static void machine_open(struct machine *m, const char *lines, const char *options) {
    m->kit = kit_loaded(kit_open_options(lines, options, 1), 1, 4, 4, 1);
    m->work = (struct meter_work){eval_step, &m->kit};
}

static void machine_close(struct machine *m) {
    struct device *device = m->kit.device;
    kit_free(&m->kit);
    device_close(device);
}

/* What the control of such a machine is. */
static bool is_live(const char *lines, char *reason, size_t size) {
    struct machine m;
    machine_open(&m, lines, "");
    cr_assert_eq(activity_prove(m.kit.device, &m.work, WINDOW_NS, &m.control), 0);
    const bool live = activity_is_live(&m.control, reason, size);
    machine_close(&m);
    return live;
}

Test(meter_activity, a_counter_is_believed_when_it_follows_the_work) {
    char reason[400];
    cr_expect(is_live("traffic,works", reason, sizeof reason), "%s", reason);
    cr_expect_not(is_live("traffic,frozen", reason, sizeof reason));
    cr_expect_not_null(strstr(reason, "stood still"), "%s", reason);
    cr_expect_not(is_live("traffic,free_running", reason, sizeof reason));
    cr_expect_not_null(strstr(reason, "with nothing to do"), "%s", reason);
    cr_expect_not(is_live("traffic,none", reason, sizeof reason));
    cr_expect_not_null(strstr(reason, "does not count"), "%s", reason);
}

static enum activity_place place_of(const char *lines, const char *options) {
    struct machine direct, m;
    struct activity_found found;
    machine_open(&direct, lines, "");
    cr_assert_eq(activity_prove(direct.kit.device, &direct.work, WINDOW_NS, &direct.control), 0);
    machine_open(&m, lines, options);
    cr_assert_eq(activity_find(m.kit.device, &direct.control, &m.work, WINDOW_NS, &found), 0);
    cr_expect(found.reason[0] != '\0');
    machine_close(&m);
    machine_close(&direct);
    return found.place;
}

Test(meter_activity, where_work_ran) {
    static const struct {
        const char *lines, *options;
        enum activity_place place;
    } rows[] = {{"traffic,works", ",way=ne", ACTIVITY_ENGINE},
        {"traffic,works\nplan_declined,1", ",way=ne", ACTIVITY_ELSEWHERE},
        {"traffic,works\nplan,1\nplan_ops_min,2", ",way=ne", ACTIVITY_ELSEWHERE},
        {"traffic,works\nplan,1", ",way=ne", ACTIVITY_ENGINE},
        {"traffic,works", ",way=gpu", ACTIVITY_ELSEWHERE},
        {"traffic,works", ",way=cpu", ACTIVITY_ELSEWHERE},
        {"traffic,works\nplan_declined,1", "", ACTIVITY_ENGINE},
        {"traffic,frozen", ",way=ne", ACTIVITY_UNPROVEN},
        {"traffic,free_running", ",way=ne", ACTIVITY_UNPROVEN},
        {"traffic,none", ",way=ne", ACTIVITY_UNPROVEN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(place_of(rows[i].lines, rows[i].options), rows[i].place, "%s%s is %s",
            rows[i].lines, rows[i].options,
            activity_place_name(place_of(rows[i].lines, rows[i].options)));
}

/* ---- IOReport: objects are numbers of rows, strings C strings */

struct channel {
    const char *group, *subgroup, *name;
    int format;
    int64_t value; /* of states: in each but the first */
};

static struct fake {
    const struct channel *channels;
    long n;
    const char *refused; /* this group's subscription */
    int n_live;
    const char *group; /* of the last string made */
} f;

static void *made(const void *what) {
    f.n_live++;
    return (void *)(uintptr_t)what;
}
static void fake_CFRelease(const void *object) {
    cr_assert_not_null(object);
    f.n_live--;
}
static void *fake_CFStringCreateWithCString(
    const void *allocator, const char *text, uint32_t encoding) {
    cr_assert(!allocator && encoding == 0x08000100);
    return made(text);
}
static unsigned char fake_CFStringGetCString(
    const void *string, char *text, long bytes, uint32_t encoding) {
    (void)encoding;
    return snprintf(text, (size_t)bytes, "%s", (const char *)string) < bytes;
}
static void *fake_IOReportCopyChannelsInGroup(
    const void *group, const void *subgroup, uint64_t a, uint64_t b, uint64_t c) {
    cr_assert(!subgroup && a == 0 && b == 0 && c == 0);
    for (long i = 0; i < f.n; i++)
        if (strcmp(f.channels[i].group, group) == 0)
            return made(group);
    return NULL;
}
static void fake_IOReportMergeChannels(void *into, void *from, const void *unused) {
    (void)into, (void)from, (void)unused;
    cr_assert_fail("each group has a subscription of its own");
}
static void *fake_IOReportCreateSubscription(
    void *unused, void *desired, void **subscribed, uint64_t id, const void *more) {
    cr_assert(!unused && id == 0 && !more);
    if (f.refused && strcmp(desired, f.refused) == 0)
        return NULL;
    *subscribed = made(desired);
    return made(desired);
}
static void *fake_IOReportCreateSamples(void *subscription, void *channels, const void *more) {
    cr_assert(subscription && channels && !more);
    return made("sample");
}
static const void *fake_CFDictionaryGetValue(const void *dictionary, const void *key) {
    cr_assert_str_eq((const char *)key, "IOReportChannels");
    return dictionary;
}
static long fake_CFArrayGetCount(const void *array) {
    (void)array;
    return f.n;
}
static const void *fake_CFArrayGetValueAtIndex(const void *array, long index) {
    (void)array;
    return &f.channels[index];
}
#define CHANNEL(object) ((const struct channel *)(object))
static const void *fake_IOReportChannelGetGroup(const void *channel) {
    return CHANNEL(channel)->group;
}
static const void *fake_IOReportChannelGetSubGroup(const void *channel) {
    return CHANNEL(channel)->subgroup;
}
static const void *fake_IOReportChannelGetChannelName(const void *channel) {
    return CHANNEL(channel)->name;
}
static const void *fake_IOReportChannelGetUnitLabel(const void *channel) {
    (void)channel;
    return NULL;
}
static int fake_IOReportChannelGetFormat(const void *channel) {
    return CHANNEL(channel)->format;
}
static int64_t fake_IOReportSimpleGetIntegerValue(const void *channel, int32_t index) {
    cr_assert(index == 0 && CHANNEL(channel)->format == IOREPORT_FORMAT_SIMPLE);
    return CHANNEL(channel)->value;
}
static int32_t fake_IOReportStateGetCount(const void *channel) {
    cr_assert_eq(CHANNEL(channel)->format, IOREPORT_FORMAT_STATE);
    return 3;
}
static int64_t fake_IOReportStateGetResidency(const void *channel, int32_t state) {
    return state == 0 ? 1000000 : CHANNEL(channel)->value;
}

static const struct ioreport_activity_entry fake_entry = {
#define FAKE(library, result, name, parameters) .name = fake_##name,
    .report = {IOREPORT_FUNCTIONS(FAKE)}, IOREPORT_ACTIVITY_FUNCTIONS(FAKE)
#undef FAKE
};

/* The count of the source of that label, or NAN, and why in *why. */
static double count_of(struct activity *a, const char *label, const char **why) {
    activity_ioreport.read(a);
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->sources[i].name, label) == 0) {
            *why = a->sources[i].verdict.reason;
            return a->sources[i].verdict.state == METER_UNPROVEN ? a->sources[i].count : -1;
        }
    *why = "no such source";
    return -1;
}

/* Only the engine's channels count, of two formats; what has no value does not. */
Test(meter_activity, channels_by_chip) {
    static const struct channel channels[] = {
        {"AMC Stats", "Perf Counters", "ANE0 RD", IOREPORT_FORMAT_SIMPLE, 100},
        {"AMC Stats", "Perf Counters", "ANE0 WR", IOREPORT_FORMAT_SIMPLE, 20},
        {"AMC Stats", "Perf Counters", "ANE0 DCS RD", IOREPORT_FORMAT_SIMPLE, IOREPORT_NO_VALUE},
        {"AMC Stats", "Perf Counters", "PCPU0 RD", IOREPORT_FORMAT_SIMPLE, 7},
        {"Interrupt Statistics (by index)", "ane0 0", "Second Level Interrupt Handler Count",
            IOREPORT_FORMAT_SIMPLE, 5},
        {"Interrupt Statistics (by index)", "ane0 0", "Second Level Interrupt Handler CPU Time",
            IOREPORT_FORMAT_SIMPLE, 900},
        {"Interrupt Statistics (by index)", "dart-ane 0", "Second Level Interrupt Handler Count",
            IOREPORT_FORMAT_SIMPLE, 3},
        {"PMP", "AF BW", "ANE0 RD", IOREPORT_FORMAT_STATE, 11},
        {"PMP", "SOC Floor", "ANE-AF-BW", IOREPORT_FORMAT_STATE, 13},
        {"SoC Stats", "Events", "ANE0_TRIG", IOREPORT_FORMAT_SIMPLE, 24000000},
    };
    const char *why;
    f = (struct fake){.channels = channels, .n = sizeof channels / sizeof *channels};
    struct activity *a = ioreport_activity_open_with(&fake_entry);
    cr_expect_eq(count_of(a, "AMC Stats, Perf Counters", &why), 120, "%s", why);
    cr_expect_eq(count_of(a, "Interrupt Statistics", &why), 5, "%s", why);
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), 22, "%s", why);
    cr_expect_eq(count_of(a, "PMP, SOC Floor", &why), 26, "%s", why);
    cr_expect_eq(count_of(a, "PMP, DCS Floor", &why), -1);
    cr_expect_str_eq(why, "has no channel of the engine");
    cr_expect_eq(count_of(a, "PMP0, AF BW", &why), -1);
    cr_expect_str_eq(why, "is not there");
    activity_ioreport.close(a);
    cr_expect_eq(f.n_live, 0, "%d objects are left", f.n_live);
}

Test(meter_activity, what_cannot_be_read_has_a_reason) {
    static const struct channel channels[] = {
        {"AMC Stats", "Perf Counters", "ANE0 RD", IOREPORT_FORMAT_SIMPLE, 100},
        {"PMP", "AF BW", "ANE0 RD", IOREPORT_FORMAT_STATE, 11}};
    const char *why;
    f = (struct fake){.channels = channels, .n = 2, .refused = "AMC Stats"};
    struct activity *a = ioreport_activity_open_with(&fake_entry);
    cr_expect_eq(count_of(a, "AMC Stats, Perf Counters", &why), -1);
    cr_expect_str_eq(why, "is refused");
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), 22, "%s", why);
    activity_ioreport.close(a);
    cr_expect_eq(f.n_live, 0, "%d objects are left", f.n_live);
    struct ioreport_activity_entry entry = fake_entry;
    entry.IOReportStateGetResidency = NULL;
    a = ioreport_activity_open_with(&entry);
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), -1);
    cr_expect_str_eq(why, "the function IOReportStateGetResidency is not there");
    activity_ioreport.close(a);
    cr_expect_eq(f.n_live, 0);
}
