/* SPDX-License-Identifier: MIT
 *
 * Resizing the last two axes, and exchanging channels with them.
 */
#include "plain.h"

#include <math.h>
#include <string.h>

/* Where element `i` of `out` lies among `in`, by the name of the grid. */
static double grid(const char *mode, int64_t i, int64_t in, int64_t out) {
    const double n = (double)in, m = (double)out, at = (double)i;
    if (strcmp(mode, "STRICT_ALIGN_CORNERS") == 0)
        return out == 1 ? 0 : at * (n - 1) / (m - 1);
    if (strcmp(mode, "ALIGN_CORNERS") == 0)
        return out == 1 ? (n - 1) / 2 : at * (n - 1) / (m - 1);
    if (strcmp(mode, "UNALIGN_CORNERS") == 0)
        return (at + 0.5) * n / m - 0.5;
    if (strcmp(mode, "OFFSET_CORNERS") == 0)
        return (at + 0.5) * fmax(1, n - 1) / m;
    return out == 1 ? 0 : at * (n - n / m) / (m - 1);
}

static void resize(
    const struct plain_call *c, const char *mode, bool nearest, int64_t height, int64_t width) {
    const struct plain *x = plain_arg(c, "x");
    const int h = x->rank - 2, w = x->rank - 1;
    int64_t dim[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < x->rank; i++)
        dim[i] = i == h ? height : i == w ? width : x->dim[i];
    c->out[0] = plain_new(x->rank, dim);
    do {
        double sum = 0;
        const double y =
            fmin(fmax(grid(mode, index[h], x->dim[h], height), 0), (double)(x->dim[h] - 1));
        const double z =
            fmin(fmax(grid(mode, index[w], x->dim[w], width), 0), (double)(x->dim[w] - 1));
        /* each of the four around it, as near as it is */
        int64_t at[PLAIN_RANK];
        for (int i = 0; i < x->rank; i++)
            at[i] = index[i];
        for (at[h] = 0; at[h] < x->dim[h]; at[h]++)
            for (at[w] = 0; at[w] < x->dim[w]; at[w]++)
                sum += plain_at(x, at) * fmax(0, 1 - fabs((double)at[h] - y)) *
                       fmax(0, 1 - fabs((double)at[w] - z));
        if (nearest) {
            at[h] = index[h] * x->dim[h] / height;
            at[w] = index[w] * x->dim[w] / width;
            sum = plain_at(x, at);
        }
        plain_put(&c->out[0], index, sum);
    } while (plain_next(x->rank, dim, index));
}

/* Blocks of b by b: depth_to_space and pixel_shuffle spread channels over them, space_to_depth gathers them. Block
 * row and column are the channel's leading part, or with `inner` its trailing one. */
static void blocks(const struct plain_call *c, int64_t b, bool to_space, bool inner) {
    const struct plain *x = plain_arg(c, "x");
    const int64_t channels = to_space ? x->dim[1] / (b * b) : x->dim[1];
    const int64_t dim[PLAIN_RANK] = {x->dim[0], to_space ? channels : x->dim[1] * b * b,
        to_space ? x->dim[2] * b : x->dim[2] / b, to_space ? x->dim[3] * b : x->dim[3] / b};
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(4, dim);
    do {
        int64_t at[4] = {index[0]};
        if (to_space) {
            const int64_t block = index[2] % b * b + index[3] % b;
            at[1] = inner ? index[1] * b * b + block : block * channels + index[1];
            at[2] = index[2] / b;
            at[3] = index[3] / b;
        } else {
            const int64_t block = inner ? index[1] % (b * b) : index[1] / channels;
            at[1] = inner ? index[1] / (b * b) : index[1] % channels;
            at[2] = index[2] * b + block / b;
            at[3] = index[3] * b + block % b;
        }
        plain_put(&c->out[0], index, plain_at(x, at));
    } while (plain_next(4, dim, index));
}

/* The sizes of the last one or two axes, those that are 0 as in x. */
static void resize_last(const struct plain_call *c, const struct plain *x) {
    const int n = plain_length(c, "shape"), n_resized = (int)plain_int(c, "resized_dims", 0, 0);
    int64_t size[2] = {x->dim[x->rank - 2], x->dim[x->rank - 1]};
    for (int i = 0; i < 2; i++) {
        const int from_end = 2 - i;
        const int64_t wanted = from_end <= n_resized ? plain_int(c, "shape", n - from_end, 0) : 0;
        size[i] = wanted ? wanted : size[i];
    }
    resize(c, plain_text(c, "sampling_mode", "DEFAULT"),
        strcmp(plain_text(c, "interpolation_mode", "LINEAR"), "LINEAR") != 0, size[0], size[1]);
}

bool plain_image(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const bool is_image = x && x->rank >= 2; /* other operators come by here, too */
    const int64_t height = is_image ? x->dim[x->rank - 2] : 0,
                  width = is_image ? x->dim[x->rank - 1] : 0;
    switch (c->op->code) {
    case MIL_OP_RESIZE_BILINEAR:
    case MIL_OP_RESIZE_NEAREST_NEIGHBOR:
        resize(c, plain_text(c, "sampling_mode", "DEFAULT"),
            c->op->code == MIL_OP_RESIZE_NEAREST_NEIGHBOR, plain_int(c, "target_size_height", 0, 1),
            plain_int(c, "target_size_width", 0, 1));
        return true;
    case MIL_OP_RESIZE:
        return resize_last(c, x), true;
    case MIL_OP_UPSAMPLE_BILINEAR:
    case MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR:
        resize(c, plain_bool(c, "align_corners", true) ? "STRICT_ALIGN_CORNERS" : "UNALIGN_CORNERS",
            c->op->code == MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR,
            (int64_t)floor((double)height * plain_number(c, "scale_factor_height", 1)),
            (int64_t)floor((double)width * plain_number(c, "scale_factor_width", 1)));
        return true;
    case MIL_OP_DEPTH_TO_SPACE:
        return blocks(c, plain_int(c, "block_size", 0, 1), true, false), true;
    case MIL_OP_SPACE_TO_DEPTH:
        return blocks(c, plain_int(c, "block_size", 0, 1), false, false), true;
    case MIL_OP_PIXEL_SHUFFLE:
        return blocks(c, plain_int(c, "upscale_factor", 0, 1), true, true), true;
    case MIL_OP_PIXEL_UNSHUFFLE:
        return blocks(c, plain_int(c, "downscale_factor", 0, 1), false, true), true;
    default:
        return false;
    }
}
