/* SPDX-License-Identifier: MIT */
#include "record/disturbed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond the bound by less than the error is not disturbed. */
Test(disturbed, an_excess_within_the_error_is_not_disturbed) {
    struct disturbance d = {.has_others = true, .n_processors = 1};
    d.others_cpus = DISTURBED_OTHERS_PCT / 100.0 + 0.01;
    d.error_cpus = 0.02;
    cr_assert_eq(disturbed_is(&d), DISTURBED_NO);
    d.error_cpus = 0.005;
    cr_assert_eq(disturbed_is(&d), DISTURBED_YES);
    d.error_cpus = -1;
    cr_assert_eq(disturbed_is(&d), DISTURBED_YES);
    d.others_cpus = DISTURBED_OTHERS_PCT / 100.0;
    cr_assert_eq(disturbed_is(&d), DISTURBED_NO, "at the bound");
    d.has_others = false;
    cr_assert_eq(disturbed_is(&d), DISTURBED_UNKNOWN);
}

/* Shares of one processor, in percent to two places; what is not known is empty. */
Test(disturbed, cells) {
    static const struct {
        struct disturbance of;
        const char *cells;
    } cases[] = {{{.has_others = true,
                      .n_processors = 2,
                      .others_cpus = 0.24691,
                      .error_cpus = 0.02,
                      .has_stolen = true,
                      .stolen_cpus = 0.0112,
                      .has_waited = true,
                      .waited_share = 0.0625,
                      .has_switches = true,
                      .switches = 7,
                      .has_frequency = true,
                      .frequency_mhz = 2400.5},
                     "12.35,1,0.56,6.25,7,2400.5,"},
        {{.has_switches = true, .switches = 3}, ",,,,3,,"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t bytes = 0;
        struct csv_writer w = {.file = open_memstream(&text, &bytes)};
        cr_assert_not_null(w.file);
        disturbed_put(&w, &cases[i].of);
        csv_end_row(&w);
        cr_assert_eq(fclose(w.file), 0);
        text[strcspn(text, "\n")] = '\0';
        cr_expect_str_eq(text, cases[i].cells, "'%s'", text);
        free(text);
    }
}
