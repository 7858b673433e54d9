/* SPDX-License-Identifier: MIT
 *
 * question: Do compiles get slower as one process creates more programs, and are all programs
 *     right?
 * hypothesis: Every one of 20 programs compiles in about the same time, and all are right.
 * method: One process compiles 20 programs one after the other, each with its own weights, and
 *     keeps all of them loaded. Then each is evaluated into a poisoned output and compared with the
 *     reference for its weights.
 * arms: sequence (20 programs, one 1x1 convolution of 128 channels and 64 positions each).
 * unit of replication: the process for medians; the compile, relative to its process's median, for
 *     the slope.
 * sample size: 2 trials in the quick preset, 6 in the full one; 20 compiles each.
 * margin: in results/findings.csv for compile-sequence.no-degradation: the rise over the whole
 *     sequence, in percent of the median compile, that counts as degradation.
 * decision rule: Theil-Sen slope of relative compile time against index with Sen's 95 % interval,
 *     times the steps in the sequence. The first compile of a process includes the cost of first
 *     use and is summarised separately. No degradation is reproduced when the interval lies below
 *     the margin, contradicted when it lies above, else inconclusive. All-right needs 20 right
 *     outputs in every trial.
 * would prove it wrong: a rise beyond the margin; a program that is refused, or wrong at the end.
 * confounders: compiles served from a cache (labelled, not used); drift of the machine's clock.
 * sources: maderix/ANE#23 (20 programs, the time of each, all verified).
 */
#include "compile_sequence_about.h"
#include "experiment/experiment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PROGRAMS = 20 }; /* maderix/ANE#23 */
enum { CHANNELS = 128, SPATIAL = 64 };

static const struct experiment_arm arms[] = {
    {"sequence", "20 programs compiled one after the other, all kept loaded", 2, 6, 120},
};

static const struct experiment_column columns[] = {
    {"program", EXPERIMENT_FACTOR}, /* from 1 */
    {"check", EXPERIMENT_FACTOR},   /* compile, output */
    {"cached", EXPERIMENT_FACTOR},  /* 1 = the compile was served from a cache */
    {"stage", EXPERIMENT_FACTOR}, {"compile_ns", EXPERIMENT_NUMBER}, {"load_ns", EXPERIMENT_NUMBER},
    {"worst", EXPERIMENT_NUMBER}, /* largest difference from the reference */
};

/* ---- collection ------------------------------------------------------------------------------ */

static int refused_row(
    struct trial *t, int index, const char *check, const struct device_error *error) {
    if (error->status == DEVICE_BROKEN)
        return trial_break_error(t, error);
    trial_u64(t, "program", (uint64_t)index + 1);
    trial_text(t, "check", check);
    trial_text(t, "stage", error->stage);
    trial_row_error(t, error);
    return 1;
}

/* 0 = made, 1 = refused (row written), -1 = broken. */
static int program_make(struct trial *t, int index, struct subject **out) {
    struct device_error error;
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = CHANNELS,
        .spatial = SPATIAL,
        .depth = 1,
        .weight_seed = trial_random(t)};
    if (subject_create(t, &spec, out, &error) != DEVICE_OK ||
        subject_compile(*out, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
        return refused_row(t, index, "compile", &error);
    struct device_compile_info info;
    device_compile_info(t->device, subject_program(*out), &info);
    const uint64_t start_ns = trial_clock_ns(t);
    if (subject_load(*out, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
        return refused_row(t, index, "compile", &error);
    trial_u64(t, "program", (uint64_t)index + 1);
    trial_text(t, "check", "compile");
    trial_u64(t, "cached", info.cached);
    trial_u64(t, "compile_ns", info.elapsed_ns);
    trial_u64(t, "load_ns", trial_clock_ns(t) - start_ns);
    trial_row(t, SAMPLE_OK, "");
    return 0;
}

static int program_verify(struct trial *t, int index, struct subject *subject) {
    struct device_error error;
    bool right;
    double worst;
    if (subject_verify(subject, DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK)
        return refused_row(t, index, "output", &error) < 0 ? -1 : 0;
    trial_u64(t, "program", (uint64_t)index + 1);
    trial_text(t, "check", "output");
    if (right)
        trial_number(t, "worst", worst);
    trial_row(t, right ? SAMPLE_OK : SAMPLE_UNTRUSTED,
        right ? "" : "every call succeeded, but the output differs from the reference");
    return 0;
}

static int run(struct trial *t) {
    struct subject *programs[PROGRAMS] = {NULL};
    int made = 0, result = 0;
    for (; made < PROGRAMS && result == 0; made++)
        result = program_make(t, made, &programs[made]);
    /* A refused program cannot be verified. */
    const int n_loaded = result == 0 ? made : made - 1;
    for (int i = 0; i < n_loaded && result >= 0; i++)
        if (program_verify(t, i, programs[i]) != 0)
            result = -1;
    for (int i = 0; i < made; i++)
        subject_free(programs[i]);
    return result < 0 ? -1 : 0;
}

/* ---- judgement ------------------------------------------------------------------------------- */

static void all_right_judge(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, NULL, &rows);
    size_t n_right = 0, n_trials = 0;
    const char *fault = NULL;
    size_t trial = SIZE_MAX;
    char measured[48] = "", reason[640];
    for (size_t i = 0; i < n; i++) {
        const char *status = judgement_text(j, rows[i], "status");
        n_trials += judgement_trial(j, rows[i]) != trial;
        trial = judgement_trial(j, rows[i]);
        if (strcmp(status, "ok"))
            fault = fault ? fault : judgement_text(j, rows[i], "reason");
        else
            n_right += !strcmp(judgement_text(j, rows[i], "check"), "output");
    }
    struct verdict_row row =
        verdict_begin("compile-sequence.all-right", "programs", n_trials, measured, reason);
    if (n_trials == 0) {
        snprintf(reason, sizeof reason, "no trial completed");
    } else {
        const bool all = n_right == n_trials * PROGRAMS;
        row.verdict = all ? VERDICT_REPRODUCED : VERDICT_CONTRADICTED;
        snprintf(measured, sizeof measured, "%.3g", (double)n_right / (double)n_trials);
        snprintf(reason, sizeof reason,
            "%zu of %zu programs were loaded together and gave the output of their own weights%s%s",
            n_right, n_trials * PROGRAMS, fault ? "; first fault: " : "", fault ? fault : "");
    }
    judgement_verdict(j, &row);
}

/* Relative compile times against index, over all trials, without the first of each and cached ones.
 */
struct points {
    double *index, *relative;
    size_t n, n_cached;
};

/* Returns the trial's median, NaN when it has no point. */
static double points_add_trial(
    struct judgement *j, struct points *p, const size_t *rows, size_t n) {
    const size_t first = p->n;
    for (size_t i = 0; i < n; i++) {
        const double compile_ns = judgement_cell(j, rows[i], "compile_ns");
        const double index = judgement_cell(j, rows[i], "program");
        const bool cached = judgement_cell(j, rows[i], "cached") == 1;
        if (!(compile_ns > 0) || !(index > 1))
            continue;
        p->n_cached += cached;
        if (cached)
            continue;
        p->index[p->n] = index;
        p->relative[p->n++] = compile_ns;
    }
    const double median = stats_median(&p->relative[first], p->n - first);
    for (size_t i = first; i < p->n; i++)
        p->relative[i] /= median;
    return median;
}

static void degradation_judge(struct judgement *j, const struct points *p, size_t n_trials) {
    static const char finding[] = "compile-sequence.no-degradation";
    const double margin_pct = judgement_margin(j, finding);
    char measured[32] = "", reason[256];
    struct verdict_row row = {.finding = finding,
        .verdict = VERDICT_INCONCLUSIVE,
        .measured = measured,
        .unit = "%",
        .interval = {NAN, NAN, NAN},
        .n = p->n,
        .n_unit = "compiles",
        .reason = reason};
    if (p->n < PROGRAMS / 2) {
        snprintf(reason, sizeof reason, "%zu cold compiles are too few%s", p->n,
            p->n_cached ? "; the others were served from a cache, run with another seed" : "");
    } else {
        const struct stats_interval slope =
            stats_theil_sen(p->index, p->relative, p->n, judgement_level(j, 0.95));
        const double to_pct = 100 * (PROGRAMS - 1);
        row.interval = (struct stats_interval){
            slope.estimate * to_pct, slope.low * to_pct, slope.high * to_pct};
        row.verdict = verdict_below(row.interval, margin_pct);
        snprintf(measured, sizeof measured, "%.2f", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "from program 1 to %d a compile changes by %+.2f %% of the median, interval %+.2f to "
            "%+.2f "
            "%% (margin %+.0f %%), over %zu processes",
            PROGRAMS, row.interval.estimate, row.interval.low, row.interval.high, margin_pct,
            n_trials);
    }
    judgement_verdict(j, &row);
}

static int judge(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[0].name, "ok", &rows);
    double *memory = judgement_memory(j, 4 * n + 1, sizeof *memory);
    if (!memory)
        return -1;
    struct points p = {.index = memory, .relative = memory + n};
    double *first_ns = memory + 2 * n, *later_ns = memory + 3 * n;
    size_t n_first = 0, n_later = 0;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && judgement_trial(j, rows[next]) == judgement_trial(j, rows[i]);)
            next++;
        if (judgement_cell(j, rows[i], "cached") == 0)
            first_ns[n_first++] = judgement_cell(j, rows[i], "compile_ns");
        const double median_ns = points_add_trial(j, &p, &rows[i], next - i);
        if (isfinite(median_ns))
            later_ns[n_later++] = median_ns;
    }
    judgement_summary(j, "sequence", "first_compile_ns", "ns", "processes", first_ns, n_first);
    judgement_summary(j, "sequence", "later_compile_ns", "ns", "processes", later_ns, n_later);
    degradation_judge(j, &p, n_later);
    all_right_judge(j);
    return 0;
}

EXPERIMENT_MAIN("compile_sequence", run, judge)
