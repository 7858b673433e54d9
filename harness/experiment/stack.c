/* SPDX-License-Identifier: MIT */
#include "experiment/stack.h"

#include "measure/memory_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const stack_type_names[STACK_TYPES] = {"fp16", "w8a8"};

static const char conv_call[] =
    "conv(x=%s, weight=w%d, strides=strides, pad_type=pad_type, pad=pad, dilations=dilations, "
    "groups=groups)[name=string(\"c%d_op\")];\n";

/* Scales that preserve the size of values: weights of standard deviation 1 / sqrt(channels) as
 * +-127 from a uniform distribution, activations up to 2.5 as 127. */
static double weight_scale(const struct stack_shape *s) {
    return sqrt(3) / 127 / sqrt(s->channels);
}
static const double activation_scale = 0.02;

static void layer_put(
    FILE *out, const struct stack_shape *s, enum stack_type type, int i, const char *x) {
    if (type == STACK_FP16) {
        fprintf(out,
            "tensor<fp16, [%d, %d, 1, 1]> w%d = const()[name=string(\"w%d\"), val=tensor<fp16, "
            "[%d, %d, "
            "1, 1]>(BLOBFILE(path=string(\"@model_path/weights/w%d.bin\"), offset=uint64(64)))];\n",
            s->channels, s->channels, i, i, s->channels, s->channels, i);
    } else {
        fprintf(out,
            "tensor<int8, [1, %d, 1, %d]> q%d = quantize(input=%s, output_dtype=int8, "
            "scale=scale)[name=string(\"q%d_op\")];\n"
            "tensor<fp16, [1, %d, 1, %d]> d%d = dequantize(input=q%d, scale=scale)"
            "[name=string(\"d%d_op\")];\n",
            s->channels, s->positions, i, x, i, s->channels, s->positions, i, i, i);
        fprintf(out,
            "tensor<fp16, [%d, %d, 1, 1]> w%d = "
            "constexpr_affine_dequantize()[name=string(\"w%d_op\"), "
            "axis=int32(0), quantized_data=tensor<int8, [%d, %d, 1, 1]>(BLOBFILE(path="
            "string(\"@model_path/weights/w%d.bin\"), offset=uint64(64))), scale=fp16(%.9f), "
            "zero_point=int8(0)];\n",
            s->channels, s->channels, i, i, s->channels, s->channels, i, weight_scale(s));
    }
    char input[16];
    snprintf(input, sizeof input, "%s%d", type == STACK_FP16 ? "c" : "d",
        type == STACK_FP16 ? i - 1 : i);
    fprintf(out, "tensor<fp16, [1, %d, 1, %d]> c%d = ", s->channels, s->positions, i);
    fprintf(out, conv_call, type == STACK_FP16 && i == 0 ? x : input, i, i);
}

/* The statements of a stack, to free(); NULL when out of memory. */
static char *stack_text(const struct stack_shape *s, enum stack_type type, char output[16]) {
    char *text = NULL, x[16] = "x";
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    fputs(MIL_CONV_PLAIN, out);
    if (type == STACK_W8A8)
        fprintf(out, MIL_CONST("fp16", "scale", "%.4f") MIL_TEXT("int8", "int8"), activation_scale);
    for (int i = 0; i < s->depth; i++) {
        layer_put(out, s, type, i, x);
        snprintf(x, sizeof x, "c%d", i);
    }
    snprintf(output, 16, "%s", x);
    if (memory_file_close(out, &text) == 0)
        return text;
    free(text);
    return NULL;
}

enum device_status stack_open(struct trial *t, const struct stack_shape *shape,
    enum stack_type type, bool zeros, struct specimen **out, struct device_error *error) {
    static const float zero = 0;
    char inputs[64], output[16];
    char *body = stack_text(shape, type, output);
    if (!body)
        return device_error_set(
            error, DEVICE_BROKEN, "parse", "out of memory for a program's text");
    snprintf(
        inputs, sizeof inputs, "tensor<fp16, [1, %d, 1, %d]> x", shape->channels, shape->positions);
    const struct specimen_function function = {"main", inputs, MIL_BODY(body), output};
    const struct specimen_spec spec = {.functions = &function,
        .n_functions = 1,
        .weight_seed = trial_random(t),
        .pattern = zeros ? &zero : NULL,
        .n_pattern = zeros ? 1 : 0,
        .tolerance = type == STACK_W8A8 ? 0x1p-3 : 0x1p-7};
    enum device_status status = specimen_start(t, &spec, out, error);
    free(body);
    return status;
}
