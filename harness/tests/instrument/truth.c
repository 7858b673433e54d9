/* SPDX-License-Identifier: MIT
 *
 * The truth follows from the meaning of the keys of a sim file (device/sim/sim.h) and the words of the claims
 * (results/findings.csv), and uses nothing of a probe but how far it searches.
 */
#include "truth_by.h"

#include <math.h>
#include <string.h>

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

/* ---- what is judged by an interval */

struct truth truth_by_margin(double effect, const char *inside, const char *outside) {
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

struct truth truth_by_ratio(double ratio, double threshold, bool above) {
    const double away = log(ratio / threshold) * (above ? 1 : -1);
    const bool is_clear = fabs(away) > log(4.0 / 3);
    if (away > 0)
        return (struct truth){is_clear ? "as claimed by a third or more" : "as claimed by less",
            is_clear ? TRUTH_CLEAR : TRUTH_NEAR, REPRODUCED, NULL};
    return (struct truth){is_clear ? "the other way by a third or more" : "the other way by less",
        is_clear ? TRUTH_CLEAR : TRUTH_NEAR, CONTRADICTED, NULL};
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
    return truth_by_margin((1 - ratio) / 0.05, CONTRADICTED, REPRODUCED);
}

/* A level that does not work has no latency; a claim about all levels can then only be contradicted by another
 * level. */
static struct truth latency_effect(const struct sim_params *p) {
    double effect = fabs(p->qos_effect_pct) / 3;
    if (p->qos_refused == DEVICE_QOS_BACKGROUND)
        effect /= 2; /* level 17 has half of it */
    if (p->qos_refused >= 0 && effect <= 1)
        return (struct truth){"one level cannot be timed", TRUTH_EXACT, "inconclusive", NULL};
    return truth_by_margin(effect, REPRODUCED, CONTRADICTED);
}

/* ---- shared_surface: shares of the margin past 1 on the claimed side; a claim of a change by more than
 * the margin does not hold of none */

static struct truth sharing_cost(const struct sim_params *p, double effect) {
    if (p->shared_surface != SIM_SHARING_COHERENT)
        return (struct truth){"nothing to time", TRUTH_EXACT, UNSUPPORTED, NULL};
    if (effect < 0)
        return (struct truth){"the other way", TRUTH_NEAR, CONTRADICTED, NULL};
    return truth_by_margin(effect, CONTRADICTED, REPRODUCED);
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
               : truth_by_margin(effect, inside, outside);
}

static struct truth public_slower(const struct sim_params *p, double direct_us) {
    return slower_by((direct_us + p->public_us) / direct_us, CONTRADICTED, REPRODUCED);
}

static struct truth copy_costs(const struct sim_params *p) {
    const double shared_us = truth_conv_eval_us(p, 768, 256, 1) + p->public_us;
    const double copy_us = p->copy_gbs > 0 ? 2.0 * 2 * 768 * 256 / p->copy_gbs / 1e3 : 0;
    return slower_by((shared_us + copy_us) / shared_us, REPRODUCED, CONTRADICTED);
}

/* ---- by name */

static struct truth flag(bool changes, bool claimed) {
    return (struct truth){changes ? "changes the output" : "does not", TRUTH_EXACT,
        changes == claimed ? REPRODUCED : CONTRADICTED, NULL};
}

int truth_of(const char *finding, const struct sim_params *p, struct truth *out) {
    bool rewritten = p->reload_source || p->weights_buffer;
    if (!strncmp(finding, "compile-limit.", strlen("compile-limit.")))
        *out = truth_limit(finding, p);
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
        *out = truth_by_margin((concurrency(p) - 1) / 0.05, CONTRADICTED, REPRODUCED);
    else if (!strcmp(finding, "overlap.free"))
        *out = truth_by_margin(slower_pct(p) / 5, REPRODUCED, CONTRADICTED);
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
        *out = truth_formats(finding, p);
    else if (!strncmp(finding, "units.", strlen("units.")))
        *out = truth_units(finding, p);
    else if (!strncmp(finding, "placement.", strlen("placement.")))
        *out = truth_placement(finding, p);
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
