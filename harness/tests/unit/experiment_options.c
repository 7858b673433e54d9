/* SPDX-License-Identifier: MIT */
#include "experiment_kit.h"

#include "experiment/order.h"

static int parse(struct options *options, struct error *error, const char *line) {
    static char text[256];
    char *argv[32] = {"toy"};
    int argc = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    error->text[0] = '\0';
    return options_parse(options, &toy, argc, argv, error);
}

static void refused(const char *line, const char *words) {
    struct options options;
    struct error error;
    cr_assert_eq(parse(&options, &error, line), -1, "'%s' was taken", line);
    cr_assert(strstr(error.text, words), "'%s' gave: %s", line, error.text);
}

Test(options, defaults) {
    struct options o;
    struct error error;
    cr_assert_eq(parse(&o, &error, ""), 0);
    cr_assert_eq(o.mode, OPTIONS_RUN);
    cr_assert_str_eq(o.device, "auto");
    cr_assert_eq(o.seed, 1);
    cr_assert(!o.quick && !o.tap && !o.csv && !o.listed_order);
}

Test(options, one_trial) {
    struct options o;
    struct error error;
    cr_assert_eq(parse(&o, &error,
                     "--device cpu --filter rows --block 4 --job 23 "
                     "--seed=18446744073709551615 --quick --csv x.csv"),
        0, "%s", error.text);
    cr_assert_eq(o.mode, OPTIONS_TRIAL);
    cr_assert_eq(o.block, 4);
    cr_assert_eq(o.job, 23);
    cr_assert_eq(o.seed, UINT64_MAX);
    cr_assert_str_eq(o.csv, "x.csv");
}

Test(options, pattern_and_order) {
    struct options o;
    struct error error;
    cr_assert_eq(parse(&o, &error, "--filter *s* --order listed --reps 2"), 0);
    cr_assert(o.listed_order);
    cr_assert(options_arm_chosen(&o, &toy_arms[0]));
    cr_assert(!options_arm_chosen(&o, &toy_arms[4]));
    cr_assert_eq(options_arm_blocks(&o, &toy_arms[0]), 2);
}

Test(options, mistakes_are_named) {
    refused("--devcie cpu", "did you mean '--device'?");
    refused("--zzzzzzzz", "--help' lists them");
    refused("rows", "unexpected argument 'rows'");
    refused("--device", "option '--device' needs a value");
    refused("--quick=1", "takes no value");
    refused("--seed -1", "not '-1'");
    refused("--seed 18446744073709551616", "whole number");
    refused("--seed 1x", "not '1x'");
    refused("--reps 0", "from 1 to 100000, not '0'");
    refused("--filter rosw", "did you mean rows?");
    refused("--filter *u* --block 0", "--block runs one trial");
    refused("--block 0", "--block runs one trial");
    refused("--job 3", "--job needs --block");
    refused("--order sideways", "shuffled or listed");
    refused("--tap --csv -", "both use standard output");
    refused("--judge a.csv --filter rows --block 1", "give only one of them");
}

Test(options, help_wins_over_other_options) {
    struct options o;
    struct error error;
    cr_assert_eq(parse(&o, &error, "--help --nonsense"), 0);
    cr_assert_eq(o.mode, OPTIONS_HELP);
}

Test(order, same_seed_same_order) {
    struct options o = {.seed = 11};
    size_t n, m;
    struct order_trial *a = order_by_hand(&toy, &o, &n), *b = order_by_hand(&toy, &o, &m);
    cr_assert_eq(n, 17); /* 5 + 5 + 5 + 1 + 1 */
    cr_assert_eq(m, n);
    cr_assert_eq(memcmp(a, b, n * sizeof *a), 0);
    o.seed = 12;
    struct order_trial *c = order_by_hand(&toy, &o, &m);
    cr_assert_eq(m, n);
    cr_assert(memcmp(a, c, n * sizeof *a) != 0);
    free(a);
    free(b);
    free(c);
}

Test(order, each_arm_once_a_block) {
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct options o = {.seed = seed, .quick = true};
        size_t n;
        unsigned seen[5][3] = {{0}}, last = 0;
        struct order_trial *trials = order_by_hand(&toy, &o, &n);
        cr_assert_eq(n, 8);
        for (size_t i = 0; i < n; i++) {
            cr_assert(trials[i].block >= last, "blocks do not follow each other");
            last = trials[i].block;
            seen[trials[i].arm][trials[i].block]++;
        }
        for (unsigned arm = 0; arm < 5; arm++)
            for (unsigned block = 0; block < 3; block++)
                cr_assert_eq(seen[arm][block], block < toy_arms[arm].blocks_quick);
        free(trials);
    }
}

Test(order, every_arm_comes_first_at_times) {
    unsigned first[5] = {0};
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct options o = {.seed = seed};
        size_t n;
        struct order_trial *trials = order_by_hand(&toy, &o, &n);
        first[trials[0].arm]++;
        free(trials);
    }
    for (int arm = 0; arm < 5; arm++)
        cr_assert(first[arm] > 60 && first[arm] < 140, "arm %d is first %u of 500 times", arm,
            first[arm]);
}

Test(order, listed_order) {
    struct options o = {.seed = 5, .listed_order = true, .quick = true};
    size_t n;
    struct order_trial *trials = order_by_hand(&toy, &o, &n);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_eq(trials[i].arm, i);
    free(trials);
}

Test(order, a_trials_seed_is_its_own) {
    cr_assert_eq(trial_seed(1, "both", 3), trial_seed(1, "both", 3));
    cr_assert_neq(trial_seed(1, "both", 3), trial_seed(1, "both", 4));
    cr_assert_neq(trial_seed(1, "both", 3), trial_seed(1, "eval", 3));
    cr_assert_neq(trial_seed(1, "both", 3), trial_seed(2, "both", 3));
}
