/* SPDX-License-Identifier: MIT
 *
 * Down through the layers. A gradient is multiplied by the power of two that brings its largest
 * element to 16..32 before it goes to the device, so that nothing is lost to fp16's subnormals
 * whatever the size of the loss or the batch; results are divided again in fp32. If an output
 * overflows, the eval is repeated with a smaller scale. No state is kept from step to step.
 */
#include "train/host/host_norm.h"
#include "train/engine/step.h"

#include <math.h>
#include <string.h>

enum { SCALED_EXPONENT = 5, RESCALES_MAX = 4, RESCALE_EXPONENT = -4 };

/* 1 for zeros; 0 when x is not finite. */
static float scale_of(const float *x, size_t n) {
    float largest = 0;
    int exponent;
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        float magnitude = fabsf(x[i]);
        largest = magnitude > largest ? magnitude : largest;
        finite = finite && magnitude <= 3.4e38f;
    }
    if (!finite)
        return 0;
    if (largest == 0)
        return 1;
    (void)frexpf(largest, &exponent); /* largest is in [0.5, 1) * 2^exponent */
    exponent = SCALED_EXPONENT - exponent;
    return ldexpf(1, exponent > 120 ? 120 : exponent); /* its inverse must be finite too */
}

/* A chain of evals on one scaled gradient: runs all of `kinds` in sequence, each with inputs
 * written by `write`, with ever smaller scales until every output is finite. */
typedef enum device_status write_fn(
    struct step *step, enum train_kind kind, int layer, float scale);

static enum device_status chain_eval(struct step *step, const enum train_kind *kinds, int n_kinds,
    int layer, write_fn *write, float *scale) {
    for (int tries = 0;; tries++) {
        enum device_status status = DEVICE_OK;
        bool finite = true;
        int i = 0;
        for (; i < n_kinds && finite && status == DEVICE_OK; i++) {
            status = write(step, kinds[i], layer, *scale);
            if (status == DEVICE_OK)
                status = step_eval(step, kinds[i], layer, &finite);
        }
        if (status != DEVICE_OK || finite)
            return status;
        if (tries == RESCALES_MAX)
            return step_diverged(step, kinds[i - 1], layer);
        *scale = ldexpf(*scale, RESCALE_EXPONENT);
        step->timing->rescales++;
    }
}

/* Without threads the previous layer's jobs are done, and reusing their buffer keeps it in the
 * cache. */
static struct train_operands *operands_of(const struct step *step, int layer) {
    struct train_engine *e = step->engine;
    return &e->operands[e->options.host_threads > 0 ? layer % TRAIN_OPERANDS : 0];
}

static enum device_status ffn_write(
    struct step *step, enum train_kind kind, int layer, float scale) {
    const struct step_forward_kinds f = step_forward_kinds(step);
    const struct step_input inputs[] = {{.x = operands_of(step, layer)->dy},
        {NULL, f.ffn, f.ffn_first + TRAIN_H1}, {NULL, f.ffn, f.ffn_first + TRAIN_H3}};
    return step_write(step, kind, layer, inputs, scale);
}

static enum device_status attention_write(
    struct step *step, enum train_kind kind, int layer, float scale) {
    const struct step_forward_kinds f = step_forward_kinds(step);
    const struct step_input q = {NULL, f.attn, TRAIN_Q}, k = {NULL, f.attn, TRAIN_K};
    const struct step_input v = {NULL, f.attn, TRAIN_V};
    if (kind == TRAIN_SDPA_BWD2)
        return step_write(step, kind, layer,
            (const struct step_input[]){
                {NULL, TRAIN_SDPA_BWD1, 1}, {NULL, TRAIN_SDPA_BWD1, 2}, q, k},
            1);
    if (kind == TRAIN_QKV_BWD)
        return step_write(step, kind, layer,
            (const struct step_input[]){
                {NULL, TRAIN_SDPA_BWD2, 0}, {NULL, TRAIN_SDPA_BWD2, 1}, {NULL, TRAIN_SDPA_BWD1, 0}},
            1);
    return step_write(step, kind, layer,
        (const struct step_input[]){q, k, v, {.x = operands_of(step, layer)->d_o}}, scale);
}

/* Blocks to read without scaling. */
struct wanted {
    enum train_kind kind;
    int block;
    float *to;
};

static enum device_status read_all(
    struct step *step, int layer, const struct wanted *wanted, int n_wanted) {
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < n_wanted && status == DEVICE_OK; i++) {
        struct train_view view;
        status = step_read(step, wanted[i].kind, layer, &view);
        if (status == DEVICE_OK)
            train_view_get(
                &view, &step->engine->layouts[wanted[i].kind].out[wanted[i].block], wanted[i].to);
        step_read_end(step, wanted[i].kind, layer);
    }
    step_mark(step, &step->timing->io_ns);
    return status;
}

/* dx += the norm's backward of dxn / scale. */
static void norm_backward(struct step *step, int layer, enum train_tensor tensor, float scale) {
    struct train_engine *e = step->engine;
    const struct train_shape *s = &e->shape;
    bool ffn = tensor == TRAIN_RMS_FFN;
    size_t n = (size_t)s->dim * (size_t)s->seq;
    const float *x = ffn ? e->x2[layer] : e->x[layer];
    float *scales = ffn ? e->scale_ffn[layer] : e->scale_att[layer];
    for (size_t i = 0; i < n; i++)
        e->dxn[i] *= 1 / scale;
    host_norm_scales(x, s->dim, s->seq, TRAIN_NORM_EPSILON, scales);
    host_norm_backward(x, scales, train_set_host(step->set, layer, tensor), e->dxn, s->dim, s->seq,
        e->dots, e->dx, train_tensor_at(step->gradients, layer, tensor));
    step_mark(step, &step->timing->host_ns);
}

/* Copies the gradient to be scaled, for the jobs; returns its scale, or 0 when it is not finite. */
static float gradient_take(struct step *step, float *to) {
    const struct train_engine *e = step->engine;
    size_t n = (size_t)e->shape.dim * (size_t)e->shape.seq;
    memcpy(to, e->dx, n * sizeof *to);
    float scale = scale_of(to, n);
    step_mark(step, &step->timing->host_ns);
    return scale;
}

static enum device_status ffn_backward(struct step *step, int layer) {
    static const enum train_kind kinds[] = {TRAIN_FFN_BWD};
    struct train_operands *o = operands_of(step, layer);
    const struct step_forward_kinds f = step_forward_kinds(step);
    const struct wanted wanted[] = {{TRAIN_FFN_BWD, 0, step->engine->dxn},
        {TRAIN_FFN_BWD, 1, o->dh1}, {TRAIN_FFN_BWD, 2, o->dh3},
        {f.ffn, f.ffn_first + TRAIN_GATE, o->gate}, {f.ffn, f.ffn_first + TRAIN_XN2, o->xn2}};
    float scale = gradient_take(step, o->dy);
    if (scale == 0)
        return step_diverged(step, TRAIN_FFN_BWD, layer);
    enum device_status status = chain_eval(step, kinds, 1, layer, ffn_write, &scale);
    if (status == DEVICE_OK)
        status = read_all(step, layer, wanted, sizeof wanted / sizeof *wanted);
    if (status != DEVICE_OK)
        return status;
    o->ffn_scale = 1 / scale;
    train_ffn_gradients_post(o);
    norm_backward(step, layer, TRAIN_RMS_FFN, scale);
    return DEVICE_OK;
}

static enum device_status attention_backward(struct step *step, int layer) {
    static const enum train_kind three[] = {TRAIN_SDPA_BWD1, TRAIN_SDPA_BWD2, TRAIN_QKV_BWD};
    static const enum train_kind one[] = {TRAIN_ATTN_BWD};
    struct train_operands *o = operands_of(step, layer);
    const struct step_forward_kinds f = step_forward_kinds(step);
    bool six = step->engine->options.cut == TRAIN_CUT_SIX;
    const struct wanted wanted[] = {
        {six ? TRAIN_QKV_BWD : TRAIN_ATTN_BWD, six ? 0 : 3, step->engine->dxn},
        {six ? TRAIN_SDPA_BWD2 : TRAIN_ATTN_BWD, 0, o->dq},
        {six ? TRAIN_SDPA_BWD2 : TRAIN_ATTN_BWD, 1, o->dk},
        {six ? TRAIN_SDPA_BWD1 : TRAIN_ATTN_BWD, six ? 0 : 2, o->dv}, {f.attn, TRAIN_ATT, o->att},
        {f.attn, TRAIN_XN, o->xn}};
    float scale = gradient_take(step, o->d_o);
    if (scale == 0)
        return step_diverged(step, six ? TRAIN_SDPA_BWD1 : TRAIN_ATTN_BWD, layer);
    enum device_status status =
        chain_eval(step, six ? three : one, six ? 3 : 1, layer, attention_write, &scale);
    if (status == DEVICE_OK)
        status = read_all(step, layer, wanted, sizeof wanted / sizeof *wanted);
    if (status != DEVICE_OK)
        return status;
    o->attention_scale = 1 / scale;
    train_attention_gradients_post(o);
    norm_backward(step, layer, TRAIN_RMS_ATT, scale);
    return DEVICE_OK;
}

enum device_status step_backward(struct step *step) {
    enum device_status status = DEVICE_OK;
    for (int layer = step->engine->shape.layers - 1; layer >= 0 && status == DEVICE_OK; layer--) {
        struct train_operands *o = operands_of(step, layer);
        train_pool_wait(step->engine->pool, &o->unfinished);
        step_mark(step, &step->timing->wait_ns);
        o->gradients = step->gradients;
        o->layer = layer;
        status = ffn_backward(step, layer);
        if (status == DEVICE_OK)
            status = attention_backward(step, layer);
    }
    return status;
}
