/* SPDX-License-Identifier: MIT
 *
 * The engine's own statistics, read as published: set a mask on the model before the load, put a
 * surface for them into the request, and after an eval read the request's perfStats. Most who tried
 * it got nothing (maderix/ANE#2, maderix/ANE#40, slavko-at-klincov-it/ANE-Training), and this code
 * has not run on an engine yet.
 */
#include "device/ane/ane_internal.h"

/* The size used in published attempts, and the first of the kinds they tried. */
enum { SURFACE_BYTES = 65536, STAT_TYPE = 0 };

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

void *ane_stats_room(struct apple_call *call) {
    const struct apple_entry *e = &call->runtime->entry;
    void *surface = ane_io_surface(e, SURFACE_BYTES), *room = NULL;
    if (!surface) {
        device_error_set(call->error, DEVICE_BROKEN, call->stage,
            "out of memory: no room for a surface of %d bytes", SURFACE_BYTES);
        return NULL;
    }
    void *wrapped = ane_surface_wrap(call, surface);
    void *stats = wrapped ? ane_stats_surface_create(call, wrapped, STAT_TYPE) : NULL;
    if (stats && !(room = apple_array(e, &stats, 1)))
        device_memory_out(call->error, call->stage);
    apple_release(e, surface); /* its wrapper retains it */
    return room;
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
