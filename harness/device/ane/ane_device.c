/* SPDX-License-Identifier: MIT
 *
 * Opening and closing, and the table of functions.
 */
#include "device/ane/ane_internal.h"

#include "device/host/machine.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t ane_clock_ns(struct device *device) {
    return ane_of(device)->runtime.entry.clock_ns();
}

/* In virtual time it loads nothing. */
static enum device_status ane_host_load_start(struct device *device, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    return ane->runtime.entry.virtual_time ? DEVICE_OK
                                           : host_load_start(&ane->host_load, false, error);
}

static void ane_host_load_stop(struct device *device) {
    host_load_stop(&ane_of(device)->host_load);
}

static void ane_host_pause(struct device *device, uint64_t pause_ns) {
    ane_of(device)->runtime.entry.pause(pause_ns);
}

static void ane_close(struct device *device) {
    struct ane_device *ane = ane_of(device);
    const struct apple_entry *e = &ane->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    if (ane->client)
        e->objc_release(ane->client);
    if (ane->chain_client)
        e->objc_release(ane->chain_client);
    if (ane->queue)
        e->dispatch_release(ane->queue);
    apple_release(e, ane->no_options);
    e->objc_autoreleasePoolPop(pool);
    run_directory_close(&ane->run);
    free(ane);
}

/* Compiles and loads are done by a service of the system's, in a process of its own. */
static void ane_disturbance_read(struct device *device, struct disturbance_reading *reading) {
    disturbance_read(reading);
    reading->own_ns += ane_of(device)->service_ns;
}

#define TABLE(time, disturbance)                                                                   \
    {                                                                                              \
        .kind = "ane", .clock = time, .any_procedure = true, .close = ane_close,                   \
        .properties = ane_properties, .clock_ns = ane_clock_ns, .disturbance_read = disturbance,   \
        .program_create = ane_program_create, .program_destroy = ane_program_destroy,              \
        .compile = ane_compile, .compile_start = ane_compile_start,                                \
        .compile_poll = ane_compile_poll, .compile_wait = ane_compile_wait,                        \
        .is_known = ane_is_known, .load = ane_load, .unload = ane_unload, .purge = ane_purge,      \
        .layout = ane_layout, .layout_minimum = ane_layout_minimum,                                \
        .surface_create = ane_surface_create, .surface_destroy = ane_surface_destroy,              \
        .surface_lock = ane_surface_lock, .surface_unlock = ane_surface_unlock,                    \
        .request_create = ane_request_create, .request_destroy = ane_request_destroy,              \
        .eval = ane_eval, .eval_lanes = apple_eval_lanes, .stats_ask = ane_stats_ask,              \
        .stats_read = ane_stats_read, .counters_ask = ane_counters_ask,                            \
        .counters_read = ane_counters_read, .program_pin = ane_program_pin,                        \
        .program_option = ane_program_option, .source_rewrite = ane_source_rewrite,                \
        .compiled_rewrite = ane_compiled_rewrite, .weights_map = ane_weights_map,                  \
        .weights_sync = ane_weights_sync, .weights_unmap = ane_weights_unmap,                      \
        .chain_prepare = ane_chain_prepare, .chain_ready = ane_chain_ready,                        \
        .chain_enqueue = ane_chain_enqueue, .chain_destroy = ane_chain_destroy,                    \
        .host_load_start = ane_host_load_start, .host_load_stop = ane_host_load_stop,              \
        .host_pause = ane_host_pause,                                                              \
    }
static const struct device_table measured = TABLE("measured", ane_disturbance_read);
static const struct device_table standin_time = TABLE("virtual", NULL);
#undef TABLE

enum device_status ane_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error) {
    struct ane_device *ane = calloc(1, sizeof *ane);
    if (!ane)
        return device_memory_out(error, "open");
    char reason[sizeof error->text], architecture[64], os[128];
    if (ane_options_parse(options, &ane->options, error) != 0 ||
        apple_runtime_open(&ane_framework, seed, &ane->runtime, error) != DEVICE_OK)
        goto fail;
    if (!ane_is_there(&ane->runtime)) {
        device_error_set(error, DEVICE_UNSUPPORTED, "open",
            "this machine has no Neural Engine (_ANEDeviceInfo hasANE is NO, as in a virtual "
            "machine); use cpu");
        goto fail;
    }
    ane->no_options = apple_dictionary(&ane->runtime.entry, NULL, NULL, 0);
    if (!ane->no_options) {
        device_memory_out(error, "open");
        goto fail;
    }
    if (run_directory_open(&ane->run, reason, sizeof reason) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "%s", reason);
        apple_release(&ane->runtime.entry, ane->no_options);
        goto fail;
    }
    ane_architecture(&ane->runtime, architecture, sizeof architecture);
    machine_os(os, sizeof os);
    ane->base.mil_header = ane->options.mil_header >= 0 ? (enum mil_header)ane->options.mil_header
                                                        : ane_mil_header(architecture, os);
    ane->base.table = ane->runtime.entry.virtual_time ? &standin_time : &measured;
    apple_options_name("ane", "", &ane->options, ane->base.name, sizeof ane->base.name);
    *out = &ane->base;
    return DEVICE_OK;

fail:
    free(ane);
    return error->status;
}
