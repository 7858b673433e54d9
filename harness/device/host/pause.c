/* SPDX-License-Identifier: MIT */
#include "device/host/pause.h"

#include "base/clock.h"

#include <time.h>

void host_pause(uint64_t pause_ns) {
    const uint64_t awake_ns = 2000000, end_ns = clock_monotonic_ns() + pause_ns;
    for (uint64_t now_ns; (now_ns = clock_monotonic_ns()) < end_ns;) {
        if (end_ns - now_ns <= awake_ns)
            continue;
        const uint64_t sleep_ns = end_ns - now_ns - awake_ns;
        const struct timespec time = {
            (time_t)(sleep_ns / 1000000000u), (long)(sleep_ns % 1000000000u)};
        (void)nanosleep(&time, NULL); /* cut short by a signal: the loop goes on */
    }
}
