/* SPDX-License-Identifier: MIT */
#import "coreml_state.h"

#import "coreml_array.h"

#include "coreml.h"
#include "engine.h"
#include "record.h"

@implementation MLState
- (id)init {
    arrays = [[NSMutableDictionary alloc] init];
    return self;
}

+ (id)stateOf:(const struct engine_program *)program procedure:(int)procedure {
    MLState *made = [[self alloc] init];
    made->program_serial = program->serial;
    for (int i = 0; i < engine_tensors(program, procedure, false); i++) {
        const struct engine_tensor tensor = engine_tensor(program, procedure, false, i);
        if (tensor.declared.kind == MIL_STATE)
            [made->arrays setObject:[MLMultiArray stateLike:&tensor]
                             forKey:[NSString stringWithUTF8String:tensor.name]];
    }
    return made;
}

- (void)getMultiArrayForStateNamed:(id)name handler:(id)handler {
    const char *place = "getMultiArrayForStateNamed:handler:";
    MLMultiArray *array =
        standin_is(name, [NSString class], place, "the name") ? [arrays objectForKey:name] : nil;
    if (!array) {
        record_violation("%s: no state has that name; the real one raises an exception", place);
        return;
    }
    [array show];
    coreml_visit(handler, array, place);
    [array hide];
}

- (void)dealloc {
    [arrays release];
    [super dealloc];
}
@end
