/* SPDX-License-Identifier: MIT */
#include "program_limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What one search came to. */
struct end {
    double good, bad; /* the largest that worked, the smallest above it that failed; 0 = none */
    double searched;
    bool spoiled;        /* the smallest step did not work again */
    const char *outcome; /* of `bad` */
    const char *stage, *code, *reason;
};

static bool is_case(struct judgement *j, size_t row, const char *name) {
    return strcmp(judgement_text(j, row, "case"), name) == 0;
}

static bool is_right(struct judgement *j, size_t row) {
    return strcmp(judgement_text(j, row, "outcome"), RUNG_RIGHT) == 0;
}

/* The rows from..to of one trial. */
static struct end end_of(
    struct judgement *j, const char *name, const size_t *rows, size_t from, size_t to) {
    struct end e = {.outcome = "", .stage = "", .code = "", .reason = ""};
    for (size_t i = from; i < to; i++) {
        const double value = judgement_cell(j, rows[i], "value");
        e.searched = judgement_cell(j, rows[i], "searched");
        if (is_case(j, rows[i], "again"))
            e.spoiled = !is_right(j, rows[i]);
        else if (is_case(j, rows[i], name) && is_right(j, rows[i]) && value > e.good)
            e.good = value;
    }
    for (size_t i = from; i < to; i++) {
        const double value = judgement_cell(j, rows[i], "value");
        if (!is_case(j, rows[i], name) || is_right(j, rows[i]) || value < e.good ||
            (e.bad > 0 && value >= e.bad))
            continue;
        e.bad = value;
        e.outcome = judgement_text(j, rows[i], "outcome");
        e.stage = judgement_text(j, rows[i], "stage");
        e.code = judgement_text(j, rows[i], "code");
        e.reason = judgement_text(j, rows[i], "reason");
    }
    return e;
}

enum { ENDS_MAX = 64 };

static size_t ends_collect(struct judgement *j, enum resource resource, struct end ends[ENDS_MAX]) {
    const char *name = resource_names[resource];
    const size_t *rows;
    const size_t n = judgement_rows(j, name, NULL, &rows);
    size_t n_ends = 0;
    for (size_t i = 0, next; i < n && n_ends < ENDS_MAX; i = next) {
        for (next = i; next < n && judgement_trial(j, rows[next]) == judgement_trial(j, rows[i]);)
            next++;
        ends[n_ends++] = end_of(j, name, rows, i, next);
    }
    return n_ends;
}

static void summary(struct judgement *j, enum resource resource, const struct end *ends, size_t n) {
    double good[ENDS_MAX];
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        good[i] = ends[i].good;
        found = found || ends[i].bad > 0;
    }
    judgement_summary(j, resource_names[resource], found ? "largest_that_works" : "largest_tried",
        resource == BYTES ? "MB" : resource_names[resource], "processes", good, n);
}

/* How a search's limit lies to the claimed range. */
enum side { SIDE_INSIDE, SIDE_OUTSIDE, SIDE_UNKNOWN };

static enum side side_of(const struct end *e, double more, struct published_range claimed) {
    const double low = e->good + more, high = e->bad + more - 1;
    if (e->spoiled || e->good == 0)
        return SIDE_UNKNOWN;
    if (e->bad == 0)
        return low > claimed.high ? SIDE_OUTSIDE : SIDE_UNKNOWN;
    if (high < claimed.low || low > claimed.high)
        return SIDE_OUTSIDE;
    return low >= claimed.low && high <= claimed.high ? SIDE_INSIDE : SIDE_UNKNOWN;
}

static void end_words(const struct end *e, char *out, size_t size) {
    if (e->bad == 0)
        snprintf(out, size, "none failed up to %.0f", e->good);
    else
        snprintf(out, size, "%.0f worked, %.0f did not: %s%s%s%s%s%s%.160s", e->good, e->bad,
            e->outcome, *e->stage ? " at " : "", e->stage, *e->code ? ", code " : "", e->code,
            *e->reason ? ": " : "", e->reason);
}

/* A claim about how much of one resource, or of two that count together with `more` of another. */
static void value_judge(struct judgement *j, const char *finding, const enum resource *resources,
    size_t n_resources, double more, const char *unit) {
    const struct published_range claimed = resources[0] == BYTES
                                               ? judgement_published_within_pct(j, finding)
                                               : judgement_published(j, finding);
    char measured[64] = "", reason[640] = "no search completed";
    struct verdict_row row = verdict_begin(finding, unit, 0, measured, reason);
    size_t n_inside = 0, n_outside = 0, n_spoiled = 0;
    for (size_t r = 0; r < n_resources; r++) {
        struct end ends[ENDS_MAX];
        const size_t n = ends_collect(j, resources[r], ends);
        for (size_t i = 0; i < n; i++) {
            const enum side side = side_of(&ends[i], more, claimed);
            n_inside += side == SIDE_INSIDE;
            n_outside += side == SIDE_OUTSIDE;
            n_spoiled += ends[i].spoiled || ends[i].good == 0;
            if (row.n == 0 || ends[i].bad > 0) {
                snprintf(measured, sizeof measured, ends[i].bad > 0 ? "%.0f" : "none up to %.0f",
                    ends[i].good + more);
                end_words(&ends[i], reason, sizeof reason);
            }
            row.n++;
        }
    }
    if (row.n == 0) {
        row.unit = "";
    } else if (n_spoiled > 0) {
        row.verdict = VERDICT_UNTRUSTED;
        snprintf(reason + strlen(reason), sizeof reason - strlen(reason),
            "; the smallest program did not work%s", n_spoiled < row.n ? " in some searches" : "");
    } else if (n_inside == row.n || n_outside == row.n) {
        row.verdict = n_inside ? VERDICT_REPRODUCED : VERDICT_CONTRADICTED;
    } else {
        snprintf(reason + strlen(reason), sizeof reason - strlen(reason), "; %s",
            n_inside + n_outside < row.n ? "the search stopped before the claimed number"
                                         : "searches disagree");
    }
    if (strncmp(measured, "none", 4) == 0)
        row.unit = "";
    judgement_verdict(j, &row);
}

/* How too many layers fail. */
static void failure_judge(struct judgement *j) {
    struct end ends[ENDS_MAX];
    char reason[640] = "no search completed";
    const size_t n = ends_collect(j, LAYERS, ends);
    size_t n_failed = 0, n_refused = 0;
    struct verdict_row row = verdict_begin("program-limits.layers-unrefused", "", n, "", reason);
    for (size_t i = 0; i < n; i++) {
        n_failed += ends[i].bad > 0;
        n_refused += ends[i].bad > 0 && strcmp(ends[i].outcome, RUNG_REFUSED) == 0;
        if (ends[i].bad > 0 || i == 0)
            end_words(&ends[i], reason, sizeof reason);
        if (ends[i].bad > 0)
            row.measured = ends[i].outcome;
    }
    if (n > 0 && n_failed == 0)
        row.verdict = VERDICT_UNSUPPORTED;
    else if (n_failed > 0 && (n_refused == 0 || n_refused == n_failed))
        row.verdict = n_refused ? VERDICT_CONTRADICTED : VERDICT_REPRODUCED;
    judgement_verdict(j, &row);
}

int program_limits_judge(struct judgement *j) {
    static const enum resource surfaces[] = {INPUTS, OUTPUTS};
    static const struct {
        const char *finding, *unit;
        enum resource resource;
    } claims[] = {{"program-limits.files", "files", FILES},
        {"program-limits.layers", "layers", LAYERS}, {"program-limits.axis", "elements", AXIS},
        {"program-limits.bytes", "MB", BYTES}};
    for (int resource = 0; resource < N_RESOURCES; resource++) {
        struct end ends[ENDS_MAX];
        const size_t n = ends_collect(j, (enum resource)resource, ends);
        if (n > 0)
            summary(j, (enum resource)resource, ends, n);
    }
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        value_judge(j, claims[i].finding, &claims[i].resource, 1, 0, claims[i].unit);
    /* a request has one output beside many inputs, and one input beside many outputs */
    value_judge(j, "program-limits.surfaces", surfaces, 2, 1, "surfaces");
    failure_judge(j);
    return 0;
}
