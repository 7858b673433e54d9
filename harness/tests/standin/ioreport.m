/* SPDX-License-Identifier: MIT
 *
 * IOReport's functions, with the channels of the engine that are published: bytes, interrupts, and bands of traffic,
 * all from what the engine behind the stand-in moves; and two that say nothing of it, as they really are. Objects
 * are dictionaries, as Apple's are.
 */
#import "object.h"

#include "engine.h"
#include "entry.h"
#include "ledger.h"
#include "meter/activity_ioreport.h"
#include "pool.h"
#include "record.h"
#include "trouble.h"

#define DECLARE(library, result, name, parameters) DECLARE_##library(result, name, parameters)
#define DECLARE_CF(result, name, parameters)
#define DECLARE_REPORT(result, name, parameters) STANDIN_EXPORT result name parameters;
IOREPORT_FUNCTIONS(DECLARE)
IOREPORT_ACTIVITY_FUNCTIONS(DECLARE)
#undef DECLARE

enum value { BYTES, INTERRUPTS, BANDS, NOTHING, TIME };
static const struct {
    NSString *group, *subgroup, *name;
    enum value value;
} rows[] = {
    {@"AMC Stats", @"Perf Counters", @"ANE0 RD", BYTES},
    {@"AMC Stats", @"Perf Counters", @"PCPU0 RD", TIME},
    {@"Interrupt Statistics (by index)", @"ane 0", @"Second Level Interrupt Handler Count",
        INTERRUPTS},
    {@"Interrupt Statistics (by index)", @"dart-ane 0", @"Second Level Interrupt Handler Count",
        NOTHING},
    {@"PMP", @"AF BW", @"ANE0 RD", BANDS},
    {@"SoC Stats", @"Events", @"ANE0_TRIG", TIME},
};
enum { N_ROWS = sizeof rows / sizeof *rows, N_STATES = 4 };

/* Of the client's own, as from a function with Copy or Create in its name. */
static void *made(id object) {
    [object retain];
    ledger_add(object);
    return object;
}

static long long value_of(enum value value) {
    const uint64_t bytes = engine_traffic_bytes();
    return value == BYTES        ? (long long)bytes
           : value == INTERRUPTS ? (long long)(bytes / 4096)
           : value == BANDS      ? (long long)(bytes / 1024)
           : value == TIME       ? (long long)(engine_clock_ns() * 24 / 1000)
                                 : 0;
}

/* Its channels, with their values. */
static NSDictionary *channels_of(NSString *group) {
    NSMutableArray *channels = [NSMutableArray array];
    for (int i = 0; i < N_ROWS; i++)
        if ([rows[i].group isEqualToString:group])
            [channels addObject:[NSDictionary dictionaryWithObjectsAndKeys:rows[i].group, @"group",
                                              rows[i].subgroup, @"subgroup", rows[i].name, @"name",
                                              [NSNumber numberWithInt:rows[i].value], @"kind",
                                              [NSNumber numberWithLongLong:value_of(rows[i].value)],
                                              @"value", nil]];
    return [NSDictionary
        dictionaryWithObjectsAndKeys:channels, @"IOReportChannels", group, @"group", nil];
}

void *IOReportCopyChannelsInGroup(
    const void *group, const void *subgroup, uint64_t a, uint64_t b, uint64_t c) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    void *copy = NULL;
    if (subgroup || a || b || c)
        record_violation("IOReportCopyChannelsInGroup: only a group is known here");
    if (standin_is((id)group, [NSString class], "IOReportCopyChannelsInGroup", "the group") &&
        engine_has_traffic() && [[channels_of((id)group) objectForKey:@"IOReportChannels"] count])
        copy = made(channels_of((id)group));
    [pool release];
    return copy;
}

void IOReportMergeChannels(void *into, void *from, const void *unused) {
    (void)into, (void)from, (void)unused;
    record_violation("IOReportMergeChannels: not known here");
}

void *IOReportCreateSubscription(
    void *unused, void *desired, void **subscribed, uint64_t id_, const void *more) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    void *subscription = NULL;
    *subscribed = NULL;
    if (unused || id_ || more)
        record_violation("IOReportCreateSubscription: arguments that are not known here");
    if (standin_is((id)desired, [NSDictionary class], "IOReportCreateSubscription", "channels") &&
        !(trouble_is_on(TROUBLE_AMC_REFUSED) &&
            [[(id)desired objectForKey:@"group"] isEqualToString:@"AMC Stats"])) {
        subscription = made([NSMutableString stringWithString:@"subscription"]);
        *subscribed = made([NSDictionary dictionaryWithDictionary:(id)desired]);
    }
    [pool release];
    return subscription;
}

void *IOReportCreateSamples(void *subscription, void *channels, const void *more) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    void *sample = NULL;
    (void)more;
    if (standin_is((id)subscription, [NSString class], "IOReportCreateSamples", "subscription") &&
        standin_is((id)channels, [NSDictionary class], "IOReportCreateSamples", "the channels"))
        sample = made(channels_of([(id)channels objectForKey:@"group"]));
    [pool release];
    return sample;
}

static id of_channel(const void *channel, NSString *key) {
    return standin_is((id)channel, [NSDictionary class], "IOReport", "the channel")
               ? [(id)channel objectForKey:key]
               : nil;
}

const void *IOReportChannelGetGroup(const void *channel) {
    return of_channel(channel, @"group");
}
const void *IOReportChannelGetSubGroup(const void *channel) {
    return of_channel(channel, @"subgroup");
}
const void *IOReportChannelGetChannelName(const void *channel) {
    return of_channel(channel, @"name");
}
const void *IOReportChannelGetUnitLabel(const void *channel) {
    (void)channel;
    return @"B";
}

static BOOL is_bands(const void *channel) {
    return [of_channel(channel, @"kind") intValue] == BANDS;
}

int IOReportChannelGetFormat(const void *channel) {
    return is_bands(channel) ? IOREPORT_FORMAT_STATE : IOREPORT_FORMAT_SIMPLE;
}

int64_t IOReportSimpleGetIntegerValue(const void *channel, int32_t index) {
    if (index != 0 || is_bands(channel)) {
        record_violation("IOReportSimpleGetIntegerValue: of a channel of states, or not of 0");
        return IOREPORT_NO_VALUE;
    }
    return [of_channel(channel, @"value") longLongValue];
}

int32_t IOReportStateGetCount(const void *channel) {
    return is_bands(channel) ? N_STATES : 0;
}

/* All in the second band, and in the first as long as the engine was idle. */
int64_t IOReportStateGetResidency(const void *channel, int32_t state) {
    if (!is_bands(channel) || state < 0 || state >= N_STATES) {
        record_violation("IOReportStateGetResidency: there is no state %d", state);
        return IOREPORT_NO_VALUE;
    }
    return state == 0   ? (int64_t)engine_clock_ns() * 24 / 1000
           : state == 1 ? [of_channel(channel, @"value") longLongValue]
                        : 0;
}
