/* SPDX-License-Identifier: MIT */
#import "coreml_units.h"

#include "trouble.h"

@implementation MLCPUComputeDevice
@end

@implementation MLGPUComputeDevice
@end

@implementation MLNeuralEngineComputeDevice
- (NSInteger)totalCoreCount {
    return 16;
}
@end

NSArray *coreml_units(void) {
    id engine = trouble_is_on(TROUBLE_NO_ENGINE) ? nil : [MLNeuralEngineComputeDevice make];
    return [NSArray
        arrayWithObjects:[MLCPUComputeDevice make], [MLGPUComputeDevice make], engine, nil];
}
