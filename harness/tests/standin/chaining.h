/* SPDX-License-Identifier: MIT
 *
 * The objects of a chained request. Limits are those of header dumps (dev-erik/ANE,
 * slavko-at-klincov-it/ANE-Training).
 */
#ifndef ANEPROBE_TESTS_STANDIN_CHAINING_H
#define ANEPROBE_TESTS_STANDIN_CHAINING_H

#import "surface.h"

@interface _ANEBuffer : StandinObject {
  @public
    _ANEIOSurfaceObject *surface;
    int symbol;
    bool is_output;
}
+ (id)bufferWithIOSurfaceObject:(id)surface symbolIndex:(id)symbol source:(long long)source;
@end

@interface _ANEIOSurfaceOutputSets : StandinObject {
  @public
    IOSurface *statistics;
    NSArray *buffers;
}
+ (id)objectWithstatsSurRef:(struct __IOSurface *)statistics outputBuffer:(id)buffers;
@end

@interface _ANEChainingRequest : StandinObject {
  @public
    NSArray *inputs, *output_sets, *loopback_inputs, *loopback_outputs, *signal_events;
    int procedure;
}
+ (id)chainingRequestWithInputs:(id)inputs
                     outputSets:(id)output_sets
                lbInputSymbolId:(id)loopback_inputs
               lbOutputSymbolId:(id)loopback_outputs
                 procedureIndex:(id)procedure
                   signalEvents:(id)signal_events
              transactionHandle:(id)transaction
                 fwEnqueueDelay:(id)delay
                   memoryPoolId:(id)pool;
- (bool)validate;
@end

@interface _ANEInputBuffersReady : StandinObject {
  @public
    unsigned procedure;
    NSArray *infos;
}
+ (id)inputBuffersWithProcedureIndex:(unsigned)procedure
                inputBufferInfoIndex:(id)infos
                      inputFreeValue:(id)free_values
                      executionDelay:(unsigned long long)delay;
@end

@interface _ANEOutputSetEnqueue : StandinObject {
  @public
    unsigned procedure, set;
}
+ (id)outputSetWithProcedureIndex:(unsigned)procedure
                         setIndex:(unsigned)set
                      signalValue:(unsigned long long)value
                signalNotRequired:(bool)not_required
                       isOpenLoop:(bool)open_loop;
@end

#endif
