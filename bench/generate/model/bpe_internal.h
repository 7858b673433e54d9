/* SPDX-License-Identifier: MIT
 *
 * Shared by the parts that read a vocabulary and those that apply it.
 */
#ifndef ANEPROBE_GENERATE_BPE_INTERNAL_H
#define ANEPROBE_GENERATE_BPE_INTERNAL_H

#include "generate/model/bpe.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct bpe_piece {
    const char *bytes; /* in `memory` */
    size_t n;
    int32_t token;
};

/* Left and right become token; rules with a lower rank come first. */
struct bpe_rule {
    int32_t left, right, rank, token;
};

struct bpe {
    char *memory;
    struct bpe_piece *pieces; /* of the model's vocabulary, by bytes */
    struct bpe_piece *added;
    struct bpe_piece *by_token; /* [vocab] */
    struct bpe_rule *rules;     /* by left and right */
    int32_t *around;            /* tokens before a text, then those after it */
    size_t n_pieces, n_added, n_rules, n_before, n_after;
    int32_t vocab;
    int32_t of_byte[256]; /* a token each */
    pcre2_code *pattern;  /* of pieces; NULL: the text is one */
    pcre2_code *composed; /* of texts that are certainly composed; NULL: any will do */
    bool whole_first;     /* a piece that is a token needs no rules */
    /* Pieces start as characters, or as the bytes of those that are none; a space is in front of a text. */
    bool characters;
};

/* U+2581, which stands for a space where characters are the pieces. */
#define BPE_SPACE "\xe2\x96\x81"
/* Each of them becomes a space; the new length. */
size_t bpe_spaces(char *text, size_t n);

/* NULL when there is none. */
const struct bpe_piece *bpe_piece_find(const struct bpe *bpe, const char *bytes, size_t n);
const struct bpe_rule *bpe_rule_find(const struct bpe *bpe, int32_t left, int32_t right);

#endif
