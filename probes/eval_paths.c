/* SPDX-License-Identifier: MIT
 *
 * question: Which of the engine's four ways to evaluate a request work, and is one of them faster? Which options of
 *     macOS 27 does a program take?
 * hypothesis: All four give the right output; the direct path takes less than the in-memory
 *     model's, and the real-time path less still, for a small program and not for one of production size.
 * method: One program is loaded with a request on each path: the in-memory model, the client, the
 *     client's direct call, the client's real-time call. Each path's output is poisoned and
 *     compared with the reference. Then come rounds with a batch of evals on each path in random
 *     order, so that drift and clocks affect all alike; each batch is compared with the model
 *     path's in its round. With options the small program is compiled once without and once with each of them, in
 *     drawn order, compared and timed in the same way, relative to the one without.
 * arms: small (64 channels, 32 positions); production (768 channels, 256 positions); several (the
 *     small program with four others also loaded, each evaluated once per round); options (the small program with
 *     a variant of its procedures, and with bonded networks disabled).
 * unit of replication: the process: the median over its rounds of each path's ratio to the model path.
 * sample size: 6 trials per arm in the quick preset, 12 in the full one; 10 and 30 rounds of 20
 *     evals.
 * margin: in results/findings.csv for each claim, in percent: a smaller advantage does not count.
 * decision rule: Median of the ratios over processes with a 95 % order-statistic interval. Faster is
 *     reproduced when the interval lies below 1 less the margin, contradicted when it lies above that,
 *     else inconclusive. Right needs a right output on every path in every trial. A path that is refused
 *     or wrong is not timed.
 * would prove it wrong: an interval above 1 less the margin; an output that differs from the
 *     reference.
 * confounders: the order of paths (random in each round); a cold clock (two rounds are not timed);
 *     quality of service, which the real-time call does not take (the others get the default).
 * sources: thebasedcapital/ane-infer (direct faster, M5), maderix/ANE#40 (real-time faster, direct slower,
 *     M4 Max; no real-time advantage with several programs loaded), AmiraniLabs/libane (M3 Pro).
 */
#include "eval_paths_about.h"
#include "experiment/experiment.h"
#include "experiment/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 20, ROUNDS_QUICK = 10, ROUNDS_FULL = 30, WARM_UP_ROUNDS = 2, N_OTHERS = 4 };
enum arm { SMALL, PRODUCTION, SEVERAL, OPTIONS };

static const struct experiment_arm arms[] = {
    [SMALL] = {"small", "64 channels, 32 positions", 6, 12, 60},
    [PRODUCTION] = {"production", "768 channels, 256 positions", 6, 12, 60},
    [SEVERAL] = {"several", "the small program with four others loaded", 6, 12, 60},
    [OPTIONS] = {"options", "the small program with options of macOS 27", 6, 12, 60},
};
static const char *const path_names[DEVICE_PATHS] = {"model", "client", "direct", "realtime"};

static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: the path, or time */
    {"path", EXPERIMENT_FACTOR}, {"round", EXPERIMENT_FACTOR},
    {"eval_ns", EXPERIMENT_NUMBER},    /* per eval of a batch */
    {"path_ratio", EXPERIMENT_NUMBER}, /* relative to the model path in the same round */
};

/* ---- collection ------------------------------------------------------------------------------ */

struct paths {
    struct trial *t;
    struct subject *subject, *others[N_OTHERS];
    struct device_request *requests[DEVICE_PATHS]; /* NULL = path not timed */
};

static enum device_status subject_make(
    struct trial *t, bool production, struct subject **out, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = production ? 768 : 64,
        .spatial = production ? 256 : 32,
        .depth = 1,
        .check_positions = 32,
        .weight_seed = trial_random(t)};
    enum device_status status = subject_create(t, &spec, out, error);
    if (status == DEVICE_OK)
        status = subject_compile(*out, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? subject_load(*out, DEVICE_QOS_DEFAULT, error) : status;
}

static enum device_status request_make(
    struct paths *p, enum device_eval_path path, struct device_error *error) {
    struct device *d = p->t->device;
    struct device_surface *input = subject_input(p->subject), *output = subject_output(p->subject);
    const struct device_request_spec spec = {.program = subject_program(p->subject),
        .inputs = &input,
        .n_inputs = 1,
        .outputs = &output,
        .n_outputs = 1,
        .path = path};
    return device_request_create(d, &spec, &p->requests[path], error);
}

/* Whether the path exists and is right; otherwise it is not timed. */
static int path_check(struct paths *p, enum device_eval_path path) {
    struct device *d = p->t->device;
    struct device_error error;
    double worst;
    bool right = false;
    enum device_status status = request_make(p, path, &error);
    if (status == DEVICE_OK) {
        subject_poison(p->subject);
        status = device_eval(d, p->requests[path], DEVICE_QOS_DEFAULT, &error);
    }
    if (status == DEVICE_OK)
        right = subject_output_is(p->subject, subject_weight_seed(p->subject), &worst);
    if (!right && p->requests[path]) {
        device_request_free(d, p->requests[path]);
        p->requests[path] = NULL;
    }
    trial_text(p->t, "path", path_names[path]);
    return outcome_row(p->t, path_names[path], right ? "right" : "wrong", status, &error);
}

static int batch_time(struct paths *p, enum device_eval_path path, double *eval_ns) {
    struct device *d = p->t->device;
    struct device_error error;
    const uint64_t start_ns = trial_clock_ns(p->t);
    for (int i = 0; i < BATCH; i++)
        if (device_eval(d, p->requests[path], DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(p->t, &error);
    *eval_ns = (double)(trial_clock_ns(p->t) - start_ns) / BATCH;
    return 0;
}

static int round_run(struct paths *p, int round) {
    unsigned order[DEVICE_PATHS];
    double eval_ns[DEVICE_PATHS];
    struct device_error error;
    for (int i = 0; i < N_OTHERS && p->others[i]; i++)
        if (subject_eval(p->others[i], DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(p->t, &error);
    trial_shuffle(p->t, order, DEVICE_PATHS);
    for (int i = 0; i < DEVICE_PATHS; i++)
        if (p->requests[order[i]] &&
            batch_time(p, (enum device_eval_path)order[i], &eval_ns[order[i]]) != 0)
            return -1;
    for (int path = 0; path < DEVICE_PATHS && round >= 0; path++) {
        if (!p->requests[path])
            continue;
        trial_text(p->t, "case", "time");
        trial_text(p->t, "path", path_names[path]);
        trial_u64(p->t, "round", (uint64_t)round);
        trial_number(p->t, "eval_ns", eval_ns[path]);
        trial_number(p->t, "path_ratio", eval_ns[path] / eval_ns[DEVICE_PATH_MODEL]);
        trial_row(p->t, SAMPLE_OK, "");
    }
    return 0;
}

static void requests_free(struct paths *p) {
    for (int path = 0; path < DEVICE_PATHS; path++) {
        if (p->requests[path])
            device_request_free(p->t->device, p->requests[path]);
        p->requests[path] = NULL;
    }
}

/* Replaces the previous program, with a request on each path that works. */
static int program_open(struct paths *p, bool production, int *n_paths) {
    struct device_error error;
    int result = 0;
    requests_free(p);
    subject_free(p->subject);
    p->subject = NULL;
    *n_paths = 0;
    if (subject_make(p->t, production, &p->subject, &error) != DEVICE_OK)
        return trial_break_error(p->t, &error);
    for (int path = 0; path < DEVICE_PATHS && result == 0; path++) {
        result = path_check(p, (enum device_eval_path)path);
        *n_paths += p->requests[path] != NULL;
    }
    return result;
}

static int others_open(struct paths *p) {
    struct device_error error;
    for (int i = 0; i < N_OTHERS; i++)
        if (subject_make(p->t, false, &p->others[i], &error) != DEVICE_OK)
            return trial_break_error(p->t, &error);
    return 0;
}

/* ---- options --------------------------------------------------------------------------------- */

/* The program without any, then with each. */
enum { PLAIN = DEVICE_OPTIONS, PROGRAMS };
static const char *program_name(int program) {
    return program == PLAIN ? "plain" : device_option_name((enum device_option)program);
}

/* *out NULL: not to be timed. */
static int optioned_open(struct trial *t, int program, struct subject **out) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = 64,
        .spatial = 32,
        .depth = 1,
        .weight_seed = trial_random(t)};
    struct device_error error;
    bool right = false;
    double worst;
    enum device_status status = subject_create(t, &spec, out, &error);
    if (status == DEVICE_OK && program != PLAIN)
        status = device_program_option(
            t->device, subject_program(*out), (enum device_option)program, &error);
    if (status == DEVICE_OK)
        status = subject_compile(*out, DEVICE_QOS_DEFAULT, &error);
    if (status == DEVICE_OK)
        status = subject_load(*out, DEVICE_QOS_DEFAULT, &error);
    if (status == DEVICE_OK)
        status = subject_verify(*out, DEVICE_QOS_DEFAULT, &right, &worst, &error);
    if (status != DEVICE_OK || !right) {
        subject_free(*out);
        *out = NULL;
    }
    trial_text(t, "path", program_name(program));
    return outcome_row(t, program_name(program), right ? "right" : "wrong", status, &error);
}

static int optioned_round(struct trial *t, struct subject *const *subjects, int round) {
    unsigned order[PROGRAMS];
    double eval_ns[PROGRAMS];
    struct device_error error;
    trial_shuffle(t, order, PROGRAMS);
    for (int i = 0; i < PROGRAMS; i++) {
        struct subject *subject = subjects[order[i]];
        const uint64_t start_ns = trial_clock_ns(t);
        for (int k = 0; k < BATCH && subject; k++)
            if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
                return trial_break_error(t, &error);
        eval_ns[order[i]] = (double)(trial_clock_ns(t) - start_ns) / BATCH;
    }
    for (int program = 0; program < PROGRAMS && round >= 0; program++) {
        if (!subjects[program])
            continue;
        trial_text(t, "case", "time");
        trial_text(t, "path", program_name(program));
        trial_u64(t, "round", (uint64_t)round);
        trial_number(t, "eval_ns", eval_ns[program]);
        trial_number(t, "path_ratio", eval_ns[program] / eval_ns[PLAIN]);
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

static int options_run(struct trial *t) {
    struct subject *subjects[PROGRAMS] = {NULL};
    const int n_rounds = t->quick ? ROUNDS_QUICK : ROUNDS_FULL;
    unsigned order[PROGRAMS];
    int result = 0, n = 0;
    trial_shuffle(t, order, PROGRAMS);
    for (int i = 0; i < PROGRAMS && result == 0; i++) {
        result = optioned_open(t, (int)order[i], &subjects[order[i]]);
        n += subjects[order[i]] != NULL;
    }
    if (subjects[PLAIN] && n > 1)
        for (int round = -WARM_UP_ROUNDS; round < n_rounds && result == 0; round++)
            result = optioned_round(t, subjects, round);
    for (int i = 0; i < PROGRAMS; i++)
        subject_free(subjects[i]);
    return result;
}

static int run(struct trial *t) {
    if (t->arm == &arms[OPTIONS])
        return options_run(t);
    struct paths p = {.t = t};
    const int n_rounds = t->quick ? ROUNDS_QUICK : ROUNDS_FULL;
    int n_paths;
    int result = program_open(&p, false, &n_paths);
    /* With only one path there is nothing to compare. */
    if (result == 0 && n_paths > 1 && t->arm == &arms[PRODUCTION])
        result = program_open(&p, true, &n_paths);
    if (result == 0 && n_paths > 1 && t->arm == &arms[SEVERAL])
        result = others_open(&p);
    if (n_paths > 1 && p.requests[DEVICE_PATH_MODEL])
        for (int round = -WARM_UP_ROUNDS; round < n_rounds && result == 0; round++)
            result = round_run(&p, round);
    requests_free(&p);
    for (int i = 0; i < N_OTHERS; i++)
        subject_free(p.others[i]);
    subject_free(p.subject);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* One number per process: the median over its rounds. */
static size_t path_numbers(
    struct judgement *j, enum arm arm, const char *path, const char *column, double **out) {
    const struct judgement_pick pick = {.column = column, .where = {{"path", path, 0}}};
    *out = judgement_picked(j, arms[arm].name, &pick);
    return judgement_compact(j, *out);
}

/* The device's reason for a path without a time, or NULL. */
static const char *path_reason(
    struct judgement *j, enum arm arm, enum device_eval_path path, bool *unsupported) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[arm].name, NULL, &rows);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(judgement_text(j, rows[i], "case"), path_names[path]) &&
            strcmp(judgement_text(j, rows[i], "outcome"), "right") != 0) {
            *unsupported = !strcmp(judgement_text(j, rows[i], "status"), "unsupported");
            return judgement_text(j, rows[i], "reason");
        }
    return NULL;
}

static void faster_judge(
    struct judgement *j, const char *finding, enum arm arm, enum device_eval_path path) {
    double *ratios;
    const size_t n = path_numbers(j, arm, path_names[path], "path_ratio", &ratios);
    char what[64], missing[700];
    bool unsupported = false;
    const char *why = n == 0 ? path_reason(j, arm, path, &unsupported) : NULL;
    snprintf(what, sizeof what, "an eval on the %s path, relative to one on the model's",
        path_names[path]);
    snprintf(missing, sizeof missing, "%s%s", why && !unsupported ? "it does not work here: " : "",
        why ? (*why ? why : "its output is wrong") : "no trial completed");
    const struct ratio_claim claim = {.finding = finding,
        .threshold = 1 - judgement_margin(j, finding) / 100,
        .ratio = stats_median_interval(ratios, n, judgement_level(j, 0.95)),
        .n = n,
        .what = what,
        .without = why ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE,
        .missing = missing};
    judgement_ratio_verdict(j, &claim);
}

static void path_summary(struct judgement *j, enum arm arm, const char *path, bool is_base) {
    char metric[48];
    double *x;
    size_t n = path_numbers(j, arm, path, "eval_ns", &x);
    snprintf(metric, sizeof metric, "%s_eval_ns", path);
    if (n > 0)
        judgement_summary(j, arms[arm].name, metric, "ns", "processes", x, n);
    n = path_numbers(j, arm, path, "path_ratio", &x);
    snprintf(metric, sizeof metric, "%s_ratio", path);
    if (n > 0 && !is_base)
        judgement_summary(j, arms[arm].name, metric, "x", "processes", x, n);
}

static int judge(struct judgement *j) {
    static const struct outcome_claim right = {
        "eval-paths.right", "client direct realtime", "right", "model"};
    static const struct outcome_claim options = {
        "eval-paths.options-right", "variant unbonded", "right", "plain"};
    for (int arm = SMALL; arm <= SEVERAL; arm++)
        for (int path = 0; path < DEVICE_PATHS; path++)
            path_summary(j, (enum arm)arm, path_names[path], path == DEVICE_PATH_MODEL);
    for (int program = 0; program < PROGRAMS; program++)
        path_summary(j, OPTIONS, program_name(program), program == PLAIN);
    outcome_judge(j, &right, 1);
    faster_judge(j, "eval-paths.direct-faster", SMALL, DEVICE_PATH_DIRECT);
    faster_judge(j, "eval-paths.realtime-faster", SMALL, DEVICE_PATH_REALTIME);
    faster_judge(j, "eval-paths.realtime-faster-at-size", PRODUCTION, DEVICE_PATH_REALTIME);
    faster_judge(j, "eval-paths.realtime-faster-among-several", SEVERAL, DEVICE_PATH_REALTIME);
    outcome_judge(j, &options, 1);
    return 0;
}

EXPERIMENT_MAIN("eval_paths", run, judge)
