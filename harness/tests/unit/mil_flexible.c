/* SPDX-License-Identifier: MIT
 *
 * Default shapes and ranges in the words of compiled models.
 */
#include "mil/flexible.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define TYPE                                                                                       \
    "tuple<tuple<string,dict<string,tensor<int32,[?]>>>,tuple<string,dict<string,"                 \
    "list<tensor<int32,[2]>,?>>>>"

/* A function with inputs x [?,128] and RangeDims [?], and this value of the attribute. */
static struct mil_program *program_of(const char *value) {
    char text[2048];
    struct mil_program *program;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    int n;
    snprintf(text, sizeof text,
        "program(1.3){func main<ios18>(tensor<fp16,[?,128]> x, tensor<fp16,[?]> RangeDims)%s%s%s{"
        "}->(x);}",
        value ? "[FlexibleShapeInformation=" TYPE "(" : "", value ? value : "", value ? ")]" : "");
    cr_assert_eq(mil_read(text, strlen(text), &program, &findings, &n, &error), 0, "%s\n%s",
        error.text, text);
    cr_assert_eq(n, 0);
    return program;
}

Test(mil_flexible, what_is_said) {
    int64_t dims[MIL_RANK_MAX], high[MIL_RANK_MAX];
    struct mil_program *program =
        program_of("((\"DefaultShapes\", {{\"RangeDims\", [3]}, {\"x\", [1, 128]}}), "
                   "(\"RangeDims\",{{\"x\",[[1,-1],[128,128]]},{\"RangeDims\",[[2,7]]}}))");
    const struct mil_function *f = &program->functions[0];
    cr_assert(mil_flexible_default(f, "x", 2, dims));
    cr_expect(dims[0] == 1 && dims[1] == 128);
    cr_assert(mil_flexible_default(f, "RangeDims", 1, dims));
    cr_expect_eq(dims[0], 3);
    cr_assert(mil_flexible_range(f, "x", 2, dims, high));
    cr_expect(dims[0] == 1 && high[0] == -1 && dims[1] == 128 && high[1] == 128);
    mil_program_free(program);
}

Test(mil_flexible, a_list_of_shapes) {
    int64_t dims[MIL_RANK_MAX], high[MIL_RANK_MAX];
    struct mil_program *program =
        program_of("((\"DefaultShapes\", {{\"x\", [3, 128]}}), (\"EnumeratedShapes\", {{\"x\", "
                   "{{\"RangeDims\", [5]}, {\"x\", [1, 128]}}}, {\"b\", {{\"x\",[3,128]}}}}))");
    const struct mil_function *f = &program->functions[0];
    cr_assert(mil_flexible_shape(f, "x", 2, 0, dims));
    cr_expect(dims[0] == 1 && dims[1] == 128, "a set's name is no input");
    cr_assert(mil_flexible_shape(f, "x", 2, 1, dims));
    cr_expect(dims[0] == 3 && dims[1] == 128);
    cr_expect_not(mil_flexible_shape(f, "x", 2, 2, dims));
    cr_assert(mil_flexible_shape(f, "RangeDims", 1, 0, dims));
    cr_expect_eq(dims[0], 5);
    cr_expect_not(mil_flexible_shape(f, "RangeDims", 1, 1, dims));
    cr_expect_not(mil_flexible_range(f, "x", 2, dims, high));
    cr_expect_not(mil_flexible_shape(f, "x", 3, 0, dims), "of another rank");
    mil_program_free(program);
}

Test(mil_flexible, what_is_not_said) {
    static const char *const values[] = {NULL, "()", "((\"DefaultShapes\", {}))",
        "((\"DefaultShapes\", {{\"y\", [1, 128]}}))", "((\"DefaultShapes\", {{\"x\", [1]}}))",
        "((\"DefaultShapes\", {{\"x\", [1, 2, 3]}}))", "((\"DefaultShapes\", {{\"x\"}}))",
        "((\"DefaultShapes\", {}), (\"Others\", {{\"x\", [1, 128]}}))",
        "((\"Default\\\"Shapes\", {{\"x\", [1, 128]}}))",
        "((\"DefaultShapes\", {{\"x\", [a, -]}}))"};
    int64_t dims[MIL_RANK_MAX], high[MIL_RANK_MAX];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct mil_program *program = program_of(values[i]);
        cr_expect_not(mil_flexible_default(&program->functions[0], "x", 2, dims), "%s", values[i]);
        cr_expect_not(
            mil_flexible_range(&program->functions[0], "x", 2, dims, high), "%s", values[i]);
        mil_program_free(program);
    }
}

/* Values share the types that they have in common, which keeps a million of them small; but one with open sizes is its
 * value's own, since mil_program_resize closes it. */
Test(mil_flexible, types_are_shared_but_for_open_ones) {
    static const char text[] =
        "program(1.3) { func main<ios18>(tensor<fp16, [2]> a, tensor<fp16, [?]> x,"
        "    tensor<fp16, [?]> y) {"
        "  tensor<fp16, [2]> b = mul(x = a, y = fp16(1));"
        "  tensor<fp16, [2]> c = mul(x = b, y = fp16(2));"
        "  tensor<fp16, [?]> p = relu(x = x); tensor<fp16, [?]> q = relu(x = y);"
        "} -> (c, p, q); }";
    const struct mil_type sizes[] = {{.dtype = MIL_FP16, .rank = 1, .dim = {2}},
        {.dtype = MIL_FP16, .rank = 1, .dim = {3}}, {.dtype = MIL_FP16, .rank = 1, .dim = {5}}};
    struct mil_program *open, *sized;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    int n;
    cr_assert_eq(
        mil_read(text, sizeof text - 1, &open, &findings, &n, &error), 0, "%s", error.text);
    free(findings);
    const struct mil_function *f = &open->functions[0];
    cr_expect_eq(f->values[0].type, f->values[f->outputs[0]].type);
    cr_expect_neq(f->values[1].type, f->values[2].type);
    cr_assert_eq(mil_program_resize(open, 0, sizes, &sized, &error), 0, "%s", error.text);
    f = &sized->functions[0];
    cr_expect_eq(f->values[f->outputs[0]].type->dim[0], 2);
    cr_expect_eq(f->values[f->outputs[1]].type->dim[0], 3);
    cr_expect_eq(f->values[f->outputs[2]].type->dim[0], 5);
    mil_program_free(sized);
    mil_program_free(open);
}

/* How the decoders of published models cut their tables of positions: where the slice ends is worked out from the
 * input's size. It is a const once the size is given. */
Test(mil_flexible, what_is_worked_out_from_sizes_is_a_const) {
    static const char text[] =
        "program(1.3) { func main<ios18>(tensor<int32, [1, ?]> x, tensor<fp16, [8, 2]> table) {"
        "  tensor<int32, [2]> sizes = shape(x = x);"
        "  int32 n = gather(x = sizes, indices = int32(1), axis = int32(0), batch_dims = int32(0),"
        "    validate_indices = bool(false));"
        "  int32 more = add(x = n, y = int32(1));"
        "  tensor<int32, [1]> row = expand_dims(x = more, axes = tensor<int32, [1]>([0]));"
        "  tensor<int32, [2]> end = concat(values = (row, tensor<int32, [1]>([2])), axis = "
        "int32(0),"
        "    interleave = bool(false));"
        "  tensor<fp16, [?, 2]> y = slice_by_index(x = table, begin = tensor<int32, [2]>([0, 0]), "
        "end = end,"
        "    stride = tensor<int32, [2]>([1, 1]), begin_mask = tensor<bool, [2]>([false, false]),"
        "    end_mask = tensor<bool, [2]>([false, false]), squeeze_mask = tensor<bool, "
        "[2]>([false, false]));"
        "} -> (y); }";
    const struct mil_type sizes[] = {{.dtype = MIL_INT32, .rank = 2, .dim = {1, 3}},
        {.dtype = MIL_FP16, .rank = 2, .dim = {8, 2}}};
    struct mil_program *open, *sized, *again;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    int n;
    size_t bytes;
    cr_assert_eq(
        mil_read(text, sizeof text - 1, &open, &findings, &n, &error), 0, "%s", error.text);
    cr_assert_eq(n, 0, "%s", n ? findings[0].text : "");
    free(findings);
    cr_assert_eq(mil_program_resize(open, 0, sizes, &sized, &error), 0, "%s", error.text);
    const struct mil_function *f = &sized->functions[0];
    cr_expect_eq(f->values[f->outputs[0]].type->dim[0], 4);
    const struct mil_op *slice = &f->ops[f->n_ops - 1];
    const struct mil_literal *end = f->values[mil_op_arg(slice, "end")->values[0]].literal;
    cr_assert_not_null(end);
    cr_expect_eq(((const int32_t *)end->data)[0], 4);
    cr_expect_eq(((const int32_t *)end->data)[1], 2);
    char *printed = mil_print(sized, &bytes);
    cr_assert_eq(mil_parse(printed, bytes, &again, &error), 0, "%s", error.text);
    cr_expect(mil_type_equal(again->functions[0].values[again->functions[0].outputs[0]].type,
        f->values[f->outputs[0]].type));
    mil_program_free(again);
    mil_program_free(sized);
    mil_program_free(open);
    free(printed);
}

/* A place that the size does not reach is an error when the sizes are given. */
Test(mil_flexible, a_size_that_is_not_there) {
    static const char text[] =
        "program(1.3) { func main<ios18>(tensor<int32, [1, ?]> x) {"
        "  tensor<int32, [2]> sizes = shape(x = x);"
        "  int32 n = gather(x = sizes, indices = int32(5), axis = int32(0), batch_dims = int32(0),"
        "    validate_indices = bool(false));"
        "} -> (n); }";
    const struct mil_type size = {.dtype = MIL_INT32, .rank = 2, .dim = {1, 3}};
    struct mil_program *open, *sized;
    struct mil_finding *findings;
    struct mil_error error = {.text = ""};
    int n;
    cr_assert_eq(
        mil_read(text, sizeof text - 1, &open, &findings, &n, &error), 0, "%s", error.text);
    free(findings);
    cr_assert_eq(mil_program_resize(open, 0, &size, &sized, &error), -1);
    cr_expect(strstr(error.text, "index"), "%s", error.text);
    mil_program_free(open);
}
