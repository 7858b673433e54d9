/* SPDX-License-Identifier: MIT
 *
 * One function per selector, named after it (apple_message.h). Arguments are objects unless said
 * otherwise, and none is NULL unless said otherwise.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_MESSAGE_H
#define ANEPROBE_DEVICE_ANE_ANE_MESSAGE_H

#include "device/ane/ane_framework.h"
#include "device/apple/apple_message.h"

/* ---- _ANEInMemoryModelDescriptor, _ANEInMemoryModel ------------------------------------------ */

/* `text` NSData of UTF-8, `weights` NSDictionary of path to NSDictionary with offset and data. No
 * options plist. */
void *ane_descriptor_create(struct apple_call *call, void *text, void *weights);
void *ane_model_create(struct apple_call *call, void *descriptor);
void *ane_model_hash(struct apple_call *call, void *model);       /* NSString */
void *ane_model_path(struct apple_call *call, void *model);       /* NSString */
void *ane_model_attributes(struct apple_call *call, void *model); /* NSDictionary */
void *ane_model_model(struct apple_call *call, void *model);      /* _ANEModel */
/* also false when it cannot be determined; then call->error says so. */
bool ane_model_compiled_exists(struct apple_call *call, void *model);
bool ane_model_compile(struct apple_call *call, void *model, unsigned qos, void *options);
bool ane_model_load(struct apple_call *call, void *model, unsigned qos, void *options);
bool ane_model_unload(struct apple_call *call, void *model, unsigned qos);
bool ane_model_purge(struct apple_call *call, void *model);
bool ane_model_evaluate(
    struct apple_call *call, void *model, unsigned qos, void *options, void *request);

/* ---- _ANEIOSurfaceObject, _ANERequest -------------------------------------------------------- */

void *ane_surface_wrap(struct apple_call *call, void *io_surface /* IOSurfaceRef */);
/* Surfaces must be wrapped; `weights_buffer` may be NULL; `stats` is an NSArray of
 * _ANEPerformanceStatsIOSurface or NULL. */
void *ane_request_create_object(struct apple_call *call, void *inputs, void *input_indices,
    void *outputs, void *output_indices, void *weights_buffer, void *stats, void *procedure);

/* ---- performance statistics ------------------------------------------------------------------ */

bool ane_model_stats_mask(struct apple_call *call, void *model, uint32_t mask);
bool ane_client_model_stats_mask(
    struct apple_call *call, void *model /* _ANEModel */, uint32_t mask);
void *ane_stats_surface_create(struct apple_call *call, void *wrapped_surface, int64_t stat_type);
/* false when it cannot be determined. *stats is an _ANEPerformanceStats, or NULL when the request
 * has none. */
bool ane_request_stats(struct apple_call *call, void *request, void **stats);
bool ane_stats_hardware_ns(struct apple_call *call, void *stats, uint64_t *hardware_ns);

/* ---- _ANEClient ------------------------------------------------------------------------------ */

void *ane_client_shared(struct apple_call *call);
/* A connection of its own. Owned by the caller, not autoreleased. */
void *ane_client_create(struct apple_call *call);
/* `model` is an _ANEModel. */
bool ane_client_evaluate(
    struct apple_call *call, void *client, void *model, void *options, void *request, unsigned qos);
bool ane_client_evaluate_direct(
    struct apple_call *call, void *client, void *model, void *options, void *request, unsigned qos);
bool ane_client_evaluate_realtime(
    struct apple_call *call, void *client, void *model, void *options, void *request);
bool ane_client_chain_prepare(struct apple_call *call, void *client, void *model, void *options,
    void *chaining_request, unsigned qos);
bool ane_client_chain_ready(struct apple_call *call, void *client, void *model, void *input_ready,
    void *options, unsigned qos);
bool ane_client_chain_enqueue(struct apple_call *call, void *client, void *model,
    void *output_set_enqueue, void *options, unsigned qos);

/* ---- mutable weights, since macOS 27; `model` is an _ANEModel, `procedure` an NSNumber ---------- */

bool ane_client_weights_map(struct apple_call *call, void *client, void *model, void *procedure,
    void **weights, uint64_t *bytes);
bool ane_client_weights_sync(struct apple_call *call, void *client, void *model, void *procedure,
    uint64_t offset, uint64_t bytes);
bool ane_client_weights_unmap(struct apple_call *call, void *client, void *model, void *procedure);

/* ---- chaining -------------------------------------------------------------------------------- */

struct ane_chaining {
    void *inputs;           /* NSArray of _ANEBuffer */
    void *output_sets;      /* NSArray of _ANEIOSurfaceOutputSets */
    void *loopback_inputs;  /* NSArray of NSNumber */
    void *loopback_outputs; /* NSArray of NSNumber */
    void *procedure;        /* NSNumber; an NSArray here raises an exception */
    void *signal_events;    /* NSArray */
    void *zero;             /* NSNumber: transaction handle, enqueue delay, memory pool */
};
void *ane_chain_create(struct apple_call *call, const struct ane_chaining *parts);
bool ane_chain_validate(struct apple_call *call, void *chaining_request);
/* `symbol` NSNumber. */
void *ane_buffer_create(struct apple_call *call, void *wrapped_surface, void *symbol, bool output);
void *ane_output_sets_create(
    struct apple_call *call, void *stats_surface /* IOSurfaceRef */, void *buffers);
void *ane_output_set_enqueue_create(struct apple_call *call, uint32_t procedure, uint32_t set,
    uint64_t signal_value, bool signal_not_required, bool open_loop);
/* `infos` and `free_values` NSArray of NSNumber. */
void *ane_input_ready_create(
    struct apple_call *call, uint32_t procedure, void *infos, void *free_values, uint64_t delay);

/* ---- _ANEDeviceInfo -------------------------------------------------------------------------- */

/* For the selectors ANE_INFO_*; the caller knows their result types. Return false when absent. */
bool ane_info_bool(struct apple_call *call, enum ane_selector which, bool *value);
bool ane_info_number(struct apple_call *call, enum ane_selector which, int64_t *value);
void *ane_info_string(struct apple_call *call, enum ane_selector which);

#endif
