/* SPDX-License-Identifier: MIT
 *
 * Sets: one version of the weights, on the host and on the device.
 */
#include "device/host/large.h"
#include "mil/fp16.h"
#include "train/engine/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two norms per layer, then rms_final and the embedding as in the parameters. */
size_t train_set_host_elements(const struct train_shape *shape) {
    return 2 * (size_t)shape->dim * (size_t)shape->layers + train_parameter_count(shape) -
           train_tensor_offset(shape, 0, TRAIN_RMS_FINAL);
}

const float *train_set_host(const struct train_set *set, int layer, enum train_tensor tensor) {
    const struct train_shape *s = &set->engine->shape;
    size_t dim = (size_t)s->dim;
    if (tensor == TRAIN_RMS_ATT || tensor == TRAIN_RMS_FFN)
        return set->host + 2 * dim * (size_t)layer + (tensor == TRAIN_RMS_FFN ? dim : 0);
    return set->host + 2 * dim * (size_t)s->layers + (tensor == TRAIN_EMBEDDING ? dim : 0);
}

/* In the order of a step's first use: forward up through the layers, backward down. */
static void programs_list(struct train_set *set) {
    const struct train_engine *engine = set->engine;
    int layers = engine->shape.layers, n_forward = engine->kinds.n_forward;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < layers; i++)
            for (int j = pass ? n_forward : 0; j < (pass ? engine->kinds.n : n_forward); j++) {
                enum train_kind kind = engine->kinds.list[j];
                int layer = pass ? layers - 1 - i : i;
                if (engine->shared[kind].handle)
                    continue;
                struct train_program *program = &set->programs[set->n_programs++];
                *program = (struct train_program){.kind = kind, .layer = layer};
                snprintf(program->name, sizeof program->name, "layer %d %s", layer,
                    train_kind_name(kind));
            }
}

enum device_status train_set_create(
    struct train_engine *engine, struct train_set **out, struct device_error *error) {
    const struct train_shape *s = &engine->shape;
    size_t n = (size_t)train_program_counts(s, engine->options.cut, engine->options.place).per_set;
    struct train_set *set = calloc(1, sizeof *set);
    if (set) {
        set->engine = engine;
        set->programs = calloc(n + 1, sizeof *set->programs);
        set->host = large_alloc(train_set_host_elements(s) * sizeof *set->host);
    }
    if (!set || !set->programs || !set->host) {
        train_set_free(set);
        return device_error_set(
            error, DEVICE_BROKEN, "open", "out of memory: no room for a version of the weights");
    }
    programs_list(set);
    *out = set;
    return DEVICE_OK;
}

void train_set_free(struct train_set *set) {
    if (!set)
        return;
    for (int i = 0; i < set->n_programs; i++)
        train_program_drop(set->engine, &set->programs[i]);
    if (set->engine->staged == set)
        set->engine->staged = NULL;
    if (set->engine->written == set)
        set->engine->written = NULL;
    free(set->programs);
    free(set->host);
    free(set);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

enum { SNAPSHOT_CHUNK = 1 << 18 };

/* The layers' parameters to fp16, then everything after them copied; in chunks for all threads. */
struct snapshot {
    const float *from;
    uint16_t *staging;
    float *host;
    size_t n_layers, n; /* elements: of the layers, of all */
};

static void snapshot_chunk(void *context, int chunk) {
    const struct snapshot *s = context;
    size_t first = (size_t)chunk * SNAPSHOT_CHUNK;
    size_t end = s->n - first < SNAPSHOT_CHUNK ? s->n : first + SNAPSHOT_CHUNK;
    size_t cut = end < s->n_layers ? end : first > s->n_layers ? first : s->n_layers;
    if (first < cut)
        fp16_from_floats(s->staging + first, s->from + first, cut - first);
    if (cut < end)
        memcpy(s->host + (cut - s->n_layers), s->from + cut, (end - cut) * sizeof *s->host);
}

void train_set_snapshot(
    struct train_set *set, const struct train_parameters *parameters, uint64_t version) {
    struct train_engine *engine = set->engine;
    const struct train_shape *shape = &engine->shape;
    size_t dim = (size_t)shape->dim, norms = 2 * dim * (size_t)shape->layers;
    struct snapshot s = {.from = parameters->data,
        .staging = engine->staging,
        .host = set->host + norms,
        .n_layers = train_tensor_offset(shape, 0, TRAIN_RMS_FINAL),
        .n = parameters->n};
    train_pool_run(
        engine->pool, snapshot_chunk, &s, (int)((s.n + SNAPSHOT_CHUNK - 1) / SNAPSHOT_CHUNK));
    for (int layer = 0; layer < shape->layers; layer++)
        memcpy(set->host + 2 * dim * (size_t)layer,
            train_tensor_at(parameters, layer, TRAIN_RMS_ATT), 2 * dim * sizeof *set->host);
    set->version = version;
    set->taken = true;
    engine->staged = set;
    if (engine->written == set)
        engine->written = NULL;
}

uint64_t train_set_version(const struct train_set *set) {
    return set->version;
}

bool train_set_weights(const struct train_set *set, struct train_parameters *out) {
    const struct train_engine *engine = set->engine;
    const size_t dim = (size_t)out->shape.dim, layers = (size_t)out->shape.layers;
    const size_t n_layers = train_tensor_offset(&out->shape, 0, TRAIN_RMS_FINAL);
    if (engine->staged != set)
        return false;
    fp16_to_floats(out->data, engine->staging, n_layers);
    for (size_t layer = 0; layer < layers; layer++)
        memcpy(train_tensor_at(out, (int)layer, TRAIN_RMS_ATT), set->host + 2 * dim * layer,
            2 * dim * sizeof *set->host);
    memcpy(out->data + n_layers, set->host + 2 * dim * layers,
        (out->n - n_layers) * sizeof *set->host);
    return true;
}

struct train_layer_weights train_staged_layer(const struct train_engine *engine, int layer) {
    struct train_layer_weights weights;
    for (int t = 0; t < TRAIN_LAYER_TENSORS; t++)
        weights.tensor[t] =
            engine->staging + train_tensor_offset(&engine->shape, layer, (enum train_tensor)t);
    return weights;
}

enum device_status train_staged_check(const struct train_set *set, struct device_error *error) {
    if (set->engine->staged == set)
        return DEVICE_OK;
    return device_error_set(error, DEVICE_BROKEN, "build",
        "the staging area holds another set's weights; take the snapshot and build all programs "
        "before the next snapshot");
}

/* ---- programs -------------------------------------------------------------------------------- */

int train_set_n_programs(const struct train_set *set) {
    return set->n_programs;
}

const char *train_set_program_name(const struct train_set *set, int index) {
    return set->programs[index].name;
}

struct device_program *train_set_program(const struct train_set *set, int index) {
    return set->programs[index].handle;
}

enum device_status train_set_build(struct train_set *set, int index, struct device_error *error) {
    struct train_program *program = &set->programs[index];
    struct train_layer_weights weights = train_staged_layer(set->engine, program->layer);
    enum device_status status = train_staged_check(set, error);
    return status == DEVICE_OK ? train_program_build(set->engine, program, &weights, error)
                               : status;
}

enum device_status train_set_compile(struct train_set *set, int index, struct device_error *error) {
    struct train_engine *e = set->engine;
    e->compiles++;
    return device_compile(e->device, set->programs[index].handle, e->options.qos, error);
}

enum device_status train_set_compile_start(
    struct train_set *set, int index, struct device_error *error) {
    struct train_engine *e = set->engine;
    e->compiles++;
    return device_compile_start(e->device, set->programs[index].handle, e->options.qos, error);
}

bool train_set_compile_poll(struct train_set *set, int index) {
    return device_compile_poll(set->engine->device, set->programs[index].handle);
}

enum device_status train_set_compile_wait(
    struct train_set *set, int index, struct device_error *error) {
    return device_compile_wait(set->engine->device, set->programs[index].handle, error);
}

enum device_status train_set_load(struct train_set *set, int index, struct device_error *error) {
    return train_program_load(set->engine, &set->programs[index], error);
}

enum device_status train_set_unload(struct train_set *set, int index, struct device_error *error) {
    return train_program_unload(set->engine, &set->programs[index], error);
}

void train_set_drop(struct train_set *set, int index) {
    train_program_drop(set->engine, &set->programs[index]);
}

bool train_set_is_ready(const struct train_set *set) {
    if (!set->taken || (set->n_programs == 0 && set->engine->written != set))
        return false;
    for (int i = 0; i < set->n_programs; i++)
        if (!set->programs[i].loaded)
            return false;
    return true;
}
