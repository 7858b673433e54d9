/* SPDX-License-Identifier: MIT
 *
 * Requests and evals. All checking is done when a request is made; an eval sends one message.
 */
#include "device/ane/ane_internal.h"

#include <stdlib.h>

/* Mapping slots of one request (dev-erik/ANE). */
enum { SURFACES_MAX = 128 };

void ane_request_free(struct device *device, struct device_request *request) {
    const struct ane_entry *e = &ane_of(device)->runtime.entry;
    if (request == NULL)
        return;
    void *pool = e->objc_autoreleasePoolPush();
    if (request->request != NULL)
        e->objc_release(request->request);
    if (request->model != NULL)
        e->objc_release(request->model);
    ane_release(e, request->stats);
    e->objc_autoreleasePoolPop(pool);
    for (int i = 0; i < request->n_surfaces; i++)
        ane_surface_free(device, request->surfaces[i]);
    ane_program_release(request->program);
    free(request->surfaces);
    free(request);
}

/* The function whose surfaces a request has. An index past the last is the framework's to answer: it
 * is said to run the only function there is (maderix/ANE#2). */
static int laid_out_as(const struct device_request_spec *spec) {
    return spec->procedure < spec->program->mil->n_functions ? spec->procedure : 0;
}

static enum device_status spec_check(
    const struct device_request_spec *spec, struct device_error *error) {
    enum device_status status = ane_loaded_check(spec->program, "request", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_function *function =
        ane_function(spec->program, laid_out_as(spec), "request", error);
    if (function == NULL)
        return error->status;
    if (spec->n_inputs != function->n_inputs || spec->n_outputs != function->n_outputs)
        return device_error_set(error, DEVICE_BROKEN, "request",
            "procedure %d takes %d inputs and %d outputs, not %d and %d", spec->procedure,
            function->n_inputs, function->n_outputs, spec->n_inputs, spec->n_outputs);
    if (spec->n_inputs + spec->n_outputs > SURFACES_MAX)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "a request takes %d surfaces, not %d", SURFACES_MAX, spec->n_inputs + spec->n_outputs);
    for (int i = 0; i < spec->n_inputs && status == DEVICE_OK; i++)
        status = ane_surface_check(
            spec->program, laid_out_as(spec), false, i, spec->inputs[i], "request", error);
    for (int i = 0; i < spec->n_outputs && status == DEVICE_OK; i++)
        status = ane_surface_check(
            spec->program, laid_out_as(spec), true, i, spec->outputs[i], "request", error);
    return status;
}

/* Wrapped surfaces, and the symbols that they are for. */
static bool bindings_make(const struct ane_entry *e, const struct device_request_spec *spec,
    bool output, void **surfaces, void **indices) {
    void *wrapped[SURFACES_MAX] = {NULL}, *numbers[SURFACES_MAX] = {NULL};
    int n = output ? spec->n_outputs : spec->n_inputs;
    for (int i = 0; i < n; i++) {
        struct ane_port port;
        ane_port_read(spec->program, laid_out_as(spec), output, i, &port);
        wrapped[i] = (output ? spec->outputs[i] : spec->inputs[i])->wrapped;
        numbers[i] = ane_number(e, port.symbol);
    }
    *surfaces = ane_array(e, wrapped, n);
    *indices = ane_array(e, numbers, n);
    for (int i = 0; i < n; i++)
        ane_release(e, numbers[i]);
    return *surfaces != NULL && *indices != NULL;
}

static enum device_status request_make(
    struct device_request *request, const struct device_request_spec *spec, struct ane_call *call) {
    const struct ane_entry *e = &call->runtime->entry;
    void *inputs = NULL, *input_indices = NULL, *outputs = NULL, *output_indices = NULL;
    void *procedure = ane_number(e, spec->procedure), *made = NULL;
    if (spec->program->stats_mask != 0 && (request->stats = ane_stats_room(call)) == NULL) {
        ane_release(e, procedure);
        return call->error->status;
    }
    if (procedure != NULL && bindings_make(e, spec, false, &inputs, &input_indices) &&
        bindings_make(e, spec, true, &outputs, &output_indices)) {
        made = ane_request_create_object(call, inputs, input_indices, outputs, output_indices,
            spec->weights_buffer != NULL ? spec->weights_buffer->wrapped : NULL, request->stats,
            procedure);
        if (made != NULL)
            request->request = e->objc_retain(made);
    } else {
        device_error_set(call->error, DEVICE_BROKEN, "request", "out of memory");
    }
    ane_release(e, procedure);
    ane_release(e, inputs);
    ane_release(e, input_indices);
    ane_release(e, outputs);
    ane_release(e, output_indices);
    return made != NULL ? DEVICE_OK : call->error->status;
}

/* What a way through a client needs: the client, and the model object that clients take. The
 * selector is asked for here, so that an eval cannot meet it absent. */
static enum device_status path_prepare(
    struct ane_device *device, struct device_request *request, struct ane_call *call) {
    static const enum ane_selector selectors[DEVICE_PATHS] = {
        [DEVICE_PATH_MODEL] = ANE_MODEL_EVALUATE,
        [DEVICE_PATH_CLIENT] = ANE_CLIENT_EVALUATE,
        [DEVICE_PATH_DIRECT] = ANE_CLIENT_EVALUATE_DIRECT,
        [DEVICE_PATH_REALTIME] = ANE_CLIENT_EVALUATE_REALTIME,
    };
    enum device_status status =
        ane_runtime_need(call->runtime, selectors[request->path], "request", call->error);
    if (status != DEVICE_OK || request->path == DEVICE_PATH_MODEL)
        return status;
    void *model =
        ane_client(device, call) != NULL ? ane_model_model(call, request->program->model) : NULL;
    if (model == NULL)
        return call->error->status;
    request->model = call->runtime->entry.objc_retain(model);
    return DEVICE_OK;
}

static void surfaces_hold(struct device_request *request, const struct device_request_spec *spec) {
    for (int i = 0; i < spec->n_inputs; i++)
        request->surfaces[request->n_surfaces++] = spec->inputs[i];
    for (int i = 0; i < spec->n_outputs; i++)
        request->surfaces[request->n_surfaces++] = spec->outputs[i];
    if (spec->weights_buffer != NULL)
        request->surfaces[request->n_surfaces++] = spec->weights_buffer;
    for (int i = 0; i < request->n_surfaces; i++)
        request->surfaces[i]->n_users++;
}

/* Its users and surfaces; what is made of the framework's comes after. */
static struct device_request *request_new(const struct device_request_spec *spec) {
    struct device_request *request = calloc(1, sizeof *request);
    struct device_surface **surfaces =
        calloc((size_t)spec->n_inputs + (size_t)spec->n_outputs + 1, sizeof *surfaces);
    if (request == NULL || surfaces == NULL) {
        free(request);
        free(surfaces);
        return NULL;
    }
    request->program = spec->program;
    request->program->n_users++;
    request->path = spec->path;
    request->surfaces = surfaces;
    surfaces_hold(request, spec);
    return request;
}

enum device_status ane_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct device_request *request = NULL;
    struct ane_call call = ane_call_begin(&ane->runtime, "request", error);
    enum device_status status = spec_check(spec, error);
    if (status == DEVICE_OK && (request = request_new(spec)) == NULL)
        status = device_error_set(error, DEVICE_BROKEN, "request", "out of memory");
    if (status == DEVICE_OK)
        status = request_make(request, spec, &call);
    if (status == DEVICE_OK)
        status = path_prepare(ane, request, &call);
    ane_call_end(&call);
    if (status != DEVICE_OK) {
        ane_request_free(device, request);
        return status;
    }
    *out = request;
    return DEVICE_OK;
}

enum device_status ane_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    struct device_program *program = request->program;
    if (!program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "the request's program is not loaded; call load first");
    if (qos < 0)
        return device_error_set(
            error, DEVICE_FAILED, "eval", "there is no quality of service %d; give 0 to 63", qos);
    struct ane_call call = ane_call_begin(&ane->runtime, "eval", error);
    bool done;
    switch (request->path) {
    case DEVICE_PATH_CLIENT:
        done = ane_client_evaluate(
            &call, ane->client, request->model, ane->no_options, request->request, (unsigned)qos);
        break;
    case DEVICE_PATH_DIRECT:
        done = ane_client_evaluate_direct(
            &call, ane->client, request->model, ane->no_options, request->request, (unsigned)qos);
        break;
    case DEVICE_PATH_REALTIME:
        done = ane_client_evaluate_realtime(
            &call, ane->client, request->model, ane->no_options, request->request);
        break;
    default:
        done = ane_model_evaluate(
            &call, program->model, (unsigned)qos, ane->no_options, request->request);
        break;
    }
    ane_call_end(&call);
    return done ? DEVICE_OK : error->status;
}
