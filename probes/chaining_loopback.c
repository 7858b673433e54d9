/* SPDX-License-Identifier: MIT
 *
 * question: Does a chained loopback request run, and is a step cheaper than an eval?
 * hypothesis: The calls may be accepted, but nothing is executed.
 * method: A program y = w x feeds its output back as its input k times. The calls are made one by
 *     one (prepare, ready, enqueue); then the poisoned output is compared with x after 0 to 16
 *     applications of the program, which distinguishes "accepted", "ran once" and "ran k times". If
 *     it runs, k loopback steps and k separate evals are timed alternately in the same process for
 *     k = 1, 2, 4, 8, 16: the slope over k is the cost of a step, without the fixed cost of a
 *     request. The separate evals share surfaces, the output of one being the input of the next, so
 *     they need no copies.
 * arms: ladder (how far it gets, for each k); cost (both timed; one row per k and round).
 * unit of replication: the process.
 * sample size: 3 trials of ladder and 6 of cost in the quick preset, 5 and 12 in the full one; in
 *     each trial of cost 30 (quick) or 100 rounds over the five k.
 * margin: 5 %, from results/findings.csv: a step saves when it costs less than 0.95 evals. Outputs
 *     agree within 1 % of the largest element, and neighbouring powers of the program must lie
 *     further apart than 5 %.
 * decision rule: executes holds when for every k the output is that of k applications in every
 *     trial; it is contradicted when in every trial and for every k above 1 it is not, and
 *     unsupported if the device offers no chaining. saves-dispatch: slope by Theil-Sen in each
 *     process, the ratio chain to evals, its median with a 95 % order-statistic interval over
 *     processes; below 1 - margin reproduced, above it contradicted, else inconclusive; unsupported
 *     if no chain executes.
 * would prove it wrong: an output of k applications after one enqueue.
 * confounders: a chain that continues after enqueue has returned looks like one that did too few
 *     steps; warm-up (the first rounds are not timed).
 * sources: maderix/ANE#40 (erik: error 15), ane-infer (prepare yes, ready no), slavko (enqueue no),
 *     libane and the M5 notes (error 15), ANEForge (needs an entitlement).
 */
#include "chaining_loopback_about.h"
#include "chaining_loopback_judge.h"
#include "experiment/experiment.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 64, SPATIAL = 64, ELEMENTS = CHANNELS * SPATIAL };
enum { MAX_STEPS = 16, WARM_UP_ROUNDS = 3, ROUNDS_QUICK = 30, ROUNDS_FULL = 100 };
static const int step_counts[] = {1, 2, 4, 8, MAX_STEPS};
enum { N_COUNTS = sizeof step_counts / sizeof *step_counts };
static const double tolerance = 0.01, separation = 0.05; /* of the largest element */
static const uint16_t poison = 0x7a5a;                   /* 52032: no other power comes near it */

static const struct experiment_arm arms[N_ARMS] = {
    [LADDER] = {"ladder", "how far a chained request gets, for each k", 3, 5, 60},
    [COST] = {"cost", "k loopback steps and k evals, alternating", 6, 12, 60},
};

static const struct experiment_column columns[] = {
    {"steps", EXPERIMENT_FACTOR},   /* k */
    {"rung", EXPERIMENT_FACTOR},    /* none, prepared, ready, enqueued, changed, right */
    {"applied", EXPERIMENT_FACTOR}, /* the number of applications that the output shows */
    {"code", EXPERIMENT_FACTOR}, {"domain", EXPERIMENT_FACTOR}, {"round", EXPERIMENT_FACTOR},
    {"data_way", EXPERIMENT_FACTOR}, /* how separate evals pass data on: shared-surface */
    {"chain_ns", EXPERIMENT_NUMBER}, /* one enqueue of k steps */
    {"evals_ns", EXPERIMENT_NUMBER}, /* k evals */
};

/* ---- collection ------------------------------------------------------------------------------ */

struct loop {
    struct trial *t;
    struct subject *subject;
    /* x; outputs of odd and even separate steps; output of a chain */
    struct device_surface *start, *odd, *even, *chained;
    struct device_request *first, *to_even, *to_odd;
    struct device_chain *chains[N_COUNTS];
    float power[MAX_STEPS + 1][ELEMENTS]; /* the output of n applications */
    double largest[MAX_STEPS + 1];
};

static enum device_status surface_poison(
    struct loop *l, struct device_surface *surface, struct device_error *error) {
    uint16_t elements[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        elements[i] = poison;
    return device_surface_write(l->t->device, surface, elements, error);
}

/* The number of applications that the surface shows, or -1 = none of these. */
static int surface_applied(struct loop *l, struct device_surface *surface, bool *changed) {
    uint16_t elements[ELEMENTS];
    float y[ELEMENTS];
    struct device_error ignored;
    *changed = false;
    if (device_surface_read(l->t->device, surface, elements, &ignored) != DEVICE_OK)
        return -1;
    fp16_to_floats(y, elements, ELEMENTS);
    for (int i = 0; i < ELEMENTS; i++)
        *changed |= elements[i] != poison;
    for (int n = 0; n <= MAX_STEPS; n++) {
        int i = 0;
        while (i < ELEMENTS &&
               fabs((double)y[i] - (double)l->power[n][i]) <= tolerance * l->largest[n])
            i++;
        if (i == ELEMENTS)
            return n;
    }
    return -1;
}

/* Writes random non-zero x into the first surface and computes the output of every number of
 * applications, rounded to fp16 each time like the program's output. */
static int powers_make(struct loop *l) {
    size_t bytes;
    const uint16_t *w = subject_weights(l->subject, l->t->seed, &bytes);
    if (!w)
        return trial_break(l->t, "out of memory for the weights; free some and run again");
    if (bytes != CHANNELS * sizeof *w)
        return trial_break(
            l->t, "the program has %zu bytes of weights instead of one weight per channel", bytes);
    uint16_t elements[ELEMENTS];
    struct device_error error;
    for (int i = 0; i < ELEMENTS; i++) {
        const double magnitude = 0.25 + 0.75 * (double)(trial_random(l->t) >> 11) * 0x1p-53;
        elements[i] = fp16_from_float((float)(trial_random(l->t) & 1 ? magnitude : -magnitude));
        l->power[0][i] = fp16_to_float(elements[i]);
    }
    if (device_surface_write(l->t->device, l->start, elements, &error) != DEVICE_OK)
        return trial_break_error(l->t, &error);
    for (int n = 0; n <= MAX_STEPS; n++) {
        double apart = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            if (n > 0)
                l->power[n][i] = fp16_round(fp16_to_float(w[i / SPATIAL]) * l->power[n - 1][i]);
            l->largest[n] = fmax(l->largest[n], fabs((double)l->power[n][i]));
            if (n > 0)
                apart = fmax(apart, fabs((double)l->power[n][i] - (double)l->power[n - 1][i]));
        }
        if (!isfinite(l->largest[n]) || (n > 0 && apart < separation * l->largest[n]))
            return trial_break(l->t, "%d and %d applications give too similar outputs", n - 1, n);
    }
    return 0;
}

static enum device_status request_make(struct loop *l, struct device_surface *from,
    struct device_surface *to, struct device_request **out, struct device_error *error) {
    return device_request_single(
        l->t->device, subject_program(l->subject), from, to, DEVICE_PATH_MODEL, out, error);
}

static enum device_status loop_open(struct loop *l, struct device_error *error) {
    struct device *d = l->t->device;
    const struct subject_spec spec = {.kind = SUBJECT_SCALE,
        .channels = CHANNELS,
        .spatial = SPATIAL,
        .depth = 1,
        .weight_seed = l->t->seed};
    struct device_surface **const surfaces[] = {&l->start, &l->odd, &l->even, &l->chained};
    struct device_layout layout; /* of all: the output's type is the input's */
    enum device_status status = subject_create(l->t, &spec, &l->subject, error);
    if (status == DEVICE_OK)
        status = subject_compile(l->subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_load(l->subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = device_layout(d, subject_program(l->subject), 0, false, 0, &layout, error);
    for (size_t i = 0; i < sizeof surfaces / sizeof *surfaces && status == DEVICE_OK; i++)
        status = device_surface_create(d, &layout, surfaces[i], error);
    if (status == DEVICE_OK)
        status = request_make(l, l->start, l->odd, &l->first, error);
    if (status == DEVICE_OK)
        status = request_make(l, l->odd, l->even, &l->to_even, error);
    if (status == DEVICE_OK)
        status = request_make(l, l->even, l->odd, &l->to_odd, error);
    return status;
}

static void loop_close(struct loop *l) {
    struct device *d = l->t->device;
    struct device_surface *const surfaces[] = {l->start, l->odd, l->even, l->chained};
    struct device_request *const requests[] = {l->first, l->to_even, l->to_odd};
    for (int i = 0; i < N_COUNTS; i++)
        device_chain_free(d, l->chains[i]);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        device_request_free(d, requests[i]);
    for (size_t i = 0; i < sizeof surfaces / sizeof *surfaces; i++)
        device_surface_free(d, surfaces[i]);
    subject_free(l->subject);
    free(l);
}

/* k separate evals, each on the surface that the previous one wrote. */
static enum device_status evals_run(struct loop *l, int steps, struct device_error *error) {
    struct device *d = l->t->device;
    enum device_status status = device_eval(d, l->first, DEVICE_QOS_DEFAULT, error);
    for (int i = 1; i < steps && status == DEVICE_OK; i++)
        status = device_eval(d, i % 2 ? l->to_even : l->to_odd, DEVICE_QOS_DEFAULT, error);
    return status;
}

static struct device_surface *evals_result(struct loop *l, int steps) {
    return steps % 2 ? l->odd : l->even;
}

/* Makes the calls until one fails. *rung is the last that succeeded. */
static enum device_status chain_climb(
    struct loop *l, int count, const char **rung, struct device_error *error) {
    struct device *d = l->t->device;
    const struct device_chain_spec spec = {.program = subject_program(l->subject),
        .input = l->start,
        .output = l->chained,
        .steps = step_counts[count]};
    *rung = "none";
    enum device_status status = surface_poison(l, l->chained, error);
    if (status == DEVICE_OK)
        status = device_chain_prepare(d, &spec, DEVICE_QOS_DEFAULT, &l->chains[count], error);
    if (status != DEVICE_OK)
        return status;
    *rung = "prepared";
    status = device_chain_ready(d, l->chains[count], DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    *rung = "ready";
    status = device_chain_enqueue(d, l->chains[count], DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    bool changed;
    const bool right = surface_applied(l, l->chained, &changed) == step_counts[count];
    *rung = right ? "right" : changed ? "changed" : "enqueued";
    return DEVICE_OK;
}

static int refused_row(struct loop *l, const char *rung, const struct device_error *error) {
    if (error->status == DEVICE_BROKEN)
        return trial_break_error(l->t, error);
    char code[16];
    snprintf(code, sizeof code, "%d", error->code);
    trial_text(l->t, "rung", rung);
    trial_text(l->t, "code", code);
    trial_text(l->t, "domain", error->domain);
    trial_row_error(l->t, error);
    return 0;
}

static int ladder_run(struct loop *l) {
    for (int i = 0; i < N_COUNTS; i++) {
        struct device_error error;
        const char *rung;
        bool changed;
        const enum device_status status = chain_climb(l, i, &rung, &error);
        trial_u64(l->t, "steps", (uint64_t)step_counts[i]);
        if (status != DEVICE_OK) {
            if (refused_row(l, rung, &error) != 0)
                return -1;
            continue;
        }
        const int applied = surface_applied(l, l->chained, &changed);
        trial_text(l->t, "rung", rung);
        if (applied >= 0)
            trial_u64(l->t, "applied", (uint64_t)applied);
        trial_row(l->t, SAMPLE_OK, "");
    }
    return 0;
}

/* Times one k in both ways, in random order. */
static int cost_round(struct loop *l, int count, int round, bool warm_up) {
    struct device *d = l->t->device;
    struct device_error error;
    const int steps = step_counts[count];
    const bool chain_first = trial_random(l->t) & 1;
    uint64_t chain_ns = 0, evals_ns = 0;
    if (surface_poison(l, l->chained, &error) != DEVICE_OK ||
        surface_poison(l, evals_result(l, steps), &error) != DEVICE_OK)
        return trial_break_error(l->t, &error);
    for (int turn = 0; turn < 2; turn++) {
        const bool chain = (turn == 0) == chain_first;
        const uint64_t start_ns = trial_clock_ns(l->t);
        const enum device_status status =
            chain ? device_chain_enqueue(d, l->chains[count], DEVICE_QOS_DEFAULT, &error)
                  : evals_run(l, steps, &error);
        *(chain ? &chain_ns : &evals_ns) = trial_clock_ns(l->t) - start_ns;
        if (status != DEVICE_OK)
            return refused_row(l, "ready", &error);
    }
    bool changed;
    const bool right = surface_applied(l, l->chained, &changed) == steps &&
                       surface_applied(l, evals_result(l, steps), &changed) == steps;
    if (warm_up && right)
        return 0;
    trial_u64(l->t, "steps", (uint64_t)steps);
    trial_u64(l->t, "round", (uint64_t)round);
    trial_text(l->t, "data_way", "shared-surface");
    if (right) {
        trial_u64(l->t, "chain_ns", chain_ns);
        trial_u64(l->t, "evals_ns", evals_ns);
    }
    trial_row(l->t, right ? SAMPLE_OK : SAMPLE_UNTRUSTED,
        right ? "" : "the output is not that of k applications");
    return 0;
}

static int cost_run(struct loop *l) {
    const int n_rounds = l->t->quick ? ROUNDS_QUICK : ROUNDS_FULL;
    for (int i = 0; i < N_COUNTS; i++) {
        struct device_error error;
        const char *rung;
        const enum device_status status = chain_climb(l, i, &rung, &error);
        if (status != DEVICE_OK || strcmp(rung, "right")) {
            trial_u64(l->t, "steps", (uint64_t)step_counts[i]);
            if (status != DEVICE_OK)
                return refused_row(l, rung, &error);
            trial_text(l->t, "rung", rung);
            trial_row(
                l->t, SAMPLE_UNTRUSTED, "the chain does not execute, so there is nothing to time");
            return 0;
        }
    }
    for (int round = -WARM_UP_ROUNDS; round < n_rounds; round++) {
        unsigned order[N_COUNTS];
        trial_shuffle(l->t, order, N_COUNTS);
        for (int i = 0; i < N_COUNTS; i++)
            if (cost_round(l, (int)order[i], round, round < 0) != 0)
                return -1;
    }
    return 0;
}

static int run(struct trial *t) {
    struct device_error error;
    struct loop *l = calloc(1, sizeof *l);
    bool changed;
    int result;
    if (!l)
        return trial_break(t, "out of memory; free some and run again");
    l->t = t;
    if (loop_open(l, &error) != DEVICE_OK) {
        result = trial_break_error(t, &error);
        goto done;
    }
    result = powers_make(l);
    if (result != 0)
        goto done;
    /* The reference must hold for plain evals first. */
    if (surface_poison(l, l->even, &error) != DEVICE_OK ||
        evals_run(l, MAX_STEPS, &error) != DEVICE_OK)
        result = trial_break_error(t, &error);
    else if (surface_applied(l, evals_result(l, MAX_STEPS), &changed) != MAX_STEPS)
        result = trial_break(t,
            "%d separate evals do not give the output of %d applications; first make sure that the "
            "device scales right first",
            MAX_STEPS, MAX_STEPS);
    else
        result = t->arm == &arms[LADDER] ? ladder_run(l) : cost_run(l);
done:
    loop_close(l);
    return result;
}

EXPERIMENT_MAIN("chaining_loopback", run, chaining_loopback_judge)
