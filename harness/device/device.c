/* SPDX-License-Identifier: MIT
 *
 * The calls: checks and bookkeeping common to all devices, then the device's own function.
 */
#include "device/device_table.h"

#include <stdlib.h>
#include <string.h>

static struct device_program_base *program_base(struct device_program *program) {
    return (struct device_program_base *)program;
}

static struct device_surface_base *surface_base(struct device_surface *surface) {
    return (struct device_surface_base *)surface;
}

static struct device_request_base *request_base(struct device_request *request) {
    return (struct device_request_base *)request;
}

static struct device_chain_base *chain_base(struct device_chain *chain) {
    return (struct device_chain_base *)chain;
}

enum device_status device_memory_out(struct device_error *error, const char *stage) {
    return device_error_set(
        error, DEVICE_BROKEN, stage, "out of memory; free programs, or use smaller ones");
}

/* ---- the device ------------------------------------------------------------------------------ */

const char *device_kind(const struct device *device) {
    return device->table->kind;
}

const char *device_clock(const struct device *device) {
    return device->table->clock;
}

bool device_is_virtual(const struct device *device) {
    return strcmp(device->table->clock, "virtual") == 0;
}

uint64_t device_clock_ns(struct device *device) {
    return device->table->clock_ns(device);
}

void device_properties(struct device *device, device_property_fn *put, void *context) {
    device->table->properties(device, put, context);
}

enum device_status device_host_load_start(struct device *device, struct device_error *error) {
    return device->table->host_load_start ? device->table->host_load_start(device, error)
                                          : DEVICE_OK;
}

void device_host_load_stop(struct device *device) {
    if (device->table->host_load_stop)
        device->table->host_load_stop(device);
}

void device_host_pause(struct device *device, uint64_t pause_ns) {
    device->table->host_pause(device, pause_ns);
}

void device_host_thread(struct device *device) {
    if (device->table->host_thread)
        device->table->host_thread(device);
}

/* ---- checks ---------------------------------------------------------------------------------- */

static enum device_status qos_check(int qos, const char *stage, struct device_error *error) {
    if (qos >= 0 && qos <= DEVICE_QOS_MAX)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_FAILED, stage,
        "there is no quality of service %d; give 0 to %d", qos, DEVICE_QOS_MAX);
}

static enum device_status program_check(
    struct device_program *program, const char *stage, struct device_error *error) {
    if (!program || program_base(program)->freed)
        return device_error_set(
            error, DEVICE_BROKEN, stage, "there is no such program: it was freed or never created");
    if (program_base(program)->compiling)
        return device_error_set(error, DEVICE_BROKEN, stage,
            "a background compile of this program is still running; call compile_wait first");
    return DEVICE_OK;
}

static enum device_status unloaded_refuse(const char *stage, struct device_error *error) {
    return device_error_set(
        error, DEVICE_BROKEN, stage, "the program is not loaded; load it first");
}

static enum device_status loaded_check(
    struct device_program *program, const char *stage, struct device_error *error) {
    enum device_status status = program_check(program, stage, error);
    return status == DEVICE_OK && !program_base(program)->loaded ? unloaded_refuse(stage, error)
                                                                 : status;
}

static enum device_status compiled_check(
    struct device_program *program, const char *stage, struct device_error *error) {
    if (program_base(program)->compiled)
        return DEVICE_OK;
    return device_error_set(
        error, DEVICE_BROKEN, stage, "the program is not compiled; compile it first");
}

static enum device_status procedure_check(
    struct device_program *program, int procedure, const char *stage, struct device_error *error) {
    const int n = program_base(program)->mil->n_functions;
    if (procedure >= 0 && procedure < n)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_FAILED, stage,
        "no procedure %d; the program has %d, counted from 0", procedure, n);
}

/* ---- programs -------------------------------------------------------------------------------- */

enum device_status device_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    *out = NULL;
    enum device_status status = device->table->program_create(device, source, out, error);
    if (status != DEVICE_OK)
        return status;
    struct device_program_base *program = program_base(*out);
    program->n_users = 1;
    program->next = device->programs;
    device->programs = *out;
    return DEVICE_OK;
}

static void program_destroy(struct device *device, struct device_program *program) {
    struct device_program **link = &device->programs;
    while (*link != program)
        link = &program_base(*link)->next;
    *link = program_base(program)->next;
    device->table->program_destroy(device, program);
}

static void program_release(struct device *device, struct device_program *program) {
    if (--program_base(program)->n_users == 0)
        program_destroy(device, program);
}

static void program_stop(struct device *device, struct device_program *program) {
    struct device_error ignored;
    if (program_base(program)->compiling)
        (void)device_compile_wait(device, program, &ignored);
    if (program_base(program)->loaded)
        (void)device_unload(device, program, &ignored);
}

void device_program_free(struct device *device, struct device_program *program) {
    if (!program || program_base(program)->freed)
        return;
    program_stop(device, program);
    program_base(program)->freed = true;
    program_release(device, program);
}

void device_close(struct device *device) {
    device_host_load_stop(device);
    while (device->programs) {
        program_stop(device, device->programs);
        program_destroy(device, device->programs);
    }
    device->table->close(device);
}

const char *device_program_hash(struct device *device, struct device_program *program) {
    (void)device;
    return program_base(program)->hash;
}

static enum device_status compile_check(
    struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = program_check(program, "compile", error);
    return status == DEVICE_OK ? qos_check(qos, "compile", error) : status;
}

enum device_status device_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = compile_check(program, qos, error);
    return status == DEVICE_OK ? device->table->compile(device, program, qos, error) : status;
}

enum device_status device_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = compile_check(program, qos, error);
    if (status == DEVICE_OK)
        status = device->table->compile_start(device, program, qos, error);
    if (status == DEVICE_OK)
        program_base(program)->compiling = true;
    return status;
}

bool device_compile_poll(struct device *device, struct device_program *program) {
    return device->table->compile_poll(device, program);
}

enum device_status device_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    if (!program || !program_base(program)->compiling)
        return device_error_set(error, DEVICE_BROKEN, "compile",
            "no compile of this program was started; call compile_start first, once per wait");
    enum device_status status = device->table->compile_wait(device, program, error);
    program_base(program)->compiling = false;
    return status;
}

void device_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *out) {
    (void)device;
    /* Until compile_wait, the compiler's thread writes the program's fields. */
    if (program_base(program)->compiling)
        *out = (struct device_compile_info){0};
    else
        *out = program_base(program)->info;
}

enum device_status device_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = program_check(program, "load", error);
    if (status == DEVICE_OK)
        status = qos_check(qos, "load", error);
    if (status != DEVICE_OK)
        return status;
    if (program_base(program)->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "load", "the program is already loaded; unload it first");
    if (!device->table->is_known || !device->table->is_known(device, program))
        status = compiled_check(program, "load", error);
    if (status == DEVICE_OK)
        status = device->table->load(device, program, qos, error);
    program_base(program)->loaded = status == DEVICE_OK;
    return status;
}

enum device_status device_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    enum device_status status = loaded_check(program, "unload", error);
    if (status != DEVICE_OK)
        return status;
    if (program_base(program)->mapped) {
        struct device_error ignored;
        (void)device_weights_unmap(device, program, &ignored);
    }
    program_base(program)->loaded = false;
    return device->table->unload(device, program, error);
}

enum device_status device_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    enum device_status status = program_check(program, "rewrite", error);
    return status == DEVICE_OK ? device->table->source_rewrite(
                                     device, program, blob_path, blob_offset, data, bytes, error)
                               : status;
}

enum device_status device_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    enum device_status status = program_check(program, "rewrite", error);
    if (status == DEVICE_OK)
        status = compiled_check(program, "rewrite", error);
    return status == DEVICE_OK ? device->table->compiled_rewrite(
                                     device, program, blob_path, blob_offset, data, bytes, error)
                               : status;
}

/* ---- mapped weights -------------------------------------------------------------------------- */

enum device_status device_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error) {
    *weights = NULL;
    *bytes = 0;
    enum device_status status = loaded_check(program, "map", error);
    if (status == DEVICE_OK)
        status = procedure_check(program, procedure, "map", error);
    if (status != DEVICE_OK)
        return status;
    struct device_program_base *base = program_base(program);
    if (base->mapped)
        return device_error_set(error, DEVICE_BROKEN, "map",
            "the weights of procedure %d are mapped; unmap them first", base->mapped_procedure);
    if (!device->table->weights_map)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "map", "this device does not map the weights of a program");
    status = device->table->weights_map(device, program, procedure, weights, bytes, error);
    base->mapped = status == DEVICE_OK;
    base->mapped_procedure = procedure;
    base->mapped_bytes = *bytes;
    return status;
}

static enum device_status mapped_check(struct device_program *program, struct device_error *error) {
    enum device_status status = loaded_check(program, "map", error);
    if (status == DEVICE_OK && !program_base(program)->mapped)
        return device_error_set(
            error, DEVICE_BROKEN, "map", "the program's weights are not mapped; map them first");
    return status;
}

enum device_status device_weights_sync(struct device *device, struct device_program *program,
    size_t offset, size_t bytes, struct device_error *error) {
    enum device_status status = mapped_check(program, error);
    if (status != DEVICE_OK)
        return status;
    const struct device_program_base *base = program_base(program);
    if (offset > base->mapped_bytes || bytes > base->mapped_bytes - offset)
        return device_error_set(error, DEVICE_BROKEN, "map",
            "%zu bytes from %zu are not within the %zu that are mapped", bytes, offset,
            base->mapped_bytes);
    return device->table->weights_sync(
        device, program, base->mapped_procedure, offset, bytes, error);
}

enum device_status device_weights_unmap(
    struct device *device, struct device_program *program, struct device_error *error) {
    enum device_status status = mapped_check(program, error);
    if (status != DEVICE_OK)
        return status;
    struct device_program_base *base = program_base(program);
    base->mapped = false;
    return device->table->weights_unmap(device, program, base->mapped_procedure, error);
}

/* ---- surfaces -------------------------------------------------------------------------------- */

const struct mil_value *device_value(
    const struct mil_program *mil, int procedure, bool output, int index) {
    const struct mil_function *function = &mil->functions[procedure];
    return &function->values[output ? function->outputs[index] : index];
}

static enum device_status layout_dense(struct device_program *program, int procedure, bool output,
    int index, struct device_layout *out, struct device_error *error) {
    const struct mil_value *value =
        device_value(program_base(program)->mil, procedure, output, index);
    return device_layout_dense(&value->type, out)
               ? DEVICE_OK
               : device_error_set(error, DEVICE_UNSUPPORTED, "surface",
                     "`%.100s` is too large for the address space; make its shape smaller",
                     value->name);
}

enum device_status device_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error) {
    enum device_status status = program_check(program, "surface", error);
    if (status == DEVICE_OK)
        status = procedure_check(program, procedure, "surface", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_function *function = &program_base(program)->mil->functions[procedure];
    const int n = output ? function->n_outputs : function->n_inputs;
    if (index < 0 || index >= n)
        return device_error_set(error, DEVICE_FAILED, "surface",
            "no %s %d; procedure %d has %d, counted from 0", output ? "output" : "input", index,
            procedure, n);
    return device->table->layout
               ? device->table->layout(device, program, procedure, output, index, out, error)
               : layout_dense(program, procedure, output, index, out, error);
}

/* Whether the surface fits that input or output. */
static enum device_status surface_check(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_surface *surface, const char *stage,
    struct device_error *error) {
    struct device_layout wanted;
    enum device_status status =
        device->table->layout_minimum
            ? device->table->layout_minimum(
                  device, program, procedure, output, index, &wanted, error)
            : layout_dense(program, procedure, output, index, &wanted, error);
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

static void surface_release(struct device *device, struct device_surface *surface) {
    if (surface && --surface_base(surface)->n_users == 0)
        device->table->surface_destroy(device, surface);
}

void device_surface_free(struct device *device, struct device_surface *surface) {
    surface_release(device, surface);
}

void *device_surface_lock(struct device *device, struct device_surface *surface, bool write) {
    return device->table->surface_lock(device, surface, write);
}

void device_surface_unlock(struct device *device, struct device_surface *surface, bool write) {
    device->table->surface_unlock(device, surface, write);
}

/* The offset of a row, counted from 0: rows and channels of [N,C,H,W] may have gaps after them. */
static unsigned char *row_at(void *memory, const struct device_layout *layout, size_t row) {
    const struct mil_type *type = &layout->type;
    size_t height = 1;
    for (int axis = 2; axis < type->rank - 1; axis++)
        height *= (size_t)type->dim[axis];
    return (unsigned char *)memory + row / height * layout->channel_stride_bytes +
           row % height * layout->row_stride_bytes;
}

static void *lock_or_refuse(
    struct device *device, struct device_surface *surface, bool write, struct device_error *error) {
    void *memory = surface ? device_surface_lock(device, surface, write) : NULL;
    if (!memory)
        device_error_set(error, DEVICE_BROKEN, "surface", "cannot lock the surface");
    return memory;
}

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
    void *memory = lock_or_refuse(device, surface, true, error);
    if (!memory)
        return error->status;
    memset(memory, byte, surface_base(surface)->layout.bytes);
    device_surface_unlock(device, surface, true);
    return DEVICE_OK;
}

/* ---- requests -------------------------------------------------------------------------------- */

static enum device_status request_check(
    struct device *device, const struct device_request_spec *spec, struct device_error *error) {
    enum device_status status = loaded_check(spec->program, "request", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_program *mil = program_base(spec->program)->mil;
    int procedure = spec->procedure;
    if (device->table->any_procedure && procedure >= mil->n_functions)
        procedure = 0;
    status = procedure_check(spec->program, procedure, "request", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_function *function = &mil->functions[procedure];
    if (spec->n_inputs != function->n_inputs || spec->n_outputs != function->n_outputs)
        return device_error_set(error, DEVICE_BROKEN, "request",
            "procedure %d takes %d inputs and %d outputs, not %d and %d", spec->procedure,
            function->n_inputs, function->n_outputs, spec->n_inputs, spec->n_outputs);
    for (int i = 0; i < spec->n_inputs && status == DEVICE_OK; i++)
        status = surface_check(
            device, spec->program, procedure, false, i, spec->inputs[i], "request", error);
    for (int i = 0; i < spec->n_outputs && status == DEVICE_OK; i++)
        status = surface_check(
            device, spec->program, procedure, true, i, spec->outputs[i], "request", error);
    return status;
}

/* Copies the spec's surfaces into one array, and points the spec at it from now on. */
static struct device_surface **surfaces_list(
    const struct device_request_spec *spec, struct device_request_spec *kept) {
    const size_t n_inputs = (size_t)spec->n_inputs, n_outputs = (size_t)spec->n_outputs;
    struct device_surface **surfaces = calloc(n_inputs + n_outputs + 1, sizeof *surfaces);
    if (!surfaces)
        return NULL;
    for (size_t i = 0; i < n_inputs; i++)
        surfaces[i] = spec->inputs[i];
    for (size_t i = 0; i < n_outputs; i++)
        surfaces[n_inputs + i] = spec->outputs[i];
    surfaces[n_inputs + n_outputs] = spec->weights_buffer;
    *kept = *spec;
    kept->inputs = surfaces;
    kept->outputs = surfaces + n_inputs;
    return surfaces;
}

enum device_status device_request_create(struct device *device,
    const struct device_request_spec *spec, struct device_request **out,
    struct device_error *error) {
    *out = NULL;
    enum device_status status = request_check(device, spec, error);
    if (status != DEVICE_OK)
        return status;
    struct device_request_spec kept;
    struct device_surface **surfaces = surfaces_list(spec, &kept);
    if (!surfaces)
        return device_memory_out(error, "request");
    status = device->table->request_create(device, &kept, out, error);
    if (status != DEVICE_OK) {
        free(surfaces);
        return status;
    }
    struct device_program_base *program = program_base(spec->program);
    *request_base(*out) = (struct device_request_base){.program = spec->program,
        .surfaces = surfaces,
        .n_surfaces = spec->n_inputs + spec->n_outputs + (spec->weights_buffer != NULL),
        .has_stats = program->stats_mask != 0};
    program->n_users++;
    for (int i = 0; i < request_base(*out)->n_surfaces; i++)
        surface_base(surfaces[i])->n_users++;
    return DEVICE_OK;
}

void device_request_free(struct device *device, struct device_request *request) {
    if (!request)
        return;
    const struct device_request_base base = *request_base(request);
    device->table->request_destroy(device, request);
    for (int i = 0; i < base.n_surfaces; i++)
        surface_release(device, base.surfaces[i]);
    free(base.surfaces);
    program_release(device, base.program);
}

enum device_status device_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error) {
    if (qos < 0 || qos > DEVICE_QOS_MAX)
        return qos_check(qos, "eval", error);
    if (!program_base(request_base(request)->program)->loaded)
        return unloaded_refuse("eval", error);
    return device->table->eval(device, request, qos, error);
}

/* ---- statistics ------------------------------------------------------------------------------ */

enum device_status device_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error) {
    enum device_status status = program_check(program, "statistics", error);
    if (status != DEVICE_OK)
        return status;
    if (!device->table->stats_ask)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "statistics", "this device has no statistics of evals");
    if (program_base(program)->loaded)
        return device_error_set(error, DEVICE_BROKEN, "statistics",
            "the program is already loaded; ask for statistics before load");
    status = device->table->stats_ask(device, program, mask, error);
    if (status == DEVICE_OK)
        program_base(program)->stats_mask = mask;
    return status;
}

enum device_status device_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error) {
    *out = (struct device_eval_stats){.there = false};
    if (!request_base(request)->has_stats)
        return device_error_set(error, DEVICE_BROKEN, "statistics",
            "statistics were not requested; call stats_ask before load");
    return device->table->stats_read(device, request, out, error);
}

/* ---- chains ---------------------------------------------------------------------------------- */

static enum device_status chain_check(
    struct device *device, const struct device_chain_spec *spec, struct device_error *error) {
    enum device_status status = loaded_check(spec->program, "prepare", error);
    if (status == DEVICE_OK)
        status = procedure_check(spec->program, spec->procedure, "prepare", error);
    if (status != DEVICE_OK)
        return status;
    const struct mil_program *mil = program_base(spec->program)->mil;
    const struct mil_function *function = &mil->functions[spec->procedure];
    if (function->n_inputs != 1 || function->n_outputs != 1)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "a chain takes a program with one input and one output, not %d and %d",
            function->n_inputs, function->n_outputs);
    if (!mil_type_equal(&device_value(mil, spec->procedure, false, 0)->type,
            &device_value(mil, spec->procedure, true, 0)->type))
        return device_error_set(error, DEVICE_BROKEN, "prepare",
            "in a chain the output becomes the input; use a program whose output has the input's "
            "type");
    if (spec->steps < 1 || spec->steps > DEVICE_CHAIN_STEPS_MAX)
        return device_error_set(error, DEVICE_BROKEN, "prepare",
            "%d steps; a chained request takes 1 to %d", spec->steps, DEVICE_CHAIN_STEPS_MAX);
    status = surface_check(
        device, spec->program, spec->procedure, false, 0, spec->input, "prepare", error);
    if (status == DEVICE_OK)
        status = surface_check(
            device, spec->program, spec->procedure, true, 0, spec->output, "prepare", error);
    if (status == DEVICE_OK && spec->input == spec->output)
        return device_error_set(error, DEVICE_UNSUPPORTED, "prepare",
            "input and output share one surface; give the output its own");
    return status;
}

enum device_status device_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error) {
    *out = NULL;
    enum device_status status = chain_check(device, spec, error);
    if (status == DEVICE_OK)
        status = qos_check(qos, "prepare", error);
    if (status == DEVICE_OK)
        status = device->table->chain_prepare(device, spec, qos, out, error);
    if (status != DEVICE_OK)
        return status;
    *chain_base(*out) =
        (struct device_chain_base){spec->program, spec->input, spec->output, DEVICE_CHAIN_PREPARED};
    program_base(spec->program)->n_users++;
    surface_base(spec->input)->n_users++;
    surface_base(spec->output)->n_users++;
    return DEVICE_OK;
}

enum device_status device_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct device_chain_base *base = chain_base(chain);
    enum device_status status = loaded_check(base->program, "ready", error);
    if (status == DEVICE_OK)
        status = qos_check(qos, "ready", error);
    if (status != DEVICE_OK)
        return status;
    if (base->stage == DEVICE_CHAIN_READY)
        return device_error_set(
            error, DEVICE_BROKEN, "ready", "the chain is already ready; call chain_enqueue");
    if (device->table->chain_ready)
        status = device->table->chain_ready(device, chain, qos, error);
    if (status == DEVICE_OK)
        base->stage = DEVICE_CHAIN_READY;
    return status;
}

enum device_status device_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error) {
    struct device_chain_base *base = chain_base(chain);
    if (!program_base(base->program)->loaded)
        return unloaded_refuse("enqueue", error);
    if (qos < 0 || qos > DEVICE_QOS_MAX)
        return qos_check(qos, "enqueue", error);
    if (base->stage < DEVICE_CHAIN_READY)
        return device_error_set(
            error, DEVICE_BROKEN, "enqueue", "the chain is not ready; call chain_ready first");
    base->stage = DEVICE_CHAIN_ENQUEUED;
    return device->table->chain_enqueue(device, chain, qos, error);
}

void device_chain_free(struct device *device, struct device_chain *chain) {
    if (!chain)
        return;
    const struct device_chain_base base = *chain_base(chain);
    device->table->chain_destroy(device, chain);
    surface_release(device, base.input);
    surface_release(device, base.output);
    program_release(device, base.program);
}
