/* SPDX-License-Identifier: MIT
 *
 * Text as tokens and back, by Hugging Face's tokenizer.json (huggingface/tokenizers): BPE of bytes, as GPT-2,
 * Llama 3 and Qwen2 have it, and of characters with byte fallback, as Llama 2 has. A text is cut at added tokens, the
 * rest by the file's regular expression, and in each piece neighbours are joined by the rules of the file, the earliest
 * rule first. Other kinds are refused.
 */
#ifndef ANEPROBE_GENERATE_BPE_H
#define ANEPROBE_GENERATE_BPE_H

#include "device/device.h"

struct bpe;

/* A piece is joined in time that goes with its square. */
enum { BPE_TEXT_BYTES_MAX = 16384 };

/* `vocab` is the model's number of tokens, which may be up to 512 more than the file's: models pad theirs.
 * DEVICE_BROKEN and the reason, with the file and what of it, when it is missing or damaged, of another kind, or
 * made for another model. */
enum device_status bpe_open(
    const char *path, int32_t vocab, struct bpe **out, struct device_error *error);
void bpe_close(struct bpe *bpe); /* NULL is allowed */

/* The tokens of a text in UTF-8, with those that the file's template puts around it; *out to free().
 * DEVICE_BROKEN and the reason for a text that is too long or no UTF-8; or, where the file asks for Unicode's
 * composed form (NFC), may not be in it: texts with combining marks are not told apart. */
enum device_status bpe_encode(
    const struct bpe *bpe, const char *text, int32_t **out, size_t *n, struct device_error *error);

/* The bytes of a token, without a NUL; none where the file has no such token. A character may be of several
 * tokens. */
const char *bpe_text(const struct bpe *bpe, int32_t token, size_t *bytes);

#endif
