/* SPDX-License-Identifier: MIT */
#include "runner/run/expect.h"

#include "base/files.h"
#include "base/place.h"
#include "runner/run/machine.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 8, MOST_BYTES = 64 << 20 };

static int is_name(const struct dirent *entry) {
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9'; /* a run's name is its time */
}

static bool pair_is(const struct run *run, const char *name, const char *key, const char *value) {
    char path[RUN_PATH_SIZE];
    struct csv_table *table = NULL;
    struct error ignored;
    bool is = csv_table_read(run_path(run, path, "%s", name), &table, &ignored) == 0 &&
              strcmp(machine_value(table, key), value) == 0;
    csv_table_free(table);
    return is;
}

static int file_of(const struct run *run, const char *name, char **bytes, size_t *n_bytes) {
    char path[RUN_PATH_SIZE];
    struct error ignored;
    return file_read(run_path(run, path, "%s", name), MOST_BYTES, bytes, n_bytes, &ignored) == 0 &&
                   *bytes != NULL
               ? 0
               : -1;
}

/* 0 with that run's data, if it has the same device and preset. */
static int past_read(const struct session *s, const struct run *run, struct schedule *schedule,
    struct journal *journal) {
    char *planned = NULL, *done = NULL;
    size_t n_planned, n_done;
    struct error ignored;
    int failed = -1;
    if (pair_is(run, "settings.csv", "preset", s->settings.quick ? "quick" : "full") &&
        pair_is(run, "machine.csv", "device", s->settings.device) &&
        file_of(run, "schedule.csv", &planned, &n_planned) == 0 &&
        file_of(run, "jobs.csv", &done, &n_done) == 0 &&
        schedule_parse("schedule.csv", planned, n_planned, schedule, &ignored) == 0)
        failed = journal_parse("jobs.csv", done, n_done, schedule, journal, &ignored);
    free(planned);
    free(done);
    return failed;
}

/* The arm's trials that ended by themselves, on average, and whether the job's block was dropped. Stays
 * unknown where none ended. */
static struct progress_prior arm_prior(const struct schedule *schedule,
    const struct journal *journal, const struct schedule_job *job) {
    struct progress_prior prior = {.ms = NAN};
    uint64_t sum_ms = 0, n = 0;
    for (size_t i = 0; i < journal->n_done; i++) {
        const enum job_status status = journal->entries[i].status;
        if (status == JOB_TIMEOUT || strcmp(schedule->jobs[i].arm, job->arm) != 0 ||
            strcmp(schedule->jobs[i].experiment, job->experiment) != 0)
            continue;
        if (status == JOB_DROPPED) {
            prior.is_dropped |= schedule->jobs[i].block == job->block;
            continue;
        }
        sum_ms += journal->entries[i].wall_ms;
        n++;
    }
    if (n > 0)
        prior.ms = (double)sum_ms / (double)n;
    return prior;
}

static void past_use(
    const struct session *s, const struct run *run, struct progress_prior *priors) {
    struct schedule schedule = {0};
    struct journal journal = {0};
    if (past_read(s, run, &schedule, &journal) == 0)
        for (size_t i = 0; i < s->schedule.n; i++)
            if (isnan(priors[i].ms))
                priors[i] = arm_prior(&schedule, &journal, &s->schedule.jobs[i]);
    journal_free(&journal);
    schedule_free(&schedule);
}

static void runs_use(const struct session *s, const char *results, struct progress_prior *priors) {
    struct dirent **names = NULL;
    int n = results ? scandir(results, &names, is_name, alphasort) : 0;
    for (int i = n - 1, looked = 0; i >= 0; i--) {
        struct run run = {.lock_fd = -1};
        if (looked < MOST_RUNS &&
            snprintf(run.path, sizeof run.path, "%s/%s", results, names[i]->d_name) <
                (int)sizeof run.path &&
            strcmp(run.path, s->run.path) != 0) {
            past_use(s, &run, priors);
            looked++;
        }
        free(names[i]);
    }
    free(names);
}

/* ---- elsewhere */

enum { KIND, PRESET, EXPERIMENT, PLANNED, DONE, WALL_MS, CHIP, N_COLUMNS };
static const char *const columns[N_COLUMNS] = {
    "kind", "preset", "experiment", "planned", "done", "wall_ms", "chip"};

struct durations {
    struct csv_table *table;
    int column[N_COLUMNS];
};

static int durations_read(struct durations *d) {
    struct error ignored;
    char *path = place_data("results/durations.csv");
    int failed = path ? csv_table_read(path, &d->table, &ignored) : -1;
    free(path);
    for (int i = 0; i < N_COLUMNS && !failed; i++)
        failed = (d->column[i] = csv_column(d->table, columns[i])) < 0;
    return failed ? -1 : 0;
}

static double count_of(const struct durations *d, size_t row, int column) {
    struct error ignored;
    double value;
    return csv_number(d->table, row, d->column[column], &value, &ignored) == 1 ? value : 0;
}

static bool row_is(const struct durations *d, size_t row, int column, const char *text) {
    return strcmp(csv_text(d->table, row, d->column[column]), text) == 0;
}

/* An experiment's trials take the same on average there, and were dropped after the same share of its
 * blocks. */
static struct progress_prior row_prior(
    const struct durations *d, size_t row, const struct schedule_job *job) {
    const double done = count_of(d, row, DONE), planned = count_of(d, row, PLANNED);
    struct progress_prior prior = {.ms = NAN};
    if (done > 0 && planned >= done) {
        prior.ms = count_of(d, row, WALL_MS) / done;
        prior.is_dropped = job->block >= ceil(done / planned * job->n_blocks);
    }
    return prior;
}

/* The row of the experiment on such a device; the processor's where that kind of device has none and time
 * is real, too. csv_rows() when there is none. */
static size_t row_find(
    const struct durations *d, const struct session *s, const char *kind, const char *experiment) {
    const size_t n = csv_rows(d->table);
    size_t row = 0;
    while (row < n && !(row_is(d, row, KIND, kind) && row_is(d, row, EXPERIMENT, experiment) &&
                          row_is(d, row, PRESET, s->settings.quick ? "quick" : "full")))
        row++;
    return row < n || strcmp(kind, "cpu") == 0 ||
                   strcmp(machine_value(s->machine, "clock"), "virtual") == 0
               ? row
               : row_find(d, s, "cpu", experiment);
}

static void elsewhere_use(const struct session *s, struct expectation *e, bool *is_elsewhere) {
    struct durations d = {.table = NULL};
    const int failed = durations_read(&d);
    for (size_t i = 0; i < e->n && !failed; i++) {
        const struct schedule_job *job = &s->schedule.jobs[i];
        if (!isnan(e->priors[i].ms))
            continue;
        const size_t row = row_find(&d, s, machine_value(s->machine, "kind"), job->experiment);
        if (row == csv_rows(d.table))
            continue;
        e->priors[i] = row_prior(&d, row, job);
        is_elsewhere[i] = true;
        snprintf(e->elsewhere, sizeof e->elsewhere, "%.20s (%.60s)",
            csv_text(d.table, row, d.column[KIND]), csv_text(d.table, row, d.column[CHIP]));
    }
    csv_table_free(d.table);
}

/* ---- both */

static void remaining_add(
    const struct session *s, struct expectation *e, const bool *is_elsewhere) {
    for (size_t i = s->journal.n_done; i < e->n; i++) {
        const double ms = e->priors[i].is_dropped && !s->fixed ? 0 : e->priors[i].ms;
        if (isnan(e->priors[i].ms)) {
            e->n_unknown++;
        } else if (is_elsewhere[i]) {
            e->elsewhere_ms += (uint64_t)ms;
            e->n_elsewhere++;
        } else {
            e->here_ms += (uint64_t)ms;
            e->n_here++;
        }
    }
}

void expect_make(
    const struct session *session, const char *results, struct expectation *expectation) {
    const size_t n = session->schedule.n;
    *expectation = (struct expectation){.priors = calloc(n + 1, sizeof *expectation->priors)};
    bool *is_elsewhere = calloc(n + 1, sizeof *is_elsewhere);
    if (expectation->priors && is_elsewhere) {
        expectation->n = n;
        for (size_t i = 0; i < n; i++)
            expectation->priors[i].ms = NAN;
        runs_use(session, results, expectation->priors);
        elsewhere_use(session, expectation, is_elsewhere);
        remaining_add(session, expectation, is_elsewhere);
    } else {
        expect_free(expectation);
    }
    free(is_elsewhere);
}

void expect_free(struct expectation *expectation) {
    free(expectation->priors);
    *expectation = (struct expectation){.n = 0};
}
