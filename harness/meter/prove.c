/* SPDX-License-Identifier: MIT
 *
 * Whether a counter is to be believed. That no core and no memory take anything for a fifth of a second is
 * impossible, so a counter that says so stands still (metaspartan/mactop#74 uses the same test).
 */
#include "meter/meters.h"

#include <stdlib.h>

/* At least this long, for a rate; and no shorter gap between two reads than the first, no longer one than
 * the second. */
static const uint64_t least_ns = 200000000, gap_least_ns = 200000, gap_most_ns = 20000000;
/* Updates after which a period is known. */
enum { ENOUGH = 8, REST_PERIODS = 10 };
/* With work a counter must move faster than without by more than this share. */
static const double margin = 0.1;

/* Which counters a part of the proof is about. */
static bool is_engine(int quantity) {
    return quantity == METER_ENGINE;
}

struct proof {
    struct meters *meters;
    uint64_t limit_ns, n_steps;
    struct activity_span engine_busy, engine_idle;
    struct watch busy[METERS_MAX][METER_QUANTITIES], idle[METERS_MAX][METER_QUANTITIES];
};

static bool may_move(const struct meter *meter, int quantity) {
    return meter->counters[quantity].there &&
           meter->counters[quantity].verdict.state <= METER_FROZEN;
}

static void all_note(
    struct proof *p, struct watch (*watches)[METER_QUANTITIES], bool engine, bool others) {
    uint64_t at_ns;
    meters_read(p->meters, &at_ns);
    for (int i = 0; i < p->meters->n; i++)
        for (int q = 0; q < METER_QUANTITIES; q++)
            if (may_move(p->meters->list[i], q) && (is_engine(q) ? engine : others))
                watch_note(
                    &watches[i][q], p->meters->list[i], (enum meter_quantity)q, at_ns, p->n_steps);
}

static bool all_enough(const struct proof *p, bool engine) {
    for (int i = 0; i < p->meters->n; i++)
        for (int q = 0; q < METER_QUANTITIES; q++)
            if (may_move(p->meters->list[i], q) && is_engine(q) == engine &&
                p->busy[i][q].updates < ENOUGH)
                return false;
    return true;
}

static void span_begin(struct proof *p, struct activity_span *span) {
    if (p->meters->activity)
        activity_span_begin(p->meters->activity, span);
}

static void span_end(struct proof *p, struct activity_span *span) {
    if (p->meters->activity)
        activity_span_end(p->meters->activity, span);
}

/* Until those that lag show what goes on now. */
static void settle(const struct proof *p) {
    uint64_t settle_ns = 0;
    for (int i = 0; i < p->meters->n; i++)
        for (int q = 0; q < METER_QUANTITIES; q++)
            if (may_move(p->meters->list[i], q) &&
                p->meters->list[i]->counters[q].settle_ns > settle_ns)
                settle_ns = p->meters->list[i]->counters[q].settle_ns;
    if (settle_ns > 0)
        meter_rest(p->meters->device, settle_ns);
}

/* A core is kept busy, which all but the engine's counters must show. */
static void core_spin(struct proof *p) {
    struct device *device = p->meters->device;
    struct device_error error;
    uint64_t gap_ns = gap_least_ns, elapsed_ns = 0;
    if (device_host_load_start(device, &error) != DEVICE_OK)
        return; /* nothing is noted, and all stays unproven */
    settle(p);
    const uint64_t begin_ns = device_clock_ns(device);
    all_note(p, p->busy, false, true);
    while (elapsed_ns < least_ns || (elapsed_ns < p->limit_ns && !all_enough(p, false))) {
        meter_rest(p->meters->device, gap_ns);
        gap_ns = gap_ns * 11 / 10 < gap_most_ns ? gap_ns * 11 / 10 : gap_most_ns;
        all_note(p, p->busy, false, true);
        elapsed_ns = device_clock_ns(device) - begin_ns;
    }
    device_host_load_stop(device);
}

static int engine_work(struct proof *p, const struct meter_work *work) {
    struct device *device = p->meters->device;
    uint64_t elapsed_ns = 0, noted_ns = 0;
    span_begin(p, &p->engine_busy);
    const uint64_t begin_ns = device_clock_ns(device);
    all_note(p, p->busy, true, false);
    while (elapsed_ns < least_ns || (elapsed_ns < p->limit_ns && !all_enough(p, true))) {
        const int result = work->step(work->context);
        if (result < 0)
            return -1;
        if (result > 0)
            break;
        p->n_steps++;
        elapsed_ns = device_clock_ns(device) - begin_ns;
        if (elapsed_ns - noted_ns >= gap_least_ns) {
            all_note(p, p->busy, true, false);
            noted_ns = elapsed_ns;
        }
    }
    span_end(p, &p->engine_busy);
    return 0;
}

/* Long enough for the slowest counter that moved, within the limit. */
static void rest(struct proof *p) {
    uint64_t rest_ns = least_ns;
    for (int i = 0; i < p->meters->n; i++)
        for (int q = 0; q < METER_QUANTITIES; q++) {
            const uint64_t period_ns = watch_period_ns(&p->busy[i][q]);
            rest_ns = REST_PERIODS * period_ns > rest_ns ? REST_PERIODS * period_ns : rest_ns;
        }
    if (rest_ns > p->limit_ns)
        rest_ns = p->limit_ns;
    settle(p);
    span_begin(p, &p->engine_idle);
    all_note(p, p->idle, true, true);
    for (uint64_t passed_ns = 0; passed_ns < rest_ns; passed_ns += gap_most_ns) {
        meter_rest(p->meters->device, gap_most_ns);
        all_note(p, p->idle, true, true);
    }
    span_end(p, &p->engine_idle);
}

static double watts(const struct watch *watch) {
    struct meter_energy energy = {0};
    watch_energy(watch, &energy);
    return energy.elapsed_ns > 0 ? energy.joules / ((double)energy.elapsed_ns / 1e9) : 0;
}

/* Of the control's counters the first in that state, or NULL. */
static const char *source_in(const struct activity_control *control, enum meter_state state) {
    for (int i = 0; i < control->n; i++)
        if (control->sources[i].verdict.state == state)
            return control->sources[i].name;
    return NULL;
}

/* A counter of the engine that stood still: is it the counter, or did the engine not work? */
static void still_judge(
    const struct proof *p, struct meter_counter *counter, const char *wakes, double seconds) {
    struct activity_control control = {.n = 0};
    if (p->meters->activity)
        activity_judge(p->meters->activity, &p->engine_busy, &p->engine_idle, &control);
    const char *moved = source_in(&control, METER_LIVE);
    const char *still = source_in(&control, METER_FROZEN);
    if (moved)
        meter_decide(&counter->verdict, METER_FROZEN, wakes,
            "stood still for %.2g s while work ran on the engine, as %s shows", seconds, moved);
    else if (still)
        meter_decide(&counter->verdict, METER_UNPROVEN, "run 'aneprobe run placement'",
            "stood still for %.2g s of work, and so did %s: the work may have run elsewhere",
            seconds, still);
    else
        meter_decide(&counter->verdict, METER_UNPROVEN, wakes,
            "stood still for %.2g s of work, and nothing else here shows that the engine did it",
            seconds);
}

static void counter_judge(
    const struct proof *p, struct meter_counter *counter, int meter, int q, bool was_worked) {
    const struct watch *busy = &p->busy[meter][q], *idle = &p->idle[meter][q];
    const char *what = is_engine(q) ? "work ran on the engine" : "a core was busy";
    const char *wakes = p->meters->list[meter]->table->wakes;
    const double seconds = (double)(busy->now_ns - busy->read_ns) / 1e9;
    counter->step_j = busy->step_j;
    counter->period_ns = watch_period_ns(busy);
    if (counter->verdict.state > METER_FROZEN)
        return; /* it could be read once, and then no longer */
    if (is_engine(q) && !was_worked)
        meter_decide(&counter->verdict, METER_UNPROVEN, METER_PROVE,
            "nothing was asked of the engine meanwhile");
    else if (!busy->is_read)
        meter_decide(&counter->verdict, METER_UNPROVEN, "close other programs, then try again",
            "no core could be kept busy");
    else if (busy->updates == 0 && is_engine(q))
        still_judge(p, counter, wakes, seconds);
    else if (busy->updates == 0)
        meter_decide(&counter->verdict, METER_FROZEN, wakes, "stood still for %.2g s while %s",
            seconds, what);
    else if (counter->period_ns == 0)
        meter_decide(&counter->verdict, METER_UNPROVEN, "allow more time",
            "was updated %u times in %.2g s, too seldom to know how often", busy->updates, seconds);
    else if (watts(busy) > watts(idle) * (1 + margin))
        meter_decide(&counter->verdict, METER_LIVE, "", "%s", "");
    else
        meter_decide(&counter->verdict, METER_UNPROVEN, "close other programs, then try again",
            "says %.3g W while %s, and %.3g W with nothing to do", watts(busy), what, watts(idle));
}

int meters_prove(struct meters *meters, const struct meter_work *work, uint64_t limit_ns) {
    struct proof *p = calloc(1, sizeof *p);
    if (!p)
        return 0; /* all stays unproven */
    p->meters = meters;
    p->limit_ns = limit_ns;
    core_spin(p);
    const int result = work ? engine_work(p, work) : 0;
    if (result == 0)
        rest(p);
    for (int i = 0; i < meters->n && result == 0; i++)
        for (int q = 0; q < METER_QUANTITIES; q++)
            if (meters->list[i]->counters[q].there)
                counter_judge(p, &meters->list[i]->counters[q], i, q, work != NULL);
    free(p);
    return result;
}
