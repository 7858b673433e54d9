/* SPDX-License-Identifier: MIT
 *
 * The limit on a process's programs, and whether a way of updating weights fits: checked before
 * anything is compiled, naming what would fit instead.
 *
 * What runs out on the engine is disputed: compiles in the life of the process (119 measured on M3
 * Pro by libane, 119 to 132 claimed by maderix/ANE#23 for M4) or programs loaded at once (128 on M5
 * Pro, sbryngelson/ANEForge). Until a probe has decided, the stricter reading is assumed.
 */
#ifndef ANEPROBE_TRAIN_BUDGET_H
#define ANEPROBE_TRAIN_BUDGET_H

#include "device/device.h"
#include "train/kernel/cut.h"

/* How new weights reach the device. */
enum train_way {
    TRAIN_SYNC,    /* compile, wait, continue */
    TRAIN_DOUBLE,  /* compile a snapshot in the background, swap at a batch boundary */
    TRAIN_RELOAD,  /* rewrite the weights on disk, unload, load */
    TRAIN_MAPPED,  /* write into the loaded programs' weights, synchronise */
    TRAIN_DYNAMIC, /* weights are inputs: nothing is recompiled */
    TRAIN_WAYS
};
extern const char *const train_way_names[TRAIN_WAYS];

enum train_limit_kind { TRAIN_LIMIT_NONE, TRAIN_LIMIT_COMPILES, TRAIN_LIMIT_LOADED };
struct train_limit {
    enum train_limit_kind kind;
    int value;
    const char *from; /* its source, a word or a few: "measured", "assumed", ... */
};

/* Where this way keeps its weights. */
enum train_weights_place train_way_place(enum train_way way);

/* "none", "compiles:119", "loaded:128"; a number alone counts compiles. False: anything else. */
bool train_limit_parse(const char *text, struct train_limit *out);
/* The device's own limit (a simulated one), the one assumed for `ane`, or none. A simulated limit
 * on bytes counts as none here: it shows when it is reached. */
struct train_limit train_limit_of(struct device *device);

struct train_budget {
    struct train_limit limit;
    enum train_way way;
    enum train_cut cut;
    struct train_program_counts counts; /* of this way and cut */
};

/* Whether the compiles of one whole set, first or next, still fit after `compiles` of them. */
bool train_budget_has_room(const struct train_budget *budget, int compiles);

/* Whether this way can work at all. If true, `words` says what it depends on ("" when nothing):
 * restarts, swapping one by one. If false, why not, and what would fit. */
bool train_budget_check(struct train_budget *budget, const struct train_shape *shape,
    enum train_way way, enum train_cut cut, struct train_limit limit, char *words,
    size_t words_bytes);

#endif
