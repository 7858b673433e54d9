/* SPDX-License-Identifier: MIT
 *
 * samples/EXPERIMENT.csv: the rows of all finished trials of an experiment, in the order in which they ran. They
 * are made from jobs/ and jobs.csv before an experiment or a run is judged, and nowhere else.
 */
#ifndef ANEPROBE_RUNNER_RUN_SAMPLES_H
#define ANEPROBE_RUNNER_RUN_SAMPLES_H

#include "runner/run/journal.h"
#include "runner/run/run_directory.h"
#include "runner/run/trial_file.h"

#include <stdbool.h>

/* *fits tells whether the trial of the journal's next job has the header of its experiment's finished ones. */
int samples_fit(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const struct trial_file *trial, bool *fits, struct error *error);

/* Makes the file of every experiment of the schedule from the trials in jobs/ that are in the journal,
 * each replaced atomically. A finished trial whose data is missing is an error that names it. */
int samples_write(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, struct error *error);
/* The file of one experiment. */
int samples_write_experiment(const struct run *run, const char *experiment,
    const struct schedule *schedule, const struct journal *journal, struct error *error);
/* Makes the missing files if jobs/ exists: those of a run that was killed before it was judged. */
int samples_write_missing(
    const struct run *run, const struct schedule *schedule, struct error *error);

/* Every experiment with a finished trial has its file. An error names the first that is missing. */
int samples_present(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, struct error *error);

/* Checks that `bytes`, the samples of one experiment, are those of its finished trials in jobs/. An
 * error names the first trial that differs. `name` names the bytes in messages. */
int samples_check(const struct run *run, const struct schedule *schedule,
    const struct journal *journal, const char *experiment, const char *name, const char *bytes,
    size_t n_bytes, struct error *error);

#endif
