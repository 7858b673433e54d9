/* SPDX-License-Identifier: MIT */
#include "device/device_table.h"

#include <string.h>

const char *device_kind(const struct device *device) {
    return device->table->kind;
}

const char *device_clock(const struct device *device) {
    return device->table->clock;
}

bool device_is_virtual(const struct device *device) {
    return strcmp(device->table->clock, "virtual") == 0;
}

void device_close(struct device *device) {
    device->table->close(device);
}

uint64_t device_clock_ns(struct device *device) {
    return device->table->clock_ns(device);
}

void device_properties(struct device *device, device_property_fn *put, void *context) {
    device->table->properties(device, put, context);
}

enum device_status device_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    return device->table->program_create(device, source, out, error);
}

void device_program_free(struct device *device, struct device_program *program) {
    device->table->program_free(device, program);
}

const char *device_program_hash(struct device *device, struct device_program *program) {
    return device->table->program_hash(device, program);
}

enum device_status device_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    return device->table->compile(device, program, qos, error);
}

enum device_status device_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    return device->table->compile_start(device, program, qos, error);
}

bool device_compile_poll(struct device *device, struct device_program *program) {
    return device->table->compile_poll(device, program);
}

enum device_status device_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    return device->table->compile_wait(device, program, error);
}

void device_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *out) {
    device->table->compile_info(device, program, out);
}

enum device_status device_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    return device->table->load(device, program, qos, error);
}

enum device_status device_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    return device->table->unload(device, program, error);
}

enum device_status device_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    return device->table->source_rewrite(
        device, program, blob_path, blob_offset, data, bytes, error);
}

enum device_status device_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    return device->table->compiled_rewrite(
        device, program, blob_path, blob_offset, data, bytes, error);
}

enum device_status device_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error) {
    return device->table->layout(device, program, procedure, output, index, out, error);
}

enum device_status device_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error) {
    return device->table->surface_create(device, layout, out, error);
}

void device_surface_free(struct device *device, struct device_surface *surface) {
    device->table->surface_free(device, surface);
}

void *device_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    return device->table->surface_lock(device, surface, write);
}

void device_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    device->table->surface_unlock(device, surface, write);
}

enum device_status device_request_create(struct device *device,
    const struct device_request_spec *spec, struct device_request **out,
    struct device_error *error) {
    return device->table->request_create(device, spec, out, error);
}

void device_request_free(struct device *device, struct device_request *request) {
    device->table->request_free(device, request);
}

enum device_status device_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    return device->table->eval(device, request, qos, error);
}

enum device_status device_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error) {
    return device->table->stats_ask(device, program, mask, error);
}

enum device_status device_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error) {
    return device->table->stats_read(device, request, out, error);
}

enum device_status device_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    return device->table->chain_prepare(device, spec, qos, out, error);
}

enum device_status device_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    return device->table->chain_ready(device, chain, qos, error);
}

enum device_status device_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    return device->table->chain_enqueue(device, chain, qos, error);
}

void device_chain_free(struct device *device, struct device_chain *chain) {
    device->table->chain_free(device, chain);
}

enum device_status device_host_load_start(struct device *device, struct device_error *error) {
    return device->table->host_load_start(device, error);
}

void device_host_load_stop(struct device *device) {
    device->table->host_load_stop(device);
}

void device_host_thread(struct device *device) {
    device->table->host_thread(device);
}

/* ---- surfaces as dense elements */

/* Where a row, counted from 0, lies: of [N,C,H,W] rows and channels may have gaps after them. */
static unsigned char *row_at(void *memory, const struct device_layout *layout, size_t row) {
    const struct mil_type *type = &layout->type;
    size_t height = 1;
    for (int axis = 2; axis < type->rank - 1; axis++)
        height *= (size_t)type->dim[axis];
    return (unsigned char *)memory + row / height * layout->channel_stride_bytes +
           row % height * layout->row_stride_bytes;
}

static enum device_status lock_refuse(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "surface", "a surface could not be locked");
}

static enum device_status surface_copy(struct device *device, struct device_surface *surface,
    unsigned char *dense, bool write, struct device_error *error) {
    const struct device_layout *layout = (const struct device_layout *)surface;
    const struct mil_type *type = &layout->type;
    unsigned char *memory = device_surface_lock(device, surface, write);
    if (!memory)
        return lock_refuse(error);
    const size_t width = type->rank > 0 ? (size_t)type->dim[type->rank - 1] : 1;
    const size_t row_bytes = width * mil_dtype_bytes(type->dtype);
    const size_t rows = width > 0 ? (size_t)mil_type_elements(type) / width : 0;
    for (size_t row = 0; row < rows; row++) {
        unsigned char *there = row_at(memory, layout, row), *here = dense + row * row_bytes;
        memcpy(write ? there : here, write ? here : there, row_bytes);
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
    void *memory = device_surface_lock(device, surface, true);
    if (!memory)
        return lock_refuse(error);
    memset(memory, byte, ((const struct device_layout *)surface)->bytes);
    device_surface_unlock(device, surface, true);
    return DEVICE_OK;
}
