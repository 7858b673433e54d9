/* SPDX-License-Identifier: MIT */
#include "draw.h"

/* In this order: C says none for an initializer's. */
static void each_from(struct draw *d, int low, int high, int32_t *to, int n) {
    for (int i = 0; i < n; i++)
        to[i] = draw_from(d, low, high);
}

static void fill(struct draw *d) {
    int32_t shape[3];
    each_from(d, 1, 3, shape, 3);
    draw_ints(d, "shape", draw_from(d, 1, 3), shape);
    draw_number(d, "value", draw_from(d, -8, 8) / 4.0);
}

static void fill_like(struct draw *d) {
    draw_input(d, "ref_tensor", draw_type(d, draw_from(d, 1, 4), 4));
    draw_number(d, "value", draw_from(d, -8, 8) / 4.0);
}

static void range_1d(struct draw *d) {
    const double step = draw_from(d, 1, 3) / 2.0, start = draw_from(d, -4, 4);
    const bool down = draw_below(d, 2);
    const double end = start + (down ? -1 : 1) * draw_from(d, 1, 6);
    draw_number(d, "start", start);
    draw_number(d, "end", end);
    draw_number(d, "step", down ? -step : step);
}

static void one(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 1, 5), 4));
}

static void flatten2d(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 5), 3);
    draw_input(d, "x", x);
    draw_int(d, "axis", draw_axis(d, x.rank));
}

static void crop(struct draw *d) {
    struct mil_type x = draw_type(d, draw_from(d, 3, 4), 3);
    int32_t height[2], width[2];
    each_from(d, 0, 2, height, 2);
    each_from(d, 0, 2, width, 2);
    x.dim[x.rank - 2] += height[0] + height[1];
    x.dim[x.rank - 1] += width[0] + width[1];
    draw_input(d, "x", x);
    draw_ints(d, "crop_height", 2, height);
    draw_ints(d, "crop_width", 2, width);
}

static void resize(struct draw *d) {
    static const char *const modes[] = {
        "DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "OFFSET_CORNERS", "UNALIGN_CORNERS"};
    const int n_resized = draw_from(d, 1, 2), n = draw_from(d, n_resized, 3);
    int32_t shape[3];
    for (int i = 0; i < n; i++)
        shape[i] = draw_below(d, 8); /* 0: as it is */
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 4), 5));
    draw_ints(d, "shape", n, shape);
    draw_int(d, "resized_dims", n_resized);
    draw_text(d, "interpolation_mode", "LINEAR");
    draw_text(d, "sampling_mode", modes[draw_below(d, 5)]);
}

static void reverse_sequence(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 2, 4), 4);
    const int batch = draw_below(d, x.rank),
              sequence = (batch + draw_from(d, 1, x.rank - 1)) % x.rank;
    int32_t lengths[4];
    for (int64_t i = 0; i < x.dim[batch]; i++)
        lengths[i] = draw_from(d, 0, (int)x.dim[sequence]);
    draw_input(d, "x", x);
    draw_ints(d, "lengths", (int)x.dim[batch], lengths);
    draw_int(d, "seq_axis", sequence - (draw_below(d, 2) ? x.rank : 0));
    draw_int(d, "batch_axis", batch - (draw_below(d, 2) ? x.rank : 0));
}

static void slice_update(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    struct mil_type update = x;
    int32_t begin[MIL_RANK_MAX], end[MIL_RANK_MAX], stride[MIL_RANK_MAX];
    for (int i = 0; i < x.rank; i++) {
        const int size = (int)x.dim[i];
        begin[i] = draw_below(d, size);
        end[i] = draw_from(d, begin[i] + 1, size);
        stride[i] = draw_from(d, 1, 2);
        update.dim[i] = (end[i] - begin[i] + stride[i] - 1) / stride[i];
        begin[i] -= draw_below(d, 2) ? size : 0;
    }
    draw_input(d, "x", x);
    draw_input(d, "update", update);
    draw_ints(d, "begin", x.rank, begin);
    draw_ints(d, "end", x.rank, end);
    draw_ints(d, "stride", x.rank, stride);
}

static void pairs(struct draw *d, const char *name, const int32_t pair[4]) {
    const struct mil_type type = {.dtype = MIL_INT32, .rank = 2, .dim = {2, 2}};
    char own[16];
    snprintf(own, sizeof own, "p%d", d->n_names++);
    const int value = mil_build_const(d->builder, own, type, pair);
    draw_tuple(d, name, &value, 1);
}

static void space_to_batch(struct draw *d) {
    int32_t block[2], first[2], pair[4];
    each_from(d, 1, 3, block, 2);
    each_from(d, 1, 2, first, 2);
    int64_t dim[4] = {first[0], first[1]};
    for (int i = 0; i < 2; i++) {
        const int whole = block[i] * draw_from(d, 2, 3), before = draw_below(d, block[i]);
        const int after = draw_below(d, block[i]);
        dim[2 + i] = whole - before - after > 0 ? whole - before - after : 1;
        pair[2 * i] = before;
        pair[2 * i + 1] = whole - before - (int)dim[2 + i];
    }
    draw_input(d, "x", draw_shape(4, dim));
    draw_ints(d, "block_shape", 2, block);
    pairs(d, "paddings", pair);
}

static void batch_to_space(struct draw *d) {
    int32_t block[2], size[4], pair[4];
    each_from(d, 1, 3, block, 2);
    each_from(d, 2, 3, size, 4);
    each_from(d, 0, block[0] - 1, pair, 2);
    each_from(d, 0, block[1] - 1, pair + 2, 2);
    const int64_t dim[4] = {block[0] * block[1] * (size[0] - 1), size[1], size[2], size[3]};
    draw_input(d, "x", draw_shape(4, dim));
    draw_ints(d, "block_shape", 2, block);
    pairs(d, "crops", pair);
}

const struct draw_kind draw_rests[] = {{MIL_OP_FILL, fill, DRAW_ANY},
    {MIL_OP_FILL_LIKE, fill_like, DRAW_ANY}, {MIL_OP_RANGE_1D, range_1d, DRAW_ANY},
    {MIL_OP_SHAPE, one, DRAW_ANY}, {MIL_OP_FLATTEN2D, flatten2d, DRAW_ANY},
    {MIL_OP_CROP, crop, DRAW_ANY}, {MIL_OP_RESIZE, resize, DRAW_ANY},
    {MIL_OP_REVERSE_SEQUENCE, reverse_sequence, DRAW_ANY},
    {MIL_OP_SLICE_UPDATE, slice_update, DRAW_ANY},
    {MIL_OP_SPACE_TO_BATCH, space_to_batch, DRAW_ANY},
    {MIL_OP_BATCH_TO_SPACE, batch_to_space, DRAW_ANY}};
const int draw_n_rests = sizeof draw_rests / sizeof *draw_rests;
