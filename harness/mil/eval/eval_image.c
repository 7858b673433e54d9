/* SPDX-License-Identifier: MIT
 *
 * Resizing of images [..., height, width].
 */
#include "mil/eval/eval_ops.h"

#include <math.h>
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

struct scaling {
    const char *mode;
    bool nearest;
};

static struct scaling scaling_of(const struct eval_step *step) {
    enum mil_opcode code = step->ref.op->code;
    struct scaling s = {.mode = op_string(step->ref, "sampling_mode", "DEFAULT")};
    if (code == MIL_OP_UPSAMPLE_BILINEAR)
        s.mode =
            op_bool(step->ref, "align_corners", true) ? "STRICT_ALIGN_CORNERS" : "UNALIGN_CORNERS";
    s.nearest =
        code == MIL_OP_RESIZE_NEAREST_NEIGHBOR || code == MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR ||
        strcmp(op_string(step->ref, "interpolation_mode", "LINEAR"), "NEAREST_NEIGHBOR") == 0;
    return s;
}

/* The sample taken for output `i` without interpolation. */
static int64_t nearest(
    const struct eval_step *step, const char *mode, int64_t i, int64_t in, int64_t out) {
    if (step->ref.op->code == MIL_OP_RESIZE)
        return (int64_t)(held(grid(mode, i, in, out), in) + 0.5);
    return i * in / out;
}

static float mix(const union mil_cell *image, int64_t width, double y, double x, int64_t height) {
    int64_t top = (int64_t)y, left = (int64_t)x;
    int64_t bottom = top + 1 < height ? top + 1 : top, right = left + 1 < width ? left + 1 : left;
    double dy = y - (double)top, dx = x - (double)left;
    double upper =
        (double)image[top * width + left].f * (1 - dx) + (double)image[top * width + right].f * dx;
    double lower = (double)image[bottom * width + left].f * (1 - dx) +
                   (double)image[bottom * width + right].f * dx;
    return (float)(upper * (1 - dy) + lower * dy);
}

int eval_resize(const struct eval_step *step) {
    const struct mil_type *x_type = op_type(step->ref, "x"), *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    struct scaling s = scaling_of(step);
    int rank = type->rank;
    if (rank < 2 || op_int(step->ref, "resized_dims", 2) > 2 || !dtype_is_float(type->dtype))
        return mil_fail(step->error, step->ref.op->place,
            "%s: evaluated here only for fp16 or fp32 images, over their last two axes",
            mil_op_name(step->ref.op));
    int64_t in_h = x_type->dim[rank - 2], in_w = x_type->dim[rank - 1];
    int64_t out_h = type->dim[rank - 2], out_w = type->dim[rank - 1];
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        const union mil_cell *image = x + i / out_w / out_h * in_h * in_w;
        int64_t row = i / out_w % out_h, column = i % out_w;
        if (s.nearest)
            step->out[i] = image[nearest(step, s.mode, row, in_h, out_h) * in_w +
                                 nearest(step, s.mode, column, in_w, out_w)];
        else
            step->out[i].f =
                eval_round(type->dtype, mix(image, in_w, held(grid(s.mode, row, in_h, out_h), in_h),
                                            held(grid(s.mode, column, in_w, out_w), in_w), in_h));
    }
    return 0;
}
