/* SPDX-License-Identifier: MIT
 *
 * Where training data comes from: a file of tokens or the built-in stories; always windows of
 * seq + 1 tokens at random places.
 *
 * A token file is uint16 after uint16, little endian, nothing else, as the public Stories110M
 * trainers keep it (maderix/ANE); it is mapped, not read, and must not be cut while it is open. Every
 * token is checked against the vocabulary when the file is opened. The window of a step depends on
 * seed and step alone, so that data has no state to save: a resumed run sees what it would have seen.
 */
#ifndef ANEPROBE_TRAIN_TOKENS_H
#define ANEPROBE_TRAIN_TOKENS_H

#include "device/device.h"
#include "measure/digest.h"

struct tokens;

/* `path` NULL: the built-in stories. `vocab`: how many tokens there are; `seq`: as in a window.
 * Close with tokens_close. DEVICE_BROKEN and the reason when the file is missing, no whole number
 * of tokens, shorter than a window or has a token that is not below `vocab` (named by position). */
enum device_status tokens_open(
    const char *path, int vocab, int seq, struct tokens **out, struct device_error *error);
void tokens_close(struct tokens *tokens);

/* The seq + 1 tokens of the window for (seed, step). Allocates nothing. */
void tokens_window(const struct tokens *tokens, uint64_t seed, uint64_t step, uint16_t *window);

/* SHA-256 of the file or of the stories' text: a run that goes on with other data is another run. */
const unsigned char *tokens_digest(const struct tokens *tokens);

/* The lowest mean loss that any model can reach, in nats per token, with its standard error; false
 * for a file, where nobody knows. */
struct grammar_floor;
bool tokens_floor(const struct tokens *tokens, struct grammar_floor *out);

#endif
