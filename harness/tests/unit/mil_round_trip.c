/* SPDX-License-Identifier: MIT
 *
 * Parse, print, parse gives the same program: for the trainers' kernels, both header forms, and a
 * built program that has every operator.
 */
#include "mil/build/build.h"
#include "mil_texts.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct mil_program *parse(const char *text) {
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    int result = mil_parse(text, strlen(text), &program, &error);
    cr_assert_eq(result, 0, "%u:%u: %s", error.place.line, error.place.column, error.text);
    return program;
}

static void round_trip(struct mil_program *program) {
    size_t bytes, again_bytes;
    char *text = mil_print(program, &bytes), *again_text;
    struct mil_program *again;
    cr_assert_not_null(text);
    cr_assert_eq(strlen(text), bytes);
    again = parse(text);
    cr_assert(mil_program_equal(program, again), "%s", text);
    again_text = mil_print(again, &again_bytes);
    cr_assert_str_eq(again_text, text);
    free(text);
    free(again_text);
    mil_program_free(again);
    mil_program_free(program);
}

Test(mil_round_trip, kernels) {
    static const char *const texts[] = {conv_stack_text, attention_text, ffn_backward_text,
        tensor_form_text, functions_text, int8_text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        round_trip(parse(texts[i]));
}

Test(mil_round_trip, programs_have_what_was_read) {
    struct mil_program *p = parse(attention_text);
    const struct mil_function *f = &p->functions[0];
    const struct mil_op *last = &f->ops[f->n_ops - 1];
    const struct mil_arg *values = mil_op_arg(last, "values");
    cr_assert_str_eq(p->version, "1.3");
    cr_assert_eq(p->scalar_form, MIL_SCALARS_BARE);
    cr_assert_eq(p->n_build_info, 4);
    cr_assert_str_eq(p->build_info[2].value, "");
    cr_assert_str_eq(f->name, "main");
    cr_assert_str_eq(f->target, "ios18");
    cr_assert_eq(f->n_inputs, 1);
    cr_assert_eq(last->code, MIL_OP_CONCAT);
    cr_assert_str_eq(last->name, "cat");
    cr_assert(values->is_tuple);
    cr_assert_eq(values->n_values, 6);
    cr_assert_str_eq(f->values[values->values[3]].name, "vf");
    cr_assert_eq(f->values[f->outputs[0]].type->dim[1], 384);
    cr_assert_str_eq(f->values[f->outputs[0]].name, "out");
    mil_program_free(p);
}

Test(mil_round_trip, places) {
    struct mil_program *p = parse("program(1.3)\n{ func f<ios18>(tensor<fp16, [2]> x) {\n"
                                  "  tensor<fp16, [2]>\n    y = relu(x = x)[name=string(\"n\")];\n"
                                  "} -> (y); }");
    const struct mil_function *f = &p->functions[0];
    cr_assert_eq(f->place.line, 2);
    cr_assert_eq(f->place.column, 8);
    cr_assert_eq(f->values[0].place.column, 35);
    cr_assert_eq(f->values[1].place.line, 4);
    cr_assert_eq(f->values[1].place.column, 5);
    cr_assert_eq(f->ops[0].place.column, 9);
    cr_assert_eq(f->ops[0].args[0].place.column, 18);
    mil_program_free(p);
}

/* Strings with quotes and backslashes, every float form, lists of every type. */
Test(mil_round_trip, literals) {
    struct mil_program *p = parse(
        "program(1.3){func f<ios18>(tensor<fp16,[1]> x){"
        "string s=const()[name=string(\"a \\\"b\\\\\"),val=string(\"\\\\\\\"\xc3\xa9\")];"
        "tensor<fp16,[6]> h=const()[name=string(\"h\"),val=tensor<fp16,[6]>([1,-0.0,inf,-inf,nan,"
        "0x1p-24])];"
        "tensor<fp32,[4]> w=const()[name=string(\"w\"),val=tensor<fp32,[4]>([0.1,-1e-45,"
        "nan(0x7fffff),3.4e38])];"
        "tensor<int8,[2]> b=const()[name=string(\"b\"),val=tensor<int8,[2]>([-128,127])];"
        "tensor<int32,[2]> i=const()[name=string(\"i\"),val=tensor<int32,[2]>([-2147483648,"
        "2147483647])];"
        "uint64 u=const()[name=string(\"u\"),val=uint64(18446744073709551615)];"
        "tensor<bool,[2]> t=const()[name=string(\"t\"),val=tensor<bool,[2]>([true,false])];"
        "}->(x);}");
    const struct mil_function *f = &p->functions[0];
    const uint16_t *half = f->ops[1].attrs[0].literal.data;
    const uint16_t expected[] = {0x3c00, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x0001};
    cr_assert_str_eq(f->ops[0].name, "a \"b\\");
    cr_assert_str_eq(f->ops[0].attrs[0].literal.string, "\\\"\xc3\xa9");
    cr_assert_arr_eq(half, expected, sizeof expected);
    round_trip(p);
}

static int ints(struct mil_builder *b, const char *name, int n, const int32_t *values) {
    struct mil_type type = {.dtype = MIL_INT32, .rank = 1, .dim = {n}};
    return mil_build_const(b, name, type, values);
}

/* A program with every operator and every optional argument. */
static struct mil_program *everything(enum mil_header header) {
    struct mil_builder *b = mil_builder_new(header);
    const int32_t axis1[] = {1}, two[] = {1, 2, 1, 1}, shape[] = {1, 2, 2, 4},
                  perm[] = {0, 1, 3, 2};
    const int32_t zeros[] = {0, 0, 0, 0}, ends[] = {1, 4, 1, 3}, ones[] = {1, 1, 1, 1};
    const bool masks[] = {false, true, false, true}, squeeze[] = {true, false, false, false};
    struct mil_type bools = {.dtype = MIL_BOOL, .rank = 1, .dim = {4}};
    struct mil_type row = {.dtype = MIL_FP16, .rank = 1, .dim = {4}};
    struct mil_type square = {.dtype = MIL_FP16, .rank = 2, .dim = {4, 4}};
    static const enum mil_opcode unary[] = {MIL_OP_SIGMOID, MIL_OP_TANH, MIL_OP_RELU, MIL_OP_SILU,
        MIL_OP_EXP, MIL_OP_SQRT, MIL_OP_IDENTITY};
    static const enum mil_opcode binary[] = {
        MIL_OP_ADD, MIL_OP_SUB, MIL_OP_MUL, MIL_OP_REAL_DIV, MIL_OP_POW};
    static const enum mil_opcode reduce[] = {
        MIL_OP_REDUCE_SUM, MIL_OP_REDUCE_MEAN, MIL_OP_REDUCE_MAX};
    const uint16_t weight[16] = {0x3c00, 0x7e01, 0x8000};
    int x, eps, mode, g, w, row_w, square_w, axes, begin, end, stride, mask, squeeze_mask, reps;
    int scale, zero, int8, q, values[3], conv_ints, conv_pad, pad_type, groups, axis, out;
    mil_build_function(b, "everything");
    x = mil_build_input(b, "x", mil_tensor4(MIL_FP16, 1, 4, 1, 4));
    values[0] = x;
    for (size_t i = 0; i < sizeof unary / sizeof *unary; i++)
        mil_build_unary(b, unary[i], mil_opcode_name(unary[i]), x);
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++)
        values[1] = mil_build_binary(b, binary[i], mil_opcode_name(binary[i]), x, x);
    for (size_t i = 0; i < sizeof reduce / sizeof *reduce; i++)
        mil_build_reduce(b, reduce[i], mil_opcode_name(reduce[i]), x, -1);
    eps = mil_build_scalar(b, "eps", MIL_FP16, 1e-3);
    mil_build_op(
        b, MIL_OP_RSQRT, "rsqrt", (struct mil_build_arg[]){{"x", &x, 1}, {"epsilon", &eps, 1}}, 2);
    mil_build_op(
        b, MIL_OP_LOG, "log", (struct mil_build_arg[]){{"x", &x, 1}, {"epsilon", &eps, 1}}, 2);
    mode = mil_build_const_string(b, "mode", "TANH_APPROXIMATION");
    g = mil_build_op(
        b, MIL_OP_GELU, "gelu", (struct mil_build_arg[]){{"x", &x, 1}, {"mode", &mode, 1}}, 2);
    mil_build_unary(b, MIL_OP_GELU, "gelu_plain", g);
    w = mil_build_const_blob(
        b, "w", mil_tensor4(MIL_FP16, 4, 4, 1, 1), "@model_path/weights/w.bin", 64);
    mil_build_conv1x1(b, "conv1x1", x, w);
    row_w = mil_build_const(b, "row", row, weight);
    square_w = mil_build_const(b, "square", square, weight);
    conv_ints = ints(b, "conv_ints", 2, ones);
    conv_pad = ints(b, "conv_pad", 4, ones);
    pad_type = mil_build_const_string(b, "pad_type", "custom");
    groups = mil_build_scalar(b, "groups", MIL_INT32, 1);
    mil_build_op(b, MIL_OP_CONV, "conv",
        (struct mil_build_arg[]){{"x", &x, 1}, {"weight", &w, 1}, {"bias", &row_w, 1},
            {"strides", &conv_ints, 1}, {"pad", &conv_pad, 1}, {"dilations", &conv_ints, 1},
            {"pad_type", &pad_type, 1}, {"groups", &groups, 1}},
        8);
    mil_build_op(b, MIL_OP_LINEAR, "linear",
        (struct mil_build_arg[]){{"x", &x, 1}, {"weight", &square_w, 1}, {"bias", &row_w, 1}}, 3);
    axes = ints(b, "axes", 1, axis1);
    mil_build_op(b, MIL_OP_LAYER_NORM, "layer_norm",
        (struct mil_build_arg[]){{"x", &x, 1}, {"axes", &axes, 1}, {"gamma", &row_w, 1},
            {"beta", &row_w, 1}, {"epsilon", &eps, 1}},
        5);
    mil_build_softmax(b, "softmax", x, -1);
    mil_build_matmul(b, "matmul", x, x, true, false);
    mil_build_reshape(b, "reshape", x, shape, 4);
    mil_build_transpose(b, "transpose", x, perm, 4);
    values[2] = mil_build_concat(b, "concat", values, 2, 1);
    mil_build_slice(b, "slice_by_size", values[2], zeros, ones, 4);
    begin = ints(b, "begin", 4, zeros);
    end = ints(b, "end", 4, ends);
    stride = ints(b, "stride", 4, ones);
    mask = mil_build_const(b, "mask", bools, masks);
    squeeze_mask = mil_build_const(b, "squeeze_mask", bools, squeeze);
    mil_build_op(b, MIL_OP_SLICE_BY_INDEX, "slice_by_index",
        (struct mil_build_arg[]){{"x", &x, 1}, {"begin", &begin, 1}, {"end", &end, 1},
            {"stride", &stride, 1}, {"begin_mask", &mask, 1}, {"end_mask", &mask, 1},
            {"squeeze_mask", &squeeze_mask, 1}},
        7);
    reps = ints(b, "reps", 4, two);
    mil_build_op(
        b, MIL_OP_TILE, "tile", (struct mil_build_arg[]){{"x", &x, 1}, {"reps", &reps, 1}}, 2);
    mil_build_op(b, MIL_OP_SDPA, "sdpa",
        (struct mil_build_arg[]){
            {"query", &x, 1}, {"key", &x, 1}, {"value", &x, 1}, {"attn_mask", &eps, 0}},
        3);
    mil_build_cast(b, "cast", x, MIL_FP32);
    mil_build_dequantized(b, "constexpr", square, "@model_path/weights/w.bin", 192, 0.125f, -3);
    mil_build_palettized(b, "palette", square, "@model_path/weights/w.bin", MIL_UINT4, 256, 384);
    scale = mil_build_const(b, "scale", row, weight);
    zero = mil_build_const(b, "zero", (struct mil_type){.dtype = MIL_INT8, .rank = 1, .dim = {4}},
        (const int8_t[]){0, 1, -1, 2});
    axis = mil_build_scalar(b, "axis", MIL_INT32, 1);
    int8 = mil_build_const_string(b, "int8", "int8");
    q = mil_build_op(b, MIL_OP_QUANTIZE, "quantize",
        (struct mil_build_arg[]){{"input", &x, 1}, {"scale", &scale, 1}, {"output_dtype", &int8, 1},
            {"zero_point", &zero, 1}, {"axis", &axis, 1}},
        5);
    out = mil_build_op(b, MIL_OP_DEQUANTIZE, "dequantize",
        (struct mil_build_arg[]){
            {"input", &q, 1}, {"scale", &scale, 1}, {"zero_point", &zero, 1}, {"axis", &axis, 1}},
        4);
    mil_build_outputs(b, (const int[]){out, values[2]}, 2);
    mil_build_function(b, "second");
    x = mil_build_input(b, "x", mil_tensor4(MIL_FP32, 1, 1, 1, 1));
    mil_build_outputs(b, &x, 1);
    struct mil_error error = {.text = ""};
    struct mil_program *program = mil_builder_finish(b, &error);
    cr_assert_not_null(program, "%s", error.text);
    return program;
}

/* What the builder is used for; mil_cases.c has the rest of the grammar. */
static const enum mil_opcode used[] = {MIL_OP_CONST, MIL_OP_CONV, MIL_OP_MATMUL, MIL_OP_ADD,
    MIL_OP_SUB, MIL_OP_MUL, MIL_OP_REAL_DIV, MIL_OP_POW, MIL_OP_SIGMOID, MIL_OP_TANH, MIL_OP_RELU,
    MIL_OP_GELU, MIL_OP_SILU, MIL_OP_EXP, MIL_OP_SQRT, MIL_OP_RSQRT, MIL_OP_LOG, MIL_OP_SOFTMAX,
    MIL_OP_REDUCE_SUM, MIL_OP_REDUCE_MEAN, MIL_OP_REDUCE_MAX, MIL_OP_RESHAPE, MIL_OP_TRANSPOSE,
    MIL_OP_CONCAT, MIL_OP_SLICE_BY_SIZE, MIL_OP_SLICE_BY_INDEX, MIL_OP_TILE, MIL_OP_CAST,
    MIL_OP_IDENTITY, MIL_OP_LINEAR, MIL_OP_LAYER_NORM, MIL_OP_SDPA,
    MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE, MIL_OP_QUANTIZE, MIL_OP_DEQUANTIZE};

Test(mil_round_trip, every_built_operator_under_every_header) {
    static const enum mil_header headers[] = {MIL_HEADER_IOS18, MIL_HEADER_IOS17, MIL_HEADER_IOS16};
    for (int i = 0; i < 3; i++) {
        struct mil_program *program = everything(headers[i]);
        bool seen[MIL_OP_COUNT] = {false};
        for (int j = 0; j < program->functions[0].n_ops; j++)
            seen[program->functions[0].ops[j].code] = true;
        for (size_t k = 0; k < sizeof used / sizeof *used; k++)
            cr_assert(seen[used[k]], "%s is missing here", mil_opcode_name(used[k]));
        round_trip(program);
    }
}

/* Each single difference must be noticed. */
Test(mil_round_trip, differences_are_noticed) {
    static const char *const texts[] = {
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.0){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func g<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios17>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(2)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=sub(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=c,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"d\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){fp16 c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(c);}",
        "program(1.3){func f<ios18>(fp32 x){fp32 c=const()[name=string(\"c\"),val=fp32(1)];"
        "fp32 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3)[buildInfo=dict<string,string>({{\"a\",\"b\"}})]{func f<ios18>(fp16 x){fp16 "
        "c=const()[name=string(\"c\"),val=fp16(1)];"
        "fp16 y=add(x=x,y=c)[name=string(\"y\")];}->(y);}",
        "program(1.3){func f<ios18>(fp16 x){tensor<fp16,[4]> "
        "c=const()[name=string(\"c\"),val=tensor<"
        "fp16,[4]>(BLOBFILE(path=string(\"p\"),offset=uint64(64)))];}->(x);}",
        "program(1.3){func f<ios18>(fp16 x){tensor<fp16,[4]> "
        "c=const()[name=string(\"c\"),val=tensor<"
        "fp16,[4]>(BLOBFILE(path=string(\"p\"),offset=uint64(128)))];}->(x);}",
        "program(1.3){func f<ios18>(fp16 x){tensor<fp16,[4]> "
        "c=const()[name=string(\"c\"),val=tensor<"
        "fp16,[4]>(BLOBFILE(path=string(\"q\"),offset=uint64(64)))];}->(x);}",
    };
    enum { N = sizeof texts / sizeof *texts };
    struct mil_program *programs[N];
    for (int i = 0; i < N; i++)
        programs[i] = parse(texts[i]);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            cr_assert_eq(mil_program_equal(programs[i], programs[j]), i == j, "%d and %d", i, j);
    for (int i = 0; i < N; i++)
        mil_program_free(programs[i]);
}
