/* SPDX-License-Identifier: MIT
 *
 * The engine's own statistics, read as published: set a mask on the model before the load, put a
 * surface for them into the request, and after an eval read the request's perfStats. Most who tried
 * it got nothing (maderix/ANE#2, maderix/ANE#40, slavko-at-klincov-it/ANE-Training). And its counters: a mask
 * in the options of load and eval, and what stands in a surface of another kind. Neither has run on an engine
 * yet.
 */
#include "device/ane/ane_internal.h"

#include <string.h>

/* The size used in published attempts, and the first of the kinds they tried; and those with which counters
 * were read on an M4 (751K/apple-neural-engine-monitor), after a head of 8 bytes. */
enum { STATS_BYTES = 65536, STATS_TYPE = 0 };
enum { COUNTERS_BYTES = 4096, COUNTERS_TYPE = 2, COUNTERS_HEAD = 8 };
static const unsigned char poison = 0xA5;

enum device_status ane_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error) {
    static const enum ane_selector needed[] = {ANE_STATS_SURFACE_CREATE, ANE_REQUEST_STATS,
        ANE_STATS_HARDWARE_TIME, ANE_CLIENT_MODEL_STATS_MASK};
    struct ane_device *ane = ane_of(device);
    enum device_status status = DEVICE_OK;
    for (size_t i = 0; i < sizeof needed / sizeof *needed && status == DEVICE_OK; i++)
        status = apple_runtime_need(&ane->runtime, needed[i], "statistics", error);
    if (status != DEVICE_OK)
        return status;
    struct device_error ignored;
    struct apple_call call = apple_call_begin(&ane->runtime, "statistics", error);
    if (!ane_model_stats_mask(&call, program->model, mask))
        status = error->status;
    /* The object that clients take has its own mask, if it exists before the load. */
    call.error = &ignored;
    void *model = status == DEVICE_OK ? ane_model_model(&call, program->model) : NULL;
    if (model)
        (void)ane_client_model_stats_mask(&call, model, mask);
    apple_call_end(&call);
    return status;
}

/* What nobody writes must not look like counts. */
static bool counters_poison(const struct apple_entry *e, void *surface) {
    if (e->IOSurfaceLock(surface, 0, NULL) != 0)
        return false;
    unsigned char *memory = e->IOSurfaceGetBaseAddress(surface);
    memset(memory, 0, COUNTERS_BYTES);
    memset(memory + COUNTERS_HEAD, poison, DEVICE_COUNTERS * sizeof(uint64_t));
    (void)e->IOSurfaceUnlock(surface, 0, NULL);
    return true;
}

/* A surface for one kind of statistics, to release; *wrapped is not. NULL and *call->error. */
static void *room_make(struct apple_call *call, size_t bytes, int64_t stat_type, void **wrapped) {
    const struct apple_entry *e = &call->runtime->entry;
    void *surface = ane_io_surface(e, bytes);
    if (!surface) {
        device_error_set(call->error, DEVICE_BROKEN, call->stage,
            "out of memory: no room for a surface of %zu bytes", bytes);
        return NULL;
    }
    void *object = ane_surface_wrap(call, surface); /* retains it */
    *wrapped = object ? ane_stats_surface_create(call, object, stat_type) : NULL;
    if (*wrapped)
        return surface;
    apple_release(e, surface);
    return NULL;
}

enum device_status ane_stats_room(struct device_request *request,
    const struct device_program_base *asked, struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    void *rooms[2];
    int n = 0;
    if (asked->stats_mask != 0) {
        void *surface = room_make(call, STATS_BYTES, STATS_TYPE, &rooms[n]);
        if (!surface)
            return call->error->status;
        apple_release(e, surface); /* its wrapper retains it */
        n++;
    }
    if (asked->has_counters) {
        request->counters = room_make(call, COUNTERS_BYTES, COUNTERS_TYPE, &rooms[n]);
        if (!request->counters)
            return call->error->status;
        if (!counters_poison(e, request->counters))
            return device_error_set(
                call->error, DEVICE_BROKEN, call->stage, "cannot lock a new surface");
        n++;
    }
    if (n > 0 && !(request->stats = apple_array(e, rooms, n)))
        return device_memory_out(call->error, call->stage);
    return DEVICE_OK;
}

enum device_status ane_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error) {
    void *stats = NULL;
    struct apple_call call = apple_call_begin(&ane_of(device)->runtime, "statistics", error);
    bool done = ane_request_stats(&call, request->request, &stats);
    if (done && stats) {
        out->there = true;
        done = ane_stats_hardware_ns(&call, stats, &out->hardware_ns);
    }
    apple_call_end(&call);
    return done ? DEVICE_OK : error->status;
}

/* ---- counters -------------------------------------------------------------------------------- */

enum device_status ane_counters_ask(
    struct device *device, struct device_program *program, struct device_error *error) {
    if (apple_runtime_need(
            &ane_of(device)->runtime, ANE_STATS_SURFACE_CREATE, "statistics", error) != DEVICE_OK)
        return error->status;
    return ane_program_options_set(
        program, true, program->base.engine, program->base.options, error);
}

enum device_status ane_counters_read(struct device *device, struct device_request *request,
    struct device_counters *out, struct device_error *error) {
    const struct apple_entry *e = &ane_of(device)->runtime.entry;
    unsigned char none[sizeof out->count];
    if (e->IOSurfaceLock(request->counters, APPLE_LOCK_READ_ONLY, NULL) != 0)
        return device_error_set(
            error, DEVICE_BROKEN, "statistics", "cannot lock the surface of the counters");
    const unsigned char *memory = e->IOSurfaceGetBaseAddress(request->counters);
    memcpy(out->count, memory + COUNTERS_HEAD, sizeof out->count);
    (void)e->IOSurfaceUnlock(request->counters, APPLE_LOCK_READ_ONLY, NULL);
    memset(none, poison, sizeof none);
    out->there = memcmp(out->count, none, sizeof none) != 0;
    if (!out->there)
        memset(out->count, 0, sizeof out->count);
    return DEVICE_OK;
}
