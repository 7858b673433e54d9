/* SPDX-License-Identifier: MIT
 *
 * Weights as memory. Without the key mutable_weights these selectors are absent.
 */
#import "client.h"

#import "model.h"

#include "engine.h"
#include "record.h"

/* The procedure that the arguments are about, or -1. */
static int procedure_of(id given, id number, id *error, const char *place) {
    if (!standin_is(given, [_ANEModel class], place, "the model") ||
        !standin_is(number, [NSNumber class], place, "the procedure"))
        return -1;
    if (((_ANEModel *)given)->program->loaded)
        return [number intValue];
    record_violation("%s: the program is not loaded", place);
    (void)standin_refuse(error, STANDIN_CODE_NO_PROGRAM, @"program not found");
    return -1;
}

@implementation _ANEClient (MutableWeights)
- (bool)mapMutableWeightsForModel:(id)model
                     andProcedure:(id)number
              mappedWeightsBuffer:(void **)weights
                             size:(unsigned long long *)size
                            error:(id *)error {
    const char *place = "mapMutableWeightsForModel:andProcedure:mappedWeightsBuffer:size:error:";
    const int procedure = procedure_of(model, number, error, place);
    struct device_error reason;
    size_t bytes;
    if (procedure < 0)
        return false;
    if (engine_weights_map(((_ANEModel *)model)->program, procedure, weights, &bytes, &reason) !=
        DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    *size = bytes;
    return true;
}

- (bool)syncMutableWeightsForModel:(id)model
                      andProcedure:(id)number
                        fromOffset:(unsigned long long)offset
                          withSize:(unsigned long long)size
                             error:(id *)error {
    const char *place = "syncMutableWeightsForModel:andProcedure:fromOffset:withSize:error:";
    const int procedure = procedure_of(model, number, error, place);
    struct device_error reason;
    if (procedure < 0)
        return false;
    if (engine_weights_sync(((_ANEModel *)model)->program, (size_t)offset, (size_t)size, &reason) !=
        DEVICE_OK)
        return standin_refuse_engine(error, &reason, place);
    return true;
}

- (bool)unmapMutableWeightsForModel:(id)model andProcedure:(id)number {
    const char *place = "unmapMutableWeightsForModel:andProcedure:";
    id ignored = nil;
    struct device_error reason;
    if (procedure_of(model, number, &ignored, place) < 0)
        return false;
    if (engine_weights_unmap(((_ANEModel *)model)->program, &reason) == DEVICE_OK)
        return true;
    record_violation("%s: %s", place, reason.text);
    return false;
}
@end
