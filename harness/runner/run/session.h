/* SPDX-License-Identifier: MIT
 *
 * A run being made: begun in a new directory, or gone on with in an old one.
 */
#ifndef ANEPROBE_RUNNER_RUN_SESSION_H
#define ANEPROBE_RUNNER_RUN_SESSION_H

#include "runner/run/job.h"
#include "runner/run/manifest.h"
#include "runner/run/survey.h"

struct session_request {
    char *const *names; /* programs to run; none = all */
    int n_names;
    const char *device, *directory; /* directory NULL = results/MACHINE/UTC-COMMIT/ */
    uint64_t seed;
    bool quick;
    bool fixed; /* all trials are done, also when all claims are decided before */
    bool
        allow_disruptive; /* on an engine also programs that disturb, unless named: named ones always */
};

/* Where there is an engine that programs can disturb. */
bool session_has_engine(const struct csv_table *machine);
/* results/MACHINE, where its runs are kept unless one has a place of its own; the caller frees it.
 * NULL when out of memory. */
char *session_results(const struct csv_table *machine);

struct session {
    struct run run;
    struct manifest manifest;
    struct survey survey;
    struct schedule schedule;
    struct journal journal;
    struct csv_table *claims; /* results/findings.csv */
    struct csv_table *machine, *stored_settings;
    struct job_settings settings; /* texts are the tables' */
    bool fixed;
    bool *dropped;      /* of the schedule's jobs, those that need not be done any more */
    size_t n_looked;    /* all looks that are due before so many jobs of the schedule were made */
    struct job jobs[2]; /* the one waited for and, in virtual time, the next */
    char notice[256];   /* what a resume had to mend, or "" */
};

/* Asks the programs and the device first; the directory is made when all have answered. */
int session_begin(
    struct session *session, const struct session_request *request, struct error *error);
/* Checks that directory, programs and commit still are what the run was begun with. */
int session_resume(struct session *session, const char *directory, struct error *error);
/* Runs the next job of the schedule to its end, or notes it as dropped; *interrupted tells of a stop that
 * was asked for. */
int session_step(struct session *session, bool *interrupted, struct error *error);
/* When all jobs are done: adds the next trial that is to be asked again to the schedule; *added tells
 * whether there is one. */
int session_ask_again(struct session *session, bool *added, struct error *error);
void session_close(struct session *session);

#endif
