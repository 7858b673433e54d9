/* SPDX-License-Identifier: MIT
 *
 * The decision rules of stream_notch, as given in its header comment.
 */
#include "stream_notch_judge.h"

#include "experiment/stream.h"

#include <math.h>
#include <stdio.h>

enum { NEAR = STREAM_NOTCH_NEAR_KB, FAR = STREAM_NOTCH_FAR_KB };

/* A matrix that was timed. */
struct key {
    const char *arm;
    int place_kb, offset_kb, parts;
};

static double *times_of(struct judgement *j, const struct key *key) {
    const struct judgement_pick pick = {
        .where = {{"place_kb", NULL, key->place_kb}, {"offset_kb", NULL, key->offset_kb},
            {"parts", NULL, key->parts}}};
    return stream_times(j, key->arm, pick, "weight_kb");
}

/* The time of `slow` per byte, over the larger of the others' (b may be a). */
static struct stream_ratio ratio_of(
    struct judgement *j, struct key slow, struct key a, struct key b) {
    const double *slow_times = times_of(j, &slow), *a_times = times_of(j, &a),
                 *b_times = times_of(j, &b);
    return stream_ratio_of(j, slow_times, a_times, b_times);
}

static struct stream_ratio place_ratio(struct judgement *j, const char *arm, int place_kb) {
    return ratio_of(j, (struct key){arm, place_kb, 0, 1}, (struct key){arm, place_kb, -NEAR, 1},
        (struct key){arm, place_kb, NEAR, 1});
}

static double threshold(struct judgement *j, const char *finding) {
    return 1 + judgement_margin(j, finding) / 100;
}

static const char too_few[] =
    "no process timed a matrix and both of its neighbours with right outputs";

/* ---- 1 MiB, its split, its width */

static enum verdict at_judge(struct judgement *j) {
    static const char finding[] = "stream-notch.at-1mib";
    const struct stream_ratio r = place_ratio(j, "fp16", 1024);
    const struct ratio_claim claim = {.finding = finding,
        .above = true,
        .threshold = threshold(j, finding),
        .ratio = r.interval,
        .n = r.n,
        .what = "time per byte of a matrix of 1 MiB per core, relative to the slower of 32 KiB "
                "less and more",
        .without = VERDICT_INCONCLUSIVE,
        .missing = too_few};
    judgement_ratio_verdict(j, &claim);
    return r.n ? verdict_above(r.interval, claim.threshold) : VERDICT_INCONCLUSIVE;
}

/* A claim about the window, if there is certainly or perhaps none. True when that decided. */
static bool window_is_missing(struct judgement *j, const char *finding, enum verdict at) {
    if (at == VERDICT_REPRODUCED)
        return false;
    const struct verdict_row row = {.finding = finding,
        .verdict = at == VERDICT_CONTRADICTED ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE,
        .measured = "",
        .unit = "",
        .interval = {NAN, NAN, NAN},
        .n_unit = "processes",
        .reason = at == VERDICT_CONTRADICTED
                      ? "1 MiB per core is not slow here, so there is no window"
                      : "whether 1 MiB per core is slow was not decided"};
    judgement_verdict(j, &row);
    return true;
}

static void split_judge(struct judgement *j, enum verdict at) {
    static const char finding[] = "stream-notch.split";
    const struct key whole = {"fp16", 1024, 0, 1}, parts = {"fp16", 1024, 0, 2};
    if (window_is_missing(j, finding, at))
        return;
    const struct stream_ratio r = ratio_of(j, whole, parts, parts);
    const struct ratio_claim claim = {.finding = finding,
        .above = true,
        .threshold = threshold(j, finding),
        .ratio = r.interval,
        .n = r.n,
        .what = "1 MiB per core in one matrix, relative to the same in two",
        .without = VERDICT_INCONCLUSIVE,
        .missing = "no process timed the matrix in two parts with right outputs"};
    judgement_ratio_verdict(j, &claim);
}

/* The area over the peak of a process's slow-downs by distance. NaN when a matrix is missing. */
static double half_width_kb(double *const times[], const int *offsets_kb, size_t n, size_t trial) {
    const double far = (times[0][trial] + times[n - 1][trial]) / 2;
    double area = 0, peak = NAN;
    for (size_t i = 0; i < n; i++) {
        if (offsets_kb[i] == 0)
            peak = times[i][trial] / far - 1;
        if (i > 0)
            area += (offsets_kb[i] - offsets_kb[i - 1]) *
                    ((times[i][trial] + times[i - 1][trial]) / 2 / far - 1);
    }
    return area / peak;
}

static void width_judge(struct judgement *j, enum verdict at) {
    static const char finding[] = "stream-notch.half-width";
    static const int offsets_kb[] = {
        -FAR, -NEAR, -24, -16, -12, -8, -4, 0, 4, 8, 12, 16, 24, NEAR, FAR};
    enum { N = sizeof offsets_kb / sizeof *offsets_kb };
    double *times[N];
    double *widths = judgement_memory(j, judgement_trials(j) + 1, sizeof *widths);
    char measured[32] = "", reason[200], words[INTERVAL_WORDS_BYTES];
    size_t n = 0;
    if (window_is_missing(j, finding, at))
        return;
    for (size_t i = 0; i < N; i++) {
        times[i] = times_of(j, &(struct key){"fp16", 1024, offsets_kb[i], 1});
        if (!times[i] || !widths)
            return;
    }
    for (size_t trial = 0; trial < judgement_trials(j); trial++) {
        const double width = half_width_kb(times, offsets_kb, N, trial);
        if (isfinite(width))
            widths[n++] = width;
    }
    struct verdict_row row = verdict_begin(finding, "KiB", n, measured, reason);
    if (n < 2) {
        snprintf(reason, sizeof reason,
            "%zu processes timed all %d matrices around 1 MiB; 2 are needed", n, (int)N);
    } else {
        const struct published_range claimed_kb = judgement_published_within_pct(j, finding);
        row.interval = stats_mean_interval(widths, n, judgement_level(j, 0.95));
        row.verdict = verdict_within(row.interval, claimed_kb.low, claimed_kb.high);
        snprintf(measured, sizeof measured, "%.3g", row.interval.estimate);
        snprintf(reason, sizeof reason,
            "the slow-down has the area of a triangle of this half width; %s",
            interval_words(row.interval, " KiB", words));
        judgement_summary(j, "fp16", "half_width_kb", "KiB", "processes", widths, n);
    }
    judgement_verdict(j, &row);
}

/* ---- other multiples */

static void multiples_judge(struct judgement *j, enum verdict at) {
    static const char finding[] = "stream-notch.multiples";
    static const int places_kb[] = {2048, 3072, 4096};
    const double slow = threshold(j, finding);
    char measured[32] = "", reason[240];
    size_t used = 0, n_slow = 0, n_not = 0;
    struct verdict_row row = verdict_begin(finding, "x", 0, measured, reason);
    snprintf(reason, sizeof reason, "%s", too_few);
    if (window_is_missing(j, finding, at))
        return;
    for (size_t i = 0; i < sizeof places_kb / sizeof *places_kb; i++) {
        const struct stream_ratio r = place_ratio(j, "multiples", places_kb[i]);
        if (r.n == 0)
            continue;
        const enum verdict v = verdict_above(r.interval, slow);
        n_slow += v == VERDICT_REPRODUCED;
        n_not += v == VERDICT_CONTRADICTED;
        if (row.n == 0 || r.interval.estimate < row.interval.estimate) {
            row.interval = r.interval;
            row.n = r.n;
            snprintf(measured, sizeof measured, "%.3g", r.interval.estimate);
        }
        used += (size_t)snprintf(reason + used, sizeof reason - used,
            "%s%d MiB: %.3g times its slower neighbour (%.3g to %.3g)", used ? "; " : "",
            places_kb[i] / 1024, r.interval.estimate, r.interval.low, r.interval.high);
    }
    if (n_not > 0)
        row.verdict = VERDICT_CONTRADICTED;
    else if (n_slow == sizeof places_kb / sizeof *places_kb)
        row.verdict = VERDICT_REPRODUCED;
    judgement_verdict(j, &row);
}

/* ---- int8 */

static void stored_judge(struct judgement *j, enum verdict at) {
    static const char finding[] = "stream-notch.bytes-as-stored";
    const double slow = threshold(j, finding);
    const struct stream_ratio stored = place_ratio(j, "int8", 1024),
                              expanded = place_ratio(j, "int8", 512);
    char measured[32] = "", reason[300];
    struct verdict_row row = verdict_begin(finding, "x", stored.n, measured, reason);
    row.interval = stored.interval;
    if (window_is_missing(j, finding, at))
        return;
    if (stored.n == 0 || expanded.n == 0) {
        snprintf(reason, sizeof reason, "int8: %s", too_few);
    } else {
        const enum verdict is_slow = verdict_above(stored.interval, slow),
                           is_fast = verdict_below(expanded.interval, slow);
        if (is_slow == VERDICT_CONTRADICTED || is_fast == VERDICT_CONTRADICTED)
            row.verdict = VERDICT_CONTRADICTED;
        else if (is_slow == VERDICT_REPRODUCED && is_fast == VERDICT_REPRODUCED)
            row.verdict = VERDICT_REPRODUCED;
        snprintf(measured, sizeof measured, "%.3g", stored.interval.estimate);
        snprintf(reason, sizeof reason,
            "1 MiB per core of int8 takes %.3g times as long per byte as its slower neighbour "
            "(%.3g to %.3g), and 0.5 MiB, which is 1 MiB as fp16, %.3g times (%.3g to %.3g)",
            stored.interval.estimate, stored.interval.low, stored.interval.high,
            expanded.interval.estimate, expanded.interval.low, expanded.interval.high);
    }
    judgement_verdict(j, &row);
}

/* ---- summary */

/* GB/s are bytes of weights over the time of the whole eval: KiB over ns, times 1.024. */
static void rate_summary(struct judgement *j, const char *arm, const char *metric, struct key key) {
    double *rates = times_of(j, &key);
    for (size_t trial = 0; rates && trial < judgement_trials(j); trial++)
        rates[trial] = 1024 / rates[trial];
    judgement_processes_summary(j, arm, metric, "GB/s", rates);
}

static void rates_summary(struct judgement *j) {
    static const struct {
        const char *arm;
        int kb;
    } places[] = {{"fp16", 1024}, {"multiples", 2048}, {"multiples", 3072}, {"multiples", 4096},
        {"int8", 512}, {"int8", 1024}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (int side = -1; side <= 1; side++) {
            char metric[48];
            snprintf(metric, sizeof metric, "rate_kb_%d_gbs", places[i].kb + side * NEAR);
            rate_summary(j, places[i].arm, metric,
                (struct key){places[i].arm, places[i].kb, side * NEAR, 1});
        }
    rate_summary(j, "fp16", "rate_kb_1024_in_two_gbs", (struct key){"fp16", 1024, 0, 2});
}

int stream_notch_judge(struct judgement *j) {
    rates_summary(j);
    const enum verdict at = at_judge(j);
    split_judge(j, at);
    width_judge(j, at);
    multiples_judge(j, at);
    stored_judge(j, at);
    return 0;
}
