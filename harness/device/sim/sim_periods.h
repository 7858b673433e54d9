/* SPDX-License-Identifier: MIT
 *
 * Lasting disturbances of the simulated engine: periods in which others use the machine, or the
 * clock is lower. Lengths are exponential, so a period may end at any time, and calls close
 * together share one. One seed gives one sequence. */
#ifndef ANEPROBE_DEVICE_SIM_SIM_PERIODS_H
#define ANEPROBE_DEVICE_SIM_SIM_PERIODS_H

#include <stdbool.h>
#include <stdint.h>

struct sim_periods {
    uint64_t state; /* state of its random numbers */
    double share;   /* of the time, 0 to 1 */
    double on_mean_ns, off_mean_ns;
    bool is_on;
    double begin_ns, end_ns; /* of the current period */
    double on_before_ns;     /* spent in past periods */
};

/* `share_pct` of the time is disturbed, 0 and 100 included, for `mean_ms` at a time. */
void sim_periods_open(struct sim_periods *periods, double share_pct, double mean_ms, uint64_t seed);

/* Whether it is disturbed at `now_ns`. Time does not run backwards: an earlier time counts as the
 * latest. */
bool sim_periods_at(struct sim_periods *periods, uint64_t now_ns);

/* The disturbed time until `now_ns`, in ns. */
double sim_periods_total_ns(struct sim_periods *periods, uint64_t now_ns);

#endif
