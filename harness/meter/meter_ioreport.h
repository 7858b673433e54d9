/* SPDX-License-Identifier: MIT
 *
 * What is called of IOReport and CoreFoundation, looked up at run time: a library that changed is a reason, not a
 * program that does not start. The prototypes of IOReport are nowhere published by Apple; they are those of
 * public code (vladkens/macmon, dehydratedpotato/socpowerbud): objects of all kinds are `void *`.
 */
#ifndef ANEPROBE_METER_METER_IOREPORT_H
#define ANEPROBE_METER_METER_IOREPORT_H

#include "meter/meter_table.h"

#define IOREPORT_LIBRARIES(X)                                                                      \
    X(REPORT, "/usr/lib/libIOReport.dylib")                                                        \
    X(CF, "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation")

/* X(library, result, name, parameters). Copy and Create give what the caller releases, Get does not. */
#define IOREPORT_FUNCTIONS(X)                                                                      \
    X(REPORT, void *, IOReportCopyChannelsInGroup,                                                 \
        (const void *group, const void *subgroup, uint64_t, uint64_t, uint64_t))                   \
    X(REPORT, void, IOReportMergeChannels, (void *into, void *from, const void *))                 \
    X(REPORT, void *, IOReportCreateSubscription,                                                  \
        (void *, void *desired, void **subscribed, uint64_t, const void *))                        \
    X(REPORT, void *, IOReportCreateSamples, (void *subscription, void *channels, const void *))   \
    X(REPORT, const void *, IOReportChannelGetGroup, (const void *channel))                        \
    X(REPORT, const void *, IOReportChannelGetChannelName, (const void *channel))                  \
    X(REPORT, const void *, IOReportChannelGetUnitLabel, (const void *channel))                    \
    X(REPORT, int, IOReportChannelGetFormat, (const void *channel))                                \
    X(REPORT, int64_t, IOReportSimpleGetIntegerValue, (const void *channel, int32_t))              \
    X(CF, void, CFRelease, (const void *object))                                                   \
    X(CF, void *, CFStringCreateWithCString, (const void *, const char *text, uint32_t encoding))  \
    X(CF, unsigned char, CFStringGetCString,                                                       \
        (const void *string, char *text, long bytes, uint32_t encoding))                           \
    X(CF, const void *, CFDictionaryGetValue, (const void *dictionary, const void *key))           \
    X(CF, long, CFArrayGetCount, (const void *array))                                              \
    X(CF, const void *, CFArrayGetValueAtIndex, (const void *array, long index))

enum { IOREPORT_FORMAT_SIMPLE = 1, IOREPORT_FORMAT_STATE = 2 };
/* Of a channel without a reading. */
#define IOREPORT_NO_VALUE INT64_MIN

struct ioreport_entry {
#define IOREPORT_FIELD(library, result, name, parameters) result(*name) parameters;
    IOREPORT_FUNCTIONS(IOREPORT_FIELD)
#undef IOREPORT_FIELD
};

/* Looks them up in Apple's libraries, or all in the one at that path (NULL: Apple's). What is absent is NULL. */
void ioreport_entry_find(const char *library, struct ioreport_entry *out);
/* A name of one of the functions that is not there, or NULL. */
const char *ioreport_absent(const struct ioreport_entry *entry);

/* The meter by these functions; one that is NULL is absent. */
struct meter *ioreport_open_with(struct device *device, const struct ioreport_entry *entry);
extern const struct meter_table meter_ioreport;

#endif
