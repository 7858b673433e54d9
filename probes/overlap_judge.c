/* SPDX-License-Identifier: MIT
 *
 * The decision rule of overlap, as given in its header comment.
 */
#include "overlap_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One number per process, and the mean with its intervals. */
struct measure {
    const double *x;
    size_t n;
    struct stats_interval mean, wide; /* 95 %, 99 % */
};

/* Only rows of windows and of compile pairs have these columns. */
static struct measure measure_of(struct judgement *j, const char *arm, const char *column) {
    struct measure m = {0};
    m.n = judgement_trial_medians(j, arm, column, &m.x);
    m.mean = stats_mean_interval(m.x, m.n, judgement_level(j, 0.95));
    m.wide = stats_mean_interval(m.x, m.n, judgement_level(j, 0.99));
    return m;
}

/* The two of an A/A pair differ: their ratio is not 1, nor shown to be within the margin of 1. */
static bool pair_differs(const struct measure *m, double margin) {
    bool within = m->mean.low > 1 - margin && m->mean.high < 1 + margin;
    return !within && (m->wide.low > 1 || m->wide.high < 1);
}

struct question {
    const struct measure *measure;
    double threshold;
    const struct measure *pairs[2]; /* the A/A pairs it depends on */
    const char *pair_names[2];
    double margin;
};

static const char *unsupported_reason(struct judgement *j) {
    const size_t *rows;
    size_t n = judgement_rows(j, "both", "unsupported", &rows);
    return n > 0 ? judgement_text(j, rows[0], "reason") : NULL;
}

/* Everything except the reason of a decision by the interval, which differs per finding. */
static bool decide(struct judgement *j, const struct question *q, struct verdict_row *row,
    char *reason, size_t size) {
    const char *unsupported = unsupported_reason(j);
    row->n = q->measure->n;
    row->n_unit = "processes";
    row->reason = reason;
    if (unsupported) {
        row->verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, size, "%s", unsupported);
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (q->pairs[i] && q->pairs[i]->n >= 2 && pair_differs(q->pairs[i], q->margin)) {
            row->verdict = VERDICT_UNTRUSTED;
            snprintf(reason, size, "%s alone differ from themselves: %.3f to %.3f",
                q->pair_names[i], q->pairs[i]->wide.low, q->pairs[i]->wide.high);
            return false;
        }
    if (row->n < 2) {
        row->verdict = VERDICT_INCONCLUSIVE;
        snprintf(
            reason, size, "%zu processes completed evals beside a compile; 2 are needed", row->n);
        return false;
    }
    row->verdict = verdict_above(q->measure->mean, q->threshold);
    return true;
}

static void concurrent_judge(
    struct judgement *j, const struct measure *evals_pair, const struct measure *compiles_pair) {
    struct measure k = measure_of(j, "both", "concurrency");
    struct measure n = measure_of(j, "both", "evals"), turns = measure_of(j, "both", "turns_evals");
    double margin = judgement_margin(j, "overlap.concurrent") / 100;
    struct question q = {.measure = &k,
        .threshold = 1 + margin,
        .pairs = {evals_pair, compiles_pair},
        .pair_names = {"evals", "compiles"},
        .margin = margin};
    char measured[32] = "", reason[300];
    struct verdict_row row = {.finding = "overlap.concurrent",
        .measured = measured,
        .unit = "concurrency",
        .interval = {NAN, NAN, NAN}};
    if (decide(j, &q, &row, reason, sizeof reason))
        snprintf(reason, sizeof reason,
            "%.0f evals completed during a compile, alternating allows %.0f; compile and evals did "
            "%.2f (%.2f to %.2f) times the work that fits one after the other; 2 is no hindrance, "
            "%.2f decides",
            n.mean.estimate, turns.mean.estimate, k.mean.estimate, k.mean.low, k.mean.high,
            q.threshold);
    if (k.n > 0) {
        snprintf(measured, sizeof measured, "%.3f", k.mean.estimate);
        row.interval = k.mean;
    }
    judgement_verdict(j, &row);
}

/* Turns a rate's interval into one of its inverse, in percent above 1; a rate of 0 has no inverse.
 */
static double slower_percent(double rate) {
    return rate > 0 ? 100 * (1 / rate - 1) : (double)INFINITY;
}

static struct stats_interval slower_of(struct stats_interval rate) {
    return (struct stats_interval){
        slower_percent(rate.estimate), slower_percent(rate.high), slower_percent(rate.low)};
}

/* What evals beside equal CPU load without a compile show as well is the host's, not the engine's: only a
 * slowdown beyond theirs contradicts. */
static enum verdict free_by_load(
    struct judgement *j, const struct measure *rate, const struct measure *load, double threshold) {
    const enum verdict alone = verdict_above(rate->mean, threshold);
    double *allowed = judgement_memory(j, load->n, sizeof *allowed);
    if (alone == VERDICT_REPRODUCED || j->virtual_clock || !allowed)
        return alone;
    for (size_t i = 0; i < load->n; i++)
        allowed[i] = load->x[i] * threshold;
    const enum verdict by_load = verdict_above(
        stats_difference_of_means(rate->x, rate->n, allowed, load->n, judgement_level(j, 0.95)), 0);
    return by_load == VERDICT_CONTRADICTED ? alone : by_load;
}

static void free_judge(struct judgement *j, const struct measure *evals_pair) {
    struct measure rate = measure_of(j, "both", "rate"), load = measure_of(j, "load", "rate");
    double margin = judgement_margin(j, "overlap.free") / 100;
    struct question q = {.measure = &rate,
        .threshold = 1 / (1 + margin),
        .pairs = {evals_pair, NULL},
        .pair_names = {"evals", NULL},
        .margin = margin};
    char measured[32] = "", reason[400], control[160] = "";
    struct verdict_row row = {.finding = "overlap.free",
        .measured = measured,
        .unit = "% slower",
        .interval = {NAN, NAN, NAN}};
    struct stats_interval slower = slower_of(rate.mean), beside_load = slower_of(load.mean);
    if (j->virtual_clock)
        snprintf(control, sizeof control, "a simulated host has no load for comparison");
    else if (load.n >= 2)
        snprintf(control, sizeof control,
            "beside equal CPU load without a compile they are %.1f %% (%.1f to %.1f) slower",
            beside_load.estimate, beside_load.low, beside_load.high);
    else
        snprintf(control, sizeof control, "the control beside equal CPU load is missing");
    if (decide(j, &q, &row, reason, sizeof reason)) {
        row.verdict = free_by_load(j, &rate, &load, q.threshold);
        snprintf(reason, sizeof reason,
            "evals are %.1f %% (%.1f to %.1f) slower beside a compile, the margin is %g %%; %s",
            slower.estimate, slower.low, slower.high, 100 * margin, control);
    }
    if (rate.n > 0) {
        snprintf(measured, sizeof measured, "%.1f", slower.estimate);
        row.interval = slower;
    }
    judgement_verdict(j, &row);
}

static void summarize(struct judgement *j) {
    static const struct {
        const char *arm, *column, *unit;
    } rows[] = {
        {"eval", "rate", "ratio"},
        {"both", "rate", "ratio"},
        {"load", "rate", "ratio"},
        {"both", "concurrency", "ratio"},
        {"both", "evals", "evals"},
        {"both", "turns_evals", "evals"},
        {"both", "compile_ratio", "ratio"},
        {"compile", "compile_ratio", "ratio"},
        {"eval", "alone_eval_ns", "ns"},
        {"eval", "eval_ns", "ns"},
        {"both", "eval_ns", "ns"},
        {"load", "eval_ns", "ns"},
        {"eval", "max_ns", "ns"},
        {"both", "max_ns", "ns"},
        {"load", "max_ns", "ns"},
        {"compile", "compile_ns", "ns"},
        {"both", "window_ns", "ns"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct measure m = measure_of(j, rows[i].arm, rows[i].column);
        judgement_summary(j, rows[i].arm, rows[i].column, rows[i].unit, "processes", m.x, m.n);
    }
}

int overlap_judge(struct judgement *j) {
    struct measure evals_pair = measure_of(j, "eval", "rate");
    struct measure compiles_pair = measure_of(j, "compile", "compile_ratio");
    summarize(j);
    concurrent_judge(j, &evals_pair, &compiles_pair);
    free_judge(j, &evals_pair);
    return 0;
}
