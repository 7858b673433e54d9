/* SPDX-License-Identifier: MIT
 *
 * Every selector that the ane device sends, once: its class, its types, who published it, and
 * whether this suite has ever worked with it. Drives the checks before each message
 * (apple_runtime.h), `aneprobe doctor`, and harness/device/apple/SELECTORS.md.
 *
 * X(NAME, kind, "class", "selector", "types", "basis", "source", "verified")
 *   kind, types  as in struct apple_selector_row
 *   basis     where the types come from: "header dump" is MTACS/iOS-17-Runtime-Headers, "dump of
 *             macOS 27" the encoding on an M2 with 27.0 (logan-ane), "its name" a guess from the name
 *   source    who published a use of it
 *   verified  chip and OS of a stored run of this suite that used it, "no" if there is none
 * Sources are projects on GitHub.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_SELECTORS_H
#define ANEPROBE_DEVICE_ANE_ANE_SELECTORS_H

/* clang-format off */
#define ANE_SELECTORS(X) \
    X(DESCRIPTOR_CREATE, +, "_ANEInMemoryModelDescriptor", "modelWithMILText:weights:optionsPlist:", "@@:@@@", "header dump", "maderix/ANE", "no") \
    X(MODEL_CREATE, +, "_ANEInMemoryModel", "inMemoryModelWithDescriptor:", "@@:@", "header dump", "maderix/ANE", "no") \
    X(MODEL_HASH, -, "_ANEInMemoryModel", "hexStringIdentifier", "@@:", "header dump", "maderix/ANE", "no") \
    X(MODEL_PATH, -, "_ANEInMemoryModel", "localModelPath", "@@:", "header dump", "AmiraniLabs/libane", "no") \
    X(MODEL_COMPILED_EXISTS, -, "_ANEInMemoryModel", "compiledModelExists", "B@:", "header dump", "AmiraniLabs/libane", "no") \
    X(MODEL_COMPILE, -, "_ANEInMemoryModel", "compileWithQoS:options:error:", "B@:I@^@", "header dump", "maderix/ANE", "no") \
    X(MODEL_LOAD, -, "_ANEInMemoryModel", "loadWithQoS:options:error:", "B@:I@^@", "header dump", "maderix/ANE", "no") \
    X(MODEL_UNLOAD, -, "_ANEInMemoryModel", "unloadWithQoS:error:", "B@:I^@", "header dump", "maderix/ANE", "no") \
    X(MODEL_PURGE, -, "_ANEInMemoryModel", "purgeCompiledModel", "v@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(MODEL_EVALUATE, -, "_ANEInMemoryModel", "evaluateWithQoS:options:request:error:", "B@:I@@^@", "header dump", "maderix/ANE", "no") \
    X(MODEL_ATTRIBUTES, -, "_ANEInMemoryModel", "modelAttributes", "@@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(MODEL_MODEL, -, "_ANEInMemoryModel", "model", "@@:", "header dump", "thebasedcapital/ane-infer", "no") \
    X(SURFACE_WRAP, +, "_ANEIOSurfaceObject", "objectWithIOSurface:", "@@:^{__IOSurface=}", "header dump", "maderix/ANE", "no") \
    X(REQUEST_CREATE, +, "_ANERequest", "requestWithInputs:inputIndices:outputs:outputIndices:weightsBuffer:perfStats:procedureIndex:", "@@:@@@@@@@", "header dump", "maderix/ANE", "no") \
    X(REQUEST_STATS, -, "_ANERequest", "perfStats", "@@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(MODEL_STATS_MASK, -, "_ANEInMemoryModel", "setPerfStatsMask:", "v@:I", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(CLIENT_MODEL_STATS_MASK, -, "_ANEModel", "setPerfStatsMask:", "v@:I", "header dump", "dev-erik/ANE", "no") \
    X(STATS_SURFACE_CREATE, +, "_ANEPerformanceStatsIOSurface", "objectWithIOSurface:statType:", "@@:@q", "header dump", "christopherkarani/Espresso", "no") \
    X(STATS_HARDWARE_TIME, -, "_ANEPerformanceStats", "hwExecutionTime", "Q@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(CLIENT_ALLOC, +, "_ANEClient", "alloc", "@@:", "NSObject", "thebasedcapital/ane-infer", "no") \
    X(CLIENT_INIT, -, "_ANEClient", "initWithRestrictedAccessAllowed:", "@@:B", "header dump", "thebasedcapital/ane-infer", "no") \
    X(CLIENT_SHARED, +, "_ANEClient", "sharedConnection", "@@:", "header dump", "dev-erik/ANE", "no") \
    X(CLIENT_EVALUATE, -, "_ANEClient", "evaluateWithModel:options:request:qos:error:", "B@:@@@I^@", "header dump", "dev-erik/ANE", "no") \
    X(CLIENT_EVALUATE_DIRECT, -, "_ANEClient", "doEvaluateDirectWithModel:options:request:qos:error:", "B@:@@@I^@", "header dump", "thebasedcapital/ane-infer", "no") \
    X(CLIENT_EVALUATE_REALTIME, -, "_ANEClient", "evaluateRealTimeWithModel:options:request:error:", "B@:@@@^@", "header dump", "dev-erik/ANE", "no") \
    X(CLIENT_CHAIN_PREPARE, -, "_ANEClient", "prepareChainingWithModel:options:chainingReq:qos:error:", "B@:@@@I^@", "header dump", "dev-erik/ANE", "no") \
    X(CLIENT_CHAIN_READY, -, "_ANEClient", "buffersReadyWithModel:inputBuffers:options:qos:error:", "B@:@@@I^@", "header dump", "thebasedcapital/ane-infer", "no") \
    X(CLIENT_CHAIN_ENQUEUE, -, "_ANEClient", "enqueueSetsWithModel:outputSet:options:qos:error:", "B@:@@@I^@", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(CLIENT_WEIGHTS_MAP, -, "_ANEClient", "mapMutableWeightsForModel:andProcedure:mappedWeightsBuffer:size:error:", "B@:@@^^v^Q^@", "dump of macOS 27", "blacktop/ipsw-diffs", "no") \
    X(CLIENT_WEIGHTS_SYNC, -, "_ANEClient", "syncMutableWeightsForModel:andProcedure:fromOffset:withSize:error:", "B@:@@QQ^@", "its name", "blacktop/ipsw-diffs", "no") \
    X(CLIENT_WEIGHTS_UNMAP, -, "_ANEClient", "unmapMutableWeightsForModel:andProcedure:", "B@:@@", "its name", "blacktop/ipsw-diffs", "no") \
    X(CHAIN_CREATE, +, "_ANEChainingRequest", "chainingRequestWithInputs:outputSets:lbInputSymbolId:lbOutputSymbolId:procedureIndex:signalEvents:transactionHandle:fwEnqueueDelay:memoryPoolId:", "@@:@@@@@@@@@", "header dump", "dev-erik/ANE", "no") \
    X(CHAIN_VALIDATE, -, "_ANEChainingRequest", "validate", "B@:", "header dump", "dev-erik/ANE", "no") \
    X(BUFFER_CREATE, +, "_ANEBuffer", "bufferWithIOSurfaceObject:symbolIndex:source:", "@@:@@q", "header dump", "dev-erik/ANE", "no") \
    X(OUTPUT_SETS_CREATE, +, "_ANEIOSurfaceOutputSets", "objectWithstatsSurRef:outputBuffer:", "@@:^{__IOSurface=}@", "header dump", "thebasedcapital/ane-infer", "no") \
    X(OUTPUT_SET_ENQUEUE_CREATE, +, "_ANEOutputSetEnqueue", "outputSetWithProcedureIndex:setIndex:signalValue:signalNotRequired:isOpenLoop:", "@@:IIQBB", "header dump", "thebasedcapital/ane-infer", "no") \
    X(INPUT_READY_CREATE, +, "_ANEInputBuffersReady", "inputBuffersWithProcedureIndex:inputBufferInfoIndex:inputFreeValue:executionDelay:", "@@:I@@Q", "header dump", "thebasedcapital/ane-infer", "no") \
    X(INFO_HAS_ANE, +, "_ANEDeviceInfo", "hasANE", "B@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_NUM_ANES, +, "_ANEDeviceInfo", "numANEs", "I@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_NUM_CORES, +, "_ANEDeviceInfo", "numANECores", "I@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_ARCHITECTURE, +, "_ANEDeviceInfo", "aneArchitectureType", "@@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_SUB_TYPE, +, "_ANEDeviceInfo", "aneSubType", "@@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_BOARD, +, "_ANEDeviceInfo", "aneBoardType", "q@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_BUILD, +, "_ANEDeviceInfo", "buildVersion", "@@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no") \
    X(INFO_VIRTUAL, +, "_ANEDeviceInfo", "isVirtualMachine", "B@:", "header dump", "slavko-at-klincov-it/ANE-Training", "no")
/* clang-format on */

#endif
