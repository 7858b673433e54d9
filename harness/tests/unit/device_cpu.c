/* SPDX-License-Identifier: MIT
 *
 * A program's life on the cpu device, from source to output, and the cache of compiles.
 */
#include "device_fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char tmp[] = "/tmp/aneprobe-test-XXXXXX";

static void tmp_make(void) {
    cr_assert_not_null(mkdtemp(tmp));
    cr_assert_eq(setenv("TMPDIR", tmp, 1), 0);
}

/* Every test closes its device, so only the base directory and its lock may be left. */
static void tmp_is_clean(void) {
    char path[128];
    snprintf(path, sizeof path, "%s/aneprobe-%ld/lock", tmp, (long)geteuid());
    cr_assert_eq(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    cr_assert_eq(rmdir(path), 0, "a run left something behind");
    cr_assert_eq(rmdir(tmp), 0);
}

TestSuite(device_cpu, .init = tmp_make, .fini = tmp_is_clean);

Test(device_cpu, from_source_to_output) {
    struct device *device = open_or_fail("cpu");
    struct device_error error;
    struct device_compile_info info;
    struct fixture_run run;
    struct device_program *program = scale_create(device, 1);
    cr_assert_eq(strlen(device_program_hash(device, program)), 64);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    device_compile_info(device, program, &info);
    cr_assert(!info.cached);
    cr_assert(info.emit_ns > 0 && info.compiler_ns > 0);
    cr_assert(info.emit_ns + info.compiler_ns <= info.elapsed_ns);
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    run_make(device, program, &run);
    cr_assert(run_gives(device, &run, 1));
    cr_assert(!run_output_is(device, &run, 2), "the comparison cannot tell weights apart");
    OK(device_unload(device, program, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    cr_assert(run_gives(device, &run, 1), "a request must survive unload and load");
    run_free(device, &run);
    device_program_free(device, program);
    device_program_free(device, NULL);
    device_close(device);
}

/* A program with everything that a device can get wrong: two functions, several inputs and outputs,
 * fp32, matmul, a chain of elementwise ops, softmax. The reference evaluator is the oracle. */
static const char mixed_text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func first<ios18>(tensor<fp16, [1, 2, 4, 8]> a, tensor<fp16, [1, 2, 8, 4]> b) {\n"
    "    bool no = const()[name = string(\"no\"), val = bool(false)];\n"
    "    int32 last = const()[name = string(\"last\"), val = int32(-1)];\n"
    "    tensor<fp16, [1, 2, 4, 4]> m = matmul(transpose_x = no, transpose_y = no, x = a, y = b)"
    "[name = string(\"m\")];\n"
    "    tensor<fp16, [1, 2, 4, 4]> s = softmax(axis = last, x = m)[name = string(\"s\")];\n"
    "    tensor<fp16, [1, 2, 4, 4]> g = sigmoid(x = m)[name = string(\"g\")];\n"
    "    tensor<fp16, [1, 2, 4, 4]> p = add(x = s, y = g)[name = string(\"p\")];\n"
    "  } -> (p, m);\n"
    "  func second<ios18>(tensor<fp32, [1, 3, 1, 5]> x) {\n"
    "    tensor<fp32, [1, 3, 1, 5]> y = tanh(x = x)[name = string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

Test(device_cpu, output_equals_the_reference_evaluators) {
    struct device *device = open_or_fail("cpu");
    struct device_error error;
    struct mil_error mil_error;
    struct mil_program *mil;
    struct device_program *program;
    const struct device_source source = {mixed_text, sizeof mixed_text - 1, {NULL, 0}};
    cr_assert_eq(mil_parse(mixed_text, sizeof mixed_text - 1, &mil, &mil_error), 0, "%u:%u %s",
        mil_error.place.line, mil_error.place.column, mil_error.text);
    OK(device_program_create(device, &source, &program, &error));
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    for (int f = 0; f < mil->n_functions; f++) {
        struct device_surface *in[2], *out[2];
        const void *x[2];
        void *want[2];
        struct device_layout layout;
        int n_in = mil->functions[f].n_inputs, n_out = mil->functions[f].n_outputs;
        for (int i = 0; i < n_in; i++) {
            OK(device_layout(device, program, f, false, i, &layout, &error));
            OK(device_surface_create(device, &layout, &in[i], &error));
            x[i] = device_surface_lock(device, in[i], true);
            for (size_t k = 0; k < layout.bytes; k++)
                if (layout.type.dtype == MIL_FP16 && k % 2 == 0)
                    ((uint16_t *)x[i])[k / 2] = fp16_from_float((float)(k % 7) / 8 - 0.4f);
                else if (layout.type.dtype == MIL_FP32 && k % 4 == 0)
                    ((float *)x[i])[k / 4] = (float)k / 16 - 1;
        }
        for (int i = 0; i < n_out; i++) {
            OK(device_layout(device, program, f, true, i, &layout, &error));
            OK(device_surface_create(device, &layout, &out[i], &error));
            memset(device_surface_lock(device, out[i], true), 0xa5, layout.bytes);
            want[i] = malloc(layout.bytes);
        }
        struct device_request *request;
        const struct device_request_spec spec = {.program = program,
            .procedure = f,
            .inputs = in,
            .n_inputs = n_in,
            .outputs = out,
            .n_outputs = n_out};
        OK(device_request_create(device, &spec, &request, &error));
        OK(device_eval(device, request, DEVICE_QOS_DEFAULT, &error));
        cr_assert_eq(mil_eval(mil, f, &source.weights, x, want, &mil_error), 0);
        for (int i = 0; i < n_out; i++) {
            OK(device_layout(device, program, f, true, i, &layout, &error));
            const void *got = device_surface_lock(device, out[i], false);
            for (int64_t k = 0; k < mil_type_elements(&layout.type); k++) {
                bool half = layout.type.dtype == MIL_FP16;
                float g =
                    half ? fp16_to_float(((const uint16_t *)got)[k]) : ((const float *)got)[k];
                float w = half ? fp16_to_float(((uint16_t *)want[i])[k]) : ((float *)want[i])[k];
                cr_assert(g - w < 0x1p-9f && w - g < 0x1p-9f,
                    "function %d output %d element %d: %g, reference %g", f, i, (int)k, (double)g,
                    (double)w);
            }
            free(want[i]);
        }
        device_request_free(device, request);
        for (int i = 0; i < n_in; i++)
            device_surface_free(device, in[i]);
        for (int i = 0; i < n_out; i++)
            device_surface_free(device, out[i]);
    }
    device_program_free(device, program);
    mil_program_free(mil);
    device_close(device);
}

Test(device_cpu, directory_holds_source_and_library) {
    struct device *device = open_or_fail("cpu");
    struct device_error error;
    struct device_program *program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    /* tmp/aneprobe-UID/PID-XXXXXX/HASH: each level has one directory */
    char path[512];
    snprintf(path, sizeof path, "%s", tmp);
    for (int level = 0; level < 3; level++) {
        DIR *entries = opendir(path);
        cr_assert_not_null(entries);
        char name[256] = "";
        for (struct dirent *e; (e = readdir(entries)) != NULL;)
            if (e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0)
                snprintf(name, sizeof name, "%s", e->d_name);
        closedir(entries);
        snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
        struct stat info;
        cr_assert_eq(stat(path, &info), 0);
        cr_assert_eq(info.st_mode & 07777, 0700, "%s is not private", path);
    }
    cr_assert_str_eq(strrchr(path, '/') + 1, device_program_hash(device, program));
    static const char *const files[] = {
        "model.mil", "weights/weight.bin", "program.c", "program.so"};
    for (int i = 0; i < 4; i++) {
        char file[600];
        snprintf(file, sizeof file, "%s/%s", path, files[i]);
        cr_assert_eq(access(file, R_OK), 0, "%s is missing", file);
    }
    device_program_free(device, program);
    cr_assert_eq(access(path, F_OK), -1, "the directory outlives its program");
    device_close(device);
}

static bool compile_is_cached(struct device *device, struct device_program *program) {
    struct device_error error;
    struct device_compile_info info;
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    device_compile_info(device, program, &info);
    return info.cached;
}

Test(device_cpu, second_program_of_a_hash_is_cached_and_its_own) {
    struct device *device = open_or_fail("cpu");
    struct device_error error;
    struct device_program *a = scale_create(device, 1), *b = scale_create(device, 1),
                          *other = scale_create(device, 2);
    struct fixture_run run_a, run_b;
    cr_assert_str_eq(device_program_hash(device, a), device_program_hash(device, b));
    cr_assert_str_neq(device_program_hash(device, a), device_program_hash(device, other));
    cr_assert(!compile_is_cached(device, a));
    cr_assert(compile_is_cached(device, b));
    cr_assert(!compile_is_cached(device, other));
    OK(device_load(device, a, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, b, DEVICE_QOS_DEFAULT, &error));
    run_make(device, a, &run_a);
    run_make(device, b, &run_b);
    /* Changing a's compiled weights must not reach b. */
    uint16_t w[CHANNELS];
    weights_fill(w, 3);
    OK(device_compiled_rewrite(device, a, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
    OK(device_unload(device, a, &error));
    OK(device_unload(device, b, &error));
    OK(device_load(device, b, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, a, DEVICE_QOS_DEFAULT, &error));
    cr_assert(run_gives(device, &run_a, 3));
    cr_assert(run_gives(device, &run_b, 1));
    /* Nor may the cache give a rewritten image to another program. */
    device_program_free(device, b);
    struct device_program *c = scale_create(device, 1);
    cr_assert(!compile_is_cached(device, c));
    run_free(device, &run_a);
    run_free(device, &run_b);
    device_close(device);
}

/* The same text with two weight files exchanged is another program. */
Test(device_cpu, files_that_change_places_are_another_program) {
    static const char text[] =
        "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n{\n"
        "  func main<ios18>(tensor<fp16, [1, 8, 1, 16]> x) {\n"
        "    tensor<fp16, [1, 8, 1, 1]> w = const()[name = string(\"w\"), val = tensor<fp16, "
        "[1, 8, 1, 1]>(BLOBFILE(path = string(\"" BLOB_PATH "\"), offset = uint64(64)))];\n"
        "    tensor<fp16, [1, 8, 1, 1]> o = const()[name = string(\"o\"), val = tensor<fp16, "
        "[1, 8, 1, 1]>(BLOBFILE(path = string(\"@model_path/weights/other.bin\"), "
        "offset = uint64(64)))];\n"
        "    tensor<fp16, [1, 8, 1, 1]> u = sub(x = w, y = o)[name = string(\"u\")];\n"
        "    tensor<fp16, [1, 8, 1, 16]> y = mul(x = x, y = u)[name = string(\"y\")];\n"
        "  } -> (y);\n}\n";
    struct device *device = open_or_fail("cpu");
    struct device_error error;
    struct device_program *programs[2];
    struct fixture_source a, b;
    source_make(&a, text, 5);
    source_make(&b, text, 2);
    for (int i = 0; i < 2; i++) {
        struct mil_blob_file files[2] = {a.file, b.file};
        files[i].path = BLOB_PATH;
        files[1 - i].path = "@model_path/weights/other.bin";
        const struct device_source source = {text, strlen(text), {files, 2}};
        OK(device_program_create(device, &source, &programs[i], &error));
        cr_assert(!compile_is_cached(device, programs[i]));
        OK(device_load(device, programs[i], DEVICE_QOS_DEFAULT, &error));
        struct fixture_run run;
        run_make(device, programs[i], &run);
        struct device_error ignored;
        cr_assert_eq(device_eval(device, run.request, DEVICE_QOS_DEFAULT, &ignored), DEVICE_OK);
        const uint16_t *y = device_surface_lock(device, run.out, false);
        cr_assert_eq(fp16_to_float(y[0]), (i == 0 ? 3 : -3) * fp16_to_float(input_element(0)));
        device_surface_unlock(device, run.out, false);
        run_free(device, &run);
    }
    cr_assert_str_neq(
        device_program_hash(device, programs[0]), device_program_hash(device, programs[1]));
    device_program_free(device, programs[0]);
    device_program_free(device, programs[1]);
    source_free(&a);
    source_free(&b);
    device_close(device);
}

Test(device_cpu, cache_ends_with_the_last_program_of_its_hash) {
    struct device *device = open_or_fail("cpu");
    struct device_program *a = scale_create(device, 1);
    cr_assert(!compile_is_cached(device, a));
    device_program_free(device, a);
    struct device_program *b = scale_create(device, 1);
    cr_assert(!compile_is_cached(device, b));
    device_close(device);
}

Test(device_cpu, cache_can_be_turned_off) {
    struct device *device = open_or_fail("cpu:cache=off");
    struct device_program *a = scale_create(device, 1), *b = scale_create(device, 1);
    cr_assert(!compile_is_cached(device, a));
    cr_assert(!compile_is_cached(device, b));
    device_close(device);
}
