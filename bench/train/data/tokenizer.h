/* SPDX-License-Identifier: MIT
 *
 * Tokens as text: plain bytes, or the pieces of a llama2.c tokenizer file. Such a file is little
 * endian: int32 length of the longest piece; then for each token fp32 score, int32 length, the
 * piece. The number of tokens is not in the file; it comes from the model.
 */
#ifndef ANEPROBE_TRAIN_TOKENIZER_H
#define ANEPROBE_TRAIN_TOKENIZER_H

#include "device/device.h"

struct tokenizer;

/* `path` NULL: tokens are bytes. DEVICE_BROKEN and the reason when the file is missing, damaged or
 * made for another number of tokens. */
enum device_status tokenizer_open(
    const char *path, int vocab, struct tokenizer **out, struct device_error *error);
void tokenizer_close(struct tokenizer *tokenizer);

/* The text of `token` after `previous`: *bytes bytes without a NUL, valid until the next call.
 * Tokens 1 and 2 (a text's beginning and end), and control characters that would disturb a
 * terminal, have none. When tokens are bytes, tokens that are not bytes show as U+FFFD. As in
 * llama2.c, a text does not begin with a space. */
const char *tokenizer_text(
    struct tokenizer *tokenizer, uint16_t previous, uint16_t token, size_t *bytes);

/* Writes a tokenizer file for llama2.c's run and a model of `vocab` byte tokens. */
enum device_status tokenizer_write_bytes(const char *path, int vocab, struct device_error *error);

#endif
