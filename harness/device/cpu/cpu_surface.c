/* SPDX-License-Identifier: MIT
 *
 * Surfaces are plain memory, dense and row-major, aligned for vector loads.
 */
#include "device/cpu/cpu.h"
#include "device/host/large.h"

#include <stdlib.h>

enum device_status cpu_layout(struct device *device, struct device_program *program, int procedure,
    bool output, int index, struct device_layout *out, struct device_error *error) {
    (void)device;
    if (program == NULL || program->mil == NULL)
        return device_error_set(
            error, DEVICE_BROKEN, "surface", "there is no such program: it was freed");
    if (procedure < 0 || procedure >= program->mil->n_functions)
        return device_error_set(error, DEVICE_FAILED, "surface",
            "there is no procedure %d; the program has %d", procedure, program->mil->n_functions);
    const struct mil_function *function = &program->mil->functions[procedure];
    int n = output ? function->n_outputs : function->n_inputs;
    if (index < 0 || index >= n)
        return device_error_set(error, DEVICE_FAILED, "surface",
            "procedure %d has no %s %d; it has %d", procedure, output ? "output" : "input", index,
            n);
    const struct mil_value *value = &function->values[output ? function->outputs[index] : index];
    if (!device_layout_dense(&value->type, out))
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "surface", "`%.100s` is too large", value->name);
    return DEVICE_OK;
}

enum device_status cpu_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    (void)device;
    struct device_layout dense;
    if (!mil_dtype_is_computed(layout->type.dtype))
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "surfaces hold what is computed with, fp16, fp32, bool and integers of up to 32 bits, "
            "not %s",
            mil_dtype_name(layout->type.dtype));
    if (layout->type.rank < 0 || layout->type.rank > MIL_RANK_MAX ||
        !device_layout_dense(&layout->type, &dense))
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "the surface's shape is not one; take the layout from the program");
    if (layout->bytes < dense.bytes || layout->bytes > SIZE_MAX / 2 ||
        layout->row_stride_bytes != dense.row_stride_bytes ||
        layout->channel_stride_bytes != dense.channel_stride_bytes)
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "the cpu device lays surfaces out densely; take the layout from the program");
    struct device_surface *surface = calloc(1, sizeof *surface);
    if (surface == NULL || (surface->memory = large_alloc(layout->bytes)) == NULL) {
        free(surface);
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "out of memory: no room for a surface of %zu bytes", layout->bytes);
    }
    surface->layout = *layout;
    surface->n_users = 1;
    *out = surface;
    return DEVICE_OK;
}

void cpu_surface_free(struct device *device, struct device_surface *surface) {
    (void)device;
    if (surface == NULL || --surface->n_users > 0)
        return;
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

enum device_status cpu_surface_check(const struct device_program *program, int procedure,
    bool output, int index, const struct device_surface *surface, const char *stage,
    struct device_error *error) {
    const struct mil_function *function = &program->mil->functions[procedure];
    const struct mil_value *value = &function->values[output ? function->outputs[index] : index];
    if (surface != NULL && mil_type_equal(&surface->layout.type, &value->type))
        return DEVICE_OK;
    return device_error_set(error, DEVICE_BROKEN, stage,
        "%s %d, `%.100s`, wants a surface of its own type and shape; make one from the program's "
        "layout",
        output ? "output" : "input", index, value->name);
}
