/* SPDX-License-Identifier: MIT
 *
 * Opening the stand-in, and its clock.
 */
#import <Foundation/Foundation.h>

#include "engine.h"
#include "entry.h"
#include "pool.h"
#include "record.h"
#include "trouble.h"
#include "worker.h"

/* As on a Mac: GNUstep would end the process as if all were well. */
static void uncaught(NSException *exception) {
    fprintf(stderr, "*** Terminating app due to uncaught exception '%s', reason: '%s'\n",
        [[exception name] UTF8String], [[exception reason] UTF8String]);
    abort();
}

void aneprobe_standin_open(uint64_t seed) {
    NSSetUncaughtExceptionHandler(uncaught);
    record_open();
    trouble_open();
    engine_open(seed);
}

void aneprobe_standin_pause(uint64_t pause_ns) {
    worker_catch_up();
    engine_pause(pause_ns);
}

uint64_t aneprobe_standin_clock_ns(void) {
    if (worker_is_current())
        return worker_now_ns();
    client_enter();
    worker_catch_up();
    const uint64_t now_ns = engine_clock_ns();
    client_leave();
    return now_ns;
}
