/* SPDX-License-Identifier: MIT
 *
 * question: How large may one program be, in what, and what becomes of one that is too large?
 * hypothesis: The published numbers of weight files, layers, elements along an axis, surfaces and bytes loaded,
 *     past which a call is refused; too many layers crash the compiler, hang, or run on the processor.
 * method: Each resource by itself is searched from below: twice as much in each step until a step fails or the
 *     search ends, then halves between the last that worked and the first that did not. Every step is a process of
 *     its own with a time limit, since what is too large may take it along; it compiles, loads and evaluates,
 *     and its output is compared with the reference. A step came out right, wrong, refused, crashed, hung, or
 *     slow: right, but more than 8 times, and 1 ms, as long as the last one that worked, for as much work. After a step that
 *     failed nothing is compiled for 15 s, and the smallest step is done again: while it fails, what larger
 *     ones do says nothing.
 * arms: files (weight files of one program); layers (64-channel 1x1 convolutions in a row); axis (elements of
 *     the last axis); inputs, outputs (of one request); megabytes (of weights, loaded by programs of 64 MB).
 * unit of replication: the process that searches.
 * sample size: 1 trial an arm in the quick preset, 2 in the full one. Searched up to 128 files, 1024 layers, 131072
 *     elements, 256 inputs or outputs and 5120 MB; on a cpu device, where each step is a run of the system
 *     compiler, less, and in the quick preset less again.
 * margin: none for counts; 10 % for bytes.
 * decision rule: A limit lies from the largest step that worked to one below the smallest that failed above it. A
 *     claim holds when all of that is in the published range, widened by the margin, in every trial, and is
 *     contradicted when none is; nothing failed up to more than the published range contradicts it too, and
 *     up to less is inconclusive. A search after whose failure the smallest step did not work again is
 *     untrusted. Surfaces: inputs and outputs of the request together. The claim on how layers fail is judged
 *     by the smallest step that failed.
 * would prove it wrong: a program past the published number that is right, and as fast as its work asks.
 * confounders: what is counted may be something that grows along, such as the length of the text; a compiler that
 *     merges layers; memory and disk (reported as broken, not as a limit); an output that is compared at few
 *     positions only (layers, megabytes).
 * disturbs: A program that crashes or hangs the compiler's service may do so to other programs, and a failed
 *     compile is said to spoil others for some 15 s (sbryngelson/ane-guide).
 * sources: silicon-ledger EXP-021 (weight files, M4), 751K/Apple-Neural-Engine-Microarchitecture-Study-M6 (layers),
 *     sbryngelson/ANEForge and maderix/ANE#26 (axes), dev-erik/ANE (surfaces), jundot/omlx and skyfallsin field
 *     guide (bytes).
 */
#include "program_limits.h"
#include "program_limits_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { REST_S = 15, RESTS_MAX = 3, SLOWER = 8 };
/* And by that much more: what takes microseconds is disturbed for longer. */
enum { SLOWER_NS = 1000000 };
enum { STEP_LIMIT_S = 120, TRIAL_LIMIT_S = 3600 };

const char *const resource_names[N_RESOURCES] = {
    "files", "layers", "axis", "inputs", "outputs", "megabytes"};

/* The steps are arms that only a search starts. */
#define STEP(name)                                                                                 \
    { name "-step", "one step of " name, 0, 0, STEP_LIMIT_S }
static const struct experiment_arm arms[2 * N_RESOURCES] = {
    [FILES] = {"files", "weight files of one program", 1, 2, TRIAL_LIMIT_S},
    [LAYERS] = {"layers", "convolutions in a row", 1, 2, TRIAL_LIMIT_S},
    [AXIS] = {"axis", "elements along the last axis", 1, 2, TRIAL_LIMIT_S},
    [INPUTS] = {"inputs", "inputs of one request", 1, 2, TRIAL_LIMIT_S},
    [OUTPUTS] = {"outputs", "outputs of one request", 1, 2, TRIAL_LIMIT_S},
    [BYTES] = {"megabytes", "megabytes of weights loaded at once", 1, 2, TRIAL_LIMIT_S},
    [N_RESOURCES + FILES] = STEP("files"),
    [N_RESOURCES + LAYERS] = STEP("layers"),
    [N_RESOURCES + AXIS] = STEP("axis"),
    [N_RESOURCES + INPUTS] = STEP("inputs"),
    [N_RESOURCES + OUTPUTS] = STEP("outputs"),
    [N_RESOURCES + BYTES] = STEP("megabytes"),
};

static const struct experiment_column columns[] = {
    {"case",
        EXPERIMENT_FACTOR}, /* the resource; "again": the smallest step after one that failed */
    {"value", EXPERIMENT_FACTOR},    /* how much of it */
    {"searched", EXPERIMENT_FACTOR}, /* up to how much */
    {"outcome",
        EXPERIMENT_FACTOR}, /* right, wrong, zeros, untouched, refused, crashed, hung, slow */
    {"stage", EXPERIMENT_FACTOR}, {"code", EXPERIMENT_FACTOR}, /* of a refusal */
    {"eval_ns", EXPERIMENT_NUMBER},                            /* the fastest of three */
};

/* ---- the search ------------------------------------------------------------------------------ */

static const struct range {
    uint64_t first, grain; /* the smallest step; how near the search comes */
    uint64_t searched, searched_cpu, searched_cpu_quick;
} ranges[N_RESOURCES] = {
    [FILES] = {1, 1, 128, 128, 16},
    [LAYERS] = {8, 1, 1024, 128, 16},
    [AXIS] = {1024, 1, 131072, 131072, 16384},
    [INPUTS] = {1, 1, 256, 256, 32},
    [OUTPUTS] = {1, 1, 256, 256, 32},
    [BYTES] = {64, 64, 5120, 64, 64},
};

struct search {
    struct trial *t;
    enum resource resource;
    uint64_t searched;
    uint64_t good; /* the largest that worked; 0 = none */
    double good_ns;
    bool over; /* the smallest step does not work any more */
};

enum step_end { STEP_RIGHT, STEP_FAILED, STEP_BROKEN };

static const char *text_of(const struct trial_apart *apart, const char *column) {
    const int at = apart->rows ? csv_column(apart->rows, column) : -1;
    return at >= 0 && csv_rows(apart->rows) > 0 ? csv_text(apart->rows, 0, at) : "";
}

static double number_of(const struct trial_apart *apart, const char *column) {
    double value = 0;
    struct error ignored;
    const int at = apart->rows ? csv_column(apart->rows, column) : -1;
    if (at >= 0 && csv_rows(apart->rows) > 0)
        (void)csv_number(apart->rows, 0, at, &value, &ignored);
    return value;
}

/* A process that has written its row was right or wrong before it crashed. */
static const char *outcome_of(
    const struct search *s, uint64_t value, const struct trial_apart *apart) {
    if (apart->end == TRIAL_APART_CRASHED)
        return RUNG_CRASHED;
    if (apart->end == TRIAL_APART_TIMEOUT)
        return RUNG_HUNG;
    const double eval_ns = number_of(apart, "eval_ns");
    const bool right = strcmp(text_of(apart, "outcome"), RUNG_RIGHT) == 0;
    const double work = s->good > 0 ? fmax(1, (double)value / (double)s->good) : 1;
    if (right && s->good > 0 && eval_ns > SLOWER * work * s->good_ns &&
        eval_ns > work * s->good_ns + SLOWER_NS)
        return RUNG_SLOW;
    return text_of(apart, "outcome");
}

static enum step_end step_row(
    struct search *s, const char *name, uint64_t value, const struct trial_apart *apart) {
    struct trial *t = s->t;
    const char *outcome = outcome_of(s, value, apart);
    const bool right = strcmp(outcome, RUNG_RIGHT) == 0;
    if (!*outcome)
        return trial_break(t, "a step of %s wrote no row", resource_names[s->resource]),
               STEP_BROKEN;
    trial_text(t, "case", name);
    trial_u64(t, "value", value);
    trial_u64(t, "searched", s->searched);
    trial_text(t, "outcome", outcome);
    trial_text(t, "stage", text_of(apart, "stage"));
    trial_text(t, "code", text_of(apart, "code"));
    if (right || strcmp(outcome, RUNG_SLOW) == 0) {
        trial_number(t, "eval_ns", number_of(apart, "eval_ns"));
        trial_row(t, SAMPLE_OK, "");
    } else {
        trial_row(t, SAMPLE_FAILED, *apart->reason ? apart->reason : text_of(apart, "reason"));
    }
    if (right && value > s->good) {
        s->good = value;
        s->good_ns = number_of(apart, "eval_ns");
    }
    return right ? STEP_RIGHT : STEP_FAILED;
}

static enum step_end step_do(struct search *s, const char *name, uint64_t value) {
    struct trial_apart apart;
    if (trial_apart_try(s->t, arms[N_RESOURCES + s->resource].name, value, STEP_LIMIT_S, &apart) !=
        0)
        return STEP_BROKEN;
    const enum step_end step = step_row(s, name, value, &apart);
    csv_table_free(apart.rows);
    return step;
}

/* A step, and after a failure a rest, until the smallest step works again. */
static enum step_end step_try(struct search *s, uint64_t value) {
    const enum step_end step = step_do(s, resource_names[s->resource], value);
    if (step != STEP_FAILED || value == ranges[s->resource].first)
        return step;
    for (int i = 0; i < RESTS_MAX; i++) {
        device_host_pause(s->t->device, (uint64_t)REST_S * 1000000000);
        const enum step_end again = step_do(s, "again", ranges[s->resource].first);
        if (again != STEP_FAILED)
            return again == STEP_RIGHT ? step : again;
    }
    s->over = true;
    return step;
}

static int search_run(struct search *s) {
    const struct range *range = &ranges[s->resource];
    uint64_t value = range->first, bad = 0;
    while (bad == 0 && s->good < s->searched) {
        const enum step_end step = step_try(s, value);
        if (step == STEP_BROKEN)
            return -1;
        if (step == STEP_FAILED)
            bad = value;
        value = 2 * value < s->searched ? 2 * value : s->searched;
    }
    while (bad > 0 && s->good > 0 && bad - s->good > range->grain && !s->over) {
        value = s->good + (bad - s->good) / 2 / range->grain * range->grain;
        const enum step_end step = step_try(s, value);
        if (step == STEP_BROKEN)
            return -1;
        if (step == STEP_FAILED)
            bad = value;
    }
    return 0;
}

static int run(struct trial *t) {
    const size_t arm = (size_t)(t->arm - arms);
    if (arm >= N_RESOURCES)
        return rung_run(t, (enum resource)(arm - N_RESOURCES));
    const struct range *range = &ranges[arm];
    const bool cpu = strcmp(device_kind(t->device), "cpu") == 0;
    struct search s = {.t = t,
        .resource = (enum resource)arm,
        .searched = !cpu       ? range->searched
                    : t->quick ? range->searched_cpu_quick
                               : range->searched_cpu};
    return search_run(&s);
}

EXPERIMENT_MAIN("program_limits", run, program_limits_judge)
