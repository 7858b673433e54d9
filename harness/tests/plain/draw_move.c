/* SPDX-License-Identifier: MIT */
#include "draw.h"

static void transpose(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 5), 4);
    int32_t perm[MIL_RANK_MAX];
    for (int i = 0; i < x.rank; i++)
        perm[i] = i;
    for (int i = x.rank - 1; i > 0; i--) {
        const int other = draw_below(d, i + 1), kept = perm[i];
        perm[i] = perm[other];
        perm[other] = kept;
    }
    for (int i = 0; i < x.rank; i++)
        perm[i] -= draw_below(d, 2) ? x.rank : 0;
    draw_input(d, "x", x);
    draw_ints(d, "perm", x.rank, perm);
}

static void reshape(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 4);
    int32_t shape[3] = {(int32_t)x.dim[x.rank - 1], -1, 1};
    draw_input(d, "x", x);
    draw_ints(d, "shape", draw_from(d, 2, 3), shape);
}

static void expand_dims(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 3), 4);
    const int n = draw_from(d, 1, 2), rank = x.rank + n;
    const int first = draw_below(d, rank), second = (first + draw_from(d, 1, rank - 1)) % rank;
    draw_input(d, "x", x);
    const int down = draw_below(d, 2) ? rank : 0, down_too = draw_below(d, 2) ? rank : 0;
    draw_ints(d, "axes", n, (const int32_t[]){first - down, second - down_too});
}

static void squeeze(struct draw *d) {
    struct mil_type x = draw_type(d, draw_from(d, 2, 4), 3);
    const int axis = draw_axis(d, x.rank);
    x.dim[axis < 0 ? axis + x.rank : axis] = 1;
    draw_input(d, "x", x);
    draw_ints(d, "axes", 1, (const int32_t[]){axis});
}

static void slice_by_size(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    int32_t begin[MIL_RANK_MAX], size[MIL_RANK_MAX];
    for (int i = 0; i < x.rank; i++) {
        begin[i] = draw_below(d, (int)x.dim[i]);
        size[i] = draw_below(d, 3) ? draw_from(d, 1, (int)x.dim[i] - begin[i]) : -1;
    }
    draw_input(d, "x", x);
    draw_ints(d, "begin", x.rank, begin);
    draw_ints(d, "size", x.rank, size);
}

/* From either end, in either direction, with masks; every axis keeps an element. */
static void slice_by_index(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 2, 4), 6);
    int32_t begin[MIL_RANK_MAX], end[MIL_RANK_MAX], stride[MIL_RANK_MAX];
    bool masks[3][MIL_RANK_MAX];
    for (int i = 0; i < x.rank; i++) {
        const int dim = (int)x.dim[i], first = draw_below(d, dim),
                  last = draw_from(d, first, dim - 1);
        const bool back = draw_below(d, 2);
        stride[i] = draw_from(d, 1, 3) * (back ? -1 : 1);
        begin[i] = back ? last : first;
        end[i] = back ? first - 1 : last + 1;
        masks[0][i] = draw_below(d, 4) == 0;
        masks[1][i] = draw_below(d, 4) == 0;
        masks[2][i] = i > 0 && draw_below(d, 5) == 0;
        if (end[i] < 0) /* before the first: only a mask says so */
            masks[1][i] = true;
        begin[i] -= draw_below(d, 2) ? dim : 0;
        end[i] -= end[i] > 0 && end[i] < dim && draw_below(d, 2) ? dim : 0;
    }
    draw_input(d, "x", x);
    draw_ints(d, "begin", x.rank, begin);
    draw_ints(d, "end", x.rank, end);
    draw_ints(d, "stride", x.rank, stride);
    draw_bools(d, "begin_mask", x.rank, masks[0]);
    draw_bools(d, "end_mask", x.rank, masks[1]);
    if (draw_below(d, 2))
        draw_bools(d, "squeeze_mask", x.rank, masks[2]);
}

static void parts(struct draw *d, bool same_along, int axis, struct mil_type type) {
    int values[3];
    const int n = draw_from(d, 2, 3), from_front = axis < 0 ? axis + type.rank : axis;
    static const char *const names[] = {"x", "y", "z"};
    for (int i = 0; i < n; i++) {
        if (!same_along)
            type.dim[from_front] = draw_from(d, 1, 3);
        values[i] = mil_build_input(d->builder, names[i], type);
    }
    draw_tuple(d, "values", values, n);
}

static void concat(struct draw *d) {
    if (draw_below(d, 6) == 0) { /* of scalars */
        parts(d, true, 0, draw_shape(0, NULL));
        draw_int(d, "axis", -draw_below(d, 2));
        return;
    }
    const struct mil_type type = draw_type(d, draw_from(d, 1, 4), 4);
    const int axis = draw_axis(d, type.rank);
    const bool in_turns = draw_below(d, 3) == 0;
    parts(d, in_turns, axis, type);
    draw_int(d, "axis", axis);
    draw_bool(d, "interleave", in_turns);
}

static void stack(struct draw *d) {
    const struct mil_type type = draw_type(d, draw_from(d, 1, 3), 4);
    parts(d, true, 0, type);
    draw_int(d, "axis", draw_axis(d, type.rank + 1));
}

static void tile(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 3);
    int32_t reps[MIL_RANK_MAX];
    for (int i = 0; i < x.rank; i++)
        reps[i] = draw_from(d, 1, 3);
    draw_input(d, "x", x);
    draw_ints(d, "reps", x.rank, reps);
}

static void reverse(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 4);
    draw_input(d, "x", x);
    if (draw_below(d, 3))
        draw_ints(d, "axes", 1, (const int32_t[]){draw_axis(d, x.rank)});
}

static void pad(struct draw *d) {
    static const char *const modes[] = {"constant", "reflect", "replicate"};
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 4);
    const int mode = draw_below(d, 3), n = draw_from(d, 1, x.rank < 2 ? x.rank : 2);
    int32_t pads[4];
    for (int i = 0; i < n; i++) {
        const int dim = (int)x.dim[x.rank - n + i], most = mode == 1 ? dim - 1 : 3;
        pads[2 * i] = draw_from(d, 0, most);
        pads[2 * i + 1] = draw_from(d, 0, most);
    }
    draw_input(d, "x", x);
    draw_ints(d, "pad", 2 * n, pads);
    draw_text(d, "mode", modes[mode]);
    if (mode == 0)
        draw_number(d, "constant_val", 9);
}

static void band_part(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 2, 4), 5));
    draw_int(d, "lower", draw_from(d, -1, 3));
    draw_int(d, "upper", draw_from(d, -1, 3));
}

static void sliding_windows(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 3), 6);
    const int axis = draw_axis(d, x.rank);
    draw_input(d, "x", x);
    draw_int(d, "axis", axis);
    draw_int(d, "size", draw_from(d, 1, (int)x.dim[axis < 0 ? axis + x.rank : axis]));
    draw_int(d, "stride", draw_from(d, 1, 3));
}

static void to_space(struct draw *d, const char *name, bool to) {
    const int b = draw_from(d, 1, 3);
    int64_t dim[4];
    for (int i = 0; i < 4; i++)
        dim[i] = draw_from(d, 1, i < 2 ? 2 : 3);
    dim[1] *= to ? b * b : 1;
    dim[2] *= to ? 1 : b;
    dim[3] *= to ? 1 : b;
    draw_input(d, "x", draw_shape(4, dim));
    draw_int(d, name, b);
}

static void depth_to_space(struct draw *d) {
    to_space(d, "block_size", true);
}
static void space_to_depth(struct draw *d) {
    to_space(d, "block_size", false);
}
static void pixel_shuffle(struct draw *d) {
    to_space(d, "upscale_factor", true);
}
static void pixel_unshuffle(struct draw *d) {
    to_space(d, "downscale_factor", false);
}

static void resize(struct draw *d) {
    static const char *const modes[] = {
        "DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "UNALIGN_CORNERS", "OFFSET_CORNERS"};
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 4), 5));
    draw_int(d, "target_size_height", draw_from(d, 1, 7));
    draw_int(d, "target_size_width", draw_from(d, 1, 7));
    draw_text(d, "sampling_mode", modes[draw_below(d, 5)]);
}

static void resize_nearest(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 4), 5));
    draw_int(d, "target_size_height", draw_from(d, 1, 7));
    draw_int(d, "target_size_width", draw_from(d, 1, 7));
}

static void upsample(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 4), 4));
    draw_int(d, "scale_factor_height", draw_from(d, 1, 3));
    draw_int(d, "scale_factor_width", draw_from(d, 1, 3));
}

static void upsample_bilinear(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 4), 4));
    draw_number(d, "scale_factor_height", draw_from(d, 1, 3));
    draw_number(d, "scale_factor_width", draw_from(d, 1, 3));
    draw_bool(d, "align_corners", draw_below(d, 2));
}

const struct draw_kind draw_moves[] = {{MIL_OP_TRANSPOSE, transpose, DRAW_ANY},
    {MIL_OP_RESHAPE, reshape, DRAW_ANY}, {MIL_OP_EXPAND_DIMS, expand_dims, DRAW_ANY},
    {MIL_OP_SQUEEZE, squeeze, DRAW_ANY}, {MIL_OP_SLICE_BY_SIZE, slice_by_size, DRAW_ANY},
    {MIL_OP_SLICE_BY_INDEX, slice_by_index, DRAW_ANY}, {MIL_OP_CONCAT, concat, DRAW_ANY},
    {MIL_OP_STACK, stack, DRAW_ANY}, {MIL_OP_TILE, tile, DRAW_ANY},
    {MIL_OP_REVERSE, reverse, DRAW_ANY}, {MIL_OP_PAD, pad, DRAW_ANY},
    {MIL_OP_BAND_PART, band_part, DRAW_ANY}, {MIL_OP_SLIDING_WINDOWS, sliding_windows, DRAW_ANY},
    {MIL_OP_DEPTH_TO_SPACE, depth_to_space, DRAW_ANY},
    {MIL_OP_SPACE_TO_DEPTH, space_to_depth, DRAW_ANY},
    {MIL_OP_PIXEL_SHUFFLE, pixel_shuffle, DRAW_ANY},
    {MIL_OP_PIXEL_UNSHUFFLE, pixel_unshuffle, DRAW_ANY}, {MIL_OP_RESIZE_BILINEAR, resize, DRAW_ANY},
    {MIL_OP_RESIZE_NEAREST_NEIGHBOR, resize_nearest, DRAW_ANY},
    {MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR, upsample, DRAW_ANY},
    {MIL_OP_UPSAMPLE_BILINEAR, upsample_bilinear, DRAW_ANY}};
const int draw_n_moves = sizeof draw_moves / sizeof *draw_moves;
