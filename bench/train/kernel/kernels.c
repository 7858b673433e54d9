/* SPDX-License-Identifier: MIT
 *
 * The blocks and weights of each program, their places, and the text.
 */
#include "train/kernel/kernels.h"

#include "mil/build/build.h"
#include "train/kernel/kernel_build.h"

static void fwd_layer(struct kernel *k) {
    int x = kernel_block(k, 0);
    struct kernel_attention a = kernel_attention_forward(k, x);
    struct kernel_ffn f = kernel_ffn_forward(k, kernel_two(k, MIL_OP_ADD, x, a.o));
    int all[TRAIN_N_ATTN_BLOCKS + TRAIN_N_FFN_BLOCKS];
    kernel_attention_blocks(&a, all);
    kernel_ffn_blocks(&f, all + TRAIN_N_ATTN_BLOCKS);
    kernel_output(k, all, TRAIN_N_ATTN_BLOCKS + TRAIN_N_FFN_BLOCKS);
}

/* The size of the shape that gives a block's channels. */
enum channels { END, DIM, KV, HIDDEN, SCORES };

struct kind {
    const char *name;
    void (*build)(struct kernel *k);
    enum channels in[TRAIN_BLOCKS_MAX + 1], out[TRAIN_BLOCKS_MAX + 1]; /* up to END */
    int n_weights;
    enum train_tensor weights[TRAIN_WEIGHTS_MAX];
    bool backward; /* matrices transposed */
};

static const struct kind kinds[TRAIN_N_KINDS] = {
    [TRAIN_FWD_ATTN] = {"fwd_attn", kernel_fwd_attn, {DIM}, {DIM, DIM, KV, KV, DIM, DIM}, 5,
        {TRAIN_WQ, TRAIN_WK, TRAIN_WV, TRAIN_WO, TRAIN_RMS_ATT}, false},
    [TRAIN_FWD_FFN] = {"fwd_ffn", kernel_fwd_ffn, {DIM}, {DIM, HIDDEN, HIDDEN, HIDDEN, DIM}, 4,
        {TRAIN_W1, TRAIN_W2, TRAIN_W3, TRAIN_RMS_FFN}, false},
    [TRAIN_FFN_BWD] = {"ffn_bwd", kernel_ffn_bwd, {DIM, HIDDEN, HIDDEN}, {DIM, HIDDEN, HIDDEN}, 3,
        {TRAIN_W1, TRAIN_W2, TRAIN_W3}, true},
    [TRAIN_SDPA_BWD1] = {"sdpa_bwd1", kernel_sdpa_bwd1, {DIM, KV, KV, DIM}, {KV, SCORES, SCORES}, 1,
        {TRAIN_WO}, true},
    [TRAIN_SDPA_BWD2] = {"sdpa_bwd2", kernel_sdpa_bwd2, {SCORES, SCORES, DIM, KV}, {DIM, KV}, 0,
        {0}, true},
    [TRAIN_QKV_BWD] = {"qkv_bwd", kernel_qkv_bwd, {DIM, KV, KV}, {DIM}, 3,
        {TRAIN_WQ, TRAIN_WK, TRAIN_WV}, true},
    [TRAIN_FWD_LAYER] = {"fwd_layer", fwd_layer, {DIM},
        {DIM, DIM, KV, KV, DIM, DIM, DIM, HIDDEN, HIDDEN, HIDDEN, DIM}, 9,
        {TRAIN_WQ, TRAIN_WK, TRAIN_WV, TRAIN_WO, TRAIN_RMS_ATT, TRAIN_W1, TRAIN_W2, TRAIN_W3,
            TRAIN_RMS_FFN},
        false},
    [TRAIN_ATTN_BWD] = {"attn_bwd", kernel_attn_bwd, {DIM, KV, KV, DIM}, {DIM, KV, KV, DIM}, 4,
        {TRAIN_WQ, TRAIN_WK, TRAIN_WV, TRAIN_WO}, true},
};

const char *train_kind_name(enum train_kind kind) {
    return kinds[kind].name;
}

static int32_t channels_of(const struct train_shape *s, enum channels channels) {
    switch (channels) {
    case DIM:
        return s->dim;
    case KV:
        return train_kv_dim(s);
    case HIDDEN:
        return s->hidden;
    default:
        return s->heads * s->seq;
    }
}

static bool is_norm(enum train_tensor tensor) {
    return tensor >= TRAIN_N_MATRICES;
}

/* Blocks of seq columns, one below the other; returns their number. */
static int blocks_stack(const struct train_shape *s, const enum channels *list,
    struct train_block *blocks, struct mil_type *type) {
    int n = 0;
    int32_t row = 0;
    for (; list[n] != END; n++) {
        blocks[n] = (struct train_block){channels_of(s, list[n]), s->seq, row, 0};
        row += blocks[n].rows;
    }
    *type = mil_tensor4(MIL_FP16, 1, row, 1, s->seq);
    return n;
}

/* Adds a block to the right of the others. */
static void block_place(struct train_block *block, int32_t *rows, int32_t *column) {
    block->first_row = 0;
    block->first_column = *column;
    *rows = block->rows > *rows ? block->rows : *rows;
    *column += block->columns;
}

/* Blocks and weights side by side. w2 is kept transposed, so that all three matrices of the
 * feed-forward network have `hidden` rows. Rows of the surface are whole 64 bytes. */
static void blocks_side_by_side(const struct train_shape *s, struct train_layout *layout) {
    int32_t rows = 0, column = 0;
    for (int i = 0; i < layout->n_in; i++)
        block_place(&layout->in[i], &rows, &column);
    for (int i = 0; i < layout->n_weights; i++) {
        enum train_tensor tensor = layout->weights[i].tensor;
        struct train_extent e = train_tensor_extent(s, tensor);
        bool turn = tensor == TRAIN_W2 || is_norm(tensor);
        layout->weights[i].transposed = turn;
        layout->weights[i].block =
            (struct train_block){turn ? e.columns : e.rows, turn ? e.rows : e.columns, 0, 0};
        block_place(&layout->weights[i].block, &rows, &column);
    }
    layout->input = mil_tensor4(MIL_FP16, 1, rows, 1, (int64_t)((column + 31) / 32) * 32);
}

void train_layout_make(const struct train_shape *shape, enum train_kind kind,
    enum train_weights_place place, struct train_layout *out) {
    const struct kind *spec = &kinds[kind];
    *out = (struct train_layout){.n_weights = spec->n_weights};
    out->n_in = blocks_stack(shape, spec->in, out->in, &out->input);
    out->n_out = blocks_stack(shape, spec->out, out->out, &out->output);
    for (int i = 0; i < spec->n_weights; i++) {
        out->weights[i].tensor = spec->weights[i];
        out->weights[i].transposed = spec->backward;
    }
    if (place == TRAIN_WEIGHTS_INPUT && spec->n_weights > 0)
        blocks_side_by_side(shape, out);
}

char *train_kernel_text(const struct train_shape *shape, enum train_kind kind,
    enum train_weights_place place, size_t *bytes, struct mil_error *error) {
    /* weights as inputs need ios17 (maderix/ANE PR 35, M5) */
    bool in_input = place == TRAIN_WEIGHTS_INPUT && kinds[kind].n_weights > 0;
    struct kernel k = {.b = mil_builder_new(in_input ? MIL_HEADER_IOS17 : MIL_HEADER_IOS18),
        .shape = shape,
        .place = place,
        .epsilon = TRAIN_NORM_EPSILON,
        .cos = -1,
        .sin = -1};
    struct mil_program *program;
    char *text = NULL;
    train_layout_make(shape, kind, place, &k.layout);
    mil_build_function(k.b, "main");
    k.input = mil_build_input(k.b, "x", k.layout.input);
    kinds[kind].build(&k);
    program = mil_builder_finish(k.b, error);
    if (!program)
        return NULL;
    text = mil_print(program, bytes);
    mil_program_free(program);
    if (!text)
        *error = (struct mil_error){.text = "out of memory"};
    return text;
}
