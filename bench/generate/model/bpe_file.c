/* SPDX-License-Identifier: MIT
 *
 * Reads tokenizer.json.
 */
#include "generate/model/bpe_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING_MAX = 512 };

enum device_status bpe_refuse(const struct bpe_file *f, const char *format, ...) {
    char what[300];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return device_error_set(f->error, DEVICE_BROKEN, "tokenizer", "%s: %s", f->path, what);
}

static enum device_status memory_out(const struct bpe_file *f) {
    return bpe_refuse(f, "out of memory");
}

/* ---- bytes as characters ----------------------------------------------------------------------- */

static bool shows_itself(int byte) {
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
}

/* Bytes that do not show are the characters from U+0100 on, in order. -1 for another character. */
static int byte_of(unsigned character) {
    unsigned next = 0x100;
    if (character < 0x100)
        return shows_itself((int)character) ? (int)character : -1;
    for (int byte = 0; byte < 0x100; byte++)
        if (!shows_itself(byte) && next++ == character)
            return byte;
    return -1;
}

/* Where characters are the pieces, a space is written U+2581. */
static const char *characters_take(
    struct bpe_file *f, const char *text, size_t n, size_t *n_bytes) {
    char *bytes = f->room;
    if (memchr(text, ' ', n))
        return NULL;
    memcpy(bytes, text, n);
    *n_bytes = bpe_spaces(bytes, n);
    f->room += *n_bytes;
    return bytes;
}

/* Appends the bytes that n bytes of UTF-8 stand for. NULL: another alphabet. */
static const char *bytes_take(struct bpe_file *f, const char *text, size_t n, size_t *n_bytes) {
    const unsigned char *at = (const unsigned char *)text, *end = at + n;
    char *bytes = f->room;
    if (f->bpe->characters)
        return characters_take(f, text, n, n_bytes);
    while (at < end) {
        unsigned character = *at++;
        if (character >= 0xC2 && character <= 0xDF && at < end && (*at & 0xC0) == 0x80)
            character = (character & 0x1F) << 6 | (*at++ & 0x3F);
        else if (character >= 0x80)
            return NULL;
        const int byte = byte_of(character);
        if (byte < 0)
            return NULL;
        *f->room++ = (char)byte;
    }
    *n_bytes = (size_t)(f->room - bytes);
    return bytes;
}

/* ---- vocabulary -------------------------------------------------------------------------------- */

static enum device_status token_take(
    const struct bpe_file *f, json_object *value, const char *name, int32_t *token) {
    int64_t number;
    if (!model_json_whole(value, 0, INT32_MAX, &number))
        return bpe_refuse(f, "the token '%.60s' has no number", name);
    if (number >= f->bpe->vocab)
        return bpe_refuse(f,
            "the token '%.60s' has the number %lld, but the model has %d tokens; the tokenizer was "
            "made for another model",
            name, (long long)number, (int)f->bpe->vocab);
    *token = (int32_t)number;
    return DEVICE_OK;
}

static int piece_compare(const void *a, const void *b) {
    const struct bpe_piece *x = a, *y = b;
    const int order = memcmp(x->bytes, y->bytes, x->n < y->n ? x->n : y->n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

/* "<0x0A>", of a file whose pieces are characters; -1 for another name. */
static int byte_named(const struct bpe_file *f, const char *name) {
    static const char digits[] = "0123456789ABCDEF";
    const char *high, *low;
    if (!f->bpe->characters || strlen(name) != 6 || memcmp(name, "<0x", 3) != 0 || name[5] != '>')
        return -1;
    high = strchr(digits, name[3]);
    low = strchr(digits, name[4]);
    return high && low ? (int)(16 * (high - digits) + (low - digits)) : -1;
}

/* A byte of a character that is no piece. */
static void byte_take(struct bpe_file *f, int byte, int32_t token) {
    *f->room = (char)byte;
    f->bpe->by_token[token] = (struct bpe_piece){f->room++, 1, token};
    f->bpe->of_byte[byte] = token;
}

static enum device_status bytes_check(const struct bpe_file *f) {
    struct bpe *bpe = f->bpe;
    for (int byte = 0; byte < 256; byte++) {
        const char one = (char)byte;
        const struct bpe_piece *piece = bpe->characters ? NULL : bpe_piece_find(bpe, &one, 1);
        if (piece)
            bpe->of_byte[byte] = piece->token;
        if (!piece && (!bpe->characters || bpe->of_byte[byte] < 0))
            return bpe_refuse(f, "its vocabulary lacks the byte %d, so it is not byte-level", byte);
    }
    return DEVICE_OK;
}

static enum device_status vocabulary_take(struct bpe_file *f, json_object *vocabulary) {
    struct bpe *bpe = f->bpe;
    enum device_status status = DEVICE_OK;
    for (int byte = 0; byte < 256; byte++)
        bpe->of_byte[byte] = -1;
    json_object_object_foreach(vocabulary, name, value) {
        struct bpe_piece *piece = &bpe->pieces[bpe->n_pieces];
        const int byte = byte_named(f, name);
        if (status != DEVICE_OK)
            continue;
        status = token_take(f, value, name, &piece->token);
        if (byte >= 0 && status == DEVICE_OK)
            byte_take(f, byte, piece->token);
        if (byte >= 0)
            continue;
        piece->bytes = bytes_take(f, name, strlen(name), &piece->n);
        /* such as an added token that is here as well: no bytes come to it */
        if (status == DEVICE_OK && piece->bytes)
            bpe->by_token[piece->token] = bpe->pieces[bpe->n_pieces++];
    }
    qsort(bpe->pieces, bpe->n_pieces, sizeof *bpe->pieces, piece_compare);
    return status == DEVICE_OK ? bytes_check(f) : status;
}

static enum device_status added_take(struct bpe_file *f, json_object *list) {
    struct bpe *bpe = f->bpe;
    for (size_t i = 0; i < model_json_length(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        struct bpe_piece *added = &bpe->added[bpe->n_added];
        const char *text = model_json_word(entry, "content");
        const enum device_status status =
            token_take(f, model_json_of(entry, "id"), text, &added->token);
        if (status != DEVICE_OK)
            return status;
        if (text[0] == '\0' || model_json_yes(entry, "lstrip", false) ||
            model_json_yes(entry, "rstrip", false) || model_json_yes(entry, "single_word", false) ||
            (bpe->characters && model_json_yes(entry, "normalized", false)))
            return bpe_refuse(f,
                "the added token '%.60s' is empty, takes spaces around it or is looked for in the "
                "normalized text, which is not known here",
                text);
        added->n = strlen(text);
        added->bytes = memcpy(f->room, text, added->n + 1);
        f->room += added->n + 1;
        bpe->by_token[added->token] = *added;
        bpe->n_added++;
    }
    return DEVICE_OK;
}

static enum device_status padding_check(const struct bpe_file *f) {
    int32_t n = f->bpe->vocab;
    while (n > 0 && !f->bpe->by_token[n - 1].bytes)
        n--;
    return f->bpe->vocab - n <= PADDING_MAX
               ? DEVICE_OK
               : bpe_refuse(f, "it has %d tokens and the model %d; it was made for another model",
                     (int)n, (int)f->bpe->vocab);
}

/* ---- rules ------------------------------------------------------------------------------------- */

static int rule_compare(const void *a, const void *b) {
    const struct bpe_rule *x = a, *y = b;
    if (x->left != y->left)
        return x->left < y->left ? -1 : 1;
    if (x->right != y->right)
        return x->right < y->right ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The two sides of "a b" or ["a","b"]. */
static bool sides_of(json_object *entry, const char *side[2], size_t n[2]) {
    if (model_json_length(entry) == 2) {
        for (size_t i = 0; i < 2; i++) {
            json_object *one = json_object_array_get_idx(entry, i);
            if (!json_object_is_type(one, json_type_string))
                return false;
            side[i] = json_object_get_string(one);
            n[i] = strlen(side[i]);
        }
        return true;
    }
    side[0] = model_json_text(entry);
    const char *space = strchr(side[0], ' ');
    if (!space)
        return false;
    n[0] = (size_t)(space - side[0]);
    side[1] = space + 1;
    n[1] = strlen(side[1]);
    return true;
}

static enum device_status rules_take(struct bpe_file *f, json_object *list) {
    struct bpe *bpe = f->bpe;
    for (size_t i = 0; i < model_json_length(list); i++) {
        const char *side[2], *bytes[2] = {NULL, NULL};
        size_t n[2], n_bytes[2] = {0, 0};
        char *begin = f->room;
        const bool is_pair = sides_of(json_object_array_get_idx(list, i), side, n);
        for (int k = 0; is_pair && k < 2; k++)
            bytes[k] = bytes_take(f, side[k], n[k], &n_bytes[k]);
        const struct bpe_piece *left = bytes[0] ? bpe_piece_find(bpe, bytes[0], n_bytes[0]) : NULL,
                               *right = bytes[1] ? bpe_piece_find(bpe, bytes[1], n_bytes[1]) : NULL,
                               *both = left && right
                                           ? bpe_piece_find(bpe, begin, n_bytes[0] + n_bytes[1])
                                           : NULL;
        f->room = begin;
        if (!both)
            return bpe_refuse(
                f, "rule %zu of 'merges' does not join two tokens of its vocabulary to one", i);
        bpe->rules[bpe->n_rules++] =
            (struct bpe_rule){left->token, right->token, (int32_t)i, both->token};
    }
    qsort(bpe->rules, bpe->n_rules, sizeof *bpe->rules, rule_compare);
    return DEVICE_OK;
}

/* ---- tokens around a text ---------------------------------------------------------------------- */

static enum device_status around_take(const struct bpe_file *f, json_object *processor) {
    struct bpe *bpe = f->bpe;
    json_object *list = model_json_of(processor, "single"),
                *tokens = model_json_of(processor, "special_tokens");
    bool is_after = false;
    bpe->around = calloc(model_json_length(list) + 1, sizeof *bpe->around);
    if (!bpe->around)
        return memory_out(f);
    for (size_t i = 0; i < model_json_length(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        const char *name = model_json_word(model_json_of(entry, "SpecialToken"), "id");
        json_object *ids = model_json_of(model_json_of(tokens, name), "ids");
        is_after = is_after || model_json_of(entry, "Sequence");
        if (model_json_of(entry, "Sequence"))
            continue;
        if (model_json_length(ids) != 1)
            return bpe_refuse(f, "its template has a token '%.40s' without one number", name);
        const enum device_status status = token_take(
            f, json_object_array_get_idx(ids, 0), name, &bpe->around[bpe->n_before + bpe->n_after]);
        if (status != DEVICE_OK)
            return status;
        if (is_after)
            bpe->n_after++;
        else
            bpe->n_before++;
    }
    return DEVICE_OK;
}

static enum device_status processor_take(const struct bpe_file *f, json_object *processor) {
    const char *type = model_json_word(processor, "type");
    enum device_status status = DEVICE_OK;
    json_object *list = model_json_of(processor, "processors");
    if (!processor || !strcmp(type, "ByteLevel"))
        return DEVICE_OK;
    if (!strcmp(type, "TemplateProcessing") && !f->bpe->around)
        return around_take(f, processor);
    if (strcmp(type, "Sequence") != 0)
        return bpe_refuse(f, "its post-processor '%.40s' is not known here", type);
    for (size_t i = 0; status == DEVICE_OK && i < model_json_length(list); i++) {
        json_object *one = json_object_array_get_idx(list, i);
        status = !strcmp(model_json_word(one, "type"), "Sequence")
                     ? bpe_refuse(f, "its post-processor has a sequence in a sequence")
                     : processor_take(f, one);
    }
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------- */

static enum device_status model_check(const struct bpe_file *f, json_object *model) {
    if (strcmp(model_json_word(model, "type"), "BPE") != 0 || model_json_of(model, "dropout") ||
        model_json_word(model, "continuing_subword_prefix")[0] != '\0' ||
        model_json_word(model, "end_of_word_suffix")[0] != '\0')
        return bpe_refuse(f,
            "its model is '%.40s' or has settings that are not known here; BPE of bytes, or of "
            "characters with byte fallback, is",
            model_json_word(model, "type"));
    if (!json_object_is_type(model_json_of(model, "vocab"), json_type_object) ||
        !json_object_is_type(model_json_of(model, "merges"), json_type_array))
        return bpe_refuse(f, "its model lacks a vocabulary or rules ('vocab', 'merges')");
    f->bpe->whole_first = model_json_yes(model, "ignore_merges", false);
    f->bpe->characters = model_json_yes(model, "byte_fallback", false);
    return DEVICE_OK;
}

/* Of all texts that are kept; and of the longest rule, which is joined for a moment. */
static size_t memory_bytes(json_object *vocabulary, json_object *added, json_object *rules) {
    size_t n = 1, longest = 0;
    json_object_object_foreach(vocabulary, name, value) {
        (void)value;
        n += strlen(name);
    }
    for (size_t i = 0; i < model_json_length(added); i++)
        n += strlen(model_json_word(json_object_array_get_idx(added, i), "content")) + 1;
    for (size_t i = 0; i < model_json_length(rules); i++) {
        const char *side[2];
        size_t sides[2];
        if (sides_of(json_object_array_get_idx(rules, i), side, sides) &&
            sides[0] + sides[1] > longest)
            longest = sides[0] + sides[1];
    }
    return n + longest;
}

static enum device_status memory_make(
    struct bpe_file *f, json_object *vocabulary, json_object *added, json_object *rules) {
    struct bpe *bpe = f->bpe;
    bpe->memory = malloc(memory_bytes(vocabulary, added, rules));
    bpe->pieces = calloc((size_t)json_object_object_length(vocabulary) + 1, sizeof *bpe->pieces);
    bpe->added = calloc(model_json_length(added) + 1, sizeof *bpe->added);
    bpe->by_token = calloc((size_t)bpe->vocab + 1, sizeof *bpe->by_token);
    bpe->rules = calloc(model_json_length(rules) + 1, sizeof *bpe->rules);
    f->room = bpe->memory;
    return bpe->memory && bpe->pieces && bpe->added && bpe->by_token && bpe->rules ? DEVICE_OK
                                                                                   : memory_out(f);
}

static enum device_status file_read_all(struct bpe_file *f, json_object *root) {
    json_object *model = model_json_of(root, "model"), *vocabulary = model_json_of(model, "vocab"),
                *added = model_json_of(root, "added_tokens"),
                *rules = model_json_of(model, "merges");
    enum device_status status = model_check(f, model);
    if (status == DEVICE_OK)
        status = bpe_cuts_read(f, root);
    if (status == DEVICE_OK)
        status = memory_make(f, vocabulary, added, rules);
    if (status == DEVICE_OK)
        status = vocabulary_take(f, vocabulary);
    if (status == DEVICE_OK)
        status = added_take(f, added);
    if (status == DEVICE_OK)
        status = padding_check(f);
    if (status == DEVICE_OK)
        status = rules_take(f, rules);
    return status == DEVICE_OK ? processor_take(f, model_json_of(root, "post_processor")) : status;
}

enum device_status bpe_open(
    const char *path, int32_t vocab, struct bpe **out, struct device_error *error) {
    json_object *root = model_json_read(path, error);
    *out = NULL;
    if (!root)
        return DEVICE_BROKEN;
    struct bpe_file f = {.path = path, .bpe = calloc(1, sizeof *f.bpe), .error = error};
    enum device_status status = f.bpe ? DEVICE_OK : memory_out(&f);
    if (f.bpe)
        f.bpe->vocab = vocab;
    if (status == DEVICE_OK)
        status = file_read_all(&f, root);
    json_object_put(root);
    if (status == DEVICE_OK)
        *out = f.bpe;
    else
        bpe_close(f.bpe);
    return status;
}
