/* SPDX-License-Identifier: MIT
 *
 * Judgement of one file of samples: reading and checking it, calling the experiment's rule, and the
 * two CSV files that come out.
 */
#ifndef ANEPROBE_EXPERIMENT_JUDGE_H
#define ANEPROBE_EXPERIMENT_JUDGE_H

#include "experiment/experiment.h"
#include "record/looks.h"

struct judge_verdict {
    char *finding, *measured, *unit, *n_unit, *reason;
    enum verdict verdict;
    bool undecidable;
    struct stats_interval interval;
    size_t n, row; /* row of the claims */
};

struct judge_result {
    char *summary, *verdicts; /* the whole files */
    char *values;             /* of which the summary has the medians: HEAD_VALUES, a row a value */
    size_t summary_bytes, verdicts_bytes, values_bytes;
    struct judge_verdict *list;
    size_t n_list;
    size_t n_incomplete; /* trials without an end row, which are not judged */
    struct look_result look;
};

/* `samples` is borrowed; `looks` are those made at them, the last being this one, NULL = this is the only
 * one; `findings_path` is read when the first verdict asks for it. Returns 0 and
 * a result to release, or -1 and one message with file and line. */
int judge_samples(const struct experiment *experiment, const struct csv_table *samples,
    const char *samples_name, const char *findings_path, const struct looks *looks,
    struct judge_result *result, struct error *error);
void judge_result_free(struct judge_result *result);

#endif
