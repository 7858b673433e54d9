/* SPDX-License-Identifier: MIT */
#import "statistics.h"

@implementation _ANEPerformanceStatsIOSurface
+ (id)objectWithIOSurface:(id)given statType:(long long)given_type {
    if (!standin_is(
            given, [_ANEIOSurfaceObject class], "objectWithIOSurface:statType:", "the surface"))
        return nil;
    _ANEPerformanceStatsIOSurface *made = [self make];
    made->stats = [given retain];
    made->type = given_type;
    return made;
}
- (void)dealloc {
    [stats release];
    [super dealloc];
}
@end

@implementation _ANEPerformanceStats
+ (id)statsWithHardwareExecutionNS:(unsigned long long)given {
    _ANEPerformanceStats *made = [self make];
    made->hardware_ns = given;
    return made;
}
- (unsigned long long)hwExecutionTime {
    return hardware_ns;
}
@end
