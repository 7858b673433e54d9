/* SPDX-License-Identifier: MIT
 *
 * question: When is a compile reused: by a second object, after the first is gone, by another
 *     process?
 * hypothesis: The same text and weights are compiled only once: a second object loads without a
 *     compile, and compiling it takes almost no time, even in other processes; a changed weight is
 *     compiled again.
 * method: A trial compiles a program to absorb first use, then two with the same text and other
 *     weights, which cannot be in any cache: the shorter of these two compiles is the cost of a
 *     compile. Then the second program is created again as a new object: loaded without a compile,
 *     compiled while the first object is loaded, compiled after that was unloaded, compiled after
 *     all its objects were freed. Finally a program that another process compiled before it ended
 *     is compiled here. A compile counts as reused when it takes less than half the cost of a
 *     compile. What the device reports about it is recorded as well.
 * arms: objects (as above); other (the other process: started only by trials).
 * unit of replication: the process: every case once.
 * sample size: 3 trials in the quick preset, 10 in the full one.
 * margin: half of the cost of a compile; published caches answer in a third of it or less.
 * decision rule: A claim holds when its case came out as claimed in every trial; it is contradicted
 *     when it came out otherwise in each; trials that disagree are inconclusive. Every program must
 *     give the output of its own weights. When a normally compiled program is wrong, every claim is
 *     untrusted.
 * would prove it wrong: a second compile as long as the first; a load that is refused before a compile.
 * confounders: first use of the compiler (a separate program goes first); an earlier run with the
 *     same seed (it would shorten the two reference compiles; use a new seed).
 * sources: AmiraniLabs/libane (loads by hash, M3 Pro), maderix/ANE#24 (hits across processes, every
 *     update of weights misses), skyfallsin field guide (450 against 140 ms).
 */
#include "cache_about.h"
#include "experiment/experiment.h"
#include "experiment/outcome.h"

#include <math.h>
#include <string.h>

enum { CHANNELS = 64, SPATIAL = 64 };
static const double reused_below = 0.5;

static const struct experiment_arm arms[] = {
    {"objects", "a program created again, in each way", 3, 10, 60},
    {"other", "a process that compiles and ends; started only by trials", 0, 0, 60},
};
enum { OBJECTS, OTHER };

static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, {"label", EXPERIMENT_FACTOR}, /* cached or cold, as the device reports */
    {"compile_ns", EXPERIMENT_NUMBER},             /* of this case */
    {"fresh_ns", EXPERIMENT_NUMBER},               /* the cost of a compile in this process */
    {"fresh_ratio", EXPERIMENT_NUMBER},            /* of the two */
};

static const struct outcome_claim claims[] = {
    {"cache.loads-without-compile", "load-only", "right", "fresh"},
    {"cache.second-object", "second-object", "reused", "fresh"},
    {"cache.after-unload", "after-unload", "reused", "fresh"},
    {"cache.after-free", "after-free", "reused", "fresh"},
    {"cache.across-processes", "other-process", "reused", "fresh"},
    {"cache.changed-weights", "changed-weights", "compiled", "fresh"},
};

/* ---- collection ------------------------------------------------------------------------------ */

static enum device_status subject_make(
    struct trial *t, uint64_t seed, struct subject **out, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = CHANNELS,
        .spatial = SPATIAL,
        .depth = 1,
        .weight_seed = seed};
    return subject_create(t, &spec, out, error);
}

/* A new object, only compiled. */
static enum device_status subject_compiled(struct trial *t, uint64_t seed, struct subject **out,
    double *compile_ns, struct device_error *error) {
    enum device_status status = subject_make(t, seed, out, error);
    const uint64_t start_ns = trial_clock_ns(t);
    if (status == DEVICE_OK)
        status = subject_compile(*out, DEVICE_QOS_DEFAULT, error);
    *compile_ns = (double)(trial_clock_ns(t) - start_ns);
    return status;
}

static enum device_status subject_right(
    struct subject *s, bool *right, struct device_error *error) {
    enum device_status status = subject_load(s, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? subject_verify(s, DEVICE_QOS_DEFAULT, right, NULL, error) : status;
}

/* Writes the row of a compile and its time. */
static int compile_row(
    struct trial *t, const char *name, struct subject *s, double compile_ns, double fresh_ns) {
    struct device_error error;
    struct device_compile_info info;
    bool right = false;
    enum device_status status = subject_right(s, &right, &error);
    device_compile_info(t->device, subject_program(s), &info);
    trial_text(t, "label", info.cached ? "cached" : "cold");
    trial_number(t, "compile_ns", compile_ns);
    trial_number(t, "fresh_ns", fresh_ns);
    if (fresh_ns > 0)
        trial_number(t, "fresh_ratio", compile_ns / fresh_ns);
    return outcome_row(t, name,
        !right                                 ? "wrong"
        : compile_ns < reused_below * fresh_ns ? "reused"
                                               : "compiled",
        status, &error);
}

/* Creates the program again and compiles it. */
static int again(struct trial *t, const char *name, uint64_t seed, double fresh_ns) {
    struct subject *s = NULL;
    struct device_error error;
    double compile_ns;
    int result = subject_compiled(t, seed, &s, &compile_ns, &error) == DEVICE_OK
                     ? compile_row(t, name, s, compile_ns, fresh_ns)
                     : trial_break_error(t, &error);
    subject_free(s);
    return result;
}

/* Loads a new object that was never compiled. A refusal by the device is a valid answer. */
static int load_only(struct trial *t, uint64_t seed) {
    struct subject *s = NULL;
    struct device_error error;
    bool right = false;
    enum device_status status = subject_make(t, seed, &s, &error);
    if (status != DEVICE_OK)
        return trial_break_error(t, &error);
    status = subject_right(s, &right, &error);
    if (status == DEVICE_BROKEN && strcmp(error.stage, "load") == 0)
        status = error.status = DEVICE_FAILED;
    int result = outcome_row(t, "load-only", right ? "right" : "wrong", status, &error);
    subject_free(s);
    return result;
}

static int fresh_row(struct trial *t, struct subject *s) {
    struct device_error error;
    bool right = false;
    enum device_status status = subject_right(s, &right, &error);
    return outcome_row(t, "fresh", right ? "right" : "wrong", status, &error);
}

static int objects_run(struct trial *t) {
    struct subject *warm = NULL, *one = NULL, *two = NULL, *changed = NULL;
    struct device_error error;
    double ignored_ns = 0, one_ns = 0, two_ns = 0, changed_ns = 0;
    const uint64_t seed = trial_random(t);
    int result = 0;
    if (subject_compiled(t, trial_random(t), &warm, &ignored_ns, &error) != DEVICE_OK ||
        subject_compiled(t, trial_random(t), &one, &one_ns, &error) != DEVICE_OK ||
        subject_compiled(t, seed, &two, &two_ns, &error) != DEVICE_OK ||
        subject_compiled(t, trial_random(t), &changed, &changed_ns, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    const double fresh_ns = fmin(one_ns, two_ns);
    if (result == 0)
        result = fresh_row(t, two);
    if (result == 0)
        result = compile_row(t, "changed-weights", changed, changed_ns, fresh_ns);
    if (result == 0)
        result = load_only(t, seed);
    if (result == 0)
        result = again(t, "second-object", seed, fresh_ns);
    if (result == 0 && subject_unload(two, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    if (result == 0)
        result = again(t, "after-unload", seed, fresh_ns);
    subject_free(two);
    if (result == 0)
        result = again(t, "after-free", seed, fresh_ns);
    if (result == 0)
        result = trial_apart(t, arms[OTHER].name);
    if (result == 0)
        result = again(t, "other-process", trial_shared_seed(t), fresh_ns);
    subject_free(changed);
    subject_free(one);
    subject_free(warm);
    return result;
}

static int other_run(struct trial *t) {
    struct subject *s = NULL;
    struct device_error error;
    double compile_ns;
    int result = subject_compiled(t, trial_shared_seed(t), &s, &compile_ns, &error) == DEVICE_OK
                     ? compile_row(t, "other", s, compile_ns, compile_ns)
                     : trial_break_error(t, &error);
    subject_free(s);
    return result;
}

static int run(struct trial *t) {
    return t->arm == &arms[OBJECTS] ? objects_run(t) : other_run(t);
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* The cost of a compile, and each case's share of it, one number per trial. */
static void case_summary(struct judgement *j, const char *name) {
    const size_t *rows;
    const size_t n_rows = judgement_rows(j, arms[OBJECTS].name, "ok", &rows);
    double *compile_ns = judgement_memory(j, 2 * n_rows + 1, sizeof *compile_ns);
    size_t n = 0;
    for (size_t i = 0; compile_ns && i < n_rows; i++) {
        const double ns = judgement_cell(j, rows[i], "compile_ns");
        if (strcmp(judgement_text(j, rows[i], "case"), name) != 0 || isnan(ns))
            continue;
        compile_ns[n] = ns;
        compile_ns[n_rows + n++] = judgement_cell(j, rows[i], "fresh_ratio");
    }
    if (!compile_ns || n == 0)
        return;
    judgement_summary(j, name, "compile_ns", "ns", "processes", compile_ns, n);
    judgement_summary(j, name, "fresh_ratio", "x", "processes", compile_ns + n_rows, n);
}

static int judge(struct judgement *j) {
    static const char *const cases[] = {
        "changed-weights", "second-object", "after-unload", "after-free", "other-process"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        case_summary(j, cases[i]);
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("cache", run, judge)
