/* SPDX-License-Identifier: MIT
 *
 * All of a model's parameters in one allocation of fp32, in a fixed order: layer by layer wq wk wv
 * wo w1 w2 w3 rms_att rms_ffn, then rms_final, then the embedding (which is the classifier too).
 * Gradients and both moments have the same layout, so an optimiser or a checkpoint sees four equal
 * arrays. Matrices are row-major [out][in], as in llama2.c: y = W x.
 */
#ifndef ANEPROBE_TRAIN_PARAMETERS_H
#define ANEPROBE_TRAIN_PARAMETERS_H

#include "train/model/shape.h"

enum train_tensor {
    TRAIN_WQ, /* [dim][dim] */
    TRAIN_WK, /* [kv_dim][dim] */
    TRAIN_WV, /* [kv_dim][dim] */
    TRAIN_WO, /* [dim][dim] */
    TRAIN_W1, /* [hidden][dim]: gate */
    TRAIN_W2, /* [dim][hidden]: down */
    TRAIN_W3, /* [hidden][dim]: up */
    TRAIN_RMS_ATT,
    TRAIN_RMS_FFN,   /* [dim] each */
    TRAIN_RMS_FINAL, /* [dim]; from here on once per model */
    TRAIN_EMBEDDING, /* [vocab][dim] */
    TRAIN_N_TENSORS,
    TRAIN_N_MATRICES = TRAIN_W3 + 1,        /* of a layer: the first ones */
    TRAIN_LAYER_TENSORS = TRAIN_RMS_FFN + 1 /* with norms */
};

/* "wq", ... as in llama2.c */
const char *train_tensor_name(enum train_tensor tensor);

/* Rows and columns; a norm's weights are one row. */
struct train_extent {
    int32_t rows, columns;
};
struct train_extent train_tensor_extent(const struct train_shape *shape, enum train_tensor tensor);
size_t train_tensor_elements(const struct train_shape *shape, enum train_tensor tensor);
/* Where a tensor starts, in elements. `layer` is ignored for rms_final and the embedding. */
size_t train_tensor_offset(const struct train_shape *shape, int layer, enum train_tensor tensor);
size_t train_parameter_count(const struct train_shape *shape);

struct train_parameters {
    struct train_shape shape;
    float *data; /* train_parameter_count elements */
    size_t n;
    /* What models that are only read may have of their own; a training has llama2.c's. */
    float *classifier; /* [vocab][dim], owned; NULL: the embedding */
    float *biases;     /* [layers][dim + 2 kv_dim], of wq, wk and wv, owned; NULL: none */
    double rotation_base, norm_epsilon;
};
/* llama2.c's, which train_parameters_create sets. */
#define TRAIN_ROTATION_BASE 10000.0
#define TRAIN_NORM_EPSILON 1e-5

/* All zero. Returns 0, or -1 when out of memory. Release with train_parameters_free. */
int train_parameters_create(const struct train_shape *shape, struct train_parameters *out);
/* Adds a classifier or biases, all zero. Returns 0, or -1 when out of memory. */
int train_parameters_extend(struct train_parameters *parameters, bool classifier, bool biases);
void train_parameters_free(struct train_parameters *parameters);

float *train_tensor_at(
    const struct train_parameters *parameters, int layer, enum train_tensor tensor);

/* The classifier, [vocab][dim]. */
const float *train_classifier(const struct train_parameters *parameters);

/* What is added to the rows of wq, wk or wv; NULL where the model or the tensor has none. */
const float *train_bias_at(
    const struct train_parameters *parameters, int layer, enum train_tensor tensor);
size_t train_bias_elements(const struct train_shape *shape); /* of a layer */

/* llama2.c's for its models of 288 to 768 channels. Fewer channels need more. */
#define TRAIN_INIT_DEVIATION 0.02

/* Norms are 1; matrices and embedding are normal with this deviation, for wo and w2 divided by
 * sqrt(2 layers), since their results add up along the residual stream (llama2.c's training). The
 * same seed (its low 32 bits) gives the same bits. A classifier and biases that are there are drawn last.
 * Returns 0, or -1 when out of memory. */
int train_parameters_initialise(
    struct train_parameters *parameters, double deviation, uint64_t seed);

/* The same, but uniform: for a model that is not trained. It takes a tenth of the time. */
void train_parameters_spread(struct train_parameters *parameters, double deviation, uint64_t seed);

#endif
