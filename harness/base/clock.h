/* SPDX-License-Identifier: MIT
 *
 * The host's clock: monotonic, in nanoseconds; it does not advance while the machine sleeps.
 */
#ifndef ANEPROBE_BASE_CLOCK_H
#define ANEPROBE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#ifdef __APPLE__
#define CLOCK_MONOTONIC_NAME "CLOCK_UPTIME_RAW"
static inline uint64_t clock_monotonic_ns(void) {
    return clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
}
#else
#define CLOCK_MONOTONIC_NAME "CLOCK_MONOTONIC"
static inline uint64_t clock_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail with this clock and a valid pointer */
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
#endif

#endif
