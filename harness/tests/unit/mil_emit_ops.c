/* SPDX-License-Identifier: MIT
 *
 * Every operator, compiled, against the evaluator: one image with a function for each.
 */
#ifndef IMAGE_LEVEL
#define IMAGE_LEVEL "-O2"
#endif
#include "mil_image.h"
#include "mil_kit.h"

/* One unit in fp16's last place, and some in fp32's. */
#define HALF_STEP 0x1p-10
#define FLOAT_STEPS 4e-7

struct row {
    struct kit_function function;
    float range;
    double tolerance;
};

#define F(shape) "tensor<fp32, [" shape "]>"
#define H(shape) "tensor<fp16, [" shape "]>"
#define CONV_CONSTS(stride, pad_type, pad, dilation, groups)                                       \
    INTS("st", "2", stride)                                                                        \
    TEXT("pt", pad_type) INTS("pd", "4", pad) INTS("di", "2", dilation) INT("g", groups)
#define CONV "conv(x=x, weight=w, strides=st, pad_type=pt, pad=pd, dilations=di, groups=g)"
#define CONV_BIAS                                                                                  \
    "conv(x=x, weight=w, bias=b, strides=st, pad_type=pt, pad=pd, dilations=di, groups=g)"
#define UNARY(name, call, range, tolerance)                                                        \
    {{name "_half", H("5, 7") " x", OP(H("5, 7"), "r", call), "r"}, range, tolerance}, {           \
        {name "_float", F("5, 7") " x", OP(F("5, 7"), "r", call), "r"}, range,                     \
            (tolerance) > 0 ? FLOAT_STEPS : 0                                                      \
    }
#define BINARY(name, tolerance)                                                                    \
    {{name "_full", H("4, 37") " x, " H("4, 37") " y", OP(H("4, 37"), "r", name "(x=x, y=y)"),     \
         "r"},                                                                                     \
        4, tolerance},                                                                             \
        {{name "_column", F("4, 37") " x, " F("4, 1") " y",                                        \
             OP(F("4, 37"), "r", name "(x=x, y=y)"), "r"},                                         \
            4, tolerance},                                                                         \
        {{name "_crossed", H("2, 1, 5") " x, " H("1, 3, 1") " y",                                  \
             OP(H("2, 3, 5"), "r", name "(x=x, y=y)"), "r"},                                       \
            4, tolerance},                                                                         \
    {                                                                                              \
        {name "_scalar", H("4, 37") " x",                                                          \
            CONST("fp16", "c", "1.5") OP(H("4, 37"), "r", name "(x=c, y=x)"), "r"},                \
            4, tolerance                                                                           \
    }
#define GELU(mode) TEXT("m", mode) OP(F("5, 7"), "r", "gelu(x=x, mode=m)"), "r"
#define REDUCE(name, code, in, axes, n_axes, keep, out, tolerance)                                 \
    {                                                                                              \
        {name, H(in) " x",                                                                         \
            INTS("a", n_axes, axes) BOOL("k", keep)                                                \
                OP(H(out), "r", code "(x=x, axes=a, keep_dims=k)"),                                \
            "r"},                                                                                  \
            2, tolerance                                                                           \
    }
#define NO BOOL("no", "false")
#define SDPA "scaled_dot_product_attention(query=q, key=k, value=v, attn_mask=m)"

static const struct row rows[] = {BINARY("add", 0), BINARY("sub", 0), BINARY("mul", 0),
    BINARY("real_div", 0),
    {{"pow_minus_half", H("40") " x",
         CONST("fp16", "c", "-0.5") OP(H("40"), "s", "mul(x=x, y=x)")
             OP(H("40"), "r", "pow(x=s, y=c)"),
         "r"},
        4, HALF_STEP},
    {{"pow_float", F("40") " x", CONST("fp32", "c", "3.0") OP(F("40"), "r", "pow(x=x, y=c)"), "r"},
        4, FLOAT_STEPS},
    UNARY("sigmoid", "sigmoid(x=x)", 30, HALF_STEP), UNARY("tanh", "tanh(x=x)", 5, HALF_STEP),
    UNARY("relu", "relu(x=x)", 5, 0), UNARY("silu", "silu(x=x)", 20, HALF_STEP),
    UNARY("exp", "exp(x=x)", 8, HALF_STEP), UNARY("sqrt", "sqrt(x=x)", 5, 0),
    UNARY("gelu", "gelu(x=x)", 5, HALF_STEP), UNARY("identity", "identity(x=x)", 5, 0),
    UNARY("rsqrt", "rsqrt(x=x)", 5, HALF_STEP), UNARY("log", "log(x=x)", 5, HALF_STEP),
    {{"exp_ends", F("500") " x", OP(F("500"), "r", "exp(x=x)"), "r"}, 120, FLOAT_STEPS},
    /* an innermost axis of sixteens: vectors. Products overflow, 0 / 0 is NaN. */
    {{"vector_stretched", H("3, 48") " x, " H("3, 1") " y, " H("1, 48") " z",
         OP(H("3, 48"), "p", "mul(x=x, y=y)") OP(H("3, 48"), "q", "add(x=p, y=z)")
             OP(H("3, 48"), "s", "real_div(x=q, y=x)") OP(H("3, 48"), "t", "sub(x=s, y=y)")
                 OP(H("3, 48"), "r", "relu(x=t)"),
         "p, t, r"},
        300, 0},
    /* sixteens in a row of the result, but not next to each other in what they are made of */
    {{"vector_of_columns", H("48, 5") " x, " H("5, 48") " y",
         INTS("p", "2", "1, 0") OP(H("5, 48"), "t", "transpose(x=x, perm=p)")
             OP(H("5, 48"), "s", "add(x=t, y=y)") OP(H("5, 48"), "r", "relu(x=s)"),
         "r"},
        4, 0},
    {{"vector_of_one_column", H("48, 5") " x",
         INTS("b", "2", "0, 2") INTS("s", "2", "48, 1")
             OP(H("48, 1"), "t", "slice_by_size(x=x, begin=b, size=s)")
                 OP(H("48, 1"), "u", "mul(x=t, y=t)") OP(H("48, 1"), "r", "relu(x=u)"),
         "r"},
        4, 0},
    {{"vector_of_every_second", H("5, 96") " x",
         INTS("b", "2", "0, 1") INTS("e", "2", "5, 96") INTS("s", "2", "1, 2")
             OP(H("5, 48"), "t", "slice_by_index(x=x, begin=b, end=e, stride=s)")
                 OP(H("5, 48"), "u", "mul(x=t, y=t)") OP(H("5, 48"), "r", "relu(x=u)"),
         "r"},
        4, 0},
    /* the largest along a middle axis, with some NaN */
    {{"max_nan", H("2, 3, 16") " x",
         INTS("a", "1", "1") BOOL("k", "false") OP(H("2, 3, 16"), "z", "sub(x=x, y=x)")
             OP(H("2, 3, 16"), "s", "sqrt(x=x)") OP(H("2, 3, 16"), "m", "add(x=s, y=z)")
                 OP(H("2, 16"), "r", "reduce_max(x=m, axes=a, keep_dims=k)"),
         "r"},
        2, 0},
    /* written whole for the reader beside it */
    {{"concat_read_and_put_out", H("1, 2, 1, 7") " x, " H("1, 3, 1, 7") " y",
         INT("a", "1") NO OP(H("1, 5, 1, 7"), "c", "concat(values=(x, y), axis=a, interleave=no)")
             OP(H("1, 5, 1, 7"), "r", "relu(x=c)"),
         "c, r"},
        2, 0},
    {{"vector_nan", H("2, 16") " x",
         OP(H("2, 16"), "o", "sub(x=x, y=x)") OP(H("2, 16"), "n", "real_div(x=o, y=o)")
             OP(H("2, 16"), "r", "relu(x=n)") OP(H("2, 16"), "s", "sigmoid(x=n)"),
         "n, r, s"},
        4, 0},
    {{"vector_curves", H("3, 32") " x",
         OP(H("3, 32"), "p", "sigmoid(x=x)") OP(H("3, 32"), "q", "silu(x=x)")
             OP(H("3, 32"), "r", "exp(x=x)"),
         "p, q, r"},
        12, HALF_STEP},
    {{"vector_exp_ends", F("512") " x", OP(F("512"), "r", "exp(x=x)"), "r"}, 120, FLOAT_STEPS},
    {{"vector_rounds_large", F("512") " x",
         TEXT("h", "fp16") OP(H("512"), "r", "cast(x=x, dtype=h)"), "r"},
        7e4f, 0},
    {{"vector_rounds_subnormal", F("512") " x",
         TEXT("h", "fp16") OP(H("512"), "r", "cast(x=x, dtype=h)"), "r"},
        1e-4f, 0},
    {{"vector_rounds_to_nothing", F("512") " x",
         TEXT("h", "fp16") OP(H("512"), "r", "cast(x=x, dtype=h)"), "r"},
        2e-7f, 0},
    {{"gelu_tanh", F("5, 7") " x", GELU("TANH_APPROXIMATION")}, 5, FLOAT_STEPS},
    {{"gelu_sigmoid", F("5, 7") " x", GELU("SIGMOID_APPROXIMATION")}, 5, FLOAT_STEPS},
    {{"softmax_rows", H("3, 2, 37") " x",
         INT("a", "-1") OP(H("3, 2, 37"), "r", "softmax(x=x, axis=a)"), "r"},
        10, HALF_STEP},
    {{"softmax_rows_fp32", F("3, 2, 37") " x",
         INT("a", "-1") OP(F("3, 2, 37"), "r", "softmax(x=x, axis=a)"), "r"},
        10, FLOAT_STEPS},
    {{"softmax_planes", F("3, 5, 70") " x",
         INT("a", "1") OP(F("3, 5, 70"), "r", "softmax(x=x, axis=a)"), "r"},
        10, FLOAT_STEPS},
    REDUCE("sum_channels", "reduce_sum", "1, 33, 1, 21", "1", "1", "true", "1, 1, 1, 21", 0),
    REDUCE("sum_last", "reduce_sum", "2, 3, 37", "-1", "1", "true", "2, 3, 1", HALF_STEP),
    REDUCE("mean_middle", "reduce_mean", "4, 3, 5", "0, 1", "2", "false", "5", HALF_STEP),
    REDUCE("mean_outer_and_last", "reduce_mean", "4, 3, 5", "0, 2", "2", "false", "3", HALF_STEP),
    REDUCE("max_middle", "reduce_max", "4, 3, 5", "1", "1", "true", "4, 1, 5", 0),
    REDUCE("max_last", "reduce_max", "4, 3, 5", "2", "1", "false", "4, 3", 0),
    REDUCE("sum_all_of_one", "reduce_sum", "1, 1", "0, 1", "2", "true", "1, 1", 0),
    {{"reshape_used_twice", H("4, 6") " x",
         INTS("s", "2", "6, 4") OP(H("6, 4"), "y", "reshape(x=x, shape=s)")
             OP(H("6, 4"), "z", "add(x=y, y=y)") OP(H("6, 4"), "r", "mul(x=z, y=y)"),
         "r, y, z"},
        4, 0},
    {{"transpose_two", H("2, 19, 33") " x",
         INTS("p", "3", "0, 2, 1") OP(H("2, 33, 19"), "r", "transpose(x=x, perm=p)"), "r"},
        4, 0},
    {{"transpose_four", H("2, 3, 4, 5") " x",
         INTS("p", "4", "3, 1, 0, 2") OP(H("5, 3, 2, 4"), "r", "transpose(x=x, perm=p)"), "r"},
        4, 0},
    {{"transpose_moves_nothing", H("1, 6, 1, 5") " x",
         INTS("p", "4", "0, 2, 1, 3") OP(H("1, 1, 6, 5"), "r", "transpose(x=x, perm=p)"), "r"},
        4, 0},
    {{"concat_channels", H("1, 3, 1, 7") " x, " H("1, 2, 1, 7") " y",
         INT("a", "1")
             NO OP(H("1, 8, 1, 7"), "r", "concat(values=(x, y, x), axis=a, interleave=no)"),
         "r"},
        4, 0},
    {{"concat_last", "tensor<int8, [2, 3]> x, tensor<int8, [2, 1]> y",
         INT("a", "-1")
             NO OP("tensor<int8, [2, 4]>", "r", "concat(values=(x, y), axis=a, interleave=no)"),
         "r"},
        4, 0},
    /* a slice of channels is the same memory: changed and unchanged uses must not mix */
    {{"slice_run", H("1, 6, 1, 5") " x",
         INTS("b", "4", "0, 2, 0, 0") INTS("s", "4", "1, 3, 1, 5") OP(H("1, 6, 1, 5"), "d",
             "add(x=x, y=x)") OP(H("1, 3, 1, 5"), "y", "slice_by_size(x=d, begin=b, size=s)")
             OP(H("1, 3, 1, 5"), "z", "mul(x=y, y=y)") OP(H("1, 3, 1, 5"), "r", "sub(x=z, y=y)"),
         "r, d"},
        4, 0},
    /* r must not be written over d, though it is as large, since it reads d at another index */
    {{"slice_run_ends_there", H("20") " x",
         INTS("b", "1", "3") INTS("s", "1", "17") OP(H("20"), "d", "add(x=x, y=x)") OP(
             H("17"), "y", "slice_by_size(x=d, begin=b, size=s)") OP(H("17"), "r", "mul(x=y, y=y)"),
         "r"},
        4, 0},
    {{"stretched_operand_ends_there", H("2, 1") " x, " H("2, 3") " y",
         OP(H("2, 1"), "d", "add(x=x, y=x)") OP(H("2, 3"), "r", "mul(x=d, y=y)"), "r"},
        4, 0},
    /* one loop cannot make d and read another row of it */
    {{"slice_stretched_over_its_source", H("6, 5") " x",
         INTS("b", "2", "4, 0") INTS("s", "2", "1, 5") OP(H("6, 5"), "d", "add(x=x, y=x)")
             OP(H("1, 5"), "y", "slice_by_size(x=d, begin=b, size=s)")
                 OP(H("6, 5"), "r", "mul(x=d, y=y)"),
         "r"},
        4, 0},
    /* nothing reads x but slices, which overlap: rows, a column, whole rows; t is an output too */
    {{"input_sliced_only", H("5, 43") " x",
         INTS("b", "2", "1, 2") INTS("s", "2", "3, 37") INTS("bc", "2", "0, 42")
             INTS("sc", "2", "5, 1") INTS("br", "2", "3, 0") INTS("sr", "2", "2, 43")
                 OP(H("3, 37"), "t", "slice_by_size(x=x, begin=b, size=s)") OP(
                     H("5, 1"), "u", "slice_by_size(x=x, begin=bc, size=sc)") OP(H("2, 43"), "v",
                     "slice_by_size(x=x, begin=br, size=sr)") OP(H("3, 37"), "r", "mul(x=t, y=t)")
                     OP(H("5, 1"), "p", "add(x=u, y=u)") OP(H("2, 43"), "q", "sub(x=v, y=v)"),
         "t, r, p, v, q"},
        4, 0},
    {{"input_sliced_and_put_out", H("4, 9") " x",
         INTS("b", "2", "1, 2") INTS("s", "2", "3, 5")
             OP(H("3, 5"), "r", "slice_by_size(x=x, begin=b, size=s)"),
         "r, x"},
        4, 0},
    {{"slice_last", "tensor<int32, [3, 8]> x",
         INTS("b", "2", "1, 2") INTS("s", "2", "2, 4")
             OP("tensor<int32, [2, 4]>", "r", "slice_by_size(x=x, begin=b, size=s)"),
         "r"},
        4, 0},
    {{"slice_backwards", H("4, 9") " x",
         INTS("b", "2", "-1, 8") INTS("e", "2", "0, 1") INTS("s", "2", "-1, -3")
             OP(H("3, 3"), "r", "slice_by_index(x=x, begin=b, end=e, stride=s)"),
         "r"},
        4, 0},
    {{"slice_squeezed", H("4, 9") " x",
         INTS("b", "2", "2, 1") INTS("e", "2", "0, 6") BOOLS("q", "2", "true, false")
             OP(H("5"), "r", "slice_by_index(x=x, begin=b, end=e, squeeze_mask=q)"),
         "r"},
        4, 0},
    {{"tile_both", H("2, 3") " x", INTS("t", "2", "3, 2") OP(H("6, 6"), "r", "tile(x=x, reps=t)"),
         "r"},
        4, 0},
    {{"cast_float_to_all", F("64") " x",
         TEXT("h", "fp16") TEXT("t", "int32") TEXT("e", "int8") TEXT("b", "bool") OP(H("64"), "p",
             "cast(x=x, dtype=h)") OP("tensor<int32, [64]>", "q", "cast(x=x, dtype=t)")
             OP("tensor<int8, [64]>", "r", "cast(x=x, dtype=e)")
                 OP("tensor<bool, [64]>", "s", "cast(x=x, dtype=b)"),
         "p, q, r, s, x"},
        1e5f, 0},
    {{"cast_int_to_all", "tensor<int32, [64]> x, tensor<bool, [64]> y, tensor<int8, [64]> z",
         TEXT("h", "fp16") TEXT("t", "int32") TEXT("e", "int8") TEXT("b", "bool") OP(
             H("64"), "p", "cast(x=x, dtype=h)") OP("tensor<int8, [64]>", "q", "cast(x=x, dtype=e)")
             OP("tensor<bool, [64]>", "r", "cast(x=x, dtype=b)") OP(H("64"), "u",
                 "cast(x=y, dtype=h)") OP("tensor<int32, [64]>", "v", "cast(x=z, dtype=t)"),
         "p, q, r, u, v"},
        5, 0},
    {{"quantize_dequantize", H("2, 50") " x",
         TEXT("o", "int8") CONST("tensor<fp16, [2]>", "s", "[0.0625, 0.5]")
             CONST("tensor<int8, [2]>", "z", "[3, -7]") INT("a", "0") OP("tensor<int8, [2, 50]>",
                 "q", "quantize(input=x, scale=s, zero_point=z, axis=a, output_dtype=o)")
                 OP(H("2, 50"), "r", "dequantize(input=q, scale=s, zero_point=z, axis=a)"),
         "q, r"},
        20, 0},
    {{"constants_folded", H("2, 2") " x",
         "tensor<fp16, [2, 2]> w = constexpr_affine_dequantize()[name=string(\"w\"), "
         "axis=int32(0), "
         "quantized_data=tensor<int8, [2, 2]>([1, 2, 3, -4]), scale=tensor<fp16, [2]>([0.5, 2.0]), "
         "zero_point=tensor<int8, [2]>([1, -1])];\n" INTS("p", "2", "1, 0")
             OP(H("2, 2"), "t", "transpose(x=w, perm=p)") OP(H("2, 2"), "u", "sigmoid(x=t)")
                 INTS("s", "2", "2, 2") OP(H("2, 2"), "v", "reshape(x=u, shape=s)")
                     OP(H("2, 2"), "y", "add(x=v, y=w)") OP(H("2, 2"), "r", "mul(x=x, y=y)"),
         "r, y, w"},
        4, 0},
    {{"matmul_plain", H("5, 7") " x, " H("7, 3") " y",
         NO OP(H("5, 3"), "r", "matmul(x=x, y=y, transpose_x=no, transpose_y=no)"), "r"},
        2, 0},
    {{"matmul_stretched", F("2, 1, 7, 5") " x, " F("3, 7, 4") " y",
         NO BOOL("t", "true")
             OP(F("2, 3, 5, 4"), "r", "matmul(x=x, y=y, transpose_x=t, transpose_y=no)"),
         "r"},
        2, 0},
    {{"matmul_joined_rows", H("2, 3, 5, 4") " x, " H("6, 4") " y",
         NO BOOL("t", "true")
             OP(H("2, 3, 5, 6"), "r", "matmul(x=x, y=y, transpose_x=no, transpose_y=t)"),
         "r"},
        2, 0},
    {{"matmul_of_transposes", H("2, 5, 4") " x, " H("2, 6, 5") " y",
         INTS("p", "3", "0, 2, 1") NO BOOL("t", "true") OP(H("2, 4, 5"), "u",
             "transpose(x=x, perm=p)") OP(H("2, 5, 6"), "v", "transpose(x=y, perm=p)")
             OP(H("2, 4, 6"), "r", "matmul(x=u, y=v, transpose_x=no, transpose_y=no)")
                 OP(H("2, 5, 5"), "s", "matmul(x=u, y=u, transpose_x=t, transpose_y=no)"),
         "r, v, s"},
        2, 0},
    {{"linear_bias", H("2, 3, 5") " x, " H("4, 5") " w, " H("4") " b",
         OP(H("2, 3, 4"), "r", "linear(x=x, weight=w, bias=b)"), "r"},
        2, 0},
    {{"linear_float", F("5") " x, " F("4, 5") " w", OP(F("4"), "r", "linear(x=x, weight=w)"), "r"},
        2, 0},
    {{"conv1x1", H("2, 5, 3, 4") " x, " H("6, 5, 1, 1") " w",
         CONV_CONSTS("1, 1", "valid", "0, 0, 0, 0", "1, 1", "1") OP(H("2, 6, 3, 4"), "r", CONV),
         "r"},
        2, 0},
    {{"conv1x1_bias", F("1, 5, 1, 9") " x, " F("6, 5, 1, 1") " w, " F("6") " b",
         CONV_CONSTS("1, 1", "valid", "0, 0, 0, 0", "1, 1", "1")
             OP(F("1, 6, 1, 9"), "r", CONV_BIAS),
         "r"},
        2, 0},
    {{"conv_general", H("2, 4, 9, 8") " x, " H("6, 2, 3, 2") " w, " H("6") " b",
         CONV_CONSTS("2, 1", "custom", "1, 2, 0, 1", "1, 2", "2")
             OP(H("2, 6, 5, 7"), "r", CONV_BIAS),
         "r"},
        2, 0},
    {{"conv_same", F("1, 2, 5, 5") " x, " F("3, 2, 2, 3") " w",
         CONV_CONSTS("2, 1", "same", "0, 0, 0, 0", "1, 1", "1") OP(F("1, 3, 3, 5"), "r", CONV),
         "r"},
        2, 0},
    {{"conv1x1_padded_behind", H("1, 2, 1, 5") " x, " H("3, 2, 1, 1") " w",
         CONV_CONSTS("1, 1", "custom", "0, 0, 0, 2", "1, 1", "1") OP(H("1, 3, 1, 7"), "r", CONV),
         "r"},
        2, 0},
    {{"conv1x1_strided", H("1, 2, 5, 5") " x, " H("3, 2, 1, 1") " w",
         CONV_CONSTS("2, 2", "valid", "0, 0, 0, 0", "1, 1", "1") OP(H("1, 3, 3, 3"), "r", CONV),
         "r"},
        2, 0},
    {{"layer_norm_last", H("3, 37") " x, " H("37") " g, " H("37") " b",
         INTS("a", "1", "-1") CONST("fp16", "e", "0.001")
             OP(H("3, 37"), "r", "layer_norm(x=x, axes=a, gamma=g, beta=b, epsilon=e)"),
         "r"},
        2, HALF_STEP},
    {{"layer_norm_channels", F("2, 5, 3") " x",
         INTS("a", "1", "1") OP(F("2, 5, 3"), "r", "layer_norm(x=x, axes=a)"), "r"},
        2, FLOAT_STEPS},
    {{"attention_mask",
         H("2, 2, 5, 8") " q, " H("2, 2, 7, 8") " k, " H("2, 2, 7, 3") " v, " H("1, 2, 5, 7") " m",
         OP(H("2, 2, 5, 3"), "r", SDPA), "r"},
        2, HALF_STEP},
    {{"attention_bool_mask",
         F("2, 5, 8") " q, " F("2, 7, 8") " k, " F("2, 7, 3") " v, "
                                                              "tensor<bool, [2, 1, 7]> m",
         OP(F("2, 5, 3"), "r", SDPA), "r"},
        2, FLOAT_STEPS},
    {{"output_is_input_and_constant", H("3") " x",
         CONST("tensor<fp16, [2]>", "c", "[1.5, -2.5]") OP(H("3"), "y", "relu(x=x)"), "x, c, y, y"},
        4, 0},
    {{"nothing_left_but_outputs", H("3") " x, " H("4") " unused",
         OP(H("4"), "dead", "exp(x=unused)"), "x"},
        4, 0}};

enum { ROWS = sizeof rows / sizeof *rows };

Test(mil_emit_ops, every_operator_as_evaluated) {
    struct kit_function functions[ROWS];
    const struct mil_weights none = {0};
    struct image image;
    for (int i = 0; i < ROWS; i++)
        functions[i] = rows[i].function;
    struct mil_program *program = kit_program(functions, ROWS);
    image_open(&image, program, none);
    for (int i = 0; i < ROWS; i++) {
        cr_assert_str_eq(image.code->functions[i].name, rows[i].function.name);
        image_compare(&image, i, rows[i].range, rows[i].tolerance);
    }
    image_close(&image);
    mil_program_free(program);
}

/* A product reads its operands transposed: a transpose of the last two axes needs no memory, others do. */
Test(mil_emit_ops, products_need_no_memory_for_transposes) {
    static const struct kit_function functions[] = {
        {"turned", H("2, 50, 40") " x, " H("2, 50, 60") " y",
            NO BOOL("t", "true")
                OP(H("2, 40, 60"), "r", "matmul(x=x, y=y, transpose_x=t, transpose_y=no)"),
            "r"},
        {"transposed", H("2, 50, 40") " x, " H("2, 50, 60") " y",
            INTS("p", "3", "0, -1, 1") NO OP(H("2, 40, 50"), "u", "transpose(x=x, perm=p)")
                OP(H("2, 40, 60"), "r", "matmul(x=u, y=y, transpose_x=no, transpose_y=no)"),
            "r"},
        {"moved", H("50, 2, 40") " x, " H("2, 50, 60") " y",
            INTS("p", "3", "1, 2, 0") NO OP(H("2, 40, 50"), "u", "transpose(x=x, perm=p)")
                OP(H("2, 40, 60"), "r", "matmul(x=u, y=y, transpose_x=no, transpose_y=no)"),
            "r"}};
    struct image image;
    struct mil_program *program = kit_program(functions, 3);
    image_open(&image, program, (struct mil_weights){0});
    for (int i = 0; i < 3; i++)
        image_compare(&image, i, 2, 0);
    cr_expect_eq(image.code->functions[1].arena_bytes, image.code->functions[0].arena_bytes);
    cr_expect_gt(image.code->functions[2].arena_bytes, image.code->functions[0].arena_bytes);
    image_close(&image);
    mil_program_free(program);
}
