/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_TESTS_STANDIN_CLIENT_H
#define ANEPROBE_TESTS_STANDIN_CLIENT_H

#import "object.h"

@interface _ANEClient : StandinObject
+ (id)sharedConnection;
- (id)initWithRestrictedAccessAllowed:(bool)allowed;
- (bool)evaluateWithModel:(id)model
                  options:(id)options
                  request:(id)request
                      qos:(unsigned)qos
                    error:(id *)error;
- (bool)doEvaluateDirectWithModel:(id)model
                          options:(id)options
                          request:(id)request
                              qos:(unsigned)qos
                            error:(id *)error;
- (bool)evaluateRealTimeWithModel:(id)model
                          options:(id)options
                          request:(id)request
                            error:(id *)error;
@end

@interface _ANEClient (Chaining)
- (bool)prepareChainingWithModel:(id)model
                         options:(id)options
                     chainingReq:(id)request
                             qos:(unsigned)qos
                           error:(id *)error;
- (bool)buffersReadyWithModel:(id)model
                 inputBuffers:(id)buffers
                      options:(id)options
                          qos:(unsigned)qos
                        error:(id *)error;
- (bool)enqueueSetsWithModel:(id)model
                   outputSet:(id)set
                     options:(id)options
                         qos:(unsigned)qos
                       error:(id *)error;
@end

@interface _ANEClient (MutableWeights)
- (bool)mapMutableWeightsForModel:(id)model
                     andProcedure:(id)procedure
              mappedWeightsBuffer:(void **)weights
                             size:(unsigned long long *)size
                            error:(id *)error;
- (bool)syncMutableWeightsForModel:(id)model
                      andProcedure:(id)procedure
                        fromOffset:(unsigned long long)offset
                          withSize:(unsigned long long)size
                             error:(id *)error;
- (bool)unmapMutableWeightsForModel:(id)model andProcedure:(id)procedure;
@end

/* The model is an _ANEModel and the options a dictionary; else a violation and an exception, as the
 * in-memory model gives when it is taken for one (dev-erik/ANE). */
BOOL client_arguments_are(id model, id options, id *error, const char *place);

#endif
