/* SPDX-License-Identifier: MIT
 *
 * Whether the engine works, by the counters of simulated machines on which that is known; and by a fake of IOReport
 * whose channels are those published of several chips.
 */
#include "ioreport_kit.h"

enum { WINDOW_NS = 20000000 };

struct simulated {
    struct kit kit;
    struct meter_work work;
    struct activity_control control;
};

static void simulated_open(struct simulated *m, const char *lines, const char *options) {
    m->kit = kit_loaded(kit_open_options(lines, options, 1), 1, 4, 4, 1);
    m->work = (struct meter_work){eval_step, &m->kit};
}

static void simulated_close(struct simulated *m) {
    struct device *device = m->kit.device;
    kit_free(&m->kit);
    device_close(device);
}

/* What the control of such a machine is. */
static bool is_live(const char *lines, char *reason, size_t size) {
    struct simulated m;
    simulated_open(&m, lines, "");
    cr_assert_eq(activity_prove(m.kit.device, &m.work, WINDOW_NS, &m.control), 0);
    const bool live = activity_is_live(&m.control, reason, size);
    simulated_close(&m);
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

/* How long the control takes by the machine's clock. */
static uint64_t prove_ns(const char *lines) {
    struct simulated m;
    simulated_open(&m, lines, "");
    const uint64_t begin_ns = device_clock_ns(m.kit.device);
    cr_assert_eq(activity_prove(m.kit.device, &m.work, WINDOW_NS, &m.control), 0);
    const uint64_t taken_ns = device_clock_ns(m.kit.device) - begin_ns;
    simulated_close(&m);
    return taken_ns;
}

Test(meter_activity, without_a_counter_nothing_is_done) {
    cr_expect_eq(prove_ns("traffic,none"), 0);
    cr_expect_geq(prove_ns("traffic,frozen"), 2 * (uint64_t)WINDOW_NS);
}

static enum activity_place place_of(const char *lines, const char *options) {
    struct simulated direct, m;
    struct activity_found found;
    simulated_open(&direct, lines, "");
    cr_assert_eq(activity_prove(direct.kit.device, &direct.work, WINDOW_NS, &direct.control), 0);
    simulated_open(&m, lines, options);
    cr_assert_eq(activity_find(m.kit.device, &direct.control, &m.work, WINDOW_NS, &found), 0);
    cr_expect(found.reason[0] != '\0');
    simulated_close(&m);
    simulated_close(&direct);
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

/* ---- IOReport */

#define AMC "AMC Stats", "Perf Counters"
#define BY_INDEX "Interrupt Statistics (by index)"
#define STATE IOREPORT_FORMAT_STATE
enum { NO_VALUE = -1 };

/* The share is the value; of states, in each but the first. */
static int64_t as_written(const struct row *row) {
    return row->share < 0 ? IOREPORT_NO_VALUE : (int64_t)row->share;
}

/* The count of the source of that label, or -1 and why. */
static double count_of(struct activity *a, const char *label, const char **why) {
    a->table->read(a);
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->sources[i].name, label) == 0) {
            *why = a->sources[i].verdict.reason;
            return a->sources[i].verdict.state == METER_UNPROVEN ? a->sources[i].count : -1;
        }
    *why = "no such source";
    return -1;
}

static struct activity *written_open(
    struct machine *m, const struct row *rows, int n_rows, const char *refused) {
    machine_open(m, rows, n_rows);
    s.count = as_written;
    s.refused = refused;
    return m->meters.activity = activity_by(&activity_entry);
}

/* Only the engine's channels count, of two formats; what has no value does not. */
Test(meter_activity, channels_by_chip) {
    static const struct row rows[] = {{AMC, "ANE0 RD", "B", SIMPLE, SIM_RAIL_ENGINE, 100},
        {AMC, "ANE0 WR", "B", SIMPLE, SIM_RAIL_ENGINE, 20},
        {AMC, "ANE0 DCS RD", "B", SIMPLE, SIM_RAIL_ENGINE, NO_VALUE},
        {AMC, "PCPU0 RD", "B", SIMPLE, SIM_RAIL_ENGINE, 7},
        {BY_INDEX, "ane0 0", "Second Level Interrupt Handler Count", "", SIMPLE, SIM_RAIL_ENGINE,
            5},
        {BY_INDEX, "ane0 0", "Second Level Interrupt Handler CPU Time", "", SIMPLE, SIM_RAIL_ENGINE,
            900},
        {BY_INDEX, "dart-ane 0", "Second Level Interrupt Handler Count", "", SIMPLE,
            SIM_RAIL_ENGINE, 3},
        {"PMP", "AF BW", "ANE0 RD", "", STATE, SIM_RAIL_ENGINE, 11},
        {"PMP", "SOC Floor", "ANE-AF-BW", "", STATE, SIM_RAIL_ENGINE, 13},
        {"SoC Stats", "Events", "ANE0_TRIG", "", SIMPLE, SIM_RAIL_ENGINE, 24000000}};
    const char *why;
    char names[256];
    struct machine m;
    struct activity *a = written_open(&m, rows, sizeof rows / sizeof *rows, NULL);
    cr_expect_eq(count_of(a, "AMC Stats, Perf Counters", &why), 120, "%s", why);
    cr_expect_eq(count_of(a, "Interrupt Statistics", &why), 5, "%s", why);
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), 22, "%s", why);
    cr_expect_eq(count_of(a, "PMP, SOC Floor", &why), 26, "%s", why);
    cr_expect_eq(count_of(a, "PMP, DCS Floor", &why), -1);
    cr_expect_str_eq(why, "has no channel of the engine");
    activity_names(a, names, sizeof names);
    cr_expect_str_eq(
        names, "AMC Stats, Perf Counters; Interrupt Statistics; PMP, AF BW; PMP, SOC Floor");
    machine_close(&m);
}

/* The same counters by other names: of interrupts `ane 0`, of bands PMP0. */
Test(meter_activity, other_names) {
    static const struct row rows[] = {
        {BY_INDEX, "ane 0", "Second Level Interrupt Handler Count", "", SIMPLE, SIM_RAIL_ENGINE, 5},
        {"PMP0", "AF BW", "ANE0 RD", "", STATE, SIM_RAIL_ENGINE, 11},
        {"PMP0", "DCS Floor", "ANE-DCS-BW", "", STATE, SIM_RAIL_ENGINE, 17}};
    const char *why;
    struct machine m;
    struct activity *a = written_open(&m, rows, sizeof rows / sizeof *rows, NULL);
    cr_expect_eq(count_of(a, "Interrupt Statistics", &why), 5, "%s", why);
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), 22, "%s", why);
    cr_expect_eq(count_of(a, "PMP, DCS Floor", &why), 34, "%s", why);
    cr_expect_eq(count_of(a, "AMC Stats, Perf Counters", &why), -1);
    cr_expect_str_eq(why, "is not there");
    machine_close(&m);
}

Test(meter_activity, what_cannot_be_read_has_a_reason) {
    static const struct row rows[] = {{AMC, "ANE0 RD", "B", SIMPLE, SIM_RAIL_ENGINE, 100},
        {"PMP", "AF BW", "ANE0 RD", "", STATE, SIM_RAIL_ENGINE, 11}};
    struct ioreport_activity_entry entry = activity_entry;
    const char *why;
    struct machine m;
    struct activity *a = written_open(&m, rows, sizeof rows / sizeof *rows, "AMC Stats");
    cr_expect_eq(count_of(a, "AMC Stats, Perf Counters", &why), -1);
    cr_expect_str_eq(why, "is refused");
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), 22, "%s", why);
    activity_close(a);
    entry.IOReportStateGetResidency = NULL;
    a = m.meters.activity = activity_by(&entry);
    cr_expect_eq(count_of(a, "PMP, AF BW", &why), -1);
    cr_expect_str_eq(why, "the function IOReportStateGetResidency is not there");
    machine_close(&m);
}

/* What was there at first and then is not: absent, and nothing is left. */
Test(meter_activity, a_sample_that_fails_later) {
    const char *why;
    struct machine m;
    struct activity *a =
        written_open(&m, control_rows, sizeof control_rows / sizeof *control_rows, NULL);
    s.fail_at = s.n_created + 1;
    cr_expect_eq(count_of(a, "AMC Stats, Perf Counters", &why), -1);
    cr_expect_str_eq(why, "has no values any more");
    cr_expect_geq(count_of(a, "Interrupt Statistics", &why), 0, "%s", why);
    machine_close(&m);
}
