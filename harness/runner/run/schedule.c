/* SPDX-License-Identifier: MIT */
#include "runner/run/schedule.h"

#include "record/heads.h"
#include "record/looks.h"

#include <stdlib.h>
#include <string.h>

static void row_put(struct csv_writer *out, const struct schedule_job *job) {
    csv_put_u64(out, job->job);
    csv_put_text(out, job->experiment);
    csv_put_text(out, job->arm);
    csv_put_u64(out, job->block);
    csv_put_u64(out, job->limit_s);
    csv_end_row(out);
}

int schedule_make(const struct schedule_arm *arms, size_t n, uint64_t seed, struct text *text,
    struct error *error) {
    uint64_t n_jobs = 0;
    for (size_t i = 0; i < n; i++)
        n_jobs += arms[i].order.blocks;
    if (n_jobs == 0 || n_jobs > SCHEDULE_MOST_JOBS)
        return error_set(error, EXIT_BROKEN, "the experiments have %llu trials; 1 to %d can be run",
            (unsigned long long)n_jobs, SCHEDULE_MOST_JOBS);
    size_t n_trials = 0;
    struct order_arm *order = calloc(n, sizeof *order);
    for (size_t i = 0; order && i < n; i++)
        order[i] = arms[i].order;
    struct order_trial *trials = order ? order_make(order, n, &seed, &n_trials) : NULL;
    free(order);
    if (!trials)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int failed = text_open(text, error);
    if (!failed)
        fputs(HEAD_SCHEDULE "\n", text->csv.file);
    for (size_t i = 0; !failed && i < n_trials; i++) {
        const struct schedule_arm *arm = &arms[trials[i].arm];
        row_put(&text->csv, &(struct schedule_job){.job = ORDER_FIRST_JOB + (unsigned)i,
                                .experiment = arm->experiment,
                                .arm = arm->arm,
                                .block = trials[i].block,
                                .limit_s = arm->limit_s});
    }
    free(trials);
    if (!failed)
        failed = text_close(text, error);
    if (failed)
        text_free(text);
    return failed;
}

int schedule_again(
    const struct schedule *schedule, size_t index, struct text *text, struct error *error) {
    if (text_open(text, error) != 0)
        return -1;
    fputs(HEAD_SCHEDULE "\n", text->csv.file);
    for (size_t i = 0; i < schedule->n; i++)
        row_put(&text->csv, &schedule->jobs[i]);
    struct schedule_job again = schedule->jobs[index];
    again.job = ORDER_FIRST_JOB + (unsigned)schedule->n;
    row_put(&text->csv, &again);
    const int failed = text_close(text, error);
    if (failed)
        text_free(text);
    return failed;
}

bool schedule_same_trial(const struct schedule *schedule, size_t a, size_t b) {
    const struct schedule_job *one = &schedule->jobs[a], *other = &schedule->jobs[b];
    return one->block == other->block && strcmp(one->arm, other->arm) == 0 &&
           strcmp(one->experiment, other->experiment) == 0;
}

unsigned schedule_asked_before(const struct schedule *schedule, size_t index) {
    unsigned n = 0;
    for (size_t i = 0; index >= schedule->n_planned && i < index; i++)
        n += schedule_same_trial(schedule, i, index);
    return n;
}

/* From the end, as long as a trial was there before. */
static void count_planned(struct schedule *schedule) {
    bool again = true;
    for (schedule->n_planned = schedule->n; again && schedule->n_planned > 0;) {
        again = false;
        for (size_t i = 0; i + 1 < schedule->n_planned && !again; i++)
            again = schedule_same_trial(schedule, i, schedule->n_planned - 1);
        schedule->n_planned -= again;
    }
}

enum { JOB, EXPERIMENT, ARM, BLOCK, LIMIT_S, N_COLUMNS };
static const char *const columns[N_COLUMNS] = {"job", "experiment", "arm", "block", "limit_s"};

/* The row's numbers, each within its bounds. */
static int read_job(const struct csv_table *table, size_t row, const int *column,
    struct schedule_job *job, struct error *reason) {
    const struct {
        int column;
        unsigned least, most;
        unsigned *value;
    } numbers[] = {{column[JOB], ORDER_FIRST_JOB, SCHEDULE_MOST_JOBS, &job->job},
        {column[BLOCK], 0, SCHEDULE_MOST_BLOCKS, &job->block},
        {column[LIMIT_S], 1, SCHEDULE_MOST_LIMIT_S, &job->limit_s}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        unsigned least = numbers[i].least, most = numbers[i].most;
        double value = -1;
        if (csv_number(table, row, numbers[i].column, &value, reason) < 0)
            return -1;
        if (value < least || value > most || value != (unsigned)value)
            return csv_fail(table, row, numbers[i].column, reason,
                "must be a whole number from %u to %u", least, most);
        *numbers[i].value = (unsigned)value;
    }
    job->experiment = csv_text(table, row, column[EXPERIMENT]);
    job->arm = csv_text(table, row, column[ARM]);
    return job->job == row + ORDER_FIRST_JOB ? 0
                                             : csv_fail(table, row, column[JOB], reason,
                                                   "job %zu belongs here", row + ORDER_FIRST_JOB);
}

/* Each job's place among those of its experiment. */
static int place_jobs(struct schedule *schedule) {
    size_t n_experiments = 0;
    struct schedule_job **last = calloc(schedule->n + 1, sizeof *last); /* of each experiment */
    for (size_t i = 0; last && i < 2 * schedule->n; i++) {
        struct schedule_job *job = &schedule->jobs[i % schedule->n];
        size_t experiment = 0;
        while (experiment < n_experiments &&
               strcmp(last[experiment]->experiment, job->experiment) != 0)
            experiment++;
        if (experiment == n_experiments)
            last[n_experiments++] = job;
        if (i < schedule->n)
            job->before = (size_t)(last[experiment] - schedule->jobs);
        const unsigned before = last[experiment]->n_blocks;
        job->n_blocks = before > job->block ? before : job->block + 1;
        last[experiment] = job;
    }
    free(last);
    return last ? 0 : -1;
}

static int schedule_fill(struct schedule *schedule, struct error *reason) {
    int column[N_COLUMNS];
    for (int i = 0; i < N_COLUMNS; i++)
        if ((column[i] = i == EXPERIMENT
                             ? head_experiment(schedule->table, reason)
                             : csv_require_column(schedule->table, columns[i], reason)) < 0)
            return -1;
    size_t n = csv_rows(schedule->table);
    schedule->jobs = calloc(n + 1, sizeof *schedule->jobs);
    if (schedule->jobs == NULL)
        return csv_fail(schedule->table, CSV_HEADER, -1, reason, "out of memory");
    for (; schedule->n < n; schedule->n++)
        if (read_job(schedule->table, schedule->n, column, &schedule->jobs[schedule->n], reason) !=
            0)
            return -1;
    if (n == 0)
        return csv_fail(schedule->table, CSV_HEADER, -1, reason, "it has no jobs");
    count_planned(schedule);
    return place_jobs(schedule) == 0
               ? 0
               : csv_fail(schedule->table, CSV_HEADER, -1, reason, "out of memory");
}

int schedule_parse(const char *name, const char *bytes, size_t n_bytes, struct schedule *schedule,
    struct error *error) {
    *schedule = (struct schedule){0};
    if (csv_table_parse(name, bytes, n_bytes, &schedule->table, error) == 0 &&
        schedule_fill(schedule, error) == 0)
        return 0;
    schedule_free(schedule);
    return error_add(
        error, "; restore the file, or start a new run (the results of this one are kept)");
}

bool schedule_look_is_due(const struct schedule *schedule, size_t job) {
    const struct schedule_job *next = &schedule->jobs[job];
    return job < schedule->n_planned && looks_after(next->block, next->n_blocks) &&
           schedule->jobs[next->before].block < next->block;
}

void schedule_free(struct schedule *schedule) {
    free(schedule->jobs);
    csv_table_free(schedule->table);
    *schedule = (struct schedule){0};
}
