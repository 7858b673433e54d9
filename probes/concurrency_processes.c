/* SPDX-License-Identifier: MIT
 *
 * Two processes on one engine. The one beside evaluates without a pause and notes when; what it did in a window of
 * the other follows from that. A device's clock is the machine's unless time is virtual.
 */
#include "concurrency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The process beside notes each NOTED-th eval's end, at most NOTES of them. */
enum { NOTED = 10, NOTES = 4096 };
/* Windows alone come before and after those of two processes. */
enum { SINGLE = 2 * CONCURRENCY_WINDOWS, BOTH = CONCURRENCY_WINDOWS };
/* How long the other goes on: windows of two may take twice as long as of one, and as much again is for its start. */
static const double lasts_windows = 4 * BOTH, lasts_more_ms = 200;

static int program_open(struct trial *t, struct subject **out) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = 256,
        .spatial = 64,
        .depth = 4,
        .weight_seed = trial_random(t)};
    struct device_error error;
    bool right = true;
    if (subject_open(t, &spec, out, &right, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    return right ? 0 : trial_break(t, "the output is not the reference's; it is not timed");
}

int concurrency_evals(const struct trial *t) {
    enum { EVALS = 50, VIRTUAL_EVALS = 5, CPU_EVALS = 20 };
    if (device_is_virtual(t->device))
        return VIRTUAL_EVALS;
    return t->quick && !strcmp(device_kind(t->device), "cpu") ? CPU_EVALS : EVALS;
}

static int evals_run(struct trial *t, struct subject *subject, int n) {
    struct device_error error;
    for (int i = 0; i < n; i++)
        if (subject_eval(subject, DEVICE_QOS_DEFAULT, &error) != DEVICE_OK)
            return trial_break_error(t, &error);
    return 0;
}

/* ---- the process beside ----------------------------------------------------------------------- */

static int notes_put(
    struct trial *t, struct subject *subject, const uint64_t *notes_ns, size_t n_notes) {
    double worst;
    const bool right = subject_output_is(subject, subject_weight_seed(subject), &worst);
    for (size_t i = 0; i < n_notes; i++) {
        trial_text(t, "case", "beside");
        trial_text(t, "outcome", right ? "right" : "wrong");
        trial_u64(t, "evals", i * NOTED);       /* so far */
        trial_u64(t, "window_ns", notes_ns[i]); /* the clock then */
        trial_row(t, SAMPLE_OK, "");
    }
    return 0;
}

/* Its first row says that it is ready. */
int concurrency_beside_run(struct trial *t) {
    uint64_t *notes_ns = calloc(NOTES, sizeof *notes_ns);
    struct subject *subject = NULL;
    int result = notes_ns ? program_open(t, &subject) : trial_break(t, "out of memory");
    if (result == 0) {
        size_t n = 0;
        trial_text(t, "case", "ready");
        trial_row(t, SAMPLE_OK, "");
        subject_poison(subject);
        const uint64_t until_ns = trial_clock_ns(t) + t->value * 1000000;
        notes_ns[n++] = trial_clock_ns(t);
        while (result == 0 && n < NOTES && notes_ns[n - 1] < until_ns) {
            result = evals_run(t, subject, NOTED);
            notes_ns[n++] = trial_clock_ns(t);
        }
        if (result == 0)
            result = notes_put(t, subject, notes_ns, n);
    }
    subject_free(subject);
    free(notes_ns);
    return result;
}

/* ---- the trial -------------------------------------------------------------------------------- */

struct window {
    uint64_t begin_ns, end_ns;
    bool right;
};

static int window_run(struct trial *t, struct subject *subject, struct window *w) {
    double worst;
    if (evals_run(t, subject, CONCURRENCY_WARM_UP) != 0)
        return -1;
    subject_poison(subject);
    w->begin_ns = trial_clock_ns(t);
    if (evals_run(t, subject, concurrency_evals(t)) != 0)
        return -1;
    w->end_ns = trial_clock_ns(t);
    w->right = subject_output_is(subject, subject_weight_seed(subject), &worst);
    return 0;
}

/* How many evals the other had done at that time; NaN before its first note and after its last. */
static double others_at(const struct csv_table *rows, double at_ns) {
    const int evals = csv_column(rows, "evals"), clock = csv_column(rows, "window_ns");
    double before_ns = NAN, before = NAN, ns, n;
    struct error ignored;
    for (size_t row = 0; row < csv_rows(rows); row++) {
        if (csv_number(rows, row, clock, &ns, &ignored) != 1 ||
            csv_number(rows, row, evals, &n, &ignored) != 1)
            continue; /* not a note */
        if (before_ns <= at_ns && at_ns <= ns)
            return ns > before_ns ? before + (n - before) * (at_ns - before_ns) / (ns - before_ns)
                                  : n;
        before_ns = ns;
        before = n;
    }
    return NAN;
}

static bool others_are_right(const struct csv_table *rows) {
    const int outcome = csv_column(rows, "outcome");
    for (size_t row = 0; row < csv_rows(rows); row++)
        if (strcmp(csv_text(rows, row, outcome), "wrong") == 0)
            return false;
    return true;
}

static int single_put(struct trial *t, const struct window *w) {
    trial_u64(t, "lanes", 1);
    trial_u64(t, "evals", (uint64_t)concurrency_evals(t));
    trial_u64(t, "window_ns", w->end_ns - w->begin_ns);
    trial_u64(t, "faster_ns", w->end_ns - w->begin_ns);
    return outcome_row(t, "single", w->right ? "right" : "wrong", DEVICE_OK, NULL);
}

/* 1 when the other process went on beside the whole window, else 0; -1 as a trial. */
static int both_put(struct trial *t, const struct window *w, const struct csv_table *rows) {
    const double own = concurrency_evals(t), window_ns = (double)(w->end_ns - w->begin_ns);
    const double others = others_at(rows, (double)w->end_ns) - others_at(rows, (double)w->begin_ns);
    const bool right = w->right && others_are_right(rows);
    if (!(others > 0))
        return 0;
    trial_u64(t, "lanes", 2);
    trial_number(t, "evals", (own + others) / 2);
    trial_number(t, "window_ns", window_ns);
    trial_number(t, "faster_ns", window_ns * fmin(own, others) / fmax(own, others));
    return outcome_row(t, "processes", right ? "right" : "wrong", DEVICE_OK, NULL) == 0 ? 1 : -1;
}

static int both_run(struct trial *t, struct subject *subject, uint64_t longest_ns) {
    struct window windows[BOTH];
    struct trial_beside *beside;
    struct csv_table *rows = NULL;
    const double lasts_ms = lasts_windows * (double)longest_ns / 1e6 + lasts_more_ms;
    if (trial_beside_start(t, CONCURRENCY_BESIDE_ARM, (uint64_t)lasts_ms, &beside) != 0)
        return -1;
    int result = 0, n_put = 0;
    trial_beside_ready(beside);
    for (int i = 0; i < BOTH && result == 0; i++)
        result = window_run(t, subject, &windows[i]);
    if (trial_beside_end(t, beside, &rows) != 0)
        result = -1;
    for (int i = 0; i < BOTH && result == 0; i++) {
        const int put = both_put(t, &windows[i], rows);
        n_put += put > 0;
        result = put < 0 ? -1 : 0;
    }
    if (result == 0 && n_put == 0)
        result = trial_break(t, "the process beside was over before a window was");
    csv_table_free(rows);
    return result;
}

int concurrency_processes_run(struct trial *t) {
    struct subject *subject = NULL;
    struct device_error error;
    uint64_t longest_ns = 0;
    if (device_is_virtual(t->device)) {
        device_error_set(
            &error, DEVICE_UNSUPPORTED, "process", "a simulated engine serves one process");
        return concurrency_unsupported(t, CONCURRENCY_PROCESSES, &error);
    }
    int result = program_open(t, &subject);
    for (int i = 0; i < SINGLE && result == 0; i++) {
        struct window w = {.begin_ns = 0};
        if (i == SINGLE / 2)
            result = both_run(t, subject, longest_ns);
        if (result == 0)
            result = window_run(t, subject, &w);
        if (result == 0)
            result = single_put(t, &w);
        if (result == 0 && w.end_ns - w.begin_ns > longest_ns)
            longest_ns = w.end_ns - w.begin_ns;
    }
    subject_free(subject);
    return result;
}
