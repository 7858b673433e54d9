/* SPDX-License-Identifier: MIT
 *
 * Compressed weights, whose parts have types of few bits and stand among the arguments or the attributes: as
 * text.
 */
#include "draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The statement being written: its parts are attributes, as up to iOS 17, or arguments. */
struct statement {
    struct draw *d;
    FILE *out;
    bool as_attributes, has_parts;
};

static void part_name(struct statement *s, const char *name) {
    fprintf(s->out, "%s%s = ", s->as_attributes || s->has_parts ? ", " : "", name);
    s->has_parts = true;
}

static int64_t count(int rank, const int64_t *dim) {
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dim[i];
    return n;
}

static void type_put(FILE *out, const char *dtype, int rank, const int64_t *dim) {
    fprintf(out, rank ? "tensor<%s, [" : "%s", dtype);
    for (int i = 0; i < rank; i++)
        fprintf(out, "%s%" PRId64, i ? ", " : "", dim[i]);
    fprintf(out, rank ? "]>" : "");
}

/* Whole numbers from low to high, over `by`. */
static void numbers(struct statement *s, const char *name, const char *dtype, int rank,
    const int64_t *dim, int low, int high, double by) {
    part_name(s, name);
    type_put(s->out, dtype, rank, dim);
    fprintf(s->out, rank ? "([" : "(");
    for (int64_t i = 0; i < count(rank, dim); i++)
        fprintf(s->out, "%s%g", i ? ", " : "", draw_from(s->d, low, high) / by);
    fprintf(s->out, rank ? "])" : ")");
}

static void number(struct statement *s, const char *name, int value) {
    part_name(s, name);
    fprintf(s->out, "int32(%d)", value);
}

static void begin(struct statement *s, const char *type, enum mil_opcode code) {
    s->has_parts = false;
    fprintf(s->out, "    %s = %s(%s", type, mil_opcode_name(code),
        s->as_attributes ? ")[name = string(\"w_op\")" : "");
}

static void end(struct statement *s, const char *name) {
    if (s->as_attributes)
        fprintf(s->out, "];\n");
    else
        fprintf(s->out, ")[name = string(\"%s\")];\n", name);
}

static int shape_draw(struct draw *d, int64_t *dim) {
    const int rank = draw_from(d, 1, 3);
    for (int i = 0; i < rank; i++)
        dim[i] = draw_from(d, 1, 6);
    return rank;
}

/* Sizes that divide those of a tensor. */
static void blocks_draw(struct draw *d, int rank, const int64_t *dim, int64_t *blocks) {
    for (int i = 0; i < rank; i++) {
        blocks[i] = draw_from(d, 1, (int)dim[i]);
        while (dim[i] % blocks[i] != 0)
            blocks[i]--;
    }
}

static void result_type(char *to, size_t bytes, int rank, const int64_t *dim) {
    size_t used = (size_t)snprintf(to, bytes, "tensor<fp32, [");
    for (int i = 0; i < rank; i++)
        used += (size_t)snprintf(to + used, bytes - used, "%s%" PRId64, i ? ", " : "", dim[i]);
    snprintf(to + used, bytes - used, "]> w");
}

static void affine(struct statement *s, int rank, const int64_t *dim, char *type) {
    const char *dtype = draw_below(s->d, 2) ? "int8" : "uint8";
    const int axis = draw_axis(s->d, rank), low = dtype[0] == 'i' ? -128 : 0;
    const int64_t *channels = &dim[axis < 0 ? axis + rank : axis];
    begin(s, type, MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE);
    numbers(s, "quantized_data", dtype, rank, dim, low, low + 255, 1);
    numbers(s, "scale", "fp32", draw_below(s->d, 2), channels, 1, 16, 64);
    numbers(s, "zero_point", dtype, draw_below(s->d, 2), channels, low, low + 255, 1);
    number(s, "axis", axis);
    end(s, "w");
}

static void blockwise(struct statement *s, int rank, const int64_t *dim, char *type) {
    static const char *const dtypes[] = {"int4", "uint4", "int8", "uint8"};
    static const int lows[] = {-8, 0, -128, 0}, highs[] = {7, 15, 127, 255};
    const int kind = draw_below(s->d, 4);
    int64_t blocks[3];
    blocks_draw(s->d, rank, dim, blocks);
    begin(s, type, MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE);
    numbers(s, "data", dtypes[kind], rank, dim, lows[kind], highs[kind], 1);
    numbers(s, "scale", "fp32", rank, blocks, -16, 16, 64);
    if (draw_below(s->d, 2))
        numbers(s, "offset", dtypes[kind], rank, blocks, lows[kind], highs[kind], 1);
    end(s, "w");
}

/* Bytes of packed bits, and the shape that they are of. */
static void packed(struct statement *s, const char *name, int bits, int rank, const int64_t *dim) {
    const int64_t n = (count(rank, dim) * bits + 7) / 8, n_axes = rank;
    numbers(s, name, "uint8", 1, &n, 0, 255, 1);
    part_name(s, "shape");
    fprintf(s->out, "tensor<uint32, [%" PRId64 "]>([", n_axes);
    for (int i = 0; i < rank; i++)
        fprintf(s->out, "%s%" PRId64, i ? ", " : "", dim[i]);
    fprintf(s->out, "])");
}

/* [blocks..., palette, vector] */
static void palettes(struct statement *s, int rank, const int64_t *dim, int bits, int64_t vector) {
    int64_t lut[5];
    blocks_draw(s->d, rank, dim, lut);
    lut[rank] = 1 << bits;
    lut[rank + 1] = vector;
    numbers(s, "lut", "fp32", rank + 2, lut, -64, 64, 32);
}

static void lut_to_dense(struct statement *s, int rank, int64_t *dim, char *type, size_t bytes) {
    static const int sizes[] = {1, 2, 4, 6, 8, 3};
    const int bits = sizes[draw_below(s->d, s->as_attributes ? 5 : 6)];
    const int64_t palette = 1 << bits;
    char dtype[8];
    snprintf(dtype, sizeof dtype, "uint%d", bits);
    if (s->as_attributes) {
        begin(s, type, MIL_OP_CONSTEXPR_LUT_TO_DENSE);
        numbers(s, "lut", "fp32", 1, &palette, -64, 64, 32);
        packed(s, "indices", bits, rank, dim);
    } else {
        const int64_t vector = draw_from(s->d, 1, 2), axis = draw_axis(s->d, rank);
        int64_t whole[3];
        for (int i = 0; i < rank; i++)
            whole[i] = dim[i] * (i == (axis < 0 ? axis + rank : axis) ? vector : 1);
        result_type(type, bytes, rank, whole);
        begin(s, type, MIL_OP_CONSTEXPR_LUT_TO_DENSE);
        numbers(s, "indices", dtype, rank, dim, 0, (int)palette - 1, 1);
        palettes(s, rank, dim, bits, vector);
        if (vector > 1 || draw_below(s->d, 2))
            number(s, "vector_axis", (int)axis);
    }
    end(s, "w");
}

/* A mask of random bits; how many are set. */
static int64_t mask(struct statement *s, const char *name, int rank, const int64_t *dim) {
    int64_t n_set = 0, n = count(rank, dim);
    part_name(s, name);
    type_put(s->out, "uint1", rank, dim);
    fprintf(s->out, "([");
    for (int64_t i = 0; i < n; i++) {
        const int bit = i == 0 || draw_below(s->d, 2); /* at least one */
        n_set += bit;
        fprintf(s->out, "%s%d", i ? ", " : "", bit);
    }
    fprintf(s->out, "])");
    return n_set;
}

static void sparse_to_dense(struct statement *s, int rank, const int64_t *dim, char *type) {
    const int64_t all = count(rank, dim);
    begin(s, type, MIL_OP_CONSTEXPR_SPARSE_TO_DENSE);
    if (s->as_attributes) { /* as many numbers as there can be ones */
        const int64_t bytes = (all + 7) / 8, room = bytes * 8;
        numbers(s, "nonzero_data", "fp32", 1, &room, -64, 64, 32);
        packed(s, "mask", 1, rank, dim);
    } else {
        const int64_t n = mask(s, "mask", rank, dim);
        numbers(s, "nonzero_data", "fp32", 1, &n, -64, 64, 32);
    }
    end(s, "w");
}

/* A sparse operator, whose two results sparse_to_dense takes. */
static void sparse(struct statement *s, int rank, const int64_t *dim, char *type, bool looks_up) {
    char masks[96], numbers_type[160];
    int64_t blocks[3];
    char *text = NULL;
    size_t bytes = 0;
    FILE *line = s->out, *parts = open_memstream(&text, &bytes);
    s->as_attributes = s->has_parts = false;
    s->out = parts;
    const int64_t n = mask(s, looks_up ? "indices_mask" : "data_mask", rank, dim);
    if (looks_up) {
        numbers(s, "indices_nonzero_data", "uint2", 1, &n, 0, 3, 1);
        palettes(s, rank, dim, 2, 1);
    } else {
        blocks_draw(s->d, rank, dim, blocks);
        numbers(s, "nonzero_data", "int8", 1, &n, -128, 127, 1);
        numbers(s, "scale", "fp32", rank, blocks, 1, 16, 64);
        if (draw_below(s->d, 2))
            numbers(s, "offset", "int8", rank, blocks, -128, 127, 1);
    }
    fclose(parts);
    s->out = line;
    size_t used = (size_t)snprintf(masks, sizeof masks, "tensor<uint1, [");
    for (int i = 0; i < rank; i++)
        used += (size_t)snprintf(
            masks + used, sizeof masks - used, "%s%" PRId64, i ? ", " : "", dim[i]);
    snprintf(masks + used, sizeof masks - used, "]>");
    snprintf(numbers_type, sizeof numbers_type, "%s m, tensor<fp32, [%" PRId64 "]> v", masks, n);
    fprintf(s->out, "    %s = %s(%s)[name = string(\"m\")];\n", numbers_type,
        mil_opcode_name(looks_up ? MIL_OP_CONSTEXPR_LUT_TO_SPARSE
                                 : MIL_OP_CONSTEXPR_SPARSE_BLOCKWISE_SHIFT_SCALE),
        text);
    fprintf(s->out,
        "    %s = constexpr_sparse_to_dense(mask = m, nonzero_data = v)[name = string(\"w\")];\n",
        type);
    free(text);
}

void draw_weights(struct draw *d, enum mil_opcode code, int number_of, FILE *out) {
    struct statement s = {.d = d, .out = out, .as_attributes = draw_below(d, 2)};
    int64_t dim[3];
    char type[96];
    const int rank = shape_draw(d, dim);
    result_type(type, sizeof type, rank, dim);
    fprintf(out, "  func f%d<ios18>(tensor<fp32, [1]> x) {\n", number_of);
    switch (code) {
    case MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE:
        affine(&s, rank, dim, type);
        break;
    case MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE:
        s.as_attributes = false;
        blockwise(&s, rank, dim, type);
        break;
    case MIL_OP_CONSTEXPR_LUT_TO_DENSE:
        lut_to_dense(&s, rank, dim, type, sizeof type);
        break;
    case MIL_OP_CONSTEXPR_SPARSE_TO_DENSE:
        sparse_to_dense(&s, rank, dim, type);
        break;
    case MIL_OP_CONSTEXPR_CAST:
        begin(&s, type, code);
        numbers(&s, "source_val", "fp16", rank, dim, -64, 64, 32);
        part_name(&s, "output_dtype");
        fprintf(out, "string(\"fp32\")");
        end(&s, "w");
        break;
    default:
        sparse(&s, rank, dim, type, code == MIL_OP_CONSTEXPR_LUT_TO_SPARSE);
        break;
    }
    type[strlen(type) - 1] = 'y';
    fprintf(out, "    %s = add(x = w, y = x)[name = string(\"y\")];\n  } -> (y);\n", type);
}
