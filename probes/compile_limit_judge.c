/* SPDX-License-Identifier: MIT */
#include "compile_limit_judge.h"

#include "compile_limit_kind.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const arm_names[N_ARMS] = {"keep-tiny", "unload-tiny", "compile-only",
    "keep-16mb", "keep-same-hash", "wait", "purge", "fresh"};

/* The result of one trial. */
struct finding {
    int arm;
    size_t trial; /* its place in the run */
    unsigned searched;
    unsigned fits, fits_low; /* programs that worked; at least fits_low if only bounds are known */
    bool found, silent, cached;
    bool tried_again; /* past the end, after a wait or a purge */
    unsigned again;   /* and how many worked */
    const char *again_reason;
    const char *stage, *code, *reason;
};

static unsigned cell_count(struct judgement *j, size_t row, const char *column) {
    const double value = judgement_cell(j, row, column);
    return value > 0 && value <= UINT_MAX ? (unsigned)value : 0;
}

static void finding_add_row(struct judgement *j, struct finding *f, size_t row) {
    const char *status = judgement_text(j, row, "status");
    const bool late = !strcmp(judgement_text(j, row, "check"), "late");
    if (!strcmp(judgement_text(j, row, "check"), "again")) {
        f->tried_again = true;
        f->again += !strcmp(status, "ok");
        f->again_reason = judgement_text(j, row, "reason");
        return;
    }
    const bool earlier = !strcmp(judgement_text(j, row, "check"), "earlier");
    const unsigned made = cell_count(j, row, "made"), program = cell_count(j, row, "program");
    f->searched = cell_count(j, row, "searched");
    if (!strcmp(status, "ok")) {
        if (judgement_cell(j, row, "cached") == 1)
            f->cached = true;
        if (!f->found && !late)
            f->fits = f->fits_low = made;
        return;
    }
    unsigned fits = (late ? program : made) - 1;
    if (f->found && fits >= f->fits)
        return;
    f->found = true;
    f->fits = f->fits_low = fits;
    /* An earlier program went wrong some time after all were last checked. */
    if (earlier)
        f->fits_low = cell_count(j, row, "checked_to");
    f->silent = !strcmp(status, "untrusted");
    f->stage = judgement_text(j, row, "stage");
    f->code = judgement_text(j, row, "code");
    f->reason = judgement_text(j, row, "reason");
}

/* All trials in the samples, an array to free(); NULL with *n = 0 when there are none. */
static struct finding *findings_collect(struct judgement *j, size_t *n_findings) {
    struct finding *all = NULL;
    *n_findings = 0;
    for (int arm = 0; arm < N_ARMS; arm++) {
        const size_t *rows;
        const size_t n = judgement_rows(j, arm_names[arm], NULL, &rows);
        size_t trial = SIZE_MAX;
        for (size_t i = 0; i < n; i++) {
            if (trial != judgement_trial(j, rows[i])) {
                struct finding *more = realloc(all, (*n_findings + 1) * sizeof *all);
                if (!more) {
                    free(all);
                    *n_findings = 0;
                    return NULL;
                }
                all = more;
                trial = judgement_trial(j, rows[i]);
                all[(*n_findings)++] = (struct finding){.arm = arm, .trial = trial};
            }
            finding_add_row(j, &all[*n_findings - 1], rows[i]);
        }
    }
    return all;
}

/* An arm's trials as one point; `disagree` when only some reached an end, or at different counts.
 */
struct arm_result {
    struct limit_point point;
    unsigned low, high, n, n_found;
    bool disagree, cached;
    const struct finding *first_end;
};

static struct arm_result arm_collect(const struct finding *all, size_t n, int arm) {
    struct arm_result r = {0};
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = &all[i];
        if (f->arm != arm)
            continue;
        if (r.n && (f->found != r.point.found || !limit_counts_agree(f->fits, r.point.fits)))
            r.disagree = true;
        if (!r.n || f->fits_low < r.low)
            r.low = f->fits_low;
        if (!r.n || f->fits > r.high)
            r.high = f->fits;
        if (!r.n || f->fits < r.point.fits)
            r.point.fits = f->fits;
        r.point.found |= f->found;
        r.n_found += f->found;
        r.cached |= f->cached;
        if (f->found && (!r.first_end || f->trial < r.first_end->trial))
            r.first_end = f;
        r.n++;
    }
    r.point.tried = r.n > 0 && !r.disagree;
    return r;
}

/* The arm that shows the limit of programs kept loaded: tiny ones, else large ones, else the rest.
 */
static const struct arm_result *end_arm(const struct arm_result *r) {
    static const int by_rank[] = {KEEP_TINY, FRESH, KEEP_LARGE, KEEP_SAME_HASH};
    for (size_t i = 0; i < sizeof by_rank / sizeof *by_rank; i++)
        if (r[by_rank[i]].point.found)
            return &r[by_rank[i]];
    return NULL;
}

static void exists_and_value_judge(struct judgement *j, const struct arm_result *r) {
    char measured[64], reason[640];
    const struct arm_result *end = end_arm(r), *tiny = &r[KEEP_TINY];
    struct verdict_row exists =
        verdict_begin("compile-limit.exists", "", end ? end->n : tiny->n, "", "");
    struct verdict_row value =
        verdict_begin("compile-limit.value", "", end ? end->n : tiny->n, "", "");
    const struct published_range claimed = judgement_published(j, value.finding);
    const bool searched = tiny->n && tiny->point.fits > claimed.high;
    exists.measured = value.measured = measured;
    exists.reason = value.reason = reason;
    measured[0] = '\0';
    if (!end) {
        if (tiny->n)
            snprintf(measured, sizeof measured, "none up to %u", tiny->point.fits);
        if (!tiny->n) {
            snprintf(reason, sizeof reason, "no trial of keep-tiny completed");
        } else if (tiny->cached) {
            snprintf(reason, sizeof reason,
                "some compiles were served from a cache and may not count; run with another seed");
        } else {
            snprintf(reason, sizeof reason,
                "%u tiny programs, and %u of 16 MB, were loaded at once with right outputs%s",
                tiny->point.fits, r[KEEP_LARGE].point.fits,
                searched ? "" : "; the search stopped before the claimed number");
            if (searched)
                exists.verdict = VERDICT_CONTRADICTED;
        }
        judgement_verdict(j, &exists);
        value.verdict = searched && !tiny->cached ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE;
        value.reason = "no limit was found, so there is no number to judge";
        judgement_verdict(j, &value);
        return;
    }
    const struct finding *f = end->first_end;
    const char *arm = arm_names[end - r];
    snprintf(measured, sizeof measured, "%u", f->fits);
    exists.unit = value.unit = "programs";
    snprintf(reason, sizeof reason, "in %s, with program %u, %s at %s%s%s: %s", arm, f->fits + 1,
        f->silent ? "an output was wrong" : "a call was refused", f->stage,
        *f->code ? ", code " : "", f->code, f->reason);
    if (f->fits == 0) {
        exists.verdict = value.verdict = VERDICT_UNTRUSTED;
        snprintf(
            reason, sizeof reason, "even the first program of %s did not work: %s", arm, f->reason);
    } else {
        exists.verdict = end->n_found < end->n ? VERDICT_INCONCLUSIVE : VERDICT_REPRODUCED;
        value.interval = (struct stats_interval){f->fits, end->low, end->high};
        value.verdict = end->disagree ? VERDICT_INCONCLUSIVE
                                      : verdict_within(value.interval, claimed.low, claimed.high);
    }
    judgement_verdict(j, &exists);
    if (f->fits)
        snprintf(reason, sizeof reason, "between %u and %u programs fit in %s (claimed: %g to %g)",
            end->low, end->high, arm, claimed.low, claimed.high);
    judgement_verdict(j, &value);
}

static void kind_judge(struct judgement *j, const struct arm_result *r) {
    char reason[640];
    const struct limit_points points = {.keep_tiny = r[KEEP_TINY].point,
        .unload_tiny = r[UNLOAD_TINY].point,
        .compile_only = r[COMPILE_ONLY].point,
        .keep_large = r[KEEP_LARGE].point};
    struct verdict_row row = verdict_begin("compile-limit.kind", "",
        r[KEEP_TINY].n + r[UNLOAD_TINY].n + r[COMPILE_ONLY].n + r[KEEP_LARGE].n, "", "");
    const unsigned kinds = limit_kinds_decide(&points, reason, sizeof reason);
    const bool cached = r[UNLOAD_TINY].cached || r[COMPILE_ONLY].cached || r[KEEP_TINY].cached;
    row.reason = reason;
    row.measured = limit_kinds_name(kinds);
    if (cached) {
        row.measured = "";
        snprintf(reason, sizeof reason,
            "some compiles were served from a cache and may not count; run with another seed");
    } else if (kinds == LIMIT_NONE &&
               r[KEEP_TINY].point.fits <= judgement_published(j, "compile-limit.value").high) {
        row.measured = "";
        const size_t used = strlen(reason);
        snprintf(
            reason + used, sizeof reason - used, "; the search stopped before the claimed number");
    } else if (kinds != LIMIT_UNCLEAR) {
        const bool claimed = kinds == LIMIT_COMPILES || kinds == (LIMIT_COMPILES | LIMIT_BYTES);
        row.verdict = claimed ? VERDICT_REPRODUCED : VERDICT_CONTRADICTED;
    }
    judgement_verdict(j, &row);
}

/* Trials of the same class do the same work. */
static int work_class(int arm) {
    return arm == FRESH ? KEEP_TINY : arm;
}

/* The first trial, in run order, that reached an end: of a class, or (-1) of all. */
static const struct finding *first_end(const struct finding *all, size_t n, int class) {
    const struct finding *first = NULL;
    for (size_t i = 0; i < n; i++)
        if (all[i].found && (class < 0 || work_class(all[i].arm) == class) &&
            (!first || all[i].trial < first->trial))
            first = &all[i];
    return first;
}

/* Compares every process that ran after one had reached an end with the first end of the same work.
 */
static void restart_judge(struct judgement *j, const struct finding *all, size_t n) {
    char measured[64] = "", reason[640];
    struct verdict_row row = verdict_begin("compile-limit.restart-clears", "", 0, "", "");
    const struct finding *first = first_end(all, n, -1);
    size_t n_cleared = 0;
    for (size_t i = 0; first && i < n; i++) {
        const struct finding *f = &all[i], *mark = first_end(all, n, work_class(f->arm));
        const bool dead = f->found && f->fits == 0;
        if (f->arm == WAIT || f->arm == PURGE)
            continue;
        if (f->trial <= first->trial || (!dead && (!mark || mark->trial >= f->trial)))
            continue;
        row.n++;
        n_cleared += !dead && (f->fits >= mark->fits || limit_counts_agree(f->fits, mark->fits));
    }
    if (row.n)
        snprintf(measured, sizeof measured, "%zu of %zu", n_cleared, row.n);
    if (!first) {
        row.verdict = n ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason,
            "no limit was found, so there is nothing for a restart to clear");
    } else if (row.n == 0) {
        snprintf(
            reason, sizeof reason, "no process did the same work again after one hit the limit");
    } else {
        row.unit = "later processes";
        row.verdict = n_cleared == row.n ? VERDICT_REPRODUCED
                      : n_cleared == 0   ? VERDICT_CONTRADICTED
                                         : VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason,
            "%zu of %zu processes started after one hit the limit got as far as the first of their "
            "kind",
            n_cleared, row.n);
    }
    row.measured = measured;
    row.reason = reason;
    judgement_verdict(j, &row);
}

/* What a wait or a purge gave back, in processes that had reached an end; the claim is that it does, or not. */
static void back_judge(struct judgement *j, const struct finding *all, size_t n, const char *name,
    int arm, bool claimed) {
    char measured[64] = "", reason[640] = "no limit was found, so there is nothing to give back";
    struct verdict_row row = verdict_begin(name, "", 0, "", "");
    size_t n_back = 0, n_trials = 0;
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = &all[i];
        if (f->arm != arm)
            continue;
        n_trials++;
        if (!f->tried_again)
            continue;
        row.n++;
        n_back += f->again > 0;
        snprintf(reason, sizeof reason, "past the limit of %u, %u more worked%s%s", f->fits,
            f->again, f->again_reason && *f->again_reason ? ": " : "",
            f->again_reason ? f->again_reason : "");
    }
    if (row.n > 0)
        snprintf(measured, sizeof measured, "%zu of %zu", n_back, row.n);
    row.measured = measured;
    row.unit = row.n > 0 ? "processes" : "";
    row.reason = reason;
    row.verdict = row.n == 0        ? n_trials ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE
                  : n_back == row.n ? claimed ? VERDICT_REPRODUCED : VERDICT_CONTRADICTED
                  : n_back == 0     ? claimed ? VERDICT_CONTRADICTED : VERDICT_REPRODUCED
                                    : VERDICT_INCONCLUSIVE;
    judgement_verdict(j, &row);
}

int compile_limit_judge(struct judgement *j) {
    static const char *const metrics[] = {"compile_ns", "load_ns"};
    size_t n;
    struct finding *all = findings_collect(j, &n);
    struct arm_result results[N_ARMS];
    for (int arm = 0; arm < N_ARMS; arm++) {
        results[arm] = arm_collect(all, n, arm);
        double fits[64];
        size_t n_fits = 0;
        for (size_t i = 0; i < n && n_fits < sizeof fits / sizeof *fits; i++)
            if (all[i].arm == arm)
                fits[n_fits++] = all[i].fits;
        judgement_summary(j, arm_names[arm],
            results[arm].point.found ? "programs_that_fit" : "programs_none_refused", "programs",
            "processes", fits, n_fits);
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
            const double *medians;
            const size_t n_medians =
                judgement_trial_medians(j, arm_names[arm], metrics[m], &medians);
            judgement_summary(j, arm_names[arm], metrics[m], "ns", "processes", medians, n_medians);
        }
    }
    exists_and_value_judge(j, results);
    kind_judge(j, results);
    restart_judge(j, all, n);
    back_judge(j, all, n, "compile-limit.wait-gives-back", WAIT, true);
    back_judge(j, all, n, "compile-limit.purge-gives-nothing", PURGE, false);
    free(all);
    return 0;
}
