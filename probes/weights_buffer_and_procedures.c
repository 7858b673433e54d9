/* SPDX-License-Identifier: MIT
 *
 * question: Can the functions of one program be run by index, and does a weights buffer affect
 *     them?
 * hypothesis: Index i runs function i with its own weights; a program of one function accepts any
 *     index up to 15 and runs that function; a buffer of other weights has no effect.
 * method: One program has three functions, each a product with its own weights, all of the same
 *     shape; another has a single function. Requests name a procedure by its index; outputs are
 *     poisoned and compared with the reference of the function that the index should run. The case
 *     past-end requests the single function by each index from 1 to 15. The case buffer gives the
 *     second of three functions a buffer of zeros for its weights.
 * arms: procedures (every case once, in random order).
 * unit of replication: the process: every case once.
 * sample size: 3 trials in the quick preset, 8 in the full one.
 * margin: an output is right when its largest difference from the reference is below 2^-8 of the
 *     largest element.
 * decision rule: A claim holds when each of its cases came out as claimed in every trial; it is
 *     contradicted when a case came out otherwise in each of its trials; trials that disagree are
 *     inconclusive. When a program of one function is wrong at index 0, every claim is untrusted.
 * would prove it wrong: an index that runs another function, or is refused; an output that the buffer
 *     changes.
 * confounders: a device that runs function 0 whatever the index (functions differ in weights); whether
 *     a buffer changes a program of one function is weight_baking's question.
 * sources: thebasedcapital/ane-infer (procedures by index, M5), maderix/ANE#2 (m5result: indices 0 to
 *     15 accepted, buffer without effect), maderix/ANE#40 (buffer without effect, M4 Max).
 */
#include "experiment/outcome.h"
#include "experiment/specimen.h"
#include "weights_buffer_and_procedures_about.h"

#define T MIL_F16("1, 64, 1, 512")
#define FUNCTION(name, weight)                                                                     \
    {                                                                                              \
        name, T " x",                                                                              \
            MIL_BODY(MIL_WEIGHT(MIL_F16("1, 64, 1, 1"), weight),                                   \
                MIL_OP(T, "y", "mul(x=x, y=" weight ")")),                                         \
            "y"                                                                                    \
    }

static const struct specimen_function functions[] = {
    FUNCTION("main", "w0"), FUNCTION("second", "w1"), FUNCTION("third", "w2")};
enum { N_FUNCTIONS = sizeof functions / sizeof *functions, LAST_INDEX = 15 };
/* Larger than the weights: small surfaces are refused or fail without an error on some chips. */
enum { BUFFER_BYTES = 65536, BUFFER_CHANNELS = 64 };

static const struct experiment_arm arms[] = {
    {"procedures", "three functions and one, by each index", 3, 8, 60},
};
static const struct experiment_column columns[] = {
    OUTCOME_COLUMNS,
    {"procedure", EXPERIMENT_FACTOR}, /* the index requested; for past-end, the last one */
};

static const struct outcome_claim claims[] = {
    {"procedures.by-index", "first second third", "right", "single"},
    {"procedures.past-end-accepted", "past-end", "right", "single"},
    {"procedures.weights-buffer", "buffer", "right", "single"},
};

enum procedure_case { SINGLE, PAST_END, FIRST, SECOND, THIRD, BUFFER, N_CASES };
static const char *const case_names[N_CASES] = {
    "single", "past-end", "first", "second", "third", "buffer"};

struct programs {
    struct specimen *single, *three;
    struct device_surface *zeros;
};

static enum device_status program_make(
    struct trial *t, int n_functions, struct specimen **out, struct device_error *error) {
    const struct specimen_spec spec = {
        .functions = functions, .n_functions = n_functions, .weight_seed = trial_random(t)};
    return specimen_start(t, &spec, out, error);
}

static enum device_status zeros_make(
    struct trial *t, struct device_surface **out, struct device_error *error) {
    const struct device_layout layout = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, BUFFER_CHANNELS, 1, BUFFER_CHANNELS}},
        .bytes = BUFFER_BYTES,
        .row_stride_bytes = BUFFER_CHANNELS * sizeof(uint16_t),
        .channel_stride_bytes = BUFFER_CHANNELS * sizeof(uint16_t)};
    enum device_status status = device_surface_create(t->device, &layout, out, error);
    return status == DEVICE_OK ? device_surface_fill(t->device, *out, 0, error) : status;
}

static enum device_status procedure_eval(struct specimen *s, int function, int procedure,
    struct device_surface *buffer, enum specimen_outcome *outcome, struct device_error *error) {
    enum device_status status = specimen_bind(s, function, procedure, buffer, error);
    return status == DEVICE_OK ? specimen_eval(s, outcome, error) : status;
}

static int case_run(struct trial *t, struct programs *p, enum procedure_case which) {
    struct device_error error;
    enum specimen_outcome outcome = SPECIMEN_RIGHT;
    enum device_status status = DEVICE_OK;
    int procedure = which >= FIRST && which <= THIRD ? (int)(which - FIRST) : 0;
    switch (which) {
    case SINGLE:
        status = procedure_eval(p->single, 0, 0, NULL, &outcome, &error);
        break;
    case PAST_END:
        while (procedure < LAST_INDEX && status == DEVICE_OK && outcome == SPECIMEN_RIGHT)
            status = procedure_eval(p->single, 0, ++procedure, NULL, &outcome, &error);
        break;
    case BUFFER:
        procedure = 1;
        status = procedure_eval(p->three, 1, 1, p->zeros, &outcome, &error);
        break;
    default:
        status = procedure_eval(p->three, procedure, procedure, NULL, &outcome, &error);
    }
    trial_u64(t, "procedure", (uint64_t)procedure);
    return outcome_row(t, case_names[which], specimen_outcome_name(outcome), status, &error);
}

static int run(struct trial *t) {
    struct programs p = {NULL, NULL, NULL};
    struct device_error error;
    unsigned order[N_CASES];
    int result = 0;
    enum device_status status = program_make(t, 1, &p.single, &error);
    if (status == DEVICE_OK)
        status = zeros_make(t, &p.zeros, &error);
    if (status == DEVICE_OK)
        status = program_make(t, N_FUNCTIONS, &p.three, &error);
    if (status != DEVICE_OK)
        result = trial_break_error(t, &error);
    trial_shuffle(t, order, N_CASES);
    for (int i = 0; i < N_CASES && result == 0; i++)
        result = case_run(t, &p, (enum procedure_case)order[i]);
    specimen_free(p.three);
    specimen_free(p.single);
    if (p.zeros)
        device_surface_free(t->device, p.zeros);
    return result;
}

static int judge(struct judgement *j) {
    outcome_judge(j, claims, sizeof claims / sizeof *claims);
    return 0;
}

EXPERIMENT_MAIN("weights_buffer_and_procedures", run, judge)
