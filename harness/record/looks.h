/* SPDX-License-Identifier: MIT
 *
 * When the trials of an experiment are looked at before all are done, to drop those that nothing depends
 * on any more. The plan of looks follows from the number of blocks alone.
 */
#ifndef ANEPROBE_RECORD_LOOKS_H
#define ANEPROBE_RECORD_LOOKS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { LOOKS_MOST = 3, LOOKS_WORDS_SIZE = 64 };

/* Looks that were made, the last one being the present: the blocks that were done, rising. None stands
 * for trials that are judged once. */
struct looks {
    unsigned blocks[LOOKS_MOST];
    unsigned n, planned; /* planned: blocks in all */
};

/* Is there a look once so many blocks of the planned ones are done? The first is after a quarter, and 3 at
 * least; the second after seven twelfths, where that is 3 more. The end is none of them. */
bool looks_after(unsigned blocks, unsigned planned);
/* Adds a look. */
void looks_add(struct looks *looks, unsigned blocks);
/* Adds the end of the trials, whether all are done or not: it has what no look had before it. */
void looks_add_end(struct looks *looks);

/* As an option takes them: "3,7/12". Returns `out`. */
const char *looks_print(const struct looks *looks, char out[LOOKS_WORDS_SIZE]);
/* -1 and *error for what looks_print() does not make. */
int looks_parse(const char *words, struct looks *looks, struct error *error);

/* What a look came to; of an experiment without claims, `claims` are its key figures, and a figure is
 * decided when it is known to the precision it is asked for. */
struct look_result {
    unsigned claims, decided;
    unsigned undecidable; /* claims that no further trial can decide */
    double level;         /* of the intervals that the look took for 95 % ones */
};
/* Is there nothing left to find out? */
bool look_stops(const struct look_result *result);

#endif
