/* SPDX-License-Identifier: MIT
 *
 * Surfaces of the simulated engine: plain memory, dense, with a version that shows evals what may
 * have changed.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

enum device_status sim_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    const bool stale = ((struct sim_device *)device)->params.shared_surface == SIM_SHARING_STALE;
    struct device_surface *surface;

    if (layout->bytes < mil_type_bytes(&layout->type))
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "%zu bytes are too few for the type's %zu; take the size from layout", layout->bytes,
            mil_type_bytes(&layout->type));
    surface = calloc(1, sizeof *surface);
    if (surface)
        surface->data = calloc(layout->bytes ? layout->bytes : 1, 1);
    if (surface && stale)
        surface->host_data = calloc(layout->bytes ? layout->bytes : 1, 1);
    if (!surface || !surface->data || (stale && !surface->host_data)) {
        if (surface) {
            free(surface->data);
            free(surface->host_data);
        }
        free(surface);
        return device_memory_out(error, "surface");
    }
    surface->bytes = layout->bytes;
    *out = surface;
    return DEVICE_OK;
}

void sim_surface_destroy(struct device *device, struct device_surface *surface) {
    (void)device;
    free(surface->data);
    free(surface->host_data);
    free(surface);
}

bool sim_surface_is_ready(const struct device_surface *surface) {
    return surface->write_locks <= 0;
}

void *sim_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    (void)device;
    surface->write_locks += write;
    return surface->data;
}

void sim_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    (void)device;
    if (write) {
        surface->write_locks--;
        surface->version++;
        surface->writer = 0;
        if (surface->host_data)
            memcpy(surface->host_data, surface->data, surface->bytes);
    }
}

bool sim_surface_is_shared(
    const struct device_surface *surface, const struct device_program *program) {
    return surface->writer != 0 && surface->writer != program->serial;
}

void sim_surface_hand_over(struct device_surface *surface) {
    surface->version++;
    surface->writer = UINT64_MAX;
}
