/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SEGMENTS = 5, VIRTUAL_EVALS = 20, EVALS_MIN = 10, EVALS_MAX = 400, CHECKED_POSITIONS = 4 };
static const uint64_t segment_ns = 60000000;

void ways_shape_put(struct trial *t, const struct way_shape *s) {
    char chip[TRIAL_CHIP_SIZE];
    const double channels = s->channels, positions = s->positions, depth = s->depth;
    trial_chip(t, chip);
    trial_text(t, "chip", chip);
    trial_text(t, "shape", s->name);
    trial_u64(t, "channels", (uint64_t)s->channels);
    trial_u64(t, "positions", (uint64_t)s->positions);
    trial_u64(t, "depth", (uint64_t)s->depth);
    trial_number(t, "io_mb", 2 * 2 * channels * positions / (1 << 20));
    trial_number(t, "weight_mb", 2 * channels * channels * depth / (1 << 20));
    trial_number(t, "gflop", 2e-9 * channels * channels * positions * depth);
}

/* What came before the segments of a shape. */
struct beginning {
    uint64_t compile_ns, load_ns, first_eval_ns;
};

/* Created, compiled, loaded, and evaluated once. */
static enum device_status begin(struct trial *machine, const struct way_shape *shape,
    struct subject **subject, struct beginning *b, bool *right, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = shape->channels,
        .spatial = shape->positions,
        .depth = shape->depth,
        .weight_seed = trial_random(machine),
        .check_positions = CHECKED_POSITIONS};
    struct device_compile_info info;
    enum device_status status = subject_create(machine, &spec, subject, error);
    if (status == DEVICE_OK)
        status = subject_compile(*subject, DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    device_compile_info(machine->device, subject_program(*subject), &info);
    b->compile_ns = info.elapsed_ns;
    const uint64_t load_ns = trial_clock_ns(machine);
    status = subject_load(*subject, DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    const uint64_t first_ns = trial_clock_ns(machine);
    subject_poison(*subject);
    status = subject_eval(*subject, DEVICE_QOS_DEFAULT, error);
    b->load_ns = first_ns - load_ns;
    b->first_eval_ns = trial_clock_ns(machine) - first_ns;
    *right = subject_output_is(*subject, spec.weight_seed, NULL);
    return status;
}

/* The median of evals timed one by one. */
static enum device_status segment_time(struct trial *machine, struct subject *subject, int n_evals,
    double *eval_ns, struct device_error *error) {
    double times_ns[EVALS_MAX];
    for (int i = 0; i < n_evals; i++) {
        const uint64_t start_ns = trial_clock_ns(machine);
        const enum device_status status = subject_eval(subject, DEVICE_QOS_DEFAULT, error);
        if (status != DEVICE_OK)
            return status;
        times_ns[i] = (double)(trial_clock_ns(machine) - start_ns);
    }
    *eval_ns = stats_median(times_ns, (size_t)n_evals);
    return DEVICE_OK;
}

/* As many evals as a segment's time has room for. */
static int evals_of(const struct trial *machine, double eval_ns) {
    if (device_is_virtual(machine->device))
        return VIRTUAL_EVALS;
    return (int)fmin(fmax((double)segment_ns / fmax(eval_ns, 1), EVALS_MIN), EVALS_MAX);
}

static int segments_run(struct trial *t, struct trial *machine, struct subject *subject,
    const struct way_shape *shape, const struct beginning *b, bool right) {
    double eval_ns[SEGMENTS];
    struct device_error error;
    /* not timed: what else is new in the first evals */
    if (segment_time(machine, subject, EVALS_MIN, &eval_ns[0], &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    const int n_evals = evals_of(machine, eval_ns[0]);
    subject_poison(subject);
    for (int i = 0; i < SEGMENTS; i++)
        if (segment_time(machine, subject, n_evals, &eval_ns[i], &error) != DEVICE_OK)
            return trial_break_error(t, &error);
    right &= subject_output_is(subject, subject_weight_seed(subject), NULL);
    for (int i = 0; i < SEGMENTS; i++) {
        ways_shape_put(t, shape);
        trial_u64(t, "segment", (uint64_t)i + 1);
        trial_u64(t, "evals", (uint64_t)n_evals);
        trial_number(t, "eval_ns", eval_ns[i]);
        if (i == 0) {
            trial_u64(t, "compile_ns", b->compile_ns);
            trial_u64(t, "load_ns", b->load_ns);
            trial_u64(t, "first_eval_ns", b->first_eval_ns);
        }
        trial_row(t, right ? SAMPLE_OK : SAMPLE_UNTRUSTED,
            right ? "" : "the output differs from the reference");
    }
    return 0;
}

static int shape_run(
    struct trial *t, struct trial *machine, const struct way_shape *shape, way_more_fn *more) {
    struct subject *subject = NULL;
    struct beginning b;
    struct device_error error;
    bool right = false;
    int result = 0;
    const enum device_status status = begin(machine, shape, &subject, &b, &right, &error);
    if (status == DEVICE_OK) {
        result = segments_run(t, machine, subject, shape, &b, right);
        if (result == 0 && right && more)
            result = more(t, machine, subject, shape);
    } else if (status == DEVICE_BROKEN) {
        result = trial_break_error(t, &error);
    } else {
        ways_shape_put(t, shape);
        trial_row_error(t, &error);
    }
    subject_free(subject);
    return result;
}

enum { SHAPES_MAX = 16 };

int ways_run(struct trial *t, enum device_way way, const struct way_shape *shapes, size_t n_shapes,
    way_more_fn *more) {
    struct trial machine;
    struct device_error error;
    unsigned order[SHAPES_MAX];
    int result = 0;
    if (trial_way_open(t, way, &machine, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    trial_shuffle(t, order, (unsigned)n_shapes);
    for (size_t i = 0; i < n_shapes && result == 0; i++)
        result = shape_run(t, &machine, &shapes[order[i]], more);
    trial_way_close(t, &machine);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

struct shape_column {
    const char *shape, *column;
};

/* Of a shape; what takes no time was not timed. */
static double shape_number(struct judgement *j, size_t row, const void *context) {
    const struct shape_column *of = context;
    const double value = judgement_cell(j, row, of->column);
    return value > 0 && !strcmp(judgement_text(j, row, "shape"), of->shape) ? value : (double)NAN;
}

size_t ways_values(struct judgement *j, const char *arm, const char *shape, const char *column,
    const double **values) {
    double *x = judgement_by_trial(j, arm, shape_number, &(struct shape_column){shape, column});
    *values = x;
    return judgement_compact(j, x);
}

void ways_summarise(struct judgement *j, const char *const *arms, size_t n_arms,
    const struct way_shape *shapes, size_t n_shapes) {
    static const char *const columns[] = {"eval_ns", "compile_ns", "load_ns", "first_eval_ns"};
    for (size_t arm = 0; arm < n_arms; arm++)
        for (size_t s = 0; s < n_shapes; s++)
            for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
                char metric[64];
                const double *x;
                const size_t n = ways_values(j, arms[arm], shapes[s].name, columns[c], &x);
                snprintf(metric, sizeof metric, "%s_%s", shapes[s].name, columns[c]);
                if (n > 0)
                    judgement_summary(j, arms[arm], metric, "ns", "processes", x, n);
            }
}

/* Why the arm has no value of the shape: the first row that says so. */
static void why_none(
    struct judgement *j, const char *arm, const char *shape, char *out, size_t size) {
    const size_t *rows, n = judgement_rows(j, arm, NULL, &rows);
    snprintf(out, size, "no trial of %s has %s", arm, shape);
    for (size_t i = 0; i < n; i++) {
        const char *of = judgement_text(j, rows[i], "shape"),
                   *reason = judgement_text(j, rows[i], "reason");
        if (reason[0] && (!of[0] || !strcmp(of, shape))) {
            snprintf(out, size, "%s: %s", arm, reason);
            return;
        }
    }
}

void ways_claim_judge(struct judgement *j, const struct way_claim *c) {
    const double margin = judgement_margin(j, c->finding) / 100;
    const double *over, *under;
    char missing[700];
    const size_t n_over = ways_values(j, c->over, c->shape, c->column, &over);
    const size_t n_under = ways_values(j, c->under, c->shape, c->column, &under);
    why_none(j, n_over == 0 ? c->over : c->under, c->shape, missing, sizeof missing);
    const struct ratio_claim claim = {.finding = c->finding,
        .chip = c->chip,
        .above = c->side == WAY_MORE,
        .threshold = c->side == WAY_LESS ? 1 - margin : 1 + margin,
        .ratio = judgement_arms_ratio(j, over, n_over, under, n_under),
        .n = n_over > 0 && n_under > 0 ? n_over + n_under : 0,
        .what = c->what,
        .without = VERDICT_UNSUPPORTED,
        .missing = missing};
    judgement_ratio_verdict(j, &claim);
}
