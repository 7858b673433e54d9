/* SPDX-License-Identifier: MIT
 *
 * Programs as files. relu.mlmodel and conv.mlmodel were made by protoc from Apple's schema; all other
 * files are made here.
 */
#include "mil/eval/eval.h"
#include "mil/fp16.h"
#include "mil/package/package.h"
#include "mil/package/spec.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char tmp[] = "/tmp/aneprobe-test-XXXXXX";

static void tmp_make(void) {
    cr_assert_not_null(mkdtemp(tmp));
}

static void run(const char *command) {
    cr_assert_eq(system(command), 0, "%s", command);
}

static void tmp_remove(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", tmp);
    run(command);
}

TestSuite(mil_package, .init = tmp_make, .fini = tmp_remove);

/* "TMP/NAME"; four may be in use at once. */
static const char *in_tmp(const char *name) {
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", tmp, name);
    return path;
}

static void folder_make(const char *name) {
    cr_assert_eq(mkdir(in_tmp(name), 0777), 0, "%s", name);
}

static void file_make(const char *name, const void *bytes, size_t n) {
    FILE *file = fopen(in_tmp(name), "wb");
    cr_assert(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0, "%s", name);
}

static void text_make(const char *name, const char *text) {
    file_make(name, text, strlen(text));
}

static void *bytes_of(const char *path, size_t *n) {
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *bytes = malloc(1 << 20);
    *n = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static struct mil_package *open_well(const char *path) {
    struct mil_package *package = NULL;
    struct mil_error error = {.text = ""};
    cr_assert_eq(mil_package_open(path, &package, &error), 0, "%s: %u: %s", path, error.place.line,
        error.text);
    return package;
}

/* The one error must contain these words. */
static void open_badly(const char *path, const char *words) {
    struct mil_package *package = NULL;
    struct mil_error error = {.text = ""};
    cr_assert_eq(mil_package_open(path, &package, &error), -1, "%s is taken", path);
    cr_assert_null(package);
    cr_assert_not_null(strstr(error.text, words), "'%s' does not say '%s'", error.text, words);
}

static const char manifest[] =
    "{\"fileFormatVersion\": \"1.0.0\", \"itemInfoEntries\": {\"A\": {\"path\": \"%s\"}},\n"
    "\"rootModelIdentifier\": \"A\"}\n";

/* NAME.mlpackage around the golden convolution, its manifest naming `path`. */
static void package_make(const char *name, const char *path) {
    char command[1024], json[512];
    snprintf(command, sizeof command,
        "cd '%s' && mkdir -p %s/Data/com.apple.CoreML/weights && "
        "cp '" GOLDEN "/conv.mlmodel' %s/Data/com.apple.CoreML/model.mlmodel && "
        "cp '" GOLDEN "/weight.bin' %s/Data/com.apple.CoreML/weights/",
        tmp, name, name, name);
    run(command);
    snprintf(json, sizeof json, manifest, path);
    snprintf(command, sizeof command, "%s/Manifest.json", name);
    text_make(command, json);
}

static void convolution_check(const struct mil_package *package) {
    uint16_t x[64 * 64], y[64 * 64];
    const void *inputs[] = {x};
    void *outputs[] = {y};
    struct mil_error error;
    for (int i = 0; i < 64 * 64; i++)
        x[i] = fp16_from_float((float)(i % 1000) / 8);
    memset(y, 0xff, sizeof y);
    cr_assert_eq(mil_eval(package->program, 0, &package->weights, inputs, outputs, &error), 0, "%s",
        error.text);
    cr_assert_eq(memcmp(x, y, sizeof x), 0, "the weight is the identity");
}

Test(mil_package, a_package_is_its_program_with_its_weights) {
    package_make("m.mlpackage", "com.apple.CoreML/model.mlmodel");
    struct mil_package *package = open_well(in_tmp("m.mlpackage"));
    const struct mil_function *f = &package->program->functions[0];
    cr_assert_eq(package->kind, MIL_PACKAGE_MODEL);
    cr_assert_str_eq(f->name, "main");
    cr_assert_str_eq(f->target, "ios16");
    cr_assert_eq(f->n_ops, 7);
    cr_assert_eq(package->weights.n_files, 1);
    cr_assert_eq(package->weights.files[0].bytes, 8320);
    const struct mil_literal *weight = mil_value_literal(f, f->ops[0].result);
    cr_assert_eq(weight->blob_offset, 64);
    convolution_check(package);
    mil_package_close(package);
}

Test(mil_package, a_compiled_model_is_its_text_with_its_weights) {
    package_make("m.mlpackage", "com.apple.CoreML/model.mlmodel");
    struct mil_package *package = open_well(in_tmp("m.mlpackage")), *compiled;
    folder_make("m.mlmodelc");
    folder_make("m.mlmodelc/weights");
    file_make("m.mlmodelc/model.mil", package->text, package->text_bytes);
    open_badly(in_tmp("m.mlmodelc"), "weights/weight.bin");
    file_make("m.mlmodelc/weights/weight.bin", package->weights.files[0].data,
        package->weights.files[0].bytes);
    compiled = open_well(in_tmp("m.mlmodelc"));
    cr_assert_eq(compiled->kind, MIL_PACKAGE_COMPILED);
    cr_assert(mil_program_equal(compiled->program, package->program));
    convolution_check(compiled);
    mil_package_close(compiled);
    mil_package_close(package);
}

Test(mil_package, what_is_written_is_what_was_read) {
    struct mil_package *relu = open_well(GOLDEN "/relu.mlmodel"), *again;
    struct mil_error error;
    size_t n_golden, n_written;
    cr_assert_eq(mil_package_write(in_tmp("r.mlpackage"), relu->program, &relu->weights, &error), 0,
        "%s", error.text);
    void *golden = bytes_of(GOLDEN "/relu.mlmodel", &n_golden);
    void *written = bytes_of(in_tmp("r.mlpackage/Data/com.apple.CoreML/model.mlmodel"), &n_written);
    cr_assert_eq(n_golden, n_written);
    cr_assert_eq(memcmp(golden, written, n_golden), 0, "not protoc's bytes");
    again = open_well(in_tmp("r.mlpackage"));
    cr_assert(mil_program_equal(again->program, relu->program));
    mil_package_close(again);
    mil_package_close(relu);
    free(golden);
    free(written);
}

Test(mil_package, both_forms_keep_program_and_weights) {
    package_make("m.mlpackage", "com.apple.CoreML/model.mlmodel");
    struct mil_package *package = open_well(in_tmp("m.mlpackage")), *again;
    struct mil_error error;
    const char *const names[] = {"copy.mlpackage", "copy.mil"};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(
            mil_package_write(in_tmp(names[i]), package->program, &package->weights, &error), 0,
            "%s: %s", names[i], error.text);
        again = open_well(in_tmp(names[i]));
        cr_assert(mil_program_equal(again->program, package->program), "%s", names[i]);
        convolution_check(again);
        mil_package_close(again);
        cr_assert_eq(
            mil_package_write(in_tmp(names[i]), package->program, &package->weights, &error), -1);
        cr_assert_not_null(strstr(error.text, "already exists"), "%s", error.text);
        mil_package_close(open_well(in_tmp(names[i]))); /* still whole */
    }
    mil_package_close(package);
}

/* A state is an input of the function, and a feature of its own for the framework; blocks stay blocks. */
Test(mil_package, states_and_blocks) {
    static const char text[] =
        "program(1.3)\n{\nfunc main<ios18>(state<tensor<fp16, [2, 3]>> s, tensor<fp16, [2, 3]> x, "
        "tensor<int32, [1]> n) {\n"
        "tensor<fp16, [2, 3]> old = read_state(input = s)[name = string(\"old\")];\n"
        "tensor<fp16, [2, 3]> sum = add(x = x, y = old)[name = string(\"sum\")];\n"
        "tensor<fp16, [2, 3]> new = coreml_update_state(state = s, value = sum)"
        "[name = string(\"new\")];\n"
        "tensor<int32, [1]> m = while_loop(loop_vars = (n))[name = string(\"m\")] "
        "block0(tensor<int32, [1]> a) {\nbool p = const()[name = string(\"p\"), val = "
        "bool(false)];\n} -> (p), block1(tensor<int32, [1]> b) {\n} -> (b);\n} -> (new, m);\n}\n";
    struct mil_error error = {.text = ""};
    size_t bytes;
    text_make("s.mil", text);
    struct mil_package *package = open_well(in_tmp("s.mil")), *again;
    cr_assert_eq(
        mil_package_write(in_tmp("s.mlpackage"), package->program, &package->weights, &error), 0,
        "%s", error.text);
    again = open_well(in_tmp("s.mlpackage"));
    const struct mil_function *f = &again->program->functions[0];
    cr_expect(mil_type_equal(f->values[0].type, package->program->functions[0].values[0].type));
    cr_expect_eq(f->values[0].type->kind, MIL_STATE);
    cr_expect_eq(f->ops[f->n_ops - 1].n_blocks, 2);
    struct mil_arena arena = {.chunks = NULL};
    int n_left_out;
    void *written = bytes_of(in_tmp("s.mlpackage/Data/com.apple.CoreML/model.mlmodel"), &bytes);
    const Coreml__Model *model = spec_unpack(&arena, written, bytes, &n_left_out, &error);
    cr_assert(model, "%s", error.text);
    cr_assert_eq(model->description->n_state, 1);
    cr_expect_eq(model->description->n_input, 2);
    const Coreml__FeatureDescription *state = model->description->state[0];
    cr_expect_str_eq(state->name, "s");
    cr_assert_eq(state->type->type_case, COREML__FEATURE_TYPE__TYPE_STATE_TYPE);
    cr_expect_eq(state->type->state_type->array_type->n_shape, 2);
    cr_expect_eq(state->type->state_type->array_type->shape[1], 3);
    mil_arena_free(arena.chunks);
    mil_package_close(again);
    mil_package_close(package);
    free(written);
}

Test(mil_package, other_weights_are_not_overwritten) {
    package_make("m.mlpackage", "com.apple.CoreML/model.mlmodel");
    struct mil_package *package = open_well(in_tmp("m.mlpackage"));
    struct mil_error error;
    folder_make("weights");
    text_make("weights/weight.bin", "mine");
    cr_assert_eq(
        mil_package_write(in_tmp("m.mil"), package->program, &package->weights, &error), -1);
    cr_assert_not_null(strstr(error.text, "exists with other content"), "%s", error.text);
    cr_assert_eq(access(in_tmp("m.mil"), F_OK), -1);
    size_t n;
    char *mine = bytes_of(in_tmp("weights/weight.bin"), &n);
    cr_assert(n == 4 && memcmp(mine, "mine", 4) == 0);
    free(mine);
    mil_package_close(package);
}

/* Every element type, inline. */
static const char constants[] =
    "program(1.3)\n{\n    func main<ios18>(tensor<fp16, [2]> x) {\n"
    "        tensor<fp16, [2]> a = const()[name = string(\"a\"), val = tensor<fp16, [2]>([0x1p-24, "
    "-inf])];\n"
    "        tensor<fp32, [2]> b = const()[name = string(\"b\"), val = tensor<fp32, "
    "[2]>([0x1p-149, 0x1.8p+3])];\n"
    "        tensor<int32, [2]> c = const()[name = string(\"c\"), val = tensor<int32, "
    "[2]>([-2147483648, 7])];\n"
    "        tensor<int8, [3]> d = const()[name = string(\"d\"), val = tensor<int8, [3]>([-128, "
    "127, 0])];\n"
    "        tensor<bool, [2]> e = const()[name = string(\"e\"), val = tensor<bool, [2]>([true, "
    "false])];\n"
    "        uint64 f = const()[name = string(\"f\"), val = uint64(18446744073709551615)];\n"
    "        string g = const()[name = string(\"g\"), val = string(\"a \\\"b\\\" \\\\ c\")];\n"
    "        tensor<fp16, [2]> y = add(x = x, y = a)[name = string(\"y\")];\n"
    "    } -> (y);\n}\n";

Test(mil_package, constants_keep_every_bit) {
    struct mil_error error;
    text_make("c.mil", constants);
    struct mil_package *text = open_well(in_tmp("c.mil")), *again;
    cr_assert_eq(mil_package_write(in_tmp("c.mlpackage"), text->program, &text->weights, &error), 0,
        "%s", error.text);
    again = open_well(in_tmp("c.mlpackage"));
    cr_assert(mil_program_equal(again->program, text->program));
    mil_package_close(again);
    mil_package_close(text);
}

Test(mil_package, what_core_ml_cannot_hold_is_refused_and_nothing_left) {
    struct mil_error error;
    text_make("f.mil",
        "program(1.3)\n{\n    func other<ios18>(tensor<fp16, [2]> x) {\n"
        "        tensor<fp16, [2]> y = relu(x = x)[name = string(\"y\")];\n    } -> (y);\n}\n");
    struct mil_package *text = open_well(in_tmp("f.mil"));
    cr_assert_eq(mil_package_write(in_tmp("f.mlpackage"), text->program, NULL, &error), -1);
    cr_assert_not_null(strstr(error.text, "called main"), "%s", error.text);
    cr_assert_eq(access(in_tmp("f.mlpackage"), F_OK), -1);
    mil_package_close(text);
}

Test(mil_package, paths_stay_in_the_package) {
    package_make("a.mlpackage", "../../secret");
    open_badly(in_tmp("a.mlpackage"), "not a plain path");
    package_make("b.mlpackage", "/etc/passwd");
    open_badly(in_tmp("b.mlpackage"), "not a plain path");
    package_make("c.mlpackage", "com.apple.CoreML/./model.mlmodel");
    open_badly(in_tmp("c.mlpackage"), "not a plain path");
    package_make("d.mlpackage", "com.apple.CoreML/other.mlmodel");
    open_badly(in_tmp("d.mlpackage"), "no such file");
    package_make("e.mlpackage", "link/model.mlmodel");
    cr_assert_eq(symlink("com.apple.CoreML", in_tmp("e.mlpackage/Data/link")), 0);
    open_badly(in_tmp("e.mlpackage"), "symbolic link");
    package_make("f.mlpackage", "com.apple.CoreML/model.mlmodel");
    const char *weights = in_tmp("f.mlpackage/Data/com.apple.CoreML/weights/weight.bin");
    cr_assert_eq(rename(weights, in_tmp("weight.bin")), 0);
    cr_assert_eq(symlink(in_tmp("weight.bin"), weights), 0);
    open_badly(in_tmp("f.mlpackage"), "symbolic link");
    cr_assert_eq(unlink(weights), 0);
    cr_assert_eq(mkfifo(weights, 0600), 0);
    open_badly(in_tmp("f.mlpackage"), "not a regular file");
    folder_make("g.mlpackage");
    open_badly(in_tmp("g.mlpackage"), "a folder without Manifest.json");
    open_badly(in_tmp("nothing"), "No such file");
}

Test(mil_package, invalid_manifests_are_refused) {
    static const char *const bad[][2] = {{"", "ends early"}, {"[]", "not an object"},
        {"{} {}", "not JSON at byte 4"}, {"{", "ends early"},
        {"{\"fileFormatVersion\": \"2.0.0\"}", "only 1.x.y"},
        {"{\"fileFormatVersion\": \"1.0.0\", \"rootModelIdentifier\": \"A\"}", "is not among"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]", "not JSON"}};
    package_make("m.mlpackage", "com.apple.CoreML/model.mlmodel");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        text_make("m.mlpackage/Manifest.json", bad[i][0]);
        open_badly(in_tmp("m.mlpackage"), bad[i][1]);
    }
}

Test(mil_package, invalid_protobufs_are_refused) {
    file_make("empty.mlmodel", "", 0);
    open_badly(in_tmp("empty.mlmodel"), "empty");
    file_make("cut.mlmodel", "\x08\x07\x12\x26\x0a", 5);
    open_badly(in_tmp("cut.mlmodel"), "longer than its message");
    file_make("group.mlmodel", "\x0b\x0c", 2);
    open_badly(in_tmp("group.mlmodel"), "field type");
    file_make("network.mlmodel", "\x08\x01\xa2\x1f\x00", 5);
    open_badly(in_tmp("network.mlmodel"), "neural network");
    file_make("none.mlmodel", "\x08\x07", 2);
    open_badly(in_tmp("none.mlmodel"), "no ML Program");
}

/* Puts a field of that tag around what `bytes` holds from `start` to its end; returns the new start. */
static size_t field_around(unsigned char *bytes, size_t start, size_t end, unsigned tag) {
    unsigned char head[20];
    size_t n = 0;
    const uint64_t numbers[] = {tag, end - start};
    for (int i = 0; i < 2; i++) {
        uint64_t rest = numbers[i];
        for (; rest >= 0x80; rest >>= 7)
            head[n++] = (unsigned char)(rest | 0x80);
        head[n++] = (unsigned char)rest;
    }
    memcpy(bytes + start - n, head, n);
    return start - n;
}

Test(mil_package, nesting_is_bounded) {
    enum { ROOM = 1 << 20, DEPTH = 30000 };
    /* from the inside out: TupleValue.values, ImmediateValue.tuple, Value.immediateValue */
    static const unsigned tuple[] = {1 << 3 | 2, 2 << 3 | 2, 3 << 3 | 2};
    /* ValueEntry.value, Program.attributes, Model.mlProgram */
    static const unsigned model[] = {2 << 3 | 2, 4 << 3 | 2, 502 << 3 | 2};
    unsigned char *bytes = malloc(ROOM);
    size_t start = ROOM;
    for (int i = 0; i < 3 * DEPTH; i++)
        start = field_around(bytes, start, ROOM, tuple[i % 3]);
    for (int i = 0; i < 3; i++)
        start = field_around(bytes, start, ROOM, model[i]);
    file_make("deep.mlmodel", bytes + start, ROOM - start);
    open_badly(in_tmp("deep.mlmodel"), "64 deep");
    free(bytes);
}

/* A pipeline of that many times relu.mlmodel and an empty model, in field `kind` of the model. */
static void pipeline_make(const char *name, int n_programs, unsigned kind) {
    enum { ROOM = 1 << 16 };
    unsigned char *bytes = malloc(ROOM);
    size_t start = ROOM, n;
    start = field_around(bytes, start, start, 1 << 3 | 2);
    for (int i = 0; i < n_programs; i++) {
        const size_t end = start;
        unsigned char *relu = bytes_of(GOLDEN "/relu.mlmodel", &n);
        start -= n;
        memcpy(bytes + start, relu, n);
        free(relu);
        start = field_around(bytes, start, end, 1 << 3 | 2);
    }
    if (kind != 202)
        start = field_around(bytes, start, ROOM, 1 << 3 | 2);
    start = field_around(bytes, start, ROOM, kind << 3 | 2);
    file_make(name, bytes + start, ROOM - start);
    free(bytes);
}

/* What detects objects is often saved as a pipeline, with a model behind it that selects boxes. */
Test(mil_package, the_one_program_of_a_pipeline) {
    struct mil_package *plain = open_well(GOLDEN "/relu.mlmodel");
    cr_expect_eq(plain->n_left_out, 0);
    for (unsigned kind = 200; kind <= 202; kind++) {
        pipeline_make("one.mlmodel", 1, kind);
        struct mil_package *package = open_well(in_tmp("one.mlmodel"));
        cr_expect_eq(package->n_left_out, 1);
        cr_expect(mil_program_equal(package->program, plain->program));
        mil_package_close(package);
    }
    pipeline_make("two.mlmodel", 2, 202);
    open_badly(in_tmp("two.mlmodel"), "pipeline of 2 ML Programs");
    pipeline_make("none.mlmodel", 0, 202);
    open_badly(in_tmp("none.mlmodel"), "pipeline of 1 models, none an ML Program");
    mil_package_close(plain);
}

Test(mil_package, the_one_program_of_a_compiled_pipeline) {
    folder_make("p.mlmodelc");
    folder_make("p.mlmodelc/model0");
    folder_make("p.mlmodelc/model1");
    open_badly(in_tmp("p.mlmodelc"), "a folder without Manifest.json");
    text_make("p.mlmodelc/model1/model.mil", "program(1.3) { func main<ios18>(tensor<fp16, [2]> x) "
                                             "{ tensor<fp16, [2]> y = relu(x = x); } -> (y); }");
    struct mil_package *package = open_well(in_tmp("p.mlmodelc"));
    cr_expect_eq(package->kind, MIL_PACKAGE_COMPILED);
    cr_expect_eq(package->n_left_out, 1);
    mil_package_close(package);
    text_make("p.mlmodelc/model0/model.mil", "");
    open_badly(in_tmp("p.mlmodelc"), "compiled pipeline of 2 ML Programs");
    folder_make("q.mlmodelc");
    cr_assert_eq(symlink("../p.mlmodelc/model1", in_tmp("q.mlmodelc/model0")), 0);
    open_badly(in_tmp("q.mlmodelc"), "cannot open its folder model0");
}

/* A byte order mark and line ends of Windows are no part of a text. */
Test(mil_package, a_text_from_another_editor) {
    text_make("w.mil",
        "\xef\xbb\xbfprogram(1.3)\r\n{\r\n    func main<ios18>(tensor<fp16, [1]> x) {\r\n    } -> "
        "(x);\r\n}\r\n");
    struct mil_package *package = open_well(in_tmp("w.mil"));
    cr_expect_eq(package->text[0], 'p');
    cr_expect_eq(strlen(package->text), package->text_bytes);
    mil_package_close(package);
}

/* 4 GB of weights, of which only the header and one blob are there. */
Test(mil_package, large_weights_are_mapped) {
    const uint64_t size = (uint64_t)4 << 30;
    struct timespec begin, end;
    unsigned char head[128] = {1, 0, 0, 0, 2};
    static const unsigned char blob[] = {0xef, 0xbe, 0xad, 0xde, 1};
    memcpy(head + 64, blob, sizeof blob);
    head[64 + 8] = 2;         /* bytes */
    head[64 + 16 + 3] = 0xff; /* the data lies at 0xff000000 */
    folder_make("weights");
    file_make("weights/w.bin", head, sizeof head);
    cr_assert_eq(truncate(in_tmp("weights/w.bin"), (off_t)size), 0);
    text_make("m.mil",
        "program(1.3)\n{\n    func main<ios18>(tensor<fp16, [1]> x) {\n"
        "        tensor<fp16, [1]> w = const()[name = string(\"w\"), val = tensor<fp16, [1]>("
        "BLOBFILE(path = string(\"@model_path/weights/w.bin\"), offset = uint64(64)))];\n"
        "        tensor<fp16, [1]> y = add(x = x, y = w)[name = string(\"y\")];\n    } -> "
        "(y);\n}\n");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    struct mil_package *package = open_well(in_tmp("m.mil"));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    cr_assert_eq(package->weights.files[0].bytes, size);
    /* Reading them takes a second of processor time at least. */
    const double elapsed_s =
        (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    cr_assert_lt(elapsed_s, 1);
    mil_package_close(package);
    cr_assert_eq(truncate(in_tmp("weights/w.bin"), (off_t)0xff000000), 0);
    open_badly(in_tmp("m.mil"), "but the file ends");
}

Test(mil_package, errors_of_a_model_name_the_operation) {
    size_t n;
    char *model = bytes_of(GOLDEN "/relu.mlmodel", &n);
    for (size_t i = 0; i + 4 <= n; i++)
        if (memcmp(model + i, "relu", 4) == 0 && model[i - 1] == 4) {
            memcpy(model + i, "rely", 4);
            break;
        }
    file_make("rely.mlmodel", model, n);
    open_badly(in_tmp("rely.mlmodel"), "'relu_0'");
    free(model);
}
