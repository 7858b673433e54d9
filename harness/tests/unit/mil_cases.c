/* SPDX-License-Identifier: MIT
 *
 * Texts of the kinds that published programs use: each is read, checked with the published complaints, and
 * evaluated if possible. MIL_CASES is their folder.
 */
#include "mil/check/check.h"
#include "mil/eval/eval.h"
#include "mil/mil.h"
#include "mil/op/ops.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `has` and `lacks`: rules that must and must not complain. */
static const struct {
    const char *file, *has, *lacks;
    bool is_open; /* some sizes are open: it is evaluated once they are given */
} cases[] = {
    {"empty-dict", NULL, "no-build-info", false},
    {"inline-argument", "inline-argument", NULL, false},
    {"comment", NULL, NULL, false},
    {"operator-not-in-table", "gelu", NULL, false},
    {"element-type", "element-type", NULL, false},
    {"two-results", NULL, NULL, false},
    {"flexible-shape", NULL, NULL, true},
    {"broadcast-rank", NULL, NULL, false},
    {"conv-1d", NULL, NULL, false},
    {"int32-arithmetic", NULL, NULL, false},
    {"default-argument", "default-argument", NULL, false},
    {"same-op-name", "names-unique", NULL, false},
    {"no-name", "no-name", NULL, false},
    {"target", NULL, NULL, false},
    {"sdpa-scale", NULL, NULL, false},
    {"state", NULL, NULL, false},
    {"no-buildinfo", "no-build-info", NULL, false},
    {"rsqrt-no-epsilon", "rsqrt-log", NULL, false},
    {"rsqrt-with-epsilon", NULL, "rsqrt-log", false},
    {"cast-to-int32", "cast-to-int32", NULL, false},
    {"reshape-alone", "move-alone", NULL, false},
    {"rank5-transpose-matmul", "rank-5", NULL, false},
    {"fp32-compute", "fp32-compute", NULL, false},
    {"int8-io", "io-type", NULL, false},
    {"inline-weights", "inline-tensor", NULL, false},
    {"mul-stretches-inputs", "batch-stretch", NULL, false},
    {"log-of-softmax", NULL, "rsqrt-log", false},
    {"blob-path", "blob-path", NULL, false},
    {"height-16", NULL, NULL, false},
    {"bool-input", "io-bool", "io-type", false},
    {"output-is-input", "several-outputs", NULL, false},
    {"softmax-48-channels", "softmax-channels", NULL, false},
    {"int8-weights", "int8-weights", NULL, false},
};

static char *case_text(const char *name, size_t *bytes) {
    static char text[1 << 16];
    char path[1024];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s.mil", MIL_CASES, name);
    file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    *bytes = fread(text, 1, sizeof text, file);
    fclose(file);
    return text;
}

static int count(const struct mil_program *program, const char *rule) {
    int n, found = 0;
    struct mil_complaint *list = mil_check(program, &n);
    for (int i = 0; i < n; i++)
        found += strcmp(list[i].rule->id, rule) == 0;
    free(list);
    return found;
}

/* Runs the function on inputs of ones with weight files of ones, if it can. */
static void evaluate(const struct mil_program *program, const char *name) {
    enum { BYTES = 1 << 20 };
    const struct mil_function *f = &program->functions[0];
    struct mil_error error = {.text = ""};
    void *inputs[8], *outputs[8], *blob = NULL;
    struct mil_blob_file files[3] = {{.path = "@model_path/weights/w.bin"},
        {.path = "@model_path/weights/weight.bin"}, {.path = "@model_path/layer3/k.bin"}};
    struct mil_weights weights = {files, 3};
    for (int i = 0; i < f->n_ops; i++)
        for (int a = 0; a < f->ops[i].n_attrs; a++) {
            const struct mil_literal *literal = &f->ops[i].attrs[a].literal;
            if (!literal->blob_path)
                continue;
            struct mil_blob_writer *writer = mil_blob_writer_new();
            size_t bytes;
            void *data = calloc(1, mil_type_bytes(literal->type));
            mil_blob_writer_add(writer, literal->type->dtype, data, mil_type_bytes(literal->type));
            free(data);
            blob = mil_blob_writer_finish(writer, &bytes);
            for (int k = 0; k < 3; k++)
                files[k].data = blob, files[k].bytes = bytes;
        }
    for (int i = 0; i < f->n_inputs; i++)
        inputs[i] = calloc(1, BYTES);
    for (int i = 0; i < f->n_outputs; i++)
        outputs[i] = calloc(1, BYTES);
    cr_expect_eq(mil_eval(program, 0, &weights, (const void *const *)inputs, outputs, &error), 0,
        "%s: %s", name, error.text);
    for (int i = 0; i < f->n_inputs; i++)
        free(inputs[i]);
    for (int i = 0; i < f->n_outputs; i++)
        free(outputs[i]);
    free(blob);
}

Test(mil_cases, read_checked_and_evaluated) {
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct mil_program *program, *again;
        struct mil_finding *findings;
        struct mil_error error = {.text = ""};
        int n;
        size_t bytes;
        char *text = case_text(cases[k].file, &bytes), *printed;
        cr_assert_eq(mil_read(text, bytes, &program, &findings, &n, &error), 0, "%s: %s",
            cases[k].file, error.text);
        cr_expect_eq(n, 0, "%s", cases[k].file);
        free(findings);
        if (cases[k].has)
            cr_expect(count(program, cases[k].has) > 0, "%s lacks %s", cases[k].file, cases[k].has);
        if (cases[k].lacks)
            cr_expect_eq(
                count(program, cases[k].lacks), 0, "%s has %s", cases[k].file, cases[k].lacks);
        printed = mil_print(program, &bytes);
        cr_assert_eq(mil_read(printed, bytes, &again, &findings, &n, &error), 0, "%s: %s\n%s",
            cases[k].file, error.text, printed);
        cr_expect(mil_program_equal(program, again), "%s", cases[k].file);
        free(findings);
        free(printed);
        mil_program_free(again);
        cr_expect_eq(mil_function_runs(&program->functions[0], &error), cases[k].is_open ? -1 : 0,
            "%s: %s", cases[k].file, error.text);
        if (!cases[k].is_open)
            evaluate(program, cases[k].file);
        mil_program_free(program);
    }
}

/* Once sizes are given, the rest follows from them. */
Test(mil_cases, sizes_that_are_open) {
    struct mil_program *program, *sized;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    struct mil_type type = {.dtype = MIL_FP16, .rank = 4, .dim = {1, 64, 1, 32}};
    int n;
    size_t bytes;
    char *text = case_text("flexible-shape", &bytes);
    cr_assert_eq(mil_read(text, bytes, &program, &findings, &n, &error), 0);
    free(findings);
    cr_assert_eq(mil_program_resize(program, 0, &type, &sized, &error), 0, "%s", error.text);
    const struct mil_function *f = &sized->functions[0];
    cr_expect(mil_type_equal(f->values[f->outputs[0]].type, &type));
    evaluate(sized, "flexible-shape");
    mil_program_free(sized);
    type.dim[1] = 63;
    cr_expect_eq(mil_program_resize(program, 0, &type, &sized, &error), -1);
    cr_expect(strstr(error.text, "'a' is declared"), "%s", error.text);
    mil_program_free(program);
}

/* Errors and unknown operators are listed, and the check continues after them. */
Test(mil_cases, reading_continues_after_errors) {
    static const char text[] =
        "program(1.3){func main<ios18>(tensor<fp16,[1,64,1,64]> x){\n"
        "tensor<fp16,[1,64,1,64]> a = frobnicate(x = x, deep = (x, x))[name = string(\"a\")];\n"
        "tensor<fp16,[1,64,1,64]> b = relu(y = a)[name = string(\"b; }\")];\n"
        "tensor<fp16,[1,64,1,63]> c = tanh(x = b)[name = string(\"c\")];\n"
        "tensor<fp16,[1,64,1,63]> d = gelu(x = c)[name = string(\"d\")];\n"
        "} -> (d);}";
    static const struct {
        enum mil_finding_kind kind;
        unsigned line;
        const char *says;
    } expected[] = {{MIL_FINDING_UNKNOWN, 2, "unknown operator 'frobnicate'"},
        {MIL_FINDING_ERROR, 3, "relu has no argument 'y'"},
        {MIL_FINDING_ERROR, 4, "'c' is declared tensor<fp16, [1, 64, 1, 63]>"}};
    struct mil_program *program;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    int n;
    cr_assert_eq(
        mil_read(text, strlen(text), &program, &findings, &n, &error), 0, "%s", error.text);
    cr_assert_eq(n, 3);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(findings[i].kind, expected[i].kind);
        cr_expect_eq(findings[i].place.line, expected[i].line);
        cr_expect(strstr(findings[i].text, expected[i].says), "%s", findings[i].text);
    }
    cr_expect_eq(count(program, "gelu"), 1);
    cr_expect_eq(mil_function_runs(&program->functions[0], &error), -1);
    cr_expect(strstr(error.text, "unknown operator 'frobnicate'"), "%s", error.text);
    free(findings);
    mil_program_free(program);
    cr_expect_eq(mil_parse(text, strlen(text), &program, &error), -1);
}

/* The constructs of the grammar that the cases above do not have. */
Test(mil_cases, the_rest_of_the_grammar) {
    static const char *const texts[] = {
        "program(1.0)[buildInfo=dict<tensor<string,[]>,tensor<string,[]>>({{\"a\",\"b\"}}),"
        "other=int32(1)]{func main<ios26>(tensor<int32,[1,?]> x [hint=string(\"h\")])"
        "[FlexibleShapeInformation=tuple<tuple<tensor<string,[]>,dict<tensor<string,[]>,"
        "tensor<int32,[?]>>>>(((\"DefaultShapes\",{{\"x\",[1,128]}})))]{}->(x);}",
        "program(1.3){func f<ios17>(tensor<fp16,[n,is0]> x){tensor<fp16,[?,?]> y=abs(x=x);}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){(fp16 a,fp16 b)=thing(v=(x,fp16(1),int4(-8)),w=())"
        "[z=tensor<fp8e4m3fn,[2]>([1,-0.5])];}->(a,b);}",
        "program(1.3){func f<ios18>(bool p,fp16 x){list<tensor<fp32,[2]>,?> "
        "l=make_list(init_length=int32(1),"
        "elem_shape=(int32(2)));fp16 y=cond(pred=p)[name=string(\"c\")] t(){fp16 u=relu(x=x);}"
        "->(u), e(){fp16 u=tanh(x=x);}->(u);"
        "fp16 z=while_loop(loop_vars=(y)) c(fp16 v){bool g=less(x=v,y=fp16(3));}->(g)"
        " b(fp16 v){fp16 w=add(x=v,y=v);}->(w);}->(z);}",
        "program(1.3){func f<ios18>(fp16 x){tensor<string,[2]> s=const()[val=tensor<string,[2]>"
        "([\"a)\",\"b\"])];tensor<int32,[0]> e=const()[val=tensor<int32,[0]>([])];"
        "fp16 y=reshape(x=x,shape=e);fp64 d=const()[val=fp64(0.1)];bf16 h=const()[val=bf16(1.5)];"
        "tensor<uint4,[2,2]> n=const()[val=tensor<uint4,[2,2]>([[0,15],[1,2]])];"
        "int64 q=const()[val=int64(-9223372036854775808)];uint16 o=const()[val=uint16(65535)];}"
        "->(y);}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct mil_program *program, *again;
        struct mil_finding *findings;
        struct mil_error error = {.text = ""};
        size_t bytes;
        int n;
        cr_assert_eq(mil_read(texts[i], strlen(texts[i]), &program, &findings, &n, &error), 0,
            "%zu: %u:%u %s", i, error.place.line, error.place.column, error.text);
        for (int k = 0; k < n; k++)
            cr_expect_eq(findings[k].kind, MIL_FINDING_UNKNOWN, "%zu: %s", i, findings[k].text);
        free(findings);
        char *printed = mil_print(program, &bytes);
        cr_assert_eq(mil_read(printed, bytes, &again, &findings, &n, &error), 0, "%s\n%s",
            error.text, printed);
        cr_expect(mil_program_equal(program, again), "%s", printed);
        free(findings);
        free(printed);
        mil_program_free(program);
        mil_program_free(again);
    }
}

/* A short text that is not a program gives an error with its place. */
Test(mil_cases, binary) {
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    size_t bytes;
    char *text = case_text("binary-mil", &bytes);
    cr_expect_eq(mil_parse(text, bytes, &program, &error), -1);
    cr_expect(
        strstr(error.text, "expected 'program' at the start, found byte 0x"), "%s", error.text);
}

/* Names are found by binary search, so the table must be sorted; each argument is listed once. */
Test(mil_cases, the_table_of_operators_is_sorted) {
    for (int code = 0; code < MIL_OP_UNKNOWN; code++) {
        const struct mil_op_spec *spec = mil_op_spec((enum mil_opcode)code);
        cr_expect_eq(mil_opcode_find(spec->name, strlen(spec->name)), code, "%s", spec->name);
        cr_expect(spec->since >= 15 && spec->since <= 26, "%s", spec->name);
        for (const struct mil_arg_spec *arg = spec->args; arg->name; arg++)
            cr_expect_eq(mil_arg_spec_find(spec->args, arg->name, strlen(arg->name)), arg, "%s: %s",
                spec->name, arg->name);
    }
    cr_expect_eq(mil_opcode_find("ab", 2), -1);
    cr_expect_eq(mil_opcode_find("zz", 2), -1);
    cr_expect_eq(mil_opcode_find("concats", 7), -1);
}
