/* SPDX-License-Identifier: MIT
 *
 * Loopback of one program, output 0 into input 0, without leaving the device: the steps run back
 * to back in one call, through two buffers that take turns.
 */
#include "device/cpu/cpu.h"
#include "device/host/large.h"

#include <stdlib.h>

struct device_chain {
    struct device_program *program;
    int procedure, steps;
    struct device_surface *input, *output;
    void *buffers[2]; /* between steps; one block at [0] */
    bool ready;
};

void cpu_chain_free(struct device *device, struct device_chain *chain) {
    if (chain == NULL)
        return;
    cpu_surface_free(device, chain->input);
    cpu_surface_free(device, chain->output);
    cpu_program_release(chain->program);
    free(chain->buffers[0]);
    free(chain);
}

static enum device_status spec_check(
    const struct device_chain_spec *spec, struct device_error *error) {
    enum device_status status = cpu_loaded_check(spec->program, "prepare", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_program *mil = spec->program->mil;
    if (spec->procedure < 0 || spec->procedure >= mil->n_functions)
        return device_error_set(error, DEVICE_FAILED, "prepare",
            "there is no procedure %d; the program has %d", spec->procedure, mil->n_functions);
    const struct mil_function *function = &mil->functions[spec->procedure];
    if (function->n_inputs != 1 || function->n_outputs != 1 ||
        !mil_type_equal(&function->values[0].type, &function->values[function->outputs[0]].type))
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "a chain wants a program with one input and one output of one type");
    if (spec->steps < 1)
        return device_error_set(
            error, DEVICE_BROKEN, "prepare", "a chain has at least one step, not %d", spec->steps);
    if ((status = cpu_surface_check(
             spec->program, spec->procedure, false, 0, spec->input, "prepare", error)) != DEVICE_OK)
        return status;
    if ((status = cpu_surface_check(
             spec->program, spec->procedure, true, 0, spec->output, "prepare", error)) != DEVICE_OK)
        return status;
    if (spec->input == spec->output)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "input and output share one surface; give the output a surface of its own");
    return DEVICE_OK;
}

enum device_status cpu_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    (void)device;
    enum device_status status = spec_check(spec, error);
    if (status == DEVICE_OK)
        status = cpu_qos_check(qos, "prepare", error);
    if (status != DEVICE_OK)
        return status;
    struct device_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL)
        return device_error_set(error, DEVICE_BROKEN, "prepare", "out of memory");
    size_t bytes = (spec->input->layout.bytes + 63) / 64 * 64;
    if ((chain->buffers[0] = large_alloc(2 * bytes)) == NULL) {
        free(chain);
        return device_error_set(error, DEVICE_BROKEN, "prepare", "out of memory");
    }
    chain->buffers[1] = (char *)chain->buffers[0] + bytes;
    chain->program = spec->program;
    chain->procedure = spec->procedure;
    chain->steps = spec->steps;
    chain->input = spec->input;
    chain->output = spec->output;
    chain->program->n_users++;
    chain->input->n_users++;
    chain->output->n_users++;
    *out = chain;
    return DEVICE_OK;
}

enum device_status cpu_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    (void)device;
    enum device_status status = cpu_loaded_check(chain->program, "ready", error);
    if (status == DEVICE_OK)
        status = cpu_qos_check(qos, "ready", error);
    if (status != DEVICE_OK)
        return status;
    if (chain->ready)
        return device_error_set(
            error, DEVICE_BROKEN, "ready", "the chain is ready already; call enqueue");
    chain->ready = true;
    return DEVICE_OK;
}

enum device_status cpu_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    const struct device_program *program = chain->program;
    if (!chain->ready)
        return device_error_set(
            error, DEVICE_BROKEN, "enqueue", "the chain is not ready; call ready first");
    if (program->image == NULL)
        return device_error_set(
            error, DEVICE_BROKEN, "enqueue", "the chain's program is not loaded; call load first");
    if (qos < 0 || qos > 63)
        return cpu_qos_check(qos, "enqueue", error);
    cpu_thread_prepare(cpu, qos);
    const struct mil_image_function *function = &program->image->functions[chain->procedure];
    mil_sgemm *sgemm = cpu_team_enter(cpu->team);
    const void *from = chain->input->memory;
    for (int step = 0; step < chain->steps; step++) {
        void *to = step == chain->steps - 1 ? chain->output->memory : chain->buffers[step & 1];
        function->run(sgemm, &from, &to, cpu->arena);
        from = to;
    }
    return DEVICE_OK;
}
