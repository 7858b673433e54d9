/* SPDX-License-Identifier: MIT
 *
 * Chained (loopback) requests of the simulated engine, as far as its sim file lets them get.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>

/* Loopbacks of one request (header dumps in dev-erik/ANE and slavko-at-klincov-it/ANE-Training). */
enum { STEPS_MAX = 256 };

struct device_chain {
    struct device_program *program;
    int steps;
    struct device_surface *input, *output;
    enum device_chain_stage stage;
    struct sim_result result;
};

static enum device_status spec_check(
    const struct device_chain_spec *spec, struct device_error *error) {
    if (!spec->program || !spec->program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "prepare", "the program is not loaded; load it first");
    if (spec->steps < 1 || spec->steps > STEPS_MAX)
        return device_error_set(error, DEVICE_BROKEN, "prepare",
            "%d steps; a chained request takes 1 to %d", spec->steps, STEPS_MAX);
    enum device_status status =
        sim_surface_check(spec->input, spec->program, spec->procedure, false, 0, "prepare", error);
    if (status == DEVICE_OK)
        status = sim_surface_check(
            spec->output, spec->program, spec->procedure, true, 0, "prepare", error);
    if (status != DEVICE_OK)
        return status;
    if (spec->program->mil->functions[spec->procedure].n_inputs != 1 ||
        !mil_type_equal(&spec->input->layout.type, &spec->output->layout.type))
        return device_error_set(error, DEVICE_BROKEN, "prepare",
            "a loopback needs one input, and an output 0 of its type; use another program");
    return DEVICE_OK;
}

enum device_status sim_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    struct device_chain *chain;

    *out = NULL;
    if (sim->params.chain == SIM_CHAIN_NONE)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "this simulated engine has no chaining (its file says chain none); use separate evals");
    if (!sim_qos_check(sim, qos, "prepare", error) || spec_check(spec, error) != DEVICE_OK)
        return error->status;
    sim_pass_call(sim, sim->params.dispatch_us * SIM_NS_PER_US);
    if (sim->params.chain == SIM_CHAIN_PREPARE_FAILS)
        return sim_error_refuse(error, SIM_CODE_CHAINING, "prepare",
            "prepareChainingWithModel failed; use separate evals");
    chain = calloc(1, sizeof *chain);
    if (!chain)
        return device_error_set(error, DEVICE_BROKEN, "prepare", "out of memory; free requests");
    chain->program = spec->program;
    chain->program->users++;
    chain->steps = spec->steps;
    chain->input = spec->input;
    chain->output = spec->output;
    sim_surface_hold(chain->input);
    sim_surface_hold(chain->output);
    chain->stage = DEVICE_CHAIN_PREPARED;
    if (sim_result_init(&chain->result, chain->program, spec->procedure, spec->steps, 1) != 0) {
        sim_chain_free(device, chain);
        return device_error_set(error, DEVICE_BROKEN, "prepare", "out of memory; free requests");
    }
    *out = chain;
    return DEVICE_OK;
}

static enum device_status chain_check(
    const struct device_chain *chain, int qos, const char *stage, struct device_error *error) {
    if (!sim_qos_check(chain->program->device, qos, stage, error))
        return error->status;
    if (!chain->program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, stage, "the program is not loaded any more; load it first");
    return DEVICE_OK;
}

enum device_status sim_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    enum device_status status = chain_check(chain, qos, "ready", error);

    if (status != DEVICE_OK)
        return status;
    sim_pass_call(sim, sim->params.dispatch_us * SIM_NS_PER_US);
    if (chain->stage < DEVICE_CHAIN_READY)
        chain->stage = DEVICE_CHAIN_READY;
    return DEVICE_OK;
}

enum device_status sim_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    enum device_status status = chain_check(chain, qos, "enqueue", error);

    if (status != DEVICE_OK)
        return status;
    if (chain->stage < DEVICE_CHAIN_READY)
        return device_error_set(
            error, DEVICE_BROKEN, "enqueue", "the chain is not ready; call chain_ready first");
    if (!sim_surface_is_ready(chain->input) || !sim_surface_is_ready(chain->output))
        return device_error_set(error, DEVICE_BROKEN, "enqueue",
            "a surface is locked for writing or freed; unlock it first, or prepare again");
    chain->stage = DEVICE_CHAIN_ENQUEUED;
    if (sim->params.chain == SIM_CHAIN_ACCEPTED_ONLY) {
        sim_pass_call(sim, sim->params.dispatch_us * SIM_NS_PER_US);
        return DEVICE_OK;
    }
    sim_pass_engine(
        sim, chain->steps * sim->params.chain_step_us * SIM_NS_PER_US * sim->qos_factor[qos]);
    return sim_result_update(&chain->result, qos, &chain->input, &chain->output, NULL, error);
}

void sim_chain_free(struct device *device, struct device_chain *chain) {
    (void)device;
    if (!chain)
        return;
    sim_result_clear(&chain->result);
    sim_program_release(chain->program);
    sim_surface_release(chain->input);
    sim_surface_release(chain->output);
    free(chain);
}
