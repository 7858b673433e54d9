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
#include <string.h>

/* ---- inputs that follow from the position ------------------------------------------------------ */

static void rotation_fill(const struct generate *g, uint16_t *out) {
    const struct train_shape *s = &g->model->shape;
    const int pairs = train_head_dim(s) / 2, positions = g->way.positions;
    for (int pair = 0; pair < pairs; pair++)
        for (int i = 0; i < positions; i++) {
            const double angle =
                train_rotation_angle(s, g->model->rotation_base, g->position + i, pair);
            out[pair * positions + i] = fp16_from_float((float)cos(angle));
            out[(pairs + pair) * positions + i] = fp16_from_float((float)sin(angle));
        }
}

static void mask_fill(const struct generate *g, uint16_t *out) {
    const uint16_t masked = fp16_from_float(GENERATE_MASKED);
    const bool whole = g->way.cache == GENERATE_CACHE_WHOLE;
    const int own = whole ? 0 : g->way.positions, earlier = g->position + whole;
    for (int i = 0; i < g->way.positions; i++) {
        for (int key = 0; key < g->way.capacity; key++)
            *out++ = key < earlier ? 0 : masked;
        for (int key = 0; key < own; key++)
            *out++ = key <= i ? 0 : masked;
    }
}

static void place_fill(const struct generate *g, uint16_t *out) {
    memset(out, 0, (size_t)g->way.capacity * sizeof *out);
    out[g->position] = fp16_from_float(1);
}

enum device_status generate_position_write(
    struct generate *g, struct generate_program *p, struct device_error *error) {
    static const struct {
        enum generate_role role;
        void (*fill)(const struct generate *g, uint16_t *out);
    } roles[] = {{GENERATE_ROTATION, rotation_fill}, {GENERATE_MASK, mask_fill},
        {GENERATE_PLACE, place_fill}};
    enum device_status status = DEVICE_OK;
    for (size_t i = 0; status == DEVICE_OK && i < sizeof roles / sizeof *roles; i++) {
        const struct generate_surface *surface = generate_in(p, roles[i].role);
        if (!surface)
            continue;
        roles[i].fill(g, g->scratch);
        status = device_surface_write(g->device, surface->handle, g->scratch, error);
    }
    return status;
}

/* ---- the cache --------------------------------------------------------------------------------- */

static void host_rows_put(struct generate *g, const uint16_t *rows, int layer, int first, int n) {
    const size_t kv_dim = (size_t)train_kv_dim(&g->model->shape);
    const size_t at = ((size_t)layer * (size_t)g->way.capacity + (size_t)first) * kv_dim;
    for (size_t c = 0; c < kv_dim; c++)
        for (size_t i = 0; i < (size_t)n; i++) {
            g->keys[at + i * kv_dim + c] = fp16_to_float(rows[c * (size_t)n + i]);
            g->values[at + i * kv_dim + c] = fp16_to_float(rows[(kv_dim + c) * (size_t)n + i]);
        }
}

static enum device_status surface_rows_put(struct generate *g,
    const struct generate_surface *surface, const uint16_t *rows, int n_rows, int first, int n,
    struct device_error *error) {
    char *memory = device_surface_lock(g->device, surface->handle, true);
    if (!memory)
        return device_error_set(error, DEVICE_BROKEN, "surface", "cannot lock the cache's surface");
    for (int r = 0; r < n_rows; r++)
        memcpy(memory + (size_t)r * surface->layout.channel_stride_bytes +
                   (size_t)first * sizeof *rows,
            rows + (size_t)r * (size_t)n, (size_t)n * sizeof *rows);
    device_surface_unlock(g->device, surface->handle, true);
    return DEVICE_OK;
}

enum device_status generate_rows_put(
    struct generate *g, const uint16_t *rows, int first, int n, struct device_error *error) {
    const struct train_shape *s = &g->model->shape;
    const size_t of_layer = 2 * (size_t)train_kv_dim(s) * (size_t)n;
    enum device_status status = DEVICE_OK;
    for (int layer = 0; g->way.cache == GENERATE_CACHE_HOST && layer < s->layers; layer++)
        host_rows_put(g, rows + (size_t)layer * of_layer, layer, first, n);
    for (int i = 0; status == DEVICE_OK && i < g->n_programs; i++) {
        struct generate_program *p = &g->programs[i];
        const struct generate_surface *surface = generate_in(p, GENERATE_CACHE);
        if (surface && g->turn == 1)
            surface = generate_out(p, GENERATE_CACHE);
        if (surface)
            status = surface_rows_put(g, surface, rows + (size_t)p->part.first_layer * of_layer,
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
            g->x[c * positions + i] = fp16_from_float(embedding[(size_t)tokens[i] * dim + c]);
}

/* HOST: from the queries, keys and values of a layer. */
static void attend(struct generate *g, int layer) {
    const struct train_shape *s = &g->model->shape;
    const size_t dim = (size_t)s->dim, kv_dim = (size_t)train_kv_dim(s);
    const size_t cache = (size_t)layer * (size_t)g->way.capacity * kv_dim;
    fp16_to_floats(g->floats, g->scratch, dim);
    host_rows_put(g, g->scratch + dim, layer, g->position, 1);
    memcpy(g->rows + (size_t)layer * 2 * kv_dim, g->scratch + dim, 2 * kv_dim * sizeof *g->rows);
    host_attend(
        s, g->position, g->floats, g->keys + cache, g->values + cache, g->scores, g->attended);
}

static enum device_status inputs_write(
    struct generate *g, struct generate_program *p, struct device_error *error) {
    const struct generate_surface *attended = generate_in(p, GENERATE_ATTENDED);
    enum device_status status =
        device_surface_write(g->device, generate_in(p, GENERATE_X)->handle, g->x, error);
    if (status == DEVICE_OK && attended) {
        fp16_from_floats(g->scratch, g->attended, (size_t)g->model->shape.dim);
        status = device_surface_write(g->device, attended->handle, g->scratch, error);
    }
    return status == DEVICE_OK ? generate_position_write(g, p, error) : status;
}

static enum device_status outputs_read(
    struct generate *g, struct generate_program *p, float *logits, struct device_error *error) {
    const size_t of_layer = 2 * (size_t)train_kv_dim(&g->model->shape) * (size_t)g->way.positions;
    enum device_status status = DEVICE_OK;
    for (int i = 0; status == DEVICE_OK && i < p->part.n_out; i++) {
        struct device_surface *surface = p->out[i].handle;
        const size_t n = (size_t)mil_type_elements(&p->part.out[i].type);
        switch (p->part.out[i].role) {
        case GENERATE_X:
            status = device_surface_read(g->device, surface, g->x, error);
            break;
        case GENERATE_ROWS:
            if (g->way.cache != GENERATE_CACHE_HOST) {
                status = device_surface_read(
                    g->device, surface, g->rows + (size_t)p->part.first_layer * of_layer, error);
                break;
            }
            status = device_surface_read(g->device, surface, g->scratch, error);
            attend(g, p->part.first_layer);
            break;
        case GENERATE_LOGITS:
            status = device_surface_read(g->device, surface, g->scratch, error);
            fp16_to_floats(logits, g->scratch, n);
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
        x[c] = fp16_to_float(g->x[c * g->way.positions + last]);
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
