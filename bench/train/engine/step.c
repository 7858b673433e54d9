/* SPDX-License-Identifier: MIT
 *
 * One window, forward and backward.
 */
#include "train/engine/step.h"

#include "train/host/host_norm.h"

#include <math.h>
#include <string.h>

static enum device_status begin(struct step *step) {
    const struct train_shape *s = &step->engine->shape;
    step->mark_ns = device_clock_ns(step->engine->device);
    if (!train_set_is_ready(step->set))
        return device_error_set(step->error, DEVICE_BROKEN, "eval",
            "the set is not ready: its programs are not all loaded, or its weights not written");
    for (int t = 0; t <= s->seq; t++)
        if (step->tokens[t] >= s->vocab)
            return device_error_set(step->error, DEVICE_BROKEN, "eval",
                "token %d of the window is %u; the vocabulary ends at %d", t,
                (unsigned)step->tokens[t], (int)s->vocab - 1);
    return DEVICE_OK;
}

/* Forward, final norm, classifier. */
static enum device_status loss_of(struct step *step, double *loss) {
    struct train_engine *e = step->engine;
    const struct train_shape *s = &e->shape;
    const float *x = e->x[s->layers], *weight = train_set_host(step->set, 0, TRAIN_RMS_FINAL);
    enum device_status status = begin(step);
    if (status == DEVICE_OK)
        status = step_forward(step);
    if (status != DEVICE_OK)
        return status;
    host_norm_scales(x, s->dim, s->seq, TRAIN_NORM_EPSILON, e->scale_final);
    host_norm_apply(x, e->scale_final, weight, s->dim, s->seq, e->xf);
    double nats = host_classifier_loss(&e->classifier, e->pool,
        train_set_host(step->set, 0, TRAIN_EMBEDDING), e->xf, step->tokens + 1);
    step_mark(step, &step->timing->host_ns);
    if (!isfinite(nats))
        return device_error_set(step->error, DEVICE_FAILED, "eval",
            "the loss is not finite; the weights have diverged, so go back to a checkpoint with a "
            "lower learning rate");
    *loss = nats;
    return DEVICE_OK;
}

/* dx of the last layer's output; jobs for the embedding's gradient are running afterwards. */
static void classifier_backward(struct step *step) {
    struct train_engine *e = step->engine;
    const struct train_shape *s = &e->shape;
    host_classifier_backward(
        &e->classifier, e->pool, e->dxn, train_tensor_at(step->gradients, 0, TRAIN_EMBEDDING));
    memset(e->dx, 0, (size_t)s->dim * (size_t)s->seq * sizeof *e->dx);
    host_norm_backward(e->x[s->layers], e->scale_final,
        train_set_host(step->set, 0, TRAIN_RMS_FINAL), e->dxn, s->dim, s->seq, e->dots, e->dx,
        train_tensor_at(step->gradients, 0, TRAIN_RMS_FINAL));
    step_mark(step, &step->timing->host_ns);
}

static void embedding_backward(const struct step *step) {
    const struct train_shape *s = &step->engine->shape;
    float *gradient = train_tensor_at(step->gradients, 0, TRAIN_EMBEDDING);
    for (int t = 0; t < s->seq; t++) {
        float *row = gradient + (size_t)step->tokens[t] * (size_t)s->dim;
        for (int c = 0; c < s->dim; c++)
            row[c] += step->engine->dx[(size_t)c * (size_t)s->seq + (size_t)t];
    }
}

/* No job outlives the step, even when it fails. */
static void jobs_wait(struct step *step) {
    struct train_engine *e = step->engine;
    train_pool_wait(e->pool, &e->classifier.unfinished);
    for (int i = 0; i < TRAIN_OPERANDS; i++)
        train_pool_wait(e->pool, &e->operands[i].unfinished);
    step_mark(step, &step->timing->wait_ns);
}

enum device_status train_step(struct train_engine *engine, const struct train_set *set,
    const uint16_t *tokens, struct train_parameters *gradients, double *loss,
    struct train_timing *timing, struct device_error *error) {
    struct step step = {engine, set, tokens, gradients, timing, error, 0};
    double nats = 0;
    enum device_status status = loss_of(&step, &nats);
    if (status != DEVICE_OK)
        return status;
    classifier_backward(&step);
    status = step_backward(&step);
    jobs_wait(&step);
    if (status != DEVICE_OK)
        return status;
    embedding_backward(&step);
    step_mark(&step, &timing->host_ns);
    *loss = nats;
    return DEVICE_OK;
}

enum device_status train_loss(struct train_engine *engine, const struct train_set *set,
    const uint16_t *tokens, double *loss, struct train_timing *timing, struct device_error *error) {
    struct step step = {engine, set, tokens, NULL, timing, error, 0};
    return loss_of(&step, loss);
}
