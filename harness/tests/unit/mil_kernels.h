/* SPDX-License-Identifier: MIT
 *
 * The six kernels of a transformer layer's forward and backward pass, as the trainers of
 * maderix/ANE cut them, at a small size: fp16 [1,C,1,S], one input and one output each, pieces
 * stacked along the channels.
 */
#ifndef ANEPROBE_TESTS_MIL_KERNELS_H
#define ANEPROBE_TESTS_MIL_KERNELS_H

#include "mil/blob.h"
#include "mil/build/build.h"
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIM = 32, HIDDEN = 48, HEADS = 2, HEAD = DIM / HEADS, SEQ = 16, SCORES = HEADS * SEQ };
enum { FWD_ATTN, FWD_FFN, FFN_BWD, SDPA_BWD1, SDPA_BWD2, QKV_BWD, KERNELS };
enum { W_RMS1, W_Q, W_K, W_V, W_O, W_RMS2, W_1, W_3, W_2, W_MASK, WEIGHTS };
#define WEIGHTS_PATH "@model_path/weights/layer.bin"

struct layer {
    uint64_t offset[WEIGHTS], transposed[WEIGHTS]; /* of the blobs */
    float *weight[WEIGHTS];                        /* as fp32, [out][in] */
    struct mil_blob_file file;
    struct mil_weights weights;
    struct mil_program *program;
};

/* Numbers from -1 to 1 that fp16 holds, the same on every machine. */
static inline float layer_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)((int32_t)(*state >> 21) - 1024) / 1024;
}

static const int layer_rows[WEIGHTS] = {DIM, DIM, DIM, DIM, DIM, DIM, HIDDEN, HIDDEN, DIM, SEQ};
static const int layer_columns[WEIGHTS] = {1, DIM, DIM, DIM, DIM, 1, DIM, DIM, HIDDEN, SEQ};

static inline void layer_weights(struct layer *layer) {
    struct mil_blob_writer *writer = mil_blob_writer_new();
    uint32_t state = 7;
    for (int w = 0; w < WEIGHTS; w++) {
        int rows = layer_rows[w], columns = layer_columns[w], n = rows * columns;
        uint16_t *half = calloc((size_t)n, sizeof *half),
                 *turned = calloc((size_t)n, sizeof *turned);
        layer->weight[w] = calloc((size_t)n, sizeof(float));
        cr_assert(half && turned && layer->weight[w]);
        for (int i = 0; i < n; i++) {
            float value = columns == 1 ? 1 + layer_random(&state) / 4 : layer_random(&state) / 4;
            if (w == W_MASK)
                value = i % columns > i / columns ? -65504 : 0;
            half[i] = fp16_from_float(value);
            layer->weight[w][i] = fp16_to_float(half[i]);
            turned[i % columns * rows + i / columns] = half[i];
        }
        layer->offset[w] = mil_blob_writer_add(writer, MIL_FP16, half, (size_t)n * 2);
        layer->transposed[w] = mil_blob_writer_add(writer, MIL_FP16, turned, (size_t)n * 2);
        free(half);
        free(turned);
    }
    layer->file.path = WEIGHTS_PATH;
    layer->file.data = mil_blob_writer_finish(writer, &layer->file.bytes);
    cr_assert(layer->file.data);
    layer->weights = (struct mil_weights){&layer->file, 1};
}

/* The function being built. */
struct layer_build {
    struct mil_builder *b;
    const struct layer *layer;
    int n_names;
    char name[24];
};

static inline const char *layer_name(struct layer_build *k) {
    snprintf(k->name, sizeof k->name, "v%d", k->n_names++);
    return k->name;
}

static inline int layer_input(struct layer_build *k, const char *function, int channels) {
    k->n_names = 0;
    mil_build_function(k->b, function);
    return mil_build_input(k->b, "x", mil_tensor4(MIL_FP16, 1, channels, 1, SEQ));
}

static inline int layer_const(struct layer_build *k, int w, bool transposed) {
    int rows = layer_rows[w], columns = layer_columns[w];
    struct mil_type type =
        mil_tensor4(MIL_FP16, transposed ? columns : rows, transposed ? rows : columns, 1, 1);
    if (columns == 1)
        type = mil_tensor4(MIL_FP16, 1, rows, 1, 1);
    if (w == W_MASK)
        type = mil_tensor4(MIL_FP16, 1, 1, SEQ, SEQ);
    return mil_build_const_blob(k->b, layer_name(k), type, WEIGHTS_PATH,
        transposed ? k->layer->transposed[w] : k->layer->offset[w]);
}

static inline int layer_scalar(struct layer_build *k, double value) {
    return mil_build_scalar(k->b, layer_name(k), MIL_FP16, value);
}

static inline int layer_two(struct layer_build *k, enum mil_opcode code, int x, int y) {
    return mil_build_binary(k->b, code, layer_name(k), x, y);
}

static inline int layer_conv(struct layer_build *k, int w, bool transposed, int x) {
    int weight = layer_const(k, w, transposed);
    return mil_build_conv1x1(k->b, layer_name(k), x, weight);
}

static inline int layer_part(struct layer_build *k, int x, int first, int channels) {
    const int32_t begin[] = {0, first, 0, 0}, size[] = {1, channels, 1, SEQ};
    return mil_build_slice(k->b, layer_name(k), x, begin, size, 4);
}

static inline int layer_shape(struct layer_build *k, int x, int32_t c, int32_t h, int32_t w) {
    const int32_t shape[] = {1, c, h, w};
    return mil_build_reshape(k->b, layer_name(k), x, shape, 4);
}

static inline int layer_turn(struct layer_build *k, int x) {
    const int32_t perm[] = {0, 1, 3, 2};
    return mil_build_transpose(k->b, layer_name(k), x, perm, 4);
}

/* [1,DIM,1,SEQ] as [1,HEADS,SEQ,HEAD], and back. */
static inline int layer_heads(struct layer_build *k, int x) {
    return layer_turn(k, layer_shape(k, x, HEADS, HEAD, SEQ));
}

static inline int layer_flat(struct layer_build *k, int x) {
    return layer_shape(k, layer_turn(k, x), DIM, 1, SEQ);
}

static inline int layer_rms(struct layer_build *k, int w, int x) {
    int square = layer_two(k, MIL_OP_MUL, x, x);
    int sum = mil_build_reduce(k->b, MIL_OP_REDUCE_SUM, layer_name(k), square, 1);
    int mean = layer_two(k, MIL_OP_MUL, sum, layer_scalar(k, 1.0 / DIM));
    int safe = layer_two(k, MIL_OP_ADD, mean, layer_scalar(k, 1e-5));
    int scale = layer_two(k, MIL_OP_POW, safe, layer_scalar(k, -0.5));
    int weight = layer_const(k, w, false), scaled = layer_two(k, MIL_OP_MUL, x, scale);
    return layer_two(k, MIL_OP_MUL, scaled, weight);
}

static inline int layer_probabilities(struct layer_build *k, int q, int key) {
    int scores = mil_build_matmul(k->b, layer_name(k), q, key, false, true);
    int scaled = layer_two(k, MIL_OP_MUL, scores, layer_scalar(k, 0.25));
    int masked = layer_two(k, MIL_OP_ADD, scaled, layer_const(k, W_MASK, false));
    return mil_build_softmax(k->b, layer_name(k), masked, -1);
}

static inline void layer_output(struct layer_build *k, const int *parts, int n) {
    int result = n == 1 ? parts[0] : mil_build_concat(k->b, layer_name(k), parts, n, 1);
    mil_build_outputs(k->b, &result, 1);
}

static inline void layer_forward(struct layer_build *k) {
    int x = layer_input(k, "fwdAttn", DIM), norm = layer_rms(k, W_RMS1, x);
    int q = layer_conv(k, W_Q, false, norm), key = layer_conv(k, W_K, false, norm);
    int v = layer_conv(k, W_V, false, norm);
    int key_heads = layer_heads(k, key), q_heads = layer_heads(k, q);
    int p = layer_probabilities(k, q_heads, key_heads), v_heads = layer_heads(k, v);
    int mixed = mil_build_matmul(k->b, layer_name(k), p, v_heads, false, false);
    int attn = layer_flat(k, mixed), o = layer_conv(k, W_O, false, attn);
    const int attention[] = {o, q, key, v, attn, norm};
    layer_output(k, attention, 6);

    x = layer_input(k, "fwdFFN", DIM);
    norm = layer_rms(k, W_RMS2, x);
    int h1 = layer_conv(k, W_1, false, norm), h3 = layer_conv(k, W_3, false, norm);
    int sigmoid = mil_build_unary(k->b, MIL_OP_SIGMOID, layer_name(k), h1);
    int gate = layer_two(k, MIL_OP_MUL, layer_two(k, MIL_OP_MUL, h1, sigmoid), h3);
    const int ffn[] = {layer_conv(k, W_2, false, gate), h1, h3, gate, norm};
    layer_output(k, ffn, 5);
}

/* d = W2^T dffn; s = sigmoid(h1); dh1 = d h3 s (1 + h1 (1 - s)); dh3 = d h1 s;
 * dx = W1^T dh1 + W3^T dh3 */
static inline void layer_ffn_backward(struct layer_build *k) {
    int x = layer_input(k, "ffnBwd", DIM + 2 * HIDDEN);
    int d = layer_conv(k, W_2, true, layer_part(k, x, 0, DIM));
    int h1 = layer_part(k, x, DIM, HIDDEN), h3 = layer_part(k, x, DIM + HIDDEN, HIDDEN);
    int s = mil_build_unary(k->b, MIL_OP_SIGMOID, layer_name(k), h1), one = layer_scalar(k, 1);
    int rest = layer_two(k, MIL_OP_MUL, h1, layer_two(k, MIL_OP_SUB, one, s));
    int slope = layer_two(k, MIL_OP_MUL, s, layer_two(k, MIL_OP_ADD, one, rest));
    int dh1 = layer_two(k, MIL_OP_MUL, layer_two(k, MIL_OP_MUL, d, h3), slope);
    int dh3 = layer_two(k, MIL_OP_MUL, d, layer_two(k, MIL_OP_MUL, h1, s));
    int from_h3 = layer_conv(k, W_3, true, dh3), from_h1 = layer_conv(k, W_1, true, dh1);
    int dx = layer_two(k, MIL_OP_ADD, from_h1, from_h3);
    const int parts[] = {dx, dh1, dh3};
    layer_output(k, parts, 3);
}

static inline void layer_attention_backward(struct layer_build *k) {
    int x = layer_input(k, "sdpaBwd1", 4 * DIM);
    int q = layer_heads(k, layer_part(k, x, 0, DIM)),
        key = layer_heads(k, layer_part(k, x, DIM, DIM));
    int v = layer_heads(k, layer_part(k, x, 2 * DIM, DIM));
    int da = layer_heads(k, layer_conv(k, W_O, true, layer_part(k, x, 3 * DIM, DIM)));
    int p = layer_probabilities(k, q, key);
    int dv = layer_flat(k, mil_build_matmul(k->b, layer_name(k), p, da, true, false));
    int dp = mil_build_matmul(k->b, layer_name(k), da, v, false, true);
    p = layer_shape(k, p, SCORES, 1, SEQ);
    dp = layer_shape(k, dp, SCORES, 1, SEQ);
    const int first[] = {dv, p, dp};
    layer_output(k, first, 3);

    x = layer_input(k, "sdpaBwd2", 2 * SCORES + 2 * DIM);
    p = layer_shape(k, layer_part(k, x, 0, SCORES), HEADS, SEQ, SEQ);
    dp = layer_shape(k, layer_part(k, x, SCORES, SCORES), HEADS, SEQ, SEQ);
    q = layer_heads(k, layer_part(k, x, 2 * SCORES, DIM));
    key = layer_heads(k, layer_part(k, x, 2 * SCORES + DIM, DIM));
    int product = layer_two(k, MIL_OP_MUL, p, dp);
    int sum = mil_build_reduce(k->b, MIL_OP_REDUCE_SUM, layer_name(k), product, -1);
    int ds = layer_two(k, MIL_OP_MUL, p, layer_two(k, MIL_OP_SUB, dp, sum));
    ds = layer_two(k, MIL_OP_MUL, ds, layer_scalar(k, 0.25));
    int dq = layer_flat(k, mil_build_matmul(k->b, layer_name(k), ds, key, false, false));
    int dk = layer_flat(k, mil_build_matmul(k->b, layer_name(k), ds, q, true, false));
    const int second[] = {dq, dk};
    layer_output(k, second, 2);

    x = layer_input(k, "qkvBwd", 3 * DIM);
    int dx = layer_conv(k, W_Q, true, layer_part(k, x, 0, DIM));
    dx = layer_two(k, MIL_OP_ADD, dx, layer_conv(k, W_K, true, layer_part(k, x, DIM, DIM)));
    dx = layer_two(k, MIL_OP_ADD, dx, layer_conv(k, W_V, true, layer_part(k, x, 2 * DIM, DIM)));
    layer_output(k, &dx, 1);
}

static inline void layer_open(struct layer *layer) {
    struct mil_error error = {0};
    *layer = (struct layer){0};
    layer_weights(layer);
    struct layer_build k = {.b = mil_builder_new(MIL_HEADER_IOS18), .layer = layer};
    layer_forward(&k);
    layer_ffn_backward(&k);
    layer_attention_backward(&k);
    layer->program = mil_builder_finish(k.b, &error);
    cr_assert(layer->program, "%s", error.text);
}

static inline void layer_close(struct layer *layer) {
    for (int w = 0; w < WEIGHTS; w++)
        free(layer->weight[w]);
    free((void *)layer->file.data);
    mil_program_free(layer->program);
}

#endif
