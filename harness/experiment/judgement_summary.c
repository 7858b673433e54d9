/* SPDX-License-Identifier: MIT
 *
 * What a rule measured: rows of summary.csv, and the values whose medians they hold.
 */
#include "experiment/judgement_state.h"
#include "experiment/origin.h"

#include <math.h>
#include <string.h>

/* To what an experiment without claims is to know its figures: half an interval, to the median. */
static const double figure_precision = 0.05;

/* The end reason if all trials of an arm have the same one; else "". */
static void word_find(
    struct judgement_state *s, const char *arm, const char *name, char word[ORIGIN_WORD_SIZE]) {
    const struct samples *m = &s->samples;
    char other[ORIGIN_WORD_SIZE] = "";
    bool found = false;
    word[0] = '\0';
    for (size_t i = 0; i < m->n_trials; i++) {
        if (strcmp(csv_text(m->table, m->ends[i], m->at[SAMPLE_ARM]), arm) != 0)
            continue;
        origin_word(
            csv_text(m->table, m->ends[i], m->at[SAMPLE_REASON]), name, found ? other : word);
        if (found && strcmp(word, other) != 0) {
            word[0] = '\0';
            break;
        }
        found = true;
    }
}

/* What a metric is of, and of which programs and probe. */
struct metric_origin {
    const char *arm, *metric, *unit, *n_unit;
    char programs[ORIGIN_WORD_SIZE], version[ORIGIN_WORD_SIZE];
};

static void values_put(
    struct judgement_state *s, const struct metric_origin *of, const double *x, size_t n) {
    struct csv_writer *w = &s->values;
    for (size_t i = 0; i < n; i++) {
        csv_put_text(w, s->experiment->name);
        csv_put_text(w, of->arm);
        csv_put_text(w, of->metric);
        csv_put_text(w, of->unit);
        csv_put_text(w, of->n_unit);
        csv_put_number(w, x[i]);
        csv_put_text(w, of->programs);
        csv_put_text(w, of->version);
        judgement_row_end(s, w);
    }
}

void judgement_summary(struct judgement *j, const char *arm, const char *metric, const char *unit,
    const char *n_unit, const double *x, size_t n) {
    struct judgement_state *s = j->state;
    struct csv_writer *w = &s->summary;
    if (!s->figures)
        return;
    csv_put_text(w, s->experiment->name);
    csv_put_text(w, arm);
    csv_put_text(w, metric);
    csv_put_text(w, unit);
    csv_put_u64(w, n);
    csv_put_text(w, n_unit);
    struct stats_interval median = {NAN, NAN, NAN};
    double min = NAN, max = NAN;
    if (n > 0) {
        median = stats_median_interval(x, n, judgement_level(j, 0.95));
        min = max = x[0];
    }
    for (size_t i = 1; i < n; i++) {
        min = fmin(min, x[i]);
        max = fmax(max, x[i]);
    }
    csv_put_number(w, median.estimate);
    csv_put_number(w, median.low);
    csv_put_number(w, median.high);
    csv_put_number(w, min);
    csv_put_number(w, max);
    csv_put_u64(w, stats_outliers(x, n));
    struct metric_origin of = {.arm = arm, .metric = metric, .unit = unit, .n_unit = n_unit};
    word_find(s, arm, "programs", of.programs);
    word_find(s, arm, "version", of.version);
    csv_put_text(w, of.programs);
    csv_put_text(w, of.version);
    judgement_row_end(s, w);
    values_put(s, &of, x, n);
    s->n_figures++;
    s->n_precise += median.high - median.low <= 2 * figure_precision * fabs(median.estimate);
}

void judgement_processes_summary(
    struct judgement *j, const char *arm, const char *metric, const char *unit, double *by_trial) {
    const size_t n = judgement_compact(j, by_trial);
    if (n > 0)
        judgement_summary(j, arm, metric, unit, "processes", by_trial, n);
}
