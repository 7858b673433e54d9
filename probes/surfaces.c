/* SPDX-License-Identifier: MIT
 *
 * question: How small can surfaces be, and in which order and sizes do several of them work?
 * hypothesis: Small ones fail, several inputs fail, and those that work must have ascending sizes
 *     and alphabetical names; otherwise the output is silently zero.
 * method: Each case is a program of elementwise operators with the inputs, outputs and names that
 *     the claim is about, and otherwise harmless sizes (64 channels, at least 512 positions, at
 *     least 64 KB). Surfaces have exactly the bytes of their tensors. Operators weight inputs
 *     differently, so that swapped inputs change the output. Outputs are poisoned and compared with
 *     the reference: right, wrong, zeros, untouched, or refused.
 * arms: sizes (one input and one output of each size); several (inputs, outputs, names, orders).
 * unit of replication: the process: every case of the arm once, in random order.
 * sample size: 1 trial per arm in the quick preset, 4 in the full one.
 * margin: an output is right when its largest difference from the reference is below 2^-8 of the
 *     largest element.
 * decision rule: A claim holds when each of its cases came out as claimed in every trial; it is
 *     contradicted when a case came out otherwise in each of its trials; trials that disagree are
 *     inconclusive. Each arm has a case with one input and one output of 64 KB or more: when that
 *     is wrong, every claim is untrusted.
 * would prove it wrong: a right output where the claim says failure.
 * confounders: rules for an axis versus rules for bytes (narrow or shallow surfaces still have 64
 *     KB).
 * sources: maderix/ANE (0x1d for several inputs), Orion (49152 bytes, equal sizes, names), maderix/ANE#47
 *     (order of sizes), slavko-at-klincov-it (16 KB on A17 Pro; 64 x 16), skyfallsin field guide
 *     (width 32), ncdrone/rustane and libane (16 channels, 16 positions).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "surfaces_about.h"

#define HALF MIL_CONST("fp16", "c", "0.5")
/* y = x / 2 at [1, channels, 1, positions]. */
#define SIZE(channels, positions)                                                                  \
    SIZES, channels "x" positions, MIL_F16("1, " channels ", 1, " positions) " x",                 \
        MIL_BODY(HALF, MIL_OP(MIL_F16("1, " channels ", 1, " positions), "y", "mul(x=x, y=c)")),   \
        "y"
#define T MIL_F16("1, 64, 1, 1024")    /* 128 KB */
#define SMALL MIL_F16("1, 64, 1, 512") /* 64 KB */
/* first - second / 2 */
#define DIFFERENCE(first, second)                                                                  \
    HALF, MIL_OP(T, "h", "mul(x=" second ", y=c)"), MIL_OP(T, "y", "sub(x=" first ", y=h)")
/* the larger, cut to the smaller's size, less half the smaller */
#define CUT(large, small)                                                                          \
    MIL_INTS("begin", "4", "0, 0, 0, 0"), MIL_INTS("size", "4", "1, 64, 1, 512"),                  \
        MIL_OP(SMALL, "s", "slice_by_size(x=" large ", begin=begin, size=size)"), HALF,            \
        MIL_OP(SMALL, "h", "mul(x=" small ", y=c)"), MIL_OP(SMALL, "y", "sub(x=s, y=h)")
#define SLICE                                                                                      \
    MIL_INTS("begin", "4", "0, 0, 0, 0"), MIL_INTS("size", "4", "1, 64, 1, 512"),                  \
        MIL_OP(SMALL, "s", "slice_by_size(x=x, begin=begin, size=size)"), HALF,                    \
        MIL_OP(T, "y", "mul(x=x, y=c)")

enum arm { SIZES, SEVERAL };

static const struct surface_case {
    enum arm arm;
    const char *name, *inputs;
    const char *const *body;
    const char *outputs;
} cases[] = {
    {SIZE("64", "512")},
    {SIZE("96", "256")}, /* 49152 bytes */
    {SIZE("64", "256")},
    {SIZE("64", "128")}, /* 16384 bytes */
    {SIZE("64", "64")},
    {SIZE("2048", "16")}, /* 65536 bytes, 16 positions */
    {SIZE("64", "16")},
    {SIZE("16", "512")},
    {SIZE("8", "4096")}, /* 65536 bytes, 8 channels */
    {SIZE("1", "32768")},
    {SIZE("64", "500")}, /* not a multiple of 16 */
    {SEVERAL, "one", T " x", MIL_BODY(HALF, MIL_OP(T, "y", "mul(x=x, y=c)")), "y"},
    {SEVERAL, "two-inputs", T " a, " T " b", MIL_BODY(DIFFERENCE("a", "b")), "y"},
    {SEVERAL, "four-inputs", T " a, " T " b, " T " d, " T " e",
        MIL_BODY(DIFFERENCE("a", "b"), MIL_OP(T, "z", "mul(x=y, y=d)"),
            MIL_OP(T, "out", "sub(x=z, y=e)")),
        "out"},
    {SEVERAL, "names-reversed", T " b, " T " a", MIL_BODY(DIFFERENCE("b", "a")), "y"},
    {SEVERAL, "inputs-ascending", SMALL " a, " T " b", MIL_BODY(CUT("b", "a")), "y"},
    {SEVERAL, "inputs-descending", T " a, " SMALL " b", MIL_BODY(CUT("a", "b")), "y"},
    {SEVERAL, "two-outputs", T " x",
        MIL_BODY(HALF, MIL_OP(T, "y", "mul(x=x, y=c)"), MIL_OP(T, "z", "add(x=x, y=c)")), "y, z"},
    {SEVERAL, "outputs-descending", T " x", MIL_BODY(SLICE), "y, s"},
    {SEVERAL, "outputs-ascending", T " x", MIL_BODY(SLICE), "s, y"},
};
enum { N_CASES = sizeof cases / sizeof *cases };

#define FAILS "refused wrong zeros untouched"
static const struct outcome_claim claims[] = {
    {"surfaces.under-49152-bytes", "64x256 64x128 64x64", FAILS, "64x512"},
    {"surfaces.under-16384-bytes", "64x64", FAILS, "64x512"},
    {"surfaces.width-under-32", "2048x16", FAILS, "64x512"},
    {"surfaces.channels-under-16", "8x4096 1x32768", FAILS, "64x512"},
    {"surfaces.positions-not-of-16", "64x500", FAILS, "64x512"},
    {"surfaces.64x16", "64x16", "refused", "64x512"},
    {"surfaces.several-inputs", "two-inputs four-inputs", FAILS, "one"},
    {"surfaces.names-in-order", "names-reversed", FAILS, "one"},
    {"surfaces.inputs-ascending", "inputs-descending", FAILS, "one"},
    {"surfaces.outputs-descending", "outputs-ascending", FAILS, "one"},
    {"surfaces.equal-sizes", "inputs-ascending outputs-descending", FAILS, "one"},
    {"surfaces.several-outputs", "two-outputs", "right", "one"},
};

static const struct experiment_arm arms[] = {
    [SIZES] = {"sizes", "one input and one output of each size", 1, 4, 120},
    [SEVERAL] = {"several", "several inputs and outputs, in each order", 1, 4, 120},
};
static const struct experiment_column columns[] = {OUTCOME_COLUMNS};

static int case_run(struct trial *t, const struct surface_case *c) {
    struct device_error error;
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    const struct specimen_function function = {"main", c->inputs, c->body, c->outputs};
    const struct specimen_spec spec = {
        .functions = &function, .n_functions = 1, .exact_surfaces = true};
    const enum device_status status = specimen_try(t, &spec, &outcome, &error);
    return outcome_row(t, c->name, specimen_outcome_name(outcome), status, &error);
}

static int run(struct trial *t) {
    const enum arm arm = (enum arm)(t->arm - arms);
    unsigned order[N_CASES];
    int result = 0;
    trial_shuffle(t, order, N_CASES);
    for (int i = 0; i < N_CASES && result == 0; i++)
        if (cases[order[i]].arm == arm)
            result = case_run(t, &cases[order[i]]);
    return result;
}

static int judge(struct judgement *j) {
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("surfaces", run, judge)
