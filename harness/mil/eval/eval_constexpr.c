/* SPDX-License-Identifier: MIT
 *
 * Compressed weights: affine, blockwise, palettised, sparse. Their parts are arguments, or
 * attributes in the form used up to iOS 17.
 */
#include "mil/eval/eval_ops.h"

#include <stdlib.h>

/* A part's elements, to free(); NULL and *step->error when out of memory or the blob is missing. */
static union mil_cell *part(const struct eval_step *step, const char *name) {
    const struct mil_type *type = op_type(step->ref, name);
    const struct mil_attr *attr = mil_op_attr(step->ref.op, name);
    const union mil_cell *operand = eval_operand(step, name);
    size_t n = (size_t)mil_type_elements(type);
    union mil_cell *cells = malloc((n + 1) * sizeof *cells);
    if (!cells) {
        mil_fail(step->error, step->ref.op->place, "out of memory");
        return NULL;
    }
    for (size_t i = 0; operand && i < n; i++)
        cells[i] = operand[i];
    if (!operand && eval_literal(cells, &attr->literal, step->weights, step->error) != 0) {
        free(cells);
        return NULL;
    }
    return cells;
}

/* A channel's run of elements of one byte each, that is long enough for a table of what they stand for. */
enum { BYTES = 256, TABLE_MIN = 64 };

static float affine_of(enum mil_dtype dtype, int32_t data, int32_t zero, float scale) {
    return eval_round(dtype, (float)((double)(data - zero) * (double)scale));
}

/* The elements as they lie in the blob; NULL when they do not, or are not bytes. */
static const unsigned char *bytes_of(const struct eval_step *step, const char *name) {
    const struct mil_attr *attr = mil_op_attr(step->ref.op, name);
    const struct mil_literal *literal = attr ? &attr->literal : NULL;
    struct mil_blob blob;
    struct mil_error ignored;
    return literal && literal->blob_path &&
                   (literal->type->dtype == MIL_INT8 || literal->type->dtype == MIL_UINT8) &&
                   mil_literal_blob(literal, step->weights, &blob, &ignored) == 0
               ? blob.data
               : NULL;
}

/* Large matrices of bytes, without their cells. */
static void affine_bytes(const struct eval_step *step, const unsigned char *bytes, int64_t run,
    int64_t channels, const union mil_cell *scale, int64_t scale_step, const union mil_cell *zero,
    int64_t zero_step) {
    const struct mil_type *type = op_result_type(step->ref);
    const bool is_signed =
        mil_op_attr(step->ref.op, "quantized_data")->literal.type->dtype == MIL_INT8;
    for (int64_t i = 0; i < mil_type_elements(type); i += run) {
        const int64_t c = i / run % channels;
        float table[BYTES];
        for (int b = 0; b < BYTES; b++)
            table[b] = affine_of(type->dtype, is_signed ? (int8_t)b : b, zero[c * zero_step].i,
                scale[c * scale_step].f);
        for (int64_t k = i; k < i + run; k++)
            step->out[k].f = table[bytes[k]];
    }
}

int eval_affine(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const int64_t axis = op_int(step->ref, "axis", 0);
    const unsigned char *bytes = bytes_of(step, "quantized_data");
    int64_t run = 1;
    for (int64_t a = axis < 0 ? type->rank : axis + 1; a < type->rank; a++)
        run *= type->dim[a];
    if (axis < 0 || run < TABLE_MIN)
        bytes = NULL;
    union mil_cell *data = bytes ? NULL : part(step, "quantized_data");
    union mil_cell *scale = part(step, "scale"), *zero = part(step, "zero_point");
    struct eval_walk walk = {.shape = type};
    struct mil_type placed = op_channel_type(op_type(step->ref, "scale"), type, axis);
    bool whole = (bytes || data) && scale && zero;
    eval_walk_operand(&walk, 1, &placed);
    placed = op_channel_type(op_type(step->ref, "zero_point"), type, axis);
    eval_walk_operand(&walk, 2, &placed);
    for (int64_t i = 0; whole && data && i < mil_type_elements(type); i++, eval_walk_next(&walk))
        step->out[i].f =
            affine_of(type->dtype, data[i].i, zero[walk.offset[2]].i, scale[walk.offset[1]].f);
    if (whole && bytes)
        affine_bytes(step, bytes, run, type->dim[axis], scale,
            mil_type_elements(op_type(step->ref, "scale")) > 1, zero,
            mil_type_elements(op_type(step->ref, "zero_point")) > 1);
    free(data);
    free(scale);
    free(zero);
    return whole ? 0 : -1;
}

/* From one element's index to the next one's. */
static void index_next(const struct mil_type *type, int64_t index[MIL_RANK_MAX]) {
    for (int axis = type->rank - 1; axis >= 0 && ++index[axis] == type->dim[axis]; axis--)
        index[axis] = 0;
}

/* The element of `blocks` that covers an element of `type`; its axes divide those of `type`. */
static int64_t block_at(
    const struct mil_type *type, const struct mil_type *blocks, const int64_t *index) {
    int64_t at = 0;
    for (int i = 0; i < type->rank; i++)
        if (blocks->dim[i] > 1)
            at = at * blocks->dim[i] + index[i] / (type->dim[i] / blocks->dim[i]);
    return at;
}

/* scale * (data - offset), with one scale and offset per block. */
int eval_blockwise(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref), *blocks = op_type(step->ref, "scale");
    const struct mil_type *offset_type = op_type(step->ref, "offset");
    union mil_cell *data = part(step, "data"), *scale = part(step, "scale");
    union mil_cell *offset = offset_type ? part(step, "offset") : NULL;
    bool whole = data && scale && (offset || !offset_type);
    enum mil_dtype dtype = op_type(step->ref, "data")->dtype;
    int64_t index[MIL_RANK_MAX] = {0};
    const int64_t n = mil_type_elements(type);
    for (int64_t i = 0; whole && i < n; i++, index_next(type, index)) {
        int64_t at = block_at(type, blocks, index);
        double value = eval_get(&data[i], dtype);
        if (offset)
            value -= eval_get(&offset[at], offset_type->dtype);
        step->out[i].f = eval_round(type->dtype, (float)(value * (double)scale[at].f));
    }
    free(data);
    free(scale);
    free(offset);
    return whole ? 0 : -1;
}

int eval_constexpr_cast(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    enum mil_dtype from = op_type(step->ref, "source_val")->dtype;
    union mil_cell *source = part(step, "source_val");
    for (int64_t i = 0; source && i < mil_type_elements(type); i++)
        eval_set(&step->out[i], type->dtype, eval_get(&source[i], from));
    free(source);
    return source ? 0 : -1;
}

/* Fields of `bits` bits, packed from the lowest up: up to iOS 17, indices and masks are uint8
 * vectors of them. */
static int32_t packed(const union mil_cell *bytes, int64_t i, int bits) {
    int64_t at = i * bits;
    int32_t value = 0;
    for (int b = 0; b < bits; b++)
        value |= (bytes[(at + b) / 8].i >> (at + b) % 8 & 1) << b;
    return value;
}

static int index_bits(int64_t palette) {
    int bits = 0;
    while ((int64_t)1 << bits < palette)
        bits++;
    return bits;
}

/* Large matrices with one palette of numbers. */
static bool palette_look_up(union mil_cell *out, const union mil_cell *indices, int64_t n,
    const union mil_cell *lut, int64_t palette) {
    int32_t most = 0;
    for (int64_t i = 0; i < n; i++)
        most = indices[i].i > most ? indices[i].i : most;
    for (int64_t i = 0; most < palette && i < n; i++)
        out[i] = lut[indices[i].i];
    return most < palette;
}

static int palette_exceeded(const struct eval_step *step) {
    return mil_fail(step->error, step->ref.op->place, "%s: an index is beyond the palette",
        mil_op_name(step->ref.op));
}

/* Packed indices share one palette; otherwise lut is [blocks..., palette, vector]. */
int eval_lut_to_dense(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref), *lut_type = op_type(step->ref, "lut");
    const struct mil_type *indices_type = op_type(step->ref, "indices");
    union mil_cell *indices = part(step, "indices"), *lut = part(step, "lut");
    bool is_packed = op_type(step->ref, "shape") != NULL, whole = indices && lut;
    int64_t vector = is_packed ? 1 : lut_type->dim[lut_type->rank - 1];
    int64_t palette = is_packed ? lut_type->dim[0] : lut_type->dim[lut_type->rank - 2];
    int axis = vector > 1 ? op_axis(step->ref, "vector_axis", 0, type->rank) : 0;
    int bits = index_bits(palette);
    int64_t room = indices ? mil_type_elements(indices_type) * 8 : 0;
    if (whole && is_packed && mil_type_elements(type) * bits > room) {
        mil_fail(step->error, step->ref.op->place,
            "%s: 'indices' has fewer elements than 'shape' needs", mil_op_name(step->ref.op));
        whole = false;
    }
    const int64_t n = mil_type_elements(type);
    const bool is_plain = !is_packed && mil_type_elements(lut_type) == palette;
    int64_t index[MIL_RANK_MAX] = {0};
    if (whole && is_plain && !palette_look_up(step->out, indices, n, lut, palette))
        whole = palette_exceeded(step) == 0;
    for (int64_t i = 0; whole && !is_plain && i < n; i++, index_next(type, index)) {
        int64_t element, block = 0, lane = 0;
        if (is_packed) {
            element = packed(indices, i, bits);
        } else {
            const int64_t of_vectors = index[axis];
            lane = of_vectors % vector;
            index[axis] /= vector;
            element = indices[vector == 1 ? i : eval_ravel(indices_type, index)].i;
            block = block_at(indices_type, lut_type, index);
            index[axis] = of_vectors;
        }
        if (element >= palette) {
            whole = palette_exceeded(step) == 0;
            break;
        }
        step->out[i] = lut[(block * palette + element) * vector + lane];
    }
    free(indices);
    free(lut);
    return whole ? 0 : -1;
}

int eval_sparse_to_dense(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    union mil_cell *nonzero = part(step, "nonzero_data"), *mask = part(step, "mask");
    bool is_packed = op_type(step->ref, "shape") != NULL, whole = nonzero && mask;
    int64_t n = whole ? mil_type_elements(op_type(step->ref, "nonzero_data")) : 0, used = 0;
    if (whole && is_packed &&
        mil_type_elements(op_type(step->ref, "mask")) * 8 < mil_type_elements(type))
        whole = mil_fail(step->error, step->ref.op->place,
                    "%s: 'mask' is shorter than 'shape' needs", mil_op_name(step->ref.op)) == 0;
    const int64_t n_out = mil_type_elements(type);
    for (int64_t i = 0; whole && i < n_out; i++) {
        bool set = is_packed ? packed(mask, i, 1) : mask[i].i;
        if (set && used == n)
            whole = mil_fail(step->error, step->ref.op->place,
                        "%s: 'mask' has more ones than 'nonzero_data' elements",
                        mil_op_name(step->ref.op)) == 0;
        else
            step->out[i] = set ? nonzero[used++] : (union mil_cell){0};
    }
    free(nonzero);
    free(mask);
    return whole ? 0 : -1;
}

/* Shared by both sparse operators: the results are the mask and the numbers where it is set. */
struct sparse {
    const struct mil_type *mask_type, *data_type, *scale_type, *offset_type;
    union mil_cell *mask, *data, *scale, *offset;
    union mil_cell *out; /* the numbers */
    enum mil_dtype dtype;
};

static int sparse_open(const struct eval_step *step, const char *mask, const char *data,
    const char *scale, struct sparse *s) {
    const struct mil_value *results = step->ref.function->values + step->ref.op->result;
    *s = (struct sparse){.mask_type = op_type(step->ref, mask),
        .data_type = op_type(step->ref, data),
        .scale_type = op_type(step->ref, scale),
        .offset_type = op_type(step->ref, "offset")};
    int axes = s->mask_type->rank;
    bool fits = step->ref.op->n_results == 2 && s->data_type->rank == 1 &&
                s->scale_type->rank >= axes &&
                mil_type_elements(results[0].type) == mil_type_elements(s->mask_type) &&
                mil_type_elements(results[1].type) == mil_type_elements(s->data_type) &&
                results[1].type->dtype == s->scale_type->dtype;
    for (int i = 0; fits && i < axes; i++)
        fits = s->scale_type->dim[i] > 0 && s->mask_type->dim[i] % s->scale_type->dim[i] == 0;
    if (!fits ||
        (s->offset_type && mil_type_elements(s->offset_type) != mil_type_elements(s->scale_type)))
        return mil_fail(step->error, step->ref.op->place, "%s: the sizes of its parts do not match",
            mil_op_name(step->ref.op));
    s->mask = part(step, mask);
    s->data = part(step, data);
    s->scale = part(step, scale);
    s->offset = s->offset_type ? part(step, "offset") : NULL;
    s->out = step->cells[step->ref.op->result + 1];
    s->dtype = results[1].type->dtype;
    return s->mask && s->data && s->scale && (s->offset || !s->offset_type) ? 0 : -1;
}

static int sparse_close(struct sparse *s, int status) {
    free(s->mask);
    free(s->data);
    free(s->scale);
    free(s->offset);
    return status;
}

/* Calls a function for each number where the mask is set, with its block. */
static int sparse_each(const struct eval_step *step, const struct sparse *s,
    bool (*put)(const struct sparse *s, int64_t number, int64_t block)) {
    int64_t used = 0, n = mil_type_elements(s->data_type);
    for (int64_t i = 0; i < mil_type_elements(s->mask_type); i++) {
        int64_t index[MIL_RANK_MAX];
        step->out[i] = s->mask[i];
        if (!s->mask[i].i)
            continue;
        eval_unravel(s->mask_type, i, index);
        if (used == n || !put(s, used++, block_at(s->mask_type, s->scale_type, index)))
            return mil_fail(step->error, step->ref.op->place,
                "%s: the mask has more ones than numbers, or an index is beyond the palette",
                mil_op_name(step->ref.op));
    }
    return 0;
}

static bool put_scaled(const struct sparse *s, int64_t number, int64_t block) {
    double value = eval_get(&s->data[number], s->data_type->dtype);
    if (s->offset)
        value -= eval_get(&s->offset[block], s->offset_type->dtype);
    eval_set(&s->out[number], s->dtype, value * (double)s->scale[block].f);
    return true;
}

/* Here scale is the palette: [blocks..., palette, 1]. */
static bool put_looked_up(const struct sparse *s, int64_t number, int64_t block) {
    int64_t palette = s->scale_type->dim[s->scale_type->rank - 2];
    if (s->data[number].i < 0 || s->data[number].i >= palette)
        return false;
    s->out[number] = s->scale[block * palette + s->data[number].i];
    return true;
}

int eval_sparse_blockwise(const struct eval_step *step) {
    struct sparse s;
    int status = sparse_open(step, "data_mask", "nonzero_data", "scale", &s);
    return sparse_close(&s, status == 0 ? sparse_each(step, &s, put_scaled) : -1);
}

int eval_lut_to_sparse(const struct eval_step *step) {
    struct sparse s;
    int status = sparse_open(step, "indices_mask", "indices_nonzero_data", "lut", &s);
    if (status == 0 && (s.scale_type->rank != s.mask_type->rank + 2 ||
                           s.scale_type->dim[s.scale_type->rank - 1] != 1))
        status = mil_fail(step->error, step->ref.op->place,
            "%s: palettes of vectors are not evaluated here", mil_op_name(step->ref.op));
    return sparse_close(&s, status == 0 ? sparse_each(step, &s, put_looked_up) : -1);
}
