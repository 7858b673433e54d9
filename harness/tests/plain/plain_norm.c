/* SPDX-License-Identifier: MIT */
#include "plain.h"

#include <math.h>

/* (x - mean) / sqrt(variance + epsilon) over the marked axes, then gamma and beta over those axes. */
static void layer_norm(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *gamma = plain_arg(c, "gamma"),
                       *beta = plain_arg(c, "beta");
    const double epsilon = plain_number(c, "epsilon", 1e-5);
    bool over[PLAIN_RANK];
    int64_t steps[PLAIN_RANK], index[PLAIN_RANK] = {0};
    for (int i = 0; i < x->rank; i++)
        over[i] = !plain_arg(c, "axes");
    for (int i = 0; i < plain_length(c, "axes"); i++) {
        const int axis = (int)plain_int(c, "axes", i, 0);
        over[axis < 0 ? axis + x->rank : axis] = true;
    }
    for (int i = 0; i < x->rank; i++)
        steps[i] = over[i] ? x->dim[i] : 1;
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        double mean = 0, variance = 0, n = 0;
        for (int pass = 0; pass < 2; pass++) {
            int64_t step[PLAIN_RANK] = {0}, at[PLAIN_RANK];
            do {
                for (int i = 0; i < x->rank; i++)
                    at[i] = over[i] ? step[i] : index[i];
                const double value = plain_at(x, at);
                if (pass == 0)
                    mean += value, n++;
                else
                    variance += (value - mean / n) * (value - mean / n);
            } while (plain_next(x->rank, steps, step));
        }
        int64_t of_scale[PLAIN_RANK];
        int n_over = 0;
        for (int i = 0; i < x->rank; i++)
            if (over[i])
                of_scale[n_over++] = index[i];
        const double value = (plain_at(x, index) - mean / n) / sqrt(variance / n + epsilon);
        plain_put(&c->out[0], index,
            value * (gamma ? plain_at(gamma, of_scale) : 1) +
                (beta ? plain_at(beta, of_scale) : 0));
    } while (plain_next(x->rank, x->dim, index));
}

/* By channel, axis 1: with the given mean and variance, or with those of each sample's channel. */
static void channel_norm(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x"), *gamma = plain_arg(c, "gamma"),
                       *beta = plain_arg(c, "beta");
    const struct plain *given = plain_arg(c, "mean"), *spread = plain_arg(c, "variance");
    const double epsilon = plain_number(c, "epsilon", 1e-5);
    int64_t plane = 1;
    for (int i = 2; i < x->rank; i++)
        plane *= x->dim[i];
    c->out[0] = plain_new(x->rank, x->dim);
    for (int64_t row = 0; row < x->dim[0] * x->dim[1]; row++) {
        const double *from = x->data + row * plane;
        const int64_t channel = row % x->dim[1];
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < plane; i++)
            mean += from[i] / (double)plane;
        for (int64_t i = 0; i < plane; i++)
            variance += (from[i] - mean) * (from[i] - mean) / (double)plane;
        if (given)
            mean = given->data[channel], variance = spread->data[channel];
        for (int64_t i = 0; i < plane; i++)
            c->out[0].data[row * plane + i] =
                (from[i] - mean) / sqrt(variance + epsilon) * (gamma ? gamma->data[channel] : 1) +
                (beta ? beta->data[channel] : 0);
    }
}

/* Over the last three axes together. */
static void l2_norm(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    int64_t n = 1;
    for (int i = x->rank - 3; i < x->rank; i++)
        n *= x->dim[i];
    c->out[0] = plain_new(x->rank, x->dim);
    for (int64_t at = 0; at < plain_count(x); at++) {
        double squares = 0;
        for (int64_t i = at / n * n; i < at / n * n + n; i++)
            squares += x->data[i] * x->data[i];
        c->out[0].data[at] = x->data[at] / sqrt(squares + plain_number(c, "epsilon", 1e-6));
    }
}

/* x / (k + alpha / size * sum of squares of its neighbours by channel) ^ beta. */
static void local_response_norm(const struct plain_call *c) {
    const struct plain *x = plain_arg(c, "x");
    const int64_t size = plain_int(c, "size", 0, 1);
    int64_t index[PLAIN_RANK] = {0}, at[PLAIN_RANK];
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        double squares = 0;
        for (int i = 0; i < x->rank; i++)
            at[i] = index[i];
        for (at[1] = 0; at[1] < x->dim[1]; at[1]++)
            if (at[1] >= index[1] - size / 2 && at[1] <= index[1] + (size - 1) / 2)
                squares += plain_at(x, at) * plain_at(x, at);
        plain_put(&c->out[0], index,
            plain_at(x, index) / pow(plain_number(c, "k", 1) +
                                         plain_number(c, "alpha", 1e-4) / (double)size * squares,
                                     plain_number(c, "beta", 0.75)));
    } while (plain_next(x->rank, x->dim, index));
}

bool plain_norm(const struct plain_call *c) {
    switch (c->op->code) {
    case MIL_OP_LAYER_NORM:
        layer_norm(c);
        return true;
    case MIL_OP_BATCH_NORM:
    case MIL_OP_INSTANCE_NORM:
        channel_norm(c);
        return true;
    case MIL_OP_L2_NORM:
        l2_norm(c);
        return true;
    case MIL_OP_LOCAL_RESPONSE_NORM:
        local_response_norm(c);
        return true;
    default:
        return false;
    }
}
