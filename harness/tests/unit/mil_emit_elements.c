/* SPDX-License-Identifier: MIT
 *
 * Operators of Core ML's sets, compiled as C, against the evaluator; and operators that are evaluated but not
 * written as C, which are refused by name.
 */
#include "mil_image.h"
#include "mil_kit.h"

#define F(shape) "tensor<fp32, [" shape "]>"
#define LSTM_INPUTS                                                                                \
    F("4, 2, 5")                                                                                   \
    " x, " F("2, 3") " h, " F("2, 3") " c, " F("12, 5") " v, " F("12, 3") " w, " F("12") " b"

/* T stands for the element type; x and y are inputs of [2, 3, 21], which vectors do not divide, and [3, 1]. */
static const struct {
    const char *call; /* makes T [2, 3, 21] */
    float range;
} calls[] = {
    {"abs(x = x)", 4},
    {"acos(x = x)", 1},
    {"asin(x = x)", 1},
    {"atan(x = x)", 4},
    {"atanh(x = x)", 0.9f},
    {"ceil(x = x)", 4},
    {"clamped_relu(x = x, alpha = T(0.5), beta = T(2))", 4},
    {"clip(x = x, alpha = T(-1), beta = T(1.5))", 4},
    {"cos(x = x)", 4},
    {"cosh(x = x)", 4},
    {"elu(x = x, alpha = T(0.5))", 4},
    {"erf(x = x)", 3},
    {"exp2(x = x)", 4},
    {"floor(x = x)", 4},
    {"inverse(x = x, epsilon = T(8))", 4},
    {"leaky_relu(x = x, alpha = T(0.25))", 4},
    {"linear_activation(x = x, alpha = T(2), beta = T(0.5))", 4},
    {"log(x = x, epsilon = T(8))", 4},
    {"relu6(x = x)", 8},
    {"round(x = x)", 4},
    {"rsqrt(x = x, epsilon = T(8))", 4},
    {"scaled_tanh(x = x, alpha = T(1.5), beta = T(0.5))", 4},
    {"sigmoid_hard(x = x, alpha = T(0.25), beta = T(0.5))", 4},
    {"sign(x = x)", 4},
    {"sin(x = x)", 4},
    {"sinh(x = x)", 4},
    {"softplus(x = x)", 8},
    {"softsign(x = x)", 8},
    {"square(x = x)", 4},
    {"tan(x = x)", 1},
    {"threshold(x = x, alpha = T(0.5))", 4},
    {"thresholded_relu(x = x, alpha = T(0.5))", 4},
    {"maximum(x = x, y = y)", 4},
    {"minimum(x = x, y = y)", 4},
    {"floor_div(x = x, y = y)", 4},
    {"add(x = x, y = y)", 4},
    {"sub(x = y, y = x)", 4},
    {"select(cond = greater(x = x, y = y), a = x, b = y)", 4},
    {"select(cond = less_equal(x = x, y = y), a = y, b = x)", 4},
    {"select(cond = equal(x = x, y = x), a = y, b = x)", 4},
    {"select(cond = not_equal(x = x, y = y), a = y, b = x)", 4},
};

static void typed(char *out, size_t room, const char *text, const char *dtype) {
    size_t n = 0;
    for (const char *p = text; *p && n + 8 < room; p++) {
        if (*p == 'T')
            n += (size_t)snprintf(out + n, room - n, "%s", dtype);
        else
            out[n++] = *p;
    }
    out[n] = '\0';
}

/* "select(cond = COMPARISON, REST" becomes two statements. */
static void body_make(char *out, size_t room, const char *call, const char *dtype) {
    const char *condition = strstr(call, "cond = "), *end;
    char text[400];
    if (condition) {
        end = strchr(condition, ')') + 1;
        snprintf(text, sizeof text,
            "tensor<bool, [2, 3, 21]> c = %.*s;\ntensor<T, [2, 3, 21]> r = select(cond = c%s;\n",
            (int)(end - condition - 7), condition + 7, end);
    } else {
        snprintf(text, sizeof text, "tensor<T, [2, 3, 21]> r = %s;\n", call);
    }
    typed(out, room, text, dtype);
}

Test(mil_emit_elements, as_evaluated) {
    enum { N = sizeof calls / sizeof *calls };
    static char bodies[2 * N][500], names[2 * N][8], parameters[2][100];
    struct kit_function functions[2 * N];
    const struct mil_weights none = {NULL, 0};
    struct image image;
    for (int i = 0; i < 2 * N; i++) {
        const char *dtype = i < N ? "fp16" : "fp32";
        snprintf(names[i], sizeof names[i], "f%d", i);
        typed(parameters[i / N], sizeof parameters[0],
            "tensor<T, [2, 3, 21]> x, tensor<T, [3, 1]> y", dtype);
        body_make(bodies[i], sizeof bodies[i], calls[i % N].call, dtype);
        functions[i] = (struct kit_function){names[i], parameters[i / N], bodies[i], "r"};
    }
    struct mil_program *program = kit_program(functions, 2 * N);
    image_open(&image, program, none);
    for (int i = 0; i < 2 * N; i++)
        image_compare(&image, i, calls[i % N].range, i < N ? 0x1p-9 : 4e-6);
    image_close(&image);
    mil_program_free(program);
}

Test(mil_emit_elements, other_forms_as_evaluated) {
    static const struct kit_function functions[] = {
        {"ints", "tensor<int32, [4]> x, tensor<int32, [2, 1]> y",
            "tensor<int32, [2, 4]> a = mul(x = x, y = y);\n"
            "tensor<int32, [2, 4]> b = sub(x = a, y = x);\n"
            "tensor<int32, [2, 4]> c = maximum(x = b, y = y);\n"
            "tensor<int32, [2, 4]> r = add(x = c, y = int32(7));\n",
            "r"},
        {"bools", "tensor<bool, [16]> x, tensor<bool, [2, 1]> y",
            "tensor<bool, [2, 16]> a = logical_and(x = x, y = y);\n"
            "tensor<bool, [2, 16]> b = logical_or(x = x, y = y);\n"
            "tensor<bool, [2, 16]> c = logical_xor(x = a, y = b);\n"
            "tensor<bool, [2, 16]> r = logical_not(x = c);\n",
            "r, a"},
        {"views", "tensor<fp16, [2, 3]> x",
            "tensor<fp16, [1, 2, 3]> a = expand_dims(x = x, axes = tensor<int32, [1]>([0]));\n"
            "tensor<fp16, [1, 2, 3]> b = relu(x = a);\n"
            "tensor<fp16, [2, 3]> c = squeeze(x = b);\n"
            "tensor<fp16, [1, 6]> r = flatten2d(x = c, axis = int32(0));\n",
            "r"},
        {"conv1d", "tensor<fp32, [2, 4, 9]> x, tensor<fp32, [6, 2, 3]> w",
            "tensor<fp32, [2, 6, 5]> r = conv(x = x, weight = w, strides = tensor<int32, "
            "[1]>([2]), "
            "pad_type = string(\"custom\"), pad = tensor<int32, [2]>([1, 2]), groups = "
            "int32(2));\n",
            "r"},
        {"pointwise1d", "tensor<fp32, [2, 4, 9]> x, tensor<fp32, [6, 4, 1]> w",
            "tensor<fp32, [2, 6, 9]> r = conv(x = x, weight = w);\n", "r"},
        {"attention",
            "tensor<fp32, [2, 4, 8]> q, tensor<fp32, [2, 5, 8]> k, tensor<fp32, [2, 5, 3]> v",
            "tensor<fp32, [2, 4, 3]> r = scaled_dot_product_attention(query = q, key = k, value = "
            "v, "
            "scale = fp32(0.125));\n",
            "r"},
        {"interleaved", "tensor<fp16, [2, 3]> x, tensor<fp16, [2, 3]> y",
            "tensor<fp16, [2, 6]> r = concat(values = (x, y), axis = int32(1), interleave = "
            "bool(true));\n",
            "r"},
        {"einsum", "tensor<fp32, [2, 3, 4]> x, tensor<fp32, [2, 4, 5]> w",
            "tensor<fp32, [3, 2, 5]> r = einsum(values = (x, w), equation = "
            "string(\"abc,acd->bad\"));\n",
            "r"},
        {"einsum_to_one", "tensor<fp16, [3, 4]> x, tensor<fp16, [4]> w, tensor<fp16, [3]> v",
            "tensor<fp16, []> r = einsum(values = (x, w, v), equation = "
            "string(\"ab,b,a->\"));\n",
            "r"},
        {"reversed", "tensor<fp16, [3, 2, 5, 2]> x",
            "tensor<fp16, [3, 2, 5, 2]> r = reverse_sequence(x = x, lengths = tensor<int32, "
            "[3]>([1, "
            "5, 3]), seq_axis = int32(2), batch_axis = int32(0));\n"
            "tensor<fp16, [3, 2, 5, 2]> q = reverse_sequence(x = x, lengths = tensor<int32, "
            "[5]>([1, "
            "2, 0, 2, 1]), seq_axis = int32(1), batch_axis = int32(2));\n",
            "r, q"},
        {"lstm", LSTM_INPUTS,
            "tensor<fp32, [4, 2, 3]> y, tensor<fp32, [2, 3]> hh, tensor<fp32, [2, 3]> cc = lstm(x "
            "= "
            "x, initial_h = h, initial_c = c, weight_ih = v, weight_hh = w, bias = b, "
            "output_sequence = bool(true), direction = string(\"reverse\"), clip = fp32(0.5));\n",
            "y, hh, cc"},
        {"lstm_last", LSTM_INPUTS,
            "tensor<fp32, [1, 2, 3]> y, tensor<fp32, [2, 3]> hh, tensor<fp32, [2, 3]> cc = lstm(x "
            "= "
            "x, initial_h = h, initial_c = c, weight_ih = v, weight_hh = w, peephole = "
            "tensor<fp32, [9]>([1, 2, 3, -1, -2, -3, 0.5, 0.25, 0.125]), cell_activation = "
            "string(\"relu\"), recurrent_activation = string(\"sigmoid_hard\"));\n",
            "y, cc"},
        {"lstm_both", LSTM_INPUTS ", " F("12, 5") " v2, " F("12, 3") " w2",
            "tensor<fp32, [2, 6]> h2 = concat(values = (h, c), axis = int32(1), interleave = "
            "bool(false));\n"
            "tensor<fp32, [4, 2, 6]> y, tensor<fp32, [2, 6]> hh, tensor<fp32, [2, 6]> cc = lstm(x "
            "= "
            "x, initial_h = h2, initial_c = h2, weight_ih = v, weight_hh = w, bias = b, "
            "weight_ih_back = v2, weight_hh_back = w2, bias_back = b, output_sequence = "
            "bool(true), "
            "direction = string(\"bidirectional\"));\n",
            "y, hh, cc"},
        {"gru", F("4, 2, 5") " x, " F("2, 3") " h, " F("9, 5") " v, " F("9, 3") " w, " F("9") " b",
            "tensor<fp32, [4, 2, 3]> y, tensor<fp32, [2, 3]> hh = gru(x = x, initial_h = h, "
            "weight_ih = v, weight_hh = w, bias = b, input_bias = b, output_sequence = "
            "bool(true));\n"
            "tensor<fp32, [1, 2, 3]> z, tensor<fp32, [2, 3]> hz = gru(x = x, initial_h = h, "
            "weight_ih = v, weight_hh = w, bias = b, reset_after = bool(true));\n",
            "y, hh, z"},
        {"rnn", F("4, 2, 5") " x, " F("2, 3") " h, " F("3, 5") " v, " F("3, 3") " w",
            "tensor<fp32, [4, 2, 3]> y, tensor<fp32, [2, 3]> hh = rnn(x = x, initial_h = h, "
            "weight_ih = v, weight_hh = w, activation = string(\"linear\"), output_sequence = "
            "bool(true));\n",
            "hh, y"},
        {"constants", "tensor<fp16, [2]> x",
            "tensor<fp16, [2]> w = constexpr_affine_dequantize(quantized_data = tensor<uint8, "
            "[2]>([3, 200]), zero_point = uint8(100), scale = fp16(0.5), axis = int32(0));\n"
            "tensor<fp16, [2]> g = gather(x = w, indices = tensor<int32, [2]>([1, 0]), axis = "
            "int32(0));\n"
            "tensor<fp16, [2]> r = add(x = x, y = g);\n",
            "r"},
    };
    enum { N = sizeof functions / sizeof *functions };
    const struct mil_weights none = {NULL, 0};
    struct mil_program *program = kit_program(functions, N);
    struct image image;
    image_open(&image, program, none);
    for (int i = 0; i < N; i++)
        image_compare(&image, i, 2, 4e-6);
    image_close(&image);
    mil_program_free(program);
}

Test(mil_emit_elements, refused_by_name) {
    static const struct {
        struct kit_function function;
        const char *says;
    } cases[] = {
        {{"f", "tensor<int32, [4]> x", "tensor<int32, [4]> r = exp2(x = x);\n", "r"},
            "exp2 can be evaluated, but not emitted as C with these types"},
        {{"f", "tensor<int64, [4]> x", "tensor<int64, [4]> r = identity(x = x);\n", "r"}, "int64"},
    };
    static const unsigned char mark[64] = "mark";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mil_program *program = kit_program(&cases[i].function, 1);
        struct mil_emission emission;
        struct mil_error error = {.text = ""};
        cr_expect_eq(mil_emit(program, NULL, mark, "c.bin", &emission, &error), -1);
        cr_expect(strstr(error.text, cases[i].says), "'%s', not '%s'", error.text, cases[i].says);
        mil_program_free(program);
    }
}
