/* SPDX-License-Identifier: MIT */
#include "train/model/parameters.h"

#include "device/host/large.h"

#include "measure/random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

const char *train_tensor_name(enum train_tensor tensor) {
    static const char *const names[] = {[TRAIN_WQ] = "wq",
        [TRAIN_WK] = "wk",
        [TRAIN_WV] = "wv",
        [TRAIN_WO] = "wo",
        [TRAIN_W1] = "w1",
        [TRAIN_W2] = "w2",
        [TRAIN_W3] = "w3",
        [TRAIN_RMS_ATT] = "rms_att",
        [TRAIN_RMS_FFN] = "rms_ffn",
        [TRAIN_RMS_FINAL] = "rms_final",
        [TRAIN_EMBEDDING] = "embedding"};
    return names[tensor];
}

struct train_extent train_tensor_extent(const struct train_shape *shape, enum train_tensor tensor) {
    switch (tensor) {
    case TRAIN_WQ:
    case TRAIN_WO:
        return (struct train_extent){shape->dim, shape->dim};
    case TRAIN_WK:
    case TRAIN_WV:
        return (struct train_extent){train_kv_dim(shape), shape->dim};
    case TRAIN_W1:
    case TRAIN_W3:
        return (struct train_extent){shape->hidden, shape->dim};
    case TRAIN_W2:
        return (struct train_extent){shape->dim, shape->hidden};
    case TRAIN_EMBEDDING:
        return (struct train_extent){shape->vocab, shape->dim};
    default:
        return (struct train_extent){1, shape->dim};
    }
}

size_t train_tensor_elements(const struct train_shape *shape, enum train_tensor tensor) {
    struct train_extent extent = train_tensor_extent(shape, tensor);
    return (size_t)extent.rows * (size_t)extent.columns;
}

static size_t layer_elements(const struct train_shape *shape) {
    size_t n = 0;
    for (int t = 0; t < TRAIN_LAYER_TENSORS; t++)
        n += train_tensor_elements(shape, (enum train_tensor)t);
    return n;
}

size_t train_tensor_offset(const struct train_shape *shape, int layer, enum train_tensor tensor) {
    bool in_layer = tensor < TRAIN_LAYER_TENSORS;
    size_t offset = layer_elements(shape) * (size_t)(in_layer ? layer : shape->layers);
    for (int t = in_layer ? 0 : TRAIN_LAYER_TENSORS; t < (int)tensor; t++)
        offset += train_tensor_elements(shape, (enum train_tensor)t);
    return offset;
}

size_t train_parameter_count(const struct train_shape *shape) {
    return train_tensor_offset(shape, 0, TRAIN_EMBEDDING) +
           train_tensor_elements(shape, TRAIN_EMBEDDING);
}

int train_parameters_create(const struct train_shape *shape, struct train_parameters *out) {
    *out = (struct train_parameters){.shape = *shape,
        .n = train_parameter_count(shape),
        .rotation_base = TRAIN_ROTATION_BASE,
        .norm_epsilon = TRAIN_NORM_EPSILON};
    out->data = large_alloc(out->n * sizeof *out->data);
    return out->data ? 0 : -1;
}

int train_parameters_extend(struct train_parameters *p, bool classifier, bool biases) {
    const size_t n = (size_t)p->shape.layers * train_bias_elements(&p->shape);
    if (classifier)
        p->classifier =
            large_alloc(train_tensor_elements(&p->shape, TRAIN_EMBEDDING) * sizeof *p->classifier);
    if (biases)
        p->biases = calloc(n, sizeof *p->biases);
    return (classifier && !p->classifier) || (biases && !p->biases) ? -1 : 0;
}

void train_parameters_free(struct train_parameters *parameters) {
    free(parameters->data);
    free(parameters->classifier);
    free(parameters->biases);
    *parameters = (struct train_parameters){0};
}

float *train_tensor_at(
    const struct train_parameters *parameters, int layer, enum train_tensor tensor) {
    return parameters->data + train_tensor_offset(&parameters->shape, layer, tensor);
}

const float *train_classifier(const struct train_parameters *parameters) {
    return parameters->classifier ? parameters->classifier
                                  : train_tensor_at(parameters, 0, TRAIN_EMBEDDING);
}

size_t train_bias_elements(const struct train_shape *shape) {
    return (size_t)shape->dim + 2 * (size_t)train_kv_dim(shape);
}

const float *train_bias_at(
    const struct train_parameters *parameters, int layer, enum train_tensor tensor) {
    const struct train_shape *shape = &parameters->shape;
    if (!parameters->biases || tensor > TRAIN_WV)
        return NULL;
    return parameters->biases + (size_t)layer * train_bias_elements(shape) +
           (tensor > TRAIN_WQ ? (size_t)shape->dim : 0) +
           (tensor > TRAIN_WK ? (size_t)train_kv_dim(shape) : 0);
}

/* What parameters are drawn from. */
struct draw {
    gsl_rng *normal; /* NULL: uniform, from the state */
    uint64_t state;
};

static void draw_fill(struct draw *draw, float *to, size_t n, double deviation) {
    const float scale = (float)(deviation * sqrt(3) * 0x1p-31);
    for (size_t i = 0; draw->normal && i < n; i++)
        to[i] = (float)gsl_ran_gaussian_ziggurat(draw->normal, deviation);
    for (size_t i = 0; !draw->normal && i < n; i += 2) {
        const uint64_t bits = random_next(&draw->state);
        to[i] = (float)(int32_t)(uint32_t)bits * scale;
        if (i + 1 < n)
            to[i + 1] = (float)(int32_t)(bits >> 32) * scale;
    }
}

static void tensor_draw(struct train_parameters *p, int layer, enum train_tensor tensor,
    double deviation, struct draw *draw) {
    float *to = train_tensor_at(p, layer, tensor);
    size_t n = train_tensor_elements(&p->shape, tensor);
    if (tensor == TRAIN_RMS_ATT || tensor == TRAIN_RMS_FFN || tensor == TRAIN_RMS_FINAL) {
        for (size_t i = 0; i < n; i++)
            to[i] = 1;
        return;
    }
    bool adds_up = tensor == TRAIN_WO || tensor == TRAIN_W2;
    draw_fill(draw, to, n, adds_up ? deviation / sqrt(2.0 * p->shape.layers) : deviation);
}

static void parameters_draw(struct train_parameters *p, double deviation, struct draw *draw) {
    for (int layer = 0; layer < p->shape.layers; layer++)
        for (int t = 0; t < TRAIN_LAYER_TENSORS; t++)
            tensor_draw(p, layer, (enum train_tensor)t, deviation, draw);
    tensor_draw(p, 0, TRAIN_RMS_FINAL, deviation, draw);
    tensor_draw(p, 0, TRAIN_EMBEDDING, deviation, draw);
    if (p->classifier)
        draw_fill(
            draw, p->classifier, train_tensor_elements(&p->shape, TRAIN_EMBEDDING), deviation);
    if (p->biases)
        draw_fill(
            draw, p->biases, (size_t)p->shape.layers * train_bias_elements(&p->shape), deviation);
}

int train_parameters_initialise(
    struct train_parameters *parameters, double deviation, uint64_t seed) {
    struct draw draw = {.normal = gsl_rng_alloc(gsl_rng_mt19937)};
    if (!draw.normal)
        return -1;
    gsl_rng_set(draw.normal, (unsigned long)seed);
    parameters_draw(parameters, deviation, &draw);
    gsl_rng_free(draw.normal);
    return 0;
}

void train_parameters_spread(struct train_parameters *parameters, double deviation, uint64_t seed) {
    struct draw draw = {.state = seed};
    parameters_draw(parameters, deviation, &draw);
}
