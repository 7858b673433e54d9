/* SPDX-License-Identifier: MIT
 *
 * The classifier (the embedding again), softmax, mean cross entropy and their gradients, on the
 * host in fp32. The vocabulary is divided into chunks of a fixed size, so that results do not
 * depend on the number of threads.
 */
#ifndef ANEPROBE_TRAIN_HOST_CLASSIFIER_H
#define ANEPROBE_TRAIN_HOST_CLASSIFIER_H

#include "train/host/pool.h"
#include "train/model/shape.h"

struct host_classifier {
    struct train_shape shape;
    int n_chunks;
    float *logits;         /* [vocab][seq]; then probabilities; then gradients of logits */
    float *largest, *sums; /* [n_chunks][seq] */
    float *log_sums;       /* [seq]: log of the sum of exponentials */
    /* of the running call: */
    const float *x, *embedding; /* [dim][seq], [vocab][dim] */
    const uint16_t *targets;
    float *dx, *embedding_gradient;
    int unfinished; /* jobs posted; see train_pool_wait */
};

/* Returns 0, or -1 when out of memory. */
int host_classifier_create(const struct train_shape *shape, struct host_classifier *out);
void host_classifier_free(struct host_classifier *classifier);
size_t host_classifier_bytes(const struct train_shape *shape);

/* Mean cross entropy of targets[0..seq-1] under logits = embedding x. */
double host_classifier_loss(struct host_classifier *classifier, struct train_pool *pool,
    const float *embedding, const float *x, const uint16_t *targets);
/* After a loss: computes dx (overwritten) for that x, on all threads; then posts the jobs that add
 * to the embedding's gradient, which read x until they are done. */
void host_classifier_backward(struct host_classifier *classifier, struct train_pool *pool,
    float *dx, float *embedding_gradient);

#endif
