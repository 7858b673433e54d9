/* SPDX-License-Identifier: MIT */
#include "chips/evidence.h"
#include "base/array.h"
#include "measure/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void evidence_open(struct evidence *evidence, const struct published *published) {
    *evidence = (struct evidence){.published = published};
}

void evidence_close(struct evidence *evidence) {
    free(evidence->rows);
    free(evidence->values);
    *evidence = (struct evidence){.published = evidence->published};
}

void evidence_clear(struct evidence *evidence) {
    evidence->n = 0;
}

void evidence_add(struct evidence *evidence, size_t row, double value) {
    size_t *rows = array_room(evidence->rows, evidence->n, &evidence->rows_room, sizeof *rows);
    if (rows)
        evidence->rows = rows;
    double *values =
        array_room(evidence->values, evidence->n, &evidence->values_room, sizeof *values);
    if (values)
        evidence->values = values;
    if (!rows || !values) {
        evidence->no_memory = true;
        return;
    }
    evidence->rows[evidence->n] = row;
    evidence->values[evidence->n++] = value;
}

double evidence_median(const struct evidence *evidence) {
    return stats_median(evidence->values, evidence->n);
}

double evidence_median_by_source(const struct evidence *evidence) {
    const struct published *p = evidence->published;
    double *of_source = malloc((2 * evidence->n + 1) * sizeof *of_source);
    if (!of_source)
        return NAN;
    double *medians = of_source + evidence->n;
    size_t n_medians = 0;
    for (size_t i = 0; i < evidence->n; i++) {
        const char *source = published_text(p, evidence->rows[i], PUBLISHED_SOURCE);
        bool is_first = true;
        for (size_t k = 0; k < i && is_first; k++)
            is_first = !published_is(p, evidence->rows[k], PUBLISHED_SOURCE, source);
        if (!is_first)
            continue;
        size_t n = 0;
        for (size_t k = i; k < evidence->n; k++)
            if (published_is(p, evidence->rows[k], PUBLISHED_SOURCE, source))
                of_source[n++] = evidence->values[k];
        medians[n_medians++] = stats_median(of_source, n);
    }
    double median = stats_median(medians, n_medians);
    free(of_source);
    return median;
}

/* Values that their own source, or the list's editor, says not to trust. */
static bool row_is_withdrawn(const struct published *p, size_t row) {
    static const char *const words[] = {"RETRACTED", "withdraw", "implausible", "treat with care",
        "suspect", "not reconcilable", "warm-up or clock"};
    const char *note = published_text(p, row, PUBLISHED_NOTE);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(note, words[i]))
            return true;
    /* In this machine's first run small programs took up to three times as long as in its three
     * later ones: the clock had not settled. */
    return strstr(published_text(p, row, PUBLISHED_SOURCE), "(20260303)") &&
           published_is(p, row, PUBLISHED_METRIC, "eval_latency");
}

static bool row_fits(const struct published *p, size_t row, const struct evidence_query *query,
    const char *metric_end) {
    char metric[96];
    if (query->chip && !published_is(p, row, PUBLISHED_CHIP, query->chip))
        return false;
    if (query->experiment && !published_is(p, row, PUBLISHED_EXPERIMENT, query->experiment))
        return false;
    const char *config = published_text(p, row, PUBLISHED_CONFIG);
    if (query->config && !strstr(config, query->config))
        return false;
    if (query->not_config && strstr(config, query->not_config))
        return false;
    snprintf(metric, sizeof metric, "%s%s", query->metric, metric_end);
    return published_is(p, row, PUBLISHED_METRIC, metric) && isfinite(published_value(p, row)) &&
           !row_is_withdrawn(p, row);
}

void evidence_find(struct evidence *evidence, const struct evidence_query *query) {
    for (size_t row = 0; row < published_rows(evidence->published); row++)
        if (row_fits(evidence->published, row, query, ""))
            evidence_add(evidence, row, published_value(evidence->published, row));
}

void evidence_find_ranges(struct evidence *evidence, const struct evidence_query *query) {
    const struct published *p = evidence->published;
    for (size_t low = 0; low < published_rows(p); low++) {
        if (!row_fits(p, low, query, "_min"))
            continue;
        for (size_t high = 0; high < published_rows(p); high++)
            if (row_fits(p, high, query, "_max") &&
                published_is(p, high, PUBLISHED_SOURCE, published_text(p, low, PUBLISHED_SOURCE)) &&
                published_is(p, high, PUBLISHED_CHIP, published_text(p, low, PUBLISHED_CHIP)) &&
                published_is(p, high, PUBLISHED_CONFIG, published_text(p, low, PUBLISHED_CONFIG))) {
                double middle = (published_value(p, low) + published_value(p, high)) / 2;
                evidence_add(evidence, low, middle);
                evidence_add(evidence, high, middle);
                break;
            }
    }
}
