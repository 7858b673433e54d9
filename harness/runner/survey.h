/* SPDX-License-Identifier: MIT
 *
 * What the programs say about themselves: their arms (--list) and their header comments (--about).
 */
#ifndef ANEPROBE_RUNNER_SURVEY_H
#define ANEPROBE_RUNNER_SURVEY_H

#include "manifest.h"
#include "plan.h"

struct survey {
    struct plan_arm *arms; /* in the order of programs, then of their lists */
    size_t n_arms;
    struct text about; /* programs.csv: program,field,text */
    struct csv_table **lists;
    size_t n_lists;
};

/* Starts each program twice; opens no device. */
int survey_make(const struct manifest_program *const *programs, size_t n, bool quick,
    struct survey *survey, struct error *error);
void survey_free(struct survey *survey);

/* The field,text table of one program; csv_table_free() it. */
int survey_about(
    const struct manifest_program *program, struct csv_table **about, struct error *error);

#endif
