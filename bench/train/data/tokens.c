/* SPDX-License-Identifier: MIT */
#include "train/data/tokens.h"

#include "train/data/grammar.h"
#include "train/file/little_endian.h"
#include "base/files.h"
#include "base/output_file.h"

#include "measure/random.h"

#include <stdlib.h>
#include <string.h>

struct tokens {
    int seq;
    unsigned char digest[DIGEST_BYTES];
    struct grammar *grammar; /* or NULL: a file */
    struct grammar_floor floor;
    const uint16_t *file;
    size_t file_bytes, n;
};

/* Enough for a standard error below 1 % of the floor at any window length. */
enum { FLOOR_WINDOWS = 256 };

static enum device_status stories_open(
    struct tokens *tokens, int vocab, struct device_error *error) {
    if (vocab < STORY_VOCAB)
        return device_error_set(error, DEVICE_BROKEN, "tokens",
            "the built-in stories need a vocabulary of at least %d tokens, not %d; change it or "
            "give a token file",
            STORY_VOCAB, vocab);
    enum device_status status = grammar_new(story_rules, n_story_rules, &tokens->grammar, error);
    if (status == DEVICE_OK)
        status = grammar_floor_estimate(
            tokens->grammar, tokens->seq, FLOOR_WINDOWS, 1, &tokens->floor, error);
    return status;
}

static enum device_status file_open(
    struct tokens *tokens, const char *path, int vocab, struct device_error *error) {
    const void *data;
    struct error why;
    if (file_map(path, &data, &tokens->file_bytes, &why) != 0)
        return device_error_take(error, "file", &why);
    tokens->file = data;
    tokens->n = tokens->file_bytes / sizeof *tokens->file;
    if (tokens->file_bytes % sizeof *tokens->file != 0)
        return device_error_set(error, DEVICE_BROKEN, "tokens",
            "%s has %zu bytes, an odd number, but tokens are 16 bits; it was cut off or is not a "
            "token file",
            path, tokens->file_bytes);
    if (tokens->n < (size_t)tokens->seq + 1)
        return device_error_set(error, DEVICE_BROKEN, "tokens",
            "%s has %zu tokens, fewer than the %d of one window; give more text or fewer positions",
            path, tokens->n, tokens->seq + 1);
    for (size_t i = 0; i < tokens->n; i++)
        if (tokens->file[i] >= vocab)
            return device_error_set(error, DEVICE_BROKEN, "tokens",
                "%s: token %zu (byte %zu) is %d, but the vocabulary ends at %d; it was made for "
                "another vocabulary or is not a token file",
                path, i, i * sizeof *tokens->file, (int)tokens->file[i], vocab - 1);
    return DEVICE_OK;
}

static enum device_status digest_make(struct tokens *tokens, struct device_error *error) {
    struct digest digest;
    digest_start(&digest);
    digest_add(&digest, tokens->file, tokens->file_bytes);
    for (int i = 0; tokens->grammar != NULL && i < n_story_rules; i++) {
        digest_add(&digest, story_rules[i].name, strlen(story_rules[i].name) + 1);
        digest_add(&digest, story_rules[i].text, strlen(story_rules[i].text) + 1);
    }
    if (digest_end(&digest, tokens->digest) != 0)
        return device_error_set(error, DEVICE_BROKEN, "tokens", "out of memory");
    return DEVICE_OK;
}

enum device_status tokens_open(
    const char *path, int vocab, int seq, struct tokens **out, struct device_error *error) {
    *out = NULL;
    struct tokens *tokens = calloc(1, sizeof *tokens);
    if (tokens == NULL)
        return device_error_set(error, DEVICE_BROKEN, "tokens", "out of memory");
    tokens->seq = seq;
    enum device_status status =
        path == NULL ? stories_open(tokens, vocab, error) : file_open(tokens, path, vocab, error);
    if (status == DEVICE_OK)
        status = digest_make(tokens, error);
    if (status != DEVICE_OK)
        tokens_close(tokens);
    else
        *out = tokens;
    return status;
}

void tokens_close(struct tokens *tokens) {
    if (tokens == NULL)
        return;
    grammar_free(tokens->grammar);
    file_unmap(tokens->file, tokens->file_bytes);
    free(tokens);
}

void tokens_window(const struct tokens *tokens, uint64_t seed, uint64_t step, uint16_t *window) {
    uint64_t state = seed;
    state = random_next(&state) ^ step; /* neighbouring seeds must not share windows */
    size_t n = (size_t)tokens->seq + 1;
    if (tokens->grammar == NULL) {
        size_t at = random_below(&state, tokens->n - n + 1);
        memcpy(window, tokens->file + at, n * sizeof *window);
        return;
    }
    struct grammar_text text;
    grammar_text_open(tokens->grammar, random_next(&state), &text);
    for (size_t i = 0; i < n; i++)
        window[i] = grammar_text_next(tokens->grammar, &text, NULL);
}

const unsigned char *tokens_digest(const struct tokens *tokens) {
    return tokens->digest;
}

bool tokens_floor(const struct tokens *tokens, struct grammar_floor *out) {
    *out = tokens->floor;
    return tokens->grammar != NULL;
}
