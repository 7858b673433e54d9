/* SPDX-License-Identifier: MIT
 *
 * What the evaluator does otherwise for large arrays has the bits of the plain way: products of any size and
 * layout, weights that are read from their file, bytes by a table.
 */
#include "measure/random.h"
#include "mil/eval/eval.h"
#include "mil/eval/eval_ops.h"
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 80, MOST_CELLS = MOST * MOST };

static float number(uint64_t *random) {
    return (float)(random_unit(random) * 2 - 1);
}

static struct eval_matrix matrix_fill(
    union mil_cell *cells, int64_t rows, int64_t columns, bool transposed, uint64_t *random) {
    for (int64_t i = 0; i < rows * columns; i++)
        cells[i].f = number(random);
    return transposed ? (struct eval_matrix){cells, 1, rows}
                      : (struct eval_matrix){cells, columns, 1};
}

Test(mil_eval_large, a_product_adds_up_in_order_whatever_its_shape) {
    static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 35, 67};
    enum { N = sizeof sizes / sizeof *sizes };
    static union mil_cell a[MOST_CELLS], b[MOST_CELLS];
    static float c[MOST_CELLS];
    uint64_t random = 3;
    for (int shape = 0; shape < N * N * 4; shape++) {
        const int64_t m = sizes[shape / 4 % N], n = sizes[shape / 4 / N], k = 1 + shape % 29;
        const struct eval_matrix x = matrix_fill(a, m, k, shape & 1, &random);
        const struct eval_matrix y = matrix_fill(b, k, n, shape & 2, &random);
        memset(c, 0xFF, sizeof c);
        eval_gemm(m, n, k, x, y, c);
        for (int64_t i = 0; i < m * n; i++) {
            float sum = 0;
            for (int64_t s = 0; s < k; s++)
                sum += x.cells[i / n * x.row_step + s * x.column_step].f *
                       y.cells[s * y.row_step + i % n * y.column_step].f;
            cr_assert_eq(c[i], sum, "%d x %d x %d, %d: element %d", (int)m, (int)n, (int)k,
                shape % 4, (int)i);
        }
        cr_assert(m * n == MOST_CELLS || c[m * n] != c[m * n], "nothing past the end");
    }
}

/* y of a program with these weights and x; the program is a text with one %s for what comes before y. */
static void run(const char *text, const struct mil_blob_file *file, const void *x, void *y) {
    const struct mil_weights weights = {file, file ? 1 : 0};
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    cr_assert_eq(mil_parse(text, strlen(text), &program, &error), 0, "%s", error.text);
    cr_assert_eq(mil_eval(program, 0, &weights, &x, &y, &error), 0, "%s", error.text);
    mil_program_free(program);
}

static struct mil_blob_file file_make(enum mil_dtype dtype, const void *data, size_t bytes) {
    struct mil_blob_writer *writer = mil_blob_writer_new();
    size_t file_bytes;
    mil_blob_writer_add(writer, dtype, data, bytes);
    void *file = mil_blob_writer_finish(writer, &file_bytes);
    cr_assert_not_null(file);
    return (struct mil_blob_file){
        .path = "@model_path/weights/w.bin", .data = file, .bytes = file_bytes};
}

#define BLOB "(BLOBFILE(path=string(\"@model_path/weights/w.bin\"),offset=uint64(64)))"
#define CONV                                                                                       \
    "tensor<fp16,[1,%d,1,%d]> y=conv(x=x,weight=%s,strides=tensor<int32,[2]>([1,1]),"              \
    "pad_type=string(\"valid\"),pad=tensor<int32,[4]>([0,0,0,0]),dilations=tensor<int32,[2]>([1,"  \
    "1]),"                                                                                         \
    "groups=int32(1))[name=string(\"y\")];}->(y);}"

/* Weights that are the convolution's own are read from their file; computed ones have cells. */
Test(mil_eval_large, weights_from_the_file_are_those_with_cells) {
    enum { OUTPUTS = 131, INPUTS = 40 };
    static const int planes[] = {1, 5, 33};
    static uint16_t w[OUTPUTS * INPUTS], x[INPUTS * 33], y[2][OUTPUTS * 33];
    uint64_t random = 5;
    for (size_t i = 0; i < sizeof w / sizeof *w; i++)
        w[i] = fp16_from_float(number(&random));
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = fp16_from_float(number(&random));
    const struct mil_blob_file file = file_make(MIL_FP16, w, sizeof w);
    for (int p = 0; p < 3; p++)
        for (int way = 0; way < 2; way++) {
            char text[1400];
            snprintf(text, sizeof text,
                "program(1.3){func main<ios18>(tensor<fp16,[1,%d,1,%d]> x){"
                "tensor<fp16,[%d,%d,1,1]> "
                "w=const()[name=string(\"w\"),val=tensor<fp16,[%d,%d,1,1]>" BLOB
                "];tensor<fp16,[%d,%d,1,1]> v=mul(x=w,y=fp16(1))[name=string(\"v\")];" CONV,
                INPUTS, planes[p], OUTPUTS, INPUTS, OUTPUTS, INPUTS, OUTPUTS, INPUTS, OUTPUTS,
                planes[p], way ? "v" : "w");
            run(text, &file, x, y[way]);
            cr_assert(way == 0 || memcmp(y[0], y[1],
                                      (size_t)OUTPUTS * (size_t)planes[p] * sizeof(uint16_t)) == 0);
            cr_assert_neq(y[way][OUTPUTS * planes[p] - 1], 0);
        }
    free((void *)file.data);
}

/* One scale, or one for each of the first axis; of signed bytes and of unsigned ones. */
Test(mil_eval_large, bytes_by_a_table_are_those_one_by_one) {
    enum { ROWS = 3, COLUMNS = 100, N = ROWS * COLUMNS };
    unsigned char bytes[N];
    uint16_t x[N] = {0}, y[2][N];
    for (int way = 0; way < 4; way++) {
        const bool is_signed = way & 1;
        const char *const type = is_signed ? "int8" : "uint8";
        char list[N * 5] = "", scale[120], text[N * 5 + 800];
        size_t n = 0;
        for (int i = 0; i < N; i++) {
            bytes[i] = (unsigned char)(i * 7);
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%d", i > 0 ? "," : "",
                is_signed ? (int)(int8_t)bytes[i] : (int)bytes[i]);
        }
        const struct mil_blob_file file = file_make(is_signed ? MIL_INT8 : MIL_UINT8, bytes, N);
        if (way < 2)
            snprintf(scale, sizeof scale, "scale=fp16(0.013),zero_point=%s(7)", type);
        else
            snprintf(scale, sizeof scale,
                "scale=tensor<fp16,[3]>([0.013,1.5,-2]),zero_point=tensor<%s,[3]>([7,0,100])",
                type);
        for (int form = 0; form < 2; form++) {
            snprintf(text, sizeof text,
                "program(1.3){func main<ios18>(tensor<fp16,[3,100]> x){tensor<fp16,[3,100]> w="
                "constexpr_affine_dequantize()[name=string(\"w\"),axis=int32(0),%s,"
                "quantized_data=tensor<%s,[3,100]>%s%s%s];"
                "tensor<fp16,[3,100]> y=add(x=x,y=w)[name=string(\"y\")];}->(y);}",
                scale, type, form ? "([" : "", form ? list : BLOB, form ? "])" : "");
            run(text, form ? NULL : &file, x, y[form]);
        }
        cr_assert_arr_eq(y[0], y[1], sizeof y[0]);
        cr_assert(y[0][N - 1] != y[0][N - 2]);
        free((void *)file.data);
    }
}

/* Elements of a few bits, of a number that fills no byte. */
Test(mil_eval_large, packed_elements_are_unpacked) {
    static const struct {
        enum mil_dtype dtype;
        int bits;
    } types[] = {{MIL_UINT1, 1}, {MIL_UINT2, 2}, {MIL_UINT3, 3}, {MIL_UINT4, 4}, {MIL_UINT6, 6},
        {MIL_INT4, 4}};
    enum { N = 13 };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const int bits = types[t].bits;
        const struct mil_type type = {.dtype = types[t].dtype, .rank = 1, .dim = {N}};
        const struct mil_literal literal = {
            .type = &type, .blob_path = "@model_path/weights/w.bin", .blob_offset = 64};
        unsigned char packed[N] = {0};
        union mil_cell cells[N];
        struct mil_error error = {.text = ""};
        for (int i = 0; i < N; i++)
            for (int b = 0; b < bits; b++)
                packed[(i * bits + b) / 8] |= (unsigned char)((i * 11 + 10) >> b & 1)
                                              << (i * bits + b) % 8;
        const struct mil_blob_file file =
            file_make(types[t].dtype, packed, ((size_t)N * (size_t)bits + 7) / 8);
        const struct mil_weights weights = {&file, 1};
        cr_assert_eq(eval_literal(cells, &literal, &weights, &error), 0, "%s", error.text);
        for (int i = 0; i < N; i++) {
            const int value = (i * 11 + 10) & ((1 << bits) - 1);
            cr_assert_eq(cells[i].i, types[t].dtype == MIL_INT4 && value >= 8 ? value - 16 : value,
                "type %d: element %d", (int)t, i);
        }
        free((void *)file.data);
    }
}

Test(mil_eval_large, an_index_beyond_the_palette_is_refused) {
    static const char text[] =
        "program(1.3){func main<ios18>(tensor<fp16,[2]> x){tensor<fp16,[2]> w="
        "constexpr_lut_to_dense(indices=tensor<uint2,[2]>([2,3]),lut=tensor<fp16,[1,3,1]>([[[1],"
        "[2],[4]]]))[name=string(\"w\")];tensor<fp16,[2]> "
        "y=add(x=x,y=w)[name=string(\"y\")];}->(y);}";
    const uint16_t x[2] = {0};
    uint16_t y[2];
    const void *in = x;
    void *out = y;
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    cr_assert_eq(mil_parse(text, strlen(text), &program, &error), 0, "%s", error.text);
    cr_assert_eq(mil_eval(program, 0, NULL, &in, &out, &error), -1);
    cr_assert(strstr(error.text, "beyond the palette"), "%s", error.text);
    mil_program_free(program);
}
