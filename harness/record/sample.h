/* SPDX-License-Identifier: MIT
 *
 * The file of samples that a trial writes: a row's job and trial, the experiment's own columns, the
 * row's status and reason. The trial's last row has the status `end` and the number of rows before
 * it: without it, or with another number, rows were lost.
 */
#ifndef ANEPROBE_RECORD_SAMPLE_H
#define ANEPROBE_RECORD_SAMPLE_H

#include "measure/csv.h"

/* The columns of all files of samples, HEAD_SAMPLES_FIRST and HEAD_SAMPLES_LAST. */
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
/* Finds them in a table. -1 and *error, with file and line, when one is missing. */
int sample_columns_find(const struct csv_table *table, int at[SAMPLE_COLUMNS], struct error *error);

enum sample_status {
    SAMPLE_OK,
    SAMPLE_UNSUPPORTED,
    SAMPLE_FAILED,
    SAMPLE_UNTRUSTED, /* it ran, but its output or its timing cannot be used */
    SAMPLE_END,       /* the end row */
    SAMPLE_STATUSES
};
const char *sample_status_name(enum sample_status status);
/* SAMPLE_STATUSES when the word is not one of them. */
enum sample_status sample_status_find(const char *word);

/* The beginning of an end row's reason, "rows=N". Returns its length. */
int sample_end_print(uint64_t n_rows, char *out, size_t size);
/* Whether this is the end row. */
bool sample_is_end(const struct csv_table *table, size_t row, const int at[SAMPLE_COLUMNS]);
/* Whether this end row says that so many rows come before it. */
bool sample_end_counts(
    const struct csv_table *table, size_t row, const int at[SAMPLE_COLUMNS], size_t n_rows);

#endif
