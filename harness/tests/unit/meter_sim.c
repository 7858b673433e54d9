/* SPDX-License-Identifier: MIT
 *
 * Meters of simulated machines of known energy.
 */
#include "measure/random.h"
#include "meter/meters.h"
#include "sim_kit.h"

#include <math.h>

/* Evals of 100 us that are dispatch only: 3 W on the engine, and the CPU busy. */
static const char plain[] = "meter,works\ntraffic,works\nengine_dispatch_w,2\nengine_idle_w,1\n"
                            "cpu_idle_w,0.5\ncpu_busy_w,4\npackage_rest_w,1\n";

struct machine {
    struct kit kit;
    struct meters *meters;
    struct meter_work work;
};

static unsigned n_evals;

static int eval_step(void *context) {
    struct kit *kit = context;
    struct device_error error;
    n_evals++;
    return device_eval(kit->device, kit->request, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK ? 0 : -1;
}

static void machine_open(struct machine *m, const char *lines) {
    char text[1024];
    snprintf(text, sizeof text, "%s%s", lines, plain + (strncmp(lines, "meter,", 6) ? 0 : 12));
    m->kit = kit_loaded(kit_open(text), 1, 4, 4, 1);
    m->meters = meters_open(m->kit.device);
    cr_assert(m->meters);
    m->work = (struct meter_work){eval_step, &m->kit};
}

static void machine_close(struct machine *m) {
    struct device *device = m->kit.device;
    meters_close(m->meters);
    kit_free(&m->kit);
    device_close(device);
}

static enum meter_state state_of(const struct machine *m, enum meter_quantity quantity) {
    const char *name;
    const struct meter_counter *counter = meters_best(m->meters, quantity, &name);
    return counter ? counter->verdict.state : METER_ABSENT;
}

static double watts(const struct meter_window *window, enum meter_quantity quantity) {
    const struct meter_energy *energy = &window->of[quantity];
    return energy->there ? energy->joules / ((double)energy->elapsed_ns / 1e9) : NAN;
}

static void prove(struct machine *m) {
    cr_assert_eq(meters_prove(m->meters, &m->work, 3000000000), 0);
}

#define NEAR(a, b)                                                                                 \
    cr_assert(fabs((a) - (b)) <= 0.01 * fabs(b) + 1e-12, "%g is not within 1 %% of %g", (a), (b))

Test(meter_sim, live_counters_give_the_truth) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "");
    prove(&m);
    cr_assert_eq(state_of(&m, METER_ENGINE), METER_LIVE);
    cr_assert_eq(state_of(&m, METER_PACKAGE), METER_LIVE);
    cr_assert_eq(state_of(&m, METER_CPU), METER_LIVE);
    cr_assert_eq(state_of(&m, METER_MEMORY), METER_ABSENT);
    cr_assert_eq(meters_window(m.meters, NULL, 1000000000, 2000000000, &window), 0);
    NEAR(watts(&window, METER_ENGINE), 1.0);
    NEAR(watts(&window, METER_CPU), 0.5);
    NEAR(watts(&window, METER_PACKAGE), 2.5);
    cr_assert(!window.of[METER_MEMORY].there);
    cr_assert(strstr(window.of[METER_MEMORY].reason, "no meter here has the memory's energy"));
    n_evals = 0;
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, 2000000000, &window), 0);
    cr_expect_eq(window.n_steps, n_evals);
    NEAR(watts(&window, METER_ENGINE), 3.0);
    NEAR(watts(&window, METER_CPU), 4.5);
    NEAR(watts(&window, METER_PACKAGE), 8.5);
    NEAR(window.of[METER_ENGINE].joules / (double)window.of[METER_ENGINE].n_steps, 300e-6);
    machine_close(&m);
}

/* With work a counter must say a tenth more than without: 1.08 W are not enough, 1.12 W are. */
Test(meter_sim, live_by_a_tenth) {
    static const struct {
        const char *lines;
        enum meter_state state;
    } cases[] = {{"0.08\n", METER_UNPROVEN}, {"0.12\n", METER_LIVE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct machine m;
        char text[512];
        snprintf(text, sizeof text,
            "meter,works\ntraffic,works\nengine_idle_w,1\ncpu_idle_w,0.5\ncpu_busy_w,4\n"
            "package_rest_w,1\nengine_dispatch_w,%s",
            cases[i].lines);
        m.kit = kit_loaded(kit_open(text), 1, 4, 4, 1);
        m.meters = meters_open(m.kit.device);
        cr_assert(m.meters);
        m.work = (struct meter_work){eval_step, &m.kit};
        prove(&m);
        cr_expect_eq(state_of(&m, METER_ENGINE), cases[i].state, "%s", cases[i].lines);
        machine_close(&m);
    }
}

/* Whatever the period and the step, also with longer evals. */
Test(meter_sim, periods_and_steps) {
    static const double periods_ms[] = {0.02, 0.7, 13, 460, 2100};
    for (size_t i = 0; i < sizeof periods_ms / sizeof *periods_ms; i++)
        for (int coarse = 0; coarse < 2; coarse++) {
            struct machine m;
            struct meter_window window;
            char lines[128];
            const char *name;
            snprintf(lines, sizeof lines, "meter_period_ms,%g\nmeter_step_uj,%d\n", periods_ms[i],
                coarse ? 1000 : 1);
            machine_open(&m, lines);
            cr_assert_eq(meters_prove(m.meters, &m.work, UINT64_C(30000000000)), 0);
            cr_assert_eq(state_of(&m, METER_ENGINE), METER_LIVE, "%s", lines);
            const struct meter_counter *counter = meters_best(m.meters, METER_ENGINE, &name);
            if (!coarse && periods_ms[i] > 0.5)
                cr_assert(fabs((double)counter->period_ns / 1e6 - periods_ms[i]) <=
                              0.1 * periods_ms[i] + 0.2,
                    "%g ms, not %g", (double)counter->period_ns / 1e6, periods_ms[i]);
            cr_assert_eq(
                meters_window(m.meters, &m.work, 1000000000, UINT64_C(200000000000), &window), 0);
            NEAR(watts(&window, METER_ENGINE), 3.0);
            cr_assert(window.elapsed_ns >= METER_WINDOW_UPDATES * counter->period_ns);
            machine_close(&m);
        }
}

Test(meter_sim, a_period_too_long_for_the_window) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "meter_period_ms,500\n");
    cr_assert_eq(meters_prove(m.meters, &m.work, UINT64_C(30000000000)), 0);
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, 5000000000, &window), 0);
    cr_assert(!window.of[METER_ENGINE].there);
    cr_assert(strstr(window.of[METER_ENGINE].reason, "longer than the 5 s allowed"), "%s",
        window.of[METER_ENGINE].reason);
    double period_s = NAN;
    const char *told = strstr(window.of[METER_ENGINE].reason, "updated every ");
    cr_assert(told && sscanf(told, "updated every %lf s", &period_s) == 1);
    NEAR(period_s, 0.5);
    machine_close(&m);
}

Test(meter_sim, no_longer_than_allowed) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "");
    prove(&m);
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, 1050000000, &window), 0);
    cr_expect(window.elapsed_ns >= 1050000000 && window.elapsed_ns < 1051000000);
    machine_close(&m);
}

/* The limit is exactly as many periods as a window needs, or a nanosecond less. */
Test(meter_sim, a_period_just_short_enough) {
    struct machine m;
    struct meter_window window;
    const char *name;
    machine_open(&m, "meter_period_ms,500\n");
    cr_assert_eq(meters_prove(m.meters, &m.work, UINT64_C(30000000000)), 0);
    const uint64_t least_ns =
        METER_WINDOW_UPDATES * meters_best(m.meters, METER_ENGINE, &name)->period_ns;
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000, least_ns - 1, &window), 0);
    cr_expect(strstr(window.of[METER_ENGINE].reason, "longer than"), "%s",
        window.of[METER_ENGINE].reason);
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000, least_ns, &window), 0);
    cr_expect_not(strstr(window.of[METER_ENGINE].reason, "longer than"), "%s",
        window.of[METER_ENGINE].reason);
    cr_expect(window.elapsed_ns >= least_ns && window.elapsed_ns < least_ns + 1000000);
    machine_close(&m);
}

/* Evals of 50 ms and a counter of 13 ms: it is read once an eval, so a window of 200 evals is right to 1 %. */
Test(meter_sim, evals_longer_than_periods) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "meter_period_ms,13\ndispatch_us,50000\n");
    cr_assert_eq(meters_prove(m.meters, &m.work, UINT64_C(30000000000)), 0);
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000, UINT64_C(60000000000), &window), 0);
    cr_expect(
        window.elapsed_ns >= UINT64_C(9000000000) && window.elapsed_ns < UINT64_C(12000000000),
        "%llu", (unsigned long long)window.elapsed_ns);
    machine_close(&m);
}

static struct meter_counter *counter_of(const struct machine *m, enum meter_quantity quantity) {
    return &meters_source(m->meters, quantity)->counters[quantity];
}

/* A counter that was updated four times as often when it was proven has slowed down, or stands still at times. */
Test(meter_sim, fewer_updates_than_its_period_promises) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "meter_period_ms,20\n");
    prove(&m);
    counter_of(&m, METER_ENGINE)->period_ns /= 4;
    counter_of(&m, METER_CPU)->period_ns = counter_of(&m, METER_CPU)->period_ns * 3 / 5;
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, 2000000000, &window), 0);
    cr_expect(!window.of[METER_ENGINE].there);
    cr_expect(strstr(window.of[METER_ENGINE].reason, "was updated 5"), "%s",
        window.of[METER_ENGINE].reason);
    NEAR(watts(&window, METER_CPU), 4.5);
    machine_close(&m);
}

/* Readings that lag behind: the window begins when the slowest has settled, whichever that is. */
Test(meter_sim, windows_begin_when_all_have_settled) {
    static const enum meter_quantity slow[] = {METER_ENGINE, METER_PACKAGE, METER_CPU};
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        struct machine m;
        struct meter_window window;
        machine_open(&m, "");
        prove(&m);
        for (size_t k = 0; k < sizeof slow / sizeof *slow; k++)
            counter_of(&m, slow[k])->settle_ns = k == i ? 700000000 : 100000000;
        n_evals = 0;
        const uint64_t begin_ns = device_clock_ns(m.kit.device);
        cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, 1000000000, &window), 0);
        const uint64_t before_ns = device_clock_ns(m.kit.device) - begin_ns - window.elapsed_ns;
        cr_expect(
            before_ns >= 700000000 && before_ns < 701000000, "%llu", (unsigned long long)before_ns);
        cr_expect(window.n_steps < n_evals, "evals before the window are not of it");
        machine_close(&m);
    }
}

/* Reading is work too: of an idle machine it is done every 20 ms at most. */
Test(meter_sim, rests_are_long_however_short_the_period) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "meter_period_ms,0.7\n");
    prove(&m);
    cr_assert_eq(meters_window(m.meters, NULL, 1000000000, 1005000000, &window), 0);
    cr_expect(window.elapsed_ns >= 1020000000 && window.elapsed_ns < 1021000000, "%llu",
        (unsigned long long)window.elapsed_ns);
    machine_close(&m);
}

/* Updated rarely: not believed until the period is known, and no numbers until then. */
Test(meter_sim, counters_that_are_updated_too_rarely_give_no_number) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, "meter_period_ms,2100\n");
    prove(&m);
    cr_assert_eq(state_of(&m, METER_ENGINE), METER_UNPROVEN);
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, UINT64_C(90000000000), &window), 0);
    for (int q = 0; q < METER_QUANTITIES; q++)
        cr_assert(!window.of[q].there && window.of[q].reason[0]);
    machine_close(&m);
}

static void none_there(const char *lines, enum meter_state engine, enum meter_state cpu) {
    struct machine m;
    struct meter_window window;
    machine_open(&m, lines);
    prove(&m);
    cr_assert_eq(state_of(&m, METER_ENGINE), engine, "%s", lines);
    cr_assert_eq(state_of(&m, METER_CPU), cpu, "%s", lines);
    cr_assert_eq(meters_window(m.meters, &m.work, 1000000000, 2000000000, &window), 0);
    cr_assert(!window.of[METER_ENGINE].there && window.of[METER_ENGINE].reason[0]);
    cr_assert(engine == METER_ABSENT ||
              strstr(window.of[METER_ENGINE].reason,
                  engine == METER_UNPROVEN ? "; close other programs" : "; set the key meter"));
    cr_assert_eq(window.of[METER_CPU].there, cpu == METER_LIVE);
    machine_close(&m);
}

Test(meter_sim, no_number_where_it_would_be_wrong) {
    none_there("meter,none\n", METER_ABSENT, METER_ABSENT);
    none_there("meter,frozen\n", METER_FROZEN, METER_FROZEN);
    none_there("meter,engine_frozen\n", METER_FROZEN, METER_LIVE);
    none_there("meter,engine_absent\n", METER_ABSENT, METER_LIVE);
    none_there("meter,free_running\n", METER_UNPROVEN, METER_LIVE);
    none_there("meter,forbidden\n", METER_FORBIDDEN, METER_FORBIDDEN);
}

Test(meter_sim, without_work_an_engine_stays_unproven) {
    struct machine m;
    machine_open(&m, "");
    cr_assert_eq(meters_prove(m.meters, NULL, 3000000000), 0);
    cr_assert_eq(state_of(&m, METER_ENGINE), METER_UNPROVEN);
    cr_assert_eq(state_of(&m, METER_PACKAGE), METER_LIVE);
    machine_close(&m);
}

Test(meter_sim, reasons_in_one_line) {
    struct machine m;
    char reason[256];
    machine_open(&m, "meter,none\n");
    cr_assert(!meters_any(m.meters, reason, sizeof reason));
    cr_assert_str_eq(reason,
        "no energy can be read: sim: this simulated machine has no counters of "
        "energy; set the key meter");
    machine_close(&m);
    machine_open(&m, "meter,frozen\n");
    prove(&m);
    cr_assert(!meters_any(m.meters, reason, sizeof reason));
    machine_close(&m);
    machine_open(&m, "");
    cr_assert(meters_any(m.meters, reason, sizeof reason));
    machine_close(&m);
}

/* ---- many random machines: within 2 % of the truth if live, otherwise no number */

static double drawn(uint64_t *state, double low, double high) {
    return low * pow(high / low, random_unit(state));
}

static void machine_drawn(struct machine *m, uint64_t *state, const char *kind) {
    static const struct {
        const char *key;
        double low, high;
    } keys[] = {{"meter_period_ms", 0.01, 300}, {"meter_step_uj", 0.1, 10000},
        {"dispatch_us", 30, 5000}, {"eval_cv_pct", 0.01, 5}, {"engine_dispatch_w", 0.2, 15},
        {"engine_idle_w", 0.001, 1}, {"cpu_idle_w", 0.05, 2}, {"cpu_busy_w", 1, 20},
        {"package_rest_w", 0.5, 5}};
    char lines[512];
    int n = snprintf(lines, sizeof lines, "meter,%s\nprocess_cv_pct,3\n", kind);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        n += snprintf(lines + n, sizeof lines - (size_t)n, "%s,%.4g\n", keys[i].key,
            drawn(state, keys[i].low, keys[i].high));
    m->kit = kit_loaded(kit_open(lines), 1, 4, 4, 1);
    m->meters = meters_open(m->kit.device);
    cr_assert(m->meters);
    m->work = (struct meter_work){eval_step, &m->kit};
}

static const struct {
    enum meter_quantity quantity;
    enum sim_rail rail;
} counted[] = {
    {METER_ENGINE, SIM_RAIL_ENGINE}, {METER_CPU, SIM_RAIL_CPU}, {METER_PACKAGE, SIM_RAIL_PACKAGE}};

/* Compares the window's figures with the machine's energy. Returns how many there were. */
static int window_hold(struct machine *m, bool works, const char *kind) {
    double before[SIM_RAILS];
    struct meter_window window;
    int n = 0;
    for (int rail = 0; rail < SIM_RAILS; rail++)
        before[rail] = sim_true_joules(m->kit.device, (enum sim_rail)rail);
    cr_assert_eq(meters_window(m->meters, works ? &m->work : NULL, 1000000000,
                     UINT64_C(60000000000), &window),
        0);
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        const struct meter_energy *energy = &window.of[counted[i].quantity];
        const char *name;
        const struct meter_counter *counter = meters_best(m->meters, counted[i].quantity, &name);
        const double true_w =
            (sim_true_joules(m->kit.device, counted[i].rail) - before[counted[i].rail]) /
            ((double)window.elapsed_ns / 1e9);
        const double seconds = (double)energy->elapsed_ns / 1e9;
        cr_assert_eq(energy->there, energy->reason[0] == '\0', "%s", kind);
        if (!energy->there)
            continue;
        cr_assert_eq(counter->verdict.state, METER_LIVE, "%s: %s has a number", kind, name);
        /* A counter that hardly moves may be off by one step in an idle window. */
        cr_assert(fabs(energy->joules / seconds - true_w) <=
                      0.02 * true_w + (works ? 0 : counter->step_j / seconds),
            "%s, %s: %g W, not %g", kind, meter_quantity_name(counted[i].quantity),
            energy->joules / seconds, true_w);
        n++;
    }
    return n;
}

Test(meter_sim, machines_at_random) {
    static const struct {
        const char *kind;
        int counted, least; /* counters that may give numbers, and on 40 machines must */
    } kinds[] = {{"works", 3, 2 * 3 * 36}, {"engine_frozen", 2, 2 * 2 * 36},
        {"free_running", 2, 2 * 2 * 36}, {"frozen", 0, 0}, {"none", 0, 0}, {"forbidden", 0, 0}};
    uint64_t state = 20;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        int n = 0;
        for (int i = 0; i < 40; i++) {
            struct machine m;
            machine_drawn(&m, &state, kinds[k].kind);
            cr_assert_eq(meters_prove(m.meters, &m.work, 10000000000), 0);
            for (int works = 0; works < 2; works++) {
                const int numbers = window_hold(&m, works, kinds[k].kind);
                cr_assert(numbers <= kinds[k].counted, "%s", kinds[k].kind);
                n += numbers;
            }
            machine_close(&m);
        }
        cr_assert(n >= kinds[k].least, "%s: %d numbers", kinds[k].kind, n);
    }
}

static int refuse(void *context) {
    (void)context;
    return -1;
}

Test(meter_sim, work_that_fails) {
    struct machine m;
    struct meter_window window;
    const struct meter_work failing = {refuse, NULL};
    machine_open(&m, "");
    cr_assert_eq(meters_prove(m.meters, &failing, 3000000000), -1);
    cr_assert_eq(meters_window(m.meters, &failing, 1000000000, 2000000000, &window), -1);
    machine_close(&m);
}
