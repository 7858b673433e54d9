/* SPDX-License-Identifier: MIT */
#include "train/host/adamw.h"

#include <math.h>
#include <stddef.h>

/* Elements per thread at a time: 0.1 ms of work, more than waking another thread takes. The result
 * does not depend on it. */
enum { CHUNK = 1 << 18 };

/* Everything the loop over elements needs. */
struct update {
    float *w, *g, *m, *v;
    size_t n;
    float gradient_scale, beta1, beta2, step_size, root_scale, epsilon, keep;
};

/* A range of tensors with the same decay. */
static void range_update(void *context, int chunk) {
    const struct update *u = context;
    size_t first = (size_t)chunk * CHUNK, n = u->n - first < CHUNK ? u->n - first : CHUNK;
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

void train_adamw_update(const struct train_adamw *o, uint64_t step, float gradient_scale,
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
            train_pool_run(pool, range_update, &u, (int)((u.n + CHUNK - 1) / CHUNK));
        }
        start = end;
    }
}

double train_gradient_norm(const struct train_parameters *gradients) {
    enum { LANES = 16 }; /* sums side by side fill the vector units */
    const float *g = gradients->data;
    double lanes[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= gradients->n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += (double)g[i + j] * (double)g[i + j];
    for (; i < gradients->n; i++)
        sum += (double)g[i] * (double)g[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lanes[j];
    return sqrt(sum);
}
