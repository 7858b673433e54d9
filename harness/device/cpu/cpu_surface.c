/* SPDX-License-Identifier: MIT
 *
 * Surfaces are plain memory, dense and row-major, aligned for vector loads.
 */
#include "device/cpu/cpu.h"
#include "device/host/large.h"

#include <stdlib.h>

enum device_status cpu_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    (void)device;
    struct device_layout dense;
    if (layout->type.rank < 0 || layout->type.rank > MIL_RANK_MAX ||
        !device_layout_dense(&layout->type, &dense))
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "the surface's shape is not valid; take the layout from the program");
    if (layout->bytes < dense.bytes || layout->bytes > SIZE_MAX / 2 ||
        layout->row_stride_bytes != dense.row_stride_bytes ||
        layout->channel_stride_bytes != dense.channel_stride_bytes)
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "surfaces on the cpu device are dense; take the layout from the program");
    struct device_surface *surface = calloc(1, sizeof *surface);
    if (!surface || !(surface->memory = large_alloc(layout->bytes))) {
        free(surface);
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "out of memory: no room for a surface of %zu bytes", layout->bytes);
    }
    *out = surface;
    return DEVICE_OK;
}

void cpu_surface_destroy(struct device *device, struct device_surface *surface) {
    (void)device;
    free(surface->memory);
    free(surface);
}

void *cpu_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    (void)device;
    (void)write;
    return surface->memory;
}

void cpu_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    (void)device;
    (void)surface;
    (void)write;
}
