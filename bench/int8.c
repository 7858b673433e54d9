/* SPDX-License-Identifier: MIT
 *
 * question: How much faster is a stack of convolutions with int8 weights and activations than in fp16?
 * hypothesis: It is faster on an M4 by more than the margin, and not on an M3 Pro.
 * method: Two stacks of the same shape in one process. fp16: convolutions with fp16 weights. W8A8:
 *     int8 weights that become fp16 when the program is compiled, and activations that are
 *     quantised to int8 and back before each convolution, as in ane_int8_bench. Both are checked
 *     against the reference evaluator; then single evals of both alternate in random order. TFLOPS
 *     count a multiply-add as two operations, and both stacks have the work of the fp16 stack.
 * arms: small (8 convolutions, 128 channels, 64 positions); wide (16 convolutions, 512 channels, 1024
 *     positions; full preset only).
 * unit of replication: the process: the ratio of its median evals.
 * sample size: 6 trials of small in the quick preset; 12 of small and 6 of wide in the full one. 30
 *     evals per side, but at most 1 s of them, and at least 3.
 * margin: in results/findings.csv for int8.faster, in percent: a smaller advantage does not count.
 * decision rule: Mean log ratio of fp16 to int8 latency over processes with a 95 % t interval, of
 *     the wide arm if there is one. Faster is reproduced when the interval lies above 1 plus the
 *     margin, contradicted when below, else inconclusive.
 * would prove it wrong: a W8A8 stack as slow as the fp16 one.
 * confounders: programs so small that the cost of an eval hides their work (the small arm); the
 *     reference rounds at each quantisation, but a device may fuse (outputs are compared to 2^-3 of
 *     the largest element); published shapes have 4096 positions.
 * sources: maderix/ANE (ane_int8_bench, M4), maderix/ANE#50 (M5 Max), slavko-at-klincov-it (M3 Pro).
 */
#include "experiment/specimen.h"
#include "int8_about.h"
#include "experiment/stack.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EVALS = 30, MIN_EVALS = 3, WARM_UP = 3, VIRTUAL_EVALS = 5 };
static const double segment_ns = 1e9;

static const struct experiment_arm arms[] = {
    {"small", "8 convs, 128 channels, 64 positions", 6, 12, 60},
    {"wide", "16 convs, 512 channels, 1024 positions", 0, 6, 240},
};
enum { SMALL, WIDE, N_ARMS };
static const struct stack_shape shapes[N_ARMS] = {{8, 128, 64}, {16, 512, 1024}};

enum { FP16 = STACK_FP16, W8A8 = STACK_W8A8, N_SIDES = STACK_TYPES };

static const struct experiment_column columns[] = {
    {"eval", EXPERIMENT_FACTOR},
    {"gflop", EXPERIMENT_FACTOR},
    {"cached", EXPERIMENT_FACTOR}, /* 1 = a compile was served from a cache: no compile times */
    {"fp16_ns", EXPERIMENT_NUMBER},
    {"w8a8_ns", EXPERIMENT_NUMBER},
    {"fp16_compile_ns", EXPERIMENT_NUMBER}, /* on the first row of a trial */
    {"w8a8_compile_ns", EXPERIMENT_NUMBER},
};

/* ---- collection ------------------------------------------------------------------------------ */

static int stack_check(struct trial *t, struct specimen *stack, enum stack_type side) {
    struct device_error error;
    enum specimen_outcome outcome;
    if (specimen_eval(stack, &outcome, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    if (outcome != SPECIMEN_RIGHT)
        return trial_break(t, "the %s stack's output is %s; it is not timed",
            stack_type_names[side], specimen_outcome_name(outcome));
    return 0;
}

static int evals_run(struct trial *t, struct specimen *const stacks[N_SIDES], double gflop) {
    struct device_compile_info info[N_SIDES];
    struct device_error error;
    const bool virtual = device_is_virtual(t->device);
    const uint64_t begin_ns = trial_clock_ns(t);
    for (int side = 0; side < N_SIDES; side++)
        device_compile_info(t->device, specimen_program(stacks[side]), &info[side]);
    const bool cached = info[FP16].cached || info[W8A8].cached;
    for (int i = -WARM_UP; i < (virtual ? VIRTUAL_EVALS : EVALS); i++) {
        uint64_t ns[N_SIDES];
        const int first = (int)(trial_random(t) & 1);
        if (i >= MIN_EVALS && !virtual && (double)(trial_clock_ns(t) - begin_ns) > segment_ns)
            break;
        for (int turn = 0; turn < N_SIDES; turn++) {
            const int side = turn ^ first;
            const uint64_t start_ns = trial_clock_ns(t);
            if (specimen_run(stacks[side], &error) != DEVICE_OK)
                return trial_break_error(t, &error);
            ns[side] = trial_clock_ns(t) - start_ns;
        }
        if (i < 0)
            continue;
        trial_u64(t, "eval", (uint64_t)i + 1);
        trial_number(t, "gflop", gflop);
        trial_u64(t, "cached", cached);
        trial_u64(t, "fp16_ns", ns[FP16]);
        trial_u64(t, "w8a8_ns", ns[W8A8]);
        if (i == 0 && !cached) {
            trial_u64(t, "fp16_compile_ns", info[FP16].elapsed_ns);
            trial_u64(t, "w8a8_compile_ns", info[W8A8].elapsed_ns);
        }
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

static int run(struct trial *t) {
    const struct stack_shape *shape = &shapes[t->arm - arms];
    struct specimen *stacks[N_SIDES] = {NULL, NULL};
    struct device_error error;
    int result = 0;
    for (int side = 0; side < N_SIDES && result == 0; side++)
        if (stack_open(t, shape, (enum stack_type)side, false, &stacks[side], &error) != DEVICE_OK)
            result = trial_break_error(t, &error);
    for (int side = 0; side < N_SIDES && result == 0; side++)
        result = stack_check(t, stacks[side], (enum stack_type)side);
    if (result == 0)
        result = evals_run(
            t, stacks, 2e-9 * shape->channels * shape->channels * shape->positions * shape->depth);
    for (int side = 0; side < N_SIDES && result == 0; side++)
        result = stack_check(t, stacks[side], (enum stack_type)side);
    specimen_free(stacks[W8A8]);
    specimen_free(stacks[FP16]);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* One number per process: the medians of both sides, and derived figures. */
static size_t arm_judge(struct judgement *j, int arm, const double **speedup) {
    const double *ns[N_SIDES], *compile_ns;
    const size_t *rows;
    size_t n = 0;
    const size_t n_rows = judgement_rows(j, arms[arm].name, "ok", &rows);
    n = judgement_trial_medians(j, arms[arm].name, "fp16_ns", &ns[FP16]);
    judgement_trial_medians(j, arms[arm].name, "w8a8_ns", &ns[W8A8]);
    double *ratio = judgement_memory(j, 2 * n + 1, sizeof *ratio);
    *speedup = ratio;
    if (n_rows == 0 || !ratio)
        return 0;
    const double gflop = judgement_cell(j, rows[0], "gflop");
    for (int side = 0; side < N_SIDES; side++) {
        char metric[32];
        snprintf(metric, sizeof metric, "%s_eval_ns", stack_type_names[side]);
        judgement_summary(j, arms[arm].name, metric, "ns", "processes", ns[side], n);
        for (size_t i = 0; i < n; i++)
            ratio[n + i] = gflop / ns[side][i] * 1e6;
        snprintf(metric, sizeof metric, "%s_tflops", stack_type_names[side]);
        judgement_summary(j, arms[arm].name, metric, "TFLOPS", "processes", ratio + n, n);
        snprintf(metric, sizeof metric, "%s_compile_ns", stack_type_names[side]);
        const size_t n_cold = judgement_trial_medians(j, arms[arm].name, metric, &compile_ns);
        if (n_cold)
            judgement_summary(j, arms[arm].name, metric, "ns", "processes", compile_ns, n_cold);
    }
    for (size_t i = 0; i < n; i++)
        ratio[i] = ns[FP16][i] / ns[W8A8][i];
    judgement_summary(j, arms[arm].name, "speedup", "x", "processes", ratio, n);
    return n;
}

static int judge(struct judgement *j) {
    static const char finding[] = "int8.faster";
    const double threshold = 1 + judgement_margin(j, finding) / 100;
    const double *speedup[N_ARMS];
    size_t n[N_ARMS];
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[320];
    for (int arm = 0; arm < N_ARMS; arm++)
        n[arm] = arm_judge(j, arm, &speedup[arm]);
    const int arm = n[WIDE] ? WIDE : SMALL;
    struct verdict_row row = verdict_begin(finding, "x", n[arm], measured, reason);
    row.interval = judgement_mean_ratio(j, speedup[arm], n[arm], judgement_level(j, 0.95));
    if (n[arm] == 0) {
        snprintf(reason, sizeof reason, "no trial timed both stacks");
    } else {
        row.verdict = verdict_above(row.interval, threshold);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "in the arm %s W8A8 is %.3g times as fast as fp16, %s; the threshold is %.3g",
            arms[arm].name, row.interval.estimate, interval_words(row.interval, "", words),
            threshold);
        if (arm == SMALL && row.verdict == VERDICT_CONTRADICTED) {
            row.verdict = VERDICT_INCONCLUSIVE;
            row.undecidable = true; /* the quick preset has no other arm */
            const size_t used = strlen(reason);
            snprintf(reason + used, sizeof reason - used,
                "; the cost of an eval may hide the work of so small a stack: run the full preset");
        }
    }
    judgement_verdict(j, &row);
    return 0;
}

EXPERIMENT_MAIN("int8", run, judge)
