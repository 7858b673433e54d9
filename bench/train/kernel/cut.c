/* SPDX-License-Identifier: MIT */
#include "train/kernel/cut.h"

struct train_kinds train_cut_kinds(enum train_cut cut) {
    if (cut == TRAIN_CUT_THREE)
        return (struct train_kinds){{TRAIN_FWD_LAYER, TRAIN_FFN_BWD, TRAIN_ATTN_BWD}, 3, 1};
    return (struct train_kinds){{TRAIN_FWD_ATTN, TRAIN_FWD_FFN, TRAIN_FFN_BWD, TRAIN_SDPA_BWD1,
                                    TRAIN_SDPA_BWD2, TRAIN_QKV_BWD},
        6, 2};
}

bool train_kind_is_shared(enum train_weights_place place, enum train_kind kind) {
    return place == TRAIN_WEIGHTS_INPUT || kind == TRAIN_SDPA_BWD2;
}

struct train_program_counts train_program_counts(
    const struct train_shape *shape, enum train_cut cut, enum train_weights_place place) {
    struct train_kinds kinds = train_cut_kinds(cut);
    struct train_program_counts counts = {0, 0};
    for (int i = 0; i < kinds.n; i++) {
        if (train_kind_is_shared(place, kinds.list[i]))
            counts.shared++;
        else
            counts.per_set += shape->layers;
    }
    return counts;
}

double train_set_weight_mb(const struct train_shape *shape) {
    double elements = 0;
    for (int tensor = 0; tensor < TRAIN_N_MATRICES; tensor++)
        elements += (double)train_tensor_elements(shape, (enum train_tensor)tensor);
    return 2 * sizeof(uint16_t) * elements * shape->layers / (1 << 20);
}
