/* SPDX-License-Identifier: MIT
 *
 * Layouts, and the copies between them.
 */
#include "engine_internal.h"
#include "device/sim/sim.h"
#include "trouble.h"

#include <string.h>

static const struct mil_function *function_of(const struct engine_program *program, int procedure) {
    return program->mil && procedure >= 0 && procedure < program->mil->n_functions
               ? &program->mil->functions[procedure]
               : NULL;
}

int engine_tensors(const struct engine_program *program, int procedure, bool output) {
    const struct mil_function *f = function_of(program, procedure);
    return !f ? -1 : output ? f->n_outputs : f->n_inputs;
}

int engine_first_symbol(const struct engine_program *program, int procedure, bool output) {
    int symbol = 0;
    for (int i = 0; i < procedure; i++)
        symbol += engine_tensors(program, i, output);
    return symbol;
}

static const struct mil_value *output_value(const struct mil_function *f, int index) {
    return &f->values[f->outputs[index]];
}

/* The output that goes to this slot: declared order, or that of the names (mechramc/Orion). */
static int output_of_slot(const struct mil_function *f, int slot) {
    if (!trouble_is_on(TROUBLE_OUTPUTS_BY_NAME))
        return slot;
    for (int i = 0; i < f->n_outputs; i++) {
        int before = 0;
        for (int k = 0; k < f->n_outputs; k++)
            before += strcmp(output_value(f, k)->name, output_value(f, i)->name) < 0;
        if (before == slot)
            return i;
    }
    return slot; /* not reached: names are unique */
}

struct engine_tensor engine_tensor(
    const struct engine_program *program, int procedure, bool output, int slot) {
    enum { ROW_ALIGN = 64 };
    const struct mil_function *f = function_of(program, procedure);
    int index = output ? output_of_slot(f, slot) : slot;
    const struct mil_value *value = output ? output_value(f, index) : &f->values[index];
    struct engine_tensor t = {
        .name = value->name, .type = {.dtype = value->type->dtype, .rank = 4, .dim = {1, 1, 1, 1}}};
    t.index = index;
    t.declared = *value->type;
    for (int i = 0; i < value->type->rank && i < 4; i++)
        t.type.dim[4 - value->type->rank + i] = value->type->dim[i];
    size_t row = (size_t)t.type.dim[3] * mil_dtype_bytes(t.type.dtype);
    t.row_stride = (row + ROW_ALIGN - 1) / ROW_ALIGN * ROW_ALIGN;
    t.plane_stride = t.row_stride * (size_t)t.type.dim[2];
    t.batch_stride = t.plane_stride * (size_t)t.type.dim[1];
    t.bytes = t.batch_stride * (size_t)t.type.dim[0];
    return t;
}

enum device_status engine_place_open(struct engine_place *place,
    const struct engine_program *program, int procedure, bool output, int slot,
    struct memory *memory, struct device_error *error) {
    struct device *d = engine_device();
    struct device_layout layout;
    *place = (struct engine_place){.tensor = engine_tensor(program, procedure, output, slot),
        .memory = memory,
        .program_serial = program->serial};
    enum device_status status =
        device_layout(d, program->program, procedure, output, place->tensor.index, &layout, error);
    return status == DEVICE_OK ? device_surface_create(d, &layout, &place->surface, error) : status;
}

void engine_place_close(struct engine_place *place) {
    device_surface_free(engine_device(), place->surface);
}

/* Row by row, from dense to padded or back. */
static void rows_copy(
    const struct engine_tensor *t, unsigned char *dense, unsigned char *padded, bool to_dense) {
    const size_t row = (size_t)t->type.dim[3] * mil_dtype_bytes(t->type.dtype);
    const size_t rows = (size_t)(t->type.dim[0] * t->type.dim[1] * t->type.dim[2]);
    const bool same = row == t->row_stride;
    for (size_t i = 0; i < (same ? 1 : rows); i++) {
        unsigned char *a = dense + i * row, *b = padded + i * t->row_stride;
        memcpy(to_dense ? a : b, to_dense ? b : a, same ? row * rows : row);
    }
}

/* What another program's eval wrote was not written by the host. */
static void place_copy(struct engine_place *place, bool to_dense, bool shared) {
    struct device *d = engine_device();
    void *dense = device_surface_lock(d, place->surface, to_dense && !shared);
    rows_copy(&place->tensor, dense, place->memory->engine, to_dense);
    device_surface_unlock(d, place->surface, to_dense && !shared);
    if (to_dense && shared)
        sim_surface_hand_over(place->surface);
}

void engine_place_gather(struct engine_place *place) {
    const uint64_t writer = place->memory->writer;
    const bool shared = writer != 0 && writer != place->program_serial;
    if (place->version != place->memory->version)
        place_copy(place, true, shared);
    place->version = place->memory->version;
}

void engine_place_scatter(struct engine_place *place) {
    place_copy(place, false, false);
    place->memory->version++;
    place->memory->writer = place->program_serial;
}
