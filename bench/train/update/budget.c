/* SPDX-License-Identifier: MIT */
#include "train/update/budget.h"

#include "base/number.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const train_way_names[TRAIN_WAYS] = {"sync", "double", "reload", "mapped", "dynamic"};

/* libane's count; the lower end of maderix/ANE#23's. */
enum { ANE_COMPILES = 119 };

bool train_limit_parse(const char *text, struct train_limit *out) {
    static const struct {
        const char *prefix;
        enum train_limit_kind kind;
    } kinds[] = {{"compiles:", TRAIN_LIMIT_COMPILES}, {"loaded:", TRAIN_LIMIT_LOADED},
        {"", TRAIN_LIMIT_COMPILES}};
    *out = (struct train_limit){.kind = TRAIN_LIMIT_NONE, .from = "as given"};
    if (strcmp(text, "none") == 0)
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t length = strlen(kinds[i].prefix);
        uint64_t value;
        if (strncmp(text, kinds[i].prefix, length) == 0 &&
            number_whole(text + length, 1, 999999999, &value)) {
            out->kind = kinds[i].kind;
            out->value = (int)value;
            return true;
        }
    }
    return false;
}

struct limit_words {
    char kind[16], value[32];
};

static void limit_read(void *context, const char *key, const char *value) {
    struct limit_words *words = context;
    if (strcmp(key, "sim_limit_kind") == 0)
        snprintf(words->kind, sizeof words->kind, "%s", value);
    if (strcmp(key, "sim_limit_value") == 0)
        snprintf(words->value, sizeof words->value, "%s", value);
}

struct train_limit train_limit_of(struct device *device) {
    struct limit_words words = {"", ""};
    if (strcmp(device_kind(device), "ane") == 0)
        return (struct train_limit){TRAIN_LIMIT_COMPILES, ANE_COMPILES, "assumed"};
    device_properties(device, limit_read, &words);
    const double value = strtod(words.value, NULL);
    struct train_limit limit = {TRAIN_LIMIT_NONE, 0, "the device's"};
    if (strcmp(words.kind, "compiles") == 0)
        limit.kind = TRAIN_LIMIT_COMPILES;
    else if (strcmp(words.kind, "loaded") == 0)
        limit.kind = TRAIN_LIMIT_LOADED;
    if (limit.kind != TRAIN_LIMIT_NONE)
        limit.value = value < INT_MAX ? (int)value : INT_MAX;
    return limit;
}

bool train_budget_has_room(const struct train_budget *budget, int compiles) {
    return budget->limit.kind != TRAIN_LIMIT_COMPILES ||
           compiles + budget->counts.per_set <= budget->limit.value;
}

enum train_weights_place train_way_place(enum train_way way) {
    return way == TRAIN_DYNAMIC ? TRAIN_WEIGHTS_INPUT : TRAIN_WEIGHTS_BAKED;
}

/* The number of sets that a process must compile to be useful. */
static int sets_needed(enum train_way way) {
    return way == TRAIN_DOUBLE ? 2 : way == TRAIN_DYNAMIC ? 0 : 1;
}

static bool fits(const struct train_program_counts *counts, int n_sets, struct train_limit limit) {
    return limit.kind == TRAIN_LIMIT_NONE ||
           counts->shared + n_sets * counts->per_set <= limit.value;
}

/* Lists other ways that fit, when the requested one does not. */
static void remedies_add(const struct train_budget *b, const struct train_shape *shape, char *words,
    size_t words_bytes) {
    size_t at = strlen(words);
    const char *joint = "; what would fit: ";
    const struct train_program_counts fused =
        train_program_counts(shape, TRAIN_CUT_THREE, train_way_place(b->way));
    if (b->cut != TRAIN_CUT_THREE && fits(&fused, sets_needed(b->way), b->limit)) {
        at += (size_t)snprintf(words + at, words_bytes - at,
            "%s--cut three (%d programs per set instead of %d)", joint, fused.per_set,
            b->counts.per_set);
        joint = ", ";
    }
    const struct train_program_counts baked =
        train_program_counts(shape, b->cut, TRAIN_WEIGHTS_BAKED);
    if (b->way == TRAIN_DOUBLE && at < words_bytes && fits(&baked, 1, b->limit)) {
        at += (size_t)snprintf(
            words + at, words_bytes - at, "%s--update sync with a restart at every update", joint);
        joint = ", ";
    }
    const struct train_program_counts dynamic =
        train_program_counts(shape, b->cut, TRAIN_WEIGHTS_INPUT);
    if (b->way != TRAIN_DYNAMIC && at < words_bytes && fits(&dynamic, 0, b->limit)) {
        at += (size_t)snprintf(words + at, words_bytes - at,
            "%s--update dynamic (%d programs, none recompiled)", joint, dynamic.shared);
        joint = ", ";
    }
    if (at < words_bytes)
        snprintf(words + at, words_bytes - at, "%sfewer layers%s", joint,
            b->way == TRAIN_DOUBLE && b->limit.kind == TRAIN_LIMIT_COMPILES
                ? "; if loaded programs are what runs out (--limit loaded:N), sets are swapped "
                  "program by program and one set is enough"
                : "");
}

static bool refuse(
    struct train_budget *b, const struct train_shape *shape, char *words, size_t words_bytes) {
    const int one = b->counts.shared + b->counts.per_set;
    const char *what =
        b->limit.kind == TRAIN_LIMIT_COMPILES ? "compiles in a process" : "programs loaded at once";
    if (b->way == TRAIN_DOUBLE && fits(&b->counts, 1, b->limit))
        snprintf(words, words_bytes,
            "double needs %d + %d = %d programs but the limit is %d %s (%s): the second set would "
            "fail at its program %d",
            one, b->counts.per_set, one + b->counts.per_set, b->limit.value, what, b->limit.from,
            b->limit.value - one + 1);
    else
        snprintf(words, words_bytes, "%s needs %d programs but the limit is %d %s (%s)",
            train_way_names[b->way], one, b->limit.value, what, b->limit.from);
    remedies_add(b, shape, words, words_bytes);
    return false;
}

bool train_budget_check(struct train_budget *budget, const struct train_shape *shape,
    enum train_way way, enum train_cut cut, struct train_limit limit, char *words,
    size_t words_bytes) {
    *budget = (struct train_budget){.limit = limit,
        .way = way,
        .cut = cut,
        .counts = train_program_counts(shape, cut, train_way_place(way))};
    const int one = budget->counts.shared + budget->counts.per_set, more = budget->counts.per_set;
    words[0] = '\0';
    switch (limit.kind) {
    case TRAIN_LIMIT_NONE:
        break;
    case TRAIN_LIMIT_COMPILES:
        if (!fits(&budget->counts, sets_needed(way), limit))
            return refuse(budget, shape, words, words_bytes);
        if (way == TRAIN_SYNC || way == TRAIN_DOUBLE)
            snprintf(words, words_bytes,
                "the limit is %d compiles in a process (%s), a set takes %d and an update %d more: "
                "a restart every %d updates",
                limit.value, limit.from, one, more, (limit.value - one) / more + 1);
        break;
    case TRAIN_LIMIT_LOADED:
        if (one > limit.value)
            return refuse(budget, shape, words, words_bytes);
        if (way == TRAIN_DOUBLE && one + more > limit.value)
            snprintf(words, words_bytes,
                "both sets loaded at once would be %d programs but the limit is %d (%s): they are "
                "swapped one by one",
                one + more, limit.value, limit.from);
        break;
    }
    return true;
}
