/* SPDX-License-Identifier: MIT
 *
 * What stands between a message of the client and its method.
 */
#import "object.h"

#include "pool.h"
#include "record.h"
#include "trouble.h"
#include "worker.h"

#import <objc/message.h>
#import <objc/runtime.h>

IMP standin_message(id receiver, SEL selector);

static id nothing(id self, SEL selector) {
    (void)self;
    (void)selector;
    return nil;
}

static id init_nothing(id self, SEL selector) {
    (void)selector;
    return standin_init_fail(self);
}

IMP standin_message(id receiver, SEL selector) {
    const char *name = sel_getName(selector);
    worker_catch_up();
    if (!receiver)
        return objc_msg_lookup(nil, selector);
    if (object_getClass(receiver) == [StandinFreed class]) {
        record_violation("%s is sent to %s", name, [[receiver description] UTF8String]);
        return (IMP)nothing;
    }
    if (pool_depth() == 0)
        record_violation("%s is sent with no autorelease pool in place", name);
    if (trouble_is_nil(name))
        return strncmp(name, "init", 4) == 0 ? (IMP)init_nothing : (IMP)nothing;
    if (trouble_at_message(name))
        [NSException raise:NSInvalidArgumentException format:@"%s was asked to raise", name];
    if (!class_respondsToSelector(object_getClass(receiver), selector) || trouble_is_absent(name)) {
        record_violation(
            "%s is sent to %s, which has no such method", name, object_getClassName(receiver));
        [NSException raise:NSInvalidArgumentException format:@"unrecognised selector %s", name];
    }
    return objc_msg_lookup(receiver, selector);
}
