/* SPDX-License-Identifier: MIT
 *
 * The assumed cost of evals: arithmetic and bytes of functions, counted by hand.
 */
#include "device/sim/sim_work.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A program of these functions. */
static struct mil_program *parsed(const char *functions) {
    char text[8192];
    struct mil_program *program = NULL;
    struct mil_error error = {.text = ""};
    int bytes = snprintf(text, sizeof text,
        "program(1.3)[buildInfo = dict<string, string>({{\"a\", \"b\"}})]{%s}", functions);
    cr_assert_eq(mil_parse(text, (size_t)bytes, &program, &error), 0, "%u: %s",
        (unsigned)error.place.line, error.text);
    return program;
}

#define BLOB(type, path, offset)                                                                   \
    "const()[name = string(\"" path #offset "\"), val = " type                                     \
    "(BLOBFILE(path = string(\"@model_path/weights/" path ".bin\"), offset = uint64(" #offset      \
    ")))];\n"
#define FLAG(name, value)                                                                          \
    "bool " name " = const()[name = string(\"" name "\"), val = bool(" value ")];\n"

#define CONV_CONSTS                                                                                \
    "string pt = const()[name = string(\"pt\"), val = string(\"valid\")];\n"                       \
    "tensor<int32, [2]> st = const()[name = string(\"st\"), val = tensor<int32, [2]>([1, 1])];\n"  \
    "tensor<int32, [4]> pd = const()[name = string(\"pd\"), val = tensor<int32, [4]>([0, 0, 0, "   \
    "0])];\n"                                                                                      \
    "tensor<int32, [2]> dl = const()[name = string(\"dl\"), val = tensor<int32, [2]>([1, 1])];\n"

Test(sim_work, a_conv_is_two_for_each_weight_and_position) {
    struct mil_program *program =
        parsed("func main<ios18>(tensor<fp16, [1, 32, 1, 16]> x) {\n" CONV_CONSTS
               "int32 one = const()[name = string(\"one\"), val = int32(1)];\n"
               "tensor<fp16, [48, 32, 1, 1]> w = " BLOB("tensor<fp16, [48, 32, 1, 1]>", "w",
                   64) "tensor<fp16, [1, 48, 1, 16]> y = conv(dilations = dl, groups = one, pad = "
                       "pd, pad_type = "
                       "pt, strides = st, weight = w, x = x)[name = string(\"y\")];\n"
                       "tensor<fp16, [1, 48, 1, 16]> z = sigmoid(x = y)[name = string(\"z\")];\n"
                       "} -> (z);");
    cr_assert_eq(sim_work_flop(&program->functions[0]), 2.0 * 48 * 32 * 16);
    cr_assert_eq(sim_work_io_bytes(&program->functions[0]), 2.0 * (32 * 16 + 48 * 16));
    cr_assert_eq(sim_work_weight_bytes(program, 0, 1), 2.0 * 48 * 32);
    cr_assert_eq(sim_work_products(&program->functions[0]), 1, "the sigmoid is none");
    mil_program_free(program);
}

Test(sim_work, a_matmul_sums_over_the_axis_that_its_flags_say) {
    struct mil_program *program =
        parsed("func main<ios18>(tensor<fp16, [2, 3, 5]> x, tensor<fp16, [2, 3, 7]> y) {\n" FLAG(
            "t", "true") FLAG("f", "false") "tensor<fp16, [2, 5, 7]> z = matmul(transpose_x = t, "
                                            "transpose_y = f, x = x, y = y)"
                                            "[name = string(\"z\")];\n"
                                            "tensor<fp16, [2, 5, 5]> v = matmul(transpose_x = f, "
                                            "transpose_y = t, x = z, y = z)"
                                            "[name = string(\"v\")];\n"
                                            "} -> (v);");
    cr_assert_eq(sim_work_flop(&program->functions[0]), 2.0 * 2 * 5 * 7 * 3 + 2.0 * 2 * 5 * 5 * 7);
    mil_program_free(program);
}

Test(sim_work, linear_and_attention) {
    struct mil_program *program = parsed(
        "func main<ios18>(tensor<fp16, [4, 6]> x) {\n"
        "tensor<fp16, [9, 6]> w = " BLOB(
            "tensor<fp16, [9, 6]>", "w", 64) "tensor<fp16, [9]> b = " BLOB("tensor<fp16, [9]>", "b",
            64) "tensor<fp16, [4, 9]> y = linear(bias = b, weight = w, x = x)[name = "
                "string(\"y\")];\n"
                "} -> (y);\n"
                "func attend<ios18>(tensor<fp16, [1, 2, 5, 8]> q, tensor<fp16, [1, 2, 7, 8]> k, "
                "tensor<fp16, [1, 2, 7, 8]> v) {\n"
                "tensor<fp16, [1, 2, 5, 8]> y = scaled_dot_product_attention(key = k, query = q, "
                "value = "
                "v)[name = string(\"y\")];\n"
                "} -> (y);\n"
                "func narrow<ios18>(tensor<fp16, [1, 2, 5, 8]> q, tensor<fp16, [1, 2, 7, 8]> k, "
                "tensor<fp16, [1, 2, 7, 3]> v) {\n"
                "tensor<fp16, [1, 2, 5, 3]> y = scaled_dot_product_attention(key = k, query = q, "
                "value = v)[name = string(\"y\")];\n"
                "} -> (y);");
    cr_assert_eq(sim_work_flop(&program->functions[0]), 2.0 * 4 * 6 * 9);
    /* scores 2 x 5 x 7, each of 8; outputs 2 x 5 x 8, each of 7 */
    cr_assert_eq(sim_work_flop(&program->functions[1]), 2.0 * 2 * 5 * 7 * 8 * 2);
    /* outputs 2 x 5 x 3 */
    cr_assert_float_eq(sim_work_flop(&program->functions[2]), 2.0 * 2 * 5 * 7 * (8 + 3), 1e-9);
    mil_program_free(program);
}

Test(sim_work, a_weight_counts_once_for_the_program_and_for_each_function) {
    struct mil_program *program = parsed(
        "func a<ios18>(tensor<fp16, [1, 4, 1, 8]> x) {\n"
        "tensor<fp16, [1, 4, 1, 1]> w = " BLOB("tensor<fp16, [1, 4, 1, 1]>", "w",
            64) "tensor<fp16, [1, 4, 1, 1]> v = " BLOB("tensor<fp16, [1, 4, 1, 1]>", "w",
            192) "tensor<fp16, [1, 4, 1, 8]> y = mul(x = x, y = w)[name = string(\"y\")];\n"
                 "tensor<fp16, [1, 4, 1, 8]> z = mul(x = y, y = v)[name = string(\"z\")];\n"
                 "} -> (z);\n"
                 "func b<ios18>(tensor<fp16, [1, 4, 1, 8]> x) {\n"
                 "tensor<fp16, [1, 4, 1, 1]> w = " BLOB("tensor<fp16, [1, 4, 1, 1]>", "w",
                     64) "tensor<fp16, [1, 4, 1, 8]> y = mul(x = x, y = w)[name = string(\"y\")];\n"
                         "} -> (y);");
    cr_assert_eq(sim_work_flop(&program->functions[0]), 0);
    cr_assert_eq(sim_work_weight_bytes(program, 0, 1), 16);
    cr_assert_eq(sim_work_weight_bytes(program, 1, 1), 8);
    cr_assert_eq(sim_work_weight_bytes(program, 0, 2), 16);
    mil_program_free(program);
}
