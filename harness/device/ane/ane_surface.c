/* SPDX-License-Identifier: MIT
 *
 * Surfaces are IOSurfaces of bytes: one row of one-byte elements (maderix/ANE).
 */
#include "device/ane/ane_internal.h"

#include <stdlib.h>
#include <string.h>

void *ane_io_surface(const struct apple_entry *e, size_t bytes) {
    return apple_io_surface(e, 1, bytes, bytes, 1, 0);
}

/* Whether the layout's strides keep values from overlapping and inside the surface. */
static bool layout_fits(const struct device_layout *layout) {
    const struct mil_type *type = &layout->type;
    if (type->rank < 0 || type->rank > MIL_RANK_MAX || layout->bytes == 0 ||
        layout->bytes > SIZE_MAX / 4)
        return false;
    uint64_t elements = 1;
    for (int i = 0; i < type->rank; i++) {
        if (type->dim[i] <= 0 || (uint64_t)type->dim[i] > layout->bytes / elements)
            return false;
        elements *= (uint64_t)type->dim[i];
    }
    if (elements > layout->bytes / mil_dtype_bytes(type->dtype))
        return false;
    if (type->rank != 4)
        return true;
    uint64_t planes = (uint64_t)(type->dim[0] * type->dim[1]);
    return layout->row_stride_bytes / mil_dtype_bytes(type->dtype) >= (uint64_t)type->dim[3] &&
           layout->channel_stride_bytes / layout->row_stride_bytes >= (uint64_t)type->dim[2] &&
           layout->channel_stride_bytes <= layout->bytes / planes;
}

enum device_status ane_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    struct ane_device *ane = ane_of(device);
    const struct apple_entry *e = &ane->runtime.entry;
    if (layout->type.dtype != MIL_FP16 && layout->type.dtype != MIL_FP32)
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "surfaces hold fp16 or fp32, not %s", mil_dtype_name(layout->type.dtype));
    if (!layout_fits(layout))
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "the surface's shape does not fit its bytes; take the layout from the program");
    struct device_surface *surface = calloc(1, sizeof *surface);
    if (!surface)
        return device_memory_out(error, "surface");
    struct apple_call call = apple_call_begin(&ane->runtime, "surface", error);
    enum device_status status = DEVICE_OK;
    surface->surface = ane_io_surface(e, layout->bytes);
    if (!surface->surface) {
        status = device_error_set(error, DEVICE_BROKEN, "surface",
            "out of memory: no room for a surface of %zu bytes", layout->bytes);
    } else {
        void *wrapped = ane_surface_wrap(&call, surface->surface);
        if (wrapped)
            surface->wrapped = e->objc_retain(wrapped);
        else
            status = error->status;
    }
    apple_call_end(&call);
    void *memory = status == DEVICE_OK ? ane_surface_lock(device, surface, true) : NULL;
    if (status == DEVICE_OK && !memory)
        status = device_error_set(error, DEVICE_BROKEN, "surface", "cannot lock a new surface");
    if (status != DEVICE_OK) {
        ane_surface_destroy(device, surface);
        return status;
    }
    memset(memory, 0, layout->bytes);
    ane_surface_unlock(device, surface, true);
    *out = surface;
    return DEVICE_OK;
}

void ane_surface_destroy(struct device *device, struct device_surface *surface) {
    const struct apple_entry *e = &ane_of(device)->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    if (surface->wrapped)
        e->objc_release(surface->wrapped);
    apple_release(e, surface->surface);
    e->objc_autoreleasePoolPop(pool);
    free(surface);
}

void *ane_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    const struct apple_entry *e = &ane_of(device)->runtime.entry;
    if (e->IOSurfaceLock(surface->surface, write ? 0 : APPLE_LOCK_READ_ONLY, NULL) != 0)
        return NULL;
    return e->IOSurfaceGetBaseAddress(surface->surface);
}

void ane_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    const struct apple_entry *e = &ane_of(device)->runtime.entry;
    (void)e->IOSurfaceUnlock(surface->surface, write ? 0 : APPLE_LOCK_READ_ONLY, NULL);
}
