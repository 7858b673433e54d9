/* SPDX-License-Identifier: MIT
 *
 * What the framework says of the machine: an M4, so that the device writes MIL for one.
 */
#import "object.h"

@interface _ANEDeviceInfo : StandinObject
@end

@implementation _ANEDeviceInfo
+ (bool)hasANE {
    return true;
}
+ (unsigned)numANEs {
    return 1;
}
+ (unsigned)numANECores {
    return 16;
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
