/* SPDX-License-Identifier: MIT */
#include "experiment/judgement_state.h"

#include "measure/memory_file.h"
#include "record/heads.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void judgement_fail(struct judgement_state *s, const char *format, ...) {
    if (s->failed)
        return;
    s->failed = true;
    va_list arguments;
    va_start(arguments, format);
    s->error.code = EXIT_BROKEN;
    vsnprintf(s->error.text, sizeof s->error.text, format, arguments);
    va_end(arguments);
}

void judgement_row_end(struct judgement_state *s, struct csv_writer *w) {
    if (csv_end_row(w) != 0)
        judgement_fail(s, "out of memory while writing the judgement of %s", s->experiment->name);
}

/* Verdicts on outputs rest on all jobs; those on times, and the figures, on the undisturbed ones, or on all
 * of them where they are too few to be trusted. */
static void rules_ask(struct judgement_state *s, struct judgement *j) {
    samples_quiet_count(&s->samples, s->experiment, &s->quiet);
    const bool apart = s->quiet.n_disturbed > 0 && s->quiet.enough;
    s->figures = !apart;
    if (s->experiment->judge(j) != 0)
        judgement_fail(s, "%s could not judge its samples", s->experiment->name);
    if (!apart || s->failed)
        return;
    s->figures = s->times_only = true;
    samples_select(&s->samples, true);
    if (s->experiment->judge(j) != 0)
        judgement_fail(s, "%s could not judge its samples", s->experiment->name);
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
            judgement_verdict_put(&s, &verdicts, i);
        if (stats_memory_is_out())
            judgement_fail(&s, "out of memory while judging %s", experiment->name);
    } else {
        judgement_fail(&s, "out of memory while judging %s", experiment->name);
    }
    if (s.summary.file && memory_file_close(s.summary.file, &result->summary) != 0)
        judgement_fail(&s, "out of memory while judging %s", experiment->name);
    if (verdicts.file && memory_file_close(verdicts.file, &result->verdicts) != 0)
        judgement_fail(&s, "out of memory while judging %s", experiment->name);
    if (s.values.file && memory_file_close(s.values.file, &result->values) != 0)
        judgement_fail(&s, "out of memory while judging %s", experiment->name);
    while (s.blocks) {
        struct judgement_block *next = s.blocks->next;
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
        judgement_verdict_free(&r->list[i]);
    free(r->list);
    free(r->summary);
    free(r->verdicts);
    free(r->values);
    *r = (struct judge_result){0};
}
