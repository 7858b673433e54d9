/* SPDX-License-Identifier: MIT */
#include "draw.h"

static const char *const pad_types[] = {"valid", "same", "same_lower", "custom"};

/* Kernel, dilation and stride of each axis, which fit into it. */
struct window {
    int axes;
    int32_t kernel[3], dilation[3], stride[3], pad[6];
    int64_t size[3];
};

static struct window window(struct draw *d, bool dilates) {
    struct window w = {.axes = draw_from(d, 1, 3)};
    for (int i = 0; i < w.axes; i++) {
        w.size[i] = draw_from(d, 3, 6);
        w.kernel[i] = draw_from(d, 1, 3);
        w.dilation[i] = dilates && w.size[i] > 4 ? draw_from(d, 1, 2) : 1;
        w.stride[i] = draw_from(d, 1, 3);
        w.pad[2 * i] = draw_below(d, w.kernel[i]);
        w.pad[2 * i + 1] = draw_below(d, w.kernel[i]);
    }
    return w;
}

static void window_args(
    struct draw *d, const struct window *w, const char *pad_type, bool dilates) {
    draw_text(d, "pad_type", pad_type);
    draw_ints(d, "strides", w->axes, w->stride);
    draw_ints(d, "pad", 2 * w->axes, w->pad);
    if (dilates)
        draw_ints(d, "dilations", w->axes, w->dilation);
}

static void conv(struct draw *d) {
    struct window w = window(d, true);
    const int groups = draw_from(d, 1, 3), in = draw_from(d, 1, 3),
              out = groups * draw_from(d, 1, 3);
    int64_t x[5] = {draw_from(d, 1, 2), groups * in}, weight[5] = {out, in};
    const bool is_product = draw_below(d, 3) == 0; /* with or without paddings */
    const char *pad_type = pad_types[draw_below(d, 4)];
    for (int i = 0; i < w.axes; i++) {
        if (pad_type[0] == 's') /* mostly an odd number of zeros, one more on one side */
            w.kernel[i] = 2 * draw_from(d, 1, 2);
        if (is_product)
            w.kernel[i] = w.stride[i] = w.dilation[i] = 1, w.pad[2 * i] = draw_below(d, 2),
            w.pad[2 * i + 1] = draw_below(d, 2);
        x[2 + i] = w.size[i];
        weight[2 + i] = w.kernel[i];
    }
    draw_input(d, "x", draw_shape(2 + w.axes, x));
    draw_weight(d, "weight", draw_shape(2 + w.axes, weight));
    if (draw_below(d, 2))
        draw_weight(d, "bias", draw_shape(1, (const int64_t[]){out}));
    window_args(d, &w, pad_type, true);
    draw_int(d, "groups", groups);
}

static void conv_transpose(struct draw *d) {
    struct window w = window(d, true);
    const int groups = draw_from(d, 1, 2), in = groups * draw_from(d, 1, 2),
              out = draw_from(d, 1, 2);
    int64_t x[5] = {draw_from(d, 1, 2), in}, weight[5] = {in, out};
    for (int i = 0; i < w.axes; i++) {
        x[2 + i] = w.size[i];
        weight[2 + i] = w.kernel[i];
    }
    draw_input(d, "x", draw_shape(2 + w.axes, x));
    draw_weight(d, "weight", draw_shape(2 + w.axes, weight));
    if (draw_below(d, 2))
        draw_weight(d, "bias", draw_shape(1, (const int64_t[]){out * groups}));
    window_args(d, &w, draw_below(d, 2) ? "valid" : "custom", true);
    draw_int(d, "groups", groups);
}

static void pool(struct draw *d) {
    struct window w = window(d, false);
    const bool up = draw_below(d, 2);
    const char *pad_type = pad_types[draw_below(d, 4)];
    const int64_t n = draw_from(d, 1, 2), channels = draw_from(d, 1, 3);
    int64_t x[5] = {n, channels};
    for (int i = 0; i < w.axes; i++)
        x[2 + i] = w.size[i];
    /* Rounded up, a window beyond the end would have no element: definitions differ about it. */
    for (int i = 0; up && i < w.axes; i++)
        w.stride[i] = w.stride[i] < w.kernel[i] ? w.stride[i] : w.kernel[i];
    draw_input(d, "x", draw_shape(2 + w.axes, x));
    draw_ints(d, "kernel_sizes", w.axes, w.kernel);
    window_args(d, &w, pad_type, false);
    if (pad_type[0] == 'v' || pad_type[0] == 'c')
        draw_bool(d, "ceil_mode", up);
}

static void avg_pool(struct draw *d) {
    pool(d);
    if (draw_below(d, 2))
        draw_bool(d, "exclude_padding_from_average", draw_below(d, 2));
}

const struct draw_kind draw_windows[] = {{MIL_OP_CONV, conv, DRAW_ANY},
    {MIL_OP_CONV_TRANSPOSE, conv_transpose, DRAW_ANY}, {MIL_OP_MAX_POOL, pool, DRAW_NANS},
    {MIL_OP_AVG_POOL, avg_pool, DRAW_ANY}, {MIL_OP_L2_POOL, pool, DRAW_ANY}};
const int draw_n_windows = sizeof draw_windows / sizeof *draw_windows;
