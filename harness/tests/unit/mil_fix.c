/* SPDX-License-Identifier: MIT
 *
 * Every rewrite satisfies its rules and changes no bit of the results. A complaint without a rewrite stays.
 * MIL_CASES is the folder of texts that must be read.
 */
#include "mil_fix.h"

#include "../plain/draw.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "program(1.3)[buildInfo=dict<string,string>({})]{func main<ios18>("
#define MAIN(params, body, outputs) HEAD params "){" body "}->(" outputs ");}"
#define OP(type, name, op) type " " name "=" op "[name=string(\"" name "\")];"
#define CONST(type, name, literal)                                                                 \
    type " " name "=const()[name=string(\"" name "\"),val=" type "(" literal ")];"
#define BLOB(type, name, path)                                                                     \
    CONST(type, name, "BLOBFILE(path=string(\"@model_path/" path "\"),offset=uint64(64))")
#define CHUNK "tensor<fp16,[1,64,1,512]>"
#define ROWS "tensor<fp16,[1,64,512]>"
#define CONV_1D "conv(x=x,weight=w,strides=st,pad_type=pt,pad=pd,dilations=st,groups=gr)"
#define CONV_1D_CONSTS                                                                             \
    CONST("tensor<int32,[1]>", "st", "[1]")                                                        \
    CONST("string", "pt", "\"custom\"")                                                            \
    CONST("tensor<int32,[2]>", "pd", "[2,0]") CONST("int32", "gr", "4")

/* `gone`: rules that complain before and not after; `kept`: one that does both times. */
static const struct {
    const char *name, *text, *gone[4], *kept;
} rows[] = {
    {"build info",
        "program(1.3){func main<ios18>(" CHUNK "x){" OP(CHUNK, "y", "relu(x=x)") "}->(y);}",
        {"no-build-info"}, NULL},
    {"header",
        "program(1.5)[buildInfo=dict<string,string>({})]{func main<ios16>(" CHUNK
        "x){" OP(CHUNK, "y", "relu(x=x)") "}->(y);}",
        {"header-untried"}, NULL},
    {"scalars",
        "program(1.3)[buildInfo=dict<tensor<string,[]>,tensor<string,[]>>({})]{func "
        "main<ios18>(" CHUNK "x){" CHUNK "y=relu(x=x)[name=tensor<string,[]>(\"y\")];}->(y);}",
        {"scalar-form"}, NULL},
    {"names", MAIN(CHUNK "x", CHUNK "z=relu(x=x);" CHUNK "y=tanh(x=z)[name=string(\"z\")];", "y"),
        {"no-name"}, NULL},
    {"names that are taken",
        MAIN(CHUNK "x",
            CHUNK "a=relu(x=x)[name=string(\"n\")];" CHUNK "y=tanh(x=a)[name=string(\"n\")];", "y"),
        {"names-unique"}, NULL},
    {"literals", MAIN(CHUNK "x", OP(CHUNK, "y", "softmax(x=x,axis=int32(1))"), "y"),
        {"inline-argument"}, NULL},
    {"tensors",
        MAIN(CHUNK "x",
            CONST("tensor<fp16,[2,1]>", "c", "[0.5,3]")
                OP("tensor<fp16,[1,64,2,512]>", "y", "mul(x=x,y=c)"),
            "y"),
        {"inline-tensor"}, NULL},
    {"a folder",
        MAIN(CHUNK "x",
            BLOB("tensor<fp16,[64,1,1]>", "w", "layer/k.bin") OP(CHUNK, "y", "mul(x=x,y=w)"), "y"),
        {"blob-path"}, NULL},
    {"arguments that are left out",
        MAIN(CHUNK "x",
            BLOB("tensor<fp16,[64,64,1,1]>", "w", "weights/w.bin")
                OP(CHUNK, "a", "conv(x=x,weight=w)") OP(CHUNK, "y", "softmax(x=a)"),
            "y"),
        {"default-argument"}, NULL},
    {"axes that are left out",
        MAIN(CHUNK "x", OP("fp16", "m", "reduce_mean(x=x)") OP(CHUNK, "y", "sub(x=x,y=m)"), "y"),
        {"default-argument"}, NULL},
    {"an epsilon of layer_norm, whose rounding shows",
        MAIN(CHUNK "x",
            CONST("tensor<int32,[1]>", "a", "[1]") OP(CHUNK, "y", "layer_norm(x=x,axes=a)"), "y"),
        {NULL}, "default-argument"},
    {"rsqrt", MAIN(CHUNK "x", OP(CHUNK, "a", "square(x=x)") OP(CHUNK, "y", "rsqrt(x=a)"), "y"),
        {"rsqrt-log"}, NULL},
    {"rsqrt after a sum",
        MAIN(CHUNK "x",
            OP(CHUNK, "a", "square(x=x)") CONST("tensor<int32,[1]>", "ax", "[1]") CONST("bool",
                "kd",
                "true") OP("tensor<fp16,[1,1,1,512]>", "m", "reduce_mean(x=a,axes=ax,keep_dims=kd)")
                OP("tensor<fp16,[1,1,1,512]>", "r", "rsqrt(x=m)") OP(CHUNK, "y", "mul(x=x,y=r)"),
            "y"),
        {"rsqrt-after-reduce", "rsqrt-log"}, NULL},
    {"rsqrt with an epsilon after a sum",
        MAIN(CHUNK "x",
            CONST("tensor<int32,[1]>", "ax", "[1]") CONST("bool", "kd", "true")
                CONST("fp16", "e", "0.001") OP("tensor<fp16,[1,1,1,512]>", "m",
                    "reduce_mean(x=x,axes=ax,keep_dims=kd)") OP("tensor<fp16,[1,1,1,512]>", "r",
                    "rsqrt(x=m,epsilon=e)") OP(CHUNK, "y", "mul(x=x,y=r)"),
            "y"),
        {NULL}, "rsqrt-after-reduce"},
    {"a 1-D convolution",
        MAIN(ROWS "x",
            CONV_1D_CONSTS BLOB("tensor<fp16,[64,16,3]>", "w", "weights/w.bin")
                OP(ROWS, "y", CONV_1D),
            "y"),
        {"conv-1d", "io-rank"}, NULL},
    {"1-D convolutions in sequence, a weight used twice",
        MAIN(ROWS "x",
            CONV_1D_CONSTS BLOB("tensor<fp16,[64,16,3]>", "w", "weights/w.bin")
                OP(ROWS, "a", CONV_1D) OP(ROWS, "b",
                    "conv(x=a,weight=w,strides=st,pad_type=pt,pad=pd,dilations=st,groups=gr)")
                    OP(ROWS, "y", "add(x=b,y=x)") OP("tensor<fp16,[64,16,3]>", "z", "relu(x=w)"),
            "y, z"),
        {"conv-1d"}, NULL},
    {"a product alone",
        MAIN("tensor<fp16,[1,64,64,64]>x",
            CONST("bool", "no", "false") OP(
                "tensor<fp16,[1,64,64,64]>", "y", "matmul(x=x,y=x,transpose_x=no,transpose_y=no)"),
            "y"),
        {"matmul-alone"}, NULL},
    {"a reshape alone",
        MAIN(CHUNK "x",
            CONST("tensor<int32,[4]>", "s", "[1,512,1,64]")
                OP("tensor<fp16,[1,512,1,64]>", "y", "reshape(x=x,shape=s)"),
            "y"),
        {"move-alone"}, NULL},
    {"four axes, of many ranks",
        MAIN("tensor<fp16,[1]> a, tensor<fp16,[3]> b, tensor<fp16,[2,3,4,5,6]> x",
            OP("tensor<fp16,[3]>", "s", "add(x=a,y=b)")
                OP("tensor<fp16,[2,3,4,5,6]>", "y", "relu(x=x)"),
            "y, s"),
        {"io-rank"}, NULL},
    {"small surfaces",
        MAIN("tensor<fp16,[1,3,5,7]> x", OP("tensor<fp16,[1,3,5,7]>", "y", "relu(x=x)"), "y"),
        {"channels-below-16", "spatial-multiple-of-16", "width-below-32", "surface-below-16k"},
        NULL},
    {"sizes in the wrong order",
        MAIN("tensor<fp16,[1,96,1,512]> b, " CHUNK "a",
            OP("tensor<fp16,[1,96,1,512]>", "d", "relu(x=b)") OP(CHUNK, "c", "relu(x=a)"), "c, d"),
        {"inputs-ascending", "outputs-descending", "slots-equal-size", "slots-alphabetical"}, NULL},
    {"sizes too different to pad",
        MAIN("tensor<fp16,[1,16384,1,64]> a, tensor<fp16,[1,64,1,64]> b",
            OP("tensor<fp16,[1,16384,1,64]>", "c", "relu(x=a)")
                OP("tensor<fp16,[1,64,1,64]>", "d", "relu(x=b)"),
            "d, c"),
        {"inputs-ascending", "outputs-descending"}, "slots-equal-size"},
    {"an output that is an input, twice",
        MAIN(CHUNK "b, " CHUNK "a", OP(CHUNK, "c", "add(x=a,y=b)"), "c, b, b"),
        {"slots-alphabetical"}, NULL},
    {"what is not to be had", MAIN(CHUNK "x", OP(CHUNK, "y", "gelu(x=x)"), "y"), {NULL}, "gelu"},
    {"open sizes",
        MAIN("tensor<fp16,[1,64,1,?]> x",
            OP("tensor<fp16,[1,64,1,?]>", "y", "softmax(x=x,axis=int32(1))"), "y"),
        {"inline-argument"}, NULL},
    {"blocks",
        MAIN("bool p, " CHUNK "x",
            CHUNK "y=cond(pred=p)[name=string(\"y\")] t(){" OP(CHUNK, "u",
                "softmax(x=x,axis=int32(1))") "}->(u), e(){" OP(CHUNK, "v", "tanh(x=x)") "}->(v);",
            "y"),
        {NULL}, NULL},
};

/* Each row is rewritten, checked and read again. */
Test(mil_fix, rules_are_answered_and_bits_kept) {
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct sample s;
        struct mil_fixed fixed;
        struct mil_error error = {.text = ""};
        sample_read(&s, rows[k].text, strlen(rows[k].text));
        for (int i = 0; i < 4 && rows[k].gone[i]; i++)
            cr_expect(count(s.program, rows[k].gone[i]) > 0, "%s: no %s before", rows[k].name,
                rows[k].gone[i]);
        cr_assert_eq(mil_fix(s.program, &s.weights, NULL, &fixed, &error), 0, "%s: %s",
            rows[k].name, error.text);
        for (int i = 0; i < 4 && rows[k].gone[i]; i++)
            cr_expect_eq(count(fixed.program, rows[k].gone[i]), 0, "%s: %s after\n%s", rows[k].name,
                rows[k].gone[i], fixed.text);
        if (rows[k].kept)
            cr_expect(count(fixed.program, rows[k].kept) > 0, "%s", rows[k].name);
        for (uint64_t seed = 1; seed < 4; seed++) {
            const int status = mil_fixed_check(s.program, &s.weights, &fixed, seed, &error);
            cr_expect(status == 0 || (status > 0 && strstr(error.text, "known but not evaluated")),
                "%s: %s\n%s", rows[k].name, error.text, fixed.text);
        }
        again_is_the_same(&fixed);
        mil_fixed_free(&fixed);
        sample_free(&s);
    }
}

/* Each kind of rewrite is in the table above, and each rule that it names exists. */
Test(mil_fix, rewrites_and_rules_are_complete) {
    for (int i = 0; mil_fix_kind_at(i); i++)
        for (int r = 0; r < MIL_FIX_RULES && mil_fix_kind_at(i)->rules[r]; r++) {
            int found = 0;
            for (int k = 0; mil_rule_at(k); k++)
                found += strcmp(mil_rule_at(k)->id, mil_fix_kind_at(i)->rules[r]) == 0;
            cr_expect_eq(found, 1, "%s", mil_fix_kind_at(i)->rules[r]);
        }
}

/* Only rules for the user's limits are rewritten. */
Test(mil_fix, only_rules_for_the_given_limits_are_rewritten) {
    static const char text[] = MAIN("tensor<fp16,[1,64,1,16]> x",
        OP("tensor<fp16,[1,64,1,16]>", "y", "softmax(x=x,axis=int32(1))"), "y");
    struct sample s;
    struct mil_fixed fixed;
    struct mil_error error;
    sample_read(&s, text, strlen(text));
    cr_assert_eq(mil_fix(s.program, &s.weights, "m9", &fixed, &error), 0);
    cr_expect_eq(fixed.counts[4], 1, "of a rule about no chip"); /* inline-argument */
    cr_expect(mil_type_equal(
        fixed.program->functions[0].values[0].type, s.program->functions[0].values[0].type));
    mil_fixed_free(&fixed);
    sample_free(&s);
}

/* 17 files fail, 16 work: also when tensors of the text would be the 17th. */
Test(mil_fix, many_weight_files) {
    for (int n = 15; n <= 18; n++) {
        char text[8192];
        int used = snprintf(text, sizeof text, HEAD CHUNK "x){");
        for (int i = 0; i < n; i++) {
            char of[16] = "x";
            if (i > 0)
                snprintf(of, sizeof of, "y%d", i - 1);
            used += snprintf(text + used, sizeof text - (size_t)used,
                "tensor<fp16,[512]> "
                "w%d=const()[name=string(\"w%d\"),val=tensor<fp16,[512]>(BLOBFILE("
                "path=string(\"@model_path/weights/w%d.bin\"),offset=uint64(64)))];" CHUNK
                "y%d=add(x=%s,y=w%d)[name=string(\"y%d\")];",
                i, i, i, i, of, i, i);
        }
        snprintf(text + used, sizeof text - (size_t)used,
            CONST("tensor<fp16,[2,1,1]>", "c", "[1,2]") "}->(y%d);}", n - 1);
        struct sample s;
        struct mil_fixed fixed;
        struct mil_error error = {.text = ""};
        sample_read(&s, text, strlen(text));
        cr_assert_eq(mil_fix(s.program, &s.weights, NULL, &fixed, &error), 0, "%s", error.text);
        cr_expect_eq(fixed.weights.n_files, n < 16 ? n + 1 : 1, "%d", n);
        cr_expect_eq(count(fixed.program, "weight-files"), 0);
        cr_expect_eq(count(fixed.program, "inline-tensor"), 0);
        cr_expect_eq(
            mil_fixed_check(s.program, &s.weights, &fixed, 1, &error), 0, "%s", error.text);
        mil_fixed_free(&fixed);
        sample_free(&s);
    }
}

/* rsqrt of every fp16 but -inf, against pow. */
Test(mil_fix, rsqrt_is_that_power_for_all_numbers) {
    static const char text[] = MAIN(
        "tensor<fp16,[1,64,2,512]> x", OP("tensor<fp16,[1,64,2,512]>", "y", "rsqrt(x=x)"), "y");
    struct sample s;
    struct mil_fixed fixed;
    struct mil_error error;
    static uint16_t in[1 << 16], before[1 << 16], after[1 << 16];
    sample_read(&s, text, strlen(text));
    cr_assert_eq(mil_fix(s.program, &s.weights, NULL, &fixed, &error), 0);
    cr_assert(strstr(fixed.text, "pow("), "%s", fixed.text);
    for (int i = 0; i < 1 << 16; i++)
        in[i] = (uint16_t)i;
    const void *const inputs[] = {in};
    cr_assert_eq(mil_eval(s.program, 0, &s.weights, inputs, (void *const[]){before}, &error), 0);
    cr_assert_eq(
        mil_eval(fixed.program, 0, &fixed.weights, inputs, (void *const[]){after}, &error), 0);
    for (int i = 0; i < 1 << 16; i++)
        if (i != 0xfc00 && !((before[i] & 0x7fff) > 0x7c00 && (after[i] & 0x7fff) > 0x7c00))
            cr_expect_eq(before[i], after[i], "0x%04x: 0x%04x, 0x%04x", i, before[i], after[i]);
    mil_fixed_free(&fixed);
    sample_free(&s);
}

/* The comparison can fail; otherwise it would prove nothing. */
Test(mil_fix, differences_are_noticed) {
    static const char text[] = MAIN(CHUNK "x", OP(CHUNK, "y", "relu(x=x)"), "y");
    static const char other[] = MAIN(CHUNK "x", OP(CHUNK, "y", "relu6(x=x)"), "y");
    static const char wrong[] = MAIN(CHUNK "x", OP(CHUNK, "y", "abs(x=x)"), "y");
    struct sample s, t;
    struct mil_fixed fixed;
    struct mil_error error;
    sample_read(&s, text, strlen(text));
    cr_assert_eq(mil_fix(s.program, &s.weights, NULL, &fixed, &error), 0);
    sample_read(&t, other, strlen(other));
    cr_expect_eq(mil_fixed_check(t.program, &t.weights, &fixed, 1, &error), 0, "the same up to 6");
    sample_free(&t);
    sample_read(&t, wrong, strlen(wrong));
    cr_expect_eq(mil_fixed_check(t.program, &t.weights, &fixed, 1, &error), -1);
    cr_expect(strstr(error.text, "changes 'y' of 'main'"), "%s", error.text);
    sample_free(&t);
    mil_fixed_free(&fixed);
    sample_free(&s);
}

/* The published kinds of texts can be read after the rewrite and give equal results. */
Test(mil_fix, published_kinds) {
    DIR *folder = opendir(MIL_CASES);
    int n = 0;
    cr_assert(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[1024], text[1 << 16];
        if (!strstr(entry->d_name, ".mil") || strncmp(entry->d_name, "binary", 6) == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", MIL_CASES, entry->d_name);
        FILE *file = fopen(path, "rb");
        cr_assert(file);
        size_t bytes = fread(text, 1, sizeof text, file);
        fclose(file);
        struct sample s;
        struct mil_fixed fixed;
        struct mil_error error = {.text = ""};
        sample_read(&s, text, bytes);
        cr_assert_eq(
            mil_fix(s.program, &s.weights, NULL, &fixed, &error), 0, "%s: %s", path, error.text);
        cr_expect_eq(mil_fixed_check(s.program, &s.weights, &fixed, 1, &error), 0, "%s: %s\n%s",
            path, error.text, fixed.text);
        again_is_the_same(&fixed);
        mil_fixed_free(&fixed);
        sample_free(&s);
        n++;
    }
    closedir(folder);
    cr_expect(n > 30);
}

/* Operators with random shapes and settings, without their optional arguments. */
static void draws_try(const struct draw_kind *kinds, int n_kinds) {
    for (int k = 0; k < n_kinds; k++)
        for (uint64_t i = 0; i < 6; i++) {
            struct draw d = {.state = 77 * i + (uint64_t)kinds[k].code,
                .builder = mil_builder_new(MIL_HEADER_IOS18)};
            struct mil_error error = {.text = ""};
            struct mil_fixed fixed;
            static const struct mil_weights none;
            mil_build_function(d.builder, "f");
            kinds[k].draw(&d);
            const int result = mil_build_op(d.builder, kinds[k].code, "r", d.args, d.n_args);
            mil_build_outputs(d.builder, &result, 1);
            struct mil_program *program = mil_builder_finish(d.builder, &error);
            const char *name = mil_opcode_name(kinds[k].code);
            cr_assert(program, "%s: %s", name, error.text);
            cr_assert_eq(
                mil_fix(program, &none, NULL, &fixed, &error), 0, "%s: %s", name, error.text);
            cr_expect_eq(mil_fixed_check(program, &none, &fixed, i, &error), 0, "%s: %s\n%s", name,
                error.text, fixed.text);
            again_is_the_same(&fixed);
            mil_fixed_free(&fixed);
            mil_program_free(program);
        }
}

Test(mil_fix, operators_drawn_at_random) {
    draws_try(draw_windows, draw_n_windows);
    draws_try(draw_products, draw_n_products);
    draws_try(draw_moves, draw_n_moves);
    draws_try(draw_indices, draw_n_indices);
    draws_try(draw_others, draw_n_others);
}
