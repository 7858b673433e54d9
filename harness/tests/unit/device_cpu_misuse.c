/* SPDX-License-Identifier: MIT
 *
 * Calls in the wrong order or with wrong arguments: a status and a reason, never a crash.
 */
#include "device_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static struct device *device;
static struct device_error error;
static struct device_program *program;

static void device_start(void) {
    device = open_or_fail("cpu");
    program = scale_create(device, 1);
}

static void device_end(void) {
    device_program_free(device, program);
    device_close(device);
}

TestSuite(device_cpu_misuse, .init = device_start, .fini = device_end);

/* The call returns that status, at that stage, with a reason that contains that word. */
#define GIVES(call, wanted, at, word)                                                              \
    do {                                                                                           \
        error = (struct device_error){0};                                                          \
        cr_assert_eq((call), (wanted));                                                            \
        cr_assert_eq(error.status, (wanted));                                                      \
        cr_assert_str_eq(error.stage, (at));                                                       \
        cr_assert_not_null(strstr(error.text, (word)), "%s", error.text);                          \
    } while (0)

static void program_load(void) {
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
}

Test(device_cpu_misuse, before_compile_and_load) {
    struct device_request *request;
    struct device_chain *chain;
    const struct device_request_spec spec = {.program = program};
    const struct device_chain_spec chain_spec = {.program = program, .steps = 1};
    uint16_t w[CHANNELS] = {0};
    GIVES(device_load(device, program, 21, &error), DEVICE_BROKEN, "load", "compile it first");
    GIVES(device_unload(device, program, &error), DEVICE_BROKEN, "unload", "not loaded");
    GIVES(device_request_create(device, &spec, &request, &error), DEVICE_BROKEN, "request",
        "load it first");
    GIVES(device_chain_prepare(device, &chain_spec, 21, &chain, &error), DEVICE_BROKEN, "prepare",
        "load it first");
    GIVES(device_compiled_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error),
        DEVICE_BROKEN, "rewrite", "compile it first");
    GIVES(device_compile_wait(device, program, &error), DEVICE_BROKEN, "compile",
        "call compile_start first");
    cr_assert(device_compile_poll(device, program));
}

Test(device_cpu_misuse, while_a_compile_runs) {
    OK(device_compile_start(device, program, 21, &error));
    GIVES(device_compile_start(device, program, 21, &error), DEVICE_BROKEN, "compile",
        "compile_wait");
    GIVES(device_load(device, program, 21, &error), DEVICE_BROKEN, "load", "compile_wait");
    OK(device_compile_wait(device, program, &error));
    OK(device_load(device, program, 21, &error));
    GIVES(device_load(device, program, 21, &error), DEVICE_BROKEN, "load", "unload it first");
}

Test(device_cpu_misuse, free_and_close_wait_for_compiles) {
    OK(device_compile_start(device, program, 21, &error));
    struct device_program *second = scale_create(device, 2), *third = scale_create(device, 3);
    OK(device_compile_start(device, second, 21, &error));
    OK(device_compile_start(device, third, 21, &error));
    device_program_free(device, second); /* queued behind another */
}

Test(device_cpu_misuse, after_unload_and_free) {
    struct fixture_run run;
    struct device_chain *chain;
    program_load();
    run_make(device, program, &run);
    const struct device_chain_spec spec = {
        .program = program, .input = run.in, .output = run.out, .steps = 2};
    OK(device_chain_prepare(device, &spec, 21, &chain, &error));
    OK(device_chain_ready(device, chain, 21, &error));
    OK(device_unload(device, program, &error));
    GIVES(device_unload(device, program, &error), DEVICE_BROKEN, "unload", "not loaded");
    GIVES(device_eval(device, run.request, 21, &error), DEVICE_BROKEN, "eval", "not loaded");
    GIVES(device_chain_enqueue(device, chain, 21, &error), DEVICE_BROKEN, "enqueue", "not loaded");
    OK(device_load(device, program, 21, &error));
    device_surface_free(device, run.in);
    OK(device_eval(device, run.request, 21, &error)); /* the request still holds its surface */
    device_program_free(device, program);
    GIVES(device_eval(device, run.request, 21, &error), DEVICE_BROKEN, "eval", "not loaded");
    GIVES(device_chain_enqueue(device, chain, 21, &error), DEVICE_BROKEN, "enqueue", "not loaded");
    device_chain_free(device, chain);
    device_request_free(device, run.request);
    device_surface_free(device, run.out);
    program = NULL;
}

Test(device_cpu_misuse, procedures_qualities_and_indices) {
    struct fixture_run run;
    struct device_layout layout;
    struct device_request *request;
    GIVES(device_compile(device, program, 64, &error), DEVICE_FAILED, "compile", "64");
    program_load();
    run_make(device, program, &run);
    GIVES(device_eval(device, run.request, 64, &error), DEVICE_FAILED, "eval", "64");
    GIVES(device_eval(device, run.request, -1, &error), DEVICE_FAILED, "eval", "-1");
    for (int qos = 0; qos < 64; qos++)
        OK(device_eval(device, run.request, qos, &error));
    GIVES(device_layout(device, program, 1, false, 0, &layout, &error), DEVICE_FAILED, "surface",
        "procedure 1");
    GIVES(device_layout(device, program, 0, false, 1, &layout, &error), DEVICE_FAILED, "surface",
        "input 1");
    struct device_request_spec spec = {.program = program,
        .procedure = 1,
        .inputs = &run.in,
        .n_inputs = 1,
        .outputs = &run.out,
        .n_outputs = 1};
    GIVES(device_request_create(device, &spec, &request, &error), DEVICE_FAILED, "request",
        "procedure 1");
    spec.procedure = 0;
    spec.n_inputs = 0;
    GIVES(device_request_create(device, &spec, &request, &error), DEVICE_BROKEN, "request",
        "1 inputs");
    spec.n_inputs = 1;
    spec.outputs = &run.in;
    GIVES(device_request_create(device, &spec, &request, &error), DEVICE_UNSUPPORTED, "request",
        "shares");
    run_free(device, &run);
}

Test(device_cpu_misuse, surfaces_of_other_shapes) {
    struct device_layout layout;
    struct device_surface *surface, *output;
    struct device_request *request;
    program_load();
    OK(device_layout(device, program, 0, false, 0, &layout, &error));
    cr_assert_eq(layout.bytes, ELEMENTS * 2);
    cr_assert_eq(layout.row_stride_bytes, POSITIONS * 2);
    cr_assert_eq(layout.channel_stride_bytes, POSITIONS * 2);
    OK(device_surface_create(device, &layout, &output, &error));
    struct device_layout bad = layout;
    bad.channel_stride_bytes *= 2;
    GIVES(device_surface_create(device, &bad, &surface, &error), DEVICE_UNSUPPORTED, "surface",
        "surfaces on the cpu device are dense");
    bad = layout;
    bad.bytes /= 2;
    GIVES(device_surface_create(device, &bad, &surface, &error), DEVICE_UNSUPPORTED, "surface",
        "surfaces on the cpu device are dense");
    bad = layout;
    bad.type.dtype = MIL_STRING;
    GIVES(device_surface_create(device, &bad, &surface, &error), DEVICE_UNSUPPORTED, "surface",
        "fp16");
    bad = layout;
    bad.type.dim[1] = INT64_MAX / 2;
    GIVES(device_surface_create(device, &bad, &surface, &error), DEVICE_BROKEN, "surface", "shape");
    bad = layout;
    bad.type.dim[3] = 15;
    bad.row_stride_bytes = bad.channel_stride_bytes = 30;
    OK(device_surface_create(device, &bad, &surface, &error));
    struct device_request_spec spec = {
        .program = program, .inputs = &surface, .n_inputs = 1, .outputs = &output, .n_outputs = 1};
    GIVES(device_request_create(device, &spec, &request, &error), DEVICE_BROKEN, "request",
        "input 0");
    device_surface_free(device, surface);
    device_surface_free(device, output);
    device_surface_free(device, NULL);
}

Test(device_cpu_misuse, sources_that_are_not_programs) {
    static const char *const paths[] = {"@model_path/weights/../../x.bin",
        "@model_path/weights/a/b.bin", "@model_path/weights/", "/etc/passwd",
        "@model_path/weights/.hidden", "weights/weight.bin", "@model_path/weights/..", ""};
    struct fixture_source f;
    struct device_program *made;
    source_make(&f, scale_text, 1);
    struct mil_blob_file files[2] = {f.file, f.file};
    f.source.weights = (struct mil_weights){files, 2};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        files[1].path = paths[i];
        GIVES(device_program_create(device, &f.source, &made, &error), DEVICE_FAILED, "parse",
            "weight file");
    }
    files[1].path = "@model_path/weights/Weight.bin";
    GIVES(device_program_create(device, &f.source, &made, &error), DEVICE_FAILED, "parse",
        "differ only in case");
    f.source.weights.n_files = 0;
    GIVES(device_program_create(device, &f.source, &made, &error), DEVICE_FAILED, "parse", "");
    f.source.mil_text = "program(1.3) { func";
    f.source.mil_bytes = strlen(f.source.mil_text);
    GIVES(
        device_program_create(device, &f.source, &made, &error), DEVICE_FAILED, "parse", "line 1");
    source_free(&f);
}

Test(device_cpu_misuse, chain_steps_out_of_order) {
    struct fixture_run run;
    struct device_chain *chain;
    program_load();
    run_make(device, program, &run);
    struct device_chain_spec spec = {.program = program, .input = run.in, .output = run.out};
    GIVES(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_BROKEN, "prepare",
        "takes 1 to 256");
    spec.steps = 3;
    spec.procedure = 7;
    GIVES(device_chain_prepare(device, &spec, 21, &chain, &error), DEVICE_FAILED, "prepare",
        "procedure 7");
    spec.procedure = 0;
    OK(device_chain_prepare(device, &spec, 21, &chain, &error));
    GIVES(device_chain_enqueue(device, chain, 21, &error), DEVICE_BROKEN, "enqueue", "ready first");
    OK(device_chain_ready(device, chain, 21, &error));
    GIVES(device_chain_ready(device, chain, 21, &error), DEVICE_BROKEN, "ready", "already");
    device_chain_free(device, chain);
    device_chain_free(device, NULL);
    run_free(device, &run);
}

/* A full disk, simulated by a limit on file sizes. */
Test(device_cpu_misuse, disks_that_are_full) {
    const struct rlimit none = {0, RLIM_INFINITY};
    struct fixture_source f;
    struct device_program *made;
    source_make(&f, scale_text, 2);
    cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    enum device_status create = device_program_create(device, &f.source, &made, &error);
    struct device_error at_compile = {0};
    enum device_status compile = device_compile(device, program, 21, &at_compile);
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0); /* reports are files, too */
    cr_assert_eq(create, DEVICE_BROKEN);
    cr_assert_not_null(strstr(error.text, "free some space"), "%s", error.text);
    cr_assert_eq(compile, DEVICE_BROKEN);
    cr_assert_not_null(strstr(at_compile.text, "free some space"), "%s", at_compile.text);
    source_free(&f);
    program_load(); /* a partly written file does not get in the way */
}

Test(device_cpu_misuse, host_load_twice) {
    OK(device_host_load_start(device, &error));
    GIVES(device_host_load_start(device, &error), DEVICE_BROKEN, "host-load", "already");
    device_host_load_stop(device);
    device_host_load_stop(device);
    OK(device_host_load_start(device, &error)); /* close stops it */
}
