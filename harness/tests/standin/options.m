/* SPDX-License-Identifier: MIT */
#import "options.h"

#include "record.h"

static NSString *const instance = @"kANEFAneInstanceHint",
                       *const variant = @"kANEFProcedureVariantHint",
                       *const statistics = @"kANEFPerformanceStatsMask",
                       *const unbonded = @"kANEFDisableBondedNetworksKey";

BOOL options_are(id options, id *error, const char *place) {
    if (!standin_is(options, [NSDictionary class], place, "options"))
        return standin_refuse(error, STANDIN_CODE_ARGUMENT, @"no options");
    NSArray *keys = [options allKeys];
    for (NSUInteger i = 0; i < [keys count]; i++) {
        NSString *key = [keys objectAtIndex:i];
        if (![key isEqual:instance] && ![key isEqual:variant] && ![key isEqual:statistics] &&
            ![key isEqual:unbonded])
            record_violation("%s: nobody knows the option %s", place, [key UTF8String]);
        else
            standin_is([options objectForKey:key], [NSNumber class], place, [key UTF8String]);
    }
    return YES;
}

static int number_at(NSDictionary *options, NSString *key) {
    id value = [options objectForKey:key];
    return [value isKindOfClass:[NSNumber class]] ? [value intValue] : 0;
}

void options_take(NSDictionary *options, struct engine_program *program, enum options_call call,
    const char *place) {
    struct device_error reason;
    const int engine = number_at(options, instance);
    if (engine > 0 && number_at(options, variant) != 1)
        record_violation("%s: an instance hint without the variant hint is ignored", place);
    if (call == OPTIONS_COMPILE && engine > 0 && program->engine == 0 &&
        engine_program_pin(program, engine, &reason) != DEVICE_OK)
        record_violation("%s: %s", place, reason.text);
    if (call == OPTIONS_COMPILE)
        program->engine = engine;
    else if (engine != program->engine)
        record_violation("%s: compiled for engine %d, now %d", place, program->engine, engine);
    if (call == OPTIONS_LOAD)
        program->counters_kept = number_at(options, statistics) != 0;
    if (call == OPTIONS_EVAL)
        program->counters_now = number_at(options, statistics) != 0;
}
