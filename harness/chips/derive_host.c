/* SPDX-License-Identifier: MIT
 *
 * Not about the engine: whole steps of the public Stories110M trainers, and the processor's part of
 * them. Keys begin with host_; a simulated device ignores them, a plan needs them.
 */
#include "chips/derive.h"

#include <math.h>
#include <string.h>

/* Means over all steps of a run; single steps ("step 10") are not. */
static void step_rows(struct evidence *e, const struct evidence_query *query) {
    evidence_find(e, query);
    evidence_find_ranges(e, query);
}

static void steps(struct derived_chip *chip) {
    struct derived *fixed = derive_key(chip, "host_static_step_ms", "ms");
    struct derived *dynamic = derive_key(chip, "host_dynamic_step_ms", "ms");
    step_rows(&fixed->evidence, &(struct evidence_query){chip->chip, "train_static", "Stories110M",
                                    "train_large_ane", "ms_per_step"});
    derive_set(fixed, fixed->evidence.n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED,
        evidence_median_by_source(&fixed->evidence));
    step_rows(&dynamic->evidence, &(struct evidence_query){chip->chip, "train_dynamic",
                                      "Stories110M", "scratch step", "ms_per_step"});
    derive_set(dynamic, dynamic->evidence.n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED,
        evidence_median_by_source(&dynamic->evidence));
    derive_note(fixed, "%s",
        isfinite(evidence_median(&fixed->evidence))
            ? "whole step, engine and processor, of train_large; without "
              "compiling and Adam"
            : "");
    derive_note(dynamic, "%s",
        isfinite(evidence_median(&dynamic->evidence))
            ? "whole step, engine and processor, of the trainer with weights "
              "as inputs"
            : "");
}

/* The trainer's own counters cover only the forward pass. Uses its last running means, since those
 * of the first step include a cold start. */
static void counters(struct derived_chip *chip) {
    static const char *const names[][2] = {{"host_forward_engine_ms", "t_ane"},
        {"host_forward_io_ms", "t_io"}, {"host_forward_classifier_ms", "t_cls"},
        {"host_forward_elementwise_ms", "t_elem"}, {"host_forward_rms_ms", "t_rms"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct derived *key = derive_key(chip, names[i][0], "ms");
        struct evidence *e = &key->evidence;
        const char *c = chip->chip, *x = "train_static";
        evidence_find(e, &(struct evidence_query){c, x, "train_large step 19", NULL, names[i][1]});
        evidence_find(
            e, &(struct evidence_query){c, x, "Stories110M 12 layers", "sample log", names[i][1]});
        evidence_find(e, &(struct evidence_query){c, x, "train_large batch", NULL, names[i][1]});
        /* whole configs only: "train_large" without a step */
        struct evidence plain;
        evidence_open(&plain, chip->published);
        step_rows(&plain,
            &(struct evidence_query){c, x, "Stories110M train_large", " step ", names[i][1]});
        for (size_t k = 0; k < plain.n; k++)
            if (published_is(
                    chip->published, plain.rows[k], PUBLISHED_CONFIG, "Stories110M train_large"))
                evidence_add(e, plain.rows[k], plain.values[k]);
        e->no_memory = e->no_memory || plain.no_memory;
        evidence_close(&plain);
        derive_set(key, e->n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED, evidence_median_by_source(e));
        if (key->basis != DERIVE_UNKNOWN)
            derive_note(key, "counter %s: forward pass only", names[i][1]);
    }
}

/* Wall time of a run less compiling and steps: Adam, checkpoint, restart. In ms. */
static double run_part_ms(struct evidence *e, const char *chip, size_t wall, const char *metric) {
    const struct published *p = e->published;
    struct evidence found;
    double ms = NAN;
    evidence_open(&found, p);
    evidence_find(&found, &(struct evidence_query){chip, "train_static",
                              published_text(p, wall, PUBLISHED_CONFIG), NULL, metric});
    for (size_t i = 0; i < found.n; i++) {
        if (!published_is(
                p, found.rows[i], PUBLISHED_CONFIG, published_text(p, wall, PUBLISHED_CONFIG)) ||
            !published_is(
                p, found.rows[i], PUBLISHED_SOURCE, published_text(p, wall, PUBLISHED_SOURCE)))
            continue;
        ms = found.values[i] * (published_is(p, found.rows[i], PUBLISHED_UNIT, "s") ? 1e3 : 1);
        evidence_add(e, found.rows[i], ms);
        break;
    }
    e->no_memory = e->no_memory || found.no_memory;
    evidence_close(&found);
    return ms;
}

static void batches(struct derived_chip *chip) {
    struct derived *key = derive_key(chip, "host_batch_ms", "ms");
    struct evidence walls, parts, rests;
    const struct published *p = chip->published;

    evidence_open(&walls, p);
    evidence_open(&parts, p);
    evidence_open(&rests, p);
    evidence_find(&walls, &(struct evidence_query){chip->chip, "train_static", "20 steps",
                              "train_large_ane", "wall_time"});
    for (size_t i = 0; i < walls.n; i++) {
        size_t wall = walls.rows[i];
        double wall_ms = walls.values[i] * (published_is(p, wall, PUBLISHED_UNIT, "s") ? 1e3 : 1);
        double compile_ms = run_part_ms(&parts, chip->chip, wall, "compile_time_total");
        double train_ms = run_part_ms(&parts, chip->chip, wall, "train_time_total");
        if (!isfinite(compile_ms + train_ms))
            continue;
        evidence_add(&rests, wall, (wall_ms - compile_ms - train_ms) / 2); /* two batches of ten */
    }
    derive_set(key, DERIVE_FITTED, evidence_median_by_source(&rests));
    if (key->basis != DERIVE_UNKNOWN)
        derive_note(key, "wall time less compiling and steps, for each of two batches: Adam, "
                         "checkpoint, restart");
    for (size_t i = 0; i < rests.n; i++)
        evidence_add(&key->evidence, rests.rows[i], 0);
    for (size_t i = 0; i < parts.n; i++)
        evidence_add(&key->evidence, parts.rows[i], 0);
    key->evidence.no_memory =
        key->evidence.no_memory || walls.no_memory || parts.no_memory || rests.no_memory;
    evidence_close(&walls);
    evidence_close(&parts);
    evidence_close(&rests);
}

/* Weights that an eval streams, by matrices times a vector: the inverse of the rate, which is far below
 * the bandwidth that convolutions are fitted with. */
static void stream(struct derived_chip *chip) {
    struct derived *key = derive_key(chip, "host_stream_gb_ms", "ms/GB");
    struct evidence *e = &key->evidence;
    evidence_find(
        e, &(struct evidence_query){chip->chip, "weight_stream", NULL, "activations", "bandwidth"});
    derive_set(
        key, e->n > 1 ? DERIVE_FITTED : DERIVE_PUBLISHED, 1e3 / evidence_median_by_source(e));
    if (key->basis != DERIVE_UNKNOWN)
        derive_note(key, "1000 / the rate in GB/s, the median over sources and sizes of weights");
}

/* Bringing back a program without compiling it, as a whole: the load alone (load_ms) was published for one chip. Left out
 * is a source that gives 1 ms and 40 ms for two caches: of the others it is not known which they had. */
static void loads(struct derived_chip *chip) {
    struct derived *key = derive_key(chip, "host_load_ms", "ms");
    struct evidence *e = &key->evidence, parts;
    const char *c = chip->chip, *again = "then unload+load";

    evidence_open(&parts, chip->published);
    evidence_find(&parts, &(struct evidence_query){c, "weight_reload", again, NULL, "unload_time"});
    evidence_find(&parts, &(struct evidence_query){c, "weight_reload", again, NULL, "reload_time"});
    for (size_t i = 0; i < parts.n && parts.n == 2; i++)
        evidence_add(e, parts.rows[i], parts.values[0] + parts.values[1]);
    e->no_memory = e->no_memory || parts.no_memory;
    evidence_close(&parts);
    evidence_find(e, &(struct evidence_query){c, "delta_reload", "unload, rewrite file, load", NULL,
                         "reload_per_kernel"});
    evidence_find_ranges(
        e, &(struct evidence_query){c, "compile_time", "cache load", NULL, "compile_time_cached"});
    const size_t n = e->n;
    evidence_find(
        e, &(struct evidence_query){c, "compile_cache", "74 kernels", NULL, "compile_time_cached"});
    for (size_t i = n; i < e->n; i++)
        e->values[i] /= 74;
    derive_set(key, DERIVE_FITTED, evidence_median_by_source(e));
    if (key->basis != DERIVE_UNKNOWN)
        derive_note(key, "a program made ready again without a compile: unloaded and loaded, or "
                         "taken from a cache");
}

void derive_host(struct derived_chip *chip) {
    steps(chip);
    stream(chip);
    counters(chip);
    batches(chip);
    loads(chip);
}
