/* SPDX-License-Identifier: MIT
 *
 * One job: a trial in a fresh process, inside its limits, with everything it says kept in its own
 * directory jobs/NNNN/ (out, err, samples.csv).
 */
#ifndef ANEPROBE_RUNNER_JOB_H
#define ANEPROBE_RUNNER_JOB_H

#include "journal.h"
#include "run_directory.h"
#include "spawn.h"
#include "trial_file.h"

#include <stdbool.h>

struct job_settings {
    const char *device;
    uint64_t seed;
    bool quick;
};

struct job_result {
    bool interrupted;           /* a stop was asked for: the job does not count */
    struct journal_entry entry; /* for jobs.csv */
    struct trial_file samples;  /* its whole rows; trial_file_free() it */
};

/* What was there from an interrupted attempt is moved to jobs/NNNN.1 and so on. Returns -1 and
 * *error only when the runner itself cannot go on. On return all files are forced to disk. */
int job_run(const struct run *run, const struct plan_job *job, const char *program_path,
    const struct job_settings *settings, struct job_result *result, struct error *error);

/* jobs.csv's view of how a trial went. `reason` gets what the trial itself could not say, or "". */
enum job_status job_classify(const struct spawn_result *spawned, const struct trial_file *samples,
    const struct spawn_limits *limits, char *reason, size_t reason_size);

/* The last line a job left in jobs/NNNN/err, without its newline; "" when there is none. */
void job_last_words(const struct run *run, unsigned job, char *line, size_t line_size);

#endif
