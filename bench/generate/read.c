/* SPDX-License-Identifier: MIT
 *
 * Reading tokens: the evals of all programs, and what the host does between them.
 */
#include "generate/generate_internal.h"

#include "mil/fp16.h"
#include "train/host/blas.h"
#include "train/host/host_attention.h"
#include "train/host/host_norm.h"
#include "train/model/rotation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- inputs that follow from the position ------------------------------------------------------ */

static size_t rotation_fill(const struct generate *g, float *out) {
    const struct train_shape *s = &g->model->shape;
    const int pairs = train_head_dim(s) / 2, positions = g->way.positions;
    for (int pair = 0; pair < pairs; pair++)
        for (int i = 0; i < positions; i++) {
            const double angle =
                train_rotation_angle(s, g->model->rotation_base, g->position + i, pair);
            out[pair * positions + i] = (float)cos(angle);
            out[(pairs + pair) * positions + i] = (float)sin(angle);
        }
    return 2 * (size_t)pairs * (size_t)positions;
}

static size_t mask_fill(const struct generate *g, float *out) {
    const bool places = generate_way_places(&g->way);
    const int own = places ? 0 : g->way.positions, earlier = g->position + places;
    float *at = out;
    for (int i = 0; i < g->way.positions; i++) {
        for (int key = 0; key < g->way.capacity; key++)
            *at++ = key < earlier ? 0 : GENERATE_MASKED;
        for (int key = 0; key < own; key++)
            *at++ = key <= i ? 0 : GENERATE_MASKED;
    }
    return (size_t)(at - out);
}

static size_t place_fill(const struct generate *g, float *out) {
    memset(out, 0, (size_t)g->way.capacity * sizeof *out);
    out[g->position] = 1;
    return (size_t)g->way.capacity;
}

static enum device_status floats_write(struct generate *g, struct device_surface *surface,
    const float *x, size_t n, struct device_error *error) {
    if (generate_dtype(g->way.format) == MIL_FP32)
        return device_surface_write(g->device, surface, x, error);
    fp16_from_floats(g->halves, x, n);
    return device_surface_write(g->device, surface, g->halves, error);
}

static enum device_status floats_read(struct generate *g, struct device_surface *surface, float *x,
    size_t n, struct device_error *error) {
    if (generate_dtype(g->way.format) == MIL_FP32)
        return device_surface_read(g->device, surface, x, error);
    const enum device_status status = device_surface_read(g->device, surface, g->halves, error);
    fp16_to_floats(x, g->halves, n);
    return status;
}

enum device_status generate_position_write(
    struct generate *g, struct generate_program *p, struct device_error *error) {
    static const struct {
        enum generate_role role;
        size_t (*fill)(const struct generate *g, float *out); /* returns how many */
    } roles[] = {{GENERATE_ROTATION, rotation_fill}, {GENERATE_MASK, mask_fill},
        {GENERATE_PLACE, place_fill}};
    enum device_status status = DEVICE_OK;
    for (size_t i = 0; status == DEVICE_OK && i < sizeof roles / sizeof *roles; i++) {
        const struct generate_surface *surface = generate_in(p, roles[i].role);
        if (surface)
            status =
                floats_write(g, surface->handle, g->floats, roles[i].fill(g, g->floats), error);
    }
    return status;
}

/* ---- the cache --------------------------------------------------------------------------------- */

/* Cells as floats; HOST keeps its cache so. */
static void host_rows_put(struct generate *g, const float *rows, int layer, int first, int n) {
    const size_t kv_dim = (size_t)train_kv_dim(&g->model->shape);
    const size_t at = ((size_t)layer * (size_t)g->way.capacity + (size_t)first) * kv_dim;
    for (size_t c = 0; c < kv_dim; c++)
        for (size_t i = 0; i < (size_t)n; i++) {
            g->keys[at + i * kv_dim + c] = rows[c * (size_t)n + i];
            g->values[at + i * kv_dim + c] = rows[(kv_dim + c) * (size_t)n + i];
        }
}

/* The cells of a prompt go to HOST's cache a layer at a time. */
static enum device_status host_layers_put(
    struct generate *g, const void *rows, int first, int n, struct device_error *error) {
    const size_t of_layer = 2 * (size_t)train_kv_dim(&g->model->shape) * (size_t)n;
    const bool is_fp32 = generate_dtype(g->way.format) == MIL_FP32;
    float *floats = malloc(of_layer * sizeof *floats);
    if (!floats)
        return device_error_set(error, DEVICE_BROKEN, "eval", "out of memory");
    for (int layer = 0; layer < g->model->shape.layers; layer++) {
        const size_t at = (size_t)layer * of_layer;
        if (!is_fp32)
            fp16_to_floats(floats, (const uint16_t *)rows + at, of_layer);
        host_rows_put(g, is_fp32 ? (const float *)rows + at : floats, layer, first, n);
    }
    free(floats);
    return DEVICE_OK;
}

/* One cell in each row: of them a token has thousands. */
static void cells_put(char *memory, const struct generate_surface *surface, size_t cell_bytes,
    const void *rows, int n_rows) {
    const size_t stride = surface->layout.channel_stride_bytes;
    if (cell_bytes == sizeof(uint16_t))
        for (int r = 0; r < n_rows; r++)
            memcpy(memory + (size_t)r * stride, (const uint16_t *)rows + r, sizeof(uint16_t));
    else
        for (int r = 0; r < n_rows; r++)
            memcpy(memory + (size_t)r * stride, (const float *)rows + r, sizeof(float));
}

static enum device_status surface_rows_put(struct generate *g,
    const struct generate_surface *surface, const void *rows, int n_rows, int first, int n,
    struct device_error *error) {
    const size_t cell_bytes = generate_cell_bytes(g), bytes = (size_t)n * cell_bytes;
    char *memory = device_surface_lock(g->device, surface->handle, true);
    if (!memory)
        return device_error_set(error, DEVICE_BROKEN, "surface", "cannot lock the cache's surface");
    if (n == 1)
        cells_put(memory + (size_t)first * cell_bytes, surface, cell_bytes, rows, n_rows);
    for (int r = 0; n > 1 && r < n_rows; r++)
        memcpy(
            memory + (size_t)r * surface->layout.channel_stride_bytes + (size_t)first * cell_bytes,
            (const char *)rows + (size_t)r * bytes, bytes);
    device_surface_unlock(g->device, surface->handle, true);
    return DEVICE_OK;
}

enum device_status generate_rows_put(
    struct generate *g, const void *rows, int first, int n, struct device_error *error) {
    const struct train_shape *s = &g->model->shape;
    const size_t of_layer_bytes = 2 * (size_t)train_kv_dim(s) * (size_t)n * generate_cell_bytes(g);
    if (g->way.cache == GENERATE_CACHE_HOST)
        return host_layers_put(g, rows, first, n, error);
    enum device_status status = DEVICE_OK;
    for (int i = 0; status == DEVICE_OK && i < g->n_programs; i++) {
        struct generate_program *p = &g->programs[i];
        const struct generate_surface *surface = generate_in(p, GENERATE_CACHE);
        if (surface && g->turn == 1)
            surface = generate_out(p, GENERATE_CACHE);
        if (surface)
            status = surface_rows_put(g, surface,
                (const char *)rows + (size_t)p->part.first_layer * of_layer_bytes,
                p->part.n_layers * 2 * train_kv_dim(s), first, n, error);
    }
    return status;
}

void generate_reset(struct generate *g) {
    g->position = 0;
}

enum device_status generate_continue(
    struct generate *g, const struct generate *prompt, struct device_error *error) {
    const int n = prompt->way.positions;
    if (n > g->way.capacity)
        return device_error_set(error, DEVICE_FAILED, "eval",
            "a cache of %d positions is too small for a prompt of %d", g->way.capacity, n);
    g->position = n;
    return generate_rows_put(g, prompt->rows, 0, n, error);
}

/* ---- tokens in, logits out ----------------------------------------------------------------------- */

static void embed(struct generate *g, const int32_t *tokens) {
    const size_t dim = (size_t)g->model->shape.dim, positions = (size_t)g->way.positions;
    const float *embedding = train_tensor_at(g->model, 0, TRAIN_EMBEDDING);
    for (size_t i = 0; i < positions; i++)
        for (size_t c = 0; c < dim; c++)
            g->x[c * positions + i] = embedding[(size_t)tokens[i] * dim + c];
}

/* HOST: the cells of a layer's keys and values, which follow its queries. */
static void rows_keep(struct generate *g, int layer) {
    const size_t bytes = 2 * (size_t)train_kv_dim(&g->model->shape) * generate_cell_bytes(g),
                 dim = (size_t)g->model->shape.dim;
    const bool is_fp32 = generate_dtype(g->way.format) == MIL_FP32;
    memcpy((char *)g->rows + (size_t)layer * bytes,
        is_fp32 ? (const void *)(g->floats + dim) : (const void *)(g->halves + dim), bytes);
}

/* HOST: from the queries, keys and values of a layer. */
static void attend(struct generate *g, int layer) {
    const struct train_shape *s = &g->model->shape;
    const size_t cache = (size_t)layer * (size_t)g->way.capacity * (size_t)train_kv_dim(s);
    host_rows_put(g, g->floats + s->dim, layer, g->position, 1);
    host_attend(
        s, g->position, g->floats, g->keys + cache, g->values + cache, g->scores, g->attended);
}

static enum device_status inputs_write(
    struct generate *g, struct generate_program *p, struct device_error *error) {
    const size_t dim = (size_t)g->model->shape.dim;
    const struct generate_surface *attended = generate_in(p, GENERATE_ATTENDED);
    enum device_status status = floats_write(
        g, generate_in(p, GENERATE_X)->handle, g->x, dim * (size_t)g->way.positions, error);
    if (status == DEVICE_OK && attended)
        status = floats_write(g, attended->handle, g->attended, dim, error);
    return status == DEVICE_OK ? generate_position_write(g, p, error) : status;
}

static enum device_status outputs_read(
    struct generate *g, struct generate_program *p, float *logits, struct device_error *error) {
    const size_t of_layer_bytes = 2 * (size_t)train_kv_dim(&g->model->shape) *
                                  (size_t)g->way.positions * generate_cell_bytes(g);
    enum device_status status = DEVICE_OK;
    for (int i = 0; status == DEVICE_OK && i < p->part.n_out; i++) {
        struct device_surface *surface = p->out[i].handle;
        const size_t n = (size_t)mil_type_elements(&p->part.out[i].type);
        switch (p->part.out[i].role) {
        case GENERATE_X:
            status = floats_read(g, surface, g->x, n, error);
            break;
        case GENERATE_ROWS:
            if (g->way.cache != GENERATE_CACHE_HOST) {
                status = device_surface_read(g->device, surface,
                    (char *)g->rows + (size_t)p->part.first_layer * of_layer_bytes, error);
                break;
            }
            status = floats_read(g, surface, g->floats, n, error);
            rows_keep(g, p->part.first_layer);
            attend(g, p->part.first_layer);
            break;
        case GENERATE_LOGITS:
            status = floats_read(g, surface, logits, n, error);
            logits += n;
            break;
        default: /* the cache stays where it is */
            break;
        }
    }
    return status;
}

static void host_classify(struct generate *g, float *logits) {
    const struct train_shape *s = &g->model->shape;
    const int last = g->way.positions - 1;
    float *x = g->floats, *normed = g->floats + s->dim, scale;
    for (int c = 0; c < s->dim; c++)
        x[c] = g->x[c * g->way.positions + last];
    host_norm_scales(x, s->dim, 1, g->model->norm_epsilon, &scale);
    host_norm_apply(x, &scale, train_tensor_at(g->model, 0, TRAIN_RMS_FINAL), s->dim, 1, normed);
    cblas_sgemv(CblasRowMajor, CblasNoTrans, s->vocab, s->dim, 1, train_classifier(g->model),
        s->dim, normed, 1, 0, logits, 1);
}

enum device_status generate_read(
    struct generate *g, const int32_t *tokens, float *logits, struct device_error *error) {
    const struct generate_way *way = &g->way;
    enum device_status status = DEVICE_OK;
    if (way->capacity > 0 && g->position + way->positions > way->capacity)
        return device_error_set(error, DEVICE_FAILED, "eval",
            "the cache of %d positions is full; open the model with a larger one", way->capacity);
    if (way->capacity == 0)
        g->position = 0;
    embed(g, tokens);
    for (int i = 0; status == DEVICE_OK && i < g->n_programs; i++) {
        struct generate_program *p = &g->programs[i];
        const int turn = p->requests[1] ? g->turn : 0;
        status = inputs_write(g, p, error);
        if (status == DEVICE_OK)
            status = device_eval(g->device, p->requests[turn], DEVICE_QOS_DEFAULT, error);
        if (status == DEVICE_OK)
            status = outputs_read(g, p, logits, error);
    }
    if (status == DEVICE_OK && way->cache == GENERATE_CACHE_ROWS && way->capacity > 0)
        status = generate_rows_put(g, g->rows, g->position, way->positions, error);
    if (status != DEVICE_OK)
        return status;
    if (way->classifier_parts == 0)
        host_classify(g, logits);
    if (way->cache == GENERATE_CACHE_WHOLE)
        g->turn = 1 - g->turn;
    g->position += way->positions;
    return DEVICE_OK;
}

double generate_logits_off(const float *logits, const float *expected, int n) {
    double worst = 0, largest = 0;
    for (int i = 0; i < n; i++) {
        const double off = fabs((double)logits[i] - (double)expected[i]);
        worst = isfinite(off) ? fmax(worst, off) : INFINITY;
        largest = fmax(largest, fabs((double)expected[i]));
    }
    return largest > 0 ? worst / largest : INFINITY;
}
