/* SPDX-License-Identifier: MIT
 *
 * A checked file of samples: the rows of each trial, and the trials that completed.
 */
#ifndef ANEPROBE_EXPERIMENT_SAMPLES_H
#define ANEPROBE_EXPERIMENT_SAMPLES_H

#include "experiment/experiment.h"

struct samples {
    const struct csv_table *table;
    size_t n_trials, n_incomplete;
    size_t n_rows;    /* of complete trials, without end rows */
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
void samples_free(struct samples *samples, const struct experiment *experiment);

#endif
