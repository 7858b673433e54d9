/* SPDX-License-Identifier: MIT
 *
 * samples/PROGRAM.csv: the rows of all finished trials of a program, in the order of running. It
 * can be made again from jobs/ and jobs.csv at any time.
 */
#ifndef ANEPROBE_RUNNER_RUN_SAMPLES_H
#define ANEPROBE_RUNNER_RUN_SAMPLES_H

#include "runner/run/journal.h"
#include "runner/run/run_directory.h"
#include "runner/run/trial_file.h"

#include <stdbool.h>

/* Appends a trial's whole rows, after its header where the file is new, and forces them to disk.
 * *fits tells whether the header is the file's; rows that do not fit are not appended. */
int samples_append(
    const char *path, const struct trial_file *trial, bool *fits, struct error *error);

/* Makes the file of every program of the plan anew from the journal's jobs, each replaced as a
 * whole. A finished trial whose data are gone is an error that names it. */
int samples_rebuild(const struct run *run, const struct plan *plan, const struct journal *journal,
    struct error *error);

/* Are `bytes`, the samples of one program, those of its finished trials in jobs/? An error names the first
 * trial that has others. `name` stands for the bytes in messages. */
int samples_check(const struct run *run, const struct plan *plan, const struct journal *journal,
    const char *program, const char *name, const char *bytes, size_t n_bytes, struct error *error);

#endif
