/* SPDX-License-Identifier: MIT
 *
 * The function behind mil_image_function.run: one statement or block per step.
 */
#include "mil/arena.h"
#include "mil/emit/emit_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *emit_cell_name(enum mil_dtype dtype) {
    return dtype_is_float(dtype) ? "float" : "int32_t";
}

void emit_write_pointer(struct code *out, const struct emit_lowering *lowering, int value) {
    const struct emit_value *v = &lowering->values[value], *root = &lowering->values[v->root];
    const char *cell = root->is_half ? "uint16_t" : emit_cell_name(v->type.dtype);
    if (root->place == EMIT_CONSTANT)
        code_add(out, "(const %s *)(aneprobe_constants + %" PRIu64 ")", cell, root->offset);
    else if (root->place == EMIT_INPUT)
        code_add(out, "(const %s *)in[%" PRIu64 "]", cell, root->offset);
    else
        code_add(out, "(%s *)(a + %" PRIu64 ")", cell, root->offset);
    if (v->root_offset)
        code_add(out, " + %" PRId64, v->root_offset);
}

int emit_kernel(struct emit_writer *writer, struct code *body) {
    int n = writer->n_kernels;
    for (int i = 0; i < n && !body->failed; i++)
        if (writer->kernel[i].bytes == body->n &&
            memcmp(writer->kernels.bytes + writer->kernel[i].start, body->bytes, body->n) == 0) {
            code_free(body);
            return i;
        }
    struct emit_kernel *grown = mil_grow(writer->kernel, n, &writer->kernels_room, sizeof *grown);
    if (grown)
        writer->kernel = grown;
    if (!grown || body->failed || writer->kernels.failed) {
        writer->failed = true;
        code_free(body);
        return 0;
    }
    code_add(&writer->kernels, "static OPAQUE void k%d", n);
    writer->kernel[n] = (struct emit_kernel){writer->kernels.n, body->n};
    writer->n_kernels++;
    code_add(&writer->kernels, "%s", body->bytes);
    code_free(body);
    return n;
}

/* What turns elements in memory into cells, and back; __builtin_memcpy counts bytes. */
static const char *widen_of(struct emit_writer *writer, enum mil_dtype dtype) {
    size_t bytes = mil_dtype_bytes(dtype);
    if (bytes == sizeof(union mil_cell))
        return "__builtin_memcpy";
    writer->needs |= dtype == MIL_FP16 ? EMIT_NEED_WIDEN : EMIT_NEED_BYTES;
    return dtype == MIL_FP16                        ? "widen16"
           : dtype == MIL_BOOL                      ? "widen1"
           : dtype == MIL_INT8 || dtype == MIL_INT4 ? "widen8"
           : dtype == MIL_INT16                     ? "widen16s"
           : dtype == MIL_UINT16                    ? "widen16u"
                                                    : "widen8u";
}

static const char *narrow_of(struct emit_writer *writer, enum mil_dtype dtype) {
    size_t bytes = mil_dtype_bytes(dtype);
    if (bytes == sizeof(union mil_cell))
        return "__builtin_memcpy";
    writer->needs |= dtype == MIL_FP16 ? EMIT_NEED_NARROW : EMIT_NEED_BYTES;
    return dtype == MIL_FP16 ? "narrow16" : bytes == 2 ? "narrow16s" : "narrow8";
}

static void write_widen(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const struct mil_type *type = &lowering->values[s->result].type;
    const char *name = widen_of(writer, type->dtype);
    if (s->op) {
        emit_write_widen_slice(writer, lowering, step);
        return;
    }
    const bool is_copy = mil_dtype_bytes(type->dtype) == sizeof(union mil_cell);
    code_add(&writer->functions, "%s(", name);
    emit_write_pointer(&writer->functions, lowering, s->result);
    code_add(&writer->functions, ", in[%d], %" PRId64 ");\n", s->index,
        mil_type_elements(type) * (is_copy ? (int64_t)sizeof(union mil_cell) : 1));
}

static void write_narrow(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    int64_t done_bytes = 0;
    for (int i = 0; i < s->n_reads; i++) {
        const int value = lowering->reads[s->first_read + i];
        const struct mil_type *type = &lowering->values[value].type;
        const int64_t n = mil_type_elements(type);
        const int64_t bytes = n * (int64_t)mil_dtype_bytes(type->dtype);
        const bool is_copy = bytes == n * (int64_t)sizeof(union mil_cell);
        code_add(&writer->functions, "%s((void *)((char *)%s[%d] + %" PRId64 "), ",
            narrow_of(writer, type->dtype), s->is_state ? "in" : "out", s->index, done_bytes);
        emit_write_pointer(&writer->functions, lowering, value);
        code_add(&writer->functions, ", %" PRId64 ");\n", is_copy ? bytes : n);
        done_bytes += bytes;
    }
}

/* "for (...)" over a product's batch, and the offset of operand x, y or the result. */
static void write_batch_for(struct code *out, const struct op_matmul *p) {
    for (int i = 0; i < p->batch_rank; i++)
        if (p->batch_dim[i] > 1)
            code_add(
                out, "for (long b%d = 0; b%d < %" PRId64 "; b%d++)\n", i, i, p->batch_dim[i], i);
}

static void write_batch_offset(
    struct code *out, const struct op_matmul *p, const int64_t stride[MIL_RANK_MAX]) {
    for (int i = 0; i < p->batch_rank; i++)
        if (p->batch_dim[i] > 1 && stride[i])
            code_add(out, " + b%d * (%" PRId64 "L)", i, stride[i]);
}

static void result_strides(const struct op_matmul *p, int64_t stride[MIL_RANK_MAX]) {
    int64_t step = p->m * p->n;
    for (int i = p->batch_rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= p->batch_dim[i];
    }
}

/* A value, and its offset in a batch. */
static void write_place(struct code *out, const struct emit_lowering *lowering,
    const struct op_matmul *p, int value, const int64_t *stride) {
    emit_write_pointer(out, lowering, value);
    if (stride)
        write_batch_offset(out, p, stride);
}

/* One call of sgemm; operands and result are given as values. NULL for a stride: the place does not depend on the batch. */
static void write_sgemm(struct code *out, const struct emit_lowering *lowering,
    const struct op_matmul *p, float alpha, int x, int y, int to, const int64_t *x_stride,
    const int64_t *to_stride) {
    code_add(out, "host->sgemm(101, %d, %d, %" PRId64 ", %" PRId64 ", %" PRId64 ", %af, ",
        p->transpose_x ? 112 : 111, p->transpose_y ? 112 : 111, p->m, p->n, p->k, (double)alpha);
    write_place(out, lowering, p, x, x_stride);
    code_add(out, ", %" PRId64 ", ", p->transpose_x ? p->m : p->k);
    write_place(out, lowering, p, y, p->y_stride);
    code_add(out, ", %" PRId64 ", 0.0f, ", p->transpose_y ? p->k : p->n);
    write_place(out, lowering, p, to, to_stride);
    code_add(out, ", %" PRId64 ");\n", p->n);
}

/* The same where one operand is a matrix of fp16 and the other a vector. */
static void write_half_rows(struct emit_writer *writer, const struct emit_lowering *lowering,
    const struct emit_product *product, int to, const int64_t *to_stride) {
    const struct op_matmul *p = &product->shape;
    const bool is_x = lowering->values[lowering->values[product->x].root].is_half;
    struct code *out = &writer->functions;
    writer->needs |= EMIT_NEED_VECTORS | EMIT_NEED_WIDEN | EMIT_NEED_HALF_ROWS;
    code_add(out, "host->half_rows(half_rows, ");
    write_place(out, lowering, p, to, to_stride);
    code_add(out, ", ");
    write_place(out, lowering, p, is_x ? product->x : product->y, is_x ? p->x_stride : p->y_stride);
    code_add(out, ", ");
    write_place(out, lowering, p, is_x ? product->y : product->x, is_x ? p->y_stride : p->x_stride);
    code_add(out, ", %" PRId64 ", %" PRId64 ");\n", is_x ? p->m : p->n, p->k);
}

void emit_write_product(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const struct emit_product product = emit_product_of(lowering, s);
    const struct op_matmul *p = &product.shape;
    int64_t strides[MIL_RANK_MAX];
    result_strides(p, strides);
    write_batch_for(&writer->functions, p);
    if (lowering->values[lowering->values[product.x].root].is_half ||
        lowering->values[lowering->values[product.y].root].is_half)
        write_half_rows(writer, lowering, &product, s->result, strides);
    else
        write_sgemm(&writer->functions, lowering, p, 1, product.x, product.y, s->result,
            p->x_stride, strides);
}

/* Per batch element: scores into the scratch, mask, softmax in place, times value. */
static void write_sdpa(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    struct op_ref ref = {lowering->function, s->op};
    struct op_matmul scores = op_sdpa_scores(ref), mix = op_sdpa_mix(ref);
    int mask = op_operand(ref, "attn_mask");
    struct code *out = &writer->functions;
    writer->needs |= EMIT_NEED_ROUND | EMIT_NEED_EXP | EMIT_NEED_VECTORS | EMIT_NEED_SUM |
                     EMIT_NEED_SOFTMAX_ROWS;
    write_batch_for(out, &scores);
    code_add(out, "{\n");
    write_sgemm(out, lowering, &scores, op_float(ref, "scale", 1 / sqrtf((float)scores.k)),
        op_operand(ref, "query"), op_operand(ref, "key"), s->scratch, scores.x_stride, NULL);
    if (mask >= 0) {
        struct mil_type shape = lowering->values[s->result].type;
        int64_t stride[MIL_RANK_MAX];
        shape.dim[shape.rank - 1] = scores.n;
        op_broadcast_strides(&lowering->values[mask].type, &shape, stride);
        writer->needs |= EMIT_NEED_MASK;
        code_add(
            out, "%s(", lowering->values[mask].type.dtype == MIL_BOOL ? "mask_keep" : "mask_add");
        emit_write_pointer(out, lowering, s->scratch);
        code_add(out, ", ");
        emit_write_pointer(out, lowering, mask);
        write_batch_offset(out, &scores, stride);
        code_add(out, ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ");\n", scores.m,
            scores.n, stride[shape.rank - 2], stride[shape.rank - 1]);
    }
    code_add(out, "softmax_rows(");
    emit_write_pointer(out, lowering, s->scratch);
    code_add(out, ", ");
    emit_write_pointer(out, lowering, s->scratch);
    code_add(out, ", %" PRId64 ", %" PRId64 ", 0);\n", scores.m, scores.n);
    int64_t strides[MIL_RANK_MAX];
    result_strides(&mix, strides);
    write_sgemm(
        out, lowering, &mix, 1, s->scratch, op_operand(ref, "value"), s->result, NULL, strides);
    code_add(out, "}\n");
}

static void write_softmax(
    struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    struct op_softmax shape = op_softmax((struct op_ref){lowering->function, s->op});
    bool half = lowering->values[s->result].type.dtype == MIL_FP16;
    struct code *out = &writer->functions;
    writer->needs |= EMIT_NEED_ROUND | EMIT_NEED_EXP;
    writer->needs |= shape.inner == 1 ? EMIT_NEED_VECTORS | EMIT_NEED_SOFTMAX_ROWS | EMIT_NEED_SUM
                                      : EMIT_NEED_SOFTMAX_PLANES;
    code_add(out, shape.inner == 1 ? "softmax_rows(" : "softmax_planes(");
    emit_write_pointer(out, lowering, s->result);
    code_add(out, ", ");
    emit_write_pointer(out, lowering, lowering->reads[s->first_read]);
    code_add(out, ", %" PRId64 ", %" PRId64, shape.outer, shape.n);
    if (shape.inner != 1)
        code_add(out, ", %" PRId64, shape.inner);
    code_add(out, ", %d);\n", half);
}

void emit_write_function(
    struct emit_writer *writer, const struct emit_lowering *lowering, int index) {
    static void (*const write[])(struct emit_writer *, const struct emit_lowering *, int) = {
        [EMIT_WIDEN] = write_widen,
        [EMIT_NARROW] = write_narrow,
        [EMIT_LOOP] = emit_write_loop,
        [EMIT_PRODUCT] = emit_write_product,
        [EMIT_CONV] = emit_write_conv,
        [EMIT_SDPA] = write_sdpa,
        [EMIT_COPY] = emit_write_copy,
        [EMIT_REDUCE] = emit_write_reduce,
        [EMIT_SOFTMAX] = write_softmax,
        [EMIT_LAYER_NORM] = emit_write_layer_norm,
        [EMIT_CALL] = emit_write_call,
        [EMIT_LIST] = emit_write_list,
        [EMIT_ASSIGN] = emit_write_assign,
        [EMIT_CONTROL] = emit_write_control,
    };
    code_add(&writer->functions,
        "static int f%d(const struct mil_host *host, const void *const *in, void *const *out,\n"
        "    void *arena, struct fault *fault) {\n"
        "char *a = arena;\n(void)host, (void)in, (void)out, (void)a, (void)fault;\n",
        index);
    for (int i = 0; i < lowering->n_steps; i++)
        write[lowering->steps[i].kind](writer, lowering, i);
    code_add(&writer->functions, "return 0;\n}\n");
}
