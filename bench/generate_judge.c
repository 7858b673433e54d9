/* SPDX-License-Identifier: MIT
 *
 * The decision rules of generate, as given in its header comment.
 */
#include "generate_experiment.h"
#include "joules.h"

#include "experiment/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of each trial the time of a token, or of a whole read; one at a depth. */
static double *token_ns(struct judgement *j, const char *arm, double depth) {
    return stream_times(
        j, arm, (struct judgement_pick){.where = {{"n_depth", NULL, depth}}}, "n_tokens");
}

/* ---- claims -------------------------------------------------------------------------------- */

struct pair_claim {
    const char *finding, *slow, *fast, *what;
    bool per_read; /* times of reads, not of tokens */
    bool above;
    double threshold;
};

/* One trial of an arm. */
struct timed {
    const char *block;
    double ns;
};

static size_t times_take(
    struct judgement *j, const char *arm, bool per_read, const struct timed **out) {
    const size_t *rows;
    const size_t n_rows = judgement_rows(j, arm, "ok", &rows);
    double *token = token_ns(j, arm, 0);
    struct timed *taken = judgement_memory(j, judgement_trials(j) + 1, sizeof *taken);
    size_t n = 0;
    for (size_t i = 0; token && taken && i < n_rows; i++) {
        const size_t trial = judgement_trial(j, rows[i]);
        if (!isfinite(token[trial]) || (i > 0 && judgement_trial(j, rows[i - 1]) == trial))
            continue;
        const double tokens = per_read ? judgement_cell(j, rows[i], "n_tokens") : 1;
        taken[n++] = (struct timed){judgement_text(j, rows[i], "block"), token[trial] * tokens};
    }
    *out = taken;
    return n;
}

/* In each block with a trial of both, the time of `slow` over that of `fast`; their number. */
static size_t ratios_take(
    struct judgement *j, const char *slow_arm, const char *fast_arm, bool per_read, double **out) {
    const struct timed *slow, *fast;
    const size_t n_slow = times_take(j, slow_arm, per_read, &slow),
                 n_fast = times_take(j, fast_arm, per_read, &fast);
    double *ratios = judgement_memory(j, n_slow * n_fast + 1, sizeof *ratios);
    size_t n = 0;
    *out = ratios;
    for (size_t i = 0; slow && fast && ratios && i < n_slow; i++)
        for (size_t k = 0; k < n_fast; k++)
            if (strcmp(slow[i].block, fast[k].block) == 0)
                ratios[n++] = slow[i].ns / fast[k].ns;
    return n;
}

static void pair_judge(struct judgement *j, const struct pair_claim *claim) {
    double *ratios;
    const size_t n = ratios_take(j, claim->slow, claim->fast, claim->per_read, &ratios);
    char missing[160];
    snprintf(missing, sizeof missing, "no block timed both %s and %s with right logits",
        claim->slow, claim->fast);
    const struct ratio_claim row = {.finding = claim->finding,
        .above = claim->above,
        .threshold = claim->threshold,
        .ratio = n > 0 ? judgement_mean_ratio(j, ratios, n, judgement_level(j, 0.95))
                       : (struct stats_interval){NAN, NAN, NAN},
        .n = n,
        .what = claim->what,
        .without = VERDICT_INCONCLUSIVE,
        .missing = missing};
    judgement_ratio_verdict(j, &row);
}

static double advantage(struct judgement *j, const char *finding) {
    return 1 + judgement_margin(j, finding) / 100;
}

static void claims_judge(struct judgement *j) {
    const struct pair_claim claims[] = {
        {"generate.fused", "step-layer", "step-all",
            "time of a token with one program a layer, relative to one program", false, true,
            advantage(j, "generate.fused")},
        {"generate.bytes-not-flops", "prompt-32", "step-all",
            "time of a read of 32 tokens, relative to one token", true, false,
            judgement_published_within_pct(j, "generate.bytes-not-flops").high},
        {"generate.int8-faster", "step-all", "step-int8",
            "time of a token with weights in fp16, relative to int8", false, true,
            advantage(j, "generate.int8-faster")},
        {"generate.notch", "step-notch", "step-padded",
            "time of a token with matrices of 1 MiB a core, relative to padded ones", false, true,
            advantage(j, "generate.notch")},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        pair_judge(j, &claims[i]);
}

/* ---- the fastest way --------------------------------------------------------------------------- */

/* The others that divide the same model with the same weights. */
static const char *const others[] = {"step-layer", "step-half", "step-whole", "step-state",
    "step-host-cache", "step-host-classifier", "step-split-4", "step-split-16"};
enum { N_OTHERS = sizeof others / sizeof *others, BLOCKS_LEAST = 2 };

/* What is surely faster than the margin decides, or else what may be the fastest. */
static bool way_decides(
    const struct stats_interval *way, const struct stats_interval *other, double threshold) {
    return way->low > threshold || other->low > threshold ? way->low > other->low
                                                          : way->high > other->high;
}

/* Of all that were timed in two blocks with step-all, by intervals that hold together. */
static void fastest_judge(struct judgement *j) {
    static const char finding[] = "generate.fastest";
    const double threshold = advantage(j, finding);
    double *ratios[N_OTHERS];
    size_t n[N_OTHERS], n_ways = 0, decides = N_OTHERS;
    struct stats_interval best = {NAN, NAN, NAN};
    char what[120];
    for (size_t i = 0; i < N_OTHERS; i++) {
        n[i] = ratios_take(j, "step-all", others[i], false, &ratios[i]);
        n_ways += n[i] >= BLOCKS_LEAST;
    }
    for (size_t i = 0; i < N_OTHERS; i++) {
        if (n[i] < BLOCKS_LEAST)
            continue;
        const struct stats_interval way =
            judgement_mean_ratio(j, ratios[i], n[i], judgement_level(j, 1 - 0.05 / (double)n_ways));
        if (decides == N_OTHERS || way_decides(&way, &best, threshold)) {
            best = way;
            decides = i;
        }
    }
    snprintf(what, sizeof what, "rate of %s relative to step-all, the fastest of %zu other ways",
        decides < N_OTHERS ? others[decides] : "none", n_ways);
    const struct ratio_claim row = {.finding = finding,
        .above = false,
        .threshold = threshold,
        .ratio = best,
        .n = decides < N_OTHERS ? n[decides] : 0,
        .what = what,
        .without = VERDICT_INCONCLUSIVE,
        .missing = "no other way was timed in two blocks with step-all; run the full preset"};
    judgement_ratio_verdict(j, &row);
}

/* ---- what nothing here can decide --------------------------------------------------------------- */

static void shared_prefill_judge(struct judgement *j) {
    const struct verdict_row row = {.finding = "generate.shared-prefill",
        .verdict = VERDICT_UNSUPPORTED,
        .interval = {NAN, NAN, NAN},
        .reason =
            "no device here reads a prompt by GPU and engine together: an eval is by one unit"};
    judgement_verdict(j, &row);
}

/* ---- summary ------------------------------------------------------------------------------------- */

static void arm_summary(
    struct judgement *j, const char *arm, double depth, const char *test, double mb) {
    double *ns = token_ns(j, arm, depth),
           *rates = judgement_memory(j, 2 * judgement_trials(j) + 1, sizeof *rates);
    const size_t *rows;
    char metric[64];
    size_t n = 0;
    if (!ns || !rates)
        return;
    double *gbs = rates + judgement_trials(j);
    judgement_rows(j, arm, "ok", &rows);
    const double tokens = judgement_cell(j, rows[0], "n_tokens");
    for (size_t trial = 0; trial < judgement_trials(j); trial++)
        if (isfinite(ns[trial])) {
            rates[n] = 1e9 / ns[trial];
            gbs[n++] = mb * (1 << 20) / (ns[trial] * tokens);
        }
    if (n == 0)
        return;
    snprintf(metric, sizeof metric, "%s_ts", test);
    judgement_summary(j, arm, metric, "t/s", "processes", rates, n);
    snprintf(metric, sizeof metric, "%s_stream_gbs", test);
    judgement_summary(j, arm, metric, "GB/s", "processes", gbs, n);
}

static void test_name(char *out, size_t bytes, const char *kind, double n, double depth) {
    if (depth > 0)
        snprintf(out, bytes, "%s%.0f_d%.0f", kind, n, depth);
    else
        snprintf(out, bytes, "%s%.0f", kind, n);
}

/* Numbers that a trial has once. */
static void once_summary(struct judgement *j, const char *arm) {
    static const char *const names[] = {
        "compile_ns", "load_ns", "first_token_cold_ns", "first_token_warm_ns", "logits_off"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const double *x;
        const size_t n = judgement_trial_medians(j, arm, names[i], &x);
        if (n > 0)
            judgement_summary(
                j, arm, names[i], strstr(names[i], "_ns") ? "ns" : "1", "processes", x, n);
    }
}

/* How fast an arm generates the same model, in the blocks that have both; those of another model, and prompts,
 * are not compared. */
static void relative_summary(struct judgement *j, const char *arm) {
    double *ratios;
    if (strncmp(arm, "step-", 5) != 0 || !strcmp(arm, "step-all") || !strcmp(arm, "step-notch") ||
        !strcmp(arm, "step-padded"))
        return;
    const size_t n = ratios_take(j, "step-all", arm, false, &ratios);
    if (n > 0)
        judgement_summary(j, arm, "rate_to_step_all", "times", "processes", ratios, n);
}

/* What streaming as many bytes comes to; and the share of that rate at which step-all streams its weights, in the
 * blocks that have both. */
static void stream_summary(struct judgement *j) {
    const double *mb;
    double *ns = token_ns(j, "stream", 0), *shares,
           *rates = judgement_memory(j, judgement_trials(j) + 1, sizeof *rates);
    const size_t n_shares = ratios_take(j, "stream", "step-all", false, &shares);
    const double *all_mb;
    size_t n = 0;
    if (!ns || !rates || judgement_trial_medians(j, "stream", "weight_mb", &mb) == 0)
        return;
    for (size_t trial = 0; trial < judgement_trials(j); trial++)
        if (isfinite(ns[trial]))
            rates[n++] = mb[0] * (1 << 20) / ns[trial];
    if (n > 0)
        judgement_summary(j, "stream", "stream_gbs", "GB/s", "processes", rates, n);
    if (n_shares == 0 || judgement_trial_medians(j, "step-all", "weight_mb", &all_mb) == 0)
        return;
    for (size_t i = 0; i < n_shares; i++)
        shares[i] *= all_mb[0] / mb[0];
    judgement_summary(j, "step-all", "share_of_stream", "1", "processes", shares, n_shares);
}

/* The depths of an arm's rows, in the order in which they come. */
static void tests_summary(struct judgement *j, const char *arm) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arm, "ok", &rows);
    double seen[8];
    size_t n_seen = 0;
    for (size_t i = 0; i < n; i++) {
        const double depth = judgement_cell(j, rows[i], "n_depth"),
                     prompt = judgement_cell(j, rows[i], "n_prompt");
        size_t k = 0;
        char test[32];
        while (k < n_seen && seen[k] != depth)
            k++;
        if (k < n_seen || n_seen == sizeof seen / sizeof *seen)
            continue;
        seen[n_seen++] = depth;
        test_name(test, sizeof test, prompt > 0 ? "pp" : "tg",
            prompt > 0 ? prompt : judgement_cell(j, rows[i], "n_gen"), depth);
        arm_summary(j, arm, depth, test, judgement_cell(j, rows[i], "weight_mb"));
    }
    if (n > 0)
        once_summary(j, arm);
}

int generate_judge(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, NULL, "ok", &rows);
    const char **arms = judgement_memory(j, n + 1, sizeof *arms);
    size_t n_arms = 0;
    for (size_t i = 0; arms && i < n; i++) {
        const char *arm = judgement_text(j, rows[i], "arm");
        size_t k = 0;
        while (k < n_arms && strcmp(arms[k], arm) != 0)
            k++;
        if (k == n_arms)
            arms[n_arms++] = arm;
    }
    for (size_t i = 0; arms && i < n_arms; i++) {
        if (strcmp(arms[i], "stream") != 0)
            tests_summary(j, arms[i]);
        relative_summary(j, arms[i]);
        joules_summarize(j, arms[i], "token", "processes");
    }
    stream_summary(j);
    claims_judge(j);
    fastest_judge(j);
    shared_prefill_judge(j);
    return 0;
}
