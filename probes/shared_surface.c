/* SPDX-License-Identifier: MIT
 *
 * question: Can one surface be the output of one program and the input of the next, and what does
 *     that cost compared with a copy by the host?
 * hypothesis: It can, and the second program reads what the first wrote; a shared surface makes
 *     evals slower.
 * method: Two programs y = w * x, the second fed by the first. The expected output is the
 *     reference's for both in sequence. Each case poisons the surfaces first. handed-over: the
 *     second reads the surface that the first wrote. fresh: the same again with every sign of the
 *     first input inverted and nothing else written to the surface in between, so that old data
 *     does not pass for new. read-by-two: two programs read one surface that the host wrote.
 *     separate: the second program with its own surface, the control. Then come rounds of a pair of
 *     evals, first and second program, in random order: shared (one surface between them), copied
 *     (the host copies the first's output to the second's input), copied-again (the same, which
 *     must come out equal). Only cases that were right are timed.
 * arms: small (64 channels, 512 positions: 64 KB); large (768 channels: 768 KB, as published).
 * unit of replication: the process: its median pair of each kind over that of copied.
 * sample size: 6 trials per arm in the quick preset, 12 in the full one; 60 and 100 rounds.
 * margin: in results/findings.csv for each claim, in percent: a smaller difference does not count.
 * decision rule: Right needs a right output of every case in every trial. Slower, at 64 KB, and
 *     faster, at 768 KB: the median ratio over processes with its 95 % order-statistic interval;
 *     reproduced when all of the interval is beyond the margin on the claimed side, contradicted
 *     when none of it is, else inconclusive. Untrusted when the interval of copied-again does not
 *     lie within the margin of 1.
 * would prove it wrong: an output that differs from the reference; an interval on the other side.
 * confounders: the time of the host's copy (part of what is compared); the order of kinds (random
 *     in each round); a cold clock (some rounds are not timed).
 * sources: the M5 chaining investigation in a fork of maderix/ANE (slower than
 *     a copy), AmiraniLabs/libane (M3 Pro: coherent, and faster at 768 KB).
 */
#include "experiment/experiment.h"
#include "experiment/outcome.h"
#include "shared_surface_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS_QUICK = 60, ROUNDS_FULL = 100, WARM_UP_ROUNDS = 10, POSITIONS = 512 };
enum arm { SMALL, LARGE, N_ARMS };
static const struct experiment_arm arms[N_ARMS] = {
    [SMALL] = {"small", "a surface of 64 KB", 6, 12, 60},
    [LARGE] = {"large", "a surface of 768 KB", 6, 12, 60},
};
static const int channels[N_ARMS] = {64, 768};

enum kind { SHARED, COPIED, AGAIN, N_KINDS };
static const char *const kind_names[N_KINDS] = {"shared", "copied", "copied-again"};

static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: one of the method's, or time */
    {"kind", EXPERIMENT_FACTOR}, {"round", EXPERIMENT_FACTOR},
    {"pair_ns", EXPERIMENT_NUMBER}, /* both evals, and the copy if there is one */
};

static const struct outcome_claim right_claim = {
    "shared-surface.right", "handed-over fresh read-by-two", "right", "separate"};

/* ---- collection ------------------------------------------------------------------------------ */

struct pair {
    struct trial *t;
    struct subject *first, *second;
    struct device_request *shared; /* the second program on the first's output */
};

static enum device_status pair_open(struct pair *p, bool *right, struct device_error *error) {
    struct device *d = p->t->device;
    struct subject_spec spec = {.kind = SUBJECT_SCALE,
        .channels = channels[p->t->arm - arms],
        .spatial = POSITIONS,
        .weight_seed = trial_random(p->t)};
    enum device_status status = subject_open(p->t, &spec, &p->first, right, error);
    if (status != DEVICE_OK || !*right)
        return status;
    spec.weight_seed = trial_random(p->t);
    spec.fed_by = p->first;
    status = subject_open(p->t, &spec, &p->second, right, error);
    if (status != DEVICE_OK || !*right)
        return status;
    struct device_surface *between = subject_output(p->first), *out = subject_output(p->second);
    return device_request_single(
        d, subject_program(p->second), between, out, DEVICE_PATH_MODEL, &p->shared, error);
}

static void pair_close(struct pair *p) {
    if (p->shared)
        device_request_free(p->t->device, p->shared);
    subject_free(p->second);
    subject_free(p->first);
}

static enum device_status shared_eval(struct pair *p, struct device_error *error) {
    struct device *d = p->t->device;
    enum device_status status = subject_eval(p->first, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? device_eval(d, p->shared, DEVICE_QOS_DEFAULT, error) : status;
}

static enum device_status copied_eval(struct pair *p, struct device_error *error) {
    enum device_status status = subject_eval(p->first, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_copy(p->first, p->second, error);
    return status == DEVICE_OK ? subject_eval(p->second, DEVICE_QOS_DEFAULT, error) : status;
}

static int case_row(struct pair *p, const char *name, bool turned, enum device_status status,
    const struct device_error *error, bool *right) {
    *right = false;
    if (status == DEVICE_OK && turned)
        subject_negate(p->second, true);
    if (status == DEVICE_OK)
        *right = subject_output_is(p->second, subject_weight_seed(p->second), NULL);
    return outcome_row(p->t, name, *right ? "right" : "wrong", status, error);
}

static int handed_over_run(struct pair *p, bool *all_right) {
    struct device_error error;
    bool right;
    subject_poison(p->first);
    subject_poison(p->second);
    enum device_status status = shared_eval(p, &error);
    int result = case_row(p, "handed-over", false, status, &error, all_right);
    if (result != 0)
        return result;
    subject_negate(p->first, false); /* both programs are linear: the second output follows */
    subject_poison(p->second);
    status = shared_eval(p, &error);
    result = case_row(p, "fresh", true, status, &error, &right);
    subject_negate(p->first, false);
    *all_right = *all_right && right;
    return result;
}

/* A third program reads the second's own input, which the host wrote: both in turn. */
static int read_by_two_run(struct pair *p) {
    struct device *d = p->t->device;
    struct subject *third = NULL;
    struct device_request *request = NULL;
    struct device_error error;
    bool right = false, third_right = false;
    const struct subject_spec spec = {.kind = SUBJECT_SCALE,
        .channels = channels[p->t->arm - arms],
        .spatial = POSITIONS,
        .weight_seed = trial_random(p->t),
        .fed_by = p->first};
    enum device_status status = subject_open(p->t, &spec, &third, &third_right, &error);
    if (status == DEVICE_OK) {
        struct device_surface *in = subject_input(p->second), *out = subject_output(third);
        status = device_request_single(
            d, subject_program(third), in, out, DEVICE_PATH_MODEL, &request, &error);
        subject_poison(third);
    }
    if (status == DEVICE_OK)
        status = subject_verify(p->second, DEVICE_QOS_DEFAULT, &right, NULL, &error);
    if (status == DEVICE_OK)
        status = device_eval(d, request, DEVICE_QOS_DEFAULT, &error);
    if (status == DEVICE_OK)
        third_right = subject_output_is(third, subject_weight_seed(third), NULL);
    if (request)
        device_request_free(d, request);
    subject_free(third);
    return outcome_row(
        p->t, "read-by-two", right && third_right ? "right" : "wrong", status, &error);
}

static int round_run(struct pair *p, int round) {
    unsigned order[N_KINDS];
    struct device_error error;
    trial_shuffle(p->t, order, N_KINDS);
    for (int i = 0; i < N_KINDS; i++) {
        const uint64_t start_ns = trial_clock_ns(p->t);
        const enum device_status status =
            order[i] == SHARED ? shared_eval(p, &error) : copied_eval(p, &error);
        const uint64_t pair_ns = trial_clock_ns(p->t) - start_ns;
        if (status != DEVICE_OK)
            return trial_break_error(p->t, &error);
        if (round < 0)
            continue;
        trial_text(p->t, "case", "time");
        trial_text(p->t, "kind", kind_names[order[i]]);
        trial_u64(p->t, "round", (uint64_t)round);
        trial_u64(p->t, "pair_ns", pair_ns);
        trial_row(p->t, SAMPLE_OK, "");
    }
    return 0;
}

static int run(struct trial *t) {
    struct pair p = {.t = t};
    struct device_error error;
    bool right, handed_over = false;
    const enum device_status status = pair_open(&p, &right, &error);
    int result = outcome_row(t, "separate", right ? "right" : "wrong", status, &error);
    if (result == 0 && status == DEVICE_OK && right)
        result = handed_over_run(&p, &handed_over);
    if (result == 0 && status == DEVICE_OK && right)
        result = read_by_two_run(&p);
    for (int round = -WARM_UP_ROUNDS;
         handed_over && round < (t->quick ? ROUNDS_QUICK : ROUNDS_FULL) && result == 0; round++)
        result = round_run(&p, round);
    pair_close(&p);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

struct ratios {
    size_t n;
    double *pair_ns[N_KINDS], *to_copied[N_KINDS]; /* one per process */
};

static struct ratios ratios_of(struct judgement *j, enum arm arm) {
    struct ratios r = {.n = 0};
    const size_t n_trials = judgement_trials(j);
    double *pairs[N_KINDS];
    for (int kind = 0; kind < N_KINDS; kind++) {
        const struct judgement_pick pick = {
            .column = "pair_ns", .where = {{"kind", kind_names[kind], 0}}};
        r.pair_ns[kind] = judgement_memory(j, n_trials + 1, sizeof(double));
        r.to_copied[kind] = judgement_memory(j, n_trials + 1, sizeof(double));
        pairs[kind] = judgement_picked(j, arms[arm].name, &pick);
        if (!pairs[kind] || !r.pair_ns[kind] || !r.to_copied[kind])
            return r;
    }
    for (size_t trial = 0; trial < n_trials; trial++) {
        const double copied_ns = pairs[COPIED][trial];
        if (!isfinite(pairs[SHARED][trial] + copied_ns + pairs[AGAIN][trial]) || !(copied_ns > 0))
            continue;
        for (int kind = 0; kind < N_KINDS; kind++) {
            r.pair_ns[kind][r.n] = pairs[kind][trial];
            r.to_copied[kind][r.n] = pairs[kind][trial] / copied_ns;
        }
        r.n++;
    }
    return r;
}

/* Why nothing was timed: the device's reason for the first case that was not right. */
static const char *untimed_reason(struct judgement *j, enum arm arm, enum verdict *verdict) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[arm].name, NULL, &rows);
    for (size_t i = 0; i < n; i++) {
        const char *outcome = judgement_text(j, rows[i], "outcome");
        if (!strcmp(judgement_text(j, rows[i], "case"), "time") || !strcmp(outcome, "right"))
            continue;
        const char *words = judgement_text(j, rows[i], "reason");
        *verdict = VERDICT_UNSUPPORTED;
        return *words ? words : "a shared surface gives a wrong output";
    }
    *verdict = VERDICT_INCONCLUSIVE;
    return "no trial completed";
}

static void cost_judge(struct judgement *j, const char *finding, enum arm arm, bool slower) {
    const double margin = judgement_margin(j, finding) / 100;
    const struct ratios r = ratios_of(j, arm);
    char reason[256];
    struct ratio_claim claim = {.finding = finding,
        .above = slower,
        .threshold = slower ? 1 + margin : 1 - margin,
        .ratio = stats_median_interval(r.to_copied[SHARED], r.n, judgement_level(j, 0.95)),
        .n = r.n,
        .what = "a pair of evals with a shared surface, relative to one with a copy",
        .without = VERDICT_INCONCLUSIVE,
        .missing = ""};
    const struct stats_interval again =
        stats_median_interval(r.to_copied[AGAIN], r.n, judgement_level(j, 0.95));
    if (r.n == 0)
        claim.missing = untimed_reason(j, arm, &claim.without);
    /* with too few processes for a bound nothing is decided, here or above */
    if (r.n == 0 || !isfinite(again.low) || !isfinite(again.high) ||
        verdict_within(again, 1 - margin, 1 + margin) == VERDICT_REPRODUCED) {
        judgement_ratio_verdict(j, &claim);
        return;
    }
    snprintf(reason, sizeof reason,
        "control: the same pair twice gives a ratio of %.3g, interval %.3g to %.3g, which is not "
        "within %.3g of 1",
        again.estimate, again.low, again.high, margin);
    const struct verdict_row untrusted = {.finding = finding,
        .verdict = VERDICT_UNTRUSTED,
        .measured = "",
        .unit = "x",
        .interval = {NAN, NAN, NAN},
        .n = r.n,
        .n_unit = "processes",
        .reason = reason};
    judgement_verdict(j, &untrusted);
}

static int judge(struct judgement *j) {
    for (int arm = 0; arm < N_ARMS; arm++) {
        const struct ratios r = ratios_of(j, (enum arm)arm);
        for (int kind = 0; kind < N_KINDS && r.n > 0; kind++) {
            char metric[48];
            snprintf(metric, sizeof metric, "%s_pair_ns", kind_names[kind]);
            judgement_summary(j, arms[arm].name, metric, "ns", "processes", r.pair_ns[kind], r.n);
            snprintf(metric, sizeof metric, "%s_ratio", kind_names[kind]);
            if (kind != COPIED)
                judgement_summary(
                    j, arms[arm].name, metric, "x", "processes", r.to_copied[kind], r.n);
        }
    }
    outcome_judge(j, &right_claim, 1);
    cost_judge(j, "shared-surface.slower", SMALL, true);
    cost_judge(j, "shared-surface.faster", LARGE, false);
    return 0;
}

EXPERIMENT_MAIN("shared_surface", run, judge)
