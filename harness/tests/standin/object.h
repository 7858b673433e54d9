/* SPDX-License-Identifier: MIT
 *
 * What the classes share: counts of instances, tracking of freed objects, and checks of arguments.
 */
#ifndef ANEPROBE_TESTS_STANDIN_OBJECT_H
#define ANEPROBE_TESTS_STANDIN_OBJECT_H

#import <Foundation/Foundation.h>

#include "device/device.h"

/* Base of the framework's classes. Living instances are counted; a freed one is kept a while as a
 * StandinFreed, so that its use is noticed. */
@interface StandinObject : NSObject
/* For the factories: an autoreleased object. */
+ (id)make;
/* Most classes of the framework give nil for alloc and init; only the factories work. */
- (id)init;
@end

@interface StandinFreed : NSObject
@end

/* For an init that fails: lets go of the client's object. Returns nil. */
id standin_init_fail(id object);

/* Codes of the private framework (error table of dev-erik/ANE and slavko-at-klincov-it/ANE-Training). */
enum {
    STANDIN_CODE_CREATE = 4,
    STANDIN_CODE_LOAD = 6,
    STANDIN_CODE_INFERENCE = 8,
    STANDIN_CODE_CHAINING = 15,
    STANDIN_CODE_NO_FILE = 16,
    STANDIN_CODE_NO_PROGRAM = 23,
    STANDIN_CODE_ARGUMENT = 26
};

/* An argument that is nil or not of that class is a violation; then the result is NO and the call must fail.
 * `place` is the method, `what` the argument. */
BOOL standin_is(id argument, Class class, const char *place, const char *what);
/* The same for an array and each of its elements. */
BOOL standin_is_array(id argument, Class element, const char *place, const char *what);
/* Sets *error, which may be NULL. Returns NO. */
BOOL standin_refuse(id *error, int code, NSString *text);
/* Whether a test wants this call refused, once, with the error that it gave. */
BOOL standin_refuse_as_asked(id *error);
/* Like standin_refuse, with the engine's reason. Its status BROKEN is a violation. */
BOOL standin_refuse_engine(id *error, const struct device_error *reason, const char *place);

#endif
