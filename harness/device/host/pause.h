/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_DEVICE_HOST_PAUSE_H
#define ANEPROBE_DEVICE_HOST_PAUSE_H

#include <stdint.h>

/* Returns `pause_ns` later by the host's monotonic clock. Sleeps, but spends the last 2 ms awake, so that
 * neither a timer's slack nor the processor's way out of sleep adds to what follows. */
void host_pause(uint64_t pause_ns);

#endif
