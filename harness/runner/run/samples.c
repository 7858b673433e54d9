/* SPDX-License-Identifier: MIT */
#include "runner/run/samples.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* *is_new = nothing in it yet; else *fits = it begins with this header. */
static int compare_header(const char *path, const struct trial_file *trial, bool *is_new,
    bool *fits, struct error *error) {
    *is_new = *fits = true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT
                   ? 0
                   : error_set(error, EXIT_BROKEN, "cannot read %s: %s", path, strerror(errno));
    char *header = malloc(trial->header_bytes);
    ssize_t n = header != NULL ? pread(fd, header, trial->header_bytes, 0) : -1;
    int failed = 0;
    if (n < 0)
        failed = error_set(error, EXIT_BROKEN, "cannot read %s", path);
    *is_new = n == 0;
    *fits = n == 0 || ((size_t)n == trial->header_bytes &&
                          memcmp(header, trial->bytes, trial->header_bytes) == 0);
    free(header);
    close(fd);
    return failed;
}

int samples_append(
    const char *path, const struct trial_file *trial, bool *fits, struct error *error) {
    *fits = true;
    if (trial->header_bytes == 0)
        return 0;
    bool is_new;
    if (compare_header(path, trial, &is_new, fits, error) != 0)
        return -1;
    size_t from = is_new ? 0 : trial->header_bytes;
    if (!*fits || from == trial->whole_bytes)
        return 0;
    return file_append(path, trial->bytes + from, trial->whole_bytes - from, error);
}

static int rebuild_program(const struct run *run, const char *program, const struct plan *plan,
    const struct journal *journal, struct error *error) {
    char path[RUN_PATH_SIZE], rebuilt[RUN_PATH_SIZE], from[RUN_PATH_SIZE];
    run_path(run, path, "samples/%s.csv", program);
    run_path(run, rebuilt, "samples/%s.csv.tmp", program);
    if (unlink(rebuilt) != 0 && errno != ENOENT)
        return error_set(error, EXIT_BROKEN, "cannot remove %s: %s", rebuilt, strerror(errno));
    for (size_t i = 0; i < journal->n_done; i++) {
        const struct plan_job *job = &plan->jobs[i];
        if (strcmp(job->program, program) != 0)
            continue;
        struct trial_file trial;
        bool fits;
        if (trial_file_read(run_path(run, from, "jobs/%04u/samples.csv", job->job), job->job,
                &trial, error) != 0)
            return -1;
        bool lost = journal->entries[i].status == JOB_OK && !trial.ended;
        int failed = samples_append(rebuilt, &trial, &fits, error);
        if (lost)
            failed = error_set(error, EXIT_BROKEN,
                "jobs.csv:%zu: job %u ended well, but %s no longer shows it (%s); restore that "
                "file, or remove that line of jobs.csv and all after it to have these jobs run "
                "again",
                i + 2, job->job, from, trial.reason);
        trial_file_free(&trial);
        if (failed)
            return -1;
    }
    /* Without a finished trial there is no such file; rows of an unfinished one stay in jobs/. */
    if ((file_exists(rebuilt) ? rename(rebuilt, path) : unlink(path)) != 0 && errno != ENOENT)
        return error_set(error, EXIT_BROKEN, "cannot replace %s: %s", path, strerror(errno));
    return 0;
}

int samples_rebuild(const struct run *run, const struct plan *plan, const struct journal *journal,
    struct error *error) {
    for (size_t i = 0; i < plan->n; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(plan->jobs[j].program, plan->jobs[i].program) == 0;
        if (!seen && rebuild_program(run, plan->jobs[i].program, plan, journal, error) != 0)
            return -1;
    }
    char path[RUN_PATH_SIZE];
    return directory_sync(run_path(run, path, "samples"), error);
}

/* Moves *at past the trial's rows; its header, too, where *at is at the beginning. */
static bool take_trial(
    const struct trial_file *trial, const char *bytes, size_t n_bytes, size_t *at) {
    bool fits = trial->header_bytes <= n_bytes &&
                (*at == 0 || memcmp(bytes, trial->bytes, trial->header_bytes) == 0);
    size_t from = *at == 0 ? 0 : trial->header_bytes, n = trial->whole_bytes - from;
    if (trial->header_bytes == 0 || !fits)
        return true; /* what was not appended is not looked for */
    if (n > n_bytes - *at || memcmp(bytes + *at, trial->bytes + from, n) != 0)
        return false;
    *at += n;
    return true;
}

int samples_check(const struct run *run, const struct plan *plan, const struct journal *journal,
    const char *program, const char *name, const char *bytes, size_t n_bytes, struct error *error) {
    char path[RUN_PATH_SIZE];
    size_t at = 0;
    for (size_t i = 0; i < journal->n_done; i++) {
        const struct plan_job *job = &plan->jobs[i];
        struct trial_file trial;
        if (strcmp(job->program, program) != 0)
            continue;
        run_path(run, path, "jobs/%04u/samples.csv", job->job);
        if (trial_file_read(path, job->job, &trial, error) != 0)
            return -1;
        bool same = take_trial(&trial, bytes, n_bytes, &at);
        trial_file_free(&trial);
        if (!same)
            return error_set(
                error, EXIT_BROKEN, "%s is not what %s holds: one of them was changed", name, path);
    }
    return at == n_bytes
               ? 0
               : error_set(error, EXIT_BROKEN,
                     "%s has rows of no trial in %s/jobs: they were added, or jobs/ is not whole",
                     name, run->path);
}
