/* SPDX-License-Identifier: MIT
 *
 * Building blocks of programs that hold layers of a model, for training and for generation. Values
 * are the builder's numbers, -1 after an error, which the builder keeps.
 */
#ifndef ANEPROBE_TRAIN_KERNEL_BUILD_H
#define ANEPROBE_TRAIN_KERNEL_BUILD_H

#include "mil/build/build.h"
#include "train/kernel/kernels.h"

/* The function being built. */
struct kernel {
    struct mil_builder *b;
    const struct train_shape *shape;
    struct train_layout layout;
    enum train_weights_place place;
    enum mil_dtype dtype; /* of its constants, and so of all its numbers: fp16 or fp32 */
    double epsilon;       /* of the norms */
    int input;            /* the surface */
    int cos, sin;         /* rotation tables, -1 until one is needed */
    /* NULL: a layer's weights are in its files, or in the input. Else makes the value of a tensor,
     * [rows,columns,1,1], in any storage and with more rows of zeros if it likes. */
    int (*weight)(struct kernel *k, enum train_tensor tensor);
    void *context; /* of `weight` */
    int n_names;
    char name[24];
};

const char *kernel_name(struct kernel *k); /* the next of v0, v1, ...; valid until the next call */
int kernel_scalar(struct kernel *k, double value);
int kernel_two(struct kernel *k, enum mil_opcode code, int x, int y);
int kernel_shaped(struct kernel *k, int x, int c, int h, int w); /* [1,c,h,w] */
/* Elements first..first+n-1 of one axis. */
int kernel_part(struct kernel *k, int x, int axis, int first, int n);
int kernel_table(struct kernel *k, const char *file, int h, int w); /* [1,1,h,w], from its file */

/* Block i of the input, as [1,rows,1,columns]. */
int kernel_block(struct kernel *k, int i);
/* W x, or with `transposed` W^T x; x and the result are [1,channels,1,seq]. */
int kernel_linear(struct kernel *k, enum train_tensor tensor, bool transposed, int x);
/* RMSNorm over the channels, weights of the norm applied. */
int kernel_norm(struct kernel *k, enum train_tensor tensor, int x);
/* The values, [1,channels,1,seq] each, one below the other are the function's output. */
void kernel_output(struct kernel *k, const int *values, int n);

/* Parts of attention. Heads are [1,heads,head_dim,positions]. */
int kernel_heads(struct kernel *k, int x, int n);
int kernel_flat(struct kernel *k, int x, int channels); /* back to [1,channels,1,seq] */
int kernel_matmul(struct kernel *k, int x, int y, bool turn_x, bool turn_y);
/* Keys or values of any number of positions, repeated for each query head of their group. */
int kernel_repeated(struct kernel *k, int x);
/* Rotary embedding of n heads, or with `back` its inverse; [1,channels,1,seq] or heads. */
int kernel_rotated(struct kernel *k, int x, int n, bool back);
int kernel_scaled(struct kernel *k, int x); /* divided by sqrt(head_dim) */

/* Parts of a layer; used alone and fused. */
struct kernel_attention {
    int o, q, k, v, att, xn; /* [1,channels,1,seq] */
};
struct kernel_attention kernel_attention_forward(struct kernel *k, int x);
void kernel_attention_blocks(const struct kernel_attention *a, int blocks[TRAIN_N_ATTN_BLOCKS]);

struct kernel_ffn {
    int y, h1, h3, gate, xn;
};
struct kernel_ffn kernel_ffn_forward(struct kernel *k, int x);
void kernel_ffn_blocks(const struct kernel_ffn *f, int blocks[TRAIN_N_FFN_BLOCKS]);

/* One program each. */
void kernel_fwd_attn(struct kernel *k);
void kernel_sdpa_bwd1(struct kernel *k);
void kernel_sdpa_bwd2(struct kernel *k);
void kernel_qkv_bwd(struct kernel *k);
void kernel_attn_bwd(struct kernel *k);
void kernel_fwd_ffn(struct kernel *k);
void kernel_ffn_bwd(struct kernel *k);

#endif
