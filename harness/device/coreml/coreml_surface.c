/* SPDX-License-Identifier: MIT
 *
 * Surfaces: an IOSurface of half-precision pixels, which Core ML takes as a multi-array without a
 * copy; or plain memory and a multi-array beside it, for io=copy; or, for a state, plain memory alone.
 */
#include "device/coreml/coreml_internal.h"

#include <stdlib.h>
#include <string.h>

/* Rows of an IOSurface begin at multiples of 64 bytes on Apple's processors. */
enum { ROW_STEP_BYTES = 64 };

enum device_status coreml_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error) {
    const struct mil_value *value = device_value(program->base.mil, procedure, output, index);
    if (!device_layout_dense(value->type, out) || value->type->rank == 0)
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "`%.100s` is %s; Core ML takes tensors of rank 1 and more that fit memory", value->name,
            value->type->rank == 0 ? "a scalar" : "too large for the address space");
    if (coreml_of(device)->options.copies || value->type->kind == MIL_STATE)
        return DEVICE_OK;
    const size_t width = (size_t)value->type->dim[value->type->rank - 1];
    const size_t row = width * mil_dtype_bytes(value->type->dtype), rows = out->bytes / row;
    const size_t rows_of_channel = out->channel_stride_bytes / row;
    out->row_stride_bytes = (row + ROW_STEP_BYTES - 1) / ROW_STEP_BYTES * ROW_STEP_BYTES;
    if (rows > SIZE_MAX / 4 / out->row_stride_bytes)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "surface", "`%.100s` is too large", value->name);
    out->channel_stride_bytes = out->row_stride_bytes * rows_of_channel;
    out->bytes = out->row_stride_bytes * rows;
    return DEVICE_OK;
}

static void *shape_of(const struct apple_entry *e, const struct mil_type *type) {
    void *numbers[MIL_RANK_MAX] = {NULL};
    for (int i = 0; i < type->rank; i++)
        numbers[i] = apple_number(e, type->dim[i]);
    void *shape = apple_array(e, numbers, type->rank);
    for (int i = 0; i < type->rank; i++)
        apple_release(e, numbers[i]);
    return shape;
}

static int64_t array_type_of(enum mil_dtype dtype) {
    return dtype == MIL_FP16 ? COREML_ARRAY_FP16 : COREML_ARRAY_FP32;
}

/* Memory for the caller, and an array that Core ML gets a copy of it in. */
static enum device_status copied_make(
    struct apple_call *call, const struct device_layout *layout, struct device_surface *surface) {
    void *shape = shape_of(&call->runtime->entry, &layout->type);
    surface->memory = calloc(1, layout->bytes);
    if (!surface->memory || !shape)
        device_memory_out(call->error, "surface");
    else
        surface->array = coreml_array_of_shape(call, shape, array_type_of(layout->type.dtype));
    apple_release(&call->runtime->entry, shape);
    return surface->array ? DEVICE_OK : call->error->status;
}

static enum device_status state_make(
    struct apple_call *call, const struct device_layout *layout, struct device_surface *surface) {
    surface->memory = calloc(1, layout->bytes);
    return surface->memory ? DEVICE_OK : device_memory_out(call->error, "surface");
}

static enum device_status pixels_make(
    struct apple_call *call, const struct device_layout *layout, struct device_surface *surface) {
    const struct apple_entry *e = &call->runtime->entry;
    const size_t width = (size_t)layout->type.dim[layout->type.rank - 1];
    const size_t row = layout->row_stride_bytes;
    surface->surface =
        apple_io_surface(e, layout->bytes / row, row, width, sizeof(uint16_t), APPLE_PIXEL_HALF);
    if (!surface->surface)
        return device_error_set(call->error, DEVICE_BROKEN, "surface",
            "no IOSurface of %zu rows of %zu half-precision pixels; free memory, or use io=copy",
            layout->bytes / row, width);
    const int code =
        e->CVPixelBufferCreateWithIOSurface(NULL, surface->surface, NULL, &surface->pixels);
    if (code != 0 || !surface->pixels)
        return device_error_set(call->error, DEVICE_UNSUPPORTED, "surface",
            "CVPixelBufferCreateWithIOSurface gives %d for %zu x %zu half-precision pixels; use "
            "io=copy",
            code, width, layout->bytes / row);
    if (e->CVPixelBufferGetBytesPerRow(surface->pixels) != row)
        return device_error_set(call->error, DEVICE_UNSUPPORTED, "surface",
            "a pixel buffer has rows of %zu bytes here, not %zu; use io=copy",
            e->CVPixelBufferGetBytesPerRow(surface->pixels), row);
    return DEVICE_OK;
}

static enum device_status backed_make(
    struct apple_call *call, const struct device_layout *layout, struct device_surface *surface) {
    enum device_status status = pixels_make(call, layout, surface);
    if (status != DEVICE_OK)
        return status;
    void *shape = shape_of(&call->runtime->entry, &layout->type);
    if (!shape)
        return device_memory_out(call->error, "surface");
    surface->array = coreml_array_of_pixels(call, surface->pixels, shape);
    apple_release(&call->runtime->entry, shape);
    return surface->array ? DEVICE_OK : call->error->status;
}

/* A layout of coreml_layout's kind: whole rows, of one length, for every position. */
static bool layout_fits(const struct device_layout *layout, bool copies) {
    struct device_layout dense;
    if (layout->type.rank < 1 || layout->type.rank > MIL_RANK_MAX ||
        !device_layout_dense(&layout->type, &dense))
        return false;
    const size_t row =
        (size_t)layout->type.dim[layout->type.rank - 1] * mil_dtype_bytes(layout->type.dtype);
    if (copies)
        return layout->bytes == dense.bytes;
    return layout->row_stride_bytes >= row && layout->row_stride_bytes % ROW_STEP_BYTES == 0 &&
           layout->bytes == layout->row_stride_bytes * (dense.bytes / row);
}

enum device_status coreml_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    struct coreml_device *coreml = coreml_of(device);
    const bool is_state = layout->type.kind == MIL_STATE;
    const bool copies = coreml->options.copies || is_state;
    const enum mil_dtype dtype = layout->type.dtype;
    if (dtype != MIL_FP16 && (dtype != MIL_FP32 || !copies))
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "%s cannot be shared with Core ML without a copy, only fp16%s", mil_dtype_name(dtype),
            dtype == MIL_FP32 ? "; use io=copy" : "");
    if (!layout_fits(layout, copies))
        return device_error_set(error, DEVICE_BROKEN, "surface",
            "the surface's shape does not fit its bytes; take the layout from the program");
    struct device_surface *surface = calloc(1, sizeof *surface);
    if (!surface)
        return device_memory_out(error, "surface");
    struct apple_call call = apple_call_begin(&coreml->runtime, "surface", error);
    enum device_status status = is_state ? state_make(&call, layout, surface)
                                : copies ? copied_make(&call, layout, surface)
                                         : backed_make(&call, layout, surface);
    apple_call_end(&call);
    void *memory = status == DEVICE_OK ? coreml_surface_lock(device, surface, true) : NULL;
    if (status == DEVICE_OK && !memory)
        status = device_error_set(error, DEVICE_BROKEN, "surface", "cannot lock a new surface");
    if (status != DEVICE_OK) {
        coreml_surface_destroy(device, surface);
        return status;
    }
    memset(memory, 0, layout->bytes);
    coreml_surface_unlock(device, surface, true);
    *out = surface;
    return DEVICE_OK;
}

void coreml_surface_destroy(struct device *device, struct device_surface *surface) {
    const struct apple_entry *e = &coreml_of(device)->runtime.entry;
    void *pool = e->objc_autoreleasePoolPush();
    if (surface->array)
        e->objc_release(surface->array);
    apple_release(e, surface->pixels);
    apple_release(e, surface->surface);
    e->objc_autoreleasePoolPop(pool);
    free(surface->memory);
    free(surface);
}

void *coreml_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    const struct apple_entry *e = &coreml_of(device)->runtime.entry;
    if (surface->holder && !coreml_state_fetch(coreml_of(device), surface, write))
        return NULL;
    if (surface->memory)
        return surface->memory;
    if (e->IOSurfaceLock(surface->surface, write ? 0 : APPLE_LOCK_READ_ONLY, NULL) != 0)
        return NULL;
    return e->IOSurfaceGetBaseAddress(surface->surface);
}

void coreml_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    const struct apple_entry *e = &coreml_of(device)->runtime.entry;
    if (!surface->memory)
        (void)e->IOSurfaceUnlock(surface->surface, write ? 0 : APPLE_LOCK_READ_ONLY, NULL);
}

/* ---- copies ---------------------------------------------------------------------------------- */

/* The array's strides in elements; those of the last axis must be 1. */
static bool strides_read(
    struct apple_call *call, void *array, const struct mil_type *type, int64_t *strides) {
    const struct apple_entry *e = &call->runtime->entry;
    const void *given = coreml_array_strides(call, array);
    if (!given)
        return false;
    bool fits = apple_array_count(e, given) == type->rank;
    for (int i = 0; fits && i < type->rank; i++)
        fits = apple_number_get(e, apple_array_at(e, given, i), &strides[i]) && strides[i] > 0;
    if (!fits || strides[type->rank - 1] != 1)
        device_error_set(call->error, DEVICE_UNSUPPORTED, call->stage,
            "an array of Core ML has strides that are not those of rows, or not %d", type->rank);
    return fits && strides[type->rank - 1] == 1;
}

static enum device_status rows_copy(
    struct apple_call *call, const struct device_surface *surface, void *array, bool to_array) {
    const struct mil_type *type = &surface->base.layout.type;
    int64_t strides[MIL_RANK_MAX], at[MIL_RANK_MAX] = {0};
    unsigned char *theirs = coreml_array_pointer(call, array), *ours = surface->memory;
    if (!theirs || !strides_read(call, array, type, strides))
        return call->error->status;
    const size_t element = mil_dtype_bytes(type->dtype);
    const size_t row = (size_t)type->dim[type->rank - 1] * element;
    const size_t rows = surface->base.layout.bytes / row;
    for (size_t r = 0; r < rows; r++) {
        int64_t offset = 0;
        for (int i = 0; i < type->rank - 1; i++)
            offset += at[i] * strides[i];
        unsigned char *there = theirs + (size_t)offset * element, *here = ours + r * row;
        memcpy(to_array ? there : here, to_array ? here : there, row);
        for (int i = type->rank - 2; i >= 0 && ++at[i] == type->dim[i]; i--)
            at[i] = 0;
    }
    return DEVICE_OK;
}

enum device_status coreml_array_write(
    struct apple_call *call, const struct device_surface *surface, void *array) {
    return rows_copy(call, surface, array, true);
}

enum device_status coreml_array_read(
    struct apple_call *call, struct device_surface *surface, void *array) {
    return rows_copy(call, surface, array, false);
}
