/* SPDX-License-Identifier: MIT */
#include "device/device.h"

bool device_layout_dense(const struct mil_type *type, struct device_layout *out) {
    size_t bytes = mil_dtype_bytes(type->dtype);
    *out = (struct device_layout){.type = *type};
    out->row_stride_bytes = out->channel_stride_bytes = bytes;
    for (int axis = type->rank - 1; axis >= 0; axis--) {
        if (type->dim[axis] <= 0 || (uint64_t)type->dim[axis] > SIZE_MAX / 4 / bytes)
            return false;
        bytes *= (size_t)type->dim[axis];
        if (axis == type->rank - 1)
            out->row_stride_bytes = bytes;
        if (axis >= 2 || axis == type->rank - 1)
            out->channel_stride_bytes = bytes;
    }
    out->bytes = bytes;
    return true;
}
