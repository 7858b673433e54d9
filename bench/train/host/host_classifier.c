/* SPDX-License-Identifier: MIT */
#include "train/host/host_classifier.h"

#include "device/host/large.h"
#include "train/host/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1024, /* rows of the vocabulary: large enough for CBLAS, its logits fit a cache */
    DX_PARTS = 4, /* jobs for dx: each makes CBLAS pack all logits again */
    DX_CHANNELS_MULTIPLE = 16
};

static int chunk_rows(const struct host_classifier *c, int chunk) {
    int rows = c->shape.vocab - chunk * CHUNK;
    return rows < CHUNK ? rows : CHUNK;
}

static float *chunk_logits(const struct host_classifier *c, int chunk) {
    return c->logits + (size_t)chunk * CHUNK * (size_t)c->shape.seq;
}

size_t host_classifier_bytes(const struct train_shape *shape) {
    size_t n_chunks = ((size_t)shape->vocab + CHUNK - 1) / CHUNK;
    return ((size_t)shape->vocab + 2 * n_chunks + 1) * (size_t)shape->seq * sizeof(float);
}

int host_classifier_create(const struct train_shape *shape, struct host_classifier *out) {
    size_t seq = (size_t)shape->seq;
    *out =
        (struct host_classifier){.shape = *shape, .n_chunks = (shape->vocab + CHUNK - 1) / CHUNK};
    out->logits = large_alloc(host_classifier_bytes(shape));
    if (!out->logits)
        return -1;
    out->largest = out->logits + (size_t)shape->vocab * seq;
    out->sums = out->largest + (size_t)out->n_chunks * seq;
    out->log_sums = out->sums + (size_t)out->n_chunks * seq;
    return 0;
}

void host_classifier_free(struct host_classifier *classifier) {
    free(classifier->logits);
    *classifier = (struct host_classifier){0};
}

/* e^x for x <= 0, to 2 units in the last place; 0 below -87. Branch-free, so that loops over it are
 * vectorised: 2^n times a polynomial on [-ln2/2, ln2/2] (Cephes' expf). */
static inline float exp_negative(float x) {
    union {
        int32_t i;
        float f;
    } power;
    x = x < -87 ? -87 : x;
    float n = x * 1.44269504f + 12582912.0f; /* rounds to a whole number in the low bits */
    power.f = n;
    power.i = (power.i - 0x4b400000 + 127) * (1 << 23);
    n -= 12582912.0f;
    x = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * x + 1.3981999507e-3f;
    p = p * x + 8.3334519073e-3f;
    p = p * x + 4.1665795894e-2f;
    p = p * x + 1.6666665459e-1f;
    p = p * x + 5.0000001201e-1f;
    return (p * x * x + x + 1) * power.f;
}

/* One chunk's logits, their largest at each position, exp(logit - largest) and its sum. */
static void chunk_forward(void *context, int chunk) {
    struct host_classifier *c = context;
    int seq = c->shape.seq, dim = c->shape.dim, rows = chunk_rows(c, chunk);
    float *logits = chunk_logits(c, chunk), *largest = c->largest + (size_t)chunk * (size_t)seq;
    float *sums = c->sums + (size_t)chunk * (size_t)seq;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, seq, dim, 1,
        c->embedding + (size_t)chunk * CHUNK * (size_t)dim, dim, c->x, seq, 0, logits, seq);
    memcpy(largest, logits, (size_t)seq * sizeof *largest);
    for (int r = 1; r < rows; r++)
        for (int s = 0; s < seq; s++) {
            float logit = logits[(size_t)r * (size_t)seq + (size_t)s];
            largest[s] = logit > largest[s] ? logit : largest[s];
        }
    memset(sums, 0, (size_t)seq * sizeof *sums);
    for (int r = 0; r < rows; r++) {
        float *row = logits + (size_t)r * (size_t)seq;
        for (int s = 0; s < seq; s++) {
            row[s] = exp_negative(row[s] - largest[s]);
            sums[s] += row[s];
        }
    }
}

double host_classifier_loss(struct host_classifier *c, struct train_pool *pool,
    const float *embedding, const float *x, const uint16_t *targets) {
    int seq = c->shape.seq, dim = c->shape.dim;
    double loss = 0;
    c->embedding = embedding;
    c->x = x;
    c->targets = targets;
    train_pool_run(pool, chunk_forward, c, c->n_chunks);
    for (int s = 0; s < seq; s++) {
        float largest = -INFINITY;
        double sum = 0, target = 0;
        for (int i = 0; i < c->n_chunks; i++)
            largest = fmaxf(largest, c->largest[i * seq + s]);
        for (int i = 0; i < c->n_chunks; i++)
            sum += (double)c->sums[i * seq + s] *
                   exp((double)c->largest[i * seq + s] - (double)largest);
        c->log_sums[s] = largest + (float)log(sum);
        /* the logit itself is gone, and its exponential may be 0 */
        for (int i = 0; i < dim; i++)
            target += (double)embedding[(size_t)targets[s] * (size_t)dim + (size_t)i] *
                      (double)x[i * seq + s];
        loss += (double)largest + log(sum) - target;
    }
    return loss / seq;
}

/* From exponentials to gradients: (softmax - 1 at the target) / seq. */
static void chunk_gradient(void *context, int chunk) {
    struct host_classifier *c = context;
    int seq = c->shape.seq, rows = chunk_rows(c, chunk), first = chunk * CHUNK;
    float *logits = chunk_logits(c, chunk), *factor = c->sums + (size_t)chunk * (size_t)seq;
    for (int s = 0; s < seq; s++)
        factor[s] = expf(c->largest[chunk * seq + s] - c->log_sums[s]) / (float)seq;
    for (int r = 0; r < rows; r++)
        for (int s = 0; s < seq; s++)
            logits[(size_t)r * (size_t)seq + (size_t)s] *= factor[s];
    for (int s = 0; s < seq; s++)
        if (c->targets[s] >= first && c->targets[s] < first + rows)
            logits[(size_t)(c->targets[s] - first) * (size_t)seq + (size_t)s] -= 1 / (float)seq;
}

static int dx_channels(const struct host_classifier *c) {
    const int multiple = DX_PARTS * DX_CHANNELS_MULTIPLE;
    return (c->shape.dim + multiple - 1) / multiple * DX_CHANNELS_MULTIPLE;
}

static void dx_part(void *context, int part) {
    struct host_classifier *c = context;
    int seq = c->shape.seq, dim = c->shape.dim, most = dx_channels(c), first = part * most;
    int channels = dim - first < most ? dim - first : most;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, channels, seq, c->shape.vocab, 1,
        c->embedding + first, dim, c->logits, seq, 0, c->dx + (size_t)first * (size_t)seq, seq);
}

static void embedding_part(void *context, int chunk) {
    struct host_classifier *c = context;
    int seq = c->shape.seq, dim = c->shape.dim;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, chunk_rows(c, chunk), dim, seq, 1,
        chunk_logits(c, chunk), seq, c->x, seq, 1,
        c->embedding_gradient + (size_t)chunk * CHUNK * (size_t)dim, dim);
}

void host_classifier_backward(
    struct host_classifier *c, struct train_pool *pool, float *dx, float *embedding_gradient) {
    c->dx = dx;
    c->embedding_gradient = embedding_gradient;
    train_pool_run(pool, chunk_gradient, c, c->n_chunks);
    train_pool_run(pool, dx_part, c, (c->shape.dim + dx_channels(c) - 1) / dx_channels(c));
    for (int chunk = 0; chunk < c->n_chunks; chunk++)
        train_pool_post(pool, embedding_part, c, chunk, &c->unfinished);
}
