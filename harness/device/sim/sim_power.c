/* SPDX-License-Identifier: MIT
 *
 * Power of the simulated machine, its energy, and the counters.
 */
#include "device/sim/sim_internal.h"
#include "device/sim/sim_work.h"

#include <math.h>

/* ---- power */

double sim_function_work_w(
    const struct sim_params *params, const struct mil_function *function, bool streams) {
    const double flop = sim_work_flop(function);
    if (streams || flop <= 0)
        return params->engine_stream_w;
    const double int8_share = sim_work_int8_flop(function) / flop;
    return params->engine_compute_w * (1 - int8_share) + params->engine_int8_w * int8_share;
}

double sim_function_eval_ns(
    const struct sim_device *device, const struct sim_function *function, bool zeros) {
    const double work_ns = function->eval_ns - function->dispatch_ns;
    return function->dispatch_ns +
           (zeros ? work_ns * device->params.zeros_time_pct / 100 : work_ns);
}

struct sim_draw sim_function_draw(
    const struct sim_device *device, const struct sim_function *function, bool zeros) {
    const struct sim_params *p = &device->params;
    const double eval_ns = sim_function_eval_ns(device, function, zeros);
    const double dispatch = eval_ns > 0 ? function->dispatch_ns / eval_ns : 0;
    const bool on_gpu = function->way == DEVICE_WAY_GPU, on_cpu = function->way == DEVICE_WAY_CPU;
    const double w =
        on_gpu || on_cpu ? 0 : dispatch * p->engine_dispatch_w + (1 - dispatch) * function->work_w;
    return (struct sim_draw){.engine_w = zeros ? w * p->zeros_power_pct / 100 : w,
        .gpu_w = on_gpu ? (1 - dispatch) * p->gpu_w : 0,
        .cpu_share = on_cpu ? 1 : dispatch};
}

bool sim_surface_is_zeros(struct device_surface *surface) {
    if (!surface->was_looked_through || surface->zeros_version != surface->version) {
        size_t i = 0;
        while (i < surface->bytes && surface->data[i] == 0)
            i++;
        surface->is_zeros = i == surface->bytes;
        surface->zeros_version = surface->version;
        surface->was_looked_through = true;
    }
    return surface->is_zeros;
}

/* ---- energy */

void sim_energy_pass(struct sim_energy *energy, const struct sim_params *params, uint64_t from_ns,
    uint64_t elapsed_ns, struct sim_draw draw) {
    const double cpu_w = params->cpu_idle_w + params->cpu_busy_w * fmin(draw.cpu_share, 1);
    const double engine_w = params->engine_idle_w + draw.engine_w;
    const double watts[SIM_RAILS] = {
        engine_w, cpu_w, engine_w + cpu_w + draw.gpu_w + params->package_rest_w};
    const double period_ns = params->meter_period_ms * SIM_NS_PER_MS;
    const double until_ns = (double)(from_ns + elapsed_ns);
    const double update_ns = floor(until_ns / period_ns) * period_ns;
    for (int rail = 0; rail < SIM_RAILS; rail++) {
        if (update_ns > (double)from_ns)
            energy->shown[rail] =
                energy->joules[rail] + watts[rail] * (update_ns - (double)from_ns) / 1e9;
        energy->joules[rail] += watts[rail] * (double)elapsed_ns / 1e9;
    }
}

/* ---- counters */

static const struct sim_device *sim_of(const struct device *device) {
    return (const struct sim_device *)device;
}

enum sim_meter sim_meter_kind(const struct device *device) {
    return sim_of(device)->params.meter;
}

double sim_true_joules(const struct device *device, enum sim_rail rail) {
    return sim_of(device)->energy.joules[rail];
}

double sim_meter_joules(const struct device *device, enum sim_rail rail) {
    const struct sim_device *sim = sim_of(device);
    const struct sim_params *p = &sim->params;
    const double step_j = p->meter_step_uj * 1e-6, period_ns = p->meter_period_ms * SIM_NS_PER_MS;
    double joules = sim->energy.shown[rail];
    switch (p->meter) {
    case SIM_METER_NONE:
    case SIM_METER_FORBIDDEN:
        return 0;
    case SIM_METER_FROZEN:
        joules = 0;
        break;
    case SIM_METER_ENGINE_FROZEN:
    case SIM_METER_ENGINE_ABSENT:
        joules = rail == SIM_RAIL_ENGINE ? 0 : joules;
        break;
    case SIM_METER_FREE_RUNNING:
        if (rail == SIM_RAIL_ENGINE)
            joules = p->engine_compute_w * floor((double)sim->now_ns / period_ns) * period_ns / 1e9;
        break;
    case SIM_METER_WORKS:
        break;
    }
    return floor(joules / step_j) * step_j;
}
