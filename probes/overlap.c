/* SPDX-License-Identifier: MIT
 *
 * A count of evals that completed during a compile proves nothing by itself: an engine that
 * alternates between the two would give such a count as well. So both are also timed alone, in the
 * same process, and the result is compared with the arithmetic of alternating. Whether a trainer
 * gains from overlap is bench/train's question.
 *
 * question: Do evals continue while a program is compiled in the background, and do they slow down?
 * hypothesis: Evals complete during a background compile at more than the rate of alternating with
 *     it (overlap.concurrent), and they slow down by less than the margin (overlap.free).
 * method: One program is evaluated continuously. A window is half a compile time of evals alone,
 *     then evals beside something, then half a compile time of evals alone. The something is a
 *     background compile of a new program, from its start until polling after an eval reports its
 *     end. In the same round, before or after at random, another new program is compiled alone. Let
 *     c be the time of the compile alone, e that of an eval alone, T that of the compile beside
 *     evals, and n the number of evals completed in T. Alternating needs T >= c + n * e, so the
 *     concurrency (c + n * e) / T is then at most 1; it is 2 when neither slows the other. The rate
 *     of evals is n * e / T, the slowdown its inverse. Both compiles use the same calls, start and
 *     wait. Weights differ per compile. The output is filled with NaN before each window and
 *     compared after it; each compiled program is loaded and must give its own output.
 * arms: eval (beside nothing, the A/A pair of evals); compile (two compiles alone in random order,
 *     the A/A pair of compiles); both (beside a background compile); load (beside a CPU load
 *     similar to a compile's, without compiling).
 * unit of replication: the process. Its number is the median over its rounds.
 * sample size: quick 2 eval, 2 compile, 8 both, 2 load processes of 3 rounds, so that the controls
 *     see only gross faults; full 12, 10, 18, 12 of 5 rounds. The number of rounds is odd, so that
 *     a burst of other load in one of them does not enter their median.
 * margin: 5 %, from results/findings.csv, for both findings.
 * decision rule: 95 % Student's t intervals of the mean over processes. overlap.concurrent is
 *     reproduced when the concurrency's interval lies above 1 + margin, contradicted when below.
 *     overlap.free is reproduced when the rate's interval lies above 1 / (1 + margin), or above that
 *     share of the rate beside equal CPU load (Welch's t interval of the difference); contradicted when
 *     below both: what the load explains is not the engine's. Without the control a slowdown decides
 *     nothing; a simulated host has no load, and its rate decides alone. Else inconclusive. Untrusted when an A/A pair (of evals for both findings, of
 *     compiles for the first) differs: its 99 % interval leaves out 1 and its 95 % interval does
 *     not lie within the margin.
 * would prove it wrong: A concurrency of 1: as many evals as alternating allows. For overlap.free a
 *     rate below 1 / 1.05 of evals alone, and of those beside equal load.
 * confounders: Alternating in small steps (the arithmetic above holds for any step). Evals that
 *     return at once and do nothing (codes and outputs are checked). A compile from a cache, or
 *     none at all (weights differ, hits are marked, the result is run). First use (one compile and
 *     some evals first, recorded separately). Contention for the host's CPU rather than the engine
 *     (the arm load: the same host load, no compile; a simulated device has no host to load). Drift
 *     (evals alone on either side of each window). A compile start that blocks (n is 0 then and the
 *     concurrency 1). A compile that ended during the last eval counts until that eval's end, which
 *     works against the claim.
 * sources: maderix/ANE#23 (mgkcloud, M4, macOS 26.3: evals in one compile, and alone);
 *     maderix/ANE#24 (M1 Pro: evals slower during a compile, the longest much longer).
 */
#include "experiment/experiment.h"

#include "overlap_about.h"
#include "overlap_judge.h"

#include <stdlib.h>
#include <string.h>

/* Latencies beyond RECORDED count towards the mean, but not the median. */
enum { RECORDED = 1 << 16, TIMELINE_ROWS = 100, QOS = DEVICE_QOS_DEFAULT };
/* No op mixes positions, so a few are enough to check the weights. */
enum { CHECKED_POSITIONS = 4 };

enum beside { NOTHING, COMPILE, HOST_LOAD };

/* Evals of one stretch of time, back to back between two clock readings. */
struct stretch {
    uint64_t n, start_ns, end_ns, max_ns;
    uint64_t *ends_ns; /* RECORDED */
};

struct window {
    struct stretch before, beside, after;
    struct subject *compiled;
    struct device_compile_info info;
    bool right;
};

struct overlap {
    struct trial *t;
    struct subject *evals;
    uint64_t compile_ns; /* the last compile alone */
    struct window window;
};

static struct subject_spec program_spec(struct trial *t) {
    return (struct subject_spec){.kind = SUBJECT_CONV,
        .channels = 128,
        .spatial = 64,
        .depth = 1,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED_POSITIONS};
}

static void stretch_begin(struct trial *t, struct stretch *s) {
    s->n = s->max_ns = 0;
    s->start_ns = s->end_ns = trial_clock_ns(t);
}

static enum device_status stretch_eval(
    struct overlap *b, struct stretch *s, struct device_error *error) {
    enum device_status status = subject_eval(b->evals, QOS, error);
    uint64_t now = trial_clock_ns(b->t);
    if (status != DEVICE_OK)
        return status;
    uint64_t latency = now - s->end_ns;
    if (latency > s->max_ns)
        s->max_ns = latency;
    if (s->n < RECORDED)
        s->ends_ns[s->n] = now;
    s->n++;
    s->end_ns = now;
    return DEVICE_OK;
}

static enum device_status stretch_alone(
    struct overlap *b, struct stretch *s, uint64_t length_ns, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    stretch_begin(b->t, s);
    while (status == DEVICE_OK && s->end_ns - s->start_ns < length_ns)
        status = stretch_eval(b, s, error);
    return status;
}

static enum device_status stretch_compile(
    struct overlap *b, struct subject *program, struct stretch *s, struct device_error *error) {
    struct trial *t = b->t;
    struct device_error eval_error;
    stretch_begin(t, s);
    enum device_status status =
        device_compile_start(t->device, subject_program(program), QOS, error);
    if (status != DEVICE_OK)
        return status;
    enum device_status evals = DEVICE_OK;
    while (evals == DEVICE_OK && !device_compile_poll(t->device, subject_program(program)))
        evals = stretch_eval(b, s, &eval_error);
    if (s->n == 0)
        s->end_ns = trial_clock_ns(t);
    status = device_compile_wait(t->device, subject_program(program), error);
    if (status == DEVICE_OK && evals != DEVICE_OK) {
        *error = eval_error;
        status = evals;
    }
    return status;
}

static enum device_status stretch_load(
    struct overlap *b, struct stretch *s, struct device_error *error) {
    struct trial *t = b->t;
    enum device_status status = device_host_load_start(t->device, error);
    if (status != DEVICE_OK)
        return status;
    status = stretch_alone(b, s, b->compile_ns, error);
    device_host_load_stop(t->device);
    return status;
}

/* Compiles a new program alone, and runs it once to check that it is the right one. */
static enum device_status compile_alone(struct overlap *b, uint64_t *elapsed_ns, bool *right,
    bool *cached, struct device_error *error) {
    struct trial *t = b->t;
    struct subject_spec spec = program_spec(t);
    struct subject *program;
    struct device_compile_info info;
    enum device_status status = subject_create(t, &spec, &program, error);
    if (status != DEVICE_OK)
        return status;
    uint64_t start = trial_clock_ns(t);
    status = device_compile_start(t->device, subject_program(program), QOS, error);
    if (status == DEVICE_OK)
        status = device_compile_wait(t->device, subject_program(program), error);
    *elapsed_ns = trial_clock_ns(t) - start;
    if (status == DEVICE_OK) {
        device_compile_info(t->device, subject_program(program), &info);
        *cached = info.cached;
        status = subject_load(program, QOS, error);
    }
    if (status == DEVICE_OK)
        status = subject_verify(program, QOS, right, NULL, error);
    subject_free(program);
    return status;
}

static enum device_status window_run(
    struct overlap *b, enum beside beside, struct device_error *error) {
    struct trial *t = b->t;
    struct window *w = &b->window;
    struct subject_spec spec = program_spec(t);
    enum device_status status = DEVICE_OK;
    w->right = false;
    w->compiled = NULL;
    if (beside == COMPILE)
        status = subject_create(t, &spec, &w->compiled, error);
    if (status != DEVICE_OK)
        return status;
    subject_poison(b->evals);
    status = stretch_alone(b, &w->before, b->compile_ns / 2, error);
    if (status == DEVICE_OK)
        status = beside == COMPILE     ? stretch_compile(b, w->compiled, &w->beside, error)
                 : beside == HOST_LOAD ? stretch_load(b, &w->beside, error)
                                       : stretch_alone(b, &w->beside, b->compile_ns, error);
    if (status == DEVICE_OK)
        status = stretch_alone(b, &w->after, b->compile_ns / 2, error);
    if (status == DEVICE_OK)
        w->right = subject_output_is(b->evals, subject_weight_seed(b->evals), NULL);
    if (status == DEVICE_OK && beside == COMPILE) {
        bool right = false;
        device_compile_info(t->device, subject_program(w->compiled), &w->info);
        status = subject_load(w->compiled, QOS, error);
        if (status == DEVICE_OK)
            status = subject_verify(w->compiled, QOS, &right, NULL, error);
        w->right = w->right && status == DEVICE_OK && right;
    }
    subject_free(w->compiled);
    w->compiled = NULL;
    return status;
}

/* ---- rows */

static double per_eval_ns(const struct stretch *s) {
    return (double)(s->end_ns - s->start_ns) / (double)s->n;
}

static double median_ns(const struct stretch *s, double *latencies) {
    size_t n = s->n < RECORDED ? (size_t)s->n : RECORDED;
    for (size_t i = 0; i < n; i++)
        latencies[i] = (double)(s->ends_ns[i] - (i > 0 ? s->ends_ns[i - 1] : s->start_ns));
    return stats_median(latencies, n);
}

static void row_begin(struct trial *t, const char *phase, unsigned round) {
    trial_text(t, "phase", phase);
    trial_u64(t, "round", round);
}

static void timeline_row(
    struct trial *t, const char *event, uint64_t evals, uint64_t start_ns, uint64_t end_ns) {
    row_begin(t, "timeline", 0);
    trial_text(t, "event", event);
    if (evals > 0)
        trial_u64(t, "batch_evals", evals);
    trial_u64(t, "start_ns", start_ns);
    trial_u64(t, "end_ns", end_ns);
    trial_row(t, SAMPLE_OK, NULL);
}

/* From the window's first eval on; neighbours are merged to keep rows few. */
static void timeline_rows(struct trial *t, const struct window *w, enum beside beside) {
    static const char *const names[] = {NULL, "compile", "load"};
    const struct stretch *const all[] = {&w->before, &w->beside, &w->after};
    uint64_t zero = w->beside.start_ns, base = w->before.start_ns;
    if (names[beside])
        timeline_row(t, names[beside], 0, zero - base, w->beside.end_ns - base);
    for (size_t k = 0; k < 3; k++) {
        size_t n = all[k]->n < RECORDED ? (size_t)all[k]->n : RECORDED;
        size_t step = n / TIMELINE_ROWS + 1;
        for (size_t i = 0; i < n; i += step) {
            size_t last = i + step < n ? i + step : n;
            uint64_t start = i > 0 ? all[k]->ends_ns[i - 1] : all[k]->start_ns;
            timeline_row(t, "eval", last - i, start - base, all[k]->ends_ns[last - 1] - base);
        }
    }
}

/* `alone_ns` is the round's compile alone, 0 if there was none. */
static void window_row(
    struct overlap *b, enum beside beside, unsigned round, uint64_t alone_ns, double *latencies) {
    struct trial *t = b->t;
    const struct window *w = &b->window;
    double e = (per_eval_ns(&w->before) + per_eval_ns(&w->after)) / 2;
    double T = (double)(w->beside.end_ns - w->beside.start_ns);
    row_begin(t, "window", round);
    if (!w->right) {
        trial_row(t, SAMPLE_UNTRUSTED, "the output after the window differs from the reference");
        return;
    }
    if (beside == COMPILE && w->info.cached) {
        trial_row(t, SAMPLE_UNTRUSTED, "the compile was served from a cache");
        return;
    }
    trial_u64(t, "evals", w->beside.n);
    trial_number(t, "window_ns", T);
    trial_number(t, "alone_eval_ns", e);
    trial_number(t, "alone_median_ns", median_ns(&w->before, latencies));
    trial_u64(
        t, "alone_max_ns", w->before.max_ns > w->after.max_ns ? w->before.max_ns : w->after.max_ns);
    trial_number(t, "rate", (double)w->beside.n * e / T);
    if (w->beside.n > 0) {
        trial_number(t, "eval_ns", per_eval_ns(&w->beside));
        trial_number(t, "median_ns", median_ns(&w->beside, latencies));
        trial_u64(t, "max_ns", w->beside.max_ns);
    }
    if (beside == COMPILE) {
        trial_u64(t, "compile_ns", alone_ns);
        trial_number(t, "turns_evals", T > (double)alone_ns ? (T - (double)alone_ns) / e : 0);
        trial_number(t, "concurrency", ((double)alone_ns + (double)w->beside.n * e) / T);
        trial_number(t, "compile_ratio", T / (double)alone_ns);
    }
    trial_row(t, SAMPLE_OK, NULL);
}

static void compile_row(struct trial *t, const char *phase, unsigned round, uint64_t elapsed_ns,
    double ratio, bool right, bool cached) {
    row_begin(t, phase, round);
    if (!right) {
        trial_row(t, SAMPLE_UNTRUSTED, "the compiled program's output differs from the reference");
    } else if (cached) {
        trial_row(t, SAMPLE_UNTRUSTED, "the compile was served from a cache");
    } else {
        trial_u64(t, "compile_ns", elapsed_ns);
        if (ratio > 0)
            trial_number(t, "compile_ratio", ratio);
        trial_row(t, SAMPLE_OK, NULL);
    }
}

/* ---- trials */

/* The program to evaluate, compiled and loaded, and the compile time that sets the windows' length.
 */
static int bench_open(struct overlap *b) {
    struct trial *t = b->t;
    struct subject_spec spec = program_spec(t);
    struct device_error error;
    bool right, cached;
    uint64_t first_ns = trial_clock_ns(t);
    if (subject_create(t, &spec, &b->evals, &error) != DEVICE_OK ||
        subject_compile(b->evals, QOS, &error) != DEVICE_OK ||
        subject_load(b->evals, QOS, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    first_ns = trial_clock_ns(t) - first_ns;
    if (subject_verify(b->evals, QOS, &right, NULL, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    compile_row(t, "first", 0, first_ns, 0, right, false);
    if (!right)
        return trial_break(t, "the first eval's output differs from the reference");
    if (compile_alone(b, &b->compile_ns, &right, &cached, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    compile_row(t, "warm-up", 0, b->compile_ns, 0, right, cached);
    if (stretch_alone(b, &b->window.before, b->compile_ns / 2, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    return 0;
}

static int compile_pair(struct overlap *b, unsigned round) {
    struct device_error error;
    uint64_t elapsed_ns[2];
    bool right[2], cached[2];
    unsigned order[2];
    trial_shuffle(b->t, order, 2);
    for (int i = 0; i < 2; i++)
        if (compile_alone(b, &elapsed_ns[order[i]], &right[order[i]], &cached[order[i]], &error) !=
            DEVICE_OK)
            return trial_break_error(b->t, &error);
    compile_row(b->t, "compile", round, elapsed_ns[0],
        (double)elapsed_ns[0] / (double)elapsed_ns[1], right[0] && right[1],
        cached[0] || cached[1]);
    return 0;
}

static int round_run(struct overlap *b, enum beside beside, unsigned round, double *latencies) {
    struct trial *t = b->t;
    struct device_error error;
    bool compile_first = trial_random(t) & 1, right = true, cached = false;
    uint64_t alone_ns = 0;
    for (int step = 0; step < 2; step++) {
        enum device_status status = DEVICE_OK;
        if (compile_first == (step == 0)) {
            if (beside == COMPILE)
                status = compile_alone(b, &alone_ns, &right, &cached, &error);
        } else {
            status = window_run(b, beside, &error);
        }
        if (status != DEVICE_OK)
            return trial_break_error(t, &error);
    }
    b->window.right = b->window.right && right;
    b->window.info.cached = beside == COMPILE && (b->window.info.cached || cached);
    window_row(b, beside, round, alone_ns, latencies);
    if (round == 0 && b->window.right)
        timeline_rows(t, &b->window, beside);
    return 0;
}

static int run(struct trial *t) {
    struct overlap b = {.t = t};
    struct stretch *const all[] = {&b.window.before, &b.window.beside, &b.window.after};
    double *latencies = malloc(RECORDED * sizeof *latencies);
    int result = latencies ? 0 : trial_break(t, "out of memory for latencies");
    for (size_t i = 0; i < 3 && result == 0; i++)
        if (!(all[i]->ends_ns = malloc(RECORDED * sizeof *all[i]->ends_ns)))
            result = trial_break(t, "out of memory for latencies");
    if (result == 0)
        result = bench_open(&b);
    enum beside beside = strcmp(t->arm->name, "both") == 0   ? COMPILE
                         : strcmp(t->arm->name, "load") == 0 ? HOST_LOAD
                                                             : NOTHING;
    for (unsigned round = 0; result == 0 && round < (t->quick ? 3u : 5u); round++)
        result = strcmp(t->arm->name, "compile") == 0 ? compile_pair(&b, round)
                                                      : round_run(&b, beside, round, latencies);
    subject_free(b.evals);
    for (size_t i = 0; i < 3; i++)
        free(all[i]->ends_ns);
    free(latencies);
    return result;
}

static const struct experiment_arm arms[] = {
    {"eval", "evals alone: the A/A pair", 2, 12, 120},
    {"compile", "compiles alone: the A/A pair", 2, 10, 120},
    {"both", "evals beside a background compile", 8, 18, 120},
    {"load", "evals beside equal CPU load without a compile", 2, 12, 120},
};

static const struct experiment_column columns[] = {
    {"phase", EXPERIMENT_FACTOR},
    {"round", EXPERIMENT_FACTOR},
    {"event", EXPERIMENT_FACTOR},
    {"batch_evals", EXPERIMENT_FACTOR},
    {"evals", EXPERIMENT_NUMBER},
    {"window_ns", EXPERIMENT_NUMBER},
    {"eval_ns", EXPERIMENT_NUMBER},
    {"median_ns", EXPERIMENT_NUMBER},
    {"max_ns", EXPERIMENT_NUMBER},
    {"alone_eval_ns", EXPERIMENT_NUMBER},
    {"alone_median_ns", EXPERIMENT_NUMBER},
    {"alone_max_ns", EXPERIMENT_NUMBER},
    {"compile_ns", EXPERIMENT_NUMBER},
    {"compile_ratio", EXPERIMENT_NUMBER},
    {"turns_evals", EXPERIMENT_NUMBER},
    {"rate", EXPERIMENT_NUMBER},
    {"concurrency", EXPERIMENT_NUMBER},
    {"start_ns", EXPERIMENT_NUMBER},
    {"end_ns", EXPERIMENT_NUMBER},
};

EXPERIMENT_MAIN("overlap", run, overlap_judge)
