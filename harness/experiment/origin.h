/* SPDX-License-Identifier: MIT
 *
 * What makes numbers of two machines comparable: the texts of the programs that a trial made, and the
 * probe that made them. The end row of a trial's samples carries both, behind its number of rows:
 * "rows=12 programs=8f3c... version=5d1e...".
 */
#ifndef ANEPROBE_EXPERIMENT_ORIGIN_H
#define ANEPROBE_EXPERIMENT_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

enum { ORIGIN_TEXTS = 512, ORIGIN_WORD_SIZE = 17, ORIGIN_REASON_SIZE = 96 };

/* The different texts so far. Weights do not count: they come of a run's seed and cost no time. */
struct origin {
    uint64_t texts[ORIGIN_TEXTS];
    size_t n_texts; /* above ORIGIN_TEXTS: too many to tell */
};

void origin_add(struct origin *origin, const char *text, size_t bytes);
/* A trial without a text, or with too many, has no word `programs`; without a version, no `version`. */
void origin_print(const struct origin *origin, const char *version, uint64_t n_rows,
    char out[ORIGIN_REASON_SIZE]);
/* The word NAME=... of an end row's reason; "" when it has none. */
void origin_word(const char *reason, const char *name, char out[ORIGIN_WORD_SIZE]);

#endif
