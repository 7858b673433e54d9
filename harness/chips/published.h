/* SPDX-License-Identifier: MIT
 *
 * results/published.csv for the fits: rows by chip, and convolutions by their cost.
 */
#ifndef ANEPROBE_CHIPS_PUBLISHED_H
#define ANEPROBE_CHIPS_PUBLISHED_H

#include "measure/csv.h"

/* The columns of results/published.csv, in this order. */
enum published_column {
    PUBLISHED_SOURCE,
    PUBLISHED_DATE,
    PUBLISHED_CHIP,
    PUBLISHED_OS,
    PUBLISHED_EXPERIMENT,
    PUBLISHED_CONFIG,
    PUBLISHED_METRIC,
    PUBLISHED_VALUE,
    PUBLISHED_UNIT,
    PUBLISHED_NOTE,
    PUBLISHED_COLUMNS
};

struct published {
    struct csv_table *table;
    int column[PUBLISHED_COLUMNS];
};

/* 0, or -1 and *error: not CSV, a column is missing, or a value is neither empty nor a number. */
int published_read(const char *path, struct published *out, struct error *error);
void published_close(struct published *published);

size_t published_rows(const struct published *published);
const char *published_text(const struct published *published, size_t row, enum published_column c);
bool published_is(
    const struct published *published, size_t row, enum published_column c, const char *text);
/* NaN for an empty cell. */
double published_value(const struct published *published, size_t row);

/* A stack of `depth` 1x1 convolutions in -> out over `positions`. */
struct published_conv {
    double depth, in, out, positions;
};

/* "128x conv 512ch sp64" or "1x conv 768to2048 sp256", at the start of `config` or after "; ". */
bool published_conv_parse(const char *config, struct published_conv *conv);
double published_conv_flop(const struct published_conv *conv);
double published_conv_weight_bytes(const struct published_conv *conv); /* fp16 */
/* Weights, and input and output in fp32, as in the public benchmarks. */
double published_conv_bytes(const struct published_conv *conv);

#endif
