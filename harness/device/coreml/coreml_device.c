/* SPDX-License-Identifier: MIT
 *
 * Opening and closing, and the table of functions.
 */
#include "device/coreml/coreml_internal.h"

#include "device/host/machine.h"

#include <stdlib.h>

static uint64_t coreml_clock_ns(struct device *device) {
    return coreml_of(device)->runtime.entry.clock_ns();
}

/* In virtual time it loads nothing. */
static enum device_status coreml_host_load_start(
    struct device *device, struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    return coreml->runtime.entry.virtual_time ? DEVICE_OK
                                              : host_load_start(&coreml->host_load, false, error);
}

static void coreml_host_load_stop(struct device *device) {
    host_load_stop(&coreml_of(device)->host_load);
}

static void coreml_host_pause(struct device *device, uint64_t pause_ns) {
    coreml_of(device)->runtime.entry.pause(pause_ns);
}

static void coreml_close(struct device *device) {
    struct coreml_device *coreml = coreml_of(device);
    if (coreml->queue)
        coreml->runtime.entry.dispatch_release(coreml->queue);
    run_directory_close(&coreml->run);
    free(coreml);
}

/* The engine's code is made by a service of the system's, in a process of its own. */
static void coreml_disturbance_read(struct device *device, struct disturbance_reading *reading) {
    disturbance_read(reading);
    reading->own_ns += coreml_of(device)->service_ns;
}

enum device_status coreml_qos_check(int qos, const char *stage, struct device_error *error) {
    if (qos == DEVICE_QOS_DEFAULT)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_UNSUPPORTED, stage,
        "Core ML has no quality of service, so %d cannot be requested; use %d, or the device ane",
        qos, DEVICE_QOS_DEFAULT);
}

/* ---- what Core ML cannot do ------------------------------------------------------------------ */

static enum device_status rewrite_refuse(struct device_error *error) {
    return device_error_set(error, DEVICE_UNSUPPORTED, "rewrite",
        "Core ML compiles a package once; with other weights on disk it is another model, to be "
        "compiled again");
}

enum device_status coreml_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    (void)device, (void)program, (void)blob_path, (void)blob_offset, (void)data, (void)bytes;
    return rewrite_refuse(error);
}

enum device_status coreml_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    (void)device, (void)program, (void)blob_path, (void)blob_offset, (void)data, (void)bytes;
    return rewrite_refuse(error);
}

enum device_status coreml_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    (void)device, (void)spec, (void)qos, (void)out;
    return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
        "Core ML has no chained requests; use the device ane");
}

#define TABLE(time, disturbance)                                                                   \
    {                                                                                              \
        .kind = "coreml", .clock = time, .keeps_states = true, .close = coreml_close,              \
        .properties = coreml_properties, .clock_ns = coreml_clock_ns,                              \
        .disturbance_read = disturbance, .program_create = coreml_program_create,                  \
        .program_destroy = coreml_program_destroy, .compile = coreml_compile,                      \
        .compile_start = coreml_compile_start, .compile_poll = coreml_compile_poll,                \
        .compile_wait = coreml_compile_wait, .load = coreml_load, .unload = coreml_unload,         \
        .layout = coreml_layout, .surface_create = coreml_surface_create,                          \
        .surface_destroy = coreml_surface_destroy, .surface_lock = coreml_surface_lock,            \
        .surface_unlock = coreml_surface_unlock, .request_create = coreml_request_create,          \
        .request_destroy = coreml_request_destroy, .eval = coreml_eval,                            \
        .eval_lanes = apple_eval_lanes, .placement = coreml_placement,                             \
        .source_rewrite = coreml_source_rewrite, .compiled_rewrite = coreml_compiled_rewrite,      \
        .chain_prepare = coreml_chain_prepare, .host_load_start = coreml_host_load_start,          \
        .host_load_stop = coreml_host_load_stop, .host_pause = coreml_host_pause,                  \
    }
static const struct device_table measured = TABLE("measured", coreml_disturbance_read);
static const struct device_table standin_time = TABLE("virtual", NULL);
#undef TABLE

enum device_status coreml_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error) {
    struct coreml_device *coreml = calloc(1, sizeof *coreml);
    if (!coreml)
        return device_memory_out(error, "open");
    char reason[sizeof error->text], os[128];
    if (coreml_options_parse(options, &coreml->options, error) != 0 ||
        apple_runtime_open(&coreml_framework, seed, &coreml->runtime, error) != DEVICE_OK ||
        coreml_units_check(coreml, error) != DEVICE_OK)
        goto fail;
    coreml->package = coreml_package_load(reason, sizeof reason);
    if (!coreml->package || run_directory_open(&coreml->run, reason, sizeof reason) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "%s", reason);
        goto fail;
    }
    machine_os(os, sizeof os);
    coreml->base.mil_header = coreml->options.apple.mil_header >= 0
                                  ? (enum mil_header)coreml->options.apple.mil_header
                                  : apple_mil_header(os);
    coreml->base.table = coreml->runtime.entry.virtual_time ? &standin_time : &measured;
    coreml_options_name(&coreml->options, coreml->base.name, sizeof coreml->base.name);
    *out = &coreml->base;
    return DEVICE_OK;

fail:
    free(coreml);
    return error->status;
}
