/* SPDX-License-Identifier: MIT
 *
 * Requests and evals of the simulated engine.
 */
#include "device/sim/sim_internal.h"
#include "device/sim/sim_work.h"

#include <stdlib.h>

struct device_request {
    struct device_request_base base;
    int function;
    int n_inputs, n_outputs;
    struct device_surface *const *inputs, *const *outputs, *weights_buffer;
    struct sim_result result;
    uint64_t hardware_ns; /* time of the last eval, without dispatch */
    uint64_t n_evals;
};

enum device_status sim_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error) {
    if (spec->path != DEVICE_PATH_MODEL)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "a simulated engine has one path for evals; the cost of others is not simulated");
    struct device_request *request = calloc(1, sizeof *request);
    if (!request)
        return device_memory_out(error, "request");
    request->function = spec->procedure;
    request->n_inputs = spec->n_inputs;
    request->n_outputs = spec->n_outputs;
    request->inputs = spec->inputs;
    request->outputs = spec->outputs;
    request->weights_buffer = spec->weights_buffer;
    if (sim_result_init(&request->result, spec->program, request->function, 1, spec->n_outputs) !=
        0) {
        sim_request_destroy(device, request);
        return device_memory_out(error, "request");
    }
    *out = request;
    return DEVICE_OK;
}

void sim_request_destroy(struct device *device, struct device_request *request) {
    (void)device;
    sim_result_clear(&request->result);
    free(request);
}

static bool surfaces_are_ready(struct device_surface *const *surfaces, int n) {
    for (int i = 0; i < n; i++)
        if (!sim_surface_is_ready(surfaces[i]))
            return false;
    return true;
}

/* Whether all inputs are zeros. Looking takes its time, and counts only where something follows from it. */
static bool inputs_are_zeros(const struct device_request *request) {
    const struct sim_params *p = &request->base.program->device->params;
    bool zeros = (p->meter != SIM_METER_NONE || p->zeros_time_pct != 100) && request->n_inputs > 0;
    for (int i = 0; i < request->n_inputs; i++)
        zeros = zeros && sim_surface_is_zeros(request->inputs[i]);
    return zeros;
}

static double nominal_ns(const struct device_request *request) {
    const struct device_program *program = request->base.program;
    return sim_function_eval_ns(
        program->device, &program->functions[request->function], inputs_are_zeros(request));
}

static void time_pass(
    struct sim_device *sim, struct device_request *request, double factor, int qos) {
    const struct sim_function *function = &request->base.program->functions[request->function];
    const double eval_ns = nominal_ns(request);
    const uint64_t start_ns = sim->now_ns;
    sim_pass_engine(sim, eval_ns * factor * sim->qos_factor[qos], sim_request_draw(request));
    sim->moved_bytes += function->moved_bytes;
    const double elapsed_ns = (double)(sim->now_ns - start_ns);
    request->hardware_ns =
        eval_ns > 0 ? (uint64_t)(elapsed_ns * (eval_ns - function->dispatch_ns) / eval_ns) : 0;
}

enum device_status sim_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    struct device_program *program = request->base.program;

    enum device_status status = sim_qos_check(sim, qos, "eval", error);
    if (status != DEVICE_OK)
        return status;
    if (!surfaces_are_ready(request->inputs, request->n_inputs) ||
        !surfaces_are_ready(request->outputs, request->n_outputs) ||
        (request->weights_buffer && !sim_surface_is_ready(request->weights_buffer)))
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "a surface is locked for writing; unlock it first");
    bool shared = false;
    for (int i = 0; i < request->n_inputs; i++)
        shared = shared || sim_surface_is_shared(request->inputs[i], program);
    if (shared && sim->params.shared_surface == SIM_SHARING_REFUSED)
        return sim_error_refuse(error, SIM_CODE_ARGUMENT, "eval",
            "an input was written by another program's eval; copy it to another surface");
    status = sim_weights_take(program, error);
    bool slow = false;
    if (status == DEVICE_OK)
        status = sim_past_eval(sim, request->n_inputs + request->n_outputs, &slow, error);
    if (status != DEVICE_OK)
        return status;
    time_pass(sim, request,
        (shared ? 1 + sim->params.shared_surface_pct / 100 : 1) *
            (slow || program->slow ? SIM_PAST_SLOWDOWN : 1),
        qos);
    request->n_evals++;
    status = sim_result_update(
        &request->result, qos, request->inputs, request->outputs, request->weights_buffer, error);
    for (int i = 0; i < request->n_outputs && status == DEVICE_OK; i++)
        request->outputs[i]->writer = program->serial;
    return status;
}

struct sim_draw sim_request_draw(struct device_request *request) {
    const struct device_program *program = request->base.program;
    return sim_function_draw(
        program->device, &program->functions[request->function], inputs_are_zeros(request));
}

/* ---- for evals side by side */

double sim_request_eval_ns(const struct device_request *request, int qos) {
    return nominal_ns(request) * request->base.program->device->qos_factor[qos];
}

enum device_status sim_request_compute(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    enum device_status status = sim_qos_check(sim, qos, "eval", error);
    if (status != DEVICE_OK)
        return status;
    if (!surfaces_are_ready(request->inputs, request->n_inputs) ||
        !surfaces_are_ready(request->outputs, request->n_outputs))
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "a surface is locked for writing; unlock it first");
    sim->moved_bytes += request->base.program->functions[request->function].moved_bytes;
    status = sim_result_update(
        &request->result, qos, request->inputs, request->outputs, request->weights_buffer, error);
    for (int i = 0; i < request->n_outputs && status == DEVICE_OK; i++)
        request->outputs[i]->writer = request->base.program->serial;
    return status;
}

/* ---- statistics */

uint64_t sim_request_hardware_ns(const struct device_request *request) {
    return request->hardware_ns;
}

enum device_status sim_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error) {
    (void)program, (void)mask;
    if (((struct sim_device *)device)->params.eval_stats == SIM_STATS_NONE)
        return device_error_set(error, DEVICE_UNSUPPORTED, "statistics",
            "this simulated engine has no statistics of evals; set the key eval_stats");
    return DEVICE_OK;
}

enum device_status sim_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error) {
    const enum sim_stats stats = ((struct sim_device *)device)->params.eval_stats;
    (void)error;
    *out = (struct device_eval_stats){.there = stats == SIM_STATS_ZERO || stats == SIM_STATS_WORKS,
        .hardware_ns = stats == SIM_STATS_WORKS ? request->hardware_ns : 0};
    return DEVICE_OK;
}

/* ---- counters */

enum device_status sim_counters_ask(
    struct device *device, struct device_program *program, struct device_error *error) {
    (void)program;
    if (((struct sim_device *)device)->params.counters == SIM_COUNTERS_NONE)
        return device_error_set(error, DEVICE_UNSUPPORTED, "statistics",
            "this simulated engine has no hardware counters; set the key counters");
    return DEVICE_OK;
}

static double surfaces_bytes(struct device_surface *const *surfaces, int n) {
    double bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += (double)surfaces[i]->bytes;
    return bytes;
}

/* Of one eval. */
static void work_count(const struct device_request *request, uint64_t count[DEVICE_COUNTERS]) {
    const struct device_program *program = request->base.program;
    const struct sim_function *function = &program->functions[request->function];
    const struct mil_program *mil = program->base.mil;
    const double macs_a_cycle = 4096, work_ns = function->eval_ns - function->dispatch_ns;
    const double read = sim_work_weight_bytes(mil, request->function, 1) +
                        surfaces_bytes(request->inputs, request->n_inputs);
    const double written = surfaces_bytes(request->outputs, request->n_outputs);
    count[DEVICE_COUNTER_NOMINAL] = (uint64_t)work_ns;
    count[DEVICE_COUNTER_COMPUTE] =
        (uint64_t)(sim_work_flop(&mil->functions[request->function]) / 2 / macs_a_cycle);
    count[DEVICE_COUNTER_READ_BYTES] = (uint64_t)read;
    count[DEVICE_COUNTER_MOVED_BYTES] = (uint64_t)(read + written);
    count[DEVICE_COUNTER_ENERGY] = (uint64_t)(function->work_w * work_ns / 1e3); /* uJ */
}

struct device_counters sim_request_counters(const struct device_request *request) {
    const struct sim_device *sim = request->base.program->device;
    const struct sim_params *p = &sim->params;
    struct device_counters out = {.there = p->counters > SIM_COUNTERS_NIL && request->n_evals > 0};
    if (!out.there || p->counters == SIM_COUNTERS_ZERO)
        return out;
    if (p->counters == SIM_COUNTERS_WORKS)
        work_count(request, out.count);
    for (int i = 0; i < DEVICE_COUNTERS; i++) {
        if (p->counters == SIM_COUNTERS_CONSTANT)
            out.count[i] = 1000 + (uint64_t)i;
        else if (p->counters == SIM_COUNTERS_FREE)
            out.count[i] = sim->now_ns * 24 / 1000; /* a clock of 24 MHz */
        else if (p->counters_add_up)
            out.count[i] *= request->n_evals;
    }
    return out;
}

enum device_status sim_counters_read(struct device *device, struct device_request *request,
    struct device_counters *out, struct device_error *error) {
    (void)device, (void)error;
    *out = sim_request_counters(request);
    return DEVICE_OK;
}

/* ---- engines */

enum device_status sim_program_pin(
    struct device *device, struct device_program *program, int engine, struct device_error *error) {
    (void)program, (void)engine;
    if (((struct sim_device *)device)->params.engine_hint == SIM_HINT_NONE)
        return device_error_set(error, DEVICE_UNSUPPORTED, "compile",
            "this simulated engine knows no hint of an engine; set the key engine_hint");
    return DEVICE_OK;
}
