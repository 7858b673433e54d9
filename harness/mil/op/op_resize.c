/* SPDX-License-Identifier: MIT
 *
 * Where the samples of a resized image [..., height, width] come from.
 */
#include "mil/op/op_args.h"

#include <string.h>

/* The position of output sample `i` of `out` among `in` input samples, in samples. */
static double grid(const char *mode, int64_t i, int64_t in, int64_t out) {
    double n_in = (double)in, n_out = (double)out, at = (double)i, delta;
    if (strcmp(mode, "STRICT_ALIGN_CORNERS") == 0 || strcmp(mode, "ALIGN_CORNERS") == 0) {
        if (out == 1)
            return strcmp(mode, "ALIGN_CORNERS") == 0 ? (n_in - 1) / 2 : 0;
        return at * (n_in - 1) / (n_out - 1);
    }
    if (strcmp(mode, "OFFSET_CORNERS") == 0) {
        delta = (in > 2 ? n_in - 1 : 1) / n_out;
        return 0.5 * delta + at * delta;
    }
    if (strcmp(mode, "UNALIGN_CORNERS") == 0)
        return (at + 0.5) * n_in / n_out - 0.5;
    return out == 1 ? 0 : at * (n_in - n_in / n_out) / (n_out - 1); /* DEFAULT */
}

static double held(double at, int64_t n) {
    return at < 0 ? 0 : at > (double)(n - 1) ? (double)(n - 1) : at;
}

struct op_resize op_resize(struct op_ref ref) {
    enum mil_opcode code = ref.op->code;
    struct op_resize r = {.ref = ref, .mode = op_string(ref, "sampling_mode", "DEFAULT")};
    if (code == MIL_OP_UPSAMPLE_BILINEAR)
        r.mode = op_bool(ref, "align_corners", true) ? "STRICT_ALIGN_CORNERS" : "UNALIGN_CORNERS";
    r.is_nearest = code == MIL_OP_RESIZE_NEAREST_NEIGHBOR ||
                   code == MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR ||
                   strcmp(op_string(ref, "interpolation_mode", "LINEAR"), "NEAREST_NEIGHBOR") == 0;
    return r;
}

double op_resize_at(const struct op_resize *r, int axis, int64_t i) {
    const struct mil_type *x = op_type(r->ref, "x"), *y = op_result_type(r->ref);
    int64_t in = x->dim[x->rank - 2 + axis], out = y->dim[y->rank - 2 + axis];
    const int64_t before = i * in / out;
    if (r->is_nearest && r->ref.op->code != MIL_OP_RESIZE)
        return (double)before;
    double at = held(grid(r->mode, i, in, out), in);
    return r->is_nearest ? (double)(int64_t)(at + 0.5) : at;
}
