/* SPDX-License-Identifier: MIT
 *
 * What the experiments say about themselves: their arms (--list) and their header comments (--about).
 */
#ifndef ANEPROBE_RUNNER_RUN_SURVEY_H
#define ANEPROBE_RUNNER_RUN_SURVEY_H

#include "runner/run/manifest.h"
#include "runner/run/schedule.h"

/* What to do with experiments that declare that they disturb others (the field `disturbs`). */
enum survey_disruptive {
    SURVEY_AS_OTHERS, /* no engine here that they could disturb */
    SURVEY_LAST,      /* after all others */
    SURVEY_SKIP       /* not at all */
};

struct survey {
    struct schedule_arm *arms; /* in the order of experiments, then of their lists */
    size_t n_arms;
    struct text about; /* experiments.csv: experiment,field,text */
    char skipped[256]; /* the names of experiments left out, "" = none */
    struct csv_table **lists;
    size_t n_lists;
};

/* Starts each experiment twice; opens no device. */
int survey_make(const struct manifest_experiment *const *experiments, size_t n, bool quick,
    enum survey_disruptive disruptive, struct survey *survey, struct error *error);
void survey_free(struct survey *survey);

/* The field,text table of one experiment; csv_table_free() it. */
int survey_about(
    const struct manifest_experiment *experiment, struct csv_table **about, struct error *error);

#endif
