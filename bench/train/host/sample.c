/* SPDX-License-Identifier: MIT */
#include "train/host/sample.h"

#include "train/host/blas.h"
#include "train/host/host_attention.h"
#include "train/data/grammar.h"
#include "train/model/rotation.h"

#include "measure/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked {
    float logit;
    uint16_t token;
};

struct sampler {
    const struct train_parameters *parameters;
    int position;            /* the next one */
    float *cosines, *sines;  /* [seq][head dim / 2] */
    float *keys, *values;    /* [layers][seq][kv_dim] */
    float *x, *normed, *mix; /* [seq][dim]; mix also holds what is added to x */
    float *queries;          /* [seq][dim] */
    float *gate, *up;        /* [seq][hidden] */
    float *scores;           /* [seq] */
    float *logits;           /* [seq][vocab] */
    float *memory;           /* of all of these */
    struct ranked *ranked;   /* [vocab] */
    int32_t *window;         /* [seq] */
};

/* out[n][rows] = in[n][columns] times the transposed matrix, plus its biases. */
static void multiply(const struct sampler *s, int layer, enum train_tensor tensor, int n,
    const float *in, float *out) {
    struct train_extent e = train_tensor_extent(&s->parameters->shape, tensor);
    const float *matrix = train_tensor_at(s->parameters, layer, tensor);
    const float *bias = train_bias_at(s->parameters, layer, tensor);
    for (int i = 0; bias && i < n; i++)
        memcpy(out + (size_t)i * (size_t)e.rows, bias, (size_t)e.rows * sizeof *out);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, e.rows, e.columns, 1, in, e.columns,
        matrix, e.columns, bias ? 1 : 0, out, e.rows);
}

static void normalise(const struct sampler *s, int layer, enum train_tensor tensor, int n,
    const float *in, float *out) {
    int dim = s->parameters->shape.dim;
    const float *weight = train_tensor_at(s->parameters, layer, tensor);
    for (int i = 0; i < n; i++, in += dim, out += dim) {
        float sum = 0;
        for (int c = 0; c < dim; c++)
            sum += in[c] * in[c];
        float scale = 1 / sqrtf(sum / (float)dim + (float)s->parameters->norm_epsilon);
        for (int c = 0; c < dim; c++)
            out[c] = weight[c] * (scale * in[c]);
    }
}

static void add(float *to, const float *from, size_t n) {
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* x is [n][channels]; the first row is at the sampler's position. */
static void rotate(const struct sampler *s, int n, int channels, float *x) {
    int pairs = train_head_dim(&s->parameters->shape) / 2;
    for (int i = 0; i < n; i++, x += channels) {
        const size_t row = (size_t)(s->position + i) * (size_t)pairs;
        const float *cosines = s->cosines + row, *sines = s->sines + row;
        for (int c = 0; c < channels; c += 2) {
            float a = x[c], b = x[c + 1];
            float cosine = cosines[c / 2 % pairs], sine = sines[c / 2 % pairs];
            x[c] = a * cosine - b * sine;
            x[c + 1] = a * sine + b * cosine;
        }
    }
}

static void attention(struct sampler *s, int layer, int n) {
    const struct train_shape *shape = &s->parameters->shape;
    int dim = shape->dim, kv_dim = train_kv_dim(shape);
    size_t cache = (size_t)layer * (size_t)shape->seq * (size_t)kv_dim;
    size_t here = cache + (size_t)s->position * (size_t)kv_dim;
    normalise(s, layer, TRAIN_RMS_ATT, n, s->x, s->normed);
    multiply(s, layer, TRAIN_WQ, n, s->normed, s->queries);
    multiply(s, layer, TRAIN_WK, n, s->normed, s->keys + here);
    multiply(s, layer, TRAIN_WV, n, s->normed, s->values + here);
    rotate(s, n, dim, s->queries);
    rotate(s, n, kv_dim, s->keys + here);
    for (int i = 0; i < n; i++)
        host_attend(shape, s->position + i, s->queries + i * dim, s->keys + cache,
            s->values + cache, s->scores, s->normed + i * dim);
    multiply(s, layer, TRAIN_WO, n, s->normed, s->mix);
    add(s->x, s->mix, (size_t)n * (size_t)dim);
}

static void feed_forward(struct sampler *s, int layer, int n) {
    const struct train_shape *shape = &s->parameters->shape;
    size_t hidden = (size_t)n * (size_t)shape->hidden;
    normalise(s, layer, TRAIN_RMS_FFN, n, s->x, s->normed);
    multiply(s, layer, TRAIN_W1, n, s->normed, s->gate);
    multiply(s, layer, TRAIN_W3, n, s->normed, s->up);
    for (size_t i = 0; i < hidden; i++)
        s->gate[i] *= s->up[i] / (1 + expf(-s->gate[i]));
    multiply(s, layer, TRAIN_W2, n, s->gate, s->mix);
    add(s->x, s->mix, (size_t)n * (size_t)shape->dim);
}

const float *sampler_read(struct sampler *s, const int32_t *tokens, int n) {
    const struct train_shape *shape = &s->parameters->shape;
    const float *embedding = train_tensor_at(s->parameters, 0, TRAIN_EMBEDDING);
    size_t dim = (size_t)shape->dim;
    for (int i = 0; i < n; i++)
        memcpy(s->x + (size_t)i * dim, embedding + (size_t)tokens[i] * dim, dim * sizeof *s->x);
    for (int layer = 0; layer < shape->layers; layer++) {
        attention(s, layer, n);
        feed_forward(s, layer, n);
    }
    normalise(s, 0, TRAIN_RMS_FINAL, n, s->x, s->normed);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, shape->vocab, shape->dim, 1, s->normed,
        shape->dim, train_classifier(s->parameters), shape->dim, 0, s->logits, shape->vocab);
    s->position += n;
    return s->logits;
}

double sampler_loss(struct sampler *s, const uint16_t *window) {
    const struct train_shape *shape = &s->parameters->shape;
    double sum = 0;
    sampler_reset(s);
    for (int i = 0; i < shape->seq; i++)
        s->window[i] = window[i];
    const float *logits = sampler_read(s, s->window, shape->seq);
    for (int i = 0; i < shape->seq; i++, logits += shape->vocab) {
        float most = logits[0];
        double total = 0;
        for (int v = 1; v < shape->vocab; v++)
            most = fmaxf(most, logits[v]);
        for (int v = 0; v < shape->vocab; v++)
            total += exp((double)(logits[v] - most));
        sum += log(total) - (double)(logits[window[i + 1]] - most);
    }
    return sum / shape->seq;
}

/* Most likely first; ties by lower number, so that a seed always gives the same text. */
static int ranked_compare(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->logit != y->logit)
        return x->logit > y->logit ? -1 : 1;
    return x->token < y->token ? -1 : 1;
}

static uint16_t token_choose(struct sampler *s, const float *logits,
    const struct sample_options *options, uint64_t *random) {
    int vocab = s->parameters->shape.vocab, n = 0;
    double total = 0, kept = 0;
    for (int v = 0; v < vocab; v++)
        s->ranked[v] = (struct ranked){logits[v], (uint16_t)v};
    qsort(s->ranked, (size_t)vocab, sizeof *s->ranked, ranked_compare);
    double most = (double)s->ranked[0].logit;
    if (options->temperature <= 0)
        return s->ranked[0].token;
    for (int v = 0; v < vocab; v++)
        total += exp(((double)s->ranked[v].logit - most) / options->temperature);
    do
        kept += exp(((double)s->ranked[n++].logit - most) / options->temperature);
    while (n < vocab && kept < options->top_p * total);
    double left = random_unit(random) * kept;
    for (int v = 0; v < n; v++) {
        left -= exp(((double)s->ranked[v].logit - most) / options->temperature);
        if (left < 0)
            return s->ranked[v].token;
    }
    return s->ranked[n - 1].token;
}

int sampler_write(struct sampler *s, const struct sample_options *options, uint16_t *text) {
    int32_t token = STORY_START;
    uint64_t random = options->seed;
    int n = 0;
    sampler_reset(s);
    while (n < s->parameters->shape.seq) {
        const float *logits = sampler_read(s, &token, 1);
        token = token_choose(s, logits, options, &random);
        if (token == STORY_START)
            break;
        text[n++] = (uint16_t)token;
    }
    return n;
}

void sampler_reset(struct sampler *s) {
    s->position = 0;
}

void sampler_free(struct sampler *s) {
    if (s == NULL)
        return;
    free(s->memory);
    free(s->ranked);
    free(s->window);
    free(s);
}

enum device_status sampler_new(
    const struct train_parameters *parameters, struct sampler **out, struct device_error *error) {
    const struct train_shape *shape = &parameters->shape;
    size_t seq = (size_t)shape->seq, dim = (size_t)shape->dim, vocab = (size_t)shape->vocab;
    size_t pairs = (size_t)train_head_dim(shape) / 2, hidden = (size_t)shape->hidden;
    size_t cache = (size_t)shape->layers * seq * (size_t)train_kv_dim(shape);
    struct sampler *s = calloc(1, sizeof *s);
    if (s == NULL)
        return device_error_set(error, DEVICE_BROKEN, "sample", "out of memory");
    const struct {
        float **at;
        size_t n;
    } parts[] = {{&s->cosines, seq * pairs}, {&s->sines, seq * pairs}, {&s->keys, cache},
        {&s->values, cache}, {&s->x, seq * dim}, {&s->normed, seq * dim}, {&s->mix, seq * dim},
        {&s->queries, seq * dim}, {&s->gate, seq * hidden}, {&s->up, seq * hidden},
        {&s->scores, seq}, {&s->logits, seq * vocab}};
    enum { N_PARTS = sizeof parts / sizeof *parts };
    size_t n = 0;
    for (int i = 0; i < N_PARTS; i++)
        n += parts[i].n;
    s->parameters = parameters;
    s->memory = malloc(n * sizeof *s->memory);
    s->ranked = malloc(vocab * sizeof *s->ranked);
    s->window = malloc(seq * sizeof *s->window);
    if (s->memory == NULL || s->ranked == NULL || s->window == NULL) {
        sampler_free(s);
        return device_error_set(error, DEVICE_BROKEN, "sample", "out of memory");
    }
    float *at = s->memory;
    for (int i = 0; i < N_PARTS; at += parts[i++].n)
        *parts[i].at = at;
    for (size_t i = 0; i < seq * pairs; i++) {
        double angle = train_rotation_angle(
            shape, parameters->rotation_base, (int)(i / pairs), (int)(i % pairs));
        s->cosines[i] = (float)cos(angle);
        s->sines[i] = (float)sin(angle);
    }
    *out = s;
    return DEVICE_OK;
}
