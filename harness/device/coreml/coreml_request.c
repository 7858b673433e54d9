/* SPDX-License-Identifier: MIT
 *
 * Requests and evals. All objects are made when a request is created; an eval sends one message, and
 * with io=copy copies inputs and outputs around it.
 */
#include "device/coreml/coreml_internal.h"

#include <stdlib.h>

void coreml_request_destroy(struct device *device, struct device_request *request) {
    const struct apple_entry *e = &coreml_of(device)->runtime.entry;
    coreml_states_close(coreml_of(device), request);
    void *pool = e->objc_autoreleasePoolPush();
    if (request->features)
        e->objc_release(request->features);
    if (request->options)
        e->objc_release(request->options);
    for (int i = 0; request->names && i < request->n_outputs; i++)
        apple_release(e, request->names[i]);
    e->objc_autoreleasePoolPop(pool);
    free(request->names);
    free(request);
}

/* The outputs' names, owned; NULL when out of memory. */
static void **names_make(const struct apple_entry *e, const struct device_request_spec *spec) {
    void **names = calloc((size_t)spec->n_outputs + 1, sizeof *names);
    for (int i = 0; names && i < spec->n_outputs; i++)
        names[i] =
            apple_string(e, device_value(spec->program->base.mil, spec->procedure, true, i)->name);
    return names;
}

/* Of the inputs, but for states. */
static enum device_status features_make(struct device_request *request,
    const struct device_request_spec *spec, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    const size_t room = (size_t)spec->n_inputs + 1;
    void **names = calloc(room, sizeof *names), **values = calloc(room, sizeof *values);
    void *dictionary = NULL;
    bool done = names && values;
    int n = 0;
    for (int i = 0; done && i < spec->n_inputs; i++) {
        if (coreml_is_state(spec->inputs[i]))
            continue;
        names[n] =
            apple_string(e, device_value(spec->program->base.mil, spec->procedure, false, i)->name);
        values[n] = coreml_value_of_array(call, spec->inputs[i]->array);
        done = values[n++] != NULL;
    }
    if (!names || !values)
        device_memory_out(call->error, "request");
    else if (done && !(dictionary = apple_dictionary(e, names, values, n)))
        device_memory_out(call->error, "request");
    if (dictionary)
        request->features = coreml_features_new(call, dictionary);
    apple_release(e, dictionary);
    for (int i = 0; names && i < n; i++)
        apple_release(e, names[i]);
    free(names);
    free(values);
    return request->features ? DEVICE_OK : call->error->status;
}

/* Where results are to land; with io=copy Core ML chooses. */
static enum device_status options_make(struct device_request *request,
    const struct device_request_spec *spec, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    if (!(request->options = coreml_options_new(call)))
        return call->error->status;
    if (coreml_of(&spec->program->device->base)->options.copies)
        return DEVICE_OK;
    void **arrays = calloc((size_t)spec->n_outputs + 1, sizeof *arrays);
    for (int i = 0; arrays && i < spec->n_outputs; i++)
        arrays[i] = spec->outputs[i]->array;
    void *backings = arrays ? apple_dictionary(e, request->names, arrays, spec->n_outputs) : NULL;
    free(arrays);
    if (!backings)
        return device_memory_out(call->error, "request");
    const bool done = coreml_options_backings(call, request->options, backings);
    apple_release(e, backings);
    return done ? DEVICE_OK : call->error->status;
}

/* Each selector of an eval is looked up here, so that it cannot be absent in one. */
static enum device_status selectors_need(struct apple_call *call, bool copies, bool has_states) {
    enum { PLAIN = 1, STATES = 2, COPIES = 4 };
    static const struct {
        enum coreml_selector selector;
        int evals; /* that need it */
    } rows[] = {{COREML_MODEL_PREDICT, PLAIN}, {COREML_MODEL_PREDICT_STATE, STATES},
        {COREML_MODEL_STATE, STATES}, {COREML_STATE_ARRAY, STATES},
        {COREML_ARRAY_POINTER, COPIES | STATES}, {COREML_ARRAY_STRIDES, COPIES | STATES},
        {COREML_FEATURES_VALUE, COPIES}, {COREML_VALUE_ARRAY, COPIES}};
    const int evals = (has_states ? STATES : PLAIN) | (copies ? COPIES : 0);
    enum device_status status = DEVICE_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && status == DEVICE_OK; i++)
        if (rows[i].evals & evals)
            status =
                apple_runtime_need(call->runtime, (int)rows[i].selector, "request", call->error);
    return status;
}

static enum device_status spec_check(
    const struct device_request_spec *spec, struct device_error *error) {
    if (spec->path != DEVICE_PATH_MODEL)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "request", "Core ML has one path for evals");
    if (spec->weights_buffer)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "Core ML takes no weights with a request; make them an input");
    return DEVICE_OK;
}

enum device_status coreml_request_create(struct device *device,
    const struct device_request_spec *spec, struct device_request **out,
    struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    enum device_status status = spec_check(spec, error);
    if (status != DEVICE_OK)
        return status;
    struct device_request *request = calloc(1, sizeof *request);
    if (!request)
        return device_memory_out(error, "request");
    struct apple_call call = apple_call_begin(&coreml->runtime, "request", error);
    request->procedure = spec->procedure;
    request->inputs = spec->inputs;
    request->outputs = spec->outputs;
    request->n_inputs = spec->n_inputs;
    request->n_outputs = spec->n_outputs;
    status =
        coreml_states_open(&call, request, &spec->program->base.mil->functions[spec->procedure]);
    if (status == DEVICE_OK)
        status = selectors_need(&call, coreml->options.copies, request->n_states > 0);
    if (status == DEVICE_OK && !(request->names = names_make(&coreml->runtime.entry, spec)))
        status = device_memory_out(error, "request");
    if (status == DEVICE_OK)
        status = features_make(request, spec, &call);
    if (status == DEVICE_OK)
        status = options_make(request, spec, &call);
    if (status == DEVICE_OK && request->n_states > 0)
        status = coreml_states_give(&call, request, spec->program);
    apple_call_end(&call);
    if (status != DEVICE_OK) {
        coreml_request_destroy(device, request);
        return status;
    }
    *out = request;
    return DEVICE_OK;
}

/* Each output as Core ML has made it. */
static enum device_status results_copy(
    struct device_request *request, struct apple_call *call, void *results) {
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < request->n_outputs && status == DEVICE_OK; i++) {
        void *value = coreml_features_value(call, results, request->names[i]);
        void *array = value ? coreml_value_array(call, value) : NULL;
        status = array ? coreml_array_read(call, request->outputs[i], array) : call->error->status;
    }
    return status;
}

static void *predict(struct device_request *request, struct apple_call *call) {
    void *model = request->base.program->models[request->procedure];
    if (request->n_states == 0)
        return coreml_model_predict(call, model, request->features, request->options);
    void *results = coreml_model_predict_state(
        call, model, request->features, request->state, request->options);
    if (results)
        coreml_states_hold(request);
    return results;
}

enum device_status coreml_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    const bool copies = coreml->options.copies;
    enum device_status status = coreml_qos_check(qos, "eval", error);
    if (status != DEVICE_OK)
        return status;
    struct apple_call call = apple_call_begin(&coreml->runtime, "eval", error);
    for (int i = 0; copies && i < request->n_inputs && status == DEVICE_OK; i++)
        if (!coreml_is_state(request->inputs[i]))
            status = coreml_array_write(&call, request->inputs[i], request->inputs[i]->array);
    if (request->n_states > 0 && status == DEVICE_OK)
        status = coreml_states_give(&call, request, request->base.program);
    void *results = status == DEVICE_OK ? predict(request, &call) : NULL;
    if (!results)
        status = error->status;
    else if (copies)
        status = results_copy(request, &call, results);
    apple_call_end(&call);
    return status;
}
