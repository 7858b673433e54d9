/* SPDX-License-Identifier: MIT
 *
 * One function per selector, named after it (apple_message.h). Arguments are objects unless said
 * otherwise, and none is NULL unless said otherwise. What *_new and array_* make is owned by the
 * caller, to release with objc_release.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_MESSAGE_H
#define ANEPROBE_DEVICE_COREML_COREML_MESSAGE_H

#include "device/apple/apple_block.h"
#include "device/apple/apple_message.h"
#include "device/coreml/coreml_framework.h"

/* MLComputeUnits */
enum coreml_units {
    COREML_UNITS_CPU = 0,
    COREML_UNITS_GPU = 1, /* the processor and the GPU */
    COREML_UNITS_ALL = 2,
    COREML_UNITS_NE = 3 /* the processor and the Neural Engine; macOS 13 */
};

/* MLMultiArrayDataType */
enum { COREML_ARRAY_FP16 = 65552, COREML_ARRAY_FP32 = 65568 };

void *coreml_url_file(struct apple_call *call, void *path /* NSString */);
void *coreml_url_path(struct apple_call *call, void *url); /* NSString */

/* Of a path that is relative to nothing in particular. */
void *coreml_url_relative(struct apple_call *call, void *path);

/* An MLModelAsset of the bytes of a model; `weights`, an NSDictionary of NSURL to NSData, may be NULL. */
void *coreml_asset_of(struct apple_call *call, void *model, void *weights);

/* The NSURL of a .mlmodelc in the system's temporary directory; the caller moves or removes it. */
void *coreml_model_compile(struct apple_call *call, void *package_url);
void *coreml_model_load(struct apple_call *call, void *compiled_url, void *configuration);
/* What loads with a completion handler. Waits for it, without end; what it gives is owned. */
enum coreml_loading {
    COREML_LOADING_MODEL = COREML_MODEL_LOAD_ASSET, /* of an MLModelAsset */
    COREML_LOADING_PLAN = COREML_PLAN_LOAD,         /* of the NSURL of a .mlmodelc */
    COREML_LOADING_PLAN_ASSET = COREML_PLAN_LOAD_ASSET
};
void *coreml_load_wait(
    struct apple_call *call, enum coreml_loading loading, void *source, void *configuration);
/* `features` and the result are MLFeatureProvider. */
void *coreml_model_predict(struct apple_call *call, void *model, void *features, void *options);
/* The model's own memory for its states: an MLState, zeros at first. */
void *coreml_model_state_new(struct apple_call *call, void *model);
/* The same, with states, which it reads and writes. */
void *coreml_model_predict_state(
    struct apple_call *call, void *model, void *features, void *state, void *options);
/* Gives the visitor the MLMultiArray of a state, by name. */
bool coreml_state_array(
    struct apple_call *call, void *state, void *name, struct apple_visitor *visitor);
/* NSArray of MLCPUComputeDevice, MLGPUComputeDevice, MLNeuralEngineComputeDevice. */
void *coreml_model_devices(struct apple_call *call);
bool coreml_engine_cores(struct apple_call *call, void *compute_device, int64_t *cores);

void *coreml_configuration_new(struct apple_call *call);
bool coreml_configuration_units(
    struct apple_call *call, void *configuration, enum coreml_units units);
bool coreml_configuration_function(struct apple_call *call, void *configuration, void *name);

void *coreml_options_new(struct apple_call *call);
bool coreml_options_backings(
    struct apple_call *call, void *options, void *backings /* NSDictionary of MLMultiArray */);

/* `shape` is an NSArray of NSNumber. `pixels` is a CVPixelBufferRef with one row for each position
 * on all axes but the last. */
void *coreml_array_of_pixels(struct apple_call *call, void *pixels, void *shape);
void *coreml_array_of_shape(struct apple_call *call, void *shape, int64_t data_type);
void *coreml_array_pointer(struct apple_call *call, void *array);
void *coreml_array_strides(struct apple_call *call, void *array); /* in elements */

void *coreml_value_of_array(struct apple_call *call, void *array);
void *coreml_value_array(struct apple_call *call, void *value);
/* `values` is an NSDictionary of name to MLFeatureValue. */
void *coreml_features_new(struct apple_call *call, void *values);
void *coreml_features_value(struct apple_call *call, void *features, void *name);

/* ---- MLComputePlan --------------------------------------------------------------------------- */

void *coreml_plan_structure(struct apple_call *call, void *plan); /* MLModelStructure */
/* Of an operation; NULL where the plan has none, as for constants. */
void *coreml_plan_usage(struct apple_call *call, void *plan, void *operation);
void *coreml_plan_cost(struct apple_call *call, void *plan, void *operation);
void *coreml_structure_program(struct apple_call *call, void *structure);
void *coreml_program_functions(struct apple_call *call, void *program); /* NSDictionary */
void *coreml_function_block(struct apple_call *call, void *function);
void *coreml_block_operations(struct apple_call *call, void *block);      /* NSArray */
void *coreml_operation_name(struct apple_call *call, void *operation);    /* NSString */
void *coreml_operation_outputs(struct apple_call *call, void *operation); /* NSArray */
void *coreml_named_name(struct apple_call *call, void *named_value_type); /* NSString */
void *coreml_usage_preferred(struct apple_call *call, void *usage);
void *coreml_usage_supported(struct apple_call *call, void *usage); /* NSArray */
bool coreml_cost_weight(struct apple_call *call, void *cost, double *weight);

#endif
