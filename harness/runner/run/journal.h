/* SPDX-License-Identifier: MIT
 *
 * jobs.csv, the log of finished jobs. A job counts as done when its complete row is here; rows are
 * appended in the schedule's order after the job's data is safe.
 */
#ifndef ANEPROBE_RUNNER_RUN_JOURNAL_H
#define ANEPROBE_RUNNER_RUN_JOURNAL_H

#include "record/disturbed.h"
#include "runner/run/schedule.h"

enum job_status {
    JOB_OK,
    JOB_UNSUPPORTED,
    JOB_FAILED,
    JOB_CRASHED,
    JOB_TIMEOUT,
    JOB_INCOMPLETE, /* it reported success, but its data is incomplete */
    JOB_DROPPED,    /* never started: its experiment's claims were decided (stopping.h) */
    JOB_STATUSES
};
const char *job_status_name(enum job_status status);
/* Whether it was started but has no complete result. */
bool job_status_is_bad(enum job_status status);

struct journal_entry {
    enum job_status status;
    int exit_code; /* -1 = none */
    char signal[16];
    uint64_t wall_ms;
    /* As its end row has it; unknown and NaN where there is none. */
    enum disturbed disturbed;
    double others_pct;
};

enum { JOURNAL_MOST_BYTES = 64 << 20 };

struct journal {
    struct journal_entry *entries; /* room for the whole schedule, n_done of them filled */
    size_t n_done;
    size_t whole_bytes; /* the length without a torn last line, one without its newline */
};

int journal_create(const char *path, struct error *error);
/* Appends, and syncs to disk where asked to. */
int journal_append(const char *path, const struct schedule_job *job,
    const struct journal_entry *entry, bool synced, struct error *error);
/* Any content that does not fit the schedule, except a torn last line, is an error with file, line
 * and remedy; an empty file is a journal without jobs. `name` replaces the path in messages. */
int journal_parse(const char *name, const char *bytes, size_t n_bytes,
    const struct schedule *schedule, struct journal *journal, struct error *error);
/* Makes room for a schedule that has grown. */
int journal_grow(struct journal *journal, size_t n_jobs, struct error *error);
void journal_free(struct journal *journal);

#endif
