/* SPDX-License-Identifier: MIT
 *
 * question: What throughput do stacks of 1x1 convolutions reach in the published configurations?
 * hypothesis: On an M4 each stack reaches its published throughput.
 * method: A stack of `depth` convolutions, each with its own weights, is compiled, loaded and
 *     checked. Then single evals are timed; each return code is checked, and so is the last eval's
 *     output, which was poisoned before. GFLOP = 2 * channels^2 * positions * depth / 1e9, stated
 *     in every row; TFLOPS is GFLOP over the median eval. Inputs are random and non-zero; weights
 *     are random, of either sign, and scaled to keep activations in range at any depth. The
 *     reference is evaluated at 4 positions, which is exact for them: a 1x1 convolution mixes no
 *     positions.
 * arms: the ten configurations of inmem_peak (64 positions), the 128 x 512-channel stack at 128 and
 *     2048 positions, the depth at which those were published, and 64 x 768 channels.
 * unit of replication: the process: its median eval.
 * sample size: In the quick preset 1 trial of 256ch-64x, 384ch-64x, 512ch-32x and 512ch-96x. In the
 *     full one 3 trials of the claimed configurations, 1 at 2048 positions, 2 of the others. In
 *     each up to 50 evals after up to 10 for warm-up, but at most 0.4 s of them (warm-up: 0.1 s),
 *     and at least 3; 5 of each in virtual time.
 * margin: in results/findings.csv for each finding, in percent of the published value.
 * decision rule: Mean of the log TFLOPS over processes with its 95 % t interval. Reproduced when
 *     the interval lies within the margin around the published value, contradicted when outside,
 *     else inconclusive. A claim about an M4 is unsupported on other chips. 512 channels only:
 *     reproduced when these run and all others are refused, contradicted when another runs and is
 *     right. 768 channels collapse: by the interval of the ratio of mean log TFLOPS of 64
 *     convolutions of 768 to 64 of 512 (Welch), against the margin.
 * would prove it wrong: an interval outside the margin on an M4.
 * confounders: inputs and outputs are fp16, while inmem_peak casts from fp32; published runs had
 *     zero inputs and unchecked outputs; clock and load of the machine.
 * sources: maderix/ANE inmem_peak and #23 (M4), #3 (M3 Pro at sp2048), slavko (sp128).
 */
#include "experiment/experiment.h"
#include "peak_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_EVALS = 50, MAX_WARM_UP = 10, MIN_EVALS = 3, VIRTUAL_EVALS = 5 };
enum { CHECKED_POSITIONS = 4 };
static const uint64_t segment_ns = 400000000, warm_up_ns = 100000000;

/* The stacks: channels, depth, positions and their form in the name, trials of the quick and the
 * full preset, time limit in s. */
#define STACKS(X)                                                                                  \
    X(256, 64, 64, "", 1, 2, 120)                                                                  \
    X(256, 128, 64, "", 0, 2, 120)                                                                 \
    X(256, 256, 64, "", 0, 3, 120)                                                                 \
    X(384, 64, 64, "", 1, 2, 120)                                                                  \
    X(384, 128, 64, "", 0, 2, 120)                                                                 \
    X(512, 32, 64, "", 1, 2, 120)                                                                  \
    X(512, 48, 64, "", 0, 2, 120)                                                                  \
    X(512, 64, 64, "", 0, 3, 120)                                                                  \
    X(512, 96, 64, "", 1, 3, 120)                                                                  \
    X(512, 128, 64, "", 0, 3, 120)                                                                 \
    X(512, 128, 128, "-sp128", 0, 2, 120)                                                          \
    X(512, 128, 2048, "-sp2048", 0, 1, 240)                                                        \
    X(768, 64, 64, "", 0, 3, 120)
#define STACK_ARM(channels, depth, positions, suffix, quick, full, seconds)                        \
    {#channels "ch-" #depth "x" suffix,                                                            \
        #depth " convs, " #channels " channels, " #positions " positions", quick, full, seconds},
#define STACK_SHAPE(channels, depth, positions, ...) {channels, depth, positions},

static const struct experiment_arm arms[] = {STACKS(STACK_ARM)};
enum { N_ARMS = sizeof arms / sizeof *arms };
static const struct shape {
    int channels, depth, positions;
} shapes[N_ARMS] = {STACKS(STACK_SHAPE)};

/* Claims about one stack: "peak." and its arm. */
static const char *const claims[] = {
    "peak.512ch-96x", "peak.512ch-128x", "peak.256ch-256x", "peak.512ch-64x"};
static const char *const claimed_chip = "M4";

static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR}, {"channels", EXPERIMENT_FACTOR}, {"depth", EXPERIMENT_FACTOR},
    {"positions", EXPERIMENT_FACTOR}, {"weight_mb", EXPERIMENT_FACTOR}, /* fp16, of 2^20 bytes */
    {"gflop", EXPERIMENT_FACTOR}, {"eval", EXPERIMENT_FACTOR},          /* from 1 */
    {"eval_ns", EXPERIMENT_NUMBER}, {"tflops", EXPERIMENT_NUMBER},
    {"compile_ns", EXPERIMENT_NUMBER}, /* on the first row of a trial, when it was not cached */
};

/* ---- collection ------------------------------------------------------------------------------ */

/* Runs evals one by one until the number or the time is reached. Returns their number, -1 = broken.
 */
static int evals_time(struct trial *t, struct subject *subject, int min_evals, int max_evals,
    uint64_t stop_ns, uint64_t *eval_ns) {
    struct device_error error;
    const bool virtual = device_is_virtual(t->device);
    const uint64_t begin_ns = trial_clock_ns(t);
    uint64_t now_ns = begin_ns;
    int n = 0;
    if (virtual)
        max_evals = VIRTUAL_EVALS;
    while (n < max_evals && (n < min_evals || virtual || now_ns - begin_ns < stop_ns)) {
        const uint64_t start_ns = trial_clock_ns(t);
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
        now_ns = trial_clock_ns(t);
        eval_ns[n++] = now_ns - start_ns;
    }
    return n;
}

static void shape_row(struct trial *t, const struct shape *shape, double gflop, const char *chip) {
    const double weight_bytes = 2.0 * shape->channels * shape->channels * shape->depth;
    trial_text(t, "chip", chip);
    trial_u64(t, "channels", (uint64_t)shape->channels);
    trial_u64(t, "depth", (uint64_t)shape->depth);
    trial_u64(t, "positions", (uint64_t)shape->positions);
    trial_number(t, "weight_mb", weight_bytes / (1 << 20));
    trial_number(t, "gflop", gflop);
}

static int run(struct trial *t) {
    struct device *d = t->device;
    const struct shape *shape = &shapes[t->arm - arms];
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = shape->channels,
        .spatial = shape->positions,
        .depth = shape->depth,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED_POSITIONS};
    struct device_compile_info info;
    struct device_error error;
    struct subject *subject = NULL;
    uint64_t eval_ns[MAX_EVALS];
    char chip[TRIAL_CHIP_SIZE];
    bool right_before;
    int result = -1;
    trial_chip(t, chip);
    if (subject_create(t, &spec, &subject, &error) != DEVICE_OK ||
        subject_compile(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
        subject_load(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK ||
        subject_verify(subject, DEVICE_QOS_DEFAULT, &right_before, NULL, &error) != DEVICE_OK) {
        result = 0;
        if (error.status == DEVICE_BROKEN) {
            result = trial_break_error(t, &error);
        } else {
            shape_row(t, shape, NAN, chip);
            trial_row_error(t, &error);
        }
        goto done;
    }
    device_compile_info(d, subject_program(subject), &info);
    if (evals_time(t, subject, 1, MAX_WARM_UP, warm_up_ns, eval_ns) < 0)
        goto done;
    subject_poison(subject);
    const int n = evals_time(t, subject, MIN_EVALS, MAX_EVALS, segment_ns, eval_ns);
    if (n < 0)
        goto done;
    const bool right_after = subject_output_is(subject, spec.weight_seed, NULL);
    const double gflop = subject_gflop(subject);
    const bool right = right_before && right_after;
    for (int i = 0; i < n; i++) {
        shape_row(t, shape, gflop, chip);
        trial_u64(t, "eval", (uint64_t)i + 1);
        if (right) {
            trial_u64(t, "eval_ns", eval_ns[i]);
            trial_number(t, "tflops", gflop / (double)eval_ns[i] * 1e6);
            if (i == 0 && !info.cached)
                trial_u64(t, "compile_ns", info.elapsed_ns);
        }
        trial_row(t, right ? SAMPLE_OK : SAMPLE_UNTRUSTED,
            right ? "" : "the output differs from the reference");
    }
    result = 0;
done:
    subject_free(subject);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

static void claim_judge(struct judgement *j, const char *finding) {
    const struct published_range claimed = judgement_published_within_pct(j, finding);
    const char *arm = strchr(finding, '.') + 1;
    const double *tflops;
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[256];
    const size_t n = judgement_trial_medians(j, arm, "tflops", &tflops);
    const size_t *rows;
    struct verdict_row row = verdict_begin(finding, "TFLOPS", n, measured, reason);
    row.interval = judgement_mean_ratio(j, tflops, n, judgement_level(j, 0.95));
    if (n)
        snprintf(measured, sizeof measured, "%.4g", row.interval.estimate);
    if (!judgement_chip_is(j, &claimed_chip, 1, reason, sizeof reason)) {
        row.verdict = VERDICT_UNSUPPORTED;
    } else if (judgement_rows(j, arm, "untrusted", &rows) > 0) {
        row.verdict = VERDICT_UNTRUSTED;
        snprintf(reason, sizeof reason, "the output differed from the reference");
    } else if (n == 0) {
        snprintf(reason, sizeof reason, "no trial of %s was timed", arm);
    } else {
        row.verdict = verdict_within(row.interval, claimed.low, claimed.high);
        snprintf(reason, sizeof reason,
            "%s against %.3g to %.3g, the published value and its margin",
            interval_words(row.interval, " TFLOPS", words), claimed.low, claimed.high);
    }
    judgement_verdict(j, &row);
}

/* Whether stacks of other widths run at all. One that runs and is right decides. */
static void widths_judge(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, NULL, &rows);
    size_t right = 0, others_right = 0, others_refused = 0;
    char reason[200];
    struct verdict_row row = {.finding = "peak.512-only",
        .verdict = VERDICT_INCONCLUSIVE,
        .measured = "",
        .unit = "",
        .interval = {NAN, NAN, NAN},
        .n_unit = "evals of other widths",
        .reason = reason};
    for (size_t i = 0; i < n; i++) {
        const bool is_512 = judgement_cell(j, rows[i], "channels") == 512;
        const char *status = judgement_text(j, rows[i], "status");
        right += is_512 && !strcmp(status, "ok");
        others_right += !is_512 && !strcmp(status, "ok");
        others_refused += !is_512 && (!strcmp(status, "failed") || !strcmp(status, "unsupported"));
    }
    row.n = others_right + others_refused;
    if (others_right > 0)
        row.verdict = VERDICT_CONTRADICTED;
    else if (right > 0 && others_refused > 0)
        row.verdict = VERDICT_REPRODUCED;
    snprintf(reason, sizeof reason,
        "with 512 channels %zu evals were right; with other widths %zu were, and %zu programs were "
        "refused",
        right, others_right, others_refused);
    judgement_verdict(j, &row);
}

static void wide_judge(struct judgement *j) {
    static const char finding[] = "peak.wide-collapses";
    const double *wide, *narrow;
    const size_t n_wide = judgement_trial_medians(j, "768ch-64x", "tflops", &wide);
    const size_t n_narrow = judgement_trial_medians(j, "512ch-64x", "tflops", &narrow);
    const struct ratio_claim claim = {.finding = finding,
        .threshold = judgement_margin(j, finding),
        .ratio = judgement_arms_ratio(j, wide, n_wide, narrow, n_narrow),
        .n = n_wide > 0 && n_narrow > 0 ? n_wide + n_narrow : 0,
        .what = "ratio of the throughput of 64 convolutions of 768 channels to that of 64 of 512",
        .without = VERDICT_UNSUPPORTED,
        .missing = "stacks of 768 and 512 channels were not both timed; the quick preset omits "
                   "them, run the full one"};
    judgement_ratio_verdict(j, &claim);
}

static int judge(struct judgement *j) {
    static const struct {
        const char *metric, *unit;
    } metrics[] = {{"eval_ns", "ns"}, {"tflops", "TFLOPS"}, {"compile_ns", "ns"}};
    for (size_t arm = 0; arm < N_ARMS; arm++)
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            const double *x;
            const size_t n = judgement_trial_medians(j, arms[arm].name, metrics[m].metric, &x);
            if (n)
                judgement_summary(
                    j, arms[arm].name, metrics[m].metric, metrics[m].unit, "processes", x, n);
        }
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        claim_judge(j, claims[i]);
    widths_judge(j);
    wide_judge(j);
    return 0;
}

EXPERIMENT_MAIN("peak", run, judge)
