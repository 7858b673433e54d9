/* SPDX-License-Identifier: MIT
 *
 * States. Core ML keeps them in memory of its own, an MLState for each request, from one eval to the
 * next; the host sees them as surfaces. They are copied only where one has changed and the other is
 * asked, so that a row of evals copies nothing.
 */
#include "device/coreml/coreml_internal.h"

#include <stdlib.h>

struct copying {
    struct apple_call *call;
    struct device_surface *surface;
    bool to_array;
    enum device_status status;
};

static void array_copy(void *context, void *array) {
    struct copying *c = context;
    c->status = c->to_array ? coreml_array_write(c->call, c->surface, array)
                            : coreml_array_read(c->call, c->surface, array);
}

/* Between the surface's memory and the request's MLState. */
static enum device_status copy(struct apple_call *call, struct device_request *request,
    struct device_surface *surface, bool to_array) {
    struct copying copying = {call, surface, to_array, DEVICE_OK};
    struct apple_visitor visitor;
    void *name = NULL;
    for (int i = 0; i < request->n_states; i++)
        if (request->states[i].surface == surface)
            name = request->states[i].name;
    apple_visitor_open(&call->runtime->entry, array_copy, &copying, &visitor);
    if (!coreml_state_array(call, request->state, name, &visitor))
        return call->error->status;
    return copying.status;
}

bool coreml_state_fetch(struct coreml_device *device, struct device_surface *surface, bool write) {
    struct device_error ignored;
    struct apple_call call = apple_call_begin(&device->runtime, "surface", &ignored);
    const enum device_status status = copy(&call, surface->holder, surface, false);
    apple_call_end(&call);
    if (status == DEVICE_OK && write)
        surface->holder = NULL;
    return status == DEVICE_OK;
}

/* The surfaces take back what the request's MLState has of them. */
static enum device_status states_take(struct apple_call *call, struct device_request *request) {
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < request->n_states && status == DEVICE_OK; i++) {
        struct device_surface *surface = request->states[i].surface;
        if (surface->holder != request)
            continue;
        status = copy(call, request, surface, false);
        surface->holder = NULL;
    }
    return status;
}

/* A state is of the model that has made it. */
static enum device_status state_renew(
    struct apple_call *call, struct device_request *request, const struct device_program *program) {
    const enum device_status status = request->state ? states_take(call, request) : DEVICE_OK;
    if (status != DEVICE_OK)
        return status;
    if (request->state)
        call->runtime->entry.objc_release(request->state);
    request->state = coreml_model_state_new(call, program->models[request->procedure]);
    request->load_serial = program->load_serial;
    return request->state ? DEVICE_OK : call->error->status;
}

enum device_status coreml_states_open(
    struct apple_call *call, struct device_request *request, const struct mil_function *function) {
    const struct apple_entry *e = &call->runtime->entry;
    request->states = calloc((size_t)request->n_inputs + 1, sizeof *request->states);
    if (!request->states)
        return device_memory_out(call->error, call->stage);
    for (int i = 0; i < request->n_inputs; i++) {
        if (function->values[i].type->kind != MIL_STATE)
            continue;
        struct coreml_state *state = &request->states[request->n_states++];
        state->surface = request->inputs[i];
        if (!(state->name = apple_string(e, function->values[i].name)))
            return device_memory_out(call->error, call->stage);
    }
    return DEVICE_OK;
}

void coreml_states_close(struct coreml_device *device, struct device_request *request) {
    const struct apple_entry *e = &device->runtime.entry;
    struct device_error ignored;
    struct apple_call call = apple_call_begin(&device->runtime, "surface", &ignored);
    if (request->state) {
        (void)states_take(&call, request);
        e->objc_release(request->state);
    }
    for (int i = 0; i < request->n_states; i++)
        apple_release(e, request->states[i].name);
    apple_call_end(&call);
    free(request->states);
}

enum device_status coreml_states_give(
    struct apple_call *call, struct device_request *request, const struct device_program *program) {
    enum device_status status = DEVICE_OK;
    if (!request->state || request->load_serial != program->load_serial)
        status = state_renew(call, request, program);
    for (int i = 0; i < request->n_states && status == DEVICE_OK; i++) {
        struct device_surface *surface = request->states[i].surface;
        if (surface->holder == request)
            continue;
        if (surface->holder)
            status = copy(call, surface->holder, surface, false);
        if (status == DEVICE_OK)
            status = copy(call, request, surface, true);
    }
    return status;
}

void coreml_states_hold(struct device_request *request) {
    for (int i = 0; i < request->n_states; i++)
        request->states[i].surface->holder = request;
}
