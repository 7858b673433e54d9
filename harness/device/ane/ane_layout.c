/* SPDX-License-Identifier: MIT
 *
 * The layout of values in surfaces: as the loaded program gives it in its modelAttributes
 * (slavko-at-klincov-it/ANE-Training), else dense and row-major.
 */
#include "device/ane/ane_internal.h"

#include <string.h>

/* Outputs are named NAME@output there. */
static bool name_is(const struct apple_entry *e, const void *string, const char *name) {
    char text[256];
    if (!apple_string_get(e, string, text, sizeof text))
        return false;
    text[strcspn(text, "@")] = '\0';
    return strcmp(text, name) == 0;
}

/* The procedure's id: by its function's name if that is listed, else its position in the text. */
static int64_t procedure_id(const struct apple_entry *e, const void *description,
    const struct mil_function *function, int procedure) {
    int64_t id = procedure;
    const void *ids = apple_dictionary_at(e, description, "kANEFModelProcedureNameToIDMapKey");
    (void)apple_number_get(e, apple_dictionary_at(e, ids, function->name), &id);
    return id;
}

/* The symbols of the procedure's inputs or outputs: an array of indices, or NULL. */
static const void *symbol_indices(
    const struct apple_entry *e, const void *description, int64_t id, bool output) {
    const void *procedures = apple_dictionary_at(e, description, "ANEFModelProcedures");
    long n = apple_array_count(e, procedures);
    for (long i = 0; i < n; i++) {
        const void *procedure = apple_array_at(e, procedures, i);
        int64_t this_id = i;
        (void)apple_number_get(
            e, apple_dictionary_at(e, procedure, "ANEFModelProcedureID"), &this_id);
        if (this_id == id)
            return apple_dictionary_at(e, procedure,
                output ? "ANEFModelOutputSymbolIndexArray" : "ANEFModelInputSymbolIndexArray");
    }
    return NULL;
}

/* By name, since slots need not be in the order of the text (mechramc/Orion: alphabetical). */
static bool symbol_find(const struct apple_entry *e, const void *description, const void *indices,
    bool output, const char *name, int64_t *symbol) {
    const void *names = apple_dictionary_at(e, description,
        output ? "kANEFModelOutputSymbolsArrayKey" : "kANEFModelInputSymbolsArrayKey");
    long n = apple_array_count(e, indices);
    for (long i = 0; i < n; i++)
        if (apple_number_get(e, apple_array_at(e, indices, i), symbol) &&
            name_is(e, apple_array_at(e, names, (long)*symbol), name))
            return true;
    return false;
}

static int64_t number_at(const struct apple_entry *e, const void *dictionary, const char *key) {
    int64_t value = 0;
    return apple_number_get(e, apple_dictionary_at(e, dictionary, key), &value) ? value : 0;
}

void ane_port_read(const struct device_program *program, int procedure, bool output, int index,
    struct ane_port *out) {
    const struct apple_entry *e = &program->device->runtime.entry;
    const struct mil_function *function = &program->base.mil->functions[procedure];
    const char *name = function->values[output ? function->outputs[index] : index].name;
    *out = (struct ane_port){.symbol = index};
    const void *description = apple_dictionary_at(e, program->attributes, "ANEFModelDescription");
    int64_t id = procedure_id(e, description, function, procedure);
    const void *indices = symbol_indices(e, description, id, output);
    if (!symbol_find(e, description, indices, output, name, &out->symbol))
        (void)apple_number_get(e, apple_array_at(e, indices, index), &out->symbol);
    const void *networks = apple_dictionary_at(e, program->attributes, "NetworkStatusList");
    const void *ports = apple_dictionary_at(
        e, apple_array_at(e, networks, (long)id), output ? "LiveOutputList" : "LiveInputList");
    long n = apple_array_count(e, ports);
    for (long i = 0; i < n && !out->found; i++) {
        const void *port = apple_array_at(e, ports, i);
        if (n > 1 && !name_is(e, apple_dictionary_at(e, port, "Name"), name))
            continue;
        out->found = true;
        out->row_stride = number_at(e, port, "RowStride");
        out->plane_stride = number_at(e, port, "PlaneStride");
        out->batch_stride = number_at(e, port, "BatchStride");
        out->interleave = number_at(e, port, "Interleave");
    }
}

/* Small surfaces are refused, or fail without an error: below 16 KB on A17 Pro
 * (slavko-at-klincov-it/ANE-Training-iPhone), below 49152 bytes on M4 Max (mechramc/Orion). */
enum { SURFACE_STEP_BYTES = 65536 };

static size_t surface_bytes(uint64_t bytes) {
    return (size_t)((bytes + SURFACE_STEP_BYTES - 1) / SURFACE_STEP_BYTES * SURFACE_STEP_BYTES);
}

/* The strides that the compiler chose, if they make sense for [1, C, H, W]. */
static enum device_status layout_apply(const struct ane_port *port, struct device_layout *layout,
    const char *name, struct device_error *error) {
    const struct mil_type *type = &layout->type;
    if (!port->found || type->rank != 4)
        return DEVICE_OK;
    if (port->interleave > 1)
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "the compiler interleaves %lld channels of `%.100s`; only planes are supported",
            (long long)port->interleave, name);
    uint64_t row = (uint64_t)port->row_stride, plane = (uint64_t)port->plane_stride;
    uint64_t rows = (uint64_t)type->dim[2], planes = (uint64_t)(type->dim[0] * type->dim[1]);
    if (port->row_stride < (int64_t)layout->row_stride_bytes || plane > SIZE_MAX / 4 / planes ||
        plane / rows < row)
        return DEVICE_OK; /* not given, or not this tensor's */
    layout->row_stride_bytes = (size_t)row;
    layout->channel_stride_bytes = (size_t)plane;
    uint64_t bytes = planes * plane;
    if ((uint64_t)port->batch_stride > bytes && (uint64_t)port->batch_stride < SIZE_MAX / 4)
        bytes = (uint64_t)port->batch_stride;
    layout->bytes = (size_t)bytes;
    return DEVICE_OK;
}

static enum device_status minimum(const struct device_program *program, int procedure, bool output,
    int index, struct device_layout *out, struct device_error *error) {
    const struct mil_value *value = device_value(program->base.mil, procedure, output, index);
    if (!device_layout_dense(value->type, out))
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "surface", "`%.100s` is too large", value->name);
    struct ane_port port;
    ane_port_read(program, procedure, output, index, &port);
    return layout_apply(&port, out, value->name, error);
}

/* Programs with several inputs or outputs need all surfaces to have the same size (mechramc/Orion).
 */
static enum device_status bytes_equalise(const struct device_program *program, int procedure,
    struct device_layout *out, struct device_error *error) {
    const struct mil_function *function = &program->base.mil->functions[procedure];
    int n = function->n_inputs + function->n_outputs;
    for (int i = 0; n > 2 && i < n; i++) {
        bool output = i >= function->n_inputs;
        struct device_layout other;
        enum device_status status =
            minimum(program, procedure, output, output ? i - function->n_inputs : i, &other, error);
        if (status != DEVICE_OK)
            return status;
        if (other.bytes > out->bytes)
            out->bytes = other.bytes;
    }
    return DEVICE_OK;
}

enum device_status ane_layout_minimum(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error) {
    struct apple_call call = apple_call_begin(&ane_of(device)->runtime, "surface", error);
    enum device_status status = minimum(program, procedure, output, index, out, error);
    apple_call_end(&call);
    return status;
}

enum device_status ane_layout(struct device *device, struct device_program *program, int procedure,
    bool output, int index, struct device_layout *out, struct device_error *error) {
    struct apple_call call = apple_call_begin(&ane_of(device)->runtime, "surface", error);
    enum device_status status = minimum(program, procedure, output, index, out, error);
    if (status == DEVICE_OK)
        status = bytes_equalise(program, procedure, out, error);
    if (status == DEVICE_OK)
        out->bytes = surface_bytes(out->bytes);
    apple_call_end(&call);
    return status;
}
