/* SPDX-License-Identifier: MIT
 *
 * Requests and evals. All checks are done when a request is created; an eval calls the image.
 */
#include "device/cpu/cpu.h"

#include <stdlib.h>

struct device_request {
    struct device_request_base base;
    int procedure, n_inputs;
    void *memory[]; /* of the surfaces: inputs, then outputs */
};

void cpu_request_destroy(struct device *device, struct device_request *request) {
    (void)device;
    free(request);
}

static enum device_status spec_check(
    const struct device_request_spec *spec, struct device_error *error) {
    if (spec->path != DEVICE_PATH_MODEL)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "request", "this device has only one way to evaluate");
    if (spec->weights_buffer)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "here weights are constants of the compiled program; a request cannot replace them, "
            "compile again instead");
    for (int i = 0; i < spec->n_outputs; i++)
        for (int k = 0; k < spec->n_inputs + i; k++)
            if (spec->outputs[i] ==
                (k < spec->n_inputs ? spec->inputs[k] : spec->outputs[k - spec->n_inputs]))
                return device_error_set(error, DEVICE_UNSUPPORTED, "request",
                    "output %d shares its surface with another input or output; programs do not "
                    "run in place here, use a second surface",
                    i);
    return DEVICE_OK;
}

enum device_status cpu_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error) {
    (void)device;
    enum device_status status = spec_check(spec, error);
    if (status != DEVICE_OK)
        return status;
    const size_t n = (size_t)spec->n_inputs + (size_t)spec->n_outputs;
    struct device_request *request = calloc(1, sizeof *request + n * sizeof *request->memory);
    if (!request)
        return device_memory_out(error, "request");
    request->procedure = spec->procedure;
    request->n_inputs = spec->n_inputs;
    for (int i = 0; i < spec->n_inputs; i++)
        request->memory[i] = spec->inputs[i]->memory;
    for (int i = 0; i < spec->n_outputs; i++)
        request->memory[spec->n_inputs + i] = spec->outputs[i]->memory;
    *out = request;
    return DEVICE_OK;
}

enum device_status cpu_fault_refuse(const struct mil_fault *fault, struct device_error *error) {
    struct mil_error why;
    (void)mil_fault_fail(fault, &why);
    return device_error_set(error, DEVICE_BROKEN, "eval", "%s", why.text);
}

enum device_status cpu_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    struct mil_fault fault;
    cpu_thread_prepare(cpu, qos);
    if (request->base.program->image->functions[request->procedure].run(cpu_team_enter(cpu->team),
            (const void *const *)request->memory, request->memory + request->n_inputs, cpu->arena,
            &fault) == 0)
        return DEVICE_OK;
    return cpu_fault_refuse(&fault, error);
}
