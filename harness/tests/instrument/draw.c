/* SPDX-License-Identifier: MIT */
#include "draw.h"

#include "measure/random.h"
#include "truth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * random_unit(state);
}

static double log_uniform(uint64_t *state, double low, double high) {
    return exp(uniform(state, log(low), log(high)));
}

static unsigned below(uint64_t *state, unsigned n) {
    return (unsigned)random_below(state, n);
}

/* Noise of one kind; absent in one engine of four. */
static double noise(uint64_t *state, double low, double high) {
    double value = uniform(state, low, high);
    return below(state, 4) == 0 ? 0 : value;
}

static double sign(uint64_t *state) {
    return below(state, 2) ? 1 : -1;
}

/* All keys, for programs that do not ask about them. */
static void draw_any(struct sim_params *p, uint64_t *state) {
    p->compile_ms = log_uniform(state, 10, 100);
    p->compile_per_mb_ms = uniform(state, 0, 5);
    p->cached_compile_ms = uniform(state, 0.1, 2);
    p->load_ms = uniform(state, 0.2, 5);
    p->unload_ms = uniform(state, 0.1, 1);
    p->first_use_ms = uniform(state, 0, 50);
    p->dispatch_us = log_uniform(state, 50, 250);
    p->tflops = log_uniform(state, 1, 30);
    p->bandwidth_gbs = log_uniform(state, 20, 400);
    p->sram_mb = log_uniform(state, 1, 64);
    p->spill_slowdown = uniform(state, 1, 4);
    p->limit_kind = (enum sim_limit_kind)below(state, 4);
    double limit = floor(log_uniform(state, 80, 400));
    if (p->limit_kind != SIM_LIMIT_NONE)
        p->limit_value = limit;
    p->limit_failure = (enum sim_failure)below(state, 2);
    p->reload_source = below(state, 2);
    p->reload_compiled = below(state, 2);
    p->weights_buffer = below(state, 2);
    p->qos_effect_pct = uniform(state, -30, 30);
    p->qos_failure = (enum sim_failure)below(state, 2);
    unsigned level = below(state, 64);
    /* Not the level at which all programs run: nothing could be measured. */
    if (below(state, 4) == 0 && level != DEVICE_QOS_DEFAULT)
        p->qos_refused = level;
    p->chain = (enum sim_chain)below(state, 4);
    p->chain_step_us = log_uniform(state, 10, 500);
    p->overlap = uniform(state, 0, 1);
    p->eval_slowdown_pct = uniform(state, 0, 50);
    p->compile_slowdown_pct = uniform(state, 0, 50);
    p->eval_cv_pct = noise(state, 0, 5);
    p->process_cv_pct = noise(state, 0, 4);
    p->drift_pct_per_min = noise(state, -3, 3);
    p->outlier_pct = noise(state, 0, 2);
}

/* A size between 0 and three margins, by strata. */
static double effect(uint64_t *state, double margin) {
    switch (below(state, 5)) {
    case 0:
        return 0;
    case 1:
        return uniform(state, 0, 0.5 * margin);
    case 2:
        return uniform(state, 0.5 * margin, margin);
    case 3:
        return uniform(state, margin, 2 * margin);
    default:
        return uniform(state, 2 * margin, 4 * margin);
    }
}

static double limit_count(uint64_t *state) {
    switch (below(state, 6)) {
    case 0:
        return 1 + below(state, 116);
    case 1: /* on both sides of the claim's ends */
        return 117 + below(state, 4);
    case 2:
        return 131 + below(state, 4);
    case 3:
        return 119 + below(state, 14);
    case 4:
        return 135 + below(state, 122);
    default: /* up to the end of the search and past it */
        return 245 + below(state, 60);
    }
}

/* `programs` is how many fit because of another limit, NAN when there is none. */
static double limit_mb(uint64_t *state, double programs) {
    switch (below(state, 4)) {
    case 0:
        return log_uniform(state, 17, 400);
    case 1:
        return uniform(state, 400, 3000);
    case 2: /* up to the end of the search and past it */
        return uniform(state, 3000, 1.1 * TRUTH_SEARCHED * TRUTH_LARGE_MB);
    default:
        return isnan(programs) ? uniform(state, 3000, 3500) /* as published */
                               : fmax(programs, 2) * TRUTH_LARGE_MB * uniform(state, 0.8, 1.2);
    }
}

static void draw_compile_limit(struct sim_params *p, uint64_t *state) {
    static const enum sim_limit_kind kinds[] = {SIM_LIMIT_NONE, SIM_LIMIT_COMPILES,
        SIM_LIMIT_COMPILES, SIM_LIMIT_LOADED, SIM_LIMIT_LOADED, SIM_LIMIT_BYTES};
    p->limit_kind = kinds[below(state, 6)];
    p->limit_value = 0;
    if (p->limit_kind == SIM_LIMIT_NONE)
        return;
    p->limit_value = p->limit_kind == SIM_LIMIT_BYTES ? limit_mb(state, NAN) : limit_count(state);
    if (below(state, 3) > 0)
        return;
    p->limit2_kind = (enum sim_limit_kind)(1 + below(state, 3));
    if (p->limit2_kind == p->limit_kind)
        p->limit2_kind = SIM_LIMIT_NONE;
    else if (p->limit2_kind == SIM_LIMIT_BYTES)
        p->limit2_value = limit_mb(state, p->limit_value);
    else if (p->limit_kind == SIM_LIMIT_BYTES || below(state, 2))
        p->limit2_value = limit_count(state);
    else /* near the first one */
        p->limit2_value = fmax(1, round(p->limit_value * uniform(state, 0.8, 1.25)));
}

static void draw_overlap(struct sim_params *p, uint64_t *state) {
    switch (below(state, 5)) {
    case 0: /* taking turns */
        p->overlap = p->eval_slowdown_pct = p->compile_slowdown_pct = 0;
        break;
    case 1: /* neither notices the other */
        p->overlap = 1;
        p->eval_slowdown_pct = p->compile_slowdown_pct = 0;
        break;
    case 2: /* about the margin of overlap.free */
        p->overlap = 1;
        p->eval_slowdown_pct = effect(state, 5);
        break;
    case 3: /* about the margin of overlap.concurrent: a concurrency of 2 / (2 - overlap) */
        p->overlap = 2 - 2 / (1 + effect(state, 5) / 100);
        p->eval_slowdown_pct = p->compile_slowdown_pct = 0;
        break;
    default:
        break;
    }
}

static void draw_chaining(struct sim_params *p, uint64_t *state) {
    if (below(state, 8) >= 3)
        p->chain = SIM_CHAIN_WORKS;
    double direction = sign(state), ratio = 1 + direction * effect(state, 5) / 100;
    if (below(state, 3) > 0)
        p->chain_step_us = ratio * truth_scale_eval_us(p);
}

static void draw_qos(struct sim_params *p, uint64_t *state) {
    double direction = sign(state);
    p->qos_effect_pct = direction * effect(state, 3);
}

/* A pair of evals costs half of what one of them does. */
static void draw_shared_surface(struct sim_params *p, uint64_t *state) {
    if (below(state, 4) == 0)
        p->shared_surface = (enum sim_sharing)(1 + below(state, 2));
    double direction = sign(state);
    p->shared_surface_pct = 2 * direction * effect(state, below(state, 2) ? 3 : 5);
}

/* Core ML costs nothing, about the margin of a small eval's claim, or more; and so do copies. */
static void draw_public_path(struct sim_params *p, uint64_t *state) {
    const double small = truth_conv_eval_us(p, 64, 32, 1);
    const double published = truth_conv_eval_us(p, 768, 256, 1), io_bytes = 2 * 2 * 768 * 256;
    const double far_us = log_uniform(state, 30, 1000), near_us = small * effect(state, 5) / 100;
    p->public_us = below(state, 2) ? near_us : far_us;
    const double copy_us = (published + p->public_us) * effect(state, 5) / 100;
    const double far_gbs = log_uniform(state, 0.5, 20);
    p->copy_gbs = below(state, 2) ? far_gbs : copy_us > 0 ? io_bytes / copy_us / 1e3 : 0;
}

/* Streaming decides for fp16, so that formats count; W8A8's arithmetic for zeros to save about the margin, or anything. */
static void draw_weight_formats(struct sim_params *p, uint64_t *state) {
    const double flop_us = TRUTH_W8A8_FLOP / 1e6;
    p->dispatch_us = log_uniform(state, 0.5, 20);
    p->bandwidth_gbs = log_uniform(state, 5, 100);
    p->formats_expand = below(state, 2);
    p->tflops = log_uniform(state, 0.05, 1);
    const double direction = sign(state), ratio = 1 + direction * effect(state, 10) / 100;
    const double work_us = fmax(flop_us / p->tflops, truth_w8a8_bytes() / p->bandwidth_gbs / 1e3);
    const double zeros_us = (p->dispatch_us + work_us) / ratio - p->dispatch_us;
    p->zeros_time_pct = fmax(0, 100 * zeros_us / work_us);
}

/* One of the chips of a claim; the GPU about as fast as the engine at one of the shapes, or anything. */
static void draw_units(struct sim_params *p, uint64_t *state) {
    static const char *const chips[] = {"M2 Pro", "M2 Pro", "M5 Pro", "M3 Max"};
    static const enum sim_meter meters[] = {SIM_METER_WORKS, SIM_METER_WORKS, SIM_METER_WORKS,
        SIM_METER_NONE, SIM_METER_FROZEN, SIM_METER_ENGINE_ABSENT};
    static const double shapes[][3] = {{2048, 1, 2}, {2048, 32, 2}, {512, 1024, 2}};
    snprintf(p->chip, sizeof p->chip, "%s", chips[below(state, 4)]);
    p->meter = meters[below(state, 6)];
    p->engine_stream_w = log_uniform(state, 0.5, 10);
    p->gpu_w = log_uniform(state, 1, 40);
    p->gpu_dispatch_us = log_uniform(state, 10, 300);
    p->gpu_tflops = log_uniform(state, 1, 40);
    p->gpu_bandwidth_gbs = log_uniform(state, 20, 500);
    p->cpu_dispatch_us = log_uniform(state, 1, 50);
    p->cpu_tflops = log_uniform(state, 0.1, 5);
    p->cpu_bandwidth_gbs = log_uniform(state, 10, 300);
    const double *shape = shapes[below(state, 3)], ratio = log_uniform(state, 0.6, 1.5);
    const double wanted_us =
        ratio * truth_way_eval_us(p, DEVICE_WAY_NE, shape[0], shape[1], shape[2]);
    const double has_us = truth_way_eval_us(p, DEVICE_WAY_GPU, shape[0], shape[1], shape[2]);
    const double dispatch_us = p->gpu_dispatch_us + wanted_us - has_us;
    if (below(state, 2) && dispatch_us > 0)
        p->gpu_dispatch_us = dispatch_us;
}

/* Each limit of a plan is absent, on one side of what the probe has, or on the other. */
static void draw_placement(struct sim_params *p, uint64_t *state) {
    static const double least[] = {0, 1, 2, 4, 5, 33}, most[] = {0, 3, 31, 385, 386, 999, 1000};
    static const double widths[] = {0, 15, 255, 16383, 16384, 16447, 16448};
    p->plan = below(state, 8) > 0;
    p->plan_ops_min = below(state, 2) ? 0 : least[below(state, 6)];
    p->plan_ops_max = below(state, 2) ? 0 : most[below(state, 7)];
    p->plan_width_max = below(state, 2) ? 0 : widths[below(state, 7)];
    p->plan_few_bits = below(state, 2);
    p->plan_declined = below(state, 2);
    p->traffic = below(state, 2) ? SIM_TRAFFIC_WORKS : (enum sim_traffic)below(state, 4);
}

void draw_sim(const char *program, uint64_t seed, struct sim_params *out) {
    uint64_t state = seed;
    sim_params_default(out);
    draw_any(out, &state);
    if (strcmp(program, "compile_limit") == 0) {
        draw_compile_limit(out, &state);
        out->limit_back = (enum sim_back)below(&state, 3);
    } else if (strcmp(program, "overlap") == 0)
        draw_overlap(out, &state);
    else if (strcmp(program, "qos_sweep") == 0)
        draw_qos(out, &state);
    else if (strcmp(program, "chaining_loopback") == 0)
        draw_chaining(out, &state);
    else if (strcmp(program, "public_path") == 0)
        draw_public_path(out, &state);
    else if (strcmp(program, "weight_formats") == 0)
        draw_weight_formats(out, &state);
    else if (strcmp(program, "units") == 0)
        draw_units(out, &state);
    else if (strcmp(program, "placement") == 0)
        draw_placement(out, &state);
    else if (strcmp(program, "shared_surface") == 0)
        draw_shared_surface(out, &state);
    else if (strcmp(program, "eval_stats") == 0)
        out->eval_stats = (enum sim_stats)below(&state, 5);
    else if (strcmp(program, "counters") == 0) {
        out->counters = (enum sim_counters)below(&state, 6);
        out->counters_add_up = below(&state, 2) == 1;
    }
}

void draw_disturbances(uint64_t seed, struct sim_params *p) {
    uint64_t state = ~seed;
    const unsigned kind = below(&state, 3);
    p->busy_share_pct = kind == 1 ? 0 : uniform(&state, 1, 60);
    p->busy_ms = log_uniform(&state, 1, 5000);
    p->busy_slowdown_pct = log_uniform(&state, 5, 200);
    p->busy_side = (enum sim_side)below(&state, 3);
    p->low_clock_share_pct = kind == 0 ? 0 : uniform(&state, 1, 50);
    p->low_clock_ms = log_uniform(&state, 2000, 60000);
    p->low_clock_slowdown_pct = uniform(&state, 5, 40);
}

static void line_write(void *context, const char *name, const char *value) {
    if (*value) /* values that are not set */
        fprintf(context, "%s,%s\n", name + strlen("sim_"), value);
}

int draw_write(const struct sim_params *params, const char *path) {
    FILE *file = fopen(path, "w");
    if (!file)
        return -1;
    sim_params_list(params, line_write, file);
    int failed = ferror(file);
    return fclose(file) != 0 || failed ? -1 : 0;
}
