/* SPDX-License-Identifier: MIT
 *
 * Whether a run is worse than another of the same machine.
 *
 * For every metric that both runs have from the same programs and the same version of the probe:
 * the ratio of the new run's values to the base's, by the Hodges-Lehmann shift of their logarithms,
 * with its interval from the Mann-Whitney distribution. That interval assumes no particular
 * distribution, only that the processes of each run are draws from one.
 *
 * The error of 1 % is for all metrics together (Bonferroni): with M metrics, each interval misses
 * on one side with a probability of at most 0.01 / M. So of a hundred comparisons of two equal
 * devices at most one finds something worse, whatever the margin.
 */
#ifndef ANEPROBE_RUNNER_COMPARE_GATE_H
#define ANEPROBE_RUNNER_COMPARE_GATE_H

#include "measure/stats.h"
#include "runner/compare/metrics.h"

#define GATE_FALSE_ALARMS 0.01

enum gate_outcome {
    GATE_NOT_COMPARED,
    GATE_WITHIN,      /* the whole interval is inside the margin */
    GATE_NOT_DECIDED, /* the interval reaches over an end of the margin */
    GATE_BETTER,      /* the whole interval is beyond the margin */
    GATE_WORSE,
    GATE_OUTCOMES
};
const char *gate_outcome_name(enum gate_outcome outcome); /* "not decided" */

struct gate_result {
    const struct run_metric *metric;
    const char *better; /* "lower", "higher"; NULL: neither side is better */
    enum gate_outcome outcome;
    double base, new; /* medians */
    struct stats_interval ratio;
    char reason[256]; /* why it is not compared */
};

struct run_gate {
    struct gate_result *results; /* one per metric, those not compared first, worse ones last */
    size_t n;
    size_t of[GATE_OUTCOMES];
    double level;     /* of each interval */
    size_t n_needed;  /* processes per run for an interval at that level */
    size_t n_too_few; /* metrics that have fewer */
};

/* `metrics` must outlive the gate. margin_pct is of the base's value. Returns 0, or -1 and *error. */
int gate_decide(
    const struct metrics *metrics, double margin_pct, struct run_gate *gate, struct error *error);
void gate_free(struct run_gate *gate);

#endif
