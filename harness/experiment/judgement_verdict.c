/* SPDX-License-Identifier: MIT
 *
 * What a rule says of a claim: the claim's row, and the verdict with its reason.
 */
#include "experiment/judgement_state.h"
#include "record/claims.h"
#include "record/disturbed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The row of the finding, or -1 when the claims cannot be read or do not have it. */
static int finding_row(struct judgement_state *s, const char *finding, size_t *row) {
    if (s->failed)
        return -1;
    struct error error;
    if (!s->findings && csv_table_read(s->findings_path, &s->findings, &error) != 0) {
        judgement_fail(s, "%s", error.text);
        return -1;
    }
    int id = csv_column(s->findings, "finding"), experiment = csv_column(s->findings, "experiment");
    for (size_t i = 0; id >= 0 && experiment >= 0 && i < csv_rows(s->findings); i++)
        if (strcmp(csv_text(s->findings, i, id), finding) == 0 &&
            strcmp(csv_text(s->findings, i, experiment), s->experiment->name) == 0) {
            *row = i;
            return 0;
        }
    judgement_fail(s,
        "%s:1: no finding '%s' of experiment %s; add its row, or give --findings another file",
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
        judgement_fail(s, "%s", error.text);
    else if (found == 0)
        judgement_fail(s,
            "%s:%zu: '%s' is judged by a margin but has none; fill in the column margin",
            s->findings_path, csv_line(s->findings, row), finding);
    return found == 1 ? value : (double)NAN;
}

struct published_range judgement_published(struct judgement *j, const char *finding) {
    struct judgement_state *s = j->state;
    struct published_range range = {NAN, NAN};
    size_t row;
    if (finding_row(s, finding, &row) != 0)
        return range;
    const char *text = csv_cell(s->findings, row, "published");
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
    judgement_fail(s,
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
        judgement_fail(s, "out of memory while judging %s", s->experiment->name);
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
        judgement_fail(s, "out of memory while judging %s", s->experiment->name);
        return NULL;
    }
    r->list = list;
    list[r->n_list] = (struct judge_verdict){0};
    return &list[r->n_list++];
}

void judgement_verdict_free(struct judge_verdict *v) {
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
        judgement_fail(s, "%s", error.text);
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
    judgement_verdict_free(place);
    *place = said;
}

struct verdict_row verdict_begin(
    const char *finding, const char *unit, size_t n, const char *measured, const char *reason) {
    return (struct verdict_row){.finding = finding,
        .verdict = VERDICT_INCONCLUSIVE,
        .measured = measured,
        .unit = unit,
        .interval = {NAN, NAN, NAN},
        .n = n,
        .n_unit = "processes",
        .reason = reason};
}

void judgement_verdict_put(struct judgement_state *s, struct csv_writer *w, size_t i) {
    const struct judge_verdict *v = &s->result->list[i];
    csv_put_text(w, v->finding);
    csv_put_text(w, verdict_name(v->verdict));
    csv_put_text(w, v->measured);
    csv_put_text(w, v->unit);
    csv_put_number(w, v->interval.low);
    csv_put_number(w, v->interval.high);
    csv_put_u64(w, v->n);
    csv_put_text(w, v->n_unit);
    csv_put_text(w, csv_cell(s->findings, v->row, "published"));
    csv_put_text(w, csv_cell(s->findings, v->row, "source"));
    csv_put_text(w, v->reason);
    judgement_row_end(s, w);
}
