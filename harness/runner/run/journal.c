/* SPDX-License-Identifier: MIT */
#include "runner/run/journal.h"
#include "base/files.h"
#include "record/heads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOB, EXPERIMENT, ARM, BLOCK, STATUS, EXIT, SIGNAL, WALL_MS, N_COLUMNS };
static const char *const columns[N_COLUMNS] = {
    "job", "experiment", "arm", "block", "status", "exit", "signal", "wall_ms"};

static const char *const status_names[JOB_STATUSES] = {
    "ok", "unsupported", "failed", "crashed", "timeout", "incomplete", "dropped"};

const char *job_status_name(enum job_status status) {
    return status_names[status];
}

bool job_status_is_bad(enum job_status status) {
    return status != JOB_OK && status != JOB_UNSUPPORTED && status != JOB_DROPPED;
}

int journal_create(const char *path, struct error *error) {
    struct text text;
    if (text_open(&text, error) != 0)
        return -1;
    fputs(HEAD_JOBS "\n", text.csv.file);
    return text_save(&text, path, error);
}

int journal_append(const char *path, const struct schedule_job *job,
    const struct journal_entry *entry, bool synced, struct error *error) {
    struct text text;
    if (text_open(&text, error) != 0)
        return -1;
    csv_put_u64(&text.csv, job->job);
    csv_put_text(&text.csv, job->experiment);
    csv_put_text(&text.csv, job->arm);
    csv_put_u64(&text.csv, job->block);
    csv_put_text(&text.csv, job_status_name(entry->status));
    if (entry->exit_code >= 0)
        csv_put_i64(&text.csv, entry->exit_code);
    else
        csv_put_empty(&text.csv);
    csv_put_text(&text.csv, entry->signal);
    csv_put_u64(&text.csv, entry->wall_ms);
    csv_put_number(&text.csv, entry->others_pct);
    csv_put_text(&text.csv, disturbed_name(entry->disturbed));
    csv_end_row(&text.csv);
    int failed = text_close(&text, error);
    if (!failed)
        failed = file_append(path, text.bytes, text.n_bytes, synced, error);
    text_free(&text);
    return failed;
}

/* Whether the row is that of this job of the schedule. */
static int check_job(const struct csv_table *table, size_t row, const int *at,
    const struct schedule_job *job, struct error *reason) {
    double number = 0;
    const unsigned wanted[] = {job->job, job->block};
    const int numbers[] = {JOB, BLOCK};
    for (int i = 0; i < 2; i++) {
        if (csv_number(table, row, at[numbers[i]], &number, reason) < 0)
            return -1;
        if (number != wanted[i])
            return csv_fail(
                table, row, at[numbers[i]], reason, "the schedule has %u here", wanted[i]);
    }
    if (strcmp(csv_text(table, row, at[EXPERIMENT]), job->experiment) != 0 ||
        strcmp(csv_text(table, row, at[ARM]), job->arm) != 0)
        return csv_fail(
            table, row, -1, reason, "the schedule has %s %s here", job->experiment, job->arm);
    return 0;
}

/* Runs of versions without these columns have none. */
static int read_disturbance(
    const struct csv_table *table, size_t row, struct journal_entry *entry, struct error *reason) {
    const int others = csv_column(table, "others_pct"), word = csv_column(table, "disturbed");
    entry->others_pct = NAN;
    if (others >= 0 && csv_number(table, row, others, &entry->others_pct, reason) < 0)
        return -1;
    entry->disturbed = disturbed_find(csv_text(table, row, word));
    return entry->disturbed < DISTURBED_STATES
               ? 0
               : csv_fail(table, row, word, reason, "must be yes, no or nothing");
}

static int read_entry(const struct csv_table *table, size_t row, const int *at,
    struct journal_entry *entry, struct error *reason) {
    const char *name = csv_text(table, row, at[STATUS]);
    int status = 0;
    while (status < JOB_STATUSES && strcmp(name, status_names[status]) != 0)
        status++;
    if (status == JOB_STATUSES)
        return csv_fail(table, row, at[STATUS], reason, "'%.40s' is not a status of a job", name);
    entry->status = (enum job_status)status;
    double number = 0;
    int found = csv_number(table, row, at[EXIT], &number, reason);
    if (found < 0)
        return -1;
    if (number < 0 || number > 255 || number != (int)number)
        return csv_fail(table, row, at[EXIT], reason, "no exit code");
    entry->exit_code = found ? (int)number : -1;
    snprintf(entry->signal, sizeof entry->signal, "%s", csv_text(table, row, at[SIGNAL]));
    found = csv_number(table, row, at[WALL_MS], &number, reason);
    if (found < 0)
        return -1;
    if (!found || number < 0 || number > 1e15)
        return csv_fail(table, row, at[WALL_MS], reason, "must be a time in ms");
    entry->wall_ms = (uint64_t)number;
    return read_disturbance(table, row, entry, reason);
}

/* Trials are dropped from a look on: all the remaining ones of an experiment. */
static int check_dropped(const struct csv_table *table, size_t row, const int *at,
    const struct schedule *schedule, const struct journal *journal, struct error *reason) {
    const bool dropped = journal->entries[row].status == JOB_DROPPED;
    const size_t before = schedule->jobs[row].before;
    const bool was_dropped = before != row && journal->entries[before].status == JOB_DROPPED;
    if (was_dropped && !dropped)
        return csv_fail(table, row, at[STATUS], reason, "%s was dropped before",
            schedule->jobs[row].experiment);
    return was_dropped || !dropped || schedule_look_is_due(schedule, row)
               ? 0
               : csv_fail(table, row, at[STATUS], reason, "no look at %s comes before this job",
                     schedule->jobs[row].experiment);
}

static int journal_fill(struct journal *journal, const struct csv_table *table,
    const struct schedule *schedule, struct error *reason) {
    int at[N_COLUMNS];
    for (int i = 0; i < N_COLUMNS; i++)
        if ((at[i] = i == EXPERIMENT ? head_experiment(table, reason)
                                     : csv_require_column(table, columns[i], reason)) < 0)
            return -1;
    size_t n = csv_rows(table);
    for (size_t i = 0; i < n; i++) {
        if (i == schedule->n)
            return csv_fail(table, i, -1, reason, "the schedule has only %zu jobs", schedule->n);
        if (check_job(table, i, at, &schedule->jobs[i], reason) != 0 ||
            read_entry(table, i, at, &journal->entries[i], reason) != 0 ||
            check_dropped(table, i, at, schedule, journal, reason) != 0)
            return -1;
        journal->n_done++;
    }
    return 0;
}

int journal_parse(const char *name, const char *bytes, size_t n_bytes,
    const struct schedule *schedule, struct journal *journal, struct error *error) {
    *journal = (struct journal){0};
    journal->entries = calloc(schedule->n + 1, sizeof *journal->entries);
    if (journal->entries == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    while (n_bytes > 0 && bytes[n_bytes - 1] != '\n')
        n_bytes--;
    journal->whole_bytes = n_bytes;
    if (n_bytes == 0)
        return 0;
    struct csv_table *table = NULL;
    int failed = csv_table_parse(name, bytes, n_bytes, &table, error);
    if (!failed)
        failed = journal_fill(journal, table, schedule, error);
    csv_table_free(table);
    if (!failed)
        return 0;
    journal_free(journal);
    return error_add(error, "; correct that line, or remove it and all after it to run these jobs "
                            "again, or start a new run (the results of this one are kept)");
}

int journal_grow(struct journal *journal, size_t n_jobs, struct error *error) {
    struct journal_entry *entries =
        realloc(journal->entries, (n_jobs + 1) * sizeof *journal->entries);
    if (entries == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    journal->entries = entries;
    return 0;
}

void journal_free(struct journal *journal) {
    free(journal->entries);
    *journal = (struct journal){0};
}
