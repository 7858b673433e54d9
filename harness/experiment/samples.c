/* SPDX-License-Identifier: MIT */
#include "experiment/samples.h"

#include "record/disturbed.h"

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

/* The first column has been there from the start; a later one may be missing from samples that are older than it, and
 * is empty there. */
static int columns_find(const struct experiment *experiment, const struct csv_table *table,
    struct samples *s, struct error *error) {
    int failed = sample_columns_find(table, s->at, error);
    for (size_t i = 0; !failed && i < experiment->n_columns; i++)
        s->columns[i] = csv_column(table, experiment->columns[i].name);
    if (!failed && experiment->n_columns > 0 && s->columns[0] < 0)
        failed = csv_require_column(table, experiment->columns[0].name, error);
    return failed;
}

static bool arm_known(const struct experiment *experiment, const char *arm) {
    for (size_t i = 0; i < experiment->n_arms; i++)
        if (strcmp(experiment->arms[i].name, arm) == 0)
            return true;
    return false;
}

/* One row by itself: arm, status, device, numbers. */
static int row_check(const struct experiment *experiment, const char *name, struct samples *s,
    size_t row, struct error *error) {
    const struct csv_table *table = s->table;
    size_t line = csv_line(table, row);
    for (int i = SAMPLE_DEVICE; i <= SAMPLE_CLOCK; i++) {
        const char *here = csv_text(table, row, s->at[i]), *before = csv_text(table, 0, s->at[i]);
        if (strcmp(here, before) != 0)
            return refuse(error, name, line,
                "%s is '%s' here and '%s' before; judge one device's samples at a time",
                sample_columns[i], here, before);
    }
    const char *arm = csv_text(table, row, s->at[SAMPLE_ARM]);
    if (!arm_known(experiment, arm))
        return refuse(error, name, line, "%s has no arm '%s'; collect the samples again",
            experiment->name, arm);
    const char *status = csv_text(table, row, s->at[SAMPLE_STATUS]);
    if (sample_status_find(status) == SAMPLE_STATUSES)
        return refuse(error, name, line,
            "the status '%s' is not one of ok, unsupported, failed, untrusted, end; collect the "
            "samples again",
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

static bool same_trial(const struct samples *s, size_t a, size_t b) {
    static const int keys[] = {SAMPLE_JOB, SAMPLE_ARM, SAMPLE_BLOCK};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(csv_text(s->table, a, s->at[keys[i]]), csv_text(s->table, b, s->at[keys[i]])) !=
            0)
            return false;
    return true;
}

/* Rows first..end-1 are one trial's; its end row, if any, is the last of them. */
static int job_take(
    struct samples *s, size_t first, size_t end, bool complete, struct error *error) {
    if (!complete) {
        s->n_incomplete++;
        return 0;
    }
    enum disturbed disturbed;
    struct samples_job *job = &s->jobs[s->n_jobs++];
    *job = (struct samples_job){.first = first, .end = end - 1};
    if (disturbed_read(s->table, job->end, &disturbed, &job->others_pct, error) != 0)
        return -1;
    job->disturbed = disturbed == DISTURBED_YES;
    return 0;
}

void samples_select(struct samples *s, bool undisturbed) {
    s->n_trials = s->n_rows = 0;
    for (size_t i = 0; i < s->n_jobs; i++) {
        const struct samples_job *job = &s->jobs[i];
        const bool taken = !undisturbed || !job->disturbed;
        for (size_t row = job->first; row < job->end; row++) {
            s->trial_of[row] = taken ? s->n_trials : SIZE_MAX;
            if (taken)
                s->rows[s->n_rows++] = row;
        }
        if (taken)
            s->ends[s->n_trials++] = job->end;
    }
}

static const char *cell(const struct samples *s, const struct samples_job *job, int which) {
    return csv_text(s->table, job->end, s->at[which]);
}

/* Is it the first of its trial? A trial is an arm in a block. */
static bool job_is_first(const struct samples *s, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(cell(s, &s->jobs[k], SAMPLE_BLOCK), cell(s, &s->jobs[i], SAMPLE_BLOCK)) == 0 &&
            strcmp(cell(s, &s->jobs[k], SAMPLE_ARM), cell(s, &s->jobs[i], SAMPLE_ARM)) == 0)
            return false;
    return true;
}

void samples_quiet_count(
    const struct samples *s, const struct experiment *experiment, struct samples_quiet *out) {
    *out = (struct samples_quiet){.enough = true};
    for (size_t i = 0; i < s->n_jobs; i++)
        if (s->jobs[i].disturbed) {
            out->n_disturbed++;
            out->most_others_pct = fmax(out->most_others_pct, s->jobs[i].others_pct);
        }
    for (size_t a = 0; out->n_disturbed > 0 && a < experiment->n_arms; a++) {
        size_t n = 0, quiet = 0;
        for (size_t i = 0; i < s->n_jobs; i++)
            if (strcmp(cell(s, &s->jobs[i], SAMPLE_ARM), experiment->arms[a].name) == 0) {
                n += job_is_first(s, i);
                quiet += !s->jobs[i].disturbed;
            }
        if (2 * quiet < n || (quiet < 2 && quiet < n))
            out->enough = false;
        if (n > 0 && (!out->arm || quiet * out->n_trials < out->n_undisturbed * n)) {
            out->arm = experiment->arms[a].name;
            out->n_trials = n;
            out->n_undisturbed = quiet;
        }
    }
}

/* A trial's job number is its place in the run, so the file must be in order of jobs. */
static int job_follows(
    const char *name, const struct samples *s, size_t row, double *job, struct error *error) {
    const int column = s->at[SAMPLE_JOB];
    double previous = *job;
    int found = csv_number(s->table, row, column, job, error);
    if (found < 0)
        return -1;
    if (found == 0 || *job <= previous)
        return refuse(error, name, csv_line(s->table, row),
            "job '%s' does not follow job %.0f; trials must be in the order in which they ran, "
            "collect the samples again",
            csv_text(s->table, row, column), previous);
    return 0;
}

static int trials_split(const char *name, struct samples *s, struct error *error) {
    const struct csv_table *table = s->table;
    size_t n = csv_rows(table);
    size_t first = 0;
    double job = -1;
    for (size_t row = 0; row < n; row++) {
        if (row == first && job_follows(name, s, row, &job, error) != 0)
            return -1;
        bool is_end = sample_is_end(table, row, s->at);
        if (is_end && !sample_end_counts(table, row, s->at, row - first))
            return refuse(error, name, csv_line(table, row),
                "the trial says '%s' at its end and has rows=%zu; rows were lost, run this trial "
                "again",
                csv_text(table, row, s->at[SAMPLE_REASON]), row - first);
        if (is_end || row + 1 == n || !same_trial(s, row, row + 1)) {
            if (job_take(s, first, row + 1, is_end, error) != 0)
                return -1;
            first = row + 1;
        }
    }
    return 0;
}

int samples_take(const struct experiment *experiment, const struct csv_table *table,
    const char *name, struct samples *s, struct error *error) {
    size_t n = csv_rows(table);
    *s = (struct samples){.table = table,
        .jobs = calloc(n + 1, sizeof *s->jobs),
        .rows = calloc(n + 1, sizeof *s->rows),
        .trial_of = calloc(n + 1, sizeof *s->trial_of),
        .ends = calloc(n + 1, sizeof *s->ends),
        .numbers = calloc(experiment->n_columns + 1, sizeof *s->numbers),
        .columns = calloc(experiment->n_columns + 1, sizeof *s->columns)};
    bool memory = s->jobs && s->rows && s->trial_of && s->ends && s->numbers && s->columns;
    for (size_t i = 0; memory && i < experiment->n_columns; i++)
        if (experiment->columns[i].kind == EXPERIMENT_NUMBER)
            memory = (s->numbers[i] = calloc(n + 1, sizeof **s->numbers)) != NULL;
    if (!memory) {
        refuse(error, name, 1, "out of memory for %zu rows", n);
        goto fail;
    }
    for (size_t row = 0; row < n; row++)
        s->trial_of[row] = SIZE_MAX;
    if (columns_find(experiment, table, s, error) != 0)
        goto fail;
    for (size_t row = 0; row < n; row++)
        if (row_check(experiment, name, s, row, error) != 0)
            goto fail;
    if (trials_split(name, s, error) != 0)
        goto fail;
    samples_select(s, false);
    if (n > 0) {
        const char *device = csv_text(table, 0, s->at[SAMPLE_DEVICE]);
        snprintf(s->device, sizeof s->device, "%.*s", (int)strcspn(device, ":"), device);
        s->virtual_clock = strcmp(csv_text(table, 0, s->at[SAMPLE_CLOCK]), "virtual") == 0;
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
    free(s->jobs);
    free(s->rows);
    free(s->trial_of);
    free(s->ends);
    *s = (struct samples){0};
}
