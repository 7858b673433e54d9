/* SPDX-License-Identifier: MIT */
#include "train/engine/engine.h"

#include "train/engine/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum device_status shared_make(
    struct train_engine *engine, enum train_kind kind, struct device_error *error) {
    struct train_program *program = &engine->shared[kind];
    enum device_status status;
    *program = (struct train_program){.kind = kind, .layer = -1};
    snprintf(program->name, sizeof program->name, "%s of all layers", train_kind_name(kind));
    if ((status = train_program_build(engine, program, NULL, error)) != DEVICE_OK)
        return status;
    engine->compiles++;
    status = device_compile(engine->device, program->handle, engine->options.qos, error);
    return status == DEVICE_OK ? train_program_load(engine, program, error) : status;
}

static enum device_status texts_make(struct train_engine *e, struct device_error *error) {
    for (int i = 0; i < e->kinds.n; i++) {
        const enum train_kind kind = e->kinds.list[i];
        struct mil_error mil_error = {.text = ""};
        e->texts[kind] =
            train_kernel_text(&e->shape, kind, e->options.place, &e->text_bytes[kind], &mil_error);
        if (!e->texts[kind])
            return device_error_set(
                error, DEVICE_BROKEN, "build", "%s: %s", train_kind_name(kind), mil_error.text);
    }
    return DEVICE_OK;
}

static enum device_status memory_make(struct train_engine *e, struct device_error *error) {
    size_t layers = (size_t)e->shape.layers;
    bool made = true;
    for (int i = 0; i < e->kinds.n; i++) {
        enum train_kind kind = e->kinds.list[i];
        e->inputs[kind] = calloc(layers, sizeof(struct train_surface));
        e->outputs[kind] = calloc(layers, sizeof(struct train_surface));
        made = made && e->inputs[kind] && e->outputs[kind];
        train_layout_make(&e->shape, kind, e->options.place, &e->layouts[kind]);
    }
    e->staging = malloc(train_tensor_offset(&e->shape, 0, TRAIN_RMS_FINAL) * sizeof *e->staging);
    e->views = calloc(layers, sizeof *e->views);
    if (!made || !e->staging || !e->views || train_activations_create(e) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "out of memory: no room for the activations of this shape; use a smaller shape");
    e->pool = train_pool_create(e->options.host_threads, device_host_thread, e->device);
    if (!e->pool)
        return device_error_set(
            error, DEVICE_BROKEN, "open", "cannot start %d host threads", e->options.host_threads);
    return DEVICE_OK;
}

enum device_status train_engine_create(struct device *device, const struct train_shape *shape,
    const struct train_engine_options *options, struct train_engine **out,
    struct device_error *error) {
    struct train_engine *engine = calloc(1, sizeof *engine);
    enum device_status status;
    if (!engine)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    engine->device = device;
    engine->shape = *shape;
    engine->options = *options;
    engine->kinds = train_cut_kinds(options->cut);
    status = memory_make(engine, error);
    if (status == DEVICE_OK)
        status = texts_make(engine, error);
    for (int i = 0; status == DEVICE_OK && i < engine->kinds.n; i++)
        if (train_kind_is_shared(options->place, engine->kinds.list[i]))
            status = shared_make(engine, engine->kinds.list[i], error);
    if (status != DEVICE_OK) {
        train_engine_free(engine);
        return status;
    }
    *out = engine;
    return DEVICE_OK;
}

static void surfaces_free(struct train_engine *e, enum train_kind kind, bool output) {
    struct train_surface *surfaces = output ? e->outputs[kind] : e->inputs[kind];
    int n = train_surface_per_layer(e, kind, output) ? e->shape.layers : 1;
    for (int i = 0; surfaces && i < n; i++)
        if (surfaces[i].handle)
            device_surface_free(e->device, surfaces[i].handle);
    free(surfaces);
}

void train_engine_free(struct train_engine *engine) {
    if (!engine)
        return;
    train_pool_free(engine->pool);
    for (int i = 0; i < engine->kinds.n; i++) {
        enum train_kind kind = engine->kinds.list[i];
        train_program_drop(engine, &engine->shared[kind]);
        surfaces_free(engine, kind, false);
        surfaces_free(engine, kind, true);
        free(engine->texts[kind]);
    }
    train_activations_free(engine);
    free(engine->views);
    free(engine->staging);
    free(engine);
}

struct train_pool *train_engine_pool(const struct train_engine *engine) {
    return engine->pool;
}

int train_engine_programs_alive(const struct train_engine *engine) {
    return engine->programs_alive;
}

int train_engine_compiles(const struct train_engine *engine) {
    return engine->compiles;
}

static size_t surface_bytes(const struct train_engine *e, enum train_kind kind, bool output) {
    const struct train_surface *surfaces = output ? e->outputs[kind] : e->inputs[kind];
    size_t n = train_surface_per_layer(e, kind, output) ? (size_t)e->shape.layers : 1;
    const struct train_layout *layout = &e->layouts[kind];
    return n * (surfaces[0].handle ? surfaces[0].layout.bytes
                                   : mil_type_bytes(output ? &layout->output : &layout->input));
}

struct train_memory train_engine_memory(const struct train_engine *engine) {
    const struct train_shape *s = &engine->shape;
    size_t in_layers = train_tensor_offset(s, 0, TRAIN_RMS_FINAL);
    struct train_memory memory = {
        .activation_bytes = engine->memory_bytes + host_classifier_bytes(s),
        .staging_bytes = in_layers * sizeof(uint16_t),
        .set_bytes = train_set_host_elements(s) * sizeof(float)};
    for (int i = 0; i < engine->kinds.n; i++)
        memory.surface_bytes += surface_bytes(engine, engine->kinds.list[i], false) +
                                surface_bytes(engine, engine->kinds.list[i], true);
    return memory;
}
