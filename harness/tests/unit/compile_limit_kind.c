/* SPDX-License-Identifier: MIT
 *
 * What runs out, decided by where each way of making programs ends: each kind, and patterns that fit none.
 */
#include <criterion/criterion.h>

#include "compile_limit_kind.h"

#include <string.h>

/* Ended after `fits` programs; did not end within the search; has no trial. */
#define END(fits)                                                                                  \
    { true, true, fits }
#define NONE(searched)                                                                             \
    { true, false, searched }
#define MISSING                                                                                    \
    { false, false, 0 }

static const struct {
    const char *name;
    struct limit_points points; /* keep-tiny, unload-tiny, compile-only, keep-16mb */
    unsigned kinds;
    const char *says; /* part of the reason */
} patterns[] = {
    {"nothing ends", {NONE(256), NONE(256), NONE(256), NONE(256)}, LIMIT_NONE, "none up to 256"},
    {"nothing ends, few searched", {NONE(24), NONE(24), NONE(24), NONE(6)}, LIMIT_NONE, "24 tiny"},
    {"all end alike", {END(119), END(119), END(119), END(119)}, LIMIT_COMPILES, "same number"},
    {"all end nearly alike", {END(119), END(121), END(117), END(119)}, LIMIT_COMPILES, "119"},
    {"large ones not searched so far", {END(119), END(119), END(119), NONE(24)}, LIMIT_COMPILES,
        ""},
    {"only kept ones end", {END(128), NONE(256), NONE(256), END(128)}, LIMIT_LOADED, "128"},
    {"kept ones end at the last but few", {END(229), NONE(256), NONE(256), NONE(40)}, LIMIT_LOADED,
        ""},
    {"only large ones end", {NONE(256), NONE(256), NONE(256), END(30)}, LIMIT_BYTES, "30"},
    {"large end as far as tiny were tried", {NONE(24), NONE(24), NONE(24), END(24)}, LIMIT_UNCLEAR,
        "not more than 24"},
    {"a table and memory", {END(128), NONE(256), NONE(256), END(30)}, LIMIT_LOADED | LIMIT_BYTES,
        "16 MB only 30"},
    {"compiles and memory", {END(119), END(119), END(119), END(110)}, LIMIT_COMPILES | LIMIT_BYTES,
        "only 110"},
    {"a table and compiles", {END(119), END(250), END(249), END(119)},
        LIMIT_LOADED | LIMIT_COMPILES, "ended at the same count"},
    {"all three", {END(119), END(250), END(250), END(30)},
        LIMIT_LOADED | LIMIT_COMPILES | LIMIT_BYTES, "ended at the same count"},
    {"a table and compiles, nearly", {END(119), END(126), END(126), END(119)},
        LIMIT_LOADED | LIMIT_COMPILES, "ended at the same count"},
    {"large go on by less than counts differ", {END(119), END(119), END(119), NONE(122)},
        LIMIT_COMPILES, "same"},
    {"few ends are alike within two", {END(10), END(12), END(9), END(10)}, LIMIT_COMPILES, "same"},
    {"closer than counts agree", {END(119), END(124), END(124), END(119)}, LIMIT_COMPILES, "same"},
    {"later ends apart", {END(119), END(200), END(250), END(119)}, LIMIT_UNCLEAR, "elsewhere"},
    {"one later end", {END(119), END(200), NONE(256), END(119)}, LIMIT_UNCLEAR, "elsewhere"},
    {"memory does not make it clear", {END(119), END(150), END(119), END(30)}, LIMIT_UNCLEAR,
        "elsewhere"},
    {"large go on past tiny", {END(119), END(119), END(119), NONE(256)}, LIMIT_UNCLEAR, "more"},
    {"not freed", {END(119), NONE(256), END(119), END(119)}, LIMIT_UNCLEAR, "not freed"},
    {"loads", {END(119), END(119), NONE(256), END(119)}, LIMIT_UNCLEAR, "loads"},
    {"ends apart", {END(119), END(150), END(119), END(119)}, LIMIT_UNCLEAR, "elsewhere"},
    {"unloaded not searched past the end", {END(128), NONE(128), NONE(128), NONE(40)},
        LIMIT_UNCLEAR, "far enough"},
    {"only unloaded end", {NONE(256), END(119), NONE(256), NONE(256)}, LIMIT_UNCLEAR, "unloaded"},
    {"an arm is missing", {END(119), END(119), MISSING, END(119)}, LIMIT_UNCLEAR, "compile-only"},
};

Test(compile_limit_kind, every_pattern) {
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        char reason[640];
        const unsigned kinds = limit_kinds_decide(&patterns[i].points, reason, sizeof reason);
        cr_assert(kinds == patterns[i].kinds, "%s: found %u '%s': %s", patterns[i].name, kinds,
            limit_kinds_name(kinds), reason);
        cr_assert(strstr(reason, patterns[i].says), "%s: %s", patterns[i].name, reason);
    }
}

Test(compile_limit_kind, counts_agree_within_two_or_five_percent) {
    cr_assert(limit_counts_agree(119, 119));
    cr_assert(limit_counts_agree(10, 12));
    cr_assert(!limit_counts_agree(10, 13));
    cr_assert(limit_counts_agree(100, 105));
    cr_assert(limit_counts_agree(105, 100));
    cr_assert(!limit_counts_agree(100, 106));
    cr_assert(limit_counts_agree(0, 2));
    cr_assert(!limit_counts_agree(0, 3));
}

Test(compile_limit_kind, kinds_have_names) {
    cr_assert_str_eq(limit_kinds_name(LIMIT_NONE), "none");
    cr_assert_str_eq(limit_kinds_name(LIMIT_LOADED | LIMIT_BYTES), "loaded and bytes");
    cr_assert_str_eq(limit_kinds_name(LIMIT_COMPILES), "compiles");
    cr_assert_str_eq(limit_kinds_name(LIMIT_UNCLEAR), "");
}

Test(compile_limit_kind, reasons_are_cut_not_overrun) {
    const struct limit_points none = {NONE(256), NONE(256), NONE(256), NONE(256)};
    char reason[8];
    cr_assert(limit_kinds_decide(&none, reason, sizeof reason) == LIMIT_NONE);
    cr_assert(strlen(reason) == sizeof reason - 1);
}
