/* SPDX-License-Identifier: MIT
 *
 * IOReport against fakes of its functions and CoreFoundation's: counted objects, channels as published for
 * several chips, and values that follow, or do not follow, a simulated machine of known energy.
 */
#include "meter/meter_ioreport.h"
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
    double share; /* of the rail's energy */
};

static struct stand_in {
    const struct row *rows;
    int n_rows;
    struct device *device;
    int n_live, n_created, fail_at; /* the creating call of that number gives NULL; 0 = none */
    bool late;                      /* a sample takes 300 ms itself */
    double scale;                   /* counts a joule */
    int64_t (*value)(const struct row *row, int sample);
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
    for (int i = 0; i < s.n_rows; i++) {
        if ((group && strcmp(group, s.rows[i].group)) ||
            (subgroup && strcmp(subgroup, s.rows[i].subgroup)))
            continue;
        struct object *channel = calloc(1, sizeof *channel);
        channel->kind = CHANNEL;
        channel->references = 1;
        channel->row = i;
        channel->value = values ? s.value(&s.rows[i], s.n_samples) : 0;
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
    struct object *subscription = made(SUBSCRIPTION);
    *subscribed = subscription ? made(DICTIONARY) : NULL;
    return subscription;
}

static void *fake_IOReportCreateSamples(void *subscription, void *channels, const void *more) {
    cr_assert(subscription && channels && !more);
    if (s.late)
        device_host_pause(s.device, 300000000);
    s.n_samples++;
    return channels_made(NULL, NULL, true);
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

static const struct ioreport_entry stand_in_entry = {
#define FAKE(library, result, name, parameters) .name = fake_##name,
    IOREPORT_FUNCTIONS(FAKE)
#undef FAKE
};

/* ---- machines */

#define SIMPLE IOREPORT_FORMAT_SIMPLE
#define MODEL "Energy Model", ""
static const struct row base_rows[] = {{MODEL, "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
    {MODEL, "CPU Energy", "mJ", SIMPLE, SIM_RAIL_CPU, 1},
    {MODEL, "GPU Energy", "nJ", SIMPLE, SIM_RAIL_PACKAGE, 1},
    {MODEL, "EACC_CPU", "mJ", SIMPLE, SIM_RAIL_CPU, 0.3},
    {MODEL, "DRAM", "mJ", SIMPLE, SIM_RAIL_PACKAGE, 0.25}};

static const char truth[] = "engine_dispatch_w,2\nengine_idle_w,1\ncpu_idle_w,0.5\n"
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
        .value = true_value};
    m->meters = (struct meters){.device = m->kit.device};
    m->work = (struct meter_work){eval_step, &m->kit};
}

static struct meter *machine_meter(struct machine *m) {
    m->meters.list[0] = meter_by(&stand_in_entry);
    m->meters.n = 1;
    return m->meters.list[0];
}

static void machine_close(struct machine *m) {
    struct device *device = m->kit.device;
    for (int i = 0; i < m->meters.n; i++)
        meter_ioreport.close(m->meters.list[i]);
    cr_assert_eq(s.n_live, 0, "%d objects are left", s.n_live);
    kit_free(&m->kit);
    device_close(device);
}

static const struct meter_verdict *verdict_of(const struct machine *m, enum meter_quantity q) {
    return &m->meters.list[0]->counters[q].verdict;
}

static double work_watts(struct machine *m, enum meter_quantity quantity) {
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

/* ---- names and units */

Test(meter_ioreport, a_base_chip) {
    struct machine m;
    MACHINE(&m, base_rows);
    const struct meter *meter = machine_meter(&m);
    cr_assert_str_eq(meter->counters[METER_ENGINE].channels, "ANE");
    cr_assert_str_eq(meter->counters[METER_CPU].channels, "CPU Energy");
    cr_assert_str_eq(meter->counters[METER_MEMORY].channels, "DRAM");
    cr_assert(!meter->counters[METER_PACKAGE].there && !meter->counters[METER_SYSTEM].there);
    NEAR(work_watts(&m, METER_ENGINE), 3.0);
    NEAR(work_watts(&m, METER_CPU), 4.5);
    machine_close(&m);
}

Test(meter_ioreport, an_ultra_adds_up) {
    static const struct row rows[] = {{MODEL, "ANE0_0", "mJ", SIMPLE, SIM_RAIL_ENGINE, 0.4},
        {MODEL, "ANE0_1", "mJ", SIMPLE, SIM_RAIL_ENGINE, 0.3},
        {MODEL, "ANE1_0", "mJ", SIMPLE, SIM_RAIL_ENGINE, 0.2},
        {MODEL, "ANE1_1", "mJ", SIMPLE, SIM_RAIL_ENGINE, 0.1},
        {MODEL, "ANECPU", "mJ", SIMPLE, SIM_RAIL_ENGINE, 9},
        {MODEL, "DIE_0_CPU Energy", "mJ", SIMPLE, SIM_RAIL_CPU, 0.5},
        {MODEL, "DIE_1_CPU Energy", "mJ", SIMPLE, SIM_RAIL_CPU, 0.5}};
    struct machine m;
    MACHINE(&m, rows);
    const struct meter *meter = machine_meter(&m);
    cr_assert_str_eq(meter->counters[METER_ENGINE].channels, "ANE0_0 + ANE0_1 + ANE1_0 + ANE1_1");
    NEAR(work_watts(&m, METER_ENGINE), 3.0);
    NEAR(work_watts(&m, METER_CPU), 4.5);
    machine_close(&m);
}

Test(meter_ioreport, a_token_before_the_name) {
    static const struct row rows[] = {{MODEL, "DIE0 ANE0", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
        {MODEL, "PRIM MCPU0 DCS", "mJ", SIMPLE, SIM_RAIL_CPU, 1}};
    struct machine m;
    MACHINE(&m, rows);
    cr_assert_str_eq(machine_meter(&m)->counters[METER_ENGINE].channels, "DIE0 ANE0");
    cr_assert(!m.meters.list[0]->counters[METER_CPU].there);
    machine_close(&m);
}

/* The channel is in PMP if the energy model has none, and is not counted twice if it has one. */
Test(meter_ioreport, a_base_m1) {
    static const struct row rows[] = {{MODEL, "CPU Energy", "mJ", SIMPLE, SIM_RAIL_CPU, 1},
        {"PMP", "Energy Counters", "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1}};
    static const struct row both[] = {{MODEL, "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
        {"PMP", "Energy Counters", "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1}};
    struct machine m;
    MACHINE(&m, rows);
    (void)machine_meter(&m);
    NEAR(work_watts(&m, METER_ENGINE), 3.0);
    machine_close(&m);
    MACHINE(&m, both);
    (void)machine_meter(&m);
    NEAR(work_watts(&m, METER_ENGINE), 3.0);
    machine_close(&m);
}

Test(meter_ioreport, units) {
    static const struct {
        const char *label;
        double counts_a_joule;
    } units[] = {{"mJ", 1e3}, {"  mJ ", 1e3}, {"uJ", 1e6}, {"nJ    ", 1e9}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct row row = base_rows[0];
        struct machine m;
        row.unit = units[i].label;
        machine_open(&m, &row, 1);
        s.scale = units[i].counts_a_joule;
        (void)machine_meter(&m);
        NEAR(work_watts(&m, METER_ENGINE), 3.0);
        machine_close(&m);
    }
}

Test(meter_ioreport, unknown_units_are_refused) {
    static const char *const labels[] = {"J/s", "", "mj", "24Mticks", NULL};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct row rows[2] = {base_rows[0], base_rows[1]};
        struct machine m;
        rows[0].unit = labels[i];
        machine_open(&m, rows, 2);
        (void)machine_meter(&m);
        cr_assert(isnan(work_watts(&m, METER_ENGINE)));
        cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_ABSENT);
        cr_assert(strstr(verdict_of(&m, METER_ENGINE)->reason, "not known here"));
        cr_assert_eq(verdict_of(&m, METER_CPU)->state, METER_LIVE);
        machine_close(&m);
    }
}

/* ---- values */

static int64_t second_has_none(const struct row *row, int sample) {
    return !strcmp(row->name, "ANE1") ? IOREPORT_NO_VALUE : true_value(row, sample);
}

static int64_t second_loses_its_own(const struct row *row, int sample) {
    return !strcmp(row->name, "ANE1") && sample > 100 ? IOREPORT_NO_VALUE : true_value(row, sample);
}

Test(meter_ioreport, a_channel_without_a_value_is_not_added) {
    static const struct row rows[] = {{MODEL, "ANE0", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
        {MODEL, "ANE1", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
        {MODEL, "ANE2", "mJ", 2, SIM_RAIL_ENGINE, 1}}; /* a state channel */
    struct machine m;
    MACHINE(&m, rows);
    s.value = second_has_none;
    cr_assert_str_eq(machine_meter(&m)->counters[METER_ENGINE].channels, "ANE0");
    NEAR(work_watts(&m, METER_ENGINE), 3.0);
    machine_close(&m);
    MACHINE(&m, rows);
    s.value = second_loses_its_own;
    cr_assert_str_eq(machine_meter(&m)->counters[METER_ENGINE].channels, "ANE0 + ANE1");
    cr_assert(isnan(work_watts(&m, METER_ENGINE)));
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_ABSENT);
    cr_assert(strstr(verdict_of(&m, METER_ENGINE)->reason, "of its 2 channels 1"));
    machine_close(&m);
}

static int64_t all_constant(const struct row *row, int sample) {
    (void)row, (void)sample;
    return 10945781;
}

static int64_t all_zero(const struct row *row, int sample) {
    (void)row, (void)sample;
    return 0;
}

static int64_t only_gpu(const struct row *row, int sample) {
    return !strcmp(row->name, "GPU Energy") ? true_value(row, sample) : 7;
}

Test(meter_ioreport, what_stands_still) {
    static int64_t (*const values[])(const struct row *, int) = {all_constant, all_zero, only_gpu};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct machine m;
        MACHINE(&m, base_rows);
        s.value = values[i];
        (void)machine_meter(&m);
        cr_assert(isnan(work_watts(&m, METER_ENGINE)));
        cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_FROZEN);
        cr_assert_eq(verdict_of(&m, METER_CPU)->state, METER_FROZEN);
        cr_assert_eq(verdict_of(&m, METER_MEMORY)->state, METER_FROZEN);
        machine_close(&m);
    }
}

/* The counters are updated only every 20 minutes: 0 for long, then a jump. */
static int64_t gated(const struct row *row, int sample) {
    static double held[8];
    static uint64_t at;
    const uint64_t window = device_clock_ns(s.device) / UINT64_C(1200000000000);
    (void)sample;
    if (s.n_samples <= 1)
        at = window, memset(held, 0, sizeof held);
    if (window != at) {
        for (int i = 0; i < s.n_rows; i++)
            held[i] = sim_true_joules(s.device, s.rows[i].rail) * s.rows[i].share;
        at = window;
    }
    return (int64_t)(held[row - s.rows] * s.scale);
}

Test(meter_ioreport, gated_then_a_jump) {
    struct machine m;
    struct meter_window window;
    MACHINE(&m, base_rows);
    s.value = gated;
    (void)machine_meter(&m);
    /* No number before a jump, nor if a jump falls into the proof. */
    for (int jump = 0; jump < 2; jump++) {
        const uint64_t now_ns = device_clock_ns(s.device);
        if (jump)
            device_host_pause(s.device, UINT64_C(1200000000000) - now_ns - 100000000);
        cr_assert_eq(meters_prove(&m.meters, &m.work, 3000000000), 0);
        for (int i = 0; i < 3; i++) {
            cr_assert_eq(meters_window(&m.meters, &m.work, 1000000000, 5000000000, &window), 0);
            cr_assert(!window.of[METER_ENGINE].there && window.of[METER_ENGINE].reason[0]);
            cr_assert(!window.of[METER_CPU].there);
        }
        cr_assert(verdict_of(&m, METER_ENGINE)->state == METER_FROZEN ||
                  verdict_of(&m, METER_ENGINE)->state == METER_UNPROVEN);
        cr_assert_eq(verdict_of(&m, METER_CPU)->state, jump ? METER_UNPROVEN : METER_FROZEN);
    }
    machine_close(&m);
}

/* A sample that takes long: watts follow from the measured time. */
Test(meter_ioreport, late_samples) {
    struct machine m;
    struct meter_window window;
    machine_lines = "dispatch_us,100000\n";
    MACHINE(&m, base_rows);
    s.late = true;
    (void)machine_meter(&m);
    cr_assert_eq(meters_prove(&m.meters, &m.work, UINT64_C(30000000000)), 0);
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_LIVE, "%s",
        verdict_of(&m, METER_ENGINE)->reason);
    const double before_j = sim_true_joules(s.device, SIM_RAIL_ENGINE);
    const uint64_t before_ns = device_clock_ns(s.device);
    cr_assert_eq(meters_window(&m.meters, &m.work, 20000000000, UINT64_C(90000000000), &window), 0);
    const double true_w = (sim_true_joules(s.device, SIM_RAIL_ENGINE) - before_j) /
                          ((double)(device_clock_ns(s.device) - before_ns) / 1e9);
    const struct meter_energy *energy = &window.of[METER_ENGINE];
    cr_assert(energy->there, "%s", energy->reason);
    NEAR(energy->joules / ((double)energy->elapsed_ns / 1e9), true_w);
    machine_close(&m);
}

/* ---- what fails */

Test(meter_ioreport, nothing_at_each_step) {
    bool all_there = false;
    for (int fail_at = 1; !all_there; fail_at++) {
        struct machine m;
        uint64_t at_ns;
        MACHINE(&m, base_rows);
        s.fail_at = fail_at;
        struct meter *meter = machine_meter(&m);
        all_there = s.n_created < fail_at;
        if (!all_there && meter->verdict.state == METER_ABSENT)
            cr_assert(meter->verdict.reason[0]);
        meters_read(&m.meters, &at_ns);
        meters_read(&m.meters, &at_ns);
        machine_close(&m);
        cr_assert(fail_at < 100);
    }
}

Test(meter_ioreport, a_sample_that_fails_later) {
    struct machine m;
    uint64_t at_ns;
    MACHINE(&m, base_rows);
    (void)machine_meter(&m);
    s.fail_at = s.n_created + 2;
    meters_read(&m.meters, &at_ns);
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_UNPROVEN);
    meters_read(&m.meters, &at_ns);
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_ABSENT);
    cr_assert(strstr(verdict_of(&m, METER_ENGINE)->reason, "IOReportCreateSamples gave nothing"));
    machine_close(&m);
}

Test(meter_ioreport, each_function_may_be_absent) {
    const size_t n = sizeof(struct ioreport_entry) / sizeof(void (*)(void));
    for (size_t i = 0; i < n; i++) {
        struct ioreport_entry entry = stand_in_entry;
        struct machine m;
        MACHINE(&m, base_rows);
        memset((char *)&entry + i * sizeof(void (*)(void)), 0, sizeof(void (*)(void)));
        m.meters.list[m.meters.n++] = meter_by(&entry);
        cr_assert_eq(m.meters.list[0]->verdict.state, METER_ABSENT);
        cr_assert(strstr(m.meters.list[0]->verdict.reason, "the function "));
        machine_close(&m);
    }
}

Test(meter_ioreport, names_and_groups_that_are_not_there) {
    static const struct row nameless[] = {{MODEL, NULL, "mJ", SIMPLE, SIM_RAIL_ENGINE, 1},
        {MODEL, "GPU Energy", "nJ", SIMPLE, SIM_RAIL_PACKAGE, 1}};
    static const struct row others[] = {{"CPU Stats", "", "ANE", "mJ", SIMPLE, SIM_RAIL_ENGINE, 1}};
    struct machine m;
    MACHINE(&m, nameless);
    cr_assert_eq(machine_meter(&m)->verdict.state, METER_ABSENT);
    cr_assert(strstr(m.meters.list[0]->verdict.reason, "no channel of the engine"));
    machine_close(&m);
    MACHINE(&m, others);
    cr_assert_eq(machine_meter(&m)->verdict.state, METER_ABSENT);
    cr_assert(strstr(m.meters.list[0]->verdict.reason, "no group Energy Model"));
    machine_close(&m);
}

/* A system without the libraries. */
Test(meter_ioreport, no_library) {
#ifndef __APPLE__
    struct meter *meter = meter_ioreport.open(NULL);
    cr_assert(meter);
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->verdict.reason, "IOReportCopyChannelsInGroup is not there"));
    meter_ioreport.close(meter);
#endif
}
