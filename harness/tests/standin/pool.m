/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "ledger.h"
#include "record.h"
#include "worker.h"

#include <pthread.h>

#import "object.h"

#import <objc/runtime.h>

static _Thread_local int depth;
static _Thread_local bool is_registered;
static pthread_mutex_t client = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int entered;

void client_enter(void) {
    if (worker_is_current() || entered++ > 0)
        return;
    pthread_mutex_lock(&client);
    if (!is_registered)
        (void)GSRegisterCurrentThread();
    is_registered = true;
}

void client_leave(void) {
    if (!worker_is_current() && --entered == 0)
        pthread_mutex_unlock(&client);
}

int pool_depth(void) {
    return depth;
}

void *pool_push(void) {
    client_enter();
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
    client_leave();
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
