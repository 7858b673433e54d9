/* SPDX-License-Identifier: MIT
 *
 * From samples/ to summary.csv, verdicts.csv and looks.csv: each experiment judges its own samples, no device is
 * opened, and the same samples give the same bytes.
 */
#ifndef ANEPROBE_RUNNER_RUN_JUDGE_H
#define ANEPROBE_RUNNER_RUN_JUDGE_H

#include "runner/run/manifest.h"
#include "runner/run/stopping.h"
#include "runner/run/run_directory.h"

/* A look at an experiment during a run: samples/EXPERIMENT.csv has its samples so far. */
int judge_look(const struct run *run, const struct manifest_experiment *experiment,
    const struct looks *looks, struct look_result *result, struct error *error);

/* Judges every experiment of the schedule that has samples, in the manifest's order, as of its last
 * look, and writes looks.csv too; jobs.csv and settings.csv say what was dropped. An experiment whose
 * samples cannot be judged does not prevent judging the others: the files are written without it,
 * and -1 and *error (EXIT_BROKEN, one line for each) are returned. */
int judge_run(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, struct error *error);

#endif
