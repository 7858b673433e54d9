/* SPDX-License-Identifier: MIT
 *
 * question: What does alternating between two loaded programs cost, compared with one program
 *     alone?
 * hypothesis: Alternating costs about the published share more per eval than one program alone.
 * method: Two programs of the same shape (one 1x1 convolution, 128 channels, 64 positions) with
 *     their own weights are loaded in one process. A round has 100 evals of the first alone, 100 of
 *     the second alone and 50 alternating pairs, in random order, so that drift affects all three
 *     alike. The time per eval in pairs is compared with the mean of the two alone.
 * arms: two-programs (the question); one-program (both are requests of the same program, with their
 *     own surfaces: this leaves the cost of changing requests and data, not programs).
 * unit of replication: the process: the ratio of its medians over rounds.
 * sample size: 6 trials of two-programs in the quick preset, 12 in the full one, half as many of
 *     one-program; 2 rounds (100 pairs) per trial in the quick preset, 10 rounds (500 pairs) in the
 *     full one.
 * margin: in results/findings.csv for ping-pong.overhead, in percentage points around the published
 *     overhead.
 * decision rule: overhead = 100 (ratio - 1) %, its median over processes with a 95 % order-statistic
 *     interval. Reproduced when the interval lies within the margin around the published overhead,
 *     contradicted when it lies outside, else inconclusive. Also inconclusive when what is left of it after the
 *     control, the mean ratio of two-programs to that of one-program with Welch's 95 % interval of the
 *     logarithms, comes out the other way: then changing requests and data explains it, not programs.
 * would prove it wrong: an interval outside the margin around the published overhead.
 * confounders: caches of the host (the arm one-program has two sets of surfaces but one of
 *     weights); first use (two rounds are not timed); outputs are checked before and after.
 * sources: maderix/ANE#23 (500 alternating pairs against single evals).
 */
#include "experiment/experiment.h"
#include "ping_pong_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHANNELS = 128, SPATIAL = 64 }; /* maderix/ANE#23's pure_eval */
enum { PAIRS = 50, ROUNDS_QUICK = 2, ROUNDS_FULL = 10, WARM_UP_ROUNDS = 2 };

static const struct experiment_arm arms[] = {
    {"two-programs", "two programs, alone and alternating", 6, 12, 60},
    {"one-program", "two requests of one program, alone and alternating", 3, 6, 60},
};
enum { TWO_PROGRAMS, ONE_PROGRAM };

static const struct experiment_column columns[] = {
    {"round", EXPERIMENT_FACTOR}, {"pairs", EXPERIMENT_FACTOR},
    {"first_eval_ns", EXPERIMENT_NUMBER},  /* per eval, the first alone */
    {"second_eval_ns", EXPERIMENT_NUMBER}, /* per eval, the second alone */
    {"pair_eval_ns", EXPERIMENT_NUMBER},   /* per eval, alternating */
    {"overhead_ratio", EXPERIMENT_NUMBER}, /* pair_eval_ns to the mean of the two alone */
};

/* ---- collection ------------------------------------------------------------------------------ */

/* Two requests to alternate between. */
struct sides {
    struct trial *t;
    struct subject *subject[2];            /* the second is NULL in the arm with one program */
    struct device_surface *input, *output; /* of the second request on one program */
    struct device_request *request;
};

static enum device_status subject_make(
    struct trial *t, struct subject **out, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = CHANNELS,
        .spatial = SPATIAL,
        .depth = 1,
        .weight_seed = trial_random(t)};
    enum device_status status = subject_create(t, &spec, out, error);
    if (status == DEVICE_OK)
        status = subject_compile(*out, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? subject_load(*out, DEVICE_QOS_DEFAULT, error) : status;
}

/* A second request on the first program, with its own surfaces and the same data. */
static enum device_status second_request_make(struct sides *s, struct device_error *error) {
    struct device *d = s->t->device;
    struct device_program *program = subject_program(s->subject[0]);
    struct device_layout in, out;
    enum device_status status = device_layout(d, program, 0, false, 0, &in, error);
    if (status == DEVICE_OK)
        status = device_layout(d, program, 0, true, 0, &out, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &in, &s->input, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &out, &s->output, error);
    if (status != DEVICE_OK)
        return status;
    static uint16_t elements[CHANNELS * SPATIAL];
    status = device_surface_read(d, subject_input(s->subject[0]), elements, error);
    if (status == DEVICE_OK)
        status = device_surface_write(d, s->input, elements, error);
    if (status != DEVICE_OK)
        return status;
    return device_request_single(
        d, program, s->input, s->output, DEVICE_PATH_MODEL, &s->request, error);
}

static enum device_status side_eval(struct sides *s, int side, struct device_error *error) {
    if (side == 1 && s->request)
        return device_eval(s->t->device, s->request, DEVICE_QOS_DEFAULT, error);
    return subject_eval(s->subject[side], DEVICE_QOS_DEFAULT, error);
}

/* Runs 2 * PAIRS evals of one side (0, 1), or PAIRS pairs (2); returns the time per eval. */
static enum device_status segment_time(
    struct sides *s, int which, double *eval_ns, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    const uint64_t start_ns = trial_clock_ns(s->t);
    for (int i = 0; i < 2 * PAIRS && status == DEVICE_OK; i++)
        status = side_eval(s, which == 2 ? i % 2 : which, error);
    *eval_ns = (double)(trial_clock_ns(s->t) - start_ns) / (2 * PAIRS);
    return status;
}

static int round_run(struct sides *s, int round) {
    struct device_error error;
    double eval_ns[3];
    unsigned order[3];
    trial_shuffle(s->t, order, 3);
    for (int i = 0; i < 3; i++)
        if (segment_time(s, (int)order[i], &eval_ns[order[i]], &error) != DEVICE_OK)
            return trial_break_error(s->t, &error);
    if (round < 0)
        return 0;
    trial_u64(s->t, "round", (uint64_t)round);
    trial_u64(s->t, "pairs", PAIRS);
    trial_number(s->t, "first_eval_ns", eval_ns[0]);
    trial_number(s->t, "second_eval_ns", eval_ns[1]);
    trial_number(s->t, "pair_eval_ns", eval_ns[2]);
    trial_number(s->t, "overhead_ratio", 2 * eval_ns[2] / (eval_ns[0] + eval_ns[1]));
    trial_row(s->t, SAMPLE_OK, "");
    return 0;
}

/* The second request of one program must give the output of the first, which was right. */
static bool second_request_right(struct sides *s, struct device_error *error) {
    static uint16_t expected[CHANNELS * SPATIAL], given[CHANNELS * SPATIAL];
    struct device *d = s->t->device;
    if (device_surface_fill(d, s->output, 0xFF, error) != DEVICE_OK ||
        device_eval(d, s->request, DEVICE_QOS_DEFAULT, error) != DEVICE_OK ||
        device_surface_read(d, s->output, given, error) != DEVICE_OK ||
        device_surface_read(d, subject_output(s->subject[0]), expected, error) != DEVICE_OK)
        return false;
    const bool right = memcmp(given, expected, sizeof given) == 0;
    if (!right)
        device_error_set(error, DEVICE_BROKEN, "eval",
            "two requests of one program and the same input give different outputs");
    return right;
}

/* Both sides must give the output of their own weights, whichever ran last. */
static int sides_verify(struct sides *s) {
    struct device_error error;
    for (int i = 0; i < 2 && s->subject[i]; i++) {
        bool right;
        double worst;
        if (subject_verify(s->subject[i], DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK)
            return trial_break_error(s->t, &error);
        if (!right)
            return trial_break(s->t,
                "program %d of two gives wrong output (largest difference %g); first make sure "
                "that the device keeps two programs apart",
                i + 1, worst);
    }
    if (s->request && !second_request_right(s, &error))
        return trial_break_error(s->t, &error);
    return 0;
}

static int run(struct trial *t) {
    struct device_error error;
    struct sides s = {.t = t};
    const int n_rounds = t->quick ? ROUNDS_QUICK : ROUNDS_FULL;
    int result = 0;
    enum device_status status = subject_make(t, &s.subject[0], &error);
    if (status == DEVICE_OK)
        status = t->arm == &arms[TWO_PROGRAMS] ? subject_make(t, &s.subject[1], &error)
                                               : second_request_make(&s, &error);
    if (status != DEVICE_OK)
        result = trial_break_error(t, &error);
    if (result == 0)
        result = sides_verify(&s);
    for (int round = -WARM_UP_ROUNDS; round < n_rounds && result == 0; round++)
        result = round_run(&s, round);
    if (result == 0)
        result = sides_verify(&s);

    device_request_free(t->device, s.request);
    device_surface_free(t->device, s.output);
    device_surface_free(t->device, s.input);
    subject_free(s.subject[1]);
    subject_free(s.subject[0]);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

static struct stats_interval overhead_pct(struct stats_interval ratio) {
    return (struct stats_interval){
        100 * (ratio.estimate - 1), 100 * (ratio.low - 1), 100 * (ratio.high - 1)};
}

static void arm_summary(struct judgement *j, const char *arm) {
    static const char *const metrics[] = {"first_eval_ns", "second_eval_ns", "pair_eval_ns"};
    const double *x;
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        const size_t n = judgement_trial_medians(j, arm, metrics[m], &x);
        judgement_summary(j, arm, metrics[m], "ns", "processes", x, n);
    }
    const size_t n = judgement_trial_medians(j, arm, "overhead_ratio", &x);
    judgement_summary(j, arm, "overhead_ratio", "x", "processes", x, n);
}

static int judge(struct judgement *j) {
    static const char finding[] = "ping-pong.overhead";
    const double *two, *one;
    for (size_t arm = 0; arm < sizeof arms / sizeof *arms; arm++)
        arm_summary(j, arms[arm].name);
    const size_t n = judgement_trial_medians(j, arms[TWO_PROGRAMS].name, "overhead_ratio", &two);
    const size_t n_one = judgement_trial_medians(j, arms[ONE_PROGRAM].name, "overhead_ratio", &one);
    const struct published_range published_pct = judgement_published(j, finding);
    const double margin_pct = judgement_margin(j, finding);
    const double low = published_pct.low - margin_pct, high = published_pct.high + margin_pct;
    char measured[32] = "", reason[360];
    struct verdict_row row = {.finding = finding,
        .verdict = VERDICT_INCONCLUSIVE,
        .measured = measured,
        .unit = "%",
        .interval = {NAN, NAN, NAN},
        .n = n,
        .n_unit = "processes",
        .reason = reason};
    if (n == 0) {
        snprintf(reason, sizeof reason, "no trial of two-programs completed");
    } else {
        const struct stats_interval pct =
            overhead_pct(stats_median_interval(two, n, judgement_level(j, 0.95)));
        const struct stats_interval left_pct =
            overhead_pct(judgement_arms_ratio(j, two, n, one, n_one));
        const enum verdict left = verdict_within(left_pct, low, high);
        row.interval = pct;
        row.verdict = verdict_within(pct, low, high);
        snprintf(measured, sizeof measured, "%.2f", pct.estimate);
        int used = snprintf(reason, sizeof reason,
            "alternating costs %+.2f %% per eval, interval %+.2f to %+.2f %% (claimed: %+.0f to "
            "%+.0f %%)",
            pct.estimate, pct.low, pct.high, low, high);
        if (row.verdict != VERDICT_INCONCLUSIVE && left != VERDICT_INCONCLUSIVE &&
            left != row.verdict) {
            row.verdict = VERDICT_INCONCLUSIVE;
            snprintf(reason + used, sizeof reason - (size_t)used,
                "; of that, alternating between requests of one program leaves %+.2f %%, interval "
                "%+.2f to %+.2f %%, to the programs",
                left_pct.estimate, left_pct.low, left_pct.high);
        }
    }
    judgement_verdict(j, &row);
    return 0;
}

EXPERIMENT_MAIN("ping_pong", run, judge)
