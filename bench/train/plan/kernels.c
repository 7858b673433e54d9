/* SPDX-License-Identifier: MIT */
#include "plan/kernels.h"
#include "mil/build/build.h"

#include <math.h>
#include <stdio.h>

/* dim 768, hidden 2048, 12 heads, 256 positions, 12 layers (maderix/ANE, llama2.c). */
const struct plan_shape plan_shapes[] = {{"stories110m", 768, 2048, 12, 256, 12}};
const int plan_n_shapes = sizeof plan_shapes / sizeof *plan_shapes;

/* The function being built. Names are v0, v1, ...; each weight is a blob file of its own. */
struct kernel {
    struct mil_builder *b;
    const struct plan_shape *shape;
    int n_names, n_weights;
    char name[24];
};

static const char *next_name(struct kernel *k) {
    snprintf(k->name, sizeof k->name, "v%d", k->n_names++);
    return k->name;
}

static int input(struct kernel *k, int channels, int positions) {
    return mil_build_input(k->b, "x", mil_tensor4(MIL_FP16, 1, channels, 1, positions));
}

static int weight(struct kernel *k, int n, int c, int h, int w) {
    char path[64];
    snprintf(path, sizeof path, "@model_path/weights/w%d.bin", k->n_weights++);
    return mil_build_const_blob(k->b, next_name(k), mil_tensor4(MIL_FP16, n, c, h, w), path, 64);
}

static int two(struct kernel *k, enum mil_opcode code, int x, int y) {
    return mil_build_binary(k->b, code, next_name(k), x, y);
}

static int scalar(struct kernel *k, double value) {
    return mil_build_scalar(k->b, next_name(k), MIL_FP16, value);
}

static int conv(struct kernel *k, int out, int in, int x) {
    int w = weight(k, out, in, 1, 1);
    return mil_build_conv1x1(k->b, next_name(k), x, w);
}

static int matmul(struct kernel *k, int x, int y, bool turn_x, bool turn_y) {
    return mil_build_matmul(k->b, next_name(k), x, y, turn_x, turn_y);
}

/* Channels first..first+channels-1. */
static int part(struct kernel *k, int x, int first, int channels) {
    const int32_t begin[] = {0, first, 0, 0}, size[] = {1, channels, 1, k->shape->seq};
    return mil_build_slice(k->b, next_name(k), x, begin, size, 4);
}

/* Positions first..first+n-1 of all channels, as a [1,1,channels,n] matrix. */
static int columns(struct kernel *k, int x, int channels, int first, int n) {
    const int32_t begin[] = {0, 0, 0, first}, size[] = {1, channels, 1, n},
                  shape[] = {1, 1, channels, n};
    int slice = mil_build_slice(k->b, next_name(k), x, begin, size, 4);
    return mil_build_reshape(k->b, next_name(k), slice, shape, 4);
}

static int shaped(struct kernel *k, int x, int c, int h, int w) {
    const int32_t shape[] = {1, c, h, w};
    return mil_build_reshape(k->b, next_name(k), x, shape, 4);
}

static int turned(struct kernel *k, int x) {
    static const int32_t perm[] = {0, 1, 3, 2};
    return mil_build_transpose(k->b, next_name(k), x, perm, 4);
}

/* [1,dim,1,seq] as [1,heads,seq,head], and back. */
static int heads(struct kernel *k, int x) {
    const struct plan_shape *s = k->shape;
    return turned(k, shaped(k, x, s->heads, s->dim / s->heads, s->seq));
}

static int flat(struct kernel *k, int x) {
    return shaped(k, turned(k, x), k->shape->dim, 1, k->shape->seq);
}

static int rms_norm(struct kernel *k, int x) {
    int square = two(k, MIL_OP_MUL, x, x);
    int sum = mil_build_reduce(k->b, MIL_OP_REDUCE_SUM, next_name(k), square, 1);
    int mean = two(k, MIL_OP_MUL, sum, scalar(k, 1.0 / k->shape->dim));
    int safe = two(k, MIL_OP_ADD, mean, scalar(k, 1e-5));
    int scale = two(k, MIL_OP_POW, safe, scalar(k, -0.5));
    return two(k, MIL_OP_MUL, two(k, MIL_OP_MUL, x, scale), weight(k, 1, k->shape->dim, 1, 1));
}

static int scaled(struct kernel *k, int x) {
    return two(k, MIL_OP_MUL, x, scalar(k, 1 / sqrt((double)k->shape->dim / k->shape->heads)));
}

static int probabilities(struct kernel *k, int query, int key) {
    int scores = scaled(k, matmul(k, query, key, false, true));
    int masked = two(k, MIL_OP_ADD, scores, weight(k, 1, 1, k->shape->seq, k->shape->seq));
    return mil_build_softmax(k->b, next_name(k), masked, -1);
}

static int silu_gate(struct kernel *k, int h1, int h3) {
    int sigmoid = mil_build_unary(k->b, MIL_OP_SIGMOID, next_name(k), h1);
    return two(k, MIL_OP_MUL, two(k, MIL_OP_MUL, h1, sigmoid), h3);
}

static void outputs(struct kernel *k, const int *parts, int n) {
    int result = n == 1 ? parts[0] : mil_build_concat(k->b, next_name(k), parts, n, 1);
    mil_build_outputs(k->b, &result, 1);
}

/* ---- weights as constants */

static void forward_attention(struct kernel *k) {
    int dim = k->shape->dim, norm = rms_norm(k, input(k, dim, k->shape->seq));
    int q = conv(k, dim, dim, norm), key = conv(k, dim, dim, norm), v = conv(k, dim, dim, norm);
    int p = probabilities(k, heads(k, q), heads(k, key));
    int attention = flat(k, matmul(k, p, heads(k, v), false, false));
    const int all[] = {conv(k, dim, dim, attention), q, key, v, attention, norm};
    outputs(k, all, 6);
}

static void forward_ffn(struct kernel *k) {
    int dim = k->shape->dim, hidden = k->shape->hidden;
    int norm = rms_norm(k, input(k, dim, k->shape->seq));
    int h1 = conv(k, hidden, dim, norm), h3 = conv(k, hidden, dim, norm);
    int gate = silu_gate(k, h1, h3);
    const int all[] = {conv(k, dim, hidden, gate), h1, h3, gate, norm};
    outputs(k, all, 5);
}

static void ffn_gradients(struct kernel *k, int d, int h1, int h3, int *dh1, int *dh3) {
    int s = mil_build_unary(k->b, MIL_OP_SIGMOID, next_name(k), h1), one = scalar(k, 1);
    int rest = two(k, MIL_OP_MUL, h1, two(k, MIL_OP_SUB, one, s));
    int slope = two(k, MIL_OP_MUL, s, two(k, MIL_OP_ADD, one, rest));
    *dh1 = two(k, MIL_OP_MUL, two(k, MIL_OP_MUL, d, h3), slope);
    *dh3 = two(k, MIL_OP_MUL, d, two(k, MIL_OP_MUL, h1, s));
}

static void ffn_backward(struct kernel *k) {
    int dim = k->shape->dim, hidden = k->shape->hidden, dh1, dh3;
    int x = input(k, dim + 2 * hidden, k->shape->seq);
    int d = conv(k, hidden, dim, part(k, x, 0, dim));
    ffn_gradients(k, d, part(k, x, dim, hidden), part(k, x, dim + hidden, hidden), &dh1, &dh3);
    int dx = two(k, MIL_OP_ADD, conv(k, dim, hidden, dh1), conv(k, dim, hidden, dh3));
    const int all[] = {dx, dh1, dh3};
    outputs(k, all, 3);
}

/* From Q, K, V and the gradient of the attention's output, the last by heads. */
static void attention_gradients(struct kernel *k, int q, int key, int v, int da) {
    const struct plan_shape *s = k->shape;
    int p = probabilities(k, q, key);
    int dv = flat(k, matmul(k, p, da, true, false));
    int dp = matmul(k, da, v, false, true);
    const int all[] = {dv, shaped(k, p, s->heads * s->seq, 1, s->seq),
        shaped(k, dp, s->heads * s->seq, 1, s->seq)};
    outputs(k, all, 3);
}

static void attention_backward_1(struct kernel *k) {
    int dim = k->shape->dim, x = input(k, 4 * dim, k->shape->seq);
    int q = heads(k, part(k, x, 0, dim)), key = heads(k, part(k, x, dim, dim));
    int v = heads(k, part(k, x, 2 * dim, dim));
    attention_gradients(k, q, key, v, heads(k, conv(k, dim, dim, part(k, x, 3 * dim, dim))));
}

static void attention_backward_2(struct kernel *k) {
    const struct plan_shape *s = k->shape;
    int scores = s->heads * s->seq, x = input(k, 2 * scores + 2 * s->dim, s->seq);
    int p = shaped(k, part(k, x, 0, scores), s->heads, s->seq, s->seq);
    int dp = shaped(k, part(k, x, scores, scores), s->heads, s->seq, s->seq);
    int q = heads(k, part(k, x, 2 * scores, s->dim));
    int key = heads(k, part(k, x, 2 * scores + s->dim, s->dim));
    int product = two(k, MIL_OP_MUL, p, dp);
    int sum = mil_build_reduce(k->b, MIL_OP_REDUCE_SUM, next_name(k), product, -1);
    int ds = scaled(k, two(k, MIL_OP_MUL, p, two(k, MIL_OP_SUB, dp, sum)));
    const int all[] = {
        flat(k, matmul(k, ds, key, false, false)), flat(k, matmul(k, ds, q, true, false))};
    outputs(k, all, 2);
}

static void qkv_backward(struct kernel *k) {
    int dim = k->shape->dim, x = input(k, 3 * dim, k->shape->seq);
    int dx = conv(k, dim, dim, part(k, x, 0, dim));
    dx = two(k, MIL_OP_ADD, dx, conv(k, dim, dim, part(k, x, dim, dim)));
    dx = two(k, MIL_OP_ADD, dx, conv(k, dim, dim, part(k, x, 2 * dim, dim)));
    outputs(k, &dx, 1);
}

/* ---- weights in the input: x[1,in,1,seq + out], activations first, y = W^T x */

/* y as [1,out,1,seq]. */
static int product(struct kernel *k, int activations, int w, int out) {
    return shaped(k, matmul(k, w, activations, true, false), out, 1, k->shape->seq);
}

/* One matrix: `out` gradients or activations from `in`. */
static void linear(struct kernel *k, int in, int out) {
    int seq = k->shape->seq, x = input(k, in, seq + out);
    int y = product(k, columns(k, x, in, 0, seq), columns(k, x, in, seq, out), out);
    outputs(k, &y, 1);
}

/* Two matrices on two activations side by side, added. */
static void linear_pair(struct kernel *k, int in, int out) {
    int seq = k->shape->seq, x = input(k, in, 2 * seq + 2 * out);
    int a = product(k, columns(k, x, in, 0, seq), columns(k, x, in, 2 * seq, out), out);
    int b = product(k, columns(k, x, in, seq, seq), columns(k, x, in, 2 * seq + out, out), out);
    int y = two(k, MIL_OP_ADD, a, b);
    outputs(k, &y, 1);
}

static void dynamic_attention(struct kernel *k) {
    int dim = k->shape->dim, seq = k->shape->seq, x = input(k, dim, seq + 3 * dim);
    int a = columns(k, x, dim, 0, seq);
    int q = product(k, a, columns(k, x, dim, seq, dim), dim);
    int key = product(k, a, columns(k, x, dim, seq + dim, dim), dim);
    int v = product(k, a, columns(k, x, dim, seq + 2 * dim, dim), dim);
    int p = probabilities(k, heads(k, q), heads(k, key));
    const int all[] = {flat(k, matmul(k, p, heads(k, v), false, false)), q, key, v};
    outputs(k, all, 4);
}

static void dynamic_ffn(struct kernel *k) {
    int dim = k->shape->dim, hidden = k->shape->hidden, seq = k->shape->seq;
    int x = input(k, dim, 2 * seq + 3 * hidden), a = columns(k, x, dim, 0, seq);
    int h1 = product(k, a, columns(k, x, dim, 2 * seq, hidden), hidden);
    int h3 = product(k, a, columns(k, x, dim, 2 * seq + hidden, hidden), hidden);
    int gate = silu_gate(k, h1, h3);
    int w2 = columns(k, x, dim, 2 * seq + 2 * hidden, hidden);
    int rows = shaped(k, gate, 1, hidden, seq);
    int y = shaped(k, matmul(k, w2, rows, false, false), dim, 1, seq);
    const int all[] = {y, h1, h3, gate};
    outputs(k, all, 4);
}

static void dynamic_attention_backward(struct kernel *k) {
    int dim = k->shape->dim, x = input(k, 4 * dim, k->shape->seq);
    int q = heads(k, part(k, x, 0, dim)), key = heads(k, part(k, x, dim, dim));
    int v = heads(k, part(k, x, 2 * dim, dim));
    attention_gradients(k, q, key, v, heads(k, part(k, x, 3 * dim, dim)));
}

static void dynamic_wo(struct kernel *k) {
    linear(k, k->shape->dim, k->shape->dim);
}

static void dynamic_w2_backward(struct kernel *k) {
    linear(k, k->shape->dim, k->shape->hidden);
}

static void dynamic_w13_backward(struct kernel *k) {
    linear_pair(k, k->shape->hidden, k->shape->dim);
}

static void dynamic_kv_backward(struct kernel *k) {
    linear_pair(k, k->shape->dim, k->shape->dim);
}

static const struct {
    const char *name;
    void (*build)(struct kernel *k);
    bool has_weights;
} baked[] = {{"fwdAttn", forward_attention, true}, {"fwdFFN", forward_ffn, true},
    {"ffnBwd", ffn_backward, true}, {"sdpaBwd1", attention_backward_1, true},
    {"sdpaBwd2", attention_backward_2, false}, {"qkvBwd", qkv_backward, true}},
  in_input[] = {{"sdpaFwd", dynamic_attention, false}, {"woFwd", dynamic_wo, false},
      {"ffnFused", dynamic_ffn, false}, {"ffnBwdW2t", dynamic_w2_backward, false},
      {"ffnBwdW13t", dynamic_w13_backward, false}, {"wotBwd", dynamic_wo, false},
      {"sdpaBwd1", dynamic_attention_backward, false}, {"sdpaBwd2", attention_backward_2, false},
      {"qBwd", dynamic_wo, false}, {"kvBwd", dynamic_kv_backward, false}};

int plan_n_kernels(enum plan_set set) {
    return (
        int)(set == PLAN_BAKED ? sizeof baked / sizeof *baked : sizeof in_input / sizeof *in_input);
}

const char *plan_kernel_name(enum plan_set set, int kernel) {
    return set == PLAN_BAKED ? baked[kernel].name : in_input[kernel].name;
}

bool plan_kernel_has_weights(enum plan_set set, int kernel) {
    return set == PLAN_BAKED && baked[kernel].has_weights;
}

char *plan_kernel_text(const struct plan_shape *shape, enum plan_set set, int kernel,
    unsigned serial, size_t *bytes, struct mil_error *error) {
    struct kernel k = {.b = mil_builder_new(MIL_HEADER_IOS18), .shape = shape};
    char name[64];

    if (!k.b) {
        *error = (struct mil_error){.text = "out of memory"};
        return NULL;
    }
    snprintf(name, sizeof name, "%s_%u", plan_kernel_name(set, kernel), serial);
    mil_build_function(k.b, name);
    (set == PLAN_BAKED ? baked[kernel].build : in_input[kernel].build)(&k);
    struct mil_program *program = mil_builder_finish(k.b, error);
    if (!program)
        return NULL;
    char *text = mil_print(program, bytes);
    mil_program_free(program);
    if (!text)
        *error = (struct mil_error){.text = "out of memory"};
    return text;
}
