/* SPDX-License-Identifier: MIT
 *
 * The source of training data: a token file or the built-in stories, in windows of seq + 1 tokens
 * at random places.
 *
 * A token file is a plain sequence of little-endian uint16, as in the public Stories110M trainers
 * (maderix/ANE); it is mapped, not read, and must not be truncated while open. Every token is
 * checked against the vocabulary when the file is opened. The window of a step depends only on seed
 * and step, so there is no state to save: a resumed run sees the same data.
 */
#ifndef ANEPROBE_TRAIN_TOKENS_H
#define ANEPROBE_TRAIN_TOKENS_H

#include "device/device.h"
#include "measure/digest.h"

struct tokens;

/* `path` NULL: the built-in stories. `vocab`: the number of tokens; `seq`: the window's. Close with
 * tokens_close. DEVICE_BROKEN and the reason when the file is missing, not a whole number of
 * tokens, shorter than a window or has a token that is not below `vocab` (named by position). */
enum device_status tokens_open(
    const char *path, int vocab, int seq, struct tokens **out, struct device_error *error);
void tokens_close(struct tokens *tokens);

/* The seq + 1 tokens of the window for (seed, step). Allocates nothing. */
void tokens_window(const struct tokens *tokens, uint64_t seed, uint64_t step, uint16_t *window);

/* SHA-256 of the file or of the stories' text, so that a run cannot be resumed with other data. */
const unsigned char *tokens_digest(const struct tokens *tokens);

/* The lowest mean loss that any model can reach, in nats per token, with its standard error; false
 * for a file, where it is unknown. */
struct grammar_floor;
bool tokens_floor(const struct tokens *tokens, struct grammar_floor *out);

#endif
