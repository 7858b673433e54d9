/* SPDX-License-Identifier: MIT */
#include "draw.h"

static void reduce(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 2, 4), 5);
    int32_t axes[MIL_RANK_MAX];
    int n = 0;
    for (int i = 0; i < x.rank; i++)
        if (draw_below(d, 2))
            axes[n++] = i - (draw_below(d, 2) ? x.rank : 0);
    draw_input(d, "x", x);
    if (n > 0)
        draw_ints(d, "axes", n, axes);
    draw_bool(d, "keep_dims", draw_below(d, 2));
}

static void along_axis(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 6);
    draw_input(d, "x", x);
    draw_int(d, "axis", draw_axis(d, x.rank));
}

static void cumsum(struct draw *d) {
    along_axis(d);
    draw_bool(d, "exclusive", draw_below(d, 2));
    draw_bool(d, "reverse", draw_below(d, 2));
}

static void epsilon(struct draw *d) {
    if (draw_below(d, 2))
        draw_number(d, "epsilon", draw_below(d, 2) ? 0.5 : 1e-3);
}

static void layer_norm(struct draw *d) {
    const struct mil_type x = draw_type(d, draw_from(d, 1, 4), 5);
    struct mil_type scale = {.dtype = MIL_FP32};
    int32_t axes[MIL_RANK_MAX];
    for (int i = 0; i < x.rank; i++)
        if (i == x.rank - 1 || draw_below(d, 2)) {
            axes[scale.rank] = i - (draw_below(d, 2) ? x.rank : 0);
            scale.dim[scale.rank++] = x.dim[i];
        }
    draw_input(d, "x", x);
    draw_ints(d, "axes", scale.rank, axes);
    if (draw_below(d, 2))
        draw_weight(d, "gamma", scale);
    if (draw_below(d, 2))
        draw_weight(d, "beta", scale);
    epsilon(d);
}

static void channel_norm(struct draw *d, bool given) {
    const struct mil_type x = draw_type(d, draw_from(d, 3, 4), 4);
    const struct mil_type channel = draw_shape(1, &x.dim[1]);
    draw_input(d, "x", x);
    if (given) {
        draw_weight(d, "mean", channel);
        draw_spread(d, "variance", channel);
    }
    if (draw_below(d, 2))
        draw_weight(d, "gamma", channel);
    if (draw_below(d, 2))
        draw_weight(d, "beta", channel);
    epsilon(d);
}

static void batch_norm(struct draw *d) {
    channel_norm(d, true);
}
static void instance_norm(struct draw *d) {
    channel_norm(d, false);
}

static void l2_norm(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 5), 3));
    epsilon(d);
}

static void local_response_norm(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 3, 4), 5));
    draw_int(d, "size", draw_from(d, 1, 5));
    /* each alone, too: with the default of alpha the others hardly matter */
    if (draw_below(d, 4))
        draw_number(d, "alpha", 2);
    if (draw_below(d, 2))
        draw_number(d, "beta", 0.5);
    if (draw_below(d, 2))
        draw_number(d, "k", 1.5);
}

static void one(struct draw *d) {
    draw_input(d, "x", draw_type(d, draw_from(d, 1, 4), 5));
}

static void with_alpha(struct draw *d) {
    one(d);
    draw_number(d, "alpha", 0.5 * draw_from(d, 1, 3));
}

static void with_both(struct draw *d) {
    with_alpha(d);
    draw_number(d, "beta", 2);
}

static void clip(struct draw *d) {
    one(d);
    draw_number(d, "alpha", -0.5);
    draw_number(d, "beta", 0.75);
}

static void with_epsilon(struct draw *d) {
    one(d);
    epsilon(d);
}

static void cast(struct draw *d) {
    one(d);
    draw_text(d, "dtype", draw_below(d, 2) ? "int32" : "fp32");
}

static void gelu(struct draw *d) {
    static const char *const modes[] = {"EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"};
    one(d);
    draw_text(d, "mode", modes[draw_below(d, 3)]);
}

const struct draw_kind draw_others[] = {{MIL_OP_REDUCE_SUM, reduce, DRAW_ANY},
    {MIL_OP_REDUCE_MEAN, reduce, DRAW_ANY}, {MIL_OP_REDUCE_MAX, reduce, DRAW_NANS},
    {MIL_OP_REDUCE_MIN, reduce, DRAW_NANS}, {MIL_OP_REDUCE_PROD, reduce, DRAW_ANY},
    {MIL_OP_REDUCE_SUM_SQUARE, reduce, DRAW_ANY}, {MIL_OP_REDUCE_L1_NORM, reduce, DRAW_ANY},
    {MIL_OP_REDUCE_L2_NORM, reduce, DRAW_ANY}, {MIL_OP_REDUCE_LOG_SUM, reduce, DRAW_ABOVE},
    {MIL_OP_REDUCE_LOG_SUM_EXP, reduce, DRAW_WIDE}, {MIL_OP_SOFTMAX, along_axis, DRAW_WIDE},
    {MIL_OP_CUMSUM, cumsum, DRAW_ANY}, {MIL_OP_LAYER_NORM, layer_norm, DRAW_ANY},
    {MIL_OP_BATCH_NORM, batch_norm, DRAW_ANY}, {MIL_OP_INSTANCE_NORM, instance_norm, DRAW_ANY},
    {MIL_OP_L2_NORM, l2_norm, DRAW_ANY},
    {MIL_OP_LOCAL_RESPONSE_NORM, local_response_norm, DRAW_ANY}, {MIL_OP_ABS, one, DRAW_ANY},
    {MIL_OP_ATAN, one, DRAW_ANY}, {MIL_OP_CAST, cast, DRAW_WIDE}, {MIL_OP_CEIL, one, DRAW_ANY},
    {MIL_OP_CLAMPED_RELU, with_both, DRAW_ANY}, {MIL_OP_CLIP, clip, DRAW_ANY},
    {MIL_OP_COS, one, DRAW_ANY}, {MIL_OP_COSH, one, DRAW_ANY}, {MIL_OP_ELU, with_alpha, DRAW_ANY},
    {MIL_OP_ERF, one, DRAW_WIDE}, {MIL_OP_EXP, one, DRAW_ANY}, {MIL_OP_EXP2, one, DRAW_ANY},
    {MIL_OP_FLOOR, one, DRAW_ANY}, {MIL_OP_GELU, gelu, DRAW_WIDE}, {MIL_OP_IDENTITY, one, DRAW_ANY},
    {MIL_OP_INVERSE, with_epsilon, DRAW_ABOVE}, {MIL_OP_LEAKY_RELU, with_alpha, DRAW_ANY},
    {MIL_OP_LINEAR_ACTIVATION, with_both, DRAW_ANY}, {MIL_OP_LOG, with_epsilon, DRAW_ABOVE},
    {MIL_OP_RELU, one, DRAW_ANY}, {MIL_OP_RELU6, one, DRAW_WIDE}, {MIL_OP_ROUND, one, DRAW_ANY},
    {MIL_OP_RSQRT, with_epsilon, DRAW_ABOVE}, {MIL_OP_SCALED_TANH, with_both, DRAW_WIDE},
    {MIL_OP_SIGMOID, one, DRAW_WIDE}, {MIL_OP_SIGMOID_HARD, clip, DRAW_WIDE},
    {MIL_OP_SIGN, one, DRAW_TIES}, {MIL_OP_SILU, one, DRAW_WIDE}, {MIL_OP_SIN, one, DRAW_ANY},
    {MIL_OP_SINH, one, DRAW_ANY}, {MIL_OP_SOFTPLUS, one, DRAW_WIDE},
    {MIL_OP_SOFTSIGN, one, DRAW_WIDE}, {MIL_OP_SQRT, one, DRAW_ABOVE},
    {MIL_OP_SQUARE, one, DRAW_ANY}, {MIL_OP_TAN, one, DRAW_UNIT}, {MIL_OP_TANH, one, DRAW_WIDE},
    {MIL_OP_THRESHOLD, with_alpha, DRAW_TIES}, {MIL_OP_THRESHOLDED_RELU, with_alpha, DRAW_TIES}};
const int draw_n_others = sizeof draw_others / sizeof *draw_others;
