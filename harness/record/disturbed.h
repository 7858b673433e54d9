/* SPDX-License-Identifier: MIT
 *
 * What a trial's end row says about others on the machine, which trials count as disturbed, and how
 * often such a trial is repeated.
 */
#ifndef ANEPROBE_RECORD_DISTURBED_H
#define ANEPROBE_RECORD_DISTURBED_H

#include "base/disturbance.h"
#include "measure/csv.h"

/* Disturbed: others used more than this share of all processors' time, in percent. A trial that
 * shared its processors evenly with them would be slower by about as much; most claims about time have
 * margins of 3 % or more, and medians over rounds remove most short disturbances. An idle desktop is
 * below it. Reasoned, not measured. */
#define DISTURBED_OTHERS_PCT 5.0

/* A disturbed trial is repeated, after all others, at most this many times. After this many repetitions in a
 * row that were disturbed as well there are no more: the machine does not become idle. */
enum { DISTURBED_ASKS_AGAIN = 2, DISTURBED_IN_VAIN = 8 };

/* The columns of HEAD_SAMPLES_DISTURBANCE. */
enum {
    DISTURBED_OTHERS, /* % of all processors' time, stolen time included */
    DISTURBED_ERROR,  /* how far off that may be */
    DISTURBED_STOLEN, /* % of all processors' time */
    DISTURBED_WAITED, /* % of the wall time that its own threads were ready but did not run; over 100 with several */
    DISTURBED_SWITCHES, /* involuntary context switches */
    DISTURBED_FREQUENCY,
    DISTURBED_THERMAL,
    DISTURBED_COLUMNS
};
extern const char *const disturbed_columns[DISTURBED_COLUMNS];

/* The cells of a row; NULL = none, as in all rows but the end. What cannot be read is empty. */
void disturbed_put(struct csv_writer *out, const struct disturbance *disturbance);

enum disturbed { DISTURBED_UNKNOWN, DISTURBED_NO, DISTURBED_YES, DISTURBED_STATES };
/* "", "no", "yes" */
const char *disturbed_name(enum disturbed disturbed);
enum disturbed disturbed_find(const char *name); /* DISTURBED_STATES when it is none of them */

/* Unknown where others_cpus is unknown. What may be rounding by the kernel's ticks does not count. */
enum disturbed disturbed_is(const struct disturbance *disturbance);

/* The same of an end row. *others_pct is NaN where that cannot be read, as in a table without these columns.
 * -1 and *error, with file and line, when a cell is not a number. */
int disturbed_read(const struct csv_table *table, size_t row, enum disturbed *disturbed,
    double *others_pct, struct error *error);

#endif
