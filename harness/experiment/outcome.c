/* SPDX-License-Identifier: MIT */
#include "experiment/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64 };

int outcome_row(struct trial *t, const char *case_name, const char *outcome,
    enum device_status status, const struct device_error *error) {
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, error);
    trial_text(t, "case", case_name);
    if (status == DEVICE_OK) {
        trial_text(t, "outcome", outcome);
        trial_row(t, SAMPLE_OK, "");
        return 0;
    }
    if (status == DEVICE_FAILED)
        trial_text(t, "outcome", OUTCOME_REFUSED);
    trial_text(t, "stage", error->stage);
    trial_row_error(t, error);
    return 0;
}

/* The next of blank-separated words; false at the end. */
static bool word_next(const char **words, char word[WORD_MAX]) {
    *words += strspn(*words, " ");
    size_t n = strcspn(*words, " ");
    if (n == 0)
        return false;
    snprintf(word, WORD_MAX, "%.*s", (int)n, *words);
    *words += n;
    return true;
}

static bool is_among(const char *words, const char *word) {
    char one[WORD_MAX];
    while (word_next(&words, one))
        if (strcmp(one, word) == 0)
            return true;
    return false;
}

/* The results of one case's trials. */
struct tally {
    size_t n_claimed, n_other, n_unsupported;
    const char *other;      /* an outcome that was not claimed */
    const char *words;      /* the device's reason for it, or for what it does not offer */
    const char *as_claimed; /* one that was */
};

static struct tally case_tally(struct judgement *j, const char *name, const char *claimed) {
    struct tally c = {0, 0, 0, "", "", ""};
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, NULL, &rows);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(judgement_text(j, rows[i], "case"), name) != 0)
            continue;
        const char *outcome = judgement_text(j, rows[i], "outcome");
        const bool unsupported = !strcmp(judgement_text(j, rows[i], "status"), "unsupported");
        if (unsupported) {
            c.n_unsupported++;
        } else if (is_among(claimed, outcome)) {
            c.n_claimed++;
            c.as_claimed = outcome;
        } else {
            c.n_other++;
            c.other = *outcome ? outcome : "nothing";
        }
        if (unsupported || !is_among(claimed, outcome))
            c.words = judgement_text(j, rows[i], "reason");
    }
    return c;
}

/* Trials whose only row says that they cannot run. */
static const char *trials_unsupported(struct judgement *j) {
    const size_t *rows, *all;
    const size_t n = judgement_rows(j, NULL, "unsupported", &rows);
    return n > 0 && n == judgement_rows(j, NULL, NULL, &all) ? judgement_text(j, rows[0], "reason")
                                                             : NULL;
}

struct sum {
    size_t n_rows, n_cases, n_missing, n_unsupported, n_against, n_mixed;
    const char *unsupported_words, *outcome;
    char against[320], mixed[160]; /* the cases and their outcomes */
    double n_claimed;
};

static void text_add(char *text, size_t size, const char *name, const struct tally *c) {
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s: %s in %zu of %zu%s%.80s%s", used ? "; " : "", name,
        c->other, c->n_other, c->n_other + c->n_claimed, *c->words ? " (" : "", c->words,
        *c->words ? ")" : "");
}

static void sum_add(struct sum *s, const char *name, const struct tally *c) {
    const size_t n = c->n_claimed + c->n_other;
    s->n_cases++;
    s->n_rows += n;
    s->n_claimed += (double)c->n_claimed;
    if (n == 0 && c->n_unsupported) {
        s->n_unsupported++;
        s->unsupported_words = c->words;
    } else if (n == 0) {
        s->n_missing++;
    } else if (c->n_claimed == 0) {
        s->n_against++;
        s->outcome = c->other;
        text_add(s->against, sizeof s->against, name, c);
    } else if (c->n_other > 0) {
        s->n_mixed++;
        text_add(s->mixed, sizeof s->mixed, name, c);
    } else {
        s->outcome = c->as_claimed;
    }
}

static enum verdict sum_verdict(const struct sum *s, const char *cases, char *reason, size_t size) {
    if (s->n_against) {
        snprintf(reason, size, "%s", s->against);
        return VERDICT_CONTRADICTED;
    }
    if (s->n_unsupported == s->n_cases) {
        snprintf(reason, size, "the device does not offer it: %s", s->unsupported_words);
        return VERDICT_UNSUPPORTED;
    }
    if (s->n_mixed) {
        snprintf(reason, size, "trials disagree: %s", s->mixed);
        return VERDICT_INCONCLUSIVE;
    }
    if (s->n_missing || s->n_unsupported) {
        snprintf(reason, size, "%zu of %zu cases have no trial (%s)",
            s->n_missing + s->n_unsupported, s->n_cases, cases);
        return VERDICT_INCONCLUSIVE;
    }
    if (s->n_cases == 1)
        snprintf(reason, size, "%s was %s in each of %zu trials", cases, s->outcome, s->n_rows);
    else
        snprintf(reason, size, "as claimed in each trial of %zu cases", s->n_cases);
    return VERDICT_REPRODUCED;
}

static void claim_judge(struct judgement *j, const struct outcome_claim *claim) {
    struct sum s = {.unsupported_words = "", .outcome = ""};
    char name[WORD_MAX], measured[64] = "", reason[700];
    const char *words = claim->cases, *cannot = trials_unsupported(j);
    while (word_next(&words, name)) {
        const struct tally c = case_tally(j, name, claim->claimed);
        sum_add(&s, name, &c);
    }
    struct verdict_row row = {.finding = claim->finding,
        .measured = measured,
        .unit = "",
        .interval = {NAN, NAN, NAN},
        .n = s.n_rows,
        .n_unit = "trials of cases",
        .reason = reason};
    const struct tally control =
        claim->control ? case_tally(j, claim->control, "right") : (struct tally){.n_claimed = 1};
    if (cannot) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, sizeof reason, "%s", cannot);
    } else if (control.n_other) {
        row.verdict = VERDICT_UNTRUSTED;
        snprintf(reason, sizeof reason, "control: %s was %s in %zu of %zu trials", claim->control,
            control.other, control.n_other, control.n_other + control.n_claimed);
    } else if (control.n_claimed == 0) {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason, "the control %s has no finished trial", claim->control);
    } else {
        row.verdict = sum_verdict(&s, claim->cases, reason, sizeof reason);
        row.undecidable = s.n_mixed > 0;
        if (s.n_cases == 1 && !s.n_mixed)
            snprintf(measured, sizeof measured, "%s", s.outcome);
        else if (s.n_rows)
            snprintf(measured, sizeof measured, "%.0f of %zu as claimed", s.n_claimed, s.n_rows);
    }
    judgement_verdict(j, &row);
}

void outcome_judge(struct judgement *j, const struct outcome_claim *claims, size_t n) {
    for (size_t i = 0; i < n; i++)
        claim_judge(j, &claims[i]);
}
