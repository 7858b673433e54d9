/* SPDX-License-Identifier: MIT
 *
 * question: Which ways of changing a program's weights without a compile take effect?
 * hypothesis: The weights are inside the compiled program: rewriting the source blob or passing a
 *     weights buffer changes nothing, rewriting the compiled data does.
 * method: A 64-channel 1x1 convolution with random weights A is compiled, loaded and checked. Then
 *     other weights B are applied in one of the ways below, the output is poisoned, and after one
 *     eval it is compared with the reference for A and for B. A success code proves nothing; only
 *     the output decides.
 * arms: nothing (only unload and load: must not change); recompile (a new program with B: must
 *     change); source-reload (source blob rewritten, unload, load); compiled-reload (compiled data
 *     rewritten, unload, load); weights-buffer (a buffer with B in the request); same-hash-object
 *     (source blob rewritten, then a new object of the same text and weights, loaded without
 *     compiling if the device allows it). The first two are controls of the comparison.
 * unit of replication: the process: one way once.
 * sample size: 3 trials per arm in the quick preset, 8 in the full one.
 * margin: none on the rate: all trials of an arm must agree. An output matches a set of weights
 *     when its largest difference from the reference is below 2^-8 of the largest element.
 * decision rule: A way changes the output when every trial gave B's output; it does not when every
 *     trial gave A's; trials that disagree, or an output that matches neither, are inconclusive. A
 *     way that the device does not offer is unsupported. Baked holds when neither the source blob
 *     nor the buffer changed the output and a new compile did; a way that the device refuses cannot
 *     change it, so the rest decides. If a control fails, every finding is untrusted.
 * would prove it wrong: B's output after source-reload or weights-buffer; A's after compiled-reload.
 * confounders: a device that finds programs by their hash runs the old one whatever the files
 *     contain (hence the arm same-hash-object); rewriting while loaded versus before loading.
 * sources: maderix/ANE#2 (m5result: no effect on M5), maderix/ANE#40 (erik: none on M4 Max), Orion
 *     (says it retrains by reload), libane (aned resolves by hash).
 */
#include "experiment/experiment.h"
#include "weight_baking_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHANNELS = 64, SPATIAL = 64 };
/* Larger than the weights: small surfaces are refused or fail without an error on some chips. */
enum { BUFFER_BYTES = 65536 };

enum way { NOTHING, RECOMPILE, SOURCE_RELOAD, COMPILED_RELOAD, WEIGHTS_BUFFER, SAME_HASH, N_WAYS };

static const struct experiment_arm arms[N_WAYS] = {
    [NOTHING] = {"nothing", "unload and load, nothing rewritten: must not change", 3, 8, 60},
    [RECOMPILE] = {"recompile", "a new program with the other weights: must change", 3, 8, 60},
    [SOURCE_RELOAD] = {"source-reload", "source blob rewritten, unload, load", 3, 8, 60},
    [COMPILED_RELOAD] = {"compiled-reload", "compiled data rewritten, unload, load", 3, 8, 60},
    [WEIGHTS_BUFFER] = {"weights-buffer", "other weights in the request's buffer", 3, 8, 60},
    [SAME_HASH] = {"same-hash-object", "source blob rewritten, new object of the same hash", 3, 8,
        60},
};

static const struct experiment_column columns[] = {
    {"outcome", EXPERIMENT_FACTOR},  /* old, new, neither */
    {"stage", EXPERIMENT_FACTOR},    /* the call that failed */
    {"compiled", EXPERIMENT_FACTOR}, /* whether this way compiled again: no, cold, cached */
    {"change_ns", EXPERIMENT_NUMBER},
    {"worst_old", EXPERIMENT_NUMBER}, /* largest difference from the reference for A, for B */
    {"worst_new", EXPERIMENT_NUMBER},
};

/* ---- collection ------------------------------------------------------------------------------ */

struct baking {
    struct trial *t;
    uint64_t old_seed, new_seed;
    struct subject *subject; /* compiled with the old weights */
    struct subject *other;   /* in arms that create a second object */
    const char *compiled;
};

static enum device_status subject_make(
    struct baking *b, uint64_t seed, struct subject **out, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = CHANNELS,
        .spatial = SPATIAL,
        .depth = 1,
        .weight_seed = seed};
    return subject_create(b->t, &spec, out, error);
}

static enum device_status subject_compile_load(
    struct baking *b, struct subject *s, struct device_error *error) {
    enum device_status status = subject_compile(s, DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    struct device_compile_info info;
    device_compile_info(b->t->device, subject_program(s), &info);
    b->compiled = info.cached ? "cached" : "cold";
    return subject_load(s, DEVICE_QOS_DEFAULT, error);
}

static enum device_status subject_reload(struct subject *s, struct device_error *error) {
    enum device_status status = subject_unload(s, error);
    return status == DEVICE_OK ? subject_load(s, DEVICE_QOS_DEFAULT, error) : status;
}

/* The new weights, for the subject's blob. */
static const void *new_weights(struct baking *b, size_t *bytes, struct device_error *error) {
    const void *weights = subject_weights(b->subject, b->new_seed, bytes);
    if (!weights)
        device_error_set(error, DEVICE_BROKEN, "rewrite", "out of memory for the new weights");
    return weights;
}

static enum device_status blob_rewrite(struct baking *b, bool source, struct device_error *error) {
    size_t bytes;
    const void *weights = new_weights(b, &bytes, error);
    if (!weights)
        return DEVICE_BROKEN;
    return (source ? device_source_rewrite : device_compiled_rewrite)(b->t->device,
        subject_program(b->subject), subject_blob_path(b->subject), subject_blob_offset(b->subject),
        weights, bytes, error);
}

/* One eval with a weights buffer in the request. */
static enum device_status buffer_eval(struct baking *b, struct device_error *error) {
    struct device *d = b->t->device;
    const struct device_layout layout = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, CHANNELS, 1, CHANNELS}},
        .bytes = BUFFER_BYTES,
        .row_stride_bytes = CHANNELS * sizeof(uint16_t),
        .channel_stride_bytes = CHANNELS * sizeof(uint16_t)};
    struct device_surface *buffer = NULL;
    struct device_request *request = NULL;
    size_t bytes;
    const void *weights = new_weights(b, &bytes, error);
    if (!weights)
        return DEVICE_BROKEN;
    enum device_status status = device_surface_create(d, &layout, &buffer, error);
    if (status != DEVICE_OK)
        return status;
    struct device_surface *input = subject_input(b->subject), *output = subject_output(b->subject);
    const struct device_request_spec spec = {.program = subject_program(b->subject),
        .inputs = &input,
        .n_inputs = 1,
        .outputs = &output,
        .n_outputs = 1,
        .weights_buffer = buffer};
    status = device_surface_write(d, buffer, weights, error);
    if (status == DEVICE_OK)
        status = device_request_create(d, &spec, &request, error);
    if (status == DEVICE_OK)
        status = device_eval(d, request, DEVICE_QOS_DEFAULT, error);
    device_request_free(d, request);
    device_surface_free(d, buffer);
    return status;
}

/* A second object of the same text and weights. First tries to load it without a compile, which a
 * device that resolves by hash allows. */
static enum device_status same_hash_load(struct baking *b, struct device_error *error) {
    enum device_status status = blob_rewrite(b, true, error);
    if (status == DEVICE_OK)
        status = subject_unload(b->subject, error);
    if (status == DEVICE_OK)
        status = subject_make(b, b->old_seed, &b->other, error);
    if (status != DEVICE_OK)
        return status;
    if (subject_load(b->other, DEVICE_QOS_DEFAULT, error) == DEVICE_OK)
        return DEVICE_OK;
    return subject_compile_load(b, b->other, error);
}

/* Applies the new weights; *judged gets the output to judge. */
static enum device_status weights_change(
    struct baking *b, enum way way, struct subject **judged, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    *judged = b->subject;
    b->compiled = "no";
    switch (way) {
    case SOURCE_RELOAD:
        status = blob_rewrite(b, true, error);
        break;
    case COMPILED_RELOAD:
        status = blob_rewrite(b, false, error);
        break;
    case WEIGHTS_BUFFER:
        subject_poison(b->subject);
        return buffer_eval(b, error);
    case RECOMPILE:
        status = subject_make(b, b->new_seed, &b->other, error);
        if (status == DEVICE_OK)
            status = subject_compile_load(b, b->other, error);
        *judged = b->other;
        break;
    case SAME_HASH:
        status = same_hash_load(b, error);
        *judged = b->other;
        break;
    default:
        break;
    }
    if (status == DEVICE_OK && *judged == b->subject)
        status = subject_reload(b->subject, error);
    if (status != DEVICE_OK)
        return status;
    subject_poison(*judged);
    return subject_eval(*judged, DEVICE_QOS_DEFAULT, error);
}

static void weights_row(struct baking *b, struct subject *judged, uint64_t change_ns) {
    double worst_old, worst_new;
    const bool is_old = subject_output_is(judged, b->old_seed, &worst_old);
    const bool is_new = subject_output_is(judged, b->new_seed, &worst_new);
    trial_text(b->t, "compiled", b->compiled);
    if (is_old && is_new) {
        trial_row(b->t, SAMPLE_UNTRUSTED,
            "the output matches both sets of weights: they are too similar to compare");
        return;
    }
    trial_text(b->t, "outcome", is_old ? "old" : is_new ? "new" : "neither");
    trial_u64(b->t, "change_ns", change_ns);
    trial_number(b->t, "worst_old", worst_old);
    trial_number(b->t, "worst_new", worst_new);
    trial_row(b->t, SAMPLE_OK, is_old || is_new ? "" : "the output matches neither set of weights");
}

static int run(struct trial *t) {
    struct device_error error;
    struct baking b = {.t = t};
    const enum way way = (enum way)(t->arm - arms);
    int result = 0;
    b.old_seed = trial_random(t);
    b.new_seed = trial_random(t);

    bool right;
    double worst;
    if (subject_make(&b, b.old_seed, &b.subject, &error) != DEVICE_OK ||
        subject_compile_load(&b, b.subject, &error) != DEVICE_OK ||
        subject_verify(b.subject, DEVICE_QOS_DEFAULT, &right, &worst, &error) != DEVICE_OK) {
        result = trial_break_error(t, &error);
        goto done;
    }
    if (!right) {
        result = trial_break(t,
            "the output was wrong before anything was changed (largest difference %g); first make "
            "sure that the device computes a plain convolution",
            worst);
        goto done;
    }

    struct subject *judged;
    const uint64_t start_ns = trial_clock_ns(t);
    const enum device_status status = weights_change(&b, way, &judged, &error);
    const uint64_t change_ns = trial_clock_ns(t) - start_ns;
    if (status == DEVICE_OK) {
        weights_row(&b, judged, change_ns);
    } else if (status == DEVICE_BROKEN) {
        result = trial_break_error(t, &error);
    } else {
        trial_text(t, "stage", error.stage);
        trial_row_error(t, &error);
    }
done:
    subject_free(b.other);
    subject_free(b.subject);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

struct tally {
    size_t n_old, n_new, n_neither, n_unsupported, n_refused;
    const char *reason; /* the device's reason, from the last trial that it refused */
};

static struct tally arm_tally(struct judgement *j, enum way way) {
    struct tally c = {0};
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[way].name, NULL, &rows);
    for (size_t i = 0; i < n; i++) {
        const char *status = judgement_text(j, rows[i], "status");
        const char *outcome = judgement_text(j, rows[i], "outcome");
        if (!strcmp(status, "unsupported"))
            c.n_unsupported++;
        else if (!strcmp(status, "failed"))
            c.n_refused++;
        else if (!strcmp(status, "ok") && !strcmp(outcome, "old"))
            c.n_old++;
        else if (!strcmp(status, "ok") && !strcmp(outcome, "new"))
            c.n_new++;
        else
            c.n_neither++;
        if (!strcmp(status, "unsupported") || !strcmp(status, "failed"))
            c.reason = judgement_text(j, rows[i], "reason");
    }
    return c;
}

/* An arm's result: whether that way changed the output. */
enum effect { CHANGES, CHANGES_NOT, MIXED, NOT_OFFERED, NO_TRIALS };

static enum effect tally_effect(const struct tally *c) {
    const size_t n_ran = c->n_old + c->n_new + c->n_neither;
    const size_t n_not = c->n_unsupported + c->n_refused;
    if (n_ran + n_not == 0)
        return NO_TRIALS;
    if (n_ran == 0)
        return NOT_OFFERED;
    if (n_not || c->n_neither || (c->n_old && c->n_new))
        return MIXED;
    return c->n_new ? CHANGES : CHANGES_NOT;
}

/* Why nothing can be judged: a control failed or is missing. */
struct fault {
    const char *text; /* NULL = none */
    enum verdict verdict;
};

static struct fault controls_check(const struct tally *nothing, const struct tally *recompile) {
    const enum effect still = tally_effect(nothing), moved = tally_effect(recompile);
    if (still == NO_TRIALS || moved == NO_TRIALS)
        return (struct fault){
            "a control arm (nothing, recompile) has no finished trial", VERDICT_INCONCLUSIVE};
    if (still != CHANGES_NOT)
        return (struct fault){"control: with nothing rewritten the output did not stay that of the "
                              "old weights in every trial",
            VERDICT_UNTRUSTED};
    if (moved != CHANGES)
        return (struct fault){
            "control: a new compile did not give the output of the new weights in "
            "every trial",
            VERDICT_UNTRUSTED};
    return (struct fault){NULL, VERDICT_INCONCLUSIVE};
}

static void effect_judge(struct judgement *j, const char *finding, const struct tally *c,
    enum effect claimed, struct fault fault) {
    const size_t n = c->n_old + c->n_new + c->n_neither;
    const enum effect effect = tally_effect(c);
    char measured[64] = "", reason[640];
    struct verdict_row row = {
        .finding = finding, .unit = "share of trials changed", .n = n, .n_unit = "processes"};
    row.interval = (struct stats_interval){NAN, NAN, NAN};
    if (n) {
        row.interval = stats_rate(c->n_new, n, judgement_level(j, 0.95));
        snprintf(measured, sizeof measured, "%.3g", (double)c->n_new / (double)n);
    }
    if (fault.text) {
        row.verdict = fault.verdict;
        snprintf(reason, sizeof reason, "%s", fault.text);
    } else if (effect == NO_TRIALS) {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason, "no trial completed");
    } else if (effect == NOT_OFFERED) {
        row.verdict = c->n_unsupported ? VERDICT_UNSUPPORTED : VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason, "%s: %s",
            c->n_unsupported ? "the device does not offer it" : "the device refused it", c->reason);
    } else if (effect == MIXED) {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason,
            "trials disagree: %zu old weights, %zu new weights, %zu neither, %zu refused", c->n_old,
            c->n_new, c->n_neither, c->n_refused + c->n_unsupported);
    } else {
        row.verdict = effect == claimed ? VERDICT_REPRODUCED : VERDICT_CONTRADICTED;
        snprintf(reason, sizeof reason,
            "the output was that of the %s weights in %zu of %zu trials",
            effect == CHANGES ? "new" : "old", n, n);
    }
    row.measured = measured;
    row.reason = reason;
    judgement_verdict(j, &row);
}

/* If one of the two ways is not available, the other decides. */
static void baked_judge(struct judgement *j, const struct tally *source, const struct tally *buffer,
    const struct tally *recompile, struct fault fault) {
    const enum effect by_source = tally_effect(source), by_buffer = tally_effect(buffer);
    char reason[640];
    const char *measured = "";
    struct verdict_row row = {.finding = "weight-baking.baked", .unit = "", .n_unit = "processes"};
    row.interval = (struct stats_interval){NAN, NAN, NAN};
    row.n = source->n_old + source->n_new + source->n_neither + buffer->n_old + buffer->n_new +
            buffer->n_neither + recompile->n_new;
    if (fault.text) {
        row.verdict = fault.verdict;
        snprintf(reason, sizeof reason, "%s", fault.text);
    } else if (by_source == CHANGES || by_buffer == CHANGES) {
        row.verdict = VERDICT_CONTRADICTED;
        measured = "not baked";
        snprintf(reason, sizeof reason, "%s changed the output without a compile",
            by_source != CHANGES   ? "the weights buffer"
            : by_buffer == CHANGES ? "the source blob and the weights buffer"
                                   : "the source blob");
    } else if (by_source == CHANGES_NOT && by_buffer == CHANGES_NOT) {
        row.verdict = VERDICT_REPRODUCED;
        measured = "baked";
        snprintf(reason, sizeof reason,
            "neither the source blob nor the buffer changed the output, a new compile did");
    } else if (by_source == CHANGES_NOT && by_buffer == NOT_OFFERED) {
        row.verdict = VERDICT_REPRODUCED;
        measured = "baked";
        snprintf(reason, sizeof reason,
            "the source blob did not change the output, a new compile did; a weights buffer is not "
            "available here (%s)",
            buffer->reason);
    } else if (by_buffer == CHANGES_NOT && by_source == NOT_OFFERED) {
        row.verdict = VERDICT_REPRODUCED;
        measured = "baked";
        snprintf(reason, sizeof reason,
            "the weights buffer did not change the output, a new compile did; the source blob "
            "cannot "
            "be rewritten here (%s)",
            source->reason);
    } else if (by_source == NOT_OFFERED && by_buffer == NOT_OFFERED) {
        row.verdict = VERDICT_UNSUPPORTED;
        snprintf(reason, sizeof reason, "the device offers neither way (%s)", source->reason);
    } else {
        row.verdict = VERDICT_INCONCLUSIVE;
        snprintf(reason, sizeof reason,
            "the trials of source-reload or weights-buffer disagree or are missing");
    }
    row.measured = measured;
    row.reason = reason;
    judgement_verdict(j, &row);
}

static int judge(struct judgement *j) {
    struct tally tally[N_WAYS];
    for (int way = 0; way < N_WAYS; way++) {
        const double *change_ns;
        tally[way] = arm_tally(j, (enum way)way);
        const size_t n = judgement_trial_medians(j, arms[way].name, "change_ns", &change_ns);
        judgement_summary(j, arms[way].name, "change_ns", "ns", "processes", change_ns, n);
    }
    const struct fault fault = controls_check(&tally[NOTHING], &tally[RECOMPILE]);
    effect_judge(j, "weight-baking.source-reload", &tally[SOURCE_RELOAD], CHANGES_NOT, fault);
    effect_judge(j, "weight-baking.compiled-reload", &tally[COMPILED_RELOAD], CHANGES, fault);
    effect_judge(j, "weight-baking.weights-buffer", &tally[WEIGHTS_BUFFER], CHANGES_NOT, fault);
    baked_judge(j, &tally[SOURCE_RELOAD], &tally[WEIGHTS_BUFFER], &tally[RECOMPILE], fault);
    return 0;
}

EXPERIMENT_MAIN("weight_baking", run, judge)
