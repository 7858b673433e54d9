/* SPDX-License-Identifier: MIT
 *
 * How often an answer was right, by class of truth: the rows of results/instruments.csv.
 */
#ifndef ANEPROBE_TESTS_INSTRUMENT_TALLY_H
#define ANEPROBE_TESTS_INSTRUMENT_TALLY_H

#include "truth.h"

#include "measure/csv.h"

struct tally {
    const char *finding, *class;
    enum truth_goal goal;
    uint64_t n, right, wrong, inconclusive;
};

void tally_head_put(struct csv_writer *w);
void tally_put(struct csv_writer *w, const struct tally *tally);
/* Adds the counts of another. */
void tally_add(struct tally *sum, const struct tally *tally);
/* Compares each class with its goal. With `disturbed` answers may be withheld. 0, or -1 when one certainly misses it. */
int tally_tap(const struct tally *tallies, int n, bool disturbed);

#endif
