/* SPDX-License-Identifier: MIT
 *
 * The energy of a simulated machine, and what its counters show of it.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_ENERGY_H
#define ANEPROBE_DEVICE_SIM_SIM_ENERGY_H

#include "device/sim/sim.h"

/* Power during a call. */
struct sim_draw {
    double engine_w; /* more than the engine takes idle */
    double gpu_w;
    double cpu_share; /* of the call in which the CPU is busy */
};

/* All zero at first. In joules, since the device was opened. */
struct sim_energy {
    double joules[SIM_RAILS]; /* as it is */
    double shown[SIM_RAILS];  /* as it was at the last update of the counters */
};

/* From `from_ns` on `elapsed_ns` pass with that power. */
void sim_energy_pass(struct sim_energy *energy, const struct sim_params *params, uint64_t from_ns,
    uint64_t elapsed_ns, struct sim_draw draw);

#endif
