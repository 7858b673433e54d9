/* SPDX-License-Identifier: MIT
 *
 * Tokens by tokenizer.json: files of a few rules, whose tokens follow by hand. Bytes have their own numbers, rules
 * the numbers from 256 on.
 */
#include "generate/model/bpe.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VOCAB = 700, END = 600, END_OF_ALL = 601, BEGIN = 602 };

#define GPT2 "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}"
/* meta-llama/Meta-Llama-3-8B and Qwen/Qwen2.5-0.5B, tokenizer.json: they differ in the digits. */
#define SPLIT(digits)                                                                              \
    "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":"        \
    "\"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|" digits               \
    "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+\"},"     \
    "\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\","                         \
    "\"add_prefix_space\":false,\"use_regex\":false}]}"
#define LLAMA3 SPLIT("\\\\p{N}{1,3}")
#define QWEN2 SPLIT("\\\\p{N}")

/* TinyLlama/TinyLlama-1.1B-Chat-v1.0 */
#define SPACES                                                                                     \
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":"    \
    "\"\u2581\"},"                                                                                 \
    "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"}]}"

static char path[] = "/tmp/aneprobe-bpe-XXXXXX";
static struct device_error error;

static void path_make(void) {
    strcpy(path + strlen(path) - 6, "XXXXXX");
    cr_assert(close(mkstemp(path)) == 0);
}

static void path_remove(void) {
    (void)unlink(path);
}

TestSuite(bpe, .init = path_make, .fini = path_remove);

/* The character of a byte: those that show are themselves, the others follow from U+0100 on. */
static size_t character_of(int byte, char out[3]) {
    int character = byte, next = 0x100;
    for (int b = 0; b <= byte; b++) {
        const bool shows = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
        character = shows ? b : next;
        next += !shows;
    }
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    out[0] = (char)(0xC0 | character >> 6);
    out[1] = (char)(0x80 | (character & 0x3F));
    return 2;
}

static size_t quoted_put(char *out, const char *bytes, size_t n) {
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        char character[3];
        const size_t width = character_of((unsigned char)bytes[i], character);
        if (character[0] == '"' || character[0] == '\\')
            out[at++] = '\\';
        memcpy(out + at, character, width);
        at += width;
    }
    return at;
}

/* Rules are "left right" of plain bytes, parted by the first '_' ('_' is no byte of the tests); `more` ends the
 * model's object, `outer` the file's. */
static void tokenizer_put(
    const char *cut, const char *const *rules, const char *more, const char *outer) {
    static char vocabulary[16384], merges[4096];
    size_t n = 0, n_merges = 0;
    for (int byte = 0; byte < 256; byte++) {
        const char one = (char)byte;
        n += (size_t)sprintf(vocabulary + n, "%s\"", byte ? "," : "");
        n += quoted_put(vocabulary + n, &one, 1);
        n += (size_t)sprintf(vocabulary + n, "\":%d", byte);
    }
    for (int i = 0; rules[i]; i++) {
        const size_t left = strcspn(rules[i], "_"), right = strlen(rules[i] + left + 1);
        n += (size_t)sprintf(vocabulary + n, ",\"");
        n += quoted_put(vocabulary + n, rules[i], left);
        n += quoted_put(vocabulary + n, rules[i] + left + 1, right);
        n += (size_t)sprintf(vocabulary + n, "\":%d", 256 + i);
        /* both ways in which files have them */
        n_merges += (size_t)sprintf(merges + n_merges, "%s%s\"", i ? "," : "", i % 2 ? "[" : "");
        n_merges += quoted_put(merges + n_merges, rules[i], left);
        n_merges += (size_t)sprintf(merges + n_merges, i % 2 ? "\",\"" : " ");
        n_merges += quoted_put(merges + n_merges, rules[i] + left + 1, right);
        n_merges += (size_t)sprintf(merges + n_merges, "\"%s", i % 2 ? "]" : "");
    }
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fprintf(file,
        "{\"added_tokens\":[{\"id\":600,\"content\":\"<end>\",\"special\":true},{\"id\":601,"
        "\"content\":\"<end>all\"},{\"id\":602,\"content\":\"<begin>\"},{\"id\":699,\"content\":"
        "\"<last>\"}],\"pre_tokenizer\":%s,\"model\":{\"type\":\"BPE\",\"dropout\":null,\"vocab\":"
        "{%.*s},\"merges\":[%.*s]%s}%s}",
        cut, (int)n, vocabulary, (int)n_merges, merges, more, outer);
    cr_assert(fclose(file) == 0);
}

static struct bpe *opened(void) {
    struct bpe *bpe;
    cr_assert(bpe_open(path, VOCAB, &bpe, &error) == DEVICE_OK, "%s", error.text);
    return bpe;
}

/* Characters with byte fallback: a space, a and e with an accent, the bytes from 300 on. `added` ends its list. */
static void characters_put(const char *added) {
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fprintf(file,
        "{\"added_tokens\":[{\"id\":1,\"content\":\"<s>\",\"normalized\":false}%s]," SPACES
        ",\"pre_tokenizer\":null,\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"merges\":["
        "\"\u2581 "
        "a\",\"a b\",\"\u2581 "
        "\u2581\"],\"vocab\":{\"<s>\":1,\"\u2581\":2,\"a\":3,\"b\":4,\"\u00e9\":5,\"\u2581a\":6,"
        "\"ab\":7,\"\u2581\u2581\":8",
        added);
    for (int byte = 0; byte < 256; byte++)
        fprintf(file, ",\"<0x%02X>\":%d", (unsigned)byte, 300 + byte);
    fprintf(file, "}}}");
    cr_assert(fclose(file) == 0);
}

/* `expected` ends with -1. */
static void tokens_are(const char *text, const int32_t *expected) {
    struct bpe *bpe = opened();
    int32_t *tokens;
    size_t n, n_expected = 0;
    while (expected[n_expected] >= 0)
        n_expected++;
    cr_assert(bpe_encode(bpe, text, &tokens, &n, &error) == DEVICE_OK, "%s", error.text);
    cr_expect(n == n_expected, "'%s': %zu tokens, not %zu", text, n, n_expected);
    for (size_t i = 0; i < n && i < n_expected; i++)
        cr_expect(tokens[i] == expected[i], "'%s': token %zu is %d, not %d", text, i,
            (int)tokens[i], (int)expected[i]);
    free(tokens);
    bpe_close(bpe);
}
#define TOKENS(text, ...) tokens_are(text, (const int32_t[]){__VA_ARGS__, -1})

static void is_refused(int32_t vocab, const char *words) {
    struct bpe *bpe;
    cr_expect(bpe_open(path, vocab, &bpe, &error) == DEVICE_BROKEN && !bpe, "%s", words);
    cr_expect(strstr(error.text, words) != NULL, "'%s' is not in: %s", words, error.text);
    cr_expect(strstr(error.text, path) != NULL, "%s", error.text);
}

Test(bpe, bytes) {
    tokenizer_put(GPT2, (const char *const[]){NULL}, "", "");
    TOKENS("a b\n", 'a', ' ', 'b', '\n');
    TOKENS("\x7f\xc3\xa9\xe2\x82\xac", 0x7f, 0xc3, 0xa9, 0xe2, 0x82, 0xac);
    TOKENS("", -1);
}

Test(bpe, earlier_rules_first) {
    tokenizer_put(GPT2, (const char *const[]){"h_e", "l_l", "ll_o", "he_llo", NULL}, "", "");
    TOKENS("hello", 259);
    TOKENS("hell", 256, 257);
    TOKENS("hellll", 256, 257, 257);
    TOKENS("llllo", 257, 258);
    tokenizer_put(GPT2, (const char *const[]){"a_b", "b_c", "a_a", NULL}, "", "");
    TOKENS("abc", 256, 'c');
    TOKENS("aaa", 258, 'a');
    TOKENS("aab", 'a', 256);
    tokenizer_put(GPT2, (const char *const[]){"b_c", "a_b", NULL}, "", "");
    TOKENS("abc", 'a', 256);
}

static const char *const cut_rules[] = {
    "1_2", "3_4", " _a", "'_S", "\xac_a", "\xa9_a", "t_'", NULL};

Test(bpe, pieces_of_gpt2) {
    tokenizer_put(GPT2, cut_rules, "", "");
    TOKENS("1234", 256, 257);
    TOKENS("  a", ' ', 258);
    TOKENS("IT'S", 'I', 'T', '\'', 'S');
    TOKENS("it's", 'i', 't', '\'', 's');
    TOKENS("\xe2\x82\xac"
           "a",
        0xe2, 0x82, 0xac, 'a');
    TOKENS("\xc3\xa9"
           "a",
        0xc3, 261);
}

Test(bpe, pieces_of_llama_3_and_qwen2) {
    static const char *const cuts[] = {LLAMA3, QWEN2};
    for (int i = 0; i < 2; i++) {
        tokenizer_put(cuts[i], cut_rules, "", "");
        if (i == 0) /* three digits at a time */
            TOKENS("1234", 256, '3', '4');
        else
            TOKENS("1234", '1', '2', '3', '4');
        TOKENS("  a", ' ', 258);
        TOKENS("IT'S", 'I', 'T', 259);
        TOKENS("it's", 'i', 't', '\'', 's');
        TOKENS("\xe2\x82\xac"
               "a",
            0xe2, 0x82, 260);
        TOKENS("\xc3\xa9"
               "a",
            0xc3, 261);
    }
}

Test(bpe, a_piece_that_is_a_token) {
    /* "abc" is a token, but no rule leads to it from "ab" */
    static const char *const rules[] = {"a_b", "b_c", "a_bc", NULL};
    tokenizer_put(LLAMA3, rules, "", "");
    TOKENS("abc", 256, 'c');
    tokenizer_put(LLAMA3, rules, ",\"ignore_merges\":true", "");
    TOKENS("abc", 258);
    TOKENS("abcc", 256, 'c', 'c');
}

Test(bpe, added_tokens_and_those_around) {
    tokenizer_put(LLAMA3, (const char *const[]){"<_e", NULL}, "",
        ",\"post_processor\":{\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"},"
        "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<begin>\"}},"
        "{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"<end>\"}}],\"special_tokens\":"
        "{\"<begin>\":{\"ids\":[602]},\"<end>\":{\"ids\":[600]}}}]}");
    TOKENS("a<end>b<end>all", BEGIN, 'a', END, 'b', END_OF_ALL, END);
    TOKENS("a<en", BEGIN, 'a', 256, 'n', END);
    TOKENS("", BEGIN, END);
}

Test(bpe, composed_texts) {
    struct bpe *bpe;
    int32_t *tokens;
    size_t n;
    tokenizer_put(QWEN2, (const char *const[]){NULL}, "", ",\"normalizer\":{\"type\":\"NFC\"}");
    TOKENS("\xc3\xa9", 0xc3, 0xa9);
    TOKENS("\xe4\xb8\xad", 0xe4, 0xb8, 0xad);
    TOKENS("\xe2\x80\x8d\xef\xb8\x8f", 0xe2, 0x80, 0x8d, 0xef, 0xb8, 0x8f); /* as in emoji */
    TOKENS("\xd8\xb9", 0xd8, 0xb9);
    bpe = opened();
    /* e and a mark; the sign of Angstrom, which is the letter A with a ring; a vowel that joins a consonant */
    static const char *const others[] = {"e\xcc\x81", "\xe2\x84\xab", "\xe1\x85\xa1"};
    for (int i = 0; i < 3; i++) {
        cr_expect(bpe_encode(bpe, others[i], &tokens, &n, &error) == DEVICE_BROKEN && !tokens);
        cr_expect(strstr(error.text, "composed") != NULL, "%s", error.text);
    }
    bpe_close(bpe);
}

Test(bpe, characters_with_byte_fallback) {
    characters_put("");
    TOKENS("ab", 6, 4); /* the earlier rule */
    TOKENS("bab", 2, 4, 7);
    TOKENS("\xc3\xa9", 2, 5);
    TOKENS("\xe4\xb8\xad\n", 2, 300 + 0xe4, 300 + 0xb8, 300 + 0xad, 300 + '\n');
    TOKENS("b  b", 2, 4, 8, 4);
    TOKENS("<s>a<s>a", 1, 6, 1, 6); /* a space in front of each stretch, not of none */
    TOKENS("\xe2\x96\x81"
           "b",
        8, 4); /* the space's character is a space */
    TOKENS("<0x0A>", 2, 300 + '<', 300 + '0', 300 + 'x', 300 + '0', 300 + 'A', 300 + '>');
    struct bpe *bpe = opened();
    size_t n;
    cr_expect_arr_eq(bpe_text(bpe, 6, &n), " a", 2);
    cr_expect_eq(n, 2);
    cr_expect_arr_eq(bpe_text(bpe, 300 + 0xe4, &n), "\xe4", 1);
    cr_expect_eq(n, 1);
    int32_t *tokens;
    cr_expect(bpe_encode(bpe, "a\xff", &tokens, &n, &error) == DEVICE_BROKEN);
    cr_expect(strstr(error.text, "not UTF-8 from byte"), "%s", error.text);
    bpe_close(bpe);
    characters_put(",{\"id\":2,\"content\":\"x\",\"normalized\":true}");
    is_refused(VOCAB, "looked for in the normalized text");
}

Test(bpe, texts_that_are_none) {
    static char text[BPE_TEXT_BYTES_MAX + 2];
    struct bpe *bpe;
    int32_t *tokens;
    size_t n;
    tokenizer_put(LLAMA3, (const char *const[]){"a_a", NULL}, "", "");
    bpe = opened();
    cr_expect(bpe_encode(bpe, "abc\xff", &tokens, &n, &error) == DEVICE_BROKEN && !tokens);
    cr_expect(strstr(error.text, "not UTF-8 from byte 3 on") != NULL, "%s", error.text);
    memset(text, 'a', sizeof text - 1);
    cr_expect(bpe_encode(bpe, text, &tokens, &n, &error) == DEVICE_BROKEN && !tokens);
    cr_expect(strstr(error.text, "at most 16384") != NULL, "%s", error.text);
    text[BPE_TEXT_BYTES_MAX] = '\0';
    cr_assert(bpe_encode(bpe, text, &tokens, &n, &error) == DEVICE_OK);
    cr_expect(n == BPE_TEXT_BYTES_MAX / 2);
    free(tokens);
    bpe_close(bpe);
}

/* The texts of a text's tokens are the text. */
Test(bpe, there_and_back) {
    static const char *const rules[] = {"e_r", "\xe4_\xb8", "t_h", "th_e", " _the", NULL};
    static const char *const pieces[] = {
        "the ", " there", "12345", "\xe4\xb8\xad", "\n\n", "'ll", "<end>", "\t"};
    char text[256] = "", back[256] = "";
    uint32_t state = 3;
    tokenizer_put(LLAMA3, rules, "", "");
    struct bpe *bpe = opened();
    for (int turn = 0; turn < 50; turn++) {
        int32_t *tokens;
        size_t n, bytes;
        text[0] = back[0] = '\0';
        for (int i = 0; i < 12; i++) {
            state = state * 1664525u + 1013904223u;
            strcat(text, pieces[state >> 29]);
        }
        cr_assert(bpe_encode(bpe, text, &tokens, &n, &error) == DEVICE_OK, "%s", error.text);
        for (size_t i = 0; i < n; i++) {
            const char *piece = bpe_text(bpe, tokens[i], &bytes);
            strncat(back, piece, bytes);
        }
        cr_assert_str_eq(back, text);
        cr_assert_lt(n, strlen(text));
        free(tokens);
    }
    size_t bytes;
    (void)bpe_text(bpe, VOCAB, &bytes);
    cr_expect(bytes == 0);
    (void)bpe_text(bpe, 599, &bytes);
    cr_expect(bytes == 0);
    bpe_close(bpe);
}

Test(bpe, files_that_are_refused) {
    static const char *const none[] = {NULL};
    static const struct {
        const char *cut, *more, *outer, *words;
    } wrong[] = {
        {GPT2, ",\"type\":\"WordPiece\"", "", "its model is 'WordPiece'"},
        {GPT2, ",\"byte_fallback\":true", "", "its normalizer '' is not known here for characters"},
        {GPT2, ",\"byte_fallback\":true", "," SPACES, "its pre-tokenizer 'ByteLevel' is not known"},
        {"null", ",\"byte_fallback\":true", "," SPACES, "lacks the byte 0"},
        {GPT2, ",\"end_of_word_suffix\":\"</w>\"", "", "settings that are not known here"},
        {GPT2, ",\"merges\":[\"a b\"]", "", "rule 0 of 'merges' does not join"},
        {GPT2, ",\"merges\":[7]", "", "rule 0 of 'merges' does not join"},
        {GPT2, ",\"merges\":7", "", "lacks a vocabulary or rules"},
        {GPT2, ",\"vocab\":{\"a\":0}", "", "lacks the byte 0"},
        {GPT2, ",\"vocab\":{\"a\":-1}", "", "'a' has no number"},
        {GPT2, ",\"vocab\":{\"a\":9223372036854775808}", "", "'a' has no number"},
        {GPT2, ",\"vocab\":{\"a\":700}", "", "made for another model"},
        {"{\"type\":\"ByteLevel\",\"add_prefix_space\":true}", "", "",
            "its pre-tokenizer 'ByteLevel'"},
        {"{\"type\":\"Whitespace\"}", "", "", "its pre-tokenizer 'Whitespace'"},
        {"{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}", "", "",
            "regular expression is wrong at character 1"},
        {"{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},\"behavior\":\"Removed\"}", "", "",
            "its pre-tokenizer 'Split'"},
        {"{\"type\":\"Sequence\",\"pretokenizers\":[" GPT2 "," GPT2 "]}", "", "", "cuts twice"},
        {GPT2, "", ",\"normalizer\":{\"type\":\"Lowercase\"}", "its normalizer 'Lowercase'"},
        {GPT2, "", ",\"post_processor\":{\"type\":\"Bert\"}", "its post-processor 'Bert'"},
        {GPT2, "",
            ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
            "{\"id\":\"x\"}}]}",
            "a token 'x' without one number"},
        {GPT2, "", ",\"added_tokens\":[{\"id\":1,\"content\":\"x\",\"lstrip\":true}]",
            "'x' is empty, takes spaces"},
        {GPT2, "", ",\"added_tokens\":[{\"id\":1,\"content\":\"\"}]", "'' is empty"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tokenizer_put(wrong[i].cut, none, wrong[i].more, wrong[i].outer);
        is_refused(VOCAB, wrong[i].words);
    }
    tokenizer_put(GPT2, none, "", "");
    is_refused(699, "'<last>' has the number 699, but the model has 699 tokens");
    is_refused(VOCAB + 513, "it has 700 tokens and the model 1213");
    struct bpe *bpe;
    cr_expect(bpe_open(path, VOCAB + 512, &bpe, &error) == DEVICE_OK);
    bpe_close(bpe);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("{\"model\":", file) >= 0 && fclose(file) == 0);
    is_refused(VOCAB, "ends early");
    path_remove();
    is_refused(VOCAB, "No such file");
}
