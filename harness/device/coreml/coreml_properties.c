/* SPDX-License-Identifier: MIT
 *
 * What Core ML says of the machine's units.
 */
#include "device/coreml/coreml_internal.h"

#include "device/apple/apple_properties.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char engine_class[] = "MLNeuralEngineComputeDevice";

/* The compute device of that class, or NULL. *said is false when the system does not tell. */
static void *unit_find(struct apple_call *call, const char *class, bool *said) {
    const struct apple_entry *e = &call->runtime->entry;
    const void *devices = coreml_model_devices(call);
    const long n = apple_array_count(e, devices);
    *said = n > 0;
    for (long i = 0; i < n; i++) {
        void *unit = (void *)(uintptr_t)apple_array_at(e, devices, i);
        if (strcmp(e->object_getClassName(unit), class) == 0)
            return unit;
    }
    return NULL;
}

enum device_status coreml_units_check(struct coreml_device *device, struct device_error *error) {
    static const struct {
        const char *class, *words;
    } units[] = {[COREML_UNITS_NE] = {engine_class, "Neural Engine"},
        [COREML_UNITS_GPU] = {"MLGPUComputeDevice", "GPU"}};
    const enum coreml_units unit = device->options.units;
    if (unit != COREML_UNITS_NE && unit != COREML_UNITS_GPU)
        return DEVICE_OK;
    struct device_error ignored;
    struct apple_call call = apple_call_begin(&device->runtime, "open", &ignored);
    bool said;
    const bool is_there = unit_find(&call, units[unit].class, &said) != NULL;
    apple_call_end(&call);
    if (is_there || !said)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_UNSUPPORTED, "open",
        "Core ML sees no %s on this machine; use coreml:cpu", units[unit].words);
}

void coreml_properties(struct device *device, device_property_fn *put, void *context) {
    struct coreml_device *coreml = coreml_of(device);
    static const char *const units[] = {[COREML_UNITS_CPU] = "processor",
        [COREML_UNITS_GPU] = "processor and GPU",
        [COREML_UNITS_ALL] = "all",
        [COREML_UNITS_NE] = "processor and Neural Engine"};
    apple_properties(&coreml->runtime, device, coreml->options.apple.standin, put, context);
    put(context, "compute_units", units[coreml->options.units]);
    put(context, "io", coreml->options.copies ? "copied" : "IOSurfaces, not copied");
    put(context, "model",
        coreml->options.in_memory ? "asset in memory" : "package in a directory, compiled");
    put(context, "mil_io", "fp16"); /* every program of the suite has it */
    struct device_error ignored;
    struct apple_call call = apple_call_begin(&coreml->runtime, "open", &ignored);
    int64_t cores;
    bool said;
    void *engine =
        coreml->options.units == COREML_UNITS_NE ? unit_find(&call, engine_class, &said) : NULL;
    if (engine && coreml_engine_cores(&call, engine, &cores)) {
        char text[32];
        snprintf(text, sizeof text, "%" PRId64, cores);
        put(context, "ane_cores", text);
    }
    apple_call_end(&call);
    put(context, "core_isolation",
        "no: Core ML decides where a program runs; a plan of it is no proof");
}
