/* SPDX-License-Identifier: MIT
 *
 * Where work ran, by several counters, of which some follow it and some do not. A simulated machine counts one thing;
 * here it has three counters, each with a number for each piece of work and each window of rest.
 */
#include "meter/activity_table.h"
#include "sim_kit.h"

enum { WINDOW_NS = 20000000, SOURCES = 3 };

static struct {
    double each[SOURCES], idle[SOURCES];
    uint64_t n_steps;
    int n_reads;
} now;

static struct activity *fake_open(struct device *device) {
    static const char *const names[SOURCES] = {"first", "second", "third"};
    struct activity *a = calloc(1, sizeof *a);
    (void)device;
    cr_assert_not_null(a);
    for (int i = 0; i < SOURCES; i++)
        cr_assert_not_null(activity_source_add(a, names[i]));
    now.n_reads = 0;
    return a;
}
/* Before and after work, before and after rest. */
static void fake_read(struct activity *a) {
    for (int i = 0; i < SOURCES; i++)
        a->sources[i].count += now.n_reads == 1   ? now.each[i] * (double)now.n_steps
                               : now.n_reads == 3 ? now.idle[i]
                                                  : 0;
    now.n_steps = 0;
    now.n_reads++;
}
static void fake_close(struct activity *a) {
    free(a);
}
/* In place of the library's. */
const struct activity_table activity_sim = {fake_open, fake_read, fake_close};

static int step(void *kit_of) {
    struct kit *kit = kit_of;
    struct device_error error;
    now.n_steps++;
    return device_eval(kit->device, kit->request, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK ? 0 : -1;
}

Test(meter_activity_sources, a_place_needs_one_that_moves_or_all_that_stand_still) {
    static const struct {
        double control[SOURCES], each[SOURCES], idle[SOURCES];
        enum activity_place place;
        const char *shown;
    } rows[] = {
        {{9, 9, 9}, {9, 0, 0}, {0}, ACTIVITY_ENGINE, "first"},
        {{9, 9, 9}, {0, 9, 0}, {0}, ACTIVITY_ENGINE, "second"},
        {{9, 9, 9}, {0, 0.5, 9}, {0}, ACTIVITY_ENGINE, "third"},
        {{9, 9, 9}, {0, 0, 0}, {0}, ACTIVITY_ELSEWHERE, "first"},
        {{9, 9, 9}, {0.5, 0, 0}, {0}, ACTIVITY_UNPROVEN, "first"},
        {{9, 9, 9}, {0, 0.5, 0}, {0}, ACTIVITY_UNPROVEN, "first"},
        {{9, 9, 9}, {0, 0, 0.5}, {0}, ACTIVITY_UNPROVEN, "first"},
        /* what others do moves a counter as much without the work */
        {{9, 9, 9}, {9, 0, 0}, {9e6, 0, 0}, ACTIVITY_ELSEWHERE, "first"},
        /* one that did not follow the control says nothing */
        {{0, 9, 9}, {9, 0, 0}, {0}, ACTIVITY_ELSEWHERE, "second"},
        {{9, 0, 0}, {0, 9, 9}, {0}, ACTIVITY_ELSEWHERE, "first"},
        {{0, 0, 9}, {0, 0, 9}, {0}, ACTIVITY_ENGINE, "third"},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct device *device = kit_open("traffic,works");
        struct kit kit = kit_loaded(device, 1, 4, 4, 1);
        const struct meter_work work = {step, &kit};
        struct activity_control control;
        struct activity_found found;
        memcpy(now.each, rows[r].control, sizeof now.each);
        memset(now.idle, 0, sizeof now.idle);
        cr_assert_eq(activity_prove(device, &work, WINDOW_NS, &control), 0);
        for (int i = 0; i < SOURCES; i++)
            cr_expect_eq(control.sources[i].verdict.state,
                rows[r].control[i] > 0 ? METER_LIVE : METER_FROZEN, "row %zu, source %d", r, i);
        memcpy(now.each, rows[r].each, sizeof now.each);
        memcpy(now.idle, rows[r].idle, sizeof now.idle);
        cr_assert_eq(activity_find(device, &control, &work, WINDOW_NS, &found), 0);
        cr_expect_eq(
            found.place, rows[r].place, "row %zu: %s", r, activity_place_name(found.place));
        cr_expect(strncmp(found.reason, rows[r].shown, strlen(rows[r].shown)) == 0, "row %zu: %s",
            r, found.reason);
        kit_free(&kit);
        device_close(device);
    }
}
