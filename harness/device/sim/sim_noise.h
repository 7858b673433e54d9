/* SPDX-License-Identifier: MIT
 *
 * The simulated engine's noise. One seed gives one sequence, on every machine with the same libm. */
#ifndef ANEPROBE_DEVICE_SIM_SIM_NOISE_H
#define ANEPROBE_DEVICE_SIM_SIM_NOISE_H

#include "device/sim/sim.h"
#include "device/sim/sim_periods.h"

struct sim_noise {
    uint64_t state;
    double spare; /* normals come in pairs */
    bool has_spare;
    double process_factor;
    double call_sigma; /* of the logarithm */
    double outlier_share;
    double log_drift_per_ns;
    struct sim_periods busy, low_clock;
    double busy_factor, low_clock_factor;
    enum sim_side busy_side;
};

void sim_noise_open(struct sim_noise *noise, const struct sim_params *params, uint64_t seed);

/* The factor on the time of a call that begins now; `side` is one side, not SIM_SIDE_BOTH. */
double sim_noise_draw(struct sim_noise *noise, enum sim_side side, uint64_t now_ns);
/* No call takes longer than a day, so that the clock cannot overflow. */
#define SIM_CALL_NS_MAX 86.4e12
/* The time of a call that begins at `at_ns` and takes `nominal_ns` without noise. */
double sim_noise_call_ns(
    struct sim_noise *noise, enum sim_side side, double nominal_ns, uint64_t at_ns);

#endif
