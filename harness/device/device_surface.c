/* SPDX-License-Identifier: MIT */
#include "device/device_checks.h"

#include <string.h>

const struct mil_value *device_value(
    const struct mil_program *mil, int procedure, bool output, int index) {
    const struct mil_function *function = &mil->functions[procedure];
    return &function->values[output ? function->outputs[index] : index];
}

static enum device_status layout_of_value(struct device_program *program, int procedure,
    bool output, int index, struct device_layout *out, struct device_error *error) {
    const struct mil_value *value =
        device_value(program_base(program)->mil, procedure, output, index);
    return device_layout_dense(value->type, out)
               ? DEVICE_OK
               : device_error_set(error, DEVICE_UNSUPPORTED, "surface",
                     "`%.100s` is too large for the address space; make its shape smaller",
                     value->name);
}

static enum device_status layout_of_device(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error) {
    return device->table->layout
               ? device->table->layout(device, program, procedure, output, index, out, error)
               : layout_of_value(program, procedure, output, index, out, error);
}

enum device_status device_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error) {
    enum device_status status = device_program_check(program, "surface", error);
    if (status == DEVICE_OK)
        status = device_procedure_check(program, procedure, "surface", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_function *function = &program_base(program)->mil->functions[procedure];
    const int n = output ? function->n_outputs : function->n_inputs;
    if (index < 0 || index >= n)
        return device_error_set(error, DEVICE_FAILED, "surface",
            "no %s %d; procedure %d has %d, counted from 0", output ? "output" : "input", index,
            procedure, n);
    return layout_of_device(device, program, procedure, output, index, out, error);
}

/* Whether the surface fits that input or output. */
enum device_status device_surface_check(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_surface *surface, const char *stage,
    struct device_error *error) {
    struct device_layout wanted;
    enum device_status status =
        device->table->layout_minimum
            ? device->table->layout_minimum(
                  device, program, procedure, output, index, &wanted, error)
            : layout_of_device(device, program, procedure, output, index, &wanted, error);
    if (status != DEVICE_OK)
        return status;
    const struct device_layout *has = surface ? &surface_base(surface)->layout : NULL;
    if (has && mil_type_equal(&has->type, &wanted.type) &&
        has->row_stride_bytes == wanted.row_stride_bytes &&
        has->channel_stride_bytes == wanted.channel_stride_bytes && has->bytes >= wanted.bytes)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_BROKEN, stage,
        "%s %d, `%.100s`, needs a surface of its type and layout; create one from the layout of "
        "the loaded program",
        output ? "output" : "input", index,
        device_value(program_base(program)->mil, procedure, output, index)->name);
}

enum device_status device_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    *out = NULL;
    if (!mil_dtype_is_computed(layout->type.dtype))
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "surfaces hold fp16, fp32, bool and integers of up to 32 bits, not %s",
            mil_dtype_name(layout->type.dtype));
    enum device_status status = device->table->surface_create(device, layout, out, error);
    if (status == DEVICE_OK)
        *surface_base(*out) = (struct device_surface_base){.layout = *layout, .n_users = 1};
    return status;
}

void device_surface_release(struct device *device, struct device_surface *surface) {
    if (surface && --surface_base(surface)->n_users == 0)
        device->table->surface_destroy(device, surface);
}

void device_surface_free(struct device *device, struct device_surface *surface) {
    device_surface_release(device, surface);
}

void *device_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    return device->table->surface_lock(device, surface, write);
}

void device_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    device->table->surface_unlock(device, surface, write);
}

static void *lock_or_refuse(
    struct device *device, struct device_surface *surface, bool write, struct device_error *error) {
    void *memory = surface ? device_surface_lock(device, surface, write) : NULL;
    if (!memory)
        device_error_set(error, DEVICE_BROKEN, "surface", "cannot lock the surface");
    return memory;
}

/* Rows and channels of [N,C,H,W] may have gaps after them; what has none is one run. */
static enum device_status surface_copy(struct device *device, struct device_surface *surface,
    unsigned char *dense, bool write, struct device_error *error) {
    unsigned char *memory = lock_or_refuse(device, surface, write, error);
    if (!memory)
        return error->status;
    const struct device_layout *layout = &surface_base(surface)->layout;
    const struct mil_type *type = &layout->type;
    const size_t width = type->rank > 0 ? (size_t)type->dim[type->rank - 1] : 1;
    const size_t row_bytes = width * mil_dtype_bytes(type->dtype);
    const size_t rows = width > 0 ? (size_t)mil_type_elements(type) / width : 0;
    size_t height = 1;
    for (int axis = 2; axis < type->rank - 1; axis++)
        height *= (size_t)type->dim[axis];
    const bool is_run = (height == 1 || layout->row_stride_bytes == row_bytes) &&
                        layout->channel_stride_bytes == height * row_bytes;
    const size_t channels = is_run ? 1 : rows / height, in_channel = is_run ? 1 : height,
                 bytes = is_run ? rows * row_bytes : row_bytes;
    for (size_t c = 0; c < channels; c++)
        for (size_t r = 0; r < in_channel; r++) {
            unsigned char *there =
                memory + c * layout->channel_stride_bytes + r * layout->row_stride_bytes;
            unsigned char *here = dense + (c * in_channel + r) * bytes;
            memcpy(write ? there : here, write ? here : there, bytes);
        }
    device_surface_unlock(device, surface, write);
    return DEVICE_OK;
}

enum device_status device_surface_write(struct device *device, struct device_surface *surface,
    const void *elements, struct device_error *error) {
    return surface_copy(device, surface, (unsigned char *)(uintptr_t)elements, true, error);
}

enum device_status device_surface_read(struct device *device, struct device_surface *surface,
    void *elements, struct device_error *error) {
    return surface_copy(device, surface, elements, false, error);
}

enum device_status device_surface_fill(struct device *device, struct device_surface *surface,
    unsigned char byte, struct device_error *error) {
    void *memory = lock_or_refuse(device, surface, true, error);
    if (!memory)
        return error->status;
    memset(memory, byte, surface_base(surface)->layout.bytes);
    device_surface_unlock(device, surface, true);
    return DEVICE_OK;
}
