/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_properties.h"

#include "base/clock.h"
#include "device/host/affinity.h"
#include "device/host/machine.h"

#include <stdio.h>

#ifdef __APPLE__
#include <pthread/qos.h>
#endif

static void put_number(
    device_property_fn *put, void *context, const char *key, unsigned long long number) {
    char text[32];
    snprintf(text, sizeof text, "%llu", number);
    put(context, key, text);
}

void apple_properties(const struct apple_runtime *runtime, const struct device *device,
    bool is_standin, device_property_fn *put, void *context) {
    char text[256];
    put(context, "device", device->name);
    put(context, "clock", device_clock(device));
    put(context, "stand_in", is_standin ? "yes" : "no");
    if (is_standin)
        snprintf(text, sizeof text, "stand-in");
    else
        machine_chip(text, sizeof text);
    put(context, "chip", text);
    machine_os(text, sizeof text);
    put(context, "os", text);
    machine_kernel(text, sizeof text);
    put(context, "kernel", text);
    put_number(put, context, "cores", (unsigned long long)affinity_cores());
    put_number(put, context, "memory_bytes", machine_memory_bytes());
    put(context, "mil_header", mil_header_name(device->mil_header));
    apple_runtime_properties(runtime, put, context);
    put(context, "clock_source",
        runtime->entry.virtual_time ? "the stand-in's" : CLOCK_MONOTONIC_NAME);
    if (!runtime->entry.virtual_time)
        put_number(put, context, "clock_step_ns", machine_clock_step_ns());
#ifdef __APPLE__
    put_number(put, context, "thread_qos", (unsigned long long)qos_class_self());
#endif
}
