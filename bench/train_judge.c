/* SPDX-License-Identifier: MIT
 *
 * The decision rules of train, as given in its header comment.
 */
#include "joules.h"
#include "train_experiment.h"

#include "train/plan/host.h"

#include <stdio.h>
#include <string.h>

static const char *const claimed_chip = "M4";

static const char *const arm_names[] = {
    "sync", "double-1", "double-inf", "reload", "mapped", "dynamic"};

static double of_seed(struct judgement *j, const char *arm, const char *seed, const char *column) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arm, "ok", &rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(judgement_text(j, rows[i], "data_seed"), seed) == 0 &&
            !isnan(judgement_cell(j, rows[i], column)))
            return judgement_cell(j, rows[i], column);
    return NAN;
}

/* Ratios of double-inf to sync over the seeds for which both completed. */
static size_t ratios_of(struct judgement *j, const char *column, const double **out) {
    const size_t *rows;
    const size_t n_rows = judgement_rows(j, "sync", "ok", &rows);
    double *ratios = judgement_memory(j, n_rows, sizeof *ratios);
    size_t n = 0;
    *out = ratios;
    for (size_t i = 0; ratios && i < n_rows; i++) {
        const double sync = judgement_cell(j, rows[i], column);
        if (isnan(sync))
            continue;
        const double other =
            of_seed(j, "double-inf", judgement_text(j, rows[i], "data_seed"), column);
        if (!isnan(other) && sync > 0 && other > 0)
            ratios[n++] = other / sync;
    }
    return n;
}

/* Why an arm has no run, in the device's or the trainer's words; NULL when unknown. */
static const char *unsupported_reason(struct judgement *j, const char *arm) {
    const size_t *rows;
    return judgement_rows(j, arm, "unsupported", &rows) > 0 ? judgement_text(j, rows[0], "reason")
                                                            : NULL;
}

/* The first part of every rule: too little data. True when that decided. */
static bool lacks_runs(
    struct judgement *j, const char *arm, struct verdict_row *row, char *reason, size_t size) {
    const char *unsupported = unsupported_reason(j, arm);
    row->reason = reason;
    row->n_unit = "runs";
    if (unsupported) {
        row->verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, size, "%s: %s", arm, unsupported);
    } else if (row->n < 2) {
        row->verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, size,
            "%zu runs of %s completed together with their counterparts; 2 are needed", row->n, arm);
    } else {
        return false;
    }
    return true;
}

/* For a mean share of the wall time, in percent: Student's interval is unbounded, a share is not.
 */
static struct stats_interval share_interval(struct judgement *j, const double *pct, size_t n) {
    struct stats_interval share = stats_mean_interval(pct, n, judgement_level(j, 0.95));
    if (n >= 2) { /* otherwise none */
        share.low = fmax(share.low, 0);
        share.high = fmin(share.high, 100);
    }
    return share;
}

static void stall_judge(struct judgement *j) {
    const double margin_pct = judgement_margin(j, "trainer.stall-removed");
    const double *x;
    const size_t n = judgement_trial_medians(j, "double-inf", "run_stall_pct", &x);
    const double *before;
    const size_t n_before = judgement_trial_medians(j, "sync", "run_stall_pct", &before);
    char measured[32] = "", reason[700];
    struct verdict_row row = {.finding = "trainer.stall-removed",
        .measured = measured,
        .unit = "% of wall time",
        .interval = share_interval(j, x, n),
        .n = n};
    if (!lacks_runs(j, "double-inf", &row, reason, sizeof reason)) {
        row.verdict = verdict_below(row.interval, margin_pct);
        snprintf(reason, sizeof reason,
            "%.2f %% (%.2f to %.2f) of the wall time is stall with a double buffer that never "
            "waits, %.1f %% with synchronous compiles; the margin is %g %%",
            row.interval.estimate, row.interval.low, row.interval.high,
            n_before > 0 ? stats_median(before, n_before) : (double)NAN, margin_pct);
        snprintf(measured, sizeof measured, "%.2f", row.interval.estimate);
    }
    judgement_verdict(j, &row);
}

/* A simulated chip's updates are published ones, which include a checkpoint and a restart. */
static const char *restart_words(const struct judgement *j, const char *chip) {
    return j->virtual_clock && host_distance(chip, "M4") >= 0
               ? "each update of both includes a checkpoint and a restart, like the published ones"
               : "restarts included";
}

static void faster_judge(struct judgement *j, const char *chip) {
    const double margin_pct = judgement_margin(j, "trainer.faster");
    const double threshold = 1 - margin_pct / 100;
    const double *ratios;
    const size_t n = ratios_of(j, "run_wall_ns", &ratios);
    char measured[32] = "", reason[700];
    struct verdict_row row = {.finding = "trainer.faster",
        .measured = measured,
        .unit = "x sync's wall time",
        .interval = judgement_mean_ratio(j, ratios, n, judgement_level(j, 0.95)),
        .n = n};
    if (!lacks_runs(j, "double-inf", &row, reason, sizeof reason) &&
        !lacks_runs(j, "sync", &row, reason, sizeof reason)) {
        row.verdict = verdict_below(row.interval, threshold);
        snprintf(reason, sizeof reason,
            "the double buffer takes %.3f (%.3f to %.3f) times the wall time of synchronous "
            "compiles, %s; %.2f decides",
            row.interval.estimate, row.interval.low, row.interval.high, restart_words(j, chip),
            threshold);
        snprintf(measured, sizeof measured, "%.3f", row.interval.estimate);
    }
    judgement_verdict(j, &row);
}

static void loss_judge(struct judgement *j) {
    const double margin = judgement_margin(j, "trainer.same-loss") / 100;
    const double *ratios, *stale;
    const size_t n = ratios_of(j, "final_loss", &ratios);
    const size_t n_stale = judgement_trial_medians(j, "double-inf", "run_stale_mean", &stale);
    const struct stats_interval inner = judgement_mean_ratio(j, ratios, n, 0.90);
    char measured[32] = "", reason[700];
    struct verdict_row row = {.finding = "trainer.same-loss",
        .measured = measured,
        .unit = "x sync's final loss",
        .interval = judgement_mean_ratio(j, ratios, n, judgement_level(j, 0.95)),
        .n = n};
    if (!lacks_runs(j, "double-inf", &row, reason, sizeof reason) &&
        !lacks_runs(j, "sync", &row, reason, sizeof reason)) {
        row.verdict = inner.low > 1 - margin && inner.high < 1 + margin ? VERDICT_REPRODUCED
                      : row.interval.low > 1 + margin || row.interval.high < 1 - margin
                          ? VERDICT_CONTRADICTED
                          : VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason,
            "after as many updates the loss is %.4f (%.4f to %.4f) times that of synchronous "
            "compiles, with weights %.1f updates old on average; the margin is %g %% around 1",
            row.interval.estimate, row.interval.low, row.interval.high,
            n_stale > 0 ? stats_median(stale, n_stale) : (double)NAN, 100 * margin);
        snprintf(measured, sizeof measured, "%.4f", row.interval.estimate);
    }
    judgement_verdict(j, &row);
}

static void share_judge(struct judgement *j) {
    static const char finding[] = "trainer.compile-share";
    const struct published_range published_pct = judgement_published(j, finding);
    const double margin_pct = judgement_margin(j, finding);
    const double low = published_pct.low - margin_pct, high = published_pct.high + margin_pct;
    const double *x;
    const size_t n = judgement_trial_medians(j, "sync", "run_compile_pct", &x);
    char measured[32] = "", reason[700];
    struct verdict_row row = {.finding = finding,
        .measured = measured,
        .unit = "% of wall time",
        .interval = share_interval(j, x, n),
        .n = n};
    if (n > 0)
        snprintf(measured, sizeof measured, "%.1f", row.interval.estimate);
    if (!judgement_chip_is(j, &claimed_chip, 1, reason, sizeof reason)) {
        row.verdict = VERDICT_UNSUPPORTED;
        row.reason = reason;
        row.n_unit = "runs";
    } else if (!lacks_runs(j, "sync", &row, reason, sizeof reason)) {
        row.verdict = verdict_within(row.interval, low, high);
        snprintf(reason, sizeof reason,
            "compiles take %.1f %% (%.1f to %.1f) of the wall time of synchronous training; "
            "claimed: %.1f to %.1f %%",
            row.interval.estimate, row.interval.low, row.interval.high, low, high);
    }
    judgement_verdict(j, &row);
}

static void summarize(struct judgement *j) {
    static const struct {
        const char *column, *unit;
    } metrics[] = {
        {"run_wall_ns", "ns"},
        {"run_stall_pct", "%"},
        {"run_update_stall_ns", "ns"},
        {"run_compile_pct", "%"},
        {"run_stale_mean", "updates"},
        {"run_gflops", "GFLOPS"},
        {"device_gflops", "GFLOPS"},
        {"step_ns", "ns"},
        {"step_device_ns", "ns"},
        {"step_io_ns", "ns"},
        {"step_host_ns", "ns"},
        {"step_wait_ns", "ns"},
        {"step_stall_ns", "ns"},
        {"final_loss", "nats"},
        {"batch_ns", "ns"},
        {"compiler_ns", "ns"},
        {"programs_alive", "programs"},
        {"compiles", "compiles"},
        {"restarts", "restarts"},
    };
    for (size_t arm = 0; arm < sizeof arm_names / sizeof *arm_names; arm++) {
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            const double *x;
            const size_t n = judgement_trial_medians(j, arm_names[arm], metrics[m].column, &x);
            if (n > 0)
                judgement_summary(
                    j, arm_names[arm], metrics[m].column, metrics[m].unit, "runs", x, n);
        }
        joules_summarize(j, arm_names[arm], "update", "runs");
    }
}

int train_judge(struct judgement *j) {
    summarize(j);
    stall_judge(j);
    faster_judge(j, judgement_chip(j));
    loss_judge(j);
    share_judge(j);
    return 0;
}
