/* SPDX-License-Identifier: MIT
 *
 * The cost of an eval: dispatch, arithmetic, memory.
 */
#include "chips/derive.h"
#include "chips/fit.h"
#include "measure/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Latencies of 1x1 convolutions: from the benchmarks, the QoS sweep except its first entry, and
 * throughputs published without a latency. */
static void conv_rows(struct evidence *e, const char *chip) {
    static const char *const experiments[] = {
        "inmem_peak", "conv_single", "sram_probe", "sram_bench"};
    for (size_t i = 0; i < sizeof experiments / sizeof *experiments; i++)
        evidence_find(
            e, &(struct evidence_query){chip, experiments[i], "x conv ", NULL, "eval_latency"});
    evidence_find(
        e, &(struct evidence_query){chip, "qos_sweep", "x conv ", "qos=0;", "eval_latency_avg10"});
    evidence_find(e, &(struct evidence_query){chip, "pure_eval", "x conv ", NULL, "eval_latency"});
}

static bool latency_is_there(const struct evidence *e, size_t row) {
    const struct published *p = e->published;
    for (size_t i = 0; i < e->n; i++)
        if (published_is(
                p, e->rows[i], PUBLISHED_SOURCE, published_text(p, row, PUBLISHED_SOURCE)) &&
            published_is(p, e->rows[i], PUBLISHED_CONFIG, published_text(p, row, PUBLISHED_CONFIG)))
            return true;
    return false;
}

static void throughput_rows(
    struct evidence *e, const struct evidence *latencies, const char *chip) {
    struct evidence all;
    evidence_open(&all, e->published);
    evidence_find(
        &all, &(struct evidence_query){chip, "inmem_peak", "x conv ", NULL, "throughput"});
    for (size_t i = 0; i < all.n; i++) {
        struct published_conv conv;
        const char *config = published_text(e->published, all.rows[i], PUBLISHED_CONFIG);
        if (!latency_is_there(latencies, all.rows[i]) && published_conv_parse(config, &conv))
            evidence_add(e, all.rows[i], published_conv_flop(&conv) / (all.values[i] * 1e9));
    }
    e->no_memory = e->no_memory || all.no_memory;
    evidence_close(&all);
}

/* A points' list of the same length and order as the evidence; NULL when out of memory. */
static struct fit_point *points_of(const struct evidence *e) {
    struct fit_point *points = calloc(e->n + 1, sizeof *points);
    for (size_t i = 0; points && i < e->n; i++) {
        struct published_conv conv;
        const char *config = published_text(e->published, e->rows[i], PUBLISHED_CONFIG);
        if (!published_conv_parse(config, &conv))
            continue; /* cannot be: the queries ask for "x conv " */
        points[i] = (struct fit_point){published_conv_flop(&conv), published_conv_bytes(&conv),
            published_conv_weight_bytes(&conv), e->values[i]};
    }
    return points;
}

static void evidence_copy(struct evidence *to, const struct evidence *from) {
    for (size_t i = 0; i < from->n; i++)
        evidence_add(to, from->rows[i], from->values[i]);
    to->no_memory = to->no_memory || from->no_memory;
}

/* Without convolutions: a small program's latency as it is, and the best rate that was published. */
static void engine_as_published(
    struct derived *dispatch, struct derived *tflops, struct derived *bandwidth, const char *chip) {
    evidence_find(&dispatch->evidence,
        &(struct evidence_query){chip, "eval_path", "InMemoryModel", NULL, "eval_latency"});
    derive_set(dispatch, DERIVE_PUBLISHED, 1e3 * evidence_median(&dispatch->evidence));
    if (dispatch->basis == DERIVE_UNKNOWN) {
        evidence_find(&dispatch->evidence, &(struct evidence_query){chip, "dispatch_overhead",
                                               "tiny layers", NULL, "eval_latency"});
        derive_set(dispatch, DERIVE_PUBLISHED, 1e3 * evidence_median(&dispatch->evidence));
    }
    if (dispatch->basis != DERIVE_UNKNOWN)
        derive_note(dispatch, "latency of a small program, its work taken for nothing");
    evidence_find(&bandwidth->evidence,
        &(struct evidence_query){chip, "weight_stream", "weights", NULL, "bandwidth"});
    derive_set(bandwidth, DERIVE_PUBLISHED, evidence_median_by_source(&bandwidth->evidence));
    if (bandwidth->basis != DERIVE_UNKNOWN)
        derive_note(bandwidth, "weights streamed by matrices times a vector");
    evidence_find(
        &tflops->evidence, &(struct evidence_query){chip, "roofline", NULL, NULL, "peak_gemm"});
    derive_set(tflops, DERIVE_PUBLISHED, evidence_median(&tflops->evidence));
    if (tflops->basis != DERIVE_UNKNOWN) {
        derive_note(tflops, "square fp16 GEMM; that source's bandwidths are not used: on other "
                            "chips its figures are far below what convolutions read");
        return;
    }
    evidence_find(&tflops->evidence,
        &(struct evidence_query){chip, "int8_w8a8", "peak", NULL, "throughput_fp16"});
    derive_set(tflops, DERIVE_PUBLISHED, evidence_median(&tflops->evidence));
    if (tflops->basis != DERIVE_UNKNOWN) {
        derive_note(tflops, "convolutions of 4096 positions; configuration not published");
        return;
    }
    evidence_find(&tflops->evidence, &(struct evidence_query){chip, "throughput_ceiling",
                                         "one engine, slope", NULL, "throughput"});
    derive_set(tflops, DERIVE_PUBLISHED, evidence_median(&tflops->evidence));
    if (tflops->basis != DERIVE_UNKNOWN)
        derive_note(tflops,
            "one of its engines, the slope of latency by depth; both together, where a program is "
            "compiled for them, have about twice that");
}

/* Above `sram_mb` of weights: by what factor the work takes longer than without a spill. */
static double spill_ratio(const struct fit_engine *engine, const struct fit_point *points,
    const struct evidence *all, double sram_mb, struct evidence *above) {
    double *ratios = malloc((all->n + 1) * sizeof *ratios);
    size_t n = 0;
    for (size_t i = 0; ratios && i < all->n; i++) {
        double work = fit_engine_ms(engine, &points[i]) - engine->dispatch_us / 1e3;
        double measured = points[i].latency_ms - engine->dispatch_us / 1e3;
        if (points[i].weight_bytes <= sram_mb * 1048576)
            continue;
        ratios[n++] = measured / work;
        evidence_add(above, all->rows[i], all->values[i]);
    }
    double ratio = stats_median(ratios, n);
    free(ratios);
    return ratio;
}

static void spill(struct derived_chip *chip, struct derived *sram, struct derived *slowdown,
    const struct fit_engine *engine, const struct fit_point *points, const struct evidence *all) {
    const double default_mb = 32; /* model.h */
    evidence_find(&sram->evidence,
        &(struct evidence_query){chip->chip, "sram_probe", "table", NULL, "sram_size"});
    derive_set(sram, DERIVE_PUBLISHED, evidence_median(&sram->evidence));
    if (sram->basis != DERIVE_UNKNOWN)
        derive_note(sram, "an approximate table entry without a measurement");
    evidence_find(&sram->evidence,
        &(struct evidence_query){chip->chip, "sram_bench", NULL, NULL, "sram_size_low"});
    evidence_find(&sram->evidence,
        &(struct evidence_query){chip->chip, "sram_bench", NULL, NULL, "sram_size_high"});
    if (sram->basis == DERIVE_UNKNOWN && sram->evidence.n == 2) {
        derive_set(sram, DERIVE_PUBLISHED, evidence_median(&sram->evidence));
        derive_note(sram, "middle of the published range; rival: a tiling accident at 4096 "
                          "channels, since 4608 are fast again");
    }
    if (!points)
        return;
    double mb = sram->basis == DERIVE_UNKNOWN ? default_mb : sram->number;
    double ratio = spill_ratio(engine, points, all, mb, &slowdown->evidence);
    if (!isfinite(ratio))
        return;
    derive_set(slowdown, DERIVE_FITTED, ratio < 1.1 ? 1 : ratio);
    derive_note(slowdown,
        "programs above %.3g MB take %.2f times the work time of the fit without a spill%s", mb,
        ratio, ratio < 1.1 ? ": none seen" : "");
}

/* Cores of one engine, and how it streams weights of a whole number of MiB a core. */
static void notch(struct derived_chip *chip) {
    derive_key(chip, "formats_expand", "");
    struct derived *cores = derive_key(chip, "engine_cores", "");
    struct derived *mb = derive_key(chip, "notch_mb", "MB");
    struct derived *kb = derive_key(chip, "notch_kb", "KB");
    struct derived *slowdown = derive_key(chip, "notch_slowdown", "x");
    const double one_engine = 16;

    evidence_find(
        &cores->evidence, &(struct evidence_query){chip->chip, NULL, NULL, NULL, "cores"});
    if (cores->evidence.n > 0)
        derive_set(cores, DERIVE_PUBLISHED, fmin(one_engine, evidence_median(&cores->evidence)));
    if (evidence_median(&cores->evidence) > one_engine)
        derive_note(cores, "of one of its engines");
    evidence_find(&slowdown->evidence,
        &(struct evidence_query){chip->chip, "dma_notch", "split against whole", NULL, "speedup"});
    if (slowdown->evidence.n == 0)
        return;
    evidence_copy(&mb->evidence, &slowdown->evidence);
    derive_set(slowdown, DERIVE_PUBLISHED, evidence_median(&slowdown->evidence));
    derive_set(mb, DERIVE_PUBLISHED, 1);
    evidence_find(&kb->evidence,
        &(struct evidence_query){chip->chip, "dma_notch", "half width", NULL, "cliff"});
    derive_set(kb, DERIVE_PUBLISHED, evidence_median(&kb->evidence));
}

void derive_engine(struct derived_chip *chip) {
    struct derived *dispatch = derive_key(chip, "dispatch_us", "us");
    struct derived *tflops = derive_key(chip, "tflops", "TFLOPS");
    struct derived *bandwidth = derive_key(chip, "bandwidth_gbs", "GB/s");
    struct derived *sram = derive_key(chip, "sram_mb", "MB");
    struct derived *slowdown = derive_key(chip, "spill_slowdown", "x");
    struct evidence rows, throughputs;
    struct fit_engine engine;

    evidence_open(&rows, chip->published);
    evidence_open(&throughputs, chip->published);
    conv_rows(&rows, chip->chip);
    throughput_rows(&throughputs, &rows, chip->chip);
    evidence_copy(&rows, &throughputs);
    struct fit_point *points = points_of(&rows);
    if (!points || rows.no_memory) {
        dispatch->evidence.no_memory = true;
    } else if (fit_engine(points, rows.n, &engine) == 0) {
        evidence_copy(&dispatch->evidence, &rows);
        evidence_copy(&tflops->evidence, &rows);
        evidence_copy(&bandwidth->evidence, &rows);
        derive_set(dispatch, DERIVE_FITTED, engine.dispatch_us);
        derive_set(tflops, DERIVE_FITTED, engine.tflops);
        derive_set(bandwidth, DERIVE_FITTED, engine.bandwidth_gbs);
        derive_note(dispatch, "with tflops and bandwidth_gbs; median error %.3g %% over %zu rows",
            engine.median_error_pct, rows.n);
        derive_note(tflops, "as dispatch_us");
        derive_note(bandwidth,
            engine.bandwidth_is_bound
                ? "the least that agrees: all rows have the same FLOP a byte, so memory and "
                  "arithmetic are not told apart"
                : "as dispatch_us");
        spill(chip, sram, slowdown, &engine, points, &rows);
    } else {
        engine_as_published(dispatch, tflops, bandwidth, chip->chip);
        spill(chip, sram, slowdown, &engine, NULL, &rows);
    }
    notch(chip);
    free(points);
    evidence_close(&rows);
    evidence_close(&throughputs);
}
