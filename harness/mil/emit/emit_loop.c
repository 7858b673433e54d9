/* SPDX-License-Identifier: MIT
 *
 * Fused loops: each operand is loaded once, each operator is one line, and only values used after
 * the loop are stored. When the innermost axis is long enough and every operator supports it, the
 * lines use the prelude's vectors: compilers cannot reach the processor's own rounding otherwise,
 * and the code compiles sooner.
 */
#include "mil/emit/emit_write.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The loop being written. */
struct loop {
    const struct emit_lowering *lowering;
    const struct emit_step *step;
    struct emit_nest nest;
    int in[EMIT_NEST_ARRAYS_MAX], n_in;   /* values read from memory; array a of the nest */
    int out[EMIT_NEST_ARRAYS_MAX], n_out; /* values stored; the last array of the nest */
    bool is_vector;
};

/* The longest vector: what an innermost axis needs at least; and an axis of so many has few left over after them. */
enum { VECTOR_LANES_MAX = 16, LEFT_FEW = 4 * VECTOR_LANES_MAX };

static void find_arrays(struct loop *loop) {
    const struct emit_lowering *lowering = loop->lowering;
    for (int r = 0; r < loop->step->n_reads; r++) {
        int value = lowering->reads[loop->step->first_read + r], i = 0;
        while (i < loop->n_in && loop->in[i] != value)
            i++;
        loop->in[i] = value;
        loop->n_in += i == loop->n_in;
    }
    for (int e = 0; e < loop->step->n_exprs; e++) {
        int result = lowering->exprs[loop->step->first_expr + e].result;
        if (lowering->values[result].place == EMIT_ARENA)
            loop->out[loop->n_out++] = result;
    }
}

static void make_nest(struct loop *loop) {
    const struct emit_lowering *lowering = loop->lowering;
    const struct mil_type *shape =
        &lowering->values[lowering->exprs[loop->step->first_expr].result].type;
    int64_t strides[EMIT_NEST_ARRAYS_MAX][MIL_RANK_MAX], axis[EMIT_NEST_ARRAYS_MAX];
    loop->nest.n_arrays = loop->n_in + 1;
    for (int a = 0; a <= loop->n_in; a++)
        op_broadcast_strides(
            a == loop->n_in ? shape : &lowering->values[loop->in[a]].type, shape, strides[a]);
    for (int i = 0; i < shape->rank; i++) {
        for (int a = 0; a <= loop->n_in; a++)
            axis[a] = strides[a][i];
        emit_nest_add(&loop->nest, shape->dim[i], axis);
    }
}

/* The stored value that reuses this operand's memory, -1 = none. */
static int taken_over_by(const struct loop *loop, int value) {
    const struct emit_value *root = &loop->lowering->values[loop->lowering->values[value].root];
    for (int o = 0; o < loop->n_out; o++)
        if (root->place == EMIT_ARENA &&
            loop->lowering->values[loop->out[o]].offset == root->offset)
            return o;
    return -1;
}

/* Writes the name of an operand: t of an earlier line, or x of a load. */
static void operand_name(const struct loop *loop, int value, char out[16]) {
    const struct emit_lowering *lowering = loop->lowering;
    int root = lowering->values[value].root;
    for (int e = 0; e < loop->step->n_exprs; e++)
        if (lowering->exprs[loop->step->first_expr + e].result == root) {
            snprintf(out, 16, "t%d", e);
            return;
        }
    for (int i = 0; i < loop->n_in; i++)
        if (loop->in[i] == value)
            snprintf(out, 16, "x%d", i);
}

static void write_gelu(
    struct emit_writer *writer, struct code *out, const char *mode, const char *x) {
    if (strcmp(mode, "SIGMOID_APPROXIMATION") == 0) {
        writer->needs |= EMIT_NEED_EXP;
        code_add(out, "%s / (1.0f + exp32(-1.702f * %s))", x, x);
        return;
    }
    writer->needs |= EMIT_NEED_MATH;
    if (strcmp(mode, "TANH_APPROXIMATION") == 0)
        code_add(out, "0.5f * %s * (1.0f + tanhf(0.797884561f * (%s + 0.044715f * %s * %s * %s)))",
            x, x, x, x, x);
    else
        code_add(out, "0.5f * %s * (1.0f + erff(%s * 0.707106781f))", x, x);
}

/* A number as an integer of that type, held in its range. */
static void write_range(struct code *out, enum mil_dtype to, const char *x) {
    int64_t low, high;
    mil_dtype_range(to, &low, &high);
    code_add(out, "to_range((float)(%s), %" PRId64 ", %" PRId64 ")", x, low, high);
}

static void write_cast(struct emit_writer *writer, struct code *out, enum mil_dtype from,
    enum mil_dtype to, const char *x) {
    if (dtype_is_float(to)) {
        code_add(out, dtype_is_float(from) ? "%s" : "(float)%s", x);
        return;
    }
    if (to == MIL_BOOL) {
        code_add(out, "%s != 0", x);
        return;
    }
    if (to == MIL_INT32 && !dtype_is_float(from)) {
        code_add(out, "%s", x);
        return;
    }
    writer->needs |= EMIT_NEED_TO_INT;
    if (to == MIL_INT32 || to == MIL_UINT32)
        code_add(out, "to_int32(%s)", x);
    else
        write_range(out, to, x);
}

/* C for operators on one element, fp32 or int32: X, Y and Z stand for the operands, A, B and E for
 * alpha, beta and epsilon. Entries list the pieces of the prelude they need, such as <math.h>, and
 * the text for vectors where there is one. */
struct form {
    enum mil_opcode code;
    const char *text;
    unsigned needs;
    const char *vector;
};

static const struct form float_forms[] = {
    {MIL_OP_ABS, "fabsf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_ACOS, "acosf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_ADD, "X + Y", 0, "X + Y"},
    {MIL_OP_ASIN, "asinf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_ATAN, "atanf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_ATANH, "atanhf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_CEIL, "ceilf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_CLAMPED_RELU, "(X < 0 ? A * X : X) > B ? B : (X < 0 ? A * X : X)", 0, NULL},
    {MIL_OP_CLIP, "X < A ? A : X > B ? B : X", 0, "held32v(X, A, B)"},
    {MIL_OP_COS, "cosf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_COSH, "coshf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_ELU, "X < 0 ? A * expm1f(X) : X", EMIT_NEED_MATH, NULL},
    {MIL_OP_EQUAL, "X == Y", 0, NULL},
    {MIL_OP_ERF, "erff(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_EXP2, "exp2f(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_FLOOR, "floorf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_FLOOR_DIV, "floorf(X / Y)", EMIT_NEED_MATH, NULL},
    {MIL_OP_GREATER, "X > Y", 0, NULL},
    {MIL_OP_GREATER_EQUAL, "X >= Y", 0, NULL},
    {MIL_OP_INVERSE, "1.0f / (X + E)", 0, "1.0f / (X + E)"},
    {MIL_OP_LEAKY_RELU, "X < 0 ? A * X : X", 0, "chosen32v(X < 0.0f, A * X, X)"},
    {MIL_OP_LESS, "X < Y", 0, NULL},
    {MIL_OP_LESS_EQUAL, "X <= Y", 0, NULL},
    {MIL_OP_LINEAR_ACTIVATION, "A * X + B", 0, "A * X + B"},
    {MIL_OP_LOG, "logf(X + E)", EMIT_NEED_MATH, NULL},
    {MIL_OP_MAXIMUM, "X > Y ? X : Y", 0, "chosen32v(X > Y, X, Y)"},
    {MIL_OP_MINIMUM, "X < Y ? X : Y", 0, "chosen32v(X < Y, X, Y)"},
    {MIL_OP_MOD, "mod32(X, Y)", EMIT_NEED_MOD | EMIT_NEED_MATH, NULL},
    {MIL_OP_MUL, "X * Y", 0, "X * Y"},
    {MIL_OP_NOT_EQUAL, "X != Y", 0, NULL},
    {MIL_OP_POW, "powf(X, Y)", EMIT_NEED_MATH, NULL},
    {MIL_OP_PRELU, "X < 0 ? Y * X : X", 0, "chosen32v(X < 0.0f, Y * X, X)"},
    {MIL_OP_REAL_DIV, "X / Y", 0, "X / Y"},
    {MIL_OP_RELU6, "X < 0 ? 0 : X > 6 ? 6 : X", 0, "held32v(X, 0.0f, 6.0f)"},
    {MIL_OP_ROUND, "rintf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_RSQRT, "1.0f / sqrtf(X + E)", EMIT_NEED_MATH, NULL},
    {MIL_OP_SCALED_TANH, "A * tanhf(B * X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_SIGMOID_HARD, "A * X + B < 0 ? 0 : A * X + B > 1 ? 1 : A * X + B", 0,
        "held32v(A * X + B, 0.0f, 1.0f)"},
    {MIL_OP_SIGN, "(float)((X > 0) - (X < 0))", 0, NULL},
    {MIL_OP_SIN, "sinf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_SINH, "sinhf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_SOFTPLUS, "X > 30 ? X : log1pf(expf(X))", EMIT_NEED_MATH, NULL},
    {MIL_OP_SOFTPLUS_PARAMETRIC, "Y * (Z * X > 30 ? Z * X : log1pf(expf(Z * X)))", EMIT_NEED_MATH,
        NULL},
    {MIL_OP_SOFTSIGN, "X / (1.0f + fabsf(X))", EMIT_NEED_MATH, NULL},
    {MIL_OP_SQRT, "sqrtf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_SQUARE, "X * X", 0, "X * X"},
    {MIL_OP_SUB, "X - Y", 0, "X - Y"},
    {MIL_OP_TAN, "tanf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_TANH, "tanhf(X)", EMIT_NEED_MATH, NULL},
    {MIL_OP_THRESHOLD, "X < A ? A : X", 0, NULL},
    {MIL_OP_THRESHOLDED_RELU, "X < A ? 0 : X", 0, NULL},
};

static const struct form int_forms[] = {
    {MIL_OP_ABS, "X < 0 ? (int32_t)(0u - (uint32_t)X) : X", 0, NULL},
    {MIL_OP_ADD, "(int32_t)((uint32_t)X + (uint32_t)Y)", 0, NULL},
    {MIL_OP_EQUAL, "X == Y", 0, NULL},
    {MIL_OP_FLOOR_DIV, "int_div(X, Y)", EMIT_NEED_INTEGER, NULL},
    {MIL_OP_GREATER, "X > Y", 0, NULL},
    {MIL_OP_GREATER_EQUAL, "X >= Y", 0, NULL},
    {MIL_OP_LESS, "X < Y", 0, NULL},
    {MIL_OP_LESS_EQUAL, "X <= Y", 0, NULL},
    {MIL_OP_LOGICAL_AND, "X && Y", 0, NULL},
    {MIL_OP_LOGICAL_NOT, "!X", 0, NULL},
    {MIL_OP_LOGICAL_OR, "X || Y", 0, NULL},
    {MIL_OP_LOGICAL_XOR, "!X != !Y", 0, NULL},
    {MIL_OP_MAXIMUM, "X > Y ? X : Y", 0, NULL},
    {MIL_OP_MINIMUM, "X < Y ? X : Y", 0, NULL},
    {MIL_OP_MOD, "int_mod(X, Y)", EMIT_NEED_INTEGER, NULL},
    {MIL_OP_MUL, "(int32_t)((uint32_t)X * (uint32_t)Y)", 0, NULL},
    {MIL_OP_NOT_EQUAL, "X != Y", 0, NULL},
    {MIL_OP_REAL_DIV, "int_div(X, Y)", EMIT_NEED_INTEGER, NULL},
    {MIL_OP_SIGN, "(X > 0) - (X < 0)", 0, NULL},
    {MIL_OP_SQUARE, "(int32_t)((uint32_t)X * (uint32_t)X)", 0, NULL},
    {MIL_OP_SUB, "(int32_t)((uint32_t)X - (uint32_t)Y)", 0, NULL},
};

static const struct form *form_find(enum mil_opcode code, bool is_float) {
    const struct form *forms = is_float ? float_forms : int_forms;
    size_t n = is_float ? sizeof float_forms / sizeof *forms : sizeof int_forms / sizeof *forms;
    for (size_t i = 0; i < n; i++)
        if (forms[i].code == code)
            return &forms[i];
    return NULL;
}

static bool expr_is_vector(const struct loop *loop, const struct emit_expr *expr) {
    const struct emit_value *values = loop->lowering->values;
    const struct form *form = form_find(expr->code, true);
    for (int i = 0; i < expr->n_operands; i++)
        if (!dtype_is_float(values[expr->operand[i]].type.dtype))
            return false;
    if (!dtype_is_float(values[expr->result].type.dtype))
        return false;
    switch (expr->code) {
    case MIL_OP_SIGMOID:
    case MIL_OP_SILU:
    case MIL_OP_EXP:
    case MIL_OP_RELU:
    case MIL_OP_CAST:
        return true;
    default:
        return form && form->vector;
    }
}

/* Vectors along the innermost axis, and what is left over element by element. Arrays are without
 * gaps: along that axis an operand goes on by one, or stays where it is. */
static bool loop_is_vector(const struct loop *loop) {
    const struct emit_nest *nest = &loop->nest;
    const int last = nest->rank - 1;
    if (last < 0 || nest->dim[last] < VECTOR_LANES_MAX)
        return false;
    for (int e = 0; e < loop->step->n_exprs; e++)
        if (!expr_is_vector(loop, &loop->lowering->exprs[loop->step->first_expr + e]))
            return false;
    return true;
}

/* Those that have code of their own. */
static bool is_special(enum mil_opcode code) {
    static const enum mil_opcode codes[] = {MIL_OP_SIGMOID, MIL_OP_SILU, MIL_OP_EXP, MIL_OP_RELU,
        MIL_OP_GELU, MIL_OP_CAST, MIL_OP_SELECT, MIL_OP_QUANTIZE, MIL_OP_DEQUANTIZE};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

bool emit_expr_is_known(enum mil_opcode code) {
    return is_special(code) || form_find(code, true) || form_find(code, false);
}

bool emit_expr_fits(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x");
    return is_special(ref.op->code) ||
           (x && form_find(ref.op->code, dtype_is_float(x->dtype)) != NULL);
}

static float epsilon_absent(enum mil_opcode code) {
    return code == MIL_OP_INVERSE ? 1e-4f : code == MIL_OP_LOG ? 1e-45f : 1e-12f;
}

static void write_form(struct emit_writer *writer, struct code *out, const struct form *form,
    const struct op_ref *ref, bool is_vector, const char *x, const char *y, const char *z) {
    const char *text = is_vector ? form->vector : form->text;
    writer->needs |= form->needs;
    for (const char *p = text; *p; p++) {
        bool is_letter = p == text || !((p[-1] >= 'a' && p[-1] <= 'z') || p[-1] == '_');
        if (*p == 'X')
            code_add(out, "%s", x);
        else if (*p == 'Y')
            code_add(out, "%s", y);
        else if (*p == 'Z')
            code_add(out, "%s", z);
        else if (*p == 'A' && is_letter)
            code_add(out, "%af", (double)(float)op_number(*ref, "alpha", 0));
        else if (*p == 'B' && is_letter)
            code_add(out, "%af", (double)(float)op_number(*ref, "beta", 0));
        else if (*p == 'E' && is_letter)
            code_add(out, "%af", (double)op_float(*ref, "epsilon", epsilon_absent(ref->op->code)));
        else
            code_add(out, "%c", *p);
    }
}

/* The right-hand side of one operator, before rounding. */
static void write_operator(struct emit_writer *writer, struct code *out, const struct loop *loop,
    const struct emit_expr *expr) {
    struct op_ref ref = {loop->lowering->function, expr->op};
    const struct emit_value *values = loop->lowering->values;
    char name[3][16] = {"", "", ""};
    for (int i = 0; i < expr->n_operands; i++)
        operand_name(loop, expr->operand[i], name[i]);
    const char *x = name[0], *y = name[1], *z = name[2], *v = loop->is_vector ? "v" : "";
    char steps[80];
    const struct form *form =
        form_find(expr->code, dtype_is_float(values[expr->operand[0]].type.dtype));
    if (form) {
        write_form(writer, out, form, &ref, loop->is_vector, x, y, z);
        return;
    }
    switch (expr->code) {
    case MIL_OP_SELECT:
        code_add(out, "%s ? %s : %s", x, y, z);
        break;
    case MIL_OP_SIGMOID:
        writer->needs |= EMIT_NEED_EXP;
        code_add(out, "1.0f / (1.0f + exp32%s(-%s))", v, x);
        break;
    case MIL_OP_SILU:
        writer->needs |= EMIT_NEED_EXP;
        code_add(out, "%s / (1.0f + exp32%s(-%s))", x, v, x);
        break;
    case MIL_OP_EXP:
        writer->needs |= EMIT_NEED_EXP;
        code_add(out, "exp32%s(%s)", v, x);
        break;
    case MIL_OP_RELU:
        code_add(out, loop->is_vector ? "relu32v(%s)" : "%s < 0 ? 0 : %s", x, x);
        break;
    case MIL_OP_GELU:
        write_gelu(writer, out, op_string(ref, "mode", "EXACT"), x);
        break;
    case MIL_OP_QUANTIZE:
        writer->needs |= EMIT_NEED_MATH | EMIT_NEED_TO_INT;
        snprintf(steps, sizeof steps, "rintf(%s / %s)%s%s", x, y, *z ? " + (float)" : "", z);
        write_range(out, values[expr->result].type.dtype, steps);
        break;
    case MIL_OP_DEQUANTIZE:
        code_add(out, "(float)(%s%s%s) * %s", x, *z ? " - " : "", z, y);
        break;
    default:
        write_cast(
            writer, out, values[expr->operand[0]].type.dtype, values[expr->result].type.dtype, x);
        break;
    }
}

static void write_expr(
    struct emit_writer *writer, struct code *out, const struct loop *loop, int e) {
    const struct emit_expr *expr = &loop->lowering->exprs[loop->step->first_expr + e];
    enum mil_dtype dtype = loop->lowering->values[expr->result].type.dtype;
    /* relu of an fp16 number is an fp16 number */
    bool rounds = dtype == MIL_FP16 && expr->code != MIL_OP_RELU;
    code_add(out, "%s t%d = %s", loop->is_vector ? "vec" : emit_cell_name(dtype), e,
        !rounds           ? ""
        : loop->is_vector ? "round16v("
                          : "round16(");
    write_operator(writer, out, loop, expr);
    code_add(out, "%s;\n", rounds ? ")" : "");
    if (rounds)
        writer->needs |= EMIT_NEED_ROUND;
}

static void write_load(struct code *out, const struct loop *loop, int i) {
    const int o = taken_over_by(loop, loop->in[i]);
    const char array = o < 0 ? 'i' : 'o', *end = "];\n";
    const int number = o < 0 ? i : o;
    if (!loop->is_vector) {
        code_add(out, "%s x%d = %c%d[",
            emit_cell_name(loop->lowering->values[loop->in[i]].type.dtype), i, array, number);
    } else if (loop->nest.stride[loop->nest.rank - 1][i] == 1) {
        code_add(out, "vec x%d = *(const vec *)(%c%d + ", i, array, number);
        end = ");\n";
    } else {
        code_add(out, "vec x%d = splat(%c%d[", i, array, number);
        end = "]);\n";
    }
    emit_write_index(out, &loop->nest, 'd', i);
    code_add(out, "%s", end);
}

static void write_store(struct code *out, const struct loop *loop, int o) {
    char name[16] = "";
    operand_name(loop, loop->out[o], name);
    code_add(out, loop->is_vector ? "*(vec *)(o%d + " : "o%d[", o);
    emit_write_index(out, &loop->nest, 'd', loop->n_in);
    code_add(out, loop->is_vector ? ") = %s;\n" : "] = %s;\n", name);
}

static void write_lines(struct emit_writer *writer, struct code *out, const struct loop *loop) {
    code_add(out, "{\n");
    for (int i = 0; i < loop->n_in; i++)
        write_load(out, loop, i);
    for (int e = 0; e < loop->step->n_exprs; e++)
        write_expr(writer, out, loop, e);
    for (int o = 0; o < loop->n_out; o++)
        write_store(out, loop, o);
    code_add(out, "}\n");
}

static void write_body(struct emit_writer *writer, struct code *out, struct loop *loop) {
    const struct emit_value *values = loop->lowering->values;
    const char *comma = "";
    code_add(out, "(");
    for (int o = 0; o < loop->n_out; o++, comma = ", ")
        code_add(
            out, "%s%s *restrict o%d", comma, emit_cell_name(values[loop->out[o]].type.dtype), o);
    for (int i = 0; i < loop->n_in; i++)
        if (taken_over_by(loop, loop->in[i]) < 0)
            code_add(
                out, ", const %s *restrict i%d", emit_cell_name(values[loop->in[i]].type.dtype), i);
    code_add(out, ") {\n");
    emit_write_for(out, &loop->nest, 'd', 0, loop->nest.rank - loop->is_vector);
    if (!loop->is_vector) {
        write_lines(writer, out, loop);
        code_add(out, "}\n");
        return;
    }
    writer->needs |= EMIT_NEED_VECTORS;
    const int last = loop->nest.rank - 1;
    const int64_t n = loop->nest.dim[last];
    code_add(out, "{\nlong d%d = 0;\nfor (; d%d + LANES <= %" PRId64 "; d%d += LANES)\n", last,
        last, n, last);
    write_lines(writer, out, loop);
    if (n % VECTOR_LANES_MAX != 0) {
        loop->is_vector = false;
        code_add(out, "for (; d%d < %" PRId64 "; d%d++)\n{\n%s", last, n, last,
            n < LEFT_FEW ? "" : "ONE_BY_ONE;\n");
        write_lines(writer, out, loop);
        code_add(out, "}\n");
    }
    code_add(out, "}\n}\n");
}

void emit_write_loop(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    struct loop loop = {.lowering = lowering, .step = &lowering->steps[step]};
    struct code body = {0};
    const char *comma = "";
    find_arrays(&loop);
    if (loop.n_out ==
        0) /* what it makes was written to a state, and over before anything read it */
        return;
    make_nest(&loop);
    loop.is_vector = loop_is_vector(&loop);
    write_body(writer, &body, &loop);
    code_add(&writer->functions, "k%d(", emit_kernel(writer, &body));
    for (int o = 0; o < loop.n_out; o++, comma = ", ") {
        code_add(&writer->functions, "%s", comma);
        emit_write_pointer(&writer->functions, lowering, loop.out[o]);
    }
    for (int i = 0; i < loop.n_in; i++)
        if (taken_over_by(&loop, loop.in[i]) < 0) {
            code_add(&writer->functions, ", ");
            emit_write_pointer(&writer->functions, lowering, loop.in[i]);
        }
    code_add(&writer->functions, ");\n");
}
