/* SPDX-License-Identifier: MIT
 *
 * Reads tokenizer.json.
 */
#include "generate/model/bpe_internal.h"

#include "generate/model/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING_MAX = 512 };

/* GPT-2's (openai/gpt-2, encoder.py), which ByteLevel has inside. */
static const char gpt2_pattern[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
    "|\\s+(?!\\S)|\\s+";
/* Characters that are as they are in NFC whatever comes before or after, by Unicode's NFC_Quick_Check and
 * Canonical_Combining_Class: all but marks, those below, and those that this library's Unicode has not. */
static const char composed_pattern[] =
    "\\A(?:[\\x{fe00}-\\x{fe0f}]|[^\\p{M}\\p{Cn}\\x{374}\\x{37e}\\x{387}\\x{958}-\\x{95f}\\x{9dc}"
    "\\x{9dd}\\x{9df}"
    "\\x{a33}\\x{a36}\\x{a59}-\\x{a5b}\\x{a5e}\\x{b5c}\\x{b5d}\\x{f43}\\x{f4d}\\x{f52}\\x{f57}\\x{"
    "f5c}\\x{f69}"
    "\\x{1161}-\\x{1175}\\x{11a8}-\\x{11c2}\\x{1f71}\\x{1f73}\\x{1f75}\\x{1f77}\\x{1f79}\\x{1f7b}"
    "\\x{1f7d}"
    "\\x{1fbb}\\x{1fbe}\\x{1fc9}\\x{1fcb}\\x{1fd3}\\x{1fdb}\\x{1fe3}\\x{1feb}\\x{1fee}\\x{1fef}\\x{"
    "1ff9}"
    "\\x{1ffb}\\x{1ffd}\\x{2000}\\x{2001}\\x{2126}\\x{212a}\\x{212b}\\x{2329}\\x{232a}\\x{2adc}"
    "\\x{f900}-\\x{faff}\\x{fb1d}-\\x{fb4e}\\x{1d15e}-\\x{1d164}\\x{1d1bb}-\\x{1d1c0}\\x{2f800}-"
    "\\x{2fa1d}])*+\\z";

struct file {
    const char *path;
    struct bpe *bpe;
    char *room; /* the next free byte of bpe->memory */
    struct device_error *error;
};

static enum device_status refuse(const struct file *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum device_status refuse(const struct file *f, const char *format, ...) {
    char what[300];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return device_error_set(f->error, DEVICE_BROKEN, "tokenizer", "%s: %s", f->path, what);
}

static enum device_status memory_out(const struct file *f) {
    return refuse(f, "out of memory");
}

/* NULL when it is not there or null. */
static json_object *of(json_object *object, const char *key) {
    json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        (void)json_object_object_get_ex(object, key, &value);
    return value;
}

static const char *word(json_object *object, const char *key) {
    json_object *value = of(object, key);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static bool yes(json_object *object, const char *key, bool absent) {
    json_object *value = of(object, key);
    return value ? json_object_get_boolean(value) : absent;
}

static size_t length(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
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
static const char *characters_take(struct file *f, const char *text, size_t n, size_t *n_bytes) {
    char *bytes = f->room;
    if (memchr(text, ' ', n))
        return NULL;
    memcpy(bytes, text, n);
    *n_bytes = bpe_spaces(bytes, n);
    f->room += *n_bytes;
    return bytes;
}

/* Appends the bytes that n bytes of UTF-8 stand for. NULL: another alphabet. */
static const char *bytes_take(struct file *f, const char *text, size_t n, size_t *n_bytes) {
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
    const struct file *f, json_object *value, const char *name, int32_t *token) {
    int64_t number;
    if (!model_json_whole(value, 0, INT32_MAX, &number))
        return refuse(f, "the token '%.60s' has no number", name);
    if (number >= f->bpe->vocab)
        return refuse(f,
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
static int byte_named(const struct file *f, const char *name) {
    static const char digits[] = "0123456789ABCDEF";
    const char *high, *low;
    if (!f->bpe->characters || strlen(name) != 6 || memcmp(name, "<0x", 3) != 0 || name[5] != '>')
        return -1;
    high = strchr(digits, name[3]);
    low = strchr(digits, name[4]);
    return high && low ? (int)(16 * (high - digits) + (low - digits)) : -1;
}

/* A byte of a character that is no piece. */
static void byte_take(struct file *f, int byte, int32_t token) {
    *f->room = (char)byte;
    f->bpe->by_token[token] = (struct bpe_piece){f->room++, 1, token};
    f->bpe->of_byte[byte] = token;
}

static enum device_status bytes_check(const struct file *f) {
    struct bpe *bpe = f->bpe;
    for (int byte = 0; byte < 256; byte++) {
        const char one = (char)byte;
        const struct bpe_piece *piece = bpe->characters ? NULL : bpe_piece_find(bpe, &one, 1);
        if (piece)
            bpe->of_byte[byte] = piece->token;
        if (!piece && (!bpe->characters || bpe->of_byte[byte] < 0))
            return refuse(f, "its vocabulary lacks the byte %d, so it is not byte-level", byte);
    }
    return DEVICE_OK;
}

static enum device_status vocabulary_take(struct file *f, json_object *vocabulary) {
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

static enum device_status added_take(struct file *f, json_object *list) {
    struct bpe *bpe = f->bpe;
    for (size_t i = 0; i < length(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        struct bpe_piece *added = &bpe->added[bpe->n_added];
        const char *text = word(entry, "content");
        const enum device_status status = token_take(f, of(entry, "id"), text, &added->token);
        if (status != DEVICE_OK)
            return status;
        if (text[0] == '\0' || yes(entry, "lstrip", false) || yes(entry, "rstrip", false) ||
            yes(entry, "single_word", false) ||
            (bpe->characters && yes(entry, "normalized", false)))
            return refuse(f,
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

static enum device_status padding_check(const struct file *f) {
    int32_t n = f->bpe->vocab;
    while (n > 0 && !f->bpe->by_token[n - 1].bytes)
        n--;
    return f->bpe->vocab - n <= PADDING_MAX
               ? DEVICE_OK
               : refuse(f, "it has %d tokens and the model %d; it was made for another model",
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
    if (length(entry) == 2) {
        for (size_t i = 0; i < 2; i++) {
            json_object *one = json_object_array_get_idx(entry, i);
            if (!json_object_is_type(one, json_type_string))
                return false;
            side[i] = json_object_get_string(one);
            n[i] = strlen(side[i]);
        }
        return true;
    }
    side[0] = json_object_is_type(entry, json_type_string) ? json_object_get_string(entry) : "";
    const char *space = strchr(side[0], ' ');
    if (!space)
        return false;
    n[0] = (size_t)(space - side[0]);
    side[1] = space + 1;
    n[1] = strlen(side[1]);
    return true;
}

static enum device_status rules_take(struct file *f, json_object *list) {
    struct bpe *bpe = f->bpe;
    for (size_t i = 0; i < length(list); i++) {
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
            return refuse(
                f, "rule %zu of 'merges' does not join two tokens of its vocabulary to one", i);
        bpe->rules[bpe->n_rules++] =
            (struct bpe_rule){left->token, right->token, (int32_t)i, both->token};
    }
    qsort(bpe->rules, bpe->n_rules, sizeof *bpe->rules, rule_compare);
    return DEVICE_OK;
}

/* ---- how a text is cut ------------------------------------------------------------------------- */

static enum device_status pattern_make(const struct file *f, const char *text, pcre2_code **out) {
    int code;
    size_t at;
    *out = pcre2_compile(
        (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &code, &at, NULL);
    return *out ? DEVICE_OK
                : refuse(f, "its regular expression is wrong at character %zu: %.100s", at, text);
}

static enum device_status cut_take(const struct file *f, json_object *cut) {
    const char *type = word(cut, "type");
    const bool is_bytes = !strcmp(type, "ByteLevel");
    const char *pattern =
        is_bytes && yes(cut, "use_regex", true) ? gpt2_pattern : word(of(cut, "pattern"), "Regex");
    if (is_bytes ? yes(cut, "add_prefix_space", true)
                 : strcmp(type, "Split") != 0 || strcmp(word(cut, "behavior"), "Isolated") != 0 ||
                       yes(cut, "invert", false) || pattern[0] == '\0')
        return refuse(f,
            "its pre-tokenizer '%.40s' is neither ByteLevel without a space in front nor a Split "
            "by "
            "a regular expression that isolates",
            type);
    if (pattern[0] == '\0')
        return DEVICE_OK;
    if (f->bpe->pattern)
        return refuse(f, "its pre-tokenizer cuts twice, which is not known here");
    return pattern_make(f, pattern, &f->bpe->pattern);
}

static enum device_status cuts_take(const struct file *f, json_object *cut) {
    enum device_status status = DEVICE_OK;
    if (strcmp(word(cut, "type"), "Sequence") != 0)
        return cut_take(f, cut);
    json_object *list = of(cut, "pretokenizers");
    for (size_t i = 0; status == DEVICE_OK && i < length(list); i++)
        status = cut_take(f, json_object_array_get_idx(list, i));
    return status;
}

/* U+2581 in front, and in place of each space. */
static bool is_spaces(json_object *normalizer) {
    json_object *list = of(normalizer, "normalizers");
    if (strcmp(word(normalizer, "type"), "Sequence") != 0 || length(list) != 2)
        return false;
    json_object *front = json_object_array_get_idx(list, 0),
                *replace = json_object_array_get_idx(list, 1);
    return !strcmp(word(front, "type"), "Prepend") && !strcmp(word(front, "prepend"), BPE_SPACE) &&
           !strcmp(word(replace, "type"), "Replace") &&
           !strcmp(word(of(replace, "pattern"), "String"), " ") &&
           !strcmp(word(replace, "content"), BPE_SPACE);
}

static enum device_status normalizer_take(const struct file *f, json_object *normalizer) {
    if (f->bpe->characters)
        return is_spaces(normalizer)
                   ? DEVICE_OK
                   : refuse(f,
                         "its normalizer '%.40s' is not known here for characters "
                         "with byte fallback; one that puts U+2581 in front and "
                         "in place of spaces is (transformers writes such a file "
                         "with legacy=True)",
                         word(normalizer, "type"));
    if (!normalizer)
        return DEVICE_OK;
    if (strcmp(word(normalizer, "type"), "NFC") != 0)
        return refuse(f, "its normalizer '%.40s' is not known here; NFC or none are",
            word(normalizer, "type"));
    return pattern_make(f, composed_pattern, &f->bpe->composed);
}

/* Where characters are the pieces a text is not cut; the pattern checks that it is UTF-8. */
static enum device_status pre_tokenizer_take(const struct file *f, json_object *cut) {
    if (!f->bpe->characters)
        return cuts_take(f, cut);
    return cut ? refuse(f,
                     "its pre-tokenizer '%.40s' is not known here for characters with byte "
                     "fallback; "
                     "none is (transformers writes such a file with legacy=True)",
                     word(cut, "type"))
               : pattern_make(f, "(?s).+", &f->bpe->pattern);
}

/* ---- tokens around a text ---------------------------------------------------------------------- */

static enum device_status around_take(const struct file *f, json_object *processor) {
    struct bpe *bpe = f->bpe;
    json_object *list = of(processor, "single"), *tokens = of(processor, "special_tokens");
    bool is_after = false;
    bpe->around = calloc(length(list) + 1, sizeof *bpe->around);
    if (!bpe->around)
        return memory_out(f);
    for (size_t i = 0; i < length(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        const char *name = word(of(entry, "SpecialToken"), "id");
        json_object *ids = of(of(tokens, name), "ids");
        is_after = is_after || of(entry, "Sequence");
        if (of(entry, "Sequence"))
            continue;
        if (length(ids) != 1)
            return refuse(f, "its template has a token '%.40s' without one number", name);
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

static enum device_status processor_take(const struct file *f, json_object *processor) {
    const char *type = word(processor, "type");
    enum device_status status = DEVICE_OK;
    json_object *list = of(processor, "processors");
    if (!processor || !strcmp(type, "ByteLevel"))
        return DEVICE_OK;
    if (!strcmp(type, "TemplateProcessing") && !f->bpe->around)
        return around_take(f, processor);
    if (strcmp(type, "Sequence") != 0)
        return refuse(f, "its post-processor '%.40s' is not known here", type);
    for (size_t i = 0; status == DEVICE_OK && i < length(list); i++) {
        json_object *one = json_object_array_get_idx(list, i);
        status = !strcmp(word(one, "type"), "Sequence")
                     ? refuse(f, "its post-processor has a sequence in a sequence")
                     : processor_take(f, one);
    }
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------- */

static enum device_status model_check(const struct file *f, json_object *model) {
    if (strcmp(word(model, "type"), "BPE") != 0 || of(model, "dropout") ||
        word(model, "continuing_subword_prefix")[0] != '\0' ||
        word(model, "end_of_word_suffix")[0] != '\0')
        return refuse(f,
            "its model is '%.40s' or has settings that are not known here; BPE of bytes, or of "
            "characters with byte fallback, is",
            word(model, "type"));
    if (!json_object_is_type(of(model, "vocab"), json_type_object) ||
        !json_object_is_type(of(model, "merges"), json_type_array))
        return refuse(f, "its model lacks a vocabulary or rules ('vocab', 'merges')");
    f->bpe->whole_first = yes(model, "ignore_merges", false);
    f->bpe->characters = yes(model, "byte_fallback", false);
    return DEVICE_OK;
}

/* Of all texts that are kept; and of the longest rule, which is joined for a moment. */
static size_t memory_bytes(json_object *vocabulary, json_object *added, json_object *rules) {
    size_t n = 1, longest = 0;
    json_object_object_foreach(vocabulary, name, value) {
        (void)value;
        n += strlen(name);
    }
    for (size_t i = 0; i < length(added); i++)
        n += strlen(word(json_object_array_get_idx(added, i), "content")) + 1;
    for (size_t i = 0; i < length(rules); i++) {
        const char *side[2];
        size_t sides[2];
        if (sides_of(json_object_array_get_idx(rules, i), side, sides) &&
            sides[0] + sides[1] > longest)
            longest = sides[0] + sides[1];
    }
    return n + longest;
}

static enum device_status memory_make(
    struct file *f, json_object *vocabulary, json_object *added, json_object *rules) {
    struct bpe *bpe = f->bpe;
    bpe->memory = malloc(memory_bytes(vocabulary, added, rules));
    bpe->pieces = calloc((size_t)json_object_object_length(vocabulary) + 1, sizeof *bpe->pieces);
    bpe->added = calloc(length(added) + 1, sizeof *bpe->added);
    bpe->by_token = calloc((size_t)bpe->vocab + 1, sizeof *bpe->by_token);
    bpe->rules = calloc(length(rules) + 1, sizeof *bpe->rules);
    f->room = bpe->memory;
    return bpe->memory && bpe->pieces && bpe->added && bpe->by_token && bpe->rules ? DEVICE_OK
                                                                                   : memory_out(f);
}

static enum device_status file_read_all(struct file *f, json_object *root) {
    json_object *model = of(root, "model"), *vocabulary = of(model, "vocab"),
                *added = of(root, "added_tokens"), *rules = of(model, "merges");
    enum device_status status = model_check(f, model);
    if (status == DEVICE_OK)
        status = normalizer_take(f, of(root, "normalizer"));
    if (status == DEVICE_OK)
        status = pre_tokenizer_take(f, of(root, "pre_tokenizer"));
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
    return status == DEVICE_OK ? processor_take(f, of(root, "post_processor")) : status;
}

enum device_status bpe_open(
    const char *path, int32_t vocab, struct bpe **out, struct device_error *error) {
    json_object *root = model_json_read(path, error);
    *out = NULL;
    if (!root)
        return DEVICE_BROKEN;
    struct file f = {.path = path, .bpe = calloc(1, sizeof *f.bpe), .error = error};
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
