/* SPDX-License-Identifier: MIT
 *
 * The truth follows from the meaning of the keys of a sim file (device/sim/sim.h) and the words of the claims
 * (results/findings.csv), and uses nothing of a probe but how far it searches.
 *
 * No key makes a limit outlive its process, since processes of a simulated engine do not share state:
 * compile-limit.restart-clears is tried only on engines of which it is true.
 */
#include "truth.h"

#include <math.h>
#include <string.h>

#define REPRODUCED "reproduced"
#define CONTRADICTED "contradicted"
#define UNSUPPORTED "unsupported"

double truth_scale_eval_us(const struct sim_params *p) {
    const double channels = 64, positions = 64, bytes = 2 * channels * (2 * positions + 1);
    double spill = bytes / 2 > p->sram_mb * 1048576 ? p->spill_slowdown : 1;
    return p->dispatch_us + bytes / p->bandwidth_gbs / 1e3 * spill;
}

double truth_conv_eval_us(
    const struct sim_params *p, double channels, double positions, double depth) {
    const double weights = 2 * channels * channels * depth, io = 2 * 2 * channels * positions;
    const double flop_us = weights * positions / p->tflops / 1e6;
    const double bytes_us = (weights + io) / p->bandwidth_gbs / 1e3;
    return p->dispatch_us +
           fmax(flop_us, bytes_us) * (weights > p->sram_mb * 1048576 ? p->spill_slowdown : 1);
}

/* Of a way other than the direct one. */
struct cost {
    double dispatch_us, flop_us, bytes_us;
};

static struct cost way_cost(const struct sim_params *p, enum device_way way, double channels,
    double positions, double depth) {
    const double weights = 2 * channels * channels * depth, io = 2 * 2 * channels * positions;
    const bool gpu = way == DEVICE_WAY_GPU, cpu = way == DEVICE_WAY_CPU;
    const double tflops = gpu ? p->gpu_tflops : cpu ? p->cpu_tflops : p->tflops;
    const double gbs = gpu ? p->gpu_bandwidth_gbs : cpu ? p->cpu_bandwidth_gbs : p->bandwidth_gbs;
    const bool spills = !gpu && !cpu && weights > p->sram_mb * 1048576;
    const double times = spills ? p->spill_slowdown : 1;
    return (struct cost){.dispatch_us = p->public_us + (gpu      ? p->gpu_dispatch_us
                                                           : cpu ? p->cpu_dispatch_us
                                                                 : p->dispatch_us),
        .flop_us = weights * positions / tflops / 1e6 * times,
        .bytes_us = (weights + io) / gbs / 1e3 * times};
}

double truth_way_eval_us(const struct sim_params *p, enum device_way way, double channels,
    double positions, double depth) {
    const struct cost c = way_cost(p, way, channels, positions, depth);
    return c.dispatch_us + fmax(c.flop_us, c.bytes_us);
}

double truth_way_chip_uj(const struct sim_params *p, enum device_way way, double channels,
    double positions, double depth) {
    const struct cost c = way_cost(p, way, channels, positions, depth);
    const double work_us = fmax(c.flop_us, c.bytes_us);
    const double engine_w = c.bytes_us > c.flop_us ? p->engine_stream_w : p->engine_compute_w;
    const double always_w = p->engine_idle_w + p->cpu_idle_w + p->package_rest_w;
    const double dispatch_w = p->cpu_busy_w + (way == DEVICE_WAY_NE ? p->engine_dispatch_w : 0);
    const double work_w = way == DEVICE_WAY_GPU   ? p->gpu_w
                          : way == DEVICE_WAY_CPU ? p->cpu_busy_w
                                                  : engine_w;
    return (always_w + dispatch_w) * c.dispatch_us + (always_w + work_w) * work_us;
}

/* ---- compile_limit */

/* Where each way of making programs ends; TRUTH_SEARCHED where it does not. */
struct ends {
    double kept, unloaded, large; /* the last two: unloaded each or only compiled; kept, of 16 MB */
    bool found;
};

static struct ends limit_ends(const struct sim_params *p) {
    const double compiles = sim_limit(p, SIM_LIMIT_COMPILES);
    const double kept = fmin(compiles, sim_limit(p, SIM_LIMIT_LOADED));
    const double large = fmin(kept, floor(sim_limit(p, SIM_LIMIT_BYTES) / TRUTH_LARGE_MB));
    struct ends ends = {.kept = fmin(kept, TRUTH_SEARCHED),
        .unloaded = fmin(compiles, TRUTH_SEARCHED),
        .large = fmin(large, TRUTH_SEARCHED)};
    ends.found = ends.large < TRUTH_SEARCHED; /* large ones end no later than tiny ones */
    return ends;
}

static struct truth limit_value(const struct sim_params *p) {
    const struct ends ends = limit_ends(p);
    const double fits = ends.kept < TRUTH_SEARCHED ? ends.kept : ends.large;
    if (!ends.found)
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return fits >= 119 && fits <= 132
               ? (struct truth){"119 to 132", TRUTH_EXACT, REPRODUCED, NULL}
               : (struct truth){"another number", TRUTH_EXACT, CONTRADICTED, NULL};
}

/* The stated margin: counts agree within 2 or 5 %. Ends that do are one end, and what ends so near
 * the end of the search that going on cannot be told from ending has no kind to be found. */
static bool agree(double a, double b) {
    return fabs(a - b) <= fmax(2, floor(fmax(a, b) / 20));
}

static struct truth limit_kind(const struct sim_params *p) {
    static const char *const near_end = "near the end of the search";
    const struct ends e = limit_ends(p);
    const bool bytes = e.large < e.kept && !agree(e.large, e.kept);
    if (!e.found)
        return (struct truth){"none", TRUTH_EXACT, CONTRADICTED, "none"};
    if (e.kept == TRUTH_SEARCHED)
        return bytes ? (struct truth){"bytes", TRUTH_EXACT, CONTRADICTED, "bytes"}
                     : (struct truth){near_end, TRUTH_NEAR, CONTRADICTED, "bytes"};
    if (e.unloaded == TRUTH_SEARCHED && agree(e.kept, e.unloaded))
        return (struct truth){
            near_end, TRUTH_NEAR, CONTRADICTED, bytes ? "loaded and bytes" : "loaded"};
    if (e.unloaded == TRUTH_SEARCHED)
        return bytes ? (struct truth){"loaded and bytes", TRUTH_EXACT, CONTRADICTED,
                           "loaded and bytes"}
                     : (struct truth){"loaded", TRUTH_EXACT, CONTRADICTED, "loaded"};
    if (agree(e.kept, e.unloaded))
        return bytes ? (struct truth){"compiles and bytes", TRUTH_EXACT, REPRODUCED,
                           "compiles and bytes"}
                     : (struct truth){"compiles", TRUTH_EXACT, REPRODUCED, "compiles"};
    return (struct truth){"loaded and compiles", TRUTH_EXACT, CONTRADICTED, "loaded and compiles"};
}

/* A wait clears the count of compiles, but not of what is loaded. */
static struct truth wait_gives_back(const struct sim_params *p) {
    const double compiles = sim_limit(p, SIM_LIMIT_COMPILES);
    if (limit_ends(p).kept >= TRUTH_SEARCHED)
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return p->limit_back == SIM_BACK_WAIT && compiles < sim_limit(p, SIM_LIMIT_LOADED)
               ? (struct truth){"it does", TRUTH_EXACT, REPRODUCED, NULL}
               : (struct truth){"it does not", TRUTH_EXACT, CONTRADICTED, NULL};
}

/* Unloading frees places for loaded programs. Using them needs further compiles: the program that was refused
 * at loading took one, too. */
static struct truth purge_gives_nothing(const struct sim_params *p) {
    const struct ends ends = limit_ends(p);
    if (ends.kept >= TRUTH_SEARCHED)
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return p->limit_back == SIM_BACK_PURGE || sim_limit(p, SIM_LIMIT_COMPILES) > ends.kept + 1
               ? (struct truth){"something", TRUTH_EXACT, CONTRADICTED, NULL}
               : (struct truth){"nothing", TRUTH_EXACT, REPRODUCED, NULL};
}

/* ---- what is judged by an interval */

/* `effect` as a share of the margin; the verdict is `inside` up to 1 and `outside` beyond. */
static struct truth by_margin(double effect, const char *inside, const char *outside) {
    if (effect < 1e-9)
        return (struct truth){"no effect", TRUTH_NULL, inside, NULL};
    if (effect <= 0.5)
        return (struct truth){"up to half the margin", TRUTH_NEAR, inside, NULL};
    if (effect <= 1)
        return (struct truth){"just inside the margin", TRUTH_NEAR, inside, NULL};
    if (effect < 2)
        return (struct truth){"just outside the margin", TRUTH_NEAR, outside, NULL};
    return (struct truth){"twice the margin or more", TRUTH_CLEAR, outside, NULL};
}

/* Work that fits one after the other in the time that both take side by side. */
static double concurrency(const struct sim_params *p) {
    double turns = 2 - p->overlap;
    return (1 / (1 + p->compile_slowdown_pct / 100) + 1 / (1 + p->eval_slowdown_pct / 100)) / turns;
}

static double slower_pct(const struct sim_params *p) {
    return 100 * ((2 - p->overlap) * (1 + p->eval_slowdown_pct / 100) - 1);
}

static struct truth saves_dispatch(const struct sim_params *p) {
    double ratio = p->chain_step_us / truth_scale_eval_us(p);
    if (p->chain != SIM_CHAIN_WORKS)
        return (struct truth){"nothing executes", TRUTH_EXACT, UNSUPPORTED, NULL};
    return by_margin((1 - ratio) / 0.05, CONTRADICTED, REPRODUCED);
}

/* A level that does not work has no latency; a claim about all levels can then only be contradicted by another
 * level. */
static struct truth latency_effect(const struct sim_params *p) {
    double effect = fabs(p->qos_effect_pct) / 3;
    if (p->qos_refused == DEVICE_QOS_BACKGROUND)
        effect /= 2; /* level 17 has half of it */
    if (p->qos_refused >= 0 && effect <= 1)
        return (struct truth){"one level cannot be timed", TRUTH_EXACT, "inconclusive", NULL};
    return by_margin(effect, REPRODUCED, CONTRADICTED);
}

/* ---- shared_surface: shares of the margin past 1 on the claimed side; a claim of a change by more than
 * the margin does not hold of none */

static struct truth sharing_cost(const struct sim_params *p, double effect) {
    if (p->shared_surface != SIM_SHARING_COHERENT)
        return (struct truth){"nothing to time", TRUTH_EXACT, UNSUPPORTED, NULL};
    if (effect < 0)
        return (struct truth){"the other way", TRUTH_NEAR, CONTRADICTED, NULL};
    return by_margin(effect, CONTRADICTED, REPRODUCED);
}

/* ---- eval_stats: the one path that a simulated engine has */

static struct truth stats_nil(const struct sim_params *p) {
    static const char *const words[] = {
        "not there", "never come", "come and say 0", "come on another path", "come"};
    const bool come = p->eval_stats == SIM_STATS_ZERO || p->eval_stats == SIM_STATS_WORKS;
    return (struct truth){words[p->eval_stats], TRUTH_EXACT,
        p->eval_stats == SIM_STATS_NONE ? UNSUPPORTED
        : come                          ? CONTRADICTED
                                        : REPRODUCED,
        NULL};
}

/* ---- counters */

static struct truth counters_are(const struct sim_params *p, bool single) {
    static const char *const words[] = {
        "not there", "never come", "0", "constant", "free-running", "count the work"};
    const bool works = p->counters == SIM_COUNTERS_WORKS;
    return (struct truth){words[p->counters], TRUTH_EXACT,
        works                                        ? REPRODUCED
        : p->counters == SIM_COUNTERS_NONE || single ? UNSUPPORTED
                                                     : CONTRADICTED,
        NULL};
}

/* ---- public_path: processes of two arms are not paired, so that what differs between them is in the interval;
 * clear is a change by six margins or more */

static struct truth slower_by(double ratio, const char *inside, const char *outside) {
    const double effect = (ratio - 1) / 0.05;
    return effect > 1 && effect < 6
               ? (struct truth){"outside the margin", TRUTH_NEAR, outside, NULL}
               : by_margin(effect, inside, outside);
}

static struct truth public_slower(const struct sim_params *p, double direct_us) {
    return slower_by((direct_us + p->public_us) / direct_us, CONTRADICTED, REPRODUCED);
}

static struct truth copy_costs(const struct sim_params *p) {
    const double shared_us = truth_conv_eval_us(p, 768, 256, 1) + p->public_us;
    const double copy_us = p->copy_gbs > 0 ? 2.0 * 2 * 768 * 256 / p->copy_gbs / 1e3 : 0;
    return slower_by((shared_us + copy_us) / shared_us, REPRODUCED, CONTRADICTED);
}

/* ---- units: claims about a chip; clear is a ratio by a third away from where the verdict turns */

/* Claimed is a ratio below the threshold, or above it. */
static struct truth by_ratio(double ratio, double threshold, bool above) {
    const double away = log(ratio / threshold) * (above ? 1 : -1);
    const bool is_clear = fabs(away) > log(4.0 / 3);
    if (away > 0)
        return (struct truth){is_clear ? "as claimed by a third or more" : "as claimed by less",
            is_clear ? TRUTH_CLEAR : TRUTH_NEAR, REPRODUCED, NULL};
    return (struct truth){is_clear ? "the other way by a third or more" : "the other way by less",
        is_clear ? TRUTH_CLEAR : TRUTH_NEAR, CONTRADICTED, NULL};
}

static const struct truth another_chip = {"another chip", TRUTH_EXACT, UNSUPPORTED, NULL};

/* The first way's eval to the second's. */
static struct truth units_time(const struct sim_params *p, const char *chip, enum device_way over,
    enum device_way under, const double shape[3], double threshold) {
    if (strcmp(p->chip, chip) != 0)
        return another_chip;
    return by_ratio(truth_way_eval_us(p, over, shape[0], shape[1], shape[2]) /
                        truth_way_eval_us(p, under, shape[0], shape[1], shape[2]),
        threshold, threshold > 1);
}

static struct truth units_energy(const struct sim_params *p) {
    if (strcmp(p->chip, "M2 Pro") != 0)
        return another_chip;
    if (p->meter == SIM_METER_NONE || p->meter == SIM_METER_FROZEN ||
        p->meter == SIM_METER_FORBIDDEN)
        return (struct truth){"no counter of the chip", TRUTH_EXACT, UNSUPPORTED, NULL};
    return by_ratio(truth_way_chip_uj(p, DEVICE_WAY_NE, 2048, 1, 2) /
                        truth_way_chip_uj(p, DEVICE_WAY_GPU, 2048, 1, 2),
        1.15, false);
}

static struct truth units_truth(const char *finding, const struct sim_params *p) {
    static const double vector[] = {2048, 1, 2}, batch[] = {2048, 32, 2}, wide[] = {512, 1024, 2};
    if (!strcmp(finding, "units.gpu-vector"))
        return units_time(p, "M2 Pro", DEVICE_WAY_GPU, DEVICE_WAY_NE, vector, 0.9);
    if (!strcmp(finding, "units.gpu-batch"))
        return units_time(p, "M2 Pro", DEVICE_WAY_GPU, DEVICE_WAY_NE, batch, 0.9);
    if (!strcmp(finding, "units.gpu-wide"))
        return units_time(p, "M5 Pro", DEVICE_WAY_GPU, DEVICE_WAY_NE, wide, 0.9);
    if (!strcmp(finding, "units.engine-wide"))
        return units_time(p, "M3 Max", DEVICE_WAY_NE, DEVICE_WAY_GPU, wide, 0.9);
    if (!strcmp(finding, "units.processor-vector"))
        return units_time(p, "M2 Pro", DEVICE_WAY_CPU, DEVICE_WAY_NE, vector, 1.1);
    return units_energy(p);
}

/* ---- weight_formats: 256 rows of 1536, and the stack */

double truth_w8a8_bytes(void) {
    return 8 * 128 * 128 + 2 * 2 * 128 * 64;
}

static double format_eval_us(const struct sim_params *p, double bits) {
    const double weights = 256.0 * 1536, io = 2 * (256 + 1536);
    const double bytes = weights * (p->formats_expand ? 16 : bits) / 8 + io;
    return p->dispatch_us + fmax(2 * weights / p->tflops / 1e6, bytes / p->bandwidth_gbs / 1e3);
}

static double zeros_ratio(const struct sim_params *p) {
    const double flop_us = TRUTH_W8A8_FLOP / p->tflops / 1e6;
    const double work_us = fmax(flop_us, truth_w8a8_bytes() / p->bandwidth_gbs / 1e3);
    return (p->dispatch_us + work_us) / (p->dispatch_us + work_us * p->zeros_time_pct / 100);
}

/* Every form is taken and right. Half of a sparse matrix and a bit for each element: 9 bits. */
static struct truth formats_truth(const char *finding, const struct sim_params *p) {
    const double fp16_us = format_eval_us(p, 16);
    if (!strcmp(finding, "weight-formats.taken"))
        return (struct truth){"taken", TRUTH_EXACT, REPRODUCED, NULL};
    if (!strcmp(finding, "weight-formats.int4-blocks-refused"))
        return (struct truth){"not refused", TRUTH_EXACT, CONTRADICTED, NULL};
    if (!strcmp(finding, "weight-formats.int8-faster"))
        return by_ratio(fp16_us / format_eval_us(p, 8), 1.3, true);
    if (!strcmp(finding, "weight-formats.palette-4-faster"))
        return by_ratio(fp16_us / format_eval_us(p, 4), 1.3, true);
    if (!strcmp(finding, "weight-formats.sparse-faster"))
        return by_ratio(fp16_us / format_eval_us(p, 9), 1.3, true);
    return by_margin((zeros_ratio(p) - 1) / 0.1, CONTRADICTED, REPRODUCED);
}

/* ---- placement: of stacks whose operations are all alike, so that a plan is of one unit */

/* Whether so many operations, as wide, are planned for the engine. */
static bool is_planned(const struct sim_params *p, double operations, double width, bool few_bits) {
    return operations >= p->plan_ops_min &&
           (p->plan_ops_max <= 0 || operations <= p->plan_ops_max) &&
           (p->plan_width_max <= 0 || width <= p->plan_width_max) &&
           !(few_bits && p->plan_few_bits);
}

static struct truth placed(const struct sim_params *p, bool on_engine, bool claimed) {
    if (!p->plan)
        return (struct truth){"nothing is planned", TRUTH_EXACT, UNSUPPORTED, NULL};
    return (struct truth){on_engine ? "planned for the engine" : "planned for the processor",
        TRUTH_EXACT, on_engine == claimed ? REPRODUCED : CONTRADICTED, NULL};
}

/* The control: 32 operations of 256 positions. */
static struct truth engine_idle(const struct sim_params *p) {
    if (!p->plan || !is_planned(p, 32, 256, false))
        return (struct truth){"not planned for the engine", TRUTH_EXACT, UNSUPPORTED, NULL};
    if (p->traffic != SIM_TRAFFIC_WORKS)
        return (struct truth){"no counter follows the engine", TRUTH_EXACT, UNSUPPORTED, NULL};
    return p->plan_declined ? (struct truth){"idle", TRUTH_EXACT, REPRODUCED, NULL}
                            : (struct truth){"at work", TRUTH_EXACT, CONTRADICTED, NULL};
}

static struct truth placement_truth(const char *finding, const struct sim_params *p) {
    if (!strcmp(finding, "placement.tiny"))
        return placed(p, is_planned(p, 1, 16, false), false);
    if (!strcmp(finding, "placement.386-layers"))
        return placed(p, is_planned(p, 386, 64, false), true);
    if (!strcmp(finding, "placement.388-layers"))
        return placed(p, is_planned(p, 1000, 64, false), false);
    if (!strcmp(finding, "placement.width"))
        return placed(p, is_planned(p, 4, 16448, false), false);
    if (!strcmp(finding, "placement.width-within"))
        return placed(p, is_planned(p, 4, 16384, false), true);
    if (!strcmp(finding, "placement.int8"))
        return placed(p, is_planned(p, 4, 256, true), true);
    return engine_idle(p);
}

/* ---- by name */

static struct truth flag(bool changes, bool claimed) {
    return (struct truth){changes ? "changes the output" : "does not", TRUTH_EXACT,
        changes == claimed ? REPRODUCED : CONTRADICTED, NULL};
}

int truth_of(const char *finding, const struct sim_params *p, struct truth *out) {
    bool rewritten = p->reload_source || p->weights_buffer;
    if (!strcmp(finding, "compile-limit.exists"))
        *out = limit_ends(p).found ? (struct truth){"a limit", TRUTH_EXACT, REPRODUCED, NULL}
                                   : (struct truth){"none", TRUTH_EXACT, CONTRADICTED, NULL};
    else if (!strcmp(finding, "compile-limit.value"))
        *out = limit_value(p);
    else if (!strcmp(finding, "compile-limit.kind"))
        *out = limit_kind(p);
    else if (!strcmp(finding, "compile-limit.restart-clears"))
        *out = limit_ends(p).found
                   ? (struct truth){"a restart clears it", TRUTH_EXACT, REPRODUCED, NULL}
                   : (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    else if (!strcmp(finding, "compile-limit.wait-gives-back"))
        *out = wait_gives_back(p);
    else if (!strcmp(finding, "compile-limit.purge-gives-nothing"))
        *out = purge_gives_nothing(p);
    else if (!strcmp(finding, "weight-baking.source-reload"))
        *out = flag(p->reload_source, false);
    else if (!strcmp(finding, "weight-baking.compiled-reload"))
        *out = flag(p->reload_compiled, true);
    else if (!strcmp(finding, "weight-baking.weights-buffer"))
        *out = flag(p->weights_buffer, false);
    else if (!strcmp(finding, "weight-baking.baked"))
        *out = rewritten ? (struct truth){"not baked", TRUTH_EXACT, CONTRADICTED, NULL}
                         : (struct truth){"baked", TRUTH_EXACT, REPRODUCED, NULL};
    else if (!strcmp(finding, "qos.all-accepted"))
        *out = p->qos_refused < 0 ? (struct truth){"all accepted", TRUTH_EXACT, REPRODUCED, NULL}
               : p->qos_failure == SIM_FAILURE_SILENT
                   ? (struct truth){"one gives wrong output", TRUTH_EXACT, CONTRADICTED, NULL}
                   : (struct truth){"one is refused", TRUTH_EXACT, CONTRADICTED, NULL};
    else if (!strcmp(finding, "qos.no-latency-effect"))
        *out = latency_effect(p);
    else if (!strcmp(finding, "chaining.executes"))
        *out = p->chain == SIM_CHAIN_NONE
                   ? (struct truth){"not offered", TRUTH_EXACT, UNSUPPORTED, NULL}
               : p->chain == SIM_CHAIN_WORKS
                   ? (struct truth){"executes", TRUTH_EXACT, REPRODUCED, NULL}
                   : (struct truth){"does not execute", TRUTH_EXACT, CONTRADICTED, NULL};
    else if (!strcmp(finding, "chaining.saves-dispatch"))
        *out = saves_dispatch(p);
    else if (!strcmp(finding, "overlap.concurrent"))
        *out = by_margin((concurrency(p) - 1) / 0.05, CONTRADICTED, REPRODUCED);
    else if (!strcmp(finding, "overlap.free"))
        *out = by_margin(slower_pct(p) / 5, REPRODUCED, CONTRADICTED);
    else if (!strcmp(finding, "public-path.small-slower"))
        *out = public_slower(p, truth_conv_eval_us(p, 64, 32, 1));
    else if (!strcmp(finding, "public-path.deep-slower"))
        *out = public_slower(p, truth_conv_eval_us(p, 128, 64, 32));
    else if (!strcmp(finding, "public-path.copy"))
        *out = copy_costs(p);
    else if (!strcmp(finding, "shared-surface.right"))
        *out = p->shared_surface == SIM_SHARING_COHERENT
                   ? (struct truth){"what was written", TRUTH_EXACT, REPRODUCED, NULL}
               : p->shared_surface == SIM_SHARING_STALE
                   ? (struct truth){"what was there before", TRUTH_EXACT, CONTRADICTED, NULL}
                   : (struct truth){"refused", TRUTH_EXACT, CONTRADICTED, NULL};
    else if (!strcmp(finding, "shared-surface.slower"))
        *out = sharing_cost(p, p->shared_surface_pct / 2 / 5);
    else if (!strcmp(finding, "shared-surface.faster"))
        *out = sharing_cost(p, -p->shared_surface_pct / 2 / 3);
    else if (!strcmp(finding, "eval-stats.nil"))
        *out = stats_nil(p);
    else if (!strcmp(finding, "eval-stats.direct") || !strcmp(finding, "eval-stats.nil-by-client"))
        *out = (struct truth){
            "a path that a simulated engine has not", TRUTH_EXACT, UNSUPPORTED, NULL};
    else if (!strcmp(finding, "counters.readable"))
        *out = counters_are(p, false);
    else if (!strcmp(finding, "counters.energy") || !strcmp(finding, "counters.cycles-zero"))
        *out = counters_are(p, true);
    else if (!strncmp(finding, "weight-formats.", strlen("weight-formats.")))
        *out = formats_truth(finding, p);
    else if (!strncmp(finding, "units.", strlen("units.")))
        *out = units_truth(finding, p);
    else if (!strncmp(finding, "placement.", strlen("placement.")))
        *out = placement_truth(finding, p);
    else
        return -1;
    return 0;
}

const char *const *truth_findings(const char *program) {
    static const char *const limit[] = {"compile-limit.exists", "compile-limit.value",
        "compile-limit.kind", "compile-limit.restart-clears", "compile-limit.wait-gives-back",
        "compile-limit.purge-gives-nothing", NULL};
    static const char *const baking[] = {"weight-baking.source-reload",
        "weight-baking.compiled-reload", "weight-baking.weights-buffer", "weight-baking.baked",
        NULL};
    static const char *const qos[] = {"qos.all-accepted", "qos.no-latency-effect", NULL};
    static const char *const chain[] = {"chaining.executes", "chaining.saves-dispatch", NULL};
    static const char *const sharing[] = {
        "shared-surface.right", "shared-surface.slower", "shared-surface.faster", NULL};
    static const char *const stats[] = {
        "eval-stats.nil", "eval-stats.nil-by-client", "eval-stats.direct", NULL};
    static const char *const counters[] = {
        "counters.readable", "counters.energy", "counters.cycles-zero", NULL};
    static const char *const overlap[] = {"overlap.concurrent", "overlap.free", NULL};
    static const char *const public_path[] = {
        "public-path.small-slower", "public-path.deep-slower", "public-path.copy", NULL};
    static const char *const units[] = {"units.gpu-vector", "units.gpu-batch", "units.gpu-wide",
        "units.engine-wide", "units.processor-vector", "units.energy-vector", NULL};
    static const char *const formats[] = {"weight-formats.taken",
        "weight-formats.int4-blocks-refused", "weight-formats.int8-faster",
        "weight-formats.palette-4-faster", "weight-formats.sparse-faster",
        "weight-formats.w8a8-zeros", NULL};
    static const char *const placement[] = {"placement.tiny", "placement.386-layers",
        "placement.388-layers", "placement.width", "placement.width-within", "placement.int8",
        "placement.idle", NULL};
    return !strcmp(program, "compile_limit")       ? limit
           : !strcmp(program, "units")             ? units
           : !strcmp(program, "placement")         ? placement
           : !strcmp(program, "weight_formats")    ? formats
           : !strcmp(program, "public_path")       ? public_path
           : !strcmp(program, "weight_baking")     ? baking
           : !strcmp(program, "qos_sweep")         ? qos
           : !strcmp(program, "chaining_loopback") ? chain
           : !strcmp(program, "overlap")           ? overlap
           : !strcmp(program, "shared_surface")    ? sharing
           : !strcmp(program, "eval_stats")        ? stats
           : !strcmp(program, "counters")          ? counters
                                                   : NULL;
}
