/* SPDX-License-Identifier: MIT
 *
 * The ane device's calls on the stand-in: every way to evaluate, background compiles, caches,
 * slots that are in another order, errors in words, misuse.
 */
#include "device_kit.h"

#include "device/device_table.h"
#include "experiment/specimen.h"

TestSuite(device_calls, .timeout = 60);

Test(device_calls, names_and_clock) {
    kit_open();
    cr_assert_str_eq(kit.device->name, "ane:stand-in");
    cr_assert_str_eq(device_kind(kit.device), "ane");
    cr_assert_str_eq(device_clock(kit.device), "virtual");
    cr_assert_eq(kit.device->mil_header, MIL_HEADER_IOS18);
    kit_close();
}

struct cores {
    char all[8], eval[8];
};

static void cores_note(void *context, const char *key, const char *value) {
    struct cores *cores = context;
    if (strcmp(key, "ane_cores") == 0)
        snprintf(cores->all, sizeof cores->all, "%s", value);
    else if (strcmp(key, "eval_cores") == 0)
        snprintf(cores->eval, sizeof cores->eval, "%s", value);
}

/* An answer of 32 bits, whatever stands above it; of two engines one evaluates, whichever cores are counted. */
Test(device_calls, cores_are_counted) {
    static const char *const troubles[][3] = {
        {"", "16", "16"}, {"two-engines", "16", "16"}, {"cores-of-both", "32", "16"}};
    for (int i = 0; i < 3; i++) {
        struct cores cores = {"", ""};
        kit_open_with(troubles[i][0], NULL);
        device_properties(kit.device, cores_note, &cores);
        cr_expect_str_eq(cores.all, troubles[i][1]);
        cr_expect_str_eq(cores.eval, troubles[i][2], "%s: %s", troubles[i][0], cores.eval);
        kit_close();
    }
}

/* Each path gives the right output after the output was poisoned. */
Test(device_calls, every_path_evaluates) {
    kit_open();
    struct subject *subject = loaded_subject(1);
    struct device_surface *in = subject_input(subject), *out = subject_output(subject);
    for (int path = DEVICE_PATH_MODEL; path < DEVICE_PATHS; path++) {
        const struct device_request_spec spec = {.program = subject_program(subject),
            .inputs = &in,
            .n_inputs = 1,
            .outputs = &out,
            .n_outputs = 1,
            .path = (enum device_eval_path)path};
        struct device_request *request;
        double worst;
        OK(device_request_create(kit.device, &spec, &request, &kit.error));
        subject_poison(subject);
        cr_assert_not(subject_output_is(subject, 1, &worst), "poisoned");
        OK(device_eval(kit.device, request, DEVICE_QOS_DEFAULT, &kit.error));
        cr_expect(subject_output_is(subject, 1, &worst), "path %d: %g", path, worst);
        device_request_free(kit.device, request);
    }
    subject_free(subject);
    kit_close();
}

/* The mask before the load, room in the request, and what comes by each path. */
static struct subject *asked_subject(void) {
    struct subject *subject = subject_of(1);
    OK(device_stats_ask(kit.device, subject_program(subject), 0xf, &kit.error));
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
    return subject;
}

static struct device_eval_stats stats_by(struct subject *subject, enum device_eval_path path) {
    struct device_surface *in = subject_input(subject), *out = subject_output(subject);
    const struct device_request_spec spec = {.program = subject_program(subject),
        .inputs = &in,
        .n_inputs = 1,
        .outputs = &out,
        .n_outputs = 1,
        .path = path};
    struct device_request *request;
    struct device_eval_stats stats;
    OK(device_request_create(kit.device, &spec, &request, &kit.error));
    OK(device_stats_read(kit.device, request, &stats, &kit.error));
    cr_assert_not(stats.there, "nothing was evaluated yet");
    OK(device_eval(kit.device, request, DEVICE_QOS_DEFAULT, &kit.error));
    OK(device_stats_read(kit.device, request, &stats, &kit.error));
    device_request_free(kit.device, request);
    return stats;
}

Test(device_calls, statistics_come_by_the_direct_call_alone) {
    kit_open_with(NULL, "eval_stats,direct\nbandwidth_gbs,0.01\n");
    struct subject *subject = asked_subject();
    cr_assert_not(stats_by(subject, DEVICE_PATH_MODEL).there);
    cr_assert_not(stats_by(subject, DEVICE_PATH_CLIENT).there);
    cr_assert(stats_by(subject, DEVICE_PATH_DIRECT).there);
    cr_assert(stats_by(subject, DEVICE_PATH_DIRECT).hardware_ns > 0);
    subject_free(subject);
    kit_close();
}

/* What the memory held before must not be taken for counts, nor counts for nothing. */
Test(device_calls, counters_come_as_the_engine_has_them) {
    static const struct {
        const char *lines;
        bool there;
        uint64_t energy;
    } cases[] = {{"counters,nil\n", false, 0}, {"counters,zero\n", true, 0},
        {"counters,constant\n", true, 1000 + DEVICE_COUNTER_ENERGY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kit_open_with(NULL, cases[i].lines);
        struct subject *subject = subject_of(1);
        struct device_program *program = subject_program(subject);
        struct device_request *request;
        struct device_counters counters;
        OK(device_counters_ask(kit.device, program, &kit.error));
        OK(device_program_pin(kit.device, program, 2, &kit.error));
        OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
        cr_assert_eq(device_program_pin(kit.device, program, 1, &kit.error), DEVICE_BROKEN);
        OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
        struct device_surface *in = subject_input(subject), *out = subject_output(subject);
        const struct device_request_spec spec = {
            .program = program, .inputs = &in, .n_inputs = 1, .outputs = &out, .n_outputs = 1};
        OK(device_request_create(kit.device, &spec, &request, &kit.error));
        OK(device_counters_read(kit.device, request, &counters, &kit.error));
        cr_assert_not(counters.there, "nothing was evaluated yet");
        OK(device_eval(kit.device, request, DEVICE_QOS_DEFAULT, &kit.error));
        OK(device_counters_read(kit.device, request, &counters, &kit.error));
        cr_expect_eq(counters.there, cases[i].there, "%s", cases[i].lines);
        cr_expect_eq(counters.count[DEVICE_COUNTER_ENERGY], cases[i].energy);
        device_request_free(kit.device, request);
        subject_free(subject);
        kit_close();
    }
}

Test(device_calls, statistics_that_were_not_asked_for_or_too_late) {
    kit_open_with(NULL, "eval_stats,works\n");
    struct subject *subject = loaded_subject(1);
    struct device_surface *in = subject_input(subject), *out = subject_output(subject);
    const struct device_request_spec spec = {.program = subject_program(subject),
        .inputs = &in,
        .n_inputs = 1,
        .outputs = &out,
        .n_outputs = 1};
    struct device_request *request;
    struct device_eval_stats stats;
    cr_assert_eq(device_stats_ask(kit.device, subject_program(subject), 1, &kit.error),
        DEVICE_BROKEN, "it is loaded");
    OK(device_request_create(kit.device, &spec, &request, &kit.error));
    cr_assert_eq(device_stats_read(kit.device, request, &stats, &kit.error), DEVICE_BROKEN);
    device_request_free(kit.device, request);
    subject_free(subject);
    kit_close();
}

Test(device_calls, statistics_without_their_selectors_are_unsupported_by_name) {
    static const char *const absent[] = {
        "setPerfStatsMask:", "objectWithIOSurface:statType:", "perfStats", "hwExecutionTime"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        char trouble[64];
        snprintf(trouble, sizeof trouble, "absent=%s", absent[i]);
        kit_open_with(trouble, "eval_stats,works\n");
        struct subject *subject = subject_of(1);
        cr_assert_eq(device_stats_ask(kit.device, subject_program(subject), 1, &kit.error),
            DEVICE_UNSUPPORTED, "%s", absent[i]);
        cr_assert_not_null(strstr(kit.error.text, absent[i]), "%s", kit.error.text);
        subject_free(subject);
        kit_close();
    }
}

Test(device_calls, a_second_compile_is_reported_as_cached) {
    kit_open();
    struct subject *subject = subject_of(1), *again = subject_of(1);
    struct device_compile_info info;
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    device_compile_info(kit.device, subject_program(subject), &info);
    cr_assert_not(info.cached);
    cr_assert(info.elapsed_ns > 0);
    OK(subject_compile(again, DEVICE_QOS_DEFAULT, &kit.error));
    device_compile_info(kit.device, subject_program(again), &info);
    cr_assert(info.cached);
    subject_free(subject);
    subject_free(again);
    kit_close();
}

Test(device_calls, background_compile_and_evals) {
    kit_open();
    struct subject *busy = loaded_subject(1), *next = subject_of(2);
    struct device_program *program = subject_program(next);
    int n_evals = 0;
    OK(device_compile_start(kit.device, program, DEVICE_QOS_DEFAULT, &kit.error));
    cr_assert_eq(device_load(kit.device, program, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_BROKEN,
        "it is being compiled");
    while (!device_compile_poll(kit.device, program)) {
        OK(subject_eval(busy, DEVICE_QOS_DEFAULT, &kit.error));
        n_evals++;
    }
    OK(device_compile_wait(kit.device, program, &kit.error));
    cr_assert(n_evals > 0);
    cr_assert_eq(device_compile_wait(kit.device, program, &kit.error), DEVICE_BROKEN,
        "every start has one wait");
    OK(subject_load(next, DEVICE_QOS_DEFAULT, &kit.error));
    bool right;
    double worst;
    OK(subject_verify(next, DEVICE_QOS_DEFAULT, &right, &worst, &kit.error));
    cr_assert(right, "%g", worst);
    subject_free(next);
    subject_free(busy);
    kit_close();
}

/* Freed during its compile: the compile is waited for, and nothing is left (kit_close checks). */
Test(device_calls, freeing_a_program_waits_for_its_compile) {
    kit_open();
    struct subject *subject = subject_of(1);
    OK(device_compile_start(kit.device, subject_program(subject), DEVICE_QOS_DEFAULT, &kit.error));
    subject_free(subject);
    kit_close();
}

Test(device_calls, closing_with_everything_in_use_leaves_nothing) {
    kit_open();
    struct subject *subject = loaded_subject(1);
    OK(device_compile_start(
        kit.device, subject_program(subject_of(2)), DEVICE_QOS_DEFAULT, &kit.error));
    subject_free(subject);
    kit_close();
}

static void limited(void) {
    kit_open_with(NULL, "limit_kind,compiles\nlimit_value,2\n");
}

Test(device_calls, a_limit_is_a_failure_in_words) {
    limited();
    for (uint64_t i = 0; i < 2; i++)
        subject_free(loaded_subject(i));
    struct subject *third = subject_of(3);
    cr_assert_eq(subject_compile(third, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_FAILED);
    cr_assert_str_eq(kit.error.stage, "compile");
    cr_assert_str_eq(kit.error.domain, "com.apple.appleneuralengine");
    cr_assert_neq(kit.error.code, 0);
    cr_assert_not_null(
        strstr(kit.error.text, "compileWithQoS:options:error: failed"), "%s", kit.error.text);
    subject_free(third);
    kit_close();
}

static void refused_chain(void) {
    kit_open_with(NULL, "chain,prepare_fails\n");
}

Test(device_calls, a_refused_chain_is_error_15) {
    refused_chain();
    struct subject *subject = loaded_subject(1);
    const struct device_chain_spec spec = {.program = subject_program(subject),
        .input = subject_input(subject),
        .output = subject_output(subject),
        .steps = 2};
    struct device_chain *chain;
    cr_assert_eq(device_chain_prepare(kit.device, &spec, DEVICE_QOS_DEFAULT, &chain, &kit.error),
        DEVICE_FAILED);
    cr_assert_eq(kit.error.code, 15);
    cr_assert_not_null(strstr(kit.error.text, "could not prepare chaining"));
    subject_free(subject);
    kit_close();
}

static void working_chain(void) {
    kit_open_with(NULL, "chain,works\n");
}

/* All steps of a chain, the last one twice; kit_close checks that nothing is left. */
Test(device_calls, a_chain_runs_and_runs_again) {
    working_chain();
    struct subject *subject = loaded_subject(1);
    const struct device_chain_spec spec = {.program = subject_program(subject),
        .input = subject_input(subject),
        .output = subject_output(subject),
        .steps = 1};
    struct device_chain *chain;
    double worst;
    OK(device_chain_prepare(kit.device, &spec, DEVICE_QOS_DEFAULT, &chain, &kit.error));
    cr_assert_eq(device_chain_enqueue(kit.device, chain, DEVICE_QOS_DEFAULT, &kit.error),
        DEVICE_BROKEN, "not ready yet");
    OK(device_chain_ready(kit.device, chain, DEVICE_QOS_DEFAULT, &kit.error));
    for (int round = 0; round < 2; round++) {
        subject_poison(subject);
        OK(device_chain_enqueue(kit.device, chain, DEVICE_QOS_DEFAULT, &kit.error));
        cr_assert(subject_output_is(subject, 1, &worst), "round %d: %g", round, worst);
    }
    device_chain_free(kit.device, chain);
    subject_free(subject);
    kit_close();
}

/* Two outputs whose alphabetical order is not that of the text. */
static enum specimen_outcome two_outputs_evaluate(void) {
    const struct specimen_function function = {.name = "main",
        .inputs = MIL_F16("1, 64, 1, 64") " x",
        .body = MIL_BODY(MIL_OP(MIL_F16("1, 64, 1, 64"), "zebra", "add(x=x, y=x)"),
            MIL_OP(MIL_F16("1, 64, 1, 64"), "ant", "mul(x=x, y=zebra)")),
        .outputs = "zebra, ant"};
    const struct specimen_spec spec = {.functions = &function, .n_functions = 1};
    struct specimen *specimen;
    enum specimen_outcome outcome;
    OK(specimen_create(&kit.t, &spec, &specimen, &kit.error));
    OK(specimen_compile(specimen, &kit.error));
    OK(specimen_load(specimen, &kit.error));
    OK(specimen_eval(specimen, &outcome, &kit.error));
    specimen_free(specimen);
    return outcome;
}

Test(device_calls, outputs_in_their_order) {
    kit_open();
    cr_assert_eq(two_outputs_evaluate(), SPECIMEN_RIGHT);
    kit_close();
}

static void by_name(void) {
    kit_open_with("outputs-by-name", NULL);
}

Test(device_calls, outputs_in_alphabetical_order) {
    by_name();
    cr_assert_eq(two_outputs_evaluate(), SPECIMEN_RIGHT);
    kit_close();
}

static void without_attributes(void) {
    kit_open_with("absent=modelAttributes", NULL);
}

/* If a program does not say which layout its surfaces need, they are dense. If it needs another layout, the
 * call succeeds and the output is wrong. */
Test(device_calls, without_attributes_layouts_are_dense) {
    without_attributes();
    struct subject *subject = loaded_subject(1);
    struct device_layout layout;
    OK(device_layout(kit.device, subject_program(subject), 0, false, 0, &layout, &kit.error));
    cr_assert_eq(layout.channel_stride_bytes, 32);
    cr_assert_eq(layout.bytes, 65536);
    subject_free(subject);
    kit_close();
}

static void without_client(void) {
    kit_open_with("absent=doEvaluateDirectWithModel:options:request:qos:error:", NULL);
}

Test(device_calls, an_absent_path_is_unsupported) {
    without_client();
    struct subject *subject = loaded_subject(1);
    struct device_surface *in = subject_input(subject), *out = subject_output(subject);
    const struct device_request_spec spec = {.program = subject_program(subject),
        .inputs = &in,
        .n_inputs = 1,
        .outputs = &out,
        .n_outputs = 1,
        .path = DEVICE_PATH_DIRECT};
    struct device_request *request;
    cr_assert_eq(
        device_request_create(kit.device, &spec, &request, &kit.error), DEVICE_UNSUPPORTED);
    cr_assert_not_null(strstr(kit.error.text, "is absent on this OS"), "%s", kit.error.text);
    subject_free(subject);
    kit_close();
}

static void *lock_refused(struct device *device, struct device_surface *surface, bool write) {
    (void)device, (void)surface, (void)write;
    return NULL;
}

/* The stand-in counts an unlock without a lock as a violation, which kit_close sees. */
Test(device_calls, a_surface_that_was_not_locked_is_not_unlocked) {
    kit_open();
    const struct specimen_function function = {"main", MIL_F16("1, 8, 1, 16") " x",
        MIL_BODY(MIL_OP(MIL_F16("1, 8, 1, 16"), "y", "add(x=x, y=x)")), "y"};
    const struct specimen_spec spec = {.functions = &function, .n_functions = 1};
    struct subject *subject = loaded_subject(1), *other = loaded_subject(2);
    struct specimen *specimen;
    OK(specimen_create(&kit.t, &spec, &specimen, &kit.error));
    OK(specimen_compile(specimen, &kit.error));
    OK(specimen_load(specimen, &kit.error));

    const struct device_table *honest = kit.device->table;
    struct device_table refusing = *honest;
    refusing.surface_lock = lock_refused;
    kit.device->table = &refusing;
    enum specimen_outcome outcome;
    bool right;
    double worst;
    cr_expect_eq(specimen_eval(specimen, &outcome, &kit.error), DEVICE_BROKEN);
    cr_expect_not_null(strstr(kit.error.text, "cannot lock"), "%s", kit.error.text);
    cr_expect_eq(subject_copy(subject, other, &kit.error), DEVICE_BROKEN);
    subject_poison(subject);
    subject_negate(subject, false);
    OK(subject_verify(subject, DEVICE_QOS_DEFAULT, &right, &worst, &kit.error));
    cr_expect_not(right, "what cannot be read is not right");
    kit.device->table = honest;

    specimen_free(specimen);
    subject_free(other);
    subject_free(subject);
    kit_close();
}

Test(device_calls, misuse_is_refused_before_it_is_sent) {
    kit_open();
    struct subject *subject = subject_of(1);
    struct device_program *program = subject_program(subject);
    cr_assert_eq(device_load(kit.device, program, 21, &kit.error), DEVICE_BROKEN, "not compiled");
    cr_assert_eq(device_unload(kit.device, program, &kit.error), DEVICE_BROKEN, "not loaded");
    cr_assert_eq(device_compile(kit.device, program, -1, &kit.error), DEVICE_FAILED, "no such QoS");
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
    cr_assert_eq(device_load(kit.device, program, 21, &kit.error), DEVICE_BROKEN, "loaded");
    struct device_surface *in = subject_input(subject), *out = NULL;
    const struct device_layout small = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, 8, 1, 15}},
        .bytes = 65536,
        .row_stride_bytes = 64,
        .channel_stride_bytes = 64};
    OK(device_surface_create(kit.device, &small, &out, &kit.error));
    const struct device_request_spec spec = {
        .program = program, .inputs = &in, .n_inputs = 1, .outputs = &out, .n_outputs = 1};
    struct device_request *request;
    cr_assert_eq(device_request_create(kit.device, &spec, &request, &kit.error), DEVICE_BROKEN);
    device_surface_free(kit.device, out);
    subject_free(subject);
    kit_close();
}
