/* SPDX-License-Identifier: MIT
 *
 * CoreFoundation: its objects are GNUstep's, as Apple's are Foundation's.
 */
#import "object.h"

#include "entry.h"
#include "ledger.h"
#include "pool.h"
#include "record.h"
#include "trouble.h"

const struct {
    int version;
} kCFTypeArrayCallBacks STANDIN_EXPORT, kCFTypeDictionaryKeyCallBacks STANDIN_EXPORT,
    kCFTypeDictionaryValueCallBacks STANDIN_EXPORT;

/* A made object, which its maker owns. */
static void *made(id object) {
    if (object)
        ledger_add(object);
    return object;
}

static bool has_callbacks(const void *given, const void *wanted, const char *place) {
    if (given != wanted)
        record_violation("%s: without the callbacks of its kind nothing in it is retained", place);
    return given == wanted;
}

const void *CFRetain(const void *object) {
    if (!object)
        record_violation("CFRetain of NULL");
    return reference_retain((void *)object);
}

void CFRelease(const void *object) {
    if (!object)
        record_violation("CFRelease of NULL");
    reference_release((void *)object);
}

enum { TYPE_OTHER = 1, TYPE_ARRAY, TYPE_DICTIONARY, TYPE_NUMBER, TYPE_STRING };

unsigned long CFArrayGetTypeID(void) {
    return TYPE_ARRAY;
}
unsigned long CFDictionaryGetTypeID(void) {
    return TYPE_DICTIONARY;
}
unsigned long CFNumberGetTypeID(void) {
    return TYPE_NUMBER;
}
unsigned long CFStringGetTypeID(void) {
    return TYPE_STRING;
}

unsigned long CFGetTypeID(const void *object) {
    id o = (id)object;
    return [o isKindOfClass:[NSArray class]]        ? TYPE_ARRAY
           : [o isKindOfClass:[NSDictionary class]] ? TYPE_DICTIONARY
           : [o isKindOfClass:[NSNumber class]]     ? TYPE_NUMBER
           : [o isKindOfClass:[NSString class]]     ? TYPE_STRING
                                                    : TYPE_OTHER;
}

void *CFStringCreateWithCString(const void *allocator, const char *text, uint32_t encoding) {
    (void)allocator;
    if (encoding != APPLE_STRING_UTF8)
        record_violation("CFStringCreateWithCString: encoding %u is not UTF-8", encoding);
    return made([[NSString alloc] initWithUTF8String:text]);
}

unsigned char CFStringGetCString(const void *string, char *text, long bytes, uint32_t encoding) {
    if (encoding != APPLE_STRING_UTF8)
        record_violation("CFStringGetCString: encoding %u is not UTF-8", encoding);
    if (!standin_is((id)string, [NSString class], "CFStringGetCString", "the string"))
        return 0;
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    BOOL fits = [(NSString *)string getCString:text
                                     maxLength:(NSUInteger)bytes
                                      encoding:NSUTF8StringEncoding];
    [pool release];
    return fits;
}

void *CFDataCreate(const void *allocator, const unsigned char *bytes, long length) {
    (void)allocator;
    return made([[NSData alloc] initWithBytes:bytes length:(NSUInteger)length]);
}

void *CFNumberCreate(const void *allocator, long type, const void *value) {
    (void)allocator;
    if (type == APPLE_NUMBER_INT32)
        return made([[NSNumber alloc] initWithInt:*(const int32_t *)value]);
    if (type != APPLE_NUMBER_INT64)
        record_violation("CFNumberCreate: type %ld is not known here", type);
    return made([[NSNumber alloc] initWithLongLong:*(const int64_t *)value]);
}

unsigned char CFNumberGetValue(const void *number, long type, void *value) {
    if (!standin_is((id)number, [NSNumber class], "CFNumberGetValue", "the number"))
        return 0;
    long long wide = [(NSNumber *)number longLongValue];
    if (type == APPLE_NUMBER_INT64) {
        *(int64_t *)value = wide;
        return 1;
    }
    if (type != APPLE_NUMBER_INT32)
        record_violation("CFNumberGetValue: type %ld is not known here", type);
    *(int32_t *)value = (int32_t)wide;
    return wide == (int32_t)wide;
}

void *CFArrayCreate(const void *allocator, const void **values, long count, const void *callbacks) {
    (void)allocator;
    if (!has_callbacks(callbacks, &kCFTypeArrayCallBacks, "CFArrayCreate"))
        return NULL;
    return made([[NSArray alloc] initWithObjects:(const id *)values count:(NSUInteger)count]);
}

long CFArrayGetCount(const void *array) {
    return standin_is((id)array, [NSArray class], "CFArrayGetCount", "the array")
               ? (long)[(NSArray *)array count]
               : 0;
}

const void *CFArrayGetValueAtIndex(const void *array, long index) {
    if (!standin_is((id)array, [NSArray class], "CFArrayGetValueAtIndex", "the array"))
        return NULL;
    if (index < 0 || (NSUInteger)index >= [(NSArray *)array count]) {
        record_violation("CFArrayGetValueAtIndex: index %ld is past the end", index);
        return NULL;
    }
    return [(NSArray *)array objectAtIndex:(NSUInteger)index];
}

void *CFDictionaryCreate(const void *allocator, const void **keys, const void **values, long count,
    const void *key_callbacks, const void *value_callbacks) {
    (void)allocator;
    if (!has_callbacks(key_callbacks, &kCFTypeDictionaryKeyCallBacks, "CFDictionaryCreate") ||
        !has_callbacks(value_callbacks, &kCFTypeDictionaryValueCallBacks, "CFDictionaryCreate"))
        return NULL;
    return made([[NSDictionary alloc] initWithObjects:(const id *)values
                                              forKeys:(const id *)keys
                                                count:(NSUInteger)count]);
}

static BOOL is_keyless(id key) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    const BOOL is =
        [key isKindOfClass:[NSString class]] && trouble_is_keyless([(NSString *)key UTF8String]);
    [pool release];
    return is;
}

const void *CFDictionaryGetValue(const void *dictionary, const void *key) {
    if (is_keyless((id)key))
        return NULL;
    return standin_is(
               (id)dictionary, [NSDictionary class], "CFDictionaryGetValue", "the dictionary")
               ? [(NSDictionary *)dictionary objectForKey:(id)key]
               : nil;
}

long CFErrorGetCode(const void *error) {
    return standin_is((id)error, [NSError class], "CFErrorGetCode", "the error")
               ? (long)[(NSError *)error code]
               : 0;
}

const void *CFErrorGetDomain(const void *error) {
    return !trouble_is_nil("CFErrorGetDomain") &&
                   standin_is((id)error, [NSError class], "CFErrorGetDomain", "the error")
               ? [(NSError *)error domain]
               : nil;
}

void *CFErrorCopyDescription(const void *error) {
    if (trouble_is_nil("CFErrorCopyDescription") ||
        !standin_is((id)error, [NSError class], "CFErrorCopyDescription", "the error"))
        return NULL;
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    id text = [[(NSError *)error localizedDescription] copy];
    [pool release];
    return made(text);
}

void *CFErrorCopyUserInfo(const void *error) {
    return !trouble_is_nil("CFErrorCopyUserInfo") &&
                   standin_is((id)error, [NSError class], "CFErrorCopyUserInfo", "the error")
               ? made([[(NSError *)error userInfo] retain])
               : NULL;
}
