/* SPDX-License-Identifier: MIT */
#import "statistics.h"

#include "record.h"

#include <string.h>

/* The kind that counters come in, and how. */
enum { TYPE_COUNTERS = 2, COUNTERS_HEAD = 8 };

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

- (void)putCounters:(const struct device_counters *)counters {
    struct memory *memory = [stats memory];
    if (type != TYPE_COUNTERS || !counters->there)
        return;
    if (memory->bytes < COUNTERS_HEAD + sizeof counters->count)
        record_violation("a surface of %zu bytes has no room for counters", memory->bytes);
    else
        memcpy(memory->engine + COUNTERS_HEAD, counters->count, sizeof counters->count);
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
