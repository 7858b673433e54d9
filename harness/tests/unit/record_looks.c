/* SPDX-License-Identifier: MIT
 *
 * The plan of looks, and looks as text.
 */
#include "record/looks.h"

#include <criterion/criterion.h>
#include <string.h>

/* The looks of plans with this many blocks. */
Test(record_looks, plan) {
    static const struct {
        unsigned planned, first, second; /* 0 = none */
    } plans[] = {{1, 0, 0}, {3, 0, 0}, {4, 3, 0}, {6, 3, 0}, {7, 3, 0}, {8, 3, 5}, {9, 3, 6},
        {10, 3, 6}, {12, 3, 7}, {18, 5, 11}, {36, 9, 21}};
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        for (unsigned blocks = 0; blocks <= plans[i].planned; blocks++)
            cr_assert_eq(looks_after(blocks, plans[i].planned),
                blocks > 0 && (blocks == plans[i].first || blocks == plans[i].second),
                "%u of %u blocks", blocks, plans[i].planned);
}

Test(record_looks, words) {
    struct looks looks = {.planned = 12}, read;
    struct error error;
    char words[LOOKS_WORDS_SIZE];
    looks_add(&looks, 3);
    looks_add(&looks, 7);
    cr_assert_str_eq(looks_print(&looks, words), "3,7/12");
    looks_add_end(&looks);
    cr_assert_str_eq(looks_print(&looks, words), "3,7,12/12");
    cr_assert_eq(looks_parse(words, &read, &error), 0);
    cr_assert(read.n == 3 && read.planned == 12 && read.blocks[2] == 12);
    static const char *const wrong[] = {"", "3", "3/", "/12", "3,/12", "7,3/12", "3,3/12", "13/12",
        "0/12", "1,2,3,4/12", "3/12/12", "3, 7/12", "x/12", "3/12 "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_eq(looks_parse(wrong[i], &read, &error), -1, "'%s'", wrong[i]);
        cr_assert_eq(error.code, EXIT_USAGE);
    }
}

Test(record_looks, stops_when_nothing_is_open) {
    cr_assert(look_stops(&(struct look_result){.claims = 3, .decided = 2, .undecidable = 1}));
    cr_assert_not(look_stops(&(struct look_result){.claims = 3, .decided = 2}));
    cr_assert_not(look_stops(&(struct look_result){.claims = 0}));
}
