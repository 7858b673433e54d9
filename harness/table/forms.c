/* SPDX-License-Identifier: MIT */
#include "table/form.h"

#include <string.h>

#define MUST TABLE_MUST
#define SHOWN TABLE_SHOWN
#define BOTH (TABLE_MUST | TABLE_SHOWN)
#define STATUS (TABLE_MUST | TABLE_SHOWN | TABLE_STATUS)
#define FORM(form, v, text)                                                                        \
    {                                                                                              \
        .name = #form, .version = v, .what = text, .columns = form,                                \
        .n_columns = sizeof form / sizeof *form                                                    \
    }

static const char *const clocks[] = {"measured", "virtual", NULL};
static const char *const yes_or_no[] = {"yes", "no", NULL};

const struct table_column table_origin_columns[TABLE_ORIGIN_COLUMNS] = {
    {"suite_version", TABLE_TEXT, MUST, "version of the suite that made the row's figures", NULL},
    {"suite_commit", TABLE_TEXT, MUST, "its commit, or unknown", NULL},
    {"device", TABLE_TEXT, 0, "the device in full, such as cpu:cores=1", NULL},
    {"chip", TABLE_TEXT, 0, "the chip that the device is part of, or that is simulated", NULL},
    {"os", TABLE_TEXT, 0, "the system that it ran on", NULL},
    {"clock", TABLE_TEXT, 0, "measured, or virtual for simulated time", clocks},
};

static const char *const kinds[] = {"probe", "bench", NULL};
static const struct table_column list[] = {
    {"name", TABLE_TEXT, BOTH, "name of the experiment", NULL},
    {"kind", TABLE_TEXT, BOTH, "probe or benchmark", kinds},
    {"question", TABLE_TEXT, SHOWN, "what it asks", NULL},
};
const struct table_form table_form_list = FORM(list, 1, "experiments");

static const struct table_column devices[] = {
    {"kind", TABLE_TEXT, BOTH, "ane, coreml, cpu or sim", NULL},
    {"opens", TABLE_TEXT, STATUS, "does it open on this machine", yes_or_no},
    {"property", TABLE_TEXT, SHOWN, "name of one of its properties", NULL},
    {"value", TABLE_TEXT, SHOWN, "that property, with its unit in the name", NULL},
    {"reason", TABLE_TEXT, SHOWN, "why it does not open", NULL},
};
const struct table_form table_form_devices = FORM(devices, 1, "properties of devices, one a row");

static const char *const doctor_statuses[] = {"ok", "low", "busy", "absent", "unproven", "frozen",
    "forbidden", "differs", "failed", "unsupported", "crashed", "timeout", NULL};
static const struct table_column doctor[] = {
    {"check", TABLE_TEXT, BOTH, "what was looked at", NULL},
    {"item", TABLE_TEXT, BOTH, "what of it", NULL},
    {"status", TABLE_TEXT, STATUS, "how it came out", doctor_statuses},
    {"detail", TABLE_TEXT, SHOWN, "what was found", NULL},
    {"remedy", TABLE_TEXT, SHOWN, "what to do about it", NULL},
};
const struct table_form table_form_doctor = FORM(doctor, 1, "what the doctor found");

static const char *const verdicts[] = {
    "reproduced", "contradicted", "inconclusive", "unsupported", "untrusted", NULL};
static const struct table_column judge[] = {
    {"finding", TABLE_TEXT, BOTH, "name of the claim", NULL},
    {"verdict", TABLE_TEXT, STATUS, "how the claim came out", verdicts},
    {"measured", TABLE_TEXT, SHOWN, "what decides, a number in `unit` or words", NULL},
    {"unit", TABLE_TEXT, SHOWN, "unit of measured, ci_low and ci_high", NULL},
    {"ci_low", TABLE_NUMBER, SHOWN, "lower end of the 95 % interval", NULL},
    {"ci_high", TABLE_NUMBER, SHOWN, "upper end of the 95 % interval", NULL},
    {"n", TABLE_COUNT, SHOWN, "number of samples", NULL},
    {"n_unit", TABLE_TEXT, SHOWN, "what one sample is", NULL},
    {"published", TABLE_TEXT, 0, "the published figure", NULL},
    {"source", TABLE_TEXT, 0, "who published it", NULL},
    {"reason", TABLE_TEXT, 0, "why this verdict", NULL},
    {"started_utc", TABLE_TEXT, 0, "when the run began", NULL},
};
const struct table_form table_form_judge = FORM(judge, 1, "verdicts of a run");

static const char *const audit_kinds[] = {"claim", "arithmetic", NULL};
static const char *const audit_verdicts[] = {"reproduced", "contradicted", "inconclusive",
    "unsupported", "untrusted", "adds up", "does not add up", "cannot be checked", NULL};
static const char *const audit_ways[] = {"measured", "simulated", "derived", NULL};
static const struct table_column audit[] = {
    {"kind", TABLE_TEXT, MUST,
        "claim: published by somebody, judged by a run; arithmetic: published numbers against one "
        "another",
        audit_kinds},
    {"id", TABLE_TEXT, MUST, "name of the claim or the check", NULL},
    {"what", TABLE_TEXT, MUST, "the claim, or what is stated, in words", NULL},
    {"published", TABLE_TEXT, 0, "the published figure with its unit", NULL},
    {"source", TABLE_TEXT, 0, "who published it", NULL},
    {"machine", TABLE_TEXT, 0, "of which chip and system", NULL},
    {"how", TABLE_TEXT, 0, "how it was measured there, or how the figure follows", NULL},
    {"rivals", TABLE_TEXT, 0, "who says otherwise", NULL},
    {"judged_by", TABLE_TEXT, MUST, "the experiment that judges the claim; or arithmetic", NULL},
    {"verdict", TABLE_TEXT, TABLE_STATUS,
        "how it came out; not known of a claim that no run was asked about", audit_verdicts},
    {"here", TABLE_TEXT, 0, "what the run measured, or what follows, with its unit", NULL},
    {"interval", TABLE_TEXT, 0, "its 95 % interval in the same unit", NULL},
    {"n", TABLE_TEXT, 0, "number of samples and what one is", NULL},
    {"way", TABLE_TEXT, 0, "how the figure came about", audit_ways},
    {"reason", TABLE_TEXT, 0, "why this verdict", NULL},
    {"started_utc", TABLE_TEXT, 0, "when the run began", NULL},
};
const struct table_form table_form_audit =
    FORM(audit, 2, "published claims and arithmetic, and what a run says of them");

static const char *const updates[] = {"sync", "double", "reload", "mapped", "dynamic", NULL};
static const struct table_column plan[] = {
    {"basis", TABLE_TEXT, MUST, "simulated", NULL},
    {"model", TABLE_TEXT, MUST, "what is trained", NULL},
    {"accum", TABLE_COUNT, MUST, "steps an update", NULL},
    {"update", TABLE_TEXT, BOTH, "the way new weights reach the device", updates},
    {"max_stale", TABLE_TEXT, 0, "updates that weights may be behind, or inf; of double only",
        NULL},
    {"possible", TABLE_TEXT, STATUS, "does it run to its end", yes_or_no},
    {"start_ms", TABLE_NUMBER, 0, "until the first step", NULL},
    {"step_ms", TABLE_NUMBER, SHOWN, "one step", NULL},
    {"engine_ms", TABLE_NUMBER, 0, "of a step on the engine", NULL},
    {"host_step_ms", TABLE_NUMBER, 0, "of a step on the host", NULL},
    {"host_update_ms", TABLE_NUMBER, 0, "of an update on the host", NULL},
    {"compile_ms", TABLE_NUMBER, SHOWN, "compiling one set of programs", NULL},
    {"stall_ms", TABLE_NUMBER, SHOWN, "of an update in which training waits", NULL},
    {"update_ms", TABLE_NUMBER, SHOWN, "one update with its steps", NULL},
    {"updates_per_s", TABLE_NUMBER, 0, "updates a second", NULL},
    {"steps_per_s", TABLE_NUMBER, SHOWN, "steps a second", NULL},
    {"stale_mean", TABLE_NUMBER, SHOWN, "updates that the weights in use are behind", NULL},
    {"stale_max", TABLE_COUNT, 0, "the most of that", NULL},
    {"programs_loaded", TABLE_COUNT, SHOWN, "programs loaded at once, at most", NULL},
    {"compiles_in_process", TABLE_COUNT, 0, "compiles in one process", NULL},
    {"restarts_per_update", TABLE_NUMBER, SHOWN, "processes started an update", NULL},
    {"limit_kind", TABLE_TEXT, 0, "what the chip limits", NULL},
    {"limit_value", TABLE_NUMBER, 0, "to how much", NULL},
    {"limit_basis", TABLE_TEXT, 0, "what is known of the limit", NULL},
    {"host_step_from", TABLE_TEXT, 0, "where the host's part of a step is from", NULL},
    {"host_update_from", TABLE_TEXT, 0, "where the host's part of an update is from", NULL},
    {"host_forward_io_ms", TABLE_NUMBER, 0, "of a step in copying to and from the engine", NULL},
    {"host_forward_classifier_ms", TABLE_NUMBER, 0, "of a step in the classifier", NULL},
    {"host_forward_elementwise_ms", TABLE_NUMBER, 0, "of a step in elementwise work", NULL},
    {"host_rest_ms", TABLE_NUMBER, 0, "of a step in what is left", NULL},
    {"host_forward_from", TABLE_TEXT, 0, "where these parts are from", NULL},
    {"step_low_ms", TABLE_NUMBER, SHOWN, "lower end of a step's interval", NULL},
    {"step_high_ms", TABLE_NUMBER, SHOWN, "upper end of a step's interval", NULL},
    {"compile_low_ms", TABLE_NUMBER, SHOWN, "lower end of a compile's interval", NULL},
    {"compile_high_ms", TABLE_NUMBER, SHOWN, "upper end of a compile's interval", NULL},
    {"compile_from", TABLE_TEXT, 0, "where the time of a compile is from", NULL},
    {"reason", TABLE_TEXT, SHOWN, "why it is not possible, or what was assumed", NULL},
};
const struct table_form table_form_plan = FORM(plan, 1, "forecasts of a training");

static const char *const bounds[] = {"dispatch", "arithmetic", "bytes", NULL};
static const struct table_column plan_program[] = {
    {"basis", TABLE_TEXT, MUST, "simulated", NULL},
    {"file", TABLE_TEXT, MUST, "the program", NULL},
    {"on", TABLE_TEXT, BOTH, "the chip", NULL},
    {"possible", TABLE_TEXT, STATUS, "is there a forecast", yes_or_no},
    {"eval_ms", TABLE_NUMBER, SHOWN, "one eval of its first function", NULL},
    {"low_ms", TABLE_NUMBER, SHOWN, "lower end of its 90 % interval", NULL},
    {"high_ms", TABLE_NUMBER, SHOWN, "upper end of its 90 % interval", NULL},
    {"dispatch_ms", TABLE_NUMBER, 0, "of the simulated eval, the call", NULL},
    {"compute_ms", TABLE_NUMBER, 0, "its arithmetic alone", NULL},
    {"move_ms", TABLE_NUMBER, 0, "its bytes alone", NULL},
    {"bound", TABLE_TEXT, SHOWN, "which of the three is longest", bounds},
    {"flop", TABLE_NUMBER, 0, "two per multiply-add", NULL},
    {"bytes", TABLE_NUMBER, 0, "weights, inputs and outputs, once each", NULL},
    {"notch_x", TABLE_NUMBER, 0, "how many times its weights are streamed for their shapes", NULL},
    {"from", TABLE_TEXT, 0, "what the estimate is scaled by", NULL},
    {"reason", TABLE_TEXT, SHOWN, "why there is no forecast", NULL},
};
const struct table_form table_form_plan_program =
    FORM(plan_program, 1, "forecasts of one program's eval by chip");

static const char *const figure_bases[] = {"published", "predicted", "unknown", NULL};
static const struct table_column plan_figures[] = {
    {"quantity", TABLE_TEXT, BOTH, "what", NULL},
    {"basis", TABLE_TEXT, STATUS, "published for the chip, or predicted from its relatives",
        figure_bases},
    {"ms", TABLE_NUMBER, SHOWN, "the figure", NULL},
    {"low_ms", TABLE_NUMBER, SHOWN, "lower end of its 90 % interval", NULL},
    {"high_ms", TABLE_NUMBER, SHOWN, "upper end of its 90 % interval", NULL},
    {"from", TABLE_TEXT, SHOWN, "rows of results/published.csv, or the relatives", NULL},
    {"reason", TABLE_TEXT, SHOWN, "why there is no prediction or interval", NULL},
};
const struct table_form table_form_plan_figures =
    FORM(plan_figures, 1, "each published or predicted time of a chip");

static const char *const left_out[] = {"chip", "source", NULL};
static const struct table_column plan_check[] = {
    {"on", TABLE_TEXT, BOTH, "the chip; median: over all rows of the quantity", NULL},
    {"quantity", TABLE_TEXT, BOTH, "what is predicted", NULL},
    {"left_out", TABLE_TEXT, BOTH, "without whose figures: all of the chip, or one source's",
        left_out},
    {"published_ms", TABLE_NUMBER, SHOWN, "the published figure", NULL},
    {"predicted_ms", TABLE_NUMBER, SHOWN, "the prediction without it", NULL},
    {"low_ms", TABLE_NUMBER, SHOWN, "lower end of its 90 % interval", NULL},
    {"high_ms", TABLE_NUMBER, SHOWN, "upper end of its 90 % interval", NULL},
    {"error_pct", TABLE_NUMBER, SHOWN,
        "prediction against published; of a median, without its sign", NULL},
    {"held_pct", TABLE_NUMBER, SHOWN, "share of intervals that cover the published figure", NULL},
    {"host_from", TABLE_TEXT, SHOWN, "what the prediction is from", NULL},
    {"published_from", TABLE_TEXT, 0, "where the published figure is from", NULL},
};
const struct table_form table_form_plan_check =
    FORM(plan_check, 1, "predictions against published figures");

static const char *const severities[] = {
    "error", "refused", "warning", "not known here", "note", NULL};
static const struct table_column mil[] = {
    {"file", TABLE_TEXT, MUST, "the program", NULL},
    {"line", TABLE_COUNT, BOTH, "where, from 1", NULL},
    {"column", TABLE_COUNT, BOTH, "where, from 1", NULL},
    {"severity", TABLE_TEXT, STATUS, "how bad it is", severities},
    {"rule", TABLE_TEXT, SHOWN, "name of the rule; not known of errors of the text", NULL},
    {"detail", TABLE_TEXT, BOTH, "what is there", NULL},
    {"text", TABLE_TEXT, 0, "what the rule says", NULL},
    {"seen_on", TABLE_TEXT, SHOWN, "chips and systems on which it was seen", NULL},
    {"source", TABLE_TEXT, 0, "who saw it", NULL},
    {"against", TABLE_TEXT, 0, "who says otherwise", NULL},
};
const struct table_form table_form_mil = FORM(mil, 1, "complaints about a MIL program");

static const struct table_column mil_rules[] = {
    {"rule", TABLE_TEXT, BOTH, "name of the rule", NULL},
    {"severity", TABLE_TEXT, STATUS, "how bad it is", severities},
    {"text", TABLE_TEXT, BOTH, "what it says", NULL},
    {"seen_on", TABLE_TEXT, SHOWN, "chips and systems on which it was seen", NULL},
    {"source", TABLE_TEXT, 0, "who saw it", NULL},
    {"against", TABLE_TEXT, 0, "who says otherwise", NULL},
};
const struct table_form table_form_mil_rules = FORM(mil_rules, 1, "rules for MIL programs");

static const char *const outcomes[] = {"right", "unchecked", "wrong", "failed", NULL};
static const char *const provenances[] = {"measured", "simulated", NULL};
static const struct table_column bench[] = {
    {"file", TABLE_TEXT, BOTH, "the program", NULL},
    {"operator", TABLE_TEXT, SHOWN, "of --by-operator; not known of the whole program", NULL},
    {"metric", TABLE_TEXT, BOTH, "what was measured", NULL},
    {"unit", TABLE_TEXT, SHOWN, "unit of value, ci_low and ci_high", NULL},
    {"value", TABLE_NUMBER, SHOWN, "the median over processes", NULL},
    {"ci_low", TABLE_NUMBER, SHOWN, "lower end of its 95 % interval", NULL},
    {"ci_high", TABLE_NUMBER, SHOWN, "upper end of its 95 % interval", NULL},
    {"n", TABLE_COUNT, SHOWN, "number of samples", NULL},
    {"n_unit", TABLE_TEXT, SHOWN, "what one sample is", NULL},
    {"provenance", TABLE_TEXT, MUST, "how the number came about", provenances},
    {"outcome", TABLE_TEXT, STATUS, "were the outputs right", outcomes},
    {"reason", TABLE_TEXT, SHOWN, "why not", NULL},
    {"size", TABLE_TEXT, SHOWN, "of --sweep", NULL},
    {"power_source", TABLE_TEXT, 0, "of --energy: mains or battery", NULL},
    {"power_mode", TABLE_TEXT, 0, "of --energy: low, normal or high", NULL},
    {"thermal", TABLE_TEXT, 0, "of --energy: how hot the machine was", NULL},
};
const struct table_form table_form_bench = FORM(bench, 1, "programs of one's own, timed");

static const char *const rates[] = {"right", "wrong", "failed", NULL};
static const struct table_column generate[] = {
    {"model_type", TABLE_TEXT, BOTH, "the model, as it was named", NULL},
    {"model_n_params", TABLE_NUMBER, 0, "its parameters", NULL},
    {"type", TABLE_TEXT, SHOWN, "format of its weights in the programs", NULL},
    {"programs", TABLE_COUNT, SHOWN, "into how many it is divided", NULL},
    {"cache", TABLE_TEXT, 0, "of keys and values; not known of a prompt, which has none", NULL},
    {"classifier", TABLE_COUNT, 0, "its parts on the device; 0: on the host", NULL},
    {"test", TABLE_TEXT, BOTH, "pp: reading a prompt; tg: generating; d: at a depth", NULL},
    {"n_prompt", TABLE_COUNT, MUST, "tokens of the prompt", NULL},
    {"n_gen", TABLE_COUNT, MUST, "tokens generated", NULL},
    {"n_depth", TABLE_COUNT, MUST, "tokens that were there before", NULL},
    {"test_time", TABLE_TEXT, MUST, "when it began", NULL},
    {"avg_ts", TABLE_NUMBER, SHOWN, "tokens a second, the mean over the repetitions", NULL},
    {"stddev_ts", TABLE_NUMBER, SHOWN, "its standard deviation", NULL},
    {"n", TABLE_COUNT, SHOWN, "repetitions", NULL},
    {"stream_gbs", TABLE_NUMBER, SHOWN, "GB/s of weights read, from the mean", NULL},
    {"first_token_cold_ms", TABLE_NUMBER, 0, "from nothing to the first logits, with compiling",
        NULL},
    {"first_token_warm_ms", TABLE_NUMBER, 0, "the first logits with all programs loaded", NULL},
    {"logits_off", TABLE_NUMBER, 0, "largest error of a logit, of the largest logit", NULL},
    {"outcome", TABLE_TEXT, STATUS, "were the logits right", rates},
    {"reason", TABLE_TEXT, SHOWN, "why not", NULL},
};
const struct table_form table_form_generate =
    FORM(generate, 1, "rates of a language model, with llama-bench's names");

static const struct table_column baseline[] = {
    {"name", TABLE_TEXT, BOTH, "name of the baseline", NULL},
    {"started_utc", TABLE_TEXT, SHOWN, "when its run began", NULL},
    {"of", TABLE_TEXT, SHOWN, "the device of its run", NULL},
};
const struct table_form table_form_baseline = FORM(baseline, 1, "named baselines");

static const char *const sides[] = {"lower", "higher", NULL};
static const char *const gate_outcomes[] = {
    "not compared", "within", "not decided", "better", "worse", NULL};
static const struct table_column gate[] = {
    {"experiment", TABLE_TEXT, BOTH, "its name", NULL},
    {"arm", TABLE_TEXT, BOTH, "its arm", NULL},
    {"metric", TABLE_TEXT, BOTH, "what is compared", NULL},
    {"unit", TABLE_TEXT, SHOWN, "unit of base and new", NULL},
    {"better", TABLE_TEXT, 0, "which side is better; not known of what is not judged", sides},
    {"base", TABLE_NUMBER, SHOWN, "median over the processes of the base", NULL},
    {"new", TABLE_NUMBER, SHOWN, "median over the processes of the new run", NULL},
    {"ratio", TABLE_NUMBER, SHOWN, "new to base, the Hodges-Lehmann estimate", NULL},
    {"ci_low", TABLE_NUMBER, SHOWN, "lower end of its interval at `level`", NULL},
    {"ci_high", TABLE_NUMBER, SHOWN, "upper end of its interval at `level`", NULL},
    {"level", TABLE_NUMBER, 0, "coverage of the interval, from 0 to 1", NULL},
    {"n_base", TABLE_COUNT, SHOWN, "processes of the base", NULL},
    {"n_new", TABLE_COUNT, SHOWN, "processes of the new run", NULL},
    {"outcome", TABLE_TEXT, STATUS, "how it came out against the margin", gate_outcomes},
    {"reason", TABLE_TEXT, 0, "why it is not compared", NULL},
    {"base_commit", TABLE_TEXT, 0, "commit of the base's suite", NULL},
    {"base_device", TABLE_TEXT, 0, "device of the base", NULL},
    {"base_started_utc", TABLE_TEXT, 0, "when the base began", NULL},
    {"started_utc", TABLE_TEXT, 0, "when the new run began", NULL},
};
const struct table_form table_form_gate = FORM(gate, 2, "a run against a base, metric by metric");

static const char *const bases[] = {"published", "measured", "simulated", NULL};
static const struct table_column compare[] = {
    {"quantity", TABLE_TEXT, BOTH, "name of the quantity", NULL},
    {"title", TABLE_TEXT, MUST, "what it is", NULL},
    {"unit", TABLE_TEXT, BOTH, "unit of value, ci_low and ci_high", NULL},
    {"better", TABLE_TEXT, MUST, "which side is better", NULL},
    {"basis", TABLE_TEXT, BOTH, "where the figure is from", bases},
    {"source", TABLE_TEXT, BOTH, "who published it, or the run", NULL},
    {"value", TABLE_NUMBER, BOTH, "the figure", NULL},
    {"ci_low", TABLE_NUMBER, SHOWN, "lower end of its 95 % interval", NULL},
    {"ci_high", TABLE_NUMBER, SHOWN, "upper end of its 95 % interval", NULL},
    {"n", TABLE_TEXT, SHOWN, "number of samples and what one is", NULL},
    {"note", TABLE_TEXT, SHOWN, "of which configuration", NULL},
};
const struct table_form table_form_compare = FORM(compare, 1, "figures of chips, side by side");

const struct table_form *const table_forms[] = {
    &table_form_list,
    &table_form_devices,
    &table_form_doctor,
    &table_form_judge,
    &table_form_audit,
    &table_form_plan,
    &table_form_plan_program,
    &table_form_plan_figures,
    &table_form_plan_check,
    &table_form_mil,
    &table_form_mil_rules,
    &table_form_bench,
    &table_form_generate,
    &table_form_baseline,
    &table_form_gate,
    &table_form_compare,
    NULL,
};

const struct table_form *table_form_find(const char *name) {
    for (size_t i = 0; table_forms[i]; i++)
        if (strcmp(table_forms[i]->name, name) == 0)
            return table_forms[i];
    return NULL;
}

const struct table_column *table_form_column(const struct table_form *form, size_t i) {
    return i < TABLE_ORIGIN_COLUMNS ? &table_origin_columns[i]
                                    : &form->columns[i - TABLE_ORIGIN_COLUMNS];
}
