/* SPDX-License-Identifier: MIT */
#include "device/coreml/coreml_message.h"

typedef void *id, *SEL;
#define SEND APPLE_SEND
#define CLASS APPLE_CLASS
#define SELECTOR APPLE_SELECTOR

/* A class's method, or an object's, that takes one object and returns one. */
static void *with_object(struct apple_call *call, int which, void *receiver, void *argument) {
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id))(receiver, SELECTOR(call, which), argument), NULL);
}

/* The same without a result. */
static bool set_object(struct apple_call *call, int which, void *receiver, void *argument) {
    if (!apple_ready(call, which))
        return false;
    SEND(call, void, (id, SEL, id))(receiver, SELECTOR(call, which), argument);
    return true;
}

void *coreml_url_file(struct apple_call *call, void *path) {
    return with_object(call, COREML_URL_FILE, CLASS(call, COREML_URL_FILE), path);
}

void *coreml_url_path(struct apple_call *call, void *url) {
    return apple_property(call, COREML_URL_PATH, url);
}

void *coreml_url_relative(struct apple_call *call, void *path) {
    const enum coreml_selector which = COREML_URL_RELATIVE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id))(CLASS(call, which), SELECTOR(call, which), path, NULL),
        NULL);
}

void *coreml_asset_of(struct apple_call *call, void *model, void *weights) {
    const enum coreml_selector which = weights ? COREML_ASSET_WITH_WEIGHTS : COREML_ASSET;
    void *error = NULL, *asset;
    if (!apple_ready(call, which))
        return NULL;
    if (weights)
        asset = SEND(call, id, (id, SEL, id, id, id *))(
            CLASS(call, which), SELECTOR(call, which), model, weights, &error);
    else
        asset = SEND(call, id, (id, SEL, id, id *))(
            CLASS(call, which), SELECTOR(call, which), model, &error);
    return apple_given(call, which, asset, error);
}

void *coreml_load_wait(
    struct apple_call *call, enum coreml_loading loading, void *source, void *configuration) {
    const struct apple_entry *e = &call->runtime->entry;
    const int which = (int)loading;
    struct apple_completion completion;
    void *loaded, *error;
    if (!apple_ready(call, which))
        return NULL;
    if (!apple_completion_open(e, &completion)) {
        device_error_set(call->error, DEVICE_BROKEN, call->stage, "out of memory; free programs");
        return NULL;
    }
    SEND(call, void, (id, SEL, id, id, id))
    (CLASS(call, which), SELECTOR(call, which), source, configuration, &completion.block);
    apple_completion_wait(&completion, &loaded, &error);
    (void)apple_given(call, which, loaded, error);
    if (error)
        e->objc_release(error);
    return loaded;
}

void *coreml_model_compile(struct apple_call *call, void *package_url) {
    const enum coreml_selector which = COREML_MODEL_COMPILE;
    if (!apple_ready(call, which))
        return NULL;
    void *error = NULL;
    void *url = SEND(call, id, (id, SEL, id, id *))(
        CLASS(call, which), SELECTOR(call, which), package_url, &error);
    return apple_given(call, which, url, error);
}

void *coreml_model_load(struct apple_call *call, void *compiled_url, void *configuration) {
    const enum coreml_selector which = COREML_MODEL_LOAD;
    if (!apple_ready(call, which))
        return NULL;
    void *error = NULL;
    void *model = SEND(call, id, (id, SEL, id, id, id *))(
        CLASS(call, which), SELECTOR(call, which), compiled_url, configuration, &error);
    return apple_given(call, which, model, error);
}

void *coreml_model_predict(struct apple_call *call, void *model, void *features, void *options) {
    const enum coreml_selector which = COREML_MODEL_PREDICT;
    if (!apple_ready(call, which))
        return NULL;
    void *error = NULL;
    void *results = SEND(call, id, (id, SEL, id, id, id *))(
        model, SELECTOR(call, which), features, options, &error);
    return apple_given(call, which, results, error);
}

void *coreml_model_state_new(struct apple_call *call, void *model) {
    return apple_property(call, COREML_MODEL_STATE, model);
}

void *coreml_model_predict_state(
    struct apple_call *call, void *model, void *features, void *state, void *options) {
    const enum coreml_selector which = COREML_MODEL_PREDICT_STATE;
    if (!apple_ready(call, which))
        return NULL;
    void *error = NULL;
    void *results = SEND(call, id, (id, SEL, id, id, id, id *))(
        model, SELECTOR(call, which), features, state, options, &error);
    return apple_given(call, which, results, error);
}

bool coreml_state_array(
    struct apple_call *call, void *state, void *name, struct apple_visitor *visitor) {
    const enum coreml_selector which = COREML_STATE_ARRAY;
    if (!apple_ready(call, which))
        return false;
    SEND(call, void, (id, SEL, id, id))(state, SELECTOR(call, which), name, &visitor->block);
    return apple_answer(call, which, visitor->n_visits > 0, NULL);
}

void *coreml_model_devices(struct apple_call *call) {
    return apple_property(call, COREML_MODEL_DEVICES, CLASS(call, COREML_MODEL_DEVICES));
}

bool coreml_engine_cores(struct apple_call *call, void *compute_device, int64_t *cores) {
    const enum coreml_selector which = COREML_ENGINE_CORES;
    if (!apple_ready(call, which))
        return false;
    *cores = SEND(call, int64_t, (id, SEL))(compute_device, SELECTOR(call, which));
    return true;
}

void *coreml_configuration_new(struct apple_call *call) {
    return apple_property(call, COREML_CONFIGURATION_NEW, CLASS(call, COREML_CONFIGURATION_NEW));
}

bool coreml_configuration_units(
    struct apple_call *call, void *configuration, enum coreml_units units) {
    const enum coreml_selector which = COREML_CONFIGURATION_UNITS;
    if (!apple_ready(call, which))
        return false;
    SEND(call, void, (id, SEL, int64_t))(configuration, SELECTOR(call, which), (int64_t)units);
    return true;
}

bool coreml_configuration_function(struct apple_call *call, void *configuration, void *name) {
    return set_object(call, COREML_CONFIGURATION_FUNCTION, configuration, name);
}

void *coreml_options_new(struct apple_call *call) {
    return apple_property(call, COREML_OPTIONS_NEW, CLASS(call, COREML_OPTIONS_NEW));
}

bool coreml_options_backings(struct apple_call *call, void *options, void *backings) {
    return set_object(call, COREML_OPTIONS_BACKINGS, options, backings);
}

/* Raw, to be given to an init at once, which releases it when it fails. */
static void *alloc(struct apple_call *call, enum coreml_selector which) {
    return apple_property(call, which, CLASS(call, which));
}

void *coreml_array_of_pixels(struct apple_call *call, void *pixels, void *shape) {
    const enum coreml_selector which = COREML_ARRAY_OF_PIXELS;
    void *raw = apple_ready(call, which) ? alloc(call, COREML_ARRAY_ALLOC) : NULL;
    if (!raw)
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id))(raw, SELECTOR(call, which), pixels, shape), NULL);
}

void *coreml_array_of_shape(struct apple_call *call, void *shape, int64_t data_type) {
    const enum coreml_selector which = COREML_ARRAY_OF_SHAPE;
    void *raw = apple_ready(call, which) ? alloc(call, COREML_ARRAY_ALLOC) : NULL;
    if (!raw)
        return NULL;
    void *error = NULL;
    void *array = SEND(call, id, (id, SEL, id, int64_t, id *))(
        raw, SELECTOR(call, which), shape, data_type, &error);
    return apple_given(call, which, array, error);
}

void *coreml_array_pointer(struct apple_call *call, void *array) {
    return apple_property(call, COREML_ARRAY_POINTER, array);
}

void *coreml_array_strides(struct apple_call *call, void *array) {
    return apple_property(call, COREML_ARRAY_STRIDES, array);
}

void *coreml_value_of_array(struct apple_call *call, void *array) {
    return with_object(call, COREML_VALUE_OF_ARRAY, CLASS(call, COREML_VALUE_OF_ARRAY), array);
}

void *coreml_value_array(struct apple_call *call, void *value) {
    return apple_property(call, COREML_VALUE_ARRAY, value);
}

void *coreml_features_new(struct apple_call *call, void *values) {
    const enum coreml_selector which = COREML_FEATURES_INIT;
    void *raw = apple_ready(call, which) ? alloc(call, COREML_FEATURES_ALLOC) : NULL;
    if (!raw)
        return NULL;
    void *error = NULL;
    void *features =
        SEND(call, id, (id, SEL, id, id *))(raw, SELECTOR(call, which), values, &error);
    return apple_given(call, which, features, error);
}

void *coreml_features_value(struct apple_call *call, void *features, void *name) {
    return with_object(call, COREML_FEATURES_VALUE, features, name);
}

/* ---- MLComputePlan --------------------------------------------------------------------------- */

void *coreml_plan_structure(struct apple_call *call, void *plan) {
    return apple_property(call, COREML_PLAN_STRUCTURE, plan);
}

void *coreml_plan_usage(struct apple_call *call, void *plan, void *operation) {
    return with_object(call, COREML_PLAN_USAGE, plan, operation);
}

void *coreml_plan_cost(struct apple_call *call, void *plan, void *operation) {
    return with_object(call, COREML_PLAN_COST, plan, operation);
}

void *coreml_structure_program(struct apple_call *call, void *structure) {
    return apple_property(call, COREML_STRUCTURE_PROGRAM, structure);
}

void *coreml_program_functions(struct apple_call *call, void *program) {
    return apple_property(call, COREML_PROGRAM_FUNCTIONS, program);
}

void *coreml_function_block(struct apple_call *call, void *function) {
    return apple_property(call, COREML_FUNCTION_BLOCK, function);
}

void *coreml_block_operations(struct apple_call *call, void *block) {
    return apple_property(call, COREML_BLOCK_OPERATIONS, block);
}

void *coreml_operation_name(struct apple_call *call, void *operation) {
    return apple_property(call, COREML_OPERATION_NAME, operation);
}

void *coreml_operation_outputs(struct apple_call *call, void *operation) {
    return apple_property(call, COREML_OPERATION_OUTPUTS, operation);
}

void *coreml_named_name(struct apple_call *call, void *named_value_type) {
    return apple_property(call, COREML_NAMED_NAME, named_value_type);
}

void *coreml_usage_preferred(struct apple_call *call, void *usage) {
    return apple_property(call, COREML_USAGE_PREFERRED, usage);
}

void *coreml_usage_supported(struct apple_call *call, void *usage) {
    return apple_property(call, COREML_USAGE_SUPPORTED, usage);
}

bool coreml_cost_weight(struct apple_call *call, void *cost, double *weight) {
    const enum coreml_selector which = COREML_COST_WEIGHT;
    if (!apple_ready(call, which))
        return false;
    *weight = SEND(call, double, (id, SEL))(cost, SELECTOR(call, which));
    return true;
}
