/* SPDX-License-Identifier: MIT */
#include "device/sim/sim_periods.h"

#include "measure/random.h"

#include <math.h>

static double exponential_draw(struct sim_periods *periods, double mean) {
    return -mean * log1p(-random_unit(&periods->state));
}

/* Starts a period at `at_ns`, as if it had begun long ago: the rest of an exponential length is
 * exponential again. */
static void period_begin(struct sim_periods *periods, double at_ns) {
    periods->is_on = random_unit(&periods->state) < periods->share;
    periods->begin_ns = at_ns;
    periods->end_ns = at_ns + exponential_draw(periods,
                                  periods->is_on ? periods->on_mean_ns : periods->off_mean_ns);
}

void sim_periods_open(
    struct sim_periods *periods, double share_pct, double mean_ms, uint64_t seed) {
    const double share = share_pct / 100;
    *periods = (struct sim_periods){.state = seed, .share = share, .end_ns = INFINITY};
    periods->is_on = share >= 1;
    if (share <= 0 || share >= 1)
        return;
    periods->on_mean_ns = mean_ms * 1e6;
    periods->off_mean_ns = periods->on_mean_ns * (1 - share) / share;
    periods->state = random_next(&periods->state);
    period_begin(periods, 0);
}

/* Jumps over more periods than this are not played one by one: their sum is near its mean. */
#define JUMP_PERIODS 1000

bool sim_periods_at(struct sim_periods *periods, uint64_t now_ns) {
    const double now = (double)now_ns;
    if (now - periods->end_ns > JUMP_PERIODS * (periods->on_mean_ns + periods->off_mean_ns)) {
        periods->on_before_ns += periods->share * (now - periods->begin_ns);
        period_begin(periods, now);
    }
    while (now >= periods->end_ns) {
        if (periods->is_on)
            periods->on_before_ns += periods->end_ns - periods->begin_ns;
        periods->is_on = !periods->is_on;
        periods->begin_ns = periods->end_ns;
        /* At least a nanosecond, so that time never stops. */
        periods->end_ns += 1 + exponential_draw(periods,
                                   periods->is_on ? periods->on_mean_ns : periods->off_mean_ns);
    }
    return periods->is_on;
}

double sim_periods_total_ns(struct sim_periods *periods, uint64_t now_ns) {
    const bool is_on = sim_periods_at(periods, now_ns);
    return periods->on_before_ns + (is_on ? fmax((double)now_ns - periods->begin_ns, 0) : 0);
}
