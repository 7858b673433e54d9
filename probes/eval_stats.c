/* SPDX-License-Identifier: MIT
 *
 * question: Does the engine return its own statistics of an eval, and do they describe that eval?
 * hypothesis: They are always nil; or they come only on the client's direct call, with a mask set
 *     before the load.
 * method: A mask is set on a program before it is loaded, its requests have room for statistics,
 *     and after an eval the engine's own time is read. A value alone proves nothing, so two
 *     programs, one with about a hundred times the work of the other, are evaluated in turn.
 *     Outcomes of a path and mask: nil (nothing came, for either), zero (the values are 0), time
 *     (every value is above 0 and at most the eval's time by the clock, and the larger program's
 *     median is above the smaller's), odd (anything else: a constant, or impossible times). Outputs
 *     are compared with the reference while statistics are requested.
 * arms: asked (masks 0x1, 0xf and all 32 bits, on the model, through the client and by its direct
 *     call).
 * unit of replication: the process: every mask and path once, masks in random order.
 * sample size: 2 trials in the quick preset, 6 in the full one; 5 evals of each program.
 * margin: none; outputs are compared as in other probes.
 * decision rule: A claim holds when each of its cases came out as claimed in every trial; it is
 *     contradicted when a case came out otherwise in each of its trials; trials that disagree are
 *     inconclusive. When outputs are wrong while statistics are requested, every claim is
 *     untrusted.
 * would prove it wrong: statistics with a time that grows with the work (nil); none on the direct
 *     call (direct).
 * confounders: statistics that come but do not belong to this eval (outcomes zero and odd); a way
 *     of requesting them that nobody has published.
 * sources: maderix/ANE#2 (M5: nil), maderix/ANE#40 (M4 Max: nil through the client),
 *     slavko-at-klincov-it (M3 Pro: nil for all masks), ncdrone/rustane and the espresso project
 *     (M3 Max: the direct call).
 */
#include "eval_stats_about.h"
#include "experiment/experiment.h"
#include "experiment/outcome.h"

#include <stdio.h>

enum { EVALS = 5 };

static const struct experiment_arm arms[] = {
    {"asked", "each mask on each path", 2, 6, 60},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: path-mask, or output */
    /* medians of the small and the large program's evals: by the engine, and by the clock */
    {"small_engine_ns", EXPERIMENT_NUMBER},
    {"small_eval_ns", EXPERIMENT_NUMBER},
    {"large_engine_ns", EXPERIMENT_NUMBER},
    {"large_eval_ns", EXPERIMENT_NUMBER},
};

enum { MODEL, CLIENT, DIRECT, N_PATHS };
static const struct path {
    const char *name;
    enum device_eval_path path;
} paths[N_PATHS] = {
    {"model", DEVICE_PATH_MODEL}, {"client", DEVICE_PATH_CLIENT}, {"direct", DEVICE_PATH_DIRECT}};
static const struct mask {
    const char *name;
    uint32_t bits;
} masks[] = {{"1", 0x1}, {"f", 0xf}, {"all", 0xffffffff}};
enum { N_MASKS = sizeof masks / sizeof *masks };

static const struct outcome_claim claims[] = {
    {"eval-stats.nil", "model-1 model-f model-all", "nil", "output"},
    {"eval-stats.nil-by-client", "client-1 client-f client-all", "nil", "output"},
    {"eval-stats.direct", "direct-f", "time", "output"},
};

/* ---- collection ------------------------------------------------------------------------------ */

enum { SMALL, LARGE, N_PROGRAMS };
static const struct subject_spec specs[N_PROGRAMS] = {
    {.kind = SUBJECT_CONV, .channels = 64, .spatial = 64, .depth = 1},
    {.kind = SUBJECT_CONV, .channels = 256, .spatial = 256, .depth = 4, .check_positions = 16},
};

/* The results of a program's evals on one path. */
struct answers {
    int n_nil, n_zero, n_within; /* within: above 0, and at most the time by the clock */
    double engine_ns, eval_ns;   /* medians */
};

static enum device_status answers_take(struct trial *t, struct subject *subject,
    enum device_eval_path path, struct answers *out, struct device_error *error) {
    struct device *d = t->device;
    struct device_surface *in = subject_input(subject), *output = subject_output(subject);
    struct device_request *request = NULL;
    double engine_ns[EVALS], eval_ns[EVALS];
    *out = (struct answers){.n_nil = 0};
    enum device_status status =
        device_request_single(d, subject_program(subject), in, output, path, &request, error);
    for (int i = 0; i < EVALS && status == DEVICE_OK; i++) {
        struct device_eval_stats stats = {.there = false};
        const uint64_t start_ns = trial_clock_ns(t);
        status = device_eval(d, request, DEVICE_QOS_DEFAULT, error);
        const uint64_t elapsed_ns = trial_clock_ns(t) - start_ns;
        if (status == DEVICE_OK)
            status = device_stats_read(d, request, &stats, error);
        engine_ns[i] = (double)stats.hardware_ns;
        eval_ns[i] = (double)elapsed_ns;
        out->n_nil += !stats.there;
        out->n_zero += stats.there && stats.hardware_ns == 0;
        out->n_within += stats.there && stats.hardware_ns > 0 && stats.hardware_ns <= elapsed_ns;
    }
    if (request)
        device_request_free(d, request);
    if (status == DEVICE_OK) {
        out->engine_ns = stats_median(engine_ns, EVALS);
        out->eval_ns = stats_median(eval_ns, EVALS);
    }
    return status;
}

static const char *outcome_of(const struct answers a[N_PROGRAMS]) {
    const int all = N_PROGRAMS * EVALS;
    if (a[SMALL].n_nil + a[LARGE].n_nil == all)
        return "nil";
    if (a[SMALL].n_zero + a[LARGE].n_zero == all)
        return "zero";
    return a[SMALL].n_within + a[LARGE].n_within == all && a[LARGE].engine_ns > a[SMALL].engine_ns
               ? "time"
               : "odd";
}

static int path_run(struct trial *t, struct subject *const subjects[N_PROGRAMS],
    const struct path *path, const struct mask *mask) {
    struct answers answers[N_PROGRAMS];
    struct device_error error;
    char name[32];
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < N_PROGRAMS && status == DEVICE_OK; i++)
        status = answers_take(t, subjects[i], path->path, &answers[i], &error);
    if (status == DEVICE_OK && answers[SMALL].n_nil + answers[LARGE].n_nil == 0) {
        trial_number(t, "small_engine_ns", answers[SMALL].engine_ns);
        trial_number(t, "large_engine_ns", answers[LARGE].engine_ns);
    }
    if (status == DEVICE_OK) {
        trial_number(t, "small_eval_ns", answers[SMALL].eval_ns);
        trial_number(t, "large_eval_ns", answers[LARGE].eval_ns);
    }
    snprintf(name, sizeof name, "%s-%s", path->name, mask->name);
    return outcome_row(t, name, status == DEVICE_OK ? outcome_of(answers) : "", status, &error);
}

/* The mask must be set before the load. */
static enum device_status asked_open(struct trial *t, const struct mask *mask,
    const struct subject_spec *base, struct subject **out, bool *right,
    struct device_error *error) {
    struct subject_spec spec = *base;
    spec.weight_seed = trial_random(t);
    *right = false;
    enum device_status status = subject_create(t, &spec, out, error);
    if (status == DEVICE_OK)
        status = device_stats_ask(t->device, subject_program(*out), mask->bits, error);
    return status == DEVICE_OK ? subject_start(*out, right, error) : status;
}

static int mask_run(struct trial *t, const struct mask *mask) {
    struct subject *subjects[N_PROGRAMS] = {NULL};
    struct device_error error;
    bool right = true, one_right;
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < N_PROGRAMS && status == DEVICE_OK; i++) {
        status = asked_open(t, mask, &specs[i], &subjects[i], &one_right, &error);
        right = right && one_right;
    }
    int result = outcome_row(t, "output", right ? "right" : "wrong", status, &error);
    for (int i = 0; i < N_PATHS && result == 0 && status == DEVICE_OK && right; i++)
        result = path_run(t, subjects, &paths[i], mask);
    for (int i = 0; i < N_PROGRAMS; i++)
        subject_free(subjects[i]);
    return result;
}

static int run(struct trial *t) {
    unsigned order[N_MASKS];
    int result = 0;
    trial_shuffle(t, order, N_MASKS);
    for (int i = 0; i < N_MASKS && result == 0; i++)
        result = mask_run(t, &masks[order[i]]);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

static int judge(struct judgement *j) {
    static const char *const metrics[] = {
        "small_engine_ns", "small_eval_ns", "large_engine_ns", "large_eval_ns"};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const double *medians;
        const size_t n = judgement_trial_medians(j, arms[0].name, metrics[i], &medians);
        if (n > 0)
            judgement_summary(j, arms[0].name, metrics[i], "ns", "processes", medians, n);
    }
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("eval_stats", run, judge)
