/* SPDX-License-Identifier: MIT
 *
 * MLState: a model's memory for its states, which predictions read and write.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_STATE_H
#define ANEPROBE_TESTS_STANDIN_COREML_STATE_H

#import "object.h"

struct engine_program;

@interface MLState : StandinObject {
  @public
    uint64_t program_serial;     /* of the model that has made it */
    NSMutableDictionary *arrays; /* name to MLMultiArray */
}
- (void)getMultiArrayForStateNamed:(id)name handler:(id)handler;
/* For the stand-in: the client's own. */
+ (id)stateOf:(const struct engine_program *)program procedure:(int)procedure;
@end

#endif
