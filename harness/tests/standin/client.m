/* SPDX-License-Identifier: MIT
 *
 * The ways to evaluate below the model.
 */
#import "client.h"

#import "model.h"
#import "options.h"

#include "record.h"

BOOL client_arguments_are(id model, id options, id *error, const char *place) {
    if (!standin_is(model, [_ANEModel class], place, "the model"))
        [NSException raise:NSInvalidArgumentException
                    format:@"-[%s getUUID]: unrecognized selector sent to instance",
                    object_getClassName(model)];
    return options_are(options, error, place);
}

static bool evaluate(id model, id options, id request, unsigned qos, id *error, const char *place) {
    if (!client_arguments_are(model, options, error, place))
        return NO;
    options_take(options, ((_ANEModel *)model)->program, OPTIONS_EVAL, place);
    return [(_ANEModel *)model evaluate:request qos:qos error:error place:place];
}

@implementation _ANEClient
+ (id)sharedConnection {
    static _ANEClient *shared; /* for ever, as on a Mac */
    if (!shared)
        shared = [self allocWithZone:NULL];
    return shared;
}

- (id)initWithRestrictedAccessAllowed:(bool)allowed {
    (void)allowed;
    return self;
}

- (bool)evaluateWithModel:(id)model
                  options:(id)options
                  request:(id)request
                      qos:(unsigned)qos
                    error:(id *)error {
    const char *place = "evaluateWithModel:options:request:qos:error:";
    return evaluate(model, options, request, qos, error, place);
}

- (bool)doEvaluateDirectWithModel:(id)model
                          options:(id)options
                          request:(id)request
                              qos:(unsigned)qos
                            error:(id *)error {
    const char *place = "doEvaluateDirectWithModel:options:request:qos:error:";
    return evaluate(model, options, request, qos, error, place);
}

- (bool)evaluateRealTimeWithModel:(id)model
                          options:(id)options
                          request:(id)request
                            error:(id *)error {
    const char *place = "evaluateRealTimeWithModel:options:request:error:";
    return evaluate(model, options, request, 0, error, place);
}
@end
