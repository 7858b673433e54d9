/* SPDX-License-Identifier: MIT
 *
 * How a text is changed and cut into pieces before rules apply, by tokenizer.json.
 */
#include "generate/model/bpe_file.h"

#include <string.h>

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

static enum device_status pattern_make(
    const struct bpe_file *f, const char *text, pcre2_code **out) {
    int code;
    size_t at;
    *out = pcre2_compile(
        (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &code, &at, NULL);
    return *out ? DEVICE_OK
                : bpe_refuse(
                      f, "its regular expression is wrong at character %zu: %.100s", at, text);
}

static enum device_status cut_take(const struct bpe_file *f, json_object *cut) {
    const char *type = model_json_word(cut, "type");
    const bool is_bytes = !strcmp(type, "ByteLevel");
    const char *pattern = is_bytes && model_json_yes(cut, "use_regex", true)
                              ? gpt2_pattern
                              : model_json_word(model_json_of(cut, "pattern"), "Regex");
    if (is_bytes ? model_json_yes(cut, "add_prefix_space", true)
                 : strcmp(type, "Split") != 0 ||
                       strcmp(model_json_word(cut, "behavior"), "Isolated") != 0 ||
                       model_json_yes(cut, "invert", false) || pattern[0] == '\0')
        return bpe_refuse(f,
            "its pre-tokenizer '%.40s' is neither ByteLevel without a space in front nor a Split "
            "by "
            "a regular expression that isolates",
            type);
    if (pattern[0] == '\0')
        return DEVICE_OK;
    if (f->bpe->pattern)
        return bpe_refuse(f, "its pre-tokenizer cuts twice, which is not known here");
    return pattern_make(f, pattern, &f->bpe->pattern);
}

static enum device_status cuts_take(const struct bpe_file *f, json_object *cut) {
    enum device_status status = DEVICE_OK;
    if (strcmp(model_json_word(cut, "type"), "Sequence") != 0)
        return cut_take(f, cut);
    json_object *list = model_json_of(cut, "pretokenizers");
    for (size_t i = 0; status == DEVICE_OK && i < model_json_length(list); i++)
        status = cut_take(f, json_object_array_get_idx(list, i));
    return status;
}

/* U+2581 in front, and in place of each space. */
static bool is_spaces(json_object *normalizer) {
    json_object *list = model_json_of(normalizer, "normalizers");
    if (strcmp(model_json_word(normalizer, "type"), "Sequence") != 0 ||
        model_json_length(list) != 2)
        return false;
    json_object *front = json_object_array_get_idx(list, 0),
                *replace = json_object_array_get_idx(list, 1);
    return !strcmp(model_json_word(front, "type"), "Prepend") &&
           !strcmp(model_json_word(front, "prepend"), BPE_SPACE) &&
           !strcmp(model_json_word(replace, "type"), "Replace") &&
           !strcmp(model_json_word(model_json_of(replace, "pattern"), "String"), " ") &&
           !strcmp(model_json_word(replace, "content"), BPE_SPACE);
}

static enum device_status normalizer_take(const struct bpe_file *f, json_object *normalizer) {
    if (f->bpe->characters)
        return is_spaces(normalizer)
                   ? DEVICE_OK
                   : bpe_refuse(f,
                         "its normalizer '%.40s' is not known here for characters "
                         "with byte fallback; one that puts U+2581 in front and "
                         "in place of spaces is (transformers writes such a file "
                         "with legacy=True)",
                         model_json_word(normalizer, "type"));
    if (!normalizer)
        return DEVICE_OK;
    if (strcmp(model_json_word(normalizer, "type"), "NFC") != 0)
        return bpe_refuse(f, "its normalizer '%.40s' is not known here; NFC or none are",
            model_json_word(normalizer, "type"));
    return pattern_make(f, composed_pattern, &f->bpe->composed);
}

/* Where characters are the pieces a text is not cut; the pattern checks that it is UTF-8. */
static enum device_status pre_tokenizer_take(const struct bpe_file *f, json_object *cut) {
    if (!f->bpe->characters)
        return cuts_take(f, cut);
    return cut ? bpe_refuse(f,
                     "its pre-tokenizer '%.40s' is not known here for characters with byte "
                     "fallback; "
                     "none is (transformers writes such a file with legacy=True)",
                     model_json_word(cut, "type"))
               : pattern_make(f, "(?s).+", &f->bpe->pattern);
}

enum device_status bpe_cuts_read(const struct bpe_file *f, json_object *root) {
    const enum device_status status = normalizer_take(f, model_json_of(root, "normalizer"));
    return status == DEVICE_OK ? pre_tokenizer_take(f, model_json_of(root, "pre_tokenizer"))
                               : status;
}
