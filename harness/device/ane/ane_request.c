/* SPDX-License-Identifier: MIT
 *
 * Requests and evals. All checks are done when a request is created; an eval sends one message.
 */
#include "device/ane/ane_internal.h"

#include <stdlib.h>

/* Room, and not what the framework takes: that is 128 of both kinds (dev-erik/ANE), which a probe asks. */
enum { SURFACES_MAX = 1024 };

void ane_request_destroy(struct device *device, struct device_request *request) {
    const struct apple_entry *e = &ane_of(device)->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    if (request->request)
        e->objc_release(request->request);
    if (request->model)
        e->objc_release(request->model);
    apple_release(e, request->stats);
    apple_release(e, request->counters);
    e->objc_autoreleasePoolPop(pool);
    free(request);
}

/* The function whose surfaces a request has. An index past the last is left to the framework, which
 * is said to run the only function (maderix/ANE#2). */
static int laid_out_as(const struct device_request_spec *spec) {
    return spec->procedure < spec->program->base.mil->n_functions ? spec->procedure : 0;
}

/* Wrapped surfaces and their symbols. */
static bool bindings_make(const struct apple_entry *e, const struct device_request_spec *spec,
    bool output, void **surfaces, void **indices) {
    void *wrapped[SURFACES_MAX] = {NULL}, *numbers[SURFACES_MAX] = {NULL};
    int n = output ? spec->n_outputs : spec->n_inputs;
    for (int i = 0; i < n; i++) {
        struct ane_port port;
        ane_port_read(spec->program, laid_out_as(spec), output, i, &port);
        wrapped[i] = (output ? spec->outputs[i] : spec->inputs[i])->wrapped;
        numbers[i] = apple_number(e, port.symbol);
    }
    *surfaces = apple_array(e, wrapped, n);
    *indices = apple_array(e, numbers, n);
    for (int i = 0; i < n; i++)
        apple_release(e, numbers[i]);
    return *surfaces && *indices;
}

static enum device_status request_make(struct device_request *request,
    const struct device_request_spec *spec, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    void *inputs = NULL, *input_indices = NULL, *outputs = NULL, *output_indices = NULL;
    void *procedure = apple_number(e, spec->procedure), *made = NULL;
    if (ane_stats_room(request, &spec->program->base, call) != DEVICE_OK) {
        apple_release(e, procedure);
        return call->error->status;
    }
    if (procedure && bindings_make(e, spec, false, &inputs, &input_indices) &&
        bindings_make(e, spec, true, &outputs, &output_indices)) {
        made = ane_request_create_object(call, inputs, input_indices, outputs, output_indices,
            spec->weights_buffer ? spec->weights_buffer->wrapped : NULL, request->stats, procedure);
        if (made)
            request->request = e->objc_retain(made);
    } else {
        device_memory_out(call->error, "request");
    }
    apple_release(e, procedure);
    apple_release(e, inputs);
    apple_release(e, input_indices);
    apple_release(e, outputs);
    apple_release(e, output_indices);
    return made ? DEVICE_OK : call->error->status;
}

/* What a path through a client needs: the client, and the model object that clients take. The
 * selector is looked up here, so that it cannot be absent in an eval. */
static enum device_status path_prepare(struct ane_device *device, struct device_request *request,
    struct device_program *program, struct apple_call *call) {
    static const enum ane_selector selectors[DEVICE_PATHS] = {
        [DEVICE_PATH_MODEL] = ANE_MODEL_EVALUATE,
        [DEVICE_PATH_CLIENT] = ANE_CLIENT_EVALUATE,
        [DEVICE_PATH_DIRECT] = ANE_CLIENT_EVALUATE_DIRECT,
        [DEVICE_PATH_REALTIME] = ANE_CLIENT_EVALUATE_REALTIME,
    };
    enum device_status status =
        apple_runtime_need(call->runtime, selectors[request->path], "request", call->error);
    if (status != DEVICE_OK || request->path == DEVICE_PATH_MODEL)
        return status;
    void *model = ane_client(device, call) ? ane_model_model(call, program->model) : NULL;
    if (!model)
        return call->error->status;
    request->model = call->runtime->entry.objc_retain(model);
    return DEVICE_OK;
}

enum device_status ane_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    if (spec->n_inputs + spec->n_outputs > SURFACES_MAX)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "a request takes %d surfaces, not %d", SURFACES_MAX, spec->n_inputs + spec->n_outputs);
    struct device_request *request = calloc(1, sizeof *request);
    if (!request)
        return device_memory_out(error, "request");
    request->path = spec->path;
    struct apple_call call = apple_call_begin(&ane->runtime, "request", error);
    enum device_status status = request_make(request, spec, &call);
    if (status == DEVICE_OK)
        status = path_prepare(ane, request, spec->program, &call);
    apple_call_end(&call);
    if (status != DEVICE_OK) {
        ane_request_destroy(device, request);
        return status;
    }
    *out = request;
    return DEVICE_OK;
}

enum device_status ane_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    void *options = ane_program_options(request->base.program);
    struct apple_call call = apple_call_begin(&ane->runtime, "eval", error);
    bool done;
    switch (request->path) {
    case DEVICE_PATH_CLIENT:
        done = ane_client_evaluate(
            &call, ane->client, request->model, options, request->request, (unsigned)qos);
        break;
    case DEVICE_PATH_DIRECT:
        done = ane_client_evaluate_direct(
            &call, ane->client, request->model, options, request->request, (unsigned)qos);
        break;
    case DEVICE_PATH_REALTIME:
        done = ane_client_evaluate_realtime(
            &call, ane->client, request->model, options, request->request);
        break;
    default:
        done = ane_model_evaluate(
            &call, request->base.program->model, (unsigned)qos, options, request->request);
        break;
    }
    apple_call_end(&call);
    return done ? DEVICE_OK : error->status;
}
