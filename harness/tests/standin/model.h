/* SPDX-License-Identifier: MIT
 *
 * The in-memory model, and the program that its client and chaining calls name.
 */
#ifndef ANEPROBE_TESTS_STANDIN_MODEL_H
#define ANEPROBE_TESTS_STANDIN_MODEL_H

#import "disk.h"

struct engine_chain;
@class _ANEChainingRequest;

/* What -model gives; the client takes it, and refuses the in-memory model itself. */
@interface _ANEModel : StandinObject {
  @public
    struct engine_program *program;
    struct engine_chain *chain; /* the one prepared last, or NULL */
    _ANEChainingRequest *chain_request;
    BOOL chain_is_ready;
}
- (void)setPerfStatsMask:(unsigned)mask;
- (void)endChain;
/* The checks that all ways to evaluate share, then the eval. */
- (bool)evaluate:(id)request qos:(unsigned)qos error:(id *)error place:(const char *)place;
@end

@interface _ANEInMemoryModel : StandinObject {
    _ANEInMemoryModelDescriptor *descriptor;
    StandinDisk *disk;
    _ANEModel *model;
}
+ (id)inMemoryModelWithDescriptor:(id)descriptor;
- (NSString *)hexStringIdentifier;
- (NSString *)localModelPath;
- (bool)compiledModelExists;
- (void)setPerfStatsMask:(unsigned)mask;
- (bool)compileWithQoS:(unsigned)qos options:(id)options error:(id *)error;
- (bool)loadWithQoS:(unsigned)qos options:(id)options error:(id *)error;
- (bool)unloadWithQoS:(unsigned)qos error:(id *)error;
- (void)purgeCompiledModel;
- (bool)evaluateWithQoS:(unsigned)qos options:(id)options request:(id)request error:(id *)error;
- (id)modelAttributes;
- (id)model;
@end

#endif
