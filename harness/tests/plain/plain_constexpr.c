/* SPDX-License-Identifier: MIT
 *
 * Compressed weights, in the form of attributes and packed bits (up to iOS 17) and in that of tensors.
 */
#include "plain.h"

#include <stdlib.h>

/* Field `i` of `bits` bits in a vector of bytes, lowest bits first. */
static int64_t field(const struct plain *bytes, int64_t i, int bits) {
    int64_t value = 0;
    for (int b = bits; b-- > 0;) {
        const int64_t bit = i * bits + b;
        value = 2 * value + ((int64_t)bytes->data[bit / 8] >> bit % 8) % 2;
    }
    return value;
}

/* The place of `t` that covers a place of a tensor of sizes `dim`: each axis of t divides that axis. */
static void cover(
    const struct plain *t, int rank, const int64_t *dim, const int64_t *index, int64_t *at) {
    for (int i = 0; i < rank; i++)
        at[i] = index[i] * t->dim[i] / dim[i];
}

/* One number for all, or one for each place along the axis. */
static double along(const struct plain *t, int axis, const int64_t *index) {
    return t->data[plain_count(t) == 1 ? 0 : index[axis]];
}

static void affine(const struct plain_call *c) {
    struct plain data = plain_part(c, "quantized_data"), zero = plain_part(c, "zero_point"),
                 scale = plain_part(c, "scale"), axis = plain_part(c, "axis");
    const int at = axis.data ? (int)axis.data[0] : 0;
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(data.rank, data.dim);
    do
        plain_put(&c->out[0], index,
            (plain_at(&data, index) - along(&zero, at < 0 ? at + data.rank : at, index)) *
                along(&scale, at < 0 ? at + data.rank : at, index));
    while (plain_next(data.rank, data.dim, index));
    free(data.data);
    free(zero.data);
    free(scale.data);
    free(axis.data);
}

static double shifted(const struct plain *scale, const struct plain *offset, double value, int rank,
    const int64_t *dim, const int64_t *index) {
    int64_t at[PLAIN_RANK];
    cover(scale, rank, dim, index, at);
    return plain_at(scale, at) * (value - (offset->data ? plain_at(offset, at) : 0));
}

static void blockwise(const struct plain_call *c) {
    struct plain data = plain_part(c, "data"), scale = plain_part(c, "scale"),
                 offset = plain_part(c, "offset");
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(data.rank, data.dim);
    do
        plain_put(&c->out[0], index,
            shifted(&scale, &offset, plain_at(&data, index), data.rank, data.dim, index));
    while (plain_next(data.rank, data.dim, index));
    free(data.data);
    free(scale.data);
    free(offset.data);
}

/* The shape that a vector of sizes says. */
static struct plain of_shape(const struct plain *shape) {
    int64_t dim[PLAIN_RANK];
    for (int i = 0; i < (int)plain_count(shape); i++)
        dim[i] = (int64_t)shape->data[i];
    return plain_new((int)plain_count(shape), dim);
}

/* The number that an index stands for: lut is [blocks..., palette, vector]. */
static double looked_up(const struct plain *lut, int rank, const int64_t *dim, const int64_t *index,
    int64_t number, int64_t lane) {
    int64_t at[PLAIN_RANK];
    cover(lut, rank, dim, index, at);
    at[rank] = number;
    at[rank + 1] = lane;
    return plain_at(lut, at);
}

static void lut_to_dense(const struct plain_call *c) {
    struct plain indices = plain_part(c, "indices"), lut = plain_part(c, "lut"),
                 shape = plain_part(c, "shape"), axis = plain_part(c, "vector_axis");
    int64_t index[PLAIN_RANK] = {0}, dim[PLAIN_RANK];
    if (shape.data) {
        int bits = 0;
        for (int64_t n = lut.dim[0]; n > 1; n /= 2)
            bits++;
        c->out[0] = of_shape(&shape);
        for (int64_t i = 0; i < plain_count(&c->out[0]); i++)
            c->out[0].data[i] = lut.data[field(&indices, i, bits)];
    } else {
        const int64_t vector = lut.dim[lut.rank - 1];
        const int given = axis.data ? (int)axis.data[0] : 0;
        const int along_axis = given < 0 ? given + indices.rank : given;
        for (int i = 0; i < indices.rank; i++)
            dim[i] = indices.dim[i] * (i == along_axis ? vector : 1);
        c->out[0] = plain_new(indices.rank, dim);
        do {
            int64_t of[PLAIN_RANK];
            for (int i = 0; i < indices.rank; i++)
                of[i] = i == along_axis ? index[i] / vector : index[i];
            plain_put(&c->out[0], index,
                looked_up(&lut, indices.rank, indices.dim, of, (int64_t)plain_at(&indices, of),
                    index[along_axis] % vector));
        } while (plain_next(indices.rank, dim, index));
    }
    free(indices.data);
    free(lut.data);
    free(shape.data);
    free(axis.data);
}

static void sparse_to_dense(const struct plain_call *c) {
    struct plain data = plain_part(c, "nonzero_data"), mask = plain_part(c, "mask"),
                 shape = plain_part(c, "shape");
    int64_t used = 0;
    c->out[0] = shape.data ? of_shape(&shape) : plain_new(mask.rank, mask.dim);
    for (int64_t i = 0; i < plain_count(&c->out[0]); i++)
        if (shape.data ? field(&mask, i, 1) : (int64_t)mask.data[i])
            c->out[0].data[i] = data.data[used++];
    free(data.data);
    free(mask.data);
    free(shape.data);
}

/* The mask, and for each number under it what the operator makes of it. */
static void sparse(const struct plain_call *c, bool looks_up) {
    struct plain mask = plain_part(c, looks_up ? "indices_mask" : "data_mask"),
                 data = plain_part(c, looks_up ? "indices_nonzero_data" : "nonzero_data"),
                 scale = plain_part(c, looks_up ? "lut" : "scale"),
                 offset = plain_part(c, "offset");
    int64_t index[PLAIN_RANK] = {0}, used = 0;
    c->out[0] = plain_new(mask.rank, mask.dim);
    c->out[1] = plain_new(data.rank, data.dim);
    do {
        const double is_set = plain_at(&mask, index);
        plain_put(&c->out[0], index, is_set);
        if (is_set == 0)
            continue;
        c->out[1].data[used] =
            looks_up ? looked_up(&scale, mask.rank, mask.dim, index, (int64_t)data.data[used], 0)
                     : shifted(&scale, &offset, data.data[used], mask.rank, mask.dim, index);
        used++;
    } while (plain_next(mask.rank, mask.dim, index));
    free(mask.data);
    free(data.data);
    free(scale.data);
    free(offset.data);
}

bool plain_constexpr(const struct plain_call *c) {
    switch (c->op->code) {
    case MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE:
        return affine(c), true;
    case MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE:
        return blockwise(c), true;
    case MIL_OP_CONSTEXPR_LUT_TO_DENSE:
        return lut_to_dense(c), true;
    case MIL_OP_CONSTEXPR_SPARSE_TO_DENSE:
        return sparse_to_dense(c), true;
    case MIL_OP_CONSTEXPR_LUT_TO_SPARSE:
        return sparse(c, true), true;
    case MIL_OP_CONSTEXPR_SPARSE_BLOCKWISE_SHIFT_SCALE:
        return sparse(c, false), true;
    case MIL_OP_CONSTEXPR_CAST:
        c->out[0] = plain_part(c, "source_val");
        return true;
    default:
        return false;
    }
}
