/* SPDX-License-Identifier: MIT
 *
 * question: Is throughput constant over minutes of continuous evals?
 * hypothesis: It stays within the margin of its value at the start; on an M4 it is the published
 *     throughput.
 * method: A stack of 96 convolutions of 512 channels at 64 positions (4.83 GFLOP; of 128 channels
 *     in the quick preset) is loaded, checked, and evaluated continuously. Time is divided into 60
 *     windows; the throughput of a window is the work of the evals that ended in it over their
 *     time. Ten evals precede the first window. Outputs are compared at 4 positions before and
 *     after.
 * arms: steady (one program, evaluated continuously).
 * unit of replication: the process.
 * sample size: 3 trials of 1.5 s in the quick preset, 3 of 120 s in the full one, of 64 s on a cpu
 *     device; the same in virtual time.
 * margin: in results/findings.csv, in percent.
 * decision rule: A process gives the ratio of the median window of its last quarter to that of its
 *     first, and its median window; means of their logarithms over processes with 95 % t intervals.
 *     Held is reproduced when the interval lies above 1 less the margin, contradicted when below,
 *     else inconclusive. The published throughput is judged only on an M4, in the full preset.
 * would prove it wrong: a last quarter slower than the first by more than the margin.
 * confounders: room temperature and heat from earlier runs (trials follow one another: the second
 *     starts warm); other work on the machine (the slowest window shows it); a start below full
 *     clock raises the ratio, it does not lower it.
 * sources: maderix/ANE#23 (sustained throughput, M4), maderix/ANE#3 (M3 Pro, 5 s), slavko-at-klincov-it
 *     (M3 Pro and M4; iPhone: thermal state serious after 72 s).
 */
#include "experiment/experiment.h"
#include "sustained_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WINDOWS = 60, QUARTER = WINDOWS / 4, DEPTH = 96, CHANNELS = 512, CHANNELS_QUICK = 128 };
enum { POSITIONS = 64, WARM_UP = 10 };
/* A processor is past its short-time power limit, which is of some 30 s, within half of that. */
static const double duration_quick_ns = 1.5e9, duration_full_ns = 120e9, duration_cpu_ns = 64e9;

static const struct experiment_arm arms[] = {
    {"steady", "continuous evals", 3, 3, 300},
};
static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR},
    {"channels", EXPERIMENT_FACTOR},
    {"gflop", EXPERIMENT_FACTOR},
    {"window", EXPERIMENT_FACTOR},    /* from 1 */
    {"from_ns", EXPERIMENT_NUMBER},   /* since the first window began */
    {"evals", EXPERIMENT_NUMBER},     /* that ended in it */
    {"window_ns", EXPERIMENT_NUMBER}, /* time of those evals */
    {"tflops", EXPERIMENT_NUMBER},
};

/* ---- collection ------------------------------------------------------------------------------ */

static int windows_run(struct trial *t, struct subject *subject, const char *chip) {
    const double duration_ns = t->quick                                ? duration_quick_ns
                               : strcmp(device_kind(t->device), "cpu") ? duration_full_ns
                                                                       : duration_cpu_ns;
    const double gflop = subject_gflop(subject);
    struct device_error error;
    for (int i = 0; i < WARM_UP; i++)
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
    const uint64_t begin_ns = trial_clock_ns(t);
    for (int window = 0; window < WINDOWS; window++) {
        const double end_ns = (double)begin_ns + duration_ns * (window + 1) / WINDOWS;
        const uint64_t start_ns = trial_clock_ns(t);
        uint64_t now_ns, n = 0;
        do {
            if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
                return trial_break_error(t, &error);
            n++;
            now_ns = trial_clock_ns(t);
        } while ((double)now_ns < end_ns);
        trial_text(t, "chip", chip);
        trial_u64(t, "channels", t->quick ? CHANNELS_QUICK : CHANNELS);
        trial_number(t, "gflop", gflop);
        trial_u64(t, "window", (uint64_t)window + 1);
        trial_u64(t, "from_ns", start_ns - begin_ns);
        trial_u64(t, "evals", n);
        trial_u64(t, "window_ns", now_ns - start_ns);
        trial_number(t, "tflops", gflop * (double)n / (double)(now_ns - start_ns) * 1e6);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

static int run(struct trial *t) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = t->quick ? CHANNELS_QUICK : CHANNELS,
        .spatial = POSITIONS,
        .depth = DEPTH,
        .weight_seed = trial_random(t),
        .check_positions = 4};
    struct subject *subject = NULL;
    struct device_error error;
    char chip[TRIAL_CHIP_SIZE];
    bool right = false;
    double worst;
    int result;
    trial_chip(t, chip);
    if (subject_open(t, &spec, &subject, &right, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    else if (!right)
        result = trial_break(t, "the output was wrong before anything was timed");
    else
        result = windows_run(t, subject, chip);
    if (result == 0 &&
        subject_verify(subject, DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    else if (result == 0 && !right)
        result =
            trial_break(t, "the output differs from the reference (largest difference %g)", worst);
    subject_free(subject);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* One number per process. */
struct processes {
    size_t n;
    double *first, *last, *median, *least, *held, *drift_pct_per_min;
    size_t n_drift; /* of those long enough for a rate per minute */
};

static void process_add(struct judgement *j, struct processes *p, const size_t *rows, size_t n) {
    double tflops[WINDOWS], minutes[WINDOWS];
    if (n != WINDOWS)
        return;
    for (size_t i = 0; i < n; i++) {
        tflops[i] = judgement_cell(j, rows[i], "tflops");
        minutes[i] = judgement_cell(j, rows[i], "from_ns") / 60e9;
    }
    const double median = stats_median(tflops, n);
    p->first[p->n] = stats_median(tflops, QUARTER);
    p->last[p->n] = stats_median(tflops + WINDOWS - QUARTER, QUARTER);
    p->median[p->n] = median;
    p->least[p->n] = stats_quantile(tflops, n, 0);
    p->held[p->n] = p->last[p->n] / p->first[p->n];
    p->n++;
    if (minutes[n - 1] >= 1)
        p->drift_pct_per_min[p->n_drift++] =
            100 * stats_theil_sen(minutes, tflops, n, 0.95).estimate / median;
}

static void held_judge(struct judgement *j, const struct processes *p) {
    static const char finding[] = "sustained.held";
    const double threshold = 1 - judgement_margin(j, finding) / 100;
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[256];
    struct verdict_row row = verdict_begin(finding, "x", p->n, measured, reason);
    row.interval = judgement_mean_ratio(j, p->held, p->n, judgement_level(j, 0.95));
    if (p->n == 0) {
        snprintf(reason, sizeof reason, "no trial completed");
    } else {
        row.verdict = verdict_above(row.interval, threshold);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "the last quarter reached %.3g of the first, %s; the threshold is %.3g",
            row.interval.estimate, interval_words(row.interval, "", words), threshold);
    }
    judgement_verdict(j, &row);
}

static void published_judge(struct judgement *j, const struct processes *p, double channels) {
    static const char *const chip = "M4";
    static const char finding[] = "sustained.pr23";
    const struct published_range claimed = judgement_published_within_pct(j, finding);
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[256];
    struct verdict_row row = verdict_begin(finding, "TFLOPS", p->n, measured, reason);
    row.interval = judgement_mean_ratio(j, p->median, p->n, judgement_level(j, 0.95));
    if (p->n)
        snprintf(measured, sizeof measured, "%.4g", row.interval.estimate);
    if (p->n == 0) {
        snprintf(reason, sizeof reason, "no trial completed");
    } else if (!judgement_chip_is(j, &chip, 1, reason, sizeof reason)) {
        row.verdict = VERDICT_UNSUPPORTED;
    } else if (channels != CHANNELS) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, sizeof reason, "the quick preset has a smaller stack; run the full one");
    } else {
        row.verdict = verdict_within(row.interval, claimed.low, claimed.high);
        snprintf(reason, sizeof reason, "%s against %.3g to %.3g",
            interval_words(row.interval, " TFLOPS", words), claimed.low, claimed.high);
    }
    judgement_verdict(j, &row);
}

static int judge(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[0].name, "ok", &rows);
    double *memory = judgement_memory(j, 6 * (n + 1), sizeof *memory);
    if (!memory)
        return -1;
    struct processes p = {
        0, memory, memory + n, memory + 2 * n, memory + 3 * n, memory + 4 * n, memory + 5 * n, 0};
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && judgement_trial(j, rows[next]) == judgement_trial(j, rows[i]);)
            next++;
        process_add(j, &p, &rows[i], next - i);
    }
    judgement_summary(j, "steady", "tflops", "TFLOPS", "processes", p.median, p.n);
    judgement_summary(j, "steady", "first_quarter_tflops", "TFLOPS", "processes", p.first, p.n);
    judgement_summary(j, "steady", "last_quarter_tflops", "TFLOPS", "processes", p.last, p.n);
    judgement_summary(j, "steady", "least_window_tflops", "TFLOPS", "processes", p.least, p.n);
    judgement_summary(j, "steady", "last_to_first", "x", "processes", p.held, p.n);
    judgement_summary(
        j, "steady", "drift", "% per minute", "processes", p.drift_pct_per_min, p.n_drift);
    held_judge(j, &p);
    published_judge(j, &p, n ? judgement_cell(j, rows[0], "channels") : 0);
    return 0;
}

EXPERIMENT_MAIN("sustained", run, judge)
