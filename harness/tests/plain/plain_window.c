/* SPDX-License-Identifier: MIT
 *
 * Convolutions and pooling over one to three axes after batch and channel.
 */
#include "plain.h"

#include <math.h>
#include <string.h>

/* One axis of a window. */
struct side {
    int64_t in, out, kernel, stride, dilation, before, after;
};

static void sides(
    const struct plain_call *c, const struct plain *x, const struct plain *w, struct side *s) {
    const char *type = plain_text(c, "pad_type", "valid");
    for (int i = 0; i < x->rank - 2; i++) {
        s[i] = (struct side){.in = x->dim[2 + i],
            .kernel = w ? w->dim[2 + i] : plain_int(c, "kernel_sizes", i, 1),
            .stride = plain_int(c, "strides", i, 1),
            .dilation = plain_int(c, "dilations", i, 1)};
        const int64_t reach = s[i].dilation * (s[i].kernel - 1) + 1;
        if (strncmp(type, "same", 4) == 0) {
            s[i].out = (int64_t)ceil((double)s[i].in / (double)s[i].stride);
            int64_t total = (s[i].out - 1) * s[i].stride + reach - s[i].in;
            total = total < 0 ? 0 : total;
            s[i].before = strcmp(type, "same") == 0 ? total / 2 : total - total / 2;
            s[i].after = total - s[i].before;
            continue;
        }
        if (strcmp(type, "custom") == 0) {
            s[i].before = plain_int(c, "pad", 2 * i, 0);
            s[i].after = plain_int(c, "pad", 2 * i + 1, 0);
        }
        const double steps =
            (double)(s[i].in + s[i].before + s[i].after - reach) / (double)s[i].stride;
        const bool up = plain_bool(c, "ceil_mode", false);
        s[i].out = (int64_t)(up ? ceil(steps) : floor(steps)) + 1;
        /* the last window starts within the input or before it */
        if (up && (s[i].out - 1) * s[i].stride >= s[i].in + s[i].before)
            s[i].out--;
    }
}

/* weight [out, in / groups, kernel...]. */
static void conv(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *w = plain_arg(c, "weight"),
                       *b = plain_arg(c, "bias");
    const int64_t groups = plain_int(c, "groups", 0, 1), per_group = w->dim[0] / groups;
    struct side s[3];
    int64_t dim[PLAIN_RANK] = {x->dim[0], w->dim[0]}, index[PLAIN_RANK] = {0};
    sides(c, x, w, s);
    for (int i = 0; i < x->rank - 2; i++)
        dim[2 + i] = s[i].out;
    c->out[0] = plain_new(x->rank, dim);
    do {
        double sum = b ? b->data[index[1]] : 0;
        int64_t tap[PLAIN_RANK] = {index[1]},
                from[PLAIN_RANK] = {index[0]}; /* of weight and of x */
        const int64_t taps[PLAIN_RANK] = {
            1, w->dim[1], w->dim[2], w->rank > 3 ? w->dim[3] : 1, w->rank > 4 ? w->dim[4] : 1};
        int64_t at[PLAIN_RANK] = {0};
        do {
            bool inside = true;
            from[1] = index[1] / per_group * w->dim[1] + at[1];
            tap[1] = at[1];
            for (int i = 0; i < x->rank - 2; i++) {
                tap[2 + i] = at[2 + i];
                from[2 + i] = index[2 + i] * s[i].stride - s[i].before + at[2 + i] * s[i].dilation;
                inside = inside && from[2 + i] >= 0 && from[2 + i] < s[i].in;
            }
            if (inside)
                sum += plain_at(x, from) * plain_at(w, tap);
        } while (plain_next(w->rank, taps, at));
        plain_put(&c->out[0], index, sum);
    } while (plain_next(x->rank, dim, index));
}

/* weight [in, out / groups, kernel...]: each element of x is spread over the output. */
static void conv_transpose(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *w = plain_arg(c, "weight"),
                       *b = plain_arg(c, "bias");
    const char *type = plain_text(c, "pad_type", "valid");
    const int64_t groups = plain_int(c, "groups", 0, 1), in_group = x->dim[1] / groups;
    int64_t dim[PLAIN_RANK] = {x->dim[0], w->dim[1] * groups}, cut[3] = {0};
    for (int i = 0; i < x->rank - 2; i++) {
        const int64_t stride = plain_int(c, "strides", i, 1);
        const int64_t whole = (x->dim[2 + i] - 1) * stride +
                              plain_int(c, "dilations", i, 1) * (w->dim[2 + i] - 1) + 1;
        dim[2 + i] = whole;
        if (strcmp(type, "custom") == 0) {
            cut[i] = plain_int(c, "pad", 2 * i, 0);
            dim[2 + i] -= cut[i] + plain_int(c, "pad", 2 * i + 1, 0);
        }
    }
    c->out[0] = plain_new(x->rank, dim);
    struct plain *out = &c->out[0];
    int64_t index[PLAIN_RANK] = {0};
    do
        plain_put(out, index, b ? b->data[index[1]] : 0);
    while (plain_next(out->rank, out->dim, index));
    int64_t from[PLAIN_RANK] = {0};
    do {
        int64_t tap[PLAIN_RANK] = {0};
        const int64_t taps[PLAIN_RANK] = {
            1, w->dim[1], w->dim[2], w->rank > 3 ? w->dim[3] : 1, w->rank > 4 ? w->dim[4] : 1};
        do {
            int64_t to[PLAIN_RANK] = {from[0], from[1] / in_group * w->dim[1] + tap[1]},
                    of[PLAIN_RANK];
            bool inside = true;
            for (int i = 0; i < w->rank; i++)
                of[i] = tap[i];
            of[0] = from[1];
            for (int i = 0; i < x->rank - 2; i++) {
                to[2 + i] = from[2 + i] * plain_int(c, "strides", i, 1) +
                            tap[2 + i] * plain_int(c, "dilations", i, 1) - cut[i];
                inside = inside && to[2 + i] >= 0 && to[2 + i] < dim[2 + i];
            }
            if (inside)
                plain_put(out, to, plain_at(out, to) + plain_at(x, from) * plain_at(w, of));
        } while (plain_next(w->rank, taps, tap));
    } while (plain_next(x->rank, x->dim, from));
}

static void pool(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const bool inside_only = plain_bool(c, "exclude_padding_from_average", false);
    struct side s[3];
    int64_t dim[PLAIN_RANK] = {x->dim[0], x->dim[1]}, index[PLAIN_RANK] = {0};
    sides(c, x, NULL, s);
    for (int i = 0; i < x->rank - 2; i++)
        dim[2 + i] = s[i].out;
    c->out[0] = plain_new(x->rank, dim);
    do {
        double most = -INFINITY, sum = 0;
        int64_t n = 0, at[3] = {0}, from[PLAIN_RANK] = {index[0], index[1]};
        const int64_t taps[3] = {
            s[0].kernel, x->rank > 3 ? s[1].kernel : 1, x->rank > 4 ? s[2].kernel : 1};
        do {
            bool inside = true, padded = true;
            for (int i = 0; i < x->rank - 2; i++) {
                from[2 + i] = index[2 + i] * s[i].stride - s[i].before + at[i];
                inside = inside && from[2 + i] >= 0 && from[2 + i] < s[i].in;
                padded = padded && from[2 + i] < s[i].in + s[i].after;
            }
            n += inside_only ? inside : padded;
            if (!inside)
                continue;
            const double value = plain_at(x, from);
            most = value > most || isnan(value) ? value : most;
            sum += c->op->code == MIL_OP_L2_POOL ? value * value : value;
        } while (plain_next(3, taps, at));
        plain_put(&c->out[0], index,
            c->op->code == MIL_OP_MAX_POOL  ? most
            : c->op->code == MIL_OP_L2_POOL ? sqrt(sum)
                                            : sum / (double)n);
    } while (plain_next(x->rank, dim, index));
}

bool plain_window(const struct plain_call *c) {
    switch (c->op->code) {
    case MIL_OP_CONV:
        conv(c);
        return true;
    case MIL_OP_CONV_TRANSPOSE:
        conv_transpose(c);
        return true;
    case MIL_OP_MAX_POOL:
    case MIL_OP_AVG_POOL:
    case MIL_OP_L2_POOL:
        pool(c);
        return true;
    default:
        return false;
    }
}
