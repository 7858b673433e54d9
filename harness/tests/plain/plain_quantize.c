/* SPDX-License-Identifier: MIT
 *
 * Numbers in few bits and back: one scale for all, or one for each place of an axis.
 */
#include "plain.h"

#include <math.h>
#include <string.h>

/* Of `t`, a scalar or a vector along the axis, at this place. */
static double along(const struct plain *t, int axis, const int64_t *index, double absent) {
    return !t ? absent : t->data[t->rank == 0 || plain_count(t) == 1 ? 0 : index[axis]];
}

bool plain_quantize(const struct plain_call *c) {
    const bool there = c->op->code == MIL_OP_QUANTIZE;
    if (!there && c->op->code != MIL_OP_DEQUANTIZE)
        return false;
    const struct plain *x = plain_arg(c, "input"), *scale = plain_arg(c, "scale"),
                       *zero = plain_arg(c, "zero_point");
    const bool is_signed = strcmp(plain_text(c, "output_dtype", "int8"), "int8") == 0;
    const double low = is_signed ? -128 : 0, high = is_signed ? 127 : 255;
    const int axis = plain_axis(c, "axis", 0, x->rank > 0 ? x->rank : 1);
    int64_t index[PLAIN_RANK] = {0};
    c->out[0] = plain_new(x->rank, x->dim);
    do {
        const double s = along(scale, axis, index, 1), z = along(zero, axis, index, 0),
                     value = plain_at(x, index);
        plain_put(&c->out[0], index,
            there ? fmin(fmax(nearbyint(value / s) + z, low), high) : (value - z) * s);
    } while (plain_next(x->rank, x->dim, index));
    return true;
}
