/* SPDX-License-Identifier: MIT */
#include "runner/run/job.h"
#include "base/files.h"
#include "base/signals.h"
#include "record/start.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OUTPUT_BYTES = 16 << 20, /* of stdout, and of stderr, that are kept */
    IDLE_LIMIT_MS = 120000,  /* a trial that is silent for this long hangs */
    GRACE_MS = 2000,
    MOST_ATTEMPTS = 1000
};

/* Makes jobs/NNNN/, moving an earlier attempt out of the way. */
static int prepare_directory(const struct run *run, unsigned job, struct error *error) {
    char path[RUN_PATH_SIZE], older[RUN_PATH_SIZE];
    run_path(run, path, "jobs/%04u", job);
    for (int attempt = 1; file_exists(path); attempt++) {
        if (attempt > MOST_ATTEMPTS)
            return error_set(error, EXIT_BROKEN,
                "%s has been tried too often; move some of its older attempts away", path);
        run_path(run, older, "jobs/%04u.%d", job, attempt);
        if (!file_exists(older) && rename(path, older) != 0)
            return error_set(error, EXIT_BROKEN, "cannot rename %s: %s", path, strerror(errno));
    }
    return directory_make(path, error);
}

static int open_output(const struct run *run, unsigned job, const char *name, struct error *error) {
    char path[RUN_PATH_SIZE];
    run_path(run, path, "jobs/%04u/%s", job, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        error_set(error, EXIT_BROKEN, "cannot write %s: %s", path, strerror(errno));
    return fd;
}

/* Syncs all that the trial left, then its directories. */
static int sync_files(const struct run *run, unsigned job, int out, int err, struct error *error) {
    char path[RUN_PATH_SIZE];
    int failed = file_sync(out, run_path(run, path, "jobs/%04u/out", job), error);
    if (!failed)
        failed = file_sync(err, run_path(run, path, "jobs/%04u/err", job), error);
    int fd = open(run_path(run, path, "jobs/%04u/samples.csv", job), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (!failed)
            failed = file_sync(fd, path, error);
        close(fd);
    }
    if (!failed)
        failed = directory_sync(run_path(run, path, "jobs/%04u", job), error);
    return failed ? failed : directory_sync(run_path(run, path, "jobs"), error);
}

enum job_status job_classify(const struct spawn_result *spawned, const struct trial_file *samples,
    const struct spawn_limits *limits, char *reason, size_t reason_size) {
    char name[16];
    reason[0] = '\0';
    switch (spawned->end) {
    case SPAWN_NOT_STARTED:
        snprintf(reason, reason_size, "cannot start the experiment: %s; build the suite again",
            strerror(spawned->start_errno));
        return JOB_FAILED;
    case SPAWN_TIME_LIMIT:
        snprintf(reason, reason_size, "stopped after %" PRIu64 " s, its time limit",
            limits->time_ms / 1000);
        return JOB_TIMEOUT;
    case SPAWN_IDLE_LIMIT:
        snprintf(reason, reason_size, "stopped after %" PRIu64 " s without a sign of life",
            limits->idle_ms / 1000);
        return JOB_TIMEOUT;
    case SPAWN_SIZE_LIMIT:
        snprintf(reason, reason_size,
            "stopped: it wrote more than the limit of %zu MiB per stream or %d MiB of samples",
            (size_t)OUTPUT_BYTES >> 20, TRIAL_FILE_MOST_BYTES >> 20);
        return JOB_FAILED;
    case SPAWN_INTERRUPTED:
        snprintf(reason, reason_size, "interrupted");
        return JOB_FAILED;
    case SPAWN_REFUSED: /* a job's sinks never stop it */
    case SPAWN_ENDED:
        break;
    }
    if (spawned->signal != 0) {
        snprintf(reason, reason_size, "crashed with %s", signal_name(spawned->signal, name));
        return JOB_CRASHED;
    }
    if (spawned->exit_code == EXIT_UNSUPPORTED)
        return JOB_UNSUPPORTED;
    if (spawned->exit_code != EXIT_DONE)
        return JOB_FAILED;
    if (samples->ended)
        return JOB_OK;
    snprintf(reason, reason_size, "not complete: %s", samples->reason);
    return JOB_INCOMPLETE;
}

static int keep_reason(int fd, const char *reason, struct error *error) {
    if (reason[0] == '\0' || dprintf(fd, "aneprobe: %s\n", reason) > 0)
        return 0;
    return error_set(error, EXIT_BROKEN, "cannot store why a job ended: %s", strerror(errno));
}

static void close_outputs(struct job *job) {
    if (job->out.fd >= 0)
        close(job->out.fd);
    if (job->err.fd >= 0)
        close(job->err.fd);
    job->out.fd = job->err.fd = -1;
}

static struct spawn_limits limits_of(const struct schedule_job *schedule) {
    return (struct spawn_limits){.time_ms = (uint64_t)schedule->limit_s * 1000,
        .idle_ms = IDLE_LIMIT_MS,
        .grace_ms = GRACE_MS,
        .watched_bytes = TRIAL_FILE_MOST_BYTES};
}

int job_begin(struct job *job, const struct run *run, const struct schedule_job *schedule,
    const char *experiment_path, const struct job_settings *settings, struct error *error) {
    *job = (struct job){.run = run,
        .schedule = schedule,
        .out = {.fd = -1, .limit = OUTPUT_BYTES},
        .err = {.fd = -1, .limit = OUTPUT_BYTES}};
    char samples[RUN_PATH_SIZE];
    run_path(run, samples, "jobs/%04u/samples.csv", schedule->job);
    const struct start start = {.experiment = experiment_path,
        .device = settings->device,
        .arm = schedule->arm,
        .csv = samples,
        .block = schedule->block,
        .job = schedule->job,
        .asked_before = settings->asked_before,
        .seed = settings->seed,
        .quick = settings->quick};
    struct start_words words;
    start_words_make(&start, &words);
    if (prepare_directory(run, schedule->job, error) != 0)
        return -1;
    job->out.fd = open_output(run, schedule->job, "out", error);
    if (job->out.fd >= 0)
        job->err.fd = open_output(run, schedule->job, "err", error);
    const struct spawn_program program = {.argv = words.argv,
        .watched = samples,
        .limits = limits_of(schedule),
        .out = &job->out,
        .err = &job->err};
    if (job->err.fd >= 0 && spawn_begin(&job->spawn, &program, error) == 0)
        return 0;
    close_outputs(job);
    return -1;
}

void job_abandon(struct job *job) {
    if (job->spawn == NULL)
        return;
    spawn_abandon(job->spawn);
    job->spawn = NULL;
    close_outputs(job);
}

int job_end(struct job *job, bool synced, struct job_result *result, struct error *error) {
    *result = (struct job_result){0};
    struct spawn_result spawned;
    const struct spawn_limits limits = limits_of(job->schedule);
    char samples[RUN_PATH_SIZE], reason[1024], name[16];
    unsigned number = job->schedule->job;
    int failed = -1;
    struct spawn *spawn = job->spawn;
    job->spawn = NULL;
    run_path(job->run, samples, "jobs/%04u/samples.csv", number);
    if (spawn_end(spawn, &spawned, error) != 0)
        goto done;
    if (spawned.end == SPAWN_INTERRUPTED) {
        result->interrupted = true;
        failed = 0;
        goto done;
    }
    if (trial_file_read(samples, number, &result->samples, error) != 0)
        goto done;
    result->entry.status = job_classify(&spawned, &result->samples, &limits, reason, sizeof reason);
    result->entry.exit_code = spawned.exit_code;
    result->entry.wall_ms = spawned.elapsed_ns / 1000000;
    result->entry.disturbed = result->samples.disturbed;
    result->entry.others_pct = result->samples.others_pct;
    if (spawned.signal != 0)
        snprintf(result->entry.signal, sizeof result->entry.signal, "%s",
            signal_name(spawned.signal, name));
    if (keep_reason(job->err.fd, reason, error) != 0)
        goto done;
    failed = synced ? sync_files(job->run, number, job->out.fd, job->err.fd, error) : 0;
done:
    for (int i = 0; i < 2; i++) {
        int *fd = i == 0 ? &job->out.fd : &job->err.fd;
        if (close(*fd) != 0 && !failed)
            failed = error_set(error, EXIT_BROKEN, "cannot store output: %s", strerror(errno));
        *fd = -1;
    }
    return failed;
}

void job_last_words(const struct run *run, unsigned job, char *line, size_t line_size) {
    char path[RUN_PATH_SIZE], *text = NULL;
    size_t n_bytes;
    struct error ignored;
    line[0] = '\0';
    if (file_read(run_path(run, path, "jobs/%04u/err", job), (size_t)2 * OUTPUT_BYTES, &text,
            &n_bytes, &ignored) != 0 ||
        text == NULL)
        return;
    while (n_bytes > 0 && text[n_bytes - 1] == '\n')
        text[--n_bytes] = '\0';
    char *start = strrchr(text, '\n');
    snprintf(line, line_size, "%s", start != NULL ? start + 1 : text);
    free(text);
}
