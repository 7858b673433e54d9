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
 *     So the process first runs a program by the private framework (the step control), which must move a counter of
 *     the engine's traffic or interrupts, that must stand still without it; after the prediction it evaluates the
 *     case's program for as long, and reads the same counters. A case named -ran has what they say: engine when one
 *     moved with the evals and not without, elsewhere when all stood still and a second control moves them again; else
 *     unsupported, with the reason. A process that dies in the control begins again without one.
 * arms: cases (every case once, in random order); case (one of them, started by cases).
 * unit of replication: the process: every case once.
 * sample size: 1 trial in the quick preset, 4 in the full one.
 * margin: none; an outcome is a word.
 * decision rule: A claim holds when its case came out as claimed in every trial; it is contradicted
 *     when it came out otherwise in each of its trials; trials that disagree are inconclusive. A stack
 *     of 32 convolutions is the control: each of its operations must have a unit, and its output be
 *     right; when not, every claim is untrusted. placement.idle is about the counters of that stack.
 *     int4 is a case without a claim: where it is planned stands in the samples.
 * would prove it wrong: a tiny program that is planned for the engine; a deep or wide one that is too; counters of the
 *     engine that move while a program runs that is planned for it.
 * confounders: the plan of a system is about its own version; a plan for the engine may end on the
 *     processor without a word (4rg0naut/silicon-ledger-public found both); weights of few bits may be
 *     called the processor's though the engine takes them. Counters are those of the whole machine, so that other
 *     work on the engine could be taken for the case's.
 * sources: vx-lang/Vx#436 (a 4 x 4 matmul), 751K's M6 study (388 and more layers), FluidInference/mobius#61
 *     (width), aosama/astronomical#540 (int8 weights),
 *     4rg0naut/silicon-ledger-public EXP-005 and EXP-022 (a plan for the engine, and an idle engine).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "placement_about.h"
#include "placement_ran.h"

#include <stdio.h>
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

/* The same with int4 weights; the scale keeps the size of sums. */
#define INT4_CONV(x, y)                                                                            \
    "tensor<fp16, [64, 64, 1, 1]> w" y " = constexpr_blockwise_shift_scale("                       \
    "data=tensor<int4, [64, 64, 1, 1]>(BLOBFILE(path="                                             \
    "string(\"@model_path/weights/" y ".bin\"), offset=uint64(64))), "                             \
    "scale=tensor<fp16, [1, 1, 1, 1]>([[[[0.027]]]]))[name=string(\"w" y "_op\")];\n",             \
        MIL_OP(T, y,                                                                               \
            "conv(x=" x ", weight=w" y                                                             \
            ", strides=strides, pad_type=pad_type, pad=pad, dilations=dilations, groups=groups)")

static const char *const int4_body[] = {MIL_CONV_PLAIN, INT4_CONV("x", "a"), INT4_CONV("a", "b"),
    INT4_CONV("b", "c"), INT4_CONV("c", "y"), NULL};

static const struct place_case {
    const char *name;
    int channels, spatial, depth; /* of a stack of convolutions with fp16 weights */
    const char *const *body;      /* in place of a stack; NULL: none */
} cases[] = {
    {"tiny", 16, 16, 1, NULL},
    {"386-layers", 16, 64, 386, NULL},
    {"1000-layers", 16, 64, 1000, NULL},
    {"width-16384", 16, 16384, 4, NULL},
    {"width-16448", 16, 16448, 4, NULL},
    {"int8", 64, 256, 0, int8_body},
    {"int4", 64, 256, 0, int4_body},
    {"control", 64, 256, 32, NULL},
};
enum { N_CASES = sizeof cases / sizeof *cases, CHECKED_POSITIONS = 4 };
/* of one case: a load may take minutes */
enum { LIMIT_S = 600 };

/* A case of this name is where the other's program ran. */
#define RAN_SUFFIX "-ran"
static const char control[] = "control", ran_mark[] = "ran", control_step[] = "control";
static const struct place_case *const control_case = &cases[N_CASES - 1];
static const struct outcome_claim claims[] = {
    {"placement.tiny", "tiny", "processor", control},
    {"placement.386-layers", "386-layers", "engine", control},
    {"placement.388-layers", "1000-layers", "processor mixed stopped", control},
    {"placement.width", "width-16448", "processor mixed", control},
    {"placement.width-within", "width-16384", "engine", control},
    {"placement.int8", "int8", "engine", control},
    {"placement.idle", "control" RAN_SUFFIX, RAN_ELSEWHERE, control},
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

/* A case under way: the trial that its rows are of, and the machine that it is on. */
struct attempt {
    struct trial *t, *machine;
    struct ran_control control;
    struct ran ran;
    bool right;
};

/* Of the case's program, which is compiled. */
static enum device_status plan_read(
    struct attempt *a, struct device_program *program, struct device_error *error) {
    struct trial *t = a->t;
    struct plan plan = {0, {0}};
    step_begin(t, "plan");
    const enum device_status status =
        device_placement(a->machine->device, program, 0, operation_count, &plan, error);
    if (status == DEVICE_OK)
        plan_row(t, &plan);
    return status;
}

/* Unsupported: before the compile, which would be for nothing. */
static enum device_status plan_ask(
    const struct attempt *a, struct device_program *program, struct device_error *error) {
    struct plan plan = {0, {0}};
    const enum device_status status =
        device_placement(a->machine->device, program, 0, operation_count, &plan, error);
    return status == DEVICE_UNSUPPORTED ? status : DEVICE_OK;
}

/* The first prediction is known by now. */
static void prediction_row(const struct attempt *a) {
    trial_text(a->t, "predicted", a->right ? "right" : "wrong");
    trial_row(a->t, SAMPLE_OK, "");
}

/* Evaluates the program again and again, as the control was. */
static enum device_status counters_read(struct attempt *a, int (*step)(void *context),
    void *context, const struct device_error *failed, struct device_error *error) {
    const struct meter_work work = {step, context};
    prediction_row(a);
    step_begin(a->t, "counters");
    if (ran_find(a->machine, &a->control, &work, &a->ran) == 0)
        return DEVICE_OK;
    *error = *failed;
    return error->status;
}

static enum device_status stack_try(
    struct attempt *a, const struct place_case *c, struct device_error *error) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = c->channels,
        .spatial = c->spatial,
        .depth = c->depth,
        .weight_seed = trial_random(a->t),
        .check_positions = CHECKED_POSITIONS};
    struct ran_evals evals = {.subject = NULL};
    double worst;
    step_begin(a->t, "compile");
    enum device_status status = subject_create(a->machine, &spec, &evals.subject, error);
    if (status == DEVICE_OK)
        status = plan_ask(a, subject_program(evals.subject), error);
    if (status == DEVICE_OK)
        status = subject_compile(evals.subject, DEVICE_QOS_DEFAULT, error);
    if (status == DEVICE_OK)
        status = plan_read(a, subject_program(evals.subject), error);
    if (status == DEVICE_OK) {
        step_begin(a->t, "predict");
        status = subject_load(evals.subject, DEVICE_QOS_DEFAULT, error);
    }
    if (status == DEVICE_OK)
        status = subject_verify(evals.subject, DEVICE_QOS_DEFAULT, &a->right, &worst, error);
    if (status == DEVICE_OK)
        status = counters_read(a, ran_evals_step, &evals, &evals.error, error);
    subject_free(evals.subject);
    return status;
}

struct specimen_evals {
    struct specimen *specimen;
    enum specimen_outcome outcome;
    struct device_error error;
};

static int specimen_step(void *context) {
    struct specimen_evals *e = context;
    return specimen_eval(e->specimen, &e->outcome, &e->error) == DEVICE_OK ? 0 : -1;
}

static enum device_status body_try(
    struct attempt *a, const struct place_case *c, struct device_error *error) {
    const struct specimen_function function = {"main", T " x", c->body, "y"};
    const struct specimen_spec spec = {
        .functions = &function, .n_functions = 1, .weight_seed = trial_random(a->t)};
    struct specimen_evals evals = {.specimen = NULL, .outcome = SPECIMEN_WRONG};
    step_begin(a->t, "compile");
    enum device_status status = specimen_create(a->machine, &spec, &evals.specimen, error);
    if (status == DEVICE_OK)
        status = plan_ask(a, specimen_program(evals.specimen), error);
    if (status == DEVICE_OK)
        status = specimen_compile(evals.specimen, error);
    if (status == DEVICE_OK)
        status = plan_read(a, specimen_program(evals.specimen), error);
    if (status == DEVICE_OK) {
        step_begin(a->t, "predict");
        status = specimen_load(evals.specimen, error);
    }
    if (status == DEVICE_OK)
        status = specimen_eval(evals.specimen, &evals.outcome, error);
    a->right = evals.outcome == SPECIMEN_RIGHT;
    if (status == DEVICE_OK)
        status = counters_read(a, specimen_step, &evals, &evals.error, error);
    specimen_free(evals.specimen);
    return status;
}

/* Core ML's way to a simulated machine; another device is one itself. */
static enum device_status machine_open(
    struct trial *t, struct trial *machine, struct device_error *error) {
    *machine = *t;
    return strcmp(device_kind(t->device), "sim") == 0
               ? trial_way_open(t, DEVICE_WAY_NE, machine, error)
               : DEVICE_OK;
}

static void ran_row(struct trial *t, const struct ran *ran) {
    trial_text(t, "case", ran_mark);
    if (ran->place != ACTIVITY_UNPROVEN)
        trial_text(t, "outcome", ran->place == ACTIVITY_ENGINE ? RAN_ENGINE : RAN_ELSEWHERE);
    trial_row(t, ran->place == ACTIVITY_UNPROVEN ? SAMPLE_UNSUPPORTED : SAMPLE_OK, ran->reason);
}

/* Beyond the last case they come again, without a control. */
static int case_run(struct trial *t) {
    struct device_error error;
    struct trial machine;
    struct attempt a = {.t = t, .machine = &machine};
    if (t->value >= 2 * N_CASES)
        return trial_break(t, "there is no case %d; run the arm cases", (int)t->value);
    const struct place_case *c = &cases[t->value % N_CASES];
    if (t->value < N_CASES) {
        step_begin(t, control_step);
        ran_control_take(t, &a.control);
    } else {
        snprintf(a.control.reason, sizeof a.control.reason, "the control ended its process");
    }
    enum device_status status = machine_open(t, &machine, &error);
    if (status == DEVICE_OK) {
        device_step_tell(machine.device, step_begin, t);
        status = c->body ? body_try(&a, c, &error) : stack_try(&a, c, &error);
    }
    if (machine.device != t->device)
        trial_way_close(t, &machine);
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, &error);
    if (status == DEVICE_OK) {
        step_begin(t, "control-again");
        ran_confirm(t, &a.ran);
        ran_row(t, &a.ran);
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
    const char *ran, *ran_reason;
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
        if (strcmp(text_of(rows, i, "case"), ran_mark) == 0) {
            c->ran = text_of(rows, i, "outcome");
            c->ran_reason = text_of(rows, i, "reason");
            continue;
        }
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
            *course->predicted ? course->predicted
            : refused          ? OUTCOME_REFUSED
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

/* Where the program ran, if it ran: proven, or why it is not known. */
static void ran_course_row(
    struct trial *t, const struct place_case *c, const struct course *course) {
    char name[64];
    if (!*course->predicted)
        return;
    snprintf(name, sizeof name, "%s" RAN_SUFFIX, c->name);
    trial_text(t, "case", name);
    if (c == control_case && strcmp(course->outcome, device_unit_name(DEVICE_UNIT_ENGINE)) != 0) {
        trial_row(t, SAMPLE_UNSUPPORTED, "the control is not planned for the engine alone");
        return;
    }
    trial_text(t, "outcome", course->ran);
    trial_row(t, *course->ran ? SAMPLE_OK : SAMPLE_UNSUPPORTED,
        *course->ran_reason ? course->ran_reason
                            : "the process ended before the counters were read");
}

/* A case, and once more without a control if that ended its process. */
static int case_try(
    struct trial *t, unsigned number, struct course *course, struct trial_apart *apart) {
    for (unsigned value = number;; value += N_CASES) {
        *course = (struct course){.stage = "",
            .outcome = "",
            .predicted = "",
            .status = "",
            .reason = "",
            .ran = "",
            .ran_reason = ""};
        const int result = trial_apart_try(t, arms[ONE_CASE].name, value, LIMIT_S, apart);
        if (result != 0)
            return result;
        course_take(apart->rows, course);
        if (value >= N_CASES || apart->end == TRIAL_APART_DONE ||
            strcmp(course->stage, control_step) != 0)
            return 0;
        csv_table_free(apart->rows);
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
        struct course course;
        result = case_try(t, order[i], &course, &apart);
        if (result != 0)
            break;
        course_row(t, &cases[order[i]], &course, &apart);
        ran_course_row(t, &cases[order[i]], &course);
        csv_table_free(apart.rows);
    }
    return result;
}

static int judge(struct judgement *j) {
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("placement", run, judge)
