/* SPDX-License-Identifier: MIT */
#include "draw.h"

/* Whether an input's elements are above 0. */
static int truth(struct draw *d, int input) {
    draw_value(d, "x", input);
    draw_number(d, "y", 0);
    return draw_before(d, MIL_OP_GREATER);
}

/* Of one shape, or stretched. */
static struct mil_type alike(struct draw *d, struct mil_type type) {
    for (int i = 0; i < type.rank; i++)
        type.dim[i] = draw_below(d, 3) ? type.dim[i] : 1;
    return type;
}

static void truth_one(struct draw *d) {
    draw_value(
        d, "x", truth(d, mil_build_input(d->builder, "p", draw_type(d, draw_from(d, 1, 4), 5))));
}

static void truth_two(struct draw *d) {
    const struct mil_type type = draw_type(d, draw_from(d, 1, 4), 5);
    const int p = mil_build_input(d->builder, "p", type),
              q = mil_build_input(d->builder, "q", alike(d, type));
    const int x = truth(d, p), y = truth(d, q);
    draw_value(d, "x", x);
    draw_value(d, "y", y);
}

static void choice(struct draw *d) {
    const struct mil_type type = draw_type(d, draw_from(d, 1, 4), 5);
    const int p = mil_build_input(d->builder, "p", type),
              a = mil_build_input(d->builder, "a", type),
              b = mil_build_input(d->builder, "b", type);
    draw_value(d, "cond", truth(d, p));
    draw_value(d, "a", a);
    draw_value(d, "b", b);
}

/* One scale and offset, or one for each place of an axis; the widest numbers are clamped. */
static void quantize(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    const int axis = draw_axis(d, x.rank);
    const int64_t n = x.dim[axis < 0 ? axis + x.rank : axis];
    draw_input(d, "input", x);
    if (draw_below(d, 2)) {
        draw_spread(d, "scale", draw_shape(1, &n));
        draw_int(d, "axis", axis);
        if (draw_below(d, 2))
            draw_bytes(d, "zero_point", draw_shape(1, &n));
    } else {
        draw_number(d, "scale", draw_below(d, 2) ? 0.25 : 0.125);
        if (draw_below(d, 2))
            draw_bytes(d, "zero_point", draw_shape(0, NULL));
    }
    draw_text(d, "output_dtype", "int8");
}

static void dequantize(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    const int axis = draw_axis(d, x.rank);
    const int64_t n = x.dim[axis < 0 ? axis + x.rank : axis];
    draw_input(d, "input", x);
    draw_number(d, "scale", 0.25);
    draw_text(d, "output_dtype", "int8");
    draw_value(d, "input", draw_before(d, MIL_OP_QUANTIZE));
    if (draw_below(d, 2)) {
        draw_spread(d, "scale", draw_shape(1, &n));
        draw_int(d, "axis", axis);
    } else {
        draw_number(d, "scale", 0.5);
    }
    if (draw_below(d, 2))
        draw_bytes(d, "zero_point", d->n_args == 3 ? draw_shape(1, &n) : draw_shape(0, NULL));
}

static void by_channel(struct draw *d, bool two) {
    const struct mil_type x = draw_type(d, draw_from(d, 3, 4), 4);
    draw_input(d, "x", x);
    draw_spread(d, "alpha", draw_shape(1, &x.dim[1]));
    if (two)
        draw_spread(d, "beta", draw_shape(1, &x.dim[1]));
}
static void prelu(struct draw *d) {
    by_channel(d, false);
}
static void softplus_parametric(struct draw *d) {
    by_channel(d, true);
}

static void unit(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 1, 4), 5));
}

/* Letters of one size each: added over, kept, in another order. */
static void einsum(struct draw *d) {
    static const struct {
        const char *equation;
        int rank[2];
        const char *letters[2];
    } forms[] = {{"ab,bc->ac", {2, 2}, {"ab", "bc"}}, {"abc,acd->abd", {3, 3}, {"abc", "acd"}},
        {"abcd,adce->abce", {4, 4}, {"abcd", "adce"}}, {"ab,ab->a", {2, 2}, {"ab", "ab"}},
        {"abc,bd->dca", {3, 2}, {"abc", "bd"}}, {"a,b->ba", {1, 1}, {"a", "b"}},
        {"nchw,nwhu->nchu", {4, 4}, {"nchw", "nwhu"}}};
    const int form = draw_below(d, 7);
    int64_t size[26], dim[2][4];
    int values[2];
    for (int i = 0; i < 26; i++)
        size[i] = draw_from(d, 1, 4);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < forms[form].rank[k]; i++)
            dim[k][i] = size[forms[form].letters[k][i] - 'a'];
        values[k] =
            mil_build_input(d->builder, k ? "y" : "x", draw_shape(forms[form].rank[k], dim[k]));
    }
    draw_tuple(d, "values", values, 2);
    draw_text(d, "equation", forms[form].equation);
}

const struct draw_kind draw_truths[] = {{MIL_OP_LOGICAL_NOT, truth_one, DRAW_ANY},
    {MIL_OP_LOGICAL_AND, truth_two, DRAW_ANY}, {MIL_OP_LOGICAL_OR, truth_two, DRAW_ANY},
    {MIL_OP_LOGICAL_XOR, truth_two, DRAW_ANY}, {MIL_OP_SELECT, choice, DRAW_ANY},
    {MIL_OP_QUANTIZE, quantize, DRAW_WIDE}, {MIL_OP_DEQUANTIZE, dequantize, DRAW_WIDE},
    {MIL_OP_PRELU, prelu, DRAW_ANY}, {MIL_OP_SOFTPLUS_PARAMETRIC, softplus_parametric, DRAW_ANY},
    {MIL_OP_ACOS, unit, DRAW_UNIT}, {MIL_OP_ASIN, unit, DRAW_UNIT}, {MIL_OP_ATANH, unit, DRAW_UNIT},
    {MIL_OP_EINSUM, einsum, DRAW_ANY}};
const int draw_n_truths = sizeof draw_truths / sizeof *draw_truths;
