/* SPDX-License-Identifier: MIT
 *
 * Labels of machines.
 */
#include "runner/run/machine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(machine, label_is_short_and_plain) {
    static const struct {
        const char *kind, *chip, *system, *label;
    } cases[] = {{"cpu", "AMD EPYC", "Linux", "amd-epyc-linux"},
        {"cpu", "AMD EPYC 7B13 64-Core Processor", "Linux", "amd-epyc-7b13-linux"},
        {"cpu", "Intel(R) Xeon(R) CPU @ 2.20GHz", "Linux", "intel-xeon-linux"},
        {"cpu", "Intel(R) Core(TM) i7-8750H CPU @ 2.20GHz", "Linux", "intel-i7-8750h-linux"},
        {"ane", "Apple M4 Max", "Darwin", "apple-m4-max-macos"}, {"sim", "M4", "Linux", "sim-m4"},
        {"cpu", "unknown", "Linux", "linux"}, {"cpu", "../../etc", "Linux", "etc-linux"},
        {"cpu", "a/b\nc", "x", "a-b-c-x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char label[64];
        machine_label(cases[i].kind, cases[i].chip, cases[i].system, label);
        cr_assert_str_eq(label, cases[i].label);
    }
}

Test(machine, label_fits_any_input) {
    char label[64], chip[4096];
    memset(chip, 'x', sizeof chip);
    for (size_t i = 40; i < sizeof chip; i += 41)
        chip[i] = ' ';
    chip[sizeof chip - 1] = '\0';
    machine_label("cpu", chip, "Linux", label);
    cr_assert(strlen(label) < sizeof label);
}

/* At most 63 characters: 3, 28 and 30 with the hyphens between them. A further word that does not fit is left out. */
Test(machine, label_is_full) {
    for (int n = 26; n <= 31; n++) {
        char guarded[80], chip[80];
        memset(guarded, '!', sizeof guarded);
        snprintf(chip, sizeof chip, "%.28s %.*s", "abcdefghijklmnopqrstuvwxyzabcd", n,
            "zyxwvutsrqponmlkjihgfedcbazyxwv");
        machine_label("sim", chip, "?", guarded);
        const size_t whole = 3 + 1 + 28 + 1 + (size_t)n;
        cr_expect_eq(strlen(guarded), whole < 64 ? whole : 3 + 1 + 28, "%d: %s", n, guarded);
        cr_expect_eq(guarded[64], '!');
    }
}
