/* SPDX-License-Identifier: MIT
 *
 * Types of results: operators that sample images [..., height, width].
 */
#include "mil/op/infer.h"

#include <inttypes.h>

int mil_infer_resize_image(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    if (infer_rank_check(ref, "x", 3, 5, error) < 0)
        return -1;
    results[0] = *op_type(ref, "x");
    results[0].dim[results[0].rank - 2] = op_int(ref, "target_size_height", 1);
    results[0].dim[results[0].rank - 1] = op_int(ref, "target_size_width", 1);
    return 0;
}

int mil_infer_upsample(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    static const char *const names[] = {"scale_factor_height", "scale_factor_width"};
    if (infer_rank_check(ref, "x", 3, 5, error) < 0)
        return -1;
    results[0] = *op_type(ref, "x");
    for (int i = 0; i < 2; i++) {
        double scale = op_number(ref, names[i], 1);
        int64_t *dim = &results[0].dim[results[0].rank - 2 + i];
        if (!(scale > 0 && scale <= 4096))
            return op_fail(ref, error, names[i], "a factor of %g", scale);
        *dim = (int64_t)((double)*dim * scale);
    }
    return 0;
}

/* The last `resized_dims` axes; 0 keeps an axis as it is. */
int mil_infer_resize(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x");
    int n;
    const int32_t *shape = op_ints(ref, "shape", &n);
    int64_t dims = op_int(ref, "resized_dims", 0);
    if (dims < 1 || dims > x->rank || n < dims)
        return op_fail(ref, error, "resized_dims",
            "%" PRId64 " axes of a tensor of rank %d and a shape of %d", dims, x->rank, n);
    results[0] = *x;
    for (int i = 0; i < dims; i++)
        if (shape[n - 1 - i] != 0)
            results[0].dim[x->rank - 1 - i] = shape[n - 1 - i];
    return 0;
}

int mil_infer_affine_warp(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    if (infer_rank_check(ref, "x", 4, 4, error) < 0)
        return -1;
    results[0] = *op_type(ref, "x");
    results[0].dim[2] = op_int(ref, "output_height", 1);
    results[0].dim[3] = op_int(ref, "output_width", 1);
    return 0;
}

/* coordinates [batch, height, width, 2]. */
int mil_infer_resample(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *coordinates = op_type(ref, "coordinates");
    if (infer_rank_check(ref, "x", 4, 4, error) < 0 ||
        infer_rank_check(ref, "coordinates", 4, 4, error) < 0)
        return -1;
    results[0] = *op_type(ref, "x");
    if (coordinates->dim[3] != 2 || coordinates->dim[0] != results[0].dim[0])
        return op_fail(
            ref, error, "coordinates", "'coordinates' must be [batch, height, width, 2]");
    results[0].dim[2] = coordinates->dim[1];
    results[0].dim[3] = coordinates->dim[2];
    return 0;
}

/* Up to iOS 16 the result has an axis for the regions before the batch. */
int mil_infer_crop_resize(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *x = op_type(ref, "x"), *boxes = op_type(ref, "boxes");
    if (!boxes)
        return MIL_INFER_DECLARED;
    if (infer_rank_check(ref, "x", 4, 4, error) < 0 ||
        infer_rank_check(ref, "boxes", 2, 2, error) < 0)
        return -1;
    results[0] = *x;
    results[0].dim[0] = boxes->dim[0];
    results[0].dim[2] = op_int(ref, "target_height", 1);
    results[0].dim[3] = op_int(ref, "target_width", 1);
    return 0;
}
