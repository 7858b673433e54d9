/* SPDX-License-Identifier: MIT
 *
 * Operators that move, look up, slide and unpack, against values worked out by hand from their
 * definitions. Inputs and outputs are fp32, or made so by casts inside.
 */
#include "mil/eval/eval.h"
#include "mil_kit.h"

#include <math.h>

enum { N = 40, IN = 4 };

struct row {
    const char *name, *parameters, *body;
    float in[IN][N], expected[N];
    int n;
    float tolerance; /* relative; 0 = to the bit */
};

#define F(shape) "tensor<fp32, [" shape "]>"
#define I(shape) "tensor<int32, [" shape "]>"
#define R(shape, call) F(shape) " r = " call ";\n"
/* An integer result as fp32. */
#define RI(shape, call)                                                                            \
    I(shape) " i = " call ";\n" R(shape, "cast(x = i, dtype = string(\"fp32\"))")
#define LIST(n, values) I(n) "([" values "])"
#define ONE_TO_6                                                                                   \
    { 1, 2, 3, 4, 5, 6 }
#define ONE_TO_8                                                                                   \
    { 1, 2, 3, 4, 5, 6, 7, 8 }
#define ONE_TO_16                                                                                  \
    { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 }

static const struct row rows[] = {
    /* moves */
    {"expand_dims", F("2, 3") " x",
        R("1, 2, 1, 3", "expand_dims(x = x, axes = " LIST("2", "0, 2") ")"), {ONE_TO_6}, ONE_TO_6,
        6, 0},
    {"squeeze_all", F("1, 2, 1, 3") " x", R("2, 3", "squeeze(x = x)"), {ONE_TO_6}, ONE_TO_6, 6, 0},
    {"flatten2d", F("2, 1, 3") " x", R("2, 3", "flatten2d(x = x, axis = int32(1))"), {ONE_TO_6},
        ONE_TO_6, 6, 0},
    {"split_even", F("2, 4") " x",
        F("2, 2") " a, " F(
            "2, 2") " b = split(x = x, num_splits = int32(2), axis = int32(-1));\n" R("2, 2",
            "sub(x = b, y = a)"),
        {{1, 2, 4, 8, 1, 1, 5, 9}}, {3, 6, 4, 8}, 4, 0},
    {"split_sizes", F("3, 2") " x",
        F("1, 2") " a, " F("2, 2") " r = split(x = x, split_sizes = " LIST(
            "2", "1, 2") ", axis = "
                         "int32(0));\n",
        {ONE_TO_6}, {3, 4, 5, 6}, 4, 0},
    {"stack", F("2") " x, " F("2") " y", R("2, 2", "stack(values = (x, y), axis = int32(1))"),
        {{1, 2}, {3, 4}}, {1, 3, 2, 4}, 4, 0},
    {"concat_interleaved", F("1, 2") " x, " F("1, 2") " y",
        R("1, 4", "concat(values = (x, y), axis = int32(1), interleave = bool(true))"),
        {{1, 2}, {3, 4}}, {1, 3, 2, 4}, 4, 0},
    {"reverse", F("2, 3") " x", R("2, 3", "reverse(x = x, axes = " LIST("1", "1") ")"), {ONE_TO_6},
        {3, 2, 1, 6, 5, 4}, 6, 0},
    {"reverse_all", F("2, 3") " x", R("2, 3", "reverse(x = x)"), {ONE_TO_6}, {6, 5, 4, 3, 2, 1}, 6,
        0},
    {"reverse_sequence", F("2, 3") " x, " F("2") " n",
        I("2") " l = cast(x = n, dtype = string(\"int32\"));\n" R("2, 3",
            "reverse_sequence(x = x, lengths = l, seq_axis = int32(1), batch_axis = int32(0))"),
        {ONE_TO_6, {2, 3}}, {2, 1, 3, 6, 5, 4}, 6, 0},
    {"pad_constant", F("1, 2") " x",
        R("2, 4", "pad(x = x, pad = " LIST("4", "1, 0, 1, 1") ", constant_val = fp32(9))"),
        {{1, 2}}, {9, 9, 9, 9, 9, 1, 2, 9}, 8, 0},
    {"pad_reflect", F("3") " x",
        R("7", "pad(x = x, pad = " LIST("2", "2, 2") ", mode = string(\"reflect\"))"), {{1, 2, 3}},
        {3, 2, 1, 2, 3, 2, 1}, 7, 0},
    {"pad_replicate", F("3") " x",
        R("6", "pad(x = x, pad = " LIST("2", "1, 2") ", mode = string(\"replicate\"))"),
        {{1, 2, 3}}, {1, 1, 2, 3, 3, 3}, 6, 0},
    {"crop", F("1, 1, 3, 4") " x",
        R("1, 1, 2, 2",
            "crop(x = x, crop_height = " LIST("2", "1, 0") ", crop_width = " LIST("2", "1, 1") ")"),
        {ONE_TO_16}, {6, 7, 10, 11}, 4, 0},
    {"depth_to_space", F("1, 4, 1, 2") " x",
        R("1, 1, 2, 4", "depth_to_space(x = x, block_size = int32(2))"), {ONE_TO_8},
        {1, 3, 2, 4, 5, 7, 6, 8}, 8, 0},
    {"space_to_depth", F("1, 1, 2, 4") " x",
        R("1, 4, 1, 2", "space_to_depth(x = x, block_size = int32(2))"), {{1, 3, 2, 4, 5, 7, 6, 8}},
        ONE_TO_8, 8, 0},
    /* channels c*4 + dy*2 + dx: two channels of one pixel each */
    {"pixel_shuffle", F("1, 8, 1, 1") " x",
        R("1, 2, 2, 2", "pixel_shuffle(x = x, upscale_factor = int32(2))"), {ONE_TO_8}, ONE_TO_8, 8,
        0},
    {"pixel_unshuffle", F("1, 1, 2, 4") " x",
        R("1, 4, 1, 2", "pixel_unshuffle(x = x, downscale_factor = int32(2))"), {ONE_TO_8},
        {1, 3, 2, 4, 5, 7, 6, 8}, 8, 0},
    {"space_to_batch", F("1, 1, 2, 4") " x",
        R("4, 1, 1, 2", "space_to_batch(x = x, block_shape = " LIST(
                            "2", "2, 2") ", paddings = "
                                         "tensor<int32, [2, 2]>([[0, 0], [0, 0]]))"),
        {ONE_TO_8}, {1, 3, 2, 4, 5, 7, 6, 8}, 8, 0},
    {"batch_to_space", F("4, 1, 1, 2") " x",
        R("1, 1, 2, 3", "batch_to_space(x = x, block_shape = " LIST(
                            "2", "2, 2") ", crops = "
                                         "tensor<int32, [2, 2]>([[0, 0], [0, 1]]))"),
        {{1, 3, 2, 4, 5, 7, 6, 8}}, {1, 2, 3, 5, 6, 7}, 6, 0},
    {"sliding_windows", F("4") " x",
        R("2, 2", "sliding_windows(x = x, axis = int32(0), size = int32(2), stride = int32(2))"),
        {{1, 2, 3, 4}}, {1, 2, 3, 4}, 4, 0},
    {"band_part", F("3, 3") " x", R("3, 3", "band_part(x = x, lower = int32(0), upper = int32(1))"),
        {{1, 2, 3, 4, 5, 6, 7, 8, 9}}, {1, 2, 0, 0, 5, 6, 0, 0, 9}, 9, 0},
    {"slice_update", F("4") " x, " F("2") " u",
        R("4", "slice_update(x = x, update = u, begin = " LIST("1", "1") ", end = " LIST(
                   "1", "4") ", stride = " LIST("1", "2") ")"),
        {{1, 2, 3, 4}, {8, 9}}, {1, 8, 3, 9}, 4, 0},
    /* looks up */
    {"gather", F("3, 2") " x",
        R("2, 2", "gather(x = x, indices = " LIST("2", "2, -3") ", axis = int32(0))"), {ONE_TO_6},
        {5, 6, 1, 2}, 4, 0},
    {"gather_batched", F("2, 3") " x",
        R("2, 2",
            "gather(x = x, indices = tensor<int32, [2, 2]>([[0, 2], [1, 1]]), axis = int32(1), "
            "batch_dims = int32(1))"),
        {ONE_TO_6}, {1, 3, 5, 5}, 4, 0},
    {"gather_along_axis", F("2, 3") " x",
        R("2, 2",
            "gather_along_axis(x = x, indices = tensor<int32, [2, 2]>([[2, 0], [1, 1]]), axis = "
            "int32(1))"),
        {ONE_TO_6}, {3, 1, 5, 5}, 4, 0},
    {"gather_nd", F("2, 3") " x",
        R("2", "gather_nd(x = x, indices = tensor<int32, [2, 2]>([[1, 2], [0, 1]]))"), {ONE_TO_6},
        {6, 2}, 2, 0},
    {"scatter_add", F("3") " x, " F("3") " u",
        R("3",
            "scatter(data = x, indices = " LIST("3", "0, 0, 2") ", updates = u, axis = int32(0))"),
        {{1, 2, 3}, {10, 20, 30}}, {31, 2, 33}, 3, 0},
    {"scatter_update", F("3") " x, " F("2") " u",
        R("3",
            "scatter(data = x, indices = " LIST("2", "0, 2") ", updates = u, axis = int32(0), mode "
                                                             "= string(\"update\"))"),
        {{1, 2, 3}, {10, 20}}, {10, 2, 20}, 3, 0},
    {"scatter_along_axis_max", F("2, 2") " x, " F("2, 1") " u",
        R("2, 2",
            "scatter_along_axis(data = x, indices = tensor<int32, [2, 1]>([[1], [0]]), updates = "
            "u, axis = int32(1), mode = string(\"max\"))"),
        {{1, 2, 3, 4}, {9, 1}}, {1, 9, 3, 4}, 4, 0},
    {"scatter_nd", F("2, 2") " x, " F("1, 2") " u",
        R("2, 2",
            "scatter_nd(data = x, indices = tensor<int32, [1, 1]>([[1]]), updates = u, mode = "
            "string(\"mul\"))"),
        {{1, 2, 3, 4}, {10, 100}}, {1, 2, 30, 400}, 4, 0},
    {"select", F("3") " x, " F("3") " y",
        "tensor<bool, [3]> c = greater(x = x, y = y);\n" R("3", "select(cond = c, a = x, b = y)"),
        {{1, 5, 3}, {2, 4, 3}}, {2, 5, 3}, 3, 0},
    {"logical_not", F("3") " x",
        "tensor<bool, [3]> b = cast(x = x, dtype = string(\"bool\"));\n"
        "tensor<bool, [3]> c = logical_not(x = b);\n" R(
            "3", "cast(x = c, dtype = string(\"fp32\"))"),
        {{0, 2, 0}}, {1, 0, 1}, 3, 0},
    {"topk", F("2, 3") " x",
        F("2, 2") " v, " I("2, 2") " k = topk(x = x, k = int32(2), axis = int32(1));\n" F(
            "2, 2") " f = cast(x = k, dtype = string(\"fp32\"));\n" R("4, 2",
            "concat(values = (v, f), axis = int32(0), interleave = bool(false))"),
        {{3, 9, 5, 2, 2, 1}}, {9, 5, 2, 2, 1, 2, 0, 1}, 8, 0},
    {"argsort", F("4") " x", RI("4", "argsort(x = x, axis = int32(0), ascending = bool(true))"),
        {{3, 1, 2, 1}}, {1, 3, 2, 0}, 4, 0},
    {"one_hot", F("2") " x",
        I("2") " i0 = cast(x = x, dtype = string(\"int32\"));\n" R("2, 3",
            "one_hot(indices = i0, one_hot_vector_size = int32(3), axis = int32(-1), "
            "on_value = fp32(5), off_value = fp32(-1))"),
        {{2, 0}}, {-1, -1, 5, 5, -1, -1}, 6, 0},
    {"cumsum", F("2, 3") " x", R("2, 3", "cumsum(x = x, axis = int32(1))"), {ONE_TO_6},
        {1, 3, 6, 4, 9, 15}, 6, 0},
    {"cumsum_back_exclusive", F("3") " x",
        R("3", "cumsum(x = x, axis = int32(0), exclusive = bool(true), reverse = bool(true))"),
        {{1, 2, 4}}, {6, 4, 0}, 3, 0},
    {"fill", F("2") " x",
        F("2") " c = fill(shape = " LIST("1", "2") ", value = fp32(3));\n" R(
            "2", "add(x = x, y = c)"),
        {{1, 2}}, {4, 5}, 2, 0},
    {"fill_like", F("2") " x",
        F("2") " c = fill_like(ref_tensor = x, value = fp32(3));\n" R("2", "add(x = x, y = c)"),
        {{1, 2}}, {4, 5}, 2, 0},
    {"range_1d", F("3") " x",
        F("3") " c = range_1d(start = fp32(1), end = fp32(2.5), step = fp32(0.5));\n" R(
            "3", "mul(x = x, y = c)"),
        {{2, 2, 2}}, {2, 3, 4}, 3, 0},
    {"shape", F("2, 3") " x", RI("2", "shape(x = x)"), {ONE_TO_6}, {2, 3}, 2, 0},
    {"int32_divides_down", F("4") " x",
        I("4") " a = cast(x = x, dtype = string(\"int32\"));\n" RI(
            "4", "floor_div(x = a, y = int32(2))"),
        {{-3, -2, 3, 2}}, {-2, -1, 1, 1}, 4, 0},
    {"cast_to_uint8_holds", F("4") " x",
        "tensor<uint8, [4]> u = cast(x = x, dtype = string(\"uint8\"));\n" R(
            "4", "cast(x = u, dtype = string(\"fp32\"))"),
        {{-1, 3.7f, 255.9f, 300}}, {0, 3, 255, 255}, 4, 0},
    /* windows */
    {"conv_1d", F("1, 1, 4") " x",
        R("1, 1, 2",
            "conv(x = x, weight = " F("1, 1, 2") "([1, 10]), strides = " LIST("1", "2") ")"),
        {{1, 2, 3, 4}}, {21, 43}, 2, 0},
    {"conv_1d_padded_and_dilated", F("1, 1, 3") " x",
        R("1, 1, 3",
            "conv(x = x, weight = " F("1, 1, 2") "([1, 10]), pad_type = string(\"custom\"), pad "
                                                 "= " LIST("2", "1, 1") ", dilations = " LIST(
                                                     "1", "2") ", bias = " F("1") "([100]))"),
        {{1, 2, 3}}, {120, 131, 102}, 3, 0},
    {"conv_3d", F("1, 1, 2, 2, 2") " x",
        R("1, 1, 1, 1, 1",
            "conv(x = x, weight = " F("1, 1, 2, 2, 2") "([1, 0, 0, 2, 0, 3, 0, 4]))"),
        {ONE_TO_8}, {1 + 8 + 18 + 32}, 1, 0},
    {"conv_grouped", F("1, 2, 1, 2") " x",
        R("1, 2, 1, 1",
            "conv(x = x, weight = " F("2, 1, 1, 2") "([1, 10, 100, 1000]), groups = int32(2))"),
        {{1, 2, 3, 4}}, {21, 4300}, 2, 0},
    {"conv_same_lower", F("1, 1, 1, 3") " x",
        R("1, 1, 1, 3", "conv(x = x, weight = " F("1, 1, 1, 2") "([1, 10]), pad_type = "
                                                                "string(\"same_lower\"))"),
        {{1, 2, 3}}, {10, 21, 32}, 3, 0},
    {"conv_transpose", F("1, 1, 1, 2") " x",
        R("1, 1, 1, 4", "conv_transpose(x = x, weight = " F(
                            "1, 1, 1, 2") "([1, 10]), strides = " LIST("2", "1, 2") ")"),
        {{1, 2}}, {1, 10, 2, 20}, 4, 0},
    {"conv_transpose_overlaps", F("1, 1, 3") " x",
        R("1, 1, 4", "conv_transpose(x = x, weight = " F("1, 1, 2") "([1, 10]))"), {{1, 2, 3}},
        {1, 12, 23, 30}, 4, 0},
    {"conv_transpose_grouped_cropped", F("1, 2, 2") " x",
        R("1, 2, 1",
            "conv_transpose(x = x, weight = " F(
                "2, 1, 2") "([1, 10, 100, 1000]), groups = "
                           "int32(2), pad_type = string(\"custom\"), pad = " LIST("2", "1, 1") ")"),
        {{1, 2, 3, 4}}, {12, 3400}, 2, 0},
    {"max_pool", F("1, 1, 4") " x",
        R("1, 1, 2", "max_pool(x = x, kernel_sizes = " LIST("1", "2") ", strides = " LIST(
                         "1", "2") ", pad_type = string(\"valid\"))"),
        {{1, -2, -3, -4}}, {1, -3}, 2, 0},
    {"max_pool_ignores_padding", F("1, 1, 2") " x",
        R("1, 1, 3", "max_pool(x = x, kernel_sizes = " LIST("1", "2") ", strides = " LIST(
                         "1", "1") ", pad_type = string(\"custom\"), pad = " LIST("2", "1, 1") ")"),
        {{-1, -2}}, {-1, -1, -2}, 3, 0},
    {"avg_pool_counts_padding", F("1, 1, 2") " x",
        R("1, 1, 3", "avg_pool(x = x, kernel_sizes = " LIST("1", "2") ", strides = " LIST(
                         "1", "1") ", pad_type = string(\"custom\"), pad = " LIST("2", "1, 1") ")"),
        {{2, 4}}, {1, 3, 2}, 3, 0},
    {"avg_pool_without_padding", F("1, 1, 2") " x",
        R("1, 1, 3", "avg_pool(x = x, kernel_sizes = " LIST("1", "2") ", strides = " LIST(
                         "1", "1") ", pad_type = string(\"custom\"), pad = " LIST("2",
                         "1, 1") ", exclude_padding_from_average = bool(true))"),
        {{2, 4}}, {2, 3, 4}, 3, 0},
    {"avg_pool_2d", F("1, 1, 2, 2") " x",
        R("1, 1, 1, 1", "avg_pool(x = x, kernel_sizes = " LIST("2", "2, 2") ", pad_type = "
                                                                            "string(\"valid\"))"),
        {{1, 2, 3, 6}}, {3}, 1, 0},
    /* the last window is cut off by the end, and its mean is over what is left of it */
    {"avg_pool_rounded_up", F("1, 1, 5") " x",
        R("1, 1, 3", "avg_pool(x = x, kernel_sizes = " LIST("1", "2") ", strides = " LIST(
                         "1", "2") ", pad_type = string(\"valid\"), ceil_mode = bool(true))"),
        {{1, 3, 5, 7, 9}}, {2, 6, 9}, 3, 0},
    {"l2_pool", F("1, 1, 2") " x",
        R("1, 1, 1",
            "l2_pool(x = x, kernel_sizes = " LIST("1", "2") ", pad_type = string(\"valid\"))"),
        {{3, 4}}, {5}, 1, 0},
    {"einsum_matmul", F("2, 2") " x, " F("2, 2") " y",
        R("2, 2", "einsum(values = (x, y), equation = string(\"ij,jk->ik\"))"),
        {{1, 2, 3, 4}, {5, 6, 7, 8}}, {19, 22, 43, 50}, 4, 0},
    {"einsum_transposes", F("2, 3") " x, " F("3") " y",
        R("3, 2", "einsum(values = (x, y), equation = string(\"ab,b->ba\"))"),
        {ONE_TO_6, {1, 10, 100}}, {1, 4, 20, 50, 300, 600}, 6, 0},
    {"matmul_defaults", F("1, 2") " x, " F("2, 1") " y", R("1, 1", "matmul(x = x, y = y)"),
        {{1, 2}, {3, 4}}, {11}, 1, 0},
    {"sdpa_scale_0_is_a_mean", F("1, 1, 2") " q, " F("1, 2, 2") " k, " F("1, 2, 1") " v",
        R("1, 1, 1",
            "scaled_dot_product_attention(query = q, key = k, value = v, scale = fp32(0))"),
        {{1, 2}, {3, 4, 5, 6}, {10, 30}}, {20}, 1, 1e-6f},
    /* norms */
    {"batch_norm", F("1, 2, 2") " x",
        R("1, 2, 2",
            "batch_norm(x = x, mean = " F("2") "([1, 2]), variance = " F(
                "2") "([4, 1]), gamma "
                     "= " F("2") "([2, 1]), beta = " F("2") "([10, 0]), epsilon = fp32(0))"),
        {{1, 3, 2, 5}}, {10, 12, 0, 3}, 4, 1e-6f},
    {"instance_norm", F("1, 1, 2") " x", R("1, 1, 2", "instance_norm(x = x, epsilon = fp32(0))"),
        {{1, 3}}, {-1, 1}, 2, 1e-6f},
    {"l2_norm", F("2, 1, 1, 2") " x", R("2, 1, 1, 2", "l2_norm(x = x, epsilon = fp32(0))"),
        {{3, 4, 5, 12}}, {0.6f, 0.8f, 5.0f / 13, 12.0f / 13}, 4, 1e-6f},
    {"local_response_norm", F("1, 3, 1") " x",
        R("1, 3, 1",
            "local_response_norm(x = x, size = int32(3), alpha = fp32(3), beta = fp32(1), k = "
            "fp32(1))"),
        {{1, 2, 3}}, {1.0f / 6, 2.0f / 15, 3.0f / 14}, 3, 1e-6f},
    {"layer_norm_over_all", F("2") " x", R("2", "layer_norm(x = x, epsilon = fp32(0))"), {{1, 3}},
        {-1, 1}, 2, 1e-6f},
    {"prelu", F("1, 2, 2") " x", R("1, 2, 2", "prelu(x = x, alpha = " F("2") "([0.5, 2]))"),
        {{-2, 2, -2, 2}}, {-1, 2, -4, 2}, 4, 0},
    {"softplus_parametric", F("1, 2, 1") " x",
        R("1, 2, 1",
            "softplus_parametric(x = x, alpha = " F("2") "([1, 2]), beta = " F("2") "([1, 0]))"),
        {{0, 5}}, {0.6931472f, 1.3862944f}, 2, 1e-6f},
    /* images */
    {"upsample_nearest", F("1, 1, 2") " x",
        R("1, 2, 4", "upsample_nearest_neighbor(x = x, scale_factor_height = int32(2), "
                     "scale_factor_width = int32(2))"),
        {{1, 2}}, {1, 1, 2, 2, 1, 1, 2, 2}, 8, 0},
    {"resize_nearest", F("1, 1, 4") " x",
        R("1, 1, 2",
            "resize_nearest_neighbor(x = x, target_size_height = int32(1), target_size_width = "
            "int32(2))"),
        {{1, 2, 3, 4}}, {1, 3}, 2, 0},
    /* the grid points that the definition lists for two samples and five */
    {"resize_bilinear_default", F("1, 1, 2") " x",
        R("1, 1, 5", "resize_bilinear(x = x, target_size_height = int32(1), target_size_width = "
                     "int32(5))"),
        {{0, 1}}, {0, 0.4f, 0.8f, 1, 1}, 5, 1e-6f},
    {"resize_bilinear_strict", F("1, 1, 2") " x",
        R("1, 1, 5", "resize_bilinear(x = x, target_size_height = int32(1), target_size_width = "
                     "int32(5), sampling_mode = string(\"STRICT_ALIGN_CORNERS\"))"),
        {{0, 1}}, {0, 0.25f, 0.5f, 0.75f, 1}, 5, 1e-6f},
    {"resize_bilinear_offset", F("1, 1, 2") " x",
        R("1, 1, 5", "resize_bilinear(x = x, target_size_height = int32(1), target_size_width = "
                     "int32(5), sampling_mode = string(\"OFFSET_CORNERS\"))"),
        {{0, 1}}, {0.1f, 0.3f, 0.5f, 0.7f, 0.9f}, 5, 1e-6f},
    {"upsample_bilinear", F("1, 1, 2") " x",
        R("1, 1, 5", "upsample_bilinear(x = x, scale_factor_height = fp32(1), scale_factor_width = "
                     "fp32(2.5), align_corners = bool(false))"),
        {{0, 1}}, {0, 0.1f, 0.5f, 0.9f, 1}, 5, 1e-6f},
    {"resize_17", F("1, 1, 2") " x",
        R("1, 1, 3",
            "resize(x = x, shape = " LIST("2", "0, 3") ", resized_dims = uint32(2), sampling_mode "
                                                       "= string(\"ALIGN_CORNERS\"))"),
        {{0, 1}}, {0, 0.5f, 1}, 3, 1e-6f},
    /* weights */
    {"affine_as_arguments", F("2, 2") " x",
        F("2, 2") " w = constexpr_affine_dequantize(quantized_data = tensor<uint8, [2, 2]>([130, "
                  "126, 128, "
                  "255]), zero_point = uint8(128), scale = " F(
                      "2") "([0.5, 2]), axis = int32(0));\n" R("2, 2", "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {1, -1, 0, 254}, 4, 0},
    {"affine_as_attributes", F("2") " x",
        F("2") " w = constexpr_affine_dequantize()[quantized_data = tensor<int8, [2]>([1, -3]), "
               "zero_point "
               "= int8(1), scale = fp32(2), axis = int32(0)];\n" R("2", "add(x = x, y = w)"),
        {{0, 0}}, {0, -8}, 2, 0},
    {"blockwise", F("2, 4") " x",
        F("2, 4") " w = constexpr_blockwise_shift_scale(data = tensor<int4, [2, 4]>([[1, 2, 3, 4], "
                  "[-1, -2, "
                  "-3, -8]]), scale = " F(
                      "1, 2") "([[1, 10]]), offset = tensor<int4, [1, 2]>([[0, 1]]));\n" R("2, 4",
                      "add(x = x, y = w)"),
        {{0, 0, 0, 0, 0, 0, 0, 0}}, {1, 2, 20, 30, -1, -2, -40, -90}, 8, 0},
    {"palette", F("2, 2") " x",
        F("2, 2") " w = constexpr_lut_to_dense(indices = tensor<uint1, [2, 2]>([[0, 1], [1, 0]]), "
                  "lut = " F("2, 1, 2, 1") "([5, 6, 7, 8]));\n" R("2, 2", "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {5, 6, 8, 7}, 4, 0},
    {"palette_of_vectors", F("2, 2") " x",
        F("2, 2") " w = constexpr_lut_to_dense(indices = tensor<uint1, [2, 1]>([[0], [1]]), lut "
                  "= " F("1, 1, 2, 2") "([5, 6, 7, 8]), vector_axis = int32(1));\n" R(
                      "2, 2", "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {5, 6, 7, 8}, 4, 0},
    /* 0b10_01_00_11 in one byte: indices 3, 0, 1, 2 */
    {"palette_packed", F("4") " x",
        F("4") " w = constexpr_lut_to_dense()[indices = tensor<uint8, [1]>([147]), lut = " F(
            "4") "([5, 6, 7, 8]), shape = tensor<uint32, [1]>([4])];\n" R("4", "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {8, 5, 6, 7}, 4, 0},
    {"sparse", F("4") " x",
        F("4") " w = constexpr_sparse_to_dense(nonzero_data = " F(
            "2") "([5, 6]), mask = tensor<uint1, "
                 "[4]>([0, 1, 0, 1]));\n" R("4", "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {0, 5, 0, 6}, 4, 0},
    {"sparse_blockwise", F("2, 2") " x",
        "tensor<uint1, [2, 2]> m, " F(
            "3") " d = constexpr_sparse_blockwise_shift_scale(data_mask = "
                 "tensor<uint1, [2, 2]>([[1, 0], [1, 1]]), nonzero_data = tensor<int8, [3]>([4, 5, "
                 "6]), scale = " F("2, 1") "([[0.5], [10]]), offset = tensor<int8, [2, 1]>([[0], "
                                           "[1]]));\n" F("2, 2") " w = "
                                                                 "constexpr_sparse_to_dense("
                                                                 "nonzero_data = d, mask = m);\n" R(
                                                                     "2, 2", "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {2, 0, 40, 50}, 4, 0},
    {"palette_sparse", F("2, 2") " x",
        "tensor<uint1, [2, 2]> m, " F(
            "3") " d = constexpr_lut_to_sparse(indices_mask = tensor<uint1, "
                 "[2, 2]>([[1, 0], [1, 1]]), indices_nonzero_data = tensor<uint1, [3]>([1, 0, 1]), "
                 "lut = " F("2, 1, 2, 1") "([5, 6, 7, 8]));\n" F(
                     "2, 2") " w = constexpr_sparse_to_dense(nonzero_data = d, mask = m);\n" R("2, "
                                                                                               "2",
                     "add(x = x, y = w)"),
        {{0, 0, 0, 0}}, {6, 0, 7, 8}, 4, 0},
    {"reshape_like", F("2, 3") " x, " F("6") " y",
        R("6", "reshape_like(x = x, ref_tensors = (y), begins = (int32(0)), ends = (int32(1)), "
               "end_masks "
               "= (bool(false)))"),
        {ONE_TO_6, ONE_TO_6}, ONE_TO_6, 6, 0},
    {"constexpr_cast", F("1") " x",
        F("1") " w = constexpr_cast(source_val = tensor<fp16, [1]>([0.5]), output_dtype = "
               "string(\"fp32\"));\n" R("1", "add(x = x, y = w)"),
        {{1}}, {1.5f}, 1, 0},
    /* recurrent, one unit: h = x + h / 2, in two steps */
    {"rnn", F("2, 1, 1") " x, " F("1, 1") " h",
        F("2, 1, 1") " r, " F("1, 1") " l = rnn(x = x, initial_h = h, weight_ih = " F(
            "1, 1") "([1]), "
                    "weight_hh = " F("1, 1") "([0.5]), output_sequence = bool(true), activation = "
                                             "string(\"linear\"));\n",
        {{1, 2}, {4}}, {3, 3.5f}, 2, 1e-6f},
    {"rnn_backwards", F("2, 1, 1") " x, " F("1, 1") " h",
        F("2, 1, 1") " r, " F("1, 1") " l = rnn(x = x, initial_h = h, weight_ih = " F(
            "1, 1") "([1]), "
                    "weight_hh = " F(
                        "1, 1") "([0.5]), output_sequence = bool(true), activation = "
                                "string(\"linear\"), direction = string(\"reverse\"));\n",
        {{1, 2}, {4}}, {3, 4}, 2, 1e-6f},
    /* all gates at 0.2 * 1 + 0.5: c = 0.7 * 2 + 0.7 * tanh(1), h = 0.7 * tanh(c) */
    {"lstm_hard_gates", F("1, 1, 1") " x, " F("1, 1") " h, " F("1, 1") " c",
        F("1, 1, 1") " r, " F("1, 1") " l, " F(
            "1, 1") " m = lstm(x = x, initial_h = h, initial_c = c, "
                    "weight_ih = " F("4, 1") "([1, 1, 1, 1]), weight_hh = " F(
                        "4, 1") "([0, 0, 0, 0]), recurrent_activation = "
                                "string(\"sigmoid_hard\"));\n",
        {{1}, {1}, {2}}, {0.6712891600f}, 1, 1e-6f},
    /* all gates at sigmoid(0): c = c / 2 + tanh(0) / 2, h = tanh(c) / 2 */
    {"lstm", F("1, 1, 1") " x, " F("1, 1") " h, " F("1, 1") " c",
        F("1, 1, 1") " r, " F("1, 1") " l, " F(
            "1, 1") " m = lstm(x = x, initial_h = h, initial_c = c, "
                    "weight_ih = " F("4, 1") "([0, 0, 0, 0]), weight_hh = " F(
                        "4, 1") "([0, 0, 0, 0]));\n",
        {{1}, {1}, {2}}, {0.3807970780f}, 1, 1e-6f},
    /* update gate at sigmoid(0), new state tanh(0): h / 2 */
    {"gru", F("1, 1, 1") " x, " F("1, 1") " h",
        F("1, 1, 1") " r, " F("1, 1") " l = gru(x = x, initial_h = h, weight_ih = " F(
            "3, 1") "([0, 0, 0]), "
                    "weight_hh = " F("3, 1") "([0, 0, 0]));\n",
        {{1}, {6}}, {3}, 1, 1e-6f},
};

Test(mil_eval_rows, by_hand) {
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        const struct row *row = &rows[k];
        const struct kit_function f = {"f", row->parameters, row->body, "r"};
        struct mil_program *program = kit_program(&f, 1);
        struct mil_error error = {.text = ""};
        float out[N];
        const void *const inputs[] = {row->in[0], row->in[1], row->in[2], row->in[3]};
        void *const outputs[] = {out};
        memset(out, 0xFF, sizeof out);
        cr_expect_eq(mil_eval(program, 0, NULL, inputs, outputs, &error), 0, "%s: %s", row->name,
            error.text);
        for (int i = 0; i < row->n; i++)
            cr_expect(fabsf(out[i] - row->expected[i]) <= row->tolerance * fabsf(row->expected[i]),
                "%s: element %d is %.9g, not %.9g", row->name, i, (double)out[i],
                (double)row->expected[i]);
        mil_program_free(program);
    }
}

/* y = x + state, and the state becomes y: twice. */
Test(mil_eval_rows, state_outlives_an_evaluation) {
    static const struct kit_function forms[] = {
        {"f", "state<" F("2") "> s, " F("2") " x",
            F("2") " o = read_state(input = s);\n" R(
                "2", "add(x = x, y = o)") "write_state(input = s, data = r);\n",
            "r"},
        {"f", "state<" F("2") "> s, " F("2") " x",
            F("2") " o = read_state(input = s);\n" F("2") " y = add(x = x, y = o);\n" F(
                "2") " r = coreml_update_state(state = s, value = y);\n",
            "r"}};
    for (int k = 0; k < 2; k++) {
        struct mil_program *program = kit_program(&forms[k], 1);
        struct mil_error error = {.text = ""};
        float state[2] = {10, 20}, x[2] = {1, 2}, out[2];
        const void *const inputs[] = {state, x};
        void *const outputs[] = {out};
        for (int i = 1; i <= 2; i++) {
            cr_assert_eq(mil_eval(program, 0, NULL, inputs, outputs, &error), 0, "%s", error.text);
            cr_expect_eq(out[0], (float)(10 + i));
            cr_expect_eq(state[1], (float)(20 + 2 * i));
        }
        mil_program_free(program);
    }
}

/* A lookup past the end is an error, not a wrong number. */
Test(mil_eval_rows, indices_past_the_end_are_errors) {
    const struct kit_function f = {"f", F("2") " x",
        R("1", "gather(x = x, indices = " LIST("1", "2") ", axis = int32(0))"), "r"};
    struct mil_program *program = kit_program(&f, 1);
    struct mil_error error = {.text = ""};
    float x[2] = {1, 2}, out[1];
    const void *const inputs[] = {x};
    void *const outputs[] = {out};
    cr_expect_eq(mil_eval(program, 0, NULL, inputs, outputs, &error), -1);
    cr_expect(strstr(error.text, "index 2 is outside an axis of 2"), "%s", error.text);
    mil_program_free(program);
}
