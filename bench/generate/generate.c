/* SPDX-License-Identifier: MIT
 *
 * Opening and closing: programs, surfaces, requests, the host's memory.
 */
#include "generate/generate_internal.h"

#include "device/host/machine.h"

#include <stdlib.h>
#include <string.h>

static struct generate_surface *find(struct generate_surface *surfaces,
    const struct generate_slot *slots, int n, enum generate_role role) {
    for (int i = 0; i < n; i++)
        if (slots[i].role == role)
            return &surfaces[i];
    return NULL;
}

struct generate_surface *generate_in(struct generate_program *p, enum generate_role role) {
    return find(p->in, p->part.in, p->part.n_in, role);
}

struct generate_surface *generate_out(struct generate_program *p, enum generate_role role) {
    return find(p->out, p->part.out, p->part.n_out, role);
}

/* ---- programs ---------------------------------------------------------------------------------- */

static enum device_status program_compile(struct generate *g, struct generate_program *p,
    generate_text_fn *text, void *context, struct device_error *error) {
    struct generate_source source;
    struct device_compile_info info;
    struct mil_error why = {.text = ""};
    if (generate_source_make(g->model, &g->way, &p->part, g->device->mil_header, &source, &why) !=
        0)
        return device_error_set(error, DEVICE_BROKEN, "parse", "%s", why.text);
    if (text)
        text(context, source.text, source.text_bytes);
    const struct device_source parts = {source.text, source.text_bytes, {&source.weights, 1}};
    enum device_status status = device_program_create(g->device, &parts, &p->handle, error);
    if (status != DEVICE_OK)
        p->handle = NULL;
    g->costs.weight_bytes += (double)source.weights.bytes;
    generate_source_free(&source);
    if (status == DEVICE_OK)
        status = device_compile(g->device, p->handle, DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    device_compile_info(g->device, p->handle, &info);
    g->costs.compile_ns += info.elapsed_ns;
    g->costs.cached = g->costs.cached || info.cached;
    return DEVICE_OK;
}

static enum device_status surfaces_make(
    struct generate *g, struct generate_program *p, bool output, struct device_error *error) {
    struct generate_surface *surfaces = output ? p->out : p->in;
    const int n = output ? p->part.n_out : p->part.n_in;
    enum device_status status = DEVICE_OK;
    for (int i = 0; status == DEVICE_OK && i < n; i++) {
        status = device_layout(g->device, p->handle, 0, output, i, &surfaces[i].layout, error);
        if (status == DEVICE_OK)
            status =
                device_surface_create(g->device, &surfaces[i].layout, &surfaces[i].handle, error);
        if (status != DEVICE_OK)
            surfaces[i].handle = NULL;
    }
    return status;
}

/* With `swapped`, the cache's output is its input and the reverse. */
static enum device_status request_make(
    struct generate *g, struct generate_program *p, bool swapped, struct device_error *error) {
    struct device_surface *in[GENERATE_SLOTS_MAX], *out[GENERATE_SLOTS_MAX];
    const struct generate_surface *from = generate_in(p, GENERATE_CACHE),
                                  *to = generate_out(p, GENERATE_CACHE);
    for (int i = 0; i < p->part.n_in; i++)
        in[i] = swapped && from == &p->in[i] ? to->handle : p->in[i].handle;
    for (int i = 0; i < p->part.n_out; i++)
        out[i] = swapped && to == &p->out[i] ? from->handle : p->out[i].handle;
    const struct device_request_spec spec = {.program = p->handle,
        .inputs = in,
        .n_inputs = p->part.n_in,
        .outputs = out,
        .n_outputs = p->part.n_out};
    enum device_status status =
        device_request_create(g->device, &spec, &p->requests[swapped], error);
    if (status != DEVICE_OK)
        p->requests[swapped] = NULL;
    return status;
}

static enum device_status requests_make(
    struct generate *g, struct generate_program *p, struct device_error *error) {
    const struct generate_surface *from = generate_in(p, GENERATE_CACHE),
                                  *to = generate_out(p, GENERATE_CACHE);
    enum device_status status = request_make(g, p, false, error);
    if (status != DEVICE_OK || !to)
        return status;
    if (from->layout.bytes != to->layout.bytes ||
        from->layout.channel_stride_bytes != to->layout.channel_stride_bytes)
        return device_error_set(error, DEVICE_UNSUPPORTED, "request",
            "the device lays the cache out differently as input and as output");
    return request_make(g, p, true, error);
}

static enum device_status program_open(struct generate *g, struct generate_program *p,
    generate_text_fn *text, void *context, struct device_error *error) {
    enum device_status status = program_compile(g, p, text, context, error);
    const uint64_t begin_ns = device_clock_ns(g->device);
    if (status == DEVICE_OK)
        status = device_load(g->device, p->handle, DEVICE_QOS_DEFAULT, error);
    g->costs.load_ns += device_clock_ns(g->device) - begin_ns;
    if (status == DEVICE_OK)
        status = surfaces_make(g, p, false, error);
    if (status == DEVICE_OK)
        status = surfaces_make(g, p, true, error);
    if (status == DEVICE_OK)
        status = requests_make(g, p, error);
    return status;
}

static void program_close(struct generate *g, struct generate_program *p) {
    for (int i = 0; i < 2; i++)
        device_request_free(g->device, p->requests[i]);
    for (int i = 0; i < GENERATE_SLOTS_MAX; i++) {
        device_surface_free(g->device, p->in[i].handle);
        device_surface_free(g->device, p->out[i].handle);
    }
    if (p->handle)
        device_program_free(g->device, p->handle);
}

/* ---- the whole --------------------------------------------------------------------------------- */

static int memory_make(struct generate *g) {
    const struct train_shape *s = &g->model->shape;
    const size_t dim = (size_t)s->dim, kv_dim = (size_t)train_kv_dim(s), layers = (size_t)s->layers;
    const size_t positions = (size_t)g->way.positions, capacity = (size_t)g->way.capacity;
    const size_t cache = g->way.cache == GENERATE_CACHE_HOST ? layers * capacity * kv_dim : 0;
    const size_t pairs = (size_t)train_head_dim(s) / 2, mask = positions * (positions + capacity);
    const size_t rows = layers * 2 * kv_dim * positions;
    size_t widest = dim * positions;
    widest = widest > 2 * pairs * positions ? widest : 2 * pairs * positions;
    widest = widest > mask ? widest : mask;
    widest = widest > (size_t)s->vocab ? widest : (size_t)s->vocab;
    widest = widest > 2 * dim + 2 * kv_dim ? widest : 2 * dim + 2 * kv_dim;
    float *at = calloc(
        dim * positions + widest + 2 * cache + capacity + dim + rows + widest / 2 + 1, sizeof *at);
    if (!at)
        return -1;
    g->memory = at;
    g->x = at;
    g->floats = g->x + dim * positions;
    g->keys = g->floats + widest;
    g->values = g->keys + cache;
    g->scores = g->values + cache;
    g->attended = g->scores + capacity;
    g->rows = g->attended + dim;
    g->halves = (uint16_t *)(void *)(g->attended + dim + rows);
    return 0;
}

enum device_status generate_check(
    const struct train_shape *shape, const struct generate_way *way, struct device_error *error) {
    char why[256];
    if (generate_way_check(shape, way, why, sizeof why) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open", "%s", why);
    const double slot_bytes = generate_slot_bytes(shape, way),
                 has_bytes = (double)machine_memory_bytes();
    if (has_bytes > 0 && slot_bytes > has_bytes)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "a cache of %d positions and what else goes into and out of the programs take %.3g GB, "
            "and this machine has %.3g: ask for a shorter text",
            way->capacity, slot_bytes / 1e9, has_bytes / 1e9);
    return DEVICE_OK;
}

enum device_status generate_open(struct device *device, const struct train_parameters *model,
    const struct generate_way *way, generate_text_fn *text, void *context, struct generate **out,
    struct device_error *error) {
    enum device_status status = generate_check(&model->shape, way, error);
    *out = NULL;
    if (status != DEVICE_OK)
        return status;
    struct generate *g = calloc(1, sizeof *g);
    const int n = generate_parts(&model->shape, way);
    if (g) {
        *g = (struct generate){.device = device, .model = model, .way = *way};
        g->programs = calloc((size_t)n, sizeof *g->programs);
    }
    if (!g || !g->programs || memory_make(g) != 0) {
        generate_close(g);
        return device_error_set(
            error, DEVICE_BROKEN, "open", "out of memory for a model's cache and surfaces");
    }
    g->costs.programs = n;
    while (status == DEVICE_OK && g->n_programs < n) {
        struct generate_program *p = &g->programs[g->n_programs];
        generate_part_of(&model->shape, way, g->n_programs++, &p->part);
        status = program_open(g, p, text, context, error);
    }
    if (status == DEVICE_OK)
        *out = g;
    else
        generate_close(g);
    return status;
}

void generate_close(struct generate *g) {
    if (!g)
        return;
    for (int i = 0; i < g->n_programs; i++)
        program_close(g, &g->programs[i]);
    free(g->programs);
    free(g->memory);
    free(g);
}

struct generate_costs generate_costs(const struct generate *g) {
    return g->costs;
}
