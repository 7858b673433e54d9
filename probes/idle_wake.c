/* SPDX-License-Identifier: MIT
 *
 * question: What does the first eval after a pause cost?
 * hypothesis: The longer the pause, the more: almost nothing after 30 ms, some milliseconds after 100 ms, tens of
 *     them after 7 s; and evals with pauses of 1 ms between them take longer as well, since the clock falls.
 * method: A stack of convolutions is checked once and evaluated without a pause until its time is steady. Then
 *     nothing is asked of the device for a while, and the next eval is timed, and one more right after it. The
 *     process sleeps through the pause but for its last 2 ms, so that its own waking does not count. Pauses come in
 *     drawn order, each after steady evals of its own. Short pauses are repeated one after the other, as a program
 *     with work of its own between evals would make them.
 * arms: short (0.1, 0.3, 1, 3 and 10 ms); long (30, 100 and 300 ms, 1, 3, 5, 7 and 10 s).
 * unit of replication: the process: by pause, the median first eval less the median steady one, or over it.
 * sample size: 3 trials an arm in the quick preset, 6 in the full one; a short pause 10 times, one of 30 ms to
 *     1 s 3 times in the full preset, once in the quick one, a longer one once. On a cpu device, of the pauses past
 *     1 s only that of 7 s; there the quick preset ends at 100 ms, and short pauses come 4 times.
 * margin: as results/findings.csv has it: in ms more than a steady eval, or in percent of one.
 * decision rule: The 95 % t interval over processes of the mean difference, or of the mean log ratio: reproduced
 *     when it lies on the claimed side of the margin, contradicted when on the other. A pause that was not
 *     made is unsupported.
 * would prove it wrong: a first eval as fast as a steady one after any pause.
 * confounders: the host's own way out of idleness (its caches and clock; why the last 2 ms are spent awake);
 *     others that use the engine meanwhile; a wake-up by the system, published at 10.2 s on an M6.
 * sources: 751K/Apple-Neural-Engine-Microarchitecture-Study-M6 (M6, Core ML), sbryngelson/ane-guide (M1 Max: 260 ms
 *     after 5 s).
 */
#include "experiment/experiment.h"
#include "idle_wake_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WARM_UP = 20, STEADY = 10, SHORT_REPEATS = 10, LONG_REPEATS = 3 };
enum { ONCE_ABOVE_MS = 1000, CPU_SHORT_REPEATS = 4, PAUSES_MAX = 8 };
enum { CPU_LONGEST_QUICK_MS = 100, CPU_LONGEST_MS = 7000 };

enum { SHORT, LONG, N_ARMS };
static const struct experiment_arm arms[N_ARMS] = {
    [SHORT] = {"short", "pauses of 0.1 to 10 ms between evals", 3, 6, 120},
    [LONG] = {"long", "first evals after 30 ms to 10 s", 3, 6, 300},
};
static const double pauses_ms[N_ARMS][PAUSES_MAX] = {
    [SHORT] = {0.1, 0.3, 1, 3, 10}, [LONG] = {30, 100, 300, 1000, 3000, 5000, 7000, 10000}};

static const struct experiment_column columns[] = {
    {"pause_ms", EXPERIMENT_FACTOR}, {"repeat", EXPERIMENT_FACTOR}, /* from 1 */
    {"steady_ns", EXPERIMENT_NUMBER}, /* median of the evals before, without pauses */
    {"first_ns", EXPERIMENT_NUMBER},  /* after the pause */
    {"second_ns", EXPERIMENT_NUMBER}, /* right after that; of long pauses */
};

/* ---- collection ------------------------------------------------------------------------------ */

/* One eval's time; NAN when it broke, with the reason given. */
static double eval_ns(struct trial *t, struct subject *subject) {
    struct device_error error;
    const uint64_t start_ns = trial_clock_ns(t);
    if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) == DEVICE_OK)
        return (double)(trial_clock_ns(t) - start_ns);
    (void)trial_break_error(t, &error);
    return NAN;
}

static double steady_ns(struct trial *t, struct subject *subject) {
    double ns[STEADY], one = 0;
    for (int i = -WARM_UP; i < STEADY && !isnan(one); i++) {
        one = eval_ns(t, subject);
        if (i >= 0)
            ns[i] = one;
    }
    return isnan(one) ? NAN : stats_median(ns, STEADY);
}

/* A pause, so often. Returns 0, or -1 when an eval broke. */
static int pause_run(
    struct trial *t, struct subject *subject, double pause_ms, int repeats, bool is_long) {
    double steady = NAN;
    for (int i = 0; i < repeats; i++) {
        if (i == 0 || is_long)
            steady = steady_ns(t, subject);
        if (isnan(steady))
            return -1;
        device_host_pause(t->device, (uint64_t)(pause_ms * 1e6));
        const double first = eval_ns(t, subject);
        const double second = is_long && !isnan(first) ? eval_ns(t, subject) : 0;
        if (isnan(first) || isnan(second))
            return -1;
        trial_number(t, "pause_ms", pause_ms);
        trial_u64(t, "repeat", (uint64_t)i + 1);
        trial_number(t, "steady_ns", steady);
        trial_number(t, "first_ns", first);
        if (is_long)
            trial_number(t, "second_ns", second);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

static bool is_cpu(struct trial *t) {
    return strcmp(device_kind(t->device), "cpu") == 0;
}

/* On cpu, of the long ones those of claims. */
static bool pause_is_made(struct trial *t, double pause_ms) {
    return !is_cpu(t) || pause_ms <= (t->quick ? CPU_LONGEST_QUICK_MS : ONCE_ABOVE_MS) ||
           (!t->quick && pause_ms == CPU_LONGEST_MS);
}

static int pauses_run(struct trial *t, struct subject *subject) {
    const int arm = (int)(t->arm - arms);
    const int short_repeats = t->quick && is_cpu(t) ? CPU_SHORT_REPEATS : SHORT_REPEATS;
    double pauses[PAUSES_MAX];
    unsigned order[PAUSES_MAX], n = 0;
    int result = 0;
    for (int i = 0; i < PAUSES_MAX && pauses_ms[arm][i] > 0; i++)
        if (pause_is_made(t, pauses_ms[arm][i]))
            pauses[n++] = pauses_ms[arm][i];
    trial_shuffle(t, order, n);
    for (unsigned i = 0; i < n && result == 0; i++) {
        const double pause_ms = pauses[order[i]];
        const int long_repeats = t->quick || pause_ms > ONCE_ABOVE_MS ? 1 : LONG_REPEATS;
        result = pause_run(
            t, subject, pause_ms, arm == LONG ? long_repeats : short_repeats, arm == LONG);
    }
    return result;
}

static int run(struct trial *t) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = 256,
        .spatial = 64,
        .depth = 4,
        .weight_seed = trial_random(t),
        .check_positions = 4};
    struct subject *subject = NULL;
    struct device_error error;
    bool right;
    int result;
    if (subject_open(t, &spec, &subject, &right, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    else if (!right)
        result = trial_break(t, "the output is not the reference's; it is not timed");
    else
        result = pauses_run(t, subject);
    subject_free(subject);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* Of a pause, one number a process. */
struct numbers {
    double *extra_ns, *ratio;
    size_t n;
};

static struct numbers pause_numbers(struct judgement *j, const char *arm, double pause_ms) {
    struct judgement_pick pick = {.column = "first_ns", .where = {{"pause_ms", NULL, pause_ms}}};
    double *first = judgement_picked(j, arm, &pick);
    pick.column = "steady_ns";
    double *steady = judgement_picked(j, arm, &pick);
    struct numbers out = {first, steady, 0}; /* in their place */
    for (size_t trial = 0; first && steady && trial < judgement_trials(j); trial++) {
        const double first_ns = first[trial], steady_median_ns = steady[trial];
        if (!isfinite(first_ns + steady_median_ns))
            continue;
        out.extra_ns[out.n] = first_ns - steady_median_ns;
        out.ratio[out.n++] = first_ns / steady_median_ns;
    }
    return out;
}

static const char no_pause[] =
    "no process made this pause; the quick preset leaves long ones out on a cpu device, run the "
    "full one";

/* A claim on the mean difference in ms. */
static void extra_judge(
    struct judgement *j, const char *finding, double pause_ms, bool above, const char *pause) {
    const struct numbers p = pause_numbers(j, "long", pause_ms);
    const double margin_ms = judgement_margin(j, finding);
    double *extra_ms = judgement_memory(j, p.n + 1, sizeof *extra_ms);
    char measured[32] = "", reason[240], words[INTERVAL_WORDS_BYTES];
    struct verdict_row row = verdict_begin(finding, "ms", p.n, measured, reason);
    row.verdict = VERDICT_UNSUPPORTED;
    snprintf(reason, sizeof reason, "%s", no_pause);
    for (size_t i = 0; extra_ms && i < p.n; i++)
        extra_ms[i] = p.extra_ns[i] / 1e6;
    if (extra_ms && p.n > 0) {
        row.interval = stats_mean_interval(extra_ms, p.n, judgement_level(j, 0.95));
        row.verdict =
            above ? verdict_above(row.interval, margin_ms) : verdict_below(row.interval, margin_ms);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "the first eval after %s takes %.3g ms more than a steady one, %s; %g ms decide", pause,
            row.interval.estimate, interval_words(row.interval, " ms", words), margin_ms);
    }
    judgement_verdict(j, &row);
}

static void slow_judge(struct judgement *j) {
    static const char finding[] = "idle-wake.slow-clock";
    const struct numbers p = pause_numbers(j, "short", 1);
    const struct ratio_claim claim = {.finding = finding,
        .above = true,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .ratio = judgement_mean_ratio(j, p.ratio, p.n, judgement_level(j, 0.95)),
        .n = p.n,
        .what = "an eval after 1 ms of nothing, to one without a pause",
        .without = VERDICT_INCONCLUSIVE,
        .missing = "no process made pauses of 1 ms"};
    judgement_ratio_verdict(j, &claim);
}

static int judge(struct judgement *j) {
    for (int arm = 0; arm < N_ARMS; arm++)
        for (int i = 0; i < PAUSES_MAX && pauses_ms[arm][i] > 0; i++) {
            const struct numbers p = pause_numbers(j, arms[arm].name, pauses_ms[arm][i]);
            char metric[48];
            snprintf(metric, sizeof metric, "extra_after_%g_ms_ns", pauses_ms[arm][i]);
            if (p.n > 0)
                judgement_summary(j, arms[arm].name, metric, "ns", "processes", p.extra_ns, p.n);
        }
    extra_judge(j, "idle-wake.awake-at-30-ms", 30, false, "30 ms");
    extra_judge(j, "idle-wake.nap-at-100-ms", 100, true, "100 ms");
    extra_judge(j, "idle-wake.asleep-at-7-s", 7000, true, "7 s");
    slow_judge(j);
    return 0;
}

EXPERIMENT_MAIN("idle_wake", run, judge)
