/* SPDX-License-Identifier: MIT
 *
 * The decision rules of sram, as given in its header comment.
 */
#include "sram_judge.h"

#include "experiment/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double search_end_mb = 64;
enum { FIT_SEED = 1 };

/* A point for each process and size: its median eval. Only processes with all sizes are used; each
 * is scaled by the overall mean over its own mean. */
struct points {
    double *mb, *ns;
    size_t n, n_trials;
};

static void points_add(struct points *p, const double *mb, const double *ns, size_t n) {
    const size_t n_sizes = p->n_trials ? p->n / p->n_trials : 0;
    if (n < n_sizes)
        return;
    if (n > n_sizes)
        p->n = p->n_trials = 0;
    memcpy(p->mb + p->n, mb, n * sizeof *mb);
    memcpy(p->ns + p->n, ns, n * sizeof *ns);
    p->n += n;
    p->n_trials++;
}

static double geometric_mean(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(x[i]);
    return exp(sum / (double)n);
}

static void points_level(struct points *p) {
    const size_t n_sizes = p->n_trials ? p->n / p->n_trials : 0;
    const double whole = geometric_mean(p->ns, p->n);
    for (size_t trial = 0; trial < p->n_trials; trial++) {
        double *ns = p->ns + trial * n_sizes;
        const double factor = whole / geometric_mean(ns, n_sizes);
        for (size_t i = 0; i < n_sizes; i++)
            ns[i] *= factor;
    }
}

/* As measured, or levelled. */
static struct points points_of(struct judgement *j, const char *arm, bool level_them) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arm, "ok", &rows);
    double *memory = judgement_memory(j, 5 * n + 1, sizeof *memory);
    struct points p = {memory, memory + n, 0, 0};
    double *mb = memory + 2 * n, *ns = memory + 3 * n, *evals = memory + 4 * n;
    size_t n_sizes = 0;
    for (size_t i = 0, next; memory && i < n; i = next) {
        const size_t trial = judgement_trial(j, rows[i]);
        mb[n_sizes] = judgement_cell(j, rows[i], "weight_mb");
        for (next = i; next < n && judgement_trial(j, rows[next]) == trial &&
                       judgement_cell(j, rows[next], "weight_mb") == mb[n_sizes];
             next++)
            evals[next - i] = judgement_cell(j, rows[next], "eval_ns");
        ns[n_sizes++] = stats_median(evals, next - i);
        if (next == n || judgement_trial(j, rows[next]) != trial) {
            points_add(&p, mb, ns, n_sizes);
            n_sizes = 0;
        }
    }
    if (level_them)
        points_level(&p);
    return p;
}

/* Medians over processes, one row per size: a series, by its weights in KB. */
static void sizes_summary(struct judgement *j, const char *arm) {
    const struct points p = points_of(j, arm, false);
    double *ns = judgement_memory(j, p.n + 1, sizeof *ns);
    for (double last = 0, next; ns && p.n; last = next) {
        char metric[32];
        size_t n = 0;
        next = INFINITY;
        for (size_t i = 0; i < p.n; i++)
            if (p.mb[i] > last && p.mb[i] < next)
                next = p.mb[i];
        if (isinf(next))
            break;
        for (size_t i = 0; i < p.n; i++)
            if (p.mb[i] == next)
                ns[n++] = p.ns[i];
        snprintf(metric, sizeof metric, "eval_kb_%.0f_ns", next * 1024);
        judgement_summary(j, arm, metric, "ns", "processes", ns, n);
    }
}

/* The fit of an arm. */
struct change {
    struct stats_lines fit;
    size_t n_trials;
    double least_mb, most_mb;
    bool is_found;       /* do two lines fit better than one? */
    enum verdict slower; /* whether evals cost more by the margin beyond some size */
    char words[280];
};

static struct change change_of(struct judgement *j, const char *arm, double margin_pct) {
    const double level = judgement_level(j, 0.95);
    const struct points p = points_of(j, arm, true);
    struct change c = {
        .n_trials = p.n_trials, .least_mb = INFINITY, .slower = VERDICT_INCONCLUSIVE};
    struct stats_lines *fit = &c.fit;
    for (size_t i = 0; i < p.n; i++) {
        c.least_mb = fmin(c.least_mb, p.mb[i]);
        c.most_mb = fmax(c.most_mb, p.mb[i]);
    }
    *fit = (struct stats_lines){.at = {NAN, NAN, NAN}, .slowdown = {NAN, NAN, NAN}};
    if (p.n_trials < 2 || stats_two_lines(p.mb, p.ns, p.n, level, FIT_SEED, fit) != 0) {
        snprintf(c.words, sizeof c.words, "%s has %zu process%s with %zu sizes, which is too few",
            arm, p.n_trials, p.n_trials == 1 ? "" : "es", p.n_trials ? p.n / p.n_trials : 0);
        return c;
    }
    c.is_found = fit->p < 1 - level;
    c.slower = verdict_above(fit->slowdown, 1 + margin_pct / 100);
    if ((c.slower == VERDICT_REPRODUCED && !c.is_found) ||
        (c.slower == VERDICT_CONTRADICTED && c.most_mb < 0.95 * search_end_mb))
        c.slower = VERDICT_INCONCLUSIVE;
    if (c.is_found)
        snprintf(c.words, sizeof c.words,
            "beyond %.3g MB (%.3g to %.3g) each MB costs %.3g us instead of %.3g, and an eval of "
            "%.3g MB %.3g times as much (%.3g to %.3g) as before (p = %.2g)",
            fit->at.estimate, fit->at.low, fit->at.high, fit->slope_after / 1e3,
            fit->slope_before / 1e3, c.most_mb, fit->slowdown.estimate, fit->slowdown.low,
            fit->slowdown.high, fit->p);
    else
        snprintf(c.words, sizeof c.words,
            "no change point found: one line fits all sizes from %.3g to %.3g MB (p = %.2g); two "
            "lines differ by at most a factor of %.3g",
            c.least_mb, c.most_mb, fit->p, fit->slowdown.high);
    return c;
}

static void slower_judge(struct judgement *j, const struct change *c) {
    char measured[32] = "none found";
    struct verdict_row row =
        verdict_begin("sram.slower-past-a-size", "", c->n_trials, measured, c->words);
    row.verdict = c->slower;
    if (c->is_found && !isnan(c->fit.slowdown.estimate)) {
        row.interval = c->fit.slowdown;
        row.unit = "x";
        snprintf(measured, sizeof measured, "%.3g", c->fit.slowdown.estimate);
    } else if (isnan(c->fit.slowdown.estimate)) {
        measured[0] = '\0';
    }
    judgement_verdict(j, &row);
}

static void place_judge(struct judgement *j, const struct change *c) {
    static const char *const chips[] = {"M4 Max", "M4 Pro", "A17 Pro"};
    static const char finding[] = "sram.at-32mb";
    const struct published_range claimed_mb = judgement_published_within_pct(j, finding);
    char measured[32] = "", reason[400];
    struct verdict_row row = verdict_begin(finding, "MB", c->n_trials, measured, reason);
    snprintf(reason, sizeof reason, "stacks, at most 32 KiB per core in a layer: %s", c->words);
    if (c->slower == VERDICT_REPRODUCED) {
        row.interval = c->fit.at;
        snprintf(measured, sizeof measured, "%.3g", c->fit.at.estimate);
    }
    if (!judgement_chip_is(j, chips, sizeof chips / sizeof *chips, reason, sizeof reason))
        row.verdict = VERDICT_UNSUPPORTED;
    else if (c->slower == VERDICT_REPRODUCED)
        row.verdict = verdict_within(c->fit.at, claimed_mb.low, claimed_mb.high);
    else if (c->slower == VERDICT_CONTRADICTED)
        row.verdict = VERDICT_CONTRADICTED;
    judgement_verdict(j, &row);
}

static void alignment_judge(
    struct judgement *j, const struct change *aligned, const struct change *unaligned) {
    char reason[600];
    const bool found = aligned->slower == VERDICT_REPRODUCED;
    const bool found_unaligned = unaligned->slower == VERDICT_REPRODUCED;
    const bool none = aligned->slower == VERDICT_CONTRADICTED;
    const bool none_unaligned = unaligned->slower == VERDICT_CONTRADICTED;
    struct verdict_row row = verdict_begin(
        "sram.size-not-alignment", "", aligned->n_trials + unaligned->n_trials, "", reason);
    if (found && found_unaligned)
        row.verdict = aligned->fit.at.low <= unaligned->fit.at.high &&
                              unaligned->fit.at.low <= aligned->fit.at.high
                          ? VERDICT_REPRODUCED
                          : VERDICT_CONTRADICTED;
    else if ((found && none_unaligned) || (none && found_unaligned))
        row.verdict = VERDICT_CONTRADICTED;
    else if (none && none_unaligned)
        row.verdict = VERDICT_UNSUPPORTED;
    snprintf(reason, sizeof reason, "512 channels: %s; 480 channels: %s", aligned->words,
        unaligned->words);
    judgement_verdict(j, &row);
}

/* The times per MB by process, in the arm of single convolutions. */
static double *single_times(struct judgement *j, int outputs, int inputs, int parts) {
    const struct judgement_pick pick = {
        .where = {{"channels", NULL, outputs}, {"inputs", NULL, inputs}, {"parts", NULL, parts}}};
    return stream_times(j, "single", pick, "weight_mb");
}

/* Compares 4096 channels with the slower of its neighbours: is it slow in itself? */
static enum verdict single_judge(struct judgement *j) {
    static const char finding[] = "sram.4096-for-itself";
    const double *slow = single_times(j, 4096, 4096, 1), *below = single_times(j, 3840, 3840, 1),
                 *above = single_times(j, 4352, 4352, 1);
    const struct stream_ratio r = stream_ratio_of(j, slow, below, above);
    const struct ratio_claim claim = {.finding = finding,
        .above = true,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .ratio = r.interval,
        .n = r.n,
        .what = "time per MB of 4096 channels, relative to the slower of 3840 and 4352",
        .without = VERDICT_UNSUPPORTED,
        .missing = "no process ran all three widths; the quick preset omits them on a cpu device, "
                   "run the full one"};
    judgement_ratio_verdict(j, &claim);
    return r.n ? verdict_above(r.interval, claim.threshold) : VERDICT_INCONCLUSIVE;
}

/* Which property of 4096 x 4096 makes it slow: 32 MB in total, or 2 MiB per core? */
static void cause_judge(struct judgement *j, enum verdict slow) {
    static const char finding[] = "sram.core-bytes-not-size";
    const double *const parts_32 = single_times(j, 4096, 4096, 2);
    const double *const parts_16 = single_times(j, 4096, 2048, 2);
    const struct stream_ratio mb_32 =
        stream_ratio_of(j, single_times(j, 4096, 4096, 1), parts_32, parts_32);
    const struct stream_ratio mb_16 =
        stream_ratio_of(j, single_times(j, 4096, 2048, 1), parts_16, parts_16);
    const double threshold = 1 + judgement_margin(j, finding) / 100;
    char measured[32] = "", reason[400];
    struct verdict_row row = verdict_begin(finding, "x", mb_32.n, measured, reason);
    row.interval = mb_32.interval;
    if (mb_32.n == 0 || mb_16.n == 0) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, sizeof reason,
            "no process ran 32 and 16 MB whole and in two; the quick preset omits them on a cpu "
            "device, run the full one");
    } else if (slow == VERDICT_CONTRADICTED) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(
            reason, sizeof reason, "4096 channels are not slow here, so there is no cause to find");
    } else {
        const enum verdict a = verdict_above(mb_32.interval, threshold),
                           b = verdict_above(mb_16.interval, threshold);
        if (slow == VERDICT_REPRODUCED && (a == VERDICT_CONTRADICTED || b == VERDICT_CONTRADICTED))
            row.verdict = VERDICT_CONTRADICTED;
        else if (slow == VERDICT_REPRODUCED && a == VERDICT_REPRODUCED && b == VERDICT_REPRODUCED)
            row.verdict = VERDICT_REPRODUCED;
        snprintf(measured, sizeof measured, "%.3g", mb_32.interval.estimate);
        snprintf(reason, sizeof reason,
            "32 MB, 2 MiB per core with 16 cores, take %.3g times as long whole as in two (%.3g to "
            "%.3g), and 16 MB, 1 MiB per core, %.3g times (%.3g to %.3g)%s",
            mb_32.interval.estimate, mb_32.interval.low, mb_32.interval.high,
            mb_16.interval.estimate, mb_16.interval.low, mb_16.interval.high,
            slow == VERDICT_REPRODUCED ? "" : "; whether 4096 is slow was not decided");
    }
    judgement_verdict(j, &row);
}

/* Medians over processes, one row per matrix. */
static void singles_summary(struct judgement *j) {
    static const int singles[][3] = {{3840, 3840, 1}, {4096, 4096, 1}, {4352, 4352, 1},
        {4096, 4096, 2}, {4096, 2048, 1}, {4096, 2048, 2}};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        const int *s = singles[i];
        double *ns = single_times(j, s[0], s[1], s[2]);
        char metric[48];
        for (size_t trial = 0; ns && trial < judgement_trials(j); trial++)
            ns[trial] = ns[trial] * 2.0 * s[0] * s[1] / (1 << 20);
        snprintf(metric, sizeof metric, "%s_kb_%.0f_ns", s[2] > 1 ? "in_two" : "eval",
            2.0 * s[0] * s[1] / 1024);
        judgement_processes_summary(j, "single", metric, "ns", ns);
    }
}

int sram_judge(struct judgement *j) {
    static const char *const names[] = {"aligned", "unaligned", "single"};
    const double margin_pct = judgement_margin(j, "sram.slower-past-a-size");
    const struct change aligned = change_of(j, names[0], margin_pct);
    const struct change unaligned = change_of(j, names[1], margin_pct);
    for (size_t arm = 0; arm < sizeof names / sizeof *names; arm++) {
        const double *compile_ns;
        const size_t n = judgement_trial_medians(j, names[arm], "compile_ns", &compile_ns);
        if (arm < 2)
            sizes_summary(j, names[arm]);
        else
            singles_summary(j);
        if (n)
            judgement_summary(j, names[arm], "compile_ns", "ns", "processes", compile_ns, n);
    }
    slower_judge(j, &aligned);
    place_judge(j, &aligned);
    alignment_judge(j, &aligned, &unaligned);
    cause_judge(j, single_judge(j));
    return 0;
}
