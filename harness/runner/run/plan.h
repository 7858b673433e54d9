/* SPDX-License-Identifier: MIT
 *
 * The order of a run: plan.csv, fixed before anything starts. In each block every arm that
 * still has blocks left gets one trial; the trials of a block are shuffled among each other over
 * all programs, so that drift of the machine hits all arms alike.
 */
#ifndef ANEPROBE_RUNNER_RUN_PLAN_H
#define ANEPROBE_RUNNER_RUN_PLAN_H

#include "base/error.h"
#include "measure/csv.h"
#include "runner/run/text.h"

struct plan_arm {
    const char *program, *arm;
    unsigned blocks;  /* trials of this arm, one a block */
    unsigned limit_s; /* time limit of one trial */
    bool last;        /* its trials come after those of all arms that are not */
};

struct plan_job {
    unsigned job; /* from 1, in the order of running */
    const char *program, *arm;
    unsigned block; /* from 0 */
    unsigned order; /* place within the block, from 0 */
    unsigned limit_s;
};

struct plan {
    struct plan_job *jobs;
    size_t n;
    struct csv_table *table; /* owns the texts */
};

enum { PLAN_MOST_BLOCKS = 10000, PLAN_MOST_JOBS = 100000, PLAN_MOST_LIMIT_S = 86400 };

/* plan.csv for these arms: the same arms and seed give the same bytes. Shuffled by Fisher and
 * Yates with SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) started at `seed`. `text` is closed. */
int plan_make(
    const struct plan_arm *arms, size_t n, uint64_t seed, struct text *text, struct error *error);

/* `name` stands for the path in messages. */
int plan_parse(
    const char *name, const char *bytes, size_t n_bytes, struct plan *plan, struct error *error);
void plan_free(struct plan *plan);

#endif
