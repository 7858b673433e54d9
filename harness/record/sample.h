/* SPDX-License-Identifier: MIT
 *
 * The file of samples that a trial writes: which job and trial a row is of, the experiment's own columns,
 * how the row came out and why. The trial's last row has the status `end` and counts those before it:
 * without it, or with another count, rows were lost.
 */
#ifndef ANEPROBE_RECORD_SAMPLE_H
#define ANEPROBE_RECORD_SAMPLE_H

#include "measure/csv.h"

/* The columns that all files of samples have, HEAD_SAMPLES_FIRST and HEAD_SAMPLES_LAST. */
enum {
    SAMPLE_JOB,
    SAMPLE_DEVICE,
    SAMPLE_CLOCK,
    SAMPLE_ARM,
    SAMPLE_BLOCK,
    SAMPLE_STATUS,
    SAMPLE_REASON,
    SAMPLE_COLUMNS
};
extern const char *const sample_columns[SAMPLE_COLUMNS];
/* Where a table has them. -1 and *error, with file and line, when one is missing. */
int sample_columns_find(const struct csv_table *table, int at[SAMPLE_COLUMNS], struct error *error);

enum sample_status {
    SAMPLE_OK,
    SAMPLE_UNSUPPORTED,
    SAMPLE_FAILED,
    SAMPLE_UNTRUSTED, /* it ran, but its output or its timing is unfit */
    SAMPLE_END,       /* the end row */
    SAMPLE_STATUSES
};
const char *sample_status_name(enum sample_status status);
/* SAMPLE_STATUSES when the word is none of them. */
enum sample_status sample_status_find(const char *word);

/* The beginning of an end row's reason, "rows=N". Returns its length. */
int sample_end_print(uint64_t n_rows, char *out, size_t size);
/* Is this the end row? */
bool sample_is_end(const struct csv_table *table, size_t row, const int at[SAMPLE_COLUMNS]);
/* Does this end row say that so many rows come before it? */
bool sample_end_counts(
    const struct csv_table *table, size_t row, const int at[SAMPLE_COLUMNS], size_t n_rows);

#endif
