/* SPDX-License-Identifier: MIT */
#import "model.h"

#import "attributes.h"
#import "chaining.h"
#import "options.h"
#import "request.h"

#include "engine.h"
#include "mil/blob.h"
#include "record.h"
#include "worker.h"

/* Identities compiled in this process: what a compile service remembers. */
static NSMutableSet *compiled_identities;

@implementation _ANEModel
- (void)setPerfStatsMask:(unsigned)mask {
    program->stats_asked = mask != 0;
}
- (bool)evaluate:(id)request qos:(unsigned)qos error:(id *)error place:(const char *)place {
    if (!standin_is(request, [_ANERequest class], place, "the request"))
        return standin_refuse(error, STANDIN_CODE_ARGUMENT, @"no request");
    if (!program->loaded) {
        record_violation("%s: the program is not loaded", place);
        return standin_refuse(error, STANDIN_CODE_NO_PROGRAM, @"program not found");
    }
    return [(_ANERequest *)request evaluate:program qos:qos error:error place:place];
}
- (void)endChain {
    engine_chain_free(chain);
    chain = NULL;
    chain_is_ready = NO;
    [chain_request release];
    chain_request = nil;
}
- (void)dealloc {
    if (program->loaded)
        record_violation("a model is freed while it is loaded; unload it first");
    [self endChain];
    engine_program_free(program);
    [super dealloc];
}
@end

static struct engine_program *program_new(_ANEInMemoryModelDescriptor *descriptor) {
    NSArray *paths = [descriptor paths];
    NSUInteger n = [paths count];
    struct mil_blob_file *files = calloc(n + 1, sizeof *files);
    if (!files)
        abort();
    for (NSUInteger i = 0; i < n; i++) {
        NSData *data = [[descriptor weights] objectForKey:[paths objectAtIndex:i]];
        files[i] = (struct mil_blob_file){.path = [[paths objectAtIndex:i] UTF8String],
            .data = [data bytes],
            .bytes = [data length]};
    }
    const struct device_source source = {.mil_text = [[descriptor text] bytes],
        .mil_bytes = [[descriptor text] length],
        .weights = {files, (int)n}};
    struct engine_program *program = engine_program_new(&source);
    free(files);
    return program;
}

@implementation _ANEInMemoryModel
+ (id)inMemoryModelWithDescriptor:(id)given {
    if (!standin_is(given, [_ANEInMemoryModelDescriptor class],
            "inMemoryModelWithDescriptor:", "the descriptor"))
        return nil;
    _ANEInMemoryModel *made = [self make];
    made->descriptor = [given retain];
    made->disk = [[StandinDisk diskOf:given] retain];
    made->model = [[_ANEModel make] retain];
    made->model->program = program_new(given);
    return made;
}

- (NSString *)hexStringIdentifier {
    return [descriptor hexStringIdentifier];
}

- (NSString *)localModelPath {
    return [disk directory];
}

- (void)setPerfStatsMask:(unsigned)mask {
    [model setPerfStatsMask:mask];
}

- (bool)compiledModelExists {
    return [compiled_identities containsObject:[self hexStringIdentifier]];
}

/* On a queue's thread the client goes on meanwhile. */
- (BOOL)compileProgram:(unsigned)qos error:(id *)error {
    struct device_error reason;
    struct engine_program *program = model->program;
    if (engine_compile_start(program, (int)qos, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, "compileWithQoS:options:error:");
    if (worker_is_current())
        worker_compile_park(program);
    if (engine_compile_wait(program, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, "compileWithQoS:options:error:");
    if (!compiled_identities)
        compiled_identities = [[NSMutableSet alloc] init];
    [compiled_identities addObject:[self hexStringIdentifier]];
    return YES;
}

- (bool)compileWithQoS:(unsigned)qos options:(id)options error:(id *)error {
    const char *place = "compileWithQoS:options:error:";
    if (!options_are(options, error, place))
        return NO;
    if (!model->program->program) {
        record_violation("%s: %s", place, model->program->refusal.text);
        return standin_refuse(error, STANDIN_CODE_CREATE, @"InvalidMILProgram");
    }
    if (model->program->loaded) {
        record_violation("%s: the program is loaded", place);
        return standin_refuse(error, STANDIN_CODE_CREATE, @"program is loaded");
    }
    if (![disk isReadyForCompile])
        return standin_refuse(error, STANDIN_CODE_NO_FILE, @"file not found");
    [disk noticeChanges:model->program];
    options_take(options, model->program, OPTIONS_COMPILE, place);
    if (![self compileProgram:qos error:error])
        return NO;
    [disk writeCompiled];
    return YES;
}

- (bool)loadWithQoS:(unsigned)qos options:(id)options error:(id *)error {
    const char *place = "loadWithQoS:options:error:";
    struct device_error reason;
    if (!options_are(options, error, place))
        return NO;
    if (model->program->loaded) {
        record_violation("%s: the program is loaded already", place);
        return standin_refuse(error, STANDIN_CODE_LOAD, @"program is loaded");
    }
    if (!model->program->compiled && ![self compiledModelExists]) {
        record_violation("%s: the program is not compiled", place);
        return standin_refuse(error, STANDIN_CODE_LOAD, @"no compiled program");
    }
    /* compiled for another object of the same identity: a cached compile */
    if (!model->program->compiled) {
        options_take(options, model->program, OPTIONS_COMPILE, place);
        if (![self compileProgram:qos error:error])
            return NO;
    }
    [disk noticeChanges:model->program];
    if (standin_refuse_as_asked(error))
        return NO;
    if (engine_load(model->program, (int)qos, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    options_take(options, model->program, OPTIONS_LOAD, place);
    return YES;
}

- (bool)unloadWithQoS:(unsigned)qos error:(id *)error {
    const char *place = "unloadWithQoS:error:";
    struct device_error reason;
    (void)qos;
    if (!model->program->loaded) {
        record_violation("%s: the program is not loaded", place);
        return standin_refuse(error, STANDIN_CODE_NO_PROGRAM, @"program not found");
    }
    if (engine_unload(model->program, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    return YES;
}

- (void)purgeCompiledModel {
    struct device_error reason;
    if (model->program->loaded)
        record_violation("purgeCompiledModel: the program is loaded");
    else if (engine_purge(model->program, &reason) != DEVICE_OK)
        record_violation("purgeCompiledModel: %s", reason.text);
    else
        [compiled_identities removeObject:[self hexStringIdentifier]];
}

- (bool)evaluateWithQoS:(unsigned)qos options:(id)options request:(id)request error:(id *)error {
    const char *place = "evaluateWithQoS:options:request:error:";
    if (!options_are(options, error, place))
        return NO;
    if (standin_refuse_as_asked(error))
        return NO;
    options_take(options, model->program, OPTIONS_EVAL, place);
    return [model evaluate:request qos:qos error:error place:place];
}

- (id)modelAttributes {
    return model->program->loaded ? attributes_of(model->program) : [NSDictionary dictionary];
}

- (id)model {
    return model;
}

- (void)dealloc {
    [descriptor release];
    [disk release];
    [model release];
    [super dealloc];
}
@end
