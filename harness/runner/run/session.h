/* SPDX-License-Identifier: MIT
 *
 * A run in progress: started in a new directory, or resumed in an old one.
 */
#ifndef ANEPROBE_RUNNER_RUN_SESSION_H
#define ANEPROBE_RUNNER_RUN_SESSION_H

#include "runner/run/job.h"
#include "runner/run/manifest.h"
#include "runner/run/survey.h"

struct session_request {
    char *const *names; /* experiments to run; none = all */
    int n_names;
    const char *device, *directory; /* directory NULL = results/MACHINE/UTC-COMMIT/ */
    uint64_t seed;
    bool quick;
    bool fixed;            /* run all trials, even if all claims are already decided */
    bool allow_disruptive; /* on an engine also run experiments that disturb; named ones always */
};

/* Whether there is an engine that experiments can disturb. */
bool session_has_engine(const struct csv_table *machine);
/* In virtual time jobs cannot disturb each other, so several run at once, and since they can be run again in a
 * moment, their files are not synced to disk. */
bool session_is_virtual(const struct csv_table *machine);
/* results/MACHINE, where its runs are kept unless placed elsewhere; the caller frees it. NULL when
 * out of memory. */
char *session_results(const struct csv_table *machine);

enum { SESSION_BEGUN_MOST = 16 };

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
    bool *dropped;     /* the schedule's jobs that need not be done any more */
    unsigned *decided; /* claims that an experiment's last look found decided, by its first job */
    size_t n_looked;   /* all looks due before this many jobs of the schedule were made */
    /* begun and not recorded yet: in virtual time also some of those that follow */
    struct job jobs[SESSION_BEGUN_MOST];
    char notice[256]; /* what a resume had to repair, or "" */
};

/* Queries the experiments and the device first; the directory is created when all have answered. */
int session_begin(
    struct session *session, const struct session_request *request, struct error *error);
/* Checks that directory, experiments and commit are still those that the run was started with. */
int session_resume(struct session *session, const char *directory, struct error *error);
/* Runs the next job of the schedule to its end, or records it as dropped; *interrupted is set when
 * a stop was requested. */
int session_step(struct session *session, bool *interrupted, struct error *error);
/* When all jobs are done: adds the next trial that is to be repeated to the schedule; *added tells
 * whether there is one. */
int session_ask_again(struct session *session, bool *added, struct error *error);
/* Claims about the run's experiments, and how many of them the looks so far found decided; both 0 where
 * results/findings.csv cannot be read. */
void session_claims(struct session *session, unsigned *n_claims, unsigned *n_decided);
void session_close(struct session *session);

#endif
