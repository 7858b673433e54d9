/* SPDX-License-Identifier: MIT
 *
 * The decision rule of qos_sweep, as given in its header comment.
 */
#include "qos_sweep_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *qos_treatment_name(unsigned treatment) {
    static const char *const names[] = {"aa-1", "aa-2", "plus-3"};
    return treatment < QOS_LEVELS ? "level" : names[treatment - QOS_LEVELS];
}

/* ---- judgement: acceptance */

struct acceptance {
    unsigned asked, accepted, refused, blocked; /* processes; blocked: level 21 failed as well */
};

/* -1 when a row names no level. */
static int row_level(struct judgement *j, size_t row) {
    const double qos = judgement_cell(j, row, "qos");
    return qos >= 0 && qos < QOS_LEVELS && qos == trunc(qos) ? (int)qos : -1;
}

static void acceptance_count(struct judgement *j, struct acceptance level[QOS_LEVELS]) {
    const size_t *rows;
    size_t n = judgement_rows(j, "accept", NULL, &rows);
    for (size_t i = 0; i < n; i++) {
        const int q = row_level(j, rows[i]);
        if (q < 0 || strcmp(judgement_text(j, rows[i], "phase"), "accept") != 0)
            continue;
        struct acceptance *a = &level[q];
        a->asked++;
        if (strcmp(judgement_text(j, rows[i], "status"), "ok") == 0)
            a->accepted++;
        else if (strcmp(judgement_text(j, rows[i], "status"), "untrusted") == 0)
            continue;
        else if (i + 1 < n && judgement_trial(j, rows[i + 1]) == judgement_trial(j, rows[i]) &&
                 strcmp(judgement_text(j, rows[i + 1], "phase"), "control") == 0 &&
                 strcmp(judgement_text(j, rows[i + 1], "status"), "ok") == 0)
            a->refused++;
        else
            a->blocked++;
    }
}

/* The trials with rows of their own arm, and the first reason among those that are unsupported. */
static size_t trials_of(struct judgement *j, const char *arm, const char **unsupported) {
    const size_t *rows;
    size_t n_rows = judgement_rows(j, arm, NULL, &rows), n = 0;
    *unsupported = NULL;
    for (size_t i = 0; i < n_rows; i++) {
        n += i == 0 || judgement_trial(j, rows[i]) != judgement_trial(j, rows[i - 1]);
        if (!*unsupported && strcmp(judgement_text(j, rows[i], "status"), "unsupported") == 0)
            *unsupported = judgement_text(j, rows[i], "reason");
    }
    return n;
}

static void acceptance_judge(struct judgement *j) {
    struct acceptance level[QOS_LEVELS] = {{0}};
    const char *unsupported;
    size_t n = trials_of(j, "accept", &unsupported);
    unsigned everywhere = 0, refused = 0, mixed = 0, blocked = 0;
    int worst = -1;
    acceptance_count(j, level);
    for (int q = 0; q < QOS_LEVELS; q++) {
        everywhere += level[q].asked > 0 && level[q].accepted == level[q].asked;
        blocked += level[q].blocked > 0;
        mixed += level[q].refused > 0 && level[q].accepted > 0;
        if (level[q].refused > 0 && level[q].accepted == 0) {
            refused++;
            worst = q;
        }
    }
    char measured[32], reason[256];
    snprintf(measured, sizeof measured, "%u of %d", everywhere, QOS_LEVELS);
    struct verdict_row row = {.finding = "qos.all-accepted",
        .measured = measured,
        .unit = "levels",
        .interval = {NAN, NAN, NAN},
        .n = n,
        .n_unit = "processes",
        .reason = reason};
    if (unsupported) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, sizeof reason, "%s", unsupported);
    } else if (refused > 0) {
        row.verdict = VERDICT_CONTRADICTED;
        snprintf(reason, sizeof reason,
            "%u levels were refused or gave wrong output each time (such as level %d) while level "
            "21 continued to work",
            refused, worst);
    } else if (mixed > 0) {
        row.verdict = VERDICT_UNTRUSTED;
        snprintf(reason, sizeof reason,
            "%u levels were refused in one process and accepted in "
            "another",
            mixed);
    } else if (everywhere == QOS_LEVELS) {
        row.verdict = VERDICT_REPRODUCED;
        snprintf(reason, sizeof reason,
            "every level compiled, loaded and gave the reference's output in every process");
    } else {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason,
            blocked > 0 ? "programs failed at level 21 too, so the level is not the cause"
                        : "not every level was tried");
    }
    judgement_verdict(j, &row);
}

/* ---- judgement: latency */

/* One number per process for each treatment. */
struct ratios {
    double *x[QOS_TREATMENTS];
    size_t n[QOS_TREATMENTS];
    double *aa; /* ratio of the first A/A series to the second */
    size_t n_aa;
};

/* QOS_TREATMENTS when it is none. */
static unsigned row_treatment(struct judgement *j, size_t row) {
    const char *name = judgement_text(j, row, "treatment");
    for (unsigned t = QOS_LEVELS; t < QOS_TREATMENTS; t++)
        if (strcmp(name, qos_treatment_name(t)) == 0)
            return t;
    const int q = row_level(j, row);
    return q < 0 ? QOS_TREATMENTS : (unsigned)q;
}

/* Medians over the rounds of rows first..end-1, all of one trial. */
static int ratios_take(
    struct judgement *j, struct ratios *r, const size_t *rows, size_t first, size_t end) {
    double *x = judgement_memory(j, end - first, sizeof *x);
    unsigned *treatment = judgement_memory(j, end - first, sizeof *treatment);
    double median[QOS_TREATMENTS];
    if (!x || !treatment)
        return -1;
    for (size_t i = first; i < end; i++)
        treatment[i - first] = strcmp(judgement_text(j, rows[i], "phase"), "batch") == 0
                                   ? row_treatment(j, rows[i])
                                   : QOS_TREATMENTS;
    for (unsigned t = 0; t < QOS_TREATMENTS; t++) {
        size_t n = 0;
        for (size_t i = first; i < end; i++)
            if (treatment[i - first] == t)
                x[n++] = judgement_cell(j, rows[i], "ratio");
        median[t] = stats_median(x, n);
        if (n > 0)
            r->x[t][r->n[t]++] = median[t];
    }
    if (isfinite(median[QOS_AA_1]) && isfinite(median[QOS_AA_2]))
        r->aa[r->n_aa++] = median[QOS_AA_1] / median[QOS_AA_2];
    return 0;
}

static int ratios_read(struct judgement *j, struct ratios *r) {
    const size_t *rows;
    size_t n = judgement_rows(j, "sweep", "ok", &rows);
    *r = (struct ratios){.aa = judgement_memory(j, judgement_trials(j), sizeof(double))};
    for (unsigned t = 0; t < QOS_TREATMENTS; t++)
        if (!(r->x[t] = judgement_memory(j, judgement_trials(j), sizeof(double))))
            return -1;
    for (size_t i = 0; r->aa && i < n;) {
        size_t first = i, trial = judgement_trial(j, rows[i]);
        while (i < n && judgement_trial(j, rows[i]) == trial)
            i++;
        if (ratios_take(j, r, rows, first, i) != 0)
            return -1;
    }
    return r->aa ? 0 : -1;
}

static bool equivalent(struct stats_interval ratio, double margin) {
    return ratio.low > 1 - margin && ratio.high < 1 + margin;
}

/* p of the one-sided test, on logarithms, that the mean ratio lies beyond the margin. The other end
 * of TOST's interval is set out of reach. */
static double outside_p(struct judgement *j, const double *ratios, size_t n, double margin) {
    const double far = 1000;
    double *logs = judgement_memory(j, n, sizeof *logs);
    if (!logs)
        return 1;
    for (size_t i = 0; i < n; i++)
        logs[i] = log(ratios[i]);
    return fmin(stats_tost_paired(logs, n, log(1 + margin), far),
        stats_tost_paired(logs, n, -far, log(1 - margin)));
}

/* Results of the 63 levels other than 21. */
struct levels {
    unsigned within;  /* levels whose interval is within the margin */
    int farthest;     /* level with the largest deviation */
    double deviation; /* its ratio - 1 */
    double low, high; /* hull of all intervals */
    int outside;      /* level farthest beyond the margin after Holm, -1 = none */
    struct stats_interval outside_ratio;
};

static int levels_judge(
    struct judgement *j, const struct ratios *r, double margin, struct levels *out) {
    double p[QOS_LEVELS];
    struct stats_interval ratio[QOS_LEVELS];
    *out = (struct levels){.farthest = QOS_REFERENCE, .low = 1, .high = 1, .outside = -1};
    size_t n_p = 0;
    for (int q = 0; q < QOS_LEVELS; q++) {
        if (q == QOS_REFERENCE)
            continue;
        ratio[q] = judgement_mean_ratio(j, r->x[q], r->n[q], judgement_level(j, 0.95));
        p[n_p++] = outside_p(j, r->x[q], r->n[q], margin);
        out->within += equivalent(ratio[q], margin);
        out->low = fmin(out->low, ratio[q].low);
        out->high = fmax(out->high, ratio[q].high);
        if (fabs(ratio[q].estimate - 1) > fabs(out->deviation)) {
            out->deviation = ratio[q].estimate - 1;
            out->farthest = q;
        }
    }
    const double p_most = 1 - judgement_level(j, 0.95);
    stats_holm(p, n_p);
    for (int q = 0; q < QOS_LEVELS; q++) {
        if (q == QOS_REFERENCE || p[q - (q > QOS_REFERENCE)] >= p_most)
            continue;
        if (out->outside < 0 ||
            fabs(ratio[q].estimate - 1) > fabs(out->outside_ratio.estimate - 1)) {
            out->outside = q;
            out->outside_ratio = ratio[q];
        }
    }
    return 0;
}

static void latency_decide(const struct levels *l, struct stats_interval aa,
    struct stats_interval aa_wide, struct stats_interval plus, double margin, size_t n,
    struct verdict_row *row, char *reason, size_t size) {
    bool aa_equal = equivalent(aa, margin);
    bool plus_seen = plus.low > 1 && !equivalent(plus, margin);
    if (!aa_equal && (aa_wide.low > 1 || aa_wide.high < 1)) {
        row->verdict = VERDICT_UNTRUSTED;
        snprintf(reason, size, "two equal series of level 21 differ: their ratio is %.4f to %.4f",
            aa_wide.low, aa_wide.high);
    } else if (l->outside >= 0) {
        row->verdict = VERDICT_CONTRADICTED;
        snprintf(reason, size,
            "level %d runs at %.3f times level 21 (%.3f to %.3f), beyond %g %% "
            "after Holm's correction",
            l->outside, l->outside_ratio.estimate, l->outside_ratio.low, l->outside_ratio.high,
            100 * margin);
    } else if (l->within == QOS_LEVELS - 1 && aa_equal && plus_seen) {
        row->verdict = VERDICT_REPRODUCED;
        snprintf(reason, size,
            "all 63 levels lie within %g %% of level 21, the A/A pair agrees and "
            "a known +3.03 %% is seen as %+.2f %%",
            100 * margin, 100 * (plus.estimate - 1));
    } else {
        row->verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, size,
            "%u of 63 levels lie within %g %% with certainty, the A/A pair %s and a known +3.03 %% "
            "%s; %zu processes are too few to decide",
            l->within, 100 * margin, aa_equal ? "agrees" : "is not shown to agree",
            plus_seen ? "is seen" : "is not seen", n);
    }
}

static void latency_judge(struct judgement *j, const struct ratios *r) {
    const char *unsupported;
    char measured[32] = "", reason[300];
    double margin = judgement_margin(j, "qos.no-latency-effect") / 100;
    trials_of(j, "sweep", &unsupported);
    struct verdict_row row = {.finding = "qos.no-latency-effect",
        .measured = measured,
        .unit = "%",
        .interval = {NAN, NAN, NAN},
        .n = r->n[QOS_AA_1],
        .n_unit = "processes",
        .reason = reason};
    struct levels levels;
    if (unsupported) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, sizeof reason, "%s", unsupported);
    } else if (row.n < 2) {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason, "%zu processes completed the sweep; 2 are needed", row.n);
    } else {
        if (levels_judge(j, r, margin, &levels) != 0)
            return;
        latency_decide(&levels, judgement_mean_ratio(j, r->aa, r->n_aa, judgement_level(j, 0.95)),
            judgement_mean_ratio(j, r->aa, r->n_aa, judgement_level(j, 0.99)),
            judgement_mean_ratio(j, r->x[QOS_PLUS_3], r->n[QOS_PLUS_3], judgement_level(j, 0.95)),
            margin, row.n, &row, reason, sizeof reason);
        snprintf(measured, sizeof measured, "%+.2f", 100 * levels.deviation);
        row.interval.low = 100 * (levels.low - 1);
        row.interval.high = 100 * (levels.high - 1);
    }
    judgement_verdict(j, &row);
}

static void summarize(struct judgement *j, const struct ratios *r) {
    static const char *const times[] = {"compile_ns", "load_ns", "eval_ns"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        const size_t *rows;
        size_t n = judgement_rows(j, "accept", "ok", &rows), n_first = 0, n_later = 0;
        double *first = judgement_memory(j, n, sizeof *first);
        double *later = judgement_memory(j, n, sizeof *later);
        if (!first || !later)
            return;
        for (size_t k = 0; k < n; k++) {
            bool is_first = strcmp(judgement_text(j, rows[k], "phase"), "first") == 0;
            double value = judgement_cell(j, rows[k], times[i]);
            if (isnan(value))
                continue;
            if (is_first)
                first[n_first++] = value;
            else
                later[n_later++] = value;
        }
        char metric[32];
        snprintf(metric, sizeof metric, "first_%s", times[i]);
        judgement_summary(j, "accept", metric, "ns", "processes", first, n_first);
        snprintf(metric, sizeof metric, "later_%s", times[i]);
        judgement_summary(j, "accept", metric, "ns", "levels", later, n_later);
    }
    const double *medians;
    size_t n = judgement_trial_medians(j, "sweep", "reference_ns", &medians);
    judgement_summary(j, "sweep", "reference_ns", "ns", "processes", medians, n);
    n = judgement_trial_medians(j, "sweep", "mean_ratio", &medians);
    judgement_summary(j, "sweep", "mean_ratio", "ratio", "processes", medians, n);
    for (unsigned t = 0; t < QOS_TREATMENTS; t++) {
        char metric[32];
        if (t < QOS_LEVELS)
            snprintf(metric, sizeof metric, "ratio_qos_%u", t);
        else
            snprintf(metric, sizeof metric, "ratio_%s", qos_treatment_name(t));
        judgement_summary(j, "sweep", metric, "ratio", "processes", r->x[t], r->n[t]);
    }
}

int qos_sweep_judge(struct judgement *j) {
    struct ratios ratios;
    if (ratios_read(j, &ratios) != 0)
        return -1;
    summarize(j, &ratios);
    acceptance_judge(j);
    latency_judge(j, &ratios);
    return 0;
}
