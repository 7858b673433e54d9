/* SPDX-License-Identifier: MIT
 *
 * The published rows behind one parameter, and the numbers taken from them.
 */
#ifndef ANEPROBE_CHIPS_EVIDENCE_H
#define ANEPROBE_CHIPS_EVIDENCE_H

#include "chips/published.h"

struct evidence {
    const struct published *published;
    size_t *rows; /* rows as numbered for published_value */
    double *values;
    size_t n, rows_room, values_room;
    bool no_memory; /* sticky; the evidence is then incomplete */
};

void evidence_open(struct evidence *evidence, const struct published *published);
void evidence_close(struct evidence *evidence);
void evidence_clear(struct evidence *evidence);
void evidence_add(struct evidence *evidence, size_t row, double value);
/* NaN when there is no value. */
double evidence_median(const struct evidence *evidence);
/* The median over sources of each source's median, so that each counts once. */
double evidence_median_by_source(const struct evidence *evidence);

/* Selects rows; NULL matches all. `config` and `not_config` are substrings of the config. */
struct evidence_query {
    const char *chip, *experiment, *config, *not_config, *metric;
};
/* Adds the rows with a value that match the query. */
void evidence_find(struct evidence *evidence, const struct evidence_query *query);
/* Adds the middle between METRIC_min and METRIC_max of the same source, chip and config; both rows
 * are named. */
void evidence_find_ranges(struct evidence *evidence, const struct evidence_query *query);

#endif
