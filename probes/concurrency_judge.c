/* SPDX-License-Identifier: MIT */
#include "concurrency.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct concurrency_window concurrency_windows[CONCURRENCY_KINDS] = {
    {"one", CONCURRENCY_IN_FLIGHT, 0, 1}, {"two", CONCURRENCY_IN_FLIGHT, 0, 2},
    {"four", CONCURRENCY_IN_FLIGHT, 0, 4}, {"first", CONCURRENCY_PROGRAMS, 0, 1},
    {"second", CONCURRENCY_PROGRAMS, 1, 1}, {"both", CONCURRENCY_PROGRAMS, 0, 2},
    {"unpinned", CONCURRENCY_ENGINES, 0, 1}, {"pinned", CONCURRENCY_ENGINES, 1, 1},
    {"same", CONCURRENCY_ENGINES, 1, 2}, {"apart", CONCURRENCY_ENGINES, 2, 2},
    {"single", CONCURRENCY_PROCESSES, 0, 1}, {"processes", CONCURRENCY_PROCESSES, 0, 2}};

const char *concurrency_arm_name(enum concurrency_arm arm) {
    static const char *const names[CONCURRENCY_ARMS] = {
        "in-flight", "programs", "engines", "processes", CONCURRENCY_BESIDE_ARM};
    return names[arm];
}

/* Evals a nanosecond of all lanes, in a window of that kind. */
static double rate_of(struct judgement *j, size_t row, const void *kind) {
    const double window_ns = judgement_cell(j, row, "window_ns");
    return strcmp(judgement_text(j, row, "case"), kind) == 0 && window_ns > 0
               ? judgement_cell(j, row, "lanes") * judgement_cell(j, row, "evals") / window_ns
               : NAN;
}

/* The time of the slower lane to the faster one's, in a window of that kind. */
static double spread_of(struct judgement *j, size_t row, const void *kind) {
    const double window_ns = judgement_cell(j, row, "window_ns");
    return strcmp(judgement_text(j, row, "case"), kind) == 0 && window_ns > 0
               ? window_ns / judgement_cell(j, row, "faster_ns")
               : NAN;
}

static void rates_summary(struct judgement *j, const struct concurrency_window *w) {
    const double *rates = judgement_by_trial(j, NULL, rate_of, w->name);
    double *per_s = judgement_memory(j, judgement_trials(j) + 1, sizeof *per_s);
    char metric[32];
    size_t n = 0;
    for (size_t trial = 0; rates && per_s && trial < judgement_trials(j); trial++)
        if (isfinite(rates[trial]))
            per_s[n++] = rates[trial] * 1e9;
    snprintf(metric, sizeof metric, "%s_rate", w->name);
    if (n > 0)
        judgement_summary(j, concurrency_arm_name(w->arm), metric, "eval/s", "processes", per_s, n);
}

/* Why a kind of window is not there, in the device's words; NULL when it is or nobody knows. */
static const char *unsupported_reason(struct judgement *j, const char *kind) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, "unsupported", &rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(judgement_text(j, rows[i], "case"), kind) == 0)
            return judgement_text(j, rows[i], "reason");
    return NULL;
}

/* The rate of one kind over the faster of two others, which may be the same: claimed above or below. */
static void rate_judge(struct judgement *j, const char *finding, bool above, const char *kind,
    const char *alone_a, const char *alone_b, const char *what) {
    const double *rate = judgement_by_trial(j, NULL, rate_of, kind),
                 *a = judgement_by_trial(j, NULL, rate_of, alone_a),
                 *b = judgement_by_trial(j, NULL, rate_of, alone_b);
    double *ratios = judgement_memory(j, judgement_trials(j) + 1, sizeof *ratios);
    struct ratio_claim claim = {.finding = finding,
        .above = above,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .what = what,
        .without = VERDICT_INCONCLUSIVE,
        .missing = "no process has both windows"};
    const char *unsupported = unsupported_reason(j, kind);
    if (unsupported) {
        claim.without = VERDICT_UNSUPPORTED;
        claim.missing = unsupported;
    }
    for (size_t trial = 0; rate && a && b && ratios && trial < judgement_trials(j); trial++) {
        const double ratio = rate[trial] / fmax(a[trial], b[trial]);
        if (isfinite(ratio) && ratio > 0)
            ratios[claim.n++] = ratio;
    }
    if (claim.n > 0)
        claim.ratio = judgement_mean_ratio(j, ratios, claim.n, judgement_level(j, 0.95));
    judgement_ratio_verdict(j, &claim);
}

static void fair_judge(
    struct judgement *j, const char *finding, const char *kind, const char *what) {
    const double *spread = judgement_by_trial(j, NULL, spread_of, kind);
    double *ratios = judgement_memory(j, judgement_trials(j) + 1, sizeof *ratios);
    const char *unsupported = unsupported_reason(j, kind);
    struct ratio_claim claim = {.finding = finding,
        .above = false,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .what = what,
        .without = unsupported ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE,
        .missing = unsupported ? unsupported : "no trial has such a window"};
    for (size_t trial = 0; spread && ratios && trial < judgement_trials(j); trial++)
        if (isfinite(spread[trial]) && spread[trial] > 0)
            ratios[claim.n++] = spread[trial];
    if (claim.n > 0)
        claim.ratio = judgement_mean_ratio(j, ratios, claim.n, judgement_level(j, 0.95));
    judgement_ratio_verdict(j, &claim);
}

static bool came(struct judgement *j, const char *kind) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, NULL, &rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(judgement_text(j, rows[i], "case"), kind) == 0 &&
            strcmp(judgement_text(j, rows[i], "status"), "unsupported") != 0)
            return true;
    return false;
}

/* Of windows of several lanes; not every device offers the last three kinds. */
static void right_judge(struct judgement *j) {
    static const char *const offered[] = {"same", "apart", "processes"};
    char cases[64] = "two four both";
    const struct outcome_claim right = {"concurrency.right", cases, "right", NULL};
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++)
        if (came(j, offered[i])) {
            const size_t used = strlen(cases);
            snprintf(cases + used, sizeof cases - used, " %s", offered[i]);
        }
    outcome_judge(j, &right, 1);
}

int concurrency_judge(struct judgement *j) {
    for (int i = 0; i < CONCURRENCY_KINDS; i++)
        rates_summary(j, &concurrency_windows[i]);
    right_judge(j);
    rate_judge(j, "concurrency.two-in-flight", true, "two", "one", "one",
        "evals a second of one program with two in flight, to one after the other");
    rate_judge(j, "concurrency.two-programs", true, "both", "first", "second",
        "evals a second of two programs together, to the faster one alone");
    rate_judge(j, "concurrency.two-processes", true, "processes", "single", "single",
        "evals a second of two processes together, to one alone");
    rate_judge(j, "concurrency.engine-by-name", false, "pinned", "unpinned", "unpinned",
        "evals a second of a program that names an engine, to one that names none");
    rate_judge(j, "concurrency.two-engines", true, "apart", "same", "same",
        "evals a second of two programs that name an engine each, to two that name the same");
    fair_judge(j, "concurrency.fair", "both",
        "the time of the slower of two programs for its evals, to the faster one's");
    fair_judge(j, "concurrency.fair-processes", "processes",
        "the time of the slower of two processes for its evals, to the faster one's");
    return 0;
}
