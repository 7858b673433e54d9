/* SPDX-License-Identifier: MIT */
#import "request.h"

#include "engine.h"
#include "record.h"
#include "trouble.h"

#include <string.h>

static const char place_create[] =
    "requestWithInputs:inputIndices:outputs:outputIndices:weightsBuffer:perfStats:procedureIndex:";

enum {
    SURFACES_MAX = 1024,      /* room; how many are mapped is a key of the engine */
    SURFACE_BYTES_MIN = 49152 /* the largest minimum that was published (mechramc/Orion) */
};

/* The surfaces by slot, their indices being the procedure's symbols, in any order. nil when they are
 * not those. */
static NSArray *by_slot(NSArray *surfaces, NSArray *indices, int first_symbol) {
    NSMutableArray *ordered = [NSMutableArray array];
    for (NSUInteger slot = 0; slot < [surfaces count]; slot++) {
        NSNumber *symbol = [NSNumber numberWithLongLong:first_symbol + (long long)slot];
        NSUInteger at = [indices indexOfObject:symbol];
        if (at == NSNotFound)
            return nil;
        [ordered addObject:[surfaces objectAtIndex:at]];
    }
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
        !standin_is_array(input_indices, [NSNumber class], place_create, "inputIndices") ||
        !standin_is_array(output_indices, [NSNumber class], place_create, "outputIndices") ||
        !standin_is(given_procedure, [NSNumber class], place_create, "procedureIndex") ||
        (given_weights && !standin_is(given_weights, surface, place_create, "weightsBuffer")) ||
        (statistics && !standin_is_array(statistics, [_ANEPerformanceStatsIOSurface class],
                           place_create, "perfStats")))
        return nil;
    if ([given_inputs count] != [input_indices count] ||
        [given_outputs count] != [output_indices count]) {
        record_violation("%s: not as many indices as surfaces", place_create);
        return nil;
    }
    if ([given_inputs count] + [given_outputs count] > SURFACES_MAX) {
        record_violation("%s: more than %d surfaces", place_create, SURFACES_MAX);
        return nil;
    }
    _ANERequest *made = [self make];
    made->surfaces[0] = [given_inputs copy];
    made->surfaces[1] = [given_outputs copy];
    made->indices[0] = [input_indices copy];
    made->indices[1] = [output_indices copy];
    made->weights = [given_weights retain];
    made->procedure = [given_procedure intValue];
    made->stats_surfaces = [statistics copy];
    return made;
}

- (id)perfStats {
    return stats;
}

/* They come where the mask was set before the load, and the request has room for them. */
- (void)takeStats:(struct engine_program *)program direct:(bool)direct {
    uint64_t hardware_ns;
    if (program->counters_kept && program->counters_now) {
        const struct device_counters counters = engine_counters(binding);
        for (NSUInteger i = 0; i < [stats_surfaces count]; i++)
            [[stats_surfaces objectAtIndex:i] putCounters:&counters];
    }
    [stats release];
    stats = nil;
    if (program->stats_kept && [stats_surfaces count] > 0 &&
        engine_stats(binding, direct, &hardware_ns))
        stats = [[_ANEPerformanceStats statsWithHardwareExecutionNS:hardware_ns] retain];
}

/* The memories by slot of inputs or outputs. */
- (BOOL)memories:(struct memory **)memories
              of:(struct engine_program *)program
          output:(bool)output
           place:(const char *)place {
    const char *what = output ? "output" : "input";
    int n = engine_tensors(program, procedure, output);
    if (n != (int)[surfaces[output] count]) {
        record_violation("%s: %d %s surfaces for the %d of procedure %d", place,
            (int)[surfaces[output] count], what, n, procedure);
        return NO;
    }
    NSArray *ordered =
        by_slot(surfaces[output], indices[output], engine_first_symbol(program, procedure, output));
    if (!ordered) {
        record_violation(
            "%s: the %s indices are not procedure %d's symbols", place, what, procedure);
        return NO;
    }
    for (int slot = 0; slot < n; slot++) {
        memories[slot] = [[ordered objectAtIndex:(NSUInteger)slot] memory];
        if (!standin_surface_fits(memories[slot], program, procedure, output, slot, place))
            return NO;
    }
    return YES;
}

/* Evals of two threads at once need requests and outputs of their own. */
- (void)take:(struct memory **)outputs count:(int)n place:(const char *)place {
    if (!flight_take(&flight))
        record_violation("%s: the request is in an eval of another thread", place);
    for (int slot = 0; slot < n; slot++)
        if (!flight_take(&outputs[slot]->flight))
            record_violation("%s: output %d is written by an eval of another thread", place, slot);
}

- (bool)evaluate:(struct engine_program *)program
             qos:(unsigned)qos
           error:(id *)error
           place:(const char *)place {
    struct memory *memories[2][SURFACES_MAX];
    struct device_error reason;
    if (trouble_is_on(TROUBLE_EVAL_0X1D) ||
        ![self memories:memories[0] of:program output:false place:place] ||
        ![self memories:memories[1] of:program output:true place:place])
        return standin_refuse(
            error, STANDIN_CODE_INFERENCE, @"Program Inference error (status=0x1d)");
    [self take:memories[1] count:engine_tensors(program, procedure, true) place:place];
    if (!binding || !engine_binding_is_of(binding, program)) {
        engine_binding_free(binding);
        binding =
            engine_bind(program, procedure, memories[0], memories[1], [weights memory], &reason);
    }
    if (!binding)
        return standin_refuse_engine(error, &reason, place);
    if (engine_eval(binding, (int)qos, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    [self takeStats:program direct:strncmp(place, "doEvaluateDirect", 16) == 0];
    return YES;
}

- (void)dealloc {
    engine_binding_free(binding);
    for (int output = 0; output < 2; output++) {
        [surfaces[output] release];
        [indices[output] release];
    }
    [weights release];
    [stats_surfaces release];
    [stats release];
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
