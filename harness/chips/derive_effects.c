/* SPDX-License-Identifier: MIT
 *
 * Reloads, QoS, chaining, overlap and noise. A success code proves nothing: only a compared output
 * or a latency counts.
 */
#include "chips/derive.h"
#include "measure/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void reloads(struct derived_chip *chip) {
    struct derived *source = derive_key(chip, "reload_source", "");
    derive_key(chip, "reload_compiled", "");
    /* Nobody has published a call of what macOS 27 has for it. */
    derive_key(chip, "mutable_weights", "");
    derive_key(chip, "mutable_stays", "");
    derive_key(chip, "mutable_map_ms", "ms");
    derive_key(chip, "mutable_sync_per_mb_ms", "ms/MB");
    struct derived *buffer = derive_key(chip, "weights_buffer", "");
    const char *c = chip->chip;

    evidence_find(&source->evidence,
        &(struct evidence_query){c, "weight_reload", "overwrite", NULL, "max_output_diff"});
    if (source->evidence.n > 0)
        derive_set(source, DERIVE_PUBLISHED, source->evidence.values[0] != 0);
    evidence_find(&source->evidence,
        &(struct evidence_query){c, "delta_reload", "rewrite file", NULL, "recompile_per_step"});
    if (source->basis == DERIVE_UNKNOWN && source->evidence.n > 0)
        derive_note(source, "contested: one trainer reloads this way, but no output was compared, "
                            "and its loss falls less than with compiles");
    evidence_find(&buffer->evidence,
        &(struct evidence_query){c, "weights_buffer", NULL, NULL, "max_output_change"});
    if (buffer->evidence.n > 0)
        derive_set(buffer, DERIVE_PUBLISHED, buffer->evidence.values[0] != 0);
}

static void qos(struct derived_chip *chip) {
    struct derived *effect = derive_key(chip, "qos_effect_pct", "%");
    /* No source reports a level that is refused. */
    derive_key(chip, "qos_refused", "");
    derive_key(chip, "qos_failure", "");
    const char *c = chip->chip;

    evidence_find(
        &effect->evidence, &(struct evidence_query){c, "qos_sweep", "qos=9", NULL, "eval_latency"});
    evidence_find(&effect->evidence,
        &(struct evidence_query){c, "qos_sweep", "qos=21", NULL, "eval_latency"});
    if (effect->evidence.n != 2)
        return;
    derive_set(
        effect, DERIVE_FITTED, 100 * (effect->evidence.values[0] / effect->evidence.values[1] - 1));
    if (fabs(effect->number) > 3)
        derive_note(effect, "rival: no such effect in the same author's later table (QoS 9 against "
                            "21: +7 %% and -5 %%), nor on other chips; order not randomised");
}

/* The first call after such a pause, more than after 2 ms. Both ends of a published range count as its middle. */
static void wake(struct derived_chip *chip, struct derived *after, struct derived *more,
    const char *pause, double pause_ms) {
    struct evidence warm;
    const char *c = chip->chip, *x = "idle_wake", *m = "eval_latency";
    evidence_open(&warm, chip->published);
    evidence_find_ranges(
        &warm, &(struct evidence_query){c, x, "first call after 2 ms idle", NULL, m});
    evidence_find_ranges(&more->evidence, &(struct evidence_query){c, x, pause, NULL, m});
    if (warm.n > 0 && more->evidence.n > 0) {
        derive_set(more, DERIVE_FITTED, evidence_median(&more->evidence) - evidence_median(&warm));
        derive_note(more, "beyond the first call after 2 ms");
        derive_set(after, DERIVE_PUBLISHED, pause_ms);
        derive_note(after, "the shortest pause of which it is published");
        for (size_t i = 0; i < more->evidence.n; i++)
            evidence_add(&after->evidence, more->evidence.rows[i], more->evidence.values[i]);
        for (size_t i = 0; i < warm.n; i++)
            evidence_add(&more->evidence, warm.rows[i], warm.values[i]);
    }
    more->evidence.no_memory = more->evidence.no_memory || warm.no_memory;
    evidence_close(&warm);
}

/* Of a chip without such calls after 2 ms: a cost that its source gives alone. */
static void wake_alone(struct derived *after, struct derived *more,
    const struct evidence_query *query, double pause_ms, const char *note) {
    if (more->basis != DERIVE_UNKNOWN)
        return;
    evidence_clear(&more->evidence);
    evidence_find(&more->evidence, query);
    if (more->evidence.n == 0)
        return;
    derive_set(more, DERIVE_PUBLISHED, evidence_median_by_source(&more->evidence));
    derive_note(more, "%s", note);
    evidence_find(&after->evidence, query);
    derive_set(after, DERIVE_PUBLISHED, pause_ms);
    derive_note(after, "the only pause of which it is published");
}

static void idleness(struct derived_chip *chip) {
    derive_key(chip, "in_flight", "");
    derive_key(chip, "lane_lag", "");
    derive_key(chip, "engines", "");
    derive_key(chip, "engine_hint", "");
    struct derived *nap_after = derive_key(chip, "nap_after_ms", "ms");
    struct derived *nap_wake = derive_key(chip, "nap_wake_ms", "ms");
    struct derived *sleep_after = derive_key(chip, "sleep_after_ms", "ms");
    struct derived *sleep_wake = derive_key(chip, "sleep_wake_ms", "ms");
    wake(chip, nap_after, nap_wake, "first call after 100 ms idle", 100);
    wake(chip, sleep_after, sleep_wake, "first call after 6 to 9 s idle", 6000);
    wake_alone(nap_after, nap_wake,
        &(struct evidence_query){
            chip->chip, "idle_wake", "wake cost after 100 ms idle", NULL, "overhead"},
        100, "as its source says");
    wake_alone(sleep_after, sleep_wake,
        &(struct evidence_query){
            chip->chip, "idle_wake", "first call after 5 s idle", NULL, "eval_latency"},
        5000, "the whole first call: what the program takes otherwise is not published");
    derive_key(chip, "slow_after_us", "us");
    derive_key(chip, "slow_pct", "%");
}

static void chaining(struct derived_chip *chip) {
    struct derived *chain = derive_key(chip, "chain", "");
    derive_key(chip, "chain_step_us", "us");
    derive_key(chip, "shared_surface", "");
    derive_key(chip, "shared_surface_pct", "%");
    derive_key(chip, "eval_stats", "");
    derive_key(chip, "counters", "");
    derive_key(chip, "counters_add_up", "");
    /* What Core ML plans is a matter of the system; nobody has published it by chip. */
    derive_key(chip, "plan", "");
    derive_key(chip, "plan_ops_min", "operators");
    derive_key(chip, "plan_ops_max", "operators");
    derive_key(chip, "plan_width_max", "elements");
    derive_key(chip, "plan_few_bits", "");
    derive_key(chip, "plan_declined", "");
    derive_key(chip, "traffic", "");
    derive_key(chip, "public_us", "us");
    derive_key(chip, "public_compile_ms", "ms");
    derive_key(chip, "copy_gbs", "GB/s");
    derive_key(chip, "gpu_dispatch_us", "us");
    derive_key(chip, "gpu_tflops", "TFLOPS");
    derive_key(chip, "gpu_bandwidth_gbs", "GB/s");
    derive_key(chip, "gpu_w", "W");
    derive_key(chip, "cpu_dispatch_us", "us");
    derive_key(chip, "cpu_tflops", "TFLOPS");
    derive_key(chip, "cpu_bandwidth_gbs", "GB/s");
    evidence_find(&chain->evidence, &(struct evidence_query){chip->chip, "chaining",
                                        "prepareChaining", NULL, "variants_failing_code15"});
    if (chain->evidence.n == 0)
        return;
    derive_set_word(chain, DERIVE_PUBLISHED, "prepare_fails");
    derive_note(chain, "rival: prepare says yes with other objects and the next step says no; "
                       "nobody has shown an execution");
}

/* The simulated engine stretches an eval beside a compile by (2 - overlap) * (1 + slowdown), of which only the
 * product is published. It is booked as slowdown, since evals kept most of their rate. */
static void overlaps(struct derived_chip *chip) {
    derive_key(chip, "overlap", "");
    struct derived *eval = derive_key(chip, "eval_slowdown_pct", "%");
    derive_key(chip, "compile_slowdown_pct", "%");
    const char *c = chip->chip;

    evidence_find(&eval->evidence,
        &(struct evidence_query){c, "overlap", NULL, NULL, "eval_latency_during_compile"});
    evidence_find(
        &eval->evidence, &(struct evidence_query){c, "overlap", NULL, NULL, "eval_latency_idle"});
    if (eval->evidence.n == 2) {
        derive_set(
            eval, DERIVE_FITTED, 100 * (eval->evidence.values[0] / eval->evidence.values[1] - 1));
        derive_note(eval, "with overlap 1: evals kept most of their rate");
        return;
    }
    evidence_clear(&eval->evidence);
    evidence_find(
        &eval->evidence, &(struct evidence_query){c, "overlap", NULL, NULL, "background_compile"});
    evidence_find(&eval->evidence,
        &(struct evidence_query){c, "overlap", NULL, NULL, "foreground_evals_during_compile"});
    evidence_find(
        &eval->evidence, &(struct evidence_query){c, "pure_eval", NULL, NULL, "eval_latency"});
    if (eval->evidence.n != 3)
        return;
    const double *v = eval->evidence.values;
    derive_set(eval, DERIVE_FITTED, 100 * (v[0] / v[1] / v[2] - 1));
    derive_note(eval, "with overlap 1: compile time over evals in it, against the eval alone; its "
                      "source published no such figure");
}

/* For one configuration in several runs of one machine: how the runs differ. */
static void between_processes(struct derived *key, const char *chip) {
    struct evidence runs;
    double cv_pct[128], of_config[16];
    size_t n_configs = 0;

    evidence_open(&runs, key->evidence.published);
    evidence_find(
        &runs, &(struct evidence_query){chip, "inmem_peak", "x conv ", NULL, "eval_latency"});
    const struct published *p = runs.published;
    for (size_t i = 0; i < runs.n; i++) {
        const char *config = published_text(p, runs.rows[i], PUBLISHED_CONFIG);
        const char *source = published_text(p, runs.rows[i], PUBLISHED_SOURCE);
        size_t n = 0, source_length = strcspn(source, "(");
        bool is_first = true;
        for (size_t k = 0; k < runs.n; k++) {
            const char *other = published_text(p, runs.rows[k], PUBLISHED_SOURCE);
            if (!published_is(p, runs.rows[k], PUBLISHED_CONFIG, config) ||
                strncmp(source, other, source_length) != 0 || source[source_length] != '(')
                continue;
            is_first = is_first && k >= i;
            if (n < sizeof of_config / sizeof *of_config)
                of_config[n++] = runs.values[k];
        }
        if (!is_first || n < 3 || n_configs == sizeof cv_pct / sizeof *cv_pct)
            continue;
        cv_pct[n_configs++] = 100 * stats_sd(of_config, n) / stats_mean(of_config, n);
    }
    if (n_configs > 0) {
        derive_set(key, DERIVE_FITTED, stats_median(cv_pct, n_configs));
        for (size_t i = 0; i < runs.n; i++)
            evidence_add(&key->evidence, runs.rows[i], runs.values[i]);
        derive_note(key,
            "median over %zu configurations of what a machine's own runs differ by; "
            "some runs were days apart",
            n_configs);
    }
    key->evidence.no_memory = key->evidence.no_memory || runs.no_memory;
    evidence_close(&runs);
}

static void noise(struct derived_chip *chip) {
    struct derived *eval = derive_key(chip, "eval_cv_pct", "%");
    between_processes(derive_key(chip, "process_cv_pct", "%"), chip->chip);
    derive_key(chip, "drift_pct_per_min", "%/min");
    derive_key(chip, "outlier_pct", "%");
    derive_key(chip, "busy_share_pct", "%");
    derive_key(chip, "busy_ms", "ms");
    derive_key(chip, "busy_slowdown_pct", "%");
    derive_key(chip, "busy_side", "");
    derive_key(chip, "low_clock_share_pct", "%");
    derive_key(chip, "low_clock_ms", "ms");
    derive_key(chip, "low_clock_slowdown_pct", "%");
    const double z90 = 1.2815515655446004; /* of the normal distribution, 90 % */
    const char *c = chip->chip, *x = "latency_distribution";

    evidence_find(
        &eval->evidence, &(struct evidence_query){c, x, "A 256ch", NULL, "eval_latency_p50"});
    evidence_find(
        &eval->evidence, &(struct evidence_query){c, x, "A 256ch", NULL, "eval_latency_p90"});
    if (eval->evidence.n != 2)
        return;
    double sigma = log(eval->evidence.values[1] / eval->evidence.values[0]) / z90;
    derive_set(eval, DERIVE_FITTED, 100 * sqrt(expm1(sigma * sigma)));
    derive_note(eval, "log-normal through the median and the 90th percentile, at QoS 9");
}

/* No chip has figures that go together: its counters, and the power of each kind of work. What zeros save in time is
 * published for W8A8 alone. */
static void power(struct derived_chip *chip) {
    static const char *const keys[][2] = {{"zeros_time_pct", "%"}, {"meter", ""},
        {"meter_period_ms", "ms"}, {"meter_step_uj", "uJ"}, {"engine_idle_w", "W"},
        {"engine_dispatch_w", "W"}, {"engine_compute_w", "W"}, {"engine_int8_w", "W"},
        {"engine_stream_w", "W"}, {"zeros_power_pct", "%"}, {"slow_power_pct", "%"},
        {"cpu_idle_w", "W"}, {"cpu_busy_w", "W"}, {"package_rest_w", "W"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        derive_key(chip, keys[i][0], keys[i][1]);
}

void derive_effects(struct derived_chip *chip) {
    reloads(chip);
    qos(chip);
    idleness(chip);
    chaining(chip);
    overlaps(chip);
    noise(chip);
    power(chip);
}
