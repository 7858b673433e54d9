/* SPDX-License-Identifier: MIT
 *
 * Disturbances that last: how much of the time, for how long, and which calls they slow down.
 */
#include "device/sim/sim_periods.h"

#include "sim_kit.h"

#include <math.h>

/* n periods, as seen by a caller that checks every `step_ns`. */
static void watch(
    struct sim_periods *periods, uint64_t step_ns, uint64_t n, double *share, double *mean_ms) {
    uint64_t n_on = 0, n_begun = 0;
    bool was_on = sim_periods_at(periods, 0);
    for (uint64_t i = 0; i < n; i++) {
        bool is_on = sim_periods_at(periods, i * step_ns);
        n_on += is_on;
        n_begun += is_on && !was_on;
        was_on = is_on;
    }
    *share = (double)n_on / (double)n;
    *mean_ms = (double)n_on * (double)step_ns / (double)n_begun / 1e6;
}

Test(sim_periods, share_and_length_are_as_asked) {
    static const double shares_pct[] = {5, 40, 90};
    for (size_t i = 0; i < 3; i++) {
        struct sim_periods periods;
        double share, mean_ms;
        sim_periods_open(&periods, shares_pct[i], 20, 7);
        watch(&periods, 100000, 4000000, &share, &mean_ms); /* 400 s: some thousand periods */
        cr_assert(fabs(share * 100 / shares_pct[i] - 1) < 0.1, "%g", share);
        cr_assert(fabs(mean_ms / 20 - 1) < 0.1, "%g", mean_ms);
        cr_assert(fabs(sim_periods_total_ns(&periods, 400000000000) / (share * 400e9) - 1) < 0.01);
    }
}

Test(sim_periods, none_and_all_have_no_periods) {
    struct sim_periods periods;
    sim_periods_open(&periods, 0, 20, 7);
    cr_assert(!sim_periods_at(&periods, 0) && !sim_periods_at(&periods, UINT64_MAX / 2));
    cr_assert_eq(sim_periods_total_ns(&periods, 1000), 0);
    sim_periods_open(&periods, 100, 20, 7);
    cr_assert(sim_periods_at(&periods, 0) && sim_periods_at(&periods, UINT64_MAX / 2));
    cr_assert_eq(sim_periods_total_ns(&periods, 1000), 1000);
}

Test(sim_periods, first_moment_is_disturbed_as_often_as_any) {
    int n_on = 0;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct sim_periods periods;
        sim_periods_open(&periods, 30, 20, seed);
        n_on += sim_periods_at(&periods, 0);
    }
    cr_assert(1080 < n_on && n_on < 1320, "%d of 4000", n_on);
}

Test(sim_periods, a_jump_over_many_periods_ends_and_keeps_the_share) {
    struct sim_periods periods;
    sim_periods_open(&periods, 25, 0.001, 7);
    double total = sim_periods_total_ns(&periods, UINT64_C(1) << 61);
    cr_assert(fabs(total / (0.25 * (double)(UINT64_C(1) << 61)) - 1) < 0.01, "%g", total);
}

Test(sim_periods, same_seed_same_sequence_other_seed_another) {
    struct sim_periods a, b, c;
    bool differs = false;
    sim_periods_open(&a, 50, 20, 7);
    sim_periods_open(&b, 50, 20, 7);
    sim_periods_open(&c, 50, 20, 8);
    for (uint64_t ns = 0; ns < 1000000000; ns += 1000000) {
        bool is_on = sim_periods_at(&a, ns);
        cr_assert_eq(is_on, sim_periods_at(&b, ns));
        differs |= is_on != sim_periods_at(&c, ns);
    }
    cr_assert(differs);
}

/* The cost of a load and an eval, relative to undisturbed ones. */
static void slowed(const char *lines, double *load, double *eval) {
    struct device *device = kit_open(lines);
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    struct device_error error;
    *eval = (double)kit_eval(&kit) / 100e3;
    device_unload(device, kit.program, &error);
    uint64_t begin_ns = device_clock_ns(device);
    cr_assert_eq(device_load(device, kit.program, 21, &error), DEVICE_OK);
    *load = (double)(device_clock_ns(device) - begin_ns) / 2e6;
    kit_free(&kit);
    device_close(device);
}

Test(sim_periods, only_calls_of_the_side_are_slowed) {
    static const struct {
        const char *lines;
        double load, eval;
    } cases[] = {{"busy_slowdown_pct,50\n", 1, 1},
        {"busy_share_pct,100\nbusy_slowdown_pct,50\n", 1.5, 1.5},
        {"busy_share_pct,100\nbusy_slowdown_pct,50\nbusy_side,engine\n", 1, 1.5},
        {"busy_share_pct,100\nbusy_slowdown_pct,50\nbusy_side,host\n", 1.5, 1},
        {"low_clock_share_pct,100\nlow_clock_slowdown_pct,20\n", 1.2, 1.2},
        {"low_clock_share_pct,100\nlow_clock_slowdown_pct,20\nbusy_share_pct,100\n"
         "busy_slowdown_pct,50\nbusy_side,host\n",
            1.8, 1.2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double load, eval;
        slowed(cases[i].lines, &load, &eval);
        cr_assert(fabs(load - cases[i].load) < 1e-9 && fabs(eval - cases[i].eval) < 1e-9,
            "%s: %g %g", cases[i].lines, load, eval);
    }
}

Test(sim_periods, busy_time_is_reported_but_a_low_clock_is_not) {
    struct device *device = kit_open("busy_share_pct,100\nlow_clock_share_pct,100\n");
    struct kit kit = kit_loaded(device, 1, 4, 4, 1);
    kit_eval(&kit);
    cr_assert_eq(sim_busy_ns(device), (double)device_clock_ns(device));
    kit_free(&kit);
    device_close(device);
    device = kit_open("low_clock_share_pct,100\n");
    kit = kit_loaded(device, 1, 4, 4, 1);
    cr_assert_eq(sim_busy_ns(device), 0);
    kit_free(&kit);
    device_close(device);
}
