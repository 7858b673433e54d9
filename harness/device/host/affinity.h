/* SPDX-License-Identifier: MIT
 *
 * The cores that threads run on, and their priority.
 */
#ifndef ANEPROBE_DEVICE_HOST_AFFINITY_H
#define ANEPROBE_DEVICE_HOST_AFFINITY_H

#include <stdbool.h>

/* The number of cores this process may use, as of the first call (a pinned thread must not make
 * later devices believe that the machine has one core). At least 1. */
int affinity_cores(void);

/* True when threads can be pinned to cores: Linux with two or more cores. macOS has no such call
 * for ordinary programs. */
bool affinity_can_isolate(void);

/* Keeps the calling thread on the evaluating core (the last one allowed), or on all the others.
 * Returns 0 or an errno. */
int affinity_pin_eval(void);
int affinity_pin_rest(void);
/* Lets the calling thread run on all cores of the process again. */
int affinity_unpin(void);

/* A QoS class as a nice value relative to the process at its start. Utility 17: 5. Background 9:
 * 10. All others, including real-time: 0, because a higher priority than at the start needs
 * privileges. */
int priority_nice_of(int qos);
/* Gives the calling thread that niceness. Returns 0 or an errno: most kernels do not let ordinary
 * users raise the priority again; the thread then keeps its own. */
int priority_apply(int nice);
/* Whether this process may raise a priority again. Tried once, on a separate thread. */
bool priority_can_raise(void);

#endif
