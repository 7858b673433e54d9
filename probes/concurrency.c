/* SPDX-License-Identifier: MIT
 *
 * question: Are evals side by side completed faster than one after the other, rightly and fairly?
 * hypothesis: Two programs at once are, twice as fast where there are two engines; of one program two evals in flight
 *     are where the cost of the call exceeds the work, and threads that share a program gain nothing. A program that
 *     names its engine has that one alone.
 * method: Lanes, each a request with surfaces of its own, are evaluated side by side, by a thread each on the
 *     engine. A window is so many evals of each lane; its rate is all of them over the time from the first call
 *     to the last end. In flight: one small program in one, two and four lanes. Programs: two larger ones alone
 *     and together. Outputs are poisoned before each window and compared with those of an eval alone, which
 *     are compared with the reference. Windows come in drawn order.
 *     Engines: a program that names none alone, one that names the first, two that name it, two that name one each.
 * arms: in-flight (a 64-channel convolution); programs (two stacks of 4 convolutions, 256 channels); engines (four such
 *     stacks, three of which name an engine).
 * unit of replication: the process: the ratio of its median rates.
 * sample size: 3 trials an arm in the quick preset, 8 in the full one; 5 windows of each kind, of 50 evals a lane, 5 in
 *     virtual time, 20 in the quick preset on a cpu device.
 * margin: as results/findings.csv has it, in percent.
 * decision rule: Faster: the mean log ratio of the rate of two lanes to that of one, with a 95 % t interval over
 *     processes, above or below 1 plus the margin. Fair: the same of the time in which the slower of two programs
 *     ends its evals to that of the faster. Right: reproduced when every output of every window is that of an
 *     eval alone, contradicted when a kind of window is wrong in each trial.
 * would prove it wrong: a rate of two lanes that is that of one.
 * confounders: threads of the host that start late (a window is many evals); a program whose work is small beside
 *     the call, or large; whether the framework gives two programs to two engines is its own choice; that a
 *     chip with one engine takes the name of a second. Two processes are not tried here.
 * sources: 751K/Apple-Neural-Engine-Microarchitecture-Study-M6 (M6), sbryngelson/ane-guide (M1 Max), maderix Substack
 *     part 4 (M4), jundot/omlx (M3 Ultra: engines by name).
 */
#include "concurrency_about.h"
#include "experiment/experiment.h"
#include "experiment/outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES_MAX = 4, PROGRAMS_MAX = 4, WINDOWS = 5, WARM_UP = 3 };
enum { EVALS = 50, VIRTUAL_EVALS = 5, CPU_EVALS = 20 };

enum { IN_FLIGHT, PROGRAMS, ENGINES, N_ARMS };
static const struct experiment_arm arms[N_ARMS] = {
    [IN_FLIGHT] = {"in-flight", "one program in one, two and four lanes", 3, 8, 120},
    [PROGRAMS] = {"programs", "two programs alone and together", 3, 8, 120},
    [ENGINES] = {"engines", "programs that name an engine, the same and two", 3, 8, 120},
};
static const struct subject_spec specs[N_ARMS] = {
    [IN_FLIGHT] = {.kind = SUBJECT_CONV, .channels = 64, .spatial = 64, .depth = 1},
    [PROGRAMS] = {.kind = SUBJECT_CONV, .channels = 256, .spatial = 64, .depth = 4},
    [ENGINES] = {.kind = SUBJECT_CONV, .channels = 256, .spatial = 64, .depth = 4},
};
/* Programs and lanes of an arm; a program has every lane of its number, and so on in turn. */
static const int n_subjects[N_ARMS] = {1, 2, 4}, n_lanes[N_ARMS] = {4, 2, 4};
/* The engine that each program of the last arm names; 0: none. */
static const int engines[PROGRAMS_MAX] = {0, 1, 1, 2};

static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: a kind of window; outcome: right, wrong */
    {"lanes", EXPERIMENT_FACTOR}, {"evals", EXPERIMENT_FACTOR}, /* of each lane */
    {"window_ns", EXPERIMENT_NUMBER}, /* from the first call to the last end */
    {"faster_ns", EXPERIMENT_NUMBER}, /* until the first lane had ended its evals */
};

/* A kind of window: which lanes. */
static const struct window {
    const char *name;
    int arm, first_lane, n_lanes;
} windows[] = {{"one", IN_FLIGHT, 0, 1}, {"two", IN_FLIGHT, 0, 2}, {"four", IN_FLIGHT, 0, 4},
    {"first", PROGRAMS, 0, 1}, {"second", PROGRAMS, 1, 1}, {"both", PROGRAMS, 0, 2},
    {"unpinned", ENGINES, 0, 1}, {"pinned", ENGINES, 1, 1}, {"same", ENGINES, 1, 2},
    {"apart", ENGINES, 2, 2}};
enum { N_KINDS = sizeof windows / sizeof *windows };

/* ---- collection ------------------------------------------------------------------------------ */

/* A request of a subject's program, its surfaces, and what its output must be. */
struct lane {
    struct subject *subject;
    struct device_surface *in, *out;
    struct device_request *request;
    struct device_layout layout; /* of the output */
    uint16_t *alone, *got;
    size_t bytes; /* of an output, dense */
};

struct lanes {
    struct trial *t;
    struct subject *subjects[PROGRAMS_MAX];
    struct lane lane[LANES_MAX];
    int n_subjects, n_lanes;
    uint64_t *end_ns[LANES_MAX];
};

static void lanes_free(struct lanes *l) {
    struct device *d = l->t->device;
    for (int i = 0; i < LANES_MAX; i++) {
        struct lane *lane = &l->lane[i];
        if (lane->request)
            device_request_free(d, lane->request);
        device_surface_free(d, lane->in);
        device_surface_free(d, lane->out);
        free(lane->alone);
        free(lane->got);
        free(l->end_ns[i]);
    }
    for (int i = 0; i < PROGRAMS_MAX; i++)
        subject_free(l->subjects[i]);
}

static enum device_status memory_out(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "request", "out of memory for a lane's data");
}

/* The subject's own input goes over by way of its surface; its output is that of the eval that checked it. */
static enum device_status lane_open(
    struct lanes *l, struct lane *lane, struct subject *subject, struct device_error *error) {
    struct device *d = l->t->device;
    struct device_program *program = subject_program(subject);
    struct device_layout in;
    lane->subject = subject;
    enum device_status status = device_layout(d, program, 0, false, 0, &in, error);
    if (status == DEVICE_OK)
        status = device_layout(d, program, 0, true, 0, &lane->layout, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &in, &lane->in, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &lane->layout, &lane->out, error);
    if (status != DEVICE_OK)
        return status;
    lane->bytes = mil_type_bytes(&lane->layout.type);
    lane->alone = malloc(lane->bytes + 1);
    lane->got = malloc(fmax((double)lane->bytes, (double)mil_type_bytes(&in.type)) + 1);
    if (!lane->alone || !lane->got)
        return memory_out(error);
    status = device_surface_read(d, subject_input(subject), lane->got, error);
    if (status == DEVICE_OK)
        status = device_surface_write(d, lane->in, lane->got, error);
    if (status == DEVICE_OK)
        status = device_surface_read(d, subject_output(subject), lane->alone, error);
    const struct device_request_spec spec = {.program = program,
        .inputs = &lane->in,
        .n_inputs = 1,
        .outputs = &lane->out,
        .n_outputs = 1};
    return status == DEVICE_OK ? device_request_create(d, &spec, &lane->request, error) : status;
}

static bool lane_is_right(struct lanes *l, struct lane *lane) {
    struct device_error ignored;
    return device_surface_read(l->t->device, lane->out, lane->got, &ignored) == DEVICE_OK &&
           memcmp(lane->got, lane->alone, lane->bytes) == 0;
}

static int evals_of(const struct trial *t) {
    if (device_is_virtual(t->device))
        return VIRTUAL_EVALS;
    return t->quick && !strcmp(device_kind(t->device), "cpu") ? CPU_EVALS : EVALS;
}

static int window_run(struct lanes *l, const struct window *w) {
    struct trial *t = l->t;
    struct device_lane specs_of[LANES_MAX];
    struct device_error error;
    const int n_evals = evals_of(t);
    bool right = true;
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < w->n_lanes; i++) {
        struct lane *lane = &l->lane[w->first_lane + i];
        specs_of[i] = (struct device_lane){lane->request, l->end_ns[i]};
        for (int k = 0; k < WARM_UP && status == DEVICE_OK; k++)
            status = device_eval(t->device, lane->request, DEVICE_QOS_DEFAULT, &error);
        if (status == DEVICE_OK)
            status = device_surface_fill(t->device, lane->out, 0xFF, &error);
    }
    const uint64_t start_ns = trial_clock_ns(t);
    if (status == DEVICE_OK)
        status =
            device_eval_lanes(t->device, specs_of, w->n_lanes, n_evals, DEVICE_QOS_DEFAULT, &error);
    uint64_t last_ns = 0, first_ns = UINT64_MAX;
    for (int i = 0; i < w->n_lanes && status == DEVICE_OK; i++) {
        const uint64_t end_ns = l->end_ns[i][n_evals - 1];
        last_ns = end_ns > last_ns ? end_ns : last_ns;
        first_ns = end_ns < first_ns ? end_ns : first_ns;
        right = lane_is_right(l, &l->lane[w->first_lane + i]) && right;
    }
    trial_u64(t, "lanes", (uint64_t)w->n_lanes);
    trial_u64(t, "evals", (uint64_t)n_evals);
    if (status == DEVICE_OK) {
        trial_u64(t, "window_ns", last_ns - start_ns);
        trial_u64(t, "faster_ns", first_ns - start_ns);
    }
    return outcome_row(t, w->name, right ? "right" : "wrong", status, &error);
}

static int windows_run(struct lanes *l) {
    const int arm = (int)(l->t->arm - arms);
    unsigned order[WINDOWS * N_KINDS];
    int result = 0;
    trial_shuffle(l->t, order, WINDOWS * N_KINDS);
    for (int i = 0; i < WINDOWS * N_KINDS && result == 0; i++)
        if (windows[order[i] % N_KINDS].arm == arm)
            result = window_run(l, &windows[order[i] % N_KINDS]);
    return result;
}

/* An engine is named before the compile. */
static enum device_status program_open(
    struct lanes *l, int arm, int i, bool *right, struct device_error *error) {
    struct subject_spec spec = specs[arm];
    double worst;
    spec.weight_seed = trial_random(l->t);
    enum device_status status = subject_create(l->t, &spec, &l->subjects[i], error);
    if (status == DEVICE_OK && arm == ENGINES && engines[i] > 0)
        status =
            device_program_pin(l->t->device, subject_program(l->subjects[i]), engines[i], error);
    if (status == DEVICE_OK)
        status = subject_compile(l->subjects[i], DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = subject_load(l->subjects[i], DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK
               ? subject_verify(l->subjects[i], DEVICE_QOS_DEFAULT, right, &worst, error)
               : status;
}

/* Of a device that knows no names of engines: each kind of window, and why. */
static int windows_unsupported(struct trial *t, int arm, const struct device_error *error) {
    int result = 0;
    for (int i = 0; i < N_KINDS && result == 0; i++)
        if (windows[i].arm == arm)
            result = outcome_row(t, windows[i].name, "", DEVICE_UNSUPPORTED, error);
    return result;
}

static int run(struct trial *t) {
    const int arm = (int)(t->arm - arms);
    struct lanes l = {.t = t, .n_subjects = n_subjects[arm], .n_lanes = n_lanes[arm]};
    struct device_error error;
    enum device_status status = DEVICE_OK;
    bool right = true;
    for (int i = 0; i < l.n_subjects && status == DEVICE_OK && right; i++)
        status = program_open(&l, arm, i, &right, &error);
    for (int i = 0; i < l.n_lanes && status == DEVICE_OK && right; i++) {
        status = lane_open(&l, &l.lane[i], l.subjects[i % l.n_subjects], &error);
        l.end_ns[i] = calloc((size_t)evals_of(t), sizeof *l.end_ns[i]);
        if (status == DEVICE_OK && !l.end_ns[i])
            status = memory_out(&error);
    }
    const int result = status == DEVICE_UNSUPPORTED ? windows_unsupported(t, arm, &error)
                       : status != DEVICE_OK        ? trial_break_error(t, &error)
                       : !right
                           ? trial_break(t, "the output is not the reference's; it is not timed")
                           : windows_run(&l);
    lanes_free(&l);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

enum quantity { EVALS_A_NS, SLOWER_OVER_FASTER };

/* Of a kind of window, the median of one number over a trial's windows; NaN where it has none. */
static double *numbers_of(struct judgement *j, const char *kind, enum quantity quantity) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, "ok", &rows), n_trials = judgement_trials(j);
    double *numbers = judgement_memory(j, n_trials + 1, sizeof *numbers);
    double *some = judgement_memory(j, n + 1, sizeof *some);
    for (size_t trial = 0; numbers && trial < n_trials; trial++)
        numbers[trial] = NAN;
    for (size_t i = 0, next; numbers && some && i < n; i = next) {
        const size_t trial = judgement_trial(j, rows[i]);
        size_t k = 0;
        for (next = i; next < n && judgement_trial(j, rows[next]) == trial; next++) {
            const double window_ns = judgement_cell(j, rows[next], "window_ns");
            if (strcmp(judgement_text(j, rows[next], "case"), kind) == 0 && window_ns > 0)
                some[k++] = quantity == EVALS_A_NS
                                ? judgement_cell(j, rows[next], "lanes") *
                                      judgement_cell(j, rows[next], "evals") / window_ns
                                : window_ns / judgement_cell(j, rows[next], "faster_ns");
        }
        if (k > 0)
            numbers[trial] = stats_median(some, k);
    }
    return some ? numbers : NULL;
}

static void rates_summary(struct judgement *j, const struct window *w) {
    const double *rates = numbers_of(j, w->name, EVALS_A_NS);
    double *per_s = judgement_memory(j, judgement_trials(j) + 1, sizeof *per_s);
    char metric[32];
    size_t n = 0;
    for (size_t trial = 0; rates && per_s && trial < judgement_trials(j); trial++)
        if (isfinite(rates[trial]))
            per_s[n++] = rates[trial] * 1e9;
    snprintf(metric, sizeof metric, "%s_rate", w->name);
    if (n > 0)
        judgement_summary(j, arms[w->arm].name, metric, "eval/s", "processes", per_s, n);
}

/* Why a kind of window is not there, in the device's words; NULL when it is or nobody knows. */
static const char *unsupported_reason(struct judgement *j, const char *kind) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, "unsupported", &rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(judgement_text(j, rows[i], "case"), kind) == 0)
            return judgement_text(j, rows[i], "reason");
    return NULL;
}

/* The rate of one kind over the faster of two others, which may be the same. */
static void faster_judge(struct judgement *j, const char *finding, const char *kind,
    const char *alone_a, const char *alone_b, const char *what) {
    const double *rate = numbers_of(j, kind, EVALS_A_NS), *a = numbers_of(j, alone_a, EVALS_A_NS),
                 *b = numbers_of(j, alone_b, EVALS_A_NS);
    double *ratios = judgement_memory(j, judgement_trials(j) + 1, sizeof *ratios);
    struct ratio_claim claim = {.finding = finding,
        .above = true,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .what = what,
        .without = VERDICT_INCONCLUSIVE,
        .missing = "no process has both windows"};
    const char *unsupported = unsupported_reason(j, kind);
    if (unsupported) {
        claim.without = VERDICT_UNSUPPORTED;
        claim.missing = unsupported;
    }
    for (size_t trial = 0; rate && a && b && ratios && trial < judgement_trials(j); trial++) {
        const double ratio = rate[trial] / fmax(a[trial], b[trial]);
        if (isfinite(ratio) && ratio > 0)
            ratios[claim.n++] = ratio;
    }
    if (claim.n > 0)
        claim.ratio = judgement_mean_ratio(j, ratios, claim.n, judgement_level(j, 0.95));
    judgement_ratio_verdict(j, &claim);
}

static void fair_judge(struct judgement *j) {
    static const char finding[] = "concurrency.fair";
    const double *spread = numbers_of(j, "both", SLOWER_OVER_FASTER);
    double *ratios = judgement_memory(j, judgement_trials(j) + 1, sizeof *ratios);
    struct ratio_claim claim = {.finding = finding,
        .above = false,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .what = "the time of the slower of two programs for its evals, to the faster one's",
        .without = VERDICT_INCONCLUSIVE,
        .missing = "no process ran two programs together"};
    for (size_t trial = 0; spread && ratios && trial < judgement_trials(j); trial++)
        if (isfinite(spread[trial]) && spread[trial] > 0)
            ratios[claim.n++] = spread[trial];
    if (claim.n > 0)
        claim.ratio = judgement_mean_ratio(j, ratios, claim.n, judgement_level(j, 0.95));
    judgement_ratio_verdict(j, &claim);
}

static int judge(struct judgement *j) {
    static const struct outcome_claim right = {"concurrency.right", "two four both", "right", NULL};
    for (int i = 0; i < N_KINDS; i++)
        rates_summary(j, &windows[i]);
    outcome_judge(j, &right);
    faster_judge(j, "concurrency.two-in-flight", "two", "one", "one",
        "evals a second of one program with two in flight, to one after the other");
    faster_judge(j, "concurrency.two-programs", "both", "first", "second",
        "evals a second of two programs together, to the faster one alone");
    faster_judge(j, "concurrency.engine-by-name", "pinned", "unpinned", "unpinned",
        "evals a second of a program that names an engine, to one that names none");
    faster_judge(j, "concurrency.two-engines", "apart", "same", "same",
        "evals a second of two programs that name an engine each, to two that name the same");
    fair_judge(j);
    return 0;
}

EXPERIMENT_MAIN("concurrency", run, judge)
