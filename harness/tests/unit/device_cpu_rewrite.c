/* SPDX-License-Identifier: MIT
 *
 * Which ways of changing weights take effect on the cpu device, and when.
 */
#include "device_fixture.h"
#include "mil/build/build.h"

#include <sys/stat.h>
#include <unistd.h>

static struct device *device;
static struct device_error error;
static struct device_program *program;
static struct fixture_run run;

/* Compiled with variant 1, loaded, evaluated once. */
static void program_start(void) {
    device = open_or_fail("cpu");
    program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
    run_make(device, program, &run);
    cr_assert(run_gives(device, &run, 1));
}

static void program_end(void) {
    run_free(device, &run);
    device_program_free(device, program);
    device_close(device);
}

TestSuite(device_cpu_rewrite, .init = program_start, .fini = program_end);

static void reload(void) {
    OK(device_unload(device, program, &error));
    OK(device_load(device, program, DEVICE_QOS_DEFAULT, &error));
}

Test(device_cpu_rewrite, source_takes_effect_at_compile_only) {
    uint16_t w[CHANNELS];
    struct device_compile_info info;
    weights_fill(w, 2);
    OK(device_source_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
    cr_assert(run_gives(device, &run, 1));
    reload();
    cr_assert(run_gives(device, &run, 1), "a reload must not read the source");
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    device_compile_info(device, program, &info);
    cr_assert(!info.cached, "a rewritten source is not what the cache has");
    cr_assert(run_gives(device, &run, 1), "a compile must not touch what is loaded");
    reload();
    cr_assert(run_gives(device, &run, 2));
    /* Its compiled form no longer belongs to its hash. */
    struct device_program *same = scale_create(device, 1);
    cr_assert_str_eq(device_program_hash(device, same), device_program_hash(device, program));
    OK(device_compile(device, same, DEVICE_QOS_DEFAULT, &error));
    device_compile_info(device, same, &info);
    cr_assert(!info.cached);
}

Test(device_cpu_rewrite, compiled_takes_effect_at_load) {
    uint16_t w[CHANNELS];
    for (int variant = 2; variant < 5; variant++) {
        weights_fill(w, (float)variant);
        OK(device_compiled_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
        cr_assert(run_gives(device, &run, (float)variant - 1), "a loaded library was changed");
        reload();
        cr_assert(run_gives(device, &run, (float)variant));
    }
}

/* The matrix of a matrix-vector product keeps its weights as fp16. */
Test(device_cpu_rewrite, compiled_of_half_weights) {
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    struct mil_error why = {.text = ""};
    struct fixture_source f;
    struct device_program *column;
    struct fixture_run column_run;
    uint16_t w[CHANNELS];
    size_t bytes;
    mil_build_function(b, "main");
    const int x = mil_build_input(b, "x", mil_tensor4(MIL_FP16, 1, 1, 1, 1));
    const int y = mil_build_conv1x1(b, "y", x,
        mil_build_const_blob(
            b, "w", mil_tensor4(MIL_FP16, CHANNELS, 1, 1, 1), BLOB_PATH, BLOB_OFFSET));
    mil_build_outputs(b, &y, 1);
    struct mil_program *parsed = mil_builder_finish(b, &why);
    cr_assert_not_null(parsed, "%s", why.text);
    char *text = mil_print(parsed, &bytes);
    source_make(&f, text, 1);
    OK(device_program_create(device, &f.source, &column, &error));
    OK(device_compile(device, column, DEVICE_QOS_DEFAULT, &error));
    weights_fill(w, 3);
    OK(device_compiled_rewrite(device, column, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
    OK(device_load(device, column, DEVICE_QOS_DEFAULT, &error));
    run_make_of(device, column, 1, &column_run);
    OK(device_eval(device, column_run.request, DEVICE_QOS_DEFAULT, &error));
    const uint16_t *got = device_surface_lock(device, column_run.out, false);
    for (int c = 0; c < CHANNELS; c++)
        cr_assert_eq(got[c], fp16_from_float(fp16_to_float(input_element(0)) * fp16_to_float(w[c])),
            "channel %d", c);
    device_surface_unlock(device, column_run.out, false);
    run_free(device, &column_run);
    device_program_free(device, column);
    source_free(&f);
    free(text);
    mil_program_free(parsed);
}

Test(device_cpu_rewrite, missing_files_and_blobs_are_refused) {
    uint16_t w[CHANNELS] = {0};
    cr_assert_eq(device_source_rewrite(device, program, "@model_path/weights/other.bin",
                     BLOB_OFFSET, w, sizeof w, &error),
        DEVICE_BROKEN);
    cr_assert_eq(
        device_source_rewrite(device, program, BLOB_PATH, 128, w, sizeof w, &error), DEVICE_BROKEN);
    cr_assert_eq(device_source_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, 4, &error),
        DEVICE_BROKEN);
    cr_assert_eq(device_compiled_rewrite(device, program, "@model_path/weights/other.bin",
                     BLOB_OFFSET, w, sizeof w, &error),
        DEVICE_BROKEN);
    cr_assert_eq(device_compiled_rewrite(device, program, BLOB_PATH, 128, w, sizeof w, &error),
        DEVICE_BROKEN);
    cr_assert_eq(device_compiled_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, 4, &error),
        DEVICE_BROKEN);
    cr_assert_str_eq(error.stage, "rewrite");
    reload();
    cr_assert(run_gives(device, &run, 1));
}

/* The last of each channel's elements is a weight, which a compiled program has as a whole number. */
static const char narrow_text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp16, [1, 8, 1, 16]> x) {\n"
    "    tensor<int8, [1, 8, 1, 1]> w = const()[name = string(\"w\"), val = tensor<int8, [1, 8, 1, "
    "1]>(BLOBFILE(path = string(\"" BLOB_PATH "\"), offset = uint64(64)))];\n"
    "    tensor<int32, [4]> b = const()[name = string(\"b\"), val = tensor<int32, [4]>([0, 0, 0, "
    "0])];\n"
    "    tensor<int32, [4]> s = const()[name = string(\"s\"), val = tensor<int32, [4]>([1, 8, 1, "
    "15])];\n"
    "    string n = const()[name = string(\"n\"), val = string(\"int8\")];\n"
    "    string h = const()[name = string(\"h\"), val = string(\"fp16\")];\n"
    "    int32 a = const()[name = string(\"a\"), val = int32(3)];\n"
    "    bool f = const()[name = string(\"f\"), val = bool(false)];\n"
    "    tensor<int8, [1, 8, 1, 16]> i = cast(x = x, dtype = n)[name = string(\"i\")];\n"
    "    tensor<int8, [1, 8, 1, 15]> j = slice_by_size(x = i, begin = b, size = s)[name = "
    "string(\"j\")];\n"
    "    tensor<int8, [1, 8, 1, 16]> c = concat(values = (j, w), axis = a, interleave = f)[name = "
    "string(\"c\")];\n"
    "    tensor<fp16, [1, 8, 1, 16]> y = cast(x = c, dtype = h)[name = string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

static void narrow_weights_are(struct fixture_run *of, const int8_t want[CHANNELS]) {
    run_poison(device, of);
    OK(device_eval(device, of->request, DEVICE_QOS_DEFAULT, &error));
    const uint16_t *y = device_surface_lock(device, of->out, false);
    for (int c = 0; c < CHANNELS; c++)
        cr_expect_eq(fp16_to_float(y[c * POSITIONS + POSITIONS - 1]), want[c], "%d: %g, not %d", c,
            (double)fp16_to_float(y[c * POSITIONS + POSITIONS - 1]), want[c]);
    device_surface_unlock(device, of->out, false);
}

Test(device_cpu_rewrite, weights_of_one_byte) {
    static const int8_t first[CHANNELS] = {1, -2, 3, -128, 127, 0, 5, 6},
                        second[CHANNELS] = {-1, 20, 127, 8, -7, -128, 50, 0};
    struct fixture_source source;
    struct fixture_run other;
    struct device_program *narrow;
    size_t bytes;
    struct mil_blob_writer *writer = mil_blob_writer_new();
    cr_assert_eq(mil_blob_writer_add(writer, MIL_INT8, first, CHANNELS), BLOB_OFFSET);
    source.blob = mil_blob_writer_finish(writer, &bytes);
    source.file = (struct mil_blob_file){.path = BLOB_PATH, .data = source.blob, .bytes = bytes};
    source.source = (struct device_source){narrow_text, strlen(narrow_text), {&source.file, 1}};
    OK(device_program_create(device, &source.source, &narrow, &error));
    source_free(&source);
    OK(device_compile(device, narrow, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, narrow, DEVICE_QOS_DEFAULT, &error));
    run_make(device, narrow, &other);
    narrow_weights_are(&other, first);
    OK(device_compiled_rewrite(device, narrow, BLOB_PATH, BLOB_OFFSET, second, CHANNELS, &error));
    narrow_weights_are(&other, first);
    OK(device_unload(device, narrow, &error));
    OK(device_load(device, narrow, DEVICE_QOS_DEFAULT, &error));
    narrow_weights_are(&other, second);
    run_free(device, &other);
    device_program_free(device, narrow);
}

Test(device_cpu_rewrite, weights_buffer_is_unsupported) {
    struct device_request *request;
    struct device_request_spec spec = {.program = program,
        .inputs = &run.in,
        .n_inputs = 1,
        .outputs = &run.out,
        .n_outputs = 1,
        .weights_buffer = run.in};
    cr_assert_eq(device_request_create(device, &spec, &request, &error), DEVICE_UNSUPPORTED);
    cr_assert_not_null(strstr(error.text, "constants"), "%s", error.text);
}

Test(device_cpu_rewrite, a_new_object_of_the_same_hash_has_its_own_source) {
    uint16_t w[CHANNELS];
    struct fixture_run other_run;
    weights_fill(w, 2);
    OK(device_source_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
    struct device_program *other = scale_create(device, 1);
    OK(device_compile(device, other, DEVICE_QOS_DEFAULT, &error));
    OK(device_load(device, other, DEVICE_QOS_DEFAULT, &error));
    run_make(device, other, &other_run);
    cr_assert(run_gives(device, &other_run, 1));
    run_free(device, &other_run);
}

/* ---- libraries that macOS's linker has signed ------------------------------------------------ */

static char tools[] = "/tmp/aneprobe-sign-XXXXXX";

static void tool_write(const char *name, const char *script) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", tools, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fprintf(file, "#!/bin/sh\n%s", script) > 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0700), 0);
}

/* A compiler whose libraries begin as those of macOS do, and a codesign that notes its arguments. */
static void tools_make(void) {
    char path[4096], script[512];
    cr_assert_not_null(mkdtemp(tools));
    tool_write("cc", "for a; do [ \"$last\" = -o ] && out=$a; last=$a; done\n"
                     "gcc \"$@\" || exit\nmv \"$out\" plain\n"
                     "{ printf '\\317\\372\\355\\376'; cat plain; } >\"$out\"; rm plain\n");
    snprintf(script, sizeof script, "echo \"$*\" >>%s/asked\n[ ! -e %s/refuses ]\n", tools, tools);
    tool_write("codesign", script);
    snprintf(path, sizeof path, "%s:%s", tools, getenv("PATH"));
    setenv("PATH", path, 1);
    snprintf(path, sizeof path, "%s/cc", tools);
    setenv("ANEPROBE_CC", path, 1);
}

static void tools_remove(void) {
    static const char *const names[] = {"cc", "codesign", "asked", "refuses"};
    char path[64];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", tools, names[i]);
        unlink(path);
    }
    rmdir(tools);
}

TestSuite(device_cpu_sign, .init = tools_make, .fini = tools_remove);

Test(device_cpu_sign, a_changed_library_is_signed_again_or_unsupported) {
    uint16_t w[CHANNELS];
    char path[64], asked[64] = "";
    weights_fill(w, 2);
    device = open_or_fail("cpu");
    program = scale_create(device, 1);
    OK(device_compile(device, program, DEVICE_QOS_DEFAULT, &error));
    OK(device_compiled_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error));
    snprintf(path, sizeof path, "%s/asked", tools);
    FILE *file = fopen(path, "r");
    cr_assert(file && fgets(asked, sizeof asked, file));
    fclose(file);
    cr_assert_str_eq(asked, "-f -s - program.so.new\n");
    tool_write("refuses", "");
    cr_assert_eq(
        device_compiled_rewrite(device, program, BLOB_PATH, BLOB_OFFSET, w, sizeof w, &error),
        DEVICE_UNSUPPORTED);
    cr_assert_not_null(
        strstr(error.text, "cannot sign the changed program again"), "%s", error.text);
    device_program_free(device, program);
    device_close(device);
}
