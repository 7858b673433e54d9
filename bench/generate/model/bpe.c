/* SPDX-License-Identifier: MIT */
#include "generate/model/bpe_internal.h"

#include <stdlib.h>
#include <string.h>

static int bytes_compare(const char *a, size_t n_a, const char *b, size_t n_b) {
    const int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    return order != 0 ? order : (n_a > n_b) - (n_a < n_b);
}

const struct bpe_piece *bpe_piece_find(const struct bpe *bpe, const char *bytes, size_t n) {
    size_t low = 0, high = bpe->n_pieces;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct bpe_piece *piece = &bpe->pieces[middle];
        const int order = bytes_compare(bytes, n, piece->bytes, piece->n);
        if (order == 0)
            return piece;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct bpe_rule *bpe_rule_find(const struct bpe *bpe, int32_t left, int32_t right) {
    size_t low = 0, high = bpe->n_rules;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct bpe_rule *rule = &bpe->rules[middle];
        if (rule->left == left && rule->right == right)
            return rule;
        if (left < rule->left || (left == rule->left && right < rule->right))
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

size_t bpe_spaces(char *text, size_t n) {
    const size_t width = sizeof BPE_SPACE - 1;
    size_t out = 0;
    for (size_t i = 0; i < n; out++) {
        const bool is_space = n - i >= width && memcmp(text + i, BPE_SPACE, width) == 0;
        text[out] = is_space ? ' ' : text[i];
        i += is_space ? width : 1;
    }
    return out;
}

/* A text on its way to tokens. */
struct encoding {
    const struct bpe *bpe;
    char *spaced; /* room for a text with a space in front */
    pcre2_match_data *match;
    int32_t *tokens;
    size_t n;
    const struct bpe_rule *
        *rules; /* that would join a token of the piece with the next; NULL: none */
    struct device_error *error;
};

/* Before any rule: a token for each byte, or for each character that has one. Returns how many. */
static size_t tokens_start(const struct bpe *bpe, const char *bytes, size_t n, int32_t *tokens) {
    size_t n_tokens = 0;
    for (size_t i = 0, width; i < n; i += width) {
        width = 1;
        while (bpe->characters && i + width < n && ((unsigned char)bytes[i + width] & 0xC0) == 0x80)
            width++;
        const struct bpe_piece *piece =
            bpe->characters ? bpe_piece_find(bpe, bytes + i, width) : NULL;
        for (size_t k = 0; k < (piece ? 1 : width); k++)
            tokens[n_tokens++] = piece ? piece->token : bpe->of_byte[(unsigned char)bytes[i + k]];
    }
    return n_tokens;
}

static void piece_encode(struct encoding *e, const char *bytes, size_t n) {
    const struct bpe *bpe = e->bpe;
    const struct bpe_piece *whole = bpe->whole_first ? bpe_piece_find(bpe, bytes, n) : NULL;
    int32_t *tokens = e->tokens + e->n;
    if (whole) {
        e->tokens[e->n++] = whole->token;
        return;
    }
    n = tokens_start(bpe, bytes, n, tokens);
    for (size_t i = 0; i + 1 < n; i++)
        e->rules[i] = bpe_rule_find(bpe, tokens[i], tokens[i + 1]);
    for (;;) {
        size_t first = n;
        for (size_t i = 0; i + 1 < n; i++)
            if (e->rules[i] && (first == n || e->rules[i]->rank < e->rules[first]->rank))
                first = i;
        if (first == n)
            break;
        tokens[first] = e->rules[first]->token;
        n--;
        memmove(tokens + first + 1, tokens + first + 2, (n - first - 1) * sizeof *tokens);
        memmove(e->rules + first, e->rules + first + 1, (n - first) * sizeof(void *));
        if (first > 0)
            e->rules[first - 1] = bpe_rule_find(bpe, tokens[first - 1], tokens[first]);
        if (first + 1 < n)
            e->rules[first] = bpe_rule_find(bpe, tokens[first], tokens[first + 1]);
    }
    e->n += n;
}

/* What lies between two matches is a piece as well. */
static enum device_status stretch_encode(struct encoding *e, const char *text, size_t n) {
    size_t at = 0;
    if (e->bpe->characters && n > 0) {
        e->spaced[0] = ' ';
        memcpy(e->spaced + 1, text, n);
        n = 1 + bpe_spaces(e->spaced + 1, n);
        text = e->spaced;
    }
    while (e->bpe->pattern && at < n) {
        const int code =
            pcre2_match(e->bpe->pattern, (PCRE2_SPTR)text, n, at, PCRE2_NOTEMPTY, e->match, NULL);
        if (code == PCRE2_ERROR_NOMATCH)
            break;
        if (code < 0)
            return device_error_set(e->error, DEVICE_BROKEN, "text",
                "the tokenizer's regular expression cannot be matched (PCRE2 error %d)", code);
        const size_t *ends = pcre2_get_ovector_pointer(e->match);
        if (ends[0] > at)
            piece_encode(e, text + at, ends[0] - at);
        piece_encode(e, text + ends[0], ends[1] - ends[0]);
        at = ends[1];
    }
    if (at < n)
        piece_encode(e, text + at, n - at);
    return DEVICE_OK;
}

/* The added token that comes first in the text, the longest of those; NULL if there is none. */
static const struct bpe_piece *added_find(const struct bpe *bpe, const char *text, size_t *at) {
    const struct bpe_piece *found = NULL;
    for (size_t i = 0; i < bpe->n_added; i++) {
        const struct bpe_piece *added = &bpe->added[i];
        const char *place = strstr(text, added->bytes);
        const size_t offset = place ? (size_t)(place - text) : 0;
        if (place && (!found || offset < *at || (offset == *at && added->n > found->n))) {
            found = added;
            *at = offset;
        }
    }
    return found;
}

static enum device_status text_check(
    const struct bpe *bpe, const char *text, size_t n, struct device_error *error) {
    if (n > BPE_TEXT_BYTES_MAX)
        return device_error_set(error, DEVICE_BROKEN, "text",
            "the text has %zu bytes; at most %d are taken", n, BPE_TEXT_BYTES_MAX);
    pcre2_code *any = bpe->composed ? bpe->composed : bpe->pattern;
    pcre2_match_data *match = any ? pcre2_match_data_create_from_pattern(any, NULL) : NULL;
    const int code = match ? pcre2_match(any, (PCRE2_SPTR)text, n, 0, 0, match, NULL) : 0;
    const size_t at = match ? pcre2_get_startchar(match) : 0;
    pcre2_match_data_free(match);
    if (any && !match)
        return device_error_set(error, DEVICE_BROKEN, "text", "out of memory");
    if (code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21)
        return device_error_set(
            error, DEVICE_BROKEN, "text", "the text is not UTF-8 from byte %zu on", at);
    if (code < 0 && bpe->composed)
        return device_error_set(error, DEVICE_BROKEN, "text",
            "the text has combining marks, or characters that have another form: it is not known "
            "here "
            "whether it is composed (NFC), as this tokenizer needs it; write it without them");
    return DEVICE_OK;
}

static enum device_status text_encode(struct encoding *e, const char *text) {
    enum device_status status = DEVICE_OK;
    for (size_t left = strlen(text); status == DEVICE_OK && left > 0;) {
        size_t at = left;
        const struct bpe_piece *added = added_find(e->bpe, text, &at);
        status = stretch_encode(e, text, at);
        if (added)
            e->tokens[e->n++] = added->token;
        at += added ? added->n : 0;
        text += at;
        left -= at;
    }
    return status;
}

enum device_status bpe_encode(
    const struct bpe *bpe, const char *text, int32_t **out, size_t *n, struct device_error *error) {
    const size_t bytes = strlen(text);
    struct encoding e = {.bpe = bpe, .error = error};
    enum device_status status = text_check(bpe, text, bytes, error);
    *out = NULL;
    *n = 0;
    if (status != DEVICE_OK)
        return status;
    /* as many spaces in front as there may be stretches */
    e.tokens = calloc(bpe->n_before + 2 * bytes + bpe->n_after + 1, sizeof *e.tokens);
    e.rules = calloc(bytes + 2, sizeof(void *));
    e.spaced = malloc(bytes + 2);
    e.match = pcre2_match_data_create(1, NULL);
    if (!e.tokens || !e.rules || !e.spaced || !e.match)
        status = device_error_set(error, DEVICE_BROKEN, "text", "out of memory");
    for (size_t i = 0; status == DEVICE_OK && i < bpe->n_before; i++)
        e.tokens[e.n++] = bpe->around[i];
    if (status == DEVICE_OK)
        status = text_encode(&e, text);
    for (size_t i = 0; status == DEVICE_OK && i < bpe->n_after; i++)
        e.tokens[e.n++] = bpe->around[bpe->n_before + i];
    pcre2_match_data_free(e.match);
    free((void *)e.rules);
    free(e.spaced);
    if (status != DEVICE_OK) {
        free(e.tokens);
        return status;
    }
    *out = e.tokens;
    *n = e.n;
    return DEVICE_OK;
}

const char *bpe_text(const struct bpe *bpe, int32_t token, size_t *bytes) {
    const bool is_there = token >= 0 && token < bpe->vocab && bpe->by_token[token].bytes;
    *bytes = is_there ? bpe->by_token[token].n : 0;
    return is_there ? bpe->by_token[token].bytes : "";
}

void bpe_close(struct bpe *bpe) {
    if (!bpe)
        return;
    pcre2_code_free(bpe->pattern);
    pcre2_code_free(bpe->composed);
    free(bpe->memory);
    free(bpe->pieces);
    free(bpe->added);
    free(bpe->by_token);
    free(bpe->rules);
    free(bpe->around);
    free(bpe);
}
