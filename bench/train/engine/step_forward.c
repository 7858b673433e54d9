/* SPDX-License-Identifier: MIT
 *
 * Up through the layers. The residual stream is fp32 on the host; the device adds to it.
 */
#include "train/host/host_norm.h"
#include "train/engine/step.h"

struct step_forward_kinds step_forward_kinds(const struct step *step) {
    if (step->engine->options.cut == TRAIN_CUT_SIX)
        return (struct step_forward_kinds){TRAIN_FWD_ATTN, TRAIN_FWD_FFN, 0};
    return (struct step_forward_kinds){TRAIN_FWD_LAYER, TRAIN_FWD_LAYER, TRAIN_N_ATTN_BLOCKS};
}

static enum device_status half(struct step *step, enum train_kind kind, int layer, const float *x) {
    const struct step_input inputs[] = {{.x = x}};
    bool finite = true;
    enum device_status status = step_write(step, kind, layer, inputs, 1);
    if (status == DEVICE_OK)
        status = step_eval(step, kind, layer, &finite);
    return status == DEVICE_OK && !finite ? step_diverged(step, kind, layer) : status;
}

/* sum = x + one block of the output. */
static enum device_status add(
    struct step *step, enum train_kind kind, int layer, int block, const float *x, float *sum) {
    struct train_engine *e = step->engine;
    struct train_view view;
    enum device_status status = step_read(step, kind, layer, &view);
    if (status == DEVICE_OK)
        train_view_get_sum(&view, &e->layouts[kind].out[block], x, sum, e->row);
    step_read_end(step, kind, layer);
    step_mark(step, &step->timing->io_ns);
    return status;
}

static enum device_status layer_forward(struct step *step, int layer) {
    struct train_engine *e = step->engine;
    const struct step_forward_kinds f = step_forward_kinds(step);
    enum device_status status = half(step, f.attn, layer, e->x[layer]);
    if (status == DEVICE_OK)
        status = add(step, f.attn, layer, TRAIN_O, e->x[layer], e->x2[layer]);
    if (status == DEVICE_OK && f.ffn != f.attn)
        status = half(step, f.ffn, layer, e->x2[layer]);
    if (status == DEVICE_OK)
        status = add(step, f.ffn, layer, f.ffn_first + TRAIN_Y, e->x2[layer], e->x[layer + 1]);
    return status;
}

static void embed(const struct step *step) {
    const struct train_shape *s = &step->engine->shape;
    const float *embedding = train_set_host(step->set, 0, TRAIN_EMBEDDING);
    float *x = step->engine->x[0];
    for (int t = 0; t < s->seq; t++) {
        const float *row = embedding + (size_t)step->tokens[t] * (size_t)s->dim;
        for (int c = 0; c < s->dim; c++)
            x[(size_t)c * (size_t)s->seq + (size_t)t] = row[c];
    }
}

enum device_status step_forward(struct step *step) {
    enum device_status status = DEVICE_OK;
    embed(step);
    step_mark(step, &step->timing->host_ns);
    for (int layer = 0; layer < step->engine->shape.layers && status == DEVICE_OK; layer++)
        status = layer_forward(step, layer);
    return status;
}
