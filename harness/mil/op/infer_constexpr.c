/* SPDX-License-Identifier: MIT
 *
 * Types of results: quantisation, of values and of weights.
 */
#include "mil/op/infer.h"

/* scale and zero_point: a scalar, or one element for each index of `axis`. */
static int quantization_check(struct op_ref ref, const struct mil_type *data,
    enum mil_dtype zero_dtype, struct mil_error *error) {
    const struct mil_type *scale = op_type(ref, "scale"), *zero = op_type(ref, "zero_point");
    bool has_axis = mil_op_arg(ref.op, "axis") || mil_op_attr(ref.op, "axis");
    int axis = has_axis ? infer_axis(ref, "axis", 0, data->rank, error) : 0;
    char text[MIL_TYPE_TEXT_MAX];
    if (axis < 0)
        return -1;
    if (!mil_dtype_is_float(scale->dtype) ||
        !(scale->rank == 0 || (scale->rank == 1 && has_axis && scale->dim[0] == data->dim[axis])))
        return op_fail(ref, error, "scale",
            "'scale' must be an fp16 or fp32 scalar, or have one element for each index of 'axis'; "
            "found %s",
            mil_type_format(text, scale));
    if (zero &&
        (zero->dtype != zero_dtype ||
            !(zero->rank == 0 || (zero->rank == 1 && has_axis && zero->dim[0] == data->dim[axis]))))
        return op_fail(ref, error, "zero_point",
            "'zero_point' must be an %s scalar, or have one element for each index of 'axis'; "
            "found %s",
            mil_dtype_name(zero_dtype), mil_type_format(text, zero));
    return 0;
}

static bool is_quantized(enum mil_dtype dtype) {
    return dtype == MIL_INT8 || dtype == MIL_UINT8 || dtype == MIL_INT4 || dtype == MIL_UINT4;
}

int mil_infer_affine(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *data = op_type(ref, "quantized_data");
    if (!is_quantized(data->dtype) || data->rank == 0)
        return op_fail(
            ref, error, "quantized_data", "'quantized_data' must be a tensor of int8 or uint8");
    results[0] = *data;
    results[0].dtype = op_type(ref, "scale")->dtype;
    return quantization_check(ref, data, data->dtype, error);
}

int mil_infer_quantize(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *input = op_type(ref, "input");
    const struct mil_type *scale = op_type(ref, "scale");
    int dtype = infer_dtype(ref, "output_dtype", true, error);
    if (dtype < 0 || quantization_check(ref, input, (enum mil_dtype)dtype, error) < 0)
        return -1;
    if (input->dtype != scale->dtype)
        return op_fail(ref, error, "input", "'input' and 'scale' must both be %s",
            mil_dtype_name(scale->dtype));
    results[0] = *input;
    results[0].dtype = (enum mil_dtype)dtype;
    return 0;
}

int mil_infer_dequantize(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *input = op_type(ref, "input");
    if (!is_quantized(input->dtype))
        return op_fail(ref, error, "input", "'input' must be int8 or uint8, found %s",
            mil_dtype_name(input->dtype));
    results[0] = *input;
    results[0].dtype = op_type(ref, "scale")->dtype;
    return quantization_check(ref, input, input->dtype, error);
}

/* Each block of data has one scale: on every axis, scale's size divides data's. */
int mil_infer_blockwise(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *data = op_type(ref, "data"), *scale = op_type(ref, "scale");
    const struct mil_type *offset = op_type(ref, "offset");
    char data_text[MIL_TYPE_TEXT_MAX], scale_text[MIL_TYPE_TEXT_MAX];
    bool fits = mil_dtype_is_float(scale->dtype) && scale->rank == data->rank && data->rank > 0;
    for (int i = 0; fits && i < data->rank; i++)
        fits = scale->dim[i] > 0 && data->dim[i] % scale->dim[i] == 0;
    if (!fits)
        return op_fail(ref, error, "scale",
            "'scale' must be fp16 or fp32 and divide every axis of 'data'; found %s for %s",
            mil_type_format(scale_text, scale), mil_type_format(data_text, data));
    for (int i = 0; offset && i < data->rank; i++)
        if (offset->rank != scale->rank || offset->dim[i] != scale->dim[i])
            return op_fail(ref, error, "offset", "'offset' must have the shape of 'scale'");
    results[0] = *data;
    results[0].dtype = scale->dtype;
    return 0;
}

int mil_infer_constexpr_cast(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    int dtype = infer_dtype(ref, "output_dtype", false, error);
    if (dtype < 0)
        return -1;
    results[0] = *op_type(ref, "source_val");
    results[0].dtype = (enum mil_dtype)dtype;
    return 0;
}

/* Up to iOS 17 the shape is a uint32 vector, and masks and indices are packed bits. */
static int shape_setting(struct op_ref ref, struct mil_type *result, struct mil_error *error) {
    const struct mil_literal *shape = op_literal(ref, "shape");
    int64_t n = shape && shape->data && shape->type->rank == 1 ? shape->type->dim[0] : 0;
    if (n < 1 || n > MIL_RANK_MAX)
        return op_fail(ref, error, "shape", "'shape' must be an inline list of 1 to 8 sizes");
    result->rank = (int)n;
    for (int i = 0; i < n; i++)
        result->dim[i] = (int64_t)literal_number(shape, i);
    return mil_type_fault(result)
               ? op_fail(ref, error, "shape", "'shape' %s", mil_type_fault(result))
               : 0;
}

/* lut: one palette (rank 1, up to iOS 17), or for each block of indices a palette of vectors. */
int mil_infer_lut_to_dense(struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    const struct mil_type *indices = op_type(ref, "indices"), *lut = op_type(ref, "lut");
    if (op_type(ref, "shape")) {
        results[0].dtype = lut->dtype;
        return shape_setting(ref, results, error);
    }
    if (lut->rank != indices->rank + 2 || indices->rank < 1)
        return op_fail(ref, error, "lut", "'lut' must have two more axes than 'indices'");
    results[0] = *indices;
    results[0].dtype = lut->dtype;
    for (int i = 0; i < indices->rank; i++)
        if (lut->dim[i] < 1 || indices->dim[i] % lut->dim[i] != 0)
            return op_fail(ref, error, "lut", "axis %d of 'lut' must divide that of 'indices'", i);
    if (lut->dim[lut->rank - 1] > 1) {
        int axis = infer_axis(ref, "vector_axis", 0, indices->rank, error);
        if (axis < 0)
            return -1;
        results[0].dim[axis] *= lut->dim[lut->rank - 1];
    }
    return 0;
}

int mil_infer_sparse_to_dense(
    struct op_ref ref, struct mil_type *results, struct mil_error *error) {
    results[0] = *op_type(ref, "mask");
    results[0].dtype = op_type(ref, "nonzero_data")->dtype;
    return op_type(ref, "shape") ? shape_setting(ref, results, error) : 0;
}
