/* SPDX-License-Identifier: MIT */
#include "device/device_checks.h"

#include <stdlib.h>

/* An eval writes to the surface of a state. */
static enum device_status states_check(const struct mil_function *function,
    const struct device_request_spec *spec, struct device_error *error) {
    for (int i = 0; i < spec->n_inputs; i++) {
        bool shared = false;
        for (int k = 0; k < spec->n_inputs; k++)
            shared = shared || (i != k && spec->inputs[i] == spec->inputs[k]);
        for (int k = 0; k < spec->n_outputs; k++)
            shared = shared || spec->inputs[i] == spec->outputs[k];
        if (shared && function->values[i].type->kind == MIL_STATE)
            return device_error_set(error, DEVICE_UNSUPPORTED, "request",
                "the state `%.100s` shares its surface with another input or output; use a second "
                "surface",
                function->values[i].name);
    }
    return DEVICE_OK;
}

static enum device_status request_check(
    struct device *device, const struct device_request_spec *spec, struct device_error *error) {
    enum device_status status = device_loaded_check(spec->program, "request", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_program *mil = program_base(spec->program)->mil;
    int procedure = spec->procedure;
    if (device->table->any_procedure && procedure >= mil->n_functions)
        procedure = 0;
    status = device_procedure_check(spec->program, procedure, "request", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_function *function = &mil->functions[procedure];
    if (spec->n_inputs != function->n_inputs || spec->n_outputs != function->n_outputs)
        return device_error_set(error, DEVICE_BROKEN, "request",
            "procedure %d takes %d inputs and %d outputs, not %d and %d", spec->procedure,
            function->n_inputs, function->n_outputs, spec->n_inputs, spec->n_outputs);
    for (int i = 0; i < spec->n_inputs && status == DEVICE_OK; i++)
        status = device_surface_check(
            device, spec->program, procedure, false, i, spec->inputs[i], "request", error);
    for (int i = 0; i < spec->n_outputs && status == DEVICE_OK; i++)
        status = device_surface_check(
            device, spec->program, procedure, true, i, spec->outputs[i], "request", error);
    return status == DEVICE_OK ? states_check(function, spec, error) : status;
}

/* Copies the spec's surfaces into one array, and points the spec at it from now on. */
static struct device_surface **surfaces_list(
    const struct device_request_spec *spec, struct device_request_spec *kept) {
    const size_t n_inputs = (size_t)spec->n_inputs, n_outputs = (size_t)spec->n_outputs;
    struct device_surface **surfaces = calloc(n_inputs + n_outputs + 1, sizeof *surfaces);
    if (!surfaces)
        return NULL;
    for (size_t i = 0; i < n_inputs; i++)
        surfaces[i] = spec->inputs[i];
    for (size_t i = 0; i < n_outputs; i++)
        surfaces[n_inputs + i] = spec->outputs[i];
    surfaces[n_inputs + n_outputs] = spec->weights_buffer;
    *kept = *spec;
    kept->inputs = surfaces;
    kept->outputs = surfaces + n_inputs;
    return surfaces;
}

enum device_status device_request_create(struct device *device,
    const struct device_request_spec *spec, struct device_request **out,
    struct device_error *error) {
    *out = NULL;
    enum device_status status = request_check(device, spec, error);
    if (status != DEVICE_OK)
        return status;
    struct device_request_spec kept;
    struct device_surface **surfaces = surfaces_list(spec, &kept);
    if (!surfaces)
        return device_memory_out(error, "request");
    status = device->table->request_create(device, &kept, out, error);
    if (status != DEVICE_OK) {
        free(surfaces);
        return status;
    }
    struct device_program_base *program = program_base(spec->program);
    *request_base(*out) = (struct device_request_base){.program = spec->program,
        .surfaces = surfaces,
        .n_surfaces = spec->n_inputs + spec->n_outputs + (spec->weights_buffer != NULL),
        .has_stats = program->stats_mask != 0,
        .has_counters = program->has_counters};
    program->n_users++;
    for (int i = 0; i < request_base(*out)->n_surfaces; i++)
        surface_base(surfaces[i])->n_users++;
    return DEVICE_OK;
}

enum device_status device_request_single(struct device *device, struct device_program *program,
    struct device_surface *input, struct device_surface *output, enum device_eval_path path,
    struct device_request **out, struct device_error *error) {
    const struct device_request_spec spec = {.program = program,
        .inputs = &input,
        .n_inputs = 1,
        .outputs = &output,
        .n_outputs = 1,
        .path = path};
    return device_request_create(device, &spec, out, error);
}

void device_request_free(struct device *device, struct device_request *request) {
    if (!request)
        return;
    const struct device_request_base base = *request_base(request);
    device->table->request_destroy(device, request);
    for (int i = 0; i < base.n_surfaces; i++)
        device_surface_release(device, base.surfaces[i]);
    free(base.surfaces);
    device_program_release(device, base.program);
}

enum device_status device_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    if (qos < 0 || qos > DEVICE_QOS_MAX)
        return device_qos_check(qos, "eval", error);
    if (!program_base(request_base(request)->program)->loaded)
        return device_unloaded_refuse("eval", error);
    return device->table->eval(device, request, qos, error);
}

static enum device_status lanes_take_turns(struct device *device, const struct device_lane *lanes,
    int n_lanes, int n_evals, int qos, struct device_error *error) {
    for (int i = 0; i < n_evals; i++)
        for (int lane = 0; lane < n_lanes; lane++) {
            enum device_status status =
                device->table->eval(device, lanes[lane].request, qos, error);
            if (status != DEVICE_OK)
                return status;
            lanes[lane].end_ns[i] = device_clock_ns(device);
        }
    return DEVICE_OK;
}

enum device_status device_eval_lanes(struct device *device, const struct device_lane *lanes,
    int n_lanes, int n_evals, int qos, struct device_error *error) {
    enum device_status status = device_qos_check(qos, "eval", error);
    if (status == DEVICE_OK && (n_lanes < 1 || n_lanes > DEVICE_LANES_MAX || n_evals < 1))
        return device_error_set(error, DEVICE_BROKEN, "eval",
            "%d lanes of %d evals; give 1 to %d lanes of at least 1", n_lanes, n_evals,
            DEVICE_LANES_MAX);
    for (int i = 0; i < n_lanes && status == DEVICE_OK; i++)
        if (!program_base(request_base(lanes[i].request)->program)->loaded)
            status = device_unloaded_refuse("eval", error);
    if (status != DEVICE_OK)
        return status;
    return (device->table->eval_lanes ? device->table->eval_lanes : lanes_take_turns)(
        device, lanes, n_lanes, n_evals, qos, error);
}

/* ---- statistics ------------------------------------------------------------------------------ */

enum device_status device_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error) {
    enum device_status status = device_program_check(program, "statistics", error);
    if (status != DEVICE_OK)
        return status;
    if (!device->table->stats_ask)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "statistics", "this device has no statistics of evals");
    if (program_base(program)->loaded)
        return device_error_set(error, DEVICE_BROKEN, "statistics",
            "the program is already loaded; ask for statistics before load");
    status = device->table->stats_ask(device, program, mask, error);
    if (status == DEVICE_OK)
        program_base(program)->stats_mask = mask;
    return status;
}

enum device_status device_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error) {
    *out = (struct device_eval_stats){.there = false};
    if (!request_base(request)->has_stats)
        return device_error_set(error, DEVICE_BROKEN, "statistics",
            "statistics were not requested; call stats_ask before load");
    return device->table->stats_read(device, request, out, error);
}

/* ---- counters -------------------------------------------------------------------------------- */

const char *device_counter_name(int counter) {
    static const char *const names[DEVICE_COUNTERS] = {"AF_TO_L2", "AF_TO_KM", "L2_TO_AF",
        "L2_TO_NE", "NE_TO_L2", "INT8_CYC", "FP16_CYC", "L2_RD_STALL", "L2_WR_STALL", "KM_STALL",
        "NE_NOMINAL", "NE_THROTTLE", "L2_THROTTLE", "NE_COMPUTE", "NE_IN_STALL", "NE_OUT_STALL",
        "NE_KERNEL_STALL", "DMA_RW_BYTES", "DMA_RD_BYTES", "DPE_ENERGY", "L2_NOMINAL",
        "L2PE_COMPUTE", "L2PE_IN", "L2PE_OUT", "counter_24", "counter_25", "counter_26",
        "counter_27", "counter_28"};
    return counter >= 0 && counter < DEVICE_COUNTERS ? names[counter] : "";
}

enum device_status device_counters_ask(
    struct device *device, struct device_program *program, struct device_error *error) {
    enum device_status status = device_program_check(program, "statistics", error);
    if (status != DEVICE_OK)
        return status;
    if (!device->table->counters_ask)
        return device_error_set(error, DEVICE_UNSUPPORTED, "statistics",
            "this device has no counters of an engine's hardware");
    if (program_base(program)->loaded)
        return device_error_set(error, DEVICE_BROKEN, "statistics",
            "the program is already loaded; ask for counters before load");
    status = device->table->counters_ask(device, program, error);
    program_base(program)->has_counters = status == DEVICE_OK;
    return status;
}

enum device_status device_counters_read(struct device *device, struct device_request *request,
    struct device_counters *out, struct device_error *error) {
    *out = (struct device_counters){.there = false};
    if (!request_base(request)->has_counters)
        return device_error_set(error, DEVICE_BROKEN, "statistics",
            "counters were not requested; call counters_ask before load");
    return device->table->counters_read(device, request, out, error);
}
