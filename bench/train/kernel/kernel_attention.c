/* SPDX-License-Identifier: MIT
 *
 * Attention, forward and backward. Heads are [1,heads,head_dim,seq]; transposes are flags of the
 * matrix products.
 */
#include "train/kernel/kernel_build.h"

#include <math.h>

int kernel_heads(struct kernel *k, int x, int n) {
    return kernel_shaped(k, x, n, train_head_dim(k->shape), k->shape->seq);
}

int kernel_flat(struct kernel *k, int x, int channels) {
    return kernel_shaped(k, x, channels, 1, k->shape->seq);
}

int kernel_matmul(struct kernel *k, int x, int y, bool turn_x, bool turn_y) {
    return mil_build_matmul(k->b, kernel_name(k), x, y, turn_x, turn_y);
}

static int group(const struct kernel *k) {
    return k->shape->heads / k->shape->kv_heads;
}

/* Repeats keys or values for each query head of their group; heads of a group are adjacent. */
int kernel_repeated(struct kernel *k, int x) {
    const struct train_shape *s = k->shape;
    int copies[TRAIN_GROUP_MAX], n = group(k);
    if (n == 1)
        return x;
    for (int i = 0; i < n; i++)
        copies[i] = x;
    x = mil_build_concat(k->b, kernel_name(k), copies, n, 2);
    return kernel_shaped(k, x, s->heads, train_head_dim(s), (int)mil_build_type(k->b, x).dim[3]);
}

/* The reverse: adds the gradients of a group's heads. */
static int summed(struct kernel *k, int x) {
    const struct train_shape *s = k->shape;
    int head_dim = train_head_dim(s), n = group(k);
    if (n == 1)
        return x;
    x = kernel_shaped(k, x, s->kv_heads, n * head_dim, s->seq);
    int sum = kernel_part(k, x, 2, 0, head_dim);
    for (int i = 1; i < n; i++)
        sum = kernel_two(k, MIL_OP_ADD, sum, kernel_part(k, x, 2, i * head_dim, head_dim));
    return sum;
}

/* Rotary embedding of pairs of neighbouring channels (2i, 2i+1), as in llama2.c, or its inverse.
 * Two neighbouring channels form one row of 2 seq elements, whose halves are the pair. */
int kernel_rotated(struct kernel *k, int x, int n, bool back) {
    const struct train_shape *s = k->shape;
    int pairs = train_head_dim(s) / 2, seq = s->seq;
    if (k->cos < 0) {
        k->cos = kernel_table(k, "cos", pairs, seq);
        k->sin = kernel_table(k, "sin", pairs, seq);
    }
    x = kernel_shaped(k, x, n, pairs, 2 * seq);
    int even = kernel_part(k, x, 3, 0, seq), odd = kernel_part(k, x, 3, seq, seq);
    int even_cos = kernel_two(k, MIL_OP_MUL, even, k->cos);
    int even_sin = kernel_two(k, MIL_OP_MUL, even, k->sin);
    int odd_cos = kernel_two(k, MIL_OP_MUL, odd, k->cos);
    int odd_sin = kernel_two(k, MIL_OP_MUL, odd, k->sin);
    int first = kernel_two(k, back ? MIL_OP_ADD : MIL_OP_SUB, even_cos, odd_sin);
    int second = kernel_two(k, back ? MIL_OP_SUB : MIL_OP_ADD, odd_cos, even_sin);
    const int halves[] = {first, second};
    return kernel_heads(k, mil_build_concat(k->b, kernel_name(k), halves, 2, 3), n);
}

int kernel_scaled(struct kernel *k, int x) {
    return kernel_two(
        k, MIL_OP_MUL, x, kernel_scalar(k, 1 / sqrt((double)train_head_dim(k->shape))));
}

/* softmax(q^T k / sqrt(head_dim) + mask), [1,heads,seq,seq], one row per query. Queries are scaled
 * before the product, whose results must stay in fp16's range. */
static int probabilities(struct kernel *k, int q, int keys) {
    int scores = kernel_matmul(k, kernel_scaled(k, q), keys, true, false);
    int mask = kernel_table(k, "mask", k->shape->seq, k->shape->seq);
    int masked = kernel_two(k, MIL_OP_ADD, scores, mask);
    return mil_build_softmax(k->b, kernel_name(k), masked, -1);
}

struct kernel_attention kernel_attention_forward(struct kernel *k, int x) {
    const struct train_shape *s = k->shape;
    int kv_dim = train_kv_dim(s), xn = kernel_norm(k, TRAIN_RMS_ATT, x);
    int q = kernel_rotated(k, kernel_linear(k, TRAIN_WQ, false, xn), s->heads, false);
    int keys = kernel_rotated(k, kernel_linear(k, TRAIN_WK, false, xn), s->kv_heads, false);
    int v = kernel_linear(k, TRAIN_WV, false, xn);
    int p = probabilities(k, q, kernel_repeated(k, keys));
    int mixed =
        kernel_matmul(k, kernel_repeated(k, kernel_heads(k, v, s->kv_heads)), p, false, true);
    int att = kernel_flat(k, mixed, s->dim);
    struct kernel_attention a = {.v = v, .att = att, .xn = xn};
    a.o = kernel_linear(k, TRAIN_WO, false, att);
    a.q = kernel_flat(k, q, s->dim);
    a.k = kernel_flat(k, keys, kv_dim);
    return a;
}

void kernel_attention_blocks(const struct kernel_attention *a, int blocks[TRAIN_N_ATTN_BLOCKS]) {
    blocks[TRAIN_O] = a->o;
    blocks[TRAIN_Q] = a->q;
    blocks[TRAIN_K] = a->k;
    blocks[TRAIN_V] = a->v;
    blocks[TRAIN_ATT] = a->att;
    blocks[TRAIN_XN] = a->xn;
}

void kernel_fwd_attn(struct kernel *k) {
    struct kernel_attention a = kernel_attention_forward(k, kernel_block(k, 0));
    int all[TRAIN_N_ATTN_BLOCKS];
    kernel_attention_blocks(&a, all);
    kernel_output(k, all, TRAIN_N_ATTN_BLOCKS);
}

/* Gradients of values, probabilities and scores before softmax's own, from those of o. */
struct first_half {
    int dv, p, dp; /* dv [1,kv_dim,1,seq]; the others by heads */
};

static struct first_half backward_first(struct kernel *k, int q, int keys, int v, int d_o) {
    const struct train_shape *s = k->shape;
    int da = kernel_heads(k, kernel_linear(k, TRAIN_WO, true, d_o), s->heads);
    int p = probabilities(k, q, kernel_repeated(k, keys));
    int dv = summed(k, kernel_matmul(k, da, p, false, false));
    int dp = kernel_matmul(k, da, kernel_repeated(k, v), true, false);
    return (struct first_half){kernel_flat(k, dv, train_kv_dim(s)), p, dp};
}

/* dS = P (dP - sum(P dP)) / sqrt(head_dim), then queries and keys, with the rotation undone. */
static void backward_second(struct kernel *k, int p, int dp, int q, int keys, int *dq, int *dk) {
    const struct train_shape *s = k->shape;
    int product = kernel_two(k, MIL_OP_MUL, p, dp);
    int sum = mil_build_reduce(k->b, MIL_OP_REDUCE_SUM, kernel_name(k), product, -1);
    int ds = kernel_scaled(k, kernel_two(k, MIL_OP_MUL, p, kernel_two(k, MIL_OP_SUB, dp, sum)));
    int turned_q = kernel_matmul(k, kernel_repeated(k, keys), ds, false, true);
    int turned_k = summed(k, kernel_matmul(k, q, ds, false, false));
    *dq = kernel_flat(k, kernel_rotated(k, turned_q, s->heads, true), s->dim);
    *dk = kernel_flat(k, kernel_rotated(k, turned_k, s->kv_heads, true), train_kv_dim(s));
}

static int backward_projections(struct kernel *k, int dq, int dk, int dv) {
    int dxn = kernel_linear(k, TRAIN_WQ, true, dq);
    dxn = kernel_two(k, MIL_OP_ADD, dxn, kernel_linear(k, TRAIN_WK, true, dk));
    return kernel_two(k, MIL_OP_ADD, dxn, kernel_linear(k, TRAIN_WV, true, dv));
}

void kernel_sdpa_bwd1(struct kernel *k) {
    const struct train_shape *s = k->shape;
    int q = kernel_heads(k, kernel_block(k, 0), s->heads);
    int keys = kernel_heads(k, kernel_block(k, 1), s->kv_heads);
    int v = kernel_heads(k, kernel_block(k, 2), s->kv_heads);
    struct first_half first = backward_first(k, q, keys, v, kernel_block(k, 3));
    int p = kernel_flat(k, first.p, s->heads * s->seq),
        dp = kernel_flat(k, first.dp, s->heads * s->seq);
    const int all[] = {first.dv, p, dp};
    kernel_output(k, all, 3);
}

void kernel_sdpa_bwd2(struct kernel *k) {
    const struct train_shape *s = k->shape;
    int p = kernel_shaped(k, kernel_block(k, 0), s->heads, s->seq, s->seq);
    int dp = kernel_shaped(k, kernel_block(k, 1), s->heads, s->seq, s->seq);
    int q = kernel_heads(k, kernel_block(k, 2), s->heads);
    int keys = kernel_heads(k, kernel_block(k, 3), s->kv_heads), all[2];
    backward_second(k, p, dp, q, keys, &all[0], &all[1]);
    kernel_output(k, all, 2);
}

void kernel_qkv_bwd(struct kernel *k) {
    int dv = kernel_block(k, 2), dk = kernel_block(k, 1), dq = kernel_block(k, 0);
    int dxn = backward_projections(k, dq, dk, dv);
    kernel_output(k, &dxn, 1);
}

void kernel_attn_bwd(struct kernel *k) {
    const struct train_shape *s = k->shape;
    int q = kernel_heads(k, kernel_block(k, 0), s->heads);
    int keys = kernel_heads(k, kernel_block(k, 1), s->kv_heads);
    int v = kernel_heads(k, kernel_block(k, 2), s->kv_heads), all[4];
    struct first_half first = backward_first(k, q, keys, v, kernel_block(k, 3));
    backward_second(k, first.p, first.dp, q, keys, &all[0], &all[1]);
    all[2] = first.dv;
    all[3] = backward_projections(k, all[0], all[1], all[2]);
    kernel_output(k, all, 4);
}
