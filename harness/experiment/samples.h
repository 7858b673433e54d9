/* SPDX-License-Identifier: MIT
 *
 * A checked file of samples: the rows of each trial, and the trials that completed.
 */
#ifndef ANEPROBE_EXPERIMENT_SAMPLES_H
#define ANEPROBE_EXPERIMENT_SAMPLES_H

#include "experiment/experiment.h"

/* A job that ran to its end. One trial has several when it was disturbed. */
struct samples_job {
    size_t first, end; /* its rows in the table; `end` is its end row */
    bool disturbed;
    double others_pct; /* NaN where it cannot be read */
};

struct samples {
    const struct csv_table *table;
    struct samples_job *jobs;
    size_t n_jobs, n_incomplete;

    /* Of the selected jobs, each a trial to those who judge: */
    size_t n_trials;
    size_t n_rows;    /* without end rows */
    size_t *rows;     /* rows of the table */
    size_t *trial_of; /* a row of the table -> its trial, SIZE_MAX when it is not judged */
    size_t *ends;     /* a trial -> its end row in the table */
    double **numbers; /* [column of the experiment][row of the table], NULL for factors */
    int *columns;     /* column of the experiment -> column of the table */
    int at[SAMPLE_COLUMNS];
    char device[32];
    bool virtual_clock;
};

/* Checks that every column exists, numbers are numbers, each trial has as many rows as its end row
 * says, and all are of one device. Returns 0, or -1 and *error with file, line and remedy. */
int samples_take(const struct experiment *experiment, const struct csv_table *table,
    const char *name, struct samples *out, struct error *error);
/* Selects all jobs, as samples_take does, or those that were not disturbed. */
void samples_select(struct samples *samples, bool undisturbed);

/* What the disturbed jobs leave to judge times by. */
struct samples_quiet {
    size_t n_disturbed;             /* jobs */
    double most_others_pct;         /* of them */
    const char *arm;                /* the one with the smallest share of undisturbed trials */
    size_t n_trials, n_undisturbed; /* of that arm */
    bool enough; /* each arm has half of its trials, and two of them where it had two */
};
void samples_quiet_count(
    const struct samples *samples, const struct experiment *experiment, struct samples_quiet *out);

void samples_free(struct samples *samples, const struct experiment *experiment);

#endif
