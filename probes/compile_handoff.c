/* SPDX-License-Identifier: MIT
 *
 * question: Can a program compiled by another process be loaded here without compiling, and does
 *     that avoid this process's limit on compiles?
 * hypothesis: It can, since programs are found by their hash, and such loads do not count as
 *     compiles.
 * method: Another process compiles programs with known weights and ends. This one creates objects
 *     of the same text and weights, loads them without a compile and compares their outputs. The
 *     control is a program that nobody compiled: it must be refused, otherwise loading needs no
 *     compile at all. If the hand-over works, 160 programs compiled by two other processes are
 *     loaded, compared and unloaded one after the other, more than every published limit of
 *     compiles.
 * arms: hand-over (one program and the control); past-limit (160 programs); giver (the other
 *     process, 80 programs of one half; started only by trials); one-giver (the same with one
 *     program).
 * unit of replication: the process.
 * sample size: 3 trials of hand-over and 1 of past-limit in the quick preset, 10 and 3 in the full one.
 * margin: none: every output must be right.
 * decision rule: A claim holds when its case came out as claimed in every trial; it is contradicted
 *     when it came out otherwise in each; trials that disagree are inconclusive. Whether the limit
 *     is avoided is not asked if one program cannot be handed over. When a program that nobody
 *     compiled loads and is right, both claims are untrusted.
 * would prove it wrong: a load that is refused; a program beyond some number that is refused or
 *     wrong.
 * confounders: programs left over from an earlier run of the same seed; a limit of loaded programs
 *     rather than of compiles (each is unloaded before the next).
 * disturbs: Where programs can be handed over, 160 are compiled in a row by two processes and loaded by
 *     a third, each unloaded before the next; rapid loops of compiles have needed a reboot (M3 Pro).
 * sources: AmiraniLabs/libane (loads by hash, reconnecting counts for nothing, M3 Pro), maderix/ANE#24,
 *     maderix/ANE#22 (net.plist and data restored from a cache).
 */
#include "compile_handoff_about.h"
#include "experiment/experiment.h"
#include "experiment/outcome.h"

#include <stdio.h>
#include <string.h>

enum { CHANNELS = 64, SPATIAL = 64, PROGRAMS = 160 };
enum arm { HAND_OVER, PAST_LIMIT, ONE_GIVER, FIRST_GIVER, SECOND_GIVER };

static const struct experiment_arm arms[] = {
    [HAND_OVER] = {"hand-over", "one program that another process compiled", 3, 10, 60},
    [PAST_LIMIT] = {"past-limit", "160 programs that other processes compiled", 1, 3, 300},
    [ONE_GIVER] = {"one-giver", "compiles one program; started only by trials", 0, 0, 60},
    [FIRST_GIVER] = {"giver", "compiles 80 programs; started only by trials", 0, 0, 240},
    [SECOND_GIVER] = {"second-giver", "the next 80; started only by trials", 0, 0, 240},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, {"programs", EXPERIMENT_NUMBER}, /* loaded without a compile, and right */
    {"load_ns", EXPERIMENT_NUMBER},                   /* of the last of them */
};

static const struct outcome_claim claims[] = {
    {"handoff.loads", "handed-over", "right", "uncompiled"},
    {"handoff.spares-limit", "past-limit", "right", "uncompiled"},
};

/* Program number `index` of this block, the same in every process. */
static struct subject_spec program_spec(struct trial *t, uint64_t index) {
    return (struct subject_spec){.kind = SUBJECT_CONV,
        .channels = CHANNELS,
        .spatial = SPATIAL,
        .depth = 1,
        .weight_seed = trial_shared_seed(t) + index};
}

/* Loads program `index` without a compile, and compares. A refusal by the device is a valid answer.
 */
static enum device_status handed_load(
    struct trial *t, uint64_t index, bool *right, uint64_t *load_ns, struct device_error *error) {
    struct subject *s = NULL;
    *right = false;
    const struct subject_spec spec = program_spec(t, index);
    enum device_status status = subject_create(t, &spec, &s, error);
    const uint64_t start_ns = trial_clock_ns(t);
    if (status == DEVICE_OK)
        status = subject_load(s, DEVICE_QOS_DEFAULT, error);
    *load_ns = trial_clock_ns(t) - start_ns;
    if (status == DEVICE_OK)
        status = subject_verify(s, DEVICE_QOS_DEFAULT, right, NULL, error);
    if (status == DEVICE_BROKEN && strcmp(error->stage, "load") == 0)
        status = error->status = DEVICE_FAILED;
    subject_free(s);
    return status;
}

/* Program numbers that no other process compiles. */
enum { UNCOMPILED = 1000000 };

static int control_run(struct trial *t) {
    struct device_error error;
    bool right;
    uint64_t load_ns;
    const enum device_status status = handed_load(t, UNCOMPILED, &right, &load_ns, &error);
    const bool refused = status == DEVICE_FAILED || (status == DEVICE_OK && !right);
    return outcome_row(t, "uncompiled", refused ? "right" : "loaded",
        status == DEVICE_FAILED ? DEVICE_OK : status, &error);
}

static int hand_over_run(struct trial *t) {
    struct device_error error;
    bool right;
    uint64_t load_ns;
    if (control_run(t) != 0 || trial_apart(t, arms[ONE_GIVER].name) != 0)
        return -1;
    const enum device_status status = handed_load(t, 0, &right, &load_ns, &error);
    trial_number(t, "programs", right);
    trial_u64(t, "load_ns", load_ns);
    return outcome_row(t, "handed-over", right ? "right" : "wrong", status, &error);
}

static int past_limit_run(struct trial *t) {
    struct device_error error;
    bool right;
    uint64_t load_ns, n_right = 0;
    if (control_run(t) != 0 || trial_apart(t, arms[ONE_GIVER].name) != 0)
        return -1;
    enum device_status status = handed_load(t, 0, &right, &load_ns, &error);
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, &error);
    if (status != DEVICE_OK || !right) {
        device_error_set(&error, DEVICE_UNSUPPORTED, "load",
            "one program cannot be handed over here, so the limit cannot be avoided this way");
        return outcome_row(t, "past-limit", "", DEVICE_UNSUPPORTED, &error);
    }
    if (trial_apart(t, arms[FIRST_GIVER].name) != 0 || trial_apart(t, arms[SECOND_GIVER].name) != 0)
        return -1;
    while (n_right < PROGRAMS && status == DEVICE_OK && right) {
        status = handed_load(t, n_right, &right, &load_ns, &error);
        n_right += status == DEVICE_OK && right;
    }
    trial_u64(t, "programs", n_right);
    trial_u64(t, "load_ns", load_ns);
    return outcome_row(t, "past-limit", right ? "right" : "wrong", status, &error);
}

/* Compiles programs first .. first + n - 1 and ends, each unloaded and freed before the next. */
static int giver_run(struct trial *t, uint64_t first, uint64_t n) {
    for (uint64_t i = first; i < first + n; i++) {
        struct subject *s = NULL;
        struct device_error error;
        const struct subject_spec spec = program_spec(t, i);
        bool right;
        const enum device_status status = subject_open(t, &spec, &s, &right, &error);
        subject_free(s);
        if (status != DEVICE_OK)
            return trial_break_error(t, &error);
        if (!right)
            return trial_break(
                t, "program %u is wrong in the process that compiled it", (unsigned)i);
    }
    return 0;
}

static int run(struct trial *t) {
    switch ((enum arm)(t->arm - arms)) {
    case HAND_OVER:
        return hand_over_run(t);
    case PAST_LIMIT:
        return past_limit_run(t);
    case ONE_GIVER:
        return giver_run(t, 0, 1);
    case FIRST_GIVER:
        return giver_run(t, 0, PROGRAMS / 2);
    default:
        return giver_run(t, PROGRAMS / 2, PROGRAMS / 2);
    }
}

static int judge(struct judgement *j) {
    const double *load_ns;
    const size_t n = judgement_trial_medians(j, arms[HAND_OVER].name, "load_ns", &load_ns);
    if (n > 0)
        judgement_summary(j, arms[HAND_OVER].name, "load_ns", "ns", "processes", load_ns, n);
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("compile_handoff", run, judge)
