/* SPDX-License-Identifier: MIT
 *
 * The control of the overlap probe: one thread that keeps a core, the caches and the memory as busy
 * as a compiler does, without compiling anything.
 */
#ifndef ANEPROBE_DEVICE_HOST_HOST_LOAD_H
#define ANEPROBE_DEVICE_HOST_HOST_LOAD_H

#include "device/device.h"

#include <pthread.h>

/* All zero: not running. */
struct host_load {
    pthread_t thread;
    bool running;
    bool off_eval_core;
    _Atomic bool stop;
};

/* `off_eval_core` keeps the thread on the cores that compiles use. */
enum device_status host_load_start(
    struct host_load *load, bool off_eval_core, struct device_error *error);
/* Allowed when it is not running. */
void host_load_stop(struct host_load *load);

#endif
