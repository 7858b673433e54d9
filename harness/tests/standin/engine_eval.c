/* SPDX-License-Identifier: MIT
 *
 * Evals and chains.
 */
#include "engine_internal.h"
#include "device/sim/sim.h"

#include <stdlib.h>
#include <string.h>

struct engine_binding {
    uint64_t program_serial;
    struct device_request *request;
    struct engine_place *places; /* inputs, then outputs in the slots' order */
    int n_inputs, n_outputs, n_open;
    struct memory *weights; /* or NULL */
    struct device_surface *weights_surface;
    uint64_t weights_version;
};

static void weights_gather(struct engine_binding *b) {
    struct device *d = engine_device();
    if (!b->weights || b->weights_version == b->weights->version)
        return;
    memcpy(device_surface_lock(d, b->weights_surface, true), b->weights->engine, b->weights->bytes);
    device_surface_unlock(d, b->weights_surface, true);
    b->weights_version = b->weights->version;
}

static enum device_status weights_open(
    struct engine_binding *b, struct memory *weights, struct device_error *error) {
    struct device *d = engine_device();
    const struct device_layout layout = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, 1, 1, (int64_t)(weights->bytes / 2)}},
        .bytes = weights->bytes};
    b->weights = weights;
    return device_surface_create(d, &layout, &b->weights_surface, error);
}

static enum device_status places_open(struct engine_binding *b,
    const struct engine_program *program, int procedure, struct memory *const *inputs,
    struct memory *const *outputs, struct device_error *error) {
    for (int i = 0; i < b->n_inputs + b->n_outputs; i++) {
        bool output = i >= b->n_inputs;
        int slot = output ? i - b->n_inputs : i;
        b->n_open++;
        enum device_status status = engine_place_open(&b->places[i], program, procedure, output,
            slot, output ? outputs[slot] : inputs[slot], error);
        if (status != DEVICE_OK)
            return status;
    }
    return DEVICE_OK;
}

/* The sim device wants its surfaces in declared order. */
static enum device_status request_open(struct engine_binding *b,
    const struct engine_program *program, int procedure, struct device_error *error) {
    struct device *d = engine_device();
    size_t n = (size_t)(b->n_inputs + b->n_outputs) + 1;
    struct device_surface **surfaces = calloc(n, sizeof *surfaces);
    if (!surfaces)
        abort();
    for (int i = 0; i < b->n_inputs + b->n_outputs; i++)
        surfaces[(i < b->n_inputs ? 0 : b->n_inputs) + b->places[i].tensor.index] =
            b->places[i].surface;
    const struct device_request_spec spec = {.program = program->program,
        .procedure = procedure,
        .inputs = surfaces,
        .n_inputs = b->n_inputs,
        .outputs = surfaces + b->n_inputs,
        .n_outputs = b->n_outputs,
        .weights_buffer = b->weights_surface};
    enum device_status status = device_request_create(d, &spec, &b->request, error);
    free(surfaces);
    return status;
}

struct engine_binding *engine_bind(struct engine_program *program, int procedure,
    struct memory *const *inputs, struct memory *const *outputs, struct memory *weights,
    struct device_error *error) {
    struct engine_binding *b = calloc(1, sizeof *b);
    if (!b)
        abort();
    b->program_serial = program->serial;
    b->n_inputs = engine_tensors(program, procedure, false);
    b->n_outputs = engine_tensors(program, procedure, true);
    b->places = calloc((size_t)(b->n_inputs + b->n_outputs) + 1, sizeof *b->places);
    if (!b->places)
        abort();
    if (places_open(b, program, procedure, inputs, outputs, error) == DEVICE_OK &&
        (!weights || weights_open(b, weights, error) == DEVICE_OK) &&
        request_open(b, program, procedure, error) == DEVICE_OK)
        return b;
    engine_binding_free(b);
    return NULL;
}

bool engine_binding_is_of(
    const struct engine_binding *binding, const struct engine_program *program) {
    return binding->program_serial == program->serial;
}

void engine_binding_free(struct engine_binding *binding) {
    struct device *d = engine_device();
    if (!binding)
        return;
    if (binding->request)
        device_request_free(d, binding->request);
    for (int i = 0; i < binding->n_open; i++)
        engine_place_close(&binding->places[i]);
    device_surface_free(d, binding->weights_surface);
    free(binding->places);
    free(binding);
}

enum device_status engine_eval(
    struct engine_binding *binding, int qos, struct device_error *error) {
    struct device *d = engine_device();
    for (int i = 0; i < binding->n_inputs; i++)
        engine_place_gather(&binding->places[i]);
    weights_gather(binding);
    enum device_status status = device_eval(d, binding->request, qos, error);
    for (int i = 0; status == DEVICE_OK && i < binding->n_inputs + binding->n_outputs; i++)
        if (i >= binding->n_inputs || binding->places[i].tensor.declared.kind == MIL_STATE)
            engine_place_scatter(&binding->places[i]);
    return status;
}

bool engine_stats(const struct engine_binding *binding, bool direct, uint64_t *hardware_ns) {
    bool zero;
    if (!engine_stats_come(direct, &zero))
        return false;
    *hardware_ns = zero ? 0 : sim_request_hardware_ns(binding->request);
    return true;
}

struct device_counters engine_counters(const struct engine_binding *binding) {
    return sim_request_counters(binding->request);
}

/* ---- chains */

struct engine_chain {
    struct device_chain *chain;
    struct engine_place input, output;
    bool looped; /* the next step takes the output of the last */
};

enum device_status engine_chain_prepare(struct engine_program *program, int procedure,
    struct memory *input, struct memory *output, int qos, struct engine_chain **out,
    struct device_error *error) {
    struct device *d = engine_device();
    struct engine_chain *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    enum device_status status =
        engine_place_open(&c->input, program, procedure, false, 0, input, error);
    if (status == DEVICE_OK)
        status = engine_place_open(&c->output, program, procedure, true, 0, output, error);
    const struct device_chain_spec spec = {.program = program->program,
        .procedure = procedure,
        .input = c->input.surface,
        .output = c->output.surface,
        .steps = 1};
    if (status == DEVICE_OK)
        status = device_chain_prepare(d, &spec, qos, &c->chain, error);
    if (status != DEVICE_OK) {
        engine_chain_free(c);
        c = NULL;
    }
    *out = c;
    return status;
}

enum device_status engine_chain_ready(
    struct engine_chain *chain, int qos, struct device_error *error) {
    struct device *d = engine_device();
    chain->looped = false;
    return device_chain_ready(d, chain->chain, qos, error);
}

static void loop_back(struct engine_chain *c) {
    struct device *d = engine_device();
    const void *from = device_surface_lock(d, c->output.surface, false);
    void *to = device_surface_lock(d, c->input.surface, true);
    memcpy(to, from, mil_type_bytes(&c->input.tensor.type));
    device_surface_unlock(d, c->input.surface, true);
    device_surface_unlock(d, c->output.surface, false);
    c->input.version = 0; /* no longer what the client wrote */
}

enum device_status engine_chain_enqueue(
    struct engine_chain *chain, int qos, struct device_error *error) {
    struct device *d = engine_device();
    if (chain->looped)
        loop_back(chain);
    else
        engine_place_gather(&chain->input);
    engine_place_gather(&chain->output); /* a chain that does nothing leaves it as it is */
    enum device_status status = device_chain_enqueue(d, chain->chain, qos, error);
    if (status != DEVICE_OK)
        return status;
    engine_place_scatter(&chain->output);
    chain->looped = true;
    return DEVICE_OK;
}

void engine_chain_free(struct engine_chain *chain) {
    struct device *d = engine_device();
    if (!chain)
        return;
    device_chain_free(d, chain->chain);
    engine_place_close(&chain->input);
    engine_place_close(&chain->output);
    free(chain);
}
