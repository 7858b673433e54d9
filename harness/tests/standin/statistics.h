/* SPDX-License-Identifier: MIT
 *
 * Performance statistics: where a request has them written, and what it gives after an eval.
 */
#ifndef ANEPROBE_TESTS_STANDIN_STATISTICS_H
#define ANEPROBE_TESTS_STANDIN_STATISTICS_H

#import "surface.h"

@interface _ANEPerformanceStatsIOSurface : StandinObject {
    _ANEIOSurfaceObject *stats;
    long long type;
}
+ (id)objectWithIOSurface:(id)surface statType:(long long)type;
/* Where it is for counters, what they are goes there. */
- (void)putCounters:(const struct device_counters *)counters;
@end

@interface _ANEPerformanceStats : StandinObject {
    unsigned long long hardware_ns;
}
+ (id)statsWithHardwareExecutionNS:(unsigned long long)hardware_ns;
- (unsigned long long)hwExecutionTime;
@end

#endif
