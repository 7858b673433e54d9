/* SPDX-License-Identifier: MIT
 *
 * The modelled engine's noise. One seed gives one sequence, on every machine with the same libm. */
#ifndef ANEPROBE_DEVICE_MODEL_NOISE_H
#define ANEPROBE_DEVICE_MODEL_NOISE_H

#include "device/model/model.h"

struct model_noise {
    uint64_t state;
    double spare; /* normals come in pairs */
    bool has_spare;
    double process_factor;
    double call_sigma; /* of the logarithm */
    double outlier_share;
    double log_drift_per_ns;
};

void model_noise_open(struct model_noise *noise, const struct model_params *params, uint64_t seed);

/* The factor on the time of a call that begins now. */
double model_noise_draw(struct model_noise *noise, uint64_t now_ns);

#endif
