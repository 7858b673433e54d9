/* SPDX-License-Identifier: MIT
 *
 * perf's PMU `power` on file trees that the tests write, with fake system calls.
 */
#include "meter/meter_perf.h"
#include "sysfs_tree.h"

#include <errno.h>
#include <math.h>

#define POWER "bus/event_source/devices/power/"

static struct calls {
    int fails; /* errno of open, 0 = none */
    int fails_to_read;
    int n_open;
    uint64_t counts[8]; /* by descriptor */
    int processors[8];
    uint64_t events[8];
} calls;

static int fake_open(uint32_t type, uint64_t event, int processor) {
    cr_assert_eq(type, 25);
    if (calls.fails) {
        errno = calls.fails;
        return -1;
    }
    calls.processors[calls.n_open] = processor;
    calls.events[calls.n_open] = event;
    return calls.n_open++;
}

static int fake_read(int descriptor, uint64_t *count) {
    errno = calls.fails_to_read;
    *count = calls.counts[descriptor];
    return calls.fails_to_read ? -1 : 0;
}

static int n_closed;
static void fake_close(int descriptor) {
    cr_assert(descriptor >= 0);
    n_closed++;
}

static const struct perf_entry entry = {fake_open, fake_read, fake_close};

static void tree_begin(void) {
    tree_open();
    calls = (struct calls){0};
    n_closed = 0;
    tree_file(POWER "type", "25\n");
    tree_file(POWER "cpumask", "0,18-19\n");
}
TestSuite(meter_perf, .init = tree_begin, .fini = tree_close);

static void event_put(const char *event, const char *number, const char *unit) {
    char path[128];
    snprintf(path, sizeof path, POWER "events/%s", event);
    tree_file(path, number);
    snprintf(path, sizeof path, POWER "events/%s.scale", event);
    tree_file(path, "2.3283064365386962890625e-10\n");
    snprintf(path, sizeof path, POWER "events/%s.unit", event);
    tree_file(path, unit);
}

Test(meter_perf, packages_add_up) {
    event_put("energy-pkg", "event=0x02\n", "Joules\n");
    event_put("energy-ram", "event=0x03\n", "Joules\n");
    calls.counts[0] = 1000;
    struct meter *meter = perf_open_with(NULL, &entry);
    cr_assert_eq(calls.n_open, 6);
    cr_assert(calls.events[0] == 2 && calls.events[3] == 3);
    cr_assert(calls.processors[0] == 0 && calls.processors[1] == 18 && calls.processors[2] == 19);
    cr_assert_eq(meter->counters[METER_PACKAGE].verdict.state, METER_UNPROVEN);
    calls.counts[0] += UINT64_C(1) << 32;
    calls.counts[2] += UINT64_C(1) << 33;
    meter_perf.read(meter);
    cr_assert(fabs(meter->joules[METER_PACKAGE] - 3) < 1e-9, "%g", meter->joules[METER_PACKAGE]);
    cr_assert(fabs(meter->joules[METER_MEMORY]) < 1e-12);
    meter_perf.close(meter);
    cr_assert_eq(n_closed, 6);
}

Test(meter_perf, forbidden) {
    static const int refusals[] = {EACCES, EPERM};
    event_put("energy-pkg", "event=0x02\n", "Joules\n");
    for (int i = 0; i < 2; i++) {
        calls.fails = refusals[i];
        struct meter *meter = perf_open_with(NULL, &entry);
        cr_assert_eq(meter->counters[METER_PACKAGE].verdict.state, METER_FORBIDDEN);
        cr_assert(strstr(meter->counters[METER_PACKAGE].verdict.remedy, "perf_event_paranoid"));
        meter_perf.close(meter);
    }
}

Test(meter_perf, a_count_that_can_no_longer_be_read) {
    event_put("energy-pkg", "event=0x02\n", "Joules\n");
    struct meter *meter = perf_open_with(NULL, &entry);
    calls.fails_to_read = EIO;
    meter_perf.read(meter);
    cr_assert_eq(meter->counters[METER_PACKAGE].verdict.state, METER_ABSENT);
    meter_perf.close(meter);
}

Test(meter_perf, other_units_are_refused) {
    event_put("energy-pkg", "event=0x02\n", "Calories\n");
    struct meter *meter = perf_open_with(NULL, &entry);
    cr_assert_eq(meter->counters[METER_PACKAGE].verdict.state, METER_ABSENT);
    cr_assert_eq(calls.n_open, 0);
    meter_perf.close(meter);
}

Test(meter_perf, no_events_and_no_unit) {
    struct meter *meter = perf_open_with(NULL, &entry);
    cr_assert_eq(meter->verdict.state, METER_ABSENT);
    cr_assert(strstr(meter->verdict.reason, "no event of energy"));
    meter_perf.close(meter);
    tree_remove(POWER "type");
    meter = perf_open_with(NULL, &entry);
    cr_assert(strstr(meter->verdict.reason, "no PMU power"));
    meter_perf.close(meter);
}
