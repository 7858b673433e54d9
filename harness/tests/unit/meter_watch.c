/* SPDX-License-Identifier: MIT
 *
 * What is noted of a counter between its updates, by hand; and which of several meters is believed.
 */
#include "meter/meter_table.h"
#include "meter/meters.h"

#include <criterion/criterion.h>
#include <math.h>

/* Reads of a counter every 10 ns, a step of work each: its joules, and whether it was updated. */
Test(meter_watch, updates_by_hand) {
    static const struct {
        double joules;
        bool updates;
    } reads[] = {{1, false}, {1, false}, {3, true}, {3, false}, {3, false}, {3, false}, {3.5, true},
        {3.5, false}, {5, true}, {5, false}, {5, false}, {6, true}, {6, false}};
    struct meter meter = {.counters = {{.there = true}}};
    struct watch w = {0};
    uint64_t at_ns = 1000;
    unsigned n_updates = 0;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++, at_ns += 10) {
        meter.joules[METER_ENGINE] = reads[i].joules;
        meter.mark[METER_ENGINE] += reads[i].updates;
        n_updates += reads[i].updates;
        watch_note(&w, &meter, METER_ENGINE, at_ns, i);
    }
    struct meter_energy energy = {0};
    watch_energy(&w, &energy);
    cr_assert(w.updates >= 3 && w.updates <= n_updates, "%u", w.updates);
    /* from the first update to the last: 3 to 6 J in 90 ns and 9 steps, whatever was read around them */
    cr_expect_float_eq(energy.joules, 3, 1e-12, "%g", energy.joules);
    cr_expect_eq(energy.elapsed_ns, 90);
    cr_expect_eq(energy.n_steps, 9);
    cr_expect_float_eq(w.step_j, 0.5, 1e-12, "the smallest change: %g", w.step_j);
    /* gaps of 40, 20 and 30 */
    cr_expect_eq(watch_period_ns(&w), 30);
}

/* Of meters that are as good as each other the first, else the better one. */
Test(meter_watch, the_first_of_equals) {
    struct meter a = {.counters = {{.there = true}}}, b = a;
    struct meters meters = {.list = {&a, &b}, .n = 2};
    a.counters[METER_ENGINE].verdict.state = b.counters[METER_ENGINE].verdict.state = METER_LIVE;
    cr_expect(meters_source(&meters, METER_ENGINE) == &a);
    a.counters[METER_ENGINE].verdict.state = METER_FROZEN;
    cr_expect(meters_source(&meters, METER_ENGINE) == &b);
    b.counters[METER_ENGINE].there = false;
    cr_expect(meters_source(&meters, METER_ENGINE) == &a);
    cr_expect_null(meters_source(&meters, METER_CPU));
}
