/* SPDX-License-Identifier: MIT
 *
 * The feed-forward network, W2 (silu(W1 x) * W3 x), forward and backward. silu is built from
 * sigmoid, which works in every source.
 */
#include "train/kernel/kernel_build.h"

struct kernel_ffn kernel_ffn_forward(struct kernel *k, int x) {
    struct kernel_ffn f = {.xn = kernel_norm(k, TRAIN_RMS_FFN, x)};
    f.h1 = kernel_linear(k, TRAIN_W1, false, f.xn);
    f.h3 = kernel_linear(k, TRAIN_W3, false, f.xn);
    int sigmoid = mil_build_unary(k->b, MIL_OP_SIGMOID, kernel_name(k), f.h1);
    f.gate = kernel_two(k, MIL_OP_MUL, kernel_two(k, MIL_OP_MUL, f.h1, sigmoid), f.h3);
    f.y = kernel_linear(k, TRAIN_W2, false, f.gate);
    return f;
}

void kernel_ffn_blocks(const struct kernel_ffn *f, int blocks[TRAIN_N_FFN_BLOCKS]) {
    blocks[TRAIN_Y] = f->y;
    blocks[TRAIN_H1] = f->h1;
    blocks[TRAIN_H3] = f->h3;
    blocks[TRAIN_GATE] = f->gate;
    blocks[TRAIN_XN2] = f->xn;
}

void kernel_fwd_ffn(struct kernel *k) {
    struct kernel_ffn f = kernel_ffn_forward(k, kernel_block(k, 0));
    int all[TRAIN_N_FFN_BLOCKS];
    kernel_ffn_blocks(&f, all);
    kernel_output(k, all, TRAIN_N_FFN_BLOCKS);
}

/* With s = sigmoid(h1) and d = W2^T dy: dh3 = d h1 s, dh1 = d h3 s (1 + h1 (1 - s)). */
void kernel_ffn_bwd(struct kernel *k) {
    int d = kernel_linear(k, TRAIN_W2, true, kernel_block(k, 0));
    int h1 = kernel_block(k, 1), h3 = kernel_block(k, 2), one = kernel_scalar(k, 1);
    int s = mil_build_unary(k->b, MIL_OP_SIGMOID, kernel_name(k), h1);
    int rest = kernel_two(k, MIL_OP_MUL, h1, kernel_two(k, MIL_OP_SUB, one, s));
    int slope = kernel_two(k, MIL_OP_MUL, s, kernel_two(k, MIL_OP_ADD, one, rest));
    int dh1 = kernel_two(k, MIL_OP_MUL, kernel_two(k, MIL_OP_MUL, d, h3), slope);
    int dh3 = kernel_two(k, MIL_OP_MUL, d, kernel_two(k, MIL_OP_MUL, h1, s));
    int from_h3 = kernel_linear(k, TRAIN_W3, true, dh3);
    int from_h1 = kernel_linear(k, TRAIN_W1, true, dh1);
    int dxn = kernel_two(k, MIL_OP_ADD, from_h1, from_h3);
    const int all[] = {dxn, dh1, dh3};
    kernel_output(k, all, 3);
}
