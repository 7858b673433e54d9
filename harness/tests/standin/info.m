/* SPDX-License-Identifier: MIT
 *
 * What the framework says about the machine: an M4, so the device writes MIL for one.
 */
#import "object.h"

#include "trouble.h"

#include <objc/runtime.h>

/* The bits above the 32 of an answer are not part of it: here they are never zero. */
static uint64_t cores(id self, SEL selector) {
    (void)self, (void)selector;
    return UINT64_C(0xdeadbeef00000000) | (trouble_is_on(TROUBLE_CORES_OF_BOTH) ? 32 : 16);
}

@interface _ANEDeviceInfo : StandinObject
@end

@implementation _ANEDeviceInfo
+ (void)load {
    method_setImplementation(
        class_getClassMethod(self, @selector(numANECores)), (IMP)(void (*)(void))cores);
}
+ (bool)hasANE {
    return true;
}
+ (unsigned)numANEs {
    return trouble_is_on(TROUBLE_TWO_ENGINES) || trouble_is_on(TROUBLE_CORES_OF_BOTH) ? 2 : 1;
}
+ (unsigned)numANECores {
    return 0; /* see cores() */
}
+ (NSString *)aneArchitectureType {
    return @"h16g";
}
+ (NSString *)aneSubType {
    return @"g";
}
+ (long long)aneBoardType {
    return 0;
}
+ (NSString *)buildVersion {
    return @"stand-in";
}
+ (bool)isVirtualMachine {
    return false;
}
@end
