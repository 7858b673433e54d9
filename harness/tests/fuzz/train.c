/* SPDX-License-Identifier: MIT
 *
 * The trainer's files: tokens, llama2.c models and tokenizers, checkpoints, settings. The first byte
 * says which, the rest is the file.
 */
#include "measure/digest.h"
#include "fuzz.h"
#include "train/file/checkpoint.h"
#include "train/model/llama2.h"
#include "train/run/run_options.h"
#include "train/data/tokenizer.h"
#include "train/data/tokens.h"

#include <string.h>

enum { VOCABULARY = 64, SEQUENCE = 8 };

static void tokens_try(const char *path, struct device_error *error) {
    struct tokens *tokens;
    uint16_t window[SEQUENCE + 1];
    if (tokens_open(path, VOCABULARY, SEQUENCE, &tokens, error) != DEVICE_OK)
        return;
    for (uint64_t step = 0; step < 16; step++) {
        tokens_window(tokens, 1, step, window);
        for (int i = 0; i <= SEQUENCE; i++)
            FUZZ_CHECK(window[i] < VOCABULARY);
    }
    tokens_close(tokens);
}

static void llama2_try(const char *path, struct device_error *error) {
    struct train_parameters parameters;
    if (llama2_read(path, LLAMA2_TRAIN, &parameters, error) == DEVICE_OK)
        train_parameters_free(&parameters);
}

static void tokenizer_try(const char *path, struct device_error *error) {
    struct tokenizer *tokenizer;
    if (tokenizer_open(path, VOCABULARY, &tokenizer, error) != DEVICE_OK)
        return;
    for (uint16_t token = 0; token < VOCABULARY; token++) {
        size_t bytes, sum = 0;
        const char *text = tokenizer_text(tokenizer, token ? token - 1 : 0, token, &bytes);
        for (size_t i = 0; i < bytes; i++)
            sum += (unsigned char)text[i];
        FUZZ_CHECK(sum <= 255 * bytes);
    }
    tokenizer_close(tokenizer);
}

static void checkpoint_try(const char *path, struct device_error *error) {
    struct checkpoint *checkpoint;
    char notice[512];
    size_t bytes;
    (void)path; /* in the folder */
    if (checkpoint_open(fuzz_folder(), &checkpoint, notice, sizeof notice, error) != DEVICE_OK)
        return;
    const unsigned char *part = checkpoint_part(checkpoint, "weights", &bytes);
    for (size_t i = 0, sum = 0; part && i < bytes; i++)
        FUZZ_CHECK((sum += part[i]) <= 255 * (i + 1));
    checkpoint_close(checkpoint);
}

/* A checkpoint with the right header, size and digest around any bytes: changed bytes alone would never pass
 * the digest. */
static void sealed_try(const uint8_t *data, size_t size, struct device_error *error) {
    const uint32_t version = 3, n_parts = size > 0 ? data[0] % (CHECKPOINT_PARTS_MAX + 1) : 0;
    const size_t body = (24 + size + 63) / 64 * 64;
    const uint64_t file_bytes = body + DIGEST_BYTES;
    struct digest digest;
    unsigned char *file = calloc(1, file_bytes);
    FUZZ_CHECK(file != NULL);
    memcpy(file, "ANETRAIN", 8);
    memcpy(file + 8, &version, 4);
    memcpy(file + 12, &n_parts, 4);
    memcpy(file + 16, &file_bytes, 8);
    if (size > 1)
        memcpy(file + 24, data + 1, size - 1);
    digest_start(&digest);
    digest_add(&digest, file, body);
    FUZZ_CHECK(digest_end(&digest, file + body) == 0);
    checkpoint_try(fuzz_file("checkpoint", file, file_bytes), error);
    free(file);
}

static void settings_try(const uint8_t *data, size_t size) {
    char *argv[] = {"train", "--resume", (char *)fuzz_folder()};
    struct run_options options;
    struct error error = {.text = ""};
    fuzz_file("settings.csv", data, size);
    if (run_options_read(3, argv, &options, &error) != OPTIONS_READ)
        FUZZ_CHECK(error.text[0] != '\0');
    else
        FUZZ_CHECK(options.resume[0] != '\0' && options.steps > 0 && options.accum > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct {
        const char *name;
        void (*try)(const char *path, struct device_error *error);
    } kinds[] = {{"tokens.bin", tokens_try}, {"model.bin", llama2_try},
        {"tokenizer.bin", tokenizer_try}, {"checkpoint", checkpoint_try}};
    struct device_error error = {.text = ""};
    if (size == 0)
        return 0;
    size_t n_kinds = sizeof kinds / sizeof *kinds, kind = data[0] % (n_kinds + 2);
    if (kind == n_kinds)
        sealed_try(data + 1, size - 1, &error);
    else if (kind == n_kinds + 1)
        settings_try(data + 1, size - 1);
    else
        kinds[kind].try(fuzz_file(kinds[kind].name, data + 1, size - 1), &error);
    FUZZ_CHECK(error.status == DEVICE_OK || error.text[0] != '\0');
    return 0;
}
