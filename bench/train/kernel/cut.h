/* SPDX-License-Identifier: MIT
 *
 * The programs a model is divided into, and their number.
 */
#ifndef ANEPROBE_TRAIN_CUT_H
#define ANEPROBE_TRAIN_CUT_H

#include "train/kernel/kernels.h"

enum train_cut {
    TRAIN_CUT_SIX,  /* fwd_attn fwd_ffn ffn_bwd sdpa_bwd1 sdpa_bwd2 qkv_bwd */
    TRAIN_CUT_THREE /* fwd_layer ffn_bwd attn_bwd */
};

/* The kinds that a cut uses, in the order of their first use. The first n_forward are the forward
 * pass. */
struct train_kinds {
    enum train_kind list[TRAIN_N_KINDS];
    int n, n_forward;
};
struct train_kinds train_cut_kinds(enum train_cut cut);

/* Whether one program of the kind serves all layers and versions of the weights. */
bool train_kind_is_shared(enum train_weights_place place, enum train_kind kind);

/* The number of programs that live as long as the process, and the number added by each version of
 * the weights. */
struct train_program_counts {
    int shared, per_set;
};
struct train_program_counts train_program_counts(
    const struct train_shape *shape, enum train_cut cut, enum train_weights_place place);

/* Weights of one version's programs in MB of 2^20 bytes: each matrix of a layer in fp16, forward
 * and, transposed, backward. Norms and tables are negligible. */
double train_set_weight_mb(const struct train_shape *shape);

#endif
