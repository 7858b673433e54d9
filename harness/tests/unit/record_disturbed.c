/* SPDX-License-Identifier: MIT */
#include "record/disturbed.h"

#include <criterion/criterion.h>

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
