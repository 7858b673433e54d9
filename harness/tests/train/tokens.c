/* SPDX-License-Identifier: MIT
 *
 * Training data. Two faults of the public double-buffered trainer are excluded here: a missing
 * file made it train on noise, and a file shorter than a window underflowed a size.
 */
#include "train/data/tokens.h"

#include "file_kit.h"
#include "train/data/grammar.h"

#include <math.h>

TestSuite(train_tokens, .init = kit_open, .fini = kit_close);

static struct tokens *tokens_of(const char *path, int vocab, int seq) {
    struct tokens *tokens;
    struct device_error error;
    cr_assert_eq(tokens_open(path, vocab, seq, &tokens, &error), DEVICE_OK, "%s", error.text);
    return tokens;
}

static void refused(const char *path, int vocab, int seq, const char *because) {
    struct tokens *tokens;
    struct device_error error = {0};
    cr_assert_eq(tokens_open(path, vocab, seq, &tokens, &error), DEVICE_BROKEN, "it is taken");
    cr_assert_null(tokens);
    cr_assert(strstr(error.text, because), "'%s' does not say '%s'", error.text, because);
    cr_assert(path == NULL || strstr(error.text, path), "'%s' does not name the file", error.text);
}

/* Token i is 100 + i. */
static const char *count_up(size_t n) {
    static uint16_t tokens[5000];
    for (size_t i = 0; i < n; i++)
        tokens[i] = (uint16_t)(100 + i);
    return kit_file("data.bin", tokens, n * sizeof *tokens);
}

Test(train_tokens, rejects_a_missing_file) {
    refused(kit_path("none.bin"), 32000, 256, "No such file");
    refused(kit_directory, 32000, 256, "is not a file");
}

Test(train_tokens, a_file_shorter_than_a_window_is_refused) {
    refused(kit_file("empty.bin", "", 0), 32000, 256, "has 0 tokens, fewer than the 257");
    refused(count_up(1), 32000, 256, "has 1 tokens, fewer than the 257");
    refused(count_up(256), 32000, 256, "has 256 tokens, fewer than the 257");
    /* a file of exactly one window has no other */
    struct tokens *tokens = tokens_of(count_up(257), 32000, 256);
    for (uint64_t step = 0; step < 50; step++) {
        uint16_t window[257];
        tokens_window(tokens, 1, step, window);
        for (int i = 0; i < 257; i++)
            cr_assert_eq(window[i], 100 + i);
    }
    tokens_close(tokens);
}

Test(train_tokens, half_a_token_is_refused) {
    refused(kit_file("odd.bin", "abcde", 5), 32000, 1, "5 bytes, an odd number");
}

Test(train_tokens, a_token_outside_the_vocabulary_is_named) {
    uint16_t data[400] = {0};
    data[0] = 31999; /* fits */
    data[321] = 32000;
    refused(kit_file("data.bin", data, sizeof data), 32000, 16,
        "token 321 (byte 642) is 32000, but the vocabulary ends at 31999");
    tokens_close(tokens_of(kit_file("data.bin", data, sizeof data), 32001, 16));
    data[399] = 65535;
    tokens_close(tokens_of(kit_file("data.bin", data, sizeof data), 65536, 16));
    refused(kit_file("data.bin", data, sizeof data), 65535, 16, "token 399");
}

Test(train_tokens, every_window_can_come) {
    enum { SEQ = 7, N = 60, WINDOWS = N - SEQ };
    struct tokens *tokens = tokens_of(count_up(N), 32000, SEQ);
    int seen[WINDOWS] = {0};
    for (uint64_t step = 0; step < 100 * WINDOWS; step++) {
        uint16_t window[SEQ + 1];
        tokens_window(tokens, 42, step, window);
        for (int i = 0; i <= SEQ; i++)
            cr_assert_eq(window[i], window[0] + i);
        cr_assert_lt(window[0] - 100, WINDOWS);
        seen[window[0] - 100]++;
    }
    for (int i = 0; i < WINDOWS; i++) /* expected 100 each, deviation 10 */
        cr_assert(seen[i] > 50 && seen[i] < 150, "window %d came %d times", i, seen[i]);
    struct grammar_floor floor;
    cr_assert_not(tokens_floor(tokens, &floor));
    tokens_close(tokens);
}

/* A window depends only on seed and step, not on earlier calls. */
static void check_windows(const char *path, int vocab) {
    enum { SEQ = 63, N = 20 };
    uint16_t first[N][SEQ + 1], again[SEQ + 1];
    int same = 0;
    struct tokens *tokens = tokens_of(path, vocab, SEQ);
    for (uint64_t step = 0; step < N; step++)
        tokens_window(tokens, 9, step, first[step]);
    for (uint64_t step = N; step-- > 0;) {
        tokens_window(tokens, 9, step, again);
        cr_assert_eq(memcmp(again, first[step], sizeof again), 0);
        tokens_window(tokens, 10, step, again);
        same += memcmp(again, first[step], sizeof again) == 0;
        if (step + 1 < N)
            same += memcmp(first[step], first[step + 1], sizeof again) == 0;
    }
    cr_assert_leq(same, 1, "%d windows are the same", same);
    tokens_close(tokens);
    tokens = tokens_of(path, vocab, SEQ);
    tokens_window(tokens, 9, 3, again);
    cr_assert_eq(memcmp(again, first[3], sizeof again), 0, "another time, another window");
    tokens_close(tokens);
}

Test(train_tokens, windows_depend_on_seed_and_step_only) {
    check_windows(count_up(5000), 32000);
    check_windows(NULL, 256);
}

Test(train_tokens, stories_are_there_without_a_file) {
    struct tokens *tokens = tokens_of(NULL, STORY_VOCAB, 128);
    struct grammar_floor floor;
    cr_assert(tokens_floor(tokens, &floor));
    cr_assert(floor.nats > 0.1 && floor.nats < 1, "%g", floor.nats);
    cr_assert_lt(floor.standard_error, 0.01 * floor.nats);
    tokens_close(tokens);
    refused(NULL, STORY_VOCAB - 1, 128, "need a vocabulary of at least 128 tokens");
}

Test(train_tokens, other_data_has_another_digest) {
    struct tokens *first = tokens_of(count_up(50), 32000, 8), *second = tokens_of(NULL, 256, 8);
    uint16_t data[50];
    unsigned char digest[DIGEST_BYTES];
    size_t bytes;
    memcpy(digest, tokens_digest(first), sizeof digest);
    cr_assert_neq(memcmp(digest, tokens_digest(second), sizeof digest), 0);
    tokens_close(first);
    tokens_close(second);
    void *file = kit_read(kit_path("data.bin"), &bytes);
    cr_assert_eq(bytes, sizeof data);
    memcpy(data, file, sizeof data);
    free(file);
    first = tokens_of(kit_file("copy.bin", data, sizeof data), 256, 4);
    cr_assert_eq(memcmp(digest, tokens_digest(first), sizeof digest), 0);
    tokens_close(first);
    data[49]++;
    first = tokens_of(kit_file("copy.bin", data, sizeof data), 256, 4);
    cr_assert_neq(memcmp(digest, tokens_digest(first), sizeof digest), 0);
    tokens_close(first);
}
