/* SPDX-License-Identifier: MIT
 *
 * Gradients of a layer's matrices: dW += dy x^T, one job each, in parallel with the device's evals.
 * Gradients that are still scaled are unscaled by sgemm's factor, so they stay in fp32.
 */
#include "train/host/blas.h"
#include "train/engine/engine_internal.h"

/* The gradient and the activation. */
static void matrix_gradient(const struct train_operands *o, enum train_tensor tensor, float scale,
    const float *dy, const float *x) {
    const struct train_shape *s = &o->engine->shape;
    struct train_extent e = train_tensor_extent(s, tensor);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, e.rows, e.columns, s->seq, scale, dy,
        s->seq, x, s->seq, 1, train_tensor_at(o->gradients, o->layer, tensor), e.columns);
}

static void job(void *context, int tensor) {
    const struct train_operands *o = context;
    switch (tensor) {
    case TRAIN_WQ:
        matrix_gradient(o, TRAIN_WQ, o->attention_scale, o->dq, o->xn);
        break;
    case TRAIN_WK:
        matrix_gradient(o, TRAIN_WK, o->attention_scale, o->dk, o->xn);
        break;
    case TRAIN_WV:
        matrix_gradient(o, TRAIN_WV, o->attention_scale, o->dv, o->xn);
        break;
    case TRAIN_WO:
        matrix_gradient(o, TRAIN_WO, 1, o->d_o, o->att);
        break;
    case TRAIN_W1:
        matrix_gradient(o, TRAIN_W1, o->ffn_scale, o->dh1, o->xn2);
        break;
    case TRAIN_W2:
        matrix_gradient(o, TRAIN_W2, 1, o->dy, o->gate);
        break;
    default:
        matrix_gradient(o, TRAIN_W3, o->ffn_scale, o->dh3, o->xn2);
        break;
    }
}

static void post(struct train_operands *o, const enum train_tensor *tensors, int n) {
    for (int i = 0; i < n; i++)
        train_pool_post(o->engine->pool, job, o, (int)tensors[i], &o->unfinished);
}

void train_ffn_gradients_post(struct train_operands *operands) {
    static const enum train_tensor tensors[] = {TRAIN_W2, TRAIN_W1, TRAIN_W3};
    post(operands, tensors, 3);
}

void train_attention_gradients_post(struct train_operands *operands) {
    static const enum train_tensor tensors[] = {TRAIN_WO, TRAIN_WQ, TRAIN_WK, TRAIN_WV};
    post(operands, tensors, 4);
}
