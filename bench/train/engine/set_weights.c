/* SPDX-License-Identifier: MIT
 *
 * New weights for a set's programs without a compile: on disk, in mapped memory, in input surfaces.
 */
#include "mil/fp16.h"
#include "train/engine/engine_internal.h"

#include <stdlib.h>
#include <string.h>

/* One weight of a program as its file holds it. */
typedef enum device_status weight_fn(struct train_engine *engine, struct train_program *program,
    int weight, const struct mil_blob_file *file, const struct mil_blob *blob, void *context,
    struct device_error *error);

/* Gives `visit` each weight, from the staging area; the tables after them do not change. */
static enum device_status weights_each(struct train_set *set, struct train_program *program,
    weight_fn *visit, void *context, struct device_error *error) {
    struct train_engine *e = set->engine;
    struct train_layer_weights weights = train_staged_layer(e, program->layer);
    struct train_kernel_files files;
    enum device_status status = train_staged_check(set, error);
    if (status != DEVICE_OK)
        return status;
    if (train_kernel_files_make(&e->shape, program->kind, e->options.place, &weights, &files) != 0)
        return device_error_set(error, DEVICE_BROKEN, "rewrite",
            "out of memory: no room for the weights of %s", program->name);
    for (int i = 0; status == DEVICE_OK && i < e->layouts[program->kind].n_weights; i++) {
        struct mil_blob blob;
        struct mil_error mil_error;
        if (mil_blob_read(&files.files[i], TRAIN_BLOB_OFFSET, &blob, &mil_error) != 0)
            status = device_error_set(error, DEVICE_BROKEN, "rewrite", "%s", mil_error.text);
        else
            status = visit(e, program, i, &files.files[i], &blob, context, error);
    }
    train_kernel_files_free(&files);
    return status;
}

/* ---- on disk --------------------------------------------------------------------------------- */

static enum device_status weight_rewrite(struct train_engine *engine, struct train_program *program,
    int weight, const struct mil_blob_file *file, const struct mil_blob *blob, void *compiled,
    struct device_error *error) {
    (void)weight;
    return (*(bool *)compiled ? device_compiled_rewrite : device_source_rewrite)(engine->device,
        program->handle, file->path, TRAIN_BLOB_OFFSET, blob->data, blob->bytes, error);
}

enum device_status train_set_rewrite(
    struct train_set *set, int index, bool compiled, struct device_error *error) {
    return weights_each(set, &set->programs[index], weight_rewrite, &compiled, error);
}

/* ---- in mapped memory ------------------------------------------------------------------------ */

/* How often the bytes stand in the program's mapped memory, at multiples of `step`, and where last. */
static int bytes_count(const struct train_program *program, const void *bytes, size_t n_bytes,
    size_t step, size_t *offset) {
    const unsigned char *memory = program->mapped.memory;
    uint64_t first = 0, here = 0;
    const size_t n_first = n_bytes < sizeof first ? n_bytes : sizeof first;
    int n = 0;
    memcpy(&first, bytes, n_first);
    for (size_t at = 0; at + n_bytes <= program->mapped.bytes; at += step) {
        memcpy(&here, memory + at, n_first);
        if (here == first && memcmp(memory + at, bytes, n_bytes) == 0) {
            *offset = at;
            n++;
        }
    }
    return n;
}

/* Devices keep weights in a form and order of their own: found by value, as fp16 or fp32 in rows. */
static enum device_status weight_find(struct train_engine *engine, struct train_program *program,
    int weight, const struct mil_blob_file *file, const struct mil_blob *blob, void *context,
    struct device_error *error) {
    struct train_mapped *m = &program->mapped;
    const size_t n = blob->bytes / sizeof(uint16_t);
    float *wide = malloc(n * sizeof *wide);
    (void)engine, (void)context;
    if (!wide)
        return device_error_set(error, DEVICE_BROKEN, "map", "out of memory");
    fp16_to_floats(wide, blob->data, n);
    m->places[weight].is_wide = false;
    int n_found =
        bytes_count(program, blob->data, blob->bytes, sizeof(uint16_t), &m->places[weight].offset);
    if (n_found == 0) {
        m->places[weight].is_wide = true;
        n_found =
            bytes_count(program, wide, n * sizeof *wide, sizeof *wide, &m->places[weight].offset);
    }
    free(wide);
    if (n_found != 1)
        return device_error_set(error, DEVICE_UNSUPPORTED, "map",
            "the mapped memory of %s holds the rows of %s %d times, as fp16 or fp32, not once",
            program->name, file->path, n_found);
    const size_t offset = m->places[weight].offset;
    const size_t end = offset + blob->bytes * (m->places[weight].is_wide ? 2 : 1);
    m->first = offset < m->first ? offset : m->first;
    m->end = end > m->end ? end : m->end;
    return DEVICE_OK;
}

enum device_status train_set_map(struct train_set *set, int index, struct device_error *error) {
    struct train_program *program = &set->programs[index];
    struct train_mapped *m = &program->mapped;
    *m = (struct train_mapped){.first = SIZE_MAX};
    enum device_status status =
        device_weights_map(set->engine->device, program->handle, 0, &m->memory, &m->bytes, error);
    return status == DEVICE_OK ? weights_each(set, program, weight_find, NULL, error) : status;
}

static enum device_status weight_put(struct train_engine *engine, struct train_program *program,
    int weight, const struct mil_blob_file *file, const struct mil_blob *blob, void *context,
    struct device_error *error) {
    unsigned char *to =
        (unsigned char *)program->mapped.memory + program->mapped.places[weight].offset;
    (void)engine, (void)file, (void)context, (void)error;
    if (program->mapped.places[weight].is_wide)
        fp16_to_floats((float *)(void *)to, blob->data, blob->bytes / sizeof(uint16_t));
    else
        memcpy(to, blob->data, blob->bytes);
    return DEVICE_OK;
}

enum device_status train_set_write_mapped(
    struct train_set *set, int index, struct device_error *error) {
    struct train_program *program = &set->programs[index];
    const struct train_mapped *m = &program->mapped;
    enum device_status status = weights_each(set, program, weight_put, NULL, error);
    return status == DEVICE_OK ? device_weights_sync(set->engine->device, program->handle, m->first,
                                     m->end - m->first, error)
                               : status;
}

/* ---- in input surfaces ----------------------------------------------------------------------- */

/* The layers of a kind, whose surfaces are locked. */
struct write {
    const struct train_engine *engine;
    const struct train_layout *layout;
};

static void layer_write(void *context, int layer) {
    const struct write *w = context;
    const struct train_layer_weights weights = train_staged_layer(w->engine, layer);
    for (int i = 0; i < w->layout->n_weights; i++)
        train_view_put16(&w->engine->views[layer], &w->layout->weights[i].block,
            w->layout->weights[i].transposed, weights.tensor[w->layout->weights[i].tensor]);
}

/* Threads share the layers; only this one asks the device for them. */
static enum device_status kind_write(
    const struct train_engine *e, enum train_kind kind, struct device_error *error) {
    const int layers = e->shape.layers;
    const struct train_surface *surfaces = e->inputs[kind];
    struct write w = {e, &e->layouts[kind]};
    enum device_status status = DEVICE_OK;
    int n_locked = 0;
    while (status == DEVICE_OK && n_locked < layers) {
        e->views[n_locked] = train_view_open(e->device, &surfaces[n_locked], true);
        if (e->views[n_locked].memory)
            n_locked++;
        else
            status = device_error_set(error, DEVICE_BROKEN, "surface",
                "cannot lock the input surface of layer %d's %s", n_locked, train_kind_name(kind));
    }
    if (status == DEVICE_OK)
        train_pool_run(e->pool, layer_write, &w, layers);
    for (int i = 0; i < n_locked; i++)
        train_view_close(e->device, &surfaces[i], true);
    return status;
}

enum device_status train_set_write_weights(struct train_set *set, struct device_error *error) {
    struct train_engine *engine = set->engine;
    enum device_status status = train_staged_check(set, error);
    if (status == DEVICE_OK && engine->options.place != TRAIN_WEIGHTS_INPUT)
        return device_error_set(error, DEVICE_UNSUPPORTED, "surface",
            "weights are baked into these programs; build and compile them instead");
    engine->written = NULL;
    for (int i = 0; i < engine->kinds.n && status == DEVICE_OK; i++)
        if (engine->layouts[engine->kinds.list[i]].n_weights > 0)
            status = kind_write(engine, engine->kinds.list[i], error);
    if (status == DEVICE_OK)
        engine->written = set;
    return status;
}
