/* SPDX-License-Identifier: MIT */
#include "train/kernel/kernel_build.h"

#include <math.h>
#include <stdio.h>

const char *kernel_name(struct kernel *k) {
    snprintf(k->name, sizeof k->name, "v%d", k->n_names++);
    return k->name;
}

int kernel_scalar(struct kernel *k, double value) {
    return mil_build_scalar(k->b, kernel_name(k), k->dtype, value);
}

int kernel_two(struct kernel *k, enum mil_opcode code, int x, int y) {
    return mil_build_binary(k->b, code, kernel_name(k), x, y);
}

int kernel_shaped(struct kernel *k, int x, int c, int h, int w) {
    const int32_t shape[] = {1, c, h, w};
    return mil_build_reshape(k->b, kernel_name(k), x, shape, 4);
}

int kernel_part(struct kernel *k, int x, int axis, int first, int n) {
    struct mil_type type = mil_build_type(k->b, x);
    int32_t begin[4] = {0}, size[4] = {0};
    for (int i = 0; i < 4; i++)
        size[i] = (int32_t)type.dim[i];
    begin[axis] = first;
    size[axis] = n;
    return mil_build_slice(k->b, kernel_name(k), x, begin, size, 4);
}

int kernel_table(struct kernel *k, const char *file, int h, int w) {
    char path[64];
    snprintf(path, sizeof path, "@model_path/weights/%s.bin", file);
    return mil_build_const_blob(
        k->b, kernel_name(k), mil_tensor4(MIL_FP16, 1, 1, h, w), path, TRAIN_BLOB_OFFSET);
}

static int block_cut(struct kernel *k, const struct train_block *block) {
    const int32_t begin[] = {0, block->first_row, 0, block->first_column};
    const int32_t size[] = {1, block->rows, 1, block->columns};
    if (block->rows == k->layout.input.dim[1] && block->columns == k->layout.input.dim[3])
        return k->input;
    return mil_build_slice(k->b, kernel_name(k), k->input, begin, size, 4);
}

int kernel_block(struct kernel *k, int i) {
    return block_cut(k, &k->layout.in[i]);
}

static int weight_index(const struct kernel *k, enum train_tensor tensor) {
    int i = 0;
    while (i < k->layout.n_weights - 1 && k->layout.weights[i].tensor != tensor)
        i++;
    return i;
}

/* The tensor as [1,rows,1,columns] of the input, or as a constant in the shape that conv and norms
 * take, [rows,columns,1,1]. */
static int weight(struct kernel *k, enum train_tensor tensor, bool transposed) {
    struct train_extent e = train_tensor_extent(k->shape, tensor);
    char path[64];
    if (k->weight)
        return k->weight(k, tensor);
    if (k->place == TRAIN_WEIGHTS_INPUT)
        return block_cut(k, &k->layout.weights[weight_index(k, tensor)].block);
    snprintf(path, sizeof path, "@model_path/weights/%s%s.bin", train_tensor_name(tensor),
        transposed ? "_t" : "");
    int rows = transposed ? e.columns : e.rows, columns = transposed ? e.rows : e.columns;
    return mil_build_const_blob(
        k->b, kernel_name(k), mil_tensor4(MIL_FP16, rows, columns, 1, 1), path, TRAIN_BLOB_OFFSET);
}

int kernel_linear(struct kernel *k, enum train_tensor tensor, bool transposed, int x) {
    struct train_extent e = train_tensor_extent(k->shape, tensor);
    int w = weight(k, tensor, transposed), seq = k->shape->seq;
    if (k->place == TRAIN_WEIGHTS_BAKED)
        return mil_build_conv1x1(k->b, kernel_name(k), x, w);
    bool stored = k->layout.weights[weight_index(k, tensor)].transposed;
    int rows = stored ? e.columns : e.rows, columns = stored ? e.rows : e.columns;
    int in = transposed ? e.rows : e.columns, out = transposed ? e.columns : e.rows;
    w = kernel_shaped(k, w, 1, rows, columns);
    x = kernel_shaped(k, x, 1, in, seq);
    int y = mil_build_matmul(k->b, kernel_name(k), w, x, stored != transposed, false);
    return kernel_shaped(k, y, out, 1, seq);
}

/* x / sqrt(mean(x^2) + epsilon) * w. The largest |x| of a position is divided out first: plain sums of
 * squares would overflow fp16 above a root mean square of 9.2 at 768 channels, and be subnormal for
 * a new model's embedding. With m = max|x| + 2^-8 (so that 1/m is at most 256) and y = x / m this
 * is y / sqrt(mean(y^2) + (sqrt(epsilon) / m)^2); no constant is subnormal. The larger of max(x) and
 * max(-x) is a + relu(b - a), since no source shows maximum or abs on the engine. */
int kernel_norm(struct kernel *k, enum train_tensor tensor, int x) {
    struct mil_builder *b = k->b;
    int negative = kernel_two(k, MIL_OP_MUL, x, kernel_scalar(k, -1));
    int above = mil_build_reduce(b, MIL_OP_REDUCE_MAX, kernel_name(k), x, 1);
    int below = mil_build_reduce(b, MIL_OP_REDUCE_MAX, kernel_name(k), negative, 1);
    int excess = kernel_two(k, MIL_OP_SUB, below, above);
    excess = mil_build_unary(b, MIL_OP_RELU, kernel_name(k), excess);
    int largest = kernel_two(k, MIL_OP_ADD, above, excess);
    largest = kernel_two(k, MIL_OP_ADD, largest, kernel_scalar(k, 0x1p-8));
    int inverse = kernel_two(k, MIL_OP_REAL_DIV, kernel_scalar(k, 1), largest);
    int y = kernel_two(k, MIL_OP_MUL, x, inverse);
    int squares = kernel_two(k, MIL_OP_MUL, y, y);
    int sum = mil_build_reduce(b, MIL_OP_REDUCE_SUM, kernel_name(k), squares, 1);
    int mean = kernel_two(k, MIL_OP_MUL, sum, kernel_scalar(k, 1.0 / k->shape->dim));
    int root = kernel_two(k, MIL_OP_MUL, inverse, kernel_scalar(k, sqrt(k->epsilon)));
    int safe = kernel_two(k, MIL_OP_ADD, mean, kernel_two(k, MIL_OP_MUL, root, root));
    int scale = kernel_two(k, MIL_OP_POW, safe, kernel_scalar(k, -0.5));
    int w = kernel_shaped(k, weight(k, tensor, false), k->shape->dim, 1, 1);
    return kernel_two(k, MIL_OP_MUL, kernel_two(k, MIL_OP_MUL, y, scale), w);
}

void kernel_output(struct kernel *k, const int *values, int n) {
    int result = n == 1 ? values[0] : mil_build_concat(k->b, kernel_name(k), values, n, 1);
    mil_build_outputs(k->b, &result, 1);
}
