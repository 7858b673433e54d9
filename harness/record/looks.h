/* SPDX-License-Identifier: MIT
 *
 * Looks: points at which an experiment's trials are judged before all are done, to drop those on
 * which nothing depends any more. The planned looks follow from the number of blocks alone.
 */
#ifndef ANEPROBE_RECORD_LOOKS_H
#define ANEPROBE_RECORD_LOOKS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { LOOKS_MOST = 3, LOOKS_WORDS_SIZE = 64 };

/* The looks so far, the last one being the current: the number of blocks done at each, rising. None
 * means that trials are judged once. */
struct looks {
    unsigned blocks[LOOKS_MOST];
    unsigned n, planned; /* planned: blocks in all */
};

/* Whether there is a look once that many of the planned blocks are done. The first is after a
 * quarter, at least 3; the second after seven twelfths, if that is 2 more and 3 are left. The end does
 * not count as one. */
bool looks_after(unsigned blocks, unsigned planned);
/* Adds a look. */
void looks_add(struct looks *looks, unsigned blocks);
/* Adds the end of the trials, whether or not all are done, since it has data that no earlier look
 * had. */
void looks_add_end(struct looks *looks);

/* As an option takes them: "3,7/12". Returns `out`. */
const char *looks_print(const struct looks *looks, char out[LOOKS_WORDS_SIZE]);
/* -1 and *error for texts that looks_print() does not produce. */
int looks_parse(const char *words, struct looks *looks, struct error *error);

/* The result of a look. For an experiment without claims, `claims` are its key figures, and a
 * figure is decided when it is known to the required precision. */
struct look_result {
    unsigned claims, decided;
    unsigned undecidable; /* claims that no further trial can decide */
    double level;         /* of the intervals that the look took for 95 % ones */
};
/* Whether everything is decided. */
bool look_stops(const struct look_result *result);

#endif
