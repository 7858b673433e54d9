/* SPDX-License-Identifier: MIT
 *
 * Chained (loopback) requests of the simulated engine, as far as its sim file lets them get.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>

struct device_chain {
    struct device_chain_base base;
    int steps;
    struct sim_result result;
};

enum device_status sim_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    struct device_chain *chain;

    if (sim->params.chain == SIM_CHAIN_NONE)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "this simulated engine has no chaining (its file has chain,none); use separate evals");
    enum device_status status = sim_qos_check(sim, qos, "prepare", error);
    if (status != DEVICE_OK)
        return status;
    sim_pass_call(sim, sim->params.dispatch_us * SIM_NS_PER_US);
    if (sim->params.chain == SIM_CHAIN_PREPARE_FAILS)
        return sim_error_refuse(error, SIM_CODE_CHAINING, "prepare",
            "prepareChainingWithModel failed; use separate evals");
    chain = calloc(1, sizeof *chain);
    if (!chain)
        return device_memory_out(error, "prepare");
    chain->steps = spec->steps;
    if (sim_result_init(&chain->result, spec->program, spec->procedure, spec->steps, 1) != 0) {
        sim_chain_destroy(device, chain);
        return device_memory_out(error, "prepare");
    }
    *out = chain;
    return DEVICE_OK;
}

enum device_status sim_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    enum device_status status = sim_qos_check(sim, qos, "ready", error);
    (void)chain;

    if (status != DEVICE_OK)
        return status;
    sim_pass_call(sim, sim->params.dispatch_us * SIM_NS_PER_US);
    return DEVICE_OK;
}

enum device_status sim_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    struct device_chain_base *base = &chain->base;
    enum device_status status = sim_qos_check(sim, qos, "enqueue", error);

    if (status != DEVICE_OK)
        return status;
    if (!sim_surface_is_ready(base->input) || !sim_surface_is_ready(base->output))
        return device_error_set(
            error, DEVICE_BROKEN, "enqueue", "a surface is locked for writing; unlock it first");
    if (sim->params.chain == SIM_CHAIN_ACCEPTED_ONLY) {
        sim_pass_call(sim, sim->params.dispatch_us * SIM_NS_PER_US);
        return DEVICE_OK;
    }
    sim_pass_engine(sim,
        chain->steps * sim->params.chain_step_us * SIM_NS_PER_US * sim->qos_factor[qos],
        sim_function_draw(sim, &base->program->functions[chain->result.function],
            sim_surface_is_zeros(base->input)));
    sim->moved_bytes += chain->steps * base->program->functions[chain->result.function].moved_bytes;
    return sim_result_update(&chain->result, qos, &base->input, &base->output, NULL, error);
}

void sim_chain_destroy(struct device *device, struct device_chain *chain) {
    (void)device;
    sim_result_clear(&chain->result);
    free(chain);
}
