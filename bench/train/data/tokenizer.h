/* SPDX-License-Identifier: MIT
 *
 * What tokens look like as text: bytes as they are, or the pieces of a llama2.c tokenizer file.
 * Such a file is, little endian: int32 longest piece in bytes; then for each token fp32 score, int32
 * length, the piece. It does not say how many tokens it has: the model does.
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
 * terminal, have none. What is no byte shows as U+FFFD when tokens are bytes. As in llama2.c, a
 * text does not begin with a space. */
const char *tokenizer_text(
    struct tokenizer *tokenizer, uint16_t previous, uint16_t token, size_t *bytes);

/* Writes a file by which llama2.c's run prints a model of `vocab` tokens that are bytes. */
enum device_status tokenizer_write_bytes(const char *path, int vocab, struct device_error *error);

#endif
