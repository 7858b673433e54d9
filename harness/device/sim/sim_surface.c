/* SPDX-License-Identifier: MIT
 *
 * Surfaces of the simulated engine: plain memory, dense, with a version by which evals see what may
 * have changed.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

static const struct mil_type *value_type(const struct device_program *program, int procedure,
    bool output, int index, const char *stage, struct device_error *error) {
    const struct mil_program *mil = program->mil;

    if (procedure < 0 || procedure >= mil->n_functions) {
        device_error_set(error, DEVICE_BROKEN, stage,
            "no procedure %d; the program has %d, counted from 0", procedure, mil->n_functions);
        return NULL;
    }
    const struct mil_function *function = &mil->functions[procedure];
    int n = output ? function->n_outputs : function->n_inputs;
    if (index < 0 || index >= n) {
        device_error_set(error, DEVICE_BROKEN, stage,
            "no %s %d; the function has %d, counted from 0", output ? "output" : "input", index, n);
        return NULL;
    }
    return &function->values[output ? function->outputs[index] : index].type;
}

enum device_status sim_layout(struct device *device, struct device_program *program, int procedure,
    bool output, int index, struct device_layout *layout, struct device_error *error) {
    const struct mil_type *type = value_type(program, procedure, output, index, "surface", error);
    (void)device;
    if (!type)
        return error->status;
    if (!device_layout_dense(type, layout))
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "%s %d does not fit an address space; make its shape smaller",
            output ? "output" : "input", index);
    return DEVICE_OK;
}

enum device_status sim_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    const bool stale = ((struct sim_device *)device)->params.shared_surface == SIM_SHARING_STALE;
    struct device_surface *surface;

    *out = NULL;
    if (layout->bytes < mil_type_bytes(&layout->type))
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "%zu bytes do not hold the type's %zu; ask layout for what is needed", layout->bytes,
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
        return device_error_set(
            error, DEVICE_BROKEN, "surface", "out of memory; free surfaces or make less");
    }
    surface->layout = *layout;
    surface->bytes = layout->bytes;
    *out = surface;
    return DEVICE_OK;
}

static void surface_destroy_unused(struct device_surface *surface) {
    if (!surface->freed || surface->users > 0)
        return;
    free(surface->data);
    free(surface->host_data);
    free(surface);
}

void sim_surface_free(struct device *device, struct device_surface *surface) {
    (void)device;
    if (!surface)
        return;
    surface->freed = true;
    surface_destroy_unused(surface);
}

void sim_surface_hold(struct device_surface *surface) {
    surface->users++;
}

void sim_surface_release(struct device_surface *surface) {
    if (!surface)
        return;
    surface->users--;
    surface_destroy_unused(surface);
}

bool sim_surface_is_ready(const struct device_surface *surface) {
    return surface->write_locks <= 0 && !surface->freed;
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

enum device_status sim_surface_check(const struct device_surface *surface,
    const struct device_program *program, int procedure, bool output, int index, const char *stage,
    struct device_error *error) {
    const struct mil_type *type = value_type(program, procedure, output, index, stage, error);
    struct device_layout dense;

    if (!type)
        return error->status;
    if (!surface || !device_layout_dense(type, &dense) ||
        !mil_type_equal(&surface->layout.type, type) ||
        surface->layout.row_stride_bytes != dense.row_stride_bytes ||
        surface->layout.channel_stride_bytes != dense.channel_stride_bytes)
        return device_error_set(error, DEVICE_BROKEN, stage,
            "the surface for %s %d has not the layout that the program wants; make it from what "
            "layout gives",
            output ? "output" : "input", index);
    return DEVICE_OK;
}
