/* SPDX-License-Identifier: MIT
 *
 * The life of one program on the device.
 */
#include "train/engine/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum device_status train_program_build(struct train_engine *engine, struct train_program *program,
    const struct train_layer_weights *weights, struct device_error *error) {
    enum train_weights_place place = engine->options.place;
    struct train_kernel_files files;
    if (program->handle)
        return device_error_set(error, DEVICE_BROKEN, "build",
            "%s already exists; drop it before building it again", program->name);
    if (train_kernel_files_make(&engine->shape, program->kind, place, weights, &files) != 0)
        return device_error_set(error, DEVICE_BROKEN, "build",
            "out of memory: no room for the weights of %s", program->name);
    const struct device_source source = {.mil_text = engine->texts[program->kind],
        .mil_bytes = engine->text_bytes[program->kind],
        .weights = {files.files, files.n_files}};
    enum device_status status =
        device_program_create(engine->device, &source, &program->handle, error);
    if (status != DEVICE_OK)
        program->handle = NULL;
    else
        engine->programs_alive++;
    train_kernel_files_free(&files);
    return status;
}

bool train_surface_per_layer(const struct train_engine *engine, enum train_kind kind, bool output) {
    if (output)
        return kind == TRAIN_FWD_ATTN || kind == TRAIN_FWD_FFN || kind == TRAIN_FWD_LAYER;
    return engine->options.place == TRAIN_WEIGHTS_INPUT && engine->layouts[kind].n_weights > 0;
}

/* The kind's surfaces on one side, in this loaded program's layout. */
static enum device_status surfaces_make(struct train_engine *engine,
    const struct train_program *program, bool output, struct device_error *error) {
    struct train_surface *surfaces =
        output ? engine->outputs[program->kind] : engine->inputs[program->kind];
    int n = train_surface_per_layer(engine, program->kind, output) ? engine->shape.layers : 1;
    struct device_layout layout;
    enum device_status status =
        device_layout(engine->device, program->handle, 0, output, 0, &layout, error);
    for (int i = 0; status == DEVICE_OK && i < n; i++) {
        if (surfaces[i].handle) {
            if (surfaces[i].layout.channel_stride_bytes != layout.channel_stride_bytes ||
                surfaces[i].layout.bytes < layout.bytes)
                return device_error_set(error, DEVICE_BROKEN, "surface",
                    "%s needs another surface layout than the same program did before",
                    program->name);
            continue;
        }
        surfaces[i].layout = layout;
        status = device_surface_create(engine->device, &layout, &surfaces[i].handle, error);
        if (status != DEVICE_OK)
            surfaces[i].handle = NULL;
    }
    for (int i = n; status == DEVICE_OK && i < engine->shape.layers; i++)
        surfaces[i] = surfaces[0];
    return status;
}

static void requests_free(struct train_engine *engine, struct train_program *program) {
    for (int i = 0; i < program->n_requests; i++)
        device_request_free(engine->device, program->requests[i]);
    free(program->requests);
    program->requests = NULL;
    program->n_requests = 0;
}

static enum device_status requests_make(
    struct train_engine *engine, struct train_program *program, struct device_error *error) {
    enum train_kind kind = program->kind;
    bool by_layer =
        train_surface_per_layer(engine, kind, false) || train_surface_per_layer(engine, kind, true);
    int n = program->layer < 0 && by_layer ? engine->shape.layers : 1;
    program->requests = calloc((size_t)n, sizeof(struct device_request *));
    if (!program->requests)
        return device_error_set(error, DEVICE_BROKEN, "request", "out of memory");
    for (; program->n_requests < n; program->n_requests++) {
        int layer = program->layer < 0 ? program->n_requests : program->layer;
        enum device_status status = device_request_single(engine->device, program->handle,
            engine->inputs[kind][layer].handle, engine->outputs[kind][layer].handle,
            DEVICE_PATH_MODEL, &program->requests[program->n_requests], error);
        if (status != DEVICE_OK)
            return status;
    }
    return DEVICE_OK;
}

enum device_status train_program_load(
    struct train_engine *engine, struct train_program *program, struct device_error *error) {
    if (!program->handle || program->loaded)
        return device_error_set(error, DEVICE_BROKEN, "load", "%s is %s", program->name,
            program->handle ? "already loaded" : "not built yet");
    enum device_status status =
        device_load(engine->device, program->handle, engine->options.qos, error);
    if (status != DEVICE_OK)
        return status;
    program->loaded = true;
    status = surfaces_make(engine, program, false, error);
    if (status == DEVICE_OK)
        status = surfaces_make(engine, program, true, error);
    if (status == DEVICE_OK)
        status = requests_make(engine, program, error);
    if (status != DEVICE_OK) {
        struct device_error ignored;
        (void)train_program_unload(engine, program, &ignored);
    }
    return status;
}

enum device_status train_program_unload(
    struct train_engine *engine, struct train_program *program, struct device_error *error) {
    requests_free(engine, program);
    if (!program->loaded)
        return DEVICE_OK;
    program->loaded = false;
    return device_unload(engine->device, program->handle, error);
}

void train_program_drop(struct train_engine *engine, struct train_program *program) {
    requests_free(engine, program);
    if (!program->handle)
        return;
    device_program_free(engine->device, program->handle);
    engine->programs_alive--;
    program->handle = NULL;
    program->loaded = false;
}
