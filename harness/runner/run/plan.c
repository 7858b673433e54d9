/* SPDX-License-Identifier: MIT */
#include "runner/run/plan.h"

#include <stdlib.h>

static uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* 0..n-1, each equally likely: what would favour the low ones is thrown again. */
static size_t random_below(uint64_t *state, size_t n) {
    uint64_t unfair = -(uint64_t)n % n, x;
    do
        x = random_next(state);
    while (x < unfair);
    return (size_t)(x % n);
}

static void put_job(
    struct text *text, const struct plan_arm *arm, unsigned job, unsigned block, unsigned order) {
    csv_put_u64(&text->csv, job);
    csv_put_text(&text->csv, arm->program);
    csv_put_text(&text->csv, arm->arm);
    csv_put_u64(&text->csv, block);
    csv_put_u64(&text->csv, order);
    csv_put_u64(&text->csv, arm->limit_s);
    csv_end_row(&text->csv);
}

/* The trials of a run's first or second part, block by block. */
static void put_part(struct text *text, const struct plan_arm *arms, size_t n, bool last,
    const struct plan_arm **block, uint64_t *seed, unsigned *job) {
    unsigned most_blocks = 0;
    for (size_t i = 0; i < n; i++)
        if (arms[i].last == last && arms[i].blocks > most_blocks)
            most_blocks = arms[i].blocks;
    for (unsigned b = 0; b < most_blocks; b++) {
        size_t in_block = 0;
        for (size_t i = 0; i < n; i++)
            if (arms[i].last == last && arms[i].blocks > b)
                block[in_block++] = &arms[i];
        for (size_t i = in_block; i > 1; i--) {
            size_t other = random_below(seed, i);
            const struct plan_arm *swapped = block[i - 1];
            block[i - 1] = block[other];
            block[other] = swapped;
        }
        for (size_t i = 0; i < in_block; i++)
            put_job(text, block[i], ++*job, b, (unsigned)i);
    }
}

int plan_make(
    const struct plan_arm *arms, size_t n, uint64_t seed, struct text *text, struct error *error) {
    uint64_t n_jobs = 0;
    for (size_t i = 0; i < n; i++)
        n_jobs += arms[i].blocks;
    if (n_jobs == 0 || n_jobs > PLAN_MOST_JOBS)
        return error_set(error, EXIT_BROKEN, "the programs ask for %llu trials; 1 to %d can be run",
            (unsigned long long)n_jobs, PLAN_MOST_JOBS);
    const struct plan_arm **block = calloc(n, sizeof *block);
    if (block == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    if (text_open(text, error) != 0) {
        free(block);
        return -1;
    }
    text_row(text, "job", "program", "arm", "block", "order", "limit_s", NULL);
    unsigned job = 0;
    put_part(text, arms, n, false, block, &seed, &job);
    put_part(text, arms, n, true, block, &seed, &job);
    free(block);
    if (text_close(text, error) != 0) {
        text_free(text);
        return -1;
    }
    return 0;
}

/* The row's numbers, each inside its bounds. */
static int read_job(const struct csv_table *table, size_t row, const int *column,
    struct plan_job *job, struct error *reason) {
    const struct {
        int column;
        unsigned least, most;
        unsigned *value;
    } numbers[] = {{column[0], 1, PLAN_MOST_JOBS, &job->job},
        {column[3], 0, PLAN_MOST_BLOCKS, &job->block}, {column[4], 0, PLAN_MOST_JOBS, &job->order},
        {column[5], 1, PLAN_MOST_LIMIT_S, &job->limit_s}};
    for (int i = 0; i < 4; i++) {
        unsigned least = numbers[i].least, most = numbers[i].most;
        double value = -1;
        if (csv_number(table, row, numbers[i].column, &value, reason) < 0)
            return -1;
        if (value < least || value > most || value != (unsigned)value)
            return csv_fail(table, row, numbers[i].column, reason,
                "must be a whole number from %u to %u", least, most);
        *numbers[i].value = (unsigned)value;
    }
    job->program = csv_text(table, row, column[1]);
    job->arm = csv_text(table, row, column[2]);
    return job->job == row + 1
               ? 0
               : csv_fail(table, row, column[0], reason, "job %zu belongs here", row + 1);
}

static int plan_fill(struct plan *plan, struct error *reason) {
    static const char *const names[6] = {"job", "program", "arm", "block", "order", "limit_s"};
    int column[6];
    for (int i = 0; i < 6; i++) {
        column[i] = csv_column(plan->table, names[i]);
        if (column[i] < 0)
            return csv_fail(
                plan->table, CSV_HEADER, -1, reason, "the column %s is missing", names[i]);
    }
    size_t n = csv_rows(plan->table);
    plan->jobs = calloc(n + 1, sizeof *plan->jobs);
    if (plan->jobs == NULL)
        return csv_fail(plan->table, CSV_HEADER, -1, reason, "out of memory");
    for (; plan->n < n; plan->n++)
        if (read_job(plan->table, plan->n, column, &plan->jobs[plan->n], reason) != 0)
            return -1;
    return n > 0 ? 0 : csv_fail(plan->table, CSV_HEADER, -1, reason, "there is no job");
}

int plan_parse(
    const char *name, const char *bytes, size_t n_bytes, struct plan *plan, struct error *error) {
    *plan = (struct plan){0};
    if (csv_table_parse(name, bytes, n_bytes, &plan->table, error) == 0 &&
        plan_fill(plan, error) == 0)
        return 0;
    plan_free(plan);
    return error_add(
        error, "; restore the file, or start a new run (what this one measured stays)");
}

void plan_free(struct plan *plan) {
    free(plan->jobs);
    csv_table_free(plan->table);
    *plan = (struct plan){0};
}
