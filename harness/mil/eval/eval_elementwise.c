/* SPDX-License-Identifier: MIT
 *
 * Operators that work on one element at a time. Functions that are inexact in fp32 (exp, tanh, ...)
 * are computed in double, so that the error is well below fp32's last bit.
 */
#include "mil/eval/eval_ops.h"

#include "mil/fp16.h"

#include <math.h>
#include <string.h>

float eval_round(enum mil_dtype dtype, float value) {
    return dtype == MIL_FP16 ? fp16_round(value) : value;
}

int32_t eval_to_int(enum mil_dtype dtype, float value) {
    int64_t low, high;
    if (dtype == MIL_BOOL)
        return value != 0;
    if (isnan(value))
        return 0;
    mil_dtype_range(dtype, &low, &high);
    if (value <= (float)low)
        return (int32_t)low;
    if (value >= (float)high)
        return (int32_t)high;
    return (int32_t)value;
}

void eval_set(union mil_cell *cell, enum mil_dtype dtype, double value) {
    if (dtype_is_float(dtype))
        cell->f = eval_round(dtype, (float)value);
    else
        cell->i = (int32_t)value;
}

double eval_get(const union mil_cell *cell, enum mil_dtype dtype) {
    return dtype_is_float(dtype) ? (double)cell->f : cell->i;
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double softplus(double x) {
    return x > 30 ? x : log1p(exp(x));
}

static double gelu(double x, const char *mode) {
    if (strcmp(mode, "TANH_APPROXIMATION") == 0)
        return 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
    if (strcmp(mode, "SIGMOID_APPROXIMATION") == 0)
        return x * sigmoid(1.702 * x);
    return 0.5 * x * (1 + erf(x * sqrt(0.5)));
}

static double held(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

/* alpha and beta of an operator that has them. */
struct settings {
    double alpha, beta, epsilon;
    const char *mode;
};

static double unary(enum mil_opcode code, const struct settings *s, double x) {
    double a = s->alpha, b = s->beta;
    switch (code) {
    case MIL_OP_ABS:
        return fabs(x);
    case MIL_OP_ACOS:
        return acos(x);
    case MIL_OP_ASIN:
        return asin(x);
    case MIL_OP_ATAN:
        return atan(x);
    case MIL_OP_ATANH:
        return atanh(x);
    case MIL_OP_CEIL:
        return ceil(x);
    case MIL_OP_CLAMPED_RELU:
        x = x < 0 ? a * x : x;
        return x > b ? b : x;
    case MIL_OP_CLIP:
        return held(x, a, b);
    case MIL_OP_COS:
        return cos(x);
    case MIL_OP_COSH:
        return cosh(x);
    case MIL_OP_ELU:
        return x < 0 ? a * expm1(x) : x;
    case MIL_OP_ERF:
        return erf(x);
    case MIL_OP_EXP:
        return exp(x);
    case MIL_OP_EXP2:
        return exp2(x);
    case MIL_OP_FLOOR:
        return floor(x);
    case MIL_OP_GELU:
        return gelu(x, s->mode);
    case MIL_OP_INVERSE:
        return 1 / (x + s->epsilon);
    case MIL_OP_LEAKY_RELU:
    case MIL_OP_PRELU:
        return x < 0 ? a * x : x;
    case MIL_OP_LINEAR_ACTIVATION:
        return a * x + b;
    case MIL_OP_LOG:
        return log(x + s->epsilon);
    case MIL_OP_LOGICAL_NOT:
        return x == 0;
    case MIL_OP_RELU:
        return x < 0 ? 0 : x;
    case MIL_OP_RELU6:
        return held(x, 0, 6);
    case MIL_OP_ROUND:
        return rint(x);
    case MIL_OP_RSQRT:
        return 1 / sqrt(x + s->epsilon);
    case MIL_OP_SCALED_TANH:
        return a * tanh(b * x);
    case MIL_OP_SIGMOID:
        return sigmoid(x);
    case MIL_OP_SIGMOID_HARD:
        return held(a * x + b, 0, 1);
    case MIL_OP_SIGN:
        return (x > 0) - (x < 0);
    case MIL_OP_SILU:
        return x * sigmoid(x);
    case MIL_OP_SIN:
        return sin(x);
    case MIL_OP_SINH:
        return sinh(x);
    case MIL_OP_SOFTPLUS:
        return softplus(x);
    case MIL_OP_SOFTPLUS_PARAMETRIC:
        return a * softplus(b * x);
    case MIL_OP_SOFTSIGN:
        return x / (1 + fabs(x));
    case MIL_OP_SQRT:
        return sqrt(x);
    case MIL_OP_SQUARE:
        return x * x;
    case MIL_OP_TAN:
        return tan(x);
    case MIL_OP_TANH:
        return tanh(x);
    case MIL_OP_THRESHOLD:
        return x < a ? a : x;
    case MIL_OP_THRESHOLDED_RELU:
        return x < a ? 0 : x;
    default:
        return x;
    }
}

static double epsilon_absent(enum mil_opcode code) {
    return code == MIL_OP_INVERSE ? (double)1e-4f
           : code == MIL_OP_LOG   ? (double)1e-45f
                                  : (double)1e-12f;
}

int eval_unary(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    enum mil_opcode code = step->ref.op->code;
    const struct settings settings = {.alpha = op_number(step->ref, "alpha", 0),
        .beta = op_number(step->ref, "beta", 0),
        .epsilon = op_number(step->ref, "epsilon", epsilon_absent(code)),
        .mode = op_string(step->ref, "mode", "EXACT")};
    bool by_channel = code == MIL_OP_PRELU || code == MIL_OP_SOFTPLUS_PARAMETRIC;
    const union mil_cell *alpha = by_channel ? eval_operand(step, "alpha") : NULL;
    const union mil_cell *beta = by_channel ? eval_operand(step, "beta") : NULL;
    int64_t n = mil_type_elements(type), inner = 1;
    for (int i = 2; i < type->rank; i++)
        inner *= type->dim[i];
    for (int64_t i = 0; i < n; i++) {
        struct settings s = settings;
        if (alpha)
            s.alpha = (double)alpha[i / inner % type->dim[1]].f;
        if (beta)
            s.beta = (double)beta[i / inner % type->dim[1]].f;
        eval_set(&step->out[i], type->dtype, unary(code, &s, eval_get(&x[i], type->dtype)));
    }
    return 0;
}

/* Loops of a fixed length are vectorised even when the compiler optimises for size. */
enum { BLOCK = 32 };

/* The whole blocks of a product, both operands contiguous; returns the number of elements done. */
static int64_t products(union mil_cell *restrict out, int64_t n, const union mil_cell *restrict x,
    const union mil_cell *restrict y) {
    int64_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        for (int j = 0; j < BLOCK; j++)
            out[i + j].f = x[i + j].f * y[i + j].f;
    return i;
}

/* One row: neighbours in an operand are `step` apart, 0 when one element is broadcast. */
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
    case MIL_OP_MAXIMUM:
        for (int64_t i = 0; i < n; i++)
            out[i].f = x[i * x_step].f > y[i * y_step].f ? x[i * x_step].f : y[i * y_step].f;
        break;
    case MIL_OP_MINIMUM:
        for (int64_t i = 0; i < n; i++)
            out[i].f = x[i * x_step].f < y[i * y_step].f ? x[i * x_step].f : y[i * y_step].f;
        break;
    case MIL_OP_FLOOR_DIV:
        for (int64_t i = 0; i < n; i++)
            out[i].f = floorf(x[i * x_step].f / y[i * y_step].f);
        break;
    case MIL_OP_MOD:
        for (int64_t i = 0; i < n; i++) {
            float a = x[i * x_step].f, b = y[i * y_step].f, rest = fmodf(a, b);
            out[i].f = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
        }
        break;
    default:
        for (int64_t i = 0; i < n; i++)
            out[i].f = (float)pow((double)x[i * x_step].f, (double)y[i * y_step].f);
        break;
    }
}

/* Integers: sums and products wrap; division by zero and overflow give 0. */
static int32_t integer(enum mil_opcode code, int32_t x, int32_t y) {
    int64_t a = x, b = y, quotient = b == 0 ? 0 : a / b;
    bool rounds_down = b != 0 && a % b != 0 && (a < 0) != (b < 0);
    switch (code) {
    case MIL_OP_ADD:
        return (int32_t)(uint32_t)(a + b);
    case MIL_OP_SUB:
        return (int32_t)(uint32_t)(a - b);
    case MIL_OP_MUL:
        return (int32_t)(uint32_t)((uint64_t)a * (uint64_t)b);
    case MIL_OP_MAXIMUM:
        return x > y ? x : y;
    case MIL_OP_MINIMUM:
        return x < y ? x : y;
    case MIL_OP_REAL_DIV: /* for integers, the same as floor_div */
    case MIL_OP_FLOOR_DIV:
        return (int32_t)(uint32_t)(quotient - rounds_down);
    case MIL_OP_MOD:
        return b == 0 ? 0 : (int32_t)(a - (quotient - rounds_down) * b);
    default:
        return eval_to_int(MIL_INT32, (float)pow((double)x, (double)y));
    }
}

static void integer_row(enum mil_opcode code, union mil_cell *out, int64_t n,
    const union mil_cell *x, int64_t x_step, const union mil_cell *y, int64_t y_step) {
    for (int64_t i = 0; i < n; i++)
        out[i].i = integer(code, x[i * x_step].i, y[i * y_step].i);
}

void eval_walk_operand(struct eval_walk *walk, int operand, const struct mil_type *type) {
    op_broadcast_strides(type, walk->shape, walk->stride[operand]);
}

static void walk_from(struct eval_walk *walk, int axis) {
    for (; axis >= 0; axis--) {
        bool wraps = ++walk->index[axis] == walk->shape->dim[axis];
        for (int i = 0; i < 3; i++)
            walk->offset[i] += walk->stride[i][axis] * (wraps ? 1 - walk->shape->dim[axis] : 1);
        if (!wraps)
            return;
        walk->index[axis] = 0;
    }
}

void eval_walk_next(struct eval_walk *walk) {
    walk_from(walk, walk->shape->rank - 1);
}

void eval_walk_row(struct eval_walk *walk) {
    walk_from(walk, walk->shape->rank - 2);
}

int eval_binary(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x"), *y = eval_operand(step, "y");
    enum mil_opcode code = step->ref.op->code;
    int64_t n = mil_type_elements(type);
    int last = type->rank - 1;
    struct eval_walk walk = {.shape = type};
    eval_walk_operand(&walk, 0, op_type(step->ref, "x"));
    eval_walk_operand(&walk, 1, op_type(step->ref, "y"));
    int64_t row = type->rank > 0 ? type->dim[last] : 1;
    int64_t x_step = type->rank > 0 ? walk.stride[0][last] : 0;
    int64_t y_step = type->rank > 0 ? walk.stride[1][last] : 0;
    for (int64_t i = 0; i < n; i += row) {
        (dtype_is_float(type->dtype) ? binary_row : integer_row)(
            code, step->out + i, row, x + walk.offset[0], x_step, y + walk.offset[1], y_step);
        eval_walk_row(&walk);
    }
    if (type->dtype == MIL_FP16)
        fp16_rounds(&step->out->f, (size_t)n);
    return 0;
}

static bool compare(enum mil_opcode code, double x, double y) {
    switch (code) {
    case MIL_OP_EQUAL:
        return x == y;
    case MIL_OP_NOT_EQUAL:
        return x != y;
    case MIL_OP_LESS:
        return x < y;
    case MIL_OP_LESS_EQUAL:
        return x <= y;
    case MIL_OP_GREATER:
        return x > y;
    case MIL_OP_GREATER_EQUAL:
        return x >= y;
    case MIL_OP_LOGICAL_AND:
        return x != 0 && y != 0;
    case MIL_OP_LOGICAL_OR:
        return x != 0 || y != 0;
    default: /* logical_xor */
        return (x != 0) != (y != 0);
    }
}

int eval_compare(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x"), *y = eval_operand(step, "y");
    enum mil_dtype dtype = op_type(step->ref, "x")->dtype;
    struct eval_walk walk = {.shape = type};
    eval_walk_operand(&walk, 0, op_type(step->ref, "x"));
    eval_walk_operand(&walk, 1, op_type(step->ref, "y"));
    for (int64_t i = 0; i < mil_type_elements(type); i++, eval_walk_next(&walk))
        step->out[i].i = compare(step->ref.op->code, eval_get(&x[walk.offset[0]], dtype),
            eval_get(&y[walk.offset[1]], dtype));
    return 0;
}

int eval_select(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *cond = eval_operand(step, "cond");
    const union mil_cell *a = eval_operand(step, "a"), *b = eval_operand(step, "b");
    struct eval_walk walk = {.shape = type};
    eval_walk_operand(&walk, 0, op_type(step->ref, "cond"));
    eval_walk_operand(&walk, 1, op_type(step->ref, "a"));
    eval_walk_operand(&walk, 2, op_type(step->ref, "b"));
    for (int64_t i = 0; i < mil_type_elements(type); i++, eval_walk_next(&walk))
        step->out[i] = cond[walk.offset[0]].i ? a[walk.offset[1]] : b[walk.offset[2]];
    return 0;
}

int eval_cast(const struct eval_step *step) {
    enum mil_dtype from = op_type(step->ref, "x")->dtype, to = op_result_type(step->ref)->dtype;
    const union mil_cell *x = eval_operand(step, "x");
    int64_t n = mil_type_elements(op_result_type(step->ref));
    for (int64_t i = 0; i < n; i++) {
        if (dtype_is_float(to))
            step->out[i].f = eval_round(to, dtype_is_float(from) ? x[i].f : (float)x[i].i);
        else if (dtype_is_float(from) || to != MIL_INT32)
            step->out[i].i = eval_to_int(to, dtype_is_float(from) ? x[i].f : (float)x[i].i);
        else
            step->out[i].i = x[i].i;
    }
    return 0;
}

static void walk_scale(const struct eval_step *step, struct eval_walk *walk) {
    int64_t axis = op_int(step->ref, "axis", 0);
    const char *const names[] = {"scale", "zero_point"};
    for (int i = 0; i < 2; i++) {
        const struct mil_type *type = op_type(step->ref, names[i]);
        if (type) {
            struct mil_type placed = op_channel_type(type, walk->shape, axis);
            eval_walk_operand(walk, 1 + i, &placed);
        }
    }
}

/* round(x / scale) + zero_point, clamped to the type. */
int eval_quantize(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "input"), *scale = eval_operand(step, "scale");
    const union mil_cell *zero_point = eval_operand(step, "zero_point");
    int64_t n = mil_type_elements(type);
    struct eval_walk walk = {.shape = type};
    walk_scale(step, &walk);
    for (int64_t i = 0; i < n; i++, eval_walk_next(&walk)) {
        float steps = rintf(x[i].f / scale[walk.offset[1]].f);
        if (zero_point)
            steps += (float)zero_point[walk.offset[2]].i;
        step->out[i].i = eval_to_int(type->dtype, steps);
    }
    return 0;
}

int eval_dequantize(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "input"), *scale = eval_operand(step, "scale");
    const union mil_cell *zero_point = eval_operand(step, "zero_point");
    int64_t n = mil_type_elements(type);
    struct eval_walk walk = {.shape = type};
    walk_scale(step, &walk);
    for (int64_t i = 0; i < n; i++, eval_walk_next(&walk)) {
        int32_t steps = x[i].i - (zero_point ? zero_point[walk.offset[2]].i : 0);
        step->out[i].f = eval_round(type->dtype, (float)steps * scale[walk.offset[1]].f);
    }
    return 0;
}
