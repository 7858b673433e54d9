/* SPDX-License-Identifier: MIT
 *
 * What is known about the machine. Nothing that identifies the machine or its user.
 */
#include "device/cpu/cpu.h"

#include "device/host/affinity.h"
#include "device/host/machine.h"

#include <stdio.h>

static const char *isolation_text(const struct cpu_device *device) {
    if (device->isolated)
        return "yes: evals on one core, compiles on the others";
    if (device->options.cores > 1)
        return "no: only cores=1 keeps evals and compiles apart";
#ifdef __APPLE__
    return "no: macOS cannot pin threads to cores";
#else
    return "no: this process may use only one core";
#endif
}

void cpu_properties(struct device *device, device_property_fn *put, void *context) {
    struct cpu_device *cpu = cpu_of(device);
    char text[512];
    put(context, "device", device->name);
    put(context, "clock", device_clock(device));
    machine_chip(text, sizeof text);
    put(context, "chip", text);
    machine_os(text, sizeof text);
    put(context, "os", text);
    machine_kernel(text, sizeof text);
    put(context, "kernel", text);
    snprintf(text, sizeof text, "%d", affinity_cores());
    put(context, "cores", text);
    snprintf(text, sizeof text, "%d", cpu->options.cores);
    put(context, "eval_cores", text);
    snprintf(text, sizeof text, "%llu", machine_memory_bytes());
    put(context, "memory_bytes", text);
    cpu_compiler_version(cpu, text, sizeof text);
    put(context, "compiler", text);
    put(context, "blas", blas_name(&cpu->blas));
    put(context, "clock_source", CLOCK_MONOTONIC_NAME);
    snprintf(text, sizeof text, "%u", machine_clock_step_ns());
    put(context, "clock_step_ns", text);
    put(context, "core_isolation", isolation_text(cpu));
    put(context, "qos_as_nice",
        priority_can_raise() ? "utility +5, background +10, others 0"
                             : "utility +5, background +10, others 0; a thread cannot be raised "
                               "again without privileges, so classes differ only on fresh threads");
}
