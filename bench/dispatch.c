/* SPDX-License-Identifier: MIT
 *
 * question: How long does the smallest eval take, and how long are the tails of its latency?
 * hypothesis: It takes the time published for M4 and M5; the 99th percentile is many times the
 *     median.
 * method: A program with almost no work (64 channels scaled, 32 positions) is loaded and checked.
 *     Closed loop: evals back to back, each timed. Open loop: evals are due at intervals drawn from
 *     an exponential distribution, at half the rate that the closed loop reaches. Latency counts
 *     from the time an eval was due, so an eval delayed by a slow predecessor counts as slow too. A
 *     closed loop alone hides that.
 * arms: closed (back to back); open (due at random times, half the rate).
 * unit of replication: the process: its quantiles.
 * sample size: 6 trials per arm of 1000 evals in the quick preset, 12 of 5000 in the full one; 300
 *     evals in virtual time.
 * margin: in results/findings.csv: the published range of the floor; the factor of the tail.
 * decision rule: Each process gives the quantiles of its evals; medians over processes with 95 %
 *     order- statistic intervals. The floor is reproduced when the interval of the closed loop's
 *     median lies in the published range, contradicted when outside, else inconclusive; it is
 *     unsupported on chips that the claim is not about. The tail is judged by the ratio of the 99th
 *     percentile to the median of the open loop.
 * would prove it wrong: a median outside the range on those chips; a 99th percentile near the median.
 * confounders: other work on the machine, which causes tails (nothing else should run); clocks that
 *     drop in idle gaps of the open loop; first use (200 evals are not timed).
 * sources: maderix/ANE and thebasedcapital/ane-infer (the floor), Orion, slavko-at-klincov-it (the floor, and
 *     median and 99th percentile on an M3 Pro).
 */
#include "dispatch_about.h"
#include "experiment/experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVALS_QUICK = 1000, EVALS_FULL = 5000, EVALS_VIRTUAL = 300, WARM_UP = 200 };
enum { CLOSED, OPEN, N_ARMS };
static const double load = 0.5; /* of the closed loop's rate */

static const struct experiment_arm arms[N_ARMS] = {
    [CLOSED] = {"closed", "evals back to back", 6, 12, 60},
    [OPEN] = {"open", "evals due at random times, half the rate", 6, 12, 60},
};
static const struct experiment_column columns[] = {
    {"chip", EXPERIMENT_FACTOR},
    {"eval", EXPERIMENT_FACTOR},       /* from 1 */
    {"service_ns", EXPERIMENT_NUMBER}, /* of the call */
    /* from the time it was due to its end */
    {"latency_ns", EXPERIMENT_NUMBER},
};

/* ---- collection ------------------------------------------------------------------------------ */

/* A clock on which one can wait: in real time, or in virtual time by advancing it. */
struct arrivals {
    struct trial *t;
    uint64_t skipped_ns;
    bool virtual;
};

static uint64_t schedule_now(const struct arrivals *s) {
    return trial_clock_ns(s->t) + s->skipped_ns;
}

static void schedule_wait(struct arrivals *s, uint64_t until_ns) {
    const uint64_t now_ns = schedule_now(s);
    if (s->virtual && now_ns < until_ns)
        s->skipped_ns += until_ns - now_ns;
    while (!s->virtual && schedule_now(s) < until_ns)
        ; /* sleeping would add the wake-up time */
}

/* In (0, 1]. */
static double uniform(struct trial *t) {
    return (double)((trial_random(t) >> 11) + 1) * 0x1p-53;
}

/* The times of one trial, written as rows at its end: writing a row takes longer than an eval. */
struct times {
    uint64_t service_ns[EVALS_FULL];
    double latency_ns[EVALS_FULL];
};

static int evals_time(struct trial *t, struct subject *subject, int n, struct times *times) {
    struct arrivals s = {.t = t, .virtual = device_is_virtual(t->device)};
    const bool open = t->arm == &arms[OPEN];
    struct device_error error;
    const uint64_t warm_ns = trial_clock_ns(t);
    for (int i = 0; i < WARM_UP; i++)
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
    const double interval_ns = (double)(trial_clock_ns(t) - warm_ns) / WARM_UP / load;
    double due_ns = (double)schedule_now(&s);
    for (int i = 0; i < n; i++) {
        if (open) {
            due_ns -= interval_ns * log(uniform(t));
            schedule_wait(&s, (uint64_t)due_ns);
        }
        const uint64_t start_ns = schedule_now(&s);
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
        const uint64_t end_ns = schedule_now(&s);
        times->service_ns[i] = end_ns - start_ns;
        times->latency_ns[i] = (double)end_ns - (open ? floor(due_ns) : (double)start_ns);
    }
    return 0;
}

static int evals_run(struct trial *t, struct subject *subject, const char *chip) {
    const bool virtual = device_is_virtual(t->device);
    const int n = virtual ? EVALS_VIRTUAL : t->quick ? EVALS_QUICK : EVALS_FULL;
    struct times *times = calloc(1, sizeof *times);
    if (!times)
        return trial_break(t, "out of memory; free some and run again");
    const int result = evals_time(t, subject, n, times);
    for (int i = 0; i < n && result == 0; i++) {
        trial_text(t, "chip", chip);
        trial_u64(t, "eval", (uint64_t)i + 1);
        trial_u64(t, "service_ns", times->service_ns[i]);
        trial_number(t, "latency_ns", times->latency_ns[i]);
        trial_row(t, SAMPLE_OK, "");
    }
    free(times);
    return result;
}

static int run(struct trial *t) {
    const struct subject_spec spec = {
        .kind = SUBJECT_SCALE, .channels = 64, .spatial = 32, .weight_seed = trial_random(t)};
    struct subject *subject = NULL;
    struct device_error error;
    char chip[TRIAL_CHIP_SIZE];
    bool right = false;
    int result = 0;
    trial_chip(t, chip);
    if (subject_open(t, &spec, &subject, &right, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    else if (!right)
        result = trial_break(t, "the output was wrong before anything was timed");
    if (result == 0)
        result = evals_run(t, subject, chip);
    subject_free(subject);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* One quantile per process. */
static size_t process_quantiles(
    struct judgement *j, int arm, double q, const char *column, double **out) {
    const size_t *rows;
    const size_t n_rows = judgement_rows(j, arms[arm].name, "ok", &rows);
    double *quantiles = judgement_memory(j, 2 * n_rows + 1, sizeof *quantiles);
    size_t n = 0;
    *out = quantiles;
    for (size_t i = 0, next; quantiles && i < n_rows; i = next) {
        double *x = quantiles + n_rows;
        for (next = i;
             next < n_rows && judgement_trial(j, rows[next]) == judgement_trial(j, rows[i]); next++)
            x[next - i] = judgement_cell(j, rows[next], column);
        quantiles[n++] = stats_quantile(x, next - i, q);
    }
    return n;
}

static void floor_judge(struct judgement *j, const double *median_ns, size_t n) {
    static const char *const chips[] = {"M4", "M5"};
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[256];
    struct verdict_row row = verdict_begin("dispatch.floor", "ms", n, measured, reason);
    const struct published_range published_ms = judgement_published(j, row.finding);
    const struct stats_interval ns = stats_median_interval(median_ns, n, judgement_level(j, 0.95));
    if (n > 0) {
        row.interval = (struct stats_interval){ns.estimate / 1e6, ns.low / 1e6, ns.high / 1e6};
        snprintf(measured, sizeof measured, "%.4g", ns.estimate / 1e6);
    }
    if (!judgement_chip_is(j, chips, 2, reason, sizeof reason)) {
        row.verdict = VERDICT_UNSUPPORTED;
    } else if (n == 0) {
        snprintf(reason, sizeof reason, "no trial of closed completed");
    } else {
        row.verdict = verdict_within(row.interval, published_ms.low, published_ms.high);
        snprintf(reason, sizeof reason, "%s against %.2g to %.2g ms",
            interval_words(row.interval, " ms", words), published_ms.low, published_ms.high);
    }
    judgement_verdict(j, &row);
}

/* Uses the open loop: in a closed loop a slow eval delays the next one, which does not count as
 * late. */
static void tail_judge(
    struct judgement *j, const double *p99_ns, const double *median_ns, size_t n) {
    static const char finding[] = "dispatch.tail";
    const double factor = judgement_margin(j, finding);
    double *ratio = judgement_memory(j, n + 1, sizeof *ratio);
    char measured[32] = "", words[INTERVAL_WORDS_BYTES], reason[256];
    struct verdict_row row = verdict_begin(finding, "x", n, measured, reason);
    for (size_t i = 0; ratio && i < n; i++)
        ratio[i] = p99_ns[i] / median_ns[i];
    if (!ratio || n == 0) {
        snprintf(reason, sizeof reason, "no trial of open completed");
    } else {
        row.interval = stats_median_interval(ratio, n, judgement_level(j, 0.95));
        row.verdict = verdict_above(row.interval, factor);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "open loop: the 99th percentile is %.3g times the median, %s; the threshold is %.3g",
            row.interval.estimate, interval_words(row.interval, "", words), factor);
    }
    judgement_verdict(j, &row);
}

static int judge(struct judgement *j) {
    static const struct {
        double q;
        const char *metric;
    } quantiles[] = {{0, "least_ns"}, {0.5, "median_ns"}, {0.9, "p90_ns"}, {0.99, "p99_ns"},
        {0.999, "p999_ns"}, {1, "most_ns"}};
    enum { MEDIAN = 1, P99 = 3, N_QUANTILES = sizeof quantiles / sizeof *quantiles };
    double *of[N_ARMS][N_QUANTILES];
    size_t n_of[N_ARMS] = {0};
    for (int arm = 0; arm < N_ARMS; arm++)
        for (int i = 0; i < N_QUANTILES; i++) {
            double **x = &of[arm][i];
            const size_t n = process_quantiles(j, arm, quantiles[i].q, "latency_ns", x);
            if (n > 0)
                judgement_summary(j, arms[arm].name, quantiles[i].metric, "ns", "processes", *x, n);
            n_of[arm] = n;
        }
    floor_judge(j, of[CLOSED][MEDIAN], n_of[CLOSED]);
    tail_judge(j, of[OPEN][P99], of[OPEN][MEDIAN], n_of[OPEN]);
    return 0;
}

EXPERIMENT_MAIN("dispatch", run, judge)
