/* SPDX-License-Identifier: MIT
 *
 * Weights of a loaded program as memory that the host writes.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>
#include <string.h>

/* The next blob that a function names; NULL at the end. *op and *attr start at 0. */
static const struct mil_literal *blob_next(
    const struct mil_function *function, int *op, int *attr) {
    for (; *op < function->n_ops; (*op)++, *attr = 0)
        while (*attr < function->ops[*op].n_attrs) {
            const struct mil_literal *literal = &function->ops[*op].attrs[(*attr)++].literal;
            if (literal->blob_path)
                return literal;
        }
    return NULL;
}

static size_t blobs_bytes(const struct mil_function *function) {
    const struct mil_literal *literal;
    size_t bytes = 0;
    for (int op = 0, attr = 0; (literal = blob_next(function, &op, &attr));)
        bytes += mil_type_blob_bytes(literal->type);
    return bytes;
}

/* The blob's data in an image; NULL when it is not there. */
static const unsigned char *blob_data(
    const struct sim_image *image, const struct mil_literal *literal) {
    struct mil_blob blob;
    struct mil_error ignored;
    for (int i = 0; i < image->weights.n_files; i++)
        if (strcmp(image->files[i].path, literal->blob_path) == 0)
            return mil_blob_read(&image->files[i], literal->blob_offset, &blob, &ignored) == 0
                       ? blob.data
                       : NULL;
    return NULL;
}

/* Bytes first..last-1 of the blob become those of `data`. */
static enum device_status blob_write(struct sim_image **image, const struct mil_literal *literal,
    const unsigned char *data, size_t first, size_t last, const char *stage,
    struct device_error *error) {
    const size_t bytes = mil_type_blob_bytes(literal->type);
    const unsigned char *before = blob_data(*image, literal);
    struct mil_error reason;
    unsigned char *whole = malloc(bytes + 1);
    if (!whole)
        return device_memory_out(error, stage);
    if (before)
        memcpy(whole, before, bytes);
    memcpy(whole + first, data + first, last - first);
    const int code =
        sim_image_write(image, literal->blob_path, literal->blob_offset, whole, bytes, &reason);
    free(whole);
    return code == 0 ? DEVICE_OK : device_error_set(error, DEVICE_BROKEN, stage, "%s", reason.text);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

enum device_status sim_blobs_write(struct sim_image **image, const struct mil_function *function,
    const unsigned char *data, size_t bytes, size_t from, size_t to, const char *stage,
    struct device_error *error) {
    const struct mil_literal *literal;
    size_t at = 0;
    for (int op = 0, attr = 0; (literal = blob_next(function, &op, &attr));) {
        const size_t blob = mil_type_blob_bytes(literal->type);
        if (blob > bytes - at)
            return device_error_set(error, DEVICE_BROKEN, stage,
                "the weights buffer has %zu bytes; make it hold all weights of the function",
                bytes);
        const size_t first = from > at ? least(from - at, blob) : 0;
        const size_t last = to > at ? least(to - at, blob) : 0;
        if (first < last) {
            enum device_status status =
                blob_write(image, literal, data + at, first, last, stage, error);
            if (status != DEVICE_OK)
                return status;
        }
        at += blob;
    }
    return DEVICE_OK;
}

enum device_status sim_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    const struct mil_function *function = &program->base.mil->functions[procedure];
    const struct mil_literal *literal;
    const enum sim_mutable how = sim->params.mutable_weights;
    if (how == SIM_MUTABLE_NONE)
        return device_error_set(error, DEVICE_UNSUPPORTED, "map",
            "this simulated engine does not map weights; set the key mutable_weights");
    sim_pass_call(sim, sim->params.mutable_map_ms * SIM_NS_PER_MS);
    if (how == SIM_MUTABLE_UNENTITLED) {
        (void)sim_error_refuse(error, SIM_CODE_ENTITLEMENT, "map",
            "mapping mutable weights needs an entitlement that this process lacks");
        return error->status = DEVICE_UNSUPPORTED;
    }
    if (how == SIM_MUTABLE_REFUSED)
        return sim_error_refuse(
            error, SIM_CODE_ARGUMENT, "map", "the model has no mutable weights");
    program->mapped_bytes = blobs_bytes(function);
    program->mapped_function = procedure;
    program->mapped = malloc(program->mapped_bytes + 1);
    if (!program->mapped)
        return device_memory_out(error, "map");
    unsigned char *to = program->mapped;
    for (int op = 0, attr = 0; (literal = blob_next(function, &op, &attr));) {
        const unsigned char *data = blob_data(program->loaded, literal);
        const size_t blob = mil_type_blob_bytes(literal->type);
        if (data)
            memcpy(to, data, blob);
        else
            memset(to, 0, blob);
        to += blob;
    }
    *weights = program->mapped;
    *bytes = program->mapped_bytes;
    return DEVICE_OK;
}

/* The engine has what is in from..to-1 of the mapped memory. */
static enum device_status mapped_bring(
    struct device_program *program, size_t from, size_t to, struct device_error *error) {
    const struct mil_function *function = &program->base.mil->functions[program->mapped_function];
    enum device_status status = sim_blobs_write(
        &program->loaded, function, program->mapped, program->mapped_bytes, from, to, "map", error);
    program->load_serial++; /* outputs of before do not hold */
    if (status == DEVICE_OK && program->device->params.mutable_stays)
        status = sim_blobs_write(&program->on_load, function, program->mapped,
            program->mapped_bytes, from, to, "map", error);
    return status;
}

enum device_status sim_weights_sync(struct device *device, struct device_program *program,
    int procedure, size_t offset, size_t bytes, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    (void)procedure;
    sim_pass_call(sim, sim->params.mutable_sync_per_mb_ms * (double)bytes / SIM_MB * SIM_NS_PER_MS);
    return sim->params.mutable_weights == SIM_MUTABLE_INERT
               ? DEVICE_OK
               : mapped_bring(program, offset, offset + bytes, error);
}

enum device_status sim_weights_unmap(struct device *device, struct device_program *program,
    int procedure, struct device_error *error) {
    struct sim_device *sim = (struct sim_device *)device;
    (void)procedure;
    enum device_status status = sim_weights_take(program, error);
    sim_pass_call(sim, sim->params.mutable_map_ms * SIM_NS_PER_MS);
    free(program->mapped);
    program->mapped = NULL;
    return status;
}

enum device_status sim_weights_take(struct device_program *program, struct device_error *error) {
    return program->mapped && program->device->params.mutable_weights == SIM_MUTABLE_DIRECT
               ? mapped_bring(program, 0, program->mapped_bytes, error)
               : DEVICE_OK;
}
