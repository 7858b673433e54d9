/* SPDX-License-Identifier: MIT
 *
 * Requests and evals. All checking is done when a request is made; an eval calls the image.
 */
#include "device/cpu/cpu.h"

#include "device/host/affinity.h"

#include <stdlib.h>

struct device_request {
    struct device_program *program;
    int procedure;
    struct device_surface **surfaces; /* inputs, then outputs */
    int n_surfaces;
    void **memory; /* of each surface */
    int n_inputs;
};

void cpu_request_free(struct device *device, struct device_request *request) {
    if (request == NULL)
        return;
    for (int i = 0; i < request->n_surfaces; i++)
        cpu_surface_free(device, request->surfaces[i]);
    cpu_program_release(request->program);
    free(request->surfaces);
    free(request->memory);
    free(request);
}

static enum device_status spec_check(
    const struct device_request_spec *spec, struct device_error *error) {
    enum device_status status = cpu_loaded_check(spec->program, "request", error);
    if (status != DEVICE_OK)
        return status;
    if (spec->path != DEVICE_PATH_MODEL)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "request", "there is one way to evaluate here");
    const struct mil_program *mil = spec->program->mil;
    if (spec->procedure < 0 || spec->procedure >= mil->n_functions)
        return device_error_set(error, DEVICE_FAILED, "request",
            "there is no procedure %d; the program has %d", spec->procedure, mil->n_functions);
    if (spec->weights_buffer != NULL)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "weights are constants of the compiled program here; a request cannot bring others, "
            "compile again instead");
    const struct mil_function *function = &mil->functions[spec->procedure];
    if (spec->n_inputs != function->n_inputs || spec->n_outputs != function->n_outputs)
        return device_error_set(error, DEVICE_BROKEN, "request",
            "procedure %d takes %d inputs and %d outputs, not %d and %d", spec->procedure,
            function->n_inputs, function->n_outputs, spec->n_inputs, spec->n_outputs);
    for (int i = 0; i < spec->n_inputs; i++)
        if ((status = cpu_surface_check(spec->program, spec->procedure, false, i, spec->inputs[i],
                 "request", error)) != DEVICE_OK)
            return status;
    for (int i = 0; i < spec->n_outputs; i++) {
        if ((status = cpu_surface_check(spec->program, spec->procedure, true, i, spec->outputs[i],
                 "request", error)) != DEVICE_OK)
            return status;
        for (int k = 0; k < spec->n_inputs + i; k++)
            if (spec->outputs[i] ==
                (k < spec->n_inputs ? spec->inputs[k] : spec->outputs[k - spec->n_inputs]))
                return device_error_set(error, DEVICE_UNSUPPORTED, "request",
                    "output %d shares its surface with another input or output; programs do not "
                    "run in place here, use a second surface",
                    i);
    }
    return DEVICE_OK;
}

enum device_status cpu_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error) {
    (void)device;
    enum device_status status = spec_check(spec, error);
    if (status != DEVICE_OK)
        return status;
    size_t n = (size_t)spec->n_inputs + (size_t)spec->n_outputs;
    struct device_request *request = calloc(1, sizeof *request);
    struct device_surface **surfaces = calloc(n, sizeof(struct device_surface *));
    void **memory = calloc(n, sizeof(void *));
    if (request == NULL || surfaces == NULL || memory == NULL) {
        free(request);
        free(surfaces);
        free(memory);
        return device_error_set(error, DEVICE_BROKEN, "request", "out of memory");
    }
    *request = (struct device_request){.program = spec->program,
        .procedure = spec->procedure,
        .surfaces = surfaces,
        .n_surfaces = (int)n,
        .memory = memory,
        .n_inputs = spec->n_inputs};
    for (size_t i = 0; i < n; i++) {
        surfaces[i] = i < (size_t)spec->n_inputs ? spec->inputs[i]
                                                 : spec->outputs[i - (size_t)spec->n_inputs];
        surfaces[i]->n_users++;
        memory[i] = surfaces[i]->memory;
    }
    spec->program->n_users++;
    *out = request;
    return DEVICE_OK;
}

/* What this thread was last asked to be. Remembered as asked, not as granted: a refusal would
 * otherwise cost a system call in every eval. */
static _Thread_local uint64_t thread_device;
static _Thread_local int thread_nice;

static void thread_change(const struct cpu_device *device, int nice) {
    if (thread_device != device->serial && device->isolated)
        (void)affinity_pin_eval();
    if (thread_nice != nice)
        (void)priority_apply(nice);
    thread_device = device->serial;
    thread_nice = nice;
}

void cpu_thread_prepare(const struct cpu_device *device, int qos) {
    int nice = priority_nice_of(qos);
    if (thread_device != device->serial || thread_nice != nice)
        thread_change(device, nice);
}

void cpu_thread_release(const struct cpu_device *device) {
    if (thread_device == device->serial && device->isolated)
        (void)affinity_unpin();
    if (thread_device == device->serial)
        thread_device = 0;
}

enum device_status cpu_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    const struct device_program *program = request->program;
    if (program->image == NULL)
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "the request's program is not loaded; call load first");
    if (qos < 0 || qos > 63)
        return cpu_qos_check(qos, "eval", error);
    cpu_thread_prepare(cpu, qos);
    program->image->functions[request->procedure].run(cpu_team_enter(cpu->team),
        (const void *const *)request->memory, request->memory + request->n_inputs, cpu->arena);
    return DEVICE_OK;
}

/* ---- statistics */

static enum device_status stats_refuse(struct device_error *error) {
    return device_error_set(error, DEVICE_UNSUPPORTED, "statistics",
        "evals are run by the processor, which keeps no statistics of them");
}

enum device_status cpu_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error) {
    (void)device;
    (void)program;
    (void)mask;
    return stats_refuse(error);
}

enum device_status cpu_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error) {
    (void)device;
    (void)request;
    *out = (struct device_eval_stats){.there = false};
    return stats_refuse(error);
}
