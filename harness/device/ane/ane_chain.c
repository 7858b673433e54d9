/* SPDX-License-Identifier: MIT
 *
 * Loopback of one program: validate, prepareChaining, buffersReady, enqueueSets, every argument of
 * the type that the framework was seen to require. Nobody has published a chain that ran. How steps
 * are requested is inferred from the selectors' names: one enqueueSets per step, after a
 * buffersReady that says that the input is new. There is no known way to learn when a step has
 * finished, so enqueue returns when the calls do.
 *
 * A wrong type raises an Objective-C exception, which ends the process, and prepare was seen to
 * hang (christopherkarani/Espresso): run a chain in its own process with a time limit.
 */
#include "device/ane/ane_internal.h"

#include <stdlib.h>

/* The smallest surface for a chain's statistics (header dumps in dev-erik/ANE). It is required but
 * not read here. */
enum { STATISTICS_BYTES = 65536 };

struct device_chain {
    struct device_chain_base base;
    int procedure, steps;
    void *model;      /* _ANEModel */
    void *statistics; /* IOSurfaceRef */
    void *request;    /* _ANEChainingRequest */
    void *ready;      /* _ANEInputBuffersReady */
    bool input_used;
};

void ane_chain_destroy(struct device *device, struct device_chain *chain) {
    const struct apple_entry *e = &ane_of(device)->runtime.entry;
    void *const objects[] = {chain->model, chain->request, chain->ready};
    void *pool = e->objc_autoreleasePoolPush();
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        if (objects[i])
            e->objc_release(objects[i]);
    apple_release(e, chain->statistics);
    e->objc_autoreleasePoolPop(pool);
    free(chain);
}

/* An array of one object; NULL for NULL. */
static void *array_of(const struct apple_entry *e, void *object) {
    return apple_array(e, &object, 1);
}

static void *memory_out(struct apple_call *call) {
    device_memory_out(call->error, call->stage);
    return NULL;
}

/* Autoreleased: an array of one _ANEBuffer, or NULL and the reason. */
static void *buffers_make(
    struct apple_call *call, const struct device_surface *surface, void *symbol, bool output) {
    void *buffer = ane_buffer_create(call, surface->wrapped, symbol, output);
    void *array = buffer ? array_of(&call->runtime->entry, buffer) : NULL;
    return !buffer || array ? array : memory_out(call);
}

static void *output_sets_make(struct apple_call *call, void *statistics, void *buffers) {
    void *set = ane_output_sets_create(call, statistics, buffers);
    void *array = set ? array_of(&call->runtime->entry, set) : NULL;
    return !set || array ? array : memory_out(call);
}

/* The chaining request and what buffersReady takes. */
static enum device_status request_make(
    struct device_chain *chain, const struct device_chain_spec *spec, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    struct ane_port in, out;
    ane_port_read(spec->program, spec->procedure, false, 0, &in);
    ane_port_read(spec->program, spec->procedure, true, 0, &out);
    void *in_symbol = apple_number(e, in.symbol), *out_symbol = apple_number(e, out.symbol);
    struct ane_chaining parts = {.procedure = apple_number(e, chain->procedure),
        .zero = apple_number(e, 0),
        .loopback_inputs = array_of(e, in_symbol),
        .loopback_outputs = array_of(e, out_symbol),
        .signal_events = apple_array(e, NULL, 0)};
    void *first = array_of(e, parts.zero); /* the chain's only input is its first */
    void *out_buffers = NULL;
    enum device_status status = DEVICE_OK;
    if (!parts.procedure || !parts.loopback_inputs || !parts.loopback_outputs ||
        !parts.signal_events || !first || !chain->statistics) {
        (void)memory_out(call);
        status = DEVICE_BROKEN;
    } else {
        void *request = NULL, *ready = NULL;
        parts.inputs = buffers_make(call, spec->input, in_symbol, false);
        if (parts.inputs)
            out_buffers = buffers_make(call, spec->output, out_symbol, true);
        if (out_buffers)
            parts.output_sets = output_sets_make(call, chain->statistics, out_buffers);
        if (parts.output_sets)
            request = ane_chain_create(call, &parts);
        if (request)
            ready = ane_input_ready_create(call, (uint32_t)chain->procedure, first, first, 0);
        if (ready) {
            chain->request = e->objc_retain(request);
            chain->ready = e->objc_retain(ready);
        } else {
            status = call->error->status;
        }
    }
    const void *const owned[] = {in_symbol, out_symbol, parts.procedure, parts.zero,
        parts.loopback_inputs, parts.loopback_outputs, parts.signal_events, parts.inputs,
        parts.output_sets, first, out_buffers};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        apple_release(e, owned[i]);
    return status;
}

static enum device_status chain_climb(struct ane_device *device, struct device_chain *chain,
    const struct device_chain_spec *spec, int qos, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    void *client = ane_chain_client(device, call);
    void *model = client ? ane_model_model(call, spec->program->model) : NULL;
    if (!model)
        return call->error->status;
    chain->model = e->objc_retain(model);
    chain->statistics = ane_io_surface(e, STATISTICS_BYTES);
    enum device_status status = request_make(chain, spec, call);
    if (status != DEVICE_OK)
        return status;
    if (!ane_chain_validate(call, chain->request) ||
        !ane_client_chain_prepare(
            call, client, chain->model, device->no_options, chain->request, (unsigned)qos))
        return call->error->status;
    return DEVICE_OK;
}

enum device_status ane_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct device_chain *chain = calloc(1, sizeof *chain);
    if (!chain)
        return device_memory_out(error, "prepare");
    chain->procedure = spec->procedure;
    chain->steps = spec->steps;
    struct apple_call call = apple_call_begin(&ane->runtime, "prepare", error);
    enum device_status status = chain_climb(ane, chain, spec, qos, &call);
    apple_call_end(&call);
    if (status != DEVICE_OK) {
        ane_chain_destroy(device, chain);
        return status;
    }
    *out = chain;
    return DEVICE_OK;
}

static bool input_announce(
    struct ane_device *device, struct device_chain *chain, int qos, struct apple_call *call) {
    return ane_client_chain_ready(
        call, device->chain_client, chain->model, chain->ready, device->no_options, (unsigned)qos);
}

enum device_status ane_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct apple_call call = apple_call_begin(&ane->runtime, "ready", error);
    const bool done = input_announce(ane, chain, qos, &call);
    apple_call_end(&call);
    return done ? DEVICE_OK : error->status;
}

static bool step_enqueue(struct ane_device *device, struct device_chain *chain, int step, int qos,
    struct apple_call *call) {
    void *set = ane_output_set_enqueue_create(
        call, (uint32_t)chain->procedure, 0, (uint64_t)step + 1, true, false);
    return set && ane_client_chain_enqueue(call, device->chain_client, chain->model, set,
                      device->no_options, (unsigned)qos);
}

enum device_status ane_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct apple_call call = apple_call_begin(&ane->runtime, "enqueue", error);
    bool done = !chain->input_used || input_announce(ane, chain, qos, &call);
    chain->input_used = true;
    for (int step = 0; step < chain->steps && done; step++)
        done = step_enqueue(ane, chain, step, qos, &call);
    apple_call_end(&call);
    return done ? DEVICE_OK : error->status;
}
