/* SPDX-License-Identifier: MIT
 *
 * tokenizer.json, and texts by it. The first two bytes are the length of the file, the rest is the file, then a text.
 */
#include "fuzz.h"
#include "generate/model/bpe.h"

#include <stdlib.h>
#include <string.h>

enum { VOCAB = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct device_error error = {.text = ""};
    struct bpe *bpe;
    char text[256];
    if (size < 2)
        return 0;
    size_t n = (size_t)(data[0] | data[1] << 8);
    n = n < size - 2 ? n : size - 2;
    const size_t left = size - 2 - n, length = left < sizeof text - 1 ? left : sizeof text - 1;
    memcpy(text, data + 2 + n, length);
    text[length] = '\0';
    if (bpe_open(fuzz_file("tokenizer.json", data + 2, n), VOCAB, &bpe, &error) != DEVICE_OK) {
        FUZZ_CHECK(error.status == DEVICE_BROKEN && error.text[0] != '\0' && !bpe);
        return 0;
    }
    int32_t *tokens;
    size_t n_tokens, bytes;
    if (bpe_encode(bpe, text, &tokens, &n_tokens, &error) == DEVICE_OK)
        for (size_t i = 0; i < n_tokens; i++) {
            FUZZ_CHECK(tokens[i] >= 0 && tokens[i] < VOCAB);
            (void)bpe_text(bpe, tokens[i], &bytes);
        }
    free(tokens);
    bpe_close(bpe);
    return 0;
}
