/* SPDX-License-Identifier: MIT */
#include "train/host/adamw.h"

#include <math.h>
#include <stddef.h>

/* Elements per thread at a time: 0.1 ms of work, more than waking another thread takes. The result
 * does not depend on it. */
enum { CHUNK = 1 << 18 };
/* Chunks whose sums are kept at a time; and elements that are squared and then used while they are in the cache. */
enum { CHUNKS = 64, PIECE = 4096 };

/* Everything the loop over elements needs. */
struct update {
    float *w, *g, *m, *v;
    size_t n;
    float gradient_scale, beta1, beta2, step_size, root_scale, epsilon, keep;
    size_t first_chunk;
    double squares[CHUNKS]; /* of the gradients, by chunk */
};

static double sum_of_squares(const float *g, size_t n) {
    enum { LANES = 16 }; /* sums side by side fill the vector units */
    double lanes[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += (double)g[i + j] * (double)g[i + j];
    for (; i < n; i++)
        sum += (double)g[i] * (double)g[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lanes[j];
    return sum;
}

static void piece_update(const struct update *u, size_t first, size_t n) {
    float *restrict w = u->w + first, *restrict g = u->g + first;
    float *restrict m = u->m + first, *restrict v = u->v + first;
    for (size_t i = 0; i < n; i++) {
        float gradient = g[i] * u->gradient_scale;
        m[i] = u->beta1 * m[i] + (1 - u->beta1) * gradient;
        v[i] = u->beta2 * v[i] + (1 - u->beta2) * gradient * gradient;
        w[i] = w[i] * u->keep - u->step_size * m[i] / (sqrtf(v[i]) * u->root_scale + u->epsilon);
        g[i] = 0;
    }
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static void chunk_update(void *context, int chunk) {
    struct update *u = context;
    const size_t begin = (u->first_chunk + (size_t)chunk) * CHUNK;
    const size_t end = least(begin + CHUNK, u->n);
    double squares = 0;
    for (size_t first = begin; first < end; first += PIECE) {
        const size_t n = least(PIECE, end - first);
        squares += sum_of_squares(u->g + first, n);
        piece_update(u, first, n);
    }
    u->squares[chunk] = squares;
}

/* A range of tensors with the same decay. Returns the gradients' sum of squares. */
static double range_update(struct update *u, struct train_pool *pool) {
    const size_t n_chunks = (u->n + CHUNK - 1) / CHUNK;
    double sum = 0;
    for (u->first_chunk = 0; u->first_chunk < n_chunks; u->first_chunk += CHUNKS) {
        const int n = (int)least(CHUNKS, n_chunks - u->first_chunk);
        train_pool_run(pool, chunk_update, u, n);
        for (int i = 0; i < n; i++)
            sum += u->squares[i];
    }
    return sum;
}

double train_adamw_update(const struct train_adamw *o, uint64_t step, float gradient_scale,
    struct train_parameters *parameters, struct train_parameters *gradients,
    struct train_parameters *moment1, struct train_parameters *moment2, struct train_pool *pool) {
    const struct train_shape *shape = &parameters->shape;
    double correct1 = 1 - pow((double)o->beta1, (double)step);
    double correct2 = 1 - pow((double)o->beta2, (double)step);
    struct update all = {.gradient_scale = gradient_scale,
        .beta1 = o->beta1,
        .beta2 = o->beta2,
        .step_size = (float)((double)o->learning_rate / correct1),
        .root_scale = (float)(1 / sqrt(correct2)),
        .epsilon = o->epsilon};
    double squares = 0;
    /* runs of tensors with decay (matrices, embedding) and without (norms) */
    size_t start = 0;
    for (int layer = 0; layer <= shape->layers; layer++) {
        bool last = layer == shape->layers;
        size_t norms = train_tensor_offset(shape, layer, last ? TRAIN_RMS_FINAL : TRAIN_RMS_ATT);
        size_t end =
            last ? train_tensor_offset(shape, 0, TRAIN_EMBEDDING) : norms + 2 * (size_t)shape->dim;
        const size_t cuts[] = {start, norms, end, last ? parameters->n : end};
        for (int i = 0; i < 3; i++) {
            struct update u = all;
            u.w = parameters->data + cuts[i];
            u.g = gradients->data + cuts[i];
            u.m = moment1->data + cuts[i];
            u.v = moment2->data + cuts[i];
            u.n = cuts[i + 1] - cuts[i];
            u.keep = i == 1 ? 1 : 1 - o->learning_rate * o->weight_decay;
            squares += range_update(&u, pool);
        }
        start = end;
    }
    return sqrt(squares);
}
