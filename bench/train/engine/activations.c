/* SPDX-License-Identifier: MIT
 *
 * The memory of a step: one allocation, divided into arrays.
 */
#include "device/host/large.h"
#include "train/engine/engine_internal.h"

#include <stdlib.h>

/* Hands out pieces of one allocation; without an allocation, adds up their sizes. */
struct cutter {
    float *memory;
    size_t used;
};

static float *cut(struct cutter *cutter, size_t n) {
    enum { LINE = 16 }; /* floats of a cache line */
    float *piece = cutter->memory ? cutter->memory + cutter->used : NULL;
    cutter->used += (n + LINE - 1) / LINE * LINE;
    return piece;
}

static void operands_cut(const struct train_shape *s, struct cutter *c, struct train_operands *o) {
    size_t seq = (size_t)s->seq, dim = (size_t)s->dim * seq;
    size_t kv = (size_t)train_kv_dim(s) * seq, hidden = (size_t)s->hidden * seq;
    float **const dims[] = {&o->dy, &o->xn2, &o->d_o, &o->dq, &o->att, &o->xn};
    float **const hiddens[] = {&o->dh1, &o->dh3, &o->gate};
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
        *dims[i] = cut(c, dim);
    for (size_t i = 0; i < sizeof hiddens / sizeof *hiddens; i++)
        *hiddens[i] = cut(c, hidden);
    o->dk = cut(c, kv);
    o->dv = cut(c, kv);
}

static void all_cut(struct train_engine *e, struct cutter *c) {
    const struct train_shape *s = &e->shape;
    size_t seq = (size_t)s->seq, dim = (size_t)s->dim * seq;
    for (int layer = 0; layer <= s->layers; layer++)
        e->x[layer] = cut(c, dim);
    for (int layer = 0; layer < s->layers; layer++) {
        e->x2[layer] = cut(c, dim);
        e->scale_att[layer] = cut(c, seq);
        e->scale_ffn[layer] = cut(c, seq);
    }
    e->xf = cut(c, dim);
    e->dx = cut(c, dim);
    e->dxn = cut(c, dim);
    e->scale_final = cut(c, seq);
    e->dots = cut(c, seq);
    e->row = cut(c, seq);
    for (int i = 0; i < TRAIN_OPERANDS; i++)
        operands_cut(s, c, &e->operands[i]);
}

int train_activations_create(struct train_engine *e) {
    size_t n = (size_t)e->shape.layers + 1;
    struct cutter counting = {0};
    float **lists = calloc(4 * n, sizeof *lists);
    e->operands = calloc(TRAIN_OPERANDS, sizeof *e->operands);
    e->x = lists;
    if (!lists || !e->operands || host_classifier_create(&e->shape, &e->classifier) != 0)
        return -1;
    e->x2 = lists + n;
    e->scale_att = lists + 2 * n;
    e->scale_ffn = lists + 3 * n;
    all_cut(e, &counting);
    e->memory_bytes = counting.used * sizeof(float);
    e->memory = large_alloc(e->memory_bytes);
    if (!e->memory)
        return -1;
    all_cut(e, &(struct cutter){.memory = e->memory});
    for (int i = 0; i < TRAIN_OPERANDS; i++)
        e->operands[i].engine = e;
    return 0;
}

void train_activations_free(struct train_engine *e) {
    host_classifier_free(&e->classifier);
    free(e->operands);
    free(e->memory);
    free(e->x);
}
