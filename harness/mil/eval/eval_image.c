/* SPDX-License-Identifier: MIT
 *
 * Resizing of images [..., height, width].
 */
#include "mil/eval/eval_ops.h"

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
    struct op_resize r = op_resize(step->ref);
    int rank = type->rank;
    if (rank < 2 || op_int(step->ref, "resized_dims", 2) > 2 || !dtype_is_float(type->dtype))
        return mil_fail(step->error, step->ref.op->place,
            "%s: evaluated here only for fp16 or fp32 images, over their last two axes",
            mil_op_name(step->ref.op));
    int64_t in_h = x_type->dim[rank - 2], in_w = x_type->dim[rank - 1];
    int64_t out_h = type->dim[rank - 2], out_w = type->dim[rank - 1];
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        const union mil_cell *image = x + i / out_w / out_h * in_h * in_w;
        double row = op_resize_at(&r, 0, i / out_w % out_h),
               column = op_resize_at(&r, 1, i % out_w);
        if (r.is_nearest)
            step->out[i] = image[(int64_t)row * in_w + (int64_t)column];
        else
            step->out[i].f = eval_round(type->dtype, mix(image, in_w, row, column, in_h));
    }
    return 0;
}
