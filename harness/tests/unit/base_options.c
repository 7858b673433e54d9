/* SPDX-License-Identifier: MIT
 *
 * Command lines, numbers, nearest words.
 */
#include "base/number.h"
#include "base/options.h"
#include "base/suggest.h"

#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

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

struct values {
    const char *device;
    uint64_t seed;
    int accum, max_stale, way;
    double rate;
    bool quick;
    char path[8];
};

static const char *const ways[] = {"sync", "double", "reload", NULL};

static int even_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    uint64_t number;
    if (!number_whole(value, 0, 100, &number) || number % 2 != 0)
        return error_set(error, EXIT_USAGE, "option '%s' takes an even number", option->name);
    ((struct values *)values)->accum = (int)number;
    return 0;
}

#define FIELD(field) OPTION_FIELD(struct values, field)
static const struct option table[] = {
    {"--seed", "N", "1", "the seed", OPTION_WHOLE, FIELD(seed)},
    {"--device", "D", "auto", "where it runs", OPTION_WORD, FIELD(device)},
    {"--quick", NULL, NULL, "the small preset", OPTION_SWITCH, FIELD(quick)},
    {"--accum", "N", "10",
        "steps a batch, of which a great many can be had without changing the "
        "learning rate at all",
        OPTION_WHOLE, FIELD(accum), .least = 1, .most = 1000},
    {"--max-stale", "N", "1", "updates, or inf", OPTION_WHOLE, FIELD(max_stale), .most = 1000,
        .unlimited = "inf"},
    {"--rate", "X", NULL, "a rate", OPTION_DECIMAL, FIELD(rate), .high = 10},
    {"--way", "WAY", NULL, "which way", OPTION_CHOICE, FIELD(way), .words = ways},
    {"--path", "P", NULL, "a short path", OPTION_TEXT, FIELD(path)},
    {"--even", "N", NULL, "even", OPTION_OTHER, .take = even_take},
    {"--hidden", "N", NULL, NULL, OPTION_WHOLE, FIELD(seed)},
};
#undef FIELD
enum { N_TABLE = sizeof table / sizeof *table };

static const struct command_line line = {.name = "toy",
    .usage = "RUN [OPTION...]\n--quick",
    .text = "Does nothing.",
    .options = table,
    .n_options = N_TABLE,
    .most_operands = -1};
static const struct command_line one = {
    .name = "toy", .usage = "RUN", .least_operands = 1, .most_operands = 1, .operand = "RUN"};

static struct values values;
static bool given[N_TABLE];
static int n_operands;
static struct error error;
static char *argv[32];

static enum options_answer parse(const struct command_line *which, const char *text) {
    static char words[400];
    int argc = 1;
    snprintf(words, sizeof words, "%s", text);
    argv[0] = "toy";
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    values = (struct values){.seed = 1};
    memset(given, 0, sizeof given);
    error = (struct error){.code = EXIT_DONE};
    return options_read(which, argc, argv, &values, given, &n_operands, &error);
}

static void takes(const char *text) {
    cr_assert_eq(parse(&line, text), OPTIONS_READ, "'%s': %s", text, error.text);
}

static void refuses(const char *text, const char *words) {
    cr_assert_eq(parse(&line, text), OPTIONS_WRONG, "'%s' was taken", text);
    cr_assert_eq(error.code, EXIT_USAGE);
    cr_assert(strstr(error.text, words), "'%s' gave: %s", text, error.text);
}

Test(options, in_any_place) {
    takes("one --seed 4 two --quick --device=cpu:cores=1 -");
    cr_assert_eq(n_operands, 3);
    cr_assert_str_eq(argv[1], "one");
    cr_assert_str_eq(argv[2], "two");
    cr_assert_str_eq(argv[3], "-");
    cr_assert_eq(values.seed, 4);
    cr_assert_str_eq(values.device, "cpu:cores=1");
    cr_assert(values.quick);
    cr_assert(option_was_given(&line, given, "--seed"));
    cr_assert_not(option_was_given(&line, given, "--accum"));
}

Test(options, two_dashes_end_them) {
    takes("--quick -- --seed");
    cr_assert_eq(n_operands, 1);
    cr_assert_str_eq(argv[1], "--seed");
    cr_assert_eq(values.seed, 1);
}

Test(options, of_every_kind) {
    takes("--seed 18446744073709551615 --accum 1000 --max-stale inf --rate 1e-3 --way reload "
          "--path abcdefg");
    cr_assert_eq(values.seed, UINT64_MAX);
    cr_assert_eq(values.accum, 1000);
    cr_assert_eq(values.max_stale, -1);
    cr_assert_eq(values.rate, 1e-3);
    cr_assert_eq(values.way, 2);
    cr_assert_str_eq(values.path, "abcdefg");
    takes("--even 8");
    cr_assert_eq(values.accum, 8);
}

/* Printed values can be parsed again to the same values. */
Test(options, printed_values_parse_to_the_same) {
    takes("--seed 12 --accum 7 --max-stale inf --rate 0.1 --way double --path x --device cpu");
    struct values again = {.seed = 0};
    for (int i = 0; i < N_TABLE; i++) {
        char text[64];
        option_print(&table[i], &values, text, sizeof text);
        if (text[0] != '\0' && table[i].kind != OPTION_SWITCH && table[i].kind != OPTION_WORD)
            cr_assert_eq(option_take(&table[i], text, &again, &error), 0, "%s", error.text);
    }
    cr_assert(again.seed == values.seed && again.accum == values.accum &&
              again.max_stale == values.max_stale && again.rate == values.rate &&
              again.way == values.way && strcmp(again.path, values.path) == 0);
}

Test(options, mistakes_are_named) {
    refuses("--sed 4", "unknown option '--sed'; did you mean '--seed'?");
    refuses("--zzzzzzzzzz", "'toy --help' lists them");
    refuses("--seed", "option '--seed' needs a value, N");
    refuses("--quick=1", "option '--quick' takes no value");
    refuses("--device=", "option '--device' needs a value");
    refuses("--accum 0", "takes a whole number from 1 to 1000, not '0'");
    refuses("--max-stale -1", "from 0 to 1000, or inf, not '-1'");
    refuses("--rate nan", "a number from 0 to 10, not 'nan'");
    refuses("--rate 10.1", "from 0 to 10");
    refuses("--way fast", "takes sync, double or reload, not 'fast'");
    refuses("--path abcdefgh", "at most 7 characters");
    refuses("--even 3", "an even number");
    cr_assert_eq(parse(&one, ""), OPTIONS_WRONG);
    cr_assert(strstr(error.text, "RUN is missing"), "%s", error.text);
    cr_assert_eq(parse(&one, "a b"), OPTIONS_WRONG);
    cr_assert(strstr(error.text, "unexpected argument 'b'"), "%s", error.text);
}

Test(options, hidden_ones_are_taken_and_not_proposed) {
    takes("--hidden 3");
    cr_assert_eq(values.seed, 3);
    refuses("--hiddne 3", "lists them");
}

Test(options, help_wins_over_what_follows) {
    cr_assert_eq(parse(&line, "--help --nonsense"), OPTIONS_WANT_HELP);
    cr_assert_eq(parse(&line, "--seed 4 -h"), OPTIONS_WANT_HELP);
    cr_assert_eq(parse(&line, "--nonsense --help"), OPTIONS_WRONG);
}

Test(options, help_is_printed_from_the_table) {
    char *text = NULL;
    size_t n_bytes;
    FILE *out = open_memstream(&text, &n_bytes);
    options_help(&line, out);
    fclose(out);
    cr_assert(strncmp(text, "usage: toy RUN [OPTION...]\n       toy --quick\n\nDoes nothing.\n\n",
                  60) == 0,
        "%s", text);
    cr_assert(strstr(text, "  --seed N              the seed; default 1\n"), "%s", text);
    cr_assert_null(strstr(text, "--hidden"));
    for (char *word = strtok(text, "\n"); word; word = strtok(NULL, "\n"))
        cr_assert(strlen(word) <= 80, "wider than 80: %s", word);
    free(text);
}

/* A long form goes on below itself; what brackets hold stays together. */
Test(options, usage_is_wrapped) {
    const struct command_line wide = {.name = "toy",
        .usage =
            "RUN [--first THING] [--second THING] [--third THING] [--fourth THING] [--fifth A]\n"
            "--all"};
    char *text = NULL;
    size_t n_bytes;
    FILE *out = open_memstream(&text, &n_bytes);
    options_usage(&wide, out);
    fclose(out);
    cr_assert_str_eq(text,
        "usage: toy RUN [--first THING] [--second THING] [--third THING] [--fourth THING]\n"
        "           [--fifth A]\n"
        "       toy --all\n");
    free(text);
}

Test(number, whole) {
    uint64_t value = 7;
    cr_assert(number_whole("18446744073709551615", 0, UINT64_MAX, &value));
    cr_assert(value == UINT64_MAX);
    static const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "1.5", "0x10", "x", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(number_whole(bad[i], 0, UINT64_MAX, &value), "'%s'", bad[i]);
    cr_assert_not(number_whole("5", 6, 9, &value));
    cr_assert(value == UINT64_MAX, "a refused number changed the value");
}

/* One below, at and one above either end. */
Test(options, ends_of_ranges) {
    refuses("--accum 0", "a whole number from 1 to 1000");
    takes("--accum 1");
    takes("--accum 1000");
    refuses("--accum 1001", "a whole number from 1 to 1000");
    takes("--rate 0");
    takes("--rate 10");
    refuses("--rate 10.001", "--rate");
    refuses("--rate -0.001", "--rate");
    takes("--path 1234567");
    refuses("--path 12345678", "--path");
}

Test(number, decimal) {
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0}, {"-1.5", -1.5}, {"2e-3", 2e-3}, {"1E5", 1e5}, {"0.1", 0.1},
        {"1.7976931348623157e308", DBL_MAX}};
    static const char *const bad[] = {
        "", "+1", " 1", "1 ", "nan", "inf", "0x10", "1e400", "1e", ".5", "5.", "--1"};
    double value = 7;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(
            number_decimal(good[i].text, &value) && value == good[i].value, "'%s'", good[i].text);
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(number_decimal(bad[i], &value), "'%s'", bad[i]);
    cr_assert_eq(value, 7);
}
