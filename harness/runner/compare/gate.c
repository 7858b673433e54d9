/* SPDX-License-Identifier: MIT */
#include "runner/compare/gate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *gate_outcome_name(enum gate_outcome outcome) {
    static const char *const names[] = {"not compared", "within", "not decided", "better", "worse"};
    return names[outcome];
}

/* Shorter times and higher throughputs are better. For a ratio, or a number of programs, neither
 * side is better. */
static const char *better_side(const char *unit) {
    static const char *const lower[] = {"ns", "us", "ms", "s"}, *const higher[] = {
                                                                    "TFLOPS", "GB/s", "evals/s"};
    for (size_t i = 0; i < sizeof lower / sizeof *lower; i++)
        if (strcmp(unit, lower[i]) == 0)
            return "lower";
    for (size_t i = 0; i < sizeof higher / sizeof *higher; i++)
        if (strcmp(unit, higher[i]) == 0)
            return "higher";
    return NULL;
}

static bool is_known_and_same(const char *a, const char *b) {
    return a[0] != '\0' && strcmp(a, b) == 0;
}

static bool all_above_zero(const struct metric_side *side) {
    for (size_t i = 0; i < side->n; i++)
        if (!(side->values[i] > 0))
            return false;
    return true;
}

/* Why the two cannot be compared with any number of processes; NULL: they can. */
static const char *obstacle(const struct gate_result *result) {
    const struct metric_side *base = &result->metric->sides[SIDE_BASE],
                             *new = &result->metric->sides[SIDE_NEW];
    if (!base->is_there)
        return "only the new run has it";
    if (!new->is_there)
        return "only the base has it";
    if (strcmp(base->unit, new->unit) != 0)
        return "the units differ";
    if (strcmp(base->n_unit, "processes") != 0 || strcmp(new->n_unit, "processes") != 0)
        return "its values are not of one process each";
    if (!result->better)
        return "of this unit neither side is better";
    if (base->program_hash[0] == '\0' || base->probe_version[0] == '\0')
        return "the base does not say of which programs and probe it is, or they differ within it";
    if (!is_known_and_same(base->program_hash, new->program_hash))
        return "the programs differ";
    if (!is_known_and_same(base->probe_version, new->probe_version))
        return "the versions of the probe differ";
    if (base->why_not[0] != '\0')
        return base->why_not;
    if (new->why_not[0] != '\0')
        return new->why_not;
    if (!all_above_zero(base) || !all_above_zero(new))
        return "a value is not above 0, so there is no ratio";
    return NULL;
}

/* With n processes in each run the smallest tail is 1 / C(2n, n). */
static size_t processes_needed(double tail) {
    size_t n = 0;
    for (double p = 1; p > tail; p /= (double)((2 * n - 1) * 2) / (double)n)
        n++;
    return n;
}

static int logs_make(const struct metric_side *side, double **out, struct error *error) {
    *out = malloc(side->n * sizeof **out);
    if (!*out)
        return error_set(error, EXIT_BROKEN, "out of memory while comparing");
    for (size_t i = 0; i < side->n; i++)
        (*out)[i] = log(side->values[i]);
    return 0;
}

static int ratio_make(struct gate_result *result, double level, struct error *error) {
    const struct metric_side *base = &result->metric->sides[SIDE_BASE],
                             *new = &result->metric->sides[SIDE_NEW];
    double *base_logs = NULL, *new_logs = NULL;
    int failed = logs_make(base, &base_logs, error) || logs_make(new, &new_logs, error);
    if (!failed) {
        const struct stats_interval shift =
            stats_hodges_lehmann(new_logs, new->n, base_logs, base->n, level);
        result->ratio = (struct stats_interval){
            exp(shift.estimate), isinf(shift.low) ? -INFINITY : exp(shift.low), exp(shift.high)};
        result->base = stats_median(base->values, base->n);
        result->new = stats_median(new->values, new->n);
        if (stats_memory_is_out())
            failed = error_set(error, EXIT_BROKEN, "out of memory while comparing");
    }
    free(base_logs);
    free(new_logs);
    return failed ? -1 : 0;
}

static enum gate_outcome outcome_of(const struct gate_result *result, double margin_pct) {
    const double low = 1 - margin_pct / 100, high = 1 + margin_pct / 100;
    const bool is_above = result->ratio.low > high, is_below = result->ratio.high < low;
    const bool lower_is_better = strcmp(result->better, "lower") == 0;
    if (is_above || is_below)
        return is_above == lower_is_better ? GATE_WORSE : GATE_BETTER;
    return result->ratio.low >= low && result->ratio.high <= high ? GATE_WITHIN : GATE_NOT_DECIDED;
}

static int result_decide(
    struct run_gate *gate, struct gate_result *result, double margin_pct, struct error *error) {
    if (result->reason[0] != '\0')
        return 0;
    if (ratio_make(result, gate->level, error) != 0)
        return -1;
    if (isfinite(result->ratio.low) && isfinite(result->ratio.high)) {
        result->outcome = outcome_of(result, margin_pct);
        return 0;
    }
    gate->n_too_few++;
    snprintf(result->reason, sizeof result->reason,
        "too few processes for an interval at this level: some %zu in each run are needed",
        gate->n_needed);
    return 0;
}

static int by_outcome(const void *a, const void *b) {
    const struct gate_result *x = a, *y = b;
    if (x->outcome != y->outcome)
        return (int)x->outcome - (int)y->outcome;
    return (x->metric > y->metric) - (x->metric < y->metric);
}

int gate_decide(
    const struct metrics *metrics, double margin_pct, struct run_gate *gate, struct error *error) {
    size_t n_asked = 0;
    *gate = (struct run_gate){.n = metrics->n};
    gate->results = calloc(metrics->n + 1, sizeof *gate->results);
    if (!gate->results)
        return error_set(error, EXIT_BROKEN, "out of memory while comparing");
    for (size_t i = 0; i < metrics->n; i++) {
        struct gate_result *result = &gate->results[i];
        const struct run_metric *metric = &metrics->list[i];
        const char *unit = metric->sides[SIDE_NEW].is_there ? metric->sides[SIDE_NEW].unit
                                                            : metric->sides[SIDE_BASE].unit;
        *result = (struct gate_result){.metric = metric,
            .better = better_side(unit),
            .base = NAN,
            .new = NAN,
            .ratio = {NAN, NAN, NAN}};
        const char *why = obstacle(result);
        if (why)
            snprintf(result->reason, sizeof result->reason, "%s", why);
        else
            n_asked++;
    }
    const double tail = GATE_FALSE_ALARMS / (double)(n_asked ? n_asked : 1);
    gate->level = 1 - 2 * tail;
    gate->n_needed = processes_needed(tail);
    for (size_t i = 0; i < gate->n; i++) {
        if (result_decide(gate, &gate->results[i], margin_pct, error) != 0)
            return -1;
        gate->of[gate->results[i].outcome]++;
    }
    qsort(gate->results, gate->n, sizeof *gate->results, by_outcome);
    return 0;
}

void gate_free(struct run_gate *gate) {
    free(gate->results);
    *gate = (struct run_gate){.n = 0};
}
