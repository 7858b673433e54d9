/* SPDX-License-Identifier: MIT
 *
 * What goes into a prediction and comes out of it, and how a model is to be loaded.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_FEATURES_H
#define ANEPROBE_TESTS_STANDIN_COREML_FEATURES_H

#import "coreml_array.h"

@interface MLFeatureValue : StandinObject {
    MLMultiArray *array;
}
+ (id)featureValueWithMultiArray:(id)array;
- (id)multiArrayValue;
@end

@interface MLDictionaryFeatureProvider : StandinObject {
    NSDictionary *values;
}
- (id)initWithDictionary:(id)values error:(id *)error;
- (id)featureValueForName:(id)name;
/* For the stand-in: without a client. */
+ (id)providerWithValues:(NSDictionary *)values;
- (NSUInteger)count;
@end

@interface MLPredictionOptions : StandinObject {
    NSDictionary *backings;
}
- (void)setOutputBackings:(id)backings;
- (NSDictionary *)backings; /* nil: none were set */
@end

@interface MLModelConfiguration : StandinObject {
  @public
    NSInteger units;
    NSString *function; /* or nil */
}
- (void)setComputeUnits:(NSInteger)units;
- (void)setFunctionName:(id)name;
@end

#endif
