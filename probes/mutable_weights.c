/* SPDX-License-Identifier: MIT
 *
 * question: Do the weights of a loaded program change by writing to them, as macOS 27's calls promise?
 * hypothesis: The calls are there, and a process without an entitlement is refused.
 * method: A ladder in one process. A program of two procedures, each a 64-channel 1x1 convolution whose weights
 *     are two known numbers, one in even rows and one in odd, is loaded and checked. Its weights are mapped. What
 *     is written is found by value, whatever the order and form in which the engine keeps weights: every
 *     element that is the even rows' number is doubled. That doubles every second output channel and leaves
 *     the others as they are, which the output decides, compared with the reference; a call that says yes proves
 *     nothing. Evals follow: without a sync, after one, and after unmapping; then the second procedure is changed
 *     in the same way, and last the program is unloaded and loaded.
 * arms: ladder (all of it, in order).
 * unit of replication: the process: the ladder once.
 * sample size: 2 trials in the quick preset, 6 in the full one.
 * margin: none; an output is right as everywhere.
 * decision rule: A claim holds when its rung came out as claimed in every trial, and is contradicted when it came
 *     out otherwise in each; trials that disagree are inconclusive. Rungs above one that the device refused
 *     are unsupported, as is the need of a sync where a sync has no effect. When the output is not right before anything was written, every claim is untrusted.
 * would prove it wrong: weights that are mapped in a process without an entitlement (refused); the output of the
 *     old weights after a sync (takes effect).
 * confounders: the procedure's type in the call is inferred; a program may have to be compiled with its weights
 *     declared mutable, in a way that nobody has published; weights kept in a compressed form are not found.
 * sources: blacktop/ipsw-diffs (AppleNeuralEngine of macOS 27.0: the selectors and the name of an entitlement),
 *     logan-ane (types on an M2). No call has been published.
 */
#include "experiment/experiment.h"
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "mutable_weights_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHANNELS = 64, POSITIONS = 64, N_PROCEDURES = 2 };

static const struct experiment_arm arms[] = {
    {"ladder", "map, write, sync, unmap, the second procedure, reload", 2, 6, 60},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: before, map, unsynced, synced, rest, unmapped, procedure, reload */
    {"code", EXPERIMENT_FACTOR},   /* the device's own, where it refused */
    {"format", EXPERIMENT_FACTOR}, /* of the weights as they are mapped: fp16, fp32 */
    {"mapped_bytes", EXPERIMENT_NUMBER}, {"elements", EXPERIMENT_NUMBER}, /* found and doubled */
    {"step_ns", EXPERIMENT_NUMBER}, /* what this rung's own call took: map, write, sync, unmap */
    {"eval_ns", EXPERIMENT_NUMBER}, /* the eval after it */
};

static const struct outcome_claim claims[] = {
    {"mutable-weights.needs-entitlement", "map", "unentitled", "before"},
    {"mutable-weights.takes-effect", "synced", "new", "before"},
    {"mutable-weights.needs-sync", "unsynced", "old", "before"},
    {"mutable-weights.part-only", "rest", "kept", "before"},
    {"mutable-weights.by-procedure", "procedure", "own", "before"},
    {"mutable-weights.lost-by-reload", "reload", "old", "before"},
};

/* ---- collection ------------------------------------------------------------------------------ */

/* Of each procedure: the number of even rows and of odd. Exact in fp16, with bits that nothing else has. */
static const float row_values[2 * N_PROCEDURES] = {
    0x1.554p-7f, 0x1.6acp-7f, 0x1.9b4p-7f, 0x1.ca8p-7f};

#define CONV(n)                                                                                    \
    MIL_CONV_PLAIN                                                                                 \
    MIL_WEIGHT(MIL_F16("64, 64, 1, 1"), "w" n)                                                     \
    MIL_OP(MIL_F16("1, 64, 1, 64"), "y",                                                           \
        "conv(x=x, weight=w" n ", strides=strides, pad_type=pad_type, pad=pad, "                   \
        "dilations=dilations, groups=groups)")

struct ladder {
    struct trial *t;
    struct specimen *specimen;
    int at; /* the procedure that is bound */
    void *weights;
    size_t bytes;
    const char *format;  /* "" until it is known */
    const char *refused; /* why no further rung can be tried; NULL = all is well */
    char words[300];
};

/* An eval of the bound procedure, and which of its rows' outputs are those of the old weights, which of
 * doubled ones. */
enum rows_state { ROWS_OLD, ROWS_NEW, ROWS_OTHER };
struct seen {
    enum rows_state even, odd;
    uint64_t eval_ns;
};

static enum rows_state rows_are(const float *got, const float *expected, int first) {
    const double tolerance = 0x1p-6; /* of the element; all are sums of positive terms */
    bool is_old = true, is_new = true;
    for (int c = first; c < CHANNELS; c += 2)
        for (int i = c * POSITIONS; i < (c + 1) * POSITIONS; i++) {
            const double e = expected[i];
            is_old = is_old && fabs(got[i] - e) <= tolerance * e;
            is_new = is_new && fabs(got[i] - 2 * e) <= tolerance * e;
        }
    return is_old ? ROWS_OLD : is_new ? ROWS_NEW : ROWS_OTHER;
}

static const char *state_name(enum rows_state state) {
    static const char *const names[] = {"old", "new", "other"};
    return names[state];
}

static enum device_status look(
    struct ladder *l, int procedure, struct seen *out, struct device_error *error) {
    enum specimen_outcome ignored;
    enum device_status status = DEVICE_OK;
    size_t n;
    *out = (struct seen){ROWS_OTHER, ROWS_OTHER, 0};
    if (procedure != l->at)
        status = specimen_bind(l->specimen, procedure, procedure, NULL, error);
    l->at = procedure;
    const uint64_t start_ns = trial_clock_ns(l->t);
    if (status == DEVICE_OK)
        status = specimen_run(l->specimen, error);
    out->eval_ns = trial_clock_ns(l->t) - start_ns;
    /* once more, with the output poisoned and read */
    if (status == DEVICE_OK)
        status = specimen_eval(l->specimen, &ignored, error);
    if (status != DEVICE_OK)
        return status;
    const float *got = specimen_output(l->specimen, 0, &n);
    const float *expected = specimen_expected(l->specimen, 0);
    out->even = rows_are(got, expected, 0);
    out->odd = rows_are(got, expected, 1);
    return DEVICE_OK;
}

/* A rung's row; a refusal is the end of the ladder. Returns 0 or -1. */
static int rung_row(struct ladder *l, const char *name, const char *outcome, uint64_t step_ns,
    uint64_t eval_ns, enum device_status status, const struct device_error *error) {
    if (status == DEVICE_OK) {
        trial_u64(l->t, "step_ns", step_ns);
        if (eval_ns > 0)
            trial_u64(l->t, "eval_ns", eval_ns);
    } else if (status != DEVICE_BROKEN) {
        snprintf(l->words, sizeof l->words, "an earlier step was refused: %.250s", error->text);
        l->refused = l->words;
        if (error->code != 0)
            trial_number(l->t, "code", error->code);
    }
    return outcome_row(l->t, name, outcome, status, error);
}

/* A rung that cannot be tried, after a refusal. */
static int rung_left_out(struct ladder *l, const char *name) {
    struct device_error error;
    (void)device_error_set(&error, DEVICE_UNSUPPORTED, "map", "%s", l->refused);
    return outcome_row(l->t, name, "", DEVICE_UNSUPPORTED, &error);
}

/* Doubles every element that holds the value; how many there were. That its bits stand elsewhere by
 * chance is unlikely. */
static size_t fp16_double(void *memory, size_t bytes, uint16_t bits) {
    const uint16_t doubled = (uint16_t)(bits + (1u << 10));
    unsigned char *at = memory;
    size_t n = 0;
    for (size_t i = 0; i + sizeof bits <= bytes; i += sizeof bits)
        if (memcmp(at + i, &bits, sizeof bits) == 0) {
            memcpy(at + i, &doubled, sizeof doubled);
            n++;
        }
    return n;
}

static size_t fp32_double(void *memory, size_t bytes, float value) {
    const float twice = 2 * value;
    uint32_t bits, doubled;
    unsigned char *at = memory;
    size_t n = 0;
    memcpy(&bits, &value, sizeof bits);
    memcpy(&doubled, &twice, sizeof doubled);
    for (size_t i = 0; i + sizeof bits <= bytes; i += sizeof bits)
        if (memcmp(at + i, &bits, sizeof bits) == 0) {
            memcpy(at + i, &doubled, sizeof doubled);
            n++;
        }
    return n;
}

/* The bits of a number that fp16 has exactly: 5 bits of exponent, 10 of fraction. */
static uint16_t fp16_bits(float value) {
    int exponent;
    const float fraction = frexpf(value, &exponent); /* 0.5 to 1 */
    return (uint16_t)((unsigned)(exponent + 14) << 10 | (unsigned)((fraction * 2 - 1) * 1024));
}

/* The even rows of a procedure become twice what they were. */
static size_t even_rows_double(struct ladder *l, int procedure) {
    const float value = row_values[2 * procedure];
    size_t n = fp16_double(l->weights, l->bytes, fp16_bits(value));
    l->format = "fp16";
    if (n == 0) {
        n = fp32_double(l->weights, l->bytes, value);
        l->format = n ? "fp32" : "";
    }
    return n;
}

static bool is_for_want_of_entitlement(const struct device_error *error) {
    return error->code == 1 || error->code == (int)0xe00002c7 || strstr(error->text, "entitle");
}

static int map_rung(struct ladder *l, const char *name, int procedure) {
    struct device_error error;
    const uint64_t start_ns = trial_clock_ns(l->t);
    const enum device_status status = device_weights_map(
        l->t->device, specimen_program(l->specimen), procedure, &l->weights, &l->bytes, &error);
    const uint64_t map_ns = trial_clock_ns(l->t) - start_ns;
    if (status == DEVICE_OK) {
        trial_u64(l->t, "mapped_bytes", l->bytes);
        return rung_row(l, name, "mapped", map_ns, 0, status, &error);
    }
    if (status == DEVICE_BROKEN || error.code == 0 || !is_for_want_of_entitlement(&error))
        return rung_row(l, name, "", 0, 0, status, &error);
    /* that is the answer, and it has a code */
    snprintf(l->words, sizeof l->words, "an entitlement is missing: %.250s", error.text);
    l->refused = l->words;
    trial_text(l->t, "case", name);
    trial_text(l->t, "outcome", "unentitled");
    trial_text(l->t, "stage", error.stage);
    trial_number(l->t, "code", error.code);
    trial_row(l->t, SAMPLE_OK, error.text);
    return 0;
}

/* Writes, and says what an eval without a sync gives. */
static int unsynced_rung(struct ladder *l) {
    struct device_error error;
    struct seen seen;
    if (l->refused)
        return rung_left_out(l, "unsynced");
    const uint64_t start_ns = trial_clock_ns(l->t);
    const size_t n = even_rows_double(l, 0);
    const uint64_t write_ns = trial_clock_ns(l->t) - start_ns;
    if (n == 0) {
        l->refused = "the mapped bytes hold the weights neither as fp16 nor as fp32";
        return rung_left_out(l, "unsynced");
    }
    const enum device_status status = look(l, 0, &seen, &error);
    trial_text(l->t, "format", l->format);
    if (status == DEVICE_OK)
        trial_u64(l->t, "elements", n);
    return rung_row(l, "unsynced", state_name(seen.even), write_ns, seen.eval_ns, status, &error);
}

static enum device_status weights_sync(
    struct ladder *l, uint64_t *sync_ns, struct device_error *error) {
    const uint64_t start_ns = trial_clock_ns(l->t);
    const enum device_status status =
        device_weights_sync(l->t->device, specimen_program(l->specimen), 0, l->bytes, error);
    *sync_ns = trial_clock_ns(l->t) - start_ns;
    return status;
}

static int synced_rungs(struct ladder *l) {
    struct device_error error;
    struct seen seen = {ROWS_OTHER, ROWS_OTHER, 0};
    uint64_t sync_ns = 0;
    if (l->refused)
        return rung_left_out(l, "synced") == 0 ? rung_left_out(l, "rest") : -1;
    enum device_status status = weights_sync(l, &sync_ns, &error);
    if (status == DEVICE_OK)
        status = look(l, 0, &seen, &error);
    if (rung_row(l, "synced", state_name(seen.even), sync_ns, seen.eval_ns, status, &error) != 0)
        return -1;
    if (l->refused)
        return rung_left_out(l, "rest");
    /* of a change that did not come nothing can be kept out */
    if (seen.even != ROWS_NEW) {
        (void)device_error_set(
            &error, DEVICE_UNSUPPORTED, "map", "what was written did not take effect");
        return outcome_row(l->t, "rest", "", DEVICE_UNSUPPORTED, &error);
    }
    return outcome_row(l->t, "rest", seen.odd == ROWS_OLD ? "kept" : "changed", DEVICE_OK, &error);
}

static int unmapped_rung(struct ladder *l) {
    struct device_error error;
    struct seen seen = {ROWS_OTHER, ROWS_OTHER, 0};
    if (l->refused)
        return rung_left_out(l, "unmapped");
    const uint64_t start_ns = trial_clock_ns(l->t);
    enum device_status status =
        device_weights_unmap(l->t->device, specimen_program(l->specimen), &error);
    const uint64_t unmap_ns = trial_clock_ns(l->t) - start_ns;
    if (status == DEVICE_OK)
        status = look(l, 0, &seen, &error);
    return rung_row(l, "unmapped", state_name(seen.even), unmap_ns, seen.eval_ns, status, &error);
}

/* Does the second procedure follow its own weights, and the first stay as the ladder left it? */
static int procedure_rung(struct ladder *l) {
    struct device_error error;
    struct seen before, first, second;
    uint64_t sync_ns = 0;
    if (l->refused)
        return rung_left_out(l, "procedure");
    enum device_status status = look(l, 0, &before, &error);
    if (status == DEVICE_OK)
        status = device_weights_map(
            l->t->device, specimen_program(l->specimen), 1, &l->weights, &l->bytes, &error);
    if (status == DEVICE_OK) {
        (void)even_rows_double(l, 1);
        status = weights_sync(l, &sync_ns, &error);
    }
    if (status == DEVICE_OK)
        status = look(l, 1, &second, &error);
    if (status == DEVICE_OK)
        status = look(l, 0, &first, &error);
    if (status == DEVICE_OK)
        status = device_weights_unmap(l->t->device, specimen_program(l->specimen), &error);
    if (status != DEVICE_OK)
        return rung_row(l, "procedure", "", 0, 0, status, &error);
    const char *outcome = second.even != ROWS_NEW                                ? "unchanged"
                          : first.even == before.even && first.odd == before.odd ? "own"
                                                                                 : "shared";
    return rung_row(l, "procedure", outcome, sync_ns, second.eval_ns, status, &error);
}

static int reload_rung(struct ladder *l) {
    struct device_error error;
    struct seen seen = {ROWS_OTHER, ROWS_OTHER, 0}, before;
    if (l->refused)
        return rung_left_out(l, "reload");
    enum device_status status = look(l, 0, &before, &error);
    if (status == DEVICE_OK && before.even != ROWS_NEW) {
        l->refused = "what was written did not take effect";
        return rung_left_out(l, "reload");
    }
    const uint64_t start_ns = trial_clock_ns(l->t);
    if (status == DEVICE_OK)
        status = specimen_unload(l->specimen, &error);
    if (status == DEVICE_OK)
        status = specimen_load(l->specimen, &error);
    const uint64_t reload_ns = trial_clock_ns(l->t) - start_ns;
    if (status == DEVICE_OK)
        status = look(l, 0, &seen, &error);
    return rung_row(l, "reload", state_name(seen.even), reload_ns, seen.eval_ns, status, &error);
}

static int before_rung(struct ladder *l) {
    const struct specimen_function functions[N_PROCEDURES] = {
        {"main", MIL_F16("1, 64, 1, 64") " x", MIL_BODY(CONV("0")), "y"},
        {"other", MIL_F16("1, 64, 1, 64") " x", MIL_BODY(CONV("1")), "y"}};
    const struct specimen_spec spec = {.functions = functions,
        .n_functions = N_PROCEDURES,
        .positive = true,
        .row_values = row_values,
        .n_row_values = 2};
    struct device_error error;
    struct seen seen[N_PROCEDURES];
    enum device_status status = specimen_start(l->t, &spec, &l->specimen, &error);
    for (int i = N_PROCEDURES - 1; i >= 0 && status == DEVICE_OK; i--)
        status = look(l, i, &seen[i], &error);
    const bool right = status == DEVICE_OK && seen[0].even == ROWS_OLD && seen[0].odd == ROWS_OLD &&
                       seen[1].even == ROWS_OLD && seen[1].odd == ROWS_OLD;
    if (status == DEVICE_OK && !right)
        l->refused = "the output is wrong before anything was written";
    return outcome_row(l->t, "before", right ? "right" : "wrong", status, &error) == 0
               ? status == DEVICE_OK ? 0 : trial_break_error(l->t, &error)
               : -1;
}

static int run(struct trial *t) {
    struct ladder l = {.t = t, .format = ""};
    int result = before_rung(&l);
    if (result == 0)
        result = l.refused ? rung_left_out(&l, "map") : map_rung(&l, "map", 0);
    if (result == 0)
        result = unsynced_rung(&l);
    if (result == 0)
        result = synced_rungs(&l);
    if (result == 0)
        result = unmapped_rung(&l);
    if (result == 0)
        result = procedure_rung(&l);
    if (result == 0)
        result = reload_rung(&l);
    specimen_free(l.specimen);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* What a rung's own call took, one number a process. */
static void steps_summary(struct judgement *j) {
    static const char *const steps[][2] = {{"map", "map_ns"}, {"unsynced", "write_ns"},
        {"synced", "sync_ns"}, {"unmapped", "unmap_ns"}, {"reload", "reload_ns"}};
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[0].name, "ok", &rows);
    double *ns = judgement_memory(j, n + 1, sizeof *ns);
    for (size_t s = 0; ns && s < sizeof steps / sizeof *steps; s++) {
        size_t n_ns = 0;
        for (size_t i = 0; i < n; i++) {
            const double step_ns = judgement_cell(j, rows[i], "step_ns");
            if (strcmp(judgement_text(j, rows[i], "case"), steps[s][0]) == 0 && !isnan(step_ns))
                ns[n_ns++] = step_ns;
        }
        if (n_ns > 0)
            judgement_summary(j, arms[0].name, steps[s][1], "ns", "processes", ns, n_ns);
    }
}

/* Was it synchronised in vain, in every trial? Then that nothing changed without a sync says nothing of it. */
static bool sync_is_vain(struct judgement *j) {
    const size_t *rows;
    const size_t n = judgement_rows(j, arms[0].name, "ok", &rows);
    size_t n_synced = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(judgement_text(j, rows[i], "case"), "synced") != 0)
            continue;
        if (strcmp(judgement_text(j, rows[i], "outcome"), "new") == 0)
            return false;
        n_synced++;
    }
    return n_synced > 0;
}

static int judge(struct judgement *j) {
    const struct verdict_row vain = {.finding = "mutable-weights.needs-sync",
        .verdict = VERDICT_UNSUPPORTED,
        .measured = "",
        .unit = "",
        .interval = {NAN, NAN, NAN},
        .n_unit = "trials of cases",
        .reason = "what was written did not take effect with a sync either"};
    steps_summary(j);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        if (strcmp(claims[i].finding, vain.finding) == 0 && sync_is_vain(j))
            judgement_verdict(j, &vain);
        else
            outcome_judge(j, &claims[i], 1);
    return 0;
}

EXPERIMENT_MAIN("mutable_weights", run, judge)
