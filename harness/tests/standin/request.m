/* SPDX-License-Identifier: MIT */
#import "request.h"

#include "engine.h"
#include "record.h"
#include "trouble.h"

static const char place_create[] =
    "requestWithInputs:inputIndices:outputs:outputIndices:weightsBuffer:perfStats:procedureIndex:";

enum {
    SURFACES_MAX = 128,       /* mapping slots of one request (dev-erik/ANE) */
    SURFACE_BYTES_MIN = 49152 /* the largest minimum that was published (mechramc/Orion) */
};

/* The surfaces in the order of their slots. */
static NSArray *by_slot(NSArray *surfaces, NSArray *indices) {
    NSMutableArray *ordered = [NSMutableArray arrayWithArray:surfaces];
    for (NSUInteger i = 0; i < [surfaces count]; i++)
        [ordered replaceObjectAtIndex:[[indices objectAtIndex:i] unsignedIntegerValue]
                           withObject:[surfaces objectAtIndex:i]];
    return ordered;
}

@implementation _ANERequest
+ (id)requestWithInputs:(id)given_inputs
           inputIndices:(id)input_indices
                outputs:(id)given_outputs
          outputIndices:(id)output_indices
          weightsBuffer:(id)given_weights
              perfStats:(id)statistics
         procedureIndex:(id)given_procedure {
    Class surface = [_ANEIOSurfaceObject class];
    if (!standin_is_array(given_inputs, surface, place_create, "inputs") ||
        !standin_is_array(given_outputs, surface, place_create, "outputs") ||
        !standin_are_indices(input_indices, [given_inputs count], place_create, "inputIndices") ||
        !standin_are_indices(
            output_indices, [given_outputs count], place_create, "outputIndices") ||
        !standin_is(given_procedure, [NSNumber class], place_create, "procedureIndex") ||
        (given_weights && !standin_is(given_weights, surface, place_create, "weightsBuffer")) ||
        (statistics && !standin_is(statistics, [NSArray class], place_create, "perfStats")))
        return nil;
    if ([given_inputs count] + [given_outputs count] > SURFACES_MAX) {
        record_violation("%s: more than %d surfaces", place_create, SURFACES_MAX);
        return nil;
    }
    _ANERequest *made = [self make];
    made->inputs = [by_slot(given_inputs, input_indices) retain];
    made->outputs = [by_slot(given_outputs, output_indices) retain];
    made->weights = [given_weights retain];
    made->procedure = [given_procedure intValue];
    return made;
}

- (BOOL)fits:(struct engine_program *)program output:(bool)output place:(const char *)place {
    NSArray *surfaces = output ? outputs : inputs;
    int n = engine_tensors(program, procedure, output);
    if (n != (int)[surfaces count]) {
        record_violation("%s: %d %s surfaces for the %d of procedure %d", place,
            (int)[surfaces count], output ? "output" : "input", n, procedure);
        return NO;
    }
    for (int slot = 0; slot < n; slot++)
        if (!standin_surface_fits([[surfaces objectAtIndex:(NSUInteger)slot] memory], program,
                procedure, output, slot, place))
            return NO;
    return YES;
}

- (BOOL)bind:(struct engine_program *)program error:(id *)error place:(const char *)place {
    struct memory *memories[2][SURFACES_MAX];
    struct device_error reason;
    if (binding && engine_binding_is_of(binding, program))
        return YES;
    engine_binding_free(binding);
    for (int output = 0; output < 2; output++) {
        NSArray *surfaces = output ? outputs : inputs;
        for (NSUInteger i = 0; i < [surfaces count]; i++)
            memories[output][i] = [[surfaces objectAtIndex:i] memory];
    }
    binding = engine_bind(program, procedure, memories[0], memories[1], [weights memory], &reason);
    return binding ? YES : standin_refuse_engine(error, &reason, place);
}

- (bool)evaluate:(struct engine_program *)program
             qos:(unsigned)qos
           error:(id *)error
           place:(const char *)place {
    struct device_error reason;
    NSString *status_0x1d = @"Program Inference error (status=0x1d)";
    if (trouble_is_on(TROUBLE_EVAL_0X1D) || ![self fits:program output:false place:place] ||
        ![self fits:program output:true place:place])
        return standin_refuse(error, STANDIN_CODE_INFERENCE, status_0x1d);
    if (![self bind:program error:error place:place])
        return NO;
    if (engine_eval(binding, (int)qos, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    return YES;
}

- (void)dealloc {
    engine_binding_free(binding);
    [inputs release];
    [outputs release];
    [weights release];
    [super dealloc];
}
@end

BOOL standin_surface_fits(struct memory *memory, const struct engine_program *program,
    int procedure, bool output, int slot, const char *place) {
    const struct engine_tensor t = engine_tensor(program, procedure, output, slot);
    const char *what = output ? "output" : "input";
    if (memory->bytes < t.bytes) {
        record_violation("%s: %s %d has a surface of %zu bytes, and needs %zu", place, what, slot,
            memory->bytes, t.bytes);
        return NO;
    }
    if (memory->bytes < SURFACE_BYTES_MIN)
        record_violation("%s: %s %d has a surface of %zu bytes; some chips need %d", place, what,
            slot, memory->bytes, SURFACE_BYTES_MIN);
    if (memory->write_locks > 0 || memory->read_locks > 0)
        record_violation("%s: %s %d is locked", place, what, slot);
    return YES;
}
