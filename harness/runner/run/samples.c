/* SPDX-License-Identifier: MIT */
#include "runner/run/samples.h"
#include "base/files.h"
#include "runner/run/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int trial_read(
    const struct run *run, unsigned job, struct trial_file *trial, struct error *error) {
    char path[RUN_PATH_SIZE];
    return trial_file_read(run_path(run, path, "jobs/%04u/samples.csv", job), job, trial, error);
}

static bool same_header(const struct trial_file *a, const struct trial_file *b) {
    return a->header_bytes == b->header_bytes && memcmp(a->bytes, b->bytes, a->header_bytes) == 0;
}

int samples_fit(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const struct trial_file *trial, bool *fits,
    struct error *error) {
    const char *experiment = schedule->jobs[journal->n_done].experiment;
    *fits = true;
    for (size_t i = 0; i < journal->n_done && trial->header_bytes > 0; i++) {
        struct trial_file first;
        if (strcmp(schedule->jobs[i].experiment, experiment) != 0)
            continue;
        if (trial_read(run, schedule->jobs[i].job, &first, error) != 0)
            return -1;
        const bool is_first = first.header_bytes > 0;
        *fits = !is_first || same_header(&first, trial);
        trial_file_free(&first);
        if (is_first)
            break;
    }
    return 0;
}

/* Adds a finished trial's rows, after its header if it is the first; rows that do not fit are left
 * out. */
static int trial_add(const struct run *run, const struct schedule_job *job,
    const struct journal_entry *entry, struct trial_file *first, FILE *out, struct error *error) {
    struct trial_file trial;
    if (trial_read(run, job->job, &trial, error) != 0)
        return -1;
    int failed = 0;
    if (entry->status == JOB_OK && !trial.ended)
        failed = error_set(error, EXIT_BROKEN,
            "jobs.csv:%u: job %u succeeded, but %s/jobs/%04u/samples.csv no longer shows it (%s); "
            "restore that file, or remove that line of jobs.csv and all after it to run these jobs "
            "again",
            job->job + 1, job->job, run->path, job->job, trial.reason);
    else if (trial.header_bytes > 0 && !first->bytes) {
        fwrite(trial.bytes, 1, trial.whole_bytes, out);
        *first = trial;
        return 0;
    } else if (trial.header_bytes > 0 && same_header(first, &trial))
        fwrite(trial.bytes + trial.header_bytes, 1, trial.whole_bytes - trial.header_bytes, out);
    trial_file_free(&trial);
    return failed;
}

int samples_write_experiment(const struct run *run, const char *experiment,
    const struct schedule *schedule, const struct journal *journal, struct error *error) {
    char path[RUN_PATH_SIZE];
    struct trial_file first = {0};
    struct text text;
    int failed = text_open(&text, error);
    for (size_t i = 0; !failed && i < journal->n_done; i++)
        if (strcmp(schedule->jobs[i].experiment, experiment) == 0 &&
            journal->entries[i].status != JOB_DROPPED)
            failed = trial_add(
                run, &schedule->jobs[i], &journal->entries[i], &first, text.csv.file, error);
    run_path(run, path, "samples/%s.csv", experiment);
    if (!failed && first.bytes)
        failed = text_save(&text, path, error);
    else
        text_free(&text);
    /* Without a finished trial there is no such file; rows of an unfinished one stay in jobs/. */
    if (!failed && !first.bytes && unlink(path) != 0 && errno != ENOENT)
        failed = error_set(error, EXIT_BROKEN, "cannot remove %s: %s", path, strerror(errno));
    trial_file_free(&first);
    return failed;
}

/* The first job of each experiment, from *at on; false when there is none left. */
static bool experiment_next(const struct schedule *schedule, size_t *at) {
    for (; *at < schedule->n; ++*at) {
        size_t before = 0;
        while (before < *at &&
               strcmp(schedule->jobs[before].experiment, schedule->jobs[*at].experiment) != 0)
            before++;
        if (before == *at)
            return true;
    }
    return false;
}

int samples_write(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, struct error *error) {
    for (size_t i = 0; experiment_next(schedule, &i); i++)
        if (samples_write_experiment(run, schedule->jobs[i].experiment, schedule, journal, error) !=
            0)
            return -1;
    return 0;
}

int samples_write_missing(
    const struct run *run, const struct schedule *schedule, struct error *error) {
    char path[RUN_PATH_SIZE], *bytes = NULL;
    struct journal journal = {0};
    size_t n_bytes = 0;
    if (!file_exists(run_path(run, path, "jobs")))
        return 0;
    int failed =
        file_read(run_path(run, path, "jobs.csv"), JOURNAL_MOST_BYTES, &bytes, &n_bytes, error);
    if (!failed)
        failed = journal_parse(path, bytes ? bytes : "", n_bytes, schedule, &journal, error);
    for (size_t i = 0; !failed && experiment_next(schedule, &i); i++)
        if (!file_exists(run_path(run, path, "samples/%s.csv", schedule->jobs[i].experiment)))
            failed = samples_write_experiment(
                run, schedule->jobs[i].experiment, schedule, &journal, error);
    journal_free(&journal);
    free(bytes);
    return failed;
}

int samples_present(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, struct error *error) {
    char path[RUN_PATH_SIZE];
    for (size_t i = 0; i < journal->n_done; i++)
        if (journal->entries[i].status == JOB_OK &&
            !file_exists(run_path(run, path, "samples/%s.csv", schedule->jobs[i].experiment)))
            return error_set(error, EXIT_BROKEN,
                "%s is missing, but jobs.csv has finished trials of %s: restore it, or jobs/, from "
                "which it is made",
                path, schedule->jobs[i].experiment);
    return 0;
}

/* Moves *at past the trial's rows, and past its header if *at is at the beginning. */
static bool take_trial(
    const struct trial_file *trial, const char *bytes, size_t n_bytes, size_t *at) {
    bool fits = trial->header_bytes <= n_bytes &&
                (*at == 0 || memcmp(bytes, trial->bytes, trial->header_bytes) == 0);
    size_t from = *at == 0 ? 0 : trial->header_bytes, n = trial->whole_bytes - from;
    if (trial->header_bytes == 0 || !fits)
        return true; /* rows that were left out are not expected */
    if (n > n_bytes - *at || memcmp(bytes + *at, trial->bytes + from, n) != 0)
        return false;
    *at += n;
    return true;
}

int samples_check(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const char *experiment, const char *name, const char *bytes,
    size_t n_bytes, struct error *error) {
    char path[RUN_PATH_SIZE];
    size_t at = 0;
    for (size_t i = 0; i < journal->n_done; i++) {
        const struct schedule_job *job = &schedule->jobs[i];
        struct trial_file trial;
        if (strcmp(job->experiment, experiment) != 0 || journal->entries[i].status == JOB_DROPPED)
            continue;
        run_path(run, path, "jobs/%04u/samples.csv", job->job);
        if (trial_file_read(path, job->job, &trial, error) != 0)
            return -1;
        bool same = take_trial(&trial, bytes, n_bytes, &at);
        trial_file_free(&trial);
        if (!same)
            return error_set(error, EXIT_BROKEN,
                "%s differs from what %s holds: one of them was changed", name, path);
    }
    return at == n_bytes ? 0
                         : error_set(error, EXIT_BROKEN,
                               "%s has rows that belong to no trial in %s/jobs: they were added, "
                               "or jobs/ is incomplete",
                               name, run->path);
}
