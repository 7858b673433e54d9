/* SPDX-License-Identifier: MIT
 *
 * Whole programs, compiled, against the evaluator: conv stacks with their weights from blobs, the
 * kernels of a layer, random graphs of elementwise operators.
 */
#include "mil_image.h"
#include "mil_kernels.h"

#define HALF_STEP 0x1p-10

/* A blob file of DEPTH convolutions, one blob each, and the stack in fp32 or fp16. */
enum { DEPTH = 5, CHANNELS = 24, POSITIONS = 20 };

static struct mil_program *conv_stack(
    struct mil_blob_file *file, uint64_t offset[DEPTH], enum mil_dtype io, int positions) {
    static uint16_t half[CHANNELS * CHANNELS];
    struct mil_blob_writer *writer = mil_blob_writer_new();
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    struct mil_error error = {0};
    uint32_t state = 5;
    mil_build_function(b, "main");
    int x = mil_build_input(b, "x", mil_tensor4(io, 1, CHANNELS, 1, positions));
    if (io != MIL_FP16)
        x = mil_build_cast(b, "narrowed", x, MIL_FP16);
    for (int d = 0; d < DEPTH; d++) {
        char name[2][16];
        for (int i = 0; i < CHANNELS * CHANNELS; i++)
            half[i] = fp16_from_float(layer_random(&state) / 2);
        offset[d] = mil_blob_writer_add(writer, MIL_FP16, half, sizeof half);
        snprintf(name[0], sizeof name[0], "w%d", d);
        snprintf(name[1], sizeof name[1], "y%d", d);
        int w = mil_build_const_blob(b, name[0], mil_tensor4(MIL_FP16, CHANNELS, CHANNELS, 1, 1),
            "@model_path/weights/w.bin", offset[d]);
        x = mil_build_conv1x1(b, name[1], x, w);
    }
    if (io != MIL_FP16)
        x = mil_build_cast(b, "widened", x, io);
    mil_build_outputs(b, &x, 1);
    file->path = "@model_path/weights/w.bin";
    file->data = mil_blob_writer_finish(writer, &file->bytes);
    struct mil_program *program = mil_builder_finish(b, &error);
    cr_assert(program && file->data, "%s", error.text);
    return program;
}

/* Also: where the weights are in the constants, that they are what the blob says, and that the
 * image computes with what is there (the constants of an image are its weights). */
Test(mil_emit_programs, conv_stack) {
    struct mil_blob_file file;
    uint64_t offset[DEPTH];
    struct mil_program *program = conv_stack(&file, offset, MIL_FP32, POSITIONS);
    struct mil_weights weights = {&file, 1};
    struct image image;
    image_open(&image, program, weights);
    image_compare(&image, 0, 1, 0);
    cr_assert_eq(image.emission.n_blobs, DEPTH);
    for (int d = 0; d < DEPTH; d++) {
        const struct mil_constant *blob = &image.emission.blobs[d];
        struct mil_blob source;
        cr_assert_eq(mil_blob_read(&file, offset[d], &source, NULL), 0);
        cr_assert_str_eq(blob->blob_path, file.path);
        cr_assert_eq(blob->blob_offset, offset[d]);
        cr_assert_eq(blob->source_dtype, MIL_FP16);
        cr_assert_eq(blob->elements, CHANNELS * CHANNELS);
        cr_assert_eq(blob->constants_offset % 64, 0);
        const float *baked =
            (const float *)(const void *)(image.code->constants + blob->constants_offset);
        for (int i = 0; i < CHANNELS * CHANNELS; i++)
            cr_assert(baked[i] == fp16_to_float(((const uint16_t *)source.data)[i]));
    }
    /* two buffers take turns, and one fp32 input is read in place */
    cr_assert_leq(image.code->functions[0].arena_bytes, 2 * CHANNELS * POSITIONS * 4);
    image_close(&image);
    mil_program_free(program);
    free((void *)file.data);
}

/* Of one position: the matrices stay as the blobs have them. */
Test(mil_emit_programs, matrices_by_a_vector) {
    struct mil_blob_file file;
    uint64_t offset[DEPTH];
    struct mil_program *program = conv_stack(&file, offset, MIL_FP16, 1);
    struct image image;
    image_open(&image, program, (struct mil_weights){&file, 1});
    image_compare(&image, 0, 1, 0);
    cr_assert_eq(image.emission.n_blobs, DEPTH);
    for (int d = 0; d < DEPTH; d++) {
        const struct mil_constant *blob = &image.emission.blobs[d];
        struct mil_blob source;
        cr_assert_eq(mil_blob_read(&file, offset[d], &source, NULL), 0);
        cr_assert(blob->is_half);
        cr_assert_eq(blob->constants_offset % 64, 0);
        cr_assert_eq(
            memcmp(image.code->constants + blob->constants_offset, source.data, source.bytes), 0);
    }
    cr_assert_lt(image.code->constants_bytes, DEPTH * (CHANNELS * CHANNELS * 2 + 64) + 128);
    image_close(&image);
    mil_program_free(program);
    free((void *)file.data);
}

/* Each of three weights once as a matrix by a vector; the second and third also elsewhere: added to something,
 * and by two vectors. Then linear, and both sides of matmul. */
Test(mil_emit_programs, matrices_by_a_vector_and_more) {
    enum { ROWS = 7, COLUMNS = 37 };
    uint16_t half[ROWS * COLUMNS];
    uint64_t at[3];
    struct mil_blob_writer *writer = mil_blob_writer_new();
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    struct mil_blob_file file = {.path = WEIGHTS_PATH};
    struct mil_error error = {0};
    uint32_t state = 11;
    int w[3], y[8];
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < ROWS * COLUMNS; k++)
            half[k] = fp16_from_float(layer_random(&state));
        at[i] = mil_blob_writer_add(writer, MIL_FP16, half, sizeof half);
    }
    mil_build_function(b, "main");
    const struct mil_type matrix = {
        .kind = MIL_TENSOR, .dtype = MIL_FP16, .rank = 2, .dim = {ROWS, COLUMNS}};
    struct mil_type vector = matrix, column = matrix, pair = matrix;
    vector.dim[0] = 1;
    column.dim[0] = COLUMNS;
    column.dim[1] = 1;
    pair.dim[0] = 2;
    const int row = mil_build_input(b, "row", vector), tall = mil_build_input(b, "tall", column),
              two = mil_build_input(b, "two", pair), all = mil_build_input(b, "all", matrix);
    for (int i = 0; i < 3; i++) {
        const char name[] = {'w', (char)('0' + i), '\0'};
        w[i] = mil_build_const_blob(b, name, matrix, WEIGHTS_PATH, at[i]);
    }
    y[0] = mil_build_matmul(b, "y0", w[0], tall, false, false);
    y[1] = mil_build_matmul(b, "y1", row, w[0], false, true);
    y[2] = mil_build_matmul(b, "y2", w[1], tall, false, false);
    y[3] = mil_build_binary(b, MIL_OP_ADD, "y3", w[1], all);
    y[4] = mil_build_matmul(b, "y4", row, w[2], false, true);
    y[5] = mil_build_matmul(b, "y5", two, w[2], false, true);
    mil_build_outputs(b, y, 6);
    file.data = mil_blob_writer_finish(writer, &file.bytes);
    struct mil_program *program = mil_builder_finish(b, &error);
    cr_assert(program && file.data, "%s", error.text);
    struct image image;
    image_open(&image, program, (struct mil_weights){&file, 1});
    image_compare(&image, 0, 1, 0);
    cr_assert_eq(image.emission.n_blobs, 3);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(image.emission.blobs[i].is_half, i == 0);
    image_close(&image);
    mil_program_free(program);
    free((void *)file.data);
}

/* In fp32 but of fp16 numbers: a cast keeps them, and fp32 weights stay as they are. */
Test(mil_emit_programs, matrices_cast_by_a_vector) {
    enum { ROWS = 70, COLUMNS = 37 };
    uint16_t half[ROWS * COLUMNS];
    struct mil_blob_writer *writer = mil_blob_writer_new();
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    struct mil_blob_file file = {.path = WEIGHTS_PATH};
    struct mil_error error = {0};
    struct mil_type matrix = {
        .kind = MIL_TENSOR, .dtype = MIL_FP16, .rank = 2, .dim = {ROWS, COLUMNS}};
    struct mil_type vector = {
        .kind = MIL_TENSOR, .dtype = MIL_FP32, .rank = 2, .dim = {1, COLUMNS}};
    uint32_t state = 13;
    for (int k = 0; k < ROWS * COLUMNS; k++)
        half[k] = fp16_from_float(layer_random(&state));
    const uint64_t at = mil_blob_writer_add(writer, MIL_FP16, half, sizeof half);
    mil_build_function(b, "main");
    const int row = mil_build_input(b, "row", vector);
    const int w = mil_build_const_blob(b, "w", matrix, WEIGHTS_PATH, at);
    const int wide = mil_build_cast(b, "wide", w, MIL_FP32);
    const int y = mil_build_matmul(b, "y", row, wide, false, true);
    mil_build_outputs(b, &y, 1);
    file.data = mil_blob_writer_finish(writer, &file.bytes);
    struct mil_program *program = mil_builder_finish(b, &error);
    cr_assert(program && file.data, "%s", error.text);
    struct image image;
    image_open(&image, program, (struct mil_weights){&file, 1});
    image_compare(&image, 0, 1, 0);
    cr_expect_lt(image.code->constants_bytes, sizeof half + 3 * 64);
    image_close(&image);
    mil_program_free(program);
    free((void *)file.data);
}

Test(mil_emit_programs, kernels_of_a_layer) {
    struct layer layer;
    struct image image;
    layer_open(&layer);
    image_open(&image, layer.program, layer.weights);
    for (int f = 0; f < KERNELS; f++)
        image_compare(&image, f, 1, 2 * HALF_STEP);
    image_close(&image);
    layer_close(&layer);
}

/* Weights of one file that several functions use are in the constants once. */
Test(mil_emit_programs, blobs_are_shared) {
    struct layer layer;
    struct mil_emission emission;
    static const unsigned char mark[64] = {1};
    struct mil_error error = {0};
    layer_open(&layer);
    cr_assert_eq(mil_emit(layer.program, &layer.weights, mark, "k", &emission, &error), 0);
    for (int i = 0; i < emission.n_blobs; i++)
        for (int j = 0; j < i; j++)
            cr_assert_neq(emission.blobs[i].blob_offset, emission.blobs[j].blob_offset);
    mil_emission_free(&emission);
    layer_close(&layer);
}

/* Random graphs: values of three shapes that stretch to each other, chains with branches, several
 * outputs, exact operators only, so that every number must agree to the bit. */
enum { GRAPHS = 14, GRAPH_OPS = 40 };

static int random_below(uint32_t *state, int n) {
    *state = *state * 1664525u + 1013904223u;
    return (int)((*state >> 16) % (uint32_t)n);
}

static int random_op(struct mil_builder *b, const char *name, enum mil_dtype dtype,
    const int *values, int n_values, uint32_t *state) {
    static const enum mil_opcode two[] = {MIL_OP_ADD, MIL_OP_SUB, MIL_OP_MUL, MIL_OP_REAL_DIV};
    static const int32_t flat[] = {1, 1, 6, 20}, tall[] = {1, 6, 1, 20};
    char other[40];
    int x = values[random_below(state, n_values)], y = values[random_below(state, n_values)];
    switch (random_below(state, 8)) {
    case 0:
        return mil_build_unary(b, MIL_OP_RELU, name, x);
    case 1: /* there and back, rounding on the way */
        snprintf(other, sizeof other, "%s_cast", name);
        return mil_build_cast(
            b, name, mil_build_cast(b, other, x, dtype == MIL_FP16 ? MIL_FP32 : MIL_FP16), dtype);
    case 2: /* the same memory under another shape, or turned */
        if (mil_build_type(b, x).dim[1] == 6 && mil_build_type(b, x).dim[3] == 20)
            return random_below(state, 2) ? mil_build_reshape(b, name,
                                                (snprintf(other, sizeof other, "%s_flat", name),
                                                    mil_build_reshape(b, other, x, flat, 4)),
                                                tall, 4)
                                          : mil_build_binary(b, MIL_OP_ADD, name, x, x);
        return mil_build_unary(b, MIL_OP_IDENTITY, name, x);
    default:
        return mil_build_binary(b, two[random_below(state, 4)], name, x, y);
    }
}

static void random_graph(struct mil_builder *b, int graph) {
    uint32_t state = 1000u + (uint32_t)graph;
    enum mil_dtype dtype = graph % 2 ? MIL_FP16 : MIL_FP32;
    int values[GRAPH_OPS + 4], n = 0, outputs[4];
    char name[32];
    snprintf(name, sizeof name, "graph%d", graph);
    mil_build_function(b, name);
    values[n++] = mil_build_input(b, "full", mil_tensor4(dtype, 1, 6, 1, 20));
    values[n++] = mil_build_input(b, "column", mil_tensor4(dtype, 1, 6, 1, 1));
    values[n++] = mil_build_input(b, "row", mil_tensor4(dtype, 1, 1, 1, 20));
    values[n++] = mil_build_scalar(b, "scalar", dtype, 0.75);
    for (int i = 0; i < GRAPH_OPS; i++) {
        snprintf(name, sizeof name, "v%d", i);
        values[n] = random_op(b, name, dtype, values, n, &state);
        n++;
    }
    outputs[0] = values[n - 1];
    for (int i = 1; i < 4; i++)
        outputs[i] = values[3 + random_below(&state, n - 3)];
    mil_build_outputs(b, outputs, 4);
}

Test(mil_emit_programs, random_graphs) {
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    struct mil_error error = {0};
    const struct mil_weights none = {0};
    struct image image;
    for (int i = 0; i < GRAPHS; i++)
        random_graph(b, i);
    struct mil_program *program = mil_builder_finish(b, &error);
    cr_assert(program, "%s", error.text);
    image_open(&image, program, none);
    for (int i = 0; i < GRAPHS; i++)
        image_compare(&image, i, 3, 0);
    image_close(&image);
    mil_program_free(program);
}
