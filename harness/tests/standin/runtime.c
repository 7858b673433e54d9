/* SPDX-License-Identifier: MIT
 *
 * The functions of the Objective-C runtime that differ from GCC's; all others are found in GCC's
 * library, which this one depends on. GNUstep may also be bound to these, so each does everything that GCC's
 * does.
 */
#define _GNU_SOURCE
#define STANDIN_RUNTIME
#include "entry.h"

#include "engine.h"
#include "pool.h"
#include "trouble.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sel_getName(void *selector);

/* The class of global blocks: only its address is asked for. */
extern const void *const _NSConcreteGlobalBlock[32];
STANDIN_EXPORT const void *const _NSConcreteGlobalBlock[32] = {0};

/* GCC's function of that name, past ours. */
static void *next(const char *name) {
    void *address = dlsym(RTLD_NEXT, name);
    if (!address) {
        fprintf(stderr, "stand-in: the Objective-C runtime has no %s\n", name);
        abort();
    }
    return address;
}

void *objc_getClass(const char *name) {
    static void *(*real)(const char *);
    if (!real)
        real = (void *(*)(const char *))next("objc_getClass");
    bool no_chaining = strcmp(name, "_ANEChainingRequest") == 0 && !engine_has_chaining();
    bool no_stats = strcmp(name, "_ANEPerformanceStatsIOSurface") == 0 && !engine_has_stats();
    const bool no_plans = strcmp(name, "MLComputePlan") == 0 && !engine_has_plans();
    return no_chaining || no_stats || no_plans || trouble_is_absent(name) ? NULL : real(name);
}

void *object_getClass(void *object) { /* inline in GCC's header */
    return object ? *(void **)object : NULL;
}

void *class_getClassMethod(void *class, void *selector) {
    static void *(*real)(void *, void *);
    if (!real)
        real = (void *(*)(void *, void *))next("class_getClassMethod");
    return trouble_is_absent(sel_getName(selector)) ? NULL : real(class, selector);
}

void *class_getInstanceMethod(void *class, void *selector) {
    static void *(*real)(void *, void *);
    if (!real)
        real = (void *(*)(void *, void *))next("class_getInstanceMethod");
    const char *name = sel_getName(selector);
    const bool no_mutable = strstr(name, "MutableWeights") && !engine_has_mutable_weights();
    return no_mutable || trouble_is_absent(name) ? NULL : real(class, selector);
}

void *objc_retain(void *object) {
    return reference_retain(object);
}

void objc_release(void *object) {
    reference_release(object);
}

void *objc_autoreleasePoolPush(void) {
    return pool_push();
}

void objc_autoreleasePoolPop(void *pool) {
    pool_pop(pool);
}
