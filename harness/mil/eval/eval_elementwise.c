/* SPDX-License-Identifier: MIT
 *
 * Operators that work on one element at a time. What is not exact in fp32 (exp, tanh, ...) is
 * computed in double, so that the result is the true one to well under fp32's last bit.
 */
#include "mil/eval/eval_ops.h"

#include "mil/fp16.h"

#include <math.h>
#include <string.h>

float eval_round(enum mil_dtype dtype, float value) {
    return dtype == MIL_FP16 ? fp16_round(value) : value;
}

/* A number as an integer type: towards zero, held within the type, NaN is 0. */
static int32_t to_int(enum mil_dtype dtype, float value) {
    if (dtype == MIL_BOOL)
        return value != 0;
    if (isnan(value))
        return 0;
    float low = dtype == MIL_INT8 ? -128 : -0x1p31f, high = dtype == MIL_INT8 ? 127 : 0x1p31f;
    if (value <= low)
        return dtype == MIL_INT8 ? -128 : INT32_MIN;
    if (value >= high)
        return dtype == MIL_INT8 ? 127 : INT32_MAX;
    return (int32_t)value;
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double gelu(double x, const char *mode) {
    if (strcmp(mode, "TANH_APPROXIMATION") == 0)
        return 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
    if (strcmp(mode, "SIGMOID_APPROXIMATION") == 0)
        return x * sigmoid(1.702 * x);
    return 0.5 * x * (1 + erf(x * sqrt(0.5)));
}

static double unary(const struct eval_step *step, double x) {
    switch (step->ref.op->code) {
    case MIL_OP_SIGMOID:
        return sigmoid(x);
    case MIL_OP_TANH:
        return tanh(x);
    case MIL_OP_RELU:
        return x < 0 ? 0 : x;
    case MIL_OP_GELU:
        return gelu(x, op_string(step->ref, "mode", "EXACT"));
    case MIL_OP_SILU:
        return x * sigmoid(x);
    case MIL_OP_EXP:
        return exp(x);
    case MIL_OP_SQRT:
        return sqrt(x);
    case MIL_OP_RSQRT:
        return 1 / sqrt(x + (double)op_float(step->ref, "epsilon", 1e-12f));
    case MIL_OP_LOG:
        return log(x + (double)op_float(step->ref, "epsilon", 1e-45f));
    default:
        return x;
    }
}

void eval_unary(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    int64_t n = mil_type_elements(type);
    for (int64_t i = 0; i < n; i++)
        step->out[i].f = eval_round(type->dtype, (float)unary(step, (double)x[i].f));
}

/* Blocks of a fixed length are vectors even where a compiler is told to spare code size. */
enum { BLOCK = 32 };

/* Whole blocks of a product, both operands without gaps; returns how many elements those are. */
static int64_t products(union mil_cell *restrict out, int64_t n, const union mil_cell *restrict x,
    const union mil_cell *restrict y) {
    int64_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        for (int j = 0; j < BLOCK; j++)
            out[i + j].f = x[i + j].f * y[i + j].f;
    return i;
}

/* One row: neighbours in the operands lie `step` apart, 0 where one element serves them all. */
static void binary_row(enum mil_opcode code, union mil_cell *out, int64_t n,
    const union mil_cell *x, int64_t x_step, const union mil_cell *y, int64_t y_step) {
    switch (code) {
    case MIL_OP_ADD:
        for (int64_t i = 0; i < n; i++)
            out[i].f = x[i * x_step].f + y[i * y_step].f;
        break;
    case MIL_OP_SUB:
        for (int64_t i = 0; i < n; i++)
            out[i].f = x[i * x_step].f - y[i * y_step].f;
        break;
    case MIL_OP_MUL:
        for (int64_t i = x_step == 1 && y_step == 1 ? products(out, n, x, y) : 0; i < n; i++)
            out[i].f = x[i * x_step].f * y[i * y_step].f;
        break;
    case MIL_OP_REAL_DIV:
        for (int64_t i = 0; i < n; i++)
            out[i].f = x[i * x_step].f / y[i * y_step].f;
        break;
    default:
        for (int64_t i = 0; i < n; i++)
            out[i].f = (float)pow((double)x[i * x_step].f, (double)y[i * y_step].f);
        break;
    }
}

/* Walks an array in row-major order, and operands beside it by their broadcast strides. */
struct walk {
    const struct mil_type *shape;
    int64_t index[MIL_RANK_MAX], stride[3][MIL_RANK_MAX], offset[3];
};

static void walk_operand(struct walk *walk, int operand, const struct mil_type *type) {
    op_broadcast_strides(type, walk->shape, walk->stride[operand]);
}

static void walk_from(struct walk *walk, int axis) {
    for (; axis >= 0; axis--) {
        bool wraps = ++walk->index[axis] == walk->shape->dim[axis];
        for (int i = 0; i < 3; i++)
            walk->offset[i] += walk->stride[i][axis] * (wraps ? 1 - walk->shape->dim[axis] : 1);
        if (!wraps)
            return;
        walk->index[axis] = 0;
    }
}

static void walk_next(struct walk *walk) {
    walk_from(walk, walk->shape->rank - 1);
}

/* From the start of a row to that of the next. */
static void walk_row(struct walk *walk) {
    walk_from(walk, walk->shape->rank - 2);
}

void eval_binary(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x"), *y = eval_operand(step, "y");
    enum mil_opcode code = step->ref.op->code;
    int64_t n = mil_type_elements(type);
    int last = type->rank - 1;
    struct walk walk = {.shape = type};
    walk_operand(&walk, 0, op_type(step->ref, "x"));
    walk_operand(&walk, 1, op_type(step->ref, "y"));
    int64_t row = type->rank > 0 ? type->dim[last] : 1;
    int64_t x_step = type->rank > 0 ? walk.stride[0][last] : 0;
    int64_t y_step = type->rank > 0 ? walk.stride[1][last] : 0;
    for (int64_t i = 0; i < n; i += row) {
        binary_row(
            code, step->out + i, row, x + walk.offset[0], x_step, y + walk.offset[1], y_step);
        walk_row(&walk);
    }
    if (type->dtype == MIL_FP16)
        fp16_rounds(&step->out->f, (size_t)n);
}

void eval_cast(const struct eval_step *step) {
    enum mil_dtype from = op_type(step->ref, "x")->dtype, to = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x");
    int64_t n = mil_type_elements(op_result_type(step->ref));
    for (int64_t i = 0; i < n; i++) {
        if (dtype_is_float(to))
            step->out[i].f = eval_round(to, dtype_is_float(from) ? x[i].f : (float)x[i].i);
        else if (dtype_is_float(from) || to != MIL_INT32)
            step->out[i].i = to_int(to, dtype_is_float(from) ? x[i].f : (float)x[i].i);
        else
            step->out[i].i = x[i].i;
    }
}

static void walk_scale(const struct eval_step *step, struct walk *walk) {
    int64_t axis = op_int(step->ref, "axis", 0);
    const char *const names[] = {"scale", "zero_point"};
    for (int i = 0; i < 2; i++) {
        const struct mil_type *type = op_type(step->ref, names[i]);
        if (type) {
            struct mil_type placed = op_channel_type(type, walk->shape, axis);
            walk_operand(walk, 1 + i, &placed);
        }
    }
}

/* round(x / scale) + zero_point, held within int8. */
void eval_quantize(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "input"), *scale = eval_operand(step, "scale");
    const union mil_cell *zero_point = eval_operand(step, "zero_point");
    int64_t n = mil_type_elements(type);
    struct walk walk = {.shape = type};
    walk_scale(step, &walk);
    for (int64_t i = 0; i < n; i++, walk_next(&walk)) {
        float steps = rintf(x[i].f / scale[walk.offset[1]].f);
        if (zero_point)
            steps += (float)zero_point[walk.offset[2]].i;
        step->out[i].i = to_int(type->dtype, steps);
    }
}

void eval_dequantize(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "input"), *scale = eval_operand(step, "scale");
    const union mil_cell *zero_point = eval_operand(step, "zero_point");
    int64_t n = mil_type_elements(type);
    struct walk walk = {.shape = type};
    walk_scale(step, &walk);
    for (int64_t i = 0; i < n; i++, walk_next(&walk)) {
        int32_t steps = x[i].i - (zero_point ? zero_point[walk.offset[2]].i : 0);
        step->out[i].f = eval_round(type->dtype, (float)steps * scale[walk.offset[1]].f);
    }
}

int eval_constexpr_dequantize(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const struct mil_attr *data = mil_op_attr(step->ref.op, "quantized_data");
    const struct mil_attr *scale = mil_op_attr(step->ref.op, "scale");
    const struct mil_attr *zero_point = mil_op_attr(step->ref.op, "zero_point");
    int64_t n = mil_type_elements(type), axis = op_int(step->ref, "axis", 0);
    struct walk walk = {.shape = type};
    struct mil_type placed = op_channel_type(&scale->literal.type, type, axis);
    if (eval_literal(step->out, &data->literal, step->weights, step->error) != 0)
        return -1;
    walk_operand(&walk, 1, &placed);
    if (zero_point) {
        placed = op_channel_type(&zero_point->literal.type, type, axis);
        walk_operand(&walk, 2, &placed);
    }
    for (int64_t i = 0; i < n; i++, walk_next(&walk)) {
        double zero = zero_point ? literal_number(&zero_point->literal, walk.offset[2]) : 0;
        double factor = literal_number(&scale->literal, walk.offset[1]);
        step->out[i].f = eval_round(type->dtype, (float)((step->out[i].i - zero) * factor));
    }
    return 0;
}
