/* SPDX-License-Identifier: MIT
 *
 * What fits into a process: Stories110M's 72 and 60 programs against the limits that are claimed.
 */
#include "train/update/budget.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct answer {
    struct train_budget budget;
    bool fits;
    char words[600];
};

static struct answer ask(
    const char *shape_text, enum train_way way, enum train_cut cut, const char *limit_text) {
    struct train_shape shape;
    struct train_limit limit;
    struct answer a;
    char why[200];
    cr_assert_eq(train_shape_parse(shape_text, &shape, why, sizeof why), 0, "%s", why);
    cr_assert(train_limit_parse(limit_text, &limit));
    a.fits = train_budget_check(&a.budget, &shape, way, cut, limit, a.words, sizeof a.words);
    return a;
}

#define SAYS(a, text) cr_assert(strstr((a).words, text), "%s", (a).words)

Test(budget, two_sets_do_not_fit_into_119_compiles) {
    struct answer a = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_SIX, "compiles:119");
    cr_assert_not(a.fits);
    const int one = a.budget.counts.shared + a.budget.counts.per_set;
    cr_assert_eq(a.budget.counts.per_set, 60);
    char place[64];
    snprintf(place, sizeof place, "would fail at its program %d", 119 - one + 1);
    SAYS(a, place);
    SAYS(a, "--update sync with a restart at every update");
    SAYS(a, "--update dynamic");
    SAYS(a, "--limit loaded:N");
}

/* One below, at, and one above what two sets need. */
Test(budget, two_sets_fit_into_exactly_their_number) {
    const struct answer none = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_SIX, "none");
    const int two = none.budget.counts.shared + 2 * none.budget.counts.per_set;
    for (int n = two - 1; n <= two + 1; n++) {
        char limit[32];
        snprintf(limit, sizeof limit, "compiles:%d", n);
        struct answer a = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_SIX, limit);
        cr_assert_eq(a.fits, n >= two, "a limit of %d", n);
    }
}

Test(budget, fused_programs_fit_where_two_sets_of_six_do_not) {
    struct answer six = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_SIX, "compiles:119");
    struct answer three = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_THREE, "compiles:119");
    cr_assert(!six.fits && three.fits);
    cr_assert_eq(three.budget.counts.per_set, 36);
    SAYS(six, "--cut three (36 programs per set instead of 60)");
}

Test(budget, sync_fits_by_restarting_at_every_update) {
    struct answer a = ask("stories110m", TRAIN_SYNC, TRAIN_CUT_SIX, "compiles:119");
    cr_assert(a.fits);
    SAYS(a, "a restart every 1 updates");
    const int one = a.budget.counts.shared + a.budget.counts.per_set;
    cr_assert(train_budget_has_room(&a.budget, 119 - 60));
    cr_assert_not(train_budget_has_room(&a.budget, 119 - 59));
    cr_assert_not(train_budget_has_room(&a.budget, one));
}

/* 6 programs for the first set, 5 for the second, 5 for the third; the third update uses weights that are
 * compiled already. */
Test(budget, restarts_are_counted_from_the_first_set_on) {
    for (enum train_way way = TRAIN_SYNC; way <= TRAIN_DOUBLE; way++) {
        struct answer a = ask("layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128", way,
            TRAIN_CUT_SIX, "compiles:20");
        cr_assert(a.fits);
        SAYS(a, "a set takes 6 and an update 5 more: a restart every 3 updates");
    }
}

Test(budget, loaded_programs_are_swapped_one_by_one) {
    struct answer a = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_SIX, "loaded:119");
    cr_assert(a.fits);
    SAYS(a, "swapped one by one");
    cr_assert(train_budget_has_room(&a.budget, 100000), "compiles are free there");
    a = ask("stories110m", TRAIN_DOUBLE, TRAIN_CUT_SIX, "loaded:50");
    cr_assert_not(a.fits);
}

Test(budget, not_even_one_set_fits) {
    for (enum train_way way = TRAIN_SYNC; way <= TRAIN_MAPPED; way++) {
        struct answer a = ask("stories110m", way, TRAIN_CUT_SIX, "30");
        cr_assert_not(a.fits);
        SAYS(a, "fewer layers");
    }
    cr_assert(ask("stories110m", TRAIN_DYNAMIC, TRAIN_CUT_SIX, "30").fits);
}

Test(budget, without_a_limit_there_is_no_message) {
    for (enum train_way way = TRAIN_SYNC; way < TRAIN_WAYS; way++) {
        struct answer a = ask("stories110m", way, TRAIN_CUT_SIX, "none");
        cr_assert(a.fits && a.words[0] == '\0');
        cr_assert(train_budget_has_room(&a.budget, 1 << 20));
    }
}

Test(budget, limits_are_read) {
    struct train_limit limit;
    cr_assert(train_limit_parse("loaded:128", &limit) && limit.kind == TRAIN_LIMIT_LOADED);
    cr_assert_eq(limit.value, 128);
    cr_assert(train_limit_parse("119", &limit) && limit.kind == TRAIN_LIMIT_COMPILES);
    static const char *const wrong[] = {"", "0", "-1", "loaded:", "loaded:x", "compiles:1.5",
        "compiles:99999999999", "bytes:3", "none:3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(train_limit_parse(wrong[i], &limit), "%s", wrong[i]);
}

/* The limit that a simulated device reports, by the keys of its sim file. */
Test(budget, the_limit_is_the_devices_own) {
    static const struct {
        const char *lines;
        struct train_limit limit;
    } cases[] = {
        {"limit_kind,compiles\nlimit_value,119\n", {TRAIN_LIMIT_COMPILES, 119, NULL}},
        {"limit_kind,loaded\nlimit_value,40\n", {TRAIN_LIMIT_LOADED, 40, NULL}},
        {"limit_kind,bytes\nlimit_value,9\n", {TRAIN_LIMIT_NONE, 0, NULL}},
        {"load_ms,2\n", {TRAIN_LIMIT_NONE, 0, NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[] = "/tmp/aneprobe-budget-XXXXXX", name[64];
        struct device *device;
        struct device_error error;
        FILE *file = fdopen(mkstemp(path), "w");
        cr_assert(file && fputs(cases[i].lines, file) >= 0 && fclose(file) == 0);
        snprintf(name, sizeof name, "sim:%s", path);
        cr_assert_eq(device_open(name, 1, &device, &error), DEVICE_OK, "%s", error.text);
        const struct train_limit limit = train_limit_of(device);
        cr_assert_eq(limit.kind, cases[i].limit.kind, "%s", cases[i].lines);
        cr_assert_eq(limit.value, cases[i].limit.value, "%d", limit.value);
        device_close(device);
        unlink(path);
    }
}
