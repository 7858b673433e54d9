/* SPDX-License-Identifier: MIT */
#include "draw.h"

static void gather(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 3), 4);
    const int axis = draw_axis(d, x.rank), front = axis < 0 ? axis + x.rank : axis;
    struct mil_type indices = draw_type(d, draw_from(d, 1, 2), 3);
    const int batch = draw_below(d, (front < indices.rank ? front : indices.rank) + 1);
    for (int i = 0; i < batch; i++)
        indices.dim[i] = x.dim[i];
    draw_input(d, "x", x);
    draw_places(d, "indices", indices, x.dim[front]);
    draw_int(d, "axis", axis);
    if (batch > 0)
        draw_int(d, "batch_dims", batch);
}

static void gather_along_axis(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 3), 4);
    const int axis = draw_axis(d, x.rank), front = axis < 0 ? axis + x.rank : axis;
    struct mil_type indices = x;
    indices.dim[front] = draw_from(d, 1, 4);
    draw_input(d, "x", x);
    draw_places(d, "indices", indices, x.dim[front]);
    draw_int(d, "axis", axis);
}

/* All axes have one size, so that any index goes with any of them. */
static void gather_nd(struct draw *d) {
    const int rank = draw_from(d, 1, 3), size = draw_from(d, 1, 4);
    draw_input(d, "x", draw_shape(rank, (const int64_t[]){size, size, size}));
    const int64_t n = draw_from(d, 1, 4), axes = draw_from(d, 1, rank);
    draw_places(d, "indices", draw_shape(2, (const int64_t[]){n, axes}), size);
}

static const char *const modes[] = {"add", "sub", "mul", "max", "min"};

static void scatter(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 3), 4);
    const int axis = draw_axis(d, x.rank), front = axis < 0 ? axis + x.rank : axis;
    const int64_t n = draw_from(d, 1, 4);
    struct mil_type updates = x;
    updates.dim[front] = n;
    draw_input(d, "data", x);
    draw_input(d, "updates", updates);
    draw_places(d, "indices", draw_shape(1, &n), x.dim[front]);
    draw_int(d, "axis", axis);
    if (draw_below(d, 4))
        draw_text(d, "mode", modes[draw_below(d, 5)]);
}

static void scatter_along_axis(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 3), 4);
    const int axis = draw_axis(d, x.rank), front = axis < 0 ? axis + x.rank : axis;
    struct mil_type updates = x;
    updates.dim[front] = draw_from(d, 1, 4);
    draw_input(d, "data", x);
    draw_input(d, "updates", updates);
    draw_places(d, "indices", updates, x.dim[front]);
    draw_int(d, "axis", axis);
    draw_text(d, "mode", modes[draw_below(d, 5)]);
}

static void scatter_nd(struct draw *d) {
    const int rank = draw_from(d, 1, 3), size = draw_from(d, 1, 4), n = draw_from(d, 1, 4),
              k = draw_from(d, 1, rank);
    draw_input(d, "data", draw_shape(rank, (const int64_t[]){size, size, size}));
    draw_input(d, "updates", draw_shape(1 + rank - k, (const int64_t[]){n, size, size}));
    draw_places(d, "indices", draw_shape(2, (const int64_t[]){n, k}), size);
    draw_text(d, "mode", modes[draw_below(d, 5)]);
}

static void argsort(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 6);
    draw_input(d, "x", x);
    draw_int(d, "axis", draw_axis(d, x.rank));
    draw_bool(d, "ascending", draw_below(d, 2));
}

static void argmax(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 2, 4), 6);
    draw_input(d, "x", x);
    draw_int(d, "axis", draw_axis(d, x.rank));
    draw_bool(d, "keep_dims", draw_below(d, 2));
}

/* Also axes beyond the indices' own. */
static void one_hot(struct draw *d) {
    const struct mil_type indices = draw_type(d, draw_from(d, 1, 3), 3);
    const int size = draw_from(d, 1, 4);
    draw_places(d, "indices", indices, size);
    draw_int(d, "one_hot_vector_size", size);
    draw_int(d, "axis", draw_axis(d, indices.rank + 1));
    draw_number(d, "on_value", 3);
    draw_number(d, "off_value", -1);
}

const struct draw_kind draw_indices[] = {{MIL_OP_GATHER, gather, DRAW_ANY},
    {MIL_OP_GATHER_ALONG_AXIS, gather_along_axis, DRAW_ANY},
    {MIL_OP_GATHER_ND, gather_nd, DRAW_ANY}, {MIL_OP_SCATTER, scatter, DRAW_ANY},
    {MIL_OP_SCATTER_ALONG_AXIS, scatter_along_axis, DRAW_ANY},
    {MIL_OP_SCATTER_ND, scatter_nd, DRAW_ANY}, {MIL_OP_ARGSORT, argsort, DRAW_TIES},
    {MIL_OP_REDUCE_ARGMAX, argmax, DRAW_TIES}, {MIL_OP_REDUCE_ARGMIN, argmax, DRAW_TIES},
    {MIL_OP_ONE_HOT, one_hot, DRAW_ANY}};
const int draw_n_indices = sizeof draw_indices / sizeof *draw_indices;
