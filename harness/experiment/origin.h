/* SPDX-License-Identifier: MIT
 *
 * What makes numbers of two machines comparable: the texts of the programs that a trial created,
 * and the probe's version. The end row of a trial's samples has both, after its number of rows:
 * "rows=12 programs=8f3c... version=5d1e...".
 */
#ifndef ANEPROBE_EXPERIMENT_ORIGIN_H
#define ANEPROBE_EXPERIMENT_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

enum { ORIGIN_TEXTS = 512, ORIGIN_WORD_SIZE = 17, ORIGIN_REASON_SIZE = 96 };

/* The different texts so far. Weights do not count: they depend on the seed and do not affect time.
 */
struct origin {
    uint64_t texts[ORIGIN_TEXTS];
    size_t n_texts; /* above ORIGIN_TEXTS: too many to record */
};

void origin_add(struct origin *origin, const char *text, size_t bytes);
/* Without a text, or with too many, there is no word `programs`; without a version, no `version`.
 */
void origin_print(const struct origin *origin, const char *version, uint64_t n_rows,
    char out[ORIGIN_REASON_SIZE]);
/* The word NAME=... in an end row's reason; "" if there is none. */
void origin_word(const char *reason, const char *name, char out[ORIGIN_WORD_SIZE]);

#endif
