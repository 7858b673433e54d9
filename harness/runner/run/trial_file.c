/* SPDX-License-Identifier: MIT */
#include "runner/run/trial_file.h"
#include "base/files.h"
#include "record/sample.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Finds the ends of the first and of the last complete row; a newline in quotes does not end a row.
 */
static void find_rows(struct trial_file *file, size_t n_bytes) {
    bool quoted = false;
    for (size_t i = 0; i < n_bytes; i++) {
        if (file->bytes[i] == '"')
            quoted = !quoted;
        if (file->bytes[i] != '\n' || quoted)
            continue;
        file->whole_bytes = i + 1;
        if (file->header_bytes == 0)
            file->header_bytes = i + 1;
    }
}

/* Returns -1 and *reason when the rows cannot be used; *reason also says when the end row is
 * missing. */
static int check_rows(
    const struct csv_table *table, unsigned job, struct trial_file *file, struct error *reason) {
    int at[SAMPLE_COLUMNS];
    if (sample_columns_find(table, at, reason) != 0)
        return -1;
    size_t n = csv_rows(table);
    for (size_t i = 0; i < n; i++) {
        double number = 0;
        if (csv_number(table, i, at[SAMPLE_JOB], &number, reason) < 0)
            return -1;
        if (number != job)
            return csv_fail(table, i, at[SAMPLE_JOB], reason, "this is job %u", job);
        if (sample_is_end(table, i, at) && i + 1 < n)
            return csv_fail(table, i, at[SAMPLE_STATUS], reason, "rows follow the end row");
    }
    if (n == 0 || !sample_is_end(table, n - 1, at)) {
        snprintf(reason->text, sizeof reason->text, "the end row is missing");
        return 0;
    }
    if (!sample_end_counts(table, n - 1, at, n - 1))
        return csv_fail(
            table, n - 1, at[SAMPLE_REASON], reason, "there are %zu rows before it", n - 1);
    if (disturbed_read(table, n - 1, &file->disturbed, &file->others_pct, reason) != 0)
        return -1;
    file->ended = true;
    reason->text[0] = '\0';
    return 0;
}

int trial_file_read(const char *path, unsigned job, struct trial_file *file, struct error *error) {
    *file = (struct trial_file){.others_pct = NAN};
    size_t n_bytes;
    struct stat status;
    if (stat(path, &status) == 0 && status.st_size > TRIAL_FILE_MOST_BYTES) {
        snprintf(file->reason, sizeof file->reason, "%s is larger than %d MiB", path,
            TRIAL_FILE_MOST_BYTES >> 20);
        return 0;
    }
    if (file_read(path, TRIAL_FILE_MOST_BYTES, &file->bytes, &n_bytes, error) != 0)
        return -1;
    if (file->bytes == NULL) {
        snprintf(file->reason, sizeof file->reason, "the trial wrote no samples");
        return 0;
    }
    find_rows(file, n_bytes);
    struct csv_table *table = NULL;
    struct error reason = {EXIT_BROKEN, "the file holds no whole row"};
    errno = 0;
    if (file->header_bytes == 0 ||
        csv_table_parse(path, file->bytes, file->whole_bytes, &table, &reason) != 0 ||
        check_rows(table, job, file, &reason) != 0)
        file->header_bytes = file->whole_bytes = 0;
    else if (file->whole_bytes < n_bytes) {
        file->ended = false;
        snprintf(reason.text, sizeof reason.text, "the last row is torn");
    }
    const bool is_memory_out = table == NULL && errno == ENOMEM;
    csv_table_free(table);
    /* Not the trial's fault, so it must not count as incomplete. */
    if (is_memory_out) {
        trial_file_free(file);
        *error = reason;
        return -1;
    }
    snprintf(file->reason, sizeof file->reason, "%s", reason.text);
    return 0;
}

void trial_file_free(struct trial_file *file) {
    free(file->bytes);
    *file = (struct trial_file){0};
}
