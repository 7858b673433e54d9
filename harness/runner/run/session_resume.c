/* SPDX-License-Identifier: MIT */
#include "runner/run/session.h"
#include "base/suite.h"
#include "base/files.h"
#include "runner/run/machine.h"
#include "base/number.h"
#include "runner/run/samples.h"
#include "runner/run/stopping.h"

#include <stdlib.h>
#include <string.h>

enum { STORED_MOST_BYTES = 64 << 20 };

/* A key,value file of the run. */
static int read_pairs(
    const struct run *run, const char *name, struct csv_table **table, struct error *error) {
    char path[RUN_PATH_SIZE];
    if (csv_table_read(run_path(run, path, "%s", name), table, error) != 0)
        return -1;
    if (csv_column(*table, "key") < 0 || csv_column(*table, "value") < 0)
        return error_set(
            error, EXIT_BROKEN, "%s: needs the columns key,value; restore the file", path);
    return 0;
}

static int read_settings(struct session *s, struct error *error) {
    if (read_pairs(&s->run, "settings.csv", &s->stored_settings, error) != 0 ||
        read_pairs(&s->run, "machine.csv", &s->machine, error) != 0)
        return -1;
    const char *commit = machine_value(s->machine, "commit");
    if (strcmp(commit, suite_commit()) != 0)
        return error_set(error, EXIT_USAGE,
            "%s was begun with commit %s, but this is %s; their samples must not be mixed: build "
            "that commit, or start a new run",
            s->run.path, commit, suite_commit());
    if (!number_whole(machine_value(s->stored_settings, "seed"), 0, UINT64_MAX, &s->settings.seed))
        return error_set(
            error, EXIT_BROKEN, "%s/settings.csv holds no seed; restore the file", s->run.path);
    s->settings.quick = strcmp(machine_value(s->stored_settings, "preset"), "quick") == 0;
    s->fixed = stopping_is_fixed(s->stored_settings);
    const char *resolved = machine_value(s->machine, "device");
    s->settings.device =
        resolved[0] != '\0' ? resolved : machine_value(s->stored_settings, "device");
    return 0;
}

/* Checks that the device still opens, and is that of the finished trials. */
static int compare_device(const struct session *s, struct error *error) {
    static const char *const keys[] = {"kind", "device", "chip"};
    struct csv_table *now = NULL;
    if (machine_ask(s->settings.device, &now, error) != 0)
        return -1;
    int failed = 0;
    for (size_t i = 0; !failed && i < sizeof keys / sizeof *keys; i++) {
        const char *before = machine_value(s->machine, keys[i]),
                   *here = machine_value(now, keys[i]);
        if (strcmp(before, here) != 0)
            failed = error_set(error, EXIT_USAGE,
                "%s was begun with %s %s, but here it is %s; their samples must not be mixed: "
                "continue it there, or start a new run",
                s->run.path, keys[i], before, here);
    }
    csv_table_free(now);
    return failed;
}

static int experiments_changed(const struct session *s, struct error *error) {
    return error_set(error, EXIT_USAGE,
        "the experiments are no longer those that %s was planned with; build the commit it was "
        "begun "
        "with (%s), or start a new run",
        s->run.path, machine_value(s->machine, "commit"));
}

static size_t count_lines(const char *bytes, size_t n_bytes) {
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++)
        n += bytes[i] == '\n';
    return n;
}

/* Surveys the experiments that the stored schedule names, and compares the results. */
static int compare_experiments(
    struct session *s, const char *schedule_bytes, size_t schedule_n_bytes, struct error *error) {
    int failed = -1;
    char path[RUN_PATH_SIZE], *about = NULL;
    size_t n_about, n = 0;
    struct text schedule = {0};
    const struct manifest_experiment **used = calloc(s->manifest.n + 1, sizeof *used);
    if (used == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; i < s->schedule.n; i++)
        if (manifest_find(&s->manifest, s->schedule.jobs[i].experiment) == NULL) {
            experiments_changed(s, error);
            goto done;
        }
    for (size_t i = 0; i < s->manifest.n; i++) {
        bool wanted = false;
        for (size_t j = 0; j < s->schedule.n && !wanted; j++)
            wanted = strcmp(s->schedule.jobs[j].experiment, s->manifest.experiments[i].name) == 0;
        if (wanted)
            used[n++] = &s->manifest.experiments[i];
    }
    if (survey_make(used, n, s->settings.quick,
            session_has_engine(s->machine) ? SURVEY_LAST : SURVEY_AS_OTHERS, &s->survey,
            error) != 0 ||
        schedule_make(s->survey.arms, s->survey.n_arms, s->settings.seed, &schedule, error) != 0 ||
        file_read(run_path(&s->run, path, "experiments.csv"), STORED_MOST_BYTES, &about, &n_about,
            error) != 0)
        goto done;
    if (about == NULL || n_about != s->survey.about.n_bytes ||
        memcmp(about, s->survey.about.bytes, n_about) != 0 || schedule_n_bytes < schedule.n_bytes ||
        memcmp(schedule_bytes, schedule.bytes, schedule.n_bytes) != 0) {
        experiments_changed(s, error);
        goto done;
    }
    if (count_lines(schedule.bytes, schedule.n_bytes) - 1 == s->schedule.n_planned)
        failed = 0;
    else
        error_set(error, EXIT_BROKEN,
            "%s: a row after the planned ones belongs to no planned trial; restore the file, or "
            "start a "
            "new run (what this one measured stays)",
            run_path(&s->run, path, "schedule.csv"));
done:
    free(about);
    free(used);
    text_free(&schedule);
    return failed;
}

/* Stopped experiments stay stopped. */
static int find_dropped(struct session *s, struct error *error) {
    s->dropped = calloc(s->schedule.n, sizeof *s->dropped);
    s->decided = calloc(s->schedule.n, sizeof *s->decided);
    if (s->dropped == NULL || s->decided == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; i < s->journal.n_done; i++)
        for (size_t k = i; s->journal.entries[i].status == JOB_DROPPED && k < s->schedule.n; k++)
            s->dropped[k] |=
                strcmp(s->schedule.jobs[i].experiment, s->schedule.jobs[k].experiment) == 0;
    return 0;
}

/* The first trial that succeeded and of which the disk does not have all; n_done if there is none. */
static int first_lost(const struct session *s, size_t *index, struct error *error) {
    char path[RUN_PATH_SIZE];
    bool lost = false;
    for (*index = 0; *index < s->journal.n_done && !lost; *index += !lost) {
        const unsigned job = s->schedule.jobs[*index].job;
        struct trial_file trial;
        if (s->journal.entries[*index].status != JOB_OK)
            continue;
        if (trial_file_read(
                run_path(&s->run, path, "jobs/%04u/samples.csv", job), job, &trial, error) != 0)
            return -1;
        lost = !trial.ended;
        trial_file_free(&trial);
    }
    return 0;
}

/* In virtual time nothing is synced (session.h): after a power cut, what the disk does not have runs again. */
static int forget_lost(
    struct session *s, const char *path, const char *bytes, struct error *error) {
    size_t n_done, n_bytes = 0;
    if (!session_is_virtual(s->machine))
        return 0;
    if (first_lost(s, &n_done, error) != 0)
        return -1;
    if (n_done == s->journal.n_done)
        return 0;
    for (size_t line = 0; line <= n_done; n_bytes++)
        line += bytes[n_bytes] == '\n';
    s->journal.n_done = n_done;
    snprintf(s->notice, sizeof s->notice,
        "the samples of job %u did not reach the disk; it and those after it run again",
        s->schedule.jobs[n_done].job);
    return file_replace(path, bytes, n_bytes, error);
}

static int read_journal(struct session *s, struct error *error) {
    char path[RUN_PATH_SIZE], *bytes;
    size_t n_bytes;
    if (file_read(
            run_path(&s->run, path, "jobs.csv"), STORED_MOST_BYTES, &bytes, &n_bytes, error) != 0)
        return -1;
    if (bytes == NULL)
        return error_set(error, EXIT_BROKEN,
            "%s is missing; restore it, or start a new run (the results of this one are kept)",
            path);
    int failed = journal_parse(path, bytes, n_bytes, &s->schedule, &s->journal, error);
    if (!failed && s->journal.whole_bytes < n_bytes) {
        snprintf(
            s->notice, sizeof s->notice, "the last line of jobs.csv is torn; its job runs again");
        failed = file_replace(path, bytes, s->journal.whole_bytes, error);
    }
    if (!failed && s->journal.whole_bytes == 0)
        failed = journal_create(path, error);
    else if (!failed)
        failed = forget_lost(s, path, bytes, error);
    free(bytes);
    return failed;
}

int session_resume(struct session *session, const char *directory, struct error *error) {
    struct session *s = session;
    char path[RUN_PATH_SIZE], *bytes = NULL;
    size_t n_bytes;
    int failed = -1;
    *s = (struct session){.run = {.lock_fd = -1}};
    if (run_open(&s->run, directory, error) != 0 || run_lock(&s->run, error) != 0 ||
        read_settings(s, error) != 0 || manifest_read(&s->manifest, error) != 0 ||
        file_read(run_path(&s->run, path, "schedule.csv"), STORED_MOST_BYTES, &bytes, &n_bytes,
            error) != 0 ||
        schedule_parse(path, bytes, n_bytes, &s->schedule, error) != 0 ||
        compare_experiments(s, bytes, n_bytes, error) != 0 || compare_device(s, error) != 0 ||
        read_journal(s, error) != 0 || find_dropped(s, error) != 0)
        session_close(s);
    else
        failed = 0;
    free(bytes);
    return failed;
}
