/* SPDX-License-Identifier: MIT
 *
 * The system management controller against a fake that answers its messages.
 */
#include "meter/meter_smc.h"
#include "meter/meters.h"
#include "sim_kit.h"

#include <math.h>

static struct controller {
    struct device *device;
    const char *keys[4]; /* that it has */
    uint32_t type;
    float fixed; /* of all, if not 0 */
    int n_closed, fails_from, n_calls;
} c;

static uint32_t code(const char *key) {
    return (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 |
           (uint32_t)key[3];
}

/* Updated once a second: the mean power since the last update. */
static float watts_now(void) {
    static uint64_t second;
    static double joules;
    static float watts;
    const uint64_t now = device_clock_ns(c.device) / 1000000000;
    const double now_joules = sim_true_joules(c.device, SIM_RAIL_PACKAGE);
    if (now != second) {
        watts = (float)((now_joules - joules) / (double)(now - second));
        second = now;
        joules = now_joules;
    }
    return c.fixed > 0 ? c.fixed : watts;
}

static int answer(void *context, const struct smc_message *in, struct smc_message *out) {
    bool there = false;
    cr_assert_eq(context, &c);
    if (c.fails_from && ++c.n_calls >= c.fails_from)
        return -536870207;
    for (size_t i = 0; i < sizeof c.keys / sizeof *c.keys; i++)
        there = there || (c.keys[i] && code(c.keys[i]) == in->key);
    *out = (struct smc_message){.result = there ? 0 : 132};
    if (in->data8 == SMC_ASK_INFO) {
        out->info.size = 4;
        out->info.type = c.type;
    } else {
        cr_assert(in->data8 == SMC_ASK_BYTES && in->info.size == 4);
        const float watts = watts_now();
        memcpy(out->bytes, &watts, sizeof watts);
    }
    return 0;
}

static void closed(void *context) {
    cr_assert_eq(context, &c);
    c.n_closed++;
}

static const struct smc_entry entry = {answer, closed, &c};

static struct meter *meter_of(struct device *device, const char *chip) {
    c.device = device;
    c.type = c.type ? c.type : SMC_TYPE_FLOAT;
    struct meter *meter = smc_open_with(device, &entry, chip);
    cr_assert(meter);
    meter->table = &meter_smc;
    meter->device = device;
    return meter;
}

static void finish(struct meter *meter, struct device *device) {
    meter_smc.close(meter);
    cr_assert_eq(c.n_closed, 1);
    device_close(device);
}

Test(meter_smc, power_becomes_energy) {
    struct device *device = kit_open("cpu_idle_w,0.5\ncpu_busy_w,4\npackage_rest_w,2\n");
    c = (struct controller){.keys = {"PSTR"}};
    struct meter *meter = meter_of(device, "Apple M6");
    struct meters meters = {.device = device, .list = {meter}, .n = 1};
    struct meter_window window;
    cr_assert_str_eq(meter->counters[METER_SYSTEM].channels, "PSTR");
    cr_assert_str_eq(meter->counters[METER_SYSTEM].unit, "W");
    cr_assert(!meter->counters[METER_ENGINE].there && !meter->counters[METER_PACKAGE].there);
    cr_assert_eq(meters_prove(&meters, NULL, UINT64_C(10000000000)), 0);
    /* It changes only when the power does, so it cannot be distinguished from one that stands still. */
    cr_assert_neq(meter->counters[METER_SYSTEM].verdict.state, METER_LIVE);
    cr_assert_eq(meters_window(&meters, NULL, 1000000000, UINT64_C(60000000000), &window), 0);
    cr_assert(!window.of[METER_SYSTEM].there);
    uint64_t at_ns;
    meters_read(&meters, &at_ns);
    const double before = meter->joules[METER_SYSTEM];
    for (int i = 0; i < 100; i++) {
        device_host_pause(device, 100000000);
        meters_read(&meters, &at_ns);
    }
    cr_assert(fabs(meter->joules[METER_SYSTEM] - before - 25) < 0.5, "%g J",
        meter->joules[METER_SYSTEM] - before);
    finish(meter, device);
}

Test(meter_smc, sensors_by_chip) {
    static const struct {
        const char *chip, *cpu, *memory;
    } chips[] = {{"Apple A18 Pro", "PZC0", ""}, {"Apple M6", "", "PP2b + PP4b"},
        {"M4 Pro", "", "PP2b + PP4b"}, {"Apple M1", "", ""}};
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
        struct device *device = kit_open("");
        c = (struct controller){.keys = {"PSTR", "PZC0", "PP2b", "PP4b"}};
        struct meter *meter = meter_of(device, chips[i].chip);
        cr_assert_str_eq(meter->counters[METER_CPU].channels, chips[i].cpu);
        cr_assert_str_eq(meter->counters[METER_MEMORY].channels, chips[i].memory);
        cr_assert(meter->counters[METER_SYSTEM].there);
        finish(meter, device);
    }
}

Test(meter_smc, stands_still) {
    struct device *device = kit_open("");
    c = (struct controller){.keys = {"PSTR"}, .fixed = 3.5F};
    struct meter *meter = meter_of(device, "Apple M6");
    struct meters meters = {.device = device, .list = {meter}, .n = 1};
    cr_assert_eq(meters_prove(&meters, NULL, 3000000000), 0);
    cr_assert_eq(meter->counters[METER_SYSTEM].verdict.state, METER_FROZEN);
    finish(meter, device);
}

Test(meter_smc, values_that_are_not_numbers_are_absent) {
    struct device *device = kit_open("");
    c = (struct controller){.keys = {"PSTR"}, .type = 0x75693332};
    struct meter *meter = meter_of(device, "Apple M6");
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->verdict.reason, "no sensor"));
    finish(meter, device);
}

/* A machine takes less than 10 kW: what says more is no power. */
Test(meter_smc, what_is_no_power) {
    for (int i = 0; i < 2; i++) {
        struct device *device = kit_open("");
        c = (struct controller){.keys = {"PSTR"}, .fixed = i ? 1e4F : 9999};
        struct meter *meter = meter_of(device, "Apple M6");
        cr_expect_eq(meter->counters[METER_SYSTEM].there, i == 0, "%d", i);
        finish(meter, device);
    }
}

Test(meter_smc, a_sensor_that_disappears) {
    struct device *device = kit_open("");
    c = (struct controller){.keys = {"PSTR"}};
    struct meter *meter = meter_of(device, "Apple M6");
    struct meters meters = {.device = device, .list = {meter}, .n = 1};
    uint64_t at_ns;
    c.fails_from = 1;
    meters_read(&meters, &at_ns);
    cr_assert_eq(meter->counters[METER_SYSTEM].verdict.state, METER_ABSENT);
    finish(meter, device);
}

Test(meter_smc, no_controller) {
    struct device *device = kit_open("");
    const struct smc_entry none = {0};
    struct meter *meter = smc_open_with(device, &none, "Apple M6");
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    meter_smc.close(meter);
#ifndef __APPLE__
    meter = meter_smc.open(device);
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->verdict.reason, "cannot be opened"));
    meter_smc.close(meter);
#endif
    device_close(device);
}
