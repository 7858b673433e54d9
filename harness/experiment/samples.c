/* SPDX-License-Identifier: MIT */
#include "experiment/samples.h"

#include "experiment/trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int refuse(struct error *error, const char *name, size_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int refuse(struct error *error, const char *name, size_t line, const char *format, ...) {
    error->code = EXIT_BROKEN;
    int n = snprintf(error->text, sizeof error->text, "%.200s:%zu: ", name, line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text + n, sizeof error->text - (size_t)n, format, arguments);
    va_end(arguments);
    return -1;
}

static int column_find(const struct csv_table *table, const char *name, const char *column,
    int *out, struct error *error) {
    *out = csv_column(table, column);
    if (*out >= 0)
        return 0;
    return refuse(error, name, 1,
        "the column '%s' is missing; these are samples of another program or version, collect them "
        "again",
        column);
}

static int columns_find(const struct experiment *experiment, const struct csv_table *table,
    const char *name, struct samples *s, int head[TRIAL_HEAD_COLUMNS], int tail[TRIAL_TAIL_COLUMNS],
    struct error *error) {
    for (int i = 0; i < TRIAL_HEAD_COLUMNS; i++)
        if (column_find(table, name, trial_head_columns[i], &head[i], error) != 0)
            return -1;
    for (size_t i = 0; i < experiment->n_columns; i++)
        if (column_find(table, name, experiment->columns[i].name, &s->columns[i], error) != 0)
            return -1;
    for (int i = 0; i < TRIAL_TAIL_COLUMNS; i++)
        if (column_find(table, name, trial_tail_columns[i], &tail[i], error) != 0)
            return -1;
    return 0;
}

static bool word_in(const char *word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool arm_known(const struct experiment *experiment, const char *arm) {
    for (size_t i = 0; i < experiment->n_arms; i++)
        if (strcmp(experiment->arms[i].name, arm) == 0)
            return true;
    return false;
}

/* One row by itself: arm, status, device, numbers. */
static int row_check(const struct experiment *experiment, const char *name, struct samples *s,
    const int *head, const int *tail, size_t row, struct error *error) {
    static const char *const statuses[] = {"ok", "unsupported", "failed", "untrusted", "end"};
    const struct csv_table *table = s->table;
    size_t line = csv_line(table, row);
    for (int i = 2; i <= 3; i++)
        if (strcmp(csv_text(table, row, head[i]), csv_text(table, 0, head[i])) != 0)
            return refuse(error, name, line,
                "%s is '%s' here and '%s' before; judge one device's samples at a time",
                trial_head_columns[i], csv_text(table, row, head[i]), csv_text(table, 0, head[i]));
    const char *arm = csv_text(table, row, s->arm_column);
    if (!arm_known(experiment, arm))
        return refuse(error, name, line, "%s has no arm '%s'; collect the samples again",
            experiment->name, arm);
    const char *status = csv_text(table, row, tail[0]);
    if (!word_in(status, statuses, sizeof statuses / sizeof *statuses))
        return refuse(error, name, line,
            "the status '%s' is none of ok, unsupported, failed, untrusted, end; collect the "
            "samples "
            "again",
            status);
    for (size_t i = 0; i < experiment->n_columns; i++) {
        if (!s->numbers[i])
            continue;
        double value;
        int found = csv_number(table, row, s->columns[i], &value, error);
        if (found < 0)
            return -1;
        s->numbers[i][row] = found ? value : (double)NAN;
    }
    return 0;
}

static bool same_trial(
    const struct csv_table *table, const int head[TRIAL_HEAD_COLUMNS], size_t a, size_t b) {
    const int keys[] = {head[0], head[1], head[4], head[5]}; /* job, order, arm, block */
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(csv_text(table, a, keys[i]), csv_text(table, b, keys[i])) != 0)
            return false;
    return true;
}

/* Rows first..end-1 are one trial's; its end row, if any, is the last of them. */
static void trial_take(struct samples *s, size_t first, size_t end, bool complete) {
    if (!complete) {
        s->n_incomplete++;
        return;
    }
    for (size_t row = first; row + 1 < end; row++) {
        s->rows[s->n_rows++] = row;
        s->trial_of[row] = s->n_trials;
    }
    s->ends[s->n_trials++] = end - 1;
}

static int trials_split(
    const char *name, struct samples *s, const int *head, const int *tail, struct error *error) {
    const struct csv_table *table = s->table;
    size_t n = csv_rows(table);
    size_t first = 0;
    for (size_t row = 0; row < n; row++) {
        bool is_end = strcmp(csv_text(table, row, tail[0]), "end") == 0;
        if (is_end) {
            if (!csv_end_says(csv_text(table, row, tail[1]), row - first))
                return refuse(error, name, csv_line(table, row),
                    "the trial says '%s' at its end and has rows=%zu; rows were lost, run this "
                    "trial again",
                    csv_text(table, row, tail[1]), row - first);
        }
        if (is_end || row + 1 == n || !same_trial(table, head, row, row + 1)) {
            trial_take(s, first, row + 1, is_end);
            first = row + 1;
        }
    }
    return 0;
}

int samples_check(const struct experiment *experiment, const struct csv_table *table,
    const char *name, struct samples *s, struct error *error) {
    size_t n = csv_rows(table);
    int head[TRIAL_HEAD_COLUMNS], tail[TRIAL_TAIL_COLUMNS];
    *s = (struct samples){.table = table,
        .rows = calloc(n + 1, sizeof *s->rows),
        .trial_of = calloc(n + 1, sizeof *s->trial_of),
        .ends = calloc(n + 1, sizeof *s->ends),
        .numbers = calloc(experiment->n_columns + 1, sizeof *s->numbers),
        .columns = calloc(experiment->n_columns + 1, sizeof *s->columns)};
    bool memory = s->rows && s->trial_of && s->ends && s->numbers && s->columns;
    for (size_t i = 0; memory && i < experiment->n_columns; i++)
        if (experiment->columns[i].kind == EXPERIMENT_NUMBER)
            memory = (s->numbers[i] = calloc(n + 1, sizeof **s->numbers)) != NULL;
    if (!memory) {
        refuse(error, name, 1, "out of memory for %zu rows", n);
        goto fail;
    }
    for (size_t row = 0; row < n; row++)
        s->trial_of[row] = SIZE_MAX;
    if (columns_find(experiment, table, name, s, head, tail, error) != 0)
        goto fail;
    s->arm_column = head[4];
    s->status_column = tail[0];
    s->reason_column = tail[1];
    for (size_t row = 0; row < n; row++)
        if (row_check(experiment, name, s, head, tail, row, error) != 0)
            goto fail;
    if (trials_split(name, s, head, tail, error) != 0)
        goto fail;
    if (n > 0) {
        const char *device = csv_text(table, 0, head[2]);
        snprintf(s->device, sizeof s->device, "%.*s", (int)strcspn(device, ":"), device);
        s->virtual_clock = strcmp(csv_text(table, 0, head[3]), "virtual") == 0;
    }
    return 0;
fail:
    samples_free(s, experiment);
    return -1;
}

void samples_free(struct samples *s, const struct experiment *experiment) {
    for (size_t i = 0; s->numbers && i < experiment->n_columns; i++)
        free(s->numbers[i]);
    free(s->numbers);
    free(s->columns);
    free(s->rows);
    free(s->trial_of);
    free(s->ends);
    *s = (struct samples){0};
}
