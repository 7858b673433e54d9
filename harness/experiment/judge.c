/* SPDX-License-Identifier: MIT */
#include "experiment/judge.h"

#include "experiment/origin.h"
#include "experiment/samples.h"
#include "measure/memory_file.h"
#include "record/claims.h"
#include "record/disturbed.h"
#include "record/heads.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* To what an experiment without claims is to know its figures: half an interval, to the median. */
static const double figure_precision = 0.05;

struct block {
    struct block *next;
    double align[];
};

struct judgement_state {
    const struct experiment *experiment;
    struct samples samples;
    const char *findings_path;
    struct csv_table *findings;
    struct samples_quiet quiet;
    bool figures, times_only; /* what is taken of the rule's answer */
    struct csv_writer summary, values;
    struct judge_result *result;
    double fraction[LOOKS_MOST]; /* of the plan, that each look had */
    size_t n_looks;
    unsigned n_figures, n_precise; /* rows of the summary */
    struct block *blocks;          /* everything "owned by the judgement" */
    bool failed;
    struct error error; /* the first */
};

static void state_fail(struct judgement_state *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void state_fail(struct judgement_state *s, const char *format, ...) {
    if (s->failed)
        return;
    s->failed = true;
    va_list arguments;
    va_start(arguments, format);
    s->error.code = EXIT_BROKEN;
    vsnprintf(s->error.text, sizeof s->error.text, format, arguments);
    va_end(arguments);
}

void *judgement_memory(struct judgement *j, size_t n, size_t size) {
    struct judgement_state *s = j->state;
    struct block *block = NULL;
    if (n <= (SIZE_MAX - sizeof *block) / (size ? size : 1))
        block = calloc(1, sizeof *block + n * size);
    if (!block) {
        state_fail(s, "out of memory while judging %s", s->experiment->name);
        return NULL;
    }
    block->next = s->blocks;
    s->blocks = block;
    return block->align;
}

double judgement_level(struct judgement *j, double level) {
    return stats_looks_level(level, j->state->fraction, j->state->n_looks);
}

static int column_index(struct judgement_state *s, const char *column) {
    for (size_t i = 0; i < s->experiment->n_columns; i++)
        if (strcmp(s->experiment->columns[i].name, column) == 0)
            return (int)i;
    state_fail(
        s, "%s judges by a column '%s' that it does not declare", s->experiment->name, column);
    return -1;
}

size_t judgement_rows(
    struct judgement *j, const char *arm, const char *status, const size_t **rows) {
    struct judgement_state *s = j->state;
    const struct samples *m = &s->samples;
    size_t *found = judgement_memory(j, m->n_rows, sizeof *found);
    *rows = found;
    size_t n = 0;
    for (size_t i = 0; found && i < m->n_rows; i++) {
        size_t row = m->rows[i];
        if ((!arm || strcmp(csv_text(m->table, row, m->at[SAMPLE_ARM]), arm) == 0) &&
            (!status || strcmp(csv_text(m->table, row, m->at[SAMPLE_STATUS]), status) == 0))
            found[n++] = row;
    }
    return n;
}

double judgement_cell(struct judgement *j, size_t row, const char *column) {
    struct judgement_state *s = j->state;
    int i = column_index(s, column);
    if (i < 0)
        return NAN;
    if (s->samples.numbers[i])
        return s->samples.numbers[i][row];
    double value;
    struct error error;
    int found = csv_number(s->samples.table, row, s->samples.columns[i], &value, &error);
    if (found < 0)
        state_fail(s, "%s", error.text);
    return found == 1 ? value : (double)NAN;
}

const char *judgement_text(struct judgement *j, size_t row, const char *column) {
    struct judgement_state *s = j->state;
    int in_table = csv_column(s->samples.table, column);
    if (in_table < 0)
        state_fail(
            s, "%s judges by a column '%s' that samples do not have", s->experiment->name, column);
    return csv_text(s->samples.table, row, in_table);
}

size_t judgement_trials(struct judgement *j) {
    return j->state->samples.n_trials;
}

size_t judgement_trial(struct judgement *j, size_t row) {
    return j->state->samples.trial_of[row];
}

size_t judgement_trial_medians(
    struct judgement *j, const char *arm, const char *column, const double **medians) {
    const size_t *rows;
    size_t n_rows = judgement_rows(j, arm, "ok", &rows);
    double *out = judgement_memory(j, n_rows, sizeof *out);
    double *x = judgement_memory(j, n_rows, sizeof *x);
    *medians = out;
    size_t n = 0;
    for (size_t i = 0; out && x && i < n_rows;) {
        size_t trial = judgement_trial(j, rows[i]), n_x = 0;
        for (; i < n_rows && judgement_trial(j, rows[i]) == trial; i++) {
            double value = judgement_cell(j, rows[i], column);
            if (!isnan(value))
                x[n_x++] = value;
        }
        if (n_x > 0)
            out[n++] = stats_median(x, n_x);
    }
    return n;
}

struct stats_interval judgement_mean_ratio(
    struct judgement *j, const double *ratios, size_t n, double level) {
    double *logs = judgement_memory(j, n, sizeof *logs);
    if (!logs)
        return (struct stats_interval){NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++)
        logs[i] = log(ratios[i]);
    struct stats_interval log_ratio = stats_mean_interval(logs, n, level);
    /* exp(-inf) = 0 would look like a bound. */
    return (struct stats_interval){exp(log_ratio.estimate),
        isinf(log_ratio.low) ? -INFINITY : exp(log_ratio.low), exp(log_ratio.high)};
}

static void row_end(struct judgement_state *s, struct csv_writer *w) {
    if (csv_end_row(w) != 0)
        state_fail(s, "out of memory while writing the judgement of %s", s->experiment->name);
}

/* The end reason if all trials of an arm have the same one; else "". */
static void word_find(
    struct judgement_state *s, const char *arm, const char *name, char word[ORIGIN_WORD_SIZE]) {
    const struct samples *m = &s->samples;
    char other[ORIGIN_WORD_SIZE] = "";
    bool found = false;
    word[0] = '\0';
    for (size_t i = 0; i < m->n_trials; i++) {
        if (strcmp(csv_text(m->table, m->ends[i], m->at[SAMPLE_ARM]), arm) != 0)
            continue;
        origin_word(
            csv_text(m->table, m->ends[i], m->at[SAMPLE_REASON]), name, found ? other : word);
        if (found && strcmp(word, other) != 0) {
            word[0] = '\0';
            break;
        }
        found = true;
    }
}

/* What a metric is of, and of which programs and probe. */
struct metric_origin {
    const char *arm, *metric, *unit, *n_unit;
    char programs[ORIGIN_WORD_SIZE], version[ORIGIN_WORD_SIZE];
};

static void values_put(
    struct judgement_state *s, const struct metric_origin *of, const double *x, size_t n) {
    struct csv_writer *w = &s->values;
    for (size_t i = 0; i < n; i++) {
        csv_put_text(w, s->experiment->name);
        csv_put_text(w, of->arm);
        csv_put_text(w, of->metric);
        csv_put_text(w, of->unit);
        csv_put_text(w, of->n_unit);
        csv_put_number(w, x[i]);
        csv_put_text(w, of->programs);
        csv_put_text(w, of->version);
        row_end(s, w);
    }
}

void judgement_summary(struct judgement *j, const char *arm, const char *metric, const char *unit,
    const char *n_unit, const double *x, size_t n) {
    struct judgement_state *s = j->state;
    struct csv_writer *w = &s->summary;
    if (!s->figures)
        return;
    csv_put_text(w, s->experiment->name);
    csv_put_text(w, arm);
    csv_put_text(w, metric);
    csv_put_text(w, unit);
    csv_put_u64(w, n);
    csv_put_text(w, n_unit);
    struct stats_interval median = {NAN, NAN, NAN};
    double min = NAN, max = NAN;
    if (n > 0) {
        median = stats_median_interval(x, n, judgement_level(j, 0.95));
        min = max = x[0];
    }
    for (size_t i = 1; i < n; i++) {
        min = fmin(min, x[i]);
        max = fmax(max, x[i]);
    }
    csv_put_number(w, median.estimate);
    csv_put_number(w, median.low);
    csv_put_number(w, median.high);
    csv_put_number(w, min);
    csv_put_number(w, max);
    csv_put_u64(w, stats_outliers(x, n));
    struct metric_origin of = {.arm = arm, .metric = metric, .unit = unit, .n_unit = n_unit};
    word_find(s, arm, "programs", of.programs);
    word_find(s, arm, "version", of.version);
    csv_put_text(w, of.programs);
    csv_put_text(w, of.version);
    row_end(s, w);
    values_put(s, &of, x, n);
    s->n_figures++;
    s->n_precise += median.high - median.low <= 2 * figure_precision * fabs(median.estimate);
}

/* The row of the finding, or -1 when the claims cannot be read or do not have it. */
static int finding_row(struct judgement_state *s, const char *finding, size_t *row) {
    if (s->failed)
        return -1;
    struct error error;
    if (!s->findings && csv_table_read(s->findings_path, &s->findings, &error) != 0) {
        state_fail(s, "%s", error.text);
        return -1;
    }
    int id = csv_column(s->findings, "finding"), program = csv_column(s->findings, "program");
    for (size_t i = 0; id >= 0 && program >= 0 && i < csv_rows(s->findings); i++)
        if (strcmp(csv_text(s->findings, i, id), finding) == 0 &&
            strcmp(csv_text(s->findings, i, program), s->experiment->name) == 0) {
            *row = i;
            return 0;
        }
    state_fail(s,
        "%s:1: no finding '%s' of program %s; add its row, or give --findings another file",
        s->findings_path, finding, s->experiment->name);
    return -1;
}

double judgement_margin(struct judgement *j, const char *finding) {
    struct judgement_state *s = j->state;
    size_t row;
    if (finding_row(s, finding, &row) != 0)
        return NAN;
    double value = NAN;
    struct error error;
    int found = csv_number(s->findings, row, csv_column(s->findings, "margin"), &value, &error);
    if (found < 0)
        state_fail(s, "%s", error.text);
    else if (found == 0)
        state_fail(s, "%s:%zu: '%s' is judged by a margin but has none; fill in the column margin",
            s->findings_path, csv_line(s->findings, row), finding);
    return found == 1 ? value : (double)NAN;
}

struct published_range judgement_published(struct judgement *j, const char *finding) {
    struct judgement_state *s = j->state;
    struct published_range range = {NAN, NAN};
    size_t row;
    if (finding_row(s, finding, &row) != 0)
        return range;
    const char *text = csv_text(s->findings, row, csv_column(s->findings, "published"));
    char *end;
    range.low = range.high = strtod(text, &end);
    if (end != text && *end == '-') {
        const char *high = end + 1;
        range.high = strtod(high, &end);
        if (end == high)
            end = NULL;
    }
    if (end && end != text && *end == '\0' && range.low <= range.high)
        return range;
    state_fail(s,
        "%s:%zu: '%s' is judged by its published figure, but '%s' is neither a number nor a range "
        "such as 119-132; correct the column published",
        s->findings_path, csv_line(s->findings, row), finding, text);
    return (struct published_range){NAN, NAN};
}

struct published_range judgement_published_within_pct(struct judgement *j, const char *finding) {
    const struct published_range range = judgement_published(j, finding);
    const double margin = judgement_margin(j, finding) / 100;
    return (struct published_range){range.low * (1 - margin), range.high * (1 + margin)};
}

static char *copy(struct judgement_state *s, const char *text) {
    char *out = strdup(text ? text : "");
    if (!out)
        state_fail(s, "out of memory while judging %s", s->experiment->name);
    return out;
}

/* What a text is as a number: infinite or NaN, a zero with a sign, or neither. */
static bool is_no_number(const char *text, bool *is_minus_zero) {
    const char *digits = text && text[0] == '-' ? text + 1 : text;
    char *end;
    const bool is_number = text && text[0] != '\0' && strtod(text, &end) == 0 && *end == '\0';
    *is_minus_zero = is_number && text[0] == '-';
    /* as printf writes them; "infinity" is an outcome's name */
    return digits && (strcmp(digits, "inf") == 0 || strcmp(digits, "nan") == 0);
}

/* The finding's place in the result: where it is already, or at the end. */
static struct judge_verdict *verdict_place(struct judgement_state *s, const char *finding) {
    struct judge_result *r = s->result;
    for (size_t i = 0; i < r->n_list; i++)
        if (strcmp(r->list[i].finding, finding) == 0)
            return &r->list[i];
    struct judge_verdict *list = realloc(r->list, (r->n_list + 1) * sizeof *list);
    if (!list) {
        state_fail(s, "out of memory while judging %s", s->experiment->name);
        return NULL;
    }
    r->list = list;
    list[r->n_list] = (struct judge_verdict){0};
    return &list[r->n_list++];
}

static void verdict_free(struct judge_verdict *v) {
    free(v->finding);
    free(v->measured);
    free(v->unit);
    free(v->n_unit);
    free(v->reason);
}

/* Times of a machine that others used too much decide nothing. `besides` is why else, or NULL. */
static void distrust_words(
    const struct samples_quiet *q, const char *besides, char *reason, size_t size) {
    const int n = snprintf(reason, size,
        "others used the machine: %zu of %zu trials of %s are undisturbed, and half of them must "
        "be; up to %.0f %% of the processors were others', %g %% is the bound; close what is busy, "
        "or run with --wait-idle",
        q->n_undisturbed, q->n_trials, q->arm, q->most_others_pct, DISTURBED_OTHERS_PCT);
    if (besides && n > 0 && (size_t)n < size)
        snprintf(reason + n, size - (size_t)n, "; and %s", besides);
}

void judgement_verdict(struct judgement *j, const struct verdict_row *given) {
    struct judgement_state *s = j->state;
    struct verdict_row mended = *given, *v = &mended;
    bool is_minus_zero;
    char reason[1500];
    size_t row;
    enum claim_basis basis;
    struct error error;
    if (finding_row(s, v->finding, &row) != 0)
        return;
    if (is_no_number(v->measured, &is_minus_zero)) {
        v->measured = "";
        v->interval = (struct stats_interval){NAN, NAN, NAN};
        v->reason = "what was measured gives no number: it is divided by 0";
        if (v->verdict == VERDICT_REPRODUCED || v->verdict == VERDICT_CONTRADICTED)
            v->verdict = VERDICT_INCONCLUSIVE;
    } else if (is_minus_zero) {
        v->measured++;
    }
    if (claims_basis(s->findings, row, &basis, &error) != 0) {
        state_fail(s, "%s", error.text);
        return;
    }
    if (s->times_only && basis != CLAIM_ON_TIME)
        return;
    struct judge_verdict *place = verdict_place(s, v->finding);
    if (!place)
        return;
    struct judge_verdict said = {.verdict = v->verdict,
        .undecidable = v->undecidable,
        .interval = v->interval,
        .n = v->n,
        .row = row};
    const bool distrusted = basis == CLAIM_ON_TIME && !s->quiet.enough &&
                            v->verdict != VERDICT_UNSUPPORTED; /* what cannot be asked stays so */
    if (distrusted) {
        distrust_words(
            &s->quiet, v->verdict == VERDICT_UNTRUSTED ? v->reason : NULL, reason, sizeof reason);
        said.verdict = VERDICT_UNTRUSTED;
    }
    said.finding = copy(s, v->finding);
    said.measured = copy(s, v->measured);
    said.unit = copy(s, v->unit);
    said.n_unit = copy(s, v->n_unit);
    said.reason = copy(s, distrusted ? reason : v->reason);
    verdict_free(place);
    *place = said;
}

static void verdict_put(struct judgement_state *s, struct csv_writer *w, size_t i) {
    const struct judge_verdict *v = &s->result->list[i];
    csv_put_text(w, v->finding);
    csv_put_text(w, verdict_name(v->verdict));
    csv_put_text(w, v->measured);
    csv_put_text(w, v->unit);
    csv_put_number(w, v->interval.low);
    csv_put_number(w, v->interval.high);
    csv_put_u64(w, v->n);
    csv_put_text(w, v->n_unit);
    csv_put_text(w, csv_text(s->findings, v->row, csv_column(s->findings, "published")));
    csv_put_text(w, csv_text(s->findings, v->row, csv_column(s->findings, "source")));
    csv_put_text(w, v->reason);
    row_end(s, w);
}

/* Verdicts on outputs rest on all jobs; those on times, and the figures, on the undisturbed ones, or on all
 * of them where they are too few to be trusted. */
static void rules_ask(struct judgement_state *s, struct judgement *j) {
    samples_quiet_count(&s->samples, s->experiment, &s->quiet);
    const bool apart = s->quiet.n_disturbed > 0 && s->quiet.enough;
    s->figures = !apart;
    if (s->experiment->judge(j) != 0)
        state_fail(s, "%s could not judge its samples", s->experiment->name);
    if (!apart || s->failed)
        return;
    s->figures = s->times_only = true;
    samples_select(&s->samples, true);
    if (s->experiment->judge(j) != 0)
        state_fail(s, "%s could not judge its samples", s->experiment->name);
}

static void looks_take(struct judgement_state *s, const struct looks *looks) {
    for (unsigned i = 0; looks && i < looks->n; i++)
        s->fraction[s->n_looks++] = (double)looks->blocks[i] / looks->planned;
}

/* What is left to find out. */
static void look_sum(const struct judgement_state *s, struct look_result *look) {
    for (size_t i = 0; i < s->result->n_list; i++) {
        const struct judge_verdict *v = &s->result->list[i];
        look->claims++;
        if (v->verdict == VERDICT_INCONCLUSIVE || v->verdict == VERDICT_UNTRUSTED)
            look->undecidable += v->verdict == VERDICT_INCONCLUSIVE && v->undecidable;
        else
            look->decided++;
    }
    if (look->claims == 0) {
        look->claims = s->n_figures;
        look->decided = s->n_precise;
    }
    look->level = stats_looks_level(0.95, s->fraction, s->n_looks);
}

int judge_samples(const struct experiment *experiment, const struct csv_table *samples,
    const char *samples_name, const char *findings_path, const struct looks *looks,
    struct judge_result *result, struct error *error) {
    *result = (struct judge_result){0};
    struct judgement_state s = {
        .experiment = experiment, .findings_path = findings_path, .result = result};
    if (samples_take(experiment, samples, samples_name, &s.samples, error) != 0)
        return -1;
    result->n_incomplete = s.samples.n_incomplete;
    looks_take(&s, looks);
    struct judgement j = {.samples = samples,
        .device = s.samples.device,
        .virtual_clock = s.samples.virtual_clock,
        .state = &s};
    s.summary.file = open_memstream(&result->summary, &result->summary_bytes);
    struct csv_writer verdicts = {
        .file = open_memstream(&result->verdicts, &result->verdicts_bytes)};
    s.values.file = open_memstream(&result->values, &result->values_bytes);
    s.values.buffered = true;
    if (s.summary.file && verdicts.file && s.values.file) {
        fputs(HEAD_VALUES "\n", s.values.file);
        fputs(HEAD_SUMMARY "\n", s.summary.file);
        fputs(HEAD_VERDICTS "\n", verdicts.file);
        rules_ask(&s, &j);
        for (size_t i = 0; i < result->n_list && !s.failed; i++)
            verdict_put(&s, &verdicts, i);
        if (stats_memory_is_out())
            state_fail(&s, "out of memory while judging %s", experiment->name);
    } else {
        state_fail(&s, "out of memory while judging %s", experiment->name);
    }
    if (s.summary.file && memory_file_close(s.summary.file, &result->summary) != 0)
        state_fail(&s, "out of memory while judging %s", experiment->name);
    if (verdicts.file && memory_file_close(verdicts.file, &result->verdicts) != 0)
        state_fail(&s, "out of memory while judging %s", experiment->name);
    if (s.values.file && memory_file_close(s.values.file, &result->values) != 0)
        state_fail(&s, "out of memory while judging %s", experiment->name);
    while (s.blocks) {
        struct block *next = s.blocks->next;
        free(s.blocks);
        s.blocks = next;
    }
    csv_table_free(s.findings);
    samples_free(&s.samples, experiment);
    look_sum(&s, &result->look);
    if (!s.failed)
        return 0;
    *error = s.error;
    judge_result_free(result);
    return -1;
}

void judge_result_free(struct judge_result *r) {
    for (size_t i = 0; i < r->n_list; i++)
        verdict_free(&r->list[i]);
    free(r->list);
    free(r->summary);
    free(r->verdicts);
    free(r->values);
    *r = (struct judge_result){0};
}
