/* SPDX-License-Identifier: MIT
 *
 * The programs that train one layer, as MIL: fp16, one input and one output surface each, including
 * rotary embedding and RMSNorm. The text depends only on the shape: all layers, versions of the
 * weights and devices use the same text with different weight files.
 *
 * Divided as in the public Stories110M trainers (maderix/ANE training/stories_mil.h), or fused into
 * three per layer, so that a model needs fewer programs. A surface holds blocks, each a
 * [rows][columns] matrix; activations and gradients are [channels][seq].
 *
 *   kind        input blocks            output blocks                        weights
 *   fwd_attn    x                       o q k v att xn                       wq wk wv wo rms_att
 *   fwd_ffn     x2                      y h1 h3 gate xn2                     w1 w2 w3 rms_ffn
 *   ffn_bwd     dy h1 h3                dxn2 dh1 dh3                         w1 w2 w3, transposed
 *   sdpa_bwd1   q k v do                dv p dp                              wo, transposed
 *   sdpa_bwd2   p dp q k                dq dk                                none
 *   qkv_bwd     dq dk dv                dxn                                  wq wk wv, transposed
 *   fwd_layer   x                       o q k v att xn, y h1 h3 gate xn2     all of the layer
 *   attn_bwd    q k v do                dq dk dv dxn                         wq wk wv wo, transposed
 *
 * o and y are added to the residual stream; xn, xn2 are normalised, with the norm's weights
 * applied; q and k are rotated, dq and dk rotated back (gradients of the projections' outputs);
 * gate is silu(h1) h3; do is the gradient of o.
 *
 * With baked weights, blocks follow each other along the channels, and weights are constants in
 * files. With weights as input, blocks and weights are side by side along the last axis, and one
 * program serves every layer.
 */
#ifndef ANEPROBE_TRAIN_KERNELS_H
#define ANEPROBE_TRAIN_KERNELS_H

#include "mil/blob.h"
#include "mil/mil.h"
#include "train/model/parameters.h"

enum train_kind {
    TRAIN_FWD_ATTN,
    TRAIN_FWD_FFN,
    TRAIN_FFN_BWD,
    TRAIN_SDPA_BWD1,
    TRAIN_SDPA_BWD2,
    TRAIN_QKV_BWD,
    TRAIN_FWD_LAYER, /* fwd_attn, residual, fwd_ffn */
    TRAIN_ATTN_BWD,  /* sdpa_bwd1, sdpa_bwd2, qkv_bwd */
    TRAIN_N_KINDS
};
const char *train_kind_name(enum train_kind kind); /* "fwd_attn" */

/* Output blocks of fwd_attn and of fwd_ffn, in the order of the table above; fwd_layer has
 * attention's first. */
enum { TRAIN_O, TRAIN_Q, TRAIN_K, TRAIN_V, TRAIN_ATT, TRAIN_XN, TRAIN_N_ATTN_BLOCKS };
enum { TRAIN_Y, TRAIN_H1, TRAIN_H3, TRAIN_GATE, TRAIN_XN2, TRAIN_N_FFN_BLOCKS };

enum train_weights_place {
    TRAIN_WEIGHTS_BAKED, /* constants of the program: changed by compiling */
    TRAIN_WEIGHTS_INPUT  /* part of the input surface: changed by writing */
};

/* A matrix in a surface of [1, C, 1, S]: rows first_row.. of the channels, columns first_column..
 * of the last axis. */
struct train_block {
    int32_t rows, columns, first_row, first_column;
};

/* Inputs and outputs, in the order of the table above. */
enum { TRAIN_BLOCKS_MAX = 11, TRAIN_WEIGHTS_MAX = 9 };
struct train_layout {
    struct mil_type input, output;
    struct train_block in[TRAIN_BLOCKS_MAX], out[TRAIN_BLOCKS_MAX];
    int n_in, n_out;
    /* The layer's tensors in the program, and whether they are transposed. */
    struct {
        enum train_tensor tensor;
        bool transposed;
        struct train_block block; /* weights as input: the place in the input surface */
    } weights[TRAIN_WEIGHTS_MAX];
    int n_weights;
};
void train_layout_make(const struct train_shape *shape, enum train_kind kind,
    enum train_weights_place place, struct train_layout *out);

/* The MIL text, to free(); NULL and *error when out of memory or the shape is not possible. */
char *train_kernel_text(const struct train_shape *shape, enum train_kind kind,
    enum train_weights_place place, size_t *bytes, struct mil_error *error);

/* A layer's weights in fp16, as a snapshot holds them: TRAIN_LAYER_TENSORS pointers. */
struct train_layer_weights {
    const uint16_t *tensor[TRAIN_LAYER_TENSORS];
};

/* The weight files that go with the text: one for each weight ("@model_path/weights/wq.bin"; a
 * transposed one is wq_t.bin), and the tables that hold no parameters (mask.bin, cos.bin,
 * sin.bin). `layer` is not read when the program has no weights baked in. Returns 0 and files to
 * release with train_kernel_files_free, or -1 when out of memory. */
enum { TRAIN_BLOB_OFFSET = 64 }; /* of the one blob in each file */
struct train_kernel_files {
    struct mil_blob_file files[TRAIN_WEIGHTS_MAX + 3];
    int n_files;
};
int train_kernel_files_make(const struct train_shape *shape, enum train_kind kind,
    enum train_weights_place place, const struct train_layer_weights *layer,
    struct train_kernel_files *out);
void train_kernel_files_free(struct train_kernel_files *files);

/* to[columns][rows] = from[rows][columns] transposed. */
void train_transpose16(uint16_t *to, const uint16_t *from, size_t rows, size_t columns);

#endif
