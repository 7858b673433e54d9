/* SPDX-License-Identifier: MIT */
#include "runner/run/expect.h"

#include "base/files.h"
#include "runner/run/machine.h"

#include <dirent.h>
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

/* The mean time of an arm's trials that ended by themselves, 0 for a dropped trial, or -1. */
static int64_t arm_ms(const struct schedule *schedule, const struct journal *journal,
    const struct schedule_job *job) {
    uint64_t sum_ms = 0, n = 0;
    for (size_t i = 0; i < journal->n_done; i++)
        if (journal->entries[i].status != JOB_TIMEOUT &&
            strcmp(schedule->jobs[i].arm, job->arm) == 0 &&
            strcmp(schedule->jobs[i].experiment, job->experiment) == 0) {
            const bool dropped = journal->entries[i].status == JOB_DROPPED;
            if (dropped && schedule->jobs[i].block == job->block)
                return 0;
            if (dropped)
                continue;
            sum_ms += journal->entries[i].wall_ms;
            n++;
        }
    return n > 0 ? (int64_t)(sum_ms / n) : -1;
}

static void past_use(const struct session *s, const struct run *run, int64_t *job_ms) {
    struct schedule schedule = {0};
    struct journal journal = {0};
    if (past_read(s, run, &schedule, &journal) == 0)
        for (size_t i = s->journal.n_done; i < s->schedule.n; i++)
            if (job_ms[i] < 0)
                job_ms[i] = arm_ms(&schedule, &journal, &s->schedule.jobs[i]);
    journal_free(&journal);
    schedule_free(&schedule);
}

void expect_make(
    const struct session *session, const char *results, struct expectation *expectation) {
    *expectation = (struct expectation){0};
    int64_t *job_ms = malloc((session->schedule.n + 1) * sizeof *job_ms);
    if (!job_ms)
        return;
    for (size_t i = 0; i < session->schedule.n; i++)
        job_ms[i] = -1;
    struct dirent **names = NULL;
    int n = results ? scandir(results, &names, is_name, alphasort) : 0;
    for (int i = n - 1, looked = 0; i >= 0; i--) {
        struct run run = {.lock_fd = -1};
        if (looked < MOST_RUNS &&
            snprintf(run.path, sizeof run.path, "%s/%s", results, names[i]->d_name) <
                (int)sizeof run.path &&
            strcmp(run.path, session->run.path) != 0) {
            past_use(session, &run, job_ms);
            looked++;
        }
        free(names[i]);
    }
    free(names);
    for (size_t i = session->journal.n_done; i < session->schedule.n; i++) {
        if (job_ms[i] >= 0) {
            expectation->known_ms += (uint64_t)job_ms[i];
            expectation->n_known++;
        } else {
            expectation->limits_ms += UINT64_C(1000) * session->schedule.jobs[i].limit_s;
        }
    }
    free(job_ms);
}
