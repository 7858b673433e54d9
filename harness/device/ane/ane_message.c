/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_message.h"

typedef void *id, *SEL;
#define SEND APPLE_SEND
#define CLASS APPLE_CLASS
#define SELECTOR APPLE_SELECTOR

void *ane_descriptor_create(struct apple_call *call, void *text, void *weights) {
    const enum ane_selector which = ANE_DESCRIPTOR_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id, id))(
            CLASS(call, which), SELECTOR(call, which), text, weights, NULL),
        NULL);
}

void *ane_model_create(struct apple_call *call, void *descriptor) {
    const enum ane_selector which = ANE_MODEL_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id))(CLASS(call, which), SELECTOR(call, which), descriptor), NULL);
}

void *ane_model_hash(struct apple_call *call, void *model) {
    return apple_property(call, ANE_MODEL_HASH, model);
}

void *ane_model_path(struct apple_call *call, void *model) {
    return apple_property(call, ANE_MODEL_PATH, model);
}

void *ane_model_attributes(struct apple_call *call, void *model) {
    return apple_property(call, ANE_MODEL_ATTRIBUTES, model);
}

void *ane_model_model(struct apple_call *call, void *model) {
    return apple_property(call, ANE_MODEL_MODEL, model);
}

bool ane_model_compiled_exists(struct apple_call *call, void *model) {
    const enum ane_selector which = ANE_MODEL_COMPILED_EXISTS;
    return apple_ready(call, which) && SEND(call, bool, (id, SEL))(model, SELECTOR(call, which));
}

bool ane_model_compile(struct apple_call *call, void *model, unsigned qos, void *options) {
    const enum ane_selector which = ANE_MODEL_COMPILE;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, unsigned, id, id *))(
        model, SELECTOR(call, which), qos, options, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_model_load(struct apple_call *call, void *model, unsigned qos, void *options) {
    const enum ane_selector which = ANE_MODEL_LOAD;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, unsigned, id, id *))(
        model, SELECTOR(call, which), qos, options, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_model_unload(struct apple_call *call, void *model, unsigned qos) {
    const enum ane_selector which = ANE_MODEL_UNLOAD;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes =
        SEND(call, bool, (id, SEL, unsigned, id *))(model, SELECTOR(call, which), qos, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_model_purge(struct apple_call *call, void *model) {
    const enum ane_selector which = ANE_MODEL_PURGE;
    if (!apple_ready(call, which))
        return false;
    SEND(call, void, (id, SEL))(model, SELECTOR(call, which));
    return true;
}

bool ane_model_evaluate(
    struct apple_call *call, void *model, unsigned qos, void *options, void *request) {
    const enum ane_selector which = ANE_MODEL_EVALUATE;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, unsigned, id, id, id *))(
        model, SELECTOR(call, which), qos, options, request, &error);
    return apple_answer(call, which, yes, error);
}

void *ane_surface_wrap(struct apple_call *call, void *io_surface) {
    const enum ane_selector which = ANE_SURFACE_WRAP;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id))(CLASS(call, which), SELECTOR(call, which), io_surface), NULL);
}

void *ane_request_create_object(struct apple_call *call, void *inputs, void *input_indices,
    void *outputs, void *output_indices, void *weights_buffer, void *stats, void *procedure) {
    const enum ane_selector which = ANE_REQUEST_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id, id, id, id, id, id))(CLASS(call, which),
            SELECTOR(call, which), inputs, input_indices, outputs, output_indices, weights_buffer,
            stats, procedure),
        NULL);
}

static bool mask_set(
    struct apple_call *call, enum ane_selector which, void *receiver, uint32_t mask) {
    if (!apple_ready(call, which))
        return false;
    SEND(call, void, (id, SEL, uint32_t))(receiver, SELECTOR(call, which), mask);
    return true;
}

bool ane_model_stats_mask(struct apple_call *call, void *model, uint32_t mask) {
    return mask_set(call, ANE_MODEL_STATS_MASK, model, mask);
}

bool ane_client_model_stats_mask(struct apple_call *call, void *model, uint32_t mask) {
    return mask_set(call, ANE_CLIENT_MODEL_STATS_MASK, model, mask);
}

void *ane_stats_surface_create(struct apple_call *call, void *wrapped_surface, int64_t stat_type) {
    const enum ane_selector which = ANE_STATS_SURFACE_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, int64_t))(
            CLASS(call, which), SELECTOR(call, which), wrapped_surface, stat_type),
        NULL);
}

bool ane_request_stats(struct apple_call *call, void *request, void **stats) {
    const enum ane_selector which = ANE_REQUEST_STATS;
    if (!apple_ready(call, which))
        return false;
    *stats = SEND(call, id, (id, SEL))(request, SELECTOR(call, which));
    return true;
}

bool ane_stats_hardware_ns(struct apple_call *call, void *stats, uint64_t *hardware_ns) {
    const enum ane_selector which = ANE_STATS_HARDWARE_TIME;
    const struct apple_entry *e = &call->runtime->entry;
    if (!apple_ready(call, which))
        return false;
    /* It is not certain what a request returns, and a message that the object does not know ends
     * the process. */
    if (!e->class_getInstanceMethod(e->object_getClass(stats), SELECTOR(call, which))) {
        device_error_set(call->error, DEVICE_UNSUPPORTED, call->stage,
            "the request's perfStats has no hwExecutionTime on this OS; it is not read");
        return false;
    }
    *hardware_ns = SEND(call, uint64_t, (id, SEL))(stats, SELECTOR(call, which));
    return true;
}

void *ane_client_shared(struct apple_call *call) {
    const enum ane_selector which = ANE_CLIENT_SHARED;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(
        call, which, SEND(call, id, (id, SEL))(CLASS(call, which), SELECTOR(call, which)), NULL);
}

void *ane_client_create(struct apple_call *call) {
    if (!apple_ready(call, ANE_CLIENT_ALLOC) || !apple_ready(call, ANE_CLIENT_INIT))
        return NULL;
    void *raw =
        SEND(call, id, (id, SEL))(CLASS(call, ANE_CLIENT_ALLOC), SELECTOR(call, ANE_CLIENT_ALLOC));
    if (!apple_given(call, ANE_CLIENT_ALLOC, raw, NULL))
        return NULL;
    /* The connection with which prepareChaining succeeded for thebasedcapital/ane-infer. */
    return apple_given(call, ANE_CLIENT_INIT,
        SEND(call, id, (id, SEL, bool))(raw, SELECTOR(call, ANE_CLIENT_INIT), true), NULL);
}

/* The selectors of _ANEClient that take model, two objects, QoS and error. */
static bool client_send(struct apple_call *call, enum ane_selector which, void *client, void *model,
    void *first, void *second, unsigned qos) {
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, id, id, id, unsigned, id *))(
        client, SELECTOR(call, which), model, first, second, qos, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_client_evaluate(struct apple_call *call, void *client, void *model, void *options,
    void *request, unsigned qos) {
    return client_send(call, ANE_CLIENT_EVALUATE, client, model, options, request, qos);
}

bool ane_client_evaluate_direct(struct apple_call *call, void *client, void *model, void *options,
    void *request, unsigned qos) {
    return client_send(call, ANE_CLIENT_EVALUATE_DIRECT, client, model, options, request, qos);
}

bool ane_client_evaluate_realtime(
    struct apple_call *call, void *client, void *model, void *options, void *request) {
    const enum ane_selector which = ANE_CLIENT_EVALUATE_REALTIME;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, id, id, id, id *))(
        client, SELECTOR(call, which), model, options, request, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_client_chain_prepare(struct apple_call *call, void *client, void *model, void *options,
    void *chaining_request, unsigned qos) {
    return client_send(
        call, ANE_CLIENT_CHAIN_PREPARE, client, model, options, chaining_request, qos);
}

bool ane_client_chain_ready(struct apple_call *call, void *client, void *model, void *input_ready,
    void *options, unsigned qos) {
    return client_send(call, ANE_CLIENT_CHAIN_READY, client, model, input_ready, options, qos);
}

bool ane_client_chain_enqueue(struct apple_call *call, void *client, void *model,
    void *output_set_enqueue, void *options, unsigned qos) {
    return client_send(
        call, ANE_CLIENT_CHAIN_ENQUEUE, client, model, output_set_enqueue, options, qos);
}

bool ane_client_weights_map(struct apple_call *call, void *client, void *model, void *procedure,
    void **weights, uint64_t *bytes) {
    const enum ane_selector which = ANE_CLIENT_WEIGHTS_MAP;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, id, id, void **, uint64_t *, id *))(
        client, SELECTOR(call, which), model, procedure, weights, bytes, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_client_weights_sync(struct apple_call *call, void *client, void *model, void *procedure,
    uint64_t offset, uint64_t bytes) {
    const enum ane_selector which = ANE_CLIENT_WEIGHTS_SYNC;
    if (!apple_ready(call, which))
        return false;
    void *error = NULL;
    bool yes = SEND(call, bool, (id, SEL, id, id, uint64_t, uint64_t, id *))(
        client, SELECTOR(call, which), model, procedure, offset, bytes, &error);
    return apple_answer(call, which, yes, error);
}

bool ane_client_weights_unmap(struct apple_call *call, void *client, void *model, void *procedure) {
    const enum ane_selector which = ANE_CLIENT_WEIGHTS_UNMAP;
    return apple_ready(call, which) &&
           apple_answer(call, which,
               SEND(call, bool, (id, SEL, id, id))(client, SELECTOR(call, which), model, procedure),
               NULL);
}

void *ane_chain_create(struct apple_call *call, const struct ane_chaining *parts) {
    const enum ane_selector which = ANE_CHAIN_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id, id, id, id, id, id, id, id))(CLASS(call, which),
            SELECTOR(call, which), parts->inputs, parts->output_sets, parts->loopback_inputs,
            parts->loopback_outputs, parts->procedure, parts->signal_events, parts->zero,
            parts->zero, parts->zero),
        NULL);
}

bool ane_chain_validate(struct apple_call *call, void *chaining_request) {
    const enum ane_selector which = ANE_CHAIN_VALIDATE;
    return apple_ready(call, which) &&
           apple_answer(call, which,
               SEND(call, bool, (id, SEL))(chaining_request, SELECTOR(call, which)), NULL);
}

void *ane_buffer_create(struct apple_call *call, void *wrapped_surface, void *symbol, bool output) {
    const enum ane_selector which = ANE_BUFFER_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id, long long))(
            CLASS(call, which), SELECTOR(call, which), wrapped_surface, symbol, output),
        NULL);
}

void *ane_output_sets_create(struct apple_call *call, void *stats_surface, void *buffers) {
    const enum ane_selector which = ANE_OUTPUT_SETS_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, id, id))(
            CLASS(call, which), SELECTOR(call, which), stats_surface, buffers),
        NULL);
}

void *ane_output_set_enqueue_create(struct apple_call *call, uint32_t procedure, uint32_t set,
    uint64_t signal_value, bool signal_not_required, bool open_loop) {
    const enum ane_selector which = ANE_OUTPUT_SET_ENQUEUE_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, uint32_t, uint32_t, uint64_t, bool, bool))(CLASS(call, which),
            SELECTOR(call, which), procedure, set, signal_value, signal_not_required, open_loop),
        NULL);
}

void *ane_input_ready_create(
    struct apple_call *call, uint32_t procedure, void *infos, void *free_values, uint64_t delay) {
    const enum ane_selector which = ANE_INPUT_READY_CREATE;
    if (!apple_ready(call, which))
        return NULL;
    return apple_given(call, which,
        SEND(call, id, (id, SEL, uint32_t, id, id, uint64_t))(
            CLASS(call, which), SELECTOR(call, which), procedure, infos, free_values, delay),
        NULL);
}

bool ane_info_bool(struct apple_call *call, enum ane_selector which, bool *value) {
    if (!apple_ready(call, which))
        return false;
    *value = SEND(call, bool, (id, SEL))(CLASS(call, which), SELECTOR(call, which));
    return true;
}

bool ane_info_number(struct apple_call *call, enum ane_selector which, int64_t *value) {
    if (!apple_ready(call, which))
        return false;
    if (call->runtime->framework->selectors[which].types[0] == 'I')
        *value = SEND(call, uint32_t, (id, SEL))(CLASS(call, which), SELECTOR(call, which));
    else
        *value = SEND(call, int64_t, (id, SEL))(CLASS(call, which), SELECTOR(call, which));
    return true;
}

void *ane_info_string(struct apple_call *call, enum ane_selector which) {
    return apple_property(call, which, CLASS(call, which));
}
