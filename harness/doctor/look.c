/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include "device/ane/ane_framework.h"
#include "device/coreml/coreml_framework.h"
#include "device/device.h"

#include <stdio.h>

static const char remedy[] =
    "Apple has changed it: features that need it are unsupported here; send this account";

static void put_selector(
    const char *check, const struct apple_selector_row *row, const struct apple_method *method) {
    static const char *const statuses[] = {[APPLE_PRESENT] = "ok",
        [APPLE_CLASS_ABSENT] = "absent",
        [APPLE_SELECTOR_ABSENT] = "absent",
        [APPLE_TYPES_DIFFER] = "differs"};
    char name[256];
    snprintf(name, sizeof name, "%c[%s %s]", row->kind, row->class, row->selector);
    switch (method->presence) {
    case APPLE_CLASS_ABSENT:
        doctor_row(check, name, statuses[method->presence], remedy, "no class %s", row->class);
        break;
    case APPLE_SELECTOR_ABSENT:
        doctor_row(check, name, statuses[method->presence], remedy, "the class exists");
        break;
    default:
        doctor_row(check, name, statuses[method->presence],
            method->presence == APPLE_PRESENT ? "" : remedy, "types %s, expected %s",
            method->types != NULL ? method->types : "unknown", row->types);
    }
}

static void put_property(void *context, const char *key, const char *value) {
    (void)context;
    doctor_row("property", key, "ok", "", "%s", value);
}

static void put_error(const char *check, const char *item, const struct device_error *error) {
    const bool unsupported = error->status == DEVICE_UNSUPPORTED;
    doctor_row(check, item, unsupported ? "unsupported" : "failed",
        unsupported ? "" : "send this account; the suite's other devices work without it", "%s",
        error->text);
}

int doctor_look(void) {
    static struct apple_runtime runtime;
    struct device_error error;
    if (apple_runtime_open(&ane_framework, 0, &runtime, &error) != DEVICE_OK) {
        put_error("open", "libraries", &error);
        return 0;
    }
    doctor_row("open", "libraries", "ok", "", "all symbols exist");
    for (int i = 0; i < ane_framework.n_selectors; i++)
        put_selector("selector", &ane_framework.selectors[i], &runtime.methods[i]);
    struct device *device;
    if (device_open("ane", 0, &device, &error) != DEVICE_OK) {
        put_error("open", "device", &error);
        return 0;
    }
    doctor_row("open", "device", "ok", "", "%s", device->name);
    device_properties(device, put_property, NULL);
    device_close(device);
    return 0;
}

/* Of Core ML's selectors only those that are not as expected have rows of their own. */
int doctor_look_coreml(void) {
    static struct apple_runtime runtime;
    const struct apple_framework *framework = &coreml_framework;
    struct device_error error;
    int n_present = 0;
    if (apple_runtime_open(framework, 0, &runtime, &error) != DEVICE_OK) {
        put_error("coreml", "framework", &error);
        return 0;
    }
    doctor_row("coreml", "framework", "ok", "", "all symbols exist");
    for (int i = 0; i < framework->n_selectors; i++) {
        n_present += runtime.methods[i].presence == APPLE_PRESENT;
        if (runtime.methods[i].presence != APPLE_PRESENT)
            put_selector("coreml", &framework->selectors[i], &runtime.methods[i]);
    }
    const bool all = n_present == framework->n_selectors;
    doctor_row("coreml", "selectors", all ? "ok" : "absent", "", "%d of %d as expected", n_present,
        framework->n_selectors);
    return 0;
}
