/* SPDX-License-Identifier: MIT
 *
 * What is known about the engine and this machine. Nothing that identifies the machine or its user.
 */
#include "device/ane/ane_internal.h"

#include "device/host/affinity.h"
#include "base/clock.h"
#include "device/host/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#ifdef __APPLE__
#include <pthread/qos.h>
#endif

void ane_architecture(const struct ane_runtime *runtime, char *text, size_t bytes) {
    struct device_error ignored;
    struct ane_call call = ane_call_begin(runtime, "open", &ignored);
    text[0] = '\0';
    if (!ane_string_get(
            &runtime->entry, ane_info_string(&call, ANE_INFO_ARCHITECTURE), text, bytes))
        text[0] = '\0';
    ane_call_end(&call);
}

bool ane_is_there(const struct ane_runtime *runtime) {
    struct device_error ignored;
    struct ane_call call = ane_call_begin(runtime, "open", &ignored);
    bool there = true;
    bool said = ane_info_bool(&call, ANE_INFO_HAS_ANE, &there);
    ane_call_end(&call);
    return there || !said;
}

struct put {
    device_property_fn *fn;
    void *context;
};

static void put_info(const struct put *put, struct ane_call *call) {
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
        switch (ane_selector_rows[rows[i].which].types[0]) {
        case '@':
            said = ane_string_get(
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
static void put_eval_cores(const struct put *put, struct ane_call *call) {
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

/* The number of selectors that are not as expected; doctor lists them. */
static int absent_count(const struct ane_runtime *runtime) {
    int n = 0;
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++)
        n += runtime->methods[i].presence != ANE_PRESENT;
    return n;
}

/* Classes and selectors that are not as expected, so that a report can say what was unavailable. */
static void put_absent(const struct put *put, const struct ane_runtime *runtime) {
    char text[2048] = "";
    size_t n = 0;
    for (int i = 0; i < ANE_SELECTOR_COUNT; i++) {
        const struct ane_selector_row *row = &ane_selector_rows[i];
        if (runtime->methods[i].presence != ANE_PRESENT && n + 240 < sizeof text)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%c[%.60s %.160s]",
                n > 0 ? "; " : "", row->kind, row->class, row->selector);
    }
    if (n > 0)
        put->fn(put->context, "absent", text);
}

static void put_number(const struct put *put, const char *key, unsigned long long number) {
    char text[32];
    snprintf(text, sizeof text, "%llu", number);
    put->fn(put->context, key, text);
}

void ane_properties(struct device *device, device_property_fn *fn, void *context) {
    struct ane_device *ane = ane_of(device);
    const struct put put = {fn, context};
    char text[256];
    fn(context, "device", device->name);
    fn(context, "clock", device_clock(device));
    fn(context, "stand_in", ane->options.standin ? "yes" : "no");
    if (ane->options.standin)
        snprintf(text, sizeof text, "stand-in");
    else
        machine_chip(text, sizeof text);
    fn(context, "chip", text);
    machine_os(text, sizeof text);
    fn(context, "os", text);
    machine_kernel(text, sizeof text);
    fn(context, "kernel", text);
    put_number(&put, "cores", (unsigned long long)affinity_cores());
    put_number(&put, "memory_bytes", machine_memory_bytes());
    struct device_error ignored;
    struct ane_call call = ane_call_begin(&ane->runtime, "open", &ignored);
    put_info(&put, &call);
    put_eval_cores(&put, &call);
    ane_call_end(&call);
    fn(context, "mil_header", mil_header_name(device->mil_header));
    fn(context, "mil_io", "fp16"); /* every program of the suite has it; M1 needs it */
    put_number(&put, "selectors", ANE_SELECTOR_COUNT);
    put_number(&put, "selectors_absent", (unsigned long long)absent_count(&ane->runtime));
    put_absent(&put, &ane->runtime);
    fn(context, "clock_source",
        ane->runtime.entry.virtual_time ? "the stand-in's" : CLOCK_MONOTONIC_NAME);
    fn(context, "core_isolation",
        "no: the engine is not a core, and compiles run where macOS schedules them");
#ifdef __APPLE__
    put_number(&put, "thread_qos", (unsigned long long)qos_class_self());
#endif
}
