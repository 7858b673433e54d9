/* SPDX-License-Identifier: MIT
 *
 * What the programs say about themselves: their arms (--list) and their header comments (--about).
 */
#ifndef ANEPROBE_RUNNER_RUN_SURVEY_H
#define ANEPROBE_RUNNER_RUN_SURVEY_H

#include "runner/run/manifest.h"
#include "runner/run/schedule.h"

/* What to do with programs that declare that they disturb others (the field `disturbs`). */
enum survey_disruptive {
    SURVEY_AS_OTHERS, /* no engine here that they could disturb */
    SURVEY_LAST,      /* after all others */
    SURVEY_SKIP       /* not at all */
};

struct survey {
    struct schedule_arm *arms; /* in the order of programs, then of their lists */
    size_t n_arms;
    struct text about; /* programs.csv: program,field,text */
    char skipped[256]; /* the names of programs left out, "" = none */
    struct csv_table **lists;
    size_t n_lists;
};

/* Starts each program twice; opens no device. */
int survey_make(const struct manifest_program *const *programs, size_t n, bool quick,
    enum survey_disruptive disruptive, struct survey *survey, struct error *error);
void survey_free(struct survey *survey);

/* The field,text table of one program; csv_table_free() it. */
int survey_about(
    const struct manifest_program *program, struct csv_table **about, struct error *error);

#endif
