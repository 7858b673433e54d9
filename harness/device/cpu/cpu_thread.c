/* SPDX-License-Identifier: MIT
 *
 * Cores and priorities of the threads that load and evaluate.
 */
#include "device/cpu/cpu.h"

#include "device/host/affinity.h"

/* The last request for this thread, whether or not it was granted: otherwise a refusal would cost a
 * system call in every eval. */
static _Thread_local uint64_t thread_device;
static _Thread_local int thread_nice;

static void thread_change(const struct cpu_device *device, int nice) {
    if (thread_device != device->serial && device->isolated)
        (void)affinity_pin_eval();
    if (thread_nice != nice)
        (void)priority_apply(nice);
    thread_device = device->serial;
    thread_nice = nice;
}

void cpu_thread_prepare(const struct cpu_device *device, int qos) {
    int nice = priority_nice_of(qos);
    if (thread_device != device->serial || thread_nice != nice)
        thread_change(device, nice);
}

void cpu_thread_release(const struct cpu_device *device) {
    if (thread_device == device->serial && device->isolated)
        (void)affinity_unpin();
    if (thread_device == device->serial)
        thread_device = 0;
}
