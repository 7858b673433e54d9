/* SPDX-License-Identifier: MIT
 *
 * question: Where does the system plan to run a program that is meant for the engine?
 * hypothesis: Programs of many layers that the engine supports are planned for it; one tiny layer,
 *     layers past the 387th, and axes over 16,384 are not.
 * method: Each case is a program, compiled. The device is then asked, operation by operation and
 *     without constants, for which unit it plans: the engine, the GPU or the processor. An outcome is
 *     the unit when it is the same for all operations, else mixed; unsaid when the device names no
 *     unit for one. Nothing of a case is evaluated: a plan is no proof of where a program runs.
 * arms: cases (every case once, in random order).
 * unit of replication: the process: every case once.
 * sample size: 1 trial in the quick preset, 4 in the full one.
 * margin: none; an outcome is a word.
 * decision rule: A claim holds when its case came out as claimed in every trial; it is contradicted
 *     when it came out otherwise in each of its trials; trials that disagree are inconclusive. A stack
 *     of 32 convolutions is the control: each of its operations must have a unit, and its output be
 *     right; when not, every claim is untrusted.
 * would prove it wrong: a tiny program that is planned for the engine; a deep or wide one that is too.
 * confounders: the plan of a system is about its own version; a plan for the engine may end on the
 *     processor without a word (4rg0naut/silicon-ledger-public found both); weights of few bits may be
 *     called the processor's though the engine takes them.
 * sources: vx-lang/Vx#436 (a 4 x 4 matmul), 751K's M6 study (388 and more layers), FluidInference/mobius#61
 *     (width), aosama/astronomical#540 (int8 weights).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "placement_about.h"

#include <string.h>

#define T MIL_F16("1, 64, 1, 256")
/* A convolution with int8 weights, which names its own file. */
#define INT8_CONV(x, y)                                                                            \
    "tensor<fp16, [64, 64, 1, 1]> w" y " = constexpr_affine_dequantize()"                          \
    "[name=string(\"w" y "_op\"), axis=int32(0), "                                                 \
    "quantized_data=tensor<int8, [64, 64, 1, 1]>(BLOBFILE(path="                                   \
    "string(\"@model_path/weights/" y ".bin\"), offset=uint64(64))), "                             \
    "scale=fp16(0.001), zero_point=int8(0)];\n",                                                   \
        MIL_OP(T, y,                                                                               \
            "conv(x=" x ", weight=w" y                                                             \
            ", strides=strides, pad_type=pad_type, pad=pad, dilations=dilations, groups=groups)")

static const char *const int8_body[] = {MIL_CONV_PLAIN, INT8_CONV("x", "a"), INT8_CONV("a", "b"),
    INT8_CONV("b", "c"), INT8_CONV("c", "y"), NULL};

static const struct place_case {
    const char *name;
    int channels, spatial, depth; /* of a stack of convolutions; depth 0: with int8 weights */
} cases[] = {
    {"tiny", 16, 16, 1},
    {"386-layers", 16, 64, 386},
    {"1000-layers", 16, 64, 1000},
    {"width-16384", 16, 16384, 4},
    {"width-16448", 16, 16448, 4},
    {"int8", 64, 256, 0},
};
enum { N_CASES = sizeof cases / sizeof *cases, CONTROL_DEPTH = 32 };

static const char control[] = "control";
static const struct outcome_claim claims[] = {
    {"placement.tiny", "tiny", "processor", control},
    {"placement.386-layers", "386-layers", "engine", control},
    {"placement.388-layers", "1000-layers", "processor mixed", control},
    {"placement.width", "width-16448", "processor mixed", control},
    {"placement.width-within", "width-16384", "engine", control},
    {"placement.int8", "int8", "engine", control},
};

static const struct experiment_arm arms[] = {
    {"cases", "every program once, in random order", 1, 4, 600},
};
static const struct experiment_column columns[] = {OUTCOME_COLUMNS,
    {"operations", EXPERIMENT_NUMBER}, {"on_engine", EXPERIMENT_NUMBER},
    {"on_gpu", EXPERIMENT_NUMBER}, {"on_processor", EXPERIMENT_NUMBER}};

struct plan {
    int n, n_unit[DEVICE_UNITS];
};

static void operation_count(void *context, const struct device_placement *placement) {
    struct plan *plan = context;
    plan->n++;
    if (placement->planned >= 0 && placement->planned < DEVICE_UNITS)
        plan->n_unit[placement->planned]++;
}

static const char *plan_outcome(const struct plan *plan) {
    int n_said = 0;
    for (int i = 0; i < DEVICE_UNITS; i++) {
        if (plan->n > 0 && plan->n_unit[i] == plan->n)
            return device_unit_name(i);
        n_said += plan->n_unit[i];
    }
    return n_said == plan->n && plan->n > 0 ? "mixed" : "unsaid";
}

static int plan_row(struct trial *t, const char *name, const char *outcome, const struct plan *plan,
    enum device_status status, const struct device_error *error) {
    if (status == DEVICE_OK) {
        trial_number(t, "operations", plan->n);
        trial_number(t, "on_engine", plan->n_unit[DEVICE_UNIT_ENGINE]);
        trial_number(t, "on_gpu", plan->n_unit[DEVICE_UNIT_GPU]);
        trial_number(t, "on_processor", plan->n_unit[DEVICE_UNIT_CPU]);
    }
    return outcome_row(t, name, outcome, status, error);
}

static enum device_status stack_plan(
    struct trial *t, const struct place_case *c, struct plan *plan, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = c->channels,
        .spatial = c->spatial,
        .depth = c->depth,
        .weight_seed = trial_random(t)};
    struct subject *subject = NULL;
    enum device_status status = subject_create(t, &spec, &subject, error);
    if (status == DEVICE_OK)
        status = subject_compile(subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status =
            device_placement(t->device, subject_program(subject), 0, operation_count, plan, error);
    subject_free(subject);
    return status;
}

static enum device_status int8_plan(
    struct trial *t, struct plan *plan, struct device_error *error) {
    const struct specimen_function function = {"main", T " x", int8_body, "y"};
    const struct specimen_spec spec = {
        .functions = &function, .n_functions = 1, .weight_seed = trial_random(t)};
    struct specimen *specimen = NULL;
    enum device_status status = specimen_create(t, &spec, &specimen, error);
    if (status == DEVICE_OK)
        status = specimen_compile(specimen, error);
    if (status == DEVICE_OK)
        status = device_placement(
            t->device, specimen_program(specimen), 0, operation_count, plan, error);
    specimen_free(specimen);
    return status;
}

static int case_run(struct trial *t, const struct place_case *c) {
    struct device_error error;
    struct plan plan = {0, {0}};
    const enum device_status status =
        c->depth > 0 ? stack_plan(t, c, &plan, &error) : int8_plan(t, &plan, &error);
    return plan_row(t, c->name, plan_outcome(&plan), &plan, status, &error);
}

/* Every operation has a unit, and what was compiled is right. */
static int control_run(struct trial *t) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = 64,
        .spatial = 256,
        .depth = CONTROL_DEPTH,
        .weight_seed = trial_random(t)};
    struct subject *subject = NULL;
    struct device_error error;
    struct plan plan = {0, {0}};
    bool right = false;
    enum device_status status = subject_open(t, &spec, &subject, &right, &error);
    if (status == DEVICE_OK)
        status = device_placement(
            t->device, subject_program(subject), 0, operation_count, &plan, &error);
    subject_free(subject);
    const bool said = plan.n >= CONTROL_DEPTH && strcmp(plan_outcome(&plan), "unsaid") != 0;
    return plan_row(t, control, right && said ? "right" : "wrong", &plan, status, &error);
}

static int run(struct trial *t) {
    unsigned order[N_CASES];
    int result = control_run(t);
    trial_shuffle(t, order, N_CASES);
    for (int i = 0; i < N_CASES && result == 0; i++)
        result = case_run(t, &cases[order[i]]);
    return result;
}

static int judge(struct judgement *j) {
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        outcome_judge(j, &claims[i]);
    return 0;
}

EXPERIMENT_MAIN("placement", run, judge)
