/* SPDX-License-Identifier: MIT
 *
 * question: Which forms of compressed weights are taken, right, and streamed faster than fp16?
 * hypothesis: All but int4 in blocks are taken and right; on an M6 an eval takes 1.7 times less with int8 weights
 *     and 3.1 times less with a palette of 4 bits, while an M4 and an M5 Pro gain nothing by int8. W8A8 on zeros is
 *     faster than on random data.
 * method: One constant matrix with a vector, as a 1x1 convolution at one position, so that its time is that of
 *     streaming the weights; 256 rows and 0.75 MiB of fp16 a core, which is no whole number of MiB. The same
 *     matrix's shape is stored in each form: fp16, int8 with one scale, palettes of 8, 6, 4, 3, 2 and 1
 *     bits, half of it zero with a mask, int4 with a scale for 32 elements. Every output is compared with
 *     the reference before it is timed; then evals of all forms take turns in drawn order.
 *     W8A8: a stack of 1x1 convolutions with random int8 weights and int8 activations, with random input and
 *     with zeros, in the same way.
 * arms: formats (all of them); w8a8 (16 convolutions of 512 channels at 1024 positions; 8 of 128 at 64 in the quick
 *     preset and in virtual time).
 * unit of replication: the process: of each form the ratio of fp16's median eval to its own.
 * sample size: 3 trials in the quick preset, 8 in the full one; 20 evals of a form, but no more than fill 0.1 s for
 *     each, and at least 3; 3 in virtual time. On a cpu device the quick preset has fp16, int8, a palette of 4 bits
 *     and the sparse form alone.
 * margin: as results/findings.csv has it, in percent: by so much more time must fp16 take.
 * decision rule: Taken: reproduced when every form came out right in every trial. Refused: by the outcome. Faster: the
 *     mean log ratio over processes with a 95 % t interval, above or below 1 plus the margin; of W8A8 that of random
 *     input's time to zeros'. When fp16 is not right, taken and refused are untrusted.
 * would prove it wrong: a form that is refused or wrong; a compressed matrix that takes as long as fp16.
 * confounders: the part of an eval that is not streaming makes ratios smaller; a compiler that makes fp16 of a
 *     form gains nothing by it; the values of a palette are random, not those that a compressor would choose.
 * sources: 751K/Apple-Neural-Engine-Microarchitecture-Study-M6 (M6, Core ML: time by form; int4 in blocks is left to
 *     the processor), sbryngelson/ANEForge (M5 Pro: int8 1.0, palette of 4 bits 1.58, sparse 1.61 times), maderix
 *     Substack part 4 (M4: no gain by int8).
 */
#include "experiment/experiment.h"
#include "experiment/outcome.h"
#include "experiment/stack.h"
#include "experiment/stream.h"
#include "weight_formats_about.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_A_CORE = 256, INPUTS = 1536 };
enum { EVALS = 20, MIN_EVALS = 3, VIRTUAL_EVALS = 3, WARM_UP = 2 };
static const double segment_ns = 1e8;

enum { FORMATS, W8A8 };
static const struct experiment_arm arms[] = {
    [FORMATS] = {"formats", "one matrix in every form, evals in turn", 3, 8, 300},
    [W8A8] = {"w8a8", "W8A8 with random input and with zeros, evals in turn", 3, 8, 300},
};
enum { DATA_KINDS = 2 };
static const char *const data_names[DATA_KINDS] = {"w8a8-random", "w8a8-zeros"};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, /* case: the form, or W8A8's input; outcome once, before it is timed */
    {"stored_kb", EXPERIMENT_FACTOR}, {"eval", EXPERIMENT_FACTOR}, /* from 1; rows of a time */
    {"eval_ns", EXPERIMENT_NUMBER},
    {"compile_ns", EXPERIMENT_NUMBER}, /* beside the outcome, when it was not cached */
};

static const struct outcome_claim claims[] = {
    {"weight-formats.taken",
        "int8 palette-8 palette-6 palette-4 palette-3 palette-2 palette-1 sparse", "right", "fp16"},
    {"weight-formats.int4-blocks-refused", "int4-blocks", "refused", "fp16"},
};

/* ---- collection ------------------------------------------------------------------------------ */

struct form {
    enum stream_format format;
    const char *name;
    double stored_kb;
    struct specimen *specimen; /* NULL: not to be timed */
};

static int form_open(struct trial *t, struct form *f) {
    const struct stream_spec spec = {
        .outputs = ROWS_A_CORE * stream_cores(t), .inputs = INPUTS, .format = f->format};
    struct device_compile_info info;
    struct device_error error;
    bool right;
    const enum device_status status = stream_open(t, &spec, &f->specimen, &right, &error);
    f->name = stream_format_name(f->format);
    f->stored_kb = stream_bytes(&spec) / 1024;
    trial_number(t, "stored_kb", f->stored_kb);
    if (status == DEVICE_OK) {
        device_compile_info(t->device, specimen_program(f->specimen), &info);
        if (!info.cached)
            trial_u64(t, "compile_ns", info.elapsed_ns);
    }
    if (status != DEVICE_OK || !right) {
        specimen_free(f->specimen);
        f->specimen = NULL;
    }
    return outcome_row(t, f->name, right ? "right" : "wrong", status, &error);
}

/* Stacks of one shape, with random weights; the input differs. */
static int data_open(struct trial *t, struct form *f, int kind) {
    const bool few = t->quick || device_is_virtual(t->device);
    const struct stack_shape shape = {
        .depth = few ? 8 : 16, .channels = few ? 128 : 512, .positions = few ? 64 : 1024};
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    struct device_error error;
    enum device_status status = stack_open(t, &shape, STACK_W8A8, kind == 1, &f->specimen, &error);
    if (status == DEVICE_OK)
        status = specimen_eval(f->specimen, &outcome, &error);
    f->name = data_names[kind];
    f->stored_kb = (double)shape.depth * shape.channels * shape.channels / 1024;
    trial_number(t, "stored_kb", f->stored_kb);
    if (status != DEVICE_OK || outcome != SPECIMEN_RIGHT) {
        specimen_free(f->specimen);
        f->specimen = NULL;
    }
    return outcome_row(t, f->name, specimen_outcome_name(outcome), status, &error);
}

static int form_eval(struct trial *t, const struct form *f, int turn) {
    struct device_error error;
    const uint64_t start_ns = trial_clock_ns(t);
    if (specimen_run(f->specimen, &error) != DEVICE_OK)
        return trial_break_error(t, &error);
    const uint64_t eval_ns = trial_clock_ns(t) - start_ns;
    if (turn < 0)
        return 0;
    trial_text(t, "case", "time");
    trial_text(t, "outcome", f->name);
    trial_number(t, "stored_kb", f->stored_kb);
    trial_u64(t, "eval", (uint64_t)turn + 1);
    trial_u64(t, "eval_ns", eval_ns);
    trial_row(t, SAMPLE_OK, "");
    return 0;
}

static int evals_run(struct trial *t, const struct form *forms, unsigned n) {
    const bool virtual = device_is_virtual(t->device);
    const int turns = virtual ? VIRTUAL_EVALS : EVALS;
    uint64_t begin_ns = 0;
    int result = 0;
    for (int turn = -WARM_UP; turn < turns && result == 0; turn++) {
        unsigned order[STREAM_FORMATS];
        if (turn == 0)
            begin_ns = trial_clock_ns(t);
        if (turn >= MIN_EVALS && !virtual &&
            (double)(trial_clock_ns(t) - begin_ns) > segment_ns * n)
            break;
        trial_shuffle(t, order, n);
        for (unsigned i = 0; i < n && result == 0; i++)
            if (forms[order[i]].specimen)
                result = form_eval(t, &forms[order[i]], turn);
    }
    return result;
}

static int run(struct trial *t) {
    static const enum stream_format few[] = {
        STREAM_FP16, STREAM_INT8, STREAM_PALETTE_4, STREAM_SPARSE};
    const bool is_few = t->quick && !strcmp(device_kind(t->device), "cpu");
    const bool is_data = t->arm == &arms[W8A8];
    const unsigned n = is_data ? DATA_KINDS : is_few ? sizeof few / sizeof *few : STREAM_FORMATS;
    struct form forms[STREAM_FORMATS] = {{.specimen = NULL}};
    int result = 0;
    for (unsigned i = 0; i < n && result == 0; i++) {
        forms[i].format = is_few ? few[i % (sizeof few / sizeof *few)] : (enum stream_format)i;
        result = is_data ? data_open(t, &forms[i], (int)i) : form_open(t, &forms[i]);
    }
    if (result == 0)
        result = evals_run(t, forms, n);
    for (unsigned i = 0; i < n; i++)
        specimen_free(forms[i].specimen);
    return result;
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* For each trial the median eval of a form in ns; NaN where it was not timed. NULL: out of memory. */
static double *times_of(struct judgement *j, const char *form) {
    const struct judgement_pick pick = {
        .column = "eval_ns", .where = {{"case", "time", 0}, {"outcome", form, 0}}};
    return judgement_picked(j, NULL, &pick);
}

static void time_summary(struct judgement *j, int arm, const char *form) {
    const double *times = times_of(j, form);
    double *ns = judgement_memory(j, judgement_trials(j) + 1, sizeof *ns);
    char metric[48];
    size_t n = 0;
    for (size_t trial = 0; times && ns && trial < judgement_trials(j); trial++)
        if (isfinite(times[trial]))
            ns[n++] = times[trial];
    snprintf(metric, sizeof metric, "%s_ns", form);
    if (n > 0)
        judgement_summary(j, arms[arm].name, metric, "ns", "processes", ns, n);
}

static void faster_judge(struct judgement *j, const char *finding, const char *slow,
    const char *form, const char *what) {
    const double *own = times_of(j, form);
    const struct stream_ratio r = stream_ratio_of(j, times_of(j, slow), own, own);
    const struct ratio_claim claim = {.finding = finding,
        .above = true,
        .threshold = 1 + judgement_margin(j, finding) / 100,
        .ratio = r.interval,
        .n = r.n,
        .what = what,
        .without = VERDICT_UNSUPPORTED,
        .missing =
            "no process has times of both forms: the device does not take it, or gets it wrong"};
    judgement_ratio_verdict(j, &claim);
}

static int judge(struct judgement *j) {
    for (int format = 0; format < STREAM_FORMATS; format++)
        time_summary(j, FORMATS, stream_format_name((enum stream_format)format));
    for (int kind = 0; kind < DATA_KINDS; kind++)
        time_summary(j, W8A8, data_names[kind]);
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    faster_judge(j, "weight-formats.int8-faster", "fp16", "int8", "fp16 weights, to int8 ones");
    faster_judge(j, "weight-formats.palette-4-faster", "fp16", "palette-4",
        "fp16 weights, to a palette of 4 bits");
    faster_judge(j, "weight-formats.sparse-faster", "fp16", "sparse",
        "fp16 weights, to half of them and a mask");
    faster_judge(j, "weight-formats.w8a8-zeros", data_names[0], data_names[1],
        "a W8A8 stack with random input, to zeros");
    return 0;
}

EXPERIMENT_MAIN("weight_formats", run, judge)
