/* SPDX-License-Identifier: MIT
 *
 * The metrics of two runs, side by side, each with its values: one per process, whose median is in
 * the summary.
 */
#ifndef ANEPROBE_RUNNER_COMPARE_METRICS_H
#define ANEPROBE_RUNNER_COMPARE_METRICS_H

#include "measure/csv.h"
#include "runner/run/manifest.h"
#include "runner/run/run_directory.h"

#include <stdbool.h>

enum run_side { SIDE_BASE, SIDE_NEW, SIDES };

struct metric_side {
    bool is_there;
    const char *unit, *n_unit;
    const char *program_hash, *probe_version; /* "": the run does not say */
    double *values;
    size_t n;
    char why_not[200]; /* why there are no values; "": there are */
};

struct run_metric {
    const char *experiment, *arm, *name;
    struct metric_side sides[SIDES];
};

struct metrics {
    struct run_metric *list;
    size_t n, room;
    struct csv_table **kept; /* which the texts are in */
    size_t n_kept;
};

/* Adds a run's metrics: the rows of its summary, with the values from judging its samples again.
 * Metrics that this build cannot judge have no values. Returns 0, or -1 and *error. */
int metrics_add(struct metrics *metrics, enum run_side side, const struct run *run,
    const struct manifest *manifest, struct error *error);
void metrics_free(struct metrics *metrics);

#endif
