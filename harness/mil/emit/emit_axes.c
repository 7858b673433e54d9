/* SPDX-License-Identifier: MIT
 *
 * Kernels that walk axes: strided copies, reductions, layer_norm.
 */
#include "mil/emit/emit_write.h"

#include <inttypes.h>
#include <stdio.h>

/* A copy that transposes runs tile by tile, so that both sides stay in cache. */
enum { COPY_TILE = 16 };

static void write_copy_loops(struct code *out, const struct emit_nest *nest, bool tiled) {
    int last = nest->rank - 1;
    emit_write_for(out, nest, 'd', 0, tiled ? last - 1 : nest->rank);
    if (!tiled)
        return;
    for (int i = last - 1; i <= last; i++)
        code_add(out, "for (long b%d = 0; b%d < %" PRId64 "; b%d += %d)\n", i, i, nest->dim[i], i,
            COPY_TILE);
    for (int i = last - 1; i <= last; i++)
        code_add(out, "for (long d%d = b%d; d%d < %" PRId64 " && d%d < b%d + %d; d%d++)\n", i, i, i,
            nest->dim[i], i, i, COPY_TILE, i);
}

static struct emit_nest copy_nest(const struct op_copy *copy) {
    struct emit_nest nest = {.n_arrays = 2};
    for (int i = 0; i < copy->rank; i++) {
        const int64_t strides[2] = {copy->to_stride[i], copy->from_stride[i]};
        emit_nest_add(&nest, copy->dim[i], strides);
    }
    return nest;
}

void emit_write_copy(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const int first = s->op->code == MIL_OP_SPLIT ? s->result - s->op->result : 0;
    const char *cell = emit_cell_name(lowering->values[s->result].type.dtype);
    for (int part = 0; part < s->n_reads; part++) {
        struct op_copy copy = op_copy((struct op_ref){lowering->function, s->op}, first + part);
        const struct emit_nest nest = copy_nest(&copy);
        struct code body = {0};
        int last = nest.rank - 1;
        bool tiled = last > 0 && nest.stride[last - 1][1] == 1;
        code_add(&body, "(%s *restrict y, const %s *restrict x) {\n", cell, cell);
        write_copy_loops(&body, &nest, tiled);
        code_add(&body, "y[");
        emit_write_index(&body, &nest, 'd', 0);
        code_add(&body, "] = x[");
        emit_write_index(&body, &nest, 'd', 1);
        code_add(&body, "];\n}\n");
        code_add(&writer->functions, "k%d(", emit_kernel(writer, &body));
        emit_write_pointer(&writer->functions, lowering, s->result);
        code_add(&writer->functions, " + %" PRId64 ", ", copy.to_offset);
        emit_write_pointer(&writer->functions, lowering, lowering->reads[s->first_read + part]);
        code_add(&writer->functions, " + %" PRId64 ");\n", copy.from_offset);
    }
}

void emit_write_widen_slice(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const struct op_copy copy = op_copy((struct op_ref){lowering->function, s->op}, 0);
    struct emit_nest nest = copy_nest(&copy);
    struct code body = {0};
    int64_t run = 1;
    if (nest.rank > 0 && nest.stride[nest.rank - 1][0] == 1 && nest.stride[nest.rank - 1][1] == 1)
        run = nest.dim[--nest.rank];
    code_add(&body, "(float *restrict y, const uint16_t *restrict x) {\n");
    emit_write_for(&body, &nest, 'd', 0, nest.rank);
    code_add(&body, run > 1 ? "widen16(y + " : "y[");
    emit_write_index(&body, &nest, 'd', 0);
    code_add(&body, run > 1 ? ", x + " : "] = widened(x[");
    emit_write_index(&body, &nest, 'd', 1);
    if (run > 1)
        code_add(&body, ", %" PRId64 ");\n}\n", run);
    else
        code_add(&body, "]);\n}\n");
    writer->needs |= EMIT_NEED_WIDEN;
    code_add(&writer->functions, "k%d(", emit_kernel(writer, &body));
    emit_write_pointer(&writer->functions, lowering, s->result);
    code_add(&writer->functions, ", (const uint16_t *)in[%d] + %" PRId64 ");\n", s->index,
        copy.from_offset);
}

/* Kept axes have strides for result and operand, reduced axes only the operand's. */
static void make_nests(
    const struct op_split *split, struct emit_nest *kept, struct emit_nest *reduced) {
    int64_t step = split->kept;
    *kept = (struct emit_nest){.n_arrays = 2};
    *reduced = (struct emit_nest){.n_arrays = 1};
    for (int i = 0; i < split->n_kept; i++) {
        step /= split->kept_dim[i];
        const int64_t strides[2] = {step, split->kept_stride[i]};
        emit_nest_add(kept, split->kept_dim[i], strides);
    }
    for (int i = 0; i < split->n_reduced; i++)
        emit_nest_add(reduced, split->reduced_dim[i], &split->reduced_stride[i]);
}

/* The innermost axis is kept: whole rows are added at a time. */
static void write_reduce_rows(struct code *out, const struct emit_nest *kept,
    const struct emit_nest *reduced, bool max, const char *finish) {
    int inner = kept->rank - 1;
    int64_t n = kept->dim[inner];
    struct emit_nest outer = *kept;
    outer.rank--;
    emit_write_for(out, &outer, 'd', 0, outer.rank);
    code_add(out, "{\nfloat *restrict to = y + ");
    emit_write_index(out, &outer, 'd', 0);
    code_add(out, ";\nconst float *restrict from = x + ");
    emit_write_index(out, &outer, 'd', 1);
    code_add(out, ";\nfor (long j = 0; j < %" PRId64 "; j++)\nto[j] = %s;\n", n,
        max ? "-__builtin_inff()" : "0");
    emit_write_for(out, reduced, 'r', 0, reduced->rank);
    code_add(out, "{\nconst float *restrict row = from + ");
    emit_write_index(out, reduced, 'r', 0);
    code_add(out, ";\nfor (long j = 0; j < %" PRId64 "; j++)\n", n);
    code_add(out, max ? "to[j] = row[j] > to[j] || row[j] != row[j] ? row[j] : to[j];\n"
                      : "to[j] += row[j];\n");
    code_add(out,
        "}\nfor (long j = 0; j < %" PRId64 "; j++) {\nfloat v = to[j];\nto[j] = %s;\n}\n}\n", n,
        finish);
}

/* The innermost axis is reduced: one number at a time, from runs of n. */
static void write_reduce_runs(struct code *out, const struct emit_nest *kept,
    const struct emit_nest *reduced, bool max, const char *finish) {
    struct emit_nest outer = *reduced;
    int64_t n = 1;
    if (outer.rank > 0)
        n = outer.dim[--outer.rank];
    emit_write_for(out, kept, 'd', 0, kept->rank);
    code_add(out, "{\nconst float *from = x + ");
    emit_write_index(out, kept, 'd', 1);
    code_add(out, ";\nfloat v = %s;\n", max ? "-__builtin_inff()" : "0");
    emit_write_for(out, &outer, 'r', 0, outer.rank);
    code_add(out, "v = %s(v, from + ", max ? "max_run" : "sum_run");
    emit_write_index(out, &outer, 'r', 0);
    code_add(out, ", %" PRId64 ");\ny[", n);
    emit_write_index(out, kept, 'd', 0);
    code_add(out, "] = %s;\n}\n", finish);
}

/* Other reductions, in double: t from START, for each v STEP, and what it comes to. */
static const struct reduction {
    enum mil_opcode code;
    const char *start, *step, *end;
} reductions[] = {
    {MIL_OP_REDUCE_L1_NORM, "0", "t += v < 0 ? -v : v;", "t"},
    {MIL_OP_REDUCE_L2_NORM, "0", "t += v * v;", "sqrt(t)"},
    {MIL_OP_REDUCE_LOG_SUM, "0", "t += v;", "log(t)"},
    {MIL_OP_REDUCE_LOG_SUM_EXP, "0", "t += exp(v - max);", "max + log(t)"},
    {MIL_OP_REDUCE_MAX, "-__builtin_inf()", "t = v > t || v != v ? v : t;", "t"},
    {MIL_OP_REDUCE_MEAN, "0", "t += v;", "t / n"},
    {MIL_OP_REDUCE_MIN, "__builtin_inf()", "t = v < t || v != v ? v : t;", "t"},
    {MIL_OP_REDUCE_PROD, "1", "t *= v;", "t"},
    {MIL_OP_REDUCE_SUM, "0", "t += v;", "t"},
    {MIL_OP_REDUCE_SUM_SQUARE, "0", "t += v * v;", "t"},
};

static const struct reduction *reduction_find(enum mil_opcode code) {
    for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++)
        if (reductions[i].code == code)
            return &reductions[i];
    return NULL;
}

bool emit_reduce_is_known(enum mil_opcode code) {
    return reduction_find(code) != NULL;
}

static void write_gathering(struct code *out, const struct emit_nest *reduced, const char *step) {
    emit_write_for(out, reduced, 'r', 0, reduced->rank);
    code_add(out, "{\nconst double v = (double)from[");
    emit_write_index(out, reduced, 'r', 0);
    code_add(out, "];\n%s\n}\n", step);
}

static void write_reduce_plainly(struct code *out, const struct emit_nest *kept,
    const struct emit_nest *reduced, int64_t n, const struct reduction *how, enum mil_dtype dtype) {
    emit_write_for(out, kept, 'd', 0, kept->rank);
    code_add(out, "{\nconst %s *from = x + ", emit_cell_name(dtype));
    emit_write_index(out, kept, 'd', 1);
    code_add(out,
        ";\nconst double n = %" PRId64 ";\ndouble max = -__builtin_inf(), t = %s;\n"
        "(void)n, (void)max;\n",
        n, how->start);
    if (how->code == MIL_OP_REDUCE_LOG_SUM_EXP)
        write_gathering(out, reduced, "max = v > max || v != v ? v : max;");
    write_gathering(out, reduced, how->step);
    code_add(out, "y[");
    emit_write_index(out, kept, 'd', 0);
    if (dtype == MIL_FP16)
        code_add(out, "] = round16((float)(%s));\n}\n", how->end);
    else
        code_add(out, "] = (%s)(%s);\n}\n", emit_cell_name(dtype), how->end);
}

/* Sums, means and maxima of floats, by far the most, as vectors. */
static bool is_fast(enum mil_opcode code, enum mil_dtype dtype) {
    return dtype_is_float(dtype) &&
           (code == MIL_OP_REDUCE_SUM || code == MIL_OP_REDUCE_MEAN || code == MIL_OP_REDUCE_MAX);
}

static void write_reduce_fast(struct emit_writer *writer, struct code *body,
    const struct emit_nest *kept, const struct emit_nest *reduced, int64_t n, enum mil_opcode code,
    bool half) {
    bool max = code == MIL_OP_REDUCE_MAX;
    char value[40] = "v", finish[64];
    if (code == MIL_OP_REDUCE_MEAN)
        snprintf(value, sizeof value, "v / %" PRId64 ".0f", n);
    snprintf(finish, sizeof finish, half && !max ? "round16(%s)" : "%s", value);
    if (kept->rank > 0 && kept->stride[kept->rank - 1][1] == 1) {
        write_reduce_rows(body, kept, reduced, max, finish);
    } else {
        write_reduce_runs(body, kept, reduced, max, finish);
        writer->needs |= EMIT_NEED_SUM;
    }
}

void emit_write_reduce(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    struct op_split split = op_split((struct op_ref){lowering->function, s->op});
    enum mil_dtype dtype = lowering->values[s->result].type.dtype;
    const char *cell = emit_cell_name(dtype);
    struct emit_nest kept, reduced;
    struct code body = {0};
    make_nests(&split, &kept, &reduced);
    writer->needs |= dtype == MIL_FP16 ? EMIT_NEED_ROUND : 0;
    code_add(&body, "(%s *restrict y, const %s *restrict x) {\n", cell, cell);
    if (is_fast(s->op->code, dtype)) {
        write_reduce_fast(
            writer, &body, &kept, &reduced, split.reduced, s->op->code, dtype == MIL_FP16);
    } else {
        writer->needs |= EMIT_NEED_MATH;
        write_reduce_plainly(
            &body, &kept, &reduced, split.reduced, reduction_find(s->op->code), dtype);
    }
    code_add(&body, "}\n");
    code_add(&writer->functions, "k%d(", emit_kernel(writer, &body));
    emit_write_pointer(&writer->functions, lowering, s->result);
    code_add(&writer->functions, ", ");
    emit_write_pointer(&writer->functions, lowering, lowering->reads[s->first_read]);
    code_add(&writer->functions, ");\n");
}

void emit_write_layer_norm(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    struct op_ref ref = {lowering->function, s->op};
    struct op_split split = op_split(ref);
    bool half = lowering->values[s->result].type.dtype == MIL_FP16;
    int gamma = op_operand(ref, "gamma"), beta = op_operand(ref, "beta");
    struct emit_nest kept, reduced;
    struct code body = {0}, *call = &writer->functions;
    make_nests(&split, &kept, &reduced);
    writer->needs |= EMIT_NEED_MATH | (half ? EMIT_NEED_ROUND : 0);
    code_add(&body, "(float *restrict y, const float *restrict x%s%s) {\n",
        gamma < 0 ? "" : ", const float *restrict gamma",
        beta < 0 ? "" : ", const float *restrict beta");
    emit_write_for(&body, &kept, 'd', 0, kept.rank);
    code_add(&body, "{\nlong at = ");
    emit_write_index(&body, &kept, 'd', 1);
    code_add(&body, ", j = 0;\nfloat sum = 0, squares = 0;\n");
    for (int pass = 0; pass < 3; pass++) {
        emit_write_for(&body, &reduced, 'r', 0, reduced.rank);
        code_add(&body, "{\nfloat v = x[at + ");
        emit_write_index(&body, &reduced, 'r', 0);
        if (pass == 0) {
            code_add(
                &body, "];\nsum += v;\n}\nfloat mean = sum / %" PRId64 ".0f;\n", split.reduced);
        } else if (pass == 1) {
            code_add(&body,
                "] - mean;\nsquares += v * v;\n}\n"
                "float scale = 1.0f / sqrtf(squares / %" PRId64 ".0f + %af);\n",
                split.reduced, (double)op_float(ref, "epsilon", 1e-5f));
        } else {
            code_add(&body, "] - mean;\nv = v * scale%s%s;\nj++;\ny[at + ",
                gamma < 0 ? "" : " * gamma[j]", beta < 0 ? "" : " + beta[j]");
            emit_write_index(&body, &reduced, 'r', 0);
            code_add(&body, "] = %s;\n}\n", half ? "round16(v)" : "v");
        }
    }
    code_add(&body, "}\n}\n");
    code_add(call, "k%d(", emit_kernel(writer, &body));
    emit_write_pointer(call, lowering, s->result);
    const int operands[] = {op_operand(ref, "x"), gamma, beta};
    for (int i = 0; i < 3; i++)
        if (operands[i] >= 0) {
            code_add(call, ", ");
            emit_write_pointer(call, lowering, operands[i]);
        }
    code_add(call, ");\n");
}
