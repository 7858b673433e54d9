/* SPDX-License-Identifier: MIT
 *
 * The coreml device's calls on the stand-in: with and without a copy, background compiles, several
 * functions, layouts, what it has not, errors in words, misuse.
 */
#include "device_kit.h"

#include "device/device_table.h"
#include "experiment/specimen.h"

TestSuite(coreml_calls, .timeout = 60);

static bool verifies(struct subject *subject) {
    bool right = false;
    double worst;
    OK(subject_verify(subject, DEVICE_QOS_DEFAULT, &right, &worst, &kit.error));
    return right;
}

Test(coreml_calls, names_clock_and_units) {
    static const struct {
        const char *given, *name;
    } names[] = {{"coreml", "coreml:ne,stand-in"}, {"coreml:ne", "coreml:ne,stand-in"},
        {"coreml:gpu", "coreml:gpu,stand-in"}, {"coreml:cpu", "coreml:cpu,stand-in"},
        {"coreml:all,io=copy", "coreml:all,io=copy,stand-in"},
        {"coreml:gpu,model=memory,io=copy", "coreml:gpu,io=copy,model=memory,stand-in"},
        {"coreml:cpu,mil=ios17", "coreml:cpu,stand-in,mil=ios17"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        kit_open_device(names[i].given, NULL, NULL);
        cr_expect_str_eq(kit.device->name, names[i].name);
        cr_expect_str_eq(device_kind(kit.device), "coreml");
        cr_expect_str_eq(device_clock(kit.device), "virtual");
        kit_close();
    }
}

/* Every combination of options gives the right output after the output was poisoned. */
Test(coreml_calls, every_unit_and_copy_evaluates) {
    static const char *const devices[] = {"coreml:ne", "coreml:gpu", "coreml:cpu", "coreml:all",
        "coreml:ne,io=copy", "coreml:ne,mil=ios16", "coreml:ne,mil=ios17", "coreml:ne,model=memory",
        "coreml:cpu,io=copy,model=memory"};
    static const enum subject_kind kinds[] = {SUBJECT_SCALE, SUBJECT_CONV};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        kit_open_device(devices[i], NULL, NULL);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            const struct subject_spec spec = {
                .kind = kinds[k], .channels = 8, .spatial = 20, .depth = 2, .weight_seed = 5};
            struct subject *subject;
            OK(subject_create(&kit.t, &spec, &subject, &kit.error));
            OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
            OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
            cr_expect(verifies(subject), "%s, kind %d", devices[i], kinds[k]);
            OK(subject_unload(subject, &kit.error));
            OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
            cr_expect(verifies(subject), "%s, kind %d, loaded again", devices[i], kinds[k]);
            subject_free(subject);
        }
        kit_close();
    }
}

/* Rows of 20 halves are 40 bytes, in a pixel buffer 64. */
Test(coreml_calls, rows_are_padded_only_where_they_are_shared) {
    struct device_layout layout;
    const struct subject_spec spec = {
        .kind = SUBJECT_SCALE, .channels = 8, .spatial = 20, .depth = 1, .weight_seed = 5};
    for (int copies = 0; copies < 2; copies++) {
        kit_open_device(copies ? "coreml:ne,io=copy" : "coreml:ne", NULL, NULL);
        struct subject *subject;
        OK(subject_create(&kit.t, &spec, &subject, &kit.error));
        OK(device_layout(kit.device, subject_program(subject), 0, true, 0, &layout, &kit.error));
        cr_expect_eq(layout.row_stride_bytes, copies ? 40 : 64);
        cr_expect_eq(layout.channel_stride_bytes, copies ? 40 : 64);
        cr_expect_eq(layout.bytes, copies ? 8 * 40 : 8 * 64);
        subject_free(subject);
        kit_close();
    }
}

static enum specimen_outcome outcome_of(
    const struct specimen_function *functions, int n_functions, int function) {
    const struct specimen_spec spec = {.functions = functions, .n_functions = n_functions};
    struct specimen *specimen;
    enum specimen_outcome outcome;
    OK(specimen_create(&kit.t, &spec, &specimen, &kit.error));
    OK(specimen_compile(specimen, &kit.error));
    OK(specimen_load(specimen, &kit.error));
    OK(specimen_bind(specimen, function, function, NULL, &kit.error));
    OK(specimen_eval(specimen, &outcome, &kit.error));
    specimen_free(specimen);
    return outcome;
}

/* Two inputs and two outputs by name, whatever their order. */
Test(coreml_calls, several_inputs_and_outputs) {
    static const char *const devices[] = {"coreml:ne", "coreml:ne,io=copy"};
    const struct specimen_function function = {.name = "main",
        .inputs = MIL_F16("1, 8, 2, 12") " zoo, " MIL_F16("1, 8, 2, 12") " ape",
        .body = MIL_BODY(MIL_OP(MIL_F16("1, 8, 2, 12"), "zebra", "sub(x=zoo, y=ape)"),
            MIL_OP(MIL_F16("1, 8, 2, 12"), "ant", "mul(x=ape, y=zebra)")),
        .outputs = "zebra, ant"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        kit_open_device(devices[i], NULL, NULL);
        cr_expect_eq(outcome_of(&function, 1, 0), SPECIMEN_RIGHT, "%s", devices[i]);
        kit_close();
    }
}

/* Each is loaded by its name. */
Test(coreml_calls, several_functions) {
    const struct specimen_function functions[] = {
        {.name = "main",
            .inputs = MIL_F16("1, 8, 1, 16") " x",
            .body = MIL_BODY(MIL_OP(MIL_F16("1, 8, 1, 16"), "y", "add(x=x, y=x)")),
            .outputs = "y"},
        {.name = "square",
            .inputs = MIL_F16("1, 8, 1, 16") " x",
            .body = MIL_BODY(MIL_OP(MIL_F16("1, 8, 1, 16"), "y", "mul(x=x, y=x)")),
            .outputs = "y"}};
    kit_open_device("coreml:ne", NULL, NULL);
    for (int i = 0; i < 2; i++)
        cr_expect_eq(outcome_of(functions, 2, i), SPECIMEN_RIGHT, "function %d", i);
    kit_close();
}

/* The way that is used is told, and leaves no file. */
static void model_note(void *context, const char *key, const char *value) {
    if (strcmp(key, "model") == 0)
        snprintf(context, 64, "%s", value);
}

Test(coreml_calls, the_way_of_a_model_is_told) {
    static const char *const rows[][2] = {{"coreml:ne", "package in a directory, compiled"},
        {"coreml:ne,model=memory", "asset in memory"}};
    for (size_t i = 0; i < 2; i++) {
        char told[64] = "";
        kit_open_device(rows[i][0], NULL, NULL);
        device_properties(kit.device, model_note, told);
        cr_expect_str_eq(told, rows[i][1]);
        struct subject *subject = loaded_subject(1);
        cr_expect_eq(entry_count(kit.tmp), 1, "%s", rows[i][0]);
        subject_free(subject);
        kit_close();
    }
}

/* Before macOS 15 there is no asset with weights, before macOS 13 none. */
Test(coreml_calls, assets_that_a_system_lacks) {
    static const char *const absent[] = {"modelAssetWithSpecificationData:blobMapping:error:",
        "loadModelAsset:configuration:completionHandler:", "MLModelAsset"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        char trouble[96];
        snprintf(trouble, sizeof trouble, "absent=%s", absent[i]);
        kit_open_device("coreml:ne,model=memory", trouble, NULL);
        struct subject *subject = subject_of(1);
        UNSUPPORTED(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error), absent[i]);
        subject_free(subject);
        kit_close();
    }
}

Test(coreml_calls, background_compile_and_evals) {
    kit_open_device("coreml:ne", NULL, NULL);
    struct subject *busy = loaded_subject(1), *next = subject_of(2);
    struct device_program *program = subject_program(next);
    struct device_compile_info info;
    int n_evals = 0;
    OK(device_compile_start(kit.device, program, DEVICE_QOS_DEFAULT, &kit.error));
    while (!device_compile_poll(kit.device, program)) {
        OK(subject_eval(busy, DEVICE_QOS_DEFAULT, &kit.error));
        n_evals++;
    }
    OK(device_compile_wait(kit.device, program, &kit.error));
    cr_assert(n_evals > 0);
    device_compile_info(kit.device, program, &info);
    cr_expect(info.compiler_ns > 0 && info.emit_ns + info.compiler_ns == info.elapsed_ns);
    OK(subject_load(next, DEVICE_QOS_DEFAULT, &kit.error));
    cr_assert(verifies(next));
    cr_assert(verifies(busy));
    subject_free(next);
    subject_free(busy);
    kit_close();
}

/* Freed during a compile, and closed with everything in use: nothing is left (kit_close checks). */
Test(coreml_calls, freeing_and_closing_early_leaves_nothing) {
    kit_open_device("coreml:ne", NULL, NULL);
    struct subject *subject = subject_of(1);
    OK(device_compile_start(kit.device, subject_program(subject), DEVICE_QOS_DEFAULT, &kit.error));
    subject_free(subject);
    subject = loaded_subject(2);
    OK(device_compile_start(
        kit.device, subject_program(subject_of(3)), DEVICE_QOS_DEFAULT, &kit.error));
    subject_free(subject);
    kit_close();
}

/* Lanes side by side, each of a model of its own. */
Test(coreml_calls, lanes_evaluate_side_by_side) {
    enum { LANES = 3, EVALS = 20 };
    struct subject *subjects[LANES];
    struct device_request *requests[LANES];
    struct device_lane lanes[LANES];
    uint64_t ends[LANES][EVALS];
    kit_open_device("coreml:ne", NULL, NULL);
    for (int i = 0; i < LANES; i++) {
        subjects[i] = loaded_subject((uint64_t)i);
        struct device_surface *in = subject_input(subjects[i]), *out = subject_output(subjects[i]);
        const struct device_request_spec spec = {.program = subject_program(subjects[i]),
            .inputs = &in,
            .n_inputs = 1,
            .outputs = &out,
            .n_outputs = 1};
        OK(device_request_create(kit.device, &spec, &requests[i], &kit.error));
        lanes[i] = (struct device_lane){requests[i], ends[i]};
    }
    OK(device_eval_lanes(kit.device, lanes, LANES, EVALS, DEVICE_QOS_DEFAULT, &kit.error));
    for (int i = 0; i < LANES; i++) {
        cr_expect(ends[i][EVALS - 1] > ends[i][0]);
        device_request_free(kit.device, requests[i]);
        subject_free(subjects[i]);
    }
    kit_close();
}

/* What Core ML does not offer is unsupported, with the reason. */
Test(coreml_calls, missing_features_are_unsupported) {
    kit_open_device("coreml:ne", NULL, NULL);
    struct subject *subject = loaded_subject(1);
    struct device_program *program = subject_program(subject);
    struct device_surface *in = subject_input(subject), *out = subject_output(subject);
    struct device_request *request;
    struct device_chain *chain;
    void *weights;
    size_t bytes;
    uint16_t data[8] = {0};
    const struct device_chain_spec chain_spec = {
        .program = program, .input = in, .output = out, .steps = 1};
    struct device_request_spec spec = {.program = program,
        .inputs = &in,
        .n_inputs = 1,
        .outputs = &out,
        .n_outputs = 1,
        .path = DEVICE_PATH_REALTIME};
    UNSUPPORTED(subject_eval(subject, DEVICE_QOS_BACKGROUND, &kit.error), "no quality of service");
    UNSUPPORTED(
        device_chain_prepare(kit.device, &chain_spec, DEVICE_QOS_DEFAULT, &chain, &kit.error),
        "no chained requests");
    UNSUPPORTED(
        device_request_create(kit.device, &spec, &request, &kit.error), "one path for evals");
    spec.path = DEVICE_PATH_MODEL;
    spec.weights_buffer = in;
    UNSUPPORTED(device_request_create(kit.device, &spec, &request, &kit.error), "no weights with");
    UNSUPPORTED(device_weights_map(kit.device, program, 0, &weights, &bytes, &kit.error), "");
    UNSUPPORTED(device_stats_ask(kit.device, program, 1, &kit.error), "no statistics");
    UNSUPPORTED(device_source_rewrite(kit.device, program, "@model_path/weights/weight.bin", 64,
                    data, sizeof data, &kit.error),
        "another model");
    UNSUPPORTED(device_compiled_rewrite(kit.device, program, "@model_path/weights/weight.bin", 64,
                    data, sizeof data, &kit.error),
        "another model");
    OK(subject_unload(subject, &kit.error));
    UNSUPPORTED(device_compile(kit.device, program, DEVICE_QOS_UTILITY, &kit.error), "of service");
    UNSUPPORTED(device_load(kit.device, program, DEVICE_QOS_UTILITY, &kit.error), "of service");
    subject_free(subject);
    kit_close();
}

/* fp32 has no pixel format: it is refused when shared and works when copied. */
Test(coreml_calls, fp32_is_copied_or_refused) {
    const struct device_layout layout = {.type = {.dtype = MIL_FP32, .rank = 2, .dim = {4, 16}},
        .bytes = 256,
        .row_stride_bytes = 64,
        .channel_stride_bytes = 64};
    struct device_surface *surface;
    kit_open_device("coreml:ne", NULL, NULL);
    UNSUPPORTED(device_surface_create(kit.device, &layout, &surface, &kit.error), "use io=copy");
    kit_close();
    kit_open_device("coreml:ne,io=copy", NULL, NULL);
    OK(device_surface_create(kit.device, &layout, &surface, &kit.error));
    device_surface_free(kit.device, surface);
    kit_close();
}

Test(coreml_calls, misuse_is_refused_before_it_is_sent) {
    kit_open_device("coreml:ne", NULL, NULL);
    struct subject *subject = subject_of(1);
    struct device_program *program = subject_program(subject);
    struct device_surface *surface;
    const struct device_layout wrong = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, 8, 1, 16}},
        .bytes = 100,
        .row_stride_bytes = 64,
        .channel_stride_bytes = 64};
    cr_assert_eq(device_load(kit.device, program, 21, &kit.error), DEVICE_BROKEN, "not compiled");
    cr_assert_eq(device_unload(kit.device, program, &kit.error), DEVICE_BROKEN, "not loaded");
    cr_assert_eq(device_compile(kit.device, program, -1, &kit.error), DEVICE_FAILED, "no such QoS");
    cr_assert_eq(
        device_surface_create(kit.device, &wrong, &surface, &kit.error), DEVICE_BROKEN, "bytes");
    const struct device_layout narrow = {
        .type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, 8, 1, 64}},
        .bytes = 512,
        .row_stride_bytes = 64,
        .channel_stride_bytes = 64};
    cr_assert_eq(
        device_surface_create(kit.device, &narrow, &surface, &kit.error), DEVICE_BROKEN, "rows");
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    OK(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error));
    OK(subject_load(subject, DEVICE_QOS_DEFAULT, &kit.error));
    cr_assert_eq(device_compile(kit.device, program, 21, &kit.error), DEVICE_UNSUPPORTED, "loaded");
    cr_assert(verifies(subject));
    subject_free(subject);
    kit_close();
}

/* ---- what goes wrong in Core ML */

Test(coreml_calls, backings_that_are_refused) {
    kit_open_device("coreml:ne", "backings-refused", NULL);
    struct subject *subject = loaded_subject(1);
    cr_assert_eq(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_FAILED);
    cr_assert_str_eq(kit.error.stage, "eval");
    cr_assert_str_eq(kit.error.domain, "com.apple.CoreML");
    cr_assert_not_null(strstr(kit.error.text, "output backing"), "%s", kit.error.text);
    subject_free(subject);
    kit_close();
    kit_open_device("coreml:ne,io=copy", "backings-refused", NULL);
    subject = loaded_subject(1);
    cr_assert(verifies(subject), "copied");
    subject_free(subject);
    kit_close();
}

Test(coreml_calls, a_load_that_fails_with_11) {
    kit_open_device("coreml:ne", "load-11", NULL);
    struct subject *subject = subject_of(1);
    cr_assert_eq(subject_compile(subject, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_FAILED);
    cr_assert_eq(kit.error.code, 11);
    cr_assert_str_eq(kit.error.stage, "load");
    cr_assert_not_null(strstr(kit.error.text, "E5RT: error 11"), "%s", kit.error.text);
    subject_free(subject);
    kit_close();
}

Test(coreml_calls, a_limit_of_the_engine_is_a_failure_in_words) {
    kit_open_device("coreml:ne", NULL, "limit_kind,compiles\nlimit_value,2\n");
    for (uint64_t i = 0; i < 2; i++)
        subject_free(loaded_subject(i));
    struct subject *third = subject_of(3);
    cr_assert_eq(subject_compile(third, DEVICE_QOS_DEFAULT, &kit.error), DEVICE_FAILED);
    cr_assert_not_null(strstr(kit.error.text, "modelWithContentsOfURL:configuration:error: failed"),
        "%s", kit.error.text);
    subject_free(third);
    kit_close();
}

static enum device_status opens(const char *name, const char *trouble) {
    struct device *device;
    setenv("ANEPROBE_STANDIN_TROUBLE", trouble, 1);
    enum device_status status = device_open(name, 1, &device, &kit.error);
    if (status == DEVICE_OK)
        device_close(device);
    return status;
}

Test(coreml_calls, a_machine_without_an_engine) {
    UNSUPPORTED(opens("coreml:ne", "no-engine"), "sees no Neural Engine");
    OK(opens("coreml:gpu", "no-engine"));
    OK(opens("coreml:cpu", "no-engine"));
    OK(opens("coreml:ne", "absent=availableComputeDevices"));
    cr_assert_eq(opens("coreml:tpu", ""), DEVICE_BROKEN);
    cr_assert_str_eq(kit.error.domain, DEVICE_USAGE_DOMAIN);
}

/* The names of the ways, from either side, and that each runs while the device that was asked stays open. */
Test(coreml_calls, ways_to_a_machine) {
    static const struct {
        const char *asked;
        enum device_way way;
        const char *name;
    } rows[] = {{"ane", DEVICE_WAY_DIRECT, "ane:stand-in"},
        {"ane", DEVICE_WAY_NE, "coreml:ne,stand-in"},
        {"ane:mil=ios17", DEVICE_WAY_GPU, "coreml:gpu,stand-in,mil=ios17"},
        {"coreml:cpu,mil=ios16", DEVICE_WAY_DIRECT, "ane:stand-in,mil=ios16"},
        {"coreml:gpu,io=copy", DEVICE_WAY_CPU, "coreml:cpu,stand-in"},
        {"coreml", DEVICE_WAY_NE_COPY, "coreml:ne,io=copy,stand-in"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_open_device(rows[i].asked, NULL, NULL);
        struct device *asked = kit.device;
        struct device *machine;
        OK(device_way_open(asked, rows[i].way, 1, &machine, &kit.error));
        cr_expect_str_eq(machine->name, rows[i].name);
        kit.device = kit.t.device = machine;
        struct subject *subject = loaded_subject(1);
        cr_expect(verifies(subject), "%s", rows[i].name);
        subject_free(subject);
        device_close(machine);
        kit.device = asked;
        kit_close();
    }
}

/* What is taken from Core ML is given back: no object or descriptor is left after many programs and evals, with
 * inputs and outputs shared or copied. */
Test(coreml_calls, many_programs_and_evals_leave_nothing, .timeout = 120) {
    enum { LIVES = 40, EVALS = 50, HASHES = 4 };
    static const char *const devices[] = {
        "coreml:ne", "coreml:ne,io=copy", "coreml:ne,model=memory"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        long live = 0, owned = 0;
        int descriptors = 0;
        kit_open_device(devices[i], NULL, NULL);
        for (uint64_t life = 0; life < LIVES; life++) {
            struct subject *subject = loaded_subject(life % HASHES);
            for (int eval = 0; eval < EVALS; eval++)
                OK(subject_eval(subject, DEVICE_QOS_DEFAULT, &kit.error));
            subject_free(subject);
            if (life == HASHES) {
                live = kit.aneprobe_standin_live(NULL);
                owned = kit.aneprobe_standin_owned();
                descriptors = entry_count("/proc/self/fd");
            }
        }
        cr_expect_eq(kit.aneprobe_standin_live(NULL), live, "%s: objects", devices[i]);
        cr_expect_eq(kit.aneprobe_standin_owned(), owned, "%s: references", devices[i]);
        cr_expect_eq(entry_count("/proc/self/fd"), descriptors, "%s: descriptors", devices[i]);
        kit_close();
    }
}
