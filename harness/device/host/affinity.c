/* SPDX-License-Identifier: MIT */
#ifdef __linux__
#define _GNU_SOURCE /* sched_setaffinity and CPU_SET */
#endif
#include "device/host/affinity.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>

static pthread_once_t allowed_once = PTHREAD_ONCE_INIT;
static cpu_set_t allowed;

static void allowed_read(void) {
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) == 0)
        CPU_SET(0, &allowed);
}

int affinity_cores(void) {
    pthread_once(&allowed_once, allowed_read);
    return CPU_COUNT(&allowed);
}

bool affinity_can_isolate(void) {
    return affinity_cores() >= 2;
}

/* The last core: on most machines the first one also serves the interrupts. */
static int eval_core(void) {
    int core = CPU_SETSIZE - 1;
    while (core > 0 && !CPU_ISSET(core, &allowed))
        core--;
    return core;
}

static int pin(bool eval) {
    if (!affinity_can_isolate())
        return ENOTSUP;
    cpu_set_t set;
    int core = eval_core();
    if (eval) {
        CPU_ZERO(&set);
        CPU_SET(core, &set);
    } else {
        set = allowed;
        CPU_CLR(core, &set);
    }
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

int affinity_pin_eval(void) {
    return pin(true);
}

int affinity_pin_rest(void) {
    return pin(false);
}

int affinity_unpin(void) {
    (void)affinity_cores();
    return sched_setaffinity(0, sizeof allowed, &allowed) == 0 ? 0 : errno;
}
#else
int affinity_cores(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

bool affinity_can_isolate(void) {
    return false;
}

int affinity_pin_eval(void) {
    return ENOTSUP;
}

int affinity_pin_rest(void) {
    return ENOTSUP;
}

int affinity_unpin(void) {
    return ENOTSUP;
}
#endif
