/* SPDX-License-Identifier: MIT
 *
 * question: What does the engine do at the limits of fp16: overflow, underflow, subnormals, long
 *     sums?
 * hypothesis: It overflows early in matmul, sums exactly only up to 2048, and flushes subnormals.
 * method: Each case is a small program whose inputs give the same value in every element of the
 *     output: beyond the largest fp16, below the smallest normal one, or a sum that a narrow
 *     accumulator gets wrong. The outcome is the one of the case's named values that every element
 *     has (within 2^-9), mixed when elements differ, other when they have none of them, or refused.
 * arms: cases (every case once, in random order).
 * unit of replication: the process: every case once.
 * sample size: 1 trial in the quick preset, 4 in the full one.
 * margin: an element has the nearest of the case's named values, if that is within 2^-9 of its
 *     size.
 * decision rule: A claim holds when its case came out as claimed in every trial; it is contradicted
 *     when it came out otherwise in each; trials that disagree are inconclusive. The product of two
 *     ordinary values is a separate case: when it is wrong, every claim is untrusted.
 * would prove it wrong: a right output where the claim says infinity, zero or a clamp.
 * confounders: folding or rewriting by the compiler (all operands but scalars are inputs); values
 *     changed on their way to the input (the ordinary case takes the same path).
 * sources: sbryngelson/ANEForge (matmul, sums, slices), AmiraniLabs/libane (rsqrt of small values),
 *     slavko-at-klincov-it/ANE-Training (underflow), maderix/ANE (mask of -65504).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "numerics_about.h"

#include <math.h>
#include <string.h>

#define T MIL_F16("1, 64, 1, 512")
#define X T " x"
#define REDUCE_LAST                                                                                \
    MIL_INTS("axes", "1", "-1"), MIL_BOOL("keep", "true"),                                         \
        MIL_OP(MIL_F16("1, 16, 1, 1"), "y", "reduce_sum(x=x, axes=axes, keep_dims=keep)")
#define SCALED(factor) MIL_CONST("fp16", "c", factor), MIL_OP(T, "y", "mul(x=x, y=c)")
#define SQUARE                                                                                     \
    MIL_BOOL("tx", "false"), MIL_BOOL("ty", "true"),                                               \
        MIL_OP(MIL_F16("1, 1, 64, 64"), "y", "matmul(x=x, y=x, transpose_x=tx, transpose_y=ty)")

enum { VALUES_MAX = 3, LEAD_LENGTH = 4096 };

/* A value that the output may have, and its name. */
struct named {
    const char *name;
    float value;
};

struct numeric_case {
    const char *name, *input;
    const char *const *body;
    float lead,
        rest; /* the input: one `lead`, then `rest` up to a length of LEAD_LENGTH, repeated */
    struct named values[VALUES_MAX];
};

static const struct numeric_case cases[] = {
    {"ordinary", X, MIL_BODY(SCALED("0.5")), 3, 3, {{"right", 1.5f}}},
    {"add-overflow", X, MIL_BODY(MIL_OP(T, "y", "add(x=x, y=x)")), -40000, -40000,
        {{"infinity", -INFINITY}, {"saturated", -65504}}},
    {"matmul-40000", MIL_F16("1, 1, 64, 64") " x", MIL_BODY(SQUARE), 25, 25,
        {{"right", 40000}, {"infinity", INFINITY}, {"saturated", 32752}}},
    {"matmul-accumulate", MIL_F16("1, 1, 64, 4096") " x", MIL_BODY(SQUARE), 48, 1,
        {{"wide", 6399}, {"narrow", 2304}}},
    {"sum-2049", MIL_F16("1, 16, 1, 2049") " x", MIL_BODY(REDUCE_LAST), 1, 1,
        {{"2048", 2048}, {"2050", 2050}}},
    {"sum-4096", MIL_F16("1, 16, 1, 4096") " x", MIL_BODY(REDUCE_LAST), 1, 1,
        {{"4096", 4096}, {"2048", 2048}}},
    {"sum-32768", MIL_F16("1, 16, 1, 2048") " x", MIL_BODY(REDUCE_LAST), 16, 16,
        {{"right", 32768}, {"infinity", INFINITY}, {"saturated", 32752}}},
    {"sum-40960", MIL_F16("1, 16, 1, 2048") " x", MIL_BODY(REDUCE_LAST), 20, 20,
        {{"right", 40960}, {"infinity", INFINITY}, {"saturated", 32752}}},
    {"sum-30720", MIL_F16("1, 16, 1, 2048") " x", MIL_BODY(REDUCE_LAST), 15, 15,
        {{"right", 30720}, {"infinity", INFINITY}}},
    {"subnormal-input", X, MIL_BODY(SCALED("1024")), 0x1p-20f, 0x1p-20f,
        {{"kept", 0x1p-10f}, {"zero", 0}}},
    {"subnormal-output", X, MIL_BODY(MIL_OP(T, "y", "mul(x=x, y=x)")), 0x1p-10f, 0x1p-10f,
        {{"kept", 0x1p-20f}, {"zero", 0}}},
    {"rsqrt-small", X, MIL_BODY(MIL_OP(T, "y", "rsqrt(x=x)")), 0x1p-18f, 0x1p-18f,
        {{"right", 512}, {"infinity", INFINITY}}},
    {"pow-small", X, MIL_BODY(MIL_CONST("fp16", "c", "-0.5"), MIL_OP(T, "y", "pow(x=x, y=c)")),
        0x1p-18f, 0x1p-18f, {{"right", 512}, {"infinity", INFINITY}}},
    {"slice-10000", X,
        MIL_BODY(MIL_INTS("begin", "4", "0, 16, 0, 0"), MIL_INTS("size", "4", "1, 32, 1, 512"),
            MIL_OP(MIL_F16("1, 32, 1, 512"), "y", "slice_by_size(x=x, begin=begin, size=size)")),
        10000, 10000, {{"right", 10000}, {"clamped", 4094}}},
    {"slice-4000", X,
        MIL_BODY(MIL_INTS("begin", "4", "0, 16, 0, 0"), MIL_INTS("size", "4", "1, 32, 1, 512"),
            MIL_OP(MIL_F16("1, 32, 1, 512"), "y", "slice_by_size(x=x, begin=begin, size=size)")),
        4000, 4000, {{"right", 4000}}},
    /* 500 steps of an int8: 127 are left, or the low 8 bits of 500, which are -12 */
    {"w8a8-500-steps", X,
        MIL_BODY(MIL_CONST("fp16", "scale", "0.02"), MIL_TEXT("int8", "int8"),
            MIL_OP("tensor<int8, [1, 64, 1, 512]>", "q",
                "quantize(input=x, output_dtype=int8, scale=scale)"),
            MIL_OP(T, "y", "dequantize(input=q, scale=scale)")),
        10, 10, {{"clamped", 2.54f}, {"wrapped", -0.24f}, {"kept", 10}}},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static const char control[] = "ordinary";
static const struct outcome_claim claims[] = {
    {"numerics.add-overflow", "add-overflow", "infinity", control},
    {"numerics.matmul-overflow", "matmul-40000", "infinity", control},
    {"numerics.matmul-accumulation", "matmul-accumulate", "wide", control},
    {"numerics.sum-of-2049-ones", "sum-2049", "2050", control},
    {"numerics.sum-of-ones", "sum-4096", "2048 other", control},
    {"numerics.subnormals", "subnormal-input subnormal-output", "zero", control},
    {"numerics.rsqrt-small", "rsqrt-small", "infinity", control},
    {"numerics.pow-small", "pow-small", "right", control},
    {"numerics.slice-clamp", "slice-10000", "clamped", control},
    {"numerics.slice-below-4094", "slice-4000", "right", control},
    {"numerics.sum-past-32768", "sum-32768 sum-40960", "infinity", control},
    {"numerics.sum-below-32768", "sum-30720", "right", control},
    {"numerics.w8a8-clamps", "w8a8-500-steps", "clamped", control},
};

static const struct experiment_arm arms[] = {
    {"cases", "every case once, in random order", 1, 4, 120},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS, {"expected", EXPERIMENT_NUMBER}, /* by the reference; empty when not finite */
    {"value", EXPERIMENT_NUMBER}, /* of the first element; empty when not finite */
};

static const char *value_name(const struct numeric_case *c, float value) {
    const char *name = "other";
    double nearest = INFINITY;
    for (int i = 0; i < VALUES_MAX && c->values[i].name; i++) {
        const double want = (double)c->values[i].value, got = (double)value;
        const double off = got == want ? 0 : fabs(got - want);
        if (off <= 0x1p-9 * fabs(want) && off < nearest) { /* of an infinity: off by 0 */
            nearest = off;
            name = c->values[i].name;
        }
    }
    return name;
}

static const char *output_name(const struct numeric_case *c, const float *out, size_t n) {
    const char *name = value_name(c, out[0]);
    for (size_t i = 1; i < n; i++)
        if (strcmp(value_name(c, out[i]), name) != 0)
            return "mixed";
    return name;
}

static int case_run(struct trial *t, const struct numeric_case *c) {
    static float pattern[LEAD_LENGTH];
    struct device_error error;
    const struct specimen_function function = {"main", c->input, c->body, "y"};
    const struct specimen_spec spec = {
        .functions = &function, .n_functions = 1, .pattern = pattern, .n_pattern = LEAD_LENGTH};
    struct specimen *specimen = NULL;
    enum specimen_outcome ignored;
    const char *outcome = "";
    for (int i = 0; i < LEAD_LENGTH; i++)
        pattern[i] = i == 0 ? c->lead : c->rest;
    enum device_status status = specimen_start(t, &spec, &specimen, &error);
    if (status == DEVICE_OK)
        status = specimen_eval(specimen, &ignored, &error);
    if (status == DEVICE_OK) {
        size_t n;
        const float *out = specimen_output(specimen, 0, &n);
        outcome = output_name(c, out, n);
        if (isfinite(out[0]))
            trial_number(t, "value", (double)out[0]);
        if (isfinite(specimen_expected(specimen, 0)[0]))
            trial_number(t, "expected", (double)specimen_expected(specimen, 0)[0]);
    }
    const int result = outcome_row(t, c->name, outcome, status, &error);
    specimen_free(specimen);
    return result;
}

static int run(struct trial *t) {
    unsigned order[N_CASES];
    int result = 0;
    trial_shuffle(t, order, N_CASES);
    for (int i = 0; i < N_CASES && result == 0; i++)
        result = case_run(t, &cases[order[i]]);
    return result;
}

static int judge(struct judgement *j) {
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("numerics", run, judge)
