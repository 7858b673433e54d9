/* SPDX-License-Identifier: MIT */
#include "meter/meters.h"

#include <math.h>

void watch_note(struct watch *w, const struct meter *meter, enum meter_quantity quantity,
    uint64_t at_ns, uint64_t n_steps) {
    const double joules = meter->joules[quantity], before = w->now_joules;
    const bool is_update = w->is_read && meter->mark[quantity] != w->mark;
    w->mark = meter->mark[quantity];
    w->now_joules = joules;
    w->now_ns = at_ns;
    w->now_step = n_steps;
    if (!w->is_read) {
        w->is_read = true;
        w->read_joules = joules;
        w->read_ns = at_ns;
        w->read_step = n_steps;
    }
    if (!is_update)
        return;
    const double change = fabs(joules - before);
    if (change > 0 && (w->step_j <= 0 || change < w->step_j))
        w->step_j = change;
    if (w->updates == 0) {
        w->first_joules = joules;
        w->first_ns = at_ns;
        w->first_step = n_steps;
    } else if (w->updates <= WATCH_GAPS) {
        w->gaps_ns[w->updates - 1] = at_ns - w->last_ns;
    }
    w->last_joules = joules;
    w->last_ns = at_ns;
    w->last_step = n_steps;
    w->updates++;
}

uint64_t watch_period_ns(const struct watch *w) {
    if (w->updates < WATCH_UPDATES)
        return 0;
    unsigned n = w->updates - 1 < WATCH_GAPS ? w->updates - 1 : WATCH_GAPS;
    uint64_t sorted[WATCH_GAPS] = {0};
    for (unsigned i = 0; i < n; i++) {
        unsigned k = i;
        for (; k > 0 && sorted[k - 1] > w->gaps_ns[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = w->gaps_ns[i];
    }
    return sorted[n / 2];
}

void watch_energy(const struct watch *w, struct meter_energy *out) {
    const bool by_updates = w->updates >= WATCH_UPDATES;
    out->updates = w->updates;
    out->joules = by_updates ? w->last_joules - w->first_joules : w->now_joules - w->read_joules;
    out->elapsed_ns = by_updates ? w->last_ns - w->first_ns : w->now_ns - w->read_ns;
    out->n_steps = by_updates ? w->last_step - w->first_step : w->now_step - w->read_step;
}
