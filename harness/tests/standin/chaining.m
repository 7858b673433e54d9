/* SPDX-License-Identifier: MIT */
#import "chaining.h"

#include "record.h"

@implementation _ANEBuffer
+ (id)bufferWithIOSurfaceObject:(id)given symbolIndex:(id)number source:(long long)source {
    const char *place = "bufferWithIOSurfaceObject:symbolIndex:source:";
    if (!standin_is(given, [_ANEIOSurfaceObject class], place, "the surface") ||
        !standin_is(number, [NSNumber class], place, "symbolIndex"))
        return nil;
    if (source != 0 && source != 1) {
        record_violation("%s: source %lld is neither 0, an input, nor 1, an output", place, source);
        return nil;
    }
    _ANEBuffer *made = [self make];
    made->surface = [given retain];
    made->symbol = [number intValue];
    made->is_output = source == 1;
    return made;
}
- (void)dealloc {
    [surface release];
    [super dealloc];
}
@end

@implementation _ANEIOSurfaceOutputSets
+ (id)objectWithstatsSurRef:(struct __IOSurface *)given outputBuffer:(id)outputs {
    const char *place = "objectWithstatsSurRef:outputBuffer:";
    if (!standin_is((id)given, [IOSurface class], place, "the statistics surface") ||
        !standin_is_array(outputs, [_ANEBuffer class], place, "outputBuffer"))
        return nil;
    _ANEIOSurfaceOutputSets *made = [self make];
    made->statistics = [(IOSurface *)given retain];
    made->buffers = [outputs copy];
    return made;
}
- (void)dealloc {
    [statistics release];
    [buffers release];
    [super dealloc];
}
@end

@implementation _ANEChainingRequest
+ (id)chainingRequestWithInputs:(id)given_inputs
                     outputSets:(id)given_sets
                lbInputSymbolId:(id)given_loopback_inputs
               lbOutputSymbolId:(id)given_loopback_outputs
                 procedureIndex:(id)given_procedure
                   signalEvents:(id)given_events
              transactionHandle:(id)transaction
                 fwEnqueueDelay:(id)delay
                   memoryPoolId:(id)pool {
    const char *place = "chainingRequestWithInputs:...";
    Class number = [NSNumber class];
    if (!standin_is_array(given_inputs, [_ANEBuffer class], place, "inputs") ||
        !standin_is_array(given_sets, [_ANEIOSurfaceOutputSets class], place, "outputSets") ||
        !standin_is_array(given_loopback_inputs, number, place, "lbInputSymbolId") ||
        !standin_is_array(given_loopback_outputs, number, place, "lbOutputSymbolId") ||
        !standin_is(given_procedure, number, place, "procedureIndex") ||
        !standin_is(given_events, [NSArray class], place, "signalEvents") ||
        !standin_is(transaction, number, place, "transactionHandle") ||
        !standin_is(delay, number, place, "fwEnqueueDelay") ||
        !standin_is(pool, number, place, "memoryPoolId"))
        return nil;
    _ANEChainingRequest *made = [self make];
    made->inputs = [given_inputs copy];
    made->output_sets = [given_sets copy];
    made->loopback_inputs = [given_loopback_inputs copy];
    made->loopback_outputs = [given_loopback_outputs copy];
    made->signal_events = [given_events copy];
    made->procedure = [given_procedure intValue];
    return made;
}

static bool buffers_are(NSArray *buffers, bool output, NSUInteger most) {
    bool right = [buffers count] >= 1 && [buffers count] <= most;
    for (NSUInteger i = 0; right && i < [buffers count]; i++) {
        _ANEBuffer *buffer = [buffers objectAtIndex:i];
        right = buffer->is_output == output && buffer->symbol >= 0 && buffer->symbol < 255;
    }
    return right;
}

- (bool)validate {
    bool right =
        buffers_are(inputs, false, 255) && [output_sets count] >= 1 && [output_sets count] <= 12;
    for (NSUInteger i = 0; right && i < [output_sets count]; i++)
        right = buffers_are(
            ((_ANEIOSurfaceOutputSets *)[output_sets objectAtIndex:i])->buffers, true, 256);
    return right && [loopback_inputs count] == [loopback_outputs count] &&
           [loopback_inputs count] <= 256 && procedure >= 0 && procedure <= 128 &&
           [signal_events count] <= 256;
}

- (void)dealloc {
    [inputs release];
    [output_sets release];
    [loopback_inputs release];
    [loopback_outputs release];
    [signal_events release];
    [super dealloc];
}
@end

@implementation _ANEInputBuffersReady
+ (id)inputBuffersWithProcedureIndex:(unsigned)given_procedure
                inputBufferInfoIndex:(id)given_infos
                      inputFreeValue:(id)free_values
                      executionDelay:(unsigned long long)delay {
    const char *place = "inputBuffersWithProcedureIndex:inputBufferInfoIndex:...";
    (void)delay;
    if (!standin_is_array(given_infos, [NSNumber class], place, "inputBufferInfoIndex") ||
        !standin_is_array(free_values, [NSNumber class], place, "inputFreeValue"))
        return nil;
    _ANEInputBuffersReady *made = [self make];
    made->procedure = given_procedure;
    made->infos = [given_infos copy];
    return made;
}
- (void)dealloc {
    [infos release];
    [super dealloc];
}
@end

@implementation _ANEOutputSetEnqueue
+ (id)outputSetWithProcedureIndex:(unsigned)given_procedure
                         setIndex:(unsigned)given_set
                      signalValue:(unsigned long long)value
                signalNotRequired:(bool)not_required
                       isOpenLoop:(bool)open_loop {
    (void)value;
    (void)not_required;
    (void)open_loop;
    _ANEOutputSetEnqueue *made = [self make];
    made->procedure = given_procedure;
    made->set = given_set;
    return made;
}
@end
