/* SPDX-License-Identifier: MIT */
#include "train/plan/kernels.h"
#include "mil/build/build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The function being built. Names are v0, v1, ...; each constant is a separate blob file. */
struct dynamic {
    struct mil_builder *b;
    const struct train_shape *shape;
    int n_names;
    char name[24];
};

static const char *next_name(struct dynamic *k) {
    snprintf(k->name, sizeof k->name, "v%d", k->n_names++);
    return k->name;
}

static int input(struct dynamic *k, int channels, int positions) {
    return mil_build_input(k->b, "x", mil_tensor4(MIL_FP16, 1, channels, 1, positions));
}

static int two(struct dynamic *k, enum mil_opcode code, int x, int y) {
    return mil_build_binary(k->b, code, next_name(k), x, y);
}

static int matmul(struct dynamic *k, int x, int y, bool turn_x, bool turn_y) {
    return mil_build_matmul(k->b, next_name(k), x, y, turn_x, turn_y);
}

/* Channels first..first+channels-1. */
static int part(struct dynamic *k, int x, int first, int channels) {
    const int32_t begin[] = {0, first, 0, 0}, size[] = {1, channels, 1, k->shape->seq};
    return mil_build_slice(k->b, next_name(k), x, begin, size, 4);
}

/* Positions first..first+n-1 of all channels, as a [1,1,channels,n] matrix. */
static int columns(struct dynamic *k, int x, int channels, int first, int n) {
    const int32_t begin[] = {0, 0, 0, first}, size[] = {1, channels, 1, n},
                  shape[] = {1, 1, channels, n};
    int slice = mil_build_slice(k->b, next_name(k), x, begin, size, 4);
    return mil_build_reshape(k->b, next_name(k), slice, shape, 4);
}

static int shaped(struct dynamic *k, int x, int c, int h, int w) {
    const int32_t shape[] = {1, c, h, w};
    return mil_build_reshape(k->b, next_name(k), x, shape, 4);
}

static int turned(struct dynamic *k, int x) {
    static const int32_t perm[] = {0, 1, 3, 2};
    return mil_build_transpose(k->b, next_name(k), x, perm, 4);
}

/* [1,dim,1,seq] as [1,heads,seq,head], and back. */
static int heads(struct dynamic *k, int x) {
    const struct train_shape *s = k->shape;
    return turned(k, shaped(k, x, s->heads, s->dim / s->heads, s->seq));
}

static int flat(struct dynamic *k, int x) {
    return shaped(k, turned(k, x), k->shape->dim, 1, k->shape->seq);
}

static int scaled(struct dynamic *k, int x) {
    double scale = 1 / sqrt((double)k->shape->dim / k->shape->heads);
    return two(k, MIL_OP_MUL, x, mil_build_scalar(k->b, next_name(k), MIL_FP16, scale));
}

static int probabilities(struct dynamic *k, int query, int key) {
    int scores = scaled(k, matmul(k, query, key, false, true));
    int mask = mil_build_const_blob(k->b, next_name(k),
        mil_tensor4(MIL_FP16, 1, 1, k->shape->seq, k->shape->seq), "@model_path/weights/mask.bin",
        TRAIN_BLOB_OFFSET);
    int masked = two(k, MIL_OP_ADD, scores, mask);
    return mil_build_softmax(k->b, next_name(k), masked, -1);
}

static void outputs(struct dynamic *k, const int *parts, int n) {
    int result = n == 1 ? parts[0] : mil_build_concat(k->b, next_name(k), parts, n, 1);
    mil_build_outputs(k->b, &result, 1);
}

/* x[1,in,1,seq + out], activations first, y = W^T x, as [1,out,1,seq]. */
static int product(struct dynamic *k, int activations, int w, int out) {
    return shaped(k, matmul(k, w, activations, true, false), out, 1, k->shape->seq);
}

/* One matrix: `out` gradients or activations from `in`. */
static void linear(struct dynamic *k, int in, int out) {
    int seq = k->shape->seq, x = input(k, in, seq + out);
    int a = columns(k, x, in, 0, seq), w = columns(k, x, in, seq, out);
    int y = product(k, a, w, out);
    outputs(k, &y, 1);
}

/* Two matrices on two activations side by side, added. */
static void linear_pair(struct dynamic *k, int in, int out) {
    int seq = k->shape->seq, x = input(k, in, 2 * seq + 2 * out), y[2];
    for (int i = 0; i < 2; i++) {
        int a = columns(k, x, in, i * seq, seq), w = columns(k, x, in, 2 * seq + i * out, out);
        y[i] = product(k, a, w, out);
    }
    y[0] = two(k, MIL_OP_ADD, y[0], y[1]);
    outputs(k, y, 1);
}

static void sdpa_fwd(struct dynamic *k) {
    int dim = k->shape->dim, seq = k->shape->seq, x = input(k, dim, seq + 3 * dim);
    int a = columns(k, x, dim, 0, seq), qkv[3];
    for (int i = 0; i < 3; i++)
        qkv[i] = product(k, a, columns(k, x, dim, seq + i * dim, dim), dim);
    int q = heads(k, qkv[0]), key = heads(k, qkv[1]), v = heads(k, qkv[2]);
    int mixed = matmul(k, probabilities(k, q, key), v, false, false);
    const int all[] = {flat(k, mixed), qkv[0], qkv[1], qkv[2]};
    outputs(k, all, 4);
}

static void ffn_fused(struct dynamic *k) {
    int dim = k->shape->dim, hidden = k->shape->hidden, seq = k->shape->seq;
    int x = input(k, dim, 2 * seq + 3 * hidden), a = columns(k, x, dim, 0, seq);
    int h1 = product(k, a, columns(k, x, dim, 2 * seq, hidden), hidden);
    int h3 = product(k, a, columns(k, x, dim, 2 * seq + hidden, hidden), hidden);
    int sigmoid = mil_build_unary(k->b, MIL_OP_SIGMOID, next_name(k), h1);
    int gate = two(k, MIL_OP_MUL, two(k, MIL_OP_MUL, h1, sigmoid), h3);
    int w2 = columns(k, x, dim, 2 * seq + 2 * hidden, hidden);
    int rows = shaped(k, gate, 1, hidden, seq);
    int y = shaped(k, matmul(k, w2, rows, false, false), dim, 1, seq);
    const int all[] = {y, h1, h3, gate};
    outputs(k, all, 4);
}

static void sdpa_bwd1(struct dynamic *k) {
    const struct train_shape *s = k->shape;
    int dim = s->dim, x = input(k, 4 * dim, s->seq), by_head[4];
    for (int i = 0; i < 4; i++) /* q, k, v and the gradient of attention's output */
        by_head[i] = heads(k, part(k, x, i * dim, dim));
    int p = probabilities(k, by_head[0], by_head[1]);
    int dv = flat(k, matmul(k, p, by_head[3], true, false));
    int dp = matmul(k, by_head[3], by_head[2], false, true);
    p = shaped(k, p, s->heads * s->seq, 1, s->seq);
    dp = shaped(k, dp, s->heads * s->seq, 1, s->seq);
    const int all[] = {dv, p, dp};
    outputs(k, all, 3);
}

static void sdpa_bwd2(struct dynamic *k) {
    const struct train_shape *s = k->shape;
    int scores = s->heads * s->seq, x = input(k, 2 * scores + 2 * s->dim, s->seq);
    int p = shaped(k, part(k, x, 0, scores), s->heads, s->seq, s->seq);
    int dp = shaped(k, part(k, x, scores, scores), s->heads, s->seq, s->seq);
    int q = heads(k, part(k, x, 2 * scores, s->dim));
    int key = heads(k, part(k, x, 2 * scores + s->dim, s->dim));
    int both = two(k, MIL_OP_MUL, p, dp);
    int sum = mil_build_reduce(k->b, MIL_OP_REDUCE_SUM, next_name(k), both, -1);
    int ds = scaled(k, two(k, MIL_OP_MUL, p, two(k, MIL_OP_SUB, dp, sum)));
    int dq = flat(k, matmul(k, ds, key, false, false));
    int dk = flat(k, matmul(k, ds, q, true, false));
    const int all[] = {dq, dk};
    outputs(k, all, 2);
}

static void dim_to_dim(struct dynamic *k) {
    linear(k, k->shape->dim, k->shape->dim);
}

static void w2_bwd(struct dynamic *k) {
    linear(k, k->shape->dim, k->shape->hidden);
}

static void w13_bwd(struct dynamic *k) {
    linear_pair(k, k->shape->hidden, k->shape->dim);
}

static void kv_bwd(struct dynamic *k) {
    linear_pair(k, k->shape->dim, k->shape->dim);
}

static const struct {
    const char *name;
    void (*build)(struct dynamic *k);
} dynamic[PLAN_DYNAMIC_KERNELS] = {{"sdpaFwd", sdpa_fwd}, {"woFwd", dim_to_dim},
    {"ffnFused", ffn_fused}, {"ffnBwdW2t", w2_bwd}, {"ffnBwdW13t", w13_bwd}, {"wotBwd", dim_to_dim},
    {"sdpaBwd1", sdpa_bwd1}, {"sdpaBwd2", sdpa_bwd2}, {"qBwd", dim_to_dim}, {"kvBwd", kv_bwd}};

int plan_n_kernels(enum train_weights_place place) {
    return place == TRAIN_WEIGHTS_BAKED ? train_cut_kinds(TRAIN_CUT_SIX).n : PLAN_DYNAMIC_KERNELS;
}

const char *plan_kernel_name(enum train_weights_place place, int kernel) {
    return place == TRAIN_WEIGHTS_BAKED
               ? train_kind_name(train_cut_kinds(TRAIN_CUT_SIX).list[kernel])
               : dynamic[kernel].name;
}

bool plan_kernel_is_shared(enum train_weights_place place, int kernel) {
    return place == TRAIN_WEIGHTS_INPUT ||
           train_kind_is_shared(place, train_cut_kinds(TRAIN_CUT_SIX).list[kernel]);
}

char *plan_kernel_text(const struct train_shape *shape, enum train_weights_place place, int kernel,
    size_t *bytes, struct mil_error *error) {
    struct dynamic k = {.shape = shape};

    if (place == TRAIN_WEIGHTS_BAKED)
        return train_kernel_text(
            shape, train_cut_kinds(TRAIN_CUT_SIX).list[kernel], place, bytes, error);
    k.b = mil_builder_new(MIL_HEADER_IOS18);
    if (k.b) {
        mil_build_function(k.b, "main");
        dynamic[kernel].build(&k);
    }
    struct mil_program *program = mil_builder_finish(k.b, error);
    if (!program)
        return NULL;
    char *text = mil_print(program, bytes);
    mil_program_free(program);
    if (!text)
        *error = (struct mil_error){.text = "out of memory"};
    return text;
}
