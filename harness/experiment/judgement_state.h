/* SPDX-License-Identifier: MIT
 *
 * What a judgement knows while the rule of an experiment asks and answers; only for judge.c and judgement_*.c.
 */
#ifndef ANEPROBE_EXPERIMENT_JUDGEMENT_STATE_H
#define ANEPROBE_EXPERIMENT_JUDGEMENT_STATE_H

#include "experiment/judge.h"
#include "experiment/samples.h"

struct judgement_block {
    struct judgement_block *next;
    double align[];
};

struct judgement_state {
    const struct experiment *experiment;
    struct samples samples;
    const char *findings_path;
    struct csv_table *findings;
    struct samples_quiet quiet;
    bool figures, times_only; /* what is taken of the rule's answer */
    struct csv_writer summary, values;
    struct judge_result *result;
    double fraction[LOOKS_MOST]; /* of the plan, that each look had */
    size_t n_looks;
    unsigned n_figures, n_precise;  /* rows of the summary */
    struct judgement_block *blocks; /* everything "owned by the judgement" */
    bool failed;
    struct error error; /* the first */
};

/* Keeps the first fault; the judgement ends with it. */
void judgement_fail(struct judgement_state *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void judgement_row_end(struct judgement_state *s, struct csv_writer *w);

/* One row of verdicts.csv. `i` is a place in the result's list. */
void judgement_verdict_put(struct judgement_state *s, struct csv_writer *w, size_t i);
void judgement_verdict_free(struct judge_verdict *v);

#endif
