/* SPDX-License-Identifier: MIT
 *
 * Opening the stand-in, and its clock.
 */
#import <Foundation/Foundation.h>

#include "engine.h"
#include "entry.h"
#include "record.h"
#include "trouble.h"
#include "worker.h"

void aneprobe_standin_open(uint64_t seed) {
    record_open();
    trouble_open();
    engine_open(seed);
}

uint64_t aneprobe_standin_clock_ns(void) {
    if (worker_is_current())
        return worker_now_ns();
    worker_catch_up();
    return engine_clock_ns();
}
