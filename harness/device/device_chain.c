/* SPDX-License-Identifier: MIT */
#include "device/device_checks.h"

static enum device_status chain_check(
    struct device *device, const struct device_chain_spec *spec, struct device_error *error) {
    enum device_status status = device_loaded_check(spec->program, "prepare", error);
    if (status == DEVICE_OK)
        status = device_procedure_check(spec->program, spec->procedure, "prepare", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_program *mil = program_base(spec->program)->mil;
    const struct mil_function *function = &mil->functions[spec->procedure];
    if (function->n_inputs != 1 || function->n_outputs != 1)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "a chain takes a program with one input and one output, not %d and %d",
            function->n_inputs, function->n_outputs);
    if (!mil_type_equal(device_value(mil, spec->procedure, false, 0)->type,
            device_value(mil, spec->procedure, true, 0)->type))
        return device_error_set(error, DEVICE_BROKEN, "prepare",
            "in a chain the output becomes the input; use a program whose output has the input's "
            "type");
    if (spec->steps < 1 || spec->steps > DEVICE_CHAIN_STEPS_MAX)
        return device_error_set(error, DEVICE_BROKEN, "prepare",
            "%d steps; a chained request takes 1 to %d", spec->steps, DEVICE_CHAIN_STEPS_MAX);
    status = device_surface_check(
        device, spec->program, spec->procedure, false, 0, spec->input, "prepare", error);
    if (status == DEVICE_OK)
        status = device_surface_check(
            device, spec->program, spec->procedure, true, 0, spec->output, "prepare", error);
    if (status == DEVICE_OK && spec->input == spec->output)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "input and output share one surface; give the output its own");
    return status;
}

enum device_status device_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    *out = NULL;
    enum device_status status = chain_check(device, spec, error);
    if (status == DEVICE_OK)
        status = device_qos_check(qos, "prepare", error);
    if (status == DEVICE_OK)
        status = device->table->chain_prepare(device, spec, qos, out, error);
    if (status != DEVICE_OK)
        return status;
    *chain_base(*out) =
        (struct device_chain_base){spec->program, spec->input, spec->output, DEVICE_CHAIN_PREPARED};
    program_base(spec->program)->n_users++;
    surface_base(spec->input)->n_users++;
    surface_base(spec->output)->n_users++;
    return DEVICE_OK;
}

enum device_status device_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct device_chain_base *base = chain_base(chain);
    enum device_status status = device_loaded_check(base->program, "ready", error);
    if (status == DEVICE_OK)
        status = device_qos_check(qos, "ready", error);
    if (status != DEVICE_OK)
        return status;
    if (base->stage == DEVICE_CHAIN_READY)
        return device_error_set(
            error, DEVICE_BROKEN, "ready", "the chain is already ready; call chain_enqueue");
    if (device->table->chain_ready)
        status = device->table->chain_ready(device, chain, qos, error);
    if (status == DEVICE_OK)
        base->stage = DEVICE_CHAIN_READY;
    return status;
}

enum device_status device_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct device_chain_base *base = chain_base(chain);
    if (!program_base(base->program)->loaded)
        return device_unloaded_refuse("enqueue", error);
    if (qos < 0 || qos > DEVICE_QOS_MAX)
        return device_qos_check(qos, "enqueue", error);
    if (base->stage < DEVICE_CHAIN_READY)
        return device_error_set(
            error, DEVICE_BROKEN, "enqueue", "the chain is not ready; call chain_ready first");
    base->stage = DEVICE_CHAIN_ENQUEUED;
    return device->table->chain_enqueue(device, chain, qos, error);
}

void device_chain_free(struct device *device, struct device_chain *chain) {
    if (!chain)
        return;
    const struct device_chain_base base = *chain_base(chain);
    device->table->chain_destroy(device, chain);
    device_surface_release(device, base.input);
    device_surface_release(device, base.output);
    device_program_release(device, base.program);
}
