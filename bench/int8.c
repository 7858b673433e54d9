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
#include "measure/memory_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVALS = 30, MIN_EVALS = 3, WARM_UP = 3, VIRTUAL_EVALS = 5 };
static const double segment_ns = 1e9;

static const struct experiment_arm arms[] = {
    {"small", "8 convs, 128 channels, 64 positions", 6, 12, 60},
    {"wide", "16 convs, 512 channels, 1024 positions", 0, 6, 240},
};
enum { SMALL, WIDE, N_ARMS };
static const struct shape {
    int depth, channels, positions;
} shapes[N_ARMS] = {{8, 128, 64}, {16, 512, 1024}};

enum side { FP16, W8A8, N_SIDES };
static const char *const side_names[N_SIDES] = {"fp16", "w8a8"};

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

static const char conv_call[] =
    "conv(x=%s, weight=w%d, strides=strides, pad_type=pad_type, pad=pad, dilations=dilations, "
    "groups=groups)[name=string(\"c%d_op\")];\n";

/* Scales that preserve the size of values: weights of standard deviation 1 / sqrt(channels) as
 * +-127 from a uniform distribution, activations up to 2.5 as 127. */
static double weight_scale(const struct shape *s) {
    return sqrt(3) / 127 / sqrt(s->channels);
}
static const double activation_scale = 0.02;

static void layer_put(FILE *out, const struct shape *s, enum side side, int i, const char *x) {
    char type[64];
    snprintf(type, sizeof type, "tensor<%%s, [1, %d, 1, %d]>", s->channels, s->positions);
    if (side == FP16) {
        fprintf(out,
            "tensor<fp16, [%d, %d, 1, 1]> w%d = const()[name=string(\"w%d\"), val=tensor<fp16, "
            "[%d, %d, "
            "1, 1]>(BLOBFILE(path=string(\"@model_path/weights/w%d.bin\"), offset=uint64(64)))];\n",
            s->channels, s->channels, i, i, s->channels, s->channels, i);
    } else {
        fprintf(out,
            "tensor<int8, [1, %d, 1, %d]> q%d = quantize(input=%s, output_dtype=int8, "
            "scale=scale)[name=string(\"q%d_op\")];\n"
            "tensor<fp16, [1, %d, 1, %d]> d%d = dequantize(input=q%d, scale=scale)"
            "[name=string(\"d%d_op\")];\n",
            s->channels, s->positions, i, x, i, s->channels, s->positions, i, i, i);
        fprintf(out,
            "tensor<fp16, [%d, %d, 1, 1]> w%d = "
            "constexpr_affine_dequantize()[name=string(\"w%d_op\"), "
            "axis=int32(0), quantized_data=tensor<int8, [%d, %d, 1, 1]>(BLOBFILE(path="
            "string(\"@model_path/weights/w%d.bin\"), offset=uint64(64))), scale=fp16(%.9f), "
            "zero_point=int8(0)];\n",
            s->channels, s->channels, i, i, s->channels, s->channels, i, weight_scale(s));
    }
    char input[16];
    snprintf(input, sizeof input, "%s%d", side == FP16 ? "c" : "d", side == FP16 ? i - 1 : i);
    fprintf(out, "tensor<fp16, [1, %d, 1, %d]> c%d = ", s->channels, s->positions, i);
    fprintf(out, conv_call, side == FP16 && i == 0 ? x : input, i, i);
}

/* The statements of a stack, to free(); NULL when out of memory. */
static char *stack_text(const struct shape *s, enum side side, char output[16]) {
    char *text = NULL, x[16] = "x";
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    fputs(MIL_INTS("strides", "2", "1, 1") MIL_TEXT("pad_type", "valid") MIL_INTS(
              "pad", "4", "0, 0, 0, 0") MIL_INTS("dilations", "2", "1, 1") MIL_INT("groups", "1"),
        out);
    if (side == W8A8)
        fprintf(out, MIL_CONST("fp16", "scale", "%.4f") MIL_TEXT("int8", "int8"), activation_scale);
    for (int i = 0; i < s->depth; i++) {
        layer_put(out, s, side, i, x);
        snprintf(x, sizeof x, "c%d", i);
    }
    snprintf(output, 16, "%s", x);
    if (memory_file_close(out, &text) == 0)
        return text;
    free(text);
    return NULL;
}

static enum device_status stack_make(struct trial *t, const struct shape *shape, enum side side,
    struct specimen **out, struct device_error *error) {
    char inputs[64], output[16];
    char *body = stack_text(shape, side, output);
    if (!body)
        return device_error_set(
            error, DEVICE_BROKEN, "parse", "out of memory for a program's text");
    snprintf(
        inputs, sizeof inputs, "tensor<fp16, [1, %d, 1, %d]> x", shape->channels, shape->positions);
    const struct specimen_function function = {"main", inputs, MIL_BODY(body), output};
    const struct specimen_spec spec = {.functions = &function,
        .n_functions = 1,
        .weight_seed = trial_random(t),
        .tolerance = side == W8A8 ? 0x1p-3 : 0x1p-7};
    enum device_status status = specimen_create(t, &spec, out, error);
    if (status == DEVICE_OK)
        status = specimen_compile(*out, error);
    if (status == DEVICE_OK)
        status = specimen_load(*out, error);
    free(body);
    return status;
}

static int stack_check(struct trial *t, struct specimen *stack, enum side side) {
    struct device_error error;
    enum specimen_outcome outcome;
    if (specimen_eval(stack, &outcome, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    if (outcome != SPECIMEN_RIGHT)
        return trial_break(t, "the %s stack's output is %s; it is not timed", side_names[side],
            specimen_outcome_name(outcome));
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
    const struct shape *shape = &shapes[t->arm - arms];
    struct specimen *stacks[N_SIDES] = {NULL, NULL};
    struct device_error error;
    int result = 0;
    for (int side = 0; side < N_SIDES && result == 0; side++)
        if (stack_make(t, shape, (enum side)side, &stacks[side], &error) != DEVICE_OK)
            result = trial_break_error(t, &error);
    for (int side = 0; side < N_SIDES && result == 0; side++)
        result = stack_check(t, stacks[side], (enum side)side);
    if (result == 0)
        result = evals_run(
            t, stacks, 2e-9 * shape->channels * shape->channels * shape->positions * shape->depth);
    for (int side = 0; side < N_SIDES && result == 0; side++)
        result = stack_check(t, stacks[side], (enum side)side);
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
        snprintf(metric, sizeof metric, "%s_eval_ns", side_names[side]);
        judgement_summary(j, arms[arm].name, metric, "ns", "processes", ns[side], n);
        for (size_t i = 0; i < n; i++)
            ratio[n + i] = gflop / ns[side][i] * 1e6;
        snprintf(metric, sizeof metric, "%s_tflops", side_names[side]);
        judgement_summary(j, arms[arm].name, metric, "TFLOPS", "processes", ratio + n, n);
        snprintf(metric, sizeof metric, "%s_compile_ns", side_names[side]);
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
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[256];
    for (int arm = 0; arm < N_ARMS; arm++)
        n[arm] = arm_judge(j, arm, &speedup[arm]);
    const int arm = n[WIDE] ? WIDE : SMALL;
    struct verdict_row row = {.finding = finding,
        .verdict = VERDICT_INCONCLUSIVE,
        .measured = measured,
        .unit = "x",
        .interval = judgement_mean_ratio(j, speedup[arm], n[arm], judgement_level(j, 0.95)),
        .n = n[arm],
        .n_unit = "processes",
        .reason = reason};
    if (n[arm] == 0) {
        snprintf(reason, sizeof reason, "no trial timed both stacks");
    } else {
        row.verdict = verdict_above(row.interval, threshold);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "in the arm %s W8A8 is %.3g times as fast as fp16, %s; the threshold is %.3g",
            arms[arm].name, row.interval.estimate, interval_words(row.interval, "", words),
            threshold);
    }
    judgement_verdict(j, &row);
    return 0;
}

EXPERIMENT_MAIN("int8", run, judge)
