/* SPDX-License-Identifier: MIT */
#include "record/sample.h"

#include <inttypes.h>
#include <string.h>

const char *const sample_columns[SAMPLE_COLUMNS] = {
    "job", "device", "clock", "arm", "block", "status", "reason"};

static const char *const status_names[SAMPLE_STATUSES] = {
    "ok", "unsupported", "failed", "untrusted", "end"};

int sample_columns_find(
    const struct csv_table *table, int at[SAMPLE_COLUMNS], struct error *error) {
    for (int i = 0; i < SAMPLE_COLUMNS; i++)
        if ((at[i] = csv_require_column(table, sample_columns[i], error)) < 0)
            return -1;
    return 0;
}

const char *sample_status_name(enum sample_status status) {
    return status_names[status];
}

enum sample_status sample_status_find(const char *word) {
    int status = 0;
    while (status < SAMPLE_STATUSES && strcmp(word, status_names[status]) != 0)
        status++;
    return (enum sample_status)status;
}

int sample_end_print(uint64_t n_rows, char *out, size_t size) {
    return snprintf(out, size, "rows=%" PRIu64, n_rows);
}

bool sample_is_end(const struct csv_table *table, size_t row, const int at[SAMPLE_COLUMNS]) {
    return strcmp(csv_text(table, row, at[SAMPLE_STATUS]), status_names[SAMPLE_END]) == 0;
}

bool sample_end_counts(
    const struct csv_table *table, size_t row, const int at[SAMPLE_COLUMNS], size_t n_rows) {
    char expected[32];
    const char *reason = csv_text(table, row, at[SAMPLE_REASON]);
    const int n = sample_end_print(n_rows, expected, sizeof expected);
    return strncmp(reason, expected, (size_t)n) == 0 && (reason[n] == '\0' || reason[n] == ' ');
}
