/* SPDX-License-Identifier: MIT
 *
 * From the meaning of a model's keys (device/model/model.h) and the words of the claims
 * (results/findings.csv), and from nothing that a probe does but how far it searches.
 *
 * No key of a model makes a level refused, or a limit outlive its process: qos.all-accepted and
 * compile-limit.restart-clears are tried on engines of which they are true, and on no others.
 */
#include "truth.h"

#include <math.h>
#include <string.h>

#define REPRODUCED "reproduced"
#define CONTRADICTED "contradicted"
#define UNSUPPORTED "unsupported"

double truth_scale_eval_us(const struct model_params *p) {
    const double channels = 64, positions = 64, bytes = 2 * channels * (2 * positions + 1);
    double spill = bytes / 2 > p->sram_mb * 1048576 ? p->spill_slowdown : 1;
    return p->dispatch_us + bytes / p->bandwidth_gbs / 1e3 * spill;
}

/* ---- compile_limit */

/* How many of the programs that are searched work; `searched` when nothing runs out. */
static unsigned tiny_fits(const struct model_params *p) {
    bool counted = p->limit_kind == MODEL_LIMIT_COMPILES || p->limit_kind == MODEL_LIMIT_LOADED;
    return counted && p->limit_value < TRUTH_TINY_SEARCHED ? (unsigned)p->limit_value
                                                           : TRUTH_TINY_SEARCHED;
}

static unsigned large_fits(const struct model_params *p) {
    const double mb_each = 16 + 128 / 1048576.0;
    double fits =
        p->limit_kind == MODEL_LIMIT_BYTES ? floor(p->limit_value / mb_each) : (double)tiny_fits(p);
    return fits < TRUTH_LARGE_SEARCHED ? (unsigned)fits : TRUTH_LARGE_SEARCHED;
}

static bool limit_is_found(const struct model_params *p) {
    return tiny_fits(p) < TRUTH_TINY_SEARCHED || large_fits(p) < TRUTH_LARGE_SEARCHED;
}

static struct truth limit_value(const struct model_params *p) {
    unsigned fits = tiny_fits(p) < TRUTH_TINY_SEARCHED ? tiny_fits(p) : large_fits(p);
    if (!limit_is_found(p))
        return (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
    return fits >= 119 && fits <= 132
               ? (struct truth){"119 to 132", TRUTH_EXACT, REPRODUCED, NULL}
               : (struct truth){"another number", TRUTH_EXACT, CONTRADICTED, NULL};
}

/* Counts agree within 2 or 5 %: what ends so near the end of the search that going on cannot be
 * told from ending has no kind to be found. */
static bool near_end_of_search(unsigned fits) {
    unsigned slack = TRUTH_TINY_SEARCHED / 20;
    return fits < TRUTH_TINY_SEARCHED && fits + slack >= TRUTH_TINY_SEARCHED;
}

static struct truth limit_kind(const struct model_params *p) {
    if (!limit_is_found(p))
        return (struct truth){"none", TRUTH_EXACT, CONTRADICTED, "none"};
    if (p->limit_kind == MODEL_LIMIT_COMPILES)
        return (struct truth){"compiles", TRUTH_EXACT, REPRODUCED, "compiles"};
    if (p->limit_kind == MODEL_LIMIT_BYTES)
        return (struct truth){"bytes", TRUTH_EXACT, CONTRADICTED, "bytes"};
    if (near_end_of_search(tiny_fits(p)))
        return (struct truth){
            "loaded, near the end of the search", TRUTH_NEAR, CONTRADICTED, "loaded"};
    return (struct truth){"loaded", TRUTH_EXACT, CONTRADICTED, "loaded"};
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
static double concurrency(const struct model_params *p) {
    double turns = 2 - p->overlap;
    return (1 / (1 + p->compile_slowdown_pct / 100) + 1 / (1 + p->eval_slowdown_pct / 100)) / turns;
}

static double slower_pct(const struct model_params *p) {
    return 100 * ((2 - p->overlap) * (1 + p->eval_slowdown_pct / 100) - 1);
}

static struct truth saves_dispatch(const struct model_params *p) {
    double ratio = p->chain_step_us / truth_scale_eval_us(p);
    if (p->chain != MODEL_CHAIN_WORKS)
        return (struct truth){"nothing executes", TRUTH_EXACT, UNSUPPORTED, NULL};
    return by_margin((1 - ratio) / 0.05, CONTRADICTED, REPRODUCED);
}

/* ---- by name */

static struct truth flag(bool changes, bool claimed) {
    return (struct truth){changes ? "changes the output" : "does not", TRUTH_EXACT,
        changes == claimed ? REPRODUCED : CONTRADICTED, NULL};
}

int truth_of(const char *finding, const struct model_params *p, struct truth *out) {
    bool rewritten = p->reload_source || p->weights_buffer;
    if (!strcmp(finding, "compile-limit.exists"))
        *out = limit_is_found(p) ? (struct truth){"a limit", TRUTH_EXACT, REPRODUCED, NULL}
                                 : (struct truth){"none", TRUTH_EXACT, CONTRADICTED, NULL};
    else if (!strcmp(finding, "compile-limit.value"))
        *out = limit_value(p);
    else if (!strcmp(finding, "compile-limit.kind"))
        *out = limit_kind(p);
    else if (!strcmp(finding, "compile-limit.restart-clears"))
        *out = limit_is_found(p)
                   ? (struct truth){"a restart clears it", TRUTH_EXACT, REPRODUCED, NULL}
                   : (struct truth){"no limit within the search", TRUTH_EXACT, UNSUPPORTED, NULL};
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
        *out = (struct truth){"all accepted", TRUTH_EXACT, REPRODUCED, NULL};
    else if (!strcmp(finding, "qos.no-latency-effect"))
        *out = by_margin(fabs(p->qos_effect_pct) / 3, REPRODUCED, CONTRADICTED);
    else if (!strcmp(finding, "chaining.executes"))
        *out = p->chain == MODEL_CHAIN_NONE
                   ? (struct truth){"not offered", TRUTH_EXACT, UNSUPPORTED, NULL}
               : p->chain == MODEL_CHAIN_WORKS
                   ? (struct truth){"executes", TRUTH_EXACT, REPRODUCED, NULL}
                   : (struct truth){"does not execute", TRUTH_EXACT, CONTRADICTED, NULL};
    else if (!strcmp(finding, "chaining.saves-dispatch"))
        *out = saves_dispatch(p);
    else if (!strcmp(finding, "overlap.concurrent"))
        *out = by_margin((concurrency(p) - 1) / 0.05, CONTRADICTED, REPRODUCED);
    else if (!strcmp(finding, "overlap.free"))
        *out = by_margin(slower_pct(p) / 5, REPRODUCED, CONTRADICTED);
    else
        return -1;
    return 0;
}

const char *const *truth_findings(const char *program) {
    static const char *const limit[] = {"compile-limit.exists", "compile-limit.value",
        "compile-limit.kind", "compile-limit.restart-clears", NULL};
    static const char *const baking[] = {"weight-baking.source-reload",
        "weight-baking.compiled-reload", "weight-baking.weights-buffer", "weight-baking.baked",
        NULL};
    static const char *const qos[] = {"qos.all-accepted", "qos.no-latency-effect", NULL};
    static const char *const chain[] = {"chaining.executes", "chaining.saves-dispatch", NULL};
    static const char *const overlap[] = {"overlap.concurrent", "overlap.free", NULL};
    return !strcmp(program, "compile_limit")       ? limit
           : !strcmp(program, "weight_baking")     ? baking
           : !strcmp(program, "qos_sweep")         ? qos
           : !strcmp(program, "chaining_loopback") ? chain
           : !strcmp(program, "overlap")           ? overlap
                                                   : NULL;
}
