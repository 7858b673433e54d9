/* SPDX-License-Identifier: MIT
 *
 * Noise of the simulated engine. All factors are log-normal with median 1, so the sim file's times
 * are medians, which the probes estimate, and no time is ever negative.
 */
#include "device/sim/sim_noise.h"

#include "measure/random.h"

#include <math.h>

/* Marsaglia's polar method. */
static double normal_draw(struct sim_noise *noise) {
    double u, v, s;

    if (noise->has_spare) {
        noise->has_spare = false;
        return noise->spare;
    }
    do {
        u = 2 * random_unit(&noise->state) - 1;
        v = 2 * random_unit(&noise->state) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    s = sqrt(-2 * log(s) / s);
    noise->spare = v * s;
    noise->has_spare = true;
    return u * s;
}

/* The logarithm's standard deviation, from the coefficient of variation of the factor itself. */
static double sigma_of_cv(double cv_pct) {
    double cv = cv_pct / 100;
    return sqrt(log1p(cv * cv));
}

void sim_noise_open(struct sim_noise *noise, const struct sim_params *params, uint64_t seed) {
    *noise = (struct sim_noise){.state = seed,
        .call_sigma = sigma_of_cv(params->eval_cv_pct),
        .outlier_share = params->outlier_pct / 100,
        .log_drift_per_ns = log1p(params->drift_pct_per_min / 100) / 60e9,
        .busy_factor = 1 + params->busy_slowdown_pct / 100,
        .low_clock_factor = 1 + params->low_clock_slowdown_pct / 100,
        .busy_side = params->busy_side};
    /* Neighbouring seeds are neighbouring counters: start each sequence from a mixed state. */
    noise->state = random_next(&noise->state);
    /* Drawn even when the spread is 0, so that other draws do not shift. */
    noise->process_factor = exp(sigma_of_cv(params->process_cv_pct) * normal_draw(noise));
    noise->has_spare = false;
    /* From the seed, not from `state`, so that a disturbance does not shift other draws. */
    sim_periods_open(&noise->busy, params->busy_share_pct, params->busy_ms, ~seed);
    sim_periods_open(
        &noise->low_clock, params->low_clock_share_pct, params->low_clock_ms, ~seed ^ UINT32_MAX);
}

/* Drift is capped at a factor of about a million, so that times stay finite. */
#define LOG_DRIFT_MAX 14.0

double sim_noise_draw(struct sim_noise *noise, enum sim_side side, uint64_t now_ns) {
    double factor = noise->process_factor;

    if (noise->call_sigma > 0)
        factor *= exp(noise->call_sigma * normal_draw(noise));
    if (noise->log_drift_per_ns != 0) {
        double drift = noise->log_drift_per_ns * (double)now_ns;
        factor *= exp(fmin(fmax(drift, -LOG_DRIFT_MAX), LOG_DRIFT_MAX));
    }
    if (noise->outlier_share > 0 && random_unit(&noise->state) < noise->outlier_share)
        factor *= 10;
    if (sim_periods_at(&noise->busy, now_ns) &&
        (noise->busy_side == SIM_SIDE_BOTH || noise->busy_side == side))
        factor *= noise->busy_factor;
    if (sim_periods_at(&noise->low_clock, now_ns))
        factor *= noise->low_clock_factor;
    return factor;
}

double sim_noise_call_ns(
    struct sim_noise *noise, enum sim_side side, double nominal_ns, uint64_t at_ns) {
    return fmin(nominal_ns * sim_noise_draw(noise, side, at_ns), SIM_CALL_NS_MAX);
}
