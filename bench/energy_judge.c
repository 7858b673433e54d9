/* SPDX-License-Identifier: MIT
 *
 * The decision rules of energy, as given in its header comment.
 */
#include "energy_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ENERGY_ARM_WORKS(id, name, text, seconds, ...) {__VA_ARGS__},
const char *const energy_works[ENERGY_ARMS][ENERGY_WORKS] = {ENERGY_ARM_LIST(ENERGY_ARM_WORKS)};
#define ENERGY_ARM_NAME(id, name, ...) name,
static const char *const arm_names[ENERGY_ARMS] = {ENERGY_ARM_LIST(ENERGY_ARM_NAME)};

/* What a number is of. */
struct energy_series {
    enum energy_arm arm;
    const char *work, *quantity, *column;
};

/* One number a trial, NaN where it has none. NULL when out of memory. */
static double *by_trial(struct judgement *j, const struct energy_series *s) {
    const struct judgement_pick pick = {
        .column = s->column, .where = {{"work", s->work, 0}, {"quantity", s->quantity, 0}}};
    return judgement_picked(j, arm_names[s->arm], &pick);
}

/* ---- summary */

static void summaries_put(struct judgement *j, struct energy_series s) {
    static const struct {
        const char *column, *before, *after,
            *unit; /* the quantity stands between, so the name says of what */
    } metrics[] = {{"idle_w", "idle_", "_power", "W"}, {"power_w", "", "_power", "W"},
        {"mj_per_eval", "", "_energy_per_eval", "mJ"},
        {"net_mj_per_eval", "net_", "_energy_per_eval", "mJ"},
        {"tflops_per_w", "tflops_per_", "_watt", "TFLOPS/W"},
        {"net_tflops_per_w", "net_tflops_per_", "_watt", "TFLOPS/W"}};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        char metric[96];
        s.column = metrics[i].column;
        snprintf(metric, sizeof metric, "%s_%s%s%s", s.work, metrics[i].before, s.quantity,
            metrics[i].after);
        judgement_processes_summary(j, arm_names[s.arm], metric, metrics[i].unit, by_trial(j, &s));
    }
}

/* ---- verdicts */

/* Why an arm has no numbers of a quantity: its first row that says so. */
static void why_none(struct judgement *j, const struct energy_series *s, char *out, size_t size) {
    const size_t *rows, n = judgement_rows(j, arm_names[s->arm], NULL, &rows);
    snprintf(out, size, "no trial of %s read the %s's energy", arm_names[s->arm], s->quantity);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(judgement_text(j, rows[i], "quantity"), s->quantity) &&
            judgement_text(j, rows[i], "reason")[0]) {
            snprintf(out, size, "%s", judgement_text(j, rows[i], "reason"));
            return;
        }
}

/* A published figure of the stack with random input, on one chip. */
static void figure_judge(struct judgement *j, const char *finding, const char *chip,
    const char *column, const char *unit) {
    const struct energy_series s = {ENERGY_DATA, "random", "engine", column};
    const struct published_range claimed = judgement_published_within_pct(j, finding);
    const size_t *rows;
    const size_t n_rows = judgement_rows(j, arm_names[s.arm], "ok", &rows);
    double *x = by_trial(j, &s);
    const size_t n = judgement_compact(j, x);
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[700];
    struct verdict_row row = verdict_begin(finding, unit, n, measured, reason);
    row.interval = judgement_mean_ratio(j, x, n, judgement_level(j, 0.95));
    row.verdict = VERDICT_UNSUPPORTED;
    if (n > 0)
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
    if (n == 0) {
        why_none(j, &s, reason, sizeof reason);
    } else if (!judgement_chip_is(j, &chip, 1, reason, sizeof reason)) {
        /* the reason says so */
    } else if (n_rows && fabs(judgement_cell(j, rows[0], "gflop") -
                              2e-9 * ENERGY_CHANNELS * ENERGY_CHANNELS * ENERGY_POSITIONS *
                                  ENERGY_DEPTH) > 1e-6) {
        snprintf(reason, sizeof reason, "the quick preset has a smaller stack; run the full one");
    } else {
        row.verdict = verdict_within(row.interval, claimed.low, claimed.high);
        snprintf(reason, sizeof reason,
            "%s against %.3g to %.3g, the published value and its margin",
            interval_words(row.interval, "", words), claimed.low, claimed.high);
    }
    judgement_verdict(j, &row);
}

/* A claim about the ratio of two numbers of one process. */
static void ratio_judge(struct judgement *j, const char *finding, const struct energy_series *over,
    const struct energy_series *under, bool above, double threshold, const char *what) {
    double *a = by_trial(j, over), *b = by_trial(j, under);
    char missing[700];
    size_t n = judgement_trials(j);
    for (size_t i = 0; a && b && i < n; i++)
        a[i] = b[i] > 0 && a[i] > 0 ? a[i] / b[i] : NAN;
    n = b ? judgement_compact(j, a) : 0;
    const struct energy_series *lacks = over;
    if (b && judgement_compact(j, b) == 0)
        lacks = under;
    why_none(j, lacks, missing, sizeof missing);
    const struct ratio_claim claim = {.finding = finding,
        .above = above,
        .threshold = threshold,
        .ratio = judgement_mean_ratio(j, a, n, judgement_level(j, 0.95)),
        .n = n,
        .what = what,
        .without = VERDICT_UNSUPPORTED,
        .missing = missing};
    judgement_ratio_verdict(j, &claim);
}

/* That an idle engine takes nothing: less than the margin. */
static void idle_judge(struct judgement *j) {
    static const char finding[] = "energy.idle-zero";
    const struct energy_series s = {ENERGY_DATA, "random", "engine", "idle_w"};
    const double margin_w = judgement_margin(j, finding);
    double *x = by_trial(j, &s);
    const size_t n = judgement_compact(j, x);
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[700];
    struct verdict_row row = verdict_begin(finding, "W", n, measured, reason);
    row.interval = stats_mean_interval(x, n, judgement_level(j, 0.95));
    row.verdict = VERDICT_UNSUPPORTED;
    if (n == 0) {
        why_none(j, &s, reason, sizeof reason);
    } else {
        row.verdict = verdict_below(row.interval, margin_w);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason, "an idle engine takes %.3g W, %s; %g W decide",
            row.interval.estimate, interval_words(row.interval, " W", words), margin_w);
    }
    judgement_verdict(j, &row);
}

int energy_judge(struct judgement *j) {
    static const char *const quantities[] = {"engine", "package", "cpu", "memory", "system"};
    for (int arm = 0; arm < ENERGY_ARMS; arm++)
        for (int work = 0; work < ENERGY_WORKS; work++)
            for (size_t q = 0; q < sizeof quantities / sizeof *quantities; q++)
                if (energy_works[arm][work])
                    summaries_put(j, (struct energy_series){(enum energy_arm)arm,
                                         energy_works[arm][work], quantities[q], NULL});
    figure_judge(j, "energy.efficiency", "M4", "tflops_per_w", "TFLOPS/W");
    figure_judge(j, "energy.power", "M4", "power_w", "W");
    figure_judge(j, "energy.power-m6", "M6", "power_w", "W");
    idle_judge(j);
    ratio_judge(j, "energy.zeros",
        &(struct energy_series){ENERGY_DATA, "zeros", "engine", "power_w"},
        &(struct energy_series){ENERGY_DATA, "random", "engine", "power_w"}, false,
        1 - judgement_margin(j, "energy.zeros") / 100,
        "power of the engine with zeros as input, to that with random input");
    ratio_judge(j, "energy.pauses",
        &(struct energy_series){ENERGY_PAUSES, "paused", "engine", "mj_per_eval"},
        &(struct energy_series){ENERGY_PAUSES, "back_to_back", "engine", "mj_per_eval"}, false,
        1 - judgement_margin(j, "energy.pauses") / 100,
        "the engine's energy of an eval with pauses, to that back to back");
    ratio_judge(j, "energy.int8",
        &(struct energy_series){ENERGY_INT8, "fp16", "engine", "mj_per_eval"},
        &(struct energy_series){ENERGY_INT8, "w8a8", "engine", "mj_per_eval"}, true,
        1 + judgement_margin(j, "energy.int8") / 100,
        "the engine's energy of an eval in fp16, to that in W8A8");
    ratio_judge(j, "energy.host-share",
        &(struct energy_series){ENERGY_SMALL, "evals", "cpu", "net_mj_per_eval"},
        &(struct energy_series){ENERGY_SMALL, "evals", "engine", "mj_per_eval"}, true,
        1 + judgement_margin(j, "energy.host-share") / 100,
        "the CPU's energy of a small eval, less what it takes idle, to the engine's");
    return 0;
}
