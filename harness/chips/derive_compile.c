/* SPDX-License-Identifier: MIT
 *
 * The cost of a compile, a load and an unload.
 */
#include "chips/derive.h"
#include "chips/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Programs with almost no weights, compiled cold. "cold" in the config or note is not required: the
 * rows name the program, and weights that nobody compiled before. */
static void small_compiles(struct evidence *e, const char *chip) {
    evidence_find(e, &(struct evidence_query){chip, "compile_time", "64ch", NULL, "compile_time"});
    evidence_find(e, &(struct evidence_query){chip, "compile_time", "64x64", NULL, "compile_time"});
    evidence_find(
        e, &(struct evidence_query){chip, "compile_time", "hello program", NULL, "compile_time"});
    evidence_find_ranges(
        e, &(struct evidence_query){chip, "compile_time", "20 models", NULL, "compile_time"});
    evidence_find(
        e, &(struct evidence_query){chip, "weight_swap", "compile", NULL, "compile_time"});
    /* The first entry of the QoS sweep, 0, is the process's first compile. */
    evidence_find(
        e, &(struct evidence_query){chip, "qos_sweep", "1x conv", "qos=0;", "compile_time"});
}

/* The 60 programs of one weight update, as a whole, in ms. */
static void set_compiles(struct evidence *e, const char *chip) {
    const char *x = "train_static";
    evidence_find(e, &(struct evidence_query){
                         chip, x, "train_large", "train_large_ane", "compile_time_60_kernels"});
    evidence_find_ranges(e, &(struct evidence_query){chip, x, "train_large", "train_large_ane",
                                "compile_time_60_kernels"});
    evidence_find(e,
        &(struct evidence_query){chip, x, "train_large batch", "train_large_ane", "compile_time"});
}

/* Not a key of the simulated engine: for chips without compiles of their own it comes from
 * relatives. */
static void compile_set(struct derived_chip *chip) {
    struct derived *key = derive_key(chip, "host_compile_set_ms", "ms");
    set_compiles(&key->evidence, chip->chip);
    derive_set(key, key->evidence.n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED,
        evidence_median_by_source(&key->evidence));
    if (key->basis != DERIVE_UNKNOWN)
        derive_note(key, "%d programs of %.0f MB of weights, one after the other",
            DERIVE_SET_PROGRAMS, DERIVE_SET_MB);
}

/* Compiles of programs of known weights: "FFN 135 MB". */
static size_t sized_compiles(
    struct evidence *e, const struct published *p, const char *chip, double *mb) {
    evidence_find(e, &(struct evidence_query){chip, "compile_time", " MB", NULL, "compile_time"});
    for (size_t i = 0; mb && i < e->n; i++) {
        const char *config = published_text(p, e->rows[i], PUBLISHED_CONFIG);
        const char *end = strstr(config, " MB");
        while (end > config && strchr("0123456789", end[-1]))
            end--;
        mb[i] = strtod(end, NULL);
    }
    return e->n;
}

static void cold_compile(struct derived_chip *chip) {
    struct derived *each = derive_key(chip, "compile_ms", "ms");
    struct derived *per_mb = derive_key(chip, "compile_per_mb_ms", "ms/MB");
    double mb[64], at_zero, slope;
    const double default_ms = 20; /* model.h */

    size_t n = sized_compiles(&per_mb->evidence, chip->published, chip->chip, NULL);
    evidence_clear(&per_mb->evidence);
    if (n >= 3 && n <= sizeof mb / sizeof *mb &&
        sized_compiles(&per_mb->evidence, chip->published, chip->chip, mb) == n &&
        fit_line(mb, per_mb->evidence.values, n, &at_zero, &slope) == 0) {
        sized_compiles(&each->evidence, chip->published, chip->chip, NULL);
        derive_set(each, DERIVE_FITTED, at_zero);
        derive_set(per_mb, DERIVE_FITTED, slope);
        derive_note(each, "line through compiles of programs of known weights");
        derive_note(per_mb, "line through compiles of programs of known weights");
        return;
    }
    evidence_clear(&per_mb->evidence);
    small_compiles(&each->evidence, chip->chip);
    derive_set(each, DERIVE_PUBLISHED, evidence_median_by_source(&each->evidence));
    if (each->evidence.n > 1)
        each->basis = DERIVE_FITTED;
    if (each->basis != DERIVE_UNKNOWN)
        derive_note(each, "median over sources of small programs' cold compiles");
    set_compiles(&per_mb->evidence, chip->chip);
    bool each_is_known = each->basis != DERIVE_UNKNOWN;
    double set_ms = evidence_median_by_source(&per_mb->evidence);
    double rest_ms = set_ms - DERIVE_SET_PROGRAMS * (each_is_known ? each->number : default_ms);
    derive_set(per_mb, DERIVE_FITTED, fmax(rest_ms, 0) / DERIVE_SET_MB);
    if (!isfinite(set_ms)) {
        per_mb->basis = DERIVE_UNKNOWN;
        return;
    }
    derive_note(per_mb, "so that 60 programs of %.0f MB compile in %.0f ms with compile_ms %s",
        DERIVE_SET_MB, set_ms, each_is_known ? "as above" : "at its default");
}

/* Compiles served from a cache, each for one program. */
static void cached_compile(struct derived_chip *chip) {
    struct derived *key = derive_key(chip, "cached_compile_ms", "ms");
    const char *c = chip->chip;
    evidence_find(&key->evidence,
        &(struct evidence_query){c, "compile_time", "MB", NULL, "compile_time_cached"});
    evidence_find(&key->evidence,
        &(struct evidence_query){c, "compile_time", "in-process", NULL, "compile_time_cached"});
    if (key->evidence.n > 0) {
        derive_set(key, key->evidence.n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED,
            evidence_median(&key->evidence));
        derive_note(key, key->evidence.n > 1
                             ? "median; it grows with the weights, which the simulated engine "
                               "does not have"
                             : "in the daemon's table; a hit in the compiler's "
                               "disk cache is published as about 40 ms");
        return;
    }
    evidence_find(&key->evidence,
        &(struct evidence_query){c, "compile_cache", "74 kernels", NULL, "compile_time_cached"});
    derive_set(key, DERIVE_FITTED, evidence_median(&key->evidence) / 74);
    if (key->basis != DERIVE_UNKNOWN)
        derive_note(key, "74 programs restored from the cache, divided by 74");
}

static void loads(struct derived_chip *chip) {
    struct derived *load = derive_key(chip, "load_ms", "ms");
    struct derived *unload = derive_key(chip, "unload_ms", "ms");
    struct derived *first = derive_key(chip, "first_use_ms", "ms");
    const char *c = chip->chip;

    evidence_find(
        &load->evidence, &(struct evidence_query){c, "qos_sweep", NULL, "qos=0;", "load_time"});
    evidence_find(
        &load->evidence, &(struct evidence_query){c, "chaining", NULL, NULL, "load_time"});
    derive_set(load, DERIVE_FITTED, evidence_median_by_source(&load->evidence));
    if (load->basis != DERIVE_UNKNOWN)
        derive_note(load, "median over sources, of the QoS sweep but its first entry");
    evidence_find(
        &unload->evidence, &(struct evidence_query){c, "weight_reload", NULL, NULL, "unload_time"});
    evidence_find(
        &unload->evidence, &(struct evidence_query){c, "compile_time", "MB", NULL, "free_time"});
    derive_set(unload, unload->evidence.n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED,
        evidence_median(&unload->evidence));
    evidence_find(
        &first->evidence, &(struct evidence_query){c, "qos_sweep", "qos=0;", NULL, "load_time"});
    if (first->evidence.n == 1 && load->basis != DERIVE_UNKNOWN) {
        derive_set(first, DERIVE_FITTED, first->evidence.values[0] - load->number);
        derive_note(first, "load of the sweep's first entry less load_ms; rivals: an effect of QoS "
                           "0 itself, and 2.4 ms by the first compile");
    }
}

void derive_compile(struct derived_chip *chip) {
    cold_compile(chip);
    compile_set(chip);
    cached_compile(chip);
    loads(chip);
}
