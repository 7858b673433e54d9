/* SPDX-License-Identifier: MIT
 *
 * The evaluator against values worked out by hand. Inputs and outputs are fp32, or made so by casts
 * inside, so that a row is a few lines of numbers.
 */
#include "mil/eval/eval.h"
#include "mil_kit.h"

#include <math.h>

enum { N = 24, IN = 4 };

struct row {
    const char *name, *parameters, *body, *outputs;
    float in[IN][N], expected[N];
    int n;
    float tolerance; /* relative; 0 = to the bit */
};

#define F(shape) "tensor<fp32, [" shape "]>"
#define H(shape) "tensor<fp16, [" shape "]>"
#define CONV_CONSTS(stride, pad_type, pad, dilation, groups)                                       \
    INTS("st", "2", stride)                                                                        \
    TEXT("pt", pad_type) INTS("pd", "4", pad) INTS("di", "2", dilation) INT("g", groups)
#define CONV(type)                                                                                 \
    OP(type, "r", "conv(x=x, weight=w, strides=st, pad_type=pt, pad=pd, dilations=di, groups=g)")
#define HALF "fp16 half = const()[name=string(\"half\"), val=fp16(0.5)];\n"

static const struct row rows[] = {
    {"add_stretched", F("2, 1") " x, " F("1, 3") " y", OP(F("2, 3"), "r", "add(x=x, y=y)"), "r",
        {{10, 20}, {1, 2, 3}}, {11, 12, 13, 21, 22, 23}, 6, 0},
    {"sub_scalar", F("3") " x", CONST("fp32", "c", "2.0") OP(F("3"), "r", "sub(x=c, y=x)"), "r",
        {{1, 2, 5}}, {1, 0, -3}, 3, 0},
    {"mul", F("3") " x, " F("3") " y", OP(F("3"), "r", "mul(x=x, y=y)"), "r",
        {{1, -2, 0.5f}, {3, 4, 5}}, {3, -8, 2.5f}, 3, 0},
    {"real_div", F("3") " x, " F("3") " y", OP(F("3"), "r", "real_div(x=x, y=y)"), "r",
        {{1, -2, 1}, {4, 4, 0}}, {0.25f, -0.5f, INFINITY}, 3, 0},
    {"pow", F("3") " x, " F("3") " y", OP(F("3"), "r", "pow(x=x, y=y)"), "r",
        {{4, 2, 9}, {-0.5f, 10, 0.5f}}, {0.5f, 1024, 3}, 3, 0},
    /* 2048 + 1 lies between two fp16 numbers and goes to the even one; 65504 + 16 is the first that
       overflows */
    {"fp16_rounds_each_result", F("4") " x, " F("4") " y",
        TEXT("h", "fp16") TEXT("f", "fp32") OP(H("4"), "a", "cast(x=x, dtype=h)")
            OP(H("4"), "b", "cast(x=y, dtype=h)") OP(H("4"), "s", "add(x=a, y=b)")
                OP(F("4"), "r", "cast(x=s, dtype=f)"),
        "r", {{2048, 2048, 65504, 1e-8f}, {1, 3, 16, 0}}, {2048, 2052, INFINITY, 0}, 4, 0},
    {"relu", F("3") " x", OP(F("3"), "r", "relu(x=x)"), "r", {{-1, 0, 2}}, {0, 0, 2}, 3, 0},
    {"sigmoid", F("3") " x", OP(F("3"), "r", "sigmoid(x=x)"), "r", {{0, 1, -100}},
        {0.5f, 0.7310585786f, 3.720076e-44f}, 3, 1e-6f},
    {"tanh", F("2") " x", OP(F("2"), "r", "tanh(x=x)"), "r", {{0.5f, -20}}, {0.4621171573f, -1}, 2,
        1e-6f},
    {"silu", F("2") " x", OP(F("2"), "r", "silu(x=x)"), "r", {{1, -2}},
        {0.7310585786f, -0.2384058440f}, 2, 1e-6f},
    {"gelu_exact", F("2") " x", OP(F("2"), "r", "gelu(x=x)"), "r", {{1, -0.5f}},
        {0.8413447461f, -0.1542687694f}, 2, 1e-6f},
    {"gelu_tanh", F("2") " x", TEXT("m", "TANH_APPROXIMATION") OP(F("2"), "r", "gelu(x=x, mode=m)"),
        "r", {{1, -0.5f}}, {0.8411919906f, -0.1542859904f}, 2, 1e-6f},
    {"gelu_sigmoid", F("2") " x",
        TEXT("m", "SIGMOID_APPROXIMATION") OP(F("2"), "r", "gelu(x=x, mode=m)"), "r", {{1, -0.5f}},
        {0.8457957659f, -0.1496115634f}, 2, 1e-6f},
    {"exp", F("3") " x", OP(F("3"), "r", "exp(x=x)"), "r", {{0, 1, -1000}}, {1, 2.7182818285f, 0},
        3, 1e-6f},
    {"sqrt", F("2") " x", OP(F("2"), "r", "sqrt(x=x)"), "r", {{2, 9}}, {1.4142135624f, 3}, 2,
        1e-7f},
    {"rsqrt", F("2") " x", CONST("fp32", "e", "1.0") OP(F("2"), "r", "rsqrt(x=x, epsilon=e)"), "r",
        {{3, 15}}, {0.5f, 0.25f}, 2, 0},
    {"log", F("2") " x", CONST("fp32", "e", "0.5") OP(F("2"), "r", "log(x=x, epsilon=e)"), "r",
        {{0.5f, 1.5f}}, {0, 0.6931471806f}, 2, 1e-6f},
    {"softmax_last", F("2, 3") " x", INT("a", "-1") OP(F("2, 3"), "r", "softmax(x=x, axis=a)"), "r",
        {{0, 0.6931471806f, 0, 1000, 1000, -65504}}, {0.25f, 0.5f, 0.25f, 0.5f, 0.5f, 0}, 6, 1e-6f},
    /* the largest is taken away first, whatever its sign */
    {"softmax_of_small", F("2, 2") " x", INT("a", "-1") OP(F("2, 2"), "r", "softmax(x=x, axis=a)"),
        "r", {{-1000, -1000, -2000, -2000}}, {0.5f, 0.5f, 0.5f, 0.5f}, 4, 0},
    {"softmax_first", F("2, 2") " x", INT("a", "0") OP(F("2, 2"), "r", "softmax(x=x, axis=a)"), "r",
        {{0, 5, 0, 5.6931471806f}}, {0.5f, 1.0f / 3, 0.5f, 2.0f / 3}, 4, 1e-6f},
    {"reduce_sum", F("1, 2, 3") " x",
        INTS("a", "1", "1") BOOL("k", "true")
            OP(F("1, 1, 3"), "r", "reduce_sum(x=x, axes=a, keep_dims=k)"),
        "r", {{1, 2, 3, 10, 20, 30}}, {11, 22, 33}, 3, 0},
    {"reduce_mean_of_two_axes", F("2, 2, 2") " x",
        INTS("a", "2", "0, -1") BOOL("k", "false")
            OP(F("2"), "r", "reduce_mean(x=x, axes=a, keep_dims=k)"),
        "r", {{1, 2, 3, 4, 5, 6, 7, 8}}, {3.5f, 5.5f}, 2, 0},
    {"reduce_max", F("2, 3") " x",
        INTS("a", "1", "-1") BOOL("k", "false")
            OP(F("2"), "r", "reduce_max(x=x, axes=a, keep_dims=k)"),
        "r", {{-1, -2, -3, 4, 9, 8}}, {-1, 9}, 2, 0},
    {"reshape", F("2, 3") " x", INTS("s", "2", "3, -1") OP(F("3, 2"), "r", "reshape(x=x, shape=s)"),
        "r", {{1, 2, 3, 4, 5, 6}}, {1, 2, 3, 4, 5, 6}, 6, 0},
    {"transpose", F("2, 3, 2") " x",
        INTS("p", "3", "2, 0, 1") OP(F("2, 2, 3"), "r", "transpose(x=x, perm=p)"), "r",
        {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}, {0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}, 12, 0},
    {"concat", F("2, 1") " x, " F("2, 2") " y",
        INT("a", "1") BOOL("i", "false")
            OP(F("2, 3"), "r", "concat(values=(x, y), axis=a, interleave=i)"),
        "r", {{1, 4}, {2, 3, 5, 6}}, {1, 2, 3, 4, 5, 6}, 6, 0},
    {"slice_by_size", F("3, 3") " x",
        INTS("b", "2", "1, 0") INTS("s", "2", "-1, 2")
            OP(F("2, 2"), "r", "slice_by_size(x=x, begin=b, size=s)"),
        "r", {{1, 2, 3, 4, 5, 6, 7, 8, 9}}, {4, 5, 7, 8}, 4, 0},
    {"slice_by_index_backwards", F("2, 5") " x",
        INTS("b", "2", "1, -1") INTS("e", "2", "0, 0") INTS("s", "2", "1, -2")
            BOOLS("m", "2", "false, true") BOOLS("q", "2", "true, false") OP(F("3"), "r",
                "slice_by_index(x=x, begin=b, end=e, stride=s, end_mask=m, squeeze_mask=q)"),
        "r", {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, {9, 7, 5}, 3, 0},
    {"tile", F("2, 2") " x", INTS("t", "2", "2, 3") OP(F("4, 6"), "r", "tile(x=x, reps=t)"), "r",
        {{1, 2, 3, 4}}, {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4},
        24, 0},
    {"cast_to_integers_and_back", F("5") " x",
        TEXT("t", "int32") TEXT("e", "int8") TEXT("f", "fp32") TEXT("b", "bool")
            OP("tensor<int32, [5]>", "i", "cast(x=x, dtype=t)") OP("tensor<int8, [5]>", "j",
                "cast(x=x, dtype=e)") OP("tensor<bool, [5]>", "k", "cast(x=x, dtype=b)")
                OP(F("5"), "u", "cast(x=i, dtype=f)") OP(F("5"), "v", "cast(x=j, dtype=f)")
                    OP(F("5"), "w", "cast(x=k, dtype=f)") INT("a", "0") BOOL("o", "false")
                        OP(F("15"), "r", "concat(values=(u, v, w), axis=a, interleave=o)"),
        "r", {{1.9f, -1.9f, 300, -1e20f, 0}},
        {1, -1, 300, -0x1p31f, 0, 1, -1, 127, -128, 0, 1, 1, 1, 1, 0}, 15, 0},
    {"identity", F("2") " x", OP(F("2"), "r", "identity(x=x)"), "r", {{3, -4}}, {3, -4}, 2, 0},
    {"matmul", F("2, 3") " x, " F("3, 2") " y",
        BOOL("n", "false") OP(F("2, 2"), "r", "matmul(x=x, y=y, transpose_x=n, transpose_y=n)"),
        "r", {{1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}}, {22, 28, 49, 64}, 4, 0},
    /* x [2,1,1,2] stretches over y's [1,2], y over x's 2 */
    {"matmul_transposed_batch", F("2, 1, 2, 1") " x, " F("1, 2, 1, 2") " y",
        BOOL("t", "true")
            OP(F("2, 2, 1, 1"), "r", "matmul(x=x, y=y, transpose_x=t, transpose_y=t)"),
        "r", {{1, 2, 3, 4}, {5, 6, 7, 8}}, {17, 23, 39, 53}, 4, 0},
    {"linear", F("2, 2") " x, " F("3, 2") " w, " F("3") " b",
        OP(F("2, 3"), "r", "linear(x=x, weight=w, bias=b)"), "r",
        {{1, 2, 3, 4}, {1, 0, 0, 1, 1, 1}, {10, 20, 30}}, {11, 22, 33, 13, 24, 37}, 6, 0},
    {"conv1x1", F("1, 2, 1, 3") " x, " F("2, 2, 1, 1") " w",
        CONV_CONSTS("1, 1", "valid", "0, 0, 0, 0", "1, 1", "1") CONV(F("1, 2, 1, 3")), "r",
        {{1, 2, 3, 10, 20, 30}, {1, 1, 2, -1}}, {11, 22, 33, -8, -16, -24}, 6, 0},
    /* a product of matrices only where nothing is added around it */
    {"conv1x1_padded", F("1, 1, 1, 2") " x, " F("1, 1, 1, 1") " w",
        CONV_CONSTS("1, 1", "custom", "0, 0, 1, 1", "1, 1", "1") CONV(F("1, 1, 1, 4")), "r",
        {{5, 7}, {2}}, {0, 10, 14, 0}, 4, 0},
    {"conv1x1_padded_behind", F("1, 1, 1, 2") " x, " F("1, 1, 1, 1") " w",
        CONV_CONSTS("1, 1", "custom", "0, 0, 0, 1", "1, 1", "1") CONV(F("1, 1, 1, 3")), "r",
        {{5, 7}, {2}}, {10, 14, 0}, 3, 0},
    {"conv1x1_padded_below", F("1, 1, 2, 1") " x, " F("1, 1, 1, 1") " w",
        CONV_CONSTS("1, 1", "custom", "0, 1, 0, 0", "1, 1", "1") CONV(F("1, 1, 3, 1")), "r",
        {{5, 7}, {2}}, {10, 14, 0}, 3, 0},
    {"conv_strided_padded", F("1, 1, 3, 3") " x, " F("1, 1, 2, 2") " w",
        CONV_CONSTS("2, 1", "custom", "1, 0, 0, 1", "1, 1", "1") CONV(F("1, 1, 2, 3")), "r",
        {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 10, 100, 1000}},
        {2100, 3200, 300, 8754, 9865, 0 + 6 + 900, 0}, 6, 0},
    {"conv_same", F("1, 1, 1, 4") " x, " F("1, 1, 1, 2") " w",
        CONV_CONSTS("1, 1", "same", "0, 0, 0, 0", "1, 1", "1") CONV(F("1, 1, 1, 4")), "r",
        {{1, 2, 3, 4}, {1, 10}}, {21, 32, 43, 4}, 4, 0},
    {"conv_dilated_groups", F("1, 2, 1, 3") " x, " F("4, 1, 1, 2") " w",
        CONV_CONSTS("1, 1", "valid", "0, 0, 0, 0", "1, 2", "2") CONV(F("1, 4, 1, 1")), "r",
        {{1, 2, 3, 4, 5, 6}, {1, 0, 0, 1, 1, 1, 2, -1}}, {1, 3, 10, 2}, 4, 0},
    {"conv_bias", F("2, 1, 1, 1") " x, " F("2, 1, 1, 1") " w, " F("2") " b",
        CONV_CONSTS("1, 1", "valid", "0, 0, 0, 0", "1, 1", "1") OP(F("2, 2, 1, 1"), "r",
            "conv(x=x, weight=w, bias=b, strides=st, pad_type=pt, pad=pd, dilations=di, groups=g)"),
        "r", {{1, 2}, {3, 5}, {100, 200}}, {103, 205, 106, 210}, 4, 0},
    {"layer_norm", F("2, 2") " x, " F("2") " g, " F("2") " b",
        INTS("a", "1", "-1") CONST("fp32", "e", "0.0")
            OP(F("2, 2"), "r", "layer_norm(x=x, axes=a, gamma=g, beta=b, epsilon=e)"),
        "r", {{1, 3, -10, 10}, {2, 3}, {100, 200}}, {98, 203, 98, 203}, 4, 0},
    /* one query looks at both keys, the other only at the second */
    {"attention_bool_mask",
        F("1, 2, 1") " q, " F("1, 2, 1") " k, " F("1, 2, 2") " v, " F("1, 2, 2") " m",
        TEXT("b", "bool") OP("tensor<bool, [1, 2, 2]>", "n", "cast(x=m, dtype=b)") OP(F("1, 2, 2"),
            "r", "scaled_dot_product_attention(query=q, key=k, value=v, attn_mask=n)"),
        "r", {{1, 5}, {0, 0.6931471806f}, {3, 6, 9, 12}, {1, 1, 0, 1}}, {7, 10, 9, 12}, 4, 1e-6f},
    {"attention_scaled", F("1, 1, 4") " q, " F("1, 2, 4") " k, " F("1, 2, 1") " v",
        OP(F("1, 1, 1"), "r", "scaled_dot_product_attention(query=q, key=k, value=v)"), "r",
        {{2, 0, 0, 0}, {0, 0, 0, 0, 1.0986122887f, 0, 0, 0}, {4, 8}}, {7}, 1, 1e-6f},
    {"attention_added_mask",
        F("1, 1, 1") " q, " F("1, 2, 1") " k, " F("1, 2, 1") " v, " F("1, 1, 2") " m",
        OP(F("1, 1, 1"), "r", "scaled_dot_product_attention(query=q, key=k, value=v, attn_mask=m)"),
        "r", {{1}, {3, 3}, {4, 8}, {1.0986122887f, 0}}, {5}, 1, 1e-6f},
    /* ties to even, and both ends of int8 */
    {"quantize_dequantize", F("6") " x",
        TEXT("o", "int8") TEXT("f", "fp32") CONST("fp32", "s", "0.5") CONST("int8", "z", "10")
            OP("tensor<int8, [6]>", "q", "quantize(input=x, scale=s, zero_point=z, output_dtype=o)")
                OP(F("6"), "d", "dequantize(input=q, scale=s, zero_point=z)")
                    OP(F("6"), "u", "cast(x=q, dtype=f)") INT("a", "0") BOOL("i", "false")
                        OP(F("12"), "r", "concat(values=(u, d), axis=a, interleave=i)"),
        "r", {{0.25f, 0.75f, -0.25f, 1000, -1000, 3}},
        {10, 12, 10, 127, -128, 16, 0, 1, 0, 58.5f, -69, 3}, 12, 0},
    {"dequantize_by_axis", F("2, 2") " x",
        TEXT("e", "int8") INT("a", "1") CONST("tensor<fp32, [2]>", "s", "[0.5, 2.0]")
            OP("tensor<int8, [2, 2]>", "q", "cast(x=x, dtype=e)")
                OP(F("2, 2"), "r", "dequantize(input=q, scale=s, axis=a)"),
        "r", {{1, 2, 3, 4}}, {0.5f, 4, 1.5f, 8}, 4, 0},
    {"constexpr_affine_dequantize", F("2, 2") " x",
        "tensor<fp32, [2, 2]> w = constexpr_affine_dequantize()[name=string(\"w\"), "
        "axis=int32(0), quantized_data=tensor<int8, [2, 2]>([1, 2, 3, -4]), "
        "scale=tensor<fp32, [2]>([0.5, 2.0]), zero_point=tensor<int8, [2]>([1, -1])];\n" OP(
            F("2, 2"), "r", "add(x=x, y=w)"),
        "r", {{0, 0, 0, 100}}, {0, 0.5f, 8, 94}, 4, 0},
    /* x * (mean(x^2) + eps)^-0.5 * w with eps 0: the vector (3, 4) has rms 5/sqrt(2) */
    {"rms_norm", F("1, 2, 1, 1") " x, " F("1, 2, 1, 1") " w",
        INTS("a", "1", "1") BOOL("k", "true") CONST("fp32", "n", "0.5") CONST("fp32", "p", "-0.5")
            OP(F("1, 2, 1, 1"), "s", "mul(x=x, y=x)") OP(F("1, 1, 1, 1"), "t",
                "reduce_sum(x=s, axes=a, keep_dims=k)") OP(F("1, 1, 1, 1"), "m", "mul(x=t, y=n)")
                OP(F("1, 1, 1, 1"), "i", "pow(x=m, y=p)") OP(F("1, 2, 1, 1"), "u", "mul(x=x, y=i)")
                    OP(F("1, 2, 1, 1"), "r", "mul(x=u, y=w)"),
        "r", {{3, 4}, {1, 10}}, {0.8485281374f, 11.313708499f}, 2, 1e-6f},
};

static bool close_to(float got, float expected, float tolerance) {
    if (got == expected || (isnan(got) && isnan(expected)))
        return true;
    return fabsf(got - expected) <= tolerance * fabsf(expected) + (tolerance > 0 ? 1e-30f : 0);
}

Test(mil_eval, every_operator_by_hand) {
    const struct mil_weights none = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct kit_function function = {row->name, row->parameters, row->body, row->outputs};
        struct mil_program *program = kit_program(&function, 1);
        struct mil_error error = {0};
        const void *inputs[IN] = {row->in[0], row->in[1], row->in[2], row->in[3]};
        float out[N];
        void *outputs[] = {out};
        for (int j = 0; j < N; j++)
            out[j] = -12345;
        cr_assert_eq(mil_eval(program, 0, &none, inputs, outputs, &error), 0, "%s: %s", row->name,
            error.text);
        for (int j = 0; j < N; j++)
            cr_assert(close_to(out[j], j < row->n ? row->expected[j] : -12345, row->tolerance),
                "%s[%d] is %.9g, not %.9g", row->name, j, (double)out[j],
                j < row->n ? (double)row->expected[j] : -12345.0);
        mil_program_free(program);
    }
}
