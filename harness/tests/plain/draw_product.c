/* SPDX-License-Identifier: MIT */
#include "draw.h"

/* Leading axes that stretch from the right. */
static void matmul(struct draw *d) {
    const int rank_x = draw_from(d, 2, 4), rank_y = draw_from(d, 2, 4),
              rank = rank_x > rank_y ? rank_x : rank_y;
    const bool turn_x = draw_below(d, 2), turn_y = draw_below(d, 2);
    const int64_t m = draw_from(d, 1, 5), k = draw_from(d, 1, 5), n = draw_from(d, 1, 5);
    const int64_t outer = draw_from(d, 1, 3), inner = draw_from(d, 1, 3), lead[2] = {outer, inner};
    int64_t x[4], y[4];
    for (int i = 0; i < rank - 2; i++) {
        const int of_x = i - rank + rank_x, of_y = i - rank + rank_y;
        if (of_x >= 0)
            x[of_x] = draw_below(d, 3) ? lead[i] : 1;
        if (of_y >= 0)
            y[of_y] = draw_below(d, 3) ? lead[i] : 1;
    }
    x[rank_x - 2] = turn_x ? k : m;
    x[rank_x - 1] = turn_x ? m : k;
    y[rank_y - 2] = turn_y ? n : k;
    y[rank_y - 1] = turn_y ? k : n;
    draw_input(d, "x", draw_shape(rank_x, x));
    if (draw_below(d, 2))
        draw_input(d, "y", draw_shape(rank_y, y));
    else
        draw_weight(d, "y", draw_shape(rank_y, y));
    draw_bool(d, "transpose_x", turn_x);
    draw_bool(d, "transpose_y", turn_y);
}

static void linear(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    const int64_t out = draw_from(d, 1, 5);
    draw_input(d, "x", x);
    draw_weight(d, "weight", draw_shape(2, (const int64_t[]){out, x.dim[x.rank - 1]}));
    if (draw_below(d, 2))
        draw_weight(d, "bias", draw_shape(1, &out));
}

static void attention(struct draw *d) {
    const int rank = draw_from(d, 3, 4);
    int64_t q[4], k[4], v[4], mask[4];
    for (int i = 0; i < rank - 2; i++)
        q[i] = k[i] = v[i] = draw_from(d, 1, 3), mask[i] = draw_below(d, 2) ? q[i] : 1;
    q[rank - 2] = draw_from(d, 1, 4);
    k[rank - 2] = v[rank - 2] = draw_from(d, 1, 4);
    q[rank - 1] = k[rank - 1] = draw_from(d, 1, 4);
    v[rank - 1] = draw_from(d, 1, 4);
    mask[rank - 2] = draw_below(d, 2) ? q[rank - 2] : 1;
    mask[rank - 1] = k[rank - 2];
    draw_input(d, "query", draw_shape(rank, q));
    draw_input(d, "key", draw_shape(rank, k));
    draw_input(d, "value", draw_shape(rank, v));
    switch (draw_below(d, 3)) {
    case 0:
        draw_weight(d, "attn_mask", draw_shape(rank, mask));
        break;
    case 1:
        draw_mask(d, "attn_mask", draw_shape(rank, mask));
        break;
    default:
        break;
    }
}

/* Of the value's shape, or 1 on some of its axes, or without some of the first ones. */
static void two(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    struct mil_type y = x;
    y.rank = draw_from(d, 1, x.rank);
    for (int i = 0; i < y.rank; i++)
        y.dim[i] = draw_below(d, 3) ? x.dim[x.rank - y.rank + i] : 1;
    const bool turned = draw_below(d, 2);
    draw_input(d, turned ? "y" : "x", x);
    draw_input(d, turned ? "x" : "y", y);
}

const struct draw_kind draw_products[] = {{MIL_OP_MATMUL, matmul, DRAW_ANY},
    {MIL_OP_LINEAR, linear, DRAW_ANY}, {MIL_OP_SDPA, attention, DRAW_ANY},
    {MIL_OP_ADD, two, DRAW_ANY}, {MIL_OP_SUB, two, DRAW_ANY}, {MIL_OP_MUL, two, DRAW_ANY},
    {MIL_OP_REAL_DIV, two, DRAW_ABOVE}, {MIL_OP_MAXIMUM, two, DRAW_ANY},
    {MIL_OP_MINIMUM, two, DRAW_ANY}, {MIL_OP_FLOOR_DIV, two, DRAW_ANY}, {MIL_OP_MOD, two, DRAW_ANY},
    {MIL_OP_POW, two, DRAW_ABOVE}, {MIL_OP_EQUAL, two, DRAW_TIES},
    {MIL_OP_NOT_EQUAL, two, DRAW_TIES}, {MIL_OP_LESS, two, DRAW_TIES},
    {MIL_OP_LESS_EQUAL, two, DRAW_TIES}, {MIL_OP_GREATER, two, DRAW_TIES},
    {MIL_OP_GREATER_EQUAL, two, DRAW_TIES}};
const int draw_n_products = sizeof draw_products / sizeof *draw_products;
