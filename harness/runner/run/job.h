/* SPDX-License-Identifier: MIT
 *
 * One job: a trial in a new process, within its limits, with all its output in its own directory
 * jobs/NNNN/ (out, err, samples.csv).
 */
#ifndef ANEPROBE_RUNNER_RUN_JOB_H
#define ANEPROBE_RUNNER_RUN_JOB_H

#include "runner/run/journal.h"
#include "runner/run/run_directory.h"
#include "base/spawn.h"
#include "runner/run/trial_file.h"

#include <stdbool.h>

struct job_settings {
    const char *device;
    uint64_t seed;
    bool quick;
    unsigned asked_before; /* how often this trial was done and found disturbed */
};

struct job_result {
    bool interrupted;           /* a stop was requested: the job does not count */
    struct journal_entry entry; /* for jobs.csv */
    struct trial_file samples;  /* its complete rows; trial_file_free() it */
};

/* A running job. Must not move between job_begin() and job_end(). */
struct job {
    const struct run *run;
    const struct schedule_job *schedule;
    struct spawn *spawn; /* NULL = none runs */
    struct spawn_sink out, err;
};

/* Starts a job; `run` and `schedule` must outlive it. Files of an interrupted attempt are moved to
 * jobs/NNNN.1 and so on. Returns -1 and *error, with nothing running, only when the runner itself
 * cannot continue. */
int job_begin(struct job *job, const struct run *run, const struct schedule_job *schedule,
    const char *experiment_path, const struct job_settings *settings, struct error *error);
/* Waits for it, within its limits. Returns like job_begin(); the job has ended either way. On
 * success all files are on disk, if they are to be synced. */
int job_end(struct job *job, bool synced, struct job_result *result, struct error *error);
/* Instead of job_end(): stops the job, which does not count. It need not be running. */
void job_abandon(struct job *job);

/* How a trial ended, for jobs.csv. `reason` gets what the trial itself could not report, or "". */
enum job_status job_classify(const struct spawn_result *spawned, const struct trial_file *samples,
    const struct spawn_limits *limits, char *reason, size_t reason_size);

/* The last line in a job's jobs/NNNN/err, without its newline; "" when there is none. */
void job_last_words(const struct run *run, unsigned job, char *line, size_t line_size);

#endif
