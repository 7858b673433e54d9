/* SPDX-License-Identifier: MIT
 *
 * The builder makes the same programs as the parser, and keeps its first error.
 */
#include "mil/build/build.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct mil_type fp16_4(void) {
    return mil_tensor4(MIL_FP16, 1, 4, 1, 4);
}

/* Finishes a builder that must have failed. */
static void expect_failure(struct mil_builder *b, const char *says) {
    struct mil_error error = {.text = ""};
    cr_assert_null(mil_builder_finish(b, &error));
    cr_assert(strstr(error.text, says), "said '%s', not '%s'", error.text, says);
}

static struct mil_builder *in_function(int *x) {
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    mil_build_function(b, "main");
    *x = mil_build_input(b, "x", fp16_4());
    return b;
}

/* Convs, matmuls and reductions name each const once. */
Test(mil_build, shares_consts) {
    int x, w, n_consts = 0;
    struct mil_builder *b = in_function(&x);
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    w = mil_build_const_blob(
        b, "w", mil_tensor4(MIL_FP16, 4, 4, 1, 1), "@model_path/weights/w.bin", 64);
    for (int i = 0; i < 5; i++) {
        char name[3] = {'c', (char)('0' + i), '\0'};
        x = mil_build_conv1x1(b, name, x, w);
    }
    x = mil_build_reduce(b, MIL_OP_REDUCE_SUM, "r", x, -1);
    x = mil_build_reduce(b, MIL_OP_REDUCE_SUM, "s", x, -1);
    cr_assert_eq(mil_build_type(b, x).dim[3], 1);
    mil_build_outputs(b, &x, 1);
    program = mil_builder_finish(b, &error);
    cr_assert_not_null(program, "%s", error.text);
    for (int i = 0; i < program->functions[0].n_ops; i++)
        n_consts += program->functions[0].ops[i].code == MIL_OP_CONST;
    cr_assert_eq(n_consts, 1 + 4 + 2); /* the weight, the conv's four, axes and keep_dims */
    mil_program_free(program);
}

Test(mil_build, headers) {
    static const struct {
        enum mil_header header;
        const char *version, *target;
        enum mil_scalar_form form;
    } cases[] = {{MIL_HEADER_IOS18, "1.3", "ios18", MIL_SCALARS_BARE},
        {MIL_HEADER_IOS17, "1.3", "ios17", MIL_SCALARS_BARE},
        {MIL_HEADER_IOS16, "1.0", "ios16", MIL_SCALARS_TENSOR}};
    for (int i = 0; i < 3; i++) {
        struct mil_builder *b = mil_builder_new(cases[i].header);
        struct mil_program *program;
        int x;
        mil_build_function(b, "main");
        x = mil_build_input(b, "x", fp16_4());
        mil_build_outputs(b, &x, 1);
        program = mil_builder_finish(b, NULL);
        cr_assert_not_null(program);
        cr_assert_str_eq(program->version, cases[i].version);
        cr_assert_str_eq(program->functions[0].target, cases[i].target);
        cr_assert_eq(program->scalar_form, cases[i].form);
        mil_program_free(program);
    }
}

Test(mil_build, first_error_sticks) {
    int x, y;
    struct mil_builder *b = in_function(&x);
    y = mil_build_scalar(b, "y", MIL_FP32, 1);
    cr_assert_eq(mil_build_binary(b, MIL_OP_ADD, "sum", x, y), -1);
    cr_assert_eq(mil_build_unary(b, MIL_OP_RELU, "fine", x), -1);
    mil_build_outputs(b, &x, 1);
    mil_build_function(b, "next");
    expect_failure(b, "'sum': add: x and y must have the same element type");
}

Test(mil_build, misuse) {
    int x;
    struct mil_builder *b = in_function(&x);
    mil_build_unary(b, MIL_OP_RELU, "x", x);
    expect_failure(b, "the value 'x' is already defined");
    b = in_function(&x);
    mil_build_unary(b, MIL_OP_RELU, "two words", x);
    expect_failure(b, "is not an identifier");
    b = in_function(&x);
    mil_build_unary(b, MIL_OP_RELU, "y", 7);
    expect_failure(b, "no value number 7");
    b = in_function(&x);
    mil_build_unary(b, MIL_OP_ADD, "y", x);
    expect_failure(b, "argument 'y' is missing");
    b = in_function(&x);
    mil_build_op(b, MIL_OP_RELU, "y", (struct mil_build_arg[]){{"z", &x, 1}}, 1);
    expect_failure(b, "relu has no argument 'z'");
    b = in_function(&x);
    mil_build_op(b, MIL_OP_ADD, "y", (struct mil_build_arg[]){{"x", &x, 1}, {"x", &x, 1}}, 2);
    expect_failure(b, "argument 'x' is given twice");
    b = in_function(&x);
    mil_build_unary(b, MIL_OP_RELU, "y", x);
    mil_build_input(b, "late", fp16_4());
    expect_failure(b, "must come before the first op");
    b = in_function(&x);
    expect_failure(b, "'main' has no outputs yet");
    b = in_function(&x);
    mil_build_function(b, "inner");
    expect_failure(b, "the previous function has no outputs");
    b = in_function(&x);
    mil_build_outputs(b, NULL, 0);
    expect_failure(b, "a function needs at least one output");
    b = mil_builder_new(MIL_HEADER_IOS18);
    mil_build_input(b, "x", fp16_4());
    expect_failure(b, "'x' is outside a function");
    expect_failure(mil_builder_new(MIL_HEADER_IOS18), "a program needs at least one function");
    b = in_function(&x);
    mil_build_const_string(b, "s", "line\nfeed");
    expect_failure(b, "control byte 0x0a");
    b = in_function(&x);
    mil_build_const(b, "c", (struct mil_type){.rank = 9}, NULL);
    expect_failure(b, "more than 8 dimensions");
    b = in_function(&x);
    mil_build_const(b, "c", mil_tensor4(MIL_FP16, INT32_MAX, INT32_MAX, 1, 1), NULL);
    expect_failure(b, "more than 2^56 elements");
    b = in_function(&x);
    mil_build_scalar(b, "c", MIL_INT32, 1.5);
    expect_failure(b, "1.5 is not an int32");
    b = in_function(&x);
    mil_build_const_blob(b, "c", (struct mil_type){.dtype = MIL_BOOL}, "p", 64);
    expect_failure(b, "a blob file cannot hold bool");
    b = in_function(&x);
    mil_build_reshape(b, "y", x, NULL, 0);
    expect_failure(b, "a list of 0 ints");
    expect_failure(NULL, "out of memory");
}
