/* SPDX-License-Identifier: MIT */
#include "device/device.h"

#include <stdio.h>
#include <string.h>

static const char *const names[DEVICE_WAYS] = {[DEVICE_WAY_DIRECT] = "direct",
    [DEVICE_WAY_NE] = "ne",
    [DEVICE_WAY_NE_COPY] = "ne-copy",
    [DEVICE_WAY_GPU] = "gpu",
    [DEVICE_WAY_CPU] = "cpu"};

const char *device_way_name(enum device_way way) {
    return names[way];
}

/* Devices of a Mac share the option mil= alone, which is the last in a name. */
static void apple_name(const char *asked, enum device_way way, char *name, size_t bytes) {
    static const char *const units[DEVICE_WAYS] = {"", "ne", "ne,io=copy", "gpu", "cpu"};
    const char *mil = strstr(asked, "mil=");
    snprintf(name, bytes, "%s%s%s%s", way == DEVICE_WAY_DIRECT ? "ane" : "coreml:", units[way],
        mil ? way == DEVICE_WAY_DIRECT ? ":" : "," : "", mil ? mil : "");
}

/* sim:FILE, sim:FILE,way=WAY, and either with ,numerics=off at its end. */
static void sim_name(const char *asked, enum device_way way, char *name, size_t bytes) {
    const char *options = strstr(asked, ",way="), *numerics = strstr(asked, ",numerics=");
    if (!options)
        options = numerics ? numerics : asked + strlen(asked);
    snprintf(name, bytes, "%.*s,way=%s%s", (int)(options - asked), asked, names[way],
        numerics ? numerics : "");
}

enum device_status device_way_open(const struct device *device, enum device_way way, uint64_t seed,
    struct device **out, struct device_error *error) {
    const char *kind = device_kind(device);
    char name[sizeof device->name + 16];
    *out = NULL;
    if (strcmp(kind, "ane") == 0 || strcmp(kind, "coreml") == 0)
        apple_name(device->name, way, name, sizeof name);
    else if (strcmp(kind, "sim") == 0)
        sim_name(device->name, way, name, sizeof name);
    else if (way == DEVICE_WAY_DIRECT)
        snprintf(name, sizeof name, "%s", device->name);
    else
        return device_error_set(error, DEVICE_UNSUPPORTED, "open",
            "the device %s has no other way to its machine; ask ane, coreml or a sim", kind);
    return device_open(name, seed, out, error);
}
