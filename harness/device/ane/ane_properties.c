/* SPDX-License-Identifier: MIT
 *
 * What is known about the engine and this machine. Nothing that identifies the machine or its user.
 */
#include "device/ane/ane_internal.h"

#include "device/apple/apple_properties.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void ane_architecture(const struct apple_runtime *runtime, char *text, size_t bytes) {
    struct device_error ignored;
    struct apple_call call = apple_call_begin(runtime, "open", &ignored);
    text[0] = '\0';
    if (!apple_string_get(
            &runtime->entry, ane_info_string(&call, ANE_INFO_ARCHITECTURE), text, bytes))
        text[0] = '\0';
    apple_call_end(&call);
}

bool ane_is_there(const struct apple_runtime *runtime) {
    struct device_error ignored;
    struct apple_call call = apple_call_begin(runtime, "open", &ignored);
    bool there = true;
    bool said = ane_info_bool(&call, ANE_INFO_HAS_ANE, &there);
    apple_call_end(&call);
    return there || !said;
}

struct put {
    device_property_fn *fn;
    void *context;
};

static void put_info(const struct put *put, struct apple_call *call) {
    static const struct {
        enum ane_selector which;
        const char *key;
    } rows[] = {
        {ANE_INFO_NUM_ANES, "ane_count"},
        {ANE_INFO_NUM_CORES, "ane_cores"},
        {ANE_INFO_ARCHITECTURE, "ane_architecture"},
        {ANE_INFO_SUB_TYPE, "ane_sub_type"},
        {ANE_INFO_BOARD, "ane_board"},
        {ANE_INFO_BUILD, "ane_build"},
        {ANE_INFO_VIRTUAL, "virtual_machine"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[96] = "";
        int64_t number;
        bool yes, said = false;
        switch (ane_framework.selectors[rows[i].which].types[0]) {
        case '@':
            said = apple_string_get(
                &call->runtime->entry, ane_info_string(call, rows[i].which), text, sizeof text);
            break;
        case 'B':
            said = ane_info_bool(call, rows[i].which, &yes);
            if (said)
                snprintf(text, sizeof text, "%s", yes ? "yes" : "no");
            break;
        default:
            said = ane_info_number(call, rows[i].which, &number);
            if (said)
                snprintf(text, sizeof text, "%" PRId64, number);
        }
        if (said && text[0] != '\0')
            put->fn(put->context, rows[i].key, text);
    }
}

/* The cores that share one eval: those of one engine. It is not published what numANECores counts
 * on chips with two engines; an engine of an M6 has 16 (751K's M6 study), and none is known to have
 * more. */
static void put_eval_cores(const struct put *put, struct apple_call *call) {
    enum { ENGINE_CORES_MAX = 16 };
    int64_t cores, engines;
    if (!ane_info_number(call, ANE_INFO_NUM_CORES, &cores) || cores < 1)
        return;
    if (cores > ENGINE_CORES_MAX && ane_info_number(call, ANE_INFO_NUM_ANES, &engines) &&
        engines > 0 && cores % engines == 0)
        cores /= engines;
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, cores);
    put->fn(put->context, "eval_cores", text);
}

void ane_properties(struct device *device, device_property_fn *fn, void *context) {
    struct ane_device *ane = ane_of(device);
    const struct put put = {fn, context};
    apple_properties(&ane->runtime, device, ane->options.standin, fn, context);
    struct device_error ignored;
    struct apple_call call = apple_call_begin(&ane->runtime, "open", &ignored);
    put_info(&put, &call);
    put_eval_cores(&put, &call);
    apple_call_end(&call);
    fn(context, "mil_io", "fp16"); /* every program of the suite has it; M1 needs it */
    fn(context, "core_isolation",
        "no: the engine is not a core, and compiles run where macOS schedules them");
}
