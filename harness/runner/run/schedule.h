/* SPDX-License-Identifier: MIT
 *
 * The schedule of a run, schedule.csv: the trials of all experiments in order (record/order.h), fixed
 * before anything starts.
 */
#ifndef ANEPROBE_RUNNER_RUN_SCHEDULE_H
#define ANEPROBE_RUNNER_RUN_SCHEDULE_H

#include "base/error.h"
#include "measure/csv.h"
#include "record/order.h"
#include "runner/run/text.h"

#include <stdbool.h>

struct schedule_arm {
    const char *experiment, *arm;
    struct order_arm order;
    unsigned limit_s; /* time limit of one trial */
};

struct schedule_job {
    unsigned job;
    const char *experiment, *arm;
    unsigned block; /* from 0 */
    unsigned limit_s;
    unsigned n_blocks; /* of its experiment */
    size_t before; /* the last job before that is of its experiment; itself where there is none */
};

struct schedule {
    struct schedule_job *jobs;
    size_t n;
    size_t n_planned; /* the first so many; each of the others is one more of a trial before it */
    struct csv_table *table; /* owns the texts */
};

enum { SCHEDULE_MOST_BLOCKS = 10000, SCHEDULE_MOST_JOBS = 100000, SCHEDULE_MOST_LIMIT_S = 86400 };

/* schedule.csv for these arms: the same arms and seed give the same bytes. `text` is closed. */
int schedule_make(const struct schedule_arm *arms, size_t n, uint64_t seed, struct text *text,
    struct error *error);

/* The same schedule with one of its trials once more at the end, as a further job. */
int schedule_again(
    const struct schedule *schedule, size_t index, struct text *text, struct error *error);
bool schedule_same_trial(const struct schedule *schedule, size_t a, size_t b);
/* How many of the jobs before this one are of its trial? */
unsigned schedule_asked_before(const struct schedule *schedule, size_t index);

/* `name` replaces the path in messages. */
int schedule_parse(const char *name, const char *bytes, size_t n_bytes, struct schedule *schedule,
    struct error *error);
/* Whether there is a look (record/looks.h) at the job's experiment before it. */
bool schedule_look_is_due(const struct schedule *schedule, size_t job);
void schedule_free(struct schedule *schedule);

#endif
