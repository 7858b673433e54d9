/* SPDX-License-Identifier: MIT
 *
 * What a rule asks of the samples.
 */
#include "experiment/judgement_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *judgement_memory(struct judgement *j, size_t n, size_t size) {
    struct judgement_state *s = j->state;
    struct judgement_block *block = NULL;
    if (n <= (SIZE_MAX - sizeof *block) / (size ? size : 1))
        block = calloc(1, sizeof *block + n * size);
    if (!block) {
        judgement_fail(s, "out of memory while judging %s", s->experiment->name);
        return NULL;
    }
    block->next = s->blocks;
    s->blocks = block;
    return block->align;
}

double judgement_level(struct judgement *j, double level) {
    return stats_looks_level(level, j->state->fraction, j->state->n_looks);
}

static int column_index(struct judgement_state *s, const char *column) {
    for (size_t i = 0; i < s->experiment->n_columns; i++)
        if (strcmp(s->experiment->columns[i].name, column) == 0)
            return (int)i;
    judgement_fail(
        s, "%s judges by a column '%s' that it does not declare", s->experiment->name, column);
    return -1;
}

size_t judgement_rows(
    struct judgement *j, const char *arm, const char *status, const size_t **rows) {
    struct judgement_state *s = j->state;
    const struct samples *m = &s->samples;
    size_t *found = judgement_memory(j, m->n_rows, sizeof *found);
    *rows = found;
    size_t n = 0;
    for (size_t i = 0; found && i < m->n_rows; i++) {
        size_t row = m->rows[i];
        if ((!arm || strcmp(csv_text(m->table, row, m->at[SAMPLE_ARM]), arm) == 0) &&
            (!status || strcmp(csv_text(m->table, row, m->at[SAMPLE_STATUS]), status) == 0))
            found[n++] = row;
    }
    return n;
}

double judgement_cell(struct judgement *j, size_t row, const char *column) {
    struct judgement_state *s = j->state;
    int i = column_index(s, column);
    if (i < 0)
        return NAN;
    if (s->samples.numbers[i])
        return s->samples.numbers[i][row];
    double value;
    struct error error;
    int found = csv_number(s->samples.table, row, s->samples.columns[i], &value, &error);
    if (found < 0)
        judgement_fail(s, "%s", error.text);
    return found == 1 ? value : (double)NAN;
}

const char *judgement_text(struct judgement *j, size_t row, const char *column) {
    struct judgement_state *s = j->state;
    int in_table = csv_column(s->samples.table, column);
    if (in_table < 0)
        (void)column_index(s, column); /* declared, it is newer than these samples */
    return csv_text(s->samples.table, row, in_table);
}

size_t judgement_trials(struct judgement *j) {
    return j->state->samples.n_trials;
}

size_t judgement_trial(struct judgement *j, size_t row) {
    return j->state->samples.trial_of[row];
}

double *judgement_by_trial(
    struct judgement *j, const char *arm, judgement_number_fn *number, const void *of) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arm, "ok", &rows), n_trials = judgement_trials(j);
    double *medians = judgement_memory(j, n_trials + 1, sizeof *medians);
    double *x = judgement_memory(j, n + 1, sizeof *x);
    for (size_t trial = 0; medians && trial < n_trials; trial++)
        medians[trial] = NAN;
    for (size_t i = 0; medians && x && i < n;) {
        const size_t trial = judgement_trial(j, rows[i]);
        size_t n_x = 0;
        for (; i < n && judgement_trial(j, rows[i]) == trial; i++) {
            const double said = number(j, rows[i], of);
            if (!isnan(said))
                x[n_x++] = said;
        }
        if (n_x > 0)
            medians[trial] = stats_median(x, n_x);
    }
    return x ? medians : NULL;
}

static double picked_number(struct judgement *j, size_t row, const void *of) {
    const struct judgement_pick *pick = of;
    for (size_t i = 0; i < sizeof pick->where / sizeof *pick->where && pick->where[i].column; i++) {
        const char *column = pick->where[i].column, *text = pick->where[i].text;
        if (text ? strcmp(judgement_text(j, row, column), text) != 0
                 : judgement_cell(j, row, column) != pick->where[i].number)
            return NAN;
    }
    return judgement_cell(j, row, pick->column);
}

double *judgement_picked(struct judgement *j, const char *arm, const struct judgement_pick *pick) {
    return judgement_by_trial(j, arm, picked_number, pick);
}

size_t judgement_compact(struct judgement *j, double *by_trial) {
    size_t n = 0;
    for (size_t trial = 0; by_trial && trial < judgement_trials(j); trial++)
        if (isfinite(by_trial[trial]))
            by_trial[n++] = by_trial[trial];
    return n;
}

size_t judgement_trial_medians(
    struct judgement *j, const char *arm, const char *column, const double **medians) {
    double *by_trial = judgement_picked(j, arm, &(struct judgement_pick){.column = column});
    *medians = by_trial;
    return judgement_compact(j, by_trial);
}

struct stats_interval judgement_mean_ratio(
    struct judgement *j, const double *ratios, size_t n, double level) {
    double *logs = judgement_memory(j, n, sizeof *logs);
    if (!logs)
        return (struct stats_interval){NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++)
        logs[i] = log(ratios[i]);
    struct stats_interval log_ratio = stats_mean_interval(logs, n, level);
    /* exp(-inf) = 0 would look like a bound. */
    return (struct stats_interval){exp(log_ratio.estimate),
        isinf(log_ratio.low) ? -INFINITY : exp(log_ratio.low), exp(log_ratio.high)};
}

struct stats_interval judgement_arms_ratio(
    struct judgement *j, const double *over, size_t n_over, const double *under, size_t n_under) {
    double *logs = judgement_memory(j, n_over + n_under + 1, sizeof *logs);
    if (!logs || n_over == 0 || n_under == 0)
        return (struct stats_interval){NAN, NAN, NAN};
    for (size_t i = 0; i < n_over + n_under; i++)
        logs[i] = log(i < n_over ? over[i] : under[i - n_over]);
    const struct stats_interval ratio =
        stats_difference_of_means(logs, n_over, logs + n_over, n_under, judgement_level(j, 0.95));
    return (struct stats_interval){
        exp(ratio.estimate), isinf(ratio.low) ? -INFINITY : exp(ratio.low), exp(ratio.high)};
}
