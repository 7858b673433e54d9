/* SPDX-License-Identifier: MIT
 *
 * The published rows behind one parameter, and the numbers taken from them.
 */
#ifndef ANEPROBE_CHIPS_EVIDENCE_H
#define ANEPROBE_CHIPS_EVIDENCE_H

#include "chips/published.h"

struct evidence {
    const struct published *published;
    size_t *rows; /* as published_value counts */
    double *values;
    size_t n, room;
    bool no_memory; /* sticks; the evidence is not whole then */
};

void evidence_open(struct evidence *evidence, const struct published *published);
void evidence_close(struct evidence *evidence);
void evidence_clear(struct evidence *evidence);
void evidence_add(struct evidence *evidence, size_t row, double value);
/* NaN when there is none. */
double evidence_median(const struct evidence *evidence);
/* The median of the medians of each source: no source counts twice. */
double evidence_median_by_source(const struct evidence *evidence);

/* Which rows: NULL asks nothing. `config` and `not_config` are looked for in the config. */
struct evidence_query {
    const char *chip, *experiment, *config, *not_config, *metric;
};
/* Adds the rows with a value that the query asks for. */
void evidence_find(struct evidence *evidence, const struct evidence_query *query);
/* Adds the middle between METRIC_min and METRIC_max of the same source, chip and config; both rows
 * are named. */
void evidence_find_ranges(struct evidence *evidence, const struct evidence_query *query);

#endif
