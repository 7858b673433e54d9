/* SPDX-License-Identifier: MIT */
#import "coreml_model.h"

#import "coreml_asset.h"
#import "coreml_state.h"
#import "coreml_units.h"

#include "coreml.h"
#include "coreml_package.h"
#include "engine.h"
#include "record.h"
#include "trouble.h"
#include "worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The path of such a folder; NULL, and an error. */
static const char *folder_of(id url, NSString *suffix, const char *place, id *error) {
    if (coreml_is_folder(url, suffix, place))
        return [[url path] fileSystemRepresentation];
    (void)coreml_refuse(error, COREML_CODE_IO, @"not a model");
    return NULL;
}

static int procedure_of(const struct engine_program *program, NSString *name) {
    if (!name)
        return 0;
    for (int i = 0; i < program->mil->n_functions; i++)
        if (strcmp(program->mil->functions[i].name, [name UTF8String]) == 0)
            return i;
    return -1;
}

/* The first load of a program generates the code for the unit, and later loads find it. On a queue's thread the
 * client runs meanwhile; the engine then gets the program at its first prediction. */
static enum device_status specialise(struct engine_program *program, struct device_error *reason) {
    enum device_status status = engine_compile_start(program, DEVICE_QOS_DEFAULT, reason);
    if (status != DEVICE_OK)
        return status;
    if (worker_is_current())
        worker_compile_park(program);
    status = engine_compile_wait(program, reason);
    return status == DEVICE_OK && !worker_is_current()
               ? engine_load(program, DEVICE_QOS_DEFAULT, reason)
               : status;
}

@implementation MLModel
+ (id)compileModelAtURL:(id)url error:(id *)error {
    char out[1024], why[400];
    const char *path = folder_of(url, @"mlpackage", "compileModelAtURL:error:", error);
    if (!path)
        return nil;
    if (coreml_package_compile(path, out, sizeof out, why, sizeof why) != 0)
        return coreml_refuse(error, COREML_CODE_IO, [NSString stringWithUTF8String:why]);
    return [NSURL fileURLWithPath:[NSString stringWithUTF8String:out]];
}

/* What is true of a load, however the model comes. */
static BOOL is_refused(id given, const char *place, id *error) {
    if (!standin_is(given, [MLModelConfiguration class], place, "the configuration")) {
        (void)coreml_refuse(error, COREML_CODE_PARAMETERS, @"no configuration");
        return YES;
    }
    if (trouble_is_on(TROUBLE_ALL_ABORTS) && ((MLModelConfiguration *)given)->units == COREML_ALL)
        abort();
    if (trouble_is_on(TROUBLE_LOAD_11))
        (void)coreml_refuse(
            error, COREML_CODE_CANCELLED, @"Unable to load the model (E5RT: error 11)");
    return trouble_is_on(TROUBLE_LOAD_11);
}

/* Of a program that it takes; NULL: why it could not be read. */
+ (id)modelOf:(struct engine_program *)program
          why:(const char *)why
        given:(MLModelConfiguration *)configuration
        error:(id *)error
        place:(const char *)place {
    struct device_error reason;
    if (!program)
        return coreml_refuse(error, COREML_CODE_IO, [NSString stringWithUTF8String:why]);
    MLModel *made = [self make];
    made->program = program;
    made->procedure = procedure_of(made->program, configuration->function);
    if (made->procedure < 0) {
        record_violation("%s: no function %s", place, [configuration->function UTF8String]);
        return coreml_refuse(error, COREML_CODE_PARAMETERS, @"no such function");
    }
    made->way = configuration->units == COREML_CPU_ONLY      ? DEVICE_WAY_CPU
                : configuration->units == COREML_CPU_AND_GPU ? DEVICE_WAY_GPU
                                                             : DEVICE_WAY_NE;
    engine_way(made->program, (enum device_way)made->way, false);
    if (specialise(made->program, &reason) != DEVICE_OK)
        return coreml_refuse_engine(error, &reason, place);
    return made;
}

+ (id)modelWithContentsOfURL:(id)url configuration:(id)given error:(id *)error {
    const char *place = "modelWithContentsOfURL:configuration:error:";
    char why[400];
    const char *path = folder_of(url, @"mlmodelc", place, error);
    if (!path || is_refused(given, place, error))
        return nil;
    return [self modelOf:coreml_package_program(path, why, sizeof why)
                     why:why
                   given:given
                   error:error
                   place:place];
}

+ (void)loadModelAsset:(id)asset configuration:(id)given completionHandler:(id)handler {
    const char *place = "loadModelAsset:configuration:completionHandler:";
    char why[400];
    id error = nil, model = nil;
    if (!standin_is(asset, [MLModelAsset class], place, "the asset"))
        (void)coreml_refuse(&error, COREML_CODE_PARAMETERS, @"no asset");
    else if (!is_refused(given, place, &error))
        model = [self modelOf:[asset programOr:why size:sizeof why]
                          why:why
                        given:given
                        error:&error
                        place:place];
    coreml_complete(handler, model, error, place);
}

+ (id)availableComputeDevices {
    return coreml_units();
}

/* The array of a feature or a backing, as memory; NULL, and an error. */
- (struct memory *)memoryOf:(MLMultiArray *)array
                     output:(bool)output
                      index:(int)index
                      error:(id *)error
                      place:(const char *)place {
    const struct engine_tensor tensor = engine_tensor(program, procedure, output, index);
    struct memory *memory = [array memoryFor:&tensor place:place];
    if (!memory)
        (void)coreml_refuse(error, COREML_CODE_FEATURE_TYPE,
            [NSString stringWithFormat:@"MultiArray of %s does not fit", tensor.name]);
    return memory;
}

- (struct memory *)stateMemory:(const struct engine_tensor *)tensor
                         state:(MLState *)state
                         error:(id *)error
                         place:(const char *)place {
    MLMultiArray *array = [state->arrays objectForKey:[NSString stringWithUTF8String:tensor->name]];
    struct memory *memory = [array memoryFor:tensor place:place];
    if (!memory)
        (void)coreml_refuse(error, COREML_CODE_GENERIC,
            [NSString stringWithFormat:@"the state %s does not fit", tensor->name]);
    return memory;
}

- (BOOL)hasStates {
    for (int i = 0; i < engine_tensors(program, procedure, false); i++)
        if (engine_tensor(program, procedure, false, i).declared.kind == MIL_STATE)
            return YES;
    return NO;
}

/* Inputs by name; all must be there, and no others. States are those of `state`. */
- (BOOL)takeInputs:(MLDictionaryFeatureProvider *)features
             state:(MLState *)state
             error:(id *)error
             place:(const char *)place {
    const int n = engine_tensors(program, procedure, false);
    int n_features = 0;
    for (int i = 0; i < n; i++) {
        const struct engine_tensor tensor = engine_tensor(program, procedure, false, i);
        if (tensor.declared.kind == MIL_STATE) {
            memories[i] = [self stateMemory:&tensor state:state error:error place:place];
            if (!memories[i])
                return NO;
            continue;
        }
        n_features++;
        id value = [features featureValueForName:[NSString stringWithUTF8String:tensor.name]];
        if (!value) {
            record_violation("%s: feature `%s` is missing", place, tensor.name);
            (void)coreml_refuse(error, COREML_CODE_FEATURE_TYPE,
                [NSString
                    stringWithFormat:@"Feature %s is required but not specified", tensor.name]);
            return NO;
        }
        memories[i] = [self memoryOf:[value multiArrayValue]
                              output:false
                               index:i
                               error:error
                               place:place];
        if (!memories[i])
            return NO;
    }
    if ((int)[features count] != n_features)
        record_violation(
            "%s: %d features for the model's %d inputs", place, (int)[features count], n_features);
    return YES;
}

/* Each output goes to its backing, or to an array of Core ML's own. */
- (NSDictionary *)takeOutputs:(NSDictionary *)backings error:(id *)error place:(const char *)place {
    const int n_inputs = engine_tensors(program, procedure, false);
    const int n = engine_tensors(program, procedure, true);
    NSMutableDictionary *values = [NSMutableDictionary dictionary];
    NSUInteger n_backed = 0;
    for (int i = 0; i < n; i++) {
        const struct engine_tensor tensor = engine_tensor(program, procedure, true, i);
        NSString *name = [NSString stringWithUTF8String:tensor.name];
        id array = [backings objectForKey:name];
        n_backed += array != nil;
        if (!array)
            array = [MLMultiArray arrayLike:&tensor];
        memories[n_inputs + i] = [self memoryOf:array output:true index:i error:error place:place];
        if (!memories[n_inputs + i])
            return nil;
        [values setObject:[MLFeatureValue featureValueWithMultiArray:array] forKey:name];
    }
    if (n_backed != [backings count]) {
        record_violation("%s: a backing is of no output", place);
        return coreml_refuse(error, COREML_CODE_PARAMETERS, @"no such output");
    }
    return values;
}

- (BOOL)bind:(struct device_error *)reason {
    const size_t n_inputs = (size_t)engine_tensors(program, procedure, false);
    const size_t n = n_inputs + (size_t)engine_tensors(program, procedure, true);
    if (binding && memcmp(bound, memories, n * sizeof(struct memory *)) == 0)
        return YES;
    engine_binding_free(binding);
    binding = engine_bind(program, procedure, memories, memories + n_inputs, NULL, reason);
    memcpy(bound, memories, n * sizeof(struct memory *));
    return binding != NULL;
}

- (id)predict:(id)features
        state:(MLState *)state
      options:(id)options
        error:(id *)error
        place:(const char *)place {
    struct device_error reason;
    if (!standin_is(features, [MLDictionaryFeatureProvider class], place, "the features") ||
        !standin_is(options, [MLPredictionOptions class], place, "the options"))
        return coreml_refuse(error, COREML_CODE_PARAMETERS, @"no features or no options");
    NSDictionary *backings = [(MLPredictionOptions *)options backings];
    if (trouble_is_on(TROUBLE_BACKINGS_REFUSED) && backings)
        return coreml_refuse(
            error, COREML_CODE_GENERIC, @"The output backing cannot be used for this model");
    if (!memories) {
        const size_t n = (size_t)engine_tensors(program, procedure, false) +
                         (size_t)engine_tensors(program, procedure, true);
        memories = calloc(n, sizeof(struct memory *));
        bound = calloc(n, sizeof(struct memory *));
        if (!memories || !bound)
            abort();
    }
    if (![self takeInputs:features state:state error:error place:place])
        return nil;
    NSDictionary *values = [self takeOutputs:backings error:error place:place];
    if (!values)
        return nil;
    if (!program->loaded && engine_load(program, DEVICE_QOS_DEFAULT, &reason) != DEVICE_OK)
        return coreml_refuse_engine(error, &reason, place);
    engine_way(program, (enum device_way)way, !backings);
    if (![self bind:&reason] || engine_eval(binding, DEVICE_QOS_DEFAULT, &reason) != DEVICE_OK)
        return coreml_refuse_engine(error, &reason, place);
    /* arrays of its own are gone when the result is */
    if (!backings) {
        engine_binding_free(binding);
        binding = NULL;
    }
    return [MLDictionaryFeatureProvider providerWithValues:values];
}

- (id)newState {
    return [MLState stateOf:program procedure:procedure];
}

- (id)predictionFromFeatures:(id)features options:(id)options error:(id *)error {
    const char *place = "predictionFromFeatures:options:error:";
    if (![self hasStates])
        return [self predict:features state:nil options:options error:error place:place];
    record_violation("%s: the model has states, and none are given", place);
    return coreml_refuse(error, COREML_CODE_GENERIC, @"The model requires a state");
}

- (id)predictionFromFeatures:(id)features
                  usingState:(id)state
                     options:(id)options
                       error:(id *)error {
    const char *place = "predictionFromFeatures:usingState:options:error:";
    if (!standin_is(state, [MLState class], place, "the state"))
        return coreml_refuse(error, COREML_CODE_PARAMETERS, @"no state");
    if (((MLState *)state)->program_serial == program->serial)
        return [self predict:features state:state options:options error:error place:place];
    record_violation("%s: the state was made by another model", place);
    return coreml_refuse(error, COREML_CODE_PARAMETERS, @"another model's state");
}

- (void)dealloc {
    struct device_error ignored;
    engine_binding_free(binding);
    if (program && program->loaded)
        (void)engine_unload(program, &ignored);
    engine_program_free(program);
    free(memories);
    free(bound);
    [super dealloc];
}
@end
