/* SPDX-License-Identifier: MIT
 *
 * What the meter makes of IOReport's names, units and values, and of each function that fails.
 */
#include "ioreport_kit.h"

/* ---- names and units */

Test(meter_ioreport, channels_of_a_base_chip) {
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

Test(meter_ioreport, channels_of_an_ultra_are_added) {
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
Test(meter_ioreport, channels_of_a_base_m1) {
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

Test(meter_ioreport, counters_that_stand_still_are_frozen) {
    static int64_t (*const values[])(const struct row *, int) = {all_constant, all_zero, only_gpu};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct machine m;
        MACHINE(&m, control_rows);
        s.value = values[i];
        (void)machine_meter(&m);
        cr_assert(isnan(work_watts(&m, METER_ENGINE)));
        cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_FROZEN, "%s",
            verdict_of(&m, METER_ENGINE)->reason);
        cr_assert(
            strstr(verdict_of(&m, METER_ENGINE)->reason, "as AMC Stats, Perf Counters shows"));
        cr_assert(strstr(verdict_of(&m, METER_ENGINE)->remedy, "Activity Monitor"));
        cr_assert_eq(verdict_of(&m, METER_CPU)->state, METER_FROZEN);
        cr_assert_eq(verdict_of(&m, METER_MEMORY)->state, METER_FROZEN);
        machine_close(&m);
    }
}

static void controls_are(const struct machine *m, const char *names) {
    char text[256];
    meters_controls(&m->meters, text, sizeof text);
    cr_assert_str_eq(text, names);
}

/* A counter of the engine that stands still proves nothing unless something else moved. */
Test(meter_ioreport, an_engine_that_did_not_work_is_not_a_frozen_counter) {
    struct machine m;
    MACHINE(&m, control_rows);
    s.value = all_constant;
    s.runs_elsewhere = true;
    (void)machine_meter(&m);
    cr_assert(isnan(work_watts(&m, METER_ENGINE)));
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_UNPROVEN);
    cr_assert(strstr(verdict_of(&m, METER_ENGINE)->reason, "may have run elsewhere"));
    machine_close(&m);
    MACHINE(&m, base_rows);
    s.value = all_constant;
    (void)machine_meter(&m);
    controls_are(&m, "");
    cr_assert(isnan(work_watts(&m, METER_ENGINE)));
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_UNPROVEN);
    cr_assert(strstr(verdict_of(&m, METER_ENGINE)->reason, "nothing else here shows"));
    machine_close(&m);
}

/* M5: the traffic is refused, and the interrupts serve. */
Test(meter_ioreport, a_control_that_is_refused) {
    struct machine m;
    MACHINE(&m, control_rows);
    s.value = all_constant;
    s.refused = "AMC Stats";
    (void)machine_meter(&m);
    controls_are(&m, "Interrupt Statistics");
    cr_assert(isnan(work_watts(&m, METER_ENGINE)));
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_FROZEN);
    machine_close(&m);
    MACHINE(&m, control_rows);
    s.refused = "AMC Stats";
    (void)machine_meter(&m);
    NEAR(work_watts(&m, METER_ENGINE), 3.0);
    machine_close(&m);
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

Test(meter_ioreport, a_counter_that_jumps_gives_no_number) {
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

/* Samples that take long, in the window only the later ones: watts follow from the time at which a sample came. */
Test(meter_ioreport, power_follows_from_the_measured_time) {
    struct machine m;
    struct meter_window window;
    machine_lines = "dispatch_us,100000\n";
    MACHINE(&m, base_rows);
    s.late_ns = 300000000;
    (void)machine_meter(&m);
    cr_assert_eq(meters_prove(&m.meters, &m.work, UINT64_C(30000000000)), 0);
    cr_assert_eq(verdict_of(&m, METER_ENGINE)->state, METER_LIVE, "%s",
        verdict_of(&m, METER_ENGINE)->reason);
    const double before_j = sim_true_joules(s.device, SIM_RAIL_ENGINE);
    const uint64_t before_ns = device_clock_ns(s.device);
    s.late_ns = 1000000000;
    s.late_from_ns = before_ns + UINT64_C(10000000000);
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
        MACHINE(&m, control_rows);
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
