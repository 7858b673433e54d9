/* SPDX-License-Identifier: MIT */
#import "coreml_features.h"

#include "coreml.h"
#include "record.h"

@implementation MLFeatureValue
+ (id)featureValueWithMultiArray:(id)given {
    if (!standin_is(given, [MLMultiArray class], "featureValueWithMultiArray:", "the array"))
        return nil;
    MLFeatureValue *made = [self make];
    made->array = [given retain];
    return made;
}
- (id)multiArrayValue {
    return array;
}
- (void)dealloc {
    [array release];
    [super dealloc];
}
@end

/* A dictionary of strings to objects of one class. */
static BOOL is_named(id given, Class class, const char *place, const char *what) {
    if (!standin_is(given, [NSDictionary class], place, what))
        return NO;
    NSEnumerator *keys = [given keyEnumerator];
    for (id key; (key = [keys nextObject]) != nil;)
        if (!standin_is(key, [NSString class], place, "a key") ||
            !standin_is([given objectForKey:key], class, place, "a value"))
            return NO;
    return YES;
}

@implementation MLDictionaryFeatureProvider
- (id)initWithDictionary:(id)given error:(id *)error {
    const char *place = "initWithDictionary:error:";
    if (!is_named(given, [MLFeatureValue class], place, "the dictionary")) {
        (void)coreml_refuse(error, COREML_CODE_FEATURE_TYPE, @"no feature values");
        return standin_init_fail(self);
    }
    values = [given copy];
    return self;
}
+ (id)providerWithValues:(NSDictionary *)given {
    MLDictionaryFeatureProvider *made = [self make];
    made->values = [given copy];
    return made;
}
- (id)featureValueForName:(id)name {
    return standin_is(name, [NSString class], "featureValueForName:", "the name")
               ? [values objectForKey:name]
               : nil;
}
- (NSUInteger)count {
    return [values count];
}
- (void)dealloc {
    [values release];
    [super dealloc];
}
@end

@implementation MLPredictionOptions
- (id)init {
    return self;
}
- (void)setOutputBackings:(id)given {
    if (!is_named(given, [MLMultiArray class], "setOutputBackings:", "the backings"))
        return;
    [backings release];
    backings = [given copy];
}
- (NSDictionary *)backings {
    return backings;
}
- (void)dealloc {
    [backings release];
    [super dealloc];
}
@end

@implementation MLModelConfiguration
- (id)init {
    units = COREML_ALL;
    return self;
}
- (void)setComputeUnits:(NSInteger)given {
    if (given < COREML_CPU_ONLY || given > COREML_CPU_AND_NE)
        record_violation("setComputeUnits: there are no units %ld", (long)given);
    units = given;
}
- (void)setFunctionName:(id)name {
    if (!standin_is(name, [NSString class], "setFunctionName:", "the name"))
        return;
    [function release];
    function = [name copy];
}
- (void)dealloc {
    [function release];
    [super dealloc];
}
@end
