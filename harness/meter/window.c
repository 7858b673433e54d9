/* SPDX-License-Identifier: MIT
 *
 * Energy over a window. A counter is behind by up to one of its periods, so a window begins and ends at
 * updates, and is long against the time between two reads.
 */
#include "meter/meters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A read costs up to a millisecond, so there are about so many in a period; a counter that wraps is read each
 * 10 s. */
enum { READS_A_PERIOD = 50 };
static const uint64_t gap_most_ns = UINT64_C(10000000000);
/* Reading a thousand times a second is work that an idle window would have in it. */
static const uint64_t rest_least_ns = 20000000;
/* Either end is wrong by one read at most: a window of so many reads is right to 1 %. */
enum { WINDOW_READS = 200 };

struct window {
    struct meters *meters;
    const struct meter_work *work;
    struct watch watches[METER_QUANTITIES];
    bool live[METER_QUANTITIES], too_long[METER_QUANTITIES];
    uint64_t gap_ns, n_steps, longest_step_ns;
    bool is_over; /* no work is left */
};

static const struct meter_counter *counter_of(const struct window *w, int quantity) {
    const struct meter *source = meters_source(w->meters, (enum meter_quantity)quantity);
    return source ? &source->counters[quantity] : NULL;
}

static void all_note(struct window *w) {
    uint64_t at_ns;
    meters_read(w->meters, &at_ns);
    for (int q = 0; q < METER_QUANTITIES; q++)
        if (w->live[q])
            watch_note(&w->watches[q], meters_source(w->meters, (enum meter_quantity)q),
                (enum meter_quantity)q, at_ns, w->n_steps);
}

/* One piece of work, or of rest. */
static int step(struct window *w) {
    if (w->work) {
        const int result = w->work->step(w->work->context);
        w->is_over = result > 0;
        w->n_steps += result == 0;
        return result < 0 ? -1 : 0;
    }
    meter_rest(w->meters->device, w->gap_ns > rest_least_ns ? w->gap_ns : rest_least_ns);
    return 0;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* How long a counter's window must be when the pieces of work take step_ns. */
static uint64_t needed_ns(const struct meter_counter *counter, uint64_t step_ns) {
    return most(METER_WINDOW_UPDATES * counter->period_ns,
        WINDOW_READS * least(counter->period_ns, step_ns));
}

/* Updates that a live counter must have had in a window of work: half of those that could be seen. */
static bool stood_still(const struct window *w, const struct meter_counter *counter,
    const struct meter_energy *energy) {
    const uint64_t seen_ns = most(most(counter->period_ns, w->longest_step_ns), 1);
    return energy->elapsed_ns < (METER_WINDOW_UPDATES - 1) * counter->period_ns ||
           energy->updates == 0 || 2 * energy->updates < energy->elapsed_ns / seen_ns;
}

static void energy_set(const struct window *w, int q, struct meter_energy *out, uint64_t limit_ns) {
    const char *name;
    const struct meter_counter *counter = meters_best(w->meters, (enum meter_quantity)q, &name);
    if (!counter)
        snprintf(out->reason, sizeof out->reason, "no meter here has the %s's energy",
            meter_quantity_name((enum meter_quantity)q));
    else if (counter->verdict.state != METER_LIVE)
        snprintf(out->reason, sizeof out->reason, "%s: %s: %s; %s", name,
            meter_state_name(counter->verdict.state), counter->verdict.reason,
            counter->verdict.remedy);
    else if (w->too_long[q])
        snprintf(out->reason, sizeof out->reason,
            "%s: updated every %.3g s: a window of %d updates is longer than the %.3g s allowed",
            name, (double)counter->period_ns / 1e9, METER_WINDOW_UPDATES, (double)limit_ns / 1e9);
    else
        watch_energy(&w->watches[q], out);
    out->there = out->elapsed_ns > 0;
    if (out->there && w->is_over &&
        out->elapsed_ns < (METER_WINDOW_UPDATES - 1) * counter->period_ns) {
        out->there = false;
        snprintf(out->reason, sizeof out->reason,
            "%s: the work was over after %.3g s; %d updates, one every %.3g s, are needed", name,
            (double)out->elapsed_ns / 1e9, METER_WINDOW_UPDATES, (double)counter->period_ns / 1e9);
    } else if (out->there && w->work && stood_still(w, counter, out)) {
        out->there = false;
        snprintf(out->reason, sizeof out->reason,
            "%s: was updated %u times in %.3g s of work, though its period is %.3g s", name,
            out->updates, (double)out->elapsed_ns / 1e9, (double)counter->period_ns / 1e9);
    }
}

int meters_window(struct meters *meters, const struct meter_work *work, uint64_t least_ns,
    uint64_t limit_ns, struct meter_window *out) {
    struct window w = {.meters = meters, .work = work, .gap_ns = gap_most_ns};
    uint64_t settle_ns = 0;
    for (int q = 0; q < METER_QUANTITIES; q++) {
        const struct meter_counter *counter = counter_of(&w, q);
        w.live[q] = counter && counter->verdict.state == METER_LIVE;
        if (w.live[q] && METER_WINDOW_UPDATES * counter->period_ns > limit_ns)
            w.live[q] = !(w.too_long[q] = true);
        if (w.live[q]) {
            w.gap_ns = least(w.gap_ns, counter->period_ns / READS_A_PERIOD);
            settle_ns = most(settle_ns, counter->settle_ns);
        }
    }
    uint64_t begin_ns = device_clock_ns(meters->device), now_ns = begin_ns, noted_ns;
    int result = 0;
    while (result == 0 && !w.is_over && now_ns - begin_ns < settle_ns) {
        result = step(&w);
        now_ns = device_clock_ns(meters->device);
    }
    begin_ns = noted_ns = now_ns;
    w.n_steps = 0;
    all_note(&w);
    for (bool enough = w.is_over; result == 0 && !enough;) {
        const uint64_t before_ns = now_ns;
        result = step(&w);
        now_ns = device_clock_ns(meters->device);
        w.longest_step_ns = most(w.longest_step_ns, now_ns - before_ns);
        if (now_ns - noted_ns >= w.gap_ns || w.is_over) {
            all_note(&w);
            noted_ns = now_ns;
        }
        uint64_t wanted_ns = least_ns;
        for (int q = 0; q < METER_QUANTITIES; q++)
            if (w.live[q])
                wanted_ns = most(wanted_ns, needed_ns(counter_of(&w, q), w.longest_step_ns));
        /* The last update may be as much as a period before the end. */
        enough = w.is_over || now_ns - begin_ns >= least(wanted_ns + wanted_ns / 10, limit_ns);
    }
    *out = (struct meter_window){.elapsed_ns = now_ns - begin_ns, .n_steps = w.n_steps};
    for (int q = 0; q < METER_QUANTITIES && result == 0; q++)
        energy_set(&w, q, &out->of[q], limit_ns);
    return result;
}
