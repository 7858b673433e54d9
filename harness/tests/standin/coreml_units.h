/* SPDX-License-Identifier: MIT
 *
 * The units that Core ML knows of.
 */
#ifndef ANEPROBE_TESTS_STANDIN_COREML_UNITS_H
#define ANEPROBE_TESTS_STANDIN_COREML_UNITS_H

#import "object.h"

@interface MLCPUComputeDevice : StandinObject
@end

@interface MLGPUComputeDevice : StandinObject
@end

@interface MLNeuralEngineComputeDevice : StandinObject
- (NSInteger)totalCoreCount;
@end

/* All three, in that order. */
NSArray *coreml_units(void);

#endif
