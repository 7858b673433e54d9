/* SPDX-License-Identifier: MIT
 *
 * The chaining ladder: prepare once; then buffersReady when the input is fresh, and one enqueueSets
 * for each step, whose output is the input of the next.
 */
#import "client.h"

#import "chaining.h"
#import "model.h"
#import "request.h"

#include "engine.h"
#include "record.h"
#include "trouble.h"

static bool loaded(_ANEModel *model, id *error, const char *place) {
    if (model->program->loaded)
        return true;
    record_violation("%s: the program is not loaded", place);
    return standin_refuse(error, STANDIN_CODE_NO_PROGRAM, @"program not found");
}

@implementation _ANEClient (Chaining)
- (bool)prepareChainingWithModel:(id)given
                         options:(id)options
                     chainingReq:(id)given_request
                             qos:(unsigned)qos
                           error:(id *)error {
    const char *place = "prepareChainingWithModel:options:chainingReq:qos:error:";
    _ANEModel *model = given;
    _ANEChainingRequest *request = given_request;
    struct device_error reason;
    if (!client_arguments_are(model, options, error, place) || !loaded(model, error, place) ||
        !standin_is(request, [_ANEChainingRequest class], place, "chainingReq"))
        return false;
    if (![request validate]) {
        record_violation("%s: the request does not validate", place);
        return standin_refuse(error, STANDIN_CODE_CHAINING, @"invalid chaining request");
    }
    struct memory *input = [((_ANEBuffer *)[request->inputs objectAtIndex:0])->surface memory];
    _ANEIOSurfaceOutputSets *set = [request->output_sets objectAtIndex:0];
    struct memory *output = [((_ANEBuffer *)[set->buffers objectAtIndex:0])->surface memory];
    struct engine_program *program = model->program;
    if (engine_tensors(program, request->procedure, false) != (int)[request->inputs count] ||
        engine_tensors(program, request->procedure, true) != (int)[set->buffers count]) {
        record_violation(
            "%s: other inputs or outputs than procedure %d has", place, request->procedure);
        return standin_refuse(error, STANDIN_CODE_CHAINING, @"invalid chaining request");
    }
    if (!standin_surface_fits(input, program, request->procedure, false, 0, place) ||
        !standin_surface_fits(output, program, request->procedure, true, 0, place))
        return standin_refuse(error, STANDIN_CODE_CHAINING, @"surface too small");
    [model endChain];
    if (engine_chain_prepare(program, request->procedure, input, output, (int)qos, &model->chain,
            &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    model->chain_request = [request retain];
    return true;
}

- (bool)buffersReadyWithModel:(id)given
                 inputBuffers:(id)buffers
                      options:(id)options
                          qos:(unsigned)qos
                        error:(id *)error {
    const char *place = "buffersReadyWithModel:inputBuffers:options:qos:error:";
    _ANEModel *model = given;
    struct device_error reason;
    if (!client_arguments_are(model, options, error, place) || !loaded(model, error, place) ||
        !standin_is(buffers, [_ANEInputBuffersReady class], place, "inputBuffers"))
        return false;
    if (!model->chain) {
        record_violation("%s: nothing was prepared", place);
        return false;
    }
    if (trouble_is_on(TROUBLE_NOT_READY))
        return false;
    if (engine_chain_ready(model->chain, (int)qos, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    model->chain_is_ready = YES;
    return true;
}

- (bool)enqueueSetsWithModel:(id)given
                   outputSet:(id)given_set
                     options:(id)options
                         qos:(unsigned)qos
                       error:(id *)error {
    const char *place = "enqueueSetsWithModel:outputSet:options:qos:error:";
    _ANEModel *model = given;
    _ANEOutputSetEnqueue *set = given_set;
    struct device_error reason;
    if (!client_arguments_are(model, options, error, place) || !loaded(model, error, place) ||
        !standin_is(set, [_ANEOutputSetEnqueue class], place, "outputSet"))
        return false;
    if (!model->chain || !model->chain_is_ready) {
        record_violation("%s: the buffers are not ready", place);
        return false;
    }
    if ((int)set->procedure != model->chain_request->procedure ||
        set->set >= [model->chain_request->output_sets count]) {
        record_violation(
            "%s: no set %u of procedure %u was prepared", place, set->set, set->procedure);
        return standin_refuse(error, STANDIN_CODE_ARGUMENT, @"no such set");
    }
    if (engine_chain_enqueue(model->chain, (int)qos, &reason) != DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    return true;
}
@end
