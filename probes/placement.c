/* SPDX-License-Identifier: MIT
 *
 * question: Where does the system plan to run a program that is meant for the engine?
 * hypothesis: Programs of many layers that the engine supports are planned for it; one tiny layer,
 *     layers past the 387th, and axes over 16,384 are not.
 * method: Each case is a program in a process of its own with a time limit, since a load may take minutes, hang or
 *     kill. It is compiled; then the device is asked, operation by operation and without constants, for which unit it
 *     plans: the engine, the GPU or the processor; then it is loaded and evaluated once. The process names each step
 *     before it takes it: compile, load (the first, which makes the unit's code), plan, predict. An outcome is the
 *     unit when it is the same for all operations, else mixed; unsaid when the device names no unit for one; stopped
 *     when the process ended before it had a plan. A plan is no proof of where a program runs: planned for, not run on.
 * arms: cases (every case once, in random order); case (one of them, started by cases).
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
    {"control", 64, 256, 32},
};
enum { N_CASES = sizeof cases / sizeof *cases, CHECKED_POSITIONS = 4 };
/* of one case: a load may take minutes */
enum { LIMIT_S = 600, LIMIT_VIRTUAL_S = 5 };

static const char control[] = "control";
static const struct place_case *const control_case = &cases[N_CASES - 1];
static const struct outcome_claim claims[] = {
    {"placement.tiny", "tiny", "processor", control},
    {"placement.386-layers", "386-layers", "engine", control},
    {"placement.388-layers", "1000-layers", "processor mixed stopped", control},
    {"placement.width", "width-16448", "processor mixed", control},
    {"placement.width-within", "width-16384", "engine", control},
    {"placement.int8", "int8", "engine", control},
};

static const struct experiment_arm arms[] = {
    {"cases", "every program once, in random order, each in a process of its own", 1, 4, 4500},
    {"case", "one of them, for cases", 0, 0, LIMIT_S},
};
enum { ALL_CASES, ONE_CASE };
static const struct experiment_column columns[] = {OUTCOME_COLUMNS,
    {"operations", EXPERIMENT_NUMBER}, {"on_engine", EXPERIMENT_NUMBER},
    {"on_gpu", EXPERIMENT_NUMBER}, {"on_processor", EXPERIMENT_NUMBER},
    {"predicted", EXPERIMENT_FACTOR}}; /* how the first prediction came out */

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

/* ---- one case, in a process of its own ------------------------------------------------------- */

/* A row before each step, so that a process that is killed has named it. */
static void step_begin(void *context, const char *step) {
    struct trial *t = context;
    trial_text(t, "stage", step);
    trial_row(t, SAMPLE_OK, "");
}

static void plan_row(struct trial *t, const struct plan *plan) {
    trial_text(t, "outcome", plan_outcome(plan));
    trial_number(t, "operations", plan->n);
    trial_number(t, "on_engine", plan->n_unit[DEVICE_UNIT_ENGINE]);
    trial_number(t, "on_gpu", plan->n_unit[DEVICE_UNIT_GPU]);
    trial_number(t, "on_processor", plan->n_unit[DEVICE_UNIT_CPU]);
    trial_row(t, SAMPLE_OK, "");
}

/* Of the case's program, which is compiled. */
static enum device_status plan_read(
    struct trial *t, struct device_program *program, struct device_error *error) {
    struct plan plan = {0, {0}};
    step_begin(t, "plan");
    const enum device_status status =
        device_placement(t->device, program, 0, operation_count, &plan, error);
    if (status == DEVICE_OK)
        plan_row(t, &plan);
    return status;
}

static enum device_status stack_try(
    struct trial *t, const struct place_case *c, bool *right, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = c->channels,
        .spatial = c->spatial,
        .depth = c->depth,
        .weight_seed = trial_random(t),
        .check_positions = CHECKED_POSITIONS};
    struct subject *subject = NULL;
    double worst;
    step_begin(t, "compile");
    enum device_status status = subject_create(t, &spec, &subject, error);
    if (status == DEVICE_OK)
        status = subject_compile(subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = plan_read(t, subject_program(subject), error);
    if (status == DEVICE_OK) {
        step_begin(t, "predict");
        status = subject_load(subject, DEVICE_QOS_DEFAULT, error);
    }
    if (status == DEVICE_OK)
        status = subject_verify(subject, DEVICE_QOS_DEFAULT, right, &worst, error);
    subject_free(subject);
    return status;
}

static enum device_status int8_try(struct trial *t, bool *right, struct device_error *error) {
    const struct specimen_function function = {"main", T " x", int8_body, "y"};
    const struct specimen_spec spec = {
        .functions = &function, .n_functions = 1, .weight_seed = trial_random(t)};
    struct specimen *specimen = NULL;
    enum specimen_outcome outcome = SPECIMEN_WRONG;
    step_begin(t, "compile");
    enum device_status status = specimen_create(t, &spec, &specimen, error);
    if (status == DEVICE_OK)
        status = specimen_compile(specimen, error);
    if (status == DEVICE_OK)
        status = plan_read(t, specimen_program(specimen), error);
    if (status == DEVICE_OK) {
        step_begin(t, "predict");
        status = specimen_load(specimen, error);
    }
    if (status == DEVICE_OK)
        status = specimen_eval(specimen, &outcome, error);
    *right = outcome == SPECIMEN_RIGHT;
    specimen_free(specimen);
    return status;
}

static int case_run(struct trial *t) {
    struct device_error error;
    bool right = false;
    if (t->value >= N_CASES)
        return trial_break(t, "there is no case %d; run the arm cases", (int)t->value);
    const struct place_case *c = &cases[t->value];
    device_step_tell(t->device, step_begin, t);
    const enum device_status status =
        c->depth > 0 ? stack_try(t, c, &right, &error) : int8_try(t, &right, &error);
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, &error);
    if (status == DEVICE_OK) {
        trial_text(t, "predicted", right ? "right" : "wrong");
        trial_row(t, SAMPLE_OK, "");
    } else {
        trial_text(t, "stage", error.stage);
        trial_row_error(t, &error);
    }
    return 0;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* How far the process of a case came. */
struct course {
    const char *stage, *outcome, *predicted, *status, *reason;
    double operations, on[DEVICE_UNITS];
};

static const char *text_of(const struct csv_table *rows, size_t row, const char *column) {
    const int at = csv_column(rows, column);
    return at >= 0 ? csv_text(rows, row, at) : "";
}

static void course_take(const struct csv_table *rows, struct course *c) {
    static const char *const units[DEVICE_UNITS] = {"on_processor", "on_gpu", "on_engine"};
    struct error ignored;
    for (size_t i = 0; rows && i < csv_rows(rows); i++) {
        if (*text_of(rows, i, "stage"))
            c->stage = text_of(rows, i, "stage");
        if (*text_of(rows, i, "predicted"))
            c->predicted = text_of(rows, i, "predicted");
        if (strcmp(text_of(rows, i, "status"), "end") != 0) {
            c->status = text_of(rows, i, "status");
            c->reason = text_of(rows, i, "reason");
        }
        if (!*text_of(rows, i, "outcome"))
            continue;
        c->outcome = text_of(rows, i, "outcome");
        (void)csv_number(rows, i, csv_column(rows, "operations"), &c->operations, &ignored);
        for (int u = 0; u < DEVICE_UNITS; u++)
            (void)csv_number(rows, i, csv_column(rows, units[u]), &c->on[u], &ignored);
    }
}

/* The control is right when all of it is. */
static const char *outcome_of(const struct place_case *c, const struct course *course) {
    if (c != control_case)
        return course->outcome;
    return strcmp(course->outcome, "unsaid") != 0 && course->operations >= c->depth &&
                   strcmp(course->predicted, "right") == 0
               ? "right"
               : "wrong";
}

static void course_row(struct trial *t, const struct place_case *c, const struct course *course,
    const struct trial_apart *apart) {
    char reason[800];
    const bool ended = apart->end == TRIAL_APART_DONE;
    const bool refused = ended && strcmp(course->status, "ok") != 0;
    trial_text(t, "case", c->name);
    trial_text(t, "stage", ended && !refused ? "" : course->stage);
    snprintf(reason, sizeof reason, "%s: %s", course->stage, apart->reason);
    if (*course->outcome) {
        trial_text(t, "outcome", outcome_of(c, course));
        trial_number(t, "operations", course->operations);
        trial_number(t, "on_engine", course->on[DEVICE_UNIT_ENGINE]);
        trial_number(t, "on_gpu", course->on[DEVICE_UNIT_GPU]);
        trial_number(t, "on_processor", course->on[DEVICE_UNIT_CPU]);
        trial_text(t, "predicted",
            refused ? OUTCOME_REFUSED
            : ended ? course->predicted
                    : OUTCOME_STOPPED);
        trial_row(t, SAMPLE_OK, refused ? course->reason : ended ? "" : reason);
    } else if (!ended) {
        trial_text(t, "outcome", OUTCOME_STOPPED);
        trial_row(t, SAMPLE_FAILED, reason);
    } else {
        const bool unsupported = strcmp(course->status, "unsupported") == 0;
        trial_text(t, "outcome", unsupported ? "" : OUTCOME_REFUSED);
        trial_row(t, unsupported ? SAMPLE_UNSUPPORTED : SAMPLE_FAILED, course->reason);
    }
}

static int run(struct trial *t) {
    unsigned order[N_CASES];
    int result = 0;
    if (t->arm == &arms[ONE_CASE])
        return case_run(t);
    trial_shuffle(t, order, N_CASES);
    for (int i = 0; i < N_CASES && result == 0; i++) {
        struct trial_apart apart;
        struct course course = {
            .stage = "", .outcome = "", .predicted = "", .status = "", .reason = ""};
        result = trial_apart_try(t, arms[ONE_CASE].name, order[i],
            device_is_virtual(t->device) ? LIMIT_VIRTUAL_S : LIMIT_S, &apart);
        if (result != 0)
            break;
        course_take(apart.rows, &course);
        course_row(t, &cases[order[i]], &course, &apart);
        csv_table_free(apart.rows);
    }
    return result;
}

static int judge(struct judgement *j) {
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        outcome_judge(j, &claims[i]);
    return 0;
}

EXPERIMENT_MAIN("placement", run, judge)
