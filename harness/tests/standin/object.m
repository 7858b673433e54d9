/* SPDX-License-Identifier: MIT */
#import "object.h"

#include "entry.h"
#include "ledger.h"
#include "record.h"

#import <objc/runtime.h>

enum { FREED_KEPT = 4096, CLASSES = 64 };

static struct {
    Class class;
    long n_live;
} counts[CLASSES];

static long *count_of(Class class) {
    for (int i = 0; i < CLASSES; i++)
        if (counts[i].class == class || !counts[i].class) {
            counts[i].class = class;
            return &counts[i].n_live;
        }
    abort();
}

long aneprobe_standin_live(const char *class_name) {
    long n = 0;
    for (int i = 0; i < CLASSES && counts[i].class; i++)
        if (!class_name || strcmp(class_getName(counts[i].class), class_name) == 0)
            n += counts[i].n_live;
    return n;
}

/* ---- the freed */

static struct {
    id object;
    Class class;
} freed[FREED_KEPT];
static unsigned n_freed;

static const char *freed_class(id object) {
    for (int i = 0; i < FREED_KEPT; i++)
        if (freed[i].object == object)
            return class_getName(freed[i].class);
    return "unknown class";
}

static void freed_keep(id object) {
    unsigned slot = n_freed++ % FREED_KEPT;
    if (freed[slot].object) {
        object_setClass(freed[slot].object, freed[slot].class);
        NSDeallocateObject(freed[slot].object);
    }
    freed[slot].object = object;
    freed[slot].class = object_getClass(object);
    object_setClass(object, [StandinFreed class]);
}

@implementation StandinFreed
- (id)retain {
    record_violation("a freed %s is retained", freed_class(self));
    return self;
}
- (oneway void)release {
    record_violation("a freed %s is released", freed_class(self));
}
- (id)autorelease {
    record_violation("a freed %s is autoreleased", freed_class(self));
    return self;
}
- (NSString *)description {
    return [NSString stringWithFormat:@"a freed %s", freed_class(self)];
}
@end

/* ---- the living */

@implementation StandinObject
+ (id)allocWithZone:(NSZone *)zone {
    ++*count_of(self);
    return [super allocWithZone:zone];
}

+ (id)make {
    return [[self allocWithZone:NULL] autorelease];
}

+ (id)alloc {
    id made = [super alloc];
    ledger_add(made); /* the client's own: the factories do not come this way */
    return made;
}

- (id)init {
    record_violation(
        "alloc and init give nil for %s; only its factories work", object_getClassName(self));
    return standin_init_fail(self);
}

- (void)dealloc {
    --*count_of(object_getClass(self));
    freed_keep(self);
    if (NO)
        [super dealloc]; /* when its place is needed for others */
}
@end

id standin_init_fail(id object) {
    ledger_take(object);
    [object release];
    return nil;
}

/* ---- arguments and errors */

BOOL standin_is(id argument, Class class, const char *place, const char *what) {
    if (argument && [argument isKindOfClass:class])
        return YES;
    if (argument)
        record_violation("%s: %s is %s, not %s", place, what,
            [argument isKindOfClass:[StandinFreed class]] ? [[argument description] UTF8String]
                                                          : object_getClassName(argument),
            class_getName(class));
    else
        record_violation("%s: %s is nil, not %s", place, what, class_getName(class));
    return NO;
}

BOOL standin_is_array(id argument, Class element, const char *place, const char *what) {
    if (!standin_is(argument, [NSArray class], place, what))
        return NO;
    for (NSUInteger i = 0; i < [argument count]; i++)
        if (!standin_is([argument objectAtIndex:i], element, place, what))
            return NO;
    return YES;
}

static BOOL refuse(id *error, int code, NSDictionary *info) {
    if (error)
        *error = [NSError errorWithDomain:@"com.apple.appleneuralengine" code:code userInfo:info];
    return NO;
}

BOOL standin_refuse(id *error, int code, NSString *text) {
    return refuse(
        error, code, [NSDictionary dictionaryWithObject:text forKey:NSLocalizedDescriptionKey]);
}

/* What a test asked for; nil = nothing. */
static NSDictionary *asked;
static int asked_code;

void aneprobe_standin_refuse_next(int code, const char *text, long status, long stage) {
    NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
    NSMutableDictionary *info = [[NSMutableDictionary alloc] init];
    [info setObject:[NSString stringWithUTF8String:text] forKey:NSLocalizedDescriptionKey];
    if (status)
        [info setObject:[NSNumber numberWithLong:status] forKey:@"_ANEErrorUnderlyingStatus"];
    if (stage)
        [info setObject:[NSNumber numberWithLong:stage] forKey:@"_ANEErrorLoadStage"];
    [asked release];
    asked = info;
    asked_code = code;
    [pool release];
}

BOOL standin_refuse_as_asked(id *error) {
    if (!asked)
        return NO;
    refuse(error, asked_code, [asked autorelease]);
    asked = nil;
    return YES;
}

BOOL standin_refuse_engine(id *error, const struct device_error *reason, const char *place) {
    if (reason->status == DEVICE_BROKEN)
        record_violation("%s: %s", place, reason->text);
    return standin_refuse(error, reason->code ? reason->code : STANDIN_CODE_CREATE,
        [NSString stringWithUTF8String:reason->text]);
}
