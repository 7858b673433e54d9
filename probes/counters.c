/* SPDX-License-Identifier: MIT
 *
 * question: Does an ordinary process get the engine's hardware counters, and do they count the work?
 * hypothesis: The system's daemon drops the wish, and nothing or zeros come; or they come for the process's own
 *     requests, and then some of them follow the work.
 * method: Counters are asked for before the load, and stand in memory of the request. Two programs, one a stack of
 *     convolutions and one twice as deep, are evaluated in turn; counters are read before each eval, after it, and
 *     once more after a pause. What they are is decided by that alone, as a number that comes proves
 *     nothing: zero; free (it moved in a pause); constant (the same after every eval); follows (it stood still in
 *     the pauses, and twice the work gave 1.5 to 2.5 times the count); odd (anything else). Whether counts add up
 *     over evals is seen from their growth, and then the growth is the count. All together they are nil (nothing
 *     was written), zero, free, constant, follows (one of them does, none is free) or odd.
 * arms: counted (all of it).
 * unit of replication: the process: both programs once, in random order.
 * sample size: 2 trials in the quick preset, 6 in the full one; 5 evals of each program.
 * margin: a factor of 1.5 to 2.5 for twice the work, 2 % for the same number.
 * decision rule: A claim holds when its case came out as claimed in every trial, and is contradicted when it came
 *     out otherwise in each; trials that disagree are inconclusive. A single counter is judged only where another one
 *     follows the work. When an output is wrong while counters are requested, every claim is untrusted.
 * would prove it wrong: numbers that are the same whatever the work (readable); none that follows the work.
 * confounders: other clients of the engine, if counts are not the request's own; the option of the load and the kind
 *     of memory are as one project has them.
 * sources: 751K/apple-neural-engine-monitor (M4, macOS 27: read without privileges), freedomtan/ane_pmu_profiler (boot
 *     arguments and an entitlement), sbryngelson/ane-guide and silicon-ledger (M5 Max: zeros).
 */
#include "counters_about.h"
#include "experiment/experiment.h"
#include "experiment/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EVALS = 5, PAUSE_NS = 20000000 };

static const struct experiment_arm arms[] = {
    {"counted", "counters of two programs, one with twice the work", 2, 6, 60},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: all, output, or a counter's name */
    /* of an eval: the median of the small program's, and of the large one's */
    {"small_count", EXPERIMENT_NUMBER},
    {"large_count", EXPERIMENT_NUMBER},
};

static const struct outcome_claim claims[] = {
    {"counters.readable", "all", "follows", "output"},
    {"counters.energy", "DPE_ENERGY", "follows", "output"},
    {"counters.cycles-zero", "INT8_CYC FP16_CYC", "zero", "output"},
};

/* ---- collection ------------------------------------------------------------------------------ */

enum { SMALL, LARGE, N_PROGRAMS };
static const struct subject_spec specs[N_PROGRAMS] = {
    {.kind = SUBJECT_CONV, .channels = 256, .spatial = 64, .depth = 4, .check_positions = 16},
    {.kind = SUBJECT_CONV, .channels = 256, .spatial = 64, .depth = 8, .check_positions = 16},
};

/* What was read of one program: after each eval, and before and after the pause that followed it. */
struct readings {
    struct device_counters after[EVALS], paused[EVALS];
};

static enum device_status readings_take(
    struct trial *t, struct subject *subject, struct readings *out, struct device_error *error) {
    struct device *d = t->device;
    struct device_surface *in = subject_input(subject), *output = subject_output(subject);
    struct device_request *request = NULL;
    enum device_status status = device_request_single(
        d, subject_program(subject), in, output, DEVICE_PATH_MODEL, &request, error);
    for (int i = 0; i < EVALS && status == DEVICE_OK; i++) {
        status = device_eval(d, request, DEVICE_QOS_DEFAULT, error);
        if (status == DEVICE_OK)
            status = device_counters_read(d, request, &out->after[i], error);
        device_host_pause(d, PAUSE_NS);
        if (status == DEVICE_OK)
            status = device_counters_read(d, request, &out->paused[i], error);
    }
    device_request_free(d, request);
    return status;
}

/* One counter of one program. */
struct counted {
    bool is_zero, is_constant, is_free;
    double count; /* of an eval */
};

static struct counted counted_of(const struct readings *r, int counter) {
    struct counted c = {.is_zero = true, .is_constant = true};
    double counts[EVALS], growth[EVALS - 1];
    bool grows = true;
    for (int i = 0; i < EVALS; i++) {
        const uint64_t after = r->after[i].count[counter], paused = r->paused[i].count[counter];
        counts[i] = (double)after;
        c.is_zero = c.is_zero && after == 0 && paused == 0;
        c.is_constant = c.is_constant && after == r->after[0].count[counter];
        c.is_free = c.is_free || after != paused;
        if (i > 0) {
            growth[i - 1] = counts[i] - counts[i - 1];
            grows = grows && growth[i - 1] > 0;
        }
    }
    /* five evals' counts that add up end at five times the first; those of one eval each stay near it */
    const bool adds_up = grows && counts[EVALS - 1] > EVALS / 2.0 * counts[0];
    c.count = adds_up ? stats_median(growth, EVALS - 1) : stats_median(counts, EVALS);
    return c;
}

enum came { CAME_ZERO, CAME_FREE, CAME_CONSTANT, CAME_FOLLOWS, CAME_ODD, N_CAME };
static const char *const came_names[N_CAME] = {"zero", "free", "constant", "follows", "odd"};

static enum came came_as(const struct counted c[N_PROGRAMS]) {
    const double low = 1.5, high = 2.5, same = 0.02;
    const double ratio = c[SMALL].count > 0 ? c[LARGE].count / c[SMALL].count : (double)NAN;
    if (c[SMALL].is_zero && c[LARGE].is_zero)
        return CAME_ZERO;
    if (c[SMALL].is_free || c[LARGE].is_free)
        return CAME_FREE;
    if (ratio >= low && ratio <= high)
        return CAME_FOLLOWS;
    return c[SMALL].is_constant && c[LARGE].is_constant && fabs(ratio - 1) <= same ? CAME_CONSTANT
                                                                                   : CAME_ODD;
}

static bool anything_came(const struct readings readings[N_PROGRAMS]) {
    for (int p = 0; p < N_PROGRAMS; p++)
        for (int i = 0; i < EVALS; i++)
            if (readings[p].after[i].there)
                return true;
    return false;
}

/* What all of them together are, from how many came as what. */
static enum came all_came(const int n[N_CAME]) {
    return n[CAME_ZERO] == DEVICE_COUNTERS                      ? CAME_ZERO
           : n[CAME_FREE] > 0                                   ? CAME_FREE
           : n[CAME_FOLLOWS] > 0                                ? CAME_FOLLOWS
           : n[CAME_ZERO] + n[CAME_CONSTANT] == DEVICE_COUNTERS ? CAME_CONSTANT
                                                                : CAME_ODD;
}

static int counters_put(struct trial *t, const struct readings readings[N_PROGRAMS]) {
    struct device_error error = {.text = ""};
    struct counted counted[DEVICE_COUNTERS][N_PROGRAMS];
    enum came came[DEVICE_COUNTERS];
    int n[N_CAME] = {0};
    for (int i = 0; i < DEVICE_COUNTERS; i++) {
        for (int p = 0; p < N_PROGRAMS; p++)
            counted[i][p] = counted_of(&readings[p], i);
        came[i] = came_as(counted[i]);
        n[came[i]]++;
    }
    const enum came all = all_came(n);
    enum device_status status = DEVICE_OK;
    int result =
        outcome_row(t, "all", anything_came(readings) ? came_names[all] : "nil", DEVICE_OK, &error);
    if (all != CAME_FOLLOWS)
        status = device_error_set(&error, DEVICE_UNSUPPORTED, "statistics",
            "no counter is known to count the work, so that nothing is known of a single one");
    for (int i = 0; i < DEVICE_COUNTERS && result == 0; i++) {
        if (status == DEVICE_OK) {
            trial_number(t, "small_count", counted[i][SMALL].count);
            trial_number(t, "large_count", counted[i][LARGE].count);
        }
        result = outcome_row(t, device_counter_name(i), came_names[came[i]], status, &error);
    }
    return result;
}

static enum device_status counted_open(struct trial *t, const struct subject_spec *base,
    struct subject **out, bool *right, struct device_error *error) {
    struct subject_spec spec = *base;
    spec.weight_seed = trial_random(t);
    *right = false;
    enum device_status status = subject_create(t, &spec, out, error);
    if (status == DEVICE_OK)
        status = device_counters_ask(t->device, subject_program(*out), error);
    return status == DEVICE_OK ? subject_start(*out, right, error) : status;
}

static int run(struct trial *t) {
    struct subject *subjects[N_PROGRAMS] = {NULL};
    struct readings readings[N_PROGRAMS];
    struct device_error error;
    unsigned order[N_PROGRAMS];
    bool right = true, one_right;
    enum device_status status = DEVICE_OK;
    trial_shuffle(t, order, N_PROGRAMS);
    for (int i = 0; i < N_PROGRAMS && status == DEVICE_OK; i++) {
        status = counted_open(t, &specs[i], &subjects[i], &one_right, &error);
        right = right && one_right;
    }
    for (int i = 0; i < N_PROGRAMS && status == DEVICE_OK && right; i++)
        status = readings_take(t, subjects[order[i]], &readings[order[i]], &error);
    int result = outcome_row(t, "output", right ? "right" : "wrong", status, &error);
    if (result == 0 && status == DEVICE_OK && right)
        result = counters_put(t, readings);
    for (int i = 0; i < N_PROGRAMS; i++)
        subject_free(subjects[i]);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

static int judge(struct judgement *j) {
    static const char *const metrics[] = {"small_count", "large_count"};
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[0].name, "ok", &rows);
    double *counts = judgement_memory(j, n + 1, sizeof *counts);
    for (int counter = 0; counts && counter < DEVICE_COUNTERS; counter++)
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            char metric[48];
            size_t n_counts = 0;
            for (size_t i = 0; i < n; i++) {
                const double count = judgement_cell(j, rows[i], metrics[m]);
                if (!isnan(count) &&
                    strcmp(judgement_text(j, rows[i], "case"), device_counter_name(counter)) == 0)
                    counts[n_counts++] = count;
            }
            snprintf(metric, sizeof metric, "%s_%s", device_counter_name(counter), metrics[m]);
            if (n_counts > 0)
                judgement_summary(j, arms[0].name, metric, "counts", "processes", counts, n_counts);
        }
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("counters", run, judge)
