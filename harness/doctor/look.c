/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include "device/ane/ane_runtime.h"
#include "device/device.h"

#include <stdio.h>

static const char remedy[] =
    "Apple has changed it: features that need it are unsupported here; send this account";

static void put_selector(const struct ane_selector_row *row, const struct ane_method *method) {
    static const char *const statuses[] = {[ANE_PRESENT] = "ok",
        [ANE_CLASS_ABSENT] = "absent",
        [ANE_SELECTOR_ABSENT] = "absent",
        [ANE_TYPES_DIFFER] = "differs"};
    char name[256];
    snprintf(name, sizeof name, "%c[%s %s]", row->kind, row->class, row->selector);
    switch (method->presence) {
    case ANE_CLASS_ABSENT:
        doctor_row("selector", name, statuses[method->presence], remedy, "no class %s", row->class);
        break;
    case ANE_SELECTOR_ABSENT:
        doctor_row("selector", name, statuses[method->presence], remedy, "the class exists");
        break;
    default:
        doctor_row("selector", name, statuses[method->presence],
            method->presence == ANE_PRESENT ? "" : remedy, "types %s, expected %s",
            method->types != NULL ? method->types : "unknown", row->types);
    }
}

static void put_property(void *context, const char *key, const char *value) {
    (void)context;
    doctor_row("property", key, "ok", "", "%s", value);
}

static void put_error(const char *item, const struct device_error *error) {
    const bool unsupported = error->status == DEVICE_UNSUPPORTED;
    doctor_row("open", item, unsupported ? "unsupported" : "failed",
        unsupported ? "" : "send this account; the suite's other devices work without it", "%s",
        error->text);
}

int doctor_look(void) {
    static struct ane_runtime runtime;
    struct device_error error;
    if (ane_runtime_open(0, &runtime, &error) != DEVICE_OK) {
        put_error("libraries", &error);
        return 0;
    }
    doctor_row("open", "libraries", "ok", "", "all symbols exist");
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++)
        put_selector(&ane_selector_rows[i], &runtime.methods[i]);
    struct device *device;
    if (device_open("ane", 0, &device, &error) != DEVICE_OK) {
        put_error("device", &error);
        return 0;
    }
    doctor_row("open", "device", "ok", "", "%s", device->name);
    device_properties(device, put_property, NULL);
    device_close(device);
    return 0;
}
