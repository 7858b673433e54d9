/* SPDX-License-Identifier: MIT
 *
 * What the gate decides, on values of known distributions.
 */
#include "measure/random.h"
#include "runner/compare/gate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METRICS = 30, PROCESSES = 12 };

struct fixture {
    struct run_metric list[METRICS];
    double values[METRICS][SIDES][PROCESSES];
    struct metrics metrics;
};

static struct metric_side side_make(double *values, const char *unit) {
    return (struct metric_side){.is_there = true,
        .unit = unit,
        .n_unit = "processes",
        .program_hash = "a",
        .probe_version = "1",
        .values = values,
        .n = PROCESSES};
}

static void fixture_make(struct fixture *f, int n) {
    for (int i = 0; i < n; i++) {
        f->list[i] = (struct run_metric){.experiment = "p", .arm = "a", .name = "m"};
        for (int side = 0; side < SIDES; side++)
            f->list[i].sides[side] = side_make(f->values[i][side], "ns");
    }
    f->metrics = (struct metrics){.list = f->list, .n = (size_t)n};
}

/* Smooth, with outliers, with two values only, and with few: like metrics of real devices. */
static double draw(int kind, uint64_t *random) {
    const double u = random_unit(random);
    switch (kind % 4) {
    case 0:
        return 100 *
               exp(0.02 * sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * random_unit(random)));
    case 1:
        return u < 0.15 ? 400 + 1000 * random_unit(random) : 100 + u;
    case 2:
        return u < 0.3 ? 100 : 180;
    default:
        return 100 + floor(8 * u);
    }
}

static void fill(struct fixture *f, int n, double factor, uint64_t *random) {
    for (int i = 0; i < n; i++)
        for (int side = 0; side < SIDES; side++)
            for (int p = 0; p < PROCESSES; p++)
                f->values[i][side][p] = draw(i, random) * (side == SIDE_NEW ? factor : 1);
}

static struct run_gate decide(struct fixture *f, double margin_pct) {
    struct run_gate gate;
    struct error error;
    cr_assert_eq(gate_decide(&f->metrics, margin_pct, &gate, &error), 0, "%s", error.text);
    return gate;
}

/* At no margin at all. With 30 metrics tested singly at 0.5 % a side, one in seven comparisons would. */
Test(gate, of_equal_devices_one_comparison_in_a_hundred_at_most_finds_something_worse) {
    enum { COMPARISONS = 1000 };
    static struct fixture f;
    uint64_t random = 20261130;
    int n_alarms = 0, n_compared = 0;
    fixture_make(&f, METRICS);
    for (int i = 0; i < COMPARISONS; i++) {
        fill(&f, METRICS, 1, &random);
        struct run_gate gate = decide(&f, 0);
        n_alarms += gate.of[GATE_WORSE] > 0;
        n_compared += gate.of[GATE_NOT_COMPARED] == 0;
        gate_free(&gate);
    }
    printf("%d false alarms in %d comparisons of %d metrics\n", n_alarms, COMPARISONS, METRICS);
    cr_assert_eq(n_compared, COMPARISONS);
    /* 22 or more of 1000 at a rate of 0.01: one in a thousand */
    cr_assert_lt(n_alarms, 22);
}

Test(gate, a_difference_beyond_the_margin_is_found_and_one_within_is_not) {
    static struct fixture f;
    uint64_t random = 7;
    fixture_make(&f, 1);
    fill(&f, 1, 1.2, &random);
    struct run_gate gate = decide(&f, 10);
    cr_assert_eq(gate.of[GATE_WORSE], 1);
    cr_assert_float_eq(gate.results[0].ratio.estimate, 1.2, 0.03);
    gate_free(&gate);
    gate = decide(&f, 20);
    cr_assert_eq(gate.of[GATE_NOT_DECIDED], 1);
    gate_free(&gate);
    gate = decide(&f, 40);
    cr_assert_eq(gate.of[GATE_WITHIN], 1);
    gate_free(&gate);
    fill(&f, 1, 1 / 1.2, &random);
    gate = decide(&f, 10);
    cr_assert_eq(gate.of[GATE_BETTER], 1);
    gate_free(&gate);
}

Test(gate, less_throughput_is_worse) {
    static struct fixture f;
    uint64_t random = 7;
    fixture_make(&f, 1);
    f.list[0].sides[SIDE_BASE].unit = f.list[0].sides[SIDE_NEW].unit = "TFLOPS";
    fill(&f, 1, 0.8, &random);
    struct run_gate gate = decide(&f, 10);
    cr_assert_eq(gate.of[GATE_WORSE], 1);
    gate_free(&gate);
    fill(&f, 1, 1.25, &random);
    gate = decide(&f, 10);
    cr_assert_eq(gate.of[GATE_BETTER], 1);
    gate_free(&gate);
}

Test(gate, too_few_processes_are_refused) {
    static struct fixture f;
    uint64_t random = 7;
    fixture_make(&f, METRICS);
    fill(&f, METRICS, 10, &random);
    for (int i = 0; i < METRICS; i++)
        f.list[i].sides[SIDE_BASE].n = 5;
    struct run_gate gate = decide(&f, 0);
    /* C(17, 5) = 6188 and 0.01 / 30 = 1 / 3000: 5 and 12 will do, 5 and 5 will not (252) */
    cr_assert_eq(gate.n_too_few, 0);
    gate_free(&gate);
    for (int i = 0; i < METRICS; i++)
        f.list[i].sides[SIDE_NEW].n = 5;
    gate = decide(&f, 0);
    cr_assert_eq(gate.n_too_few, METRICS);
    cr_assert_eq(gate.of[GATE_NOT_COMPARED], METRICS);
    cr_assert_eq(gate.n_needed, 7); /* C(14, 7) = 3432, C(12, 6) = 924 */
    gate_free(&gate);
}

/* One change to the new run's side, and what is said of it. */
static void not_compared(void (*change)(struct run_metric *metric), const char *why) {
    static struct fixture f;
    uint64_t random = 7;
    fixture_make(&f, 1);
    fill(&f, 1, 1, &random);
    change(&f.list[0]);
    struct run_gate gate = decide(&f, 0);
    cr_assert_eq(gate.of[GATE_NOT_COMPARED], 1, "%s", why);
    cr_assert_not_null(strstr(gate.results[0].reason, why), "%s", gate.results[0].reason);
    gate_free(&gate);
}

static void other_program(struct run_metric *m) {
    m->sides[SIDE_NEW].program_hash = "b";
}
static void other_probe(struct run_metric *m) {
    m->sides[SIDE_NEW].probe_version = "2";
}
static void no_version(struct run_metric *m) {
    m->sides[SIDE_BASE].probe_version = m->sides[SIDE_NEW].probe_version = "";
}
static void other_unit(struct run_metric *m) {
    m->sides[SIDE_NEW].unit = "ms";
}
static void no_side(struct run_metric *m) {
    m->sides[SIDE_BASE].unit = m->sides[SIDE_NEW].unit = "ratio";
}
static void levels(struct run_metric *m) {
    m->sides[SIDE_NEW].n_unit = "levels";
}
static void gone(struct run_metric *m) {
    m->sides[SIDE_NEW] = (struct metric_side){.is_there = false};
}
static void fresh(struct run_metric *m) {
    m->sides[SIDE_BASE] = (struct metric_side){.is_there = false};
}
static void zero(struct run_metric *m) {
    m->sides[SIDE_NEW].values[3] = 0;
}
static void unjudged(struct run_metric *m) {
    strcpy(m->sides[SIDE_NEW].why_not, "this build has no such experiment");
}

Test(gate, what_cannot_be_compared_is_listed_with_its_reason) {
    not_compared(other_program, "the programs differ");
    not_compared(other_probe, "the versions of the probe differ");
    not_compared(no_version, "does not say of which programs");
    not_compared(other_unit, "the units differ");
    not_compared(no_side, "neither side is better");
    not_compared(levels, "not of one process each");
    not_compared(gone, "only the base has it");
    not_compared(fresh, "only the new run has it");
    not_compared(zero, "not above 0");
    not_compared(unjudged, "no such experiment");
}

/* Twelve processes spread a little around a middle value. */
static void spread(double *values, double middle, double step) {
    for (int p = 0; p < PROCESSES; p++)
        values[p] = middle * (1 + step * (p - (PROCESSES - 1) / 2.0));
}

/* An interval across either end of the margin decides nothing, for lower or higher is better. */
Test(gate, an_interval_across_the_margin_is_not_decided) {
    static const struct {
        double factor, step;
        const char *unit, *name;
        enum gate_outcome outcome;
    } cases[] = {{1, 0.001, "ns", "t_ns", GATE_WITHIN},
        {0.95, 0.002, "ns", "t_ns", GATE_NOT_DECIDED},
        {1.05, 0.002, "ns", "t_ns", GATE_NOT_DECIDED}, {1.2, 0.001, "ns", "t_ns", GATE_WORSE},
        {0.8, 0.001, "ns", "t_ns", GATE_BETTER}, {1.2, 0.001, "TFLOPS", "tflops", GATE_BETTER},
        {0.8, 0.001, "TFLOPS", "tflops", GATE_WORSE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        struct run_gate gate;
        struct error error;
        fixture_make(&f, 1);
        f.list[0].name = cases[i].name;
        for (int side = 0; side < SIDES; side++) {
            spread(
                f.values[0][side], side == SIDE_NEW ? 100 * cases[i].factor : 100, cases[i].step);
            f.list[0].sides[side].unit = cases[i].unit;
        }
        cr_assert_eq(gate_decide(&f.metrics, 5, &gate, &error), 0);
        cr_expect_eq(gate.results[0].outcome, cases[i].outcome, "case %zu: %s", i,
            gate_outcome_name(gate.results[0].outcome));
        gate_free(&gate);
    }
}
