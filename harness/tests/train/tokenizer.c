/* SPDX-License-Identifier: MIT */
#include "train/data/tokenizer.h"

#include "file_kit.h"

TestSuite(train_tokenizer, .init = kit_open, .fini = kit_close);

static struct device_error error;

static struct tokenizer *tokenizer_of(const char *path, int vocab) {
    struct tokenizer *t;
    cr_assert_eq(tokenizer_open(path, vocab, &t, &error), DEVICE_OK, "%s", error.text);
    return t;
}

static void says(struct tokenizer *t, uint16_t previous, uint16_t token, const char *text) {
    size_t bytes;
    const char *is = tokenizer_text(t, previous, token, &bytes);
    cr_assert(bytes == strlen(text) && memcmp(is, text, bytes) == 0,
        "token %d says '%.*s', not '%s'", (int)token, (int)bytes, is, text);
}

Test(train_tokenizer, bytes) {
    struct tokenizer *t = tokenizer_of(NULL, 32000);
    says(t, 1, 'O', "O");
    says(t, 1, ' ', " ");
    says(t, 'a', '\n', "\n");
    says(t, 'a', 0xC3, "\xC3");
    says(t, 'a', 0, "");
    says(t, 'a', 1, "");
    says(t, 'a', 2, "");
    says(t, 'a', 27, ""); /* escape */
    says(t, 'a', 127, "");
    says(t, 'a', 256, "\xEF\xBF\xBD");
    says(t, 'a', 31999, "\xEF\xBF\xBD");
    tokenizer_close(t);
}

/* The file of a vocabulary of nine. */
enum { VOCAB = 9 };
static size_t file_make(char file[200]) {
    static const char *const pieces[VOCAB] = {
        "<unk>", "\n<s>\n", "\n</s>\n", "<0x0A>", "<0x1B>", "<0xC3>", " once", "upon", "<0xG0>"};
    const int32_t longest = 6;
    size_t at = sizeof longest;
    memcpy(file, &longest, sizeof longest);
    for (int i = 0; i < VOCAB; i++) {
        const float score = (float)-i;
        const int32_t bytes = (int32_t)strlen(pieces[i]);
        memcpy(file + at, &score, 4);
        memcpy(file + at + 4, &bytes, 4);
        memcpy(file + at + 8, pieces[i], (size_t)bytes);
        at += 8 + (size_t)bytes;
    }
    return at;
}

Test(train_tokenizer, pieces_of_a_file) {
    char file[200];
    struct tokenizer *t = tokenizer_of(kit_file("tokenizer.bin", file, file_make(file)), VOCAB);
    says(t, 7, 0, "<unk>");
    says(t, 7, 1, "");
    says(t, 7, 2, "");
    says(t, 7, 3, "\n");
    says(t, 7, 4, "");
    says(t, 7, 5, "\xC3");
    says(t, 7, 6, " once");
    says(t, 1, 6, "once");
    says(t, 1, 7, "upon");
    says(t, 7, 8, "<0xG0>");
    tokenizer_close(t);
}

static void refused(const char *path, int vocab, const char *because) {
    struct tokenizer *t;
    cr_assert_eq(tokenizer_open(path, vocab, &t, &error), DEVICE_BROKEN, "it is taken");
    cr_assert_null(t);
    cr_assert(strstr(error.text, because), "'%s' does not say '%s'", error.text, because);
    cr_assert(strstr(error.text, path), "'%s' does not name the file", error.text);
}

Test(train_tokenizer, damaged_files_are_refused) {
    char file[200];
    size_t bytes = file_make(file);
    refused(kit_path("none.bin"), VOCAB, "No such file");
    refused(kit_file("tokenizer.bin", file, bytes), VOCAB + 1, "ends at token 9");
    refused(kit_path("tokenizer.bin"), VOCAB - 1, "has more than the model's 8 tokens");
    for (size_t n = 0; n < bytes; n++)
        refused(kit_file("cut.bin", file, n), VOCAB, "token");
    for (int i = 0; i < 2; i++) { /* lengths past the end, and below 0 */
        int32_t length = i ? -1 : INT32_MAX;
        memcpy(file + 8, &length, sizeof length);
        refused(kit_file("length.bin", file, bytes), VOCAB, "token 0 (byte 8) has a length of");
    }
}

/* As run.c reads it: a length of at least 1, the piece, nothing after the last. */
Test(train_tokenizer, written_for_byte_models) {
    for (int vocab = 128; vocab <= 300; vocab += 172) {
        const char *path = kit_path("bytes.bin");
        cr_assert_eq(tokenizer_write_bytes(path, vocab, &error), DEVICE_OK, "%s", error.text);
        size_t bytes, at = 4;
        char *file = kit_read(path, &bytes);
        for (int i = 0; i < vocab; i++) {
            int32_t length;
            cr_assert_leq(at + 9, bytes);
            memcpy(&length, file + at + 4, sizeof length);
            cr_assert_eq(length, i < 256 ? 1 : 3);
            if (i < 256)
                cr_assert_eq((unsigned char)file[at + 8], i);
            at += 8 + (size_t)length;
        }
        cr_assert_eq(at, bytes);
        free(file);
        struct tokenizer *t = tokenizer_of(path, vocab);
        says(t, 'a', 'Z', "Z");
        tokenizer_close(t);
    }
}
