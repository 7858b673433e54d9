/* SPDX-License-Identifier: MIT
 *
 * Which cores threads run on, and at what priority.
 */
#ifndef ANEPROBE_DEVICE_HOST_AFFINITY_H
#define ANEPROBE_DEVICE_HOST_AFFINITY_H

#include <stdbool.h>

/* Cores this process may use, as it was when first asked (a pinned thread must not make later
 * devices believe that the machine has one core). At least 1. */
int affinity_cores(void);

/* true when threads can be kept on cores here: Linux with two cores or more. On macOS there is no
 * such call for ordinary programs. */
bool affinity_can_isolate(void);

/* Keeps the calling thread on the evaluating core (the last one allowed), or on all the others.
 * Returns 0 or an errno. */
int affinity_pin_eval(void);
int affinity_pin_rest(void);
/* Back on all the cores that the process may use. */
int affinity_unpin(void);

/* What a QoS class means for a thread on this machine: how much nicer than the process was at its
 * start. Utility 17: 5. Background 9: 10. All others, real-time included: 0, because going above
 * where the process started needs privileges. */
int priority_nice_of(int qos);
/* Gives the calling thread that niceness. Returns 0 or an errno: going back up is refused to
 * ordinary users by most kernels, and then the thread stays where it is. */
int priority_apply(int nice);
/* May this process go back up? Tried out once on a thread of its own. */
bool priority_can_raise(void);

#endif
