/* SPDX-License-Identifier: MIT
 *
 * The grammar's entropies against those of grammars small enough to work out by hand, and against its texts.
 */
#include "train/data/grammar.h"
#include "measure/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct grammar *make(const struct grammar_rule *rules, int n) {
    struct grammar *g;
    struct device_error error;
    cr_assert_eq(grammar_new(rules, n, &g, &error), DEVICE_OK, "%s", error.text);
    return g;
}

static struct grammar *stories(void) {
    return make(story_rules, n_story_rules);
}

static void entropy_is(const char *start, const char *capital, double nats, double tokens) {
    const struct grammar_rule rules[] = {{"start", start}, {"X", capital}};
    struct grammar *g = make(rules, capital ? 2 : 1);
    cr_assert_float_eq(grammar_entropy(g), nats, 1e-12, "'%s': %g", start, grammar_entropy(g));
    cr_assert_float_eq(grammar_story_tokens(g), tokens, 1e-12, "'%s'", start);
    grammar_free(g);
}

/* A story's first token is its beginning. */
Test(train_grammar, entropy_by_hand) {
    entropy_is("a", NULL, 0, 2);
    entropy_is("a|b", NULL, log(2) / 2, 2);
    entropy_is("a|bcd", NULL, log(2) / 3, 3);
    entropy_is("3*a|b", NULL, (log(4) - 0.75 * log(3)) / 2, 2);
    entropy_is("a|", NULL, log(2) / 1.5, 1.5);
    /* drawn once, told twice */
    entropy_is("{X}{X}", "a|b", log(2) / 3, 3);
    entropy_is("{X}-{X}", "7*a|b", (log(8) - 0.875 * log(7)) / 4, 4);
    /* not drawn in every story */
    entropy_is("-|{X}{X}", "a|b", 1.5 * log(2) / 2.5, 2.5);
}

/* A book of one story of two tokens is opened exactly at its middle: that is the second token. */
Test(train_grammar, opened_where_a_token_begins) {
    const struct grammar_rule rule = {"start", "a"};
    const uint64_t seed = 0x2fedf1efce1d5545;
    uint64_t state = seed;
    struct grammar *g = make(&rule, 1);
    struct grammar_text text;
    cr_assert_eq(random_unit(&state), 0.5);
    grammar_text_open(g, seed, &text);
    cr_expect_eq(grammar_text_next(g, &text, NULL), 'a');
    cr_expect_eq(grammar_text_next(g, &text, NULL), STORY_START);
    grammar_free(g);
}

static void refused(const char *start, const char *second, const char *because) {
    const struct grammar_rule rules[] = {{"start", start}, {"x", second}};
    struct grammar *g;
    struct device_error error = {0};
    cr_assert_eq(grammar_new(rules, 2, &g, &error), DEVICE_BROKEN, "'%s' is taken", start);
    cr_assert_null(g);
    cr_assert(strstr(error.text, because), "'%s' does not say '%s'", error.text, because);
}

Test(train_grammar, bad_rules_are_named) {
    refused("a{y}", "b", "rule 'start': no rule 'y'");
    refused("a{x", "b", "rule 'start': '{' without '}'");
    refused("a{x}", "b{start}", "leads back to itself");
    refused("a{x}", "0*b|c", "rule 'x': a weight of 0");
    refused("a{x}", "caf\xc3\xa9", "rule 'x': only printable ASCII");
}

Test(train_grammar, two_ways_to_one_text_are_refused) {
    refused("a|a", "", "'a'");
    refused("a{x}|ac", "b|c", "'ac'");
    refused("{x}{x}", "a|aa", "two ways make the same text");
    refused("{x}{x}", "|a", "two ways make the same text");
}

/* Common prefixes are allowed, also if only the beginning of a later story tells the texts apart. */
Test(train_grammar, common_prefixes_are_not_ambiguous) {
    entropy_is("frog|fox", NULL, log(2) / 4.5, 4.5);
    entropy_is("a|ab|abb", NULL, log(3) / 3, 3);
}

/* Over many stories, the mean surprise of a reader who knows the grammar is the entropy. For each complete
 * story it equals that of the choices that made it, unless there were another way to make it. */
Test(train_grammar, stories_have_the_entropy_that_is_computed) {
    struct grammar *g = stories();
    struct grammar_reader *reader = grammar_reader_new(g);
    struct grammar_text text;
    double sum = 0, tokens = 0, squares = 0, story_nats = 0, story_choices = 0, story_tokens = 0;
    const double rate = grammar_entropy(g);
    int n = 0;
    grammar_text_begin(g, 7, &text);
    grammar_reader_begin(reader);
    cr_assert_eq(grammar_text_next(g, &text, &story_choices), STORY_START);
    cr_assert_eq(grammar_reader_next(reader, STORY_START), 0);
    for (story_tokens = 1; n < 20000; story_tokens++) {
        double choice;
        uint16_t token = grammar_text_next(g, &text, &choice);
        cr_assert_lt(token, STORY_VOCAB);
        story_nats += grammar_reader_next(reader, token);
        if (token == STORY_START) {
            cr_assert_float_eq(story_nats, story_choices, 1e-9);
            double rest = story_nats - rate * story_tokens;
            sum += rest;
            squares += rest * rest;
            tokens += story_tokens;
            story_nats = story_choices = story_tokens = 0;
            n++;
        }
        story_choices += choice;
    }
    double deviation = sqrt(squares / n), off = fabs(sum / n) / (deviation / sqrt(n));
    cr_assert_lt(off, 4, "%g standard errors off", off);
    cr_assert_float_eq(tokens / n, grammar_story_tokens(g), 2);
    cr_assert_gt(rate, 0.1);
    grammar_reader_free(reader);
    grammar_free(g);
}

/* The hero of a story does not change within it. */
Test(train_grammar, stories_keep_their_names) {
    static const char *const names[] = {
        "Pip", "Dora", "Wren", "Juno", "Moss", "Kit", "Bram", "Lena"};
    struct grammar *g = stories();
    struct grammar_text text;
    char story[1024];
    grammar_text_begin(g, 3, &text);
    (void)grammar_text_next(g, &text, NULL);
    for (int i = 0; i < 200; i++) {
        size_t n = 0;
        int n_names = 0;
        for (uint16_t token; (token = grammar_text_next(g, &text, NULL)) != STORY_START;) {
            cr_assert_lt(n + 1, sizeof story);
            story[n++] = (char)token;
        }
        story[n] = '\0';
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            n_names += strstr(story, names[k]) != NULL;
        cr_assert_eq(n_names, 1, "%s", story);
    }
    grammar_free(g);
}

Test(train_grammar, the_same_seed_gives_the_same_text) {
    struct grammar *g = stories();
    struct grammar_text a, b, c;
    int differ = 0;
    grammar_text_open(g, 5, &a);
    grammar_text_open(g, 5, &b);
    grammar_text_open(g, 6, &c);
    for (int i = 0; i < 500; i++) {
        uint16_t token = grammar_text_next(g, &a, NULL);
        cr_assert_eq(token, grammar_text_next(g, &b, NULL));
        differ += token != grammar_text_next(g, &c, NULL);
    }
    cr_assert_gt(differ, 100);
    grammar_free(g);
}

/* Every token of endless text is as likely to be the first of a window. */
Test(train_grammar, windows_open_anywhere) {
    struct grammar *g = stories();
    const int n = 100000;
    int begins = 0;
    for (int i = 0; i < n; i++) {
        struct grammar_text text;
        grammar_text_open(g, (uint64_t)i, &text);
        begins += grammar_text_next(g, &text, NULL) == STORY_START;
    }
    double p = 1 / grammar_story_tokens(g), off = (begins - n * p) / sqrt(n * p * (1 - p));
    cr_assert_lt(fabs(off), 4, "%g standard deviations off", off);
    grammar_free(g);
}

/* The mean surprise of tokens 1 .. seq, summed over all windows that there are. */
static double floor_by_enumeration(
    const struct grammar *g, int seq, const uint16_t *alphabet, int n_alphabet) {
    struct grammar_reader *reader = grammar_reader_new(g);
    int n_windows = 1;
    double sum = 0;
    for (int t = 0; t <= seq; t++)
        n_windows *= n_alphabet;
    for (int w = 0; w < n_windows; w++) {
        double nats = 0, first = 0;
        grammar_reader_open(reader);
        for (int t = 0, rest = w; t <= seq && nats < INFINITY; t++, rest /= n_alphabet) {
            nats += grammar_reader_next(reader, alphabet[rest % n_alphabet]);
            if (t == 0)
                first = nats;
        }
        if (nats < INFINITY)
            sum += exp(-nats) * (nats - first);
    }
    grammar_reader_free(reader);
    return sum / seq;
}

Test(train_grammar, floor_of_all_windows) {
    const struct grammar_rule rules[] = {{"start", "{X}b{X}|a{X}|2*b"}, {"X", "a|bb"}};
    const uint16_t alphabet[] = {STORY_START, 'a', 'b'};
    struct grammar *g = make(rules, 2);
    for (int seq = 1; seq <= 8; seq++) {
        struct grammar_floor floor;
        struct device_error error;
        double exact = floor_by_enumeration(g, seq, alphabet, 3);
        cr_assert_eq(grammar_floor_estimate(g, seq, 20000, 1, &floor, &error), DEVICE_OK);
        cr_assert_gt(floor.standard_error, 0);
        cr_assert_lt(fabs(floor.nats - exact) / floor.standard_error, 4, "seq %d: %g +- %g, not %g",
            seq, floor.nats, floor.standard_error, exact);
        cr_assert_gt(exact, grammar_entropy(g));
    }
    grammar_free(g);
}

/* One token of context tells little; a long window leaves little unknown. */
Test(train_grammar, floor_comes_down_to_the_entropy) {
    struct grammar *g = stories();
    double last = log(STORY_VOCAB);
    for (int seq = 1; seq <= 1024; seq *= 4) {
        struct grammar_floor floor;
        struct device_error error;
        cr_assert_eq(grammar_floor_estimate(g, seq, 100, 1, &floor, &error), DEVICE_OK);
        cr_assert_lt(floor.nats, last, "at %d", seq);
        cr_assert_gt(floor.nats, grammar_entropy(g));
        last = floor.nats;
    }
    cr_assert_lt(last, 1.1 * grammar_entropy(g));
    grammar_free(g);
}

Test(train_grammar, impossible_tokens_have_infinite_surprise) {
    struct grammar *g = stories();
    struct grammar_reader *reader = grammar_reader_new(g);
    grammar_reader_begin(reader);
    cr_assert_eq(grammar_reader_next(reader, STORY_START), 0);
    cr_assert_eq(grammar_reader_next(reader, '~'), INFINITY);
    grammar_reader_open(reader); /* and the reader can be used again */
    cr_assert_lt(grammar_reader_next(reader, 'e'), 4);
    grammar_reader_free(reader);
    grammar_free(g);
}
