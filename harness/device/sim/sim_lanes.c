/* SPDX-License-Identifier: MIT
 *
 * Evals side by side, a round at a time.
 */
#include "device/sim/sim_internal.h"

#include <math.h>

static const struct device_program *program_of(const struct device_lane *lane) {
    return ((const struct device_request_base *)lane->request)->program;
}

static int programs_count(const struct device_lane *lanes, int n_lanes) {
    int n = 0;
    for (int i = 0; i < n_lanes; i++) {
        bool is_new = true;
        for (int k = 0; k < i; k++)
            is_new = is_new && program_of(&lanes[k]) != program_of(&lanes[i]);
        n += is_new;
    }
    return n;
}

/* The work of a round on the engine that has most of it. */
static double most_work_ns(
    const struct sim_device *sim, const struct device_lane *lanes, int n_lanes, int qos) {
    const double dispatch_ns = sim->params.dispatch_us * SIM_NS_PER_US * sim->qos_factor[qos];
    const int n_engines = (int)sim->params.engines;
    double work_ns[DEVICE_LANES_MAX] = {0}, all_ns = 0, most_ns = 0;
    for (int i = 0; i < n_lanes; i++) {
        const double ns = sim_request_eval_ns(lanes[i].request, qos) - dispatch_ns;
        const int engine = ((const struct device_program_base *)program_of(&lanes[i]))->engine;
        all_ns += ns;
        work_ns[(engine > 0 ? engine - 1 : 0) % n_engines % DEVICE_LANES_MAX] += ns;
    }
    for (int i = 0; i < DEVICE_LANES_MAX; i++)
        most_ns = fmax(most_ns, work_ns[i]);
    return sim->params.engine_hint == SIM_HINT_PINS
               ? most_ns
               : all_ns / fmin(programs_count(lanes, n_lanes), sim->params.engines);
}

static double round_ns(
    const struct sim_device *sim, const struct device_lane *lanes, int n_lanes, int qos) {
    double evals_ns = 0, longest_ns = 0;
    for (int i = 0; i < n_lanes; i++) {
        const double eval_ns = sim_request_eval_ns(lanes[i].request, qos);
        evals_ns += eval_ns;
        longest_ns = fmax(longest_ns, eval_ns);
    }
    const double accepted = fmin(n_lanes, sim->params.in_flight);
    return fmax(longest_ns, fmax(evals_ns / accepted, most_work_ns(sim, lanes, n_lanes, qos)));
}

/* Together they take the energy of their evals. */
static struct sim_draw round_draw(
    const struct device_lane *lanes, int n_lanes, int qos, double nominal_ns) {
    struct sim_draw draw = {0, 0, 0};
    for (int i = 0; i < n_lanes && nominal_ns > 0; i++) {
        const struct sim_draw one = sim_request_draw(lanes[i].request);
        const double share = sim_request_eval_ns(lanes[i].request, qos) / nominal_ns;
        draw.engine_w += one.engine_w * share;
        draw.gpu_w += one.gpu_w * share;
        draw.cpu_share += one.cpu_share * share;
    }
    return draw;
}

/* When a lane is done with what the last lane is done with now; both have begun at the same time. */
static uint64_t lane_end_ns(
    const struct sim_device *sim, uint64_t begin_ns, int lane, int n_lanes) {
    const double elapsed_ns = (double)(sim->now_ns - begin_ns), first = 1 / sim->params.lane_lag,
                 share = n_lanes > 1 ? first + (1 - first) * lane / (n_lanes - 1) : 1;
    return begin_ns + (uint64_t)(elapsed_ns * share);
}

enum device_status sim_eval_lanes(struct device *device, const struct device_lane *lanes,
    int n_lanes, int n_evals, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    const double nominal_ns = round_ns(sim, lanes, n_lanes, qos);
    const uint64_t begin_ns = sim->now_ns;
    for (int i = 0; i < n_evals; i++) {
        sim_pass_engine(sim, nominal_ns, round_draw(lanes, n_lanes, qos, nominal_ns));
        for (int lane = 0; lane < n_lanes; lane++) {
            enum device_status status =
                sim_request_compute(device, lanes[lane].request, qos, error);
            if (status != DEVICE_OK)
                return status;
            lanes[lane].end_ns[i] = lane_end_ns(sim, begin_ns, lane, n_lanes);
        }
    }
    return DEVICE_OK;
}
