/* SPDX-License-Identifier: MIT */
#include "chaining_loopback_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How far a request got, in order. */
static const char *const rungs[] = {"none", "prepared", "ready", "enqueued", "changed", "right"};
enum { N_RUNGS = sizeof rungs / sizeof *rungs };

static enum verdict executes_judge(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, "ladder", NULL, &rows);
    size_t n_rows = 0, n_right = 0, n_unsupported = 0, n_looped_right = 0;
    int furthest = 0;
    const char *last_reason = "";
    size_t trial = SIZE_MAX;
    char applied[48] = "", reason[640];
    struct verdict_row row = {.finding = "chaining.executes", .unit = "", .n_unit = "processes"};
    row.interval = (struct stats_interval){NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++) {
        const char *status = judgement_text(j, rows[i], "status");
        n_rows++;
        row.n += judgement_trial(j, rows[i]) != trial;
        trial = judgement_trial(j, rows[i]);
        const bool right = !strcmp(judgement_text(j, rows[i], "rung"), "right");
        n_right += right;
        n_looped_right += right && judgement_cell(j, rows[i], "steps") > 1;
        n_unsupported += !strcmp(status, "unsupported");
        if (strcmp(status, "ok"))
            last_reason = judgement_text(j, rows[i], "reason");
        for (int r = 0; r < N_RUNGS; r++)
            if (r > furthest && !strcmp(judgement_text(j, rows[i], "rung"), rungs[r]))
                furthest = r;
        if (!right && *judgement_text(j, rows[i], "applied"))
            snprintf(applied, sizeof applied, "; %s steps gave the output of %s",
                judgement_text(j, rows[i], "steps"), judgement_text(j, rows[i], "applied"));
    }
    row.measured = n_rows ? rungs[furthest] : "";
    if (n_rows == 0) {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason, "no trial of ladder completed");
    } else if (n_unsupported == n_rows) {
        row.verdict = VERDICT_UNSUPPORTED;
        row.measured = "";
        snprintf(reason, sizeof reason, "%s", last_reason);
    } else if (n_right == n_rows) {
        row.verdict = VERDICT_REPRODUCED;
        snprintf(reason, sizeof reason,
            "for every number of steps one request gave the output of that many applications");
    } else if (n_looped_right == 0) {
        row.verdict = VERDICT_CONTRADICTED;
        snprintf(reason, sizeof reason, "the furthest it got: %s%s%s%s", rungs[furthest], applied,
            *last_reason ? "; " : "", last_reason);
    } else {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason, "the output was right in only %zu of %zu requests", n_right,
            n_rows);
    }
    row.reason = reason;
    judgement_verdict(j, &row);
    return row.verdict;
}

/* The cost of one step in one process: slopes over k of rows[0..n-1]. */
struct step_cost {
    double chain_ns, evals_ns;
};

static struct step_cost step_cost_fit(struct judgement *j, const size_t *rows, size_t n) {
    double *x = judgement_memory(j, 3 * n, sizeof *x);
    if (!x)
        return (struct step_cost){NAN, NAN};
    double *chain = x + n, *evals = chain + n;
    for (size_t i = 0; i < n; i++) {
        x[i] = judgement_cell(j, rows[i], "steps");
        chain[i] = judgement_cell(j, rows[i], "chain_ns");
        evals[i] = judgement_cell(j, rows[i], "evals_ns");
    }
    return (struct step_cost){
        stats_theil_sen(x, chain, n, 0.95).estimate, stats_theil_sen(x, evals, n, 0.95).estimate};
}

static void saves_judge(struct judgement *j, enum verdict executes) {
    const size_t *rows, *wrong;
    const size_t n = judgement_rows(j, "cost", "ok", &rows);
    const size_t n_wrong = judgement_rows(j, "cost", "untrusted", &wrong);
    double *chain_ns = judgement_memory(j, 3 * n + 1, sizeof *chain_ns);
    if (!chain_ns)
        return;
    double *evals_ns = chain_ns + n, *ratio = evals_ns + n;
    size_t n_trials = 0;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && judgement_trial(j, rows[next]) == judgement_trial(j, rows[i]);)
            next++;
        const struct step_cost cost = step_cost_fit(j, &rows[i], next - i);
        if (!(cost.evals_ns > 0))
            continue; /* below the clock's resolution: no ratio */
        chain_ns[n_trials] = cost.chain_ns;
        evals_ns[n_trials] = cost.evals_ns;
        ratio[n_trials++] = cost.chain_ns / cost.evals_ns;
    }
    judgement_summary(j, "cost", "chain_step_ns", "ns", "processes", chain_ns, n_trials);
    judgement_summary(j, "cost", "eval_step_ns", "ns", "processes", evals_ns, n_trials);
    judgement_summary(j, "cost", "step_cost_ratio", "x", "processes", ratio, n_trials);

    const double threshold = 1 - judgement_margin(j, "chaining.saves-dispatch") / 100;
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[640];
    struct verdict_row row = {.finding = "chaining.saves-dispatch",
        .verdict = VERDICT_INCONCLUSIVE,
        .unit = "x",
        .interval = {NAN, NAN, NAN},
        .n = n_trials,
        .n_unit = "processes"};
    if (executes == VERDICT_CONTRADICTED || executes == VERDICT_UNSUPPORTED) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(
            reason, sizeof reason, "no chained request executes here, so there is no step to time");
    } else if (executes == VERDICT_REPRODUCED && n_wrong) {
        row.verdict = VERDICT_UNTRUSTED;
        snprintf(reason, sizeof reason, "%zu outputs were wrong while timing: %s", n_wrong,
            judgement_text(j, wrong[0], "reason"));
    } else if (n_trials == 0) {
        snprintf(reason, sizeof reason, "no trial of cost gave the cost of a step");
    } else {
        row.interval = stats_median_interval(ratio, n_trials, judgement_level(j, 0.95));
        row.verdict = verdict_below(row.interval, threshold);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "a loopback step costs %.3g of a separate eval, %s; the threshold is %.3g",
            row.interval.estimate, interval_words(row.interval, "", words), threshold);
    }
    row.measured = measured;
    row.reason = reason;
    judgement_verdict(j, &row);
}

int chaining_loopback_judge(struct judgement *j) {
    saves_judge(j, executes_judge(j));
    return 0;
}
