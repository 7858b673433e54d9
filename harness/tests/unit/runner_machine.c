/* SPDX-License-Identifier: MIT
 *
 * Small things of the runner: names of machines, nearest words, options.
 */
#include "runner/run/machine.h"
#include "runner/command/options.h"
#include "measure/suggest.h"

#include <criterion/criterion.h>
#include <string.h>

Test(machine, label_is_short_and_plain) {
    static const struct {
        const char *kind, *chip, *system, *label;
    } cases[] = {{"cpu", "AMD EPYC", "Linux", "amd-epyc-linux"},
        {"cpu", "AMD EPYC 7B13 64-Core Processor", "Linux", "amd-epyc-7b13-linux"},
        {"cpu", "Intel(R) Xeon(R) CPU @ 2.20GHz", "Linux", "intel-xeon-linux"},
        {"cpu", "Intel(R) Core(TM) i7-8750H CPU @ 2.20GHz", "Linux", "intel-i7-8750h-linux"},
        {"ane", "Apple M4 Max", "Darwin", "apple-m4-max-macos"},
        {"sim", "M4", "Linux", "sim-m4-linux"}, {"cpu", "unknown", "Linux", "linux"},
        {"cpu", "../../etc", "Linux", "etc-linux"}, {"cpu", "a/b\nc", "x", "a-b-c-x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char label[64];
        machine_label(cases[i].kind, cases[i].chip, cases[i].system, label);
        cr_assert_str_eq(label, cases[i].label);
    }
}

Test(machine, label_fits_whatever_comes) {
    char label[64], chip[4096];
    memset(chip, 'x', sizeof chip);
    for (size_t i = 40; i < sizeof chip; i += 41)
        chip[i] = ' ';
    chip[sizeof chip - 1] = '\0';
    machine_label("cpu", chip, "Linux", label);
    cr_assert(strlen(label) < sizeof label);
}

Test(suggest, nearest_word) {
    static const char *const words[] = {"list", "devices", "run", "judge", "report", "mil"};
    cr_assert_str_eq(suggest_nearest("jugde", words, 6), "judge");
    cr_assert_str_eq(suggest_nearest("reports", words, 6), "report");
    cr_assert_str_eq(suggest_nearest("rnu", words, 6), "run");
    cr_assert_str_eq(suggest_nearest("run", words, 6), "run");
    cr_assert_null(suggest_nearest("completely", words, 6));
    cr_assert_null(suggest_nearest("run", words, 0));
    char longest[5000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    cr_assert_null(suggest_nearest(longest, words, 6));
}

static const char *seed, *device;
static bool quick;
static const struct option_spec specs[] = {
    {"--seed", &seed, NULL}, {"--device", &device, NULL}, {"--quick", NULL, &quick}};

static int parse(int argc, const char **argv, struct error *error) {
    seed = device = NULL;
    quick = false;
    return options_parse(argc, (char **)argv, specs, 3, error);
}

Test(options, in_any_place) {
    struct error error;
    const char *argv[] = {"one", "--seed", "4", "two", "--quick", "--device=cpu:cores=1", "-"};
    cr_assert_eq(parse(7, argv, &error), 3);
    cr_assert_str_eq(argv[0], "one");
    cr_assert_str_eq(argv[1], "two");
    cr_assert_str_eq(argv[2], "-");
    cr_assert_str_eq(seed, "4");
    cr_assert_str_eq(device, "cpu:cores=1");
    cr_assert(quick);
}

Test(options, two_dashes_end_them) {
    struct error error;
    const char *argv[] = {"--quick", "--", "--seed"};
    cr_assert_eq(parse(3, argv, &error), 1);
    cr_assert_str_eq(argv[0], "--seed");
    cr_assert_null(seed);
}

Test(options, refused) {
    struct error error;
    const char *unknown[] = {"--sed", "4"}, *no_value[] = {"--seed"}, *value[] = {"--quick=1"};
    cr_assert_eq(parse(2, unknown, &error), -1);
    cr_assert_not_null(strstr(error.text, "did you mean '--seed'"));
    cr_assert_eq(error.code, EXIT_USAGE);
    cr_assert_eq(parse(1, no_value, &error), -1);
    cr_assert_eq(parse(1, value, &error), -1);
}

Test(options, whole_numbers) {
    struct error error;
    uint64_t value;
    cr_assert_eq(options_u64("--seed", "18446744073709551615", &value, &error), 0);
    cr_assert(value == UINT64_MAX);
    static const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "1.5", "0x10", "x", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(options_u64("--seed", bad[i], &value, &error), -1, "'%s'", bad[i]);
}
