/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "ledger.h"
#include "record.h"

#import "object.h"

#import <objc/runtime.h>

static _Thread_local int depth;

int pool_depth(void) {
    return depth;
}

void *pool_push(void) {
    depth++;
    return [[NSAutoreleasePool alloc] init];
}

void pool_pop(void *pool) {
    if (depth == 0) {
        record_violation("an autorelease pool is popped that was not pushed");
        return;
    }
    depth--;
    [(NSAutoreleasePool *)pool release];
}

void *reference_retain(void *object) {
    if (object) {
        [(id)object retain];
        ledger_add(object);
    }
    return object;
}

void reference_release(void *object) {
    if (!object)
        return;
    if (ledger_take(object))
        [(id)object release];
    else if (object_getClass((id)object) == [StandinFreed class])
        [(id)object release]; /* records it */
    else
        record_violation(
            "a %s is released that the client does not own", object_getClassName((id)object));
}
