/* SPDX-License-Identifier: MIT
 *
 * From a device's name to an open device.
 */
#include "base/suggest.h"
#include "device/ane/ane.h"
#include "device/coreml/coreml.h"
#include "device/cpu/cpu.h"
#include "device/device.h"
#include "device/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* `auto` is ane if it opens, else cpu. */
static const struct device_kind kinds[] = {
    {"ane", "the Neural Engine of this Mac; ane:mil=ios16|ios17|ios18", ane_device_open},
    {"coreml", "Core ML, the public way; coreml:ne|gpu|cpu|all,io=copy,mil=ios16|ios17|ios18",
        coreml_device_open},
    {"cpu",
        "this machine's processor through its C compiler; cpu:cores=N,cache=off,compile_limit_s=N",
        cpu_device_open},
    {"sim", "a simulated engine in virtual time; sim:FILE or sim:CHIP", sim_device_open},
};

const struct device_kind *device_kinds(int *n_kinds) {
    *n_kinds = (int)(sizeof kinds / sizeof kinds[0]);
    return kinds;
}

enum device_status device_error_set(struct device_error *error, enum device_status status,
    const char *stage, const char *format, ...) {
    *error = (struct device_error){.status = status};
    snprintf(error->stage, sizeof error->stage, "%s", stage);
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return status;
}

enum exit_code device_error_code(const struct device_error *error) {
    if (strcmp(error->domain, DEVICE_USAGE_DOMAIN) == 0)
        return EXIT_USAGE;
    switch (error->status) {
    case DEVICE_OK:
        return EXIT_DONE;
    case DEVICE_UNSUPPORTED:
        return EXIT_UNSUPPORTED;
    case DEVICE_BROKEN:
        return EXIT_BROKEN;
    default:
        return EXIT_FAILED;
    }
}

int device_error_give(const struct device_error *from, struct error *to) {
    return error_set(to, device_error_code(from), "%s", from->text);
}

enum device_status device_error_take(
    struct device_error *to, const char *stage, const struct error *from) {
    return device_error_set(to, DEVICE_BROKEN, stage, "%s", from->text);
}

enum device_status device_error_usage(struct device_error *error, const char *text) {
    device_error_set(error, DEVICE_BROKEN, "open", "%s", text);
    snprintf(error->domain, sizeof error->domain, "%s", DEVICE_USAGE_DOMAIN);
    return DEVICE_BROKEN;
}

static const struct device_kind *kind_find(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, name, length) == 0)
            return &kinds[i];
    return NULL;
}

static enum device_status unknown_refuse(const char *name, struct device_error *error) {
    char text[sizeof error->text];
    const char *names[1 + sizeof kinds / sizeof kinds[0]] = {"auto"};
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, ":"), name);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        names[i + 1] = kinds[i].name;
    const char *nearest = suggest_nearest(word, names, sizeof names / sizeof names[0]);
    int n = snprintf(text, sizeof text, "no device '%.64s'%s%s%s; the devices are auto", name,
        nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && n > 0 && (size_t)n < sizeof text; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, ", %s", kinds[i].name);
    return device_error_usage(error, text);
}

enum device_status device_open(
    const char *name, uint64_t seed, struct device **out, struct device_error *error) {
    *out = NULL;
    if (strcmp(name, "auto") == 0) {
        if (kind_find("ane", 3)->open("", seed, out, error) == DEVICE_OK)
            return DEVICE_OK;
        return kind_find("cpu", 3)->open("", seed, out, error);
    }
    size_t length = strcspn(name, ":");
    const struct device_kind *kind = kind_find(name, length);
    if (!kind)
        return unknown_refuse(name, error);
    return kind->open(name[length] == ':' ? name + length + 1 : "", seed, out, error);
}
