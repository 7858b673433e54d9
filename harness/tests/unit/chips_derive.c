/* SPDX-License-Identifier: MIT
 *
 * From published rows to a chip's parameters, on rows whose results were worked out by hand.
 */
#include "chips/derive.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "source,date,chip,os,experiment,config,metric,value,unit,note\n"
#define ROW(source, chip, experiment, config, metric, value, note)                                 \
    source ",2026," chip ",x," experiment "," config "," metric "," value ",ms," note "\n"

static struct published published;
static struct derived_chip chip;

/* Derives `name` from rows; frees what was derived before. */
static void derive(const char *name, const char *rows) {
    char path[] = "/tmp/aneprobe-published-XXXXXX";
    struct error error;
    derive_close(&chip);
    published_close(&published);
    FILE *file = fdopen(mkstemp(path), "w");
    cr_assert(file && fputs(HEAD, file) >= 0 && fputs(rows, file) >= 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(published_read(path, &published, &error), 0, "%s", error.text);
    unlink(path);
    cr_assert_eq(derive_chip(&published, name, &chip), 0);
}

static void tear_down(void) {
    derive_close(&chip);
    published_close(&published);
}

TestSuite(chips_derive, .fini = tear_down);

static const struct derived *key(const char *name) {
    for (int i = 0; i < chip.n_keys; i++)
        if (strcmp(chip.keys[i].key, name) == 0)
            return &chip.keys[i];
    cr_assert_fail("no key %s", name);
    return NULL;
}

static void is(const char *name, double value, enum derive_basis basis) {
    const struct derived *k = key(name);
    cr_assert_eq(k->basis, basis, "%s: basis %d", name, (int)k->basis);
    cr_assert(fabs(k->number - value) <= 0.0051 * fabs(value), "%s is %g", name, k->number);
}

Test(chips_derive, no_rows_give_no_parameters) {
    derive("M4", ROW("a", "M5", "compile_limit", "per process", "limit", "119", ""));
    for (int i = 0; i < chip.n_keys; i++)
        cr_assert_eq(chip.keys[i].basis, DERIVE_UNKNOWN, "%s", chip.keys[i].key);
    cr_assert(!derive_is_enough(&chip));
}

/* A chip without convolutions: tiny programs, the rate of weights, a slope; activations are no weights. The first call
 * after 100 ms takes 5.5 - 1.8 ms more than after 2. */
Test(chips_derive, an_engine_without_convolutions) {
#define PAUSE "first call after 100 ms idle"
#define WARM "first call after 2 ms idle"
    derive("M6",
        ROW("a", "M6", "dispatch_overhead", "128 tiny layers", "eval_latency", "0.16", "") ROW("a",
            "M6", "throughput_ceiling", "\"one engine, slope by depth\"", "throughput", "9",
            "") ROW("a", "M6", "weight_stream", "activations low", "bandwidth", "35", "")
            ROW("a", "M6", "weight_stream", "weights low", "bandwidth", "140", "")
                ROW("a", "M6", "weight_stream", "weights high", "bandwidth", "160", "")
                    ROW("a", "M6", "idle_wake", WARM, "eval_latency_min", "1.7", "")
                        ROW("a", "M6", "idle_wake", WARM, "eval_latency_max", "1.9", "")
                            ROW("a", "M6", "idle_wake", PAUSE, "eval_latency_min", "5", "")
                                ROW("a", "M6", "idle_wake", PAUSE, "eval_latency_max", "6", ""));
    is("dispatch_us", 160, DERIVE_PUBLISHED);
    is("tflops", 9, DERIVE_PUBLISHED);
    is("bandwidth_gbs", 150, DERIVE_PUBLISHED);
    is("host_stream_gb_ms", 1000 / 150.0, DERIVE_FITTED);
    is("nap_wake_ms", 3.7, DERIVE_FITTED);
    is("nap_after_ms", 100, DERIVE_PUBLISHED);
    cr_assert_eq(key("nap_wake_ms")->evidence.n, 4, "%zu", key("nap_wake_ms")->evidence.n);
    cr_assert_eq(key("sleep_wake_ms")->basis, DERIVE_UNKNOWN);
    cr_assert_eq(key("sleep_after_ms")->basis, DERIVE_UNKNOWN);
}

/* A source that gives what waking costs, and one that gives a whole call after another pause. */
Test(chips_derive, a_wake_up_by_itself) {
    derive("M1 Max",
        ROW("a", "M1 Max", "idle_wake", "wake cost after 100 ms idle", "overhead", "0.5", "") ROW(
            "a", "M1 Max", "idle_wake", "first call after 5 s idle", "eval_latency", "260", ""));
    is("nap_wake_ms", 0.5, DERIVE_PUBLISHED);
    is("nap_after_ms", 100, DERIVE_PUBLISHED);
    is("sleep_wake_ms", 260, DERIVE_PUBLISHED);
    is("sleep_after_ms", 5000, DERIVE_PUBLISHED);
}

/* Loads of a sweep but for its first, 2 ms, and of another source, 4 ms. */
Test(chips_derive, loads_by_source) {
    derive("M5", ROW("a", "M5", "qos_sweep", "qos=0; conv", "load_time", "15", "")
                     ROW("a", "M5", "qos_sweep", "qos=1; conv", "load_time", "2", "")
                         ROW("a", "M5", "qos_sweep", "qos=5; conv", "load_time", "2", "")
                             ROW("b", "M5", "chaining", "fused MIL load", "load_time", "4", ""));
    is("load_ms", 3, DERIVE_FITTED);
    is("first_use_ms", 12, DERIVE_FITTED);
}

/* Small programs: 25 ms, the middle of a range. 60 programs of 327.03 MB in 3135.15 ms: 1500 ms
 * are the programs', 1635.15 ms are 5 ms a MB. */
Test(chips_derive, compiles) {
    derive("M4", ROW("a", "M4", "compile_time", "20 models", "compile_time_min", "20", "")
                     ROW("a", "M4", "compile_time", "20 models", "compile_time_max", "30", "") ROW(
                         "b", "M4", "train_static", "Stories110M train_large batch 1",
                         "compile_time_60_kernels", "3135.15", "") ROW("c", "M4", "train_static",
                         "train_large_ane batch 1", "compile_time", "9999", ""));
    is("compile_ms", 25, DERIVE_FITTED);
    is("compile_per_mb_ms", 5, DERIVE_FITTED);
    cr_assert_eq(key("compile_per_mb_ms")->evidence.n, 1);
    cr_assert(derive_is_enough(&chip));
    /* small programs that would take longer than all of them: nothing is left for the weights */
    derive("M4", ROW("a", "M4", "compile_time", "20 models", "compile_time_min", "60", "")
                     ROW("a", "M4", "compile_time", "20 models", "compile_time_max", "80", "")
                         ROW("b", "M4", "train_static", "Stories110M train_large",
                             "compile_time_60_kernels", "3135.15", ""));
    is("compile_per_mb_ms", 0, DERIVE_FITTED);
    /* without small programs the default of 20 ms stands in: 1935.15 / 327.03 */
    derive("M4", ROW("b", "M4", "train_static", "Stories110M train_large",
                     "compile_time_60_kernels", "3135.15", ""));
    cr_assert_eq(key("compile_ms")->basis, DERIVE_UNKNOWN);
    is("compile_per_mb_ms", 5.92, DERIVE_FITTED);
    /* sizes known: a line, 5 ms and 3 ms a MB */
    derive("M3 Max",
        ROW("a", "M3 Max", "compile_time", "FFN 100 MB", "compile_time", "305", "")
            ROW("a", "M3 Max", "compile_time", "matmul 20 MB", "compile_time", "65", "")
                ROW("a", "M3 Max", "compile_time", "head 50 MB", "compile_time", "155", ""));
    is("compile_ms", 5, DERIVE_FITTED);
    is("compile_per_mb_ms", 3, DERIVE_FITTED);
}

/* Each source counts once: 10, and the median of 20, 30 and 40. */
Test(chips_derive, each_source_counts_once) {
    derive("M4",
        ROW("a", "M4", "train_static", "Stories110M train_large", "ms_per_step", "10", "") ROW("b",
            "M4", "train_static", "Stories110M train_large", "ms_per_step", "20",
            "") ROW("b", "M4", "train_static", "Stories110M train_large", "ms_per_step", "30", "")
            ROW("b", "M4", "train_static", "Stories110M train_large", "ms_per_step", "40", "") ROW(
                "c", "M4", "train_static", "Stories110M train_large_ane", "ms_per_step", "1", ""));
    is("host_static_step_ms", 20, DERIVE_FITTED);
}

/* 6400 - 4000 - 2000 ms, over two batches. */
Test(chips_derive, host_time_is_what_a_batch_leaves) {
    derive("M4", "a,2026,M4,x,train_static,Stories110M 20 steps,wall_time,6.4,s,\n"
                 "a,2026,M4,x,train_static,Stories110M 20 steps,compile_time_total,4000,ms,\n"
                 "a,2026,M4,x,train_static,Stories110M 20 steps,train_time_total,2,s,\n");
    is("host_batch_ms", 200, DERIVE_FITTED);
    cr_assert_eq(key("host_batch_ms")->evidence.n, 3);
}

/* An unload and the load after it; a range's middle; 74 programs from a cache. */
Test(chips_derive, loads_without_a_compile) {
    derive("M4",
        "a,2026,M4,x,weight_reload,overwrite weight file then unload+load,unload_time,0.5,ms,\n"
        "a,2026,M4,x,weight_reload,overwrite weight file then unload+load,reload_time,4,ms,\n"
        "b,2026,M4,x,compile_time,cache load of any kernel,compile_time_cached_min,5,ms,\n"
        "b,2026,M4,x,compile_time,cache load of any kernel,compile_time_cached_max,10,ms,\n"
        "c,2026,M4,x,compile_cache,74 kernels,compile_time_cached,740,ms,\n");
    is("host_load_ms", 7.5, DERIVE_FITTED);
    cr_assert_eq(key("host_load_ms")->evidence.n, 5);
    derive("M4",
        "a,2026,M4,x,weight_reload,overwrite weight file then unload+load,unload_time,0.5,ms,\n"
        "a,2026,M4,x,weight_reload,overwrite weight file then unload+load,reload_time,4,ms,\n");
    is("host_load_ms", 4.5, DERIVE_FITTED);
    derive("M4", "c,2026,M4,x,compile_cache,74 kernels,compile_time_cached,740,ms,\n");
    is("host_load_ms", 10, DERIVE_FITTED);
    derive("M4",
        "a,2026,M4,x,weight_reload,overwrite weight file then unload+load,reload_time,4,ms,\n");
    cr_assert_eq(key("host_load_ms")->basis, DERIVE_UNKNOWN);
}

/* Two stacks: 512 channels, 64 positions, 2.1475 and 4.2950 GFLOP; 0.1 ms + work at 10 TFLOPS. */
#define STACK(source, depth, latency, note)                                                        \
    ROW(source, "M4", "inmem_peak", depth "x conv 512ch sp64", "eval_latency", latency, note)

/* those that fit into 32 MB: 8 to 48 layers */
#define FITTING                                                                                    \
    STACK("a", "8", "0.12684", "")                                                                 \
    STACK("a", "16", "0.15369", "")                                                                \
    STACK("a", "24", "0.18053", "") STACK("a", "32", "0.20737", "") STACK("a", "48", "0.26106", "")

Test(chips_derive, convolutions_give_the_engine) {
    derive("M4", STACK("a", "64", "0.31475", "") STACK("a", "128", "0.52950", "") STACK(
                     "a", "32", "0.20737", "") STACK("a", "32", "5", "RETRACTED by the author")
                     STACK("a (20260303)", "32", "5", ""));
    is("dispatch_us", 100, DERIVE_FITTED);
    is("tflops", 10, DERIVE_FITTED);
    cr_assert_eq(key("tflops")->evidence.n, 3);
    is("spill_slowdown", 1, DERIVE_FITTED);
    cr_assert_eq(key("sram_mb")->basis, DERIVE_UNKNOWN);
    /* beyond 32 MB 5 % more work: no spill; 20 %: one */
    derive("M4", FITTING STACK("a", "128", "0.55097", ""));
    is("spill_slowdown", 1, DERIVE_FITTED);
    derive("M4", FITTING STACK("a", "128", "0.61540", ""));
    is("spill_slowdown", 1.2, DERIVE_FITTED);
    /* one amount of work: nothing to fit; what another benchmark published stands in */
    derive("M4", STACK("a", "64", "0.3", "")
                     ROW("b", "M4", "roofline", "square fp16 GEMM", "peak_gemm", "5.44", ""));
    cr_assert_eq(key("dispatch_us")->basis, DERIVE_UNKNOWN);
    is("tflops", 5.44, DERIVE_PUBLISHED);
}

Test(chips_derive, slow_sizes_of_weights) {
    derive("M3", ROW("a", "M3", "dma_notch", "D=1: split against whole", "speedup", "3", "") ROW(
                     "a", "M3", "dma_notch", "D=2: split against whole", "speedup", "2", "")
                     ROW("a", "M3", "dma_notch", "half width of the slow window", "cliff", "16", "")
                         ROW("b", "M3", "vendor_rating", "neural engine cores", "cores", "32", ""));
    is("engine_cores", 16, DERIVE_PUBLISHED);
    is("notch_mb", 1, DERIVE_PUBLISHED);
    is("notch_kb", 16, DERIVE_PUBLISHED);
    is("notch_slowdown", 2.5, DERIVE_PUBLISHED);
    derive("M5", ROW("b", "M5", "vendor_rating", "neural engine cores", "cores", "16", ""));
    is("engine_cores", 16, DERIVE_PUBLISHED);
    cr_assert_eq(key("notch_mb")->basis, DERIVE_UNKNOWN);
}

Test(chips_derive, limits_are_what_the_rows_say) {
    derive(
        "M4", ROW("a", "M4", "compile_limit", "per process", "limit_low", "120", "") ROW("b", "M4",
                  "compile_limit", "per process; probe", "limit", "119", "silent failures"));
    cr_assert_str_eq(key("limit_kind")->word, "compiles");
    is("limit_value", 119, DERIVE_PUBLISHED);
    cr_assert_str_eq(key("limit_failure")->word, "silent");
    cr_assert(strstr(key("limit_kind")->note, "rival"));
    /* the lowest, wherever it stands */
    derive("M4", ROW("a", "M4", "compile_limit", "per process", "limit_low", "119", "")
                     ROW("b", "M4", "compile_limit", "per process; probe", "limit", "121", ""));
    is("limit_value", 119, DERIVE_PUBLISHED);
    derive("M4", ROW("a", "M4", "compile_limit", "simultaneously loaded programs", "limit", "128",
                     "the 129th load fails"));
    cr_assert_str_eq(key("limit_kind")->word, "loaded");
    cr_assert_str_eq(key("limit_failure")->word, "error");
    cr_assert_eq(key("limit2_kind")->basis, DERIVE_UNKNOWN);
    derive("M4", ROW("a", "M4", "compile_limit", "programs resident", "limit", "121", "") ROW(
                     "a", "M4", "compile_limit", "memory of loaded programs", "limit", "4", ""));
    cr_assert_str_eq(key("limit_kind")->word, "loaded");
    cr_assert_str_eq(key("limit2_kind")->word, "bytes");
    is("limit2_value", 3810, DERIVE_PUBLISHED);
    derive("M4", ROW("a", "M4", "compile_limit", "one process", "programs_compiled", "169", ""));
    cr_assert_eq(key("limit_kind")->basis, DERIVE_UNKNOWN);
    cr_assert(strstr(key("limit_kind")->note, "169"));
}

/* 26.8 ms over 119 evals is 0.2252 ms against 0.189: 19.2 % more. */
Test(chips_derive, effects) {
    derive("M4",
        ROW("a", "M4", "overlap", "x", "background_compile", "26.8", "")
            ROW("a", "M4", "overlap", "x", "foreground_evals_during_compile", "119", "")
                ROW("a", "M4", "pure_eval", "1x conv 128ch sp64", "eval_latency", "0.189", "")
                    ROW("a", "M4", "qos_sweep", "qos=9", "eval_latency", "0.15", "")
                        ROW("a", "M4", "qos_sweep", "qos=21", "eval_latency", "0.20", "") ROW("a",
                            "M4", "weight_reload", "overwrite file", "max_output_diff", "0.0", ""));
    is("eval_slowdown_pct", 19.2, DERIVE_FITTED);
    cr_assert_eq(key("overlap")->basis, DERIVE_UNKNOWN);
    is("qos_effect_pct", -25, DERIVE_FITTED);
    is("reload_source", 0, DERIVE_PUBLISHED);
    cr_assert_eq(key("weights_buffer")->basis, DERIVE_UNKNOWN);
}
