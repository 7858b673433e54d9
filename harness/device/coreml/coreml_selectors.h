/* SPDX-License-Identifier: MIT
 *
 * Every selector that the coreml device sends, once. All are public and documented by Apple. Drives
 * the checks before each message (apple_runtime.h), `aneprobe doctor`, and
 * harness/device/apple/SELECTORS.md.
 *
 * X(NAME, kind, "class", "selector", "types", "since", "source", "verified")
 *   kind, types, verified   as in struct apple_selector_row
 *   since     the macOS that has it first; the types are those of its declaration
 *   source    who published a use of it; "documentation" is developer.apple.com
 * The class of what an eval returns is Core ML's own, with the methods of the protocol
 * MLFeatureProvider; its selector is looked up in MLDictionaryFeatureProvider, which has them too.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_SELECTORS_H
#define ANEPROBE_DEVICE_COREML_COREML_SELECTORS_H

/* clang-format off */
#define COREML_SELECTORS(X) \
    X(URL_FILE, +, "NSURL", "fileURLWithPath:", "@@:@", "macOS 10.0", "documentation", "no") \
    X(URL_PATH, -, "NSURL", "path", "@@:", "macOS 10.0", "documentation", "no") \
    X(URL_RELATIVE, +, "NSURL", "fileURLWithPath:relativeToURL:", "@@:@@", "macOS 10.11", "apple/coremltools", "no") \
    X(ASSET, +, "MLModelAsset", "modelAssetWithSpecificationData:error:", "@@:@^@", "macOS 13", "apple/coremltools", "no") \
    X(ASSET_WITH_WEIGHTS, +, "MLModelAsset", "modelAssetWithSpecificationData:blobMapping:error:", "@@:@@^@", "macOS 15", "apple/coremltools", "no") \
    X(MODEL_COMPILE, +, "MLModel", "compileModelAtURL:error:", "@@:@^@", "macOS 10.13", "apple/coremltools", "no") \
    X(MODEL_LOAD, +, "MLModel", "modelWithContentsOfURL:configuration:error:", "@@:@@^@", "macOS 10.14", "apple/coremltools", "no") \
    X(MODEL_LOAD_ASSET, +, "MLModel", "loadModelAsset:configuration:completionHandler:", "v@:@@@?", "macOS 13", "apple/coremltools", "no") \
    X(MODEL_PREDICT, -, "MLModel", "predictionFromFeatures:options:error:", "@@:@@^@", "macOS 10.13", "apple/coremltools", "no") \
    X(MODEL_STATE, -, "MLModel", "newState", "@@:", "macOS 15", "apple/coremltools", "no") \
    X(MODEL_PREDICT_STATE, -, "MLModel", "predictionFromFeatures:usingState:options:error:", "@@:@@@^@", "macOS 15", "apple/coremltools", "no") \
    X(STATE_ARRAY, -, "MLState", "getMultiArrayForStateNamed:handler:", "v@:@@?", "macOS 15", "apple/coremltools", "no") \
    X(MODEL_DEVICES, +, "MLModel", "availableComputeDevices", "@@:", "macOS 14", "apple/coremltools", "no") \
    X(ENGINE_CORES, -, "MLNeuralEngineComputeDevice", "totalCoreCount", "q@:", "macOS 14", "apple/coremltools", "no") \
    X(CONFIGURATION_NEW, +, "MLModelConfiguration", "new", "@@:", "macOS 10.14", "documentation", "no") \
    X(CONFIGURATION_UNITS, -, "MLModelConfiguration", "setComputeUnits:", "v@:q", "macOS 10.14", "apple/coremltools", "no") \
    X(CONFIGURATION_FUNCTION, -, "MLModelConfiguration", "setFunctionName:", "v@:@", "macOS 15", "apple/coremltools", "no") \
    X(OPTIONS_NEW, +, "MLPredictionOptions", "new", "@@:", "macOS 10.13", "documentation", "no") \
    X(OPTIONS_BACKINGS, -, "MLPredictionOptions", "setOutputBackings:", "v@:@", "macOS 13", "apple/coremltools", "no") \
    X(ARRAY_ALLOC, +, "MLMultiArray", "alloc", "@@:", "macOS 10.13", "documentation", "no") \
    X(ARRAY_OF_PIXELS, -, "MLMultiArray", "initWithPixelBuffer:shape:", "@@:^{__CVBuffer=}@", "macOS 12", "apple/coremltools", "no") \
    X(ARRAY_OF_SHAPE, -, "MLMultiArray", "initWithShape:dataType:error:", "@@:@q^@", "macOS 10.13", "apple/coremltools", "no") \
    X(ARRAY_POINTER, -, "MLMultiArray", "dataPointer", "^v@:", "macOS 10.13", "documentation", "no") \
    X(ARRAY_STRIDES, -, "MLMultiArray", "strides", "@@:", "macOS 10.13", "documentation", "no") \
    X(VALUE_OF_ARRAY, +, "MLFeatureValue", "featureValueWithMultiArray:", "@@:@", "macOS 10.13", "apple/coremltools", "no") \
    X(VALUE_ARRAY, -, "MLFeatureValue", "multiArrayValue", "@@:", "macOS 10.13", "apple/coremltools", "no") \
    X(FEATURES_ALLOC, +, "MLDictionaryFeatureProvider", "alloc", "@@:", "macOS 10.13", "documentation", "no") \
    X(FEATURES_INIT, -, "MLDictionaryFeatureProvider", "initWithDictionary:error:", "@@:@^@", "macOS 10.13", "apple/coremltools", "no") \
    X(FEATURES_VALUE, -, "MLDictionaryFeatureProvider", "featureValueForName:", "@@:@", "macOS 10.13", "apple/coremltools", "no") \
    X(PLAN_LOAD, +, "MLComputePlan", "loadContentsOfURL:configuration:completionHandler:", "v@:@@@?", "macOS 14.4", "apple/coremltools", "no") \
    X(PLAN_LOAD_ASSET, +, "MLComputePlan", "loadModelAsset:configuration:completionHandler:", "v@:@@@?", "macOS 14.4", "apple/coremltools", "no") \
    X(PLAN_STRUCTURE, -, "MLComputePlan", "modelStructure", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(PLAN_USAGE, -, "MLComputePlan", "computeDeviceUsageForMLProgramOperation:", "@@:@", "macOS 14.4", "apple/coremltools", "no") \
    X(PLAN_COST, -, "MLComputePlan", "estimatedCostOfMLProgramOperation:", "@@:@", "macOS 14.4", "apple/coremltools", "no") \
    X(STRUCTURE_PROGRAM, -, "MLModelStructure", "program", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(PROGRAM_FUNCTIONS, -, "MLModelStructureProgram", "functions", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(FUNCTION_BLOCK, -, "MLModelStructureProgramFunction", "block", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(BLOCK_OPERATIONS, -, "MLModelStructureProgramBlock", "operations", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(OPERATION_NAME, -, "MLModelStructureProgramOperation", "operatorName", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(OPERATION_OUTPUTS, -, "MLModelStructureProgramOperation", "outputs", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(NAMED_NAME, -, "MLModelStructureProgramNamedValueType", "name", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(USAGE_PREFERRED, -, "MLComputePlanDeviceUsage", "preferredComputeDevice", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(USAGE_SUPPORTED, -, "MLComputePlanDeviceUsage", "supportedComputeDevices", "@@:", "macOS 14.4", "apple/coremltools", "no") \
    X(COST_WEIGHT, -, "MLComputePlanCost", "weight", "d@:", "macOS 14.4", "apple/coremltools", "no")
/* clang-format on */

#endif
